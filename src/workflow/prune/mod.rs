//! Which snapshots are kept and which are deleted, each with a reason: a pure function of a list, a policy and the time.
//!
//! The rules are those of restic's `forget`: each keep rule keeps what it names, and what no rule keeps is deleted.
//! <https://restic.readthedocs.io/en/stable/060_forget.html#removing-snapshots-according-to-a-policy>
//!
//! - Only good snapshots (SUCCESS, every shard, at least one index) count for a rule, and the newest good one always stays.
//! - `keep_daily: 7` keeps the newest good one of each of the last seven days *that have one*, likewise ISO weeks and months, all in UTC.
//! - `keep_within: 30d` counts from the newest good snapshot and not from now, as in restic: a clock that is ahead, or backups that stopped
//!   a month ago, delete nothing. So does `failed_after`.
//! - `max_count` alone deletes what is beyond the newest so many; beside keep rules it deletes only what none of them keeps.
//! - What is not good stays, unless `failed_after` is given and a good one that much newer is there.
//! - Whatever is odd stays and takes nobody's place: what runs, what cannot be read, what has no start or one in the future, and a name
//!   that the engines could take for more than one snapshot.
//! - The snapshots of each owner are looked at by themselves: no environment's backups push out another's.

mod reason;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::name::Ownership;
use crate::data::snapshot::{FirstHolders, Snapshot, State};
use crate::moment::Moment;
use crate::names::SnapshotName;

pub use reason::Reason;

/// What is kept. A rule that is not given, or that is zero, keeps nothing by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Keeps the good ones that started this long before the newest good one, or later.
    pub keep_within: Option<Duration>,
    /// Keeps the newest so many.
    pub keep_last: Option<u32>,
    /// Keeps the newest of each of so many days.
    pub keep_daily: Option<u32>,
    /// Keeps the newest of each of so many ISO weeks.
    pub keep_weekly: Option<u32>,
    /// Keeps the newest of each of so many months.
    pub keep_monthly: Option<u32>,
    /// Deletes good ones beyond the newest so many that no other rule keeps.
    pub max_count: Option<u32>,
    /// Deletes what is not good once a good one is this much newer.
    pub failed_after: Option<Duration>,
    /// Keeps the snapshots of these names; no rule by itself.
    pub keep: BTreeSet<String>,
    /// Keeps the newest good snapshot of each owner that holds each of these indices; no rule by itself.
    pub keep_holding: BTreeSet<String>,
}

/// Why a policy is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It has no rule.
    #[error(
        "no rule says what to keep: keep_within, keep_last, keep_daily, keep_weekly, keep_monthly, max_count or failed_after"
    )]
    NoRule,
    /// A rule that keeps nothing.
    #[error("{0} of zero keeps nothing; leave it out, or name how much to keep")]
    Zero(&'static str),
}

/// Whose snapshots are pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those of this environment.
    Own,
    /// All of the repository, those of each owner by themselves.
    All,
}

/// What becomes of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It stays, for each of these reasons.
    Keep(Vec<Reason>),
    /// It is deleted.
    Delete(Reason),
}

/// A snapshot and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The snapshot.
    pub name: String,
    /// Its id.
    pub uuid: String,
    /// Its state.
    pub state: State,
    /// When it began.
    pub started: Option<Moment>,
    /// What becomes of it.
    pub decision: Decision,
    /// The newest good one of its owner, which stays: what becomes of the others counts on it.
    pub keeper: Option<Keeper>,
}

/// The snapshot that stays whatever the rules say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Keeper {
    /// Its name.
    pub name: String,
    /// Its id.
    pub uuid: String,
}

impl Verdict {
    /// Whether it is deleted.
    #[must_use]
    pub fn is_delete(&self) -> bool {
        matches!(self.decision, Decision::Delete(_))
    }
}

