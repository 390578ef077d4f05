//! Prepares a run of a workflow: its steps with every placeholder filled in, and the one snapshot that `latest` means. Pure, and
//! decided once before the first step; a step is never checked against another snapshot than the one that was shown.

mod deletes;
mod keeps;
mod latest;
mod prepare;
mod restores;
#[cfg(test)]
mod tests;
mod words;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use crate::data::index::Index;
use crate::data::snapshot::Snapshot;
use crate::hazard::Word;
use crate::moment::Moment;
use crate::names::EnvironmentName;
use crate::spec::StepKind;
use crate::workflow::restore::Consent;
use crate::workflow::{indices, restore};

pub(crate) use latest::meant;
#[cfg(test)]
pub(crate) use prepare::Run;
pub(crate) use prepare::{Ready, prepare};
pub(crate) use words::{Filled, fill, is_key, shares_its_time, takes_a_default_name_again};

/// The guards that a run can meet: those of its steps.
pub(crate) const GUARDS: [Word; 5] = [
    Word::Replace,
    Word::NoSnapshot,
    Word::SystemIndex,
    Word::Red,
    Word::Space,
];

/// Returns the guards that a step can meet.
#[must_use]
pub(crate) fn guards(kind: StepKind) -> &'static [Word] {
    match kind {
        StepKind::Restore => &restore::GUARDS,
        StepKind::DeleteIndices => &indices::GUARDS,
        StepKind::Snapshot | StepKind::Wait | StepKind::Verify | StepKind::Prune => &[],
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The environment.
    pub environment: EnvironmentName,
    /// When the run began, by the domain's clock in whole seconds: what `{date}` and `{time}` say.
    pub began: Moment,
    /// Whether it goes on with a run that began then.
    pub resumes: bool,
    /// Whether nothing of the first step was begun by then.
    pub not_begun: bool,
    /// The values of placeholders.
    pub set: BTreeMap<String, String>,
    /// The first step that is run, from 1.
    pub from: usize,
    /// What `latest` means, where no step that is run takes it.
    pub snapshot: Option<String>,
    /// How somebody agrees to what a step destroys.
    pub consent: Consent,
}

/// What was read before the first step.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    /// The snapshots of the environment's repository.
    pub snapshots: Vec<Snapshot>,
    /// The environment's repository.
    pub repository: String,
    /// Of each other repository those snapshots that steps name, as far as they are there.
    pub elsewhere: BTreeMap<String, Vec<Snapshot>>,
    /// The indices of the domain; only read when one is deleted or restored.
    pub indices: Vec<Index>,
    /// The aliases of each index.
    pub aliases: BTreeMap<String, BTreeSet<String>>,
    /// The backing indices of each data stream.
    pub streams: BTreeMap<String, Vec<String>>,
}

impl Facts {
    /// The snapshot of a name, in the environment's repository or in another one.
    fn snapshot(&self, elsewhere: Option<&str>, name: &str) -> Option<&Snapshot> {
        let all = match elsewhere {
            None => Some(&self.snapshots),
            Some(repository) => self.elsewhere.get(repository),
        };
        all?.iter().find(|one| one.name == name)
    }
}

/// What is wrong with a command line for this workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Wrong {
    /// A placeholder that nobody gave.
    #[error("step {number} ({}) has the placeholder {{{key}}}: add --set {key}=VALUE", .kind.as_str())]
    Unknown {
        /// The step.
        number: usize,
        /// Its command.
        kind: StepKind,
        /// The placeholder.
        key: String,
    },
    /// A value that no step asks for.
    #[error("--set {0}: no step has the placeholder {{{0}}}")]
    Unused(String),
    /// A placeholder that is not the caller's to give.
    #[error("--set {0}: {{{0}}} follows from the run itself")]
    BuiltIn(String),
    /// A step that there is not.
    #[error("--from {from}: the workflow has {steps} steps, counted from 1")]
    From {
        /// The step that was named.
        from: usize,
        /// How many there are.
        steps: usize,
    },
    /// What `latest` means was taken by a step that is not run.
    #[error(
        "step {number} needs the snapshot that step {taken} took: name it with --snapshot NAME"
    )]
    NotTaken {
        /// The step.
        number: usize,
        /// The step that takes the snapshot.
        taken: usize,
    },
    /// A snapshot that no step asks for.
    #[error("--snapshot {0}: no step that would be run says `latest` for an older snapshot")]
    NotAsked(String),
    /// `latest` of a repository that is not the spec's.
    #[error(
        "step {0}: `latest` of another repository is not resolved; write `snapshot: \"{{snapshot}}\"` and name it with --set snapshot=NAME"
    )]
    OtherRepository(usize),
}
