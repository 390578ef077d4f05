//! What counts as a backup, as met and as covered.

use super::*;
use crate::data::snapshot::Shards;

fn at(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn now() -> Moment {
    at("2026-11-24T03:00:00Z")
}

fn snapshot(name: &str, started: Option<&str>, state: State, indices: &[&str]) -> Snapshot {
    Snapshot {
        name: name.to_owned(),
        uuid: name.to_owned(),
        state,
        started: started.map(at),
        ended: None,
        indices: indices.iter().collect(),
        data_streams: Vec::new(),
        shards: Shards::default(),
        failures: Vec::new(),
        global_state: None,
        engine: None,
        metadata: BTreeMap::new(),
        reason: None,
    }
}

fn index(name: &str, created: Option<&str>, open: bool) -> Index {
    Index {
        name: name.to_owned(),
        uuid: name.to_owned(),
        health: None,
        open,
        primaries: 1,
        replicas: 0,
        docs: None,
        bytes: None,
        primary_bytes: None,
        created: created.map(at),
    }
}

const HOUR: Duration = Duration::from_secs(3_600);

fn names(list: &[&Snapshot]) -> Vec<String> {
    list.iter().map(|one| one.name.clone()).collect()
}

#[test]
fn only_a_complete_snapshot_with_a_believable_start_is_the_last_good_one() {
    let list = [
        snapshot("old", Some("2026-11-23T00:00:00Z"), State::Success, &["a"]),
        snapshot("good", Some("2026-11-24T01:00:00Z"), State::Success, &["a"]),
        snapshot("empty", Some("2026-11-24T02:00:00Z"), State::Success, &[]),
        snapshot(
            "partial",
            Some("2026-11-24T02:30:00Z"),
            State::Partial,
            &["a"],
        ),
        snapshot(
            "failed",
            Some("2026-11-22T02:30:00Z"),
            State::Failed,
            &["a"],
        ),
        snapshot(
            "running",
            Some("2026-11-24T02:59:00Z"),
            State::InProgress,
            &["a"],
        ),
        snapshot(
            "future",
            Some("2026-11-24T04:00:00Z"),
            State::Success,
            &["a"],
        ),
        snapshot("undated", None, State::Success, &["a"]),
    ];
    let backups = Backups::of(&list, now());
    let (last, age) = backups.last_good.unwrap();
    assert_eq!((last.name.as_str(), age), ("good", 2 * HOUR));
    assert_eq!(names(&backups.running), ["running"]);
    assert_eq!(names(&backups.incomplete), ["partial", "empty", "failed"]);
    assert_eq!(names(&backups.odd), ["future", "undated"]);
    let since: Vec<&str> = backups
        .incomplete_since()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(since, ["partial", "empty"]);
}

#[test]
fn an_objective_is_met_to_the_second_and_missed_without_any_good_snapshot() {
    let list = [snapshot(
        "good",
        Some("2026-11-24T01:00:00Z"),
        State::Success,
        &["a"],
    )];
    let backups = Backups::of(&list, now());
    let second = Duration::from_secs(1);
    assert_eq!(backups.rpo(None), Verdict::NotSet);
    assert_eq!(backups.rpo(Some(2 * HOUR)), Verdict::Met);
    assert_eq!(backups.rpo(Some(2 * HOUR - second)), Verdict::Missed);
    assert_eq!(Backups::of(&[], now()).rpo(Some(HOUR)), Verdict::Missed);
    // Clocks of two domains differ a little, and a snapshot from next week is none.
    let ahead = [snapshot(
        "ahead",
        Some("2026-11-24T03:05:00Z"),
        State::Success,
        &["a"],
    )];
    assert_eq!(Backups::of(&ahead, now()).rpo(Some(HOUR)), Verdict::Met);
    let future = [snapshot(
        "future",
        Some("2026-11-24T03:05:01Z"),
        State::Success,
        &["a"],
    )];
    assert_eq!(Backups::of(&future, now()).rpo(Some(HOUR)), Verdict::Missed);
}

#[test]
fn an_index_is_covered_only_by_a_good_snapshot_that_is_newer_than_it() {
    let list = [
        snapshot(
            "s",
            Some("2026-11-20T00:00:00Z"),
            State::Success,
            &["covered", "recreated", "undated"],
        ),
        snapshot(
            "p",
            Some("2026-11-23T00:00:00Z"),
            State::Partial,
            &["recreated", "lost"],
        ),
    ];
    let indices = [
        index("undated", None, true),
        index("recreated", Some("2026-11-21T00:00:00Z"), true),
        index("covered", Some("2026-11-19T00:00:00Z"), true),
        index("lost", Some("2026-11-19T00:00:00Z"), false),
        index(".kibana_1", Some("2026-11-19T00:00:00Z"), true),
        index("frozen", Some("2026-11-19T00:00:00Z"), true),
    ];
    let tiers = [("frozen".to_owned(), "warm".to_owned())].into();
    let found: Vec<_> = uncovered(&indices, "here", &list, &tiers)
        .into_iter()
        .map(|one| (one.name, one.open, one.system, one.tier, one.older))
        .collect();
    let older = || Some("s".to_owned());
    assert_eq!(
        found,
        [
            (".kibana_1".to_owned(), true, true, None, None),
            (
                "frozen".to_owned(),
                true,
                false,
                Some("warm".to_owned()),
                None
            ),
            ("lost".to_owned(), false, false, None, None),
            ("recreated".to_owned(), true, false, None, older()),
            ("undated".to_owned(), true, false, None, older()),
        ]
    );
}

#[test]
fn what_another_environment_took_covers_no_index_of_this_one() {
    let of = |environment: &str, snapshot: Snapshot| Snapshot {
        metadata: crate::data::snapshot::mark(
            &crate::names::EnvironmentName::parse(environment).unwrap(),
            "somebody",
        ),
        ..snapshot
    };
    let taken = |name, at, indices| snapshot(name, Some(at), State::Success, indices);
    let list = [
        of("old", taken("nightly", "2026-11-23T00:00:00Z", &["orders"])),
        of("here", taken("own", "2026-11-21T00:00:00Z", &["logs"])),
    ];
    let indices = [
        index("orders", Some("2026-11-20T00:00:00Z"), true),
        index("logs", Some("2026-11-20T00:00:00Z"), true),
    ];
    let found = uncovered(&indices, "here", &list, &BTreeMap::new());
    let found: Vec<_> = found
        .iter()
        .map(|one| (&*one.name, &one.older, &one.anothers))
        .collect();
    let anothers = Some(Anothers {
        snapshot: "nightly".to_owned(),
        environment: "old".to_owned(),
    });
    assert_eq!(found, [("orders", &None, &anothers)]);
    // The one that the older own snapshot holds is in no newer one of this environment.
    assert_eq!(lacked(&indices, "here", &list, &list[0]), ["logs"]);
    assert_eq!(
        lacked(&indices, "old", &list, &list[0]),
        Vec::<String>::new()
    );
}

#[test]
fn thousands_of_snapshots_of_hundreds_of_indices_are_looked_through_once() {
    let held: Vec<String> = (0..200).map(|one| format!("i-{one}")).collect();
    let held: Vec<&str> = held.iter().map(String::as_str).collect();
    let one = snapshot("s", Some("2026-11-23T00:00:00Z"), State::Success, &held);
    let list = vec![one; 5_000];
    let created = Some("2026-11-20T00:00:00Z");
    let indices: Vec<Index> = (0..200)
        .map(|one| index(&format!("nowhere-{one}"), created, true))
        .collect();
    let found = uncovered(&indices, "here", &list, &BTreeMap::new());
    assert_eq!(found.len(), indices.len());
    let last = snapshot("last", created, State::Success, &["other"]);
    assert_eq!(lacked(&indices, "here", &list, &last), Vec::<String>::new());
}
