//! From what is wanted and what was read to a plan: pure, total, without a clock. A plan is data, and its steps are the literal calls.

mod compare;
mod fingerprint;
mod order;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::data::Wait;
use crate::findings::{self, Finding, Stage};
use crate::hazard::{Allowance, Hazard};
use crate::names::{AccountId, EnvironmentName, Region};
use crate::resources::actual::{Actual, DomainSeen};
use crate::resources::declared::Desired;
use crate::resources::outcome::{Blocked, FieldChange, Outcome, RiskNote};
use crate::resources::write::Documents;
use crate::resources::{Call, Check, ResourceId};
use crate::spec::Acceptance;

pub(crate) use fingerprint::Fingerprint;

/// What the caller chose for this run.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Resources named with `--adopt`, as `kind.name`.
    pub adopted: BTreeSet<String>,
    /// Whether repositories are registered without a candidate (`--direct`).
    pub direct: bool,
    /// The day of the run, in UTC: until when a finding is accepted is compared with it.
    pub today: Option<time::Date>,
    /// Whether the plan is carried out by the caller who is making it.
    pub applies: bool,
}

/// Which environment of the run creates which resource.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    creators: BTreeMap<ResourceId, EnvironmentName>,
}

/// What is to be done in one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The environment.
    pub environment: EnvironmentName,
    /// Its account.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// What changes, in order of application; unchanged resources too.
    pub changes: Vec<Change>,
    /// What endangers the backups, dangers first.
    pub findings: Vec<Finding>,
    /// The calls, in the order in which they are sent.
    pub steps: Vec<Step>,
}

/// What happens to one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The resource.
    pub id: ResourceId,
    /// What happens.
    pub action: Action,
    /// What is special about it.
    pub note: Option<String>,
    /// The fields that change.
    pub fields: Vec<FieldChange>,
    /// What is not safe about it.
    pub risks: Vec<RiskNote>,
    /// Why it is blocked.
    pub blocked: Option<Blocked>,
    /// What is there beside it, kept as it is.
    pub unmanaged: Vec<String>,
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It is created.
    Create,
    /// It is changed.
    Update,
    /// It is as wanted.
    None,
    /// It cannot or must not be changed.
    Blocked,
}

/// One call with what must hold before it and how patient the executor is with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The resource that it is about.
    pub resource: ResourceId,
    /// What must hold right before it is sent.
    pub before: Vec<Check>,
    /// What is sent.
    pub call: Call,
    /// What is waited for after it was sent.
    pub after: Option<Wait>,
    /// What is sent to clean up when it fails for good. Few steps have it, and there may be thousands of them.
    pub undo: Option<Box<Call>>,
    /// Which refusals may pass by themselves.
    pub patience: Patience,
}

/// Which refusals of a step may pass by themselves, because of what was created or changed shortly before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Patience {
    /// A role or policy is new: IAM may not be effective yet.
    pub iam: bool,
    /// The bucket is new: S3 may not know it everywhere yet.
    pub bucket: bool,
    /// The documents that changed before the step: only what these deny may pass.
    pub changed: Documents,
}

/// What is kept of a plan once it was shown: the plans of a thousand environments would not fit into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Whether nothing is to be done and nothing is blocked.
    pub is_empty: bool,
    /// How many resources it creates or changes.
    pub changes: usize,
    /// How many calls it has.
    pub calls: usize,
    /// What is blocked.
    pub blocked: Vec<(ResourceId, Blocked)>,
    /// What is not safe.
    pub risks: Vec<Hazard>,
    /// How many dangers nobody accepted.
    pub dangers: usize,
    /// Tells whether another plan does the same.
    pub fingerprint: Fingerprint,
}

impl Fleet {
    /// Notes what each environment of the run would create.
    pub fn of<'a>(environments: impl IntoIterator<Item = &'a Desired>) -> Self {
        let mut creators = BTreeMap::new();
        for desired in environments {
            let environment = &desired.scope.environment;
            let created = desired.wanted().creations().into_iter();
            creators.extend(created.map(|id| (id, environment.clone())));
        }
        Self { creators }
    }
}

