//! The newest successful copy of each index stays: which one that is, and what alone gives it up.

use super::*;
use crate::data::index::Index;
use crate::data::snapshot::{ARCHIVE, ShardFailure};
use crate::names::{ENVIRONMENT, MANAGED_BY, PRODUCT};

fn holding(name: &str, before: i64, indices: &[&str]) -> Snapshot {
    Snapshot {
        indices: indices.iter().collect(),
        ..good(name, before)
    }
}

fn with_stream(name: &str, before: i64, stream: &str, indices: &[&str]) -> Snapshot {
    Snapshot {
        data_streams: vec![std::sync::Arc::from(stream)],
        ..holding(name, before, indices)
    }
}

fn archive(mut one: Snapshot) -> Snapshot {
    for (key, value) in [(MANAGED_BY, PRODUCT), (ENVIRONMENT, "x"), (ARCHIVE, "true")] {
        one.metadata.insert(key.to_owned(), value.to_owned());
    }
    one
}

/// Indices on the domain, each created so long before [`NOW`], or at a time that is not known.
pub(super) fn live(indices: &[(&str, Option<i64>)]) -> Live {
    let index = |(name, before): &(&str, Option<i64>)| Index {
        name: (*name).to_owned(),
        uuid: format!("{name}-uuid"),
        health: None,
        open: true,
        primaries: 1,
        replicas: 0,
        docs: None,
        bytes: None,
        primary_bytes: None,
        created: before.and_then(|before| Moment::from_millis(NOW - before)),
    };
    Live::of(&indices.iter().map(index).collect::<Vec<_>>())
}

fn freeing(pattern: &str, age: Duration) -> Policy {
    Policy {
        gone_after: vec![GoneAfter {
            indices: pattern.to_owned(),
            age,
        }],
        ..last(1)
    }
}

fn with_live(all: &[Snapshot], policy: &Policy, live: &Live) -> Vec<Verdict> {
    prune(all, by_name, Scope::Own, policy, Some(live), at(NOW))
}

fn lost(verdicts: &[Verdict]) -> Vec<String> {
    let lost = verdicts.iter().flat_map(|one| &one.lost);
    lost.map(ToString::to_string).collect()
}

#[test]
fn snapshot_of_one_index_never_pushes_out_the_rest() {
    let all = [
        holding("hotfix", 0, &["logs"]),
        holding("all", DAY, &["logs", "orders"]),
        holding("older", 2 * DAY, &["logs", "orders"]),
    ];
    for policy in [
        last(1),
        Policy {
            max_count: Some(1),
            ..Policy::default()
        },
        Policy {
            keep_within: Some(days(1) / 2),
            ..Policy::default()
        },
        Policy {
            keep_daily: Some(1),
            ..Policy::default()
        },
    ] {
        let verdicts = run(&all, &policy);
        assert_eq!(deleted(&verdicts), ["older"], "{policy:?}");
        assert_eq!(
            decision(&all, &policy, "all"),
            Decision::Keep(vec![Reason::Copies(vec![copy("orders", Life::Unknown)])])
        );
        let older = verdicts.iter().find(|one| one.name == "older").unwrap();
        let names = |all: &[Keeper]| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        assert_eq!(older.keeper.as_ref().unwrap().name, "hotfix");
        assert_eq!(names(&older.instead), ["all"]);
    }
}

#[test]
fn rolling_indices_keep_one_snapshot_each_until_gone_after() {
    // Each day takes the last three days' indices.
    let name = |day: i64| format!("logs-{day:03}");
    let all: Vec<Snapshot> = (0..20)
        .map(|day| {
            let names = [name(day), name(day + 1), name(day + 2)];
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            holding(&format!("d{day:02}"), day * DAY, &names)
        })
        .collect();
    let there = live(&[
        ("logs-000", Some(0)),
        ("logs-001", Some(DAY)),
        ("logs-002", Some(2 * DAY)),
    ]);
    assert_eq!(deleted(&with_live(&all, &last(1), &there)), [""; 0]);
    let verdicts = with_live(&all, &freeing("logs-*", days(10)), &there);
    let gone = deleted(&verdicts);
    assert_eq!(gone.len(), 10);
    assert_eq!((gone[0], gone[9]), ("d10", "d19"));
    assert_eq!(lost(&verdicts).len(), 10);
    assert_eq!(lost(&verdicts)[0], "logs-012 (gone)");
}

#[test]
fn only_what_is_known_to_be_gone_is_given_up() {
    let all = [
        holding("new", 0, &["a"]),
        holding("old", 40 * DAY, &["a", "b"]),
    ];
    let policy = freeing("*", days(30));
    let cases = [
        (Some(live(&[("a", Some(50 * DAY))])), true),
        // It lives, created before the copy, at its very moment, or at no known time.
        (Some(live(&[("b", Some(50 * DAY))])), false),
        (Some(live(&[("b", Some(40 * DAY))])), false),
        (Some(live(&[("b", None)])), false),
        // Another index has its name now.
        (Some(live(&[("b", Some(39 * DAY))])), true),
        (None, false),
    ];
    for (there, frees) in cases {
        let verdicts = prune(&all, by_name, Scope::Own, &policy, there.as_ref(), at(NOW));
        let want: &[&str] = if frees { &["old"] } else { &[] };
        assert_eq!(deleted(&verdicts), want, "{there:?}");
        let told: &[&str] = if frees { &["b (gone)"] } else { &[] };
        assert_eq!(lost(&verdicts), told, "{there:?}");
    }
}

