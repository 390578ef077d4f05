//! The calls of each stage of a replacement, with what is checked right before each. Pure.

use serde_json::{Value, json};

use super::{Open, Own, Proof, Shape, Stage, Subject, World, stage::Stopped};
use crate::counted::documents;
use crate::data::index::{BLOCK, Call, Writes};
use crate::data::snapshot::Restore;
use crate::data::{Check, Wait};
use crate::names::IndexName;
use crate::plan::Step;
use crate::resources::{Call as AnyCall, Kind, ResourceId};
use crate::workflow::restore::{Consent, WAIT_FOR_RUNNING, Wanted, ignored, restore_step, waiting};
use crate::workflow::temporary::renamed;
use crate::workflow::{Guard, ObstacleBy, Prepared, Question, Raised, step};

/// What is done now.
#[derive(Debug, Clone, PartialEq)]
pub struct Next {
    /// The calls.
    pub prepared: Prepared,
    /// What is waited for beside them.
    pub wait: Option<Wait>,
    /// Whether documents are worth counting afterwards.
    pub counted: bool,
    /// Whether the replacement is done then.
    pub last: bool,
    /// The documents of the restored index, where an earlier run counted them.
    pub docs: Option<u64>,
}

/// What is done in a stage.
#[must_use]
pub fn next(wanted: &Wanted, subject: &Subject<'_>, stage: &Stage) -> Next {
    let mut prepared = Prepared::default();
    let (mut wait, mut counted, mut last, mut whole) = (None, false, false, None);
    let timeout = wanted.timeout.unwrap_or_default();
    match stage {
        Stage::Restore => {
            prepared.steps.push(own(wanted, subject, None));
            last = true;
        }
        Stage::Prove { old, broken, copy } => {
            prepared.steps = prove(wanted, subject, old, broken.as_ref(), copy.as_ref());
            counted = true;
        }
        Stage::AwaitCopy { copy } => {
            let targets = vec![copy.name.clone()];
            wait = Some(waiting(wanted, subject.snapshot, targets, timeout));
        }
        Stage::Decide { old, copy, docs } => {
            decide(wanted, subject, (old, copy, *docs), &mut prepared);
            last = true;
        }
        Stage::Finish { copy, docs } => {
            prepared.steps = finish(wanted, subject, copy, *docs);
            last = true;
        }
        Stage::AwaitOwn => {
            let targets = vec![subject.index.clone()];
            wait = Some(waiting(wanted, subject.snapshot, targets, timeout));
        }
        Stage::Release { new, copies, docs } => {
            prepared.steps = release(wanted, subject, Some(&new.uuid), *docs);
            prepared.steps.extend(copies.iter().map(remove));
            whole = Some(*docs);
            last = true;
        }
        Stage::CleanUp { copies, docs } => {
            whole = Some(*docs);
            prepared.steps = copies.iter().map(remove).collect();
            last = true;
        }
        Stage::Done { docs } => {
            whole = Some(*docs);
            prepared.notes.push(format!(
                "index {} is restored from {} already, and nothing was written to it since",
                subject.index, subject.snapshot.name
            ));
            last = true;
        }
        Stage::Stopped(stopped) => {
            stop(subject, stopped, &mut prepared);
            last = true;
        }
    }
    Next {
        prepared,
        wait,
        counted,
        last,
        docs: whole,
    }
}

fn id(index: &IndexName) -> ResourceId {
    ResourceId::new(Kind::Index, index)
}

fn is(name: &IndexName, uuid: &str) -> Check {
    Check::IndexIs {
        name: name.clone(),
        uuid: uuid.to_owned(),
    }
}

fn holds(name: &IndexName, docs: u64) -> Check {
    Check::IndexHolds {
        name: name.clone(),
        docs,
    }
}

/// A call about an index.
fn about(call: Call, before: Vec<Check>) -> Step {
    step(id(&call.index().clone()), AnyCall::Index(call), before)
}

