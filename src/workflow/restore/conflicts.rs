//! What has the names of restored indices already, and which aliases could not come back. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{Existing, Facts, Scope, Wanted};
use crate::data::index::Index;
use crate::data::snapshot::listed;
use crate::workflow::Prepared;

/// The names that are taken on a domain.
pub struct Names<'f> {
    /// The indices.
    pub indices: Vec<&'f Index>,
    /// The aliases of each index.
    pub aliases: BTreeMap<&'f String, &'f BTreeSet<String>>,
    /// The data streams.
    pub data_streams: BTreeSet<&'f String>,
}

/// Says what has the names already, and which aliases stand in the way; returns what is overwritten.
#[must_use]
pub fn conflicts<'f>(
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
pub fn taken<'f>(
    wanted: &Wanted,
    scope: &Scope,
    names: &Names<'f>,
    prepared: &mut Prepared,
) -> Vec<&'f Index> {
    let (mut overwritten, mut taken) = (Vec::new(), Vec::new());
    let ways = "choose other names with --rename FROM TO or --prefix, or --replace them once the restored ones are proven, or overwrite \
                them with --close-existing";
    for (_, target) in &scope.pairs {
        let name = target.as_str();
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