impl Outline {
    /// The risks that the caller did not allow.
    pub fn refused(&self, allowed: &[Allowance]) -> Vec<&Hazard> {
        let refused = |one: &&Hazard| !allowed.iter().any(|allowance| allowance.covers(one));
        self.risks.iter().filter(refused).collect()
    }
}

impl Change {
    /// Whether the resource is created or changed.
    fn is_change(&self) -> bool {
        matches!(self.action, Action::Create | Action::Update)
    }
}

impl Plan {
    /// Whether nothing is to be done and nothing is blocked.
    pub fn is_empty(&self) -> bool {
        self.changes
            .iter()
            .all(|change| change.action == Action::None)
    }

    /// What is blocked.
    pub fn blocked(&self) -> impl Iterator<Item = (&ResourceId, &Blocked)> {
        self.changes
            .iter()
            .filter_map(|change| change.blocked.as_ref().map(|blocked| (&change.id, blocked)))
    }

    /// What is decided on, without the documents.
    pub fn outline(&self) -> Outline {
        let blocked = self.blocked();
        let changes = self.changes.iter();
        let risks = changes.flat_map(|change| {
            change.risks.iter().map(|note| Hazard {
                word: note.risk,
                target: change.id.to_string(),
                why: note.why.clone(),
            })
        });
        Outline {
            is_empty: self.is_empty(),
            changes: self.changes.iter().filter(|one| one.is_change()).count(),
            calls: self.steps.len(),
            blocked: blocked.map(|(id, why)| (id.clone(), why.clone())).collect(),
            risks: risks.collect(),
            dangers: findings::dangers(&self.findings),
            fingerprint: self.fingerprint(),
        }
    }

    /// What two plans have in common when they do the same. How patient the executor is does not count: it follows the service's clock, and
    /// the plan that is carried out is the later one.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut fingerprint = fingerprint::Taking::default();
        fingerprint.add(&self.changes.len());
        for change in &self.changes {
            let Change {
                id,
                action,
                // Words of services differ from answer to answer, by request ids for instance, and mean the same.
                note: _,
                fields,
                risks,
                blocked,
                unmanaged,
            } = change;
            let class = blocked.as_ref().map(|blocked| blocked.class);
            fingerprint.add(&(id, action, class));
            fingerprint.add(fields);
            fingerprint.add(risks);
            fingerprint.add(unmanaged);
        }
        for step in &self.steps {
            let Step {
                resource,
                before,
                call,
                after,
                undo,
                patience: _,
            } = step;
            fingerprint.add(resource);
            fingerprint.add(before);
            fingerprint.add(call);
            fingerprint.add(after);
            fingerprint.add(undo);
        }
        fingerprint.end()
    }
}

/// Why requests cannot go to a domain; none when they can.
pub(crate) fn domain_blocked(desired: &Desired, seen: &DomainSeen) -> Option<Blocked> {
    match compare::domain(desired, seen) {
        Outcome::Blocked(blocked) => Some(blocked),
        Outcome::Changed(_) | Outcome::Unchanged { .. } => None,
    }
}

/// Plans one environment; findings that are accepted neither count nor block.
pub fn plan(
    desired: &Desired,
    accept: &[Acceptance],
    actual: &Actual,
    choices: &Choices,
    fleet: &Fleet,
) -> Plan {
    let mut outcomes = compare::outcomes(desired, actual, choices, fleet);
    let stage = Stage::Plan {
        outcomes: &outcomes,
        applies: choices.applies,
    };
    let findings = findings::judge(desired, accept, actual, stage, choices.today);
    findings::block(&findings, &mut outcomes);
    compare::block_dependents(&mut outcomes);
    let mut drafts = Vec::new();
    let mut changes = Vec::new();
    for (id, outcome) in outcomes {
        changes.extend(order::change(id, outcome, &mut drafts));
    }
    drafts.extend(order::proof(desired, actual, &changes, &drafts));
    let steps = order::ordered(drafts, actual.seen().recently_changed());
    let scope = &desired.scope;
    Plan {
        environment: scope.environment.clone(),
        account: scope.account.clone(),
        region: scope.region.clone(),
        changes,
        findings,
        steps,
    }
}
