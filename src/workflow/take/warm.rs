//! Indices in UltraWarm storage: a snapshot takes hot indices, or one warm index, and never both. Pure.
//! <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ultrawarm.html#ultrawarm-manual-snapshot>

use std::collections::BTreeSet;

use super::{Facts, Wanted};
use crate::data::select::{Present, Selected};
use crate::data::snapshot::listed;
use crate::workflow::Prepared;

/// Leaves warm indices out of what patterns match, and refuses a mix. Returns what is sent in place of the expression, where that differs:
/// exact names, since Amazon refuses a pattern that matches both kinds.
pub(super) fn hot_only(
    prepared: &mut Prepared,
    wanted: &Wanted,
    facts: &Facts,
    present: &[Present<'_>],
    selected: &mut Selected,
) -> Option<Vec<String>> {
    let Some(warm) = &facts.warm else {
        let note = "the settings of the indices could not be read, so whether one is in UltraWarm storage is not known: Amazon refuses a snapshot of hot and warm indices";
        prepared.notes.push(note.to_owned());
        return None;
    };
    let (cold, hot): (BTreeSet<String>, BTreeSet<String>) = selected
        .names
        .iter()
        .cloned()
        .partition(|name| warm.contains(name));
    if cold.is_empty() {
        return None;
    }
    let named = wanted.indices.named(present);
    let (named, matched): (Vec<&str>, Vec<&str>) = cold
        .iter()
        .map(String::as_str)
        .partition(|name| named.contains(*name));
    match named.as_slice() {
        [] => {
            prepared.notes.push(format!(
                "left out, since in UltraWarm storage: {}; Amazon keeps a copy of each warm index in repository cs-ultrawarm, and --indices with \
                 the name of one takes it alone",
                listed(&matched)
            ));
        }
        [one] if hot.is_empty() => {
            prepared.notes.push(format!(
                "index {one} is in UltraWarm storage; a restore brings it back to hot storage"
            ));
            if !matched.is_empty() {
                prepared.notes.push(format!(
                    "left out, since a snapshot takes one warm index: {}",
                    listed(&matched)
                ));
            }
        }
        several => {
            let mut ways = Vec::new();
            if !hot.is_empty() {
                let hot: Vec<&str> = hot.iter().map(String::as_str).collect();
                ways.push(format!("the hot ones: --indices {}", hot.join(",")));
            }
            for one in several {
                ways.push(format!("{one} alone: --indices {one}"));
            }
            let beside = match hot.is_empty() {
                true => "each other".to_owned(),
                false => {
                    let hot: Vec<&str> = hot.iter().map(String::as_str).collect();
                    listed(&hot)
                }
            };
            prepared.refuse(
                format!(
                    "a snapshot takes hot indices or one warm index, never both: {} in UltraWarm storage beside {beside}",
                    listed(several)
                ),
                format!("take snapshots of their own; {}", ways.join("; ")),
            );
            return None;
        }
    }
    let kept = match named.first() {
        Some(one) => BTreeSet::from([(*one).to_owned()]),
        None => hot,
    };
    if kept.is_empty() {
        prepared.refuse(
            format!(
                "{} means indices in UltraWarm storage only",
                wanted.indices.sent().join(",")
            ),
            format!(
                "a snapshot takes one warm index, by its name: --indices {}",
                matched.first().copied().unwrap_or_default()
            ),
        );
    }
    Some(only(&kept, present, selected))
}

/// Narrows a selection to these indices; returns the exact names that mean them. A stream of which an index is warm cannot be taken whole.
fn only(kept: &BTreeSet<String>, present: &[Present<'_>], selected: &mut Selected) -> Vec<String> {
    let backing = |stream: &str| {
        let stream = stream.to_owned();
        let mut of = present
            .iter()
            .filter(move |one| one.stream == Some(stream.as_str()));
        of.all(|one| kept.contains(one.name))
    };
    let (whole, broken): (Vec<String>, Vec<String>) = std::mem::take(&mut selected.streams)
        .into_iter()
        .partition(|stream| backing(stream));
    let stream_of = |name: &str| {
        let of = present.iter().find(|one| one.name == name)?;
        of.stream
    };
    for stream in broken {
        let held: Vec<String> = kept
            .iter()
            .filter(|name| stream_of(name) == Some(stream.as_str()))
            .cloned()
            .collect();
        if !held.is_empty() {
            selected.loose.insert(stream, held);
        }
    }
    let in_whole = |name: &&String| {
        let stream = stream_of(name);
        stream.is_some_and(|stream| whole.iter().any(|one| one == stream))
    };
    let plain = kept.iter().filter(|name| !in_whole(name)).cloned();
    let sent: Vec<String> = plain.chain(whole.iter().cloned()).collect();
    selected.names = kept.iter().cloned().collect();
    selected.streams = whole;
    selected.torn.clear();
    selected.rewritten.clear();
    selected.completed.clear();
    sent
}
