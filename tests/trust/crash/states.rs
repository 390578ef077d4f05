//! The starting states of each row, made of the state that an apply reaches and of the states on its way.

use serde_json::{Value, json};

use super::bench::Bench;
use super::specs::Seeded;
use crate::support::fields::{change, fields_of};
use crate::support::pointer;

/// Their names, in the order of the matrix.
pub const NAMES: [&str; 7] = [
    "empty",
    "half done",
    "registering",
    "drifted",
    "complete",
    "widening and narrowing",
    "moving",
];

/// Much differs, and the registration works as far as its key lets it.
const DRIFTED: [(&str, &str); 14] = [
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
    ("repository.base_path", "different"),
    ("repository.settings", "different"),
];

/// Each document grants what it should not, and lacks what it should grant.
const CROSSED: [(&str, &str); 9] = [
    ("bucket.encryption", "different"),
    ("bucket.policy", "different"),
    ("bucket.tags", "foreign"),
    ("policy.document", "different"),
    ("role.trust", "both"),
    ("role.policies", "more"),
    ("role.inline_policies", "more"),
    ("role.permissions_boundary", "different"),
    ("repository.settings", "different"),
];

/// All starting states of a spec.
pub fn of(seeded: &Seeded) -> Vec<(&'static str, Value)> {
    let bench = Bench::at(&seeded.text, &seeded.state);
    bench.applied(&seeded.text);
    let way = bench.history();
    let complete = aged(way.last().unwrap(), seeded);
    let half = way[way.len() / 2].clone();
    let candidate = format!("{}--esbackup-candidate", seeded.names.repository);
    let registering = way
        .iter()
        .find(|state| !seeded.domain(state)["repositories"][&candidate].is_null());
    let registering = registering.unwrap().clone();
    let states = [
        seeded.state.clone(),
        half,
        registering,
        varied(&complete, &DRIFTED, seeded),
        complete.clone(),
        varied(&complete, &CROSSED, seeded),
        moving(seeded),
    ];
    NAMES.into_iter().zip(states).collect()
}

/// The fields of the spec in other states.
fn varied(complete: &Value, wanted: &[(&str, &str)], seeded: &Seeded) -> Value {
    let mut state = complete.clone();
    let applies = |(field, _): &&(&str, &str)| match *field {
        // One that is gone would be a bucket that nobody here may read.
        "bucket.policy" => seeded.manages_bucket && !seeded.is_anothers_bucket(),
        "role.permissions_boundary" => seeded.has_boundary,
        other => seeded.manages_bucket || !other.starts_with("bucket."),
    };
    let wanted: Vec<(&str, &str)> = wanted.iter().filter(applies).copied().collect();
    let fields = fields_of(&seeded.names, seeded.place(&state));
    change(&mut state, &fields, &wanted);
    state
}

/// A working registration in another bucket.
fn moving(seeded: &Seeded) -> Value {
    let bench = Bench::at(&seeded.elsewhere(), &seeded.state);
    bench.applied(&seeded.text);
    aged(&bench.sandbox.state(), seeded)
}

/// Nothing changed a moment ago, so that no patience is planned.
fn aged(state: &Value, seeded: &Seeded) -> Value {
    let mut state = state.clone();
    let names = &seeded.names;
    let account = format!("/accounts/{}", names.account);
    let long_ago = || json!(1_700_000_000);
    let role = format!("{account}/roles/{}/created", names.role);
    pointer::set(&mut state, &role, long_ago());
    let policy = format!("{account}/policies/{}/versions", names.policy);
    for version in state.pointer_mut(&policy).unwrap().as_array_mut().unwrap() {
        version["created"] = long_ago();
    }
    state
}
