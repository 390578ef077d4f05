//! The calls of a restore that replaces nothing one by one, and who must agree. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Consent, Existing, Facts, Scope, WAIT_FOR_RUNNING, Wanted, conflicts, inspect};
use crate::counted::documents;
use crate::data::index::{self, BLOCK, Index, IndexHealth, Recovery};
use crate::data::select::Rename;
use crate::data::snapshot::{self, Restore, Snapshot};
use crate::data::{Check, Restores, Wait};
use crate::hazard::{Hazard, Word};
use crate::names::IndexName;
use crate::plan::Step;
use crate::resources::{Call, Kind, ResourceId};
use crate::workflow::{Prepared, Question, step};

/// Prepares a restore that replaces nothing one by one.
#[must_use]
pub(crate) fn prepare(
    wanted: &Wanted,
    snapshot: &Snapshot,
    scope: &Scope,
    facts: &Facts,
) -> Prepared {
    let mut prepared = inspect(wanted, snapshot, scope, facts);
    let overwritten = conflicts(wanted, scope, facts, &mut prepared);
    if scope.pairs.is_empty() {
        return prepared;
    }
    for index in &overwritten {
        prepared.steps.extend(closing(index));
    }
    aliases(wanted, scope, &mut prepared);
    consent(wanted, snapshot, &overwritten, &mut prepared);
    prepared.steps.push(restoring(wanted, snapshot, scope));
    prepared
}

/// Under another name an index beside the one it comes from has the same aliases: readers find the documents of both.
fn aliases(wanted: &Wanted, scope: &Scope, prepared: &mut Prepared) {
    let renamed = scope.pairs.iter().any(|(source, target)| source != target);
    if wanted.include_aliases && renamed {
        prepared.notes.push(
            "the aliases come back too, although the names are others: each will reach what is restored beside what it reaches now; without \
             --include-aliases it will not"
                .to_owned(),
        );
    }
}

/// Whether the targets of an earlier, interrupted run are all being restored from this very snapshot: then there is only waiting left.
#[must_use]
pub(crate) fn resumes(
    wanted: &Wanted,
    snapshot: &Snapshot,
    scope: &Scope,
    healths: &BTreeMap<String, IndexHealth>,
    recoveries: &[Recovery],
    finished: Finished,
) -> bool {
    let from_it = |row: &Recovery| {
        row.kind == "snapshot"
            && row.repository == wanted.repository
            && row.snapshot == snapshot.name
    };
    let ours = |(_, target): &(IndexName, IndexName)| {
        let mut rows = recoveries.iter().filter(|row| row.index == target.as_str());
        healths.contains_key(target.as_str())
            && rows.clone().any(from_it)
            && rows.all(|row| from_it(row) || row.kind == "peer")
    };
    let grows = healths
        .values()
        .any(|health| !health.is_complete() && health.initializing > 0);
    let goes_on = grows || finished == Finished::Counts;
    !scope.pairs.is_empty() && scope.pairs.iter().all(ours) && goes_on
}

/// Whether a restore that has finished counts as the one that was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finished {
    /// It does: whoever asks knows that this run began it.
    Counts,
    /// It does not: documents may have been written since.
    DoesNot,
}

/// What is done before an index is overwritten.
fn closing(index: &Index) -> Vec<Step> {
    let Ok(name) = IndexName::parse(&index.name) else {
        return Vec::new();
    };
    if !index.open {
        return Vec::new();
    }
    let id = ResourceId::new(Kind::Index, &name);
    let before = vec![
        // Old engines let an index be closed while a snapshot of it runs, and the snapshot fails.
        Check::NoSnapshotRuns {
            wait: WAIT_FOR_RUNNING,
        },
        Check::IndexIs {
            name: name.clone(),
            uuid: index.uuid.clone(),
        },
    ];
    vec![step(
        id,
        Call::Index(index::Call::Close { index: name }),
        before,
    )]
}

