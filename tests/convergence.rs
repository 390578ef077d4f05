//! Convergence as a property: from any mix of absent, equal and different fields one apply reaches the spec, and a second sends nothing.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use esbackup::internals::aws::permissions;
use esbackup::internals::failure::Class;
use esbackup::internals::plan::{Action, Plan};
use esbackup::internals::resources::declared::Desired;
use serde_json::{Value, json};

use crate::support::end::managed;
use crate::support::fields::{BOUNDARY, READS, Read, SPEC, UNMARKED_READS, fields, vary, words};
use crate::support::pointer;
use crate::support::sandbox::Request;
use crate::support::world::{World, desired};

/// A world in which the spec of [`SPEC`] is applied, and everything may be adopted.
pub fn converged(desired: &Desired) -> (World, Value) {
    converge(World::new(), desired)
}

/// The same in another world.
pub fn converge(mut world: World, desired: &Desired) -> (World, Value) {
    world.provide(desired);
    world.sandbox.change(|state| {
        let boundary = serde_json::from_str(BOUNDARY).unwrap();
        pointer::set(state, "/accounts/123456789012/policies/boundary", boundary);
        pointer::set(state, "/accounts/123456789012/principals", json!({}));
        pointer::set(state, "/accounts/123456789012/roles", json!({}));
    });
    world.choices.adopted = desired.ids().iter().map(ToString::to_string).collect();
    world.apply(desired);
    let state = world.sandbox.state();
    (world, state)
}

/// The calls of a plan, as the sandbox records them.
pub fn calls(plan: &Plan) -> Vec<String> {
    let operations = plan.steps.iter().map(|step| step.call.operation());
    operations
        .map(|operation| format!("{}:{}", operation.service, operation.operation))
        .collect()
}

/// S3 is told whose bucket it must be, wherever it can be told.
pub fn assert_owner_is_expected(requests: &[Request]) {
    let to_s3 = requests.iter().filter(|request| request.service == "s3");
    for request in to_s3.filter(|request| request.operation != "CreateBucket") {
        let owner = request
            .headers
            .iter()
            .find(|(name, _)| name == "x-amz-expected-bucket-owner");
        assert_eq!(
            owner.map(|(_, value)| value.as_str()),
            Some("123456789012"),
            "{request:?}"
        );
    }
}

/// Checks one starting state; `state` is the converged one.
fn check(world: &World, desired: &Desired, state: &Value, chosen: &[usize]) {
    let mut start = state.clone();
    vary(&mut start, chosen);
    let what = words(chosen);
    world.sandbox.admin("PUT", "/state", &start);
    world.sandbox.forget_requests();
    let planned = world.plan(desired);
    let blocked: Vec<_> = planned.plan.blocked().collect();
    assert!(blocked.is_empty(), "{what}: {blocked:#?}");
    assert_eq!(
        world.sandbox.writes(),
        Vec::<String>::new(),
        "{what}: planning wrote"
    );
    let (result, events) = world.run(&planned.session, &planned.plan.steps);
    if let Err(stopped) = result {
        panic!("{what}: {stopped:#?}\n{events:#?}");
    }
    // What was not needed was not sent; all else was, in the order of the plan.
    let needless: Vec<&str> = events
        .iter()
        .filter_map(|e| e.strip_prefix("needless: "))
        .collect();
    let steps = planned.plan.steps.iter().zip(calls(&planned.plan));
    let expected: Vec<String> = steps
        .filter(|(step, _)| !needless.contains(&step.call.describe().as_str()))
        .map(|(_, call)| call)
        .collect();
    assert_eq!(world.sandbox.writes(), expected, "{what}");
    assert_owner_is_expected(&world.sandbox.requests());
    let end = world.sandbox.state();
    assert_eq!(managed(&end), managed(state), "{what}");
    world.sandbox.forget_requests();
    let again = world.plan(desired);
    assert!(
        again.plan.is_empty(),
        "{what}: after an apply there is left {:#?}",
        again.plan.changes
    );
    let (result, _) = world.run(&again.session, &again.plan.steps);
    assert!(result.is_ok());
    assert_eq!(
        world.sandbox.writes(),
        Vec::<String>::new(),
        "{what}: the second apply wrote"
    );
}

/// Every field alone in each of its states, all fields together in each, and a fixed choice of mixtures.
fn starting_states(mixtures: usize) -> Vec<Vec<usize>> {
    let fields = fields();
    let equal = vec![0; fields.len()];
    let mut states = vec![equal.clone()];
    for (place, field) in fields.iter().enumerate() {
        for choice in 1..=field.states.len() {
            let mut one = equal.clone();
            one[place] = choice;
            states.push(one);
        }
    }
    // A linear congruential generator (Knuth's MMIX): the same states in every run.
    let mut random: u64 = 20_180_828;
    let mut next = |below: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap() % below
    };
    for _ in 0..mixtures {
        let mixed = fields.iter().map(|field| match field.name.as_str() {
            // Whole resources that are absent hide their fields: they are rarer.
            "bucket" | "policy" | "role" | "repository" => usize::from(next(6) == 0),
            _ if next(2) == 0 => 0,
            _ => next(field.states.len() + 1),
        });
        states.push(mixed.collect());
    }
    states
}

