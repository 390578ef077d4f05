//! Rows 36 to 38 and 63: registrations that others use, that differ, that a snapshot uses, and whose key is off.

use serde_json::{Value, json};

use super::told::Story;
use super::{APPLY, PLAN, engine_error};
use crate::regressions::{BUCKET, Lab, REPOSITORIES, object, set};
use crate::support::fields::SPEC;

fn drifted(state: &mut Value) {
    let at = format!("{REPOSITORIES}/snapshots/settings/compress");
    set(state, &at, json!("false"));
}

#[test]
fn row_36_a_base_path_that_another_domain_writes_is_refused_and_may_be_read() {
    let lab = Lab::new(SPEC);
    let taken = |state: &mut Value| {
        set(state, REPOSITORIES, json!({}));
        set(
            state,
            &format!("{BUCKET}/objects"),
            json!([object("logs/index-7")]),
        );
    };
    lab.begin(taken);
    let mut story = Story::of("36_two_writers", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    lab.wants(&format!("{SPEC}  readonly: true\n"));
    story.run(&mut lab.folder.command(PLAN));
    story.check();
}

#[test]
fn row_37_drifted_settings_are_shown_and_sent_only_while_no_snapshot_runs() {
    let lab = Lab::new(SPEC);
    lab.begin(drifted);
    let mut story = Story::of("37_drifted_settings", &lab.world.sandbox);
    story.run(&mut lab.folder.command(PLAN));
    let running = json!({"domain": "logs", "repository": "snapshots", "snapshot": "nightly"});
    lab.world.sandbox.admin("PUT", "/running", &running);
    story.run(&mut lab.folder.command(APPLY));
    lab.world.sandbox.admin("DELETE", "/running", &Value::Null);
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_63_a_key_that_is_off_ends_the_proof_and_the_working_registration_stays() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("63_kms_key_off", &lab.world.sandbox);
    for (code, words) in [
        (
            "KMS.DisabledException",
            "arn:aws:kms:us-west-2:123456789012:key/11111111-1111-1111-1111-111111111111 is disabled.",
        ),
        (
            "KMS.KMSInvalidStateException",
            "arn:aws:kms:us-west-2:123456789012:key/11111111-1111-1111-1111-111111111111 is pending deletion.",
        ),
    ] {
        lab.begin(drifted);
        let before = lab.now(REPOSITORIES);
        let said = format!("{words} (Service: Amazon S3; Status Code: 400; Error Code: {code})");
        let body = json!({"error": {"root_cause": [{"type": "repository_verification_exception", "reason": "[snapshots--esbackup-candidate] path [logs] is not accessible on cluster-manager node"}],
            "type": "repository_verification_exception", "reason": "[snapshots--esbackup-candidate] path [logs] is not accessible on cluster-manager node",
            "caused_by": {"type": "i_o_exception", "reason": "Unable to upload object", "caused_by": {"type": "amazon_s3_exception", "reason": said}}}, "status": 500});
        lab.fault(
            "es:POST _snapshot/_verify",
            &json!({"status": {"code": 500, "body": body.to_string()}}),
        );
        story.run(&mut lab.folder.command(APPLY));
        assert_eq!(lab.now(REPOSITORIES), before);
    }
    story.check();
}

#[test]
fn row_38_a_repository_that_another_writer_changed_is_left_alone() {
    let lab = Lab::new(SPEC);
    lab.begin(drifted);
    let before = lab.now(REPOSITORIES);
    let conflict = engine_error(
        500,
        "repository_exception",
        "[snapshots] concurrent modification of the index-N file, expected current generation [7] but it was not found in the repository",
    );
    lab.fault("es:POST _snapshot/_verify", &conflict);
    let mut story = Story::of("38_generation_conflict", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    assert_eq!(lab.now(REPOSITORIES), before);
    story.check();
}
