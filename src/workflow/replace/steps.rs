//! The calls of each stage of a replacement, with what is checked right before each. Pure.

use serde_json::{Map, Value, json};

use super::{Open, Own, Proof, Shape, Stage, Subject, World, stage::Stopped};
use crate::counted::documents;
use crate::data::index::{BLOCK, Call, Writes};
use crate::data::snapshot::Restore;
use crate::data::{Check, Wait};
use crate::failure::Class;
use crate::hazard::{Hazard, Word};
use crate::names::IndexName;
use crate::plan::Step;
use crate::resources::{Call as AnyCall, Kind, ResourceId};
use crate::workflow::restore::{Consent, WAIT_FOR_RUNNING, Wanted, ignored, restore_step, waiting};
use crate::workflow::temporary::{renamed, renamed_stream};
use crate::workflow::{Prepared, Question, step};

/// What is done now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Next {
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
pub(crate) fn next(wanted: &Wanted, subject: &Subject<'_>, stage: &Stage) -> Next {
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
            let targets = subject.targets(&copy.name);
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
            let targets = subject.targets(subject.index);
            wait = Some(waiting(wanted, subject.snapshot, targets, timeout));
        }
        Stage::Release { new, copies, docs } => {
            prepared.steps = release(wanted, subject, Some(new), *docs);
            let removals = copies.iter().map(|copy| remove(subject, copy));
            prepared.steps.extend(removals);
            whole = Some(*docs);
            last = true;
        }
        Stage::CleanUp { copies, docs } => {
            whole = Some(*docs);
            prepared.steps = copies.iter().map(|copy| remove(subject, copy)).collect();
            last = true;
        }
        Stage::Done { docs } => {
            whole = Some(*docs);
            prepared.notes.push(format!(
                "{} is restored from {} already, and nothing was written to it since",
                subject.named(),
                subject.snapshot.name
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

pub(super) fn id(index: &IndexName) -> ResourceId {
    ResourceId::new(Kind::Index, index)
}

fn is(subject: &Subject<'_>, name: &IndexName, uuid: &str) -> Check {
    let (name, uuid) = (name.clone(), uuid.to_owned());
    match subject.backing {
        None => Check::IndexIs { name, uuid },
        Some(_) => Check::StreamIs {
            name,
            identity: uuid,
        },
    }
}

fn holds(subject: &Subject<'_>, name: &IndexName, docs: u64) -> Check {
    let name = name.clone();
    match subject.backing {
        None => Check::IndexHolds { name, docs },
        Some(_) => Check::StreamHolds { name, docs },
    }
}

fn refuses_writes(subject: &Subject<'_>) -> Check {
    let name = subject.index.clone();
    match subject.backing {
        None => Check::WritesRefused { name },
        Some(_) => Check::StreamRefusesWrites { name },
    }
}

/// Checks that nothing has the names that would come back.
fn absent(subject: &Subject<'_>, name: &IndexName) -> Vec<Check> {
    let mut checks = vec![Check::IndexAbsent { name: name.clone() }];
    if subject.backing.is_some() {
        checks.push(Check::StreamAbsent { name: name.clone() });
        let targets = subject.targets(name).into_iter();
        checks.extend(targets.map(|name| Check::IndexAbsent { name }));
    }
    checks
}

fn deletion(subject: &Subject<'_>, name: &IndexName) -> Call {
    let name = name.clone();
    match subject.backing {
        None => Call::Delete { index: name },
        Some(_) => Call::DeleteStream { stream: name },
    }
}

/// A restore of what is replaced, under a name.
fn restoring(subject: &Subject<'_>, name: &IndexName) -> Restore {
    let (indices, streams) = match subject.backing {
        None => (vec![subject.index.clone()], Vec::new()),
        Some(backing) => (backing.to_vec(), vec![subject.index.clone()]),
    };
    let rename = match subject.backing {
        _ if name == subject.index => None,
        None => Some(renamed(name)),
        Some(_) => renamed_stream(subject.index, name),
    };
    Restore {
        indices,
        streams,
        rename,
        include_aliases: false,
        include_global_state: false,
        index_settings: Map::new(),
        ignore_index_settings: Vec::new(),
        partial: false,
        targets: subject.targets(name),
    }
}

/// A call about an index.
fn about(call: Call, before: Vec<Check>) -> Step {
    step(id(&call.index().clone()), AnyCall::Index(call), before)
}

fn remove(subject: &Subject<'_>, copy: &Proof) -> Step {
    // Engines refuse to delete, or wait with it, while a snapshot holds the index.
    let idle = Check::NoSnapshotRuns {
        wait: WAIT_FOR_RUNNING,
    };
    let call = deletion(subject, &copy.name);
    about(call, vec![idle, is(subject, &copy.name, &copy.uuid)])
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
    let removal = broken.map(|copy| remove(subject, copy));
    let mut steps: Vec<Step> = removal.into_iter().collect();
    if !old.blocked {
        let call = Call::Block {
            index: index.clone(),
            writes: Writes::Refused,
        };
        steps.push(about(call, vec![is(subject, &index, &old.uuid)]));
    }
    if !matches!(old.shape, Shape::Broken) {
        steps.push(about(
            Call::Refresh {
                index: index.clone(),
            },
            vec![is(subject, &index, &old.uuid)],
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
        index_settings: wanted.index_settings.clone(),
        ignore_index_settings: ignored(wanted),
        ..restoring(subject, name)
    };
    let mut step = restore_step(wanted, subject.snapshot, restore);
    let absent = absent(subject, name).into_iter();
    let absent = absent.map(crate::resources::Check::Data);
    step.before.extend(absent);
    step
}

/// Restores the index under its own name, with the aliases that the snapshot holds, so that readers find it again, unless they are not
/// wanted. With a copy its writes stay blocked until it was counted.
fn own(wanted: &Wanted, subject: &Subject<'_>, copy: Option<(&Proof, u64)>) -> Step {
    let mut index_settings = wanted.index_settings.clone();
    if copy.is_some() {
        index_settings.insert(BLOCK.to_owned(), json!(true));
    }
    let restore = Restore {
        include_aliases: !wanted.without_aliases,
        index_settings,
        ignore_index_settings: ignored(wanted),
        ..restoring(subject, subject.index)
    };
    let mut step = restore_step(wanted, subject.snapshot, restore);
    let mut before = Vec::new();
    if let Some((copy, docs)) = copy {
        before.push(is(subject, &copy.name, &copy.uuid));
        before.push(holds(subject, &copy.name, docs));
    }
    before.extend(absent(subject, subject.index));
    let before = before.into_iter().map(crate::resources::Check::Data);
    step.before.extend(before);
    step
}

/// Lets writes in once the restored index was seen to hold what the copy holds.
fn release(wanted: &Wanted, subject: &Subject<'_>, new: Option<&Open>, docs: u64) -> Vec<Step> {
    let index = subject.index.clone();
    // Whoever wants it to refuse writes gets what they asked for.
    if wanted.index_settings.get(BLOCK).is_some_and(is_true) {
        return Vec::new();
    }
    let mut before = vec![holds(subject, &index, docs)];
    before.extend(new.map(|new| is(subject, &index, &new.uuid)));
    // A stream that was rolled over takes writes in its newest backing index; the count shows that none came.
    if !new.is_some_and(|new| new.partly) {
        before.push(refuses_writes(subject));
    }
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
    let mut last = remove(subject, copy);
    let held = crate::resources::Check::Data(holds(subject, subject.index, docs));
    // Where writes are let in already the count may have grown: it was checked before that.
    if steps.len() == 1 {
        last.before.push(held);
    }
    steps.push(last);
    steps
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
        "{} holds {has}; restored from {snapshot} it holds {}, proven as {}",
        subject.named(),
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
    match wanted.consent {
        Consent::Options => prepared.raised.push(Hazard {
            word: Word::Replace,
            target: id(index).to_string(),
            why: format!("it is deleted and restored; {counts}"),
        }),
        Consent::Beforehand if old.shape != (Shape::Whole { docs }) => {
            return prepared
                .obstacles
                .push(super::unequal(subject, copy.name.as_str(), &counts));
        }
        Consent::Typed | Consent::Beforehand | Consent::Shown => {}
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
        is(subject, &copy.name, &copy.uuid),
        holds(subject, &copy.name, docs),
        is(subject, index, &old.uuid),
        refuses_writes(subject),
    ];
    if let Shape::Whole { docs } = old.shape {
        before.push(holds(subject, index, docs));
    }
    let call = deletion(subject, index);
    prepared.steps.push(about(call, before));
    prepared.steps.extend(finish(wanted, subject, copy, docs));
}

fn stop(subject: &Subject<'_>, stopped: &Stopped, prepared: &mut Prepared) {
    explain(subject, stopped, prepared);
    if matches!(stopped, Stopped::Recreated { .. } | Stopped::Unequal { .. }) {
        let obstacles = prepared.obstacles.iter_mut();
        obstacles.for_each(|one| one.class = Class::Interfered);
    }
}

fn explain(subject: &Subject<'_>, stopped: &Stopped, prepared: &mut Prepared) {
    let (index, snapshot) = (subject.index, &subject.snapshot.name);
    let named = subject.named();
    match stopped {
        Stopped::Closed if subject.backing.is_some() => prepared.refuse(
            format!("a backing index of {named} is closed, so its documents cannot be counted"),
            "open the backing index first, then run the same command again",
        ),
        Stopped::Closed => prepared.refuse(
            format!("index {index} is closed, so that nobody can see what would be replaced"),
            "open it first, or overwrite it with --close-existing",
        ),
        Stopped::Recreated { docs, copy } => {
            let docs = docs.map_or_else(|| "documents".to_owned(), documents);
            prepared.refuse(
                format!(
                    "somebody created {named} anew while it was being replaced: it holds {docs} that are not from {snapshot}, whose \
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
            format!("restored {named} holds {docs} documents, and its copy {} holds {proven}", copy.name),
            format!("look at both; then delete {index} and run the same command again, or keep it and delete {}", copy.name),
        ),
        Stopped::Lost { copy } => prepared.refuse(
            format!("{named} is gone, and shards are missing of its copy {}", copy.name),
            format!("the data is in {snapshot}: delete {} and run the same command again", copy.name),
        ),
    }
}

/// All calls that are left, as far as they can be told before the first is sent.
#[must_use]
pub(crate) fn preview(
    wanted: &Wanted,
    subject: &Subject<'_>,
    world: &World,
    stage: &Stage,
) -> Prepared {
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
                crate::resources::Check::Data(Check::IndexHolds { .. } | Check::StreamHolds { .. })
            )
        });
    }
    all.notes.push(format!(
        "{} is deleted only after both counts were shown, and with consent (guard replace)",
        subject.named()
    ));
    all.steps.extend(rest.steps);
    all
}

/// Gives up a replacement of which the old index is still there: writes are let in again, and the copies are removed.
#[must_use]
pub(crate) fn cancel(subject: &Subject<'_>, world: &World) -> Prepared {
    let mut prepared = Prepared::default();
    let index = subject.index;
    let Own::Open(own) = &world.own else {
        if !world.copies.is_empty() {
            prepared.refuse(
                format!(
                    "{} is not there any more, so that its copy is all there is on the domain",
                    subject.named()
                ),
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
            format!("{} is not the one that was to be replaced", subject.named()),
            "run the same command without --cancel: it goes on, or says what is there",
        );
        return prepared;
    }
    if own.blocked || own.partly {
        let call = Call::Block {
            index: index.clone(),
            writes: Writes::Taken,
        };
        prepared
            .steps
            .push(about(call, vec![is(subject, index, &own.uuid)]));
    }
    let removals = world.copies.iter().map(|copy| remove(subject, copy));
    prepared.steps.extend(removals);
    prepared
}
