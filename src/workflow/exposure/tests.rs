//! How long each index is exposed, and which of them an objective is about.

use super::*;
use crate::data::snapshot::{Brief, ShardFailure, Shards, State, Unread, Why, possible_copies};
use crate::names::{ENVIRONMENT, MANAGED_BY, PRODUCT};

const HOUR: i64 = 3_600_000;
/// 2026-11-24T03:00:00Z.
const NOW: i64 = 1_795_489_200_000;

fn ago(hours: i64) -> Moment {
    Moment::from_millis(NOW - hours * HOUR).unwrap()
}

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3_600)
}

fn snapshot(name: &str, hours: i64, indices: &[&str]) -> Snapshot {
    Snapshot {
        name: name.to_owned(),
        uuid: name.to_owned(),
        state: State::Success,
        started: Some(ago(hours)),
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

fn index(name: &str, created: Option<i64>) -> Index {
    Index {
        name: name.to_owned(),
        uuid: name.to_owned(),
        health: None,
        open: true,
        primaries: 1,
        replicas: 0,
        docs: None,
        bytes: None,
        primary_bytes: None,
        created: created.map(ago),
    }
}

/// The exposures, and whether an objective of so many hours is met.
fn judged(
    indices: &[Index],
    snapshots: &[Snapshot],
    settings: Option<&Settings>,
    selects: &[&str],
    rpo: u64,
) -> (Vec<Exposure>, Option<Verdict>) {
    judged_beside(&[], indices, snapshots, settings, selects, rpo)
}

/// The same beside snapshots whose details could not be read.
fn judged_beside(
    unread: &[Unread],
    indices: &[Index],
    snapshots: &[Snapshot],
    settings: Option<&Settings>,
    selects: &[&str],
    rpo: u64,
) -> (Vec<Exposure>, Option<Verdict>) {
    let all = exposures(&Facts {
        indices,
        snapshots,
        unread: &possible_copies(unread),
        environment: "logs",
        settings,
        selects: &Expression::parse(selects).unwrap(),
        rpo: Some(hours(rpo)),
        now: ago(0),
    });
    let verdict = verdict(&all, Some(hours(rpo)));
    (all, verdict)
}

fn hours_of(all: &[Exposure], name: &str) -> Option<u64> {
    let found = all.iter().find(|one| one.name == name).unwrap();
    found.exposure_seconds.map(|seconds| seconds / 3_600)
}

#[test]
fn exposure_counts_from_the_newest_copy_since_creation() {
    let indices = [
        index("a", Some(100)),
        index("b", Some(100)),
        index("young", Some(2)),
        index("again", Some(30)),
        index("never", Some(90)),
    ];
    let snapshots = [
        snapshot("old", 50, &["a", "b", "again"]),
        snapshot("new", 5, &["a"]),
    ];
    let (all, verdict) = judged(&indices, &snapshots, None, &["*"], 26);
    for (name, want) in [
        ("a", 5),
        ("b", 50),
        ("young", 2),
        ("again", 30),
        ("never", 90),
    ] {
        assert_eq!(hours_of(&all, name), Some(want), "{name}");
    }
    assert_eq!(verdict, Some(Verdict::Missed));
    let missed: Vec<&str> = all
        .iter()
        .filter(|one| one.missed)
        .map(|one| &*one.name)
        .collect();
    assert_eq!(missed, ["never", "b", "again"]);
    assert_eq!(
        judged(&indices, &snapshots, None, &["*"], 90).1,
        Some(Verdict::Met)
    );
}

/// What could not be read may have a newer copy of what it names, and of nothing else.
#[test]
fn unread_snapshot_is_neither_a_copy_nor_the_lack_of_one() {
    let indices = [index("a", Some(100)), index("b", Some(100))];
    let unread = |state: State, names: &[&str]| Unread {
        brief: Brief {
            name: "unread".into(),
            uuid: "u".into(),
            state,
            indices: names.iter().collect(),
        },
        why: Why::Failed,
    };
    let old = [snapshot("old", 50, &["a", "b"])];
    let new = [snapshot("new", 1, &["a", "b"])];
    let (good, partial, failed) = (State::Success, State::Partial, State::Failed);
    for (snapshots, unread, missed, want) in [
        (
            &old,
            unread(good.clone(), &["a", "b"]),
            &[][..],
            Verdict::NotKnown,
        ),
        (&old, unread(partial, &["a", "b"]), &[], Verdict::NotKnown),
        // Of b it has no copy, however new it is.
        (&old, unread(good.clone(), &["a"]), &["b"], Verdict::Missed),
        (
            &old,
            unread(failed, &["a", "b"]),
            &["a", "b"],
            Verdict::Missed,
        ),
        (
            &old,
            unread(good.clone(), &["c"]),
            &["a", "b"],
            Verdict::Missed,
        ),
        // It can only be better than what was read.
        (&new, unread(good, &["a", "b"]), &[], Verdict::Met),
    ] {
        let (all, verdict) = judged_beside(
            std::slice::from_ref(&unread),
            &indices,
            snapshots,
            None,
            &["*"],
            26,
        );
        let found: Vec<&str> = all
            .iter()
            .filter(|one| one.missed)
            .map(|one| &*one.name)
            .collect();
        assert_eq!(
            (found.as_slice(), verdict),
            (missed, Some(want)),
            "{unread:?}"
        );
    }
}

#[test]
fn snapshot_of_one_index_meets_no_objective_for_the_others() {
    let names: Vec<String> = (0..9).map(|n| format!("i{n}")).collect();
    let indices: Vec<Index> = names.iter().map(|name| index(name, Some(100))).collect();
    let snapshots = [snapshot("hotfix", 0, &["i0"])];
    let (all, verdict) = judged(&indices, &snapshots, None, &["*"], 26);
    assert_eq!(verdict, Some(Verdict::Missed));
    assert_eq!(all.iter().filter(|one| one.missed).count(), 8);
}

#[test]
fn only_selected_indices_are_judged() {
    let indices = [
        index("a", Some(100)),
        index("debug-1", Some(100)),
        index(".kibana_1", Some(100)),
        index(".ds-debug-s-000001", Some(100)),
    ];
    let snapshots = [snapshot("new", 1, &["a"])];
    for (selects, want) in [
        (&["*"][..], &["debug-1", ".ds-debug-s-000001"][..]),
        (&["*", "-debug-*"], &[]),
        (&["debug-1"], &["debug-1"]),
        (&["debug-s"], &[".ds-debug-s-000001"]),
        (&["*", "-debug-*", ".kibana*"], &[".kibana_1"]),
        (&["*", "-debug-*", "debug-1"], &["debug-1"]),
    ] {
        let (all, _) = judged(&indices, &snapshots, None, selects, 26);
        let missed: BTreeSet<&str> = all
            .iter()
            .filter(|one| one.missed)
            .map(|one| &*one.name)
            .collect();
        assert_eq!(missed, want.iter().copied().collect(), "{selects:?}");
    }
    assert_eq!(judged(&indices, &snapshots, None, &["x*"], 26).1, None);
}

#[test]
fn closed_and_blocked_indices_need_one_copy_of_any_age() {
    let closed = |name: &str| Index {
        open: false,
        ..index(name, Some(100))
    };
    let indices = [
        closed("closed"),
        closed("closed-never"),
        index("blocked", Some(100)),
        index("blocked-never", Some(100)),
        index("warm", Some(100)),
    ];
    let snapshots = [snapshot("old", 90, &["closed", "blocked"])];
    let settings = Settings {
        tiers: [("warm".to_owned(), "warm".to_owned())].into(),
        refuse_writes: ["blocked".to_owned(), "blocked-never".to_owned()].into(),
    };
    let (all, verdict) = judged(&indices, &snapshots, Some(&settings), &["*"], 26);
    let missed: Vec<&str> = all
        .iter()
        .filter(|one| one.missed)
        .map(|one| &*one.name)
        .collect();
    assert_eq!(missed, ["blocked-never", "closed-never"]);
    assert_eq!(verdict, Some(Verdict::Missed));
    let warm = all.iter().find(|one| one.name == "warm").unwrap();
    assert_eq!(warm.judged, Judged::NotByTier);
    let (_, verdict) = judged(&indices[..1], &snapshots, Some(&settings), &["*"], 26);
    assert_eq!(verdict, Some(Verdict::Met));
    // Nothing but what is not judged is there.
    let (_, verdict) = judged(&indices[4..], &snapshots, Some(&settings), &["*"], 26);
    assert_eq!(verdict, None);
}

#[test]
fn partial_snapshot_counts_for_indices_without_a_failed_shard() {
    let indices = [index("a", Some(100)), index("b", Some(100))];
    let mut partial = snapshot("partial", 1, &["a", "b"]);
    partial.state = State::Partial;
    partial.shards.failed = 1;
    partial.failures = vec![ShardFailure {
        index: "b".to_owned(),
        shard: 0,
        reason: String::new(),
    }];
    let all = [snapshot("good", 20, &["a", "b"]), partial];
    let (all, _) = judged(&indices, &all, None, &["*"], 26);
    assert_eq!(hours_of(&all, "a"), Some(1));
    assert_eq!(hours_of(&all, "b"), Some(20));
}

#[test]
fn what_is_no_copy_of_it_does_not_shorten_the_exposure() {
    let indices = [index("a", Some(100)), index("undated", None)];
    let state = |state: State| Snapshot {
        state,
        ..snapshot("s", 1, &["a"])
    };
    let mut theirs = snapshot("theirs", 1, &["a"]);
    theirs.metadata = [(MANAGED_BY, PRODUCT), (ENVIRONMENT, "web")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    let undated = Snapshot {
        started: None,
        ..snapshot("undated", 1, &["a"])
    };
    for one in [
        state(State::Failed),
        state(State::InProgress),
        theirs,
        undated,
        snapshot("ahead", -3, &["a"]),
        snapshot("other", 1, &["b"]),
    ] {
        let (all, verdict) = judged(&indices, std::slice::from_ref(&one), None, &["*"], 26);
        assert_eq!(hours_of(&all, "a"), Some(100), "{one:?}");
        assert_eq!(verdict, Some(Verdict::Missed));
    }
    // What nobody can tell is never called met.
    let good = [snapshot("good", 1, &["a", "undated"])];
    let (all, verdict) = judged(&indices, &good, None, &["*"], 26);
    assert_eq!(hours_of(&all, "undated"), None);
    assert_eq!(verdict, Some(Verdict::NotKnown));
}
