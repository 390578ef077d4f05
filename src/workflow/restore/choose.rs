//! Which snapshot and which of its indices are meant. What is asked for and not there is said, with what is like it; nothing is guessed.

use super::Wanted;
use crate::data::select::{Selected, Why};
use crate::data::snapshot::{Snapshot, listed, newest_good};
use crate::names::IndexName;
use crate::names::wildcard::matches;
use crate::outlet::safe::shell_word;
use crate::workflow::Prepared;

/// The newest good snapshot that holds everything asked for, whoever took it.
#[must_use]
pub(crate) fn newest<'s>(wanted: &Wanted, snapshots: &'s [Snapshot]) -> Option<&'s Snapshot> {
    newest_good(snapshots.iter().filter(|one| holds(wanted, one)))
}

/// Whether a snapshot holds everything asked for.
#[must_use]
pub(crate) fn holds(wanted: &Wanted, snapshot: &Snapshot) -> bool {
    let selected = selected(wanted, snapshot);
    selected.missing.is_empty()
        && !(selected.names.is_empty() && selected.streams.is_empty())
        && unmatched(wanted, snapshot).is_empty()
}

fn selected(wanted: &Wanted, snapshot: &Snapshot) -> Selected {
    let held = snapshot.indices.iter();
    let streams = snapshot.streams();
    wanted.indices.restored_with(held, &streams, wanted.system)
}

/// Names of everything that a snapshot holds: indices, then data streams.
fn all(snapshot: &Snapshot) -> impl Iterator<Item = &str> {
    let streams = snapshot.data_streams.iter().map(|stream| &**stream);
    snapshot.indices.iter().chain(streams)
}

/// The patterns that no index of the snapshot is like.
fn unmatched(wanted: &Wanted, snapshot: &Snapshot) -> Vec<String> {
    let sent = wanted.indices.sent();
    sent.into_iter()
        .filter(|part| part.contains('*') && !part.starts_with('-') && part != "*")
        .filter(|part| {
            let mut held = all(snapshot);
            !held.any(|name| matches(part, name))
        })
        .collect()
}

/// Indices and data streams that are restored, by their names in the snapshot.
pub(super) struct Chosen {
    /// Plain indices.
    pub indices: Vec<IndexName>,
    /// Data streams with their backing indices.
    pub streams: Vec<(IndexName, Vec<IndexName>)>,
}

/// Chooses the indices; what is missing and left out becomes obstacles and notes.
pub(super) fn choose(wanted: &Wanted, snapshot: &Snapshot, prepared: &mut Prepared) -> Chosen {
    let selected = selected(wanted, snapshot);
    let mut missing = selected.missing.clone();
    missing.extend(unmatched(wanted, snapshot));
    for name in &missing {
        let like = alike(name, all(snapshot));
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
    let nothing = selected.names.is_empty() && selected.streams.is_empty();
    if nothing && missing.is_empty() && prepared.obstacles.is_empty() {
        prepared.refuse(
            format!("nothing of snapshot {} would be restored", snapshot.name),
            "name indices with --indices; those of the system need their exact names and --include-system",
        );
    }
    beside_streams(&selected, prepared);
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
    let streams = snapshot.streams();
    let streams = selected.streams.iter().filter_map(|stream| {
        let backing = streams.get(stream.as_str()).map_or(&[][..], Vec::as_slice);
        with_backing(stream, backing, prepared)
    });
    Chosen {
        streams: streams.collect(),
        indices: all,
    }
}

/// Returns a data stream with its backing indices, all of which the engine brings back with it.
fn with_backing(
    stream: &str,
    backing: &[&str],
    prepared: &mut Prepared,
) -> Option<(IndexName, Vec<IndexName>)> {
    let parsed: Result<Vec<IndexName>, _> =
        backing.iter().map(|name| IndexName::parse(name)).collect();
    match (IndexName::parse(stream), parsed) {
        (Ok(stream), Ok(backing)) if !backing.is_empty() => Some((stream, backing)),
        _ => {
            prepared.refuse(
                format!(
                    "the engine does not tell which indices back data stream {stream}, and their names do not either"
                ),
                format!("leave it out with an exclusion in --indices, or restore it with a request of your own that names {stream}"),
            );
            None
        }
    }
}

/// Says which backing indices come back without their stream, and refuses a stream without some of them.
fn beside_streams(selected: &Selected, prepared: &mut Prepared) {
    for (stream, backing) in &selected.loose {
        let backing: Vec<&str> = backing.iter().map(String::as_str).collect();
        prepared.notes.push(format!(
            "{} of data stream {stream} come back as plain indices; --indices {stream} restores the stream",
            listed(&backing)
        ));
    }
    for torn in &selected.torn {
        let without: Vec<&str> = torn.without.iter().map(String::as_str).collect();
        prepared.refuse(
            format!(
                "data stream {} comes back whole, and {} leaves out {}",
                torn.stream,
                torn.by.join(", "),
                listed(&without)
            ),
            format!(
                "take that exclusion away, or name the backing indices in place of {}: they come back as plain indices",
                torn.stream
            ),
        );
    }
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
fn alike<'s>(name: &str, held: impl Iterator<Item = &'s str>) -> Vec<&'s str> {
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
