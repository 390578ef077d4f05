//! What is found when backups are verified: each check is in order, wrong, or said to be unchecked; nothing is claimed that was not seen. Pure.

pub(crate) mod files;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::data::snapshot::contents::Contents;
use crate::data::snapshot::{Snapshot, State};
use crate::outlet::safe::shell_word;
use crate::resources::outcome::{FieldChange, Outcome};

/// How much is verified; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The registration on the domain is what the spec says, and it answers.
    Registered,
    /// Every node reaches the repository.
    Nodes,
    /// The snapshot is complete.
    Snapshot,
    /// Indices of it can be restored.
    Restore,
}

impl Level {
    /// The word of the level.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Registered => "registered",
            Level::Nodes => "nodes",
            Level::Snapshot => "snapshot",
            Level::Restore => "restore",
        }
    }
}

/// What a check gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was looked at and is in order.
    Ok,
    /// It was looked at and is wrong.
    Failed,
    /// It was not looked at, or could not be.
    NotChecked,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The level that it belongs to.
    pub level: Level,
    /// What was looked at.
    pub what: String,
    /// What it gave.
    pub result: Verdict,
    /// What was seen, or why it was not looked at.
    pub messages: Vec<String>,
    /// What to do next, where the failure itself says it.
    #[serde(skip)]
    pub hint: Option<String>,
}

impl Check {
    /// It is in order.
    pub fn ok(level: Level, what: impl Into<String>, words: impl Into<String>) -> Self {
        Self::new(level, what, Verdict::Ok, vec![words.into()])
    }

    /// It is wrong.
    pub fn failed(level: Level, what: impl Into<String>, words: Vec<String>) -> Self {
        Self::new(level, what, Verdict::Failed, words)
    }

    /// It was not looked at.
    pub fn unchecked(level: Level, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(level, what, Verdict::NotChecked, vec![why.into()])
    }

    fn new(level: Level, what: impl Into<String>, result: Verdict, words: Vec<String>) -> Self {
        Self {
            level,
            what: what.into(),
            result,
            messages: words,
            hint: None,
        }
    }
}

/// Judges the registration by how it compares with the spec.
#[must_use]
pub(crate) fn registered(outcome: &Outcome) -> Check {
    let what = "registration";
    match outcome {
        Outcome::Unchanged { .. } => Check::ok(
            Level::Registered,
            what,
            "it is as the spec says, and the engine lists its snapshots",
        ),
        Outcome::Changed(changed) => {
            let mut words: Vec<String> = changed.fields.iter().map(field).collect();
            if words.is_empty() {
                words.extend(changed.note.clone());
                words.push("it is not as the spec says; `esbackup plan` shows how".to_owned());
            }
            Check::failed(Level::Registered, what, words)
        }
        Outcome::Blocked(blocked) => {
            let words = vec![blocked.reason.clone(), blocked.remedy.clone()];
            Check::failed(Level::Registered, what, words)
        }
    }
}

fn field(field: &FieldChange) -> String {
    format!(
        "{} is {}, and the spec says {}",
        field.path, field.before, field.after
    )
}

/// The check that a snapshot holds the indices that were named for a drill.
pub(crate) const NAMED: &str = "named indices";

/// What is said of a registration that does not answer; no plan removes that by itself.
const SILENT: &str = "it is registered and does not answer";

/// The check of a repository that is registered and does not answer, in the engine's words.
#[must_use]
pub(crate) fn unanswering(words: String) -> Check {
    let words = vec![SILENT.to_owned(), words];
    Check::failed(Level::Registered, "registration", words)
}

/// The check of a repository that is not there.
#[must_use]
pub(crate) fn unregistered(repository: &str) -> Check {
    let words = format!("repository {repository} is not registered on the domain");
    Check::failed(Level::Registered, "registration", vec![words])
}

