//! What is valid policy language, and every problem at its path.

use super::super::{Document, Kind, Statement};
use super::{allow, managed, problems};

fn check(text: &str, kind: Kind, expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(path, message)| ((*path).to_owned(), (*message).to_owned()))
        .collect();
    assert_eq!(problems(text, kind), expected, "{text}");
}

#[test]
fn every_problem_is_reported_at_once_with_its_path() {
    let text = r#"{"Version":"2012-10-18","Id":"x","Statement":[
        {"Sid":"no spaces","Effect":"allow","Action":"GetObject","Resource":"my-bucket"},
        {"Effect":"Allow","action":"s3:GetObject","Resource":["*",1]},
        {"Effect":"Allow","Action":["s3:GetObject"],"NotAction":"s3:*","Condition":{"StringIs":{"aws:x":{}}}}]}"#;
    check(
        text,
        Kind::Managed,
        &[
            (
                "Id",
                "`Id` is not an element here: expected Version, Statement",
            ),
            (
                "Version",
                "`2012-10-18` is not a version: expected 2012-10-17 or 2008-10-17",
            ),
            (
                "Statement[0].Sid",
                "`no spaces` is not a valid Sid: only A-Z, a-z and 0-9 are allowed",
            ),
            (
                "Statement[0].Effect",
                "`allow` is not an effect: expected Allow or Deny",
            ),
            (
                "Statement[0].Action",
                "`GetObject` is not an action: expected `service:Action`, such as `s3:GetObject`, or `*`",
            ),
            (
                "Statement[0].Resource",
                "`my-bucket` is not a resource: expected an ARN, `arn:partition:service:region:account:resource`, or `*`",
            ),
            (
                "Statement[1].action",
                "`action` is not an element here: did you mean `Action`?",
            ),
            ("Statement[1]", "Action is missing"),
            (
                "Statement[1].Resource[1]",
                "expected a string, not a number",
            ),
            ("Statement[2]", "Action and NotAction exclude each other"),
            ("Statement[2]", "Resource is missing"),
            (
                "Statement[2].Condition.StringIs",
                "`StringIs` is not a condition operator",
            ),
            (
                "Statement[2].Condition.StringIs.aws:x",
                "expected a string, number or boolean, not a mapping",
            ),
        ],
    );
}

#[test]
fn a_duplicate_key_is_a_problem_at_any_depth() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Action":"s3:*",
        "Resource":"*","Condition":{"Bool":{"aws:x":"true","aws:x":"false"}}}]}"#;
    check(
        text,
        Kind::Managed,
        &[
            ("Statement[0].Effect", "this key occurs twice"),
            ("Statement[0].Condition.Bool.aws:x", "this key occurs twice"),
        ],
    );
}

#[test]
fn a_condition_that_occurs_twice_in_different_case_is_a_problem() {
    let text = allow(
        r#""Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:x":"true","AWS:X":"false"},"bool":{"aws:y":"true"}}"#,
    );
    let message = "this operator and key occur twice in different case";
    check(
        &text,
        Kind::Managed,
        &[("Statement[0].Condition.Bool.aws:x", message)],
    );
}

