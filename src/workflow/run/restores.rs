//! What must hold for each restore of a run before its first step: that the snapshot holds what is asked for, and that no name is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Map;

use super::prepare::{Ready, Run, refuse};
use super::{Facts, Filled, deletes};
use crate::data::snapshot::{Shards, Snapshot, State};
use crate::workflow::Prepared;
use crate::workflow::restore::{self, Consent, Existing, Names, Wanted};
use crate::workflow::select::{Expression, Rename, SystemIndices};

/// What the steps so far leave behind, as far as that can be foreseen.
#[derive(Default)]
pub(super) struct World {
    /// The indices that are deleted.
    gone: BTreeSet<String>,
    /// What each snapshot that the run takes will hold.
    taken: BTreeMap<String, Vec<String>>,
}

impl World {
    /// A step that takes a snapshot.
    pub(super) fn take(&mut self, step: &Filled, facts: &Facts) {
        let name = step.subject().unwrap_or_default().to_owned();
        self.taken
            .insert(name, deletes::taken(step, facts, &self.gone));
    }

    /// A step that deletes.
    pub(super) fn delete(&mut self, step: &Filled) {
        self.gone.extend(step.subjects.iter().cloned());
    }
}

/// Checks a restore. What it would be refused for once it begins is told before anything is done.
pub(super) fn check(run: &mut Run, step: &Filled, ready: &Ready, world: &mut World, facts: &Facts) {
    let resumes = ready.options.iter().any(|word| word == "--resume");
    let own = step.values("--repository").is_empty();
    let name = ready.subjects.first().filter(|_| own && !resumes);
    let (Some(name), Some(wanted)) = (name, wanted(step, &facts.repository)) else {
        return;
    };
    let there = facts.snapshots.iter().find(|one| one.name == *name);
    let snapshot = match (there, world.taken.get(name)) {
        (Some(there), _) => there.clone(),
        (None, Some(taken)) => foreseen(name, taken),
        // That it is not there is told by itself.
        (None, None) => return,
    };
    let scope = restore::scope(&wanted, &snapshot);
    let mut prepared = Prepared::default();
    // What an earlier step creates may be in a snapshot that is not there yet.
    if there.is_some() {
        prepared.obstacles.extend(scope.prepared.obstacles.clone());
    }
    let stays = |name: &String| !world.gone.contains(name);
    let names = Names {
        indices: facts
            .indices
            .iter()
            .filter(|one| stays(&one.name))
            .collect(),
        aliases: facts
            .aliases
            .iter()
            .filter(|(index, _)| stays(index))
            .collect(),
        data_streams: facts.streams.keys().collect(),
    };
    let _overwritten = restore::taken(&wanted, &scope, &names, &mut prepared);
    for obstacle in prepared.obstacles {
        let what = format!("step {}: {}", step.number, obstacle.what);
        refuse(run, what, &obstacle.remedy);
    }
    for (_, target) in &scope.pairs {
        world.gone.remove(target.as_str());
    }
}

/// A snapshot that the run takes, as it will be.
fn foreseen(name: &str, indices: &[String]) -> Snapshot {
    Snapshot {
        name: name.to_owned(),
        uuid: String::new(),
        state: State::Success,
        started: None,
        ended: None,
        indices: indices
            .iter()
            .map(|name| Arc::from(name.as_str()))
            .collect(),
        data_streams: Vec::new(),
        shards: Shards::default(),
        failures: Vec::new(),
        global_state: None,
        engine: None,
        metadata: BTreeMap::new(),
        reason: None,
    }
}

/// Whether a snapshot holds all that a step asks for; what is no expression is the command's to refuse.
pub(super) fn holds(snapshot: &Snapshot, step: &Filled) -> bool {
    let wanted = wanted(step, "").map(|wanted| Wanted {
        system: SystemIndices::Named,
        ..wanted
    });
    wanted.is_some_and(|wanted| restore::holds(&wanted, snapshot))
}

/// Whether a step asks for an index.
pub(super) fn asks(step: &Filled, index: &str) -> bool {
    let expression = Expression::parse(&step.values("--indices"));
    expression.is_ok_and(|all| {
        let selected = all.restored([index], SystemIndices::Named);
        !selected.names.is_empty()
    })
}

/// Whether a restore gives other names.
pub(super) fn renames(step: &Filled) -> bool {
    step.has("--rename") || !step.values("--prefix").is_empty()
}

/// What a step asks for; none where the command would not take it.
fn wanted(step: &Filled, repository: &str) -> Option<Wanted> {
    let place = step.options.iter().position(|word| word == "--rename");
    let renamed = place.map(|place| {
        let mut words = step.options.iter().skip(place + 1);
        words.next().zip(words.next())
    });
    let prefix = step.values("--prefix");
    let rename = match (renamed, prefix.first()) {
        (Some(words), _) => words.map(|(from, to)| Rename::parse(from, to)),
        (None, Some(prefix)) => Some(Rename::prefix(prefix)),
        (None, None) => None,
    };
    Some(Wanted {
        repository: repository.to_owned(),
        indices: Expression::parse(&step.values("--indices")).ok()?,
        system: match step.has("--include-system") {
            true => SystemIndices::Named,
            false => SystemIndices::LeftOut,
        },
        rename: rename.transpose().ok()?,
        include_aliases: step.has("--include-aliases"),
        without_aliases: step.has("--without-aliases"),
        include_global_state: step.has("--include-global-state"),
        index_settings: Map::new(),
        ignore_index_settings: Vec::new(),
        partial: step.has("--partial"),
        existing: match (step.has("--replace"), step.has("--close-existing")) {
            (true, _) => Existing::Replace,
            (_, true) => Existing::Close,
            _ => Existing::Keep,
        },
        timeout: None,
        consent: Consent::Shown,
    })
}
