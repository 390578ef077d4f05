//! How one environment of an apply ended, and how that is told.

use crate::execute::{Failure as FailureKind, Reason};
use crate::exit::Exit;
use crate::interrupt::Signal;
use crate::plan::Plan;
use crate::report::view::Failure;

/// How one environment ended.
pub(super) struct End {
    pub(super) exit: Exit,
    pub(super) done: usize,
    pub(super) total: usize,
    pub(super) failure: Option<Failure>,
    pub(super) remaining: Vec<String>,
    pub(super) nodes: Vec<String>,
    pub(super) verified: Verified,
}

/// What was seen of the repository's verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verified {
    /// Every node confirmed it in this run.
    Now,
    /// It answers, and nothing was to be verified.
    Answers,
    /// The spec asks for no verification, or the repository is only used.
    No,
}

impl End {
    pub(super) fn new(exit: Exit) -> Self {
        Self {
            exit,
            done: 0,
            total: 0,
            failure: None,
            remaining: Vec::new(),
            nodes: Vec::new(),
            verified: Verified::No,
        }
    }

    pub(super) fn failed(exit: Exit, failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            ..Self::new(exit)
        }
    }

    pub(super) fn interrupted(signal: Signal) -> Self {
        Self::failed(
            exit_of(signal),
            Failure::local(
                "go on",
                "a signal asked to stop",
                "run the same command again: it goes on from here",
            ),
        )
    }
}

/// The exit code of a run that a signal ended.
pub fn exit_of(signal: Signal) -> Exit {
    match signal {
        Signal::Interrupt => Exit::Interrupted,
        Signal::Terminate => Exit::Terminated,
    }
}

pub(super) fn differences(plan: &Plan) -> String {
    let mut words = Vec::new();
    for change in plan
        .changes
        .iter()
        .filter(|change| change.action != crate::plan::Action::None)
    {
        let fields: Vec<&str> = change
            .fields
            .iter()
            .map(|field| field.path.as_str())
            .collect();
        let what = match &change.blocked {
            Some(blocked) => blocked.reason.clone(),
            None => fields.join(", "),
        };
        words.push(format!("{} ({what})", change.id));
    }
    words.join("; ")
}

pub(super) fn blocked(plan: &Plan) -> Failure {
    let words = plan
        .blocked()
        .map(|(id, blocked)| format!("{id} {}", blocked.reason))
        .collect();
    let remedies: Vec<String> = plan
        .blocked()
        .map(|(id, blocked)| format!("{id}: {}", blocked.remedy))
        .collect();
    let doing = "apply: something is blocked, so nothing was written".to_owned();
    Failure {
        doing,
        words,
        ..Failure::local("", "", remedies.join("\n"))
    }
}

pub fn stopped(reason: Reason) -> (Exit, Failure) {
    match reason {
        Reason::Failed {
            explanation,
            failure,
        } => {
            let exit = match failure {
                FailureKind::Denied => Exit::Denied,
                FailureKind::TryAgain => Exit::TryAgain,
                FailureKind::Other => Exit::Failed,
            };
            (exit, Failure::explained(&explanation))
        }
        Reason::Interfered { what } => {
            let words = "what it was planned from changed since it was read";
            (
                Exit::Stale,
                Failure::local(
                    what,
                    words,
                    "another run interfered: look at a new plan and apply again",
                ),
            )
        }
        Reason::Busy { what } => {
            let words =
                "a snapshot or restore runs on it; changing it now could damage the snapshot";
            (
                Exit::TryAgain,
                Failure::local(
                    format!("change {what}"),
                    words,
                    "wait until it is done, then apply again",
                ),
            )
        }
        Reason::Incomplete { what, words } => {
            let failure = Failure {
                words,
                ..Failure::local(
                    what,
                    "",
                    "look at the words above; nothing else was done after it",
                )
            };
            (Exit::Partly, failure)
        }
        Reason::TooLong { what, waited } => {
            let words = format!(
                "it goes on; it was waited for {}",
                crate::moment::in_words(waited)
            );
            let failure = Failure::local(format!("wait for {what}"), words, "wait for it again");
            (Exit::TryAgain, failure)
        }
        Reason::Detached { what, signal } => {
            let words = "a signal asked to stop waiting; it goes on";
            let failure = Failure::local(format!("wait for {what}"), words, "wait for it again");
            (exit_of(signal), failure)
        }
        Reason::Interrupted(signal) => {
            let failure = Failure::local(
                "go on",
                "a signal asked to stop",
                "apply again: it goes on from here",
            );
            (exit_of(signal), failure)
        }
    }
}
