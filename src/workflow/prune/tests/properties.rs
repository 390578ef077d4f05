//! What holds of prune whatever is in the repository, whatever the policy and whatever the clock.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn states() -> impl Strategy<Value = State> {
    prop_oneof![
        8 => Just(State::Success),
        1 => Just(State::Partial),
        1 => Just(State::Failed),
        1 => Just(State::InProgress),
        1 => Just(State::Incompatible),
        1 => Just(State::Other("X".to_owned())),
    ]
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![9 => "[a-d][0-9]{3}", 2 => "web\\.[a-d]", 2 => "unknown\\.[a-d]", 1 => "[a*,]{1,2}"]
}

/// Some hours to some years before now, some on the very same moment, a few after it or at no time.
fn snapshots() -> impl Strategy<Value = Vec<Snapshot>> {
    let hours = prop_oneof![6 => -48_i64..2_000, 1 => 0_i64..40_000];
    let one = (names(), hours, states(), 0_u8..12).prop_map(|(name, hours, state, odd)| {
        let mut one = with_state(&name, hours * 3_600_000, state);
        match odd {
            0 => one.started = None,
            1 => one.shards.failed = 1,
            2 => one.indices = NameSet::default(),
            _ => {}
        }
        one
    });
    prop::collection::vec(one, 0..40)
}

fn count() -> impl Strategy<Value = Option<u32>> {
    prop::option::of(1_u32..20)
}

fn length() -> impl Strategy<Value = Option<Duration>> {
    prop::option::of((1_u64..2_000).prop_map(|hours| Duration::from_secs(hours * 3_600)))
}

pub(super) fn policies() -> impl Strategy<Value = Policy> {
    let lengths = (length(), length());
    (lengths, count(), count(), count(), count(), count()).prop_map(
        |((keep_within, failed_after), last, daily, weekly, monthly, max_count)| Policy {
            keep_within,
            keep_last: last,
            keep_daily: daily,
            keep_weekly: weekly,
            keep_monthly: monthly,
            max_count,
            failed_after,
            ..Policy::default()
        },
    )
}

fn scopes() -> impl Strategy<Value = Scope> {
    prop_oneof![Just(Scope::Own), Just(Scope::All)]
}

type Key = (String, Option<Moment>, State);

fn gone(all: &[Snapshot], scope: Scope, policy: &Policy, now: i64) -> BTreeSet<String> {
    let verdicts = prune(all, by_name, scope, policy, None, at(now));
    assert_eq!(verdicts.len(), all.len());
    deleted(&verdicts).into_iter().map(str::to_owned).collect()
}

fn keys(all: &[Snapshot]) -> Vec<Key> {
    let key = |one: &Snapshot| (one.name.clone(), one.started, one.state.clone());
    all.iter().map(key).collect()
}

/// The policy with one of its keep rules, or its maximum, raised; a rule that is not there stays so.
fn raised(policy: &Policy, rule: usize, by: u32) -> Policy {
    let mut policy = policy.clone();
    let more = |count: Option<u32>| count.map(|count| count + by);
    let longer = |length: Option<Duration>| length.map(|length| length + days(by.into()));
    match rule {
        0 => policy.keep_within = longer(policy.keep_within),
        1 => policy.keep_last = more(policy.keep_last),
        2 => policy.keep_daily = more(policy.keep_daily),
        3 => policy.keep_weekly = more(policy.keep_weekly),
        4 => policy.keep_monthly = more(policy.keep_monthly),
        5 => policy.max_count = more(policy.max_count),
        _ => policy.failed_after = longer(policy.failed_after),
    }
    policy
}