/// An index in cold storage is in no list, like one that is gone; and so is an older one whose name another index has now.
#[test]
fn cold_storage_lets_no_copy_go_however_old() {
    let all = [
        holding("new", 0, &["a", "b"]),
        with_stream("stream", 300 * DAY, "s", &[".ds-s-000001"]),
        holding("older", 400 * DAY, &["a", "b", "c"]),
        holding("oldest", 500 * DAY, &["a", "b", "c"]),
    ];
    let there = live(&[("a", Some(0)), ("b", Some(900 * DAY))]);
    let policy = freeing("*", Duration::ZERO);
    let freed = with_live(&all, &policy, &there);
    assert_eq!(deleted(&freed), ["stream", "older", "oldest"]);
    assert_eq!(
        lost(&freed),
        ["data stream s (gone)", "a (gone)", "c (gone)"]
    );
    let cold = there.with_cold_storage(true);
    for policy in [policy, last(1)] {
        let kept = with_live(&all, &policy, &cold);
        assert_eq!(deleted(&kept), ["oldest"]);
        assert_eq!(lost(&kept), [""; 0]);
        // Nothing is called gone that may be cold.
        let older = kept.iter().find(|one| one.name == "older").unwrap();
        let copies = vec![copy("a", Life::Gone), copy("c", Life::Unknown)];
        assert_eq!(older.decision, Decision::Keep(vec![Reason::Copies(copies)]));
    }
}

#[test]
fn recreated_index_has_two_copies_to_keep() {
    let all = [
        holding("now", 0, &["a", "b"]),
        holding("second", DAY, &["a", "b"]),
        holding("before", 20 * DAY, &["a", "b"]),
        holding("first", 21 * DAY, &["a", "b"]),
    ];
    let there = live(&[("a", Some(10 * DAY)), ("b", Some(30 * DAY))]);
    let verdicts = with_live(&all, &last(1), &there);
    assert_eq!(deleted(&verdicts), ["second", "first"]);
    let before = verdicts.iter().find(|one| one.name == "before").unwrap();
    let gone = Reason::Copies(vec![copy("a", Life::Gone)]);
    assert_eq!(before.decision, Decision::Keep(vec![gone]));
    // Without the dates there is one name only.
    assert_eq!(deleted(&run(&all, &last(1))), ["second", "before", "first"]);
}

#[test]
fn longest_age_of_several_patterns_counts() {
    let all = [
        holding("new", 0, &["a"]),
        holding("old", 40 * DAY, &["audit-1"]),
    ];
    let mut policy = freeing("*", days(30));
    let there = live(&[]);
    assert_eq!(deleted(&with_live(&all, &policy, &there)), ["old"]);
    policy.gone_after.push(GoneAfter {
        indices: "audit-*".to_owned(),
        age: days(400),
    });
    assert_eq!(deleted(&with_live(&all, &policy, &there)), [""; 0]);
    policy.gone_after.reverse();
    assert_eq!(deleted(&with_live(&all, &policy, &there)), [""; 0]);
    assert_eq!(
        deleted(&with_live(&all, &freeing("b*", days(1)), &there)),
        [""; 0]
    );
}

#[test]
fn others_copies_are_never_given_up() {
    let all = [
        holding("web.new", 0, &["a"]),
        holding("web.old", 40 * DAY, &["b"]),
        holding("unknown.new", 0, &["a"]),
        holding("unknown.old", 40 * DAY, &["b"]),
        holding("new", 0, &["a"]),
        holding("old", 40 * DAY, &["b"]),
    ];
    let policy = freeing("*", days(1));
    let verdicts = prune(
        &all,
        by_name,
        Scope::All,
        &policy,
        Some(&Live::default()),
        at(NOW),
    );
    assert_eq!(deleted(&verdicts), ["old"]);
}

#[test]
fn archives_stay_whatever_the_rules_say_and_count_for_none() {
    let all = [
        archive(holding("kept", 0, &["a"])),
        holding("new", DAY, &["b"]),
        holding("second", 2 * DAY, &["a", "b"]),
        archive(holding("gone", 40 * DAY, &["c"])),
        holding("older", 50 * DAY, &["c"]),
    ];
    let verdicts = with_live(&all, &freeing("*", days(1)), &live(&[]));
    assert_eq!(deleted(&verdicts), ["second", "older"]);
    // What an archive holds is not lost.
    assert_eq!(lost(&verdicts), [""; 0]);
    for name in ["kept", "gone"] {
        assert_eq!(
            decision(&all, &last(1), name),
            Decision::Keep(vec![Reason::Archive])
        );
    }
    assert_eq!(
        decision(&all, &last(1), "new"),
        Decision::Keep(vec![Reason::Newest, Reason::Last(1)])
    );
    // The mark of another tool, and what failed, are no archive.
    let mut foreign = holding("foreign", 9 * DAY, &["a", "b"]);
    foreign.metadata = BTreeMap::from([(ARCHIVE.to_owned(), "true".to_owned())]);
    let failed = Snapshot {
        state: State::Failed,
        ..archive(holding("failed", 9 * DAY, &["a"]))
    };
    let policy = Policy {
        failed_after: Some(days(1)),
        ..last(1)
    };
    let all = [holding("new", 0, &["a", "b"]), foreign, failed];
    assert_eq!(deleted(&run(&all, &policy)), ["foreign", "failed"]);
}

