//! What a deletion counts on, and what is looked at right before it.

use std::collections::BTreeMap;

use super::*;
use crate::data::snapshot::{NameSet, Shards};
use crate::moment::Moment;
use crate::names::EnvironmentName;
use crate::resources;

fn snapshot(name: &str, hour: i64, state: State, environment: Option<&str>) -> Snapshot {
    let mark = |name| snapshot::mark(&EnvironmentName::parse(name).unwrap(), "somebody");
    Snapshot {
        name: name.to_owned(),
        uuid: format!("{name}-uuid"),
        state,
        started: Moment::from_millis(1_795_000_000_000 + hour * 3_600_000),
        ended: None,
        indices: NameSet::from(["logs"]),
        data_streams: Vec::new(),
        shards: Shards::default(),
        failures: Vec::new(),
        global_state: None,
        engine: None,
        metadata: environment.map_or_else(BTreeMap::new, mark),
        reason: None,
    }
}

/// Each deletion with the other snapshots that must be there for it.
fn counts_on(names: &[&str], all: &[Snapshot]) -> Vec<(String, Vec<String>)> {
    let wanted = Wanted {
        repository: RepositoryName::parse("backups").unwrap(),
        readonly: false,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        absent: Absent::Refused,
        wait_for_running: Duration::ZERO,
    };
    let steps = prepare(&wanted, all).steps;
    let others = |step: &crate::plan::Step| {
        let own = step.resource.name.clone();
        let looked_at = step.before.iter().filter_map(|check| match check {
            resources::Check::Data(Check::SnapshotIs { name, uuid, .. }) => {
                assert_eq!(*uuid, format!("{name}-uuid"));
                Some(name.clone())
            }
            _ => None,
        });
        let looked_at: Vec<String> = looked_at.filter(|name| **name != *own).collect();
        (own.to_string(), looked_at)
    };
    steps.iter().map(others).collect()
}

#[test]
fn a_deletion_counts_on_the_newest_good_one_of_its_owner_that_stays() {
    let all = [
        snapshot("s8", 8, State::Success, Some("a")),
        snapshot("s9", 9, State::Success, Some("a")),
        snapshot("sa", 10, State::Success, Some("a")),
        snapshot("sb", 11, State::Success, Some("b")),
        snapshot("sc", 12, State::Partial, Some("a")),
        snapshot("sd", 13, State::Success, None),
    ];
    let on = |names: &[&str]| counts_on(names, &all);
    let one = |name: &str, others: &[&str]| {
        let others = others.iter().map(|name| (*name).to_owned()).collect();
        (name.to_owned(), others)
    };
    assert_eq!(on(&["s8", "s9"]), [one("s8", &["sa"]), one("s9", &["sa"])]);
    // Who gives up the newest one as well was asked for that by its guard.
    assert_eq!(on(&["s9", "sa"]), [one("s9", &[]), one("sa", &[])]);
    // What is no backup, and the last one of its owner, count on nothing.
    assert_eq!(on(&["sb", "sc"]), [one("sb", &[]), one("sc", &[])]);
}
