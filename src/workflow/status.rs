//! How the backups of an environment are, judged from what was read: pure, and what cannot be known is never called fine.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::indices::Holders;
use crate::data::index::Index;
use crate::data::index::stream::stream_of;
use crate::data::select::is_system;
use crate::data::snapshot::{FirstHolders, Snapshot, State};
use crate::moment::Moment;

/// By how much the start of a snapshot may lie ahead of the domain's clock: another domain may have taken it.
const AHEAD: Duration = Duration::from_secs(300);

/// Whether an objective is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The spec has none.
    NotSet,
    /// It is met.
    Met,
    /// It is missed.
    Missed,
    /// Nobody can tell.
    NotKnown,
}

/// The snapshots of a repository, judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Backups<'s> {
    /// The newest good one, with its age.
    pub last_good: Option<(&'s Snapshot, Duration)>,
    /// Those that run, the newest first.
    pub running: Vec<&'s Snapshot>,
    /// Those that are no complete backup, the newest first.
    pub incomplete: Vec<&'s Snapshot>,
    /// Good ones that have no start, or one in the future: they count for nothing.
    pub odd: Vec<&'s Snapshot>,
}

impl<'s> Backups<'s> {
    /// Judges a list, in any order.
    #[must_use]
    pub fn of(list: &'s [Snapshot], now: Moment) -> Self {
        let mut all: Vec<&Snapshot> = list.iter().collect();
        all.sort_by(|a, b| (b.started, &b.name).cmp(&(a.started, &a.name)));
        let mut backups = Self::default();
        for snapshot in all {
            match &snapshot.state {
                State::InProgress => backups.running.push(snapshot),
                _ if !snapshot.is_good() => backups.incomplete.push(snapshot),
                _ => match snapshot.started.and_then(|started| age(started, now)) {
                    Some(age) if backups.last_good.is_none() => {
                        backups.last_good = Some((snapshot, age));
                    }
                    Some(_) => {}
                    None => backups.odd.push(snapshot),
                },
            }
        }
        backups
    }

    /// Whether the last good one is young enough.
    #[must_use]
    pub fn rpo(&self, rpo: Option<Duration>) -> Verdict {
        match (rpo, &self.last_good) {
            (None, _) => Verdict::NotSet,
            (Some(rpo), Some((_, age))) if *age <= rpo => Verdict::Met,
            (Some(_), _) => Verdict::Missed,
        }
    }

    /// Those that are no complete backup and are newer than the last good one.
    pub fn incomplete_since(&self) -> impl Iterator<Item = &'s Snapshot> {
        let last = self
            .last_good
            .as_ref()
            .and_then(|(snapshot, _)| snapshot.started);
        let newer = move |one: &&Snapshot| last.is_none_or(|last| one.started >= Some(last));
        self.incomplete.clone().into_iter().filter(newer)
    }
}

/// The age of what began then; none when that lies in the future by more than clocks differ.
#[must_use]
pub(crate) fn age(started: Moment, now: Moment) -> Option<Duration> {
    match now.since(started) {
        Some(age) => Some(age),
        None => started
            .since(now)
            .filter(|ahead| *ahead <= AHEAD)
            .map(|_| Duration::ZERO),
    }
}

/// The indices of an environment that the last good snapshot lacks and an older good one holds, sorted: it may be one of a single index.
/// What another environment took holds none of them.
#[must_use]
pub(crate) fn lacked(
    indices: &[Index],
    environment: &str,
    list: &[Snapshot],
    last: &Snapshot,
) -> Vec<String> {
    let here = |one: &Snapshot| one.of_another(environment).is_none();
    let mut held = FirstHolders::default();
    for snapshot in list.iter().filter(|one| one.is_good() && here(one)) {
        held.add((), &snapshot.indices, ());
    }
    let lacked = indices.iter().filter(|index| {
        let name = index.name.as_str();
        let in_last = here(last) && last.holds(name);
        !is_system(name) && !in_last && held.get(&(), name).is_some()
    });
    let names: BTreeSet<String> = lacked.map(|index| index.name.clone()).collect();
    names.into_iter().collect()
}

/// An index that no good snapshot holds which is newer than the index.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Uncovered {
    /// Its name.
    pub name: String,
    /// Data stream that its name belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_stream: Option<String>,
    /// Whether it is open; a pattern takes no closed one.
    pub open: bool,
    /// Its tier, where its settings say another than `hot`.
    pub tier: Option<String>,
    /// Whether it belongs to the engine, its security or its dashboards.
    pub system: bool,
    /// When it was created, by the domain's clock.
    pub created: Option<Moment>,
    /// A good snapshot that holds an index of this name and is older than this one.
    pub older: Option<String>,
    /// A good snapshot that another environment took, which holds that one's index of this name.
    pub anothers: Option<Anothers>,
}

/// A snapshot that another environment took.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Anothers {
    /// Its name.
    pub snapshot: String,
    /// That environment.
    pub environment: String,
}

impl Anothers {
    fn of(snapshot: &Snapshot, environment: &str) -> Option<Self> {
        snapshot.of_another(environment).map(|whose| Self {
            snapshot: snapshot.name.clone(),
            environment: whose.to_owned(),
        })
    }
}

/// The indices of an environment that are in no good snapshot which started after they were created, sorted. One that another environment
/// took holds indices of its own.
#[must_use]
pub(crate) fn uncovered(
    indices: &[Index],
    environment: &str,
    list: &[Snapshot],
    tiers: &BTreeMap<String, String>,
) -> Vec<Uncovered> {
    let holders = Holders::of(list, environment);
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut all: Vec<Uncovered> = indices
        .iter()
        .filter(|index| found.insert(&index.name))
        .filter_map(|index| {
            let holds = holders.here(&index.name);
            let is_newer = holds.is_some_and(|snapshot| {
                let both = snapshot.started.zip(index.created);
                both.is_some_and(|(started, created)| started > created)
            });
            (!is_newer).then(|| Uncovered {
                name: index.name.clone(),
                data_stream: stream_of(&index.name).map(str::to_owned),
                open: index.open,
                tier: tiers.get(&index.name).cloned(),
                system: is_system(&index.name),
                created: index.created,
                older: holds.map(|snapshot| snapshot.name.clone()),
                anothers: holders
                    .elsewhere(&index.name)
                    .and_then(|snapshot| Anothers::of(snapshot, environment)),
            })
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}
