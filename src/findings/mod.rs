//! What is there and endangers the backups, judged from what was read: pure, and nothing is called certain on a guess.
//!
//! One file a family; `docs/findings.md` says what each code means. A finding changes nothing by itself: only what would make an apply fail
//! for certain blocks it.

mod accept;
mod access;
mod bucket_policy;
mod domain;
mod encryption;
mod grants;
mod lifecycle;
mod role;
mod scene;
mod unread;

use std::fmt;

use time::Date;

use crate::failure::Class;
pub use crate::names::finding::Code;
pub(crate) use crate::names::finding::Severity;
use crate::resources::ResourceId;
use crate::resources::actual::Actual;
use crate::resources::declared::Desired;
use crate::resources::outcome::{Blocked, Outcome};
use crate::spec::Acceptance;
pub(crate) use domain::{health_not_read, red};
use scene::Scene;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// The resource that it is about, as `kind.name`.
    pub resource: String,
    /// The sentence.
    pub message: String,
    /// The way out.
    pub hint: String,
    /// Who accepted it; none when nobody did, or no longer does.
    pub accepted: Option<Accepted>,
    /// What it blocks, because the calls of this plan would fail for certain.
    blocks: Option<ResourceId>,
}

/// The entry of the spec that accepts a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Why.
    pub reason: String,
    /// The last day on which it is accepted; none when there is none.
    pub until: Option<String>,
}

/// What findings are looked for in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stage<'a> {
    /// A plan with these outcomes.
    Plan {
        /// The comparison of each resource.
        outcomes: &'a [(ResourceId, Outcome)],
        /// Whether the caller is the one who would send the calls.
        applies: bool,
    },
    /// What is there, with nothing to be sent.
    Now,
}

impl Finding {
    fn new(
        code: Code,
        severity: Severity,
        resource: &ResourceId,
        message: impl fmt::Display,
        hint: impl fmt::Display,
    ) -> Self {
        Self {
            code,
            severity,
            resource: resource.to_string(),
            message: message.to_string(),
            hint: hint.to_string(),
            accepted: None,
            blocks: None,
        }
    }

    fn blocking(mut self, resource: Option<ResourceId>) -> Self {
        self.blocks = resource;
        self
    }

    /// Whether it is a danger that nobody accepted.
    #[must_use]
    pub fn is_danger(&self) -> bool {
        self.severity == Severity::Danger && self.accepted.is_none()
    }
}

/// Number of dangers that nobody accepted.
#[must_use]
pub(crate) fn dangers(findings: &[Finding]) -> usize {
    findings.iter().filter(|one| one.is_danger()).count()
}

/// Judges an environment, dangers first. An entry of `accept` that ended before `today` no longer counts.
#[must_use]
pub(crate) fn judge(
    desired: &Desired,
    accept: &[Acceptance],
    actual: &Actual,
    stage: Stage<'_>,
    today: Option<Date>,
) -> Vec<Finding> {
    let scene = Scene::new(desired, actual, stage);
    let mut found = lifecycle::judge(&scene);
    found.extend(bucket_policy::judge(&scene));
    found.extend(role::judge(&scene));
    found.extend(access::judge(&scene));
    found.extend(encryption::judge(&scene));
    found.extend(domain::judge(&scene));
    found.extend(unread::judge(&scene));
    settle(found, accept, today)
}

/// Applies what the spec accepts, and puts the worst first.
#[must_use]
pub(crate) fn settle(
    mut found: Vec<Finding>,
    accept: &[Acceptance],
    today: Option<Date>,
) -> Vec<Finding> {
    accept::apply(&mut found, accept, today);
    found.sort_by(|a, b| {
        let key = |one: &Finding| (one.accepted.is_some(), one.severity, one.code);
        (key(a), &a.resource, &a.message).cmp(&(key(b), &b.resource, &b.message))
    });
    found.dedup();
    found
}

/// Blocks what would fail for certain.
pub(crate) fn block(findings: &[Finding], outcomes: &mut [(ResourceId, Outcome)]) {
    for finding in findings.iter().filter(|one| one.accepted.is_none()) {
        let Some(blocked) = &finding.blocks else {
            continue;
        };
        for (id, outcome) in outcomes.iter_mut().filter(|(id, _)| id == blocked) {
            match outcome {
                Outcome::Blocked(_) => {}
                Outcome::Changed(_) | Outcome::Unchanged { .. } => {
                    *outcome = Outcome::Blocked(Blocked {
                        reason: finding.message.clone(),
                        remedy: finding.hint.clone(),
                        class: Class::Refused,
                    });
                }
            }
            debug_assert_eq!(id, blocked);
        }
    }
}
