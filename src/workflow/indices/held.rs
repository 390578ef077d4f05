//! Which snapshot holds an index, and why none does. Pure.

use super::Wanted;
use crate::data::index::Index;
use crate::data::snapshot::{self, Snapshot};
use crate::moment::told;

/// Where the data of an index is, beside the index itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held<'s> {
    /// In a good snapshot that started after the index was created.
    Good(&'s Snapshot),
    /// A good snapshot holds an index of that name, and is older than this one.
    Older(&'s Snapshot),
    /// A good snapshot of another environment holds an index of that name: that one's own.
    Anothers(&'s Snapshot, &'s str),
    /// In no good snapshot.
    No,
}

/// The newest good snapshot that holds an index of an environment. One that another environment took holds an index of its own, whatever
/// that is called; one that names no environment may have been taken here.
#[must_use]
pub fn held<'s>(index: &Index, environment: &str, snapshots: &'s [Snapshot]) -> Held<'s> {
    let holding = || snapshots.iter().filter(|one| one.holds(&index.name));
    let here = holding().filter(|one| one.of_another(environment).is_none());
    if let Some(snapshot) = snapshot::newest_good(here) {
        return match (snapshot.started, index.created) {
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
pub(super) fn lacks(name: &str, index: &Index, wanted: &Wanted, counted: &[Snapshot]) -> String {
    match counted.iter().find(|one| one.name == name) {
        None => format!("there is no snapshot {name}"),
        Some(snapshot) if !snapshot.is_good() => {
            format!("snapshot {name} is {}", snapshot.state.as_str())
        }
        Some(snapshot) => lacked(snapshot, index, wanted.environment.as_str())
            .unwrap_or_else(|| format!("snapshot {name} is not known to hold it")),
    }
}

/// Why a snapshot that is complete, or will be, does not hold an index of an environment; none where it does.
#[must_use]
pub fn lacked(snapshot: &Snapshot, index: &Index, environment: &str) -> Option<String> {
    let name = &snapshot.name;
    if !snapshot.holds(&index.name) {
        return Some(format!("snapshot {name} does not hold it"));
    }
    if let Some(whose) = snapshot.of_another(environment) {
        return Some(anothers(name, whose));
    }
    let newer = snapshot
        .started
        .zip(index.created)
        .is_some_and(|(started, created)| started > created);
    (!newer).then(|| {
        format!(
            "snapshot {name} started {}, before the index was created ({})",
            told(snapshot.started),
            told(index.created)
        )
    })
}

/// What a snapshot of another environment holds.
fn anothers(name: &str, whose: &str) -> String {
    format!("snapshot {name} is of environment {whose} and holds that one's index of the name")
}

/// Why no snapshot holds an index, with the nearest one, and what to do.
pub(super) fn unheld(wanted: &Wanted, index: &Index, held: Held<'_>) -> String {
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
        told(index.created),
    )
}