fn consent(wanted: &Wanted, snapshot: &Snapshot, overwritten: &[&Index], prepared: &mut Prepared) {
    if overwritten.is_empty() {
        return;
    }
    let docs = |index: &Index| match index.docs {
        Some(docs) => format!("{} ({})", index.name, documents(docs)),
        None => format!("{} (documents unknown)", index.name),
    };
    let each: Vec<String> = overwritten.iter().map(|index| docs(index)).collect();
    let each: Vec<&str> = each.iter().map(String::as_str).collect();
    if wanted.consent == Consent::Options {
        for index in overwritten {
            prepared.raised.push(Hazard {
                word: Word::Replace,
                target: ResourceId::new(Kind::Index, &index.name).to_string(),
                why: format!("{} is overwritten before the restored one is proven; --replace proves it first", docs(index)),
            });
        }
    }
    prepared.question = Question::Typed {
        ask: format!(
            "{} will be overwritten from snapshot {}.",
            each.join(", "),
            snapshot.name
        ),
        name: match overwritten {
            [one] => one.name.clone(),
            _ => snapshot.name.clone(),
        },
    };
}

/// The restore itself.
#[must_use]
pub(crate) fn restoring(wanted: &Wanted, snapshot: &Snapshot, scope: &Scope) -> Step {
    let pairs = &scope.pairs;
    let targets: Vec<IndexName> = pairs.iter().map(|(_, target)| target.clone()).collect();
    let sent = match scope.streams.is_empty() {
        true => Rename::sent,
        false => Rename::sent_with_streams,
    };
    let restore = Restore {
        indices: pairs.iter().map(|(source, _)| source.clone()).collect(),
        streams: scope.streams.iter().map(|one| one.source.clone()).collect(),
        rename: wanted.rename.as_ref().map(sent),
        include_aliases: wanted.include_aliases,
        include_global_state: wanted.include_global_state,
        index_settings: wanted.index_settings.clone(),
        ignore_index_settings: ignored(wanted),
        partial: wanted.partial,
        targets: targets.clone(),
    };
    let mut step = restore_step(wanted, snapshot, restore);
    step.before.extend(targets.into_iter().map(|name| {
        crate::resources::Check::Data(match wanted.existing {
            Existing::Close => Check::IndexNotOpen { name },
            Existing::Keep | Existing::Replace => Check::IndexAbsent { name },
        })
    }));
    for stream in &scope.streams {
        let name = stream.target.clone();
        for check in [
            Check::StreamAbsent { name: name.clone() },
            Check::IndexAbsent { name },
        ] {
            step.before.push(crate::resources::Check::Data(check));
        }
    }
    step
}

/// A restore with what must hold of its snapshot, and the wait for its end.
#[must_use]
pub(crate) fn restore_step(wanted: &Wanted, snapshot: &Snapshot, restore: Restore) -> Step {
    let targets = restore.targets.clone();
    let call = snapshot::Call::Restore {
        repository: wanted.repository.clone(),
        name: snapshot.name.clone(),
        restore,
    };
    let before = vec![Check::SnapshotIs {
        repository: wanted.repository.clone(),
        name: snapshot.name.clone(),
        uuid: snapshot.uuid.clone(),
        state: snapshot.state.clone(),
        restores: Restores::DoNotMatter,
    }];
    let id = ResourceId::new(Kind::Snapshot, &snapshot.name);
    let mut step = step(id, Call::Snapshot(call), before);
    step.after = wanted
        .timeout
        .map(|timeout| waiting(wanted, snapshot, targets, timeout));
    step
}

/// The wait for restored indices.
#[must_use]
pub(crate) fn waiting(
    wanted: &Wanted,
    snapshot: &Snapshot,
    targets: Vec<IndexName>,
    timeout: Duration,
) -> Wait {
    Wait::Restored {
        repository: wanted.repository.clone(),
        snapshot: snapshot.name.clone(),
        targets,
        timeout,
    }
}

/// The settings that restored indices lose: an index whose writes were blocked when its snapshot was taken would come back blocked.
#[must_use]
pub(crate) fn ignored(wanted: &Wanted) -> Vec<String> {
    let mut all = wanted.ignore_index_settings.clone();
    if !all.iter().any(|name| name == BLOCK) {
        all.push(BLOCK.to_owned());
    }
    all
}