impl Policy {
    /// Checks that there is a rule, and that each rule keeps something.
    ///
    /// # Errors
    /// No rule at all, or one of zero: a usage error.
    pub fn check(&self) -> Result<(), PolicyError> {
        let within = self.keep_within.map(|within| !within.is_zero());
        let some = |count: Option<u32>| count.map(|count| count > 0);
        let rules = [
            ("keep_within", within),
            ("keep_last", some(self.keep_last)),
            ("keep_daily", some(self.keep_daily)),
            ("keep_weekly", some(self.keep_weekly)),
            ("keep_monthly", some(self.keep_monthly)),
            ("max_count", some(self.max_count)),
        ];
        if let Some((name, _)) = rules.iter().find(|(_, keeps)| *keeps == Some(false)) {
            return Err(PolicyError::Zero(name));
        }
        let any = rules.iter().any(|(_, keeps)| keeps.is_some());
        if any || self.failed_after.is_some() {
            Ok(())
        } else {
            Err(PolicyError::NoRule)
        }
    }

    fn has_keep_rule(&self) -> bool {
        let counts = [
            self.keep_last,
            self.keep_daily,
            self.keep_weekly,
            self.keep_monthly,
        ];
        counts.into_iter().flatten().any(|count| count > 0)
            || self.keep_within.is_some_and(|within| !within.is_zero())
    }

    fn max_count(&self) -> Option<u32> {
        self.max_count.filter(|count| *count > 0)
    }
}

/// Says of each snapshot what becomes of it, newest first; `now` is the domain's clock, which wrote the snapshots' times too. Nothing is
/// deleted by a policy that has no rule; the caller has refused it by [`Policy::check`], and every `cs-` repository.
#[must_use]
pub fn prune(
    snapshots: &[Snapshot],
    owner: impl Fn(&Snapshot) -> Ownership,
    scope: Scope,
    policy: &Policy,
    now: Moment,
) -> Vec<Verdict> {
    let mut all: Vec<&Snapshot> = snapshots.iter().collect();
    all.sort_by_cached_key(|one| {
        let key = (one.started, one.name.clone(), one.uuid.clone());
        Reverse((key, one.state.as_str().to_owned()))
    });
    let twice = names_that_are_not_unique(&all);
    let mut decisions: Vec<Option<Decision>> = Vec::new();
    let whose: Vec<Ownership> = all.iter().map(|one| owner(one)).collect();
    let mut owners: BTreeMap<&Ownership, Candidates> = BTreeMap::new();
    for (index, (one, owner)) in all.iter().zip(&whose).enumerate() {
        let stays = match stays(one, &twice, now) {
            _ if scope == Scope::Own && *owner != Ownership::Ours => {
                Err(Reason::Foreign(owner.clone()))
            }
            stays => stays,
        };
        decisions.push(match stays {
            Ok(started) => {
                let candidates = owners.entry(owner).or_default();
                let list = if one.is_good() {
                    &mut candidates.good
                } else {
                    &mut candidates.bad
                };
                list.push((index, started));
                None
            }
            Err(reason) => Some(Decision::Keep(vec![reason])),
        });
    }
    for candidates in owners.values() {
        for (index, decision) in candidates.decide(policy) {
            if let Some(slot) = decisions.get_mut(index) {
                *slot = Some(decision);
            }
        }
    }
    // Names add to what stays, and take nobody's place.
    let holders = holders(&all, &whose, policy, now);
    for (place, (one, decision)) in all.iter().zip(&mut decisions).enumerate() {
        let reason = match holders.get(&place) {
            _ if policy.keep.contains(&one.name) => Reason::Named,
            Some(index) => Reason::Holds((*index).clone()),
            None => continue,
        };
        if let Some(Decision::Delete(_)) = &decision {
            *decision = Some(Decision::Keep(vec![reason]));
        }
    }
    let keeper = |owner: &Ownership| {
        let (place, _) = owners.get(owner)?.good.first()?;
        all.get(*place).map(|one| Keeper {
            name: one.name.clone(),
            uuid: one.uuid.clone(),
        })
    };
    let keepers: BTreeMap<&Ownership, Option<Keeper>> =
        owners.keys().map(|owner| (*owner, keeper(owner))).collect();
    let verdict =
        |((one, owner), decision): ((&&Snapshot, &Ownership), Option<Decision>)| Verdict {
            name: one.name.clone(),
            uuid: one.uuid.clone(),
            state: one.state.clone(),
            started: one.started,
            decision: decision.unwrap_or_else(|| Decision::Keep(vec![Reason::NoRule])),
            keeper: keepers.get(owner).cloned().flatten(),
        };
    let decided = all.iter().zip(&whose).zip(decisions);
    decided.map(verdict).collect()
}

