//! The keep rules, applied to the snapshots of one owner. Pure.

use std::collections::BTreeMap;

use super::{Decision, Policy, Reason};
use crate::moment::Moment;

/// The snapshots of one owner on which the policy decides, newest first, as their places in the list and their starts.
#[derive(Default)]
pub(super) struct Candidates {
    pub(super) good: Vec<(usize, Moment)>,
    pub(super) bad: Vec<(usize, Moment)>,
}

impl Candidates {
    pub(super) fn decide(&self, policy: &Policy) -> Vec<(usize, Decision)> {
        let newest = self.good.first().map(|(_, started)| *started);
        let mut kept = self.kept(policy);
        let good = self.good.iter().map(|(index, _)| {
            let decision = match kept.remove(index) {
                Some(reasons) => Decision::Keep(reasons),
                None => Decision::Delete(match policy.max_count() {
                    Some(count) => Reason::Beyond(count),
                    None => Reason::NotKept,
                }),
            };
            (*index, decision)
        });
        let mut decided: Vec<_> = good.collect();
        let bad = self.bad.iter();
        decided.extend(bad.map(|(index, started)| (*index, not_good(policy, newest, *started))));
        decided
    }

    /// Why each good one is kept; those that are missing here are not.
    fn kept(&self, policy: &Policy) -> BTreeMap<usize, Vec<Reason>> {
        let mut kept: BTreeMap<usize, Vec<Reason>> = BTreeMap::new();
        let mut keep = |places: Vec<usize>, reason: &Reason| {
            for place in places {
                kept.entry(place).or_default().push(reason.clone());
            }
        };
        let good = &self.good;
        let some = |count: Option<u32>| count.filter(|count| *count > 0);
        keep(newest(good, 1), &Reason::Newest);
        if !policy.has_keep_rule() && policy.max_count().is_none() {
            keep(newest(good, u32::MAX), &Reason::NoRule);
        }
        if let (Some(within), Some((_, latest))) = (policy.keep_within, good.first()) {
            // A window of zero is no rule; the newest stays anyway.
            let from = latest.minus(within);
            let inside = good
                .iter()
                .filter(|(_, at)| *at >= from && !within.is_zero());
            keep(
                inside.map(|(place, _)| *place).collect(),
                &Reason::Within(within),
            );
        }
        if let Some(count) = some(policy.keep_last) {
            keep(newest(good, count), &Reason::Last(count));
        }
        if let Some(count) = some(policy.keep_daily) {
            keep(firsts(good, count, Moment::day), &Reason::Daily(count));
        }
        if let Some(count) = some(policy.keep_weekly) {
            let week = |at: Moment| {
                let (year, week, _) = at.day().to_iso_week_date();
                (year, week)
            };
            keep(firsts(good, count, week), &Reason::Weekly(count));
        }
        if let Some(count) = some(policy.keep_monthly) {
            let month = |at: Moment| (at.day().year(), at.day().month());
            keep(firsts(good, count, month), &Reason::Monthly(count));
        }
        if let Some(count) = policy.max_count() {
            keep(newest(good, count), &Reason::WithinCount(count));
        }
        kept
    }
}

fn newest(good: &[(usize, Moment)], count: u32) -> Vec<usize> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    good.iter().take(count).map(|(place, _)| *place).collect()
}

/// The newest of each of the last `count` periods in which there is one; the list is newest first, so each period's are neighbours.
fn firsts<K: PartialEq>(
    good: &[(usize, Moment)],
    count: u32,
    period: impl Fn(Moment) -> K,
) -> Vec<usize> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let mut last = None;
    let first = good.iter().filter(|(_, at)| {
        let this = Some(period(*at));
        let is_first = this != last;
        last = this;
        is_first
    });
    first.take(count).map(|(place, _)| *place).collect()
}

/// What becomes of a snapshot that is not good: while nothing better is newer, it may be all there is of its time.
fn not_good(policy: &Policy, newest: Option<Moment>, started: Moment) -> Decision {
    let Some(after) = policy.failed_after else {
        return Decision::Keep(vec![Reason::NotGood]);
    };
    let older = newest.and_then(|newest| newest.since(started));
    match older.filter(|older| !older.is_zero()) {
        None => Decision::Keep(vec![Reason::NothingBetter]),
        Some(older) if older < after => Decision::Keep(vec![Reason::NotGoodYoung(after)]),
        Some(_) => Decision::Delete(Reason::NotGoodOld(after)),
    }
}
