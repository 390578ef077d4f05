//! Edits that people make, and whether each is wider; the list of those that are not is what a reviewer must not be asked about.

use super::super::{Document, widens};
use super::conditions::CONDITIONS;
use super::{bucket, managed};

fn wider(have: &Document, want: &Document) -> bool {
    !widens(have, want).is_empty()
}

fn grant(condition: &str) -> Document {
    managed(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:A","Resource":"*","Condition":{condition}}}]}}"#
    ))
}

fn denial(condition: &str) -> Document {
    managed(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"s3:A","Resource":"*","Condition":{condition}}}]}}"#
    ))
}

#[test]
fn edited_condition_is_wider_only_where_it_is() {
    for (before, after, narrower, same) in CONDITIONS {
        let (have, want) = (grant(before), grant(after));
        assert_eq!(!wider(&have, &want), *narrower, "{before} -> {after}");
        assert_eq!(!wider(&want, &have), *same, "{after} -> {before}");
        // A denial is wider the other way round.
        let (have, want) = (denial(before), denial(after));
        assert_eq!(!wider(&want, &have), *narrower, "Deny {after} -> {before}");
        assert_eq!(!wider(&have, &want), *same, "Deny {before} -> {after}");
    }
}

fn policy(statements: &str) -> Document {
    bucket(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
    ))
}

/// One statement on the bucket: its effect and whom, what and where it concerns, with a condition.
fn on(effect: &str, action: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"{effect}","Principal":{{"AWS":"210987654321"}},"Action":{action},"Resource":{resource},"Condition":{condition}}}"#
    )
}

const HOME: &str = r#""arn:aws:s3:::b/*""#;

#[test]
fn grant_that_a_denial_takes_back_is_not_wider() {
    let get = on("Allow", r#""s3:GetObject""#, HOME, "{}");
    let put = on("Allow", r#""s3:PutObject""#, HOME, "{}");
    let no_put = on("Deny", r#""s3:Put*""#, HOME, "{}");
    let have = policy(&get);
    assert!(wider(&have, &policy(&format!("{get},{put}"))));
    assert!(!wider(&have, &policy(&format!("{get},{put},{no_put}"))));
    // By everyone, and for part of the grant only.
    let nobody =
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:Put*","Resource":"arn:aws:s3:::b/*"}"#;
    assert!(!wider(&have, &policy(&format!("{get},{put},{nobody}"))));
    let both = on("Allow", r#"["s3:GetObject","s3:PutObject"]"#, HOME, "{}");
    assert!(!wider(&have, &policy(&format!("{both},{no_put}"))));
    let elsewhere = on("Deny", r#""s3:Put*""#, r#""arn:aws:s3:::b/x/*""#, "{}");
    assert!(wider(&have, &policy(&format!("{get},{put},{elsewhere}"))));
    // Under conditions: a denial that applies whenever the grant does.
    let tls = r#"{"Bool":{"aws:SecureTransport":"false"}}"#;
    let plain_put = on("Allow", r#""s3:PutObject""#, HOME, tls);
    let plain = on("Deny", r#""s3:*""#, HOME, tls);
    assert!(!wider(
        &have,
        &policy(&format!("{get},{plain_put},{plain}"))
    ));
    assert!(wider(&have, &policy(&format!("{get},{put},{plain}"))));
    // The denial of the other document takes nothing back here.
    let denied = policy(&format!("{get},{no_put}"));
    assert!(wider(&denied, &policy(&format!("{get},{put}"))));
    // Neither does one of other people.
    let others = no_put.replace("210987654321", "333333333333");
    assert!(wider(&have, &policy(&format!("{get},{put},{others}"))));
}

#[test]
fn grant_less_what_a_denial_takes_back_is_compared() {
    let x = r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#;
    let not_x = r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#;
    let get = |condition: &str| on("Allow", r#""s3:GetObject""#, HOME, condition);
    let deny = |condition: &str| on("Deny", r#""s3:GetObject""#, HOME, condition);
    let have = policy(&get(x));
    assert!(!wider(
        &have,
        &policy(&format!("{},{}", get("{}"), deny(not_x)))
    ));
    // Under IfExists who has no organisation is not denied.
    let lax = not_x.replace("StringNotEquals", "StringNotEqualsIfExists");
    assert!(!wider(
        &have,
        &policy(&format!("{},{}", get("{}"), deny(&lax)))
    ));
    let lax =
        r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"},"Null":{"aws:PrincipalOrgID":"false"}}"#;
    assert!(wider(
        &have,
        &policy(&format!("{},{}", get("{}"), deny(lax)))
    ));
    let other = r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-2"}}"#;
    assert!(wider(
        &have,
        &policy(&format!("{},{}", get("{}"), deny(other)))
    ));
    let old = r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-06-01"}}"#;
    let until = r#"{"DateLessThanEqualsIfExists":{"aws:CurrentTime":"2026-06-01"}}"#;
    let have = policy(&get(until));
    assert!(!wider(
        &have,
        &policy(&format!("{},{}", get("{}"), deny(old)))
    ));
}

#[test]
fn two_grants_that_become_one_are_not_wider() {
    let with = |action: &str, values: &str| {
        on(
            "Allow",
            action,
            HOME,
            &format!(r#"{{"StringEquals":{{"aws:SourceVpce":{values}}}}}"#),
        )
    };
    let get = r#""s3:GetObject""#;
    let have = policy(&format!(
        "{},{}",
        with(get, r#""vpce-1""#),
        with(get, r#""vpce-2""#)
    ));
    let joined = policy(&with(get, r#"["vpce-1","vpce-2"]"#));
    assert!(!wider(&have, &joined) && !wider(&joined, &have));
    assert!(wider(&have, &policy(&with(get, r#"["vpce-1","vpce-3"]"#))));
    // One of them grants less.
    let have = policy(&format!(
        "{},{}",
        with(r#""s3:Get*""#, r#""vpce-1""#),
        with(get, r#""vpce-2""#)
    ));
    assert!(!wider(&have, &joined));
    let more = policy(&with(r#""s3:GetObjectTagging""#, r#"["vpce-1","vpce-2"]"#));
    assert!(wider(&have, &more));
}

#[test]
fn short_arn_counts_as_all_that_it_can_mean() {
    let of = |resource: &str| {
        managed(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"{resource}"}}]}}"#
        ))
    };
    let (short, whole) = (of("arn:aws:s3"), of("arn:aws:s3:::b"));
    assert!(!wider(&short, &short));
    assert!(wider(&whole, &short) && wider(&short, &whole));
    let (open, narrow) = (of("arn:aws:s3:*"), of("arn:aws:s3:::b/*"));
    assert!(!wider(&open, &narrow) && wider(&narrow, &open));
    assert!(!wider(&of("arn:aws:*"), &short));
}