/// The places of the newest good snapshots that hold an index which is to be kept, each with that index. Those of each owner by themselves:
/// what another one holds is not this one's to count on. `all` is newest first, and looked through once.
fn holders<'p>(
    all: &[&Snapshot],
    whose: &[Ownership],
    policy: &'p Policy,
    now: Moment,
) -> BTreeMap<usize, &'p String> {
    let counts = |one: &Snapshot| one.is_good() && one.started.is_some_and(|at| at <= now);
    let mut newest = FirstHolders::default();
    let mut holders: BTreeMap<usize, &String> = BTreeMap::new();
    for (place, (one, owner)) in all.iter().zip(whose).enumerate() {
        if !counts(one) {
            continue;
        }
        for name in newest.add(owner, &one.indices, ()) {
            if let Some(index) = policy.keep_holding.get(name) {
                let first = holders.entry(place).or_insert(index);
                *first = index.min(*first);
            }
        }
    }
    holders
}

/// The snapshots that go although they are the newest good ones of their owner for some indices, each with those indices, newest first: the
/// rules count snapshots and not what is in them.
#[must_use]
pub fn newest_that_go(
    snapshots: &[Snapshot],
    owner: impl Fn(&Snapshot) -> Ownership,
    verdicts: &[Verdict],
) -> Vec<(String, BTreeSet<String>)> {
    let mut good: Vec<&Snapshot> = snapshots.iter().filter(|one| one.is_good()).collect();
    good.sort_by_key(|one| Reverse(one.started));
    let go: BTreeSet<(&str, &str)> = verdicts
        .iter()
        .filter(|verdict| verdict.is_delete())
        .map(|verdict| (verdict.name.as_str(), verdict.uuid.as_str()))
        .collect();
    let mut newest = FirstHolders::default();
    let mut found = Vec::new();
    for one in good {
        let new = newest.add(owner(one), &one.indices, ());
        let new: BTreeSet<String> = new.into_iter().map(str::to_owned).collect();
        if go.contains(&(one.name.as_str(), one.uuid.as_str())) && !new.is_empty() {
            found.push((one.name.clone(), new));
        }
    }
    found
}

fn names_that_are_not_unique(all: &[&Snapshot]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let again = all.iter().filter(|one| !seen.insert(one.name.as_str()));
    again.map(|one| one.name.clone()).collect()
}

/// When it began, for a snapshot on which a policy decides; else why it stays whatever the policy is.
fn stays(one: &Snapshot, twice: &BTreeSet<String>, now: Moment) -> Result<Moment, Reason> {
    match one.state {
        State::InProgress => return Err(Reason::Running),
        State::Incompatible | State::Other(_) => {
            return Err(Reason::Unreadable(one.state.as_str().to_owned()));
        }
        State::Success | State::Partial | State::Failed => {}
    }
    if SnapshotName::parse(&one.name).is_err() || twice.contains(&one.name) {
        return Err(Reason::OddName);
    }
    match one.started {
        None => Err(Reason::NoStart),
        Some(started) if started > now => Err(Reason::Future),
        Some(started) => Ok(started),
    }
}

/// The snapshots of one owner on which the policy decides, newest first, as their places in the list and their starts.
#[derive(Default)]
struct Candidates {
    good: Vec<(usize, Moment)>,
    bad: Vec<(usize, Moment)>,
}

impl Candidates {
    fn decide(&self, policy: &Policy) -> Vec<(usize, Decision)> {
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
