//! What must hold for each deletion of a run before its first step: the names, and the snapshot that the deletion counts on.

use std::collections::BTreeSet;

use super::latest;
use super::prepare::{Run, refuse};
use super::{Facts, Filled, Wanted, restores};
use crate::data::index::Index;
use crate::data::snapshot::{Snapshot, State, listed};
use crate::resources::{Kind, ResourceId};
use crate::spec::StepKind;
use crate::workflow::guard::{Guard, Raised};
use crate::workflow::indices::{self, Absent};
use crate::workflow::name::LATEST;
use crate::workflow::select::{Expression, Present};

/// What `latest` means in a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts<'l> {
    /// That snapshot, or no such thing.
    On(Option<&'l str>),
    /// A snapshot that there is not, which is told by itself.
    OnNothing,
}

/// The snapshot that a deletion counts on: what `latest` means, else the one that a later step restores by its name.
pub(super) fn counted(steps: &[Filled], step: &Filled, latest: Option<&str>) -> Option<String> {
    if step.has("--snapshot-first") {
        return None;
    }
    let restored = || {
        let mut later = brought_back(steps, step).filter_map(Filled::subject);
        later.find(|name| *name != LATEST)
    };
    latest.or_else(restored).map(str::to_owned)
}

/// The later steps that restore what a step deletes from the environment's own repository.
fn brought_back<'s>(steps: &'s [Filled], step: &'s Filled) -> impl Iterator<Item = &'s Filled> {
    steps.iter().filter(|one| {
        one.kind == StepKind::Restore
            && one.number > step.number
            && one.values("--repository").is_empty()
            && step.subjects.iter().any(|name| restores::asks(one, name))
    })
}

/// Checks a deletion: what its names mean, and its guard.
pub(super) fn check(
    run: &mut Run,
    steps: &[Filled],
    step: &Filled,
    counts: Counts<'_>,
    wanted: &Wanted,
    facts: &Facts,
) {
    taken_after(run, steps, step);
    let counted = match counts {
        Counts::On(latest) => counted(steps, step, latest),
        Counts::OnNothing => None,
    };
    let by_name = by_name(steps, step, wanted, facts);
    for obstacle in by_name.obstacles {
        let what = format!("step {}: {}", step.number, obstacle.what);
        refuse(run, what, &obstacle.remedy);
    }
    match counted {
        Some(name) => held(run, step, &name, wanted, steps, facts),
        None if step.has("--snapshot-first") || counts == Counts::OnNothing => {}
        None => run
            .raised
            .extend(by_name.raised.into_iter().map(|one| Raised {
                why: format!("step {} would delete it, and {}", step.number, one.why),
                ..one
            })),
    }
}

/// What the command itself would say of the names. What runs now may be done by then, and is the command's to judge.
fn by_name(
    steps: &[Filled],
    step: &Filled,
    run: &Wanted,
    facts: &Facts,
) -> crate::workflow::Prepared {
    let mut snapshots = facts.snapshots.clone();
    let awaited = |name: &str| {
        steps.iter().any(|one| {
            one.kind == StepKind::Wait
                && one.number < step.number
                && one.subject() == Some(name)
                && one.values("--repository").is_empty()
        })
    };
    for one in &mut snapshots {
        // A step before it ends well only when that snapshot does.
        if one.state == State::InProgress && awaited(&one.name) {
            one.state = State::Success;
        }
    }
    let wanted = indices::Wanted {
        names: step.subjects.clone(),
        environment: run.environment.clone(),
        repository: facts.repository.clone(),
        counted: None,
        // It may be gone already, by this run before it was interrupted.
        absent: Absent::PassedOver,
        first: None,
    };
    let facts = indices::Facts {
        indices: facts.indices.clone(),
        aliases: facts.aliases.clone(),
        streams: facts.streams.clone(),
        running: Vec::new(),
        restoring: Vec::new(),
        snapshots,
    };
    indices::prepare(&wanted, &facts).prepared
}

