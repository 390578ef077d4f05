//! Encryption, Object Lock, ownership, software, endpoints and other writers.

use serde_json::{Value, json};

use super::{BUCKET, SPEC, Stage, codes};

fn existing() -> Stage {
    let spec = SPEC.replace(
        "bucket:\n  name: logs-snapshots\n",
        "bucket:\n  name: logs-snapshots\n  existing: true\n",
    );
    Stage::new().with_spec(&spec)
}

const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn encrypted(
    stage: &Stage,
    algorithm: &str,
    key: Option<&str>,
) -> Vec<(&'static str, &'static str)> {
    let state = stage.world.sandbox.state();
    assert!(
        state["buckets"]["logs-snapshots"]
            .get("encryption")
            .is_some(),
        "{state}"
    );
    let mut encryption = json!({"algorithm": algorithm, "bucket_key": false});
    if let Some(key) = key {
        encryption["kms_key"] = json!(key);
    }
    codes(&stage.found(&[(&format!("{BUCKET}/encryption"), encryption)]))
}

#[test]
fn key_that_no_policy_of_the_role_grants_is_a_warning() {
    let stage = existing();
    assert_eq!(
        encrypted(&stage, "aws:kms", Some(KEY)),
        [("unnamed-key", "warning")]
    );
    // The key of AWS's own needs no grant.
    assert_eq!(encrypted(&stage, "aws:kms", None), []);
    let both = encrypted(&stage, "aws:kms:dsse", Some(KEY));
    assert_eq!(both, [("unnamed-key", "warning"), ("dsse", "note")]);
}

#[test]
fn key_that_the_spec_grants_is_no_finding() {
    let granted = SPEC
        .replace("bucket:\n  name: logs-snapshots\n", "bucket:\n  name: logs-snapshots\n  existing: true\n")
        .replace(
            "policy:\n  name: logs-snapshots\n",
            &format!("policy:\n  name: logs-snapshots\n  extra_statements:\n    - Effect: Allow\n      Action: [kms:Decrypt, kms:GenerateDataKey]\n      Resource: {KEY}\n"),
        );
    let stage = Stage::new().with_spec(&granted);
    assert_eq!(encrypted(&stage, "aws:kms", Some(KEY)), []);
}

fn locked(rule: &str) -> Value {
    json!(format!(
        "<ObjectLockEnabled>Enabled</ObjectLockEnabled>{rule}"
    ))
}

#[test]
fn default_retention_is_a_warning_on_managed_and_existing_buckets() {
    let days = locked(
        "<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention></Rule>",
    );
    let years = locked(
        "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Years>1</Years></DefaultRetention></Rule>",
    );
    let at = format!("{BUCKET}/other/object-lock");
    for stage in [Stage::new(), existing()] {
        for (rule, words) in [
            (&days, "30 days (COMPLIANCE)"),
            (&years, "1 years (GOVERNANCE)"),
        ] {
            let found = stage.found(&[(&at, rule.clone())]);
            assert_eq!(codes(&found), [("object-lock", "warning")]);
            assert!(found[0].message.contains(words), "{}", found[0].message);
        }
        assert_eq!(codes(&stage.found(&[(&at, locked(""))])), []);
    }
}

