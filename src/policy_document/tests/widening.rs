//! What one document grants beyond another.

use super::super::{Document, Effect, Widening, widens};
use super::{allow, bucket, managed, trust};

fn wider(have: &Document, want: &Document) -> bool {
    !widens(have, want).is_empty()
}

fn statement(elements: &str) -> Document {
    managed(&allow(elements))
}

#[test]
fn a_grant_is_contained_by_action_resource_and_condition() {
    let contained = [
        (
            r#""Action":"s3:*","Resource":"*""#,
            r#""Action":["s3:Get*","S3:putobject"],"Resource":"arn:aws:s3:::b/*""#,
        ),
        (
            r#""Action":"s3:Get*","Resource":"arn:aws:s3:::b/*""#,
            r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::b/x/*""#,
        ),
        (
            r#""NotAction":"s3:Put*","Resource":"*""#,
            r#""Action":"s3:Get*","Resource":"*""#,
        ),
        (
            r#""NotAction":"s3:PutObject","Resource":"*""#,
            r#""NotAction":["s3:Put*","iam:*"],"Resource":"*""#,
        ),
        (
            r#""Action":"s3:A","NotResource":"arn:aws:s3:::b/*""#,
            r#""Action":"s3:A","Resource":"arn:aws:s3:::c/*""#,
        ),
        (
            r#""Action":"*","Resource":"*""#,
            r#""NotAction":"iam:*","NotResource":"arn:aws:s3:::b""#,
        ),
        (
            r#""Action":"s3:A","Resource":"*""#,
            r#""Action":"s3:A","Resource":"*","Condition":{"Bool":{"k":"true"}}"#,
        ),
    ];
    for (have, want) in contained {
        let (have, want) = (statement(have), statement(want));
        assert_eq!(
            widens(&have, &want),
            [],
            "{} {}",
            have.to_json(),
            want.to_json()
        );
        assert!(wider(&want, &have), "{} {}", have.to_json(), want.to_json());
    }
    let apart = [
        (
            r#""NotAction":"s3:Put*","Resource":"*""#,
            r#""Action":"s3:P*","Resource":"*""#,
        ),
        (
            r#""Action":"s3:A","Resource":"arn:aws:s3:::b/*""#,
            r#""Action":"s3:A","Resource":"arn:aws:s3:::b*""#,
        ),
        (
            r#""Action":"s3:A","Resource":"arn:aws:s3:::b/x""#,
            r#""Action":"s3:A","Resource":"arn:aws:s3:::b/X""#,
        ),
    ];
    for (have, want) in apart {
        assert!(wider(&statement(have), &statement(want)), "{have} {want}");
    }
}

#[test]
fn a_condition_is_narrower_with_fewer_values_or_more_negated_ones() {
    let with = |condition: &str| {
        statement(&format!(
            r#""Action":"s3:A","Resource":"*","Condition":{condition}"#
        ))
    };
    let contained = [
        (
            r#"{"StringEquals":{"k":["a","b"]}}"#,
            r#"{"StringEquals":{"K":"a"}}"#,
        ),
        (
            r#"{"StringLike":{"k":"a*"}}"#,
            r#"{"StringEquals":{"k":["ab","ac"]}}"#,
        ),
        (
            r#"{"StringEqualsIgnoreCase":{"k":"a"}}"#,
            r#"{"StringEquals":{"k":"A"}}"#,
        ),
        (
            r#"{"StringNotEquals":{"k":"a"}}"#,
            r#"{"StringNotEquals":{"k":["a","b"]}}"#,
        ),
        (
            r#"{"StringNotLike":{"k":"ab*"}}"#,
            r#"{"StringNotLike":{"k":"a*"}}"#,
        ),
        (
            r#"{"StringEqualsIfExists":{"k":"a"}}"#,
            r#"{"StringEquals":{"k":"a"}}"#,
        ),
        (
            r#"{"IpAddress":{"k":"10.0.0.0/8"}}"#,
            r#"{"IpAddress":{"k":["10.1.0.0/16","10.2.3.4"]}}"#,
        ),
        (
            r#"{"ArnLike":{"k":"arn:aws:es:*:123456789012:domain/*"}}"#,
            r#"{"ArnEquals":{"k":"arn:aws:es:us-west-2:123456789012:domain/d"}}"#,
        ),
        (
            r#"{"ArnLike":{"k":"arn:aws:es:*:123456789012:*"}}"#,
            r#"{"StringEquals":{"k":"arn:aws:es:us-west-2:123456789012:domain/d"}}"#,
        ),
        (
            r#"{"Bool":{"k":"true"}}"#,
            r#"{"Bool":{"k":"true"},"StringEquals":{"j":"x"}}"#,
        ),
        (
            r#"{"Null":{"k":["true","false"]}}"#,
            r#"{"Null":{"k":true}}"#,
        ),
        (
            r#"{"ForAllValues:StringEquals":{"k":["a","b"]}}"#,
            r#"{"ForAllValues:StringEquals":{"k":["b"]}}"#,
        ),
        (
            r#"{"StringLike":{"k":"arn:aws:es:us-west-2:*"}}"#,
            r#"{"ArnEquals":{"k":"arn:aws:es:us-west-2:123456789012:domain/d"}}"#,
        ),
    ];
    for (have, want) in contained {
        assert_eq!(widens(&with(have), &with(want)), [], "{have} {want}");
        assert!(wider(&with(want), &with(have)), "{have} {want}");
    }
    let unproved = [
        (
            r#"{"ForAllValues:StringEquals":{"k":"a"}}"#,
            r#"{"StringEqualsIfExists":{"k":"a"}}"#,
        ),
        (
            r#"{"StringEquals":{"k":"a"}}"#,
            r#"{"StringEqualsIgnoreCase":{"k":"a"}}"#,
        ),
        (
            r#"{"StringEquals":{"k":"a"}}"#,
            r#"{"StringEquals":{"j":"a"}}"#,
        ),
        (
            r#"{"ArnLike":{"k":"arn:aws:es:*"}}"#,
            r#"{"ArnLike":{"k":"arn:aws:es:us-west-2:123456789012:domain/d"}}"#,
        ),
        (
            r#"{"StringEquals":{"k":"${aws:username}"}}"#,
            r#"{"StringEquals":{"k":"alice"}}"#,
        ),
        (
            r#"{"StringLike":{"k":"arn:aws:iam:*"}}"#,
            r#"{"ArnEquals":{"k":"arn:aws:es:us-west-2:123456789012:domain/d"}}"#,
        ),
        // An ARN pattern does not match as a text does, and what is no ARN matches no ARN.
        (
            r#"{"ArnLike":{"k":"arn:aws:es:*:123456789012:domain/d"}}"#,
            r#"{"StringLike":{"k":"arn:aws:es:*:123456789012:domain/d"}}"#,
        ),
        (
            r#"{"StringLike":{"k":"d*"}}"#,
            r#"{"ArnEquals":{"k":"domain"}}"#,
        ),
    ];
    for (have, want) in unproved {
        assert!(wider(&with(have), &with(want)), "{have} {want}");
    }
    for (have, want) in [
        (r#"{"Bool":{"k":"True"}}"#, r#"{"Bool":{"k":"true"}}"#),
        (r#"{"Null":{"k":"TRUE"}}"#, r#"{"Null":{"k":"true"}}"#),
    ] {
        assert_eq!(widens(&with(have), &with(want)), [], "{have} {want}");
        assert_eq!(widens(&with(want), &with(have)), [], "{have} {want}");
    }
}

#[test]
fn a_principal_is_contained_in_everyone_and_in_itself_but_not_in_its_account() {
    let with = |principal: &str| {
        trust(&format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#
        ))
    };
    let (root, id) = (
        with(r#"{"AWS":"arn:aws:iam::123456789012:root"}"#),
        with(r#"{"AWS":["123456789012"]}"#),
    );
    let role = with(r#"{"AWS":"arn:aws:iam::123456789012:role/r"}"#);
    let (es, both) = (
        with(r#"{"Service":"es.amazonaws.com"}"#),
        with(r#"{"Service":["ec2.amazonaws.com","es.amazonaws.com"]}"#),
    );
    let (aws, everyone) = (with(r#"{"AWS":"*"}"#), with(r#""*""#));
    assert_eq!([wider(&root, &id), wider(&id, &root)], [false, false]);
    assert_eq!([wider(&root, &role), wider(&role, &root)], [true, true]);
    assert_eq!([wider(&both, &es), wider(&es, &both)], [false, true]);
    assert_eq!(
        [
            wider(&aws, &role),
            wider(&aws, &es),
            wider(&everyone, &es),
            wider(&everyone, &aws)
        ],
        [false, true, false, false]
    );
    assert!(wider(&aws, &everyone));
}

#[test]
fn splitting_lists_over_statements_is_not_wider() {
    let have = managed(
        r#"{"Statement":[{"Effect":"Allow","Action":["s3:A","s3:B"],"Resource":["arn:aws:s3:::x","arn:aws:s3:::y"]}]}"#,
    );
    let want = managed(
        r#"{"Statement":[{"Effect":"Allow","Action":"s3:A","Resource":["arn:aws:s3:::y","arn:aws:s3:::x"]},
            {"Effect":"Allow","Action":"s3:B","Resource":"arn:aws:s3:::x"},{"Effect":"Allow","Action":"s3:B","Resource":"arn:aws:s3:::y"}]}"#,
    );
    assert_eq!(widens(&have, &want), []);
    assert_eq!(widens(&want, &have), []);
}

#[test]
fn who_is_let_in_is_named_in_words() {
    let of = |principal: &str| {
        trust(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#
        ))
    };
    let nobody = trust(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}"#,
    );
    for (principal, words) in [
        (r#""*""#, "everyone"),
        (r#"{"AWS":"*"}"#, "everyone in AWS"),
        (r#"{"AWS":"123456789012"}"#, "account 123456789012"),
        (
            r#"{"AWS":"arn:aws:iam::123456789012:role/r"}"#,
            "arn:aws:iam::123456789012:role/r",
        ),
        (r#"{"Service":"es.amazonaws.com"}"#, "es.amazonaws.com"),
    ] {
        let shown: Vec<String> = widens(&nobody, &of(principal))
            .iter()
            .map(ToString::to_string)
            .collect();
        let named = format!("allows sts:AssumeRole to {words}");
        assert!(shown.contains(&named), "{principal}: {shown:?}");
    }
}

#[test]
fn what_is_new_is_named() {
    let have = managed(
        r#"{"Statement":[{"Effect":"Allow","Action":["s3:A"],"Resource":["arn:aws:s3:::x"]}]}"#,
    );
    let want = managed(
        r#"{"Statement":[{"Sid":"More","Effect":"Allow","Action":["s3:A","s3:B"],"Resource":["arn:aws:s3:::x"]}]}"#,
    );
    let expected = Widening {
        label: "More".into(),
        only_conditions: false,
        effect: Effect::Allow,
        principals: vec!["whoever has this policy".into()],
        actions: vec!["s3:B".into()],
        resources: vec!["arn:aws:s3:::x".into()],
    };
    assert_eq!(
        expected.to_string(),
        "allows s3:B on arn:aws:s3:::x to whoever has this policy"
    );
    assert_eq!(widens(&have, &want), [expected]);
}

#[test]
fn the_same_grant_under_other_conditions_says_so() {
    let under = |arns: &str| {
        trust(&format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Service":"es.amazonaws.com"}},"Action":"sts:AssumeRole","Condition":{{"ArnLike":{{"aws:SourceArn":{arns}}}}}}}]}}"#
        ))
    };
    let one = under(r#""arn:aws:es:us-west-2:123456789012:domain/a""#);
    let two = under(
        r#"["arn:aws:es:us-west-2:123456789012:domain/a","arn:aws:es:us-west-2:123456789012:domain/b"]"#,
    );
    let shown: Vec<String> = widens(&one, &two).iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        ["allows sts:AssumeRole to es.amazonaws.com under other conditions"]
    );
}

#[test]
fn a_denial_that_is_gone_or_narrower_widens() {
    let deny = |elements: &str| {
        bucket(&format!(
            r#"{{"Statement":[{{"Sid":"D","Effect":"Deny",{elements}}},{{"Sid":"A","Effect":"Allow","Principal":{{"AWS":"123456789012"}},"Action":"s3:Get","Resource":"*"}}]}}"#
        ))
    };
    let all = deny(r#""Principal":"*","Action":"s3:*","Resource":"*""#);
    let tls = deny(
        r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
    );
    let spared = deny(r#""NotPrincipal":{"AWS":"123456789012"},"Action":"s3:*","Resource":"*""#);
    let spared_more = deny(
        r#""NotPrincipal":{"AWS":["123456789012","999999999999"]},"Action":"s3:*","Resource":"*""#,
    );
    for narrower in [&tls, &spared] {
        assert_eq!(widens(narrower, &all), []);
        let expected = "no longer denies s3:* on * to everyone";
        let shown: Vec<String> = widens(&all, narrower)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(shown, [expected]);
    }
    assert_eq!(
        [wider(&spared_more, &spared), wider(&spared, &spared_more)],
        [false, true]
    );
}

#[test]
fn a_variable_under_another_version_is_not_the_same_grant() {
    let have = statement(r#""Action":"s3:A","Resource":"arn:aws:s3:::b/${aws:username}""#);
    let text = have.to_json().replace("2012-10-17", "2008-10-17");
    assert!(wider(&have, &managed(&text)));
    assert!(!wider(&have, &have));
    let have = statement(
        r#""Action":"s3:A","Resource":"*","Condition":{"StringEquals":{"aws:x":"${aws:username}"}}"#,
    );
    let old = managed(&have.to_json().replace("2012-10-17", "2008-10-17"));
    assert!(wider(&have, &old));
    assert!(wider(&old, &have));
    assert!(!wider(&have, &have));
}

#[test]
fn a_condition_that_is_not_known_is_itself_under_both_versions_unless_it_has_a_variable() {
    let document = |version: &str, value: &str| {
        let text = format!(
            r#"{{"Version": "{version}", "Statement": [{{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
                "Condition": {{"Unheard": {{"aws:SecureTransport": "{value}"}}}}}}]}}"#
        );
        Document::parse_live(&text, super::super::Kind::BucketPolicy).unwrap()
    };
    let (old, new) = (
        document("2008-10-17", "false"),
        document("2012-10-17", "false"),
    );
    assert!(!wider(&old, &new) && !wider(&new, &old));
    let (old, new) = (
        document("2008-10-17", "${a}"),
        document("2012-10-17", "${a}"),
    );
    assert!(wider(&old, &new) && wider(&new, &old));
}

#[test]
fn large_documents_are_compared_in_a_moment() {
    let items = |from: &str, count: usize| {
        (0..count)
            .map(|n| format!("\"{from}{n}*\""))
            .collect::<Vec<_>>()
            .join(",")
    };
    let text = |last: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":[{}],"Resource":[{},"{last}"]}}]}}"#,
            items("s3:Action", 200),
            items("arn:aws:s3:::bucket", 100)
        )
    };
    let (have, want) = (
        managed(&text("arn:aws:s3:::x")),
        managed(&text("arn:aws:s3:::y")),
    );
    let start = std::time::Instant::now();
    let shown: Vec<Vec<String>> = widens(&have, &want)
        .into_iter()
        .map(|widening| widening.resources)
        .collect();
    assert_eq!(shown, [["arn:aws:s3:::y"]]);
    assert!(
        start.elapsed() < std::time::Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}
