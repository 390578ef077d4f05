//! What an explanation holds: the words in full, and remedies with the environment's names.

use super::*;
use crate::aws::CallError;
use crate::domain::Error;
use crate::failure::{Class, Failure, Speaker};

const UNMAPPED: &str = r#"{"error":{"type":"security_exception","reason":"no permissions for [cluster:admin/repository/put] and User [name=NAME, backend_roles=[], requestedTenant=null]"},"status":403}"#;

fn remedy(body: &str, context: &Context) -> String {
    diagnose(&domain(403, body), context)
        .unwrap()
        .hint
        .to_string()
}

#[test]
fn the_mapping_of_a_role_is_the_exact_request() {
    let body = UNMAPPED.replace("NAME", "arn:aws:iam::123456789012:role/team/ci");
    let url = "https://search-logs-abc.us-west-2.es.amazonaws.com/_plugins/_security/api/rolesmapping/manage_snapshots";
    let expected = format!(
        "map the caller, as somebody who may (the master user):
GET {url}
if it answers 200:
PATCH {url}
[{{\"op\":\"add\",\"path\":\"/backend_roles/-\",\"value\":\"arn:aws:iam::123456789012:role/team/ci\"}}]
if it answers 404, and only then, since PUT replaces the whole mapping:
PUT {url}
{{\"backend_roles\":[\"arn:aws:iam::123456789012:role/team/ci\"]}}"
    );
    assert_eq!(remedy(&body, &context()), expected);
}

#[test]
fn elasticsearch_has_the_older_path() {
    let elasticsearch = Context {
        engine: Engine::parse("Elasticsearch_7.10").ok(),
        ..context()
    };
    let text = remedy(&UNMAPPED.replace("NAME", "ci"), &elasticsearch);
    assert_eq!(
        text.lines().nth(1),
        Some(
            "GET https://search-logs-abc.us-west-2.es.amazonaws.com/_opendistro/_security/api/rolesmapping/manage_snapshots"
        )
    );
    assert_eq!(text.lines().last(), Some(r#"{"users":["ci"]}"#));
}

#[test]
fn an_assumed_role_becomes_its_role_and_the_missing_path_is_said() {
    let nameless = UNMAPPED.replace("NAME", "");
    let assumed = "arn:aws-us-gov:sts::123456789012:assumed-role/ci/session-1";
    let known = Context {
        caller_arn: Some(assumed.to_owned()),
        ..context()
    };
    let text = remedy(&nameless, &known);
    let lines: Vec<&str> = text.lines().rev().take(2).collect();
    assert_eq!(
        lines,
        [
            "if the role has a path, put it between `role/` and the name: the caller's own ARN does not tell it",
            r#"{"backend_roles":["arn:aws-us-gov:iam::123456789012:role/ci"]}"#,
        ]
    );
    let with_path = Context {
        caller_role_arn: Some("arn:aws-us-gov:iam::123456789012:role/team/ci".to_owned()),
        ..known
    };
    assert_eq!(
        remedy(&nameless, &with_path).lines().last(),
        Some(r#"{"backend_roles":["arn:aws-us-gov:iam::123456789012:role/team/ci"]}"#)
    );
}

#[test]
fn a_user_is_mapped_under_users() {
    let text = remedy(
        &UNMAPPED.replace("NAME", "arn:aws:iam::123456789012:user/ops/ann"),
        &context(),
    );
    assert_eq!(
        text.lines().last(),
        Some(r#"{"users":["arn:aws:iam::123456789012:user/ops/ann"]}"#)
    );
}

#[test]
fn a_hostile_name_stays_inside_its_json_string() {
    let text = remedy(&UNMAPPED.replace("NAME", r#"x\"}\nPUT /_all"#), &context());
    assert_eq!(
        text.lines().last(),
        Some(r#"{"users":["x\"}\nPUT /_all"]}"#)
    );
}

#[test]
fn a_caller_whom_nobody_names_gets_the_rule() {
    let text = remedy(&UNMAPPED.replace("NAME", ""), &context());
    assert_eq!(
        text,
        "map the caller to manage_snapshots: a role's ARN under backend_roles, a user's ARN under users"
    );
}

#[test]
fn the_pass_role_remedy_is_the_statement_to_add() {
    let body = r#"{"Message":"User: arn:aws:iam::123456789012:user/MyUserAccount is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/es-s3-backup"}"#;
    let expected = Diagnosis {
        row: 1,
        layer: Layer::PassRole,
        cause: "the caller may not pass the snapshot role to the service".to_owned(),
        hint: "allow the caller (not the snapshot role) {\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\",\"Resource\":\"arn:aws:iam::123456789012:role/es-s3-backup\"}; check path and partition of the ARN".into(),
        transient: Transient::No,
    };
    assert_eq!(diagnose(&domain(403, body), &context()), Some(expected));
}

#[test]
fn no_remedy_shows_a_placeholder_even_when_nothing_is_known() {
    for row in every_row() {
        let text = remedy::text(row.remedy, &domain(403, "x"), &Context::default());
        assert!(
            !["{role}", "{bucket}", "{domain}"]
                .iter()
                .any(|part| text.text().contains(part)),
            "{text}"
        );
        assert!(!text.text().is_empty() && !row.cause.is_empty());
        assert!(
            row.all.iter().all(|part| *part == part.to_lowercase()),
            "row {} would never match",
            row.number
        );
    }
}

#[test]
fn an_explanation_holds_the_whole_chain_and_the_request_id() {
    let body = r#"{"error":{"root_cause":[{"type":"deep","reason":"root"}],"type":"a","reason":"one","caused_by":{"type":"b","reason":"two","suppressed":[{"type":"s","reason":"beside"}]}},"status":500}"#;
    let refusal = Refusal::from_domain(
        "PUT /_snapshot/logs".to_owned(),
        500,
        Some("42".to_owned()),
        body.as_bytes(),
    );
    let expected = Failure {
        class: Class::Failed,
        task: "PUT /_snapshot/logs".to_owned(),
        layer: None,
        messages: ["a: one", "b: two", "s: beside", "deep: root"]
            .map(str::to_owned)
            .to_vec(),
        request_id: Some("42".to_owned()),
        party: None,
        cause: None,
        hint: None,
        speaker: Speaker::Service,
    };
    let error = Error::Refused(Box::new(refusal));
    let explained = Explained::Domain {
        task: "register",
        error: &error,
    };
    assert_eq!(explain(explained, &context()), expected);
}

#[test]
fn a_failed_connection_is_explained_by_its_layer() {
    let error = Error::Connect {
        address: "127.0.0.1:1".to_owned(),
        source: Box::new(std::io::Error::other("refused")),
    };
    let explanation = explain(
        Explained::Domain {
            task: "GET /_snapshot/logs",
            error: &error,
        },
        &context(),
    );
    assert_eq!(explanation.layer, Some(Layer::Network));
    assert_eq!(
        explanation.messages,
        ["no connection to 127.0.0.1:1", "refused"]
    );
    assert_eq!(explanation.task, "GET /_snapshot/logs");
}

#[test]
fn bodies_of_any_shape_are_read_without_a_crash() {
    let deep =
        format!("{}{}", r#"{"error":"#, r#"{"caused_by":"#.repeat(60)) + "1" + &"}".repeat(61);
    for body in [
        "null",
        "[]",
        "{\"error\":[]}",
        "{\"error\":{\"root_cause\":{}}}",
        "{\"error\":{\"type\":7}}",
        "\u{0}",
        "<a",
        &deep,
    ] {
        let _ = explain(
            Explained::Domain {
                task: "",
                error: &Error::Refused(Box::new(domain(500, body))),
            },
            &context(),
        );
    }
    let old = r#"{"error":"RepositoryVerificationException[[amos0] path [a] is not accessible on master node]; nested: AmazonS3Exception[Access Denied]; ","status":500}"#;
    assert_eq!(
        domain(500, old).chain,
        [
            "RepositoryVerificationException[[amos0] path [a] is not accessible on master node]; nested: AmazonS3Exception[Access Denied];"
        ]
    );
}

#[test]
fn references_in_a_page_are_decoded_once() {
    let page = |text: &str| domain(502, &format!("<html><body><p>{text}</p></body></html>")).chain;
    for (text, expected) in [
        (
            "User: &quot;a&quot; isn&apos;t &lt;b&gt; &amp; c",
            r#"User: "a" isn't <b> & c"#,
        ),
        ("&#39;a&#39; &#x2F; &#X2f; &#233;", "'a' / / é"),
        ("&amp;lt;b&amp;gt; &amp;amp;quot;", "&lt;b&gt; &amp;quot;"),
        (
            "a & b; R&D &nbsp; &; &#; &#x; &#+65;",
            "a & b; R&D &nbsp; &; &#; &#x; &#+65;",
        ),
        (
            "&#xD800; &#99999999; &#x110000;",
            "&#xD800; &#99999999; &#x110000;",
        ),
        ("ends with &quot", "ends with &quot"),
    ] {
        assert_eq!(page(text), [expected], "{text}");
    }
    // Words that are no page are nobody's markup.
    assert_eq!(domain(502, "a &amp; b").chain, ["a &amp; b"]);
}

fn call(status: Option<u16>, class: Class, message: &str) -> CallError {
    CallError {
        service: "s3",
        operation: "CreateBucket",
        status,
        code: status.map(|_| "AccessDenied".to_owned()),
        message: message.to_owned(),
        request_id: status.map(|_| "42".to_owned()),
        class,
        source: Some(Box::new(std::io::Error::other("connection refused"))),
    }
}

#[test]
fn a_refused_call_keeps_its_own_words_and_an_unanswered_one_its_sources() {
    let denied = call(Some(403), Class::Denied, "Access Denied");
    let explanation = explain(Explained::Call(&denied), &context());
    assert_eq!(
        (explanation.task.as_str(), explanation.layer),
        ("s3 CreateBucket", Some(Layer::Unnamed))
    );
    assert_eq!(explanation.messages, ["AccessDenied: Access Denied"]);
    assert_eq!(explanation.request_id.as_deref(), Some("42"));

    let unanswered = call(None, Class::Unreachable, "dispatch failure");
    let explanation = explain(Explained::Call(&unanswered), &context());
    assert_eq!(explanation.layer, Some(Layer::Network));
    assert_eq!(
        explanation.messages,
        ["dispatch failure", "connection refused"]
    );
}

/// What an operation's denial in these words says to do.
fn remedy_of(operation: &'static str, words: &str) -> String {
    let denied = CallError {
        operation,
        ..call(Some(403), Class::Denied, words)
    };
    let known = Context {
        bucket_arn: Some("arn:aws:s3:::elasticsearch-backup-indices".to_owned()),
        policy_arn: Some("arn:aws:iam::123456789012:policy/elasticsearchbackup-policy".to_owned()),
        ..context()
    };
    explain(Explained::Call(&denied), &known)
        .hint
        .unwrap_or_default()
        .to_string()
}

#[test]
fn a_denied_call_names_the_actions_to_grant_and_the_resource() {
    for (operation, words, expected) in [
        (
            "CreateBucket",
            "Access Denied",
            "allow the caller s3:CreateBucket, s3:PutBucketOwnershipControls, s3:TagResource on arn:aws:s3:::elasticsearch-backup-indices; or a permissions boundary, a session policy, a service control policy or a VPC endpoint policy: the message does not say which",
        ),
        (
            "PutPublicAccessBlock",
            "Access Denied",
            "allow the caller s3:PutBucketPublicAccessBlock on arn:aws:s3:::elasticsearch-backup-indices; or a Deny in the bucket's policy refuses it, or a permissions boundary, a session policy, a service control policy or resource control policy or a VPC endpoint policy: the message does not say which",
        ),
        (
            "PutBucketEncryption",
            "Access Denied",
            "allow the caller s3:PutEncryptionConfiguration on arn:aws:s3:::elasticsearch-backup-indices; or a Deny in the bucket's policy refuses it, or a permissions boundary, a session policy, a service control policy or resource control policy or a VPC endpoint policy: the message does not say which",
        ),
        (
            "HeadBucket",
            "",
            "allow the caller s3:ListBucket on arn:aws:s3:::elasticsearch-backup-indices; or a Deny in the bucket's policy refuses it, or a permissions boundary, a session policy, a service control policy or resource control policy or a VPC endpoint policy: the message does not say which",
        ),
        (
            "ListPolicies",
            "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:ListPolicies on resource: policy path / because no identity-based policy allows the iam:ListPolicies action",
            "allow the caller iam:ListPolicies on *",
        ),
        (
            "CreatePolicyVersion",
            "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:CreatePolicyVersion on resource: policy elasticsearchbackup-policy",
            "allow the caller iam:CreatePolicyVersion on arn:aws:iam::123456789012:policy/elasticsearchbackup-policy",
        ),
        (
            "CreateRole",
            "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:TagRole on resource: arn:aws:iam::123456789012:role/es-s3-backup because no identity-based policy allows the iam:TagRole action",
            "allow the caller iam:CreateRole, iam:TagRole on arn:aws:iam::123456789012:role/es-s3-backup; organisations often demand a permissions boundary of every role: if yours does, name it in `role.permissions_boundary`",
        ),
        (
            "AttachRolePolicy",
            "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:AttachRolePolicy on resource: role es-s3-backup with an explicit deny in a service control policy",
            "no grant in this account helps: ask whoever administers the organisation to except iam:AttachRolePolicy for the caller in that policy; organisations often demand a permissions boundary of every role: if yours does, name it in `role.permissions_boundary`",
        ),
        (
            "PutBucketEncryption",
            r#"User: arn:aws:iam::123456789012:user/ci is not authorized to perform: kms:DescribeKey on resource: "arn:aws:kms:us-west-2:123456789012:key/k" because no identity-based policy allows the kms:DescribeKey action"#,
            "allow the caller kms:DescribeKey on arn:aws:kms:us-west-2:123456789012:key/k",
        ),
        (
            "GetCallerIdentity",
            "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:GetCallerIdentity.",
            "allow the caller sts:GetCallerIdentity",
        ),
    ] {
        assert_eq!(remedy_of(operation, words), expected, "{operation}");
    }
}

#[test]
fn a_403_of_amazons_may_be_about_the_rate_of_requests() {
    let throttled = |status, message: &str| {
        domain(status, &format!(r#"{{"Message":"{message}"}}"#)).is_throttled()
    };
    assert!(throttled(
        403,
        "403 Request throttled due to too many requests"
    ));
    assert!(throttled(429, "Too Many Requests"));
    assert!(!throttled(403, "words that nobody knows"));
}
