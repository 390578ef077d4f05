//! What is sent twice: for every call that esbackup can send, whether a second one does harm, by the service's own semantics.

use std::collections::BTreeSet;

use esbackup::internals::data::{index, snapshot};
use esbackup::internals::observe::Session;
use esbackup::internals::plan::{Patience, Step};
use esbackup::internals::resources::{
    Call, Kind, ResourceId, bucket, operations_of_apply, operations_of_data, policy, repository,
    role,
};
use serde_json::{Value, json};

use crate::convergence::converged;
use crate::executor::{drifted, fresh, reset};
use crate::support::calls::{all_in_sandbox, in_sandbox, of_data};
use crate::support::fields::SPEC;
use crate::support::world::{World, desired};

/// What a second sending of the same request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Second {
    /// It leaves what the first one made, and says so or says that it is done already.
    Same,
    /// It makes another one, or is refused for what the first one made: only a read tells.
    Another,
}

/// A call that is new does not compile without an answer here.
fn second(call: &Call) -> Second {
    match call {
        Call::Bucket(call) => match call.write {
            // In us-east-1 it resets the ACLs.
            bucket::Write::Create { .. } => Second::Another,
            bucket::Write::PutTagging { .. }
            | bucket::Write::PutPublicAccessBlock
            | bucket::Write::PutOwnershipControls
            | bucket::Write::PutEncryption(_)
            | bucket::Write::PutVersioning(_)
            | bucket::Write::PutPolicy(_)
            | bucket::Write::PutLifecycle { .. } => Second::Same,
        },
        // One more version in a versioned bucket, and an older record may be there.
        Call::Record(_) => Second::Another,
        Call::Policy(call) => match call {
            // One more of the five versions.
            policy::Call::Create(_) | policy::Call::CreateVersion { .. } => Second::Another,
            policy::Call::DeleteVersion { .. } | policy::Call::Tag { .. } => Second::Same,
        },
        Call::Role(call) => match call.write {
            role::Write::Create(_) => Second::Another,
            role::Write::PutTrust(..)
            | role::Write::Update { .. }
            | role::Write::PutBoundary(_)
            | role::Write::Attach(_)
            | role::Write::Detach(_)
            | role::Write::DeleteInline(_)
            | role::Write::Tag(_) => Second::Same,
        },
        Call::Repository(call) => match call {
            // It makes the engine forget what it noticed of the bucket, and write to it once more.
            repository::Call::Put { .. } => Second::Another,
            repository::Call::Verify { .. } | repository::Call::Delete { .. } => Second::Same,
        },
        Call::Snapshot(call) => match call {
            snapshot::Call::Take { .. }
            | snapshot::Call::Restore { .. }
            // Another one may have taken the name.
            | snapshot::Call::Delete { .. } => Second::Another,
        },
        Call::Index(call) => match call {
            index::Call::Delete { .. } | index::Call::DeleteStream { .. } => Second::Another,
            index::Call::Block { .. } | index::Call::Refresh { .. } | index::Call::Close { .. } => {
                Second::Same
            }
        },
    }
}

/// One of each call: those of two plans, and those that no plan of theirs has.
fn one_of_each() -> Vec<Call> {
    let desired = desired(SPEC);
    let (world, state) = converged(&desired);
    let mut calls = Vec::new();
    for start in [fresh(&state), drifted(&state)] {
        reset(&world, &start);
        let steps = world.plan(&desired).plan.steps;
        calls.extend(steps.into_iter().map(|step| step.call));
    }
    let arn = calls.iter().find_map(|call| match call {
        Call::Policy(policy::Call::Create(policy)) => Some(policy.arn.clone()),
        _ => None,
    });
    let version = policy::Call::DeleteVersion {
        arn: arn.unwrap(),
        version: "v1".to_owned(),
    };
    calls.push(Call::Policy(version));
    calls.extend(of_data());
    calls
}

#[test]
fn a_call_whose_answer_was_lost_is_sent_again_unread_only_where_a_second_one_does_no_harm() {
    let calls = one_of_each();
    let mut seen = BTreeSet::new();
    for call in &calls {
        let read_back = second(call) == Second::Another;
        let safety = call.retry_safety();
        assert_eq!(safety.is_read_back(), read_back, "{}", call.describe());
        seen.insert(in_sandbox(&call.operation()));
    }
    let closed = [operations_of_apply(), operations_of_data()].concat();
    assert_eq!(seen, all_in_sandbox(&closed));
    println!("{} calls of {} kinds", calls.len(), seen.len());
}

/// Runs one step while every answer to its call is this; what a later step would need may not be there, only how often it is sent counts.
fn alone(world: &World, session: &Session, mut step: Step, action: &Value) {
    let operation = in_sandbox(&step.call.operation());
    let fault = json!({"operation": operation, "times": 1000, "action": action});
    world.sandbox.fault(&fault);
    step.before.clear();
    step.patience = Default::default();
    drop(world.run(session, &[step]));
    let sent = world.sandbox.writes();
    let sent = sent.iter().filter(|one| **one == operation).count();
    assert!((1..=4).contains(&sent), "{operation} {action}: {sent}");
    world.sandbox.forget_faults();
}

#[test]
fn whatever_is_answered_a_call_is_sent_four_times_at_most() {
    let desired = desired(SPEC);
    let (world, state) = converged(&desired);
    for action in [
        json!("drop_before"),
        json!("html"),
        json!({"status": {"code": 500, "error_code": "InternalError", "message": "no"}}),
        json!({"status": {"code": 503, "error_code": "SlowDown", "message": "no"}}),
        json!({"status": {"code": 403, "error_code": "AccessDenied", "message": "no"}}),
    ] {
        let mut cells = 0;
        for start in [fresh(&state), drifted(&state)] {
            reset(&world, &start);
            let steps = world.plan(&desired).plan.steps;
            for at in 0..steps.len() {
                reset(&world, &start);
                let planned = world.plan(&desired);
                // A step that fails for good ends the run, so that each is met by itself.
                let step = planned.plan.steps[at].clone();
                alone(&world, &planned.session, step, &action);
                cells += 1;
            }
        }
        reset(&world, &state);
        let planned = world.plan(&desired);
        for call in of_data() {
            reset(&world, &state);
            let step = Step {
                resource: ResourceId::new(Kind::Index, "logs"),
                before: Vec::new(),
                call,
                after: None,
                undo: None,
                patience: Patience::default(),
            };
            alone(&world, &planned.session, step, &action);
            cells += 1;
        }
        println!("{cells} calls met {action}");
    }
}
