//! Which snapshot holds an index, and why none does. Pure.

use super::Wanted;
use super::found::Found;
use crate::data::index::Index;
use crate::data::snapshot::{self, FirstHolders, Snapshot};
use crate::moment::{Moment, told};

/// Where the data of an index is, beside the index itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held<'s> {
    /// In a good snapshot that started after the index was created.
    Good(&'s Snapshot),
    /// A good snapshot holds an index of that name, and is older than this one.
    Older(&'s Snapshot),
    /// A good snapshot of another environment holds an index of that name: that one's own.
    Anothers(&'s Snapshot, &'s str),
    /// In no good snapshot.
    No,
}

/// The newest good snapshot of each index name, in one pass over a list. One that another environment took holds an index of its own,
/// whatever that is called; one that names no environment may have been taken here.
#[derive(Debug, Default)]
pub(crate) struct Holders<'s> {
    /// By whether another environment took it.
    newest: FirstHolders<'s, bool, (&'s Snapshot, Option<&'s str>)>,
}

impl<'s> Holders<'s> {
    /// Goes through a list, for an environment.
    #[must_use]
    pub(crate) fn of(snapshots: &'s [Snapshot], environment: &str) -> Self {
        let mut good: Vec<&Snapshot> = snapshots.iter().filter(|one| one.is_good()).collect();
        good.sort_by(|a, b| (b.started, &b.name).cmp(&(a.started, &a.name)));
        let mut holders = Self::default();
        for snapshot in good {
            let whose = snapshot.of_another(environment);
            let item = (snapshot, whose);
            holders.newest.add(whose.is_some(), &snapshot.indices, item);
        }
        holders
    }

    /// The newest good snapshot of the environment that holds an index of this name.
    #[must_use]
    pub(crate) fn here(&self, index: &str) -> Option<&'s Snapshot> {
        self.newest
            .get(&false, index)
            .map(|(snapshot, _)| *snapshot)
    }

    /// The newest good snapshot of another environment that holds an index of this name.
    #[must_use]
    pub(crate) fn elsewhere(&self, index: &str) -> Option<&'s Snapshot> {
        self.newest.get(&true, index).map(|(snapshot, _)| *snapshot)
    }

    /// Where the data of an index is.
    #[must_use]
    pub(crate) fn held(&self, index: &Index) -> Held<'s> {
        if let Some(snapshot) = self.here(&index.name) {
            return match (snapshot.started, index.created) {
                (Some(started), Some(created)) if started > created => Held::Good(snapshot),
                _ => Held::Older(snapshot),
            };
        }
        match self.newest.get(&true, &index.name) {
            Some((snapshot, Some(whose))) => Held::Anothers(snapshot, whose),
            _ => Held::No,
        }
    }
}

/// The newest good snapshot that holds a data stream of an environment with all its backing indices, the latest of which was created then.
#[must_use]
pub(crate) fn held_stream<'s>(
    stream: &str,
    backing: &[String],
    created: Option<Moment>,
    environment: &str,
    snapshots: &'s [Snapshot],
) -> Held<'s> {
    let holding = || {
        let mut all = Vec::new();
        all.extend(
            snapshots
                .iter()
                .filter(|one| one.holds_stream(stream, backing)),
        );
        all
    };
    let here = holding()
        .into_iter()
        .filter(|one| one.of_another(environment).is_none());
    if let Some(snapshot) = snapshot::newest_good(here) {
        return match (snapshot.started, created) {
            (Some(started), Some(created)) if started > created => Held::Good(snapshot),
            _ => Held::Older(snapshot),
        };
    }
    let newest = snapshot::newest_good(holding());
    newest
        .and_then(|snapshot| Some((snapshot, snapshot.of_another(environment)?)))
        .map_or(Held::No, |(snapshot, whose)| {
            Held::Anothers(snapshot, whose)
        })
}

/// What nobody can tell of a snapshot that holds an index.
pub(super) const UNTOLD: &str = "engines do not tell whether documents were written since, and an index that was restored has the creation date of its original";

/// Why a snapshot that counts does not hold an index.
pub(super) fn lacks(name: &str, one: &Found<'_>, wanted: &Wanted, counted: &[Snapshot]) -> String {
    match counted.iter().find(|snapshot| snapshot.name == name) {
        None => format!("there is no snapshot {name}"),
        Some(snapshot) if !snapshot.is_good() => {
            format!("snapshot {name} is {}", snapshot.state.as_str())
        }
        Some(snapshot) => missing(
            snapshot,
            one.is_in(snapshot),
            one.created(),
            wanted.environment.as_str(),
        )
        .unwrap_or_else(|| format!("snapshot {name} is not known to hold it")),
    }
}

/// Why a snapshot that is complete, or will be, does not hold an index of an environment; none where it does.
#[must_use]
pub(crate) fn lacked(snapshot: &Snapshot, index: &Index, environment: &str) -> Option<String> {
    let holds = snapshot.holds(&index.name);
    missing(snapshot, holds, index.created, environment)
}

fn missing(
    snapshot: &Snapshot,
    holds: bool,
    created: Option<Moment>,
    environment: &str,
) -> Option<String> {
    let name = &snapshot.name;
    if !holds {
        return Some(format!("snapshot {name} does not hold it"));
    }
    if let Some(whose) = snapshot.of_another(environment) {
        return Some(anothers(name, whose));
    }
    let newer = snapshot
        .started
        .zip(created)
        .is_some_and(|(started, created)| started > created);
    (!newer).then(|| {
        format!(
            "snapshot {name} started {}, before the index was created ({})",
            told(snapshot.started),
            told(created)
        )
    })
}

/// What a snapshot of another environment holds.
fn anothers(name: &str, whose: &str) -> String {
    format!("snapshot {name} is of environment {whose} and holds that one's index of the name")
}

/// Why no snapshot holds an index, with the nearest one, and what to do.
pub(super) fn unheld(wanted: &Wanted, one: &Found<'_>, held: Held<'_>) -> String {
    let nearest = match held {
        Held::Good(_) | Held::No => String::new(),
        Held::Older(snapshot) => format!(
            " (snapshot {} holds an index of that name and started {})",
            snapshot.name,
            told(snapshot.started)
        ),
        Held::Anothers(snapshot, whose) => format!(" ({})", anothers(&snapshot.name, whose)),
    };
    format!(
        "no complete snapshot of repository {} that started after its creation ({}) holds it{nearest}; --snapshot-first takes one, and {UNTOLD}",
        wanted.repository,
        told(one.created()),
    )
}