#[test]
fn one_apply_converges_from_any_state_and_a_second_sends_no_write() {
    let desired = desired(SPEC);
    let states = starting_states(50);
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let (world, state) = converged(&desired);
                while let Some(chosen) = states.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        check(&world, &desired, &state, chosen);
                    }));
                    if checked.is_err() {
                        failed.lock().unwrap().push(words(chosen));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} of {} states:\n{}",
        failed.len(),
        states.len(),
        failed.join("\n")
    );
    println!("{} starting states tried", states.len());
}

/// The misfortunes of a read, and what each is taken for.
fn misfortunes(read: &Read) -> Vec<(&'static str, Value, Option<Class>)> {
    let status = |code: u16, error: &str| json!({"status": {"code": code, "error_code": error, "message": "no"}});
    let mut all = vec![
        ("denied", status(403, "AccessDenied"), Some(Class::Denied)),
        (
            "failing",
            status(500, "InternalError"),
            Some(Class::Unavailable),
        ),
        ("dropped", json!("drop_before"), Some(Class::Unavailable)),
    ];
    // An engine answers 500 where the repository itself is broken, and that is something to verify again.
    if read.operation == "es:GET _snapshot/_all" {
        all.retain(|(words, _, _)| *words != "failing");
    }
    // The answer to HEAD has no body that could be another page.
    if read.operation != "s3:HeadBucket" {
        all.push(("a page", json!("html"), None));
    }
    all
}

/// The IAM action that a read needs.
fn needed(operation: &str) -> String {
    let name = operation.rsplit(':').next().unwrap_or_default();
    match permissions::of(name) {
        // S3 does not say which policy denied it.
        Some(known) if known.on == permissions::On::Bucket => {
            format!("{} was denied (", known.actions.join(", "))
        }
        Some(known) => format!("the caller lacks {} (", known.actions.join(", ")),
        // To the domain.
        None => "the caller lacks es:ESHttpGet on the domain".to_owned(),
    }
}

fn assert_blocked(world: &World, desired: &Desired, read: &Read) {
    for (words, action, class) in misfortunes(read) {
        let what = format!("{} {words}", read.operation);
        world.sandbox.forget_requests();
        world.sandbox.forget_faults();
        world
            .sandbox
            .fault(&json!({"operation": read.operation, "times": 100_000, "action": action}));
        let plan = world.plan(desired).plan;
        let change = plan
            .changes
            .iter()
            .find(|change| change.id.kind.as_str() == read.kind);
        let change = change.unwrap_or_else(|| panic!("{what}: {plan:#?}"));
        assert_eq!(change.action, Action::Blocked, "{what}: {change:#?}");
        let blocked = change.blocked.as_ref().unwrap();
        if let Some(class) = class {
            assert_eq!(blocked.class, class, "{what}: {blocked:#?}");
        }
        if class == Some(Class::Denied) {
            let needed = needed(read.operation);
            assert!(blocked.reason.contains(&needed), "{what}: {blocked:#?}");
        }
        assert!(
            plan.steps.iter().all(|step| step.resource != change.id),
            "{what}: {:#?}",
            plan.steps
        );
        assert_eq!(world.sandbox.writes(), Vec::<String>::new(), "{what}");
    }
    world.sandbox.forget_faults();
}

#[test]
fn unreadable_is_not_absent_for_each_read() {
    let desired = desired(SPEC);
    let (mut world, state) = converged(&desired);
    world.choices.adopted.clear();
    for read in READS {
        assert_blocked(&world, &desired, read);
    }
    // Whatever must be created needs to be known as absent, too.
    let mut unmarked = state.clone();
    pointer::set(&mut unmarked, "/buckets/logs-snapshots/tags", json!({}));
    world.sandbox.admin("PUT", "/state", &unmarked);
    for read in UNMARKED_READS {
        assert_blocked(&world, &desired, read);
    }
    let mut absent = state;
    pointer::remove(
        &mut absent,
        "/accounts/123456789012/policies/logs-snapshots",
    );
    world.sandbox.admin("PUT", "/state", &absent);
    assert_blocked(
        &world,
        &desired,
        &Read {
            operation: "iam:ListPolicies",
            kind: "policy",
        },
    );
    println!("{} reads", READS.len() + UNMARKED_READS.len() + 1);
}