fn remove(copy: &Proof) -> Step {
    let call = Call::Delete {
        index: copy.name.clone(),
    };
    // Engines refuse to delete, or wait with it, while a snapshot holds the index.
    let idle = Check::NoSnapshotRuns {
        wait: WAIT_FOR_RUNNING,
    };
    about(call, vec![idle, is(&copy.name, &copy.uuid)])
}

/// Blocks writes, makes all documents visible, and restores the copy where it is not there.
fn prove(
    wanted: &Wanted,
    subject: &Subject<'_>,
    old: &Open,
    broken: Option<&Proof>,
    copy: Option<&Proof>,
) -> Vec<Step> {
    let index = subject.index.clone();
    let mut steps: Vec<Step> = broken.map(remove).into_iter().collect();
    if !old.blocked {
        let call = Call::Block {
            index: index.clone(),
            writes: Writes::Refused,
        };
        steps.push(about(call, vec![is(&index, &old.uuid)]));
    }
    if !matches!(old.shape, Shape::Broken) {
        steps.push(about(
            Call::Refresh {
                index: index.clone(),
            },
            vec![is(&index, &old.uuid)],
        ));
    }
    if let (None, Some(name)) = (copy, subject.temporary(&old.uuid)) {
        steps.push(temporary(wanted, subject, &name));
    }
    steps
}

/// Restores the copy: the same settings as the index will have, but no aliases, so that no reader finds its documents twice.
fn temporary(wanted: &Wanted, subject: &Subject<'_>, name: &IndexName) -> Step {
    let restore = Restore {
        indices: vec![subject.index.clone()],
        rename: Some(renamed(name)),
        include_aliases: false,
        include_global_state: false,
        index_settings: wanted.index_settings.clone(),
        ignore_index_settings: ignored(wanted),
        partial: false,
        targets: vec![name.clone()],
    };
    let mut step = restore_step(wanted, subject.snapshot, restore);
    let absent = Check::IndexAbsent { name: name.clone() };
    step.before
        .push(crate::resources::outcome::Check::Data(absent));
    step
}

/// Restores the index under its own name, with the aliases that the snapshot holds, so that readers find it again, unless they are not
/// wanted. With a copy its writes stay blocked until it was counted.
fn own(wanted: &Wanted, subject: &Subject<'_>, copy: Option<(&Proof, u64)>) -> Step {
    let index = subject.index.clone();
    let mut index_settings = wanted.index_settings.clone();
    if copy.is_some() {
        index_settings.insert(BLOCK.to_owned(), json!(true));
    }
    let restore = Restore {
        indices: vec![index.clone()],
        rename: None,
        include_aliases: !wanted.without_aliases,
        include_global_state: false,
        index_settings,
        ignore_index_settings: ignored(wanted),
        partial: false,
        targets: vec![index.clone()],
    };
    let mut step = restore_step(wanted, subject.snapshot, restore);
    let mut before = vec![Check::IndexAbsent { name: index }];
    if let Some((copy, docs)) = copy {
        before.insert(0, is(&copy.name, &copy.uuid));
        before.insert(1, holds(&copy.name, docs));
    }
    let before = before
        .into_iter()
        .map(crate::resources::outcome::Check::Data);
    step.before.extend(before);
    step
}

/// Lets writes in once the restored index was seen to hold what the copy holds.
fn release(wanted: &Wanted, subject: &Subject<'_>, uuid: Option<&str>, docs: u64) -> Vec<Step> {
    let index = subject.index.clone();
    // Whoever wants it to refuse writes gets what they asked for.
    if wanted.index_settings.get(BLOCK).is_some_and(is_true) {
        return Vec::new();
    }
    let mut before = vec![holds(&index, docs)];
    before.extend(uuid.map(|uuid| is(&index, uuid)));
    before.push(Check::WritesRefused {
        name: index.clone(),
    });
    let call = Call::Block {
        index,
        writes: Writes::Taken,
    };
    vec![about(call, before)]
}

fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}

fn finish(wanted: &Wanted, subject: &Subject<'_>, copy: &Proof, docs: u64) -> Vec<Step> {
    let mut steps = vec![own(wanted, subject, Some((copy, docs)))];
    steps.extend(release(wanted, subject, None, docs));
    let mut last = remove(copy);
    let held = holds_check(subject.index, docs);
    // Where writes are let in already the count may have grown: it was checked before that.
    if steps.len() == 1 {
        last.before.push(held);
    }
    steps.push(last);
    steps
}

fn holds_check(index: &IndexName, docs: u64) -> crate::resources::outcome::Check {
    crate::resources::outcome::Check::Data(holds(index, docs))
}

fn decide(
    wanted: &Wanted,
    subject: &Subject<'_>,
    (old, copy, docs): (&Open, &Proof, u64),
    prepared: &mut Prepared,
) {
    let (index, snapshot) = (subject.index, &subject.snapshot.name);
    let has = match old.shape {
        Shape::Whole { docs } => documents(docs),
        Shape::Growing | Shape::Broken => {
            "documents that cannot be counted, since shards are missing".to_owned()
        }
    };
    let counts = format!(
        "index {index} holds {has}; restored from {snapshot} it holds {}, proven as {}",
        documents(docs),
        copy.name
    );
    prepared.notes.push(counts.clone());
    if !old.aliases.is_empty() {
        let aliases: Vec<&str> = old.aliases.iter().map(String::as_str).collect();
        prepared.notes.push(format!(
            "aliases of {index} now: {}; {}",
            aliases.join(", "),
            match wanted.without_aliases {
                true => "none of them comes back",
                false => "those that the snapshot holds come back",
            }
        ));
    }
    if wanted.consent == Consent::Options {
        prepared.raised.push(Raised {
            guard: Guard::Replace,
            target: id(index),
            why: format!("it is deleted and restored; {counts}"),
        });
    }
    prepared.question = Question::Typed {
        ask: format!("{index} will be deleted, and restored from {snapshot}: {counts}."),
        name: index.to_string(),
    };
    let mut before = vec![
        // Old engines let an index be deleted while a snapshot of it runs, and the snapshot fails.
        Check::NoSnapshotRuns {
            wait: WAIT_FOR_RUNNING,
        },
        is(&copy.name, &copy.uuid),
        holds(&copy.name, docs),
        is(index, &old.uuid),
        Check::WritesRefused {
            name: index.clone(),
        },
    ];
    if let Shape::Whole { docs } = old.shape {
        before.push(holds(index, docs));
    }
    let call = Call::Delete {
        index: index.clone(),
    };
    prepared.steps.push(about(call, before));
    prepared.steps.extend(finish(wanted, subject, copy, docs));
}

fn stop(subject: &Subject<'_>, stopped: &Stopped, prepared: &mut Prepared) {
    explain(subject, stopped, prepared);
    if matches!(stopped, Stopped::Recreated { .. } | Stopped::Unequal { .. }) {
        for obstacle in &mut prepared.obstacles {
            obstacle.cause = ObstacleBy::Interfered;
        }
    }
}

