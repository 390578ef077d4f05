//! What the steps of a run leave behind, as far as that can be foreseen before the first one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Filled};
use crate::data::index::Index;
use crate::data::select::{Expression, Present, stream_backed};
use crate::data::snapshot::Snapshot;
use crate::names::{EnvironmentName, IndexName};

/// The indices that there are once the steps so far are done, and what the snapshots hold that they take.
pub(super) struct World<'f> {
    /// The environment.
    pub(super) environment: &'f EnvironmentName,
    facts: &'f Facts,
    /// The indices that are deleted.
    gone: BTreeSet<String>,
    /// The indices that are restored under names that nothing had.
    made: Vec<Index>,
    /// What each snapshot that the run takes will hold.
    taken: BTreeMap<String, Vec<String>>,
}

impl<'f> World<'f> {
    /// What was read.
    pub(super) fn new(environment: &'f EnvironmentName, facts: &'f Facts) -> Self {
        Self {
            environment,
            facts,
            gone: BTreeSet::new(),
            made: Vec::new(),
            taken: BTreeMap::new(),
        }
    }

    /// The indices.
    pub(super) fn indices(&self) -> impl Iterator<Item = &Index> {
        let stays = |index: &&Index| !self.gone.contains(&index.name);
        self.facts.indices.iter().filter(stays).chain(&self.made)
    }

    /// The index of a name.
    pub(super) fn index(&self, name: &str) -> Option<&Index> {
        self.indices().find(|index| index.name == name)
    }

    /// The aliases of each index.
    pub(super) fn aliases(&self) -> impl Iterator<Item = (&'f String, &'f BTreeSet<String>)> {
        let facts = self.facts;
        let stays = |(index, _): &(&String, _)| !self.gone.contains(*index);
        facts.aliases.iter().filter(stays)
    }

    /// What a snapshot holds that the run takes.
    pub(super) fn taken(&self, snapshot: &str) -> Option<&[String]> {
        self.taken.get(snapshot).map(Vec::as_slice)
    }

    /// A step that takes a snapshot.
    pub(super) fn take(&mut self, step: &Filled) {
        let none = BTreeSet::new();
        let domain: Vec<Present<'_>> = self
            .indices()
            .map(|index| Present {
                name: &index.name,
                open: index.open,
                aliases: self.facts.aliases.get(&index.name).unwrap_or(&none),
                stream: stream_backed(&self.facts.streams, &index.name),
            })
            .collect();
        let expression = Expression::parse(&step.values("--indices"));
        let names = expression.map_or_else(|_| Vec::new(), |all| all.taken(&domain).names);
        let name = step.subject().unwrap_or_default().to_owned();
        self.taken.insert(name, names);
    }

    /// A step that deletes.
    pub(super) fn delete(&mut self, step: &Filled) {
        self.made.retain(|one| !step.subjects.contains(&one.name));
        self.gone.extend(step.subjects.iter().cloned());
    }

    /// A step that restores a snapshot under these names.
    pub(super) fn restore<'n>(
        &mut self,
        step: &Filled,
        snapshot: &Snapshot,
        targets: impl Iterator<Item = &'n IndexName>,
    ) {
        for target in targets {
            let name = target.as_str();
            self.gone.remove(name);
            if self.index(name).is_none() {
                self.made.push(Index {
                    name: name.to_owned(),
                    uuid: format!("of step {}", step.number),
                    health: None,
                    open: true,
                    primaries: 1,
                    replicas: 0,
                    docs: None,
                    bytes: None,
                    primary_bytes: None,
                    // It has the date of its original, which was there when the snapshot began.
                    created: snapshot.started,
                });
            }
        }
    }
}
