//! Policy documents in every form in which a spec may give them, and how large they may be.

use super::values::small_with;
use crate::policy_document::{Document, Kind};
use crate::resources::role::spec::TrustSpec;
use crate::yaml::Severity;
use crate::yaml::sizes::check_size;

pub(super) const TRUST: &str =
    "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\",
    \"Principal\": {\"Service\": \"es.amazonaws.com\"}, \"Action\": \"sts:AssumeRole\"}]}";

#[test]
fn a_document_is_yaml_or_json_text_or_a_file_beside_the_spec() {
    let role = "role:\n  name: logs-snapshots\n";
    let json = TRUST.replace('\n', " ");
    let yaml = "{Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: es.amazonaws.com}, Action: sts:AssumeRole}]}";
    let want = TrustSpec::Document(Document::parse(TRUST, Kind::Trust).unwrap());
    for trust in [
        format!("document: '{json}'"),
        format!("document: {json}"),
        format!("document: {yaml}"),
        "document_file: trust.json".to_owned(),
    ] {
        let spec = small_with(role, &format!("{role}  trust:\n    {trust}\n"));
        assert_eq!(spec.role.unwrap().trust, want, "{trust}");
    }
}

#[test]
fn sizes_are_those_of_iam_to_the_character() {
    let of_size = |size: usize, kind: Kind| {
        let document = |padding: usize| {
            let mut value: serde_json::Value = serde_json::from_str(TRUST).unwrap();
            if kind == Kind::Managed {
                value = serde_json::json!({"Version": "2012-10-17", "Statement": [
                    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]});
            }
            value["Statement"][0]["Condition"] =
                serde_json::json!({"StringEquals": {"aws:SourceAccount": "x".repeat(padding)}});
            Document::from_value(&value, kind).unwrap()
        };
        document(size - document(0).size())
    };
    let verdict = |size, kind| {
        check_size(&of_size(size, kind), kind).map(|large| (large.severity, large.to_string()))
    };
    assert_eq!(verdict(6_144, Kind::Managed), None);
    let text = "6145 characters without whitespace, 6144 are allowed";
    assert_eq!(
        verdict(6_145, Kind::Managed),
        Some((Severity::Error, text.to_owned()))
    );
    assert_eq!(verdict(2_048, Kind::Trust), None);
    let text = "2049 characters without whitespace, 2048 are allowed unless the account's quota was raised";
    assert_eq!(
        verdict(2_049, Kind::Trust),
        Some((Severity::Warning, text.to_owned()))
    );
    assert_eq!(
        verdict(8_192, Kind::Trust).map(|found| found.0),
        Some(Severity::Warning)
    );
    assert_eq!(
        verdict(8_193, Kind::Trust).map(|found| found.0),
        Some(Severity::Error)
    );
}

/// Whatever is read in place of a policy is not shown: its author may not be who may read it.
#[test]
fn a_policy_file_shows_no_word_of_itself() {
    let statement =
        |element: &str| format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{element}]}}");
    let files = [
        "canary".to_owned(),
        "canary: 1\n".to_owned(),
        "\"canary\"".to_owned(),
        "[\"canary\", {\"canary\": \"canary\"}]".to_owned(),
        "{\"aws_secret_access_key\": \"canary\", \"canary\": {\"canary\": 1}}".to_owned(),
        "{\"canary\": 1, \"canary\": 2}".to_owned(),
        "{\"Version\": \"canary\", \"Statement\": \"canary\", \"Id\": 7}".to_owned(),
        "{\"Version\": \"canary`canary\", \"Statement\": [{\"Effect\": \"`canary` is not\"}]}"
            .to_owned(),
        "{\"Statement\": {\"canary.canary[0]\": {\"canary\": [\"canary\"]}}}".to_owned(),
        statement(
            "{\"Sid\":\"canary canary\",\"Effect\":\"canary\",\"Action\":\"canary\",\"Resource\":\"canary\"}",
        ),
        statement(
            "{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3::12:canary\"}",
        ),
        statement(
            "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"canary\":{\"canary\":\"canary\"}}}",
        ),
        statement(
            "{\"Effect\":\"Allow\",\"Principal\":{\"canary\":\"canary\"},\"Action\":\"*\",\"Resource\":\"*\"}",
        ),
        statement(
            "{\"Sid\":\"canary\",\"Effect\":\"Deny\"},{\"Sid\":\"canary\",\"Effect\":\"Deny\"}",
        ),
        statement("{\"\\u0063anary\":\"\\u0063anary\"}"),
        "{\"canary\": \"canary".to_owned(),
        "-----BEGIN PRIVATE KEY-----\ncanary\n".to_owned(),
    ];
    for file in &files {
        for (from, to) in [
            (
                "policy:\n  name: logs-snapshots\n",
                "policy:\n  name: logs-snapshots\n  document_file: f\n",
            ),
            (
                "role:\n  name: logs-snapshots\n",
                "role:\n  name: logs-snapshots\n  trust: {document_file: f}\n",
            ),
        ] {
            let text = super::values::SMALL.replace(from, to);
            let read = |_: &std::path::Path| Ok(file.clone().into_bytes());
            let path = std::path::Path::new("spec.yaml");
            let Err(problems) = crate::spec::parse_with(path, &text, &read) else {
                panic!("{file} is accepted");
            };
            let said = crate::yaml::render(&problems, false);
            assert!(!said.contains("canary"), "{file}\n{said}");
            assert!(
                said.contains("document_file` is not valid"),
                "{file}\n{said}"
            );
        }
    }
}