fn explain(subject: &Subject<'_>, stopped: &Stopped, prepared: &mut Prepared) {
    let (index, snapshot) = (subject.index, &subject.snapshot.name);
    match stopped {
        Stopped::Closed => prepared.refuse(
            format!("index {index} is closed, so that nobody can see what would be replaced"),
            "open it first, or overwrite it with --close-existing",
        ),
        Stopped::Recreated { docs, copy } => {
            let docs = docs.map_or_else(|| "documents".to_owned(), documents);
            prepared.refuse(
                format!(
                    "somebody created index {index} anew while it was being replaced: it holds {docs} that are not from {snapshot}, whose \
                     data is there as {}",
                    copy.name
                ),
                format!(
                    "stop what writes to {index}; look at both; then delete {index} and run the same command again to finish, or keep it \
                     and delete {}",
                    copy.name
                ),
            );
        }
        Stopped::Unequal { docs, copy, proven } => prepared.refuse(
            format!("restored index {index} holds {docs} documents, and its copy {} holds {proven}", copy.name),
            format!("look at both; then delete {index} and run the same command again, or keep it and delete {}", copy.name),
        ),
        Stopped::Lost { copy } => prepared.refuse(
            format!("index {index} is gone, and shards are missing of its copy {}", copy.name),
            format!("the data is in {snapshot}: delete {} and run the same command again", copy.name),
        ),
    }
}

/// The guard that a replacement of an untouched index will meet, so that it is refused before writes to the index are blocked. None where
/// somebody types the name at a terminal, once both counts are known.
#[must_use]
pub fn consent(wanted: &Wanted, subject: &Subject<'_>, stage: &Stage) -> Option<Raised> {
    let untouched = matches!(stage, Stage::Prove { .. });
    (untouched && wanted.consent == Consent::Options).then(|| Raised {
        guard: Guard::Replace,
        target: id(subject.index),
        why: format!(
            "it is deleted and restored from {} once a restored copy is proven; its writes are blocked meanwhile",
            subject.snapshot.name
        ),
    })
}

/// All calls that are left, as far as they can be told before the first is sent.
#[must_use]
pub fn preview(wanted: &Wanted, subject: &Subject<'_>, world: &World, stage: &Stage) -> Prepared {
    let mut all = next(wanted, subject, stage).prepared;
    let Own::Open(old) = &world.own else {
        return all;
    };
    let copy = match stage {
        Stage::Prove { copy, .. } => copy.clone(),
        Stage::AwaitCopy { copy } => Some(copy.clone()),
        _ => return all,
    };
    let Some(name) = subject.temporary(&old.uuid) else {
        return all;
    };
    // What is not there yet has no id and no count: those are checked once they are known.
    let seen = copy.unwrap_or(Proof {
        name,
        uuid: "as it is then".to_owned(),
        shape: Shape::Growing,
    });
    let mut rest = Prepared::default();
    decide(wanted, subject, (old, &seen, 0), &mut rest);
    for step in &mut rest.steps {
        step.before.retain(|check| {
            !matches!(
                check,
                crate::resources::outcome::Check::Data(Check::IndexHolds { .. })
            )
        });
    }
    all.notes.push(format!(
        "index {} is deleted only after both counts were shown, and with consent (guard replace)",
        subject.index
    ));
    all.steps.extend(rest.steps);
    all
}

/// Gives up a replacement of which the old index is still there: writes are let in again, and the copies are removed.
#[must_use]
pub fn cancel(subject: &Subject<'_>, world: &World) -> Prepared {
    let mut prepared = Prepared::default();
    let index = subject.index;
    let Own::Open(own) = &world.own else {
        if !world.copies.is_empty() {
            prepared.refuse(
                format!("index {index} is not there any more, so that its copy is all there is on the domain"),
                "run the same command without --cancel: it goes on",
            );
        }
        return prepared;
    };
    let name = subject.temporary(&own.uuid);
    let is_old = world
        .copies
        .iter()
        .any(|copy| Some(&copy.name) == name.as_ref());
    if !is_old && !world.copies.is_empty() {
        prepared.refuse(
            format!("index {index} is not the one that was to be replaced"),
            "run the same command without --cancel: it goes on, or says what is there",
        );
        return prepared;
    }
    if own.blocked {
        let call = Call::Block {
            index: index.clone(),
            writes: Writes::Taken,
        };
        prepared.steps.push(about(call, vec![is(index, &own.uuid)]));
    }
    prepared.steps.extend(world.copies.iter().map(remove));
    prepared
}
