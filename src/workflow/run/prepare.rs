//! The steps of a run as they will be carried out, and what stands in the way of any of them: found before the first one.

use std::time::Duration;

use super::deletes::Counts;
use super::latest::{self, Latest};
use super::world::World;
use super::{Facts, Filled, Wanted, deletes, keeps, restores};
use crate::data::snapshot::{Snapshot, State, newest_good};
use crate::failure::Class;
use crate::hazard::Hazard;
use crate::moment::told;
use crate::outlet::safe::shell_word;
use crate::spec::StepKind;
use crate::workflow::Obstacle;
use crate::workflow::name::LATEST;

/// By how much the local clock may be ahead, where the domain does not tell its own. A run that begins refuses every name that is taken:
/// what has the name since is its own.
const CLOCKS_DIFFER: Duration = Duration::from_secs(300);

/// A run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Run {
    /// The steps that are carried out, in order.
    pub steps: Vec<Ready>,
    /// What should be known about it.
    pub notes: Vec<String>,
    /// What each step deletes or overwrites.
    pub targets: Vec<String>,
    /// The guards in the way of one of its steps.
    pub raised: Vec<Hazard>,
    /// What stands in the way of one of its steps and no option lifts.
    pub obstacles: Vec<Obstacle>,
}

/// A step as it will be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ready {
    /// Its place in the workflow, from 1.
    pub number: usize,
    /// Which command it is. A snapshot that an interrupted run has begun is waited for.
    pub kind: StepKind,
    /// What stands before the options.
    pub subjects: Vec<String>,
    /// The options with their values.
    pub options: Vec<String>,
    /// What must be named with `--snapshot` to go on from here.
    pub snapshot: Option<String>,
}

/// Prepares a run from what `latest` means in each of its steps.
#[must_use]
pub(crate) fn prepare(
    steps: &[Filled],
    meant: &[Option<Latest>],
    wanted: &Wanted,
    facts: &Facts,
) -> Run {
    let mut run = Run::default();
    let newest = newest(steps, meant, wanted, facts);
    let needs_newest = meant.contains(&Some(Latest::Newest));
    if needs_newest && newest.is_none() {
        refuse(
            &mut run,
            "no good snapshot holds everything that the steps ask for".to_owned(),
            "`esbackup snapshot list` shows those that there are; name one with --snapshot NAME",
        );
    }
    if let (true, Some(newest)) = (needs_newest, newest) {
        run.notes.push(format!(
            "latest is snapshot {}, which started {}",
            newest.name,
            told(newest.started)
        ));
    }
    let mut world = World::new(&wanted.environment, facts);
    for (step, meant) in latest::run(steps, wanted).zip(meant) {
        let latest = match meant {
            Some(Latest::Taken(name) | Latest::Given(name)) => Some(name.clone()),
            Some(Latest::Newest) => newest.map(|newest| newest.name.clone()),
            None => None,
        };
        let mut ready = Ready {
            number: step.number,
            kind: step.kind,
            subjects: step.subjects.clone(),
            options: step.options.clone(),
            snapshot: None,
        };
        match step.kind {
            StepKind::Snapshot => {
                take(&mut run, step, &mut ready, wanted, facts);
                taken_twice(&mut run, step, &world);
                world.take(step);
            }
            StepKind::DeleteIndices => {
                let means = match (meant, latest.as_deref()) {
                    (Some(_), None) => Counts::OnNothing,
                    (_, latest) => Counts::On(latest),
                };
                run.targets.push(format!(
                    "step {} deletes {}",
                    step.number,
                    step.subjects.join(", ")
                ));
                let counted = deletes::check(&mut run, steps, step, means, (&world, facts));
                world.delete(step);
                // It may be gone already, by this run before it was interrupted.
                ready.options.push("--ignore-unavailable".to_owned());
                for name in counted {
                    ready.options.extend(["--in-snapshot".to_owned(), name]);
                }
            }
            StepKind::Restore | StepKind::Verify | StepKind::Wait => {
                if let Some(name) = latest {
                    ready.subjects = vec![name];
                }
                let first = step.number == wanted.from;
                let may_have_begun = wanted.resumes && first && !wanted.not_begun;
                let plain = !step.has("--replace") && !step.has("--close-existing");
                if may_have_begun && plain && step.kind == StepKind::Restore {
                    ready.options.push("--resume".to_owned());
                }
                let unresolved = ready.subjects.first().is_some_and(|name| name == LATEST);
                if !unresolved {
                    is_there(&mut run, steps, step, &ready, facts);
                }
                if step.kind == StepKind::Restore {
                    let consent = wanted.consent;
                    restores::check(&mut run, step, &ready, consent, &mut world, facts);
                }
            }
            StepKind::Prune => {
                let repository = step.values("--repository").first().copied();
                run.targets.push(format!(
                    "step {} deletes the snapshots in repository {} that its rules let go",
                    step.number,
                    repository.unwrap_or(&facts.repository),
                ));
            }
        }
        run.steps.push(ready);
    }
    keeps::add(&mut run, steps, wanted, facts);
    name_for_going_on(&mut run, steps, meant, newest);
    name_for_prunes(&mut run, steps, wanted, newest);
    run
}

/// A prune keeps the older snapshot that a step before it means, also when the run goes on behind that step.
fn name_for_prunes(run: &mut Run, steps: &[Filled], wanted: &Wanted, newest: Option<&Snapshot>) {
    let first = steps.iter().find(|step| latest::means_older(steps, step));
    let prune = steps.iter().rfind(|step| step.kind == StepKind::Prune);
    let (Some(first), Some(prune)) = (first, prune) else {
        return;
    };
    let read = newest.filter(|_| wanted.from <= first.number);
    let given = wanted.snapshot.as_ref();
    let Some(older) = given.or(read.map(|newest| &newest.name)) else {
        return;
    };
    for ready in &mut run.steps {
        if first.number < ready.number && ready.number <= prune.number {
            ready.snapshot = Some(older.clone());
        }
    }
}

