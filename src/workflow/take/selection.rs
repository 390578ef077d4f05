//! Which indices and data streams go into a snapshot, and the expression that makes the engine take just these. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Wanted, warm};
use crate::data::index::Index;
use crate::data::select::{Present, Selected, Torn, Why, stream_backed};
use crate::data::snapshot::aliases::{self, Aliases};
use crate::data::snapshot::listed;
use crate::domain::{Engine, EngineKind};
use crate::workflow::Prepared;

/// What is sent of indices.
pub(super) struct Sent {
    /// The expression.
    pub expression: Vec<String>,
    /// Aliases of the indices that it takes.
    pub aliases: Aliases,
}

/// Returns the expression that is sent, and says what goes into the snapshot. Engines call a snapshot that holds nothing a success.
pub(super) fn sent(prepared: &mut Prepared, wanted: &Wanted, facts: &Facts) -> Sent {
    let Some(indices) = &facts.indices else {
        let note = "which indices go into it is not known: they may not be listed";
        prepared.notes.push(note.to_owned());
        return Sent {
            expression: wanted.indices.sent(),
            aliases: Aliases::new(),
        };
    };
    let none = BTreeMap::new();
    let streams = facts.streams.as_ref().unwrap_or(&none);
    if facts.streams.is_none() {
        let note =
            "the data streams could not be listed, so whether one is taken whole is not known";
        prepared.notes.push(note.to_owned());
    }
    let present = present(indices, streams);
    let mut selected = wanted.indices.taken(&present);
    let missing = missing(prepared, wanted, &selected);
    if let Some(sent) = warm::hot_only(prepared, wanted, facts, &present, &mut selected) {
        selected.sent = sent;
    }
    if selected.names.is_empty()
        && (missing || wanted.ignore_unavailable)
        && prepared.obstacles.is_empty()
    {
        prepared.refuse(
            format!("{} means no index", wanted.indices.sent().join(",")),
            "`esbackup indices list` shows the indices; a snapshot of nothing is no backup",
        );
    }
    taken(prepared, &selected, streams);
    closed(prepared, wanted, facts, indices, &selected);
    torn(prepared, &selected.torn);
    beside_streams(prepared, &selected);
    let idle: Vec<&str> = strs(&selected.idle_exclusions);
    if !idle.is_empty() {
        prepared.notes.push(format!(
            "nothing is left out by {}: engines do not exclude by an alias",
            idle.join(", ")
        ));
    }
    let names: BTreeSet<&String> = selected.names.iter().collect();
    let taken = indices
        .iter()
        .filter(|(index, _)| names.contains(&index.name));
    let taken = taken.map(|(index, aliases)| (index.name.as_str(), aliases));
    Sent {
        aliases: aliases::of(taken, &facts.writers),
        expression: selected.sent,
    }
}

fn strs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// The indices as an expression sees them.
fn present<'f>(
    indices: &'f [(Index, BTreeSet<String>)],
    streams: &'f BTreeMap<String, Vec<String>>,
) -> Vec<Present<'f>> {
    let one = |(index, aliases): &'f (Index, BTreeSet<String>)| Present {
        name: &index.name,
        open: index.open,
        aliases,
        stream: stream_backed(streams, &index.name),
    };
    indices.iter().map(one).collect()
}

/// Refuses names that are not there; returns whether none is missing.
fn missing(prepared: &mut Prepared, wanted: &Wanted, selected: &Selected) -> bool {
    let missing: Vec<&str> = selected
        .missing
        .iter()
        .chain(&selected.missing_exclusions)
        .map(String::as_str)
        .collect();
    if !missing.is_empty() && !wanted.ignore_unavailable {
        prepared.refuse(
            format!("there is no index {}", missing.join(", ")),
            "`esbackup indices list` shows the indices; --ignore-unavailable passes over those that are not there",
        );
    }
    missing.is_empty()
}

/// Says how many indices go into the snapshot, with each data stream by its name.
fn taken(prepared: &mut Prepared, selected: &Selected, streams: &BTreeMap<String, Vec<String>>) {
    if selected.names.is_empty() {
        return;
    }
    let whole = |name: &&String| {
        let stream = stream_backed(streams, name);
        stream.is_some_and(|stream| selected.streams.iter().any(|one| one == stream))
    };
    let plain = selected.names.iter().filter(|name| !whole(name)).cloned();
    let each = selected.streams.iter().map(|stream| {
        let number = streams.get(stream).map_or(0, Vec::len);
        let indices = if number == 1 { "index" } else { "indices" };
        format!("data stream {stream} ({number} backing {indices})")
    });
    let named: Vec<String> = plain.chain(each).collect();
    let count = if selected.names.len() == 1 {
        "index goes"
    } else {
        "indices go"
    };
    prepared.notes.push(format!(
        "{} {count} into it: {}",
        selected.names.len(),
        listed(&strs(&named))
    ));
}