proptest! {
    #[test]
    fn the_newest_good_one_of_each_owner_is_never_deleted(
        all in snapshots(), policy in policies(), scope in scopes(), now in -500_i64..500,
    ) {
        let now = NOW + now * DAY;
        let gone = gone(&all, scope, &policy, now);
        for owner in all.iter().map(by_name).collect::<BTreeSet<_>>() {
            let good = all.iter().filter(|one| by_name(one) == owner && one.is_good());
            let dated = good.filter(|one| one.started.is_some_and(|started| started <= at(now)));
            if let Some(newest) = dated.map(|one| one.started).max() {
                let newest = all.iter().filter(|one| by_name(one) == owner && one.started == newest && one.is_good());
                let mut names = newest.map(|one| one.name.as_str());
                prop_assert!(names.any(|name| !gone.contains(name)));
            }
        }
    }

    #[test]
    fn snapshots_that_are_unread_never_make_prune_delete_more(
        all in snapshots(), policy in policies(), scope in scopes(), unread in prop::collection::vec(any::<bool>(), 40),
    ) {
        // A name that is there twice is never read.
        let mut seen = BTreeSet::new();
        let all: Vec<Snapshot> = all.into_iter().filter(|one| seen.insert(one.name.clone())).collect();
        let policy = Policy { keep_holding: BTreeSet::from(["logs".to_owned()]), ..policy };
        let read = all.iter().zip(unread).filter(|(_, unread)| !unread).map(|(one, _)| one.clone());
        let read: Vec<Snapshot> = read.collect();
        prop_assert!(gone(&read, scope, &policy, NOW).is_subset(&gone(&all, scope, &policy, NOW)));
    }

    #[test]
    fn a_longer_or_larger_rule_never_deletes_more(
        all in snapshots(), policy in policies(), scope in scopes(), rule in 0_usize..7, by in 1_u32..9,
    ) {
        let before = gone(&all, scope, &policy, NOW);
        let after = gone(&all, scope, &raised(&policy, rule, by), NOW);
        prop_assert!(after.is_subset(&before), "{:?} {:?}", after, before);
    }

    #[test]
    fn one_more_keep_rule_beside_others_never_deletes_more(
        all in snapshots(), policy in policies(), added in 1_u32..20,
    ) {
        prop_assume!(policy.has_keep_rule() && policy.keep_last.is_none());
        let more = Policy { keep_last: Some(added), ..policy.clone() };
        prop_assert!(gone(&all, Scope::Own, &more, NOW).is_subset(&gone(&all, Scope::Own, &policy, NOW)));
    }

    #[test]
    fn a_clock_that_is_behind_never_deletes_more_and_one_that_is_ahead_changes_nothing(
        all in snapshots(), policy in policies(), scope in scopes(), behind in 0_i64..20_000, ahead in 0_i64..20_000,
    ) {
        let right = gone(&all, scope, &policy, NOW);
        prop_assert!(gone(&all, scope, &policy, NOW - behind * DAY / 2).is_subset(&right));
        let dated: Vec<Snapshot> = all.into_iter().filter(|one| one.started.is_none_or(|at| at.as_millis() <= NOW)).collect();
        let right = gone(&dated, scope, &policy, NOW);
        prop_assert_eq!(gone(&dated, scope, &policy, NOW + ahead * DAY), right);
    }

    #[test]
    fn the_order_of_the_list_means_nothing(
        (all, shuffled) in snapshots().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        policy in policies(), scope in scopes(),
    ) {
        let verdicts = |all: &[Snapshot]| prune(all, by_name, scope, &policy, None, at(NOW));
        prop_assert_eq!(verdicts(&all), verdicts(&shuffled));
    }

    #[test]
    fn what_is_deleted_ended_is_dated_and_has_a_plain_name_of_its_own(
        all in snapshots(), policy in policies(), scope in scopes(),
    ) {
        for verdict in prune(&all, by_name, scope, &policy, None, at(NOW)) {
            if !verdict.is_delete() {
                continue;
            }
            prop_assert!(verdict.started.is_some_and(|started| started <= at(NOW)));
            prop_assert!(matches!(verdict.state, State::Success | State::Partial | State::Failed));
            prop_assert!(SnapshotName::parse(&verdict.name).is_ok());
            prop_assert_eq!(all.iter().filter(|one| one.name == verdict.name).count(), 1);
        }
    }

    #[test]
    fn what_is_anothers_is_never_deleted_unless_all_are_meant(all in snapshots(), policy in policies()) {
        for name in gone(&all, Scope::Own, &policy, NOW) {
            prop_assert!(all.iter().all(|one| one.name != name || by_name(one) == Ownership::Ours));
        }
    }

    #[test]
    fn nothing_is_left_to_prune_after_a_prune(all in snapshots(), policy in policies(), scope in scopes()) {
        let gone_first = gone(&all, scope, &policy, NOW);
        let rest: Vec<Snapshot> = all.into_iter().filter(|one| !gone_first.contains(&one.name)).collect();
        prop_assert_eq!(gone(&rest, scope, &policy, NOW), BTreeSet::new(), "{:?}", keys(&rest));
    }

    #[test]
    fn a_policy_without_a_rule_deletes_nothing(all in snapshots(), scope in scopes()) {
        prop_assert_eq!(gone(&all, scope, &Policy::default(), NOW), BTreeSet::new());
    }
}
