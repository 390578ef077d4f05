//! Prune: what each rule keeps, and what no clock, name or order may widen.

mod copies;
mod holding;
mod properties;
mod story;

use std::collections::BTreeMap;

use super::*;
use crate::data::snapshot::{NameSet, Shards};

const DAY: i64 = 86_400_000;
/// 2026-11-24T03:00:00Z, a Tuesday.
const NOW: i64 = 1_795_489_200_000;

fn at(millis: i64) -> Moment {
    Moment::from_millis(millis).unwrap()
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

/// A snapshot that is good, and started so long before [`NOW`].
fn good(name: &str, before: i64) -> Snapshot {
    Snapshot {
        name: name.to_owned(),
        uuid: format!("{name}-uuid"),
        state: State::Success,
        started: Moment::from_millis(NOW - before),
        ended: Moment::from_millis(NOW - before + 60_000),
        indices: NameSet::from(["logs"]),
        data_streams: Vec::new(),
        shards: Shards {
            total: 1,
            successful: 1,
            failed: 0,
        },
        failures: Vec::new(),
        global_state: Some(false),
        engine: None,
        metadata: BTreeMap::new(),
        reason: None,
    }
}

fn with_state(name: &str, before: i64, state: State) -> Snapshot {
    Snapshot {
        state,
        ..good(name, before)
    }
}

/// One a day, `d0` the newest.
fn daily(count: i64) -> Vec<Snapshot> {
    (0..count)
        .map(|day| good(&format!("d{day}"), day * DAY))
        .collect()
}

/// Whoever the name begins with, as `web/x`; else ours.
fn by_name(one: &Snapshot) -> Ownership {
    match one.name.split_once('.') {
        Some(("unknown", _)) => Ownership::Unknown,
        Some((other, _)) => Ownership::Other(other.to_owned()),
        None => Ownership::Ours,
    }
}

fn run(all: &[Snapshot], policy: &Policy) -> Vec<Verdict> {
    prune(all, by_name, Scope::Own, policy, None, at(NOW))
}

fn deleted(verdicts: &[Verdict]) -> Vec<&str> {
    let deleted = verdicts.iter().filter(|verdict| verdict.is_delete());
    deleted.map(|verdict| verdict.name.as_str()).collect()
}

fn decision(all: &[Snapshot], policy: &Policy, name: &str) -> Decision {
    let verdicts = run(all, policy);
    let found = verdicts.into_iter().find(|verdict| verdict.name == name);
    found.unwrap().decision
}

fn last(count: u32) -> Policy {
    Policy {
        keep_last: Some(count),
        ..Policy::default()
    }
}

fn copy(name: &str, life: Life) -> CopyOf {
    CopyOf {
        name: name.to_owned(),
        stream: false,
        life,
    }
}

#[test]
fn a_policy_without_a_rule_or_with_one_of_zero_is_refused_and_deletes_nothing() {
    let none = Policy::default();
    assert_eq!(none.check(), Err(PolicyError::NoRule));
    assert_eq!(deleted(&run(&daily(9), &none)), [""; 0]);
    for (policy, name) in [
        (last(0), "keep_last"),
        (
            Policy {
                keep_within: Some(Duration::ZERO),
                ..last(1)
            },
            "keep_within",
        ),
        (
            Policy {
                max_count: Some(0),
                ..Policy::default()
            },
            "max_count",
        ),
    ] {
        assert_eq!(policy.check(), Err(PolicyError::Zero(name)));
    }
    assert_eq!(deleted(&run(&daily(9), &last(0))), [""; 0]);
    let failed_only = Policy {
        failed_after: Some(Duration::ZERO),
        ..none
    };
    assert_eq!(failed_only.check(), Ok(()));
    assert_eq!(deleted(&run(&daily(9), &failed_only)), [""; 0]);
}

#[test]
fn keep_last_keeps_the_newest_so_many() {
    let verdicts = run(&daily(4), &last(2));
    let have: Vec<(&str, &Decision)> = verdicts
        .iter()
        .map(|verdict| (verdict.name.as_str(), &verdict.decision))
        .collect();
    assert_eq!(
        have,
        [
            ("d0", &Decision::Keep(vec![Reason::Newest, Reason::Last(2)])),
            ("d1", &Decision::Keep(vec![Reason::Last(2)])),
            ("d2", &Decision::Delete(Reason::NotKept)),
            ("d3", &Decision::Delete(Reason::NotKept)),
        ]
    );
}

#[test]
fn keep_within_counts_from_the_newest_good_one_whatever_the_clock_says() {
    let policy = Policy {
        keep_within: Some(days(2)),
        ..Policy::default()
    };
    let all = daily(5);
    for ahead in [0, 40 * DAY, 4_000 * DAY] {
        let verdicts = prune(&all, by_name, Scope::Own, &policy, None, at(NOW + ahead));
        assert_eq!(deleted(&verdicts), ["d3", "d4"], "{ahead}");
    }
}

#[test]
fn daily_weekly_and_monthly_count_periods_that_have_a_good_one() {
    let hour = DAY / 24;
    let all = [
        good("a", 0),         // Tuesday 2026-11-24, 03:00
        good("b", 2 * hour),  // the same day
        good("c", 4 * hour),  // Monday, 23:00
        good("d", 40 * DAY),  // October 15, week 42
        good("e", 41 * DAY),  // October 14
        good("f", 330 * DAY), // 2025-12-29, ISO week 2026-W01
        good("g", 332 * DAY), // 2025-12-27, ISO week 2025-W52
    ];
    for (policy, want) in [
        (
            Policy {
                keep_daily: Some(2),
                ..Policy::default()
            },
            &["b", "d", "e", "f", "g"][..],
        ),
        (
            Policy {
                keep_daily: Some(4),
                ..Policy::default()
            },
            &["b", "f", "g"],
        ),
        (
            Policy {
                keep_weekly: Some(1),
                ..Policy::default()
            },
            &["b", "c", "d", "e", "f", "g"],
        ),
        (
            Policy {
                keep_weekly: Some(3),
                ..Policy::default()
            },
            &["b", "c", "e", "g"],
        ),
        (
            Policy {
                keep_weekly: Some(4),
                ..Policy::default()
            },
            &["b", "c", "e"],
        ),
        (
            Policy {
                keep_monthly: Some(3),
                ..Policy::default()
            },
            &["b", "c", "e", "g"],
        ),
        (
            Policy {
                keep_monthly: Some(9),
                keep_daily: Some(2),
                ..Policy::default()
            },
            &["b", "e", "g"],
        ),
    ] {
        assert_eq!(deleted(&run(&all, &policy)), want, "{policy:?}");
    }
}

#[test]
fn max_count_deletes_the_oldest_and_never_what_a_keep_rule_keeps() {
    let three = Policy {
        max_count: Some(3),
        ..Policy::default()
    };
    assert_eq!(deleted(&run(&daily(5), &three)), ["d3", "d4"]);
    let all = daily(5);
    assert_eq!(
        decision(&all, &three, "d4"),
        Decision::Delete(Reason::Beyond(3))
    );
    assert_eq!(
        decision(&all, &three, "d2"),
        Decision::Keep(vec![Reason::WithinCount(3)])
    );
    for (keep, want) in [(1, &["d3", "d4"][..]), (4, &["d4"]), (9, &[])] {
        let both = Policy {
            keep_last: Some(keep),
            ..three.clone()
        };
        assert_eq!(deleted(&run(&all, &both)), want, "{keep}");
    }
}

#[test]
fn only_complete_snapshots_count_and_the_newest_of_them_stays() {
    let mut lost = good("lost", DAY);
    lost.shards.failed = 1;
    let mut empty = good("empty", 0);
    empty.indices = NameSet::default();
    let all = [
        empty,
        lost,
        with_state("partial", 2 * DAY, State::Partial),
        with_state("failed", 3 * DAY, State::Failed),
        good("first", 4 * DAY),
        good("second", 5 * DAY),
    ];
    assert_eq!(deleted(&run(&all, &last(1))), ["second"]);
    let newest = Decision::Keep(vec![Reason::Newest, Reason::Last(1)]);
    assert_eq!(decision(&all, &last(1), "first"), newest);
    for name in ["empty", "lost", "partial", "failed"] {
        assert_eq!(
            decision(&all, &last(1), name),
            Decision::Keep(vec![Reason::NotGood])
        );
    }
}

#[test]
fn what_is_not_good_goes_once_a_good_one_is_that_much_newer() {
    let policy = Policy {
        failed_after: Some(days(7)),
        ..last(1)
    };
    let all = [
        with_state("after", -DAY / 2, State::Partial),
        with_state("newer", 0, State::Partial),
        good("good", DAY),
        with_state("young", 7 * DAY, State::Failed),
        with_state("old", 8 * DAY, State::Partial),
        with_state("failed", 9 * DAY, State::Failed),
    ];
    for (name, want) in [
        ("after", Decision::Keep(vec![Reason::Future])),
        ("newer", Decision::Keep(vec![Reason::NothingBetter])),
        ("young", Decision::Keep(vec![Reason::NotGoodYoung(days(7))])),
        ("old", Decision::Delete(Reason::NotGoodOld(days(7)))),
        ("failed", Decision::Delete(Reason::NotGoodOld(days(7)))),
    ] {
        assert_eq!(decision(&all, &policy, name), want, "{name}");
    }
    let no_good: Vec<Snapshot> = all.into_iter().filter(|one| one.name != "good").collect();
    assert_eq!(deleted(&run(&no_good, &policy)), [""; 0]);
}

#[test]
fn what_is_odd_stays_and_takes_nobodys_place() {
    let unreadable = |word: &str| Reason::Unreadable(word.to_owned());
    let mut undated = good("undated", 0);
    undated.started = None;
    let all = [
        good("future", -DAY),
        undated,
        with_state("running", 9 * DAY, State::InProgress),
        with_state("incompatible", 9 * DAY, State::Incompatible),
        with_state("new-word", 9 * DAY, State::Other("ARCHIVED".to_owned())),
        good("a*", 9 * DAY),
        good("a,b", 9 * DAY),
        good("_all", 9 * DAY),
        good("twice", 9 * DAY),
        good("twice", 10 * DAY),
        good("newest", 11 * DAY),
        good("old", 12 * DAY),
    ];
    let verdicts = run(&all, &last(1));
    assert_eq!(deleted(&verdicts), ["old"]);
    for (name, want) in [
        ("future", Reason::Future),
        ("undated", Reason::NoStart),
        ("running", Reason::Running),
        ("incompatible", unreadable("INCOMPATIBLE")),
        ("new-word", unreadable("ARCHIVED")),
        ("a*", Reason::OddName),
        ("a,b", Reason::OddName),
        ("_all", Reason::OddName),
        ("twice", Reason::OddName),
    ] {
        assert_eq!(
            decision(&all, &last(1), name),
            Decision::Keep(vec![want]),
            "{name}"
        );
    }
}

#[test]
fn others_snapshots_stay_and_with_all_each_owner_is_looked_at_alone() {
    let all = [
        good("web.a", 0),
        good("web.b", DAY),
        good("unknown.a", 2 * DAY),
        good("unknown.b", 3 * DAY),
        good("a", 4 * DAY),
        good("b", 5 * DAY),
    ];
    assert_eq!(deleted(&run(&all, &last(1))), ["b"]);
    let web = Ownership::Other("web".to_owned());
    let foreign = Decision::Keep(vec![Reason::Foreign(web)]);
    assert_eq!(decision(&all, &last(1), "web.b"), foreign);
    let verdicts = prune(&all, by_name, Scope::All, &last(1), None, at(NOW));
    assert_eq!(deleted(&verdicts), ["web.b", "unknown.b", "b"]);
}

#[test]
fn reasons_are_words() {
    for (reason, want) in [
        (Reason::Within(days(30)), "within 30d of the newest"),
        (Reason::Daily(7), "daily, last 7"),
        (
            Reason::Beyond(60),
            "beyond the newest 60, and no rule keeps it",
        ),
        (
            Reason::Foreign(Ownership::Other("web".to_owned())),
            "of environment web",
        ),
        (
            Reason::Foreign(Ownership::Unknown),
            "not known to be this environment's",
        ),
        (
            Reason::NotGoodOld(days(7)),
            "not good, and at least 7d older than the newest good one",
        ),
    ] {
        assert_eq!(reason.to_string(), want);
    }
}

#[test]
fn what_is_named_stays_whatever_the_rules_say_and_takes_nobodys_place() {
    let all = daily(5);
    let mut policy = last(2);
    policy.keep = BTreeSet::from(["d4".to_owned(), "d0".to_owned(), "nobody".to_owned()]);
    assert_eq!(deleted(&run(&all, &policy)), ["d2", "d3"]);
    assert_eq!(
        decision(&all, &policy, "d4"),
        Decision::Keep(vec![Reason::Named])
    );
    // It is no rule by itself, and holds what failed as well.
    let alone = Policy {
        keep: policy.keep.clone(),
        ..Policy::default()
    };
    assert_eq!(alone.check(), Err(PolicyError::NoRule));
    let failed = [good("d0", 0), with_state("d4", 9 * DAY, State::Failed)];
    let policy = Policy {
        failed_after: Some(days(1)),
        keep: policy.keep,
        ..last(1)
    };
    assert_eq!(deleted(&run(&failed, &policy)), [""; 0]);
}

#[test]
fn the_newest_good_one_that_holds_a_named_index_stays() {
    let mut all = daily(5);
    for (place, one) in all.iter_mut().enumerate() {
        one.indices = NameSet::from([if place < 2 { "other" } else { "mine" }]);
    }
    let mut policy = last(1);
    policy.keep_holding = BTreeSet::from(["mine".to_owned(), "nowhere".to_owned()]);
    assert_eq!(deleted(&run(&all, &policy)), ["d1", "d3", "d4"]);
    assert_eq!(
        decision(&all, &policy, "d2"),
        Decision::Keep(vec![
            Reason::Holds("mine".to_owned()),
            Reason::Copies(vec![copy("mine", Life::Unknown)]),
        ])
    );
    // One of the future and one that is not good are not what could be restored.
    let ahead = Snapshot {
        indices: NameSet::from(["mine"]),
        ..good("ahead", -DAY)
    };
    let partial = Snapshot {
        indices: NameSet::from(["mine"]),
        ..with_state("partial", 0, State::Partial)
    };
    all.extend([ahead, partial]);
    assert_eq!(deleted(&run(&all, &policy)), ["d1", "d3", "d4"]);
}