/// Tells whether an engine takes closed indices: Elasticsearch does from 7.2 on, where they have shards of their own.
/// <https://www.elastic.co/guide/en/elasticsearch/reference/7.10/indices-close.html>
fn takes_closed(engine: Option<Engine>) -> bool {
    !engine.is_some_and(|engine| {
        engine.kind == EngineKind::Elasticsearch && (engine.major, engine.minor) < (7, 2)
    })
}

/// Says which closed indices are left out and how they are taken; refuses those that the engine does not take.
fn closed(
    prepared: &mut Prepared,
    wanted: &Wanted,
    facts: &Facts,
    indices: &[(Index, BTreeSet<String>)],
    selected: &Selected,
) {
    let takes = takes_closed(facts.engine);
    let left_out: Vec<&str> = selected
        .left_out
        .iter()
        .filter(|(_, why)| *why == Why::Closed)
        .map(|(name, _)| name.as_str())
        .collect();
    if let Some(first) = left_out.first() {
        let way = match takes {
            true => format!(
                "a pattern takes no closed index, its name does: --indices '{},{}'",
                wanted.indices.sent().join(","),
                match left_out.as_slice() {
                    names if names.len() <= 3 => names.join(","),
                    _ => (*first).to_owned(),
                }
            ),
            false => "this engine takes none; open an index to take it".to_owned(),
        };
        prepared.notes.push(format!(
            "left out, since closed: {}; {way}",
            listed(&left_out)
        ));
    }
    if takes {
        return;
    }
    let shut: Vec<&str> = indices
        .iter()
        .filter(|(index, _)| !index.open && selected.names.contains(&index.name))
        .map(|(index, _)| index.name.as_str())
        .collect();
    if let Some(first) = shut.first() {
        let engine = facts
            .engine
            .map_or_else(String::new, |engine| engine.to_string());
        prepared.refuse(
            format!("{engine} takes no snapshot of a closed index: {}", listed(&shut)),
            format!(
                "open it first (POST /{first}/_open), or leave it out of --indices together with every alias that points to it"
            ),
        );
    }
}

/// Refuses what would fail in the engine once the data is written.
fn torn(prepared: &mut Prepared, torn: &[Torn]) {
    let Some(first) = torn.first() else { return };
    let streams: Vec<&str> = torn.iter().map(|one| one.stream.as_str()).collect();
    let without: Vec<String> = torn.iter().flat_map(|one| one.without.clone()).collect();
    let by = match first.by.as_slice() {
        [] => String::new(),
        by => format!(" (by {})", by.join(", ")),
    };
    let way = |what: &str, expression: &Option<String>| {
        let expression = expression.as_ref()?;
        Some(format!("{what}: --indices '{expression}'"))
    };
    let them = if streams.len() == 1 { "it" } else { "them" };
    let ways: Vec<String> = [
        way(&format!("to take {them} whole"), &first.whole),
        way(&format!("to leave {them} out"), &first.left_out),
    ]
    .into_iter()
    .flatten()
    .collect();
    prepared.refuse(
        format!(
            "the engine fails with an internal error on a data stream without its backing indices: this takes {} and leaves out {}{by}",
            listed(&streams),
            listed(&strs(&without))
        ),
        match ways.is_empty() {
            true => "name each index and data stream that is meant".to_owned(),
            false => ways.join("; "),
        },
    );
}

/// Says what is special about data streams in what is sent.
fn beside_streams(prepared: &mut Prepared, selected: &Selected) {
    for one in &selected.rewritten {
        match &one.pattern {
            Some(pattern) => prepared.notes.push(format!(
                "data stream {} is left out with `-{pattern}`: engines exclude a data stream by a pattern only",
                one.stream
            )),
            None => prepared.refuse(
                format!(
                    "engines exclude a data stream by a pattern only, and every pattern that matches {} matches something else as well",
                    one.stream
                ),
                "name the indices and data streams that are meant",
            ),
        }
    }
    if !selected.completed.is_empty() {
        prepared.notes.push(format!(
            "{} is named as well in what is sent: closed backing indices are taken by the name of their data stream only",
            listed(&strs(&selected.completed))
        ));
    }
    for (stream, backing) in &selected.loose {
        prepared.notes.push(format!(
            "{} of data stream {stream} go into it without their stream, and come back as plain indices; --indices {stream} takes the stream",
            listed(&strs(backing))
        ));
    }
}
