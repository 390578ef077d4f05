//! Invariants of apply for every prefix of its writes (I2, I3, I5): a run killed after any step is finished by running it again.

use esbackup::internals::resources::declared::Desired;
use esbackup::internals::resources::observed::Observed;
use serde_json::Value;

use crate::convergence::converged;
use crate::support::access::grants;
use crate::support::end::{foreign, managed};
use crate::support::fields::{SPEC, fields, vary, words};
use crate::support::world::{World, desired};

/// The starting state in which these fields are in these states.
pub fn start(converged: &Value, wanted: &[(&str, &str)]) -> Value {
    let chosen: Vec<usize> = fields()
        .iter()
        .map(|field| {
            let wanted = wanted.iter().find(|(name, _)| *name == field.name.as_str());
            wanted.map_or(0, |(_, state)| {
                1 + field
                    .states
                    .iter()
                    .position(|known| known.name == *state)
                    .unwrap()
            })
        })
        .collect();
    let mut state = converged.clone();
    vary(&mut state, &chosen);
    println!("from: {}", words(&chosen));
    state
}

/// The state after each number of steps, from none to all.
fn states_on_the_way(world: &World, desired: &Desired, start: &Value) -> Vec<Value> {
    world.sandbox.admin("PUT", "/state", start);
    let planned = world.plan(desired);
    let mut states = vec![world.sandbox.state()];
    for step in &planned.plan.steps {
        let (result, events) = world.run(&planned.session, std::slice::from_ref(step));
        assert!(result.is_ok(), "{result:?}: {events:?}");
        states.push(world.sandbox.state());
    }
    states
}

fn check(world: &World, desired: &Desired, start: &Value) {
    let states = states_on_the_way(world, desired, start);
    let end = states.last().unwrap();
    let (before, after) = (grants(start), grants(end));
    for (done, state) in states.iter().enumerate() {
        let more: Vec<_> = grants(state)
            .into_iter()
            .filter(|grant| !before.contains(grant) && !after.contains(grant))
            .collect();
        assert!(
            more.is_empty(),
            "after {done} writes, neither start nor end grants {more:#?}"
        );
        world.sandbox.admin("PUT", "/state", state);
        let resumed = world.apply(desired);
        let now = world.sandbox.state();
        assert_eq!(
            managed(&now),
            managed(end),
            "killed after {done} writes, then {:#?}",
            resumed.steps
        );
        assert_eq!(foreign(&now), foreign(end), "killed after {done} writes");
        world.sandbox.forget_requests();
        assert!(
            world.plan(desired).plan.is_empty(),
            "killed after {done} writes"
        );
        assert_eq!(world.sandbox.writes(), Vec::<String>::new());
    }
    println!(
        "{} prefixes, {} grants before, {} after",
        states.len(),
        before.len(),
        after.len()
    );
}

#[test]
fn a_fresh_environment_killed_after_any_write_is_finished_by_the_next_run() {
    let desired = desired(SPEC);
    let (mut world, state) = converged(&desired);
    // Nothing may need adoption: a killed run is finished with the same command.
    world.choices.adopted.clear();
    let absent = [
        ("bucket", "absent"),
        ("policy", "absent"),
        ("role", "absent"),
        ("repository", "absent"),
    ];
    let start = start(&state, &absent);
    check(&world, &desired, &start);
}

