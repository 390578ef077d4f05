//! How one environment of an apply ended, and how that is told.

use crate::exit::Exit;
use crate::failure::{Class, Failure};
use crate::interrupt::Signal;
use crate::plan::{Outline, Plan};

use crate::resources::ResourceId;
use crate::resources::outcome::Blocked;

/// How one environment ended.
pub(super) struct End {
    pub(super) done: usize,
    pub(super) total: usize,
    pub(super) failure: Option<Failure>,
    pub(super) remaining: Vec<String>,
    /// The call that was perhaps applied.
    pub(super) unknown: Option<String>,
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
    /// It ended well.
    pub(super) fn done() -> Self {
        Self {
            done: 0,
            total: 0,
            failure: None,
            remaining: Vec::new(),
            unknown: None,
            nodes: Vec::new(),
            verified: Verified::No,
        }
    }

    pub(super) fn failed(failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            ..Self::done()
        }
    }

    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        self.failure.as_ref().map_or(Exit::Done, Failure::exit)
    }

    /// The same, when what is there afterwards could not be seen to be what was wanted.
    pub(super) fn unconfirmed(self, failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            nodes: Vec::new(),
            verified: Verified::No,
            ..self
        }
    }

    pub(super) fn interrupted(signal: Signal, again: &str) -> Self {
        let hint = format!("run it again: {again}");
        Self::failed(Failure::new(signal.into(), "go on", signal.words(), hint))
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

/// The reads that failed of a plan, in their own words; none where everything was read. What waits for such a resource is not told again.
pub(super) fn unread(plan: &Plan) -> Option<Failure> {
    let failed: Vec<(&ResourceId, &Blocked)> = plan
        .blocked()
        .filter(|(_, blocked)| blocked.class != Class::Refused)
        .filter(|(_, blocked)| !blocked.reason.starts_with("waits for "))
        .collect();
    let class = Class::first(failed.iter().map(|(_, blocked)| blocked.class))?;
    let mut words = Vec::new();
    let mut remedies: Vec<&str> = Vec::new();
    for (id, blocked) in &failed {
        words.push(format!("{id} {}", blocked.reason));
        if !remedies.contains(&blocked.remedy.as_str()) {
            remedies.push(&blocked.remedy);
        }
    }
    Some(Failure {
        messages: words,
        ..Failure::new(class, "read everything again", "", remedies.join("\n"))
    })
}

pub(super) fn blocked(outline: &Outline) -> Failure {
    let blocked = outline.blocked.iter();
    let messages = blocked
        .clone()
        .map(|(id, blocked)| format!("{id} {}", blocked.reason))
        .collect();
    let hints: Vec<String> = blocked
        .clone()
        .map(|(id, blocked)| format!("{id}: {}", blocked.remedy))
        .collect();
    let class = Class::first(blocked.map(|(_, blocked)| blocked.class));
    let task = "apply: something is blocked, so nothing was written";
    Failure {
        messages,
        ..Failure::new(class.unwrap_or(Class::Refused), task, "", hints.join("\n"))
    }
}
