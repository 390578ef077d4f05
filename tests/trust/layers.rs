//! Which denials apply waits out: an explicit deny only where a document of the layer that AWS names was changed in the same plan.

use std::time::Duration;

use esbackup::internals::execute::{Event, Reason};
use esbackup::internals::exit::Exit;
use esbackup::internals::failure::{Class, Failure};
use esbackup::internals::resources::declared::Desired;
use serde_json::{Value, json};

use crate::convergence::converge;
use crate::executor::fresh;
use crate::support::fields::SPEC;
use crate::support::pointer;
use crate::support::world::{World, desired};

const ACCOUNT: &str = "/accounts/123456789012";
const ROLE: &str = "arn:aws:iam::123456789012:role/logs-snapshots";

/// What others attached to the role stays there.
fn spec() -> Desired {
    desired(&SPEC.replace("exclusive: true", "exclusive: false"))
}

fn world() -> (World, Value) {
    let (mut world, state) = converge(World::on_a_paused_clock(Duration::from_secs(15)), &spec());
    world.patience = Duration::from_secs(60);
    (world, state)
}

/// Applies from a state: how often it waited, and how it failed.
fn apply(world: &World, state: &Value) -> (usize, Box<Failure>) {
    world.sandbox.admin("PUT", "/state", state);
    let planned = world.plan(&spec());
    let mut waits = 0;
    let result = world.run_telling(&planned.session, &planned.plan.steps, &mut |event| {
        waits += usize::from(matches!(event, Event::Waiting { .. }));
    });
    match result.expect_err("denied").reason {
        Reason::Failed(failure) => (waits, failure),
        other => panic!("{other:#?}"),
    }
}

fn policy(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn deny(action: &str) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": "*"})
}

fn all() -> Value {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*"})
}

/// A condition that no plan can judge: which endpoint the domain's requests come through is not known before they are sent.
fn elsewhere() -> Value {
    json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})
}

/// The repository's settings differ, so it is registered again.
fn to_register(state: &Value) -> Value {
    let mut state = state.clone();
    pointer::set(
        &mut state,
        "/domains/0/repositories/snapshots/settings/compress",
        json!("false"),
    );
    state
}

#[test]
fn deny_of_the_organisation_is_not_waited_out() {
    let (world, converged) = world();
    for (field, value, layer) in [
        (
            "service_control_policies",
            json!([policy(json!([all(), deny("s3:PutObject")]))]),
            "service control policy",
        ),
        (
            "vpc_endpoint_policy",
            json!(policy(json!([
            {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}]))),
            "VPC endpoint policy",
        ),
        (
            "resource_control_policies",
            json!([policy(json!([
            {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}]))]),
            "resource control policy",
        ),
    ] {
        // Everything is new, so that refusals by IAM alone would be waited out.
        let mut state = fresh(&converged);
        pointer::set(&mut state, &format!("{ACCOUNT}/{field}"), value);
        let (waits, failure) = apply(&world, &state);
        assert_eq!((waits, failure.class), (0, Class::Denied), "{failure:#?}");
        assert_eq!(failure.layer.map(|layer| layer.as_str()), Some(layer));
        let remedy = failure.hint.unwrap_or_default().to_string();
        assert!(
            remedy.contains("of this spec already allows it"),
            "{remedy}"
        );
    }
}

#[test]
fn deny_of_the_bucket_policy_is_waited_out_only_where_the_plan_changes_it() {
    let (world, converged) = world();
    let at = "/buckets/logs-snapshots/policy";
    let text = converged
        .pointer(at)
        .and_then(Value::as_str)
        .expect("a policy");
    let denied = json!({"Sid": "Theirs", "Effect": "Deny", "Principal": {"AWS": ROLE}, "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs-snapshots/*", "Condition": elsewhere()});
    let mut with_ours: Value = serde_json::from_str(text).expect("JSON");
    with_ours["Statement"]
        .as_array_mut()
        .expect("statements")
        .push(denied.clone());
    let mut state = to_register(&converged);
    pointer::set(&mut state, at, json!(with_ours.to_string()));
    let (waits, failure) = apply(&world, &state);
    assert_eq!((waits, failure.class), (0, Class::Denied), "{failure:#?}");
    assert_eq!(
        failure.layer.map(|layer| layer.as_str()),
        Some("bucket policy")
    );
    // Ours is put into it first: what S3 answers then may be of before.
    pointer::set(&mut state, at, json!(policy(json!([denied]))));
    let (waits, failure) = apply(&world, &state);
    assert_eq!(failure.exit(), Exit::TryAgain, "{failure:#?}");
    assert!(waits > 1, "{waits}");
}

#[test]
fn deny_of_the_roles_own_policy_is_waited_out_only_where_the_plan_changes_one() {
    let (world, converged) = world();
    let mut state = to_register(&converged);
    // What was created within the last ten minutes counts as changed.
    for created in [
        "policies/logs-snapshots/created",
        "policies/logs-snapshots/updated",
        "policies/logs-snapshots/versions/0/created",
        "roles/logs-snapshots/created",
    ] {
        pointer::set(
            &mut state,
            &format!("{ACCOUNT}/{created}"),
            json!(1_000_000_000),
        );
    }
    let inline = format!("{ACCOUNT}/roles/logs-snapshots/inline/theirs");
    pointer::set(
        &mut state,
        &inline,
        json!(policy(
            json!([{"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*", "Condition": elsewhere()}])
        )),
    );
    let (waits, failure) = apply(&world, &state);
    assert_eq!((waits, failure.class), (0, Class::Denied), "{failure:#?}");
    let document = format!("{ACCOUNT}/policies/logs-snapshots/versions/0/document");
    pointer::set(&mut state, &document, json!(policy(json!([]))));
    let (waits, failure) = apply(&world, &state);
    assert_eq!(failure.exit(), Exit::TryAgain, "{failure:#?}");
    assert!(waits > 1, "{waits}");
}
