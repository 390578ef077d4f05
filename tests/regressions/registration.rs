//! When a registration is healed, changed, left alone or blocked.

use serde_json::{Value, json};

use super::{BUCKET, Lab, POLICY, REPOSITORIES, ROLE, nothing, object, of, set, spec, text};
use crate::support::fields::SPEC;

const BASE: &str = "  base_path: logs\n";

/// A setting of the registration differs from the spec's.
fn differs(state: &mut Value) {
    let at = format!("{REPOSITORIES}/snapshots/settings/compress");
    set(state, &at, json!("false"));
}

#[test]
fn a_repository_that_is_broken_with_other_words_each_time_is_healed() {
    let lab = Lab::new(SPEC);
    lab.begin(|state| set(state, &format!("{ROLE}/attached"), json!([])));
    let words = || text(&of(&lab.plan(&[]), "repository")["reason"]).to_owned();
    assert_ne!(words(), words(), "request ids differ");
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    let expected = ["iam:AttachRolePolicy", "es:POST _snapshot/_verify"];
    assert_eq!(lab.writes(), expected);
    assert_eq!(lab.drift(), 0);
}

#[test]
fn readonly_is_not_turned_on_while_a_snapshot_runs() {
    let lab = Lab::new(SPEC);
    lab.wants(&spec(BASE, "  base_path: logs\n  readonly: true\n"));
    let running = json!({"domain": "logs", "repository": "snapshots", "snapshot": "nightly"});
    lab.world.sandbox.admin("PUT", "/running", &running);
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (4, Vec::new()), "{ran:#?}");
    lab.world.sandbox.admin("DELETE", "/running", &Value::Null);
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(lab.drift(), 0);
}

#[test]
fn a_repository_that_begins_to_write_where_another_did_needs_adoption() {
    let elsewhere = spec(BASE, "  base_path: other\n");
    let readonly = spec(BASE, "  base_path: logs\n  readonly: true\n");
    for (from, to, index) in [
        (SPEC, elsewhere.as_str(), "other/index-7"),
        (readonly.as_str(), SPEC, "logs/index-7"),
    ] {
        let lab = Lab::new(from);
        lab.wants(to);
        lab.begin(|state| set(state, &format!("{BUCKET}/objects"), json!([object(index)])));
        let all = ["--allow", "repoints", "--allow", "widens-access"];
        let ran = lab.apply(&all);
        assert_eq!((ran.code, lab.writes()), (6, Vec::new()), "{ran:#?}");
        assert!(
            ran.stderr.contains("already holds the snapshots"),
            "{ran:#?}"
        );
        let plan = lab.plan(&["--adopt", "repository.snapshots"]);
        let repository = of(&plan, "repository");
        assert_eq!(
            (&repository["action"], &repository["risks"]),
            (&json!("update"), &json!(["repoints"]))
        );
        let ran = lab.apply(&[&all[..], &["--adopt", "repository.snapshots"]].concat());
        assert_eq!(ran.code, 0, "{ran:#?}");
    }
}