/// What to do about checks that failed: about the first of them, since it is the reason of those after it.
#[must_use]
pub(crate) fn remedy(checks: &[Check], snapshot: Option<&Snapshot>) -> String {
    let first = checks.iter().find(|check| check.result == Verdict::Failed);
    if let Some(hint) = first.and_then(|check| check.hint.clone()) {
        return hint;
    }
    let broken = first.is_some_and(|check| check.messages.first().is_some_and(|one| one == SILENT));
    match (first.map(|check| (check.level, &*check.what)), snapshot) {
        (Some((Level::Registered, _)), _) if !broken => {
            "`esbackup plan` shows the difference, `esbackup apply` removes it".to_owned()
        }
        (Some((Level::Registered, _)), _) => {
            "`esbackup plan` shows whether the bucket, the policy or the role differs".to_owned()
        }
        (Some((Level::Snapshot, "snapshot")), None) => {
            "`esbackup snapshot list` shows those that there are".to_owned()
        }
        (Some((Level::Snapshot, "state")), Some(snapshot))
            if snapshot.state == State::InProgress =>
        {
            format!(
                "it still runs: `esbackup snapshot wait {}`",
                shell_word(&snapshot.name)
            )
        }
        (Some((Level::Restore, NAMED)), Some(snapshot)) => format!(
            "name indices that it holds: `esbackup snapshot show {}` lists them",
            shell_word(&snapshot.name)
        ),
        _ => "what failed is listed above; take another snapshot once the reason is removed"
            .to_owned(),
    }
}

/// Judges what `_verify` confirmed.
#[must_use]
pub(crate) fn nodes(names: &[String]) -> Check {
    match names.len() {
        0 => Check::failed(
            Level::Nodes,
            "nodes",
            vec!["no node confirmed that it reaches the repository".to_owned()],
        ),
        number => Check::ok(
            Level::Nodes,
            "nodes",
            format!(
                "{number} confirmed that they reach the repository: {}",
                names.join(", ")
            ),
        ),
    }
}

/// Judges a snapshot by what the engine says of it.
#[must_use]
pub fn snapshot(snapshot: &Snapshot) -> Vec<Check> {
    let level = Level::Snapshot;
    let state = match &snapshot.state {
        State::Success => Check::ok(level, "state", "SUCCESS"),
        state => {
            let mut words = vec![state.as_str().to_owned()];
            words.extend(snapshot.reason.clone());
            Check::failed(level, "state", words)
        }
    };
    let shards = snapshot.shards;
    let mut lost: Vec<String> = snapshot
        .failures
        .iter()
        .map(|failure| {
            format!(
                "{} shard {}: {}",
                failure.index, failure.shard, failure.reason
            )
        })
        .collect();
    let whole = shards.failed == 0 && shards.successful == shards.total && lost.is_empty();
    let running = snapshot.state == State::InProgress;
    let shards = if running {
        Check::unchecked(level, "shards", "the engine tells shards only at the end")
    } else if whole {
        Check::ok(level, "shards", format!("all {} are in it", shards.total))
    } else {
        let words = format!("{} of {} are in it", shards.successful, shards.total);
        lost.insert(0, words);
        Check::failed(level, "shards", lost)
    };
    let mut checks = vec![state, shards];
    if snapshot.indices.is_empty() && !running {
        let words = "it holds no index, so there is nothing that it could bring back";
        checks.push(Check::failed(level, "indices", vec![words.to_owned()]));
    }
    checks
}

/// Judges what the engine read of each shard's list of files.
#[must_use]
pub(crate) fn contents(snapshot: &Snapshot, contents: Option<&Contents>) -> Check {
    let (level, what) = (Level::Snapshot, "file lists");
    let Some(contents) = contents else {
        return Check::unchecked(
            level,
            what,
            "the engine does not tell about the shards of this snapshot",
        );
    };
    let mut wrong: Vec<String> = snapshot
        .indices
        .iter()
        .filter(|index| !contents.indices.contains_key(*index))
        .map(|index| format!("{index}: the engine reads no shard of it"))
        .collect();
    wrong.extend(
        contents
            .indices
            .iter()
            .filter(|(_, part)| part.done != part.shards)
            .map(|(index, part)| format!("{index}: {} of {} shards", part.done, part.shards)),
    );
    let sum = contents.sum();
    if wrong.is_empty() {
        let words = format!(
            "the engine read those of {} shards: {} files, {} bytes",
            sum.shards, sum.files, sum.bytes
        );
        Check::ok(level, what, words)
    } else {
        Check::failed(level, what, wrong)
    }
}
