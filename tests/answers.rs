//! What the executor does when the answer to a write is cut off, never ends, or says that the caller may not.

use std::time::{Duration, Instant};

use esbackup::internals::aws::permissions;
use esbackup::internals::execute::Reason;
use esbackup::internals::failure::Class;
use esbackup::internals::resources::Call;
use serde_json::json;

use crate::convergence::{calls, converged};
use crate::executor::{drifted, fresh, meet_at_each_write, reset};
use crate::support::binary::Folder;
use crate::support::fields::SPEC;
use crate::support::world::desired;

/// All writes of both starting states, each with some attempts: far below what one attempt may take (10 seconds).
const SOON: Duration = Duration::from_secs(120);

#[test]
fn an_answer_that_is_cut_off_is_read_back_and_nothing_is_created_twice() {
    let desired = desired(SPEC);
    let (world, state) = converged(&desired);
    let began = Instant::now();
    for start in [fresh(&state), drifted(&state)] {
        for bytes in [0, 20] {
            let cut = json!({"truncate": {"bytes": bytes}});
            // Many answers of S3 have no body: then nothing is missing.
            let judge = |call: &Call, sent: usize| match call.retry_safety().is_read_back() {
                true => assert_eq!(sent, 1, "{}", call.describe()),
                false => assert!([1, 2].contains(&sent), "{}", call.describe()),
            };
            meet_at_each_write(&world, &desired, &start, &cut, judge);
        }
    }
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    let account = &world.sandbox.state()["accounts"]["123456789012"];
    let versions = &account["policies"]["logs-snapshots"]["versions"];
    assert_eq!(versions.as_array().map(Vec::len), Some(2));
}

#[test]
fn an_answer_that_never_ends_is_not_waited_for_and_the_call_is_sent_again() {
    let desired = desired(SPEC);
    let (world, state) = converged(&desired);
    let began = Instant::now();
    for start in [fresh(&state), drifted(&state)] {
        let judge = |call: &Call, sent: usize| assert_eq!(sent, 2, "{}", call.describe());
        meet_at_each_write(&world, &desired, &start, &json!("endless"), judge);
    }
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn answers_that_never_end_end_the_run_after_some_attempts() {
    let desired = desired(SPEC);
    let (world, state) = converged(&desired);
    let start = fresh(&state);
    reset(&world, &start);
    let operations = calls(&world.plan(&desired).plan);
    for operation in ["s3:PutBucketPolicy", "iam:CreateRole", "es:PUT _snapshot"] {
        assert!(operations.iter().any(|planned| planned == operation));
        reset(&world, &start);
        let planned = world.plan(&desired);
        world
            .sandbox
            .fault(&json!({"operation": operation, "times": 1000, "action": "endless"}));
        let began = Instant::now();
        let (result, events) = world.run(&planned.session, &planned.plan.steps);
        assert!(began.elapsed() < SOON / 4, "{:?}", began.elapsed());
        assert!(result.is_err(), "{operation}: {events:#?}");
        let writes = world.sandbox.writes();
        let sent = writes.iter().filter(|sent| *sent == operation).count();
        assert_eq!(sent, 4, "{operation}");
    }
}

/// What the steps ended with when a write was denied.
fn refused(reason: &Reason) -> Option<(Class, &str)> {
    match reason {
        Reason::Failed(failure) => {
            let hint = failure.hint.as_ref().map_or("", |hint| hint.text());
            Some((failure.class, hint))
        }
        _ => None,
    }
}

#[test]
fn every_denied_write_names_the_actions_to_grant_and_the_resource() {
    let desired = desired(SPEC);
    let (world, state) = converged(&desired);
    let denied =
        json!({"status": {"code": 403, "error_code": "AccessDenied", "message": "Access Denied"}});
    let mut tried = Vec::new();
    for start in [fresh(&state), drifted(&state)] {
        reset(&world, &start);
        let planned = world.plan(&desired);
        for (step, operation) in planned.plan.steps.iter().zip(calls(&planned.plan)) {
            if operation.starts_with("es:") || tried.contains(&operation) {
                continue;
            }
            reset(&world, &start);
            world
                .sandbox
                .fault(&json!({"operation": operation, "times": 100, "action": denied}));
            let planned = world.plan(&desired);
            let (result, events) = world.run(&planned.session, &planned.plan.steps);
            let Err(stopped) = result else {
                // What it would have done was there already, so it was never sent.
                assert!(events.contains(&format!("needless: {}", step.call.describe())));
                continue;
            };
            let reason = stopped.reason;
            let name = step.call.operation().operation;
            let known = permissions::of(name).unwrap();
            let arn = match known.on {
                permissions::On::Bucket => "arn:aws:s3:::logs-snapshots",
                permissions::On::Policy => "arn:aws:iam::123456789012:policy/logs-snapshots",
                _ => "arn:aws:iam::123456789012:role/logs-snapshots",
            };
            let remedy = format!("allow the caller {} on {arn}", known.actions.join(", "));
            let (class, said) = refused(&reason).unwrap();
            // The message does not name the policy that refused: those that may be in the way follow.
            let rest = said.strip_prefix(remedy.as_str());
            let others = rest.is_some_and(|rest| rest.starts_with("; "));
            assert_eq!(
                (class, others),
                (Class::Denied, true),
                "{operation}: {reason:#?}"
            );
            tried.push(operation);
        }
    }
    tried.sort();
    let mut writes: Vec<String> = permissions::PERMISSIONS
        .iter()
        .filter(|one| {
            use permissions::Access::{Read, ReadIfAsked};
            !matches!(one.access, Read | ReadIfAsked)
        })
        .map(
            |one| match one.actions.first().map(|it| it.starts_with("s3:")) {
                Some(true) => format!("s3:{}", one.operation),
                _ => format!("iam:{}", one.operation),
            },
        )
        .collect();
    writes.sort();
    // Five versions are no state that this spec starts from, and no plan writes a record.
    writes.retain(|write| !matches!(&**write, "iam:DeletePolicyVersion" | "s3:PutObject"));
    assert_eq!(tried, writes, "every write of the list was denied once");
}

#[test]
fn without_patience_a_denied_role_is_a_denial_and_with_patience_it_is_to_be_tried_again() {
    let (world, state) = converged(&desired(SPEC));
    let folder = Folder::new(&world.sandbox);
    folder.write("esbackup.yaml", SPEC);
    for (patience, code) in [("0s", 77), ("1s", 4)] {
        reset(&world, &fresh(&state));
        let slow = json!({"seconds": 600});
        world.sandbox.admin("POST", "/iam-delay", &slow);
        let ran = folder.run(["apply", "--sandbox", "--yes", "--patience", patience]);
        assert_eq!(ran.code, code, "{patience}: {ran:#?}");
        let waited = ran.stderr.contains("waiting for IAM");
        assert_eq!(waited, patience != "0s", "{}", ran.stderr);
        for words in [
            "trust of the role",
            "the trust policy of arn:aws:iam::123456789012:role/logs-snapshots must allow",
        ] {
            assert!(ran.stderr.contains(words), "{patience}: {}", ran.stderr);
        }
        let repositories = &world.sandbox.state()["domains"][0]["repositories"];
        assert_eq!(repositories, &json!({}));
    }
}
