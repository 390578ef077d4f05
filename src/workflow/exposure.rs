//! For how long what was written to each index is in no snapshot, judged against an objective. Pure.
//!
//! The exposure of an index is the time since the start of its newest successful copy that began after its creation, else since its creation.
//! A PARTIAL snapshot holds copies of the indices without a failed shard. What another environment took holds that one's indices.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::status::{Verdict, age};
use crate::data::index::Index;
use crate::data::index::stream::stream_of;
use crate::data::select::{Expression, is_system};
use crate::data::snapshot::{FirstHolders, Snapshot};
use crate::moment::Moment;

/// What the settings of indices say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The tier of each index that has one.
    pub tiers: BTreeMap<String, String>,
    /// The indices that refuse writes.
    pub refuse_writes: BTreeSet<String>,
}

/// How an index is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Judged {
    /// Its exposure must be at most the objective's.
    ByAge,
    /// It takes no writes, closed or blocked: one copy of any age is enough.
    ByAnyCopy,
    /// Not at all: it is in another tier than hot, of which not every snapshot can take it.
    NotByTier,
    /// Not at all: `objectives.indices` does not select it.
    NotSelected,
    /// Not at all: it would miss the objective, and a snapshot that could not be read may have a newer copy.
    NotRead,
}

/// One index and its exposure.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Exposure {
    /// The index.
    pub name: String,
    /// Data stream that its name belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_stream: Option<String>,
    /// Whether it is open.
    pub open: bool,
    /// Whether it refuses writes, where its settings were read.
    pub refuses_writes: Option<bool>,
    /// Its tier, where its settings were read and name one.
    pub tier: Option<String>,
    /// When it was created, by the domain's clock.
    pub created: Option<Moment>,
    /// The snapshot with its newest copy that began after its creation.
    pub snapshot: Option<String>,
    /// When that snapshot began.
    pub copied: Option<Moment>,
    /// Its exposure; null where its creation is not known.
    pub exposure_seconds: Option<u64>,
    /// How it is judged.
    pub judged: Judged,
    /// Whether it misses the objective.
    pub missed: bool,
}

/// What exposure is judged from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    /// The indices of the domain.
    pub indices: &'a [Index],
    /// The snapshots of the repository.
    pub snapshots: &'a [Snapshot],
    /// The indices of which snapshots may have a newer copy that could not be read.
    pub unread: &'a FirstHolders<'a, (), ()>,
    /// The environment.
    pub environment: &'a str,
    /// What the settings of the indices say, where they were read.
    pub settings: Option<&'a Settings>,
    /// Which indices the objective is about; all but the system's where none are named.
    pub selects: &'a Expression,
    /// The objective.
    pub rpo: Option<Duration>,
    /// The domain's clock.
    pub now: Moment,
}

/// Returns the exposure of every index, those that miss the objective first, then the longest first.
#[must_use]
pub(crate) fn exposures(facts: &Facts<'_>) -> Vec<Exposure> {
    let newest = newest_copies(facts);
    let mut seen = BTreeSet::new();
    let indices = facts.indices.iter();
    let mut all: Vec<Exposure> = indices
        .filter(|index| seen.insert(index.name.as_str()))
        .map(|index| exposure(index, newest.get(&(), &index.name).copied(), facts))
        .collect();
    let longest = |one: &Exposure| one.exposure_seconds.unwrap_or(u64::MAX);
    all.sort_by(|a, b| (b.missed, longest(b), &a.name).cmp(&(a.missed, longest(a), &b.name)));
    all
}

/// Judges the objective from the exposures; none where no index is judged.
#[must_use]
pub(crate) fn verdict(all: &[Exposure], rpo: Option<Duration>) -> Option<Verdict> {
    let judged = |one: &&Exposure| matches!(one.judged, Judged::ByAge | Judged::ByAnyCopy);
    let judged: Vec<&Exposure> = all.iter().filter(judged).collect();
    if rpo.is_none() {
        return Some(Verdict::NotSet);
    }
    let is_unread = all.iter().any(|one| one.judged == Judged::NotRead);
    if judged.is_empty() && !is_unread {
        return None;
    }
    Some(if judged.iter().any(|one| one.missed) {
        Verdict::Missed
    } else if judged.iter().any(|one| one.exposure_seconds.is_none()) || is_unread {
        Verdict::NotKnown
    } else {
        Verdict::Met
    })
}

/// The newest snapshot with a copy of each index.
fn newest_copies<'a>(facts: &Facts<'a>) -> FirstHolders<'a, (), (&'a Snapshot, Moment)> {
    let here = |one: &&Snapshot| one.of_another(facts.environment).is_none();
    let mut dated: Vec<(&Snapshot, Moment)> = facts
        .snapshots
        .iter()
        .filter(here)
        .filter_map(|one| {
            let started = one.started?;
            age(started, facts.now).map(|_| (one, started))
        })
        .collect();
    dated.sort_by(|(a, began), (b, started)| (started, &b.name).cmp(&(began, &a.name)));
    let mut newest = FirstHolders::default();
    for (one, started) in dated {
        newest.add_some((), &one.indices, &one.whole_numbers(), (one, started));
    }
    newest
}

fn exposure(index: &Index, newest: Option<(&Snapshot, Moment)>, facts: &Facts<'_>) -> Exposure {
    let newer = |(_, started): &(&Snapshot, Moment)| {
        index.created.is_some_and(|created| *started > created)
    };
    let copy = newest.filter(newer);
    let since = copy.map(|(_, started)| started).or(index.created);
    let exposure = since.and_then(|since| age(since, facts.now));
    let name = index.name.as_str();
    let tier = facts
        .settings
        .and_then(|settings| settings.tiers.get(name).cloned());
    let refuses_writes = facts
        .settings
        .map(|settings| settings.refuse_writes.contains(name));
    let judged = if !selects(facts.selects, name) {
        Judged::NotSelected
    } else if tier.as_deref().is_some_and(|tier| tier != "hot") {
        Judged::NotByTier
    } else if !index.open || refuses_writes == Some(true) {
        Judged::ByAnyCopy
    } else {
        Judged::ByAge
    };
    let is_longer = facts
        .rpo
        .zip(exposure)
        .is_some_and(|(rpo, exposure)| exposure > rpo);
    let missed = match judged {
        Judged::ByAge => is_longer,
        Judged::ByAnyCopy => is_longer && copy.is_none(),
        Judged::NotByTier | Judged::NotSelected | Judged::NotRead => false,
    };
    let is_unread = facts.unread.get(&(), name).is_some();
    let (judged, missed) = match missed && is_unread {
        true => (Judged::NotRead, false),
        false => (judged, missed),
    };
    Exposure {
        name: name.to_owned(),
        data_stream: stream_of(name).map(str::to_owned),
        open: index.open,
        refuses_writes,
        tier,
        created: index.created,
        snapshot: copy.map(|(one, _)| one.name.clone()),
        copied: copy.map(|(_, started)| started),
        exposure_seconds: exposure.map(|exposure| exposure.as_secs()),
        judged,
        missed,
    }
}

/// Whether an objective is about an index, by its own name or that of its data stream; about one of the system only where a pattern names it.
fn selects(expression: &Expression, name: &str) -> bool {
    let stream = stream_of(name);
    let names: Vec<&str> = std::iter::once(name).chain(stream).collect();
    expression.selects(&names, is_system(name))
}
