//! Verdicts on documents that vendors and others wrote, each with its source.

use std::collections::BTreeMap;

use super::super::Document;
use super::super::evaluate::{Decision, PrincipalId, Request, evaluate};
use super::{bucket, managed, trust};

pub(super) fn request(
    principal: PrincipalId,
    action: &str,
    resource: &str,
    context: &[(&str, &[&str])],
) -> Request {
    let context = context.iter().map(|(key, values)| {
        (
            (*key).to_owned(),
            values.iter().map(|v| (*v).to_owned()).collect(),
        )
    });
    let context: BTreeMap<String, Vec<String>> = context.collect();
    Request {
        principal,
        action: action.to_owned(),
        resource: resource.to_owned(),
        context,
    }
}

pub(super) fn user(arn: &str) -> PrincipalId {
    PrincipalId::Aws(arn.to_owned())
}

pub(super) fn es() -> PrincipalId {
    PrincipalId::Service("es.amazonaws.com".to_owned())
}

pub(super) fn alice() -> PrincipalId {
    user("arn:aws:iam::123456789012:user/alice")
}

pub(super) fn decide(document: &Document, request: &Request) -> Decision {
    evaluate(&[document], request)
}

pub(super) fn allowed(by: &str) -> Decision {
    Decision::Allowed { by: by.to_owned() }
}

pub(super) fn denied(by: &str) -> Decision {
    Decision::ExplicitDeny { by: by.to_owned() }
}

/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html>
const SNAPSHOT_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Action":["s3:ListBucket"],"Effect":"Allow","Resource":["arn:aws:s3:::s3-bucket-name"]},
    {"Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Effect":"Allow","Resource":["arn:aws:s3:::s3-bucket-name/*"]}]}"#;

#[test]
fn the_snapshot_policy_lists_the_bucket_and_writes_its_objects() {
    let document = managed(SNAPSHOT_POLICY);
    let (bucket, object) = (
        "arn:aws:s3:::s3-bucket-name",
        "arn:aws:s3:::s3-bucket-name/logs/index-0",
    );
    let role = || user("arn:aws:iam::123456789012:role/TheSnapshotRole");
    let cases = [
        ("s3:ListBucket", bucket, true),
        ("S3:listbucket", bucket, true),
        ("s3:ListBucket", object, false),
        ("s3:GetObject", object, true),
        ("s3:PutObject", object, true),
        ("s3:DeleteObject", object, true),
        ("s3:GetObject", bucket, false),
        ("s3:GetObjectVersion", object, false),
        ("s3:PutObject", "arn:aws:s3:::s3-bucket-name-2/x", false),
    ];
    for (action, resource, expected) in cases {
        let decision = decide(&document, &request(role(), action, resource, &[]));
        assert_eq!(decision.is_allowed(), expected, "{action} {resource}");
    }
}

/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html>
#[test]
fn the_trust_policy_against_the_confused_deputy_lets_only_the_domain_in() {
    let document = trust(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Principal":{"Service":"es.amazonaws.com"},"Action":"sts:AssumeRole",
            "Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:es:us-east-1:111122223333:domain/my-domain"}}}]}"#,
    );
    let ask = |principal, action: &str, account: &str, domain: &str| {
        let context: [(&str, &[&str]); 2] = [
            ("aws:SourceAccount", &[account]),
            ("AWS:sourcearn", &[domain]),
        ];
        decide(
            &document,
            &request(
                principal,
                action,
                "arn:aws:iam::111122223333:role/r",
                &context,
            ),
        )
        .is_allowed()
    };
    let domain = "arn:aws:es:us-east-1:111122223333:domain/my-domain";
    assert!(ask(es(), "sts:AssumeRole", "111122223333", domain));
    assert!(!ask(es(), "sts:AssumeRole", "444455556666", domain));
    assert!(!ask(
        es(),
        "sts:AssumeRole",
        "111122223333",
        "arn:aws:es:us-east-1:111122223333:domain/other"
    ));
    assert!(!ask(es(), "sts:TagSession", "111122223333", domain));
    assert!(!ask(
        PrincipalId::Service("ec2.amazonaws.com".into()),
        "sts:AssumeRole",
        "111122223333",
        domain
    ));
    assert!(!ask(alice(), "sts:AssumeRole", "111122223333", domain));
    let bare = request(
        es(),
        "sts:AssumeRole",
        "",
        &[("aws:SourceAccount", &["111122223333"])],
    );
    assert_eq!(decide(&document, &bare), Decision::ImplicitDeny);
}

