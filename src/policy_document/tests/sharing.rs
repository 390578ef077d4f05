//! What two documents share.

use super::super::{Document, Effect, Kind, Statement, shared};
use super::{allow, bucket, managed, trust};

#[test]
fn two_trust_policies_share_the_principals_that_both_let_in() {
    let have = trust(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"Allow","Principal":{"Service":["es.amazonaws.com","ec2.amazonaws.com"]},"Action":"sts:AssumeRole"}]}"#,
    );
    let want = trust(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"Allow","Principal":{"Service":["es.amazonaws.com","glue.amazonaws.com"]},"Action":"sts:AssumeRole"},
            {"Sid":"T","Effect":"Deny","Principal":"*","Action":"sts:TagSession"}]}"#,
    );
    let expected = r#"{"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"Allow","Principal":{"Service":["es.amazonaws.com"]},"Action":"sts:AssumeRole"},{"Sid":"T","Effect":"Deny","Principal":"*","Action":"sts:TagSession"}]}"#;
    assert_eq!(shared(&have, &want).to_json(), expected);
}

#[test]
fn what_is_shared_is_under_the_conditions_of_both() {
    let of = |domains: &str| {
        trust(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"es.amazonaws.com"}},"Action":"sts:AssumeRole","Condition":{{"ArnLike":{{"aws:SourceArn":{domains}}}}}}}]}}"#
        ))
    };
    let one = of(r#""arn:aws:es:us-west-2:123456789012:domain/a""#);
    let two = of(
        r#"["arn:aws:es:us-west-2:123456789012:domain/a","arn:aws:es:us-west-2:123456789012:domain/b"]"#,
    );
    assert_eq!(shared(&one, &two), one);
    assert_eq!(shared(&two, &one), one);
    let other = of(
        r#"["arn:aws:es:us-west-2:123456789012:domain/c","arn:aws:es:us-west-2:123456789012:domain/a"]"#,
    );
    assert_eq!(shared(&two, &other), one);
    let account = trust(&one.to_json().replace(
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:es:us-west-2:123456789012:domain/a"}}"#,
        r#"{"StringEquals":{"aws:SourceAccount":"123456789012"}}"#,
    ));
    let both = trust(&one.to_json().replace(
        r#""Condition":{"#,
        r#""Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"},"#,
    ));
    assert_eq!(shared(&one, &account), both);
}

#[test]
fn nothing_in_common_is_one_denial_of_everything_that_is_valid_for_its_kind() {
    let of = |service: &str| {
        trust(&format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
        ))
    };
    let none = shared(&of("es.amazonaws.com"), &of("ec2.amazonaws.com"));
    assert_eq!(trust(&none.to_json()), none);
    assert_eq!(
        none.statements()
            .iter()
            .map(|s| s.effect)
            .collect::<Vec<_>>(),
        [Effect::Deny]
    );
    let of = |resource: &str| {
        bucket(&format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:A","Resource":"{resource}"}}]}}"#
        ))
    };
    let none = shared(&of("arn:aws:s3:::b"), &of("arn:aws:s3:::b/*"));
    let expected = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":["s3:*"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}]}"#;
    assert_eq!(none, bucket(expected));
    let none = shared(
        &managed(&allow(r#""Action":"s3:A","Resource":"*""#)),
        &managed(&allow(r#""Action":"s3:B","Resource":"*""#)),
    );
    assert_eq!(managed(&none.to_json()), none);
}

#[test]
fn denials_of_both_are_kept_with_sids_that_stay_unique() {
    let of = |action: &str| {
        managed(&format!(
            r#"{{"Statement":[{{"Sid":"D","Effect":"Deny","Action":"{action}","Resource":"*"}}]}}"#
        ))
    };
    let kept = shared(&of("s3:A"), &of("s3:B"));
    let sids: Vec<Option<String>> = kept.statements().iter().map(|s| s.sid.clone()).collect();
    assert_eq!(sids, [Some("D".to_owned()), None]);
    assert_eq!(shared(&of("s3:A"), &of("S3:a")), of("s3:A"));
}

#[test]
fn a_denial_that_both_have_under_other_sids_is_kept_once() {
    let of = |sid: &str| {
        managed(&format!(
            r#"{{"Statement":[{{"Sid":"{sid}","Effect":"Deny","Action":"s3:A","Resource":"*"}}]}}"#
        ))
    };
    assert_eq!(
        shared(&of("One"), &of("Two")).to_json(),
        shared(&of("One"), &of("One")).to_json()
    );
}

/// What is text under the old version stays text under the new one, so nothing is lost and nothing else is allowed.
#[test]
fn what_two_versions_share_is_written_in_the_current_one() {
    let of = |version: &str, resource: &str| {
        managed(&format!(
            r#"{{"Version":"{version}","Statement":[
                {{"Sid":"Named","Effect":"Deny","Action":"s3:Get","Resource":"{resource}"}},
                {{"Sid":"Open","Effect":"Allow","Action":"s3:List","Resource":"{resource}"}}]}}"#
        ))
    };
    let (old, new) = ("2008-10-17", "2012-10-17");
    let named = "arn:aws:s3:::b/${aws:username}";
    let text = "arn:aws:s3:::b/${$}{aws:username}";
    let resources = |have: &Document, want: &Document| {
        let both = shared(have, want);
        assert_eq!(both.version(), new);
        let one = |one: &Statement| (one.effect, one.all_resources().cloned().collect::<Vec<_>>());
        both.statements().iter().map(one).collect::<Vec<_>>()
    };
    let only = |effect: Effect, resource: &str| (effect, vec![resource.to_owned()]);
    assert_eq!(
        resources(&of(old, named), &of(new, named)),
        [only(Effect::Deny, text), only(Effect::Deny, named)]
    );
    assert_eq!(
        resources(&of(old, named), &of(new, text)),
        [only(Effect::Deny, text), only(Effect::Allow, text)]
    );
    let plain = "arn:aws:s3:::b/x";
    assert_eq!(
        resources(&of(old, plain), &of(new, plain)),
        [only(Effect::Deny, plain), only(Effect::Allow, plain)]
    );
    // An operator without variables keeps its values.
    let number = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Deny","Action":"s3:A","Resource":"*","Condition":{"NumericEquals":{"k":"${x}"}}}]}"#;
    let number = Document::parse_live(number, Kind::Inline).unwrap();
    assert!(number.upgraded().to_json().contains(r#""${x}""#));
}
