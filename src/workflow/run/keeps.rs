//! What the prunes of a run keep whatever their rules say: every snapshot that the run counts on, so that no step takes away what another
//! needs, and the newest good one of each index that the run deletes.

use std::collections::BTreeSet;

use super::prepare::{Ready, Run};
use super::{Facts, Filled, Wanted};
use crate::spec::StepKind;
use crate::workflow::name::LATEST;

/// Adds to each prune what it keeps.
pub(super) fn add(run: &mut Run, steps: &[Filled], wanted: &Wanted, facts: &Facts) {
    let mut names = names(run, steps);
    // What `latest` meant in a step that is not run this time.
    names.extend(wanted.snapshot.clone());
    let deletes = |step: &&Filled| step.kind == StepKind::DeleteIndices;
    let deleted: BTreeSet<&String> = steps
        .iter()
        .filter(deletes)
        .flat_map(|step| &step.subjects)
        .collect();
    let taken: Vec<(usize, String)> = run
        .steps
        .iter()
        .filter(|ready| takes(steps, ready.number))
        .flat_map(|ready| {
            ready
                .subjects
                .iter()
                .map(|name| (ready.number, name.clone()))
        })
        .collect();
    for ready in &mut run.steps {
        if ready.kind != StepKind::Prune {
            continue;
        }
        // What is not there yet cannot be deleted; a name that is not there at all would be refused.
        let known = |name: &&String| {
            let before =
                |(number, taken): &(usize, String)| *number < ready.number && taken == *name;
            facts.snapshots.iter().any(|one| one.name == **name) || taken.iter().any(before)
        };
        let kept: Vec<&String> = names.iter().filter(known).collect();
        for name in kept {
            ready.options.extend(["--keep".to_owned(), name.clone()]);
        }
        for index in &deleted {
            ready
                .options
                .extend(["--keep-holding".to_owned(), (*index).clone()]);
        }
    }
}

fn takes(steps: &[Filled], number: usize) -> bool {
    let mut steps = steps.iter().filter(|step| step.kind == StepKind::Snapshot);
    steps.any(|step| step.number == number)
}

/// Every snapshot that a step names, takes or counts on, whether or not it is run this time.
fn names(run: &Run, steps: &[Filled]) -> BTreeSet<String> {
    let named = steps.iter().filter(|step| {
        let of_snapshots = matches!(
            step.kind,
            StepKind::Snapshot | StepKind::Wait | StepKind::Verify | StepKind::Restore
        );
        of_snapshots && step.values("--repository").is_empty()
    });
    let meant = run.steps.iter().filter(|ready| {
        let other = ready
            .options
            .iter()
            .any(|word| word.starts_with("--repository"));
        matches!(
            ready.kind,
            StepKind::Wait | StepKind::Verify | StepKind::Restore
        ) && !other
    });
    let counted = run.steps.iter().flat_map(counted);
    named
        .flat_map(|step| &step.subjects)
        .chain(meant.flat_map(|ready| &ready.subjects))
        .chain(counted)
        .filter(|name| *name != LATEST)
        .cloned()
        .collect()
}

/// What a deletion was told to count on.
fn counted(ready: &Ready) -> impl Iterator<Item = &String> {
    let words = ready.options.iter();
    let pairs = words.clone().zip(words.skip(1));
    pairs
        .filter(|(option, _)| *option == "--in-snapshot")
        .map(|(_, name)| name)
}