#[test]
fn acls_in_force_are_a_warning_and_their_grants_a_danger() {
    let stage = existing();
    let ownership = |word: &str| (format!("{BUCKET}/ownership"), json!(word));
    let changes = |grants: Value| {
        vec![
            ownership("ObjectWriter"),
            (format!("{BUCKET}/grants"), grants),
        ]
    };
    let found = |changes: Vec<(String, Value)>| {
        let changes: Vec<(&str, Value)> = changes
            .iter()
            .map(|(at, to)| (at.as_str(), to.clone()))
            .collect();
        codes(&stage.found(&changes))
    };
    assert_eq!(found(changes(json!([]))), [("ownership", "warning")]);
    let other = json!([{"grantee": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", "permission": "READ"}]);
    assert_eq!(
        found(changes(other)),
        [("unmanaged-grant", "danger"), ("ownership", "warning")]
    );
    // The public access block ignores public ACLs.
    let public = json!([{"grantee": "http://acs.amazonaws.com/groups/global/AllUsers", "permission": "READ"}]);
    assert_eq!(
        found(changes(public)),
        [("ownership", "warning"), ("unmanaged-grant", "note")]
    );
}

#[test]
fn endpoint_of_another_region_is_a_warning() {
    for (endpoint, want) in [
        (
            "s3.eu-central-1.amazonaws.com",
            vec![("cross-region-endpoint", "warning")],
        ),
        (
            "s3.dualstack.eu-central-1.amazonaws.com",
            vec![("cross-region-endpoint", "warning")],
        ),
        (
            "s3-eu-central-1.amazonaws.com",
            vec![("cross-region-endpoint", "warning")],
        ),
        ("s3.us-west-2.amazonaws.com", vec![]),
        ("s3.amazonaws.com", vec![]),
        ("bucket.vpce-1-a.s3.us-west-2.vpce.amazonaws.com", vec![]),
    ] {
        let spec = SPEC.replace(
            "repository:\n",
            &format!("repository:\n  endpoint: {endpoint}\n"),
        );
        assert_eq!(codes(&Stage::empty(&spec).found(&[])), want, "{endpoint}");
    }
}

#[test]
fn other_repository_on_the_same_path_is_a_warning() {
    let stage = Stage::new();
    let state = stage.world.sandbox.state();
    let other = |base_path: &str, readonly: Option<&str>| {
        let mut repository = state["domains"][0]["repositories"]["snapshots"].clone();
        repository["settings"]["base_path"] = json!(base_path);
        if let Some(readonly) = readonly {
            repository["settings"]["readonly"] = json!(readonly);
        }
        let at = "/domains/0/repositories/second";
        codes(&stage.found(&[(at, repository)]))
    };
    assert_eq!(other("logs", None), [("two-writers", "warning")]);
    assert_eq!(other("logs/", None), [("two-writers", "warning")]);
    assert_eq!(other("elsewhere", None), []);
    assert_eq!(other("logs", Some("true")), []);
}

#[test]
fn wrong_service_in_the_trust_policy_blocks_when_alone() {
    let trust = |services: &str| {
        SPEC.replace(
            "role:\n  name: logs-snapshots\n",
            &format!("role:\n  name: logs-snapshots\n  trust:\n    services: [{services}]\n"),
        )
    };
    let plan = Stage::empty(&trust("opensearch.amazonaws.com")).plan(&[]);
    assert_eq!(
        codes(&plan.findings),
        [("wrong-service-principal", "warning")]
    );
    assert_eq!(
        plan.blocked().next().unwrap().0.to_string(),
        "role.logs-snapshots"
    );
    let plan = Stage::empty(&trust("es.amazonaws.com, opensearchservice.amazonaws.com")).plan(&[]);
    assert_eq!(
        codes(&plan.findings),
        [("wrong-service-principal", "warning")]
    );
    assert_eq!(plan.blocked().count(), 0);
}

#[test]
fn old_service_software_is_a_warning() {
    let stage = Stage::new();
    let at = "/domains/0/service_software";
    for (software, want) in [
        ("R20200101-P1", vec![("old-software", "warning")]),
        ("OpenSearch_2_11_R20240502-P2", vec![]),
    ] {
        assert_eq!(
            codes(&stage.found(&[(at, json!(software))])),
            want,
            "{software}"
        );
    }
}

/// Only the live settings of a repository that is used can carry a canned ACL: a spec may not name one.
#[test]
fn canned_acl_that_the_bucket_refuses_is_a_warning() {
    let spec = SPEC.replace("repository:\n", "repository:\n  existing: true\n");
    let stage = Stage::new().with_spec(&spec);
    let found = |acl: &str, ownership: &str| {
        let settings = "/domains/0/repositories/snapshots/settings";
        codes(&stage.found(&[
            (&format!("{settings}/canned_acl"), json!(acl)),
            (&format!("{BUCKET}/ownership"), json!(ownership)),
        ]))
    };
    let enforced = "BucketOwnerEnforced";
    for acl in ["public-read", "authenticated-read", "log-delivery-write"] {
        assert_eq!(found(acl, enforced), [("ownership", "warning")], "{acl}");
    }
    for acl in ["private", "bucket-owner-full-control"] {
        assert_eq!(found(acl, enforced), [], "{acl}");
    }
}

/// A grant of the key cannot be seen, so that nothing about keys is certain.
#[test]
fn key_that_nothing_grants_never_blocks_a_registration() {
    let spec = SPEC.replace(
        "bucket:\n  name: logs-snapshots\n",
        "bucket:\n  name: logs-snapshots\n  existing: true\n",
    );
    let stage = Stage::new().with_spec(&spec);
    let encryption = json!({"algorithm": "aws:kms", "bucket_key": false, "kms_key": KEY});
    let denied = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "kms:*", "Resource": "*"}]});
    let role = format!("{}/inline/no-keys", super::ROLE);
    for further in [None, Some((role.as_str(), json!({"document": denied})))] {
        let mut changes = vec![
            ("/domains/0/repositories", json!({})),
            ("/buckets/logs-snapshots/encryption", encryption.clone()),
        ];
        changes.extend(further);
        let plan = stage.plan(&changes);
        assert_eq!(codes(&plan.findings), [("unnamed-key", "warning")]);
        assert_eq!(plan.blocked().count(), 0);
        assert!(!plan.steps.is_empty());
    }
}