/// What must be named to go on from each step: what `latest` means in it or later, unless a step from there on takes it.
fn name_for_going_on(
    run: &mut Run,
    steps: &[Filled],
    meant: &[Option<Latest>],
    newest: Option<&Snapshot>,
) {
    let mut name: Option<String> = None;
    let newest = newest.map(|newest| newest.name.clone());
    let takes = |number: usize| {
        let mut steps = steps.iter().filter(|step| step.kind == StepKind::Snapshot);
        steps.any(|step| step.number == number)
    };
    for (ready, meant) in run.steps.iter_mut().zip(meant).rev() {
        match meant {
            Some(Latest::Taken(taken)) => name = Some(taken.clone()),
            Some(Latest::Given(given)) => name = Some(given.clone()),
            Some(Latest::Newest) => name.clone_from(&newest),
            None => {}
        }
        // The step that takes it, or waits for it, gives it its name.
        if takes(ready.number) {
            name = None;
        }
        ready.snapshot.clone_from(&name);
    }
}

/// The newest good snapshot that holds what every step asks for that means the newest one.
fn newest<'f>(
    steps: &[Filled],
    meant: &[Option<Latest>],
    wanted: &Wanted,
    facts: &'f Facts,
) -> Option<&'f Snapshot> {
    let asking: Vec<&Filled> = latest::run(steps, wanted)
        .zip(meant)
        .filter(|(_, meant)| **meant == Some(Latest::Newest))
        .map(|(step, _)| step)
        .collect();
    let holding = |one: &&Snapshot| asking.iter().all(|step| holds(one, step, facts));
    newest_good(facts.snapshots.iter().filter(holding))
}

fn holds(snapshot: &Snapshot, step: &Filled, facts: &Facts) -> bool {
    if step.kind == StepKind::DeleteIndices {
        let there = |name: &&String| facts.indices.iter().any(|index| index.name == **name);
        return step
            .subjects
            .iter()
            .filter(there)
            .all(|name| snapshot.holds(name));
    }
    restores::holds(snapshot, step)
}

/// A snapshot of that name stands in the way, unless the run that is gone on with began it.
fn take(run: &mut Run, step: &Filled, ready: &mut Ready, wanted: &Wanted, facts: &Facts) {
    let name = step.subject().unwrap_or_default();
    let Some(there) = facts.snapshots.iter().find(|one| one.name == name) else {
        return;
    };
    let earliest = wanted.began.minus(CLOCKS_DIFFER);
    let not_begun = wanted.not_begun && step.number == wanted.from;
    let since = there.started.is_some_and(|at| at >= earliest);
    let begun = wanted.resumes && !not_begun && since;
    let ends_well = there.is_good() || there.state == State::InProgress;
    if begun && ends_well {
        ready.kind = StepKind::Wait;
        let timeout = step.values("--timeout");
        ready.options = timeout
            .iter()
            .flat_map(|timeout| ["--timeout".to_owned(), (*timeout).to_owned()])
            .collect();
        run.notes.push(format!(
            "step {}: snapshot {name} was begun by this run: it is waited for",
            step.number
        ));
        return;
    }
    let remedy = if begun {
        // Not `without --began`: from a later step on, a prune would no longer keep what the run has made.
        format!(
            "delete it with `esbackup snapshot delete {}`, then run this command again",
            shell_word(name)
        )
    } else {
        "put {time} into its name in the spec, so that each run takes its own".to_owned()
    };
    refuse(
        run,
        format!(
            "step {}: there is a snapshot {name} already ({}, started {})",
            step.number,
            there.state.as_str(),
            told(there.started)
        ),
        &remedy,
    );
}

/// Two snapshots of a run must not have one name.
fn taken_twice(run: &mut Run, step: &Filled, world: &World<'_>) {
    let name = step.subject().unwrap_or_default();
    if world.taken(name).is_some() {
        refuse(
            run,
            format!(
                "step {}: an earlier step takes a snapshot {name} already",
                step.number
            ),
            "give each its own name in the spec: {time} is the same in every step",
        );
    }
}

/// What a step names must be there, or be taken by a step before it.
fn is_there(run: &mut Run, steps: &[Filled], step: &Filled, ready: &Ready, facts: &Facts) {
    let Some(name) = ready.subjects.first() else {
        return;
    };
    let taken = steps.iter().any(|one| {
        one.kind == StepKind::Snapshot
            && one.number < step.number
            && one.subject() == Some(name.as_str())
            && run.steps.iter().any(|ready| ready.number == one.number)
    });
    let elsewhere = step.values("--repository").first().copied();
    if (taken && elsewhere.is_none()) || facts.snapshot(elsewhere, name).is_some() {
        return;
    }
    let repository = elsewhere.unwrap_or(&facts.repository);
    let what = format!(
        "step {}: there is no snapshot {name} in repository {repository}",
        step.number
    );
    match elsewhere {
        None => refuse(
            run,
            what,
            "`esbackup snapshot list` shows those that there are",
        ),
        Some(repository) => refuse(
            run,
            what,
            &format!(
                "`esbackup snapshot list --repository {}` shows those that there are",
                shell_word(repository)
            ),
        ),
    }
}

/// Adds what stands in the way of a step.
pub(super) fn refuse(run: &mut Run, what: String, remedy: &str) {
    run.obstacles.push(Obstacle {
        what,
        remedy: remedy.to_owned(),
        class: Class::Refused,
    });
}
