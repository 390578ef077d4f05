//! What has the names of restored indices already, and which aliases could not come back. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{Existing, Facts, Scope, Wanted};
use crate::data::index::Index;
use crate::data::index::stream::is_backing;
use crate::data::snapshot::listed;
use crate::workflow::Prepared;

/// The names that are taken on a domain.
pub(crate) struct Names<'f> {
    /// The indices.
    pub indices: Vec<&'f Index>,
    /// The aliases of each index.
    pub aliases: BTreeMap<&'f String, &'f BTreeSet<String>>,
    /// The data streams.
    pub data_streams: BTreeSet<&'f String>,
}

impl Names<'_> {
    /// Returns what has a name already, other than a data stream.
    fn index_or_alias(&self, name: &str) -> Option<String> {
        if self.indices.iter().any(|index| index.name == name) {
            return Some("an index".to_owned());
        }
        let behind: Vec<&str> = self
            .aliases
            .iter()
            .filter(|(_, aliases)| aliases.contains(name))
            .map(|(index, _)| index.as_str())
            .collect();
        (!behind.is_empty()).then(|| format!("an alias of {}", listed(&behind)))
    }
}

/// Says what has the names already, and which aliases stand in the way; returns what is overwritten.
#[must_use]
pub(crate) fn conflicts<'f>(
    wanted: &Wanted,
    scope: &Scope,
    facts: &'f Facts,
    prepared: &mut Prepared,
) -> Vec<&'f Index> {
    let names = Names {
        indices: facts.indices.iter().collect(),
        aliases: facts.aliases.iter().collect(),
        data_streams: facts.data_streams.iter().collect(),
    };
    let overwritten = taken(wanted, scope, &names, prepared);
    if wanted.existing == Existing::Replace && !wanted.without_aliases {
        for index in &overwritten {
            written_elsewhere(index, facts, prepared);
        }
    }
    overwritten
}

/// An index comes back as the snapshot holds it: where it was the one that an alias writes to, and another is that by now, as after a
/// rollover, engines refuse it. That would show only when the old one is gone already.
fn written_elsewhere(index: &Index, facts: &Facts, prepared: &mut Prepared) {
    let none = BTreeSet::new();
    for alias in facts.aliases.get(&index.name).unwrap_or(&none) {
        let writers = facts.writers.get(alias).unwrap_or(&none);
        let others: Vec<&str> = writers
            .iter()
            .map(String::as_str)
            .filter(|other| *other != index.name)
            .collect();
        if !others.is_empty() {
            prepared.refuse(
                format!(
                    "alias {alias} of {} writes to {}: engines would refuse {} back with the alias if it wrote to {} when the snapshot was taken",
                    index.name,
                    listed(&others),
                    index.name,
                    index.name
                ),
                format!("replace it with --without-aliases, then add {} to {alias} again", index.name),
            );
        }
    }
}

/// Says what has the names already; returns what is overwritten.
#[must_use]
pub(crate) fn taken<'f>(
    wanted: &Wanted,
    scope: &Scope,
    names: &Names<'f>,
    prepared: &mut Prepared,
) -> Vec<&'f Index> {
    let (mut overwritten, mut taken) = (Vec::new(), Vec::new());
    let ways = "choose other names with --rename FROM TO or --prefix, or --replace them once the restored ones are proven, or overwrite \
                them with --close-existing";
    streams(wanted, scope, names, prepared);
    for (source, target) in scope.plain() {
        let name = target.as_str();
        let live = names
            .data_streams
            .iter()
            .find(|stream| is_backing(name, stream));
        if let Some(stream) = live {
            prepared.refuse(
                format!("{name} has the name of a backing index of data stream {stream}, and would not become part of it"),
                match is_backing(source.as_str(), stream) {
                    true => format!("choose another name with --rename {source} NEW_NAME, or restore the data stream: --indices {stream}"),
                    false => format!("choose another name with --rename {source} NEW_NAME"),
                },
            );
            continue;
        }
        if let Some(index) = names.indices.iter().find(|index| index.name == name) {
            match wanted.existing {
                Existing::Keep if index.open => taken.push(format!("index {name} is open")),
                Existing::Keep => taken.push(format!(
                    "index {name} is closed, and a restore would overwrite it"
                )),
                Existing::Close | Existing::Replace => overwritten.push(*index),
            }
        }
        let behind: Vec<&str> = names
            .aliases
            .iter()
            .filter(|(_, aliases)| aliases.contains(name))
            .map(|(index, _)| index.as_str())
            .collect();
        if !behind.is_empty() {
            prepared.refuse(
                format!("{name} is an alias of {}", listed(&behind)),
                "choose another name with --rename FROM TO or --prefix, or remove the alias",
            );
        }
        if names.data_streams.iter().any(|stream| *stream == name) {
            prepared.refuse(
                format!("{name} is a data stream"),
                "choose another name with --rename FROM TO or --prefix",
            );
        }
    }
    for what in taken {
        prepared.refuse(what, ways);
    }
    overwritten
}

/// Says what stands in the way of data streams.
fn streams(wanted: &Wanted, scope: &Scope, names: &Names<'_>, prepared: &mut Prepared) {
    for stream in &scope.streams {
        let name = stream.target.as_str();
        let exists = names.data_streams.iter().any(|one| *one == name);
        let replaced = wanted.existing == Existing::Replace && exists;
        match (exists, wanted.existing) {
            (true, Existing::Keep) => prepared.refuse(
                format!("there is a data stream {name}"),
                "choose another name with --rename FROM TO or --prefix, or --replace it once the restored one is proven",
            ),
            (true, Existing::Close) => prepared.refuse(
                format!("no engine closes the write index of a data stream, so {name} cannot be overwritten"),
                "choose another name with --rename FROM TO or --prefix, or --replace it once the restored one is proven",
            ),
            _ => {}
        }
        if let Some(what) = names.index_or_alias(name) {
            prepared.refuse(
                format!("{name} is {what}, and a data stream of that name would come back"),
                "choose another name with --rename FROM TO or --prefix, or remove what has the name",
            );
        }
        // Engines refuse a stream whose next backing indices would find their names taken.
        let mut own: Vec<&str> = names
            .indices
            .iter()
            .map(|index| index.name.as_str())
            .filter(|index| is_backing(index, name) || stream.has(index))
            .collect();
        own.sort_unstable();
        own.dedup();
        if !own.is_empty() && !exists && !replaced {
            prepared.refuse(
                format!(
                    "{} {} the name of a backing index of data stream {name}, which is not there",
                    listed(&own),
                    if own.len() == 1 { "has" } else { "have" }
                ),
                "choose another name with --rename FROM TO or --prefix, or delete what is there once it is not needed any more",
            );
        }
    }
}
