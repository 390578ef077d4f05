//! What must hold for each restore of a run before its first step: that the snapshot can be restored and holds what is asked for, that no
//! name is taken, and its guards.

use std::collections::BTreeMap;

use serde_json::Map;

use super::prepare::{Ready, Run, refuse};
use super::world::World;
use super::{Facts, Filled};
use crate::data::select::{Expression, Rename, SystemIndices};
use crate::data::snapshot::{Shards, Snapshot, State};
use crate::hazard::{Hazard, Word};
use crate::resources::{Kind, ResourceId};
use crate::workflow::restore::{self, Consent, Existing, Names, Wanted};

/// Checks a restore. What it would be refused for once it begins is told before anything is done.
pub(super) fn check(
    run: &mut Run,
    step: &Filled,
    ready: &Ready,
    consent: Consent,
    world: &mut World<'_>,
    facts: &Facts,
) {
    let elsewhere = step.values("--repository").first().copied();
    let repository = elsewhere.unwrap_or(&facts.repository);
    let name = ready.subjects.first();
    let (Some(name), Some(wanted)) = (name, wanted(step, repository, consent)) else {
        return;
    };
    let there = facts.snapshot(elsewhere, name);
    let taken = world.taken(name).filter(|_| elsewhere.is_none());
    let snapshot = match (there, taken) {
        (Some(there), _) => there.clone(),
        (None, Some(taken)) => foreseen(name, taken),
        // That it is not there is told by itself.
        (None, None) => return,
    };
    let mut scope = restore::scope(&wanted, &snapshot);
    // What an earlier step creates may be in a snapshot that is not there yet.
    if there.is_none() {
        scope.prepared.obstacles.clear();
    }
    // What an interrupted run restored already stands in nobody's way.
    if !ready.options.iter().any(|word| word == "--resume") {
        stands(run, step, &wanted, &snapshot, &scope, world, facts);
    }
    world.restore(
        step,
        &snapshot,
        scope.pairs.iter().map(|(_, target)| target),
    );
}

/// What stands in the way of a restore that is begun.
fn stands(
    run: &mut Run,
    step: &Filled,
    wanted: &Wanted,
    snapshot: &Snapshot,
    scope: &restore::Scope,
    world: &World<'_>,
    facts: &Facts,
) {
    let mut snapshot = snapshot.clone();
    // What runs now may be done by then, and is the command's to judge.
    if snapshot.state == State::InProgress {
        snapshot.state = State::Success;
    }
    let mut prepared = restore::alone(wanted, &snapshot, scope);
    let names = Names {
        indices: world.indices().collect(),
        aliases: world.aliases().collect(),
        data_streams: facts.streams.keys().collect(),
    };
    let overwritten = restore::taken(wanted, scope, &names, &mut prepared);
    if !overwritten.is_empty() {
        let names: Vec<&str> = overwritten
            .iter()
            .map(|index| index.name.as_str())
            .collect();
        run.targets.push(format!(
            "step {} {} {} from snapshot {}",
            step.number,
            match wanted.existing {
                Existing::Replace => "replaces",
                Existing::Close | Existing::Keep => "overwrites",
            },
            names.join(", "),
            snapshot.name,
        ));
    }
    if wanted.consent == Consent::Options {
        prepared.raised.extend(overwritten.iter().map(|index| {
            Hazard {
                word: Word::Replace,
                target: ResourceId::new(Kind::Index, &index.name).to_string(),
                why: match wanted.existing {
                    Existing::Replace => "it is deleted once its copy is proven, and restored",
                    Existing::Close | Existing::Keep => {
                        "it is overwritten before the restored one is proven"
                    }
                }
                .to_owned(),
            }
        }));
    }
    for obstacle in prepared.obstacles {
        let what = format!("step {}: {}", step.number, obstacle.what);
        refuse(run, what, &obstacle.remedy);
    }
    run.raised
        .extend(prepared.raised.into_iter().map(|one| Hazard {
            why: format!("step {}: {}", step.number, one.why),
            ..one
        }));
}

/// A snapshot that the run takes, as it will be.
fn foreseen(name: &str, indices: &[String]) -> Snapshot {
    Snapshot {
        name: name.to_owned(),
        uuid: String::new(),
        state: State::Success,
        started: None,
        ended: None,
        indices: indices.iter().collect(),
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
    let wanted = wanted(step, "", Consent::Shown).map(|wanted| Wanted {
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
fn wanted(step: &Filled, repository: &str, consent: Consent) -> Option<Wanted> {
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
        consent,
    })
}
