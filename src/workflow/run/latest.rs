//! What `latest` means in each step: the snapshot that an earlier step takes, else one snapshot for the whole run.

use super::{Filled, Wanted, Wrong};
use crate::spec::StepKind;
use crate::workflow::name::LATEST;

/// What `latest` means in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Latest {
    /// The snapshot that a step of this very run takes before it.
    Taken(String),
    /// The one that was named, or that follows from when the run began.
    Given(String),
    /// The newest good one that holds what is asked for.
    Newest,
}

/// What `latest` means in each of the steps that are run; none where a step needs no such thing.
///
/// # Errors
/// What is wrong with `--from` and `--snapshot`.
pub(crate) fn meant(steps: &[Filled], wanted: &Wanted) -> Result<Vec<Option<Latest>>, Vec<Wrong>> {
    if wanted.from == 0 || wanted.from > steps.len() {
        return Err(vec![Wrong::From {
            from: wanted.from,
            steps: steps.len(),
        }]);
    }
    let mut wrong = Vec::new();
    let mut meant = Vec::new();
    for step in run(steps, wanted) {
        let taking = taking(steps, step);
        if !needs(step, taking, steps) {
            meant.push(None);
            continue;
        }
        if says_latest(step) && !step.values("--repository").is_empty() {
            wrong.push(Wrong::OtherRepository(step.number));
            continue;
        }
        match means(step, taking, wanted) {
            Ok(latest) => meant.push(Some(latest)),
            Err(one) => wrong.push(one),
        }
    }
    let given = |latest: &Option<Latest>| matches!(latest, Some(Latest::Given(_)));
    let asked = meant.iter().any(given) || prunes_after_an_older(steps, wanted);
    if let (Some(name), true, false) = (&wanted.snapshot, wrong.is_empty(), asked) {
        wrong.push(Wrong::NotAsked(name.clone()));
    }
    if wrong.is_empty() {
        Ok(meant)
    } else {
        Err(wrong)
    }
}

/// The steps that are run.
pub(super) fn run<'s>(steps: &'s [Filled], wanted: &Wanted) -> impl Iterator<Item = &'s Filled> {
    steps.iter().skip(wanted.from.saturating_sub(1))
}

fn means(step: &Filled, taking: Option<&Filled>, wanted: &Wanted) -> Result<Latest, Wrong> {
    match (taking, &wanted.snapshot) {
        (Some(taking), _) if taking.number >= wanted.from => Ok(Latest::Taken(
            taking.subject().unwrap_or_default().to_owned(),
        )),
        // The name follows from when that run began; `--snapshot` names the older one that other steps mean.
        (Some(taking), _) if wanted.resumes => Ok(Latest::Given(
            taking.subject().unwrap_or_default().to_owned(),
        )),
        (_, Some(name)) => Ok(Latest::Given(name.clone())),
        (Some(taking), None) => Err(Wrong::NotTaken {
            number: step.number,
            taken: taking.number,
        }),
        (None, None) => Ok(Latest::Newest),
    }
}

/// Whether a step says `latest`; a verification of a snapshot that names none does.
pub(super) fn says_latest(step: &Filled) -> bool {
    let levels = step.values("--level");
    let looks_at_none = |level: &&str| matches!(*level, "registered" | "nodes");
    match (step.kind, step.subject()) {
        (StepKind::Verify, _) if levels.iter().any(looks_at_none) => false,
        (StepKind::Verify, None) => true,
        (StepKind::Restore | StepKind::Wait | StepKind::Verify, Some(name)) => name == LATEST,
        _ => false,
    }
}

/// The step whose snapshot `latest` means in a step: the last one before it that takes one.
pub(super) fn taking<'s>(steps: &'s [Filled], step: &Filled) -> Option<&'s Filled> {
    let mut before = steps.iter().filter(|one| one.number < step.number);
    before.rfind(|one| one.kind == StepKind::Snapshot)
}

/// A deletion counts on a snapshot, too: on the one that the run took before it, else on the one that there was before the run and that
/// other steps mean.
fn needs(step: &Filled, taken: Option<&Filled>, steps: &[Filled]) -> bool {
    if step.kind != StepKind::DeleteIndices {
        return says_latest(step);
    }
    let older = |one: &Filled| means_older(steps, one);
    !step.has("--snapshot-first") && (taken.is_some() || steps.iter().any(older))
}

/// Whether `latest` means a snapshot in a step that no step of the workflow takes.
pub(super) fn means_older(steps: &[Filled], step: &Filled) -> bool {
    step.values("--repository").is_empty() && says_latest(step) && taking(steps, step).is_none()
}

/// Whether a prune is run that must keep the older snapshot which a step before `--from` means.
fn prunes_after_an_older(steps: &[Filled], wanted: &Wanted) -> bool {
    let (before, after) = steps
        .split_at_checked(wanted.from.saturating_sub(1))
        .unwrap_or_default();
    before.iter().any(|step| means_older(steps, step))
        && after.iter().any(|step| step.kind == StepKind::Prune)
}