#[test]
fn with_somebody_else_s_role_a_registration_is_not_replaced_without_adoption() {
    let existing = spec(
        "role:\n  name: logs-snapshots\n  description: Assumed by the domain\n  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n  exclusive: true\n",
        "role:\n  name: logs-snapshots\n  existing: true\n",
    );
    let lab = Lab::new(SPEC);
    lab.wants(&existing);
    let unmarked = |state: &mut Value| {
        set(state, &format!("{ROLE}/tags"), json!({}));
        differs(state);
    };
    lab.begin(unmarked);
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (6, Vec::new()), "{ran:#?}");
    let plan = lab.plan(&[]);
    assert_eq!(of(&plan, "repository")["action"], "blocked");
    let ran = lab.apply(&["--adopt", "repository.snapshots"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(lab.drift(), 0);
}

#[test]
fn a_candidate_that_points_elsewhere_blocks_and_one_that_matches_is_removed() {
    let lab = Lab::new(SPEC);
    let at = format!("{REPOSITORIES}/snapshots--esbackup-candidate");
    let candidate = |base: &str| {
        let mut own = lab.state.pointer(REPOSITORIES).unwrap()["snapshots"].clone();
        set(&mut own, "/settings/base_path", json!(base));
        own
    };
    lab.begin(|state| {
        differs(state);
        set(state, &at, candidate("other"));
    });
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (6, Vec::new()), "{ran:#?}");
    assert_eq!(lab.now(&at), candidate("other"));
    let ran = lab.apply(&["--direct"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(
        lab.writes(),
        ["es:PUT _snapshot", "es:POST _snapshot/_verify"]
    );
    assert_eq!(lab.now(&at), candidate("other"));
    lab.begin(|state| set(state, &at, candidate("logs")));
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(lab.writes(), ["es:DELETE _snapshot"]);
    assert_eq!(lab.now(&at), Value::Null);
}

/// The engine's own answer of a repository that it cannot reach.
fn broken() -> Value {
    json!({"status": {"code": 500, "error_code": "repository_exception", "message": "[snapshots] could not read repository data"}})
}

#[test]
fn what_is_not_verified_is_applied_once_and_said_to_be_unverified() {
    let unverified = spec(BASE, "  base_path: logs\n  verify: false\n");
    let lab = Lab::new(&unverified);
    lab.begin(nothing);
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(
        ran.stdout.contains("the repository is not verified"),
        "{ran:#?}"
    );
    assert!(
        !lab.writes()
            .contains(&"es:POST _snapshot/_verify".to_owned())
    );
    for answers in [true, false] {
        lab.world.sandbox.forget_requests();
        if !answers {
            lab.fault("es:GET _snapshot/_all", &broken());
        }
        let ran = lab.apply(&[]);
        assert_eq!((ran.code, lab.writes()), (0, Vec::new()), "{ran:#?}");
        assert!(
            ran.stdout.contains("the repository is not verified"),
            "{ran:#?}"
        );
        assert_eq!(
            ran.stdout.contains("it does not answer"),
            !answers,
            "{ran:#?}"
        );
    }
}

#[test]
fn a_policy_that_takes_the_grants_away_does_not_end_well() {
    let policy = "policy:\n  name: logs-snapshots\n";
    let useless = "  document: '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:ListAllMyBuckets\",\"Resource\":\"*\"}]}'\n";
    let lab = Lab::new(SPEC);
    lab.wants(&spec(policy, &format!("{policy}{useless}")));
    let ran = lab.apply(&["--allow", "widens-access", "--allow", "destroys"]);
    assert!([1, 4, 77].contains(&ran.code), "{ran:#?}");
    let expected = ["iam:CreatePolicyVersion", "es:POST _snapshot/_verify"];
    let mut writes = lab.writes();
    writes.dedup();
    assert_eq!(writes, expected);
    assert!(!ran.stdout.contains("logs: done"), "{ran:#?}");
    assert!(lab.now(&format!("{POLICY}/default_version")) != json!(1));
}

#[test]
fn readonly_false_as_an_engine_echoes_it_is_no_drift() {
    let lab = Lab::new(SPEC);
    let at = format!("{REPOSITORIES}/snapshots/settings/readonly");
    lab.begin(|state| set(state, &at, json!("false")));
    assert_eq!(lab.drift(), 0);
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (0, Vec::new()), "{ran:#?}");
}

#[test]
fn a_domain_that_is_being_upgraded_blocks_a_registration_until_later() {
    let lab = Lab::new(SPEC);
    let upgrading = |state: &mut Value| set(state, "/domains/0/state", json!("upgrade_processing"));
    lab.begin(|state| {
        upgrading(state);
        differs(state);
    });
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (4, Vec::new()), "{ran:#?}");
    assert!(ran.stderr.contains("being upgraded"), "{ran:#?}");
    // What does not touch the registration goes on.
    lab.begin(upgrading);
    assert_eq!(lab.drift(), 0);
}

/// OpenSearch keeps a throttle that a registration leaves out (3.8.0), older engines do not: on all of them one apply is enough.
#[test]
fn a_throttle_taken_out_of_the_spec_is_gone_after_one_apply_on_every_engine() {
    let throttled = spec(
        BASE,
        "  base_path: logs\n  settings:\n    max_snapshot_bytes_per_sec: 10mb\n    max_restore_bytes_per_sec: 20mb\n",
    );
    for (engine, left) in [
        ("OpenSearch_3.8", [json!("40mb"), json!("0")]),
        ("OpenSearch_2.19", [json!("40mb"), json!("0")]),
        ("Elasticsearch_7.10", [Value::Null, Value::Null]),
    ] {
        let lab = Lab::new(&throttled);
        lab.begin(|state| set(state, "/domains/0/engine_version", json!(engine)));
        assert_eq!(lab.drift(), 0, "{engine}");
        lab.wants(SPEC);
        let ran = lab.apply(&[]);
        assert_eq!(ran.code, 0, "{engine}: {ran:#?}");
        let settings = lab.now(&format!("{REPOSITORIES}/snapshots/settings"));
        let now = ["max_snapshot_bytes_per_sec", "max_restore_bytes_per_sec"]
            .map(|name| settings.get(name).cloned().unwrap_or_default());
        assert_eq!(now, left, "{engine}");
        lab.world.sandbox.forget_requests();
        let ran = lab.apply(&[]);
        assert_eq!((ran.code, lab.writes()), (0, Vec::new()), "{engine}");
        assert_eq!(lab.drift(), 0, "{engine}");
    }
}
