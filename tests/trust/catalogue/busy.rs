//! Rows 7 to 16: throttling, servers that fail, and services that do not know yet what was written a moment ago.

use serde_json::{Value, json};

use super::told::{Count, Story};
use super::{APPLY, PLAN, engine_error, refused};
use crate::regressions::{BUCKET, Lab, POLICY, REPOSITORIES, ROLE, nothing, set};
use crate::support::fields::SPEC;

fn some(lab: &Lab, operation: &str, times: u64, action: &Value) {
    let fault = json!({"operation": operation, "times": times, "action": action});
    lab.world.sandbox.fault(&fault);
}

fn suspended(state: &mut Value) {
    set(state, &format!("{BUCKET}/versioning"), json!("Suspended"));
}

#[test]
fn row_07_a_burst_of_slow_down_is_waited_out_and_one_that_lasts_is_to_be_tried_again() {
    let lab = Lab::new(SPEC);
    let slow = refused(503, "SlowDown", "Please reduce your request rate.");
    let mut story = Story::of("07_slow_down", &lab.world.sandbox);
    let polled = Count::Polled(&["s3:GetBucketPolicy", "s3:PutBucketVersioning"]);
    for times in [2, 1000] {
        lab.begin(suspended);
        some(&lab, "s3:GetBucketPolicy", times, &slow);
        some(&lab, "s3:PutBucketVersioning", times, &slow);
        story.run_counting(&mut lab.folder.command(PLAN), polled);
        lab.begin(suspended);
        some(&lab, "s3:PutBucketVersioning", times, &slow);
        story.run_counting(&mut lab.folder.command(APPLY), polled);
    }
    story.check();
}

#[test]
fn row_08_throttling_by_iam_that_does_not_end_is_to_be_tried_again() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let throttled = refused(400, "Throttling", "Rate exceeded");
    some(&lab, "iam:CreatePolicy", 1000, &throttled);
    let mut story = Story::of("08_iam_throttling", &lab.world.sandbox);
    story.run_counting(
        &mut lab.folder.command(APPLY),
        Count::Polled(&["iam:CreatePolicy"]),
    );
    lab.world.sandbox.forget_faults();
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_09_reads_are_sent_again_after_500_502_and_504_and_a_lost_registration_is_looked_for() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("09_server_errors", &lab.world.sandbox);
    for code in [502, 503, 504] {
        lab.begin(|_| {});
        some(
            &lab,
            "es:GET _snapshot",
            2,
            &refused(code, "", "Bad Gateway"),
        );
        story.run(&mut lab.folder.command(PLAN));
    }
    lab.begin(|_| {});
    let broken = engine_error(500, "exception", "something broke");
    some(&lab, "es:GET _snapshot", 1000, &broken);
    story.run(&mut lab.folder.command(PLAN));
    lab.begin(|state| set(state, REPOSITORIES, json!({})));
    some(
        &lab,
        "es:PUT _snapshot",
        1,
        &refused(504, "", "Gateway Timeout"),
    );
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_10_what_was_created_a_moment_ago_may_be_unknown_for_a_while() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let unknown = refused(
        404,
        "NoSuchEntity",
        "The role with name logs-snapshots cannot be found.",
    );
    some(&lab, "iam:AttachRolePolicy", 3, &unknown);
    let mut story = Story::of("10_no_such_entity", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    lab.begin(nothing);
    some(&lab, "iam:AttachRolePolicy", 100_000, &unknown);
    story.run_counting(
        &mut lab.folder.command(APPLY),
        Count::Polled(&["iam:AttachRolePolicy"]),
    );
    // What this run did not create is not waited for.
    lab.begin(|state| set(state, &format!("{ROLE}/attached"), json!([])));
    some(&lab, "iam:AttachRolePolicy", 100_000, &unknown);
    let allowed = APPLY.into_iter().chain(["--allow", "widens-access"]);
    story.run(&mut lab.folder.command(allowed));
    story.check();
}

#[test]
fn row_11_a_principal_that_iam_does_not_know_is_final_where_this_run_did_not_create_it() {
    let lab = Lab::new(SPEC);
    let invalid = refused(
        400,
        "MalformedPolicyDocument",
        "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/gone\"",
    );
    lab.begin(nothing);
    some(&lab, "iam:CreateRole", 100_000, &invalid);
    let mut story = Story::of("11_invalid_principal", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_12_a_role_that_cannot_be_assumed_yet_is_waited_for_and_named() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let slow = |seconds: i64| {
        drop(
            lab.world
                .sandbox
                .admin("POST", "/iam-delay", &json!({"seconds": seconds})),
        )
    };
    slow(600);
    let mut story = Story::of("12_role_not_assumable_yet", &lab.world.sandbox);
    story.run_counting(
        &mut lab.folder.command(APPLY),
        Count::Polled(&["es:PUT _snapshot", "es:POST _snapshot/_verify"]),
    );
    slow(0);
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_13_a_principal_that_reads_as_an_id_is_shown_and_taken_out() {
    let lab = Lab::new(SPEC);
    let own: Value =
        serde_json::from_str(lab.now(&format!("{ROLE}/trust")).as_str().unwrap()).unwrap();
    let mut trust = own;
    // What IAM answers for a principal that was deleted.
    let gone = json!({"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEEXAMPLE00A"}, "Action": "sts:AssumeRole"});
    trust["Statement"].as_array_mut().unwrap().push(gone);
    lab.begin(|state| set(state, &format!("{ROLE}/trust"), json!(trust.to_string())));
    let mut story = Story::of("13_principal_reads_as_an_id", &lab.world.sandbox);
    story.run(&mut lab.folder.command(PLAN));
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_14_an_old_answer_after_a_write_is_read_again_before_it_is_called_another_state() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("14_stale_read", &lab.world.sandbox);
    for times in [2, 1000] {
        lab.begin(|_| {});
        lab.world.sandbox.change(suspended);
        let old = json!({"operation": "s3:GetBucketVersioning", "nth": 3, "times": times, "action": {"stale": {"writes": 1}}});
        lab.world.sandbox.fault(&old);
        story.run(&mut lab.folder.command(APPLY));
    }
    lab.begin(suspended);
    lab.world
        .sandbox
        .change(|state| set(state, &format!("{BUCKET}/versioning"), json!("Enabled")));
    let old = json!({"operation": "s3:GetBucketVersioning", "action": {"stale": {"writes": 1}}});
    lab.world.sandbox.fault(&old);
    story.run(&mut lab.folder.command(["drift", "--sandbox"]));
    story.check();
}

#[test]
fn row_15_another_change_of_the_same_bucket_is_waited_out_where_the_bucket_is_new() {
    let lab = Lab::new(SPEC);
    let busy = refused(
        409,
        "OperationAborted",
        "A conflicting conditional operation is currently in progress against this resource. Please try again.",
    );
    lab.begin(nothing);
    some(&lab, "s3:PutBucketVersioning", 2, &busy);
    let mut story = Story::of("15_operation_aborted", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    lab.begin(suspended);
    some(&lab, "s3:PutBucketVersioning", 1000, &busy);
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_16_another_change_of_the_same_role_or_policy_ends_the_run() {
    let lab = Lab::new(SPEC);
    let busy = refused(
        409,
        "ConcurrentModification",
        "The request was rejected because multiple requests to change this object were submitted simultaneously.",
    );
    lab.begin(|state| set(state, &format!("{POLICY}/tags/team"), json!("other")));
    some(&lab, "iam:TagPolicy", 1000, &busy);
    let mut story = Story::of("16_concurrent_modification", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    lab.world.sandbox.forget_faults();
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}