/// A snapshot that is taken once an index is gone does not hold it: nothing could bring the index back.
fn taken_after(run: &mut Run, steps: &[Filled], step: &Filled) {
    if step.has("--snapshot-first") {
        return;
    }
    for later in brought_back(steps, step) {
        let taken = if latest::says_latest(later) {
            latest::taking(steps, later)
        } else {
            let mut steps = steps.iter().filter(|one| one.kind == StepKind::Snapshot);
            steps.find(|one| one.subject() == later.subject())
        };
        // Without names it brings back what the snapshot holds, under other names: not these indices in particular.
        let named = !later.values("--indices").is_empty() || !restores::renames(later);
        let Some(taken) = taken.filter(|taken| taken.number > step.number && named) else {
            continue;
        };
        refuse(
            run,
            format!(
                "step {} deletes {}, and step {} would restore from the snapshot that step {} takes after that",
                step.number,
                step.subjects.join(", "),
                later.number,
                taken.number
            ),
            "put the snapshot before the deletion, or name the snapshot that the restore is from",
        );
    }
}

/// The guard of a deletion must hold for the snapshot that the run counts on.
fn held(
    run: &mut Run,
    step: &Filled,
    name: &str,
    wanted: &Wanted,
    steps: &[Filled],
    facts: &Facts,
) {
    let snapshot = facts.snapshots.iter().find(|one| one.name == name);
    let taking = latest::run(steps, wanted)
        .filter(|one| one.number < step.number)
        .find(|one| one.kind == StepKind::Snapshot && one.subject() == Some(name));
    for subject in &step.subjects {
        // One that is not there yet, or not any more, is the command's to judge.
        let Some(index) = facts.indices.iter().find(|one| one.name == *subject) else {
            continue;
        };
        let why = match (snapshot, taking) {
            (Some(snapshot), _) => unheld(snapshot, index, wanted),
            (None, Some(taking)) => untaken(taking, subject, facts),
            (None, None) => Some(format!("there is no snapshot {name}")),
        };
        let Some(why) = why else { continue };
        run.raised.push(Raised {
            guard: Guard::NoSnapshot,
            target: ResourceId::new(Kind::Index, subject),
            why: format!("step {} would delete it, and {why}", step.number),
        });
    }
}

fn unheld(snapshot: &Snapshot, index: &Index, wanted: &Wanted) -> Option<String> {
    // One that runs is waited for before the deletion, and the command looks again.
    if snapshot.is_good() || snapshot.state == State::InProgress {
        return indices::lacked(snapshot, index, wanted.environment.as_str());
    }
    let state = snapshot.state.as_str();
    Some(format!("snapshot {} is {state}", snapshot.name))
}

fn untaken(taking: &Filled, subject: &str, facts: &Facts) -> Option<String> {
    let patterns = taking.values("--indices");
    let held = taken(taking, facts, &BTreeSet::new())
        .iter()
        .any(|one| one == subject);
    (!held).then(|| {
        format!(
            "the snapshot of step {} ({}) does not take it",
            taking.number,
            if patterns.is_empty() {
                "everything that is open".to_owned()
            } else {
                listed(&patterns)
            }
        )
    })
}

/// What a step that takes a snapshot takes of the indices that there are, but for those that are gone by then.
pub(super) fn taken(taking: &Filled, facts: &Facts, gone: &BTreeSet<String>) -> Vec<String> {
    let none = BTreeSet::new();
    let there = facts
        .indices
        .iter()
        .filter(|index| !gone.contains(&index.name));
    let domain: Vec<Present<'_>> = there
        .map(|index| Present {
            name: &index.name,
            open: index.open,
            aliases: facts.aliases.get(&index.name).unwrap_or(&none),
        })
        .collect();
    let expression = Expression::parse(&taking.values("--indices"));
    expression.map_or_else(|_| Vec::new(), |expression| expression.taken(&domain).names)
}