#[test]
fn a_denial_of_a_fresh_bucket_that_has_to_wait_for_a_role_lets_nobody_in_until_then() {
    let statements = r#"bucket:
  policy:
    extra_statements:
      - Effect: Allow
        Principal: "*"
        Action: s3:GetObject
        Resource: arn:aws:s3:::logs-snapshots/*
        Condition: {StringEquals: {"aws:PrincipalOrgID": o-a1b2c3d4e5}}
      - Effect: Deny
        Principal: {AWS: "arn:aws:iam::210987654321:role/auditors"}
        Action: s3:GetObject
        Resource: arn:aws:s3:::logs-snapshots/*
      - Effect: Deny
        Principal: {AWS: "arn:aws:iam::123456789012:role/logs-snapshots"}
        Action: s3:DeleteBucket
        Resource: arn:aws:s3:::logs-snapshots
"#;
    let desired = desired(&SPEC.replace("bucket:\n", statements));
    let (mut world, state) = converged(&desired);
    world.choices.adopted.clear();
    let end = grants(&state);
    let may = |who: &str| end.iter().any(|(principal, ..)| principal.contains(who));
    assert!(
        may("210987654321:root") && !may("role/auditors"),
        "{end:#?}"
    );
    let absent = ["bucket", "policy", "role", "repository"].map(|name| (name, "absent"));
    let start = start(&state, &absent);
    check(&world, &desired, &start);
}

#[test]
fn a_drifted_environment_killed_after_any_write_is_finished_by_the_next_run() {
    let desired = desired(SPEC);
    let (mut world, state) = converged(&desired);
    world.choices.adopted.clear();
    let drifted = [
        ("bucket.encryption", "different"),
        ("bucket.versioning", "different"),
        ("bucket.public_access_block", "absent"),
        ("bucket.ownership", "different"),
        ("bucket.policy", "another id"),
        ("bucket.lifecycle", "beside another"),
        ("bucket.tags", "different"),
        ("policy.document", "five versions"),
        ("policy.tags", "different"),
        ("role.description", "different"),
        ("role.max_session_duration", "different"),
        ("role.permissions_boundary", "absent"),
        ("role.tags", "different"),
        ("role.policies", "absent"),
        ("repository.base_path", "different"),
        ("repository.settings", "different"),
    ];
    let start = start(&state, &drifted);
    check(&world, &desired, &start);
}

#[test]
fn widening_and_narrowing_at_once_never_grants_more_than_start_or_end() {
    let desired = desired(SPEC);
    let (mut world, state) = converged(&desired);
    world.choices.adopted.clear();
    let different = ("policy.document", "different");
    let moves: [&[(&str, &str)]; 5] = [
        &[
            different,
            ("role.trust", "different"),
            ("role.inline_policies", "more"),
        ],
        &[
            different,
            ("role.trust", "elsewhere"),
            ("role.policies", "different"),
        ],
        &[
            different,
            ("role.trust", "both"),
            ("role.policies", "absent"),
            ("role.inline_policies", "more"),
        ],
        // Whom the trust lets in on the way out must not meet what the policy grants anew.
        &[different, ("role.trust", "both")],
        &[different, ("role.trust", "elsewhere")],
    ];
    let everywhere = [
        ("bucket.policy", "different"),
        ("role.permissions_boundary", "different"),
    ];
    for moved in moves {
        let moved: Vec<(&str, &str)> = moved.iter().chain(&everywhere).copied().collect();
        let start = start(&state, &moved);
        check(&world, &desired, &start);
    }
}

#[test]
fn what_is_not_managed_survives_an_apply() {
    let desired = desired(SPEC);
    let (mut world, state) = converged(&desired);
    world.choices.adopted.clear();
    let beside = [
        ("bucket.policy", "different"),
        ("bucket.lifecycle", "beside another"),
        ("bucket.tags", "foreign"),
        ("bucket.objects", "a repository"),
    ];
    let start = start(&state, &beside);
    world.sandbox.admin("PUT", "/state", &start);
    let start = world.sandbox.state();
    world.apply(&desired);
    let end = world.sandbox.state();
    assert_eq!(foreign(&end), foreign(&start));
    assert_eq!(managed(&end), managed(&state));
}

/// The spec whose repository stands in another bucket.
fn in_another_bucket() -> Desired {
    desired(&SPEC.replace(
        "bucket:\n  name: logs-snapshots",
        "bucket:\n  name: elsewhere",
    ))
}

#[test]
fn a_repository_that_moves_to_another_bucket_answers_after_every_write() {
    let desired = desired(SPEC);
    let (mut world, _) = converged(&desired);
    world.apply(&in_another_bucket());
    world.choices.adopted.clear();
    let start = world.sandbox.state();
    let states = states_on_the_way(&world, &desired, &start);
    let end = states.last().unwrap();
    let (before, after) = (grants(&start), grants(end));
    for (done, state) in states.iter().enumerate() {
        let grants = grants(state);
        let more: Vec<_> = grants
            .iter()
            .filter(|grant| !before.contains(grant) && !after.contains(grant))
            .collect();
        assert!(more.is_empty(), "after {done} writes: {more:#?}");
        world.sandbox.admin("PUT", "/state", state);
        let planned = world.plan(&desired);
        let Some(Observed::Present(live)) = planned.actual.repository else {
            panic!("after {done} writes: {:#?}", planned.actual.repository);
        };
        let registered = live.registered.unwrap();
        assert_eq!(registered.broken, None, "after {done} writes");
        world.apply(&desired);
        assert_eq!(
            managed(&world.sandbox.state()),
            managed(end),
            "killed after {done} writes"
        );
    }
    println!("{} prefixes", states.len());
}
