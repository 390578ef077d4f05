//! What must hold for each deletion of a run before its first step: the names, and the snapshot that each index is counted on to be in.

use std::collections::BTreeSet;

use super::latest;
use super::prepare::{Run, refuse};
use super::world::World;
use super::{Facts, Filled, restores};
use crate::data::index::Index;
use crate::data::snapshot::{Snapshot, State, listed};
use crate::hazard::{Hazard, Word};
use crate::resources::{Kind, ResourceId};
use crate::spec::StepKind;
use crate::workflow::indices::{self, Absent, Held, Holders};
use crate::workflow::name::LATEST;

/// What `latest` means in a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts<'l> {
    /// That snapshot, or no such thing.
    On(Option<&'l str>),
    /// A snapshot that there is not, which is told by itself.
    OnNothing,
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

/// Checks a deletion: what its names mean, and its guard. Returns the snapshots that it counts on: each index on its own.
pub(super) fn check(
    run: &mut Run,
    steps: &[Filled],
    step: &Filled,
    counts: Counts<'_>,
    (world, facts): (&World<'_>, &Facts),
) -> BTreeSet<String> {
    taken_after(run, steps, step);
    let snapshots = snapshots(steps, step, facts);
    let by_name = by_name(step, &snapshots, world, facts);
    for obstacle in by_name.obstacles {
        let what = format!("step {}: {}", step.number, obstacle.what);
        refuse(run, what, &obstacle.remedy);
    }
    let latest = match counts {
        Counts::OnNothing => return BTreeSet::new(),
        Counts::On(_) if step.has("--snapshot-first") => return BTreeSet::new(),
        Counts::On(latest) => latest,
    };
    let holders = Holders::of(&snapshots, world.environment.as_str());
    let (mut named, mut any) = (BTreeSet::new(), BTreeSet::new());
    let subjects: BTreeSet<&String> = step.subjects.iter().collect();
    for subject in subjects {
        let id = ResourceId::new(Kind::Index, subject);
        let counted = counted(steps, step, subject, latest);
        let (first, why) = match (counted.split_first(), world.index(subject)) {
            // One that is not there, or not any more, is the command's to judge.
            (Some((first, _)), None) => (first, None),
            (None, None) => {
                // A data stream is judged by its name.
                let raised = by_name
                    .raised
                    .iter()
                    .filter(|one| one.target == id.to_string());
                run.raised.extend(raised.map(|one| Hazard {
                    why: format!("step {} would delete it, and {}", step.number, one.why),
                    ..one.clone()
                }));
                continue;
            }
            (Some((first, others)), Some(index)) => {
                let lacks = |name: &str| lacks(name, index, steps, step, world, facts);
                let why = lacks(first);
                let other = others.iter().find(|other| lacks(other).is_none());
                match (why, other) {
                    (Some(_), Some(other)) => (other, None),
                    (why, _) => (first, why),
                }
            }
            (None, Some(index)) => {
                if let Held::Good(snapshot) = holders.held(index) {
                    any.insert(snapshot.name.clone());
                }
                let raised = by_name
                    .raised
                    .iter()
                    .filter(|one| one.target == id.to_string());
                run.raised.extend(raised.map(|one| Hazard {
                    why: format!("step {} would delete it, and {}", step.number, one.why),
                    ..one.clone()
                }));
                continue;
            }
        };
        named.insert((*first).to_owned());
        run.raised.extend(why.map(|why| Hazard {
            word: Word::NoSnapshot,
            target: id.to_string(),
            why: format!("step {} would delete it, and {why}", step.number),
        }));
    }
    // Where nothing counts in particular, the command looks for any good one itself.
    if !named.is_empty() {
        named.append(&mut any);
    }
    named
}

/// What may hold an index that a step deletes: the snapshot that `latest` means, then the one from which a later step restores it by name.
fn counted<'s>(
    steps: &'s [Filled],
    step: &'s Filled,
    index: &'s str,
    latest: Option<&'s str>,
) -> Vec<&'s str> {
    let later = brought_back(steps, step)
        .filter(|one| restores::asks(one, index))
        .filter(|one| in_particular(one));
    let restored = later
        .filter_map(Filled::subject)
        .find(|name| *name != LATEST);
    latest.into_iter().chain(restored).collect()
}

/// The snapshots as they will be. What runs now may be done by then, and is the command's to judge.
fn snapshots(steps: &[Filled], step: &Filled, facts: &Facts) -> Vec<Snapshot> {
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
    snapshots
}

/// What the command itself would say of the names.
fn by_name(
    step: &Filled,
    snapshots: &[Snapshot],
    world: &World<'_>,
    facts: &Facts,
) -> crate::workflow::Prepared {
    let wanted = indices::Wanted {
        names: step.subjects.clone(),
        environment: world.environment.clone(),
        repository: facts.repository.clone(),
        counted: Vec::new(),
        // It may be gone already, by this run before it was interrupted.
        absent: Absent::PassedOver,
        first: None,
    };
    let facts = indices::Facts {
        indices: world.indices().cloned().collect(),
        aliases: world
            .aliases()
            .map(|(index, aliases)| (index.clone(), aliases.clone()))
            .collect(),
        streams: facts.streams.clone(),
        running: Vec::new(),
        restoring: Vec::new(),
        snapshots: snapshots.to_vec(),
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
        let after = |taken: &&Filled| taken.number > step.number && in_particular(later);
        let Some(taken) = taken.filter(after) else {
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

/// Whether a restore means the indices that it asks for in particular. Without names it brings back what the snapshot holds, whatever that is,
/// under other names.
fn in_particular(restore: &Filled) -> bool {
    !restore.values("--indices").is_empty() || !restores::renames(restore)
}

/// Why a snapshot that a deletion counts on does not hold an index; none where it does, or will.
fn lacks(
    name: &str,
    index: &Index,
    steps: &[Filled],
    step: &Filled,
    world: &World<'_>,
    facts: &Facts,
) -> Option<String> {
    if let Some(snapshot) = facts.snapshots.iter().find(|one| one.name == name) {
        return unheld(snapshot, index, world);
    }
    let Some(taken) = world.taken(name) else {
        return Some(format!("there is no snapshot {name}"));
    };
    if taken.contains(&index.name) {
        return None;
    }
    let taking = steps
        .iter()
        .filter(|one| one.number < step.number)
        .find(|one| one.kind == StepKind::Snapshot && one.subject() == Some(name));
    Some(taking.map_or_else(|| format!("snapshot {name} does not take it"), untaken))
}

fn unheld(snapshot: &Snapshot, index: &Index, world: &World<'_>) -> Option<String> {
    // One that runs is waited for before the deletion, and the command looks again.
    if snapshot.is_good() || snapshot.state == State::InProgress {
        return indices::lacked(snapshot, index, world.environment.as_str());
    }
    let state = snapshot.state.as_str();
    Some(format!("snapshot {} is {state}", snapshot.name))
}

fn untaken(taking: &Filled) -> String {
    let patterns = taking.values("--indices");
    format!(
        "the snapshot of step {} ({}) does not take it",
        taking.number,
        if patterns.is_empty() {
            "everything that is open".to_owned()
        } else {
            listed(&patterns)
        }
    )
}