#[test]
fn each_kind_has_its_own_required_and_forbidden_elements() {
    let identity = allow(r#""Action":"s3:GetObject","Resource":"*""#);
    check(&identity, Kind::Managed, &[]);
    check(
        &identity,
        Kind::BucketPolicy,
        &[("Statement[0]", "Principal is missing")],
    );
    check(
        &identity,
        Kind::Trust,
        &[
            ("Statement[0]", "Principal is missing"),
            (
                "Statement[0].Action",
                "`s3:GetObject` cannot be in a trust policy: only sts:AssumeRole*, sts:TagSession, sts:SetSourceIdentity and sts:SetContext can",
            ),
            ("Statement[0]", "Resource does not belong in a trust policy"),
        ],
    );
    let trust = allow(r#""Action":"sts:AssumeRole","Principal":{"Service":"es.amazonaws.com"}"#);
    check(&trust, Kind::Trust, &[]);
    check(
        &trust,
        Kind::Managed,
        &[
            (
                "Statement[0]",
                "Principal does not belong in a policy of an identity",
            ),
            ("Statement[0]", "Resource is missing"),
        ],
    );
    check(
        &trust,
        Kind::BucketPolicy,
        &[
            (
                "Statement[0].Action",
                "`sts:AssumeRole` cannot be in a bucket policy: only actions of s3 can",
            ),
            ("Statement[0]", "Resource is missing"),
        ],
    );
}

#[test]
fn names_of_principals_have_formats() {
    let trust = |principal: &str| {
        allow(&format!(
            r#""Action":"sts:AssumeRole","Principal":{principal}"#
        ))
    };
    let valid = [
        r#""*""#,
        r#"{"AWS":"*"}"#,
        r#"{"AWS":["123456789012","arn:aws-cn:iam::123456789012:root","arn:aws:iam::123456789012:role/path/name"]}"#,
        r#"{"AWS":"arn:aws:sts::123456789012:assumed-role/name/session"}"#,
        r#"{"AWS":"AROAEXAMPLEEXAMPLE12345"}"#,
        r#"{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC"}"#,
        r#"{"Service":["es.amazonaws.com","opensearchservice.amazonaws.com"],"Federated":"accounts.google.com"}"#,
    ];
    for principal in valid {
        check(&trust(principal), Kind::Trust, &[]);
    }
    let aws = "Statement[0].Principal.AWS";
    let cases: [(&str, &str, &str); 7] = [
        (
            r#"{"AWS":"12345678901"}"#,
            aws,
            "`12345678901` is not an account id: it has 12 digits",
        ),
        (
            r#"{"AWS":"arn:aws:iam::123456789012:role/*"}"#,
            aws,
            "`arn:aws:iam::123456789012:role/*`: a principal cannot hold a wildcard; only `*` alone means everyone",
        ),
        (
            r#"{"AWS":"es.amazonaws.com"}"#,
            aws,
            "`es.amazonaws.com` is not a principal: expected an account id, the ARN of a user or role, or `*`",
        ),
        (
            r#"{"Service":["es"]}"#,
            "Statement[0].Principal.Service[0]",
            "`es` is not a service: expected a name such as `es.amazonaws.com`",
        ),
        (
            r#"{"User":"x"}"#,
            "Statement[0].Principal.User",
            "`User` is not an element here: expected AWS, CanonicalUser, Federated, Service",
        ),
        (
            "{}",
            "Statement[0].Principal",
            "at least one principal is needed",
        ),
        (
            r#""es.amazonaws.com""#,
            "Statement[0].Principal",
            "expected `*` or a mapping of AWS, Service, Federated or CanonicalUser",
        ),
    ];
    for (principal, path, message) in cases {
        check(&trust(principal), Kind::Trust, &[(path, message)]);
    }
}

#[test]
fn not_principal_is_for_denials_of_buckets() {
    let deny = r#"{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"123456789012"},"Action":"s3:*","Resource":"*"}}"#;
    check(deny, Kind::BucketPolicy, &[]);
    let allow = deny.replace("Deny", "Allow");
    let message = "NotPrincipal is supported with Deny only";
    check(
        &allow,
        Kind::BucketPolicy,
        &[("Statement.NotPrincipal", message)],
    );
    let trust = r#"{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}}"#;
    let message = "NotPrincipal is not supported in a trust policy";
    check(trust, Kind::Trust, &[("Statement.NotPrincipal", message)]);
}

#[test]
fn sids_are_unique_and_buckets_take_spaces() {
    let text = |sid: &str, other: &str| {
        format!(
            r#"{{"Statement":[{{"Sid":"{sid}","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}},
                {{"Sid":"{other}","Effect":"Deny","Principal":"*","Action":"s3:Get*","Resource":"*"}}]}}"#
        )
    };
    check(
        &text("Only TLS, please.", "S3PolicyStmt-1"),
        Kind::BucketPolicy,
        &[],
    );
    check(&text("", ""), Kind::BucketPolicy, &[]);
    check(
        &text("A", "A"),
        Kind::BucketPolicy,
        &[("Statement[1].Sid", "the Sid `A` is used twice")],
    );
}

