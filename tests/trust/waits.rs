//! How long the executor waits, on a paused clock: minutes and hours pass in a moment, while the requests are real. No wait is without an end,
//! and none is cut short; the pauses between two looks are those of `src/backoff` and `src/execute/data/tests.rs`.

use std::time::Duration;

use esbackup::internals::data::{self, Wait, snapshot};
use esbackup::internals::execute::{Event, Reason, Stopped};
use esbackup::internals::exit::Exit;
use esbackup::internals::names::SnapshotName;
use esbackup::internals::plan::Step;
use esbackup::internals::resources::Check;
use esbackup::internals::resources::{Call, Kind, ResourceId};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::convergence::converge;
use crate::executor::{drifted, fresh};
use crate::support::fields::SPEC;
use crate::support::pointer;
use crate::support::world::{Planned, World, desired};

/// As long as the longest pause between two calls, and longer than that between two looks.
const JUMP: Duration = Duration::from_secs(15);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A converged world whose clock stands still.
fn world() -> (World, Value) {
    jumping(JUMP)
}

fn jumping(by: Duration) -> (World, Value) {
    let world = World::on_a_paused_clock(by);
    let with_indices =
        json!({"account": "123456789012", "region": "us-west-2", "name": "logs", "samples": true});
    world.sandbox.admin("POST", "/domains", &with_indices);
    converge(world, &desired(SPEC))
}

fn begin(world: &World, state: &Value) -> Planned {
    world.sandbox.admin("PUT", "/state", state);
    let planned = world.plan(&desired(SPEC));
    world.sandbox.forget_requests();
    planned
}

/// Runs the steps, and says how it ended, how often it waited, and for how long in all.
fn run(
    world: &World,
    planned: &Planned,
    steps: &[Step],
    mut meanwhile: impl FnMut(Duration),
) -> (Result<(), Stopped>, usize, Duration) {
    let (mut waits, mut began, mut passed) = (0, None, Duration::ZERO);
    let result = world.run_telling(&planned.session, steps, &mut |event| {
        let began = *began.get_or_insert_with(Instant::now);
        passed = began.elapsed();
        if matches!(event, Event::Waiting { .. } | Event::Awaited { .. }) {
            waits += 1;
            meanwhile(passed);
        }
    });
    (result, waits, passed)
}

fn assert_try_again(result: Result<(), Stopped>) {
    let stopped = result.unwrap_err();
    let exit = match &stopped.reason {
        Reason::Failed(failure) => Some(failure.exit()),
        _ => None,
    };
    assert_eq!(exit, Some(Exit::TryAgain), "{stopped:#?}");
}

fn delay_of_iam(world: &World, seconds: u64) {
    world
        .sandbox
        .admin("POST", "/iam-delay", &json!({ "seconds": seconds }));
}

fn sent(world: &World, operation: &str) -> usize {
    let requests = world.sandbox.requests();
    requests
        .iter()
        .filter(|request| request.name() == operation)
        .count()
}

#[test]
fn iam_that_needs_a_minute_and_a_half_is_waited_out() {
    let (mut world, state) = world();
    world.patience = 2 * MINUTE;
    let planned = begin(&world, &fresh(&state));
    delay_of_iam(&world, 600);
    let (result, waits, passed) = run(&world, &planned, &planned.plan.steps, |passed| {
        if passed >= Duration::from_secs(90) {
            delay_of_iam(&world, 0);
        }
    });
    assert!(result.is_ok(), "{result:#?}");
    assert!((90..120).contains(&passed.as_secs()), "{passed:?}");
    assert_eq!(waits, 7);
    println!("IAM: {waits} waits, {passed:?}");
}

#[test]
fn iam_that_never_knows_the_role_is_waited_for_as_long_as_asked_and_no_longer() {
    let (mut world, state) = world();
    for patience in [Duration::from_secs(1), 2 * MINUTE, HOUR] {
        world.patience = patience;
        delay_of_iam(&world, 0);
        let planned = begin(&world, &fresh(&state));
        delay_of_iam(&world, 100_000);
        let (result, waits, passed) = run(&world, &planned, &planned.plan.steps, |_| {});
        assert_try_again(result);
        assert!(
            passed >= patience && passed <= patience + JUMP,
            "{passed:?}"
        );
        // Nothing of it is left under any name.
        assert_eq!(
            world.sandbox.state()["domains"][0]["repositories"],
            json!({})
        );
        println!("patience of {patience:?}: {waits} waits, {passed:?}");
    }
}

#[test]
fn a_bucket_that_is_not_known_yet_is_waited_for_as_long_as_asked_and_no_longer() {
    let (mut world, state) = world();
    world.patience = 2 * MINUTE;
    let planned = begin(&world, &fresh(&state));
    let unknown = json!({"status": {"code": 404, "error_code": "NoSuchBucket", "message": "The specified bucket does not exist"}});
    world.sandbox.fault(
        &json!({"operation": "s3:PutPublicAccessBlock", "times": 100_000, "action": unknown}),
    );
    let (result, waits, passed) = run(&world, &planned, &planned.plan.steps, |_| {});
    assert_try_again(result);
    // The last wait began before the two minutes were over.
    assert!(
        passed >= 2 * MINUTE - JUMP && passed <= 2 * MINUTE,
        "{passed:?}"
    );
    assert_eq!(sent(&world, "s3:PutPublicAccessBlock"), waits + 1);
    println!("new bucket: {waits} waits, {passed:?}");
}

