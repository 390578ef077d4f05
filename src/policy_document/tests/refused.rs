//! What IAM and S3 refuse, and what only looks as if they would.

use super::super::{Document, Kind};
use super::{allow, problems};

fn check(text: &str, kind: Kind, expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(path, message)| ((*path).to_owned(), (*message).to_owned()))
        .collect();
    assert_eq!(problems(text, kind), expected, "{text}");
}

/// What IAM and S3 answered to such documents is kept in the tests of <https://github.com/getmoto/moto>.
#[test]
fn managed_policy_without_the_current_version_is_refused() {
    let message = "a managed policy needs `\"Version\": \"2012-10-17\"`";
    let statement = r#"{"Effect":"Allow","Action":"s3:A","Resource":"*"}"#;
    let without = format!(r#"{{"Statement":{statement}}}"#);
    let old = format!(r#"{{"Version":"2008-10-17","Statement":{statement}}}"#);
    let new = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
    check(&without, Kind::Managed, &[("Version", message)]);
    check(&old, Kind::Managed, &[("Version", message)]);
    check(&new, Kind::Managed, &[]);
    check(&without, Kind::Inline, &[]);
    let trust = r#"{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}}"#;
    check(trust, Kind::Trust, &[]);
}

#[test]
fn trust_policy_takes_only_actions_that_assume_a_role() {
    let of = |action: &str| allow(&format!(r#""Action":"{action}","Principal":"*""#));
    for action in [
        "sts:AssumeRole",
        "STS:assumerole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:AssumeRole*",
        "sts:TagSession",
        "sts:SetSourceIdentity",
        "sts:SetContext",
    ] {
        check(&of(action), Kind::Trust, &[]);
    }
    for action in [
        "sts:*",
        "*",
        "sts:GetCallerIdentity",
        "sts:TagSessions",
        "iam:PassRole",
        "sts:Assume*",
    ] {
        let message = format!(
            "`{action}` cannot be in a trust policy: only sts:AssumeRole*, sts:TagSession, sts:SetSourceIdentity and sts:SetContext can"
        );
        check(
            &of(action),
            Kind::Trust,
            &[("Statement[0].Action", &message)],
        );
    }
}

#[test]
fn condition_value_has_to_be_of_the_kind_that_is_compared() {
    let of = |operator: &str, value: &str| {
        allow(&format!(
            r#""Action":"s3:A","Resource":"*","Condition":{{"{operator}":{{"aws:k":{value}}}}}"#
        ))
    };
    for (operator, value) in [
        ("NumericLessThan", r#"["10","2.5","-1"]"#),
        ("NumericLessThan", "10"),
        (
            "DateLessThan",
            r#"["2026-01-31","2026-01","2026","1767225600","2026-01-31T10:00:00.5+01:00"]"#,
        ),
        (
            "IpAddressIfExists",
            r#"["10.0.0.0/8","2001:DB8::/32","203.0.113.5"]"#,
        ),
        ("ForAnyValue:Bool", r#""true""#),
        ("Bool", "false"),
        ("Bool", r#""${aws:SecureTransport}""#),
        ("Null", r#"["True","false"]"#),
        ("StringEquals", r#""anything""#),
        ("ArnLike", r#""arn:*""#),
        ("BinaryEquals", r#""QmluYXJ5""#),
    ] {
        check(&of(operator, value), Kind::Managed, &[]);
    }
    for (operator, value, expected) in [
        ("NumericLessThan", "ten", "a number, such as 10 or 2.5"),
        (
            "numericequalsifexists",
            "1e3",
            "a number, such as 10 or 2.5",
        ),
        ("NumericEquals", "${aws:x}", "a number, such as 10 or 2.5"),
        (
            "DateLessThan",
            "soon",
            "a date, such as 2026-01-31 or 2026-01-31T10:00:00Z, or seconds since 1970",
        ),
        (
            "DateLessThan",
            "2026-13",
            "a date, such as 2026-01-31 or 2026-01-31T10:00:00Z, or seconds since 1970",
        ),
        (
            "IpAddress",
            "10.0.0/8",
            "an address or a range, such as 203.0.113.0/24",
        ),
        (
            "NotIpAddress",
            "${aws:SourceIp}",
            "an address or a range, such as 203.0.113.0/24",
        ),
        ("Null", "yes", "true or false"),
        ("Bool", "yes", "true or false"),
        ("BinaryEquals", "${aws:x}", "base64"),
    ] {
        let name =
            super::super::operator::Operator::parse(operator).map(|known| known.canonical_name());
        let path = format!("Statement[0].Condition.{operator}.aws:k");
        let message = format!(
            "`{value}` is not a value for {}: expected {expected}",
            name.unwrap_or_default()
        );
        check(
            &of(operator, &format!("\"{value}\"")),
            Kind::Managed,
            &[(&path, &message)],
        );
    }
    // What a service returned was accepted once.
    let live = of("NumericLessThan", r#""ten""#);
    assert!(Document::parse_live(&live, Kind::Managed).is_ok());
}

#[test]
fn arn_has_a_region_and_account_only_where_the_service_has_them() {
    let text = |resource: &str| allow(&format!(r#""Action":"s3:*","Resource":"{resource}""#));
    for valid in [
        "arn:aws:cloudfront:*",
        "arn:aws:cloudfront",
        "arn:aws:es:us-west-2:*",
        "arn:aws:s3:*",
        "arn:aws:s3:us-west-2:123456789012:accesspoint/a/object/*",
        "arn:aws:s3::123456789012:accesspoint/a.mrap",
        "arn:aws:s3:us-west-2:123456789012:job/*",
        "arn:aws:s3:*:*:*",
        "arn:aws:iam::123456789012:role/*",
        "arn:aws:iam::*:user/${aws:username}",
        "arn:aws:kms:us-west-2:123456789012:key/1",
        "arn:aws:cloudwatch:us-east-1::x",
    ] {
        check(&text(valid), Kind::Managed, &[]);
    }
    for (resource, why) in [
        (
            "arn:aws:s3:us-west-2::b",
            "a bucket and its objects have no region in their ARN",
        ),
        (
            "arn:aws:s3:*::b/*",
            "a bucket and its objects have no region in their ARN",
        ),
        (
            "arn:aws:s3::123456789012:b",
            "a bucket and its objects have no account in their ARN",
        ),
        (
            "arn:aws:iam:us-west-2:123456789012:role/r",
            "names of IAM have no region",
        ),
        ("arn:aws:iam:*:*:role/r", "names of IAM have no region"),
    ] {
        let message = format!("`{resource}`: {why}");
        check(
            &text(resource),
            Kind::Managed,
            &[("Statement[0].Resource", &message)],
        );
    }
    let bucket = |resource: &str| {
        let elements = format!(r#""Principal":"*","Action":"s3:A","Resource":"{resource}""#);
        problems(&allow(&elements), Kind::BucketPolicy).len()
    };
    assert_eq!(
        [
            bucket("arn:aws:s3:::b"),
            bucket("arn:aws:s3:us-west-2::b"),
            bucket("arn:aws:s3:*")
        ],
        [0, 1, 1]
    );
}