#[test]
fn resources_are_arns_or_everything() {
    let text = |resource: &str| allow(&format!(r#""Action":"s3:*","Resource":"{resource}""#));
    for valid in [
        "*",
        "arn:aws:s3:::b/*",
        "arn:*:s3:::b",
        "arn:aws:s3:::b/${aws:username}",
        "arn:aws:es:us-west-2:123456789012:domain/d/*",
    ] {
        check(&text(valid), Kind::Managed, &[]);
    }
    let message = "`arn:aws:es:us-west-2:12345:domain/d`: an account id has 12 digits";
    check(
        &text("arn:aws:es:us-west-2:12345:domain/d"),
        Kind::Managed,
        &[("Statement[0].Resource", message)],
    );
}

#[test]
fn empty_lists_and_documents_are_problems() {
    check(
        r#"{"Statement":[]}"#,
        Kind::Inline,
        &[("Statement", "at least one statement is needed")],
    );
    check("{}", Kind::Inline, &[("document", "Statement is missing")]);
    check(
        "[]",
        Kind::Managed,
        &[("document", "expected a mapping, not a list")],
    );
    let text = allow(r#""Action":[],"Resource":"*""#);
    check(
        &text,
        Kind::Managed,
        &[("Statement[0].Action", "at least one value is needed")],
    );
}

#[test]
fn text_that_is_not_json_is_one_problem_and_never_a_crash() {
    check(
        "{",
        Kind::Trust,
        &[(
            "document",
            "not JSON: EOF while parsing an object at line 1 column 1",
        )],
    );
    check(
        "{} x",
        Kind::Trust,
        &[(
            "document",
            "not JSON: trailing characters at line 1 column 4",
        )],
    );
    let deep = "[".repeat(100_000);
    assert_eq!(problems(&deep, Kind::Trust).len(), 1);
}

#[test]
fn a_document_that_a_service_returned_is_read_though_its_names_are_unusual() {
    let text = r#"{"Version":"2008-10-17","Id":"Policy1","Statement":[{"Sid":"a b","Effect":"Allow","NotPrincipal":
        {"AWS":"someone"},"Action":"s3:GetObject","Resource":"bucket","Condition":{"NewOperator":{"k":1}}}]}"#;
    let read = Document::parse_live(text, Kind::BucketPolicy);
    assert_eq!(read.map(|document| document.statements().len()), Ok(1));
    let unknown = Document::parse_live(r#"{"Statement":[],"Extra":1}"#, Kind::BucketPolicy);
    assert_eq!(unknown.err().map(|problems| problems.len()), Some(1));
}

#[test]
fn statements_of_a_spec_are_read_with_the_path_of_the_spec() {
    let value = serde_json::json!([{"Effect": "Allow", "Action": "es", "Resource": "*"}]);
    let problems =
        Statement::list_from_value(&value, Kind::Managed, "policy.extra_statements").err();
    let paths: Option<Vec<String>> =
        problems.map(|problems| problems.into_iter().map(|problem| problem.path).collect());
    assert_eq!(
        paths,
        Some(vec!["policy.extra_statements[0].Action".to_owned()])
    );
}

#[test]
fn a_document_is_rebuilt_from_the_json_that_was_written() {
    let document = managed(&allow(r#""Action":"s3:GetObject","Resource":"*""#));
    let again: Result<Document, _> = serde_json::from_str(&document.to_json());
    assert_eq!(again.ok(), Some(document));
}

#[test]
fn every_part_of_a_name_is_looked_at() {
    let message = |elements: &str, kind: Kind| {
        let found = problems(&allow(elements), kind);
        found
            .into_iter()
            .map(|(_, message)| message)
            .collect::<Vec<_>>()
    };
    for action in ["s 3:GetObject", "s3:Get Object", ":GetObject", "s3:"] {
        let found = message(
            &format!(r#""Action":"{action}","Resource":"*""#),
            Kind::Managed,
        );
        let expected = format!(
            "`{action}` is not an action: expected `service:Action`, where the action may hold * and ?"
        );
        assert_eq!(found, [expected]);
    }
    for resource in [
        "urn:aws:s3:::b",
        "arn::s3:::b",
        "arn:aws::::b",
        "arn:aws:s3:::",
        "arn:aws:s3::b",
        "arn:aws::fdsasf",
        "arn:aws",
    ] {
        let found = message(
            &format!(r#""Action":"s3:A","Resource":"{resource}""#),
            Kind::Managed,
        );
        let expected = format!(
            "`{resource}` is not a resource: expected an ARN, `arn:partition:service:region:account:resource`, or `*`"
        );
        assert_eq!(found, [expected]);
    }
    let of = |resource: &str| {
        let elements = format!(r#""Principal":"*","Action":"s3:A","Resource":"{resource}""#);
        message(&elements, Kind::BucketPolicy)
    };
    assert_eq!(of("arn:aws:s3:::b"), [""; 0]);
    assert_eq!(
        of("arn:aws:sns:::b"),
        ["`arn:aws:sns:::b` is not a bucket or its objects"]
    );
    let service = |name: &str| {
        let elements = format!(r#""Principal":{{"Service":"{name}"}},"Action":"sts:AssumeRole""#);
        message(&elements, Kind::Trust)
    };
    for name in ["es.amazonaws.com", "s3-object-lambda.amazonaws.com"] {
        assert_eq!(service(name), [""; 0]);
    }
    for name in ["amazonaws", "es..amazonaws", "es.amazon aws.com", "."] {
        let expected =
            format!("`{name}` is not a service: expected a name such as `es.amazonaws.com`");
        assert_eq!(service(name), [expected]);
    }
    let account = |name: &str| {
        let elements = format!(r#""Principal":{{"AWS":"{name}"}},"Action":"sts:AssumeRole""#);
        message(&elements, Kind::Trust)
    };
    for name in [
        "arn:aws:iam::123456789012:root",
        "arn:aws:sts::123456789012:assumed-role/r/s",
    ] {
        assert_eq!(account(name), [""; 0]);
    }
    for name in [
        "arn::iam::123456789012:root",
        "arn:aws:s3::123456789012:root",
        "arn:aws:iam::12345678901:root",
        "arn:aws:iam::123456789012:",
        "arn:aws:iam:us-west-2:123456789012:root",
    ] {
        let expected = format!(
            "`{name}` is not a principal: expected an account id, the ARN of a user or role, or `*`"
        );
        assert_eq!(account(name), [expected]);
    }
}
