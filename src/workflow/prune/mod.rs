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
//! - Whatever the rules say, the newest successful copy of each index stays (see `copies`), and so does each archive. An archive is no
//!   newest snapshot from which an age counts, and takes nobody's place in a rule.

mod copies;
mod reason;
mod rules;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::name::Ownership;
use crate::data::index::stream::is_backing;
use crate::data::snapshot::{FirstHolders, Snapshot, State, Unread, Why};
use crate::moment::Moment;
use crate::names::SnapshotName;

pub(crate) use copies::CopyOf;
pub use copies::GoneAfter;
#[cfg(test)]
pub(crate) use copies::Life;
pub use copies::Live;
use copies::{Copies, Counts};
pub(crate) use reason::Reason;
use rules::Candidates;

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
    /// Keeps the newest good snapshot of each owner that holds each of these indices, whatever `gone_after` says; no rule by itself.
    pub keep_holding: BTreeSet<String>,
    /// When the last copy of an index that is gone need not be kept any more; no rule by itself.
    pub gone_after: Vec<GoneAfter>,
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
    /// The other snapshots that stay with newer copies of what this one holds; only of one that is deleted.
    pub instead: Vec<Keeper>,
    /// What no snapshot of the owner holds a copy of any more once it is deleted.
    pub lost: Vec<CopyOf>,
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
    /// A snapshot whose details could not be read stays, and takes the place of none.
    #[must_use]
    pub fn unread(unread: &Unread) -> Self {
        let reason = match unread.why {
            Why::OddName => Reason::OddName,
            Why::Failed | Why::TooMuch => Reason::Unread,
        };
        Self {
            name: unread.brief.name.to_string(),
            uuid: unread.brief.uuid.to_string(),
            state: unread.brief.state.clone(),
            started: None,
            decision: Decision::Keep(vec![reason]),
            keeper: None,
            instead: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// Takes back that copies are lost which a snapshot may hold that could not be read.
    pub fn doubt(&mut self, unread: &FirstHolders<'_, (), ()>) {
        let may_hold = |copy: &CopyOf| match copy.stream {
            false => unread.get(&(), &copy.name).is_some(),
            true => unread.names(&()).any(|name| is_backing(name, &copy.name)),
        };
        self.lost.retain(|copy| !may_hold(copy));
    }

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

/// Decides what becomes of each snapshot, newest first. `now` is the domain's clock, which wrote the snapshots' times too; `live` has the
/// domain's indices, where they could be read. A policy that has no rule deletes nothing; the caller has refused it by [`Policy::check`],
/// and every `cs-` repository.
#[must_use]
pub fn prune(
    snapshots: &[Snapshot],
    owner: impl Fn(&Snapshot) -> Ownership,
    scope: Scope,
    policy: &Policy,
    live: Option<&Live>,
    now: Moment,
) -> Vec<Verdict> {
    let mut all: Vec<&Snapshot> = snapshots.iter().collect();
    all.sort_by_cached_key(|one| {
        let key = (one.started, one.name.clone(), one.uuid.clone());
        Reverse((key, one.state.as_str().to_owned()))
    });
    let twice = names_that_are_not_unique(&all);
    let mut decisions: Vec<Option<Decision>> = Vec::new();
    let mut counts: Vec<Counts> = Vec::new();
    let whose: Vec<Ownership> = all.iter().map(|one| owner(one)).collect();
    let owners: Vec<&Ownership> = whose.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let number = |owner: &Ownership| owners.binary_search(&owner).unwrap_or(usize::MAX);
    let whose: Vec<usize> = whose.iter().map(number).collect();
    let mut candidates: Vec<Candidates> = owners.iter().map(|_| Candidates::default()).collect();
    for (place, (one, owner)) in all.iter().zip(&whose).enumerate() {
        let named = owners
            .get(*owner)
            .filter(|owner| ***owner != Ownership::Ours);
        let stays = match (stays(one, &twice, now), named) {
            (_, Some(other)) if scope == Scope::Own => Err(Reason::Foreign((*other).clone())),
            (stays, _) => stays,
        };
        counts.push(match &stays {
            Ok(_) => Counts::Yes,
            Err(Reason::Archive) => Counts::Stays,
            Err(_) => Counts::Not,
        });
        decisions.push(match (stays, candidates.get_mut(*owner)) {
            (Ok(started), Some(candidates)) => {
                let list = match one.is_good() {
                    true => &mut candidates.good,
                    false => &mut candidates.bad,
                };
                list.push((place, started));
                None
            }
            (Ok(_), None) => Some(Decision::Keep(vec![Reason::NoRule])),
            (Err(reason), _) => Some(Decision::Keep(vec![reason])),
        });
    }
    for (place, decision) in candidates.iter().flat_map(|one| one.decide(policy)) {
        if let Some(slot) = decisions.get_mut(place) {
            *slot = Some(decision);
        }
    }
    let newest: Vec<Option<Moment>> = candidates
        .iter()
        .map(|one| one.good.first().map(|(_, started)| *started))
        .collect();
    let copies = Copies::find(&all, (&whose, &owners), &counts, live, policy, &newest);
    // Neither names nor copies take the place of what a rule keeps.
    let (holders, mut pinned) = (holders(&all, &whose, policy, now), copies.pinned());
    for (place, (one, decision)) in all.iter().zip(&mut decisions).enumerate() {
        let mut reasons = Vec::new();
        if policy.keep.contains(&one.name) {
            reasons.push(Reason::Named);
        } else if let Some(index) = holders.get(&place) {
            reasons.push(Reason::Holds((*index).clone()));
        }
        reasons.extend(pinned.remove(&place).map(Reason::Copies));
        if let (Some(Decision::Delete(_)), false) = (&decision, reasons.is_empty()) {
            *decision = Some(Decision::Keep(reasons));
        }
    }
    let goes = |(place, decision): (usize, &Option<Decision>)| {
        matches!(decision, Some(Decision::Delete(_))).then_some(place)
    };
    let goes: BTreeSet<usize> = decisions.iter().enumerate().filter_map(goes).collect();
    let mut lost = copies.lost(&goes);
    let keeper = |place: usize| {
        all.get(place).map(|one| Keeper {
            name: one.name.clone(),
            uuid: one.uuid.clone(),
        })
    };
    let first = |owner: usize| candidates.get(owner)?.good.first().map(|(place, _)| *place);
    let decided = all.iter().zip(&whose).zip(decisions).enumerate();
    decided
        .map(|(place, ((one, owner), decision))| {
            let first = first(*owner);
            let mut instead = match goes.contains(&place) {
                true => copies.instead_of(place),
                false => BTreeSet::new(),
            };
            instead.retain(|one| Some(*one) != first);
            Verdict {
                name: one.name.clone(),
                uuid: one.uuid.clone(),
                state: one.state.clone(),
                started: one.started,
                decision: decision.unwrap_or_else(|| Decision::Keep(vec![Reason::NoRule])),
                keeper: first.and_then(keeper),
                instead: instead.into_iter().filter_map(keeper).collect(),
                lost: lost.remove(&place).unwrap_or_default(),
            }
        })
        .collect()
}

/// The places of the newest good snapshots that hold an index which is to be kept, each with that index. Those of each owner by themselves:
/// what another one holds is not this one's to count on. `all` is newest first, and looked through once.
fn holders<'p>(
    all: &[&Snapshot],
    whose: &[usize],
    policy: &'p Policy,
    now: Moment,
) -> BTreeMap<usize, &'p String> {
    let counts = |one: &Snapshot| one.is_good() && one.started.is_some_and(|at| at <= now);
    let mut newest = FirstHolders::default();
    let mut holders: BTreeMap<usize, &String> = BTreeMap::new();
    for (place, (one, owner)) in all.iter().zip(whose).enumerate() {
        if !counts(one) || policy.keep_holding.is_empty() {
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
        Some(_) if one.is_archive() && one.state != State::Failed => Err(Reason::Archive),
        Some(started) => Ok(started),
    }
}