#[test]
fn throttled_and_failed_writes_are_sent_until_patience_is_spent() {
    let (mut world, state) = world();
    let refused = [
        (503, "SlowDown"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
    ];
    for patience in [2 * MINUTE, HOUR] {
        for (code, error) in refused {
            world.patience = patience;
            let planned = begin(&world, &drifted(&state));
            let action = json!({"status": {"code": code, "error_code": error, "message": "no"}});
            world.sandbox.fault(
                &json!({"operation": "s3:PutBucketVersioning", "times": 100_000, "action": action}),
            );
            let (result, waits, passed) = run(&world, &planned, &planned.plan.steps, |_| {});
            assert_try_again(result);
            assert!(
                passed >= patience - JUMP && passed <= patience + JUMP,
                "{error}: {passed:?}"
            );
            assert_eq!(sent(&world, "s3:PutBucketVersioning"), waits + 1);
        }
    }
}

#[test]
fn lasting_refusals_of_a_write_are_sent_once() {
    let (mut world, state) = world();
    world.patience = HOUR;
    for (code, error) in [
        (400, "UnknownThing"),
        (405, "MethodNotAllowed"),
        (501, "NotImplemented"),
    ] {
        let planned = begin(&world, &drifted(&state));
        let action = json!({"status": {"code": code, "error_code": error, "message": "no"}});
        world.sandbox.fault(
            &json!({"operation": "s3:PutBucketVersioning", "times": 100_000, "action": action}),
        );
        let (result, waits, _) = run(&world, &planned, &planned.plan.steps, |_| {});
        let reason = result.unwrap_err().reason;
        let other = matches!(&reason, Reason::Failed(failure) if failure.exit() == Exit::Failed);
        assert!(other, "{error}: {reason:#?}");
        assert_eq!(
            (sent(&world, "s3:PutBucketVersioning"), waits),
            (1, 0),
            "{error}"
        );
    }
}

/// Takes a snapshot once no other one runs, and waits for it.
fn taking(wait_for_running: Duration, timeout: Duration) -> Step {
    let repository = "snapshots".to_owned();
    Step {
        resource: ResourceId::new(Kind::Snapshot, "long"),
        before: vec![Check::Data(data::Check::NoSnapshotRuns {
            wait: wait_for_running,
        })],
        call: Call::Snapshot(snapshot::Call::Take {
            repository: repository.clone(),
            name: SnapshotName::parse("long").unwrap(),
            take: snapshot::Take::default(),
        }),
        after: Some(Wait::Snapshot {
            repository,
            name: "long".to_owned(),
            timeout,
        }),
        undo: None,
        patience: Default::default(),
    }
}

/// A byte a second: for longer than any test lasts.
fn slowly(world: &World) {
    let rates = json!({"snapshot_bytes_per_second": 1, "restore_bytes_per_second": null});
    let cluster = json!({"domain": "logs", "rates": rates});
    world.sandbox.admin("PUT", "/cluster", &cluster);
}

#[test]
fn a_snapshot_of_three_hours_is_waited_for_to_its_end() {
    let (world, state) = world();
    let planned = begin(&world, &state);
    slowly(&world);
    let step = taking(Duration::ZERO, 24 * HOUR);
    let mut taken = false;
    let (result, waits, passed) = run(&world, &planned, &[step], |passed| {
        if passed >= 3 * HOUR && !taken {
            taken = true;
            world.sandbox.change(|state| {
                pointer::set(state, "/domains/0/cluster/taking/0/ends", json!(0));
            });
        }
    });
    assert!(result.is_ok(), "{result:#?}");
    assert!(
        passed >= 3 * HOUR && passed <= 3 * HOUR + 2 * JUMP,
        "{passed:?}"
    );
    println!("snapshot of three hours: {waits} looks, {passed:?}");
}

#[test]
fn a_snapshot_that_does_not_end_is_left_alone_when_its_time_is_over() {
    let (world, state) = jumping(5 * MINUTE);
    let planned = begin(&world, &state);
    slowly(&world);
    let step = taking(Duration::ZERO, 24 * HOUR);
    let (result, waits, passed) = run(&world, &planned, &[step], |_| {});
    let stopped = result.unwrap_err();
    let Reason::TooLong { waited, .. } = &stopped.reason else {
        panic!("{stopped:#?}");
    };
    assert!(
        *waited >= 24 * HOUR && *waited <= 24 * HOUR + 5 * MINUTE,
        "{waited:?}"
    );
    assert!(passed <= 24 * HOUR + 5 * MINUTE, "{passed:?}");
    // It was sent once, and nothing was sent that would end it.
    assert_eq!(world.sandbox.writes(), ["es:PUT _snapshot/snapshot"]);
    println!("snapshot without an end: {waits} looks, {passed:?}");
}

#[test]
fn another_snapshot_is_waited_for_as_long_as_asked_and_no_longer() {
    let (world, state) = world();
    let planned = begin(&world, &state);
    let running = json!({"domain": "logs", "repository": "snapshots", "snapshot": "other"});
    world.sandbox.admin("PUT", "/running", &running);
    let step = taking(10 * MINUTE, HOUR);
    let (result, waits, passed) = run(&world, &planned, std::slice::from_ref(&step), |_| {});
    let stopped = result.unwrap_err();
    assert!(
        matches!(&stopped.reason, Reason::Busy { .. }),
        "{stopped:#?}"
    );
    assert!(
        passed >= 10 * MINUTE - JUMP && passed <= 10 * MINUTE,
        "{passed:?}"
    );
    assert_eq!(world.sandbox.writes(), [""; 0]);
    println!("another snapshot: {waits} looks, {passed:?}");
    let (result, _, passed) = run(&world, &planned, &[step], |passed| {
        if passed >= 5 * MINUTE {
            world.sandbox.admin("DELETE", "/running", &Value::Null);
        }
    });
    assert!(result.is_ok(), "{result:#?}");
    assert!(passed >= 5 * MINUTE && passed <= 6 * MINUTE, "{passed:?}");
}
