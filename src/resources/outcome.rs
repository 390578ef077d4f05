//! What comparing one resource gives: unchanged, changed with the calls that change it, or blocked with a reason. Data only.

use serde_json::Value;

use crate::failure::Class;
use crate::hazard::Word;
use crate::policy_document::StatementDiff;
use crate::resources::{Call, Check};

/// The result of comparing what is wanted of a resource with what was read of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// It is as wanted.
    Unchanged {
        /// What is there beside it, kept as it is.
        unmanaged: Vec<String>,
        /// What should be known about it although nothing is done.
        note: Option<String>,
    },
    /// It is to be created or changed.
    Changed(Changed),
    /// It cannot or must not be changed.
    Blocked(Blocked),
}

impl Outcome {
    /// It is as wanted, and nothing is to be said about it.
    pub(crate) fn unchanged() -> Self {
        Outcome::Unchanged {
            unmanaged: Vec::new(),
            note: None,
        }
    }
}

/// A resource that is to be created or changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Changed {
    /// Created, or updated.
    pub verb: Verb,
    /// What is special about the change, such as `claim empty bucket`.
    pub note: Option<String>,
    /// Each field that changes.
    pub fields: Vec<FieldChange>,
    /// What is not safe about it.
    pub risks: Vec<RiskNote>,
    /// The calls, not yet ordered among other resources.
    pub drafts: Vec<Draft>,
    /// What is there beside it, kept as it is.
    pub unmanaged: Vec<String>,
}

/// Whether a change creates or updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// It does not exist yet.
    Create,
    /// It exists and differs.
    Update,
}

/// Why a resource is blocked, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The reason.
    pub reason: String,
    /// The ways out.
    pub remedy: String,
    /// Class of the reason; it decides the exit code.
    pub class: Class,
}

/// One field that changes, by its YAML key path.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct FieldChange {
    /// The key path within the resource, such as `lifecycle.noncurrent_versions_expire_after`.
    pub path: String,
    /// What is there; null when nothing is.
    pub before: Value,
    /// What will be there.
    pub after: Value,
    /// The statements that differ, where the field is a policy document.
    pub statements: Vec<StatementDiff>,
}

impl FieldChange {
    /// A field whose value changes.
    pub fn value(
        path: impl Into<String>,
        before: impl Into<Value>,
        after: impl Into<Value>,
    ) -> Self {
        Self {
            path: path.into(),
            before: before.into(),
            after: after.into(),
            statements: Vec::new(),
        }
    }
}

/// A risk and what exactly carries it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RiskNote {
    /// The risk.
    pub risk: Word,
    /// What carries it, in words.
    pub why: String,
}

/// The phases of an apply, in order: access is taken before it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Marks of ownership, and everything that takes access or adds protection.
    Narrow,
    /// What does not exist yet.
    Create,
    /// What gives access: policies, then attachments.
    Widen,
    /// What lets principals in: trust policies, then bucket policies.
    Open,
    /// The repository.
    Register,
    /// What is no longer needed.
    Remove,
}

/// A call that a kind asks for, with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    /// When it is sent.
    pub phase: Phase,
    /// What must hold right before it is sent.
    pub before: Option<Check>,
    /// What is sent.
    pub call: Call,
    /// What is sent to clean up when this call fails for good.
    pub undo: Option<Call>,
}

impl Draft {
    /// A call without a check.
    pub(crate) fn new(phase: Phase, call: Call) -> Self {
        Self {
            phase,
            before: None,
            call,
            undo: None,
        }
    }

    /// Adds a check that must hold right before the call.
    pub(crate) fn checked(mut self, check: Check) -> Self {
        self.before = Some(check);
        self
    }

    /// Adds what is sent to clean up when the call fails for good.
    pub(crate) fn undone_by(mut self, undo: Call) -> Self {
        self.undo = Some(undo);
        self
    }
}

/// What reading a check again showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// It holds: the call is sent.
    Holds,
    /// The call is not needed.
    Needless,
    /// It does not hold any more: another run interfered.
    Broken,
    /// This runs and must end first.
    Busy(String),
    /// It cannot be shown that the call is safe: the reason, and what to do.
    Refused {
        /// What was seen.
        why: String,
        /// What to do next.
        hint: String,
    },
}
