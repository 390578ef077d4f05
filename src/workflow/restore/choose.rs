//! Which snapshot and which of its indices are meant. What is asked for and not there is said, with what is like it; nothing is guessed.

use super::Wanted;
use crate::data::snapshot::{NameSet, Snapshot, listed, newest_good};
use crate::names::IndexName;
use crate::outlet::safe::shell_word;
use crate::workflow::Prepared;
use crate::workflow::select::{Selected, Why, matches};

/// The newest good snapshot that holds everything asked for, whoever took it.
#[must_use]
pub fn newest<'s>(wanted: &Wanted, snapshots: &'s [Snapshot]) -> Option<&'s Snapshot> {
    newest_good(snapshots.iter().filter(|one| holds(wanted, one)))
}

/// Whether a snapshot holds everything asked for.
#[must_use]
pub fn holds(wanted: &Wanted, snapshot: &Snapshot) -> bool {
    let selected = selected(wanted, snapshot);
    selected.missing.is_empty()
        && !selected.names.is_empty()
        && unmatched(wanted, &snapshot.indices).is_empty()
}

fn selected(wanted: &Wanted, snapshot: &Snapshot) -> Selected {
    wanted
        .indices
        .restored(snapshot.indices.iter(), wanted.system)
}

/// The patterns that no index of the snapshot is like.
fn unmatched(wanted: &Wanted, held: &NameSet) -> Vec<String> {
    let sent = wanted.indices.sent();
    sent.into_iter()
        .filter(|part| part.contains('*') && !part.starts_with('-') && part != "*")
        .filter(|part| !held.iter().any(|name| matches(part, name)))
        .collect()
}

/// Chooses the indices; what is missing and left out becomes obstacles and notes.
pub fn choose(wanted: &Wanted, snapshot: &Snapshot, prepared: &mut Prepared) -> Vec<IndexName> {
    let selected = selected(wanted, snapshot);
    let mut missing = selected.missing.clone();
    missing.extend(unmatched(wanted, &snapshot.indices));
    for name in &missing {
        let like = alike(name, &snapshot.indices);
        let remedy = if like.is_empty() {
            format!(
                "`esbackup snapshot show {} --repository {}` lists what it holds",
                shell_word(&snapshot.name),
                shell_word(&wanted.repository)
            )
        } else {
            format!("it holds {}", listed(&like))
        };
        let what = if name.contains('*') {
            format!(
                "snapshot {} holds no index that is like {name}",
                snapshot.name
            )
        } else {
            format!("snapshot {} does not hold index {name}", snapshot.name)
        };
        prepared.refuse(what, remedy);
    }
    leave_out(&selected, prepared);
    if selected.names.is_empty() && missing.is_empty() && prepared.obstacles.is_empty() {
        prepared.refuse(
            format!("nothing of snapshot {} would be restored", snapshot.name),
            "name indices with --indices; those of the system need their exact names and --include-system",
        );
    }
    if !snapshot.data_streams.is_empty() {
        let names: Vec<&str> = snapshot.data_streams.iter().map(|name| &**name).collect();
        prepared.notes.push(format!(
            "the snapshot holds data streams ({}); of them the indices asked for come back, not the streams themselves",
            listed(&names)
        ));
    }
    let mut all = Vec::new();
    for name in &selected.names {
        match IndexName::parse(name) {
            Ok(name) => all.push(name),
            Err(error) => prepared.refuse(
                format!("the snapshot holds an index `{name}` that cannot be named alone: {error}"),
                "leave it out with an exclusion in --indices",
            ),
        }
    }
    all
}

fn leave_out(selected: &Selected, prepared: &mut Prepared) {
    let mut of_patterns = Vec::new();
    for (name, why) in &selected.left_out {
        match why {
            Why::SystemNamed => prepared.refuse(
                format!("index {name} belongs to the engine or to its security"),
                "add --include-system if it is wanted all the same",
            ),
            Why::System | Why::Closed => of_patterns.push(name.as_str()),
        }
    }
    if !of_patterns.is_empty() {
        prepared.notes.push(format!(
            "left out, since they belong to the engine or to its security: {}",
            of_patterns.join(", ")
        ));
    }
}

/// What a snapshot holds that begins like a name, the most alike first.
fn alike<'s>(name: &str, held: &'s NameSet) -> Vec<&'s str> {
    const LEAST: usize = 3;
    let wanted = name.trim_matches('*');
    let common = |other: &str| {
        wanted
            .bytes()
            .zip(other.bytes())
            .take_while(|(one, other)| one == other)
            .count()
    };
    let mut like: Vec<(usize, &str)> = held
        .iter()
        .map(|other| (common(other), other))
        .filter(|(length, _)| *length >= LEAST.min(wanted.len().max(1)))
        .collect();
    like.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
    let best = like.first().map_or(0, |(length, _)| *length);
    like.into_iter()
        .filter(|(length, _)| *length == best)
        .map(|(_, name)| name)
        .collect()
}