/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/cross-service-confused-deputy-prevention.html>
#[test]
fn a_wildcard_in_an_arn_does_not_reach_over_a_colon() {
    let document = trust(
        r#"{"Version":"2012-10-17","Statement":{"Sid":"D","Effect":"Allow","Principal":{"Service":"es.amazonaws.com"},"Action":"sts:AssumeRole",
            "Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:es:*:123456789012:*"}}}}"#,
    );
    let ask = |arn: &str| {
        decide(
            &document,
            &request(es(), "sts:AssumeRole", "", &[("aws:SourceArn", &[arn])]),
        )
    };
    assert_eq!(
        ask("arn:aws:es:eu-west-1:123456789012:domain/any"),
        allowed("D")
    );
    assert_eq!(
        ask("arn:aws:es:eu-west-1:999999999999:x:123456789012:y"),
        Decision::ImplicitDeny
    );
    assert_eq!(ask("nonsense"), Decision::ImplicitDeny);
}

/// <https://repost.aws/knowledge-center/s3-bucket-policy-for-config-rule>
const TLS_ONLY: &str = r#"{"Id":"ExamplePolicy","Version":"2012-10-17","Statement":[{"Sid":"AllowSSLRequestsOnly","Action":"s3:*","Effect":"Deny",
    "Resource":["arn:aws:s3:::DOC-EXAMPLE-BUCKET","arn:aws:s3:::DOC-EXAMPLE-BUCKET/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}},"Principal":"*"}]}"#;

#[test]
fn the_tls_only_statement_denies_plain_requests_and_allows_nothing() {
    let document = bucket(TLS_ONLY);
    let ask = |context: &[(&str, &[&str])]| {
        decide(
            &document,
            &request(
                alice(),
                "s3:GetObject",
                "arn:aws:s3:::DOC-EXAMPLE-BUCKET/x",
                context,
            ),
        )
    };
    assert_eq!(
        ask(&[("aws:SecureTransport", &["false"])]),
        denied("AllowSSLRequestsOnly")
    );
    assert_eq!(
        ask(&[("aws:SecureTransport", &["true"])]),
        Decision::ImplicitDeny
    );
    // A Bool on an absent key does not match.
    assert_eq!(ask(&[]), Decision::ImplicitDeny);
    let elsewhere = request(
        alice(),
        "s3:GetObject",
        "arn:aws:s3:::other/x",
        &[("aws:SecureTransport", &["false"])],
    );
    assert_eq!(decide(&document, &elsewhere), Decision::ImplicitDeny);
}

#[test]
fn an_identity_and_a_bucket_policy_are_decided_each_by_itself() {
    let (identity, tls) = (
        managed(
            SNAPSHOT_POLICY
                .replace("s3-bucket-name", "DOC-EXAMPLE-BUCKET")
                .as_str(),
        ),
        bucket(TLS_ONLY),
    );
    let plain: [(&str, &[&str]); 1] = [("aws:SecureTransport", &["false"])];
    let get = request(
        alice(),
        "s3:GetObject",
        "arn:aws:s3:::DOC-EXAMPLE-BUCKET/x",
        &plain,
    );
    assert!(evaluate(&[&identity], &get).is_allowed());
    assert_eq!(
        evaluate(&[&identity, &tls], &get),
        denied("AllowSSLRequestsOnly")
    );
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html>
#[test]
fn not_action_allows_every_action_but_those_that_it_names() {
    let document = managed(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"s3:DeleteBucket","Resource":"arn:aws:s3:::b"}]}"#,
    );
    let allows = |action: &str| {
        let asked = request(alice(), action, "arn:aws:s3:::b", &[]);
        evaluate(&[&document], &asked).is_allowed()
    };
    assert!(allows("s3:GetObject") && allows("iam:ListRoles"));
    assert!(!allows("s3:DeleteBucket") && !allows("S3:deletebucket"));
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html#example-bucket-policies-use-case-7>
#[test]
fn the_mfa_example_denies_when_the_key_is_absent_or_too_old() {
    let document = bucket(
        r#"{"Version":"2012-10-17","Id":"123","Statement":[
            {"Sid":"","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::DOC-EXAMPLE-BUCKET/taxdocuments/*","Condition":{"Null":{"aws:MultiFactorAuthAge":true}}},
            {"Sid":"","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::DOC-EXAMPLE-BUCKET/taxdocuments/*","Condition":{"NumericGreaterThan":{"aws:MultiFactorAuthAge":3600}}},
            {"Sid":"","Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::DOC-EXAMPLE-BUCKET/*"}]}"#,
    );
    let ask = |path: &str, context: &[(&str, &[&str])]| {
        let resource = format!("arn:aws:s3:::DOC-EXAMPLE-BUCKET/{path}");
        decide(
            &document,
            &request(alice(), "s3:GetObject", &resource, context),
        )
        .is_allowed()
    };
    assert!(!ask("taxdocuments/2026", &[]));
    assert!(ask(
        "taxdocuments/2026",
        &[("aws:MultiFactorAuthAge", &["3600"])]
    ));
    assert!(!ask(
        "taxdocuments/2026",
        &[("aws:MultiFactorAuthAge", &["3601"])]
    ));
    assert!(!ask(
        "taxdocuments/2026",
        &[("aws:MultiFactorAuthAge", &["old"])]
    ));
    assert!(ask("public", &[]));
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
#[test]
fn not_principal_spares_only_who_is_named_with_role_and_account() {
    let bob = bucket(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"B","Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::444455556666:user/Bob","arn:aws:iam::444455556666:root"]},
            "Action":"s3:*","Resource":["arn:aws:s3:::BUCKETNAME","arn:aws:s3:::BUCKETNAME/*"]}]}"#,
    );
    let ask = |document: &Document, principal| {
        decide(
            document,
            &request(principal, "s3:GetObject", "arn:aws:s3:::BUCKETNAME/x", &[]),
        )
    };
    assert_eq!(
        ask(&bob, user("arn:aws:iam::444455556666:user/Bob")),
        Decision::ImplicitDeny
    );
    assert_eq!(
        ask(&bob, user("arn:aws:iam::444455556666:user/Eve")),
        denied("B")
    );
    assert_eq!(ask(&bob, alice()), denied("B"));
    assert_eq!(ask(&bob, PrincipalId::Anonymous), denied("B"));
    let session = "arn:aws:sts::444455556666:assumed-role/cross-account-read-only-role/cross-account-audit-app";
    let audit = |without: &str| {
        let names = [
            session,
            "arn:aws:iam::444455556666:role/cross-account-read-only-role",
            "arn:aws:iam::444455556666:root",
        ];
        let names: Vec<String> = names
            .iter()
            .filter(|name| **name != without)
            .map(|name| format!("\"{name}\""))
            .collect();
        bucket(&format!(
            r#"{{"Statement":[{{"Sid":"A","Effect":"Deny","NotPrincipal":{{"AWS":[{}]}},"Action":"s3:*","Resource":"arn:aws:s3:::BUCKETNAME/*"}}]}}"#,
            names.join(",")
        ))
    };
    assert_eq!(ask(&audit(""), user(session)), Decision::ImplicitDeny);
    for missing in [
        "arn:aws:iam::444455556666:role/cross-account-read-only-role",
        "arn:aws:iam::444455556666:root",
    ] {
        assert_eq!(
            ask(&audit(missing), user(session)),
            denied("A"),
            "{missing}"
        );
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html#example-bucket-policies-use-case-1>
#[test]
fn the_canned_acl_example_lets_two_accounts_upload_with_that_acl_only() {
    let document = bucket(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"AddCannedAcl","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::444455556666:root"]},
            "Action":["s3:PutObject","s3:PutObjectAcl"],"Resource":"arn:aws:s3:::DOC-EXAMPLE-BUCKET/*","Condition":{"StringEquals":{"s3:x-amz-acl":["public-read"]}}}]}"#,
    );
    let ask = |arn: &str, acl: &[&str]| {
        let put = request(
            user(arn),
            "s3:PutObject",
            "arn:aws:s3:::DOC-EXAMPLE-BUCKET/k",
            &[("s3:x-amz-acl", acl)],
        );
        decide(&document, &put).is_allowed()
    };
    assert!(ask("arn:aws:iam::111122223333:user/u", &["public-read"]));
    assert!(ask(
        "arn:aws:sts::444455556666:assumed-role/r/s",
        &["public-read"]
    ));
    assert!(ask("arn:aws:iam::444455556666:root", &["public-read"]));
    assert!(!ask("arn:aws:iam::111122223333:user/u", &["private"]));
    assert!(!ask("arn:aws:iam::111122223333:user/u", &["Public-Read"]));
    assert!(!ask("arn:aws:iam::111122223333:user/u", &[]));
    assert!(!ask("arn:aws:iam::123456789012:user/u", &["public-read"]));
}