#[test]
fn partial_snapshot_stays_for_what_it_alone_holds_whole() {
    let failure = |index: &str| ShardFailure {
        index: index.to_owned(),
        shard: 0,
        reason: "gone".to_owned(),
    };
    let partial = |name: &str, before: i64, failed: u64, failures: &[&str]| {
        let mut one = holding(name, before, &["a", "b"]);
        one.state = State::Partial;
        one.shards.failed = failed;
        one.failures = failures.iter().map(|name| failure(name)).collect();
        one
    };
    let policy = Policy {
        failed_after: Some(days(1)),
        ..last(1)
    };
    let cases = [
        // Only b is whole, and nothing newer holds it.
        (partial("partial", 9 * DAY, 1, &["a"]), &[][..]),
        // Nothing is whole, or nobody can tell what is.
        (partial("partial", 9 * DAY, 2, &["a", "b"]), &["partial"]),
        (partial("partial", 9 * DAY, 2, &["a"]), &["partial"]),
        (partial("partial", 9 * DAY, 1, &[]), &["partial"]),
    ];
    for (one, want) in cases {
        let all = [holding("new", 0, &["a"]), one];
        assert_eq!(deleted(&run(&all, &policy)), want);
    }
    // It never takes the place of a complete one.
    let all = [
        holding("new", 0, &["a"]),
        partial("partial", 9 * DAY, 1, &["a"]),
        holding("whole", 10 * DAY, &["b"]),
        holding("oldest", 11 * DAY, &["b"]),
    ];
    assert_eq!(deleted(&run(&all, &policy)), ["oldest"]);
}

#[test]
fn backing_indices_count_by_the_name_of_their_stream() {
    let all = [
        with_stream("new", 0, "logs", &[".ds-logs-000003"]),
        with_stream(
            "second",
            DAY,
            "logs",
            &[".ds-logs-000002", ".ds-logs-000003"],
        ),
        with_stream("other", 2 * DAY, "logs-b", &[".ds-logs-b-000001"]),
        holding("loose", 3 * DAY, &[".ds-logs-000001"]),
    ];
    assert_eq!(deleted(&run(&all, &last(1))), ["second", "loose"]);
    let stream = CopyOf {
        stream: true,
        ..copy("logs-b", Life::Unknown)
    };
    assert_eq!(
        decision(&all, &last(1), "other"),
        Decision::Keep(vec![Reason::Copies(vec![stream])])
    );
    // A stream lives as long as one of its backing indices does.
    let policy = freeing("logs-b", days(1));
    let there = live(&[(".ds-logs-b-000009", Some(0))]);
    assert_eq!(
        deleted(&with_live(&all, &policy, &there)),
        ["second", "loose"]
    );
    let gone = with_live(&all, &policy, &live(&[]));
    assert_eq!(deleted(&gone), ["second", "other", "loose"]);
    assert_eq!(lost(&gone), ["data stream logs-b (gone)"]);
}

#[test]
fn backing_index_by_itself_never_stands_for_its_stream() {
    let all = [
        holding("hotfix", 0, &[".ds-logs-000003"]),
        with_stream(
            "whole",
            DAY,
            "logs",
            &[".ds-logs-000002", ".ds-logs-000003"],
        ),
        holding("loose", 2 * DAY, &[".ds-logs-000002"]),
    ];
    assert_eq!(deleted(&run(&all, &last(1))), ["loose"]);
    let verdicts = run(&all, &last(1));
    let loose = verdicts.iter().find(|one| one.name == "loose").unwrap();
    let instead: Vec<&str> = loose.instead.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(instead, ["whole"]);
    // One that is still on the domain, and that the whole of the stream lacks, is not left to it.
    let all = [
        with_stream("whole", 0, "logs", &[".ds-logs-000003"]),
        holding("loose", DAY, &[".ds-logs-000002"]),
    ];
    let there = live(&[(".ds-logs-000002", Some(9 * DAY))]);
    assert_eq!(deleted(&with_live(&all, &last(1), &there)), [""; 0]);
}

#[test]
fn names_in_a_reason_are_counted_beyond_a_few() {
    let names: Vec<CopyOf> = (0..5).map(|n| copy(&format!("i{n}"), Life::Gone)).collect();
    assert_eq!(
        Reason::Copies(names).to_string(),
        "newest copy of i0 (gone), i1 (gone), i2 (gone) and 2 more"
    );
    assert_eq!(Reason::Archive.to_string(), "archive");
}
