//! What the executor does when answers are lost, IAM is slow, somebody else is busy, or a registration cannot be proved.

use std::time::Duration;

use esbackup::internals::execute::{Known, Reason};
use esbackup::internals::failure::Class;
use esbackup::internals::lost::RetrySafety;
use esbackup::internals::resources::Call;
use esbackup::internals::resources::declared::Desired;
use serde_json::{Value, json};

use crate::convergence::{calls, converged};
use crate::support::binary::{Folder, Ran};
use crate::support::end::managed;
use crate::support::fields::SPEC;
use crate::support::pointer;
use crate::support::world::{World, desired};

/// Nothing of the environment exists.
pub fn fresh(converged: &Value) -> Value {
    let mut state = converged.clone();
    pointer::remove(&mut state, "/buckets/logs-snapshots");
    pointer::remove(&mut state, "/accounts/123456789012/policies/logs-snapshots");
    pointer::remove(&mut state, "/accounts/123456789012/roles/logs-snapshots");
    pointer::set(&mut state, "/domains/0/repositories", json!({}));
    state
}

/// As many fields differ as can without hiding each other.
pub fn drifted(converged: &Value) -> Value {
    let mut state = converged.clone();
    let bucket = "/buckets/logs-snapshots";
    let account = "/accounts/123456789012";
    for (at, to) in [
        (format!("{bucket}/versioning"), json!("Suspended")),
        (format!("{bucket}/public_access_block"), Value::Null),
        (format!("{bucket}/ownership"), Value::Null),
        (format!("{bucket}/policy"), Value::Null),
        (format!("{bucket}/lifecycle"), Value::Null),
        (format!("{bucket}/tags/team"), json!("other")),
        (format!("{bucket}/encryption/algorithm"), json!("aws:kms")),
        (
            format!("{account}/policies/logs-snapshots/tags/team"),
            json!("other"),
        ),
        (
            format!("{account}/policies/logs-snapshots/versions/0/document"),
            json!(r#"{"Version":"2012-10-17","Statement":[]}"#),
        ),
        (
            format!("{account}/roles/logs-snapshots/tags/team"),
            json!("other"),
        ),
        (
            format!("{account}/roles/logs-snapshots/max_session_duration"),
            json!(7200),
        ),
        (
            format!("{account}/roles/logs-snapshots/permissions_boundary"),
            Value::Null,
        ),
        (
            format!("{account}/roles/logs-snapshots/attached"),
            json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
        ),
        (
            format!("{account}/roles/logs-snapshots/inline/extra"),
            json!(r#"{"Version":"2012-10-17","Statement":[]}"#),
        ),
        (
            format!("{account}/roles/logs-snapshots/trust"),
            json!(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
            ),
        ),
        (
            "/domains/0/repositories/snapshots/settings/compress".to_owned(),
            json!("false"),
        ),
    ] {
        pointer::set(&mut state, &at, to);
    }
    state
}

pub fn reset(world: &World, state: &Value) {
    world.sandbox.forget_faults();
    world.sandbox.admin("PUT", "/state", state);
    world.sandbox.forget_requests();
}

/// Runs the plan with one write meeting a misfortune, for each write of the plan; answers how often that write was sent.
pub fn meet_at_each_write(
    world: &World,
    desired: &Desired,
    start: &Value,
    action: &Value,
    judge: impl Fn(&Call, usize),
) {
    reset(world, start);
    let planned = world.plan(desired);
    let operations = calls(&planned.plan);
    let mut end: Option<Value> = None;
    for (place, step) in planned.plan.steps.iter().enumerate() {
        let operation = &operations[place];
        let nth = 1 + operations[..place]
            .iter()
            .filter(|other| *other == operation)
            .count();
        reset(world, start);
        world
            .sandbox
            .fault(&json!({"operation": operation, "nth": nth, "action": action}));
        let planned = world.plan(desired);
        let (result, events) = world.run(&planned.session, &planned.plan.steps);
        let what = format!("{nth} of {operation} meets {action}");
        let lost = *action == json!("drop_before") || *action == json!("endless");
        if step.call.retry_safety() == RetrySafety::Never && lost {
            // The run ends, and says to try again; the next one sees that nothing is there.
            let reason = result.unwrap_err().reason;
            let again = matches!(&reason, Reason::Failed(failure) if failure.class.may_pass());
            assert!(again, "{what}: {reason:#?}");
            assert_eq!(world.sandbox.writes(), [operation.as_str()], "{what}");
            continue;
        }
        assert!(result.is_ok(), "{what}: {result:#?}\n{events:#?}");
        let planned_times = operations
            .iter()
            .filter(|other| *other == operation)
            .count();
        let sent = world
            .sandbox
            .writes()
            .iter()
            .filter(|other| *other == operation)
            .count();
        println!("{what}: sent {sent} times, planned {planned_times}");
        let needless = events.contains(&format!("needless: {}", step.call.describe()));
        if !needless {
            judge(&step.call, sent - (planned_times - 1));
        }
        let now = managed(&world.sandbox.state());
        assert_eq!(end.get_or_insert(now.clone()), &now, "{what}");
        let again = world.plan(desired).plan;
        assert!(again.is_empty(), "{what}: {:#?}", again.changes);
    }
}

#[test]
fn a_lost_answer_never_sends_a_creation_twice() {
    let desired = desired(SPEC);
    let (world, state) = converged(&desired);
    for start in [fresh(&state), drifted(&state)] {
        meet_at_each_write(
            &world,
            &desired,
            &start,
            &json!("drop_after"),
            |call, sent| match call.retry_safety().is_read_back() {
                true => assert_eq!(sent, 1, "{}", call.describe()),
                false => assert_eq!(sent, 2, "{}", call.describe()),
            },
        );
    }
    let account = &world.sandbox.state()["accounts"]["123456789012"];
    let versions = &account["policies"]["logs-snapshots"]["versions"];
    assert_eq!(
        versions.as_array().unwrap().len(),
        2,
        "no version was created twice"
    );
}

/// A success that is another document is no refusal: what was created is found by reading, and what may be sent twice is.
#[test]
fn success_with_a_strange_body_is_read_back_and_never_done_twice() {
    let desired = desired(SPEC);
    let (world, state) = converged(&desired);
    for body in ["<html>Sign in</html>", "<Error><Code>None</Code></Error>"] {
        let action = json!({"status_after": {"code": 200, "body": body}});
        for start in [fresh(&state), drifted(&state)] {
            meet_at_each_write(&world, &desired, &start, &action, |call, sent| {
                let expected = match call.retry_safety().is_read_back() {
                    true => 1,
                    false => 2,
                };
                assert_eq!(sent, expected, "{}", call.describe());
            });
        }
    }
}

#[test]
fn a_request_that_never_arrived_is_sent_again() {
    let desired = desired(SPEC);
    let (world, state) = converged(&desired);
    for start in [fresh(&state), drifted(&state)] {
        meet_at_each_write(
            &world,
            &desired,
            &start,
            &json!("drop_before"),
            |call, sent| {
                assert_eq!(sent, 2, "{}", call.describe());
            },
        );
    }
}

#[test]
fn slow_iam_is_waited_out_and_reported() {
    let desired = desired(SPEC);
    let (mut world, state) = converged(&desired);
    reset(&world, &fresh(&state));
    world.patience = Duration::from_secs(30);
    world
        .sandbox
        .admin("POST", "/iam-delay", &json!({"seconds": 2}));
    let planned = world.plan(&desired);
    let (result, events) = world.run(&planned.session, &planned.plan.steps);
    assert!(result.is_ok(), "{result:#?}\n{events:#?}");
    let waited = "waiting: register repository snapshots--esbackup-candidate: waiting for IAM: ";
    assert!(
        events.iter().any(|event| event.starts_with(waited)),
        "{events:#?}"
    );
    assert_eq!(managed(&world.sandbox.state()), managed(&state));
}

/// The binary applies in a world that is in a state.
fn apply(world: &World, state: &Value, prepare: impl FnOnce(), arguments: &[&str]) -> Ran {
    reset(world, state);
    let folder = Folder::new(&world.sandbox);
    folder.write("esbackup.yaml", SPEC);
    prepare();
    let all = ["apply", "--sandbox", "--yes", "--patience", "1s"];
    folder.run(all.into_iter().chain(arguments.iter().copied()))
}

#[test]
fn exhausted_patience_removes_the_candidate_and_says_to_try_again() {
    let (world, state) = converged(&desired(SPEC));
    let slow = || {
        drop(
            world
                .sandbox
                .admin("POST", "/iam-delay", &json!({"seconds": 600})),
        )
    };
    let ran = apply(&world, &fresh(&state), slow, &[]);
    assert_eq!(ran.code, 4, "{ran:#?}");
    assert!(ran.stderr.contains("waiting for IAM"), "{}", ran.stderr);
    assert_eq!(
        world.sandbox.state()["domains"][0]["repositories"],
        json!({})
    );
}

/// The engine's refusal to verify, which no waiting changes.
fn unverifiable() -> Value {
    let body = json!({"error": {"root_cause": [{"type": "repository_verification_exception", "reason": "[snapshots--esbackup-candidate] path  is not accessible on cluster-manager node"}],
        "type": "repository_verification_exception", "reason": "[snapshots--esbackup-candidate] path  is not accessible on cluster-manager node"}, "status": 500});
    json!({"operation": "es:POST _snapshot/_verify", "path_contains": "candidate", "times": 100,
        "action": {"status": {"code": 500, "body": body.to_string()}}})
}

#[test]
fn what_cannot_be_proved_leaves_a_working_registration_untouched() {
    let (world, state) = converged(&desired(SPEC));
    let mut start = state.clone();
    pointer::set(
        &mut start,
        "/domains/0/repositories/snapshots/settings/compress",
        json!("false"),
    );
    // Nothing changed a moment ago, so no patience is planned.
    let account = "/accounts/123456789012";
    for at in [
        "roles/logs-snapshots/created",
        "policies/logs-snapshots/versions/0/created",
    ] {
        pointer::set(&mut start, &format!("{account}/{at}"), json!(1_700_000_000));
    }
    let ran = apply(&world, &start, || world.sandbox.fault(&unverifiable()), &[]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    let repositories = |state: &Value| state["domains"][0]["repositories"].clone();
    assert_eq!(repositories(&world.sandbox.state()), repositories(&start));
    let expected = [
        "es:PUT _snapshot",
        "es:POST _snapshot/_verify",
        "es:DELETE _snapshot",
    ];
    assert_eq!(world.sandbox.writes(), expected);
}

#[test]
fn a_repository_in_use_is_not_changed_and_the_run_says_to_try_again() {
    let (world, state) = converged(&desired(SPEC));
    let mut start = state.clone();
    pointer::set(
        &mut start,
        "/domains/0/repositories/snapshots/settings/compress",
        json!("false"),
    );
    for what in ["snapshot", "restore"] {
        let running = json!({"domain": "logs", "repository": "snapshots", what: "nightly"});
        let ran = apply(
            &world,
            &start,
            || drop(world.sandbox.admin("PUT", "/running", &running)),
            &[],
        );
        assert_eq!(ran.code, 4, "{ran:#?}");
        let repositories = &world.sandbox.state()["domains"][0]["repositories"];
        assert_eq!(repositories, &start["domains"][0]["repositories"], "{what}");
        world.sandbox.admin("DELETE", "/running", &Value::Null);
    }
}

/// The converged state changed by one write more, so that `stale` can answer what was there before.
fn changed(world: &World, state: &Value, at: &str, to: Value) -> Value {
    reset(world, state);
    let mut changed = state.clone();
    pointer::set(&mut changed, at, to);
    changed
}

#[test]
fn what_moved_between_plan_and_apply_is_refused_and_nothing_is_written() {
    let (world, state) = converged(&desired(SPEC));
    let start = changed(
        &world,
        &state,
        "/buckets/logs-snapshots/versioning",
        json!("Suspended"),
    );
    let moved = json!({"operation": "s3:GetBucketVersioning", "nth": 2, "action": {"stale": {"writes": 1}}});
    let ran = apply(&world, &start, || world.sandbox.fault(&moved), &[]);
    assert_eq!(ran.code, 5, "{ran:#?}");
    assert_eq!(world.sandbox.writes(), Vec::<String>::new());
}

#[test]
fn a_shared_document_that_moved_right_before_its_put_is_not_replaced() {
    let (world, state) = converged(&desired(SPEC));
    for (read, write, at, to) in [
        (
            "s3:GetBucketPolicy",
            "s3:PutBucketPolicy",
            "policy",
            Value::Null,
        ),
        (
            "s3:GetBucketLifecycleConfiguration",
            "s3:PutBucketLifecycleConfiguration",
            "lifecycle",
            Value::Null,
        ),
        (
            "s3:GetBucketTagging",
            "s3:PutBucketTagging",
            "tags/team",
            json!("other"),
        ),
    ] {
        let start = changed(&world, &state, &format!("/buckets/logs-snapshots/{at}"), to);
        // The first two reads are those of the plan and of the look before the first write.
        let moved = json!({"operation": read, "nth": 3, "action": {"stale": {"writes": 1}}});
        let ran = apply(&world, &start, || world.sandbox.fault(&moved), &[]);
        assert_eq!(ran.code, 5, "{write}: {ran:#?}");
        assert!(
            !world.sandbox.writes().iter().any(|sent| sent == write),
            "{write}"
        );
    }
}

#[test]
fn an_end_state_that_is_not_the_plans_is_said() {
    let (world, state) = converged(&desired(SPEC));
    let start = changed(
        &world,
        &state,
        "/buckets/logs-snapshots/versioning",
        json!("Suspended"),
    );
    let undone = |times: u64| json!({"operation": "s3:GetBucketVersioning", "nth": 3, "times": times, "action": {"stale": {"writes": 1}}});
    let ran = apply(&world, &start, || world.sandbox.fault(&undone(100)), &[]);
    assert_eq!(ran.code, 5, "{ran:#?}");
    assert!(
        ran.stderr.contains("another run interfered"),
        "{}",
        ran.stderr
    );
    // One answer that is old is not another run.
    let ran = apply(&world, &start, || world.sandbox.fault(&undone(1)), &[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn a_signal_stops_between_two_writes_and_the_next_run_goes_on() {
    let (world, state) = converged(&desired(SPEC));
    reset(&world, &fresh(&state));
    let folder = Folder::new(&world.sandbox);
    folder.write("esbackup.yaml", SPEC);
    world
        .sandbox
        .fault(&json!({"operation": "s3:PutPublicAccessBlock", "action": {"delay": {"ms": 1500}}}));
    let child = folder
        .command(["apply", "--sandbox", "--yes"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let began = std::time::Instant::now();
    while !world
        .sandbox
        .writes()
        .iter()
        .any(|write| write == "s3:PutPublicAccessBlock")
    {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "the write was never sent"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{output:?}");
    assert_eq!(
        world.sandbox.writes(),
        ["s3:CreateBucket", "s3:PutPublicAccessBlock"]
    );
    let ran = folder.run(["apply", "--sandbox", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(managed(&world.sandbox.state()), managed(&state));
}

#[test]
fn a_refusal_is_told_in_the_services_words_although_the_callers_role_is_not_told_in_time() {
    let desired = desired(SPEC);
    let (world, state) = converged(&desired);
    let mut start = state.clone();
    pointer::set(&mut start, "/domains/0/repositories", json!({}));
    reset(&world, &start);
    let mut planned = world.plan(&desired);
    let caller = "arn:aws:sts::123456789012:assumed-role/ci/build-7";
    planned.session.context.caller_arn = Some(caller.to_owned());
    planned.session.context.caller_role_arn = None;
    let no = json!({"status": {"code": 403, "error_code": "security_exception", "message": "not for you"}});
    for (operation, action) in [
        ("es:PUT _snapshot", no),
        ("iam:GetRole", json!({"delay": {"ms": 60_000}})),
    ] {
        let fault = json!({"operation": operation, "times": 100, "action": action});
        world.sandbox.fault(&fault);
    }
    let within = Duration::from_secs(1);
    let result = world.run_within(&planned.session, &planned.plan.steps, within);
    let stopped = result.unwrap_err();
    assert_eq!(stopped.call, Known::Refused, "{stopped:#?}");
    assert_eq!(stopped.begun(), stopped.done, "{stopped:#?}");
    let Reason::Failed(failure) = stopped.reason else {
        panic!("{:#?}", stopped.reason);
    };
    assert_eq!(failure.class, Class::Denied);
    assert!(failure.messages[0].contains("not for you"), "{failure:#?}");
}
