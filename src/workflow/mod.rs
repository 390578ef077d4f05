//! What an operator does after `apply`, prepared: from what was read to steps that the one executor runs. Pure; nothing here reads or sends.

pub(crate) mod delete;
pub(crate) mod drill;
pub(crate) mod exposure;
pub(crate) mod indices;
pub(crate) mod name;
pub(crate) mod prune;
pub(crate) mod replace;
pub(crate) mod restore;
pub(crate) mod run;

pub(crate) mod status;
pub(crate) mod take;
pub(crate) mod temporary;
pub(crate) mod verify;

use crate::failure::Class;
use crate::hazard::{Allowance, Hazard};
use crate::plan::{Patience, Step};
use crate::resources::Check;
use crate::resources::{Call, ResourceId};

/// What a command is about to do: data that can be shown, and refused, before anything is sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Prepared {
    /// The calls, in the order in which they are sent, with what is checked before and waited for after each.
    pub steps: Vec<Step>,
    /// What should be known about it, such as what is left out and why.
    pub notes: Vec<String>,
    /// The guards in its way, each of which `--allow` lifts by its name.
    pub raised: Vec<Hazard>,
    /// What stands in its way and no option lifts.
    pub obstacles: Vec<Obstacle>,
    /// What a person must agree to before anything is sent.
    pub question: Question,
}

/// Why something is not done, and the ways out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Obstacle {
    /// What stands in the way.
    pub what: String,
    /// The ways out.
    pub remedy: String,
    /// Class of it, which decides the exit code.
    pub class: Class,
}

/// What a person must agree to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Question {
    /// Nothing: it destroys nothing.
    #[default]
    None,
    /// The word `yes`, or `--yes`.
    Yes(String),
    /// This name typed at a terminal, or `--yes`.
    Typed {
        /// What is asked.
        ask: String,
        /// The name.
        name: String,
    },
}

impl Prepared {
    /// Adds something that stands in the way and that no option lifts.
    pub(crate) fn refuse(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        self.obstacles.push(Obstacle {
            what: what.into(),
            remedy: remedy.into(),
            class: Class::Refused,
        });
    }

    /// The guards that the caller did not allow.
    #[must_use]
    pub(crate) fn standing(&self, allowed: &[Allowance]) -> Vec<&Hazard> {
        self.raised
            .iter()
            .filter(|raised| !allowed.iter().any(|one| one.covers(raised)))
            .collect()
    }
}

/// A step of a workflow: a call with what must hold before it.
#[must_use]
pub(crate) fn step(resource: ResourceId, call: Call, before: Vec<crate::data::Check>) -> Step {
    Step {
        resource,
        before: before.into_iter().map(Check::Data).collect(),
        call,
        after: None,
        undo: None,
        patience: Patience::default(),
    }
}