/// The page names two addresses that are allowed and two that are not:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html#example-bucket-policies-use-case-ipv6>
#[test]
fn the_address_example_decides_as_its_page_says() {
    let document = bucket(
        r#"{"Id":"PolicyId2","Version":"2012-10-17","Statement":[{"Sid":"AllowIPmix","Effect":"Allow","Principal":"*","Action":"s3:*",
            "Resource":["arn:aws:s3:::DOC-EXAMPLE-BUCKET","arn:aws:s3:::DOC-EXAMPLE-BUCKET/*"],"Condition":{
            "IpAddress":{"aws:SourceIp":["54.240.143.0/24","2001:DB8:1234:5678::/64"]},
            "NotIpAddress":{"aws:SourceIp":["54.240.143.128/30","2001:DB8:1234:5678:ABCD::/80"]}}}]}"#,
    );
    let ask = |address: &str| {
        let get = request(
            PrincipalId::Anonymous,
            "s3:GetObject",
            "arn:aws:s3:::DOC-EXAMPLE-BUCKET/x",
            &[("aws:SourceIp", &[address])],
        );
        decide(&document, &get).is_allowed()
    };
    assert_eq!(
        [ask("54.240.143.1"), ask("2001:DB8:1234:5678::1")],
        [true, true]
    );
    assert_eq!(
        [
            ask("54.240.143.129"),
            ask("2001:DB8:1234:5678:ABCD::1"),
            ask("203.0.113.1")
        ],
        [false, false, false]
    );
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
#[test]
fn a_grant_to_all_but_some_is_none_to_those() {
    // No new document may say so, and an old one may.
    let all_but_alice = Document::parse_live(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"B","Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/alice"},"Action":"s3:*","Resource":"arn:aws:s3:::b"}]}"#,
        super::Kind::BucketPolicy,
    )
    .unwrap();
    let ask = |principal| {
        let asked = request(principal, "s3:ListBucket", "arn:aws:s3:::b", &[]);
        decide(&all_but_alice, &asked)
    };
    assert_eq!(ask(alice()), Decision::ImplicitDeny);
    assert_eq!(
        ask(user("arn:aws:iam::123456789012:user/bob")),
        allowed("B")
    );
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-role-session>
#[test]
fn a_session_is_its_role_of_its_account_under_any_path_and_nobody_else() {
    let session = || user("arn:aws:sts::123456789012:assumed-role/reader/session");
    let names = |principal: &str| {
        let document = bucket(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"B","Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"s3:*","Resource":"arn:aws:s3:::b"}}]}}"#
        ));
        let asked = request(session(), "s3:ListBucket", "arn:aws:s3:::b", &[]);
        decide(&document, &asked).is_allowed()
    };
    assert!(names("arn:aws:iam::123456789012:role/reader"));
    assert!(names("arn:aws:iam::123456789012:role/team/reader"));
    assert!(!names("arn:aws:iam::123456789012:role/writer"));
    assert!(!names("arn:aws:iam::123456789012:user/reader"));
    assert!(!names("arn:aws:iam::999999999999:role/reader"));
}
