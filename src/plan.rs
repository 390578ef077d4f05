//! From what is wanted and what was read to a plan: pure, total, without a clock. A plan is data, and its steps are the literal calls.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::EndpointRefused;
use crate::names::{AccountId, EnvironmentName, Region};
use crate::observe::{Actual, DomainSeen};
use crate::resources::context::{Adoption, Context, unread};
use crate::resources::declared::Desired;
use crate::resources::observed::Observed;
use crate::resources::outcome::{
    Blocked, BlockedBy, Check, Draft, FieldChange, Outcome, Phase, Risk, RiskNote, Verb,
};
use crate::resources::repository::diff::{Route, Surroundings};
use crate::resources::{Call, Kind, ResourceId, bucket, policy, repository, role};

/// What the caller chose for this run.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Resources named with `--adopt`, as `kind.name`.
    pub adopted: BTreeSet<String>,
    /// Whether repositories are registered without a candidate (`--direct`).
    pub direct: bool,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub before: Option<Check>,
    /// What is sent.
    pub call: Call,
    /// What is sent to clean up when it fails for good.
    pub undo: Option<Call>,
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
}

/// A risk that the caller did not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused<'a> {
    /// The resource.
    pub id: &'a ResourceId,
    /// The risk and what carries it.
    pub note: &'a RiskNote,
}

/// One `--allow RISK[=KIND.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The risk.
    pub risk: Risk,
    /// The only resource for which it is allowed; every one when none is named.
    pub resource: Option<String>,
}

impl Fleet {
    /// Notes what each environment of the run would create.
    pub fn of<'a>(environments: impl IntoIterator<Item = &'a Desired>) -> Self {
        let mut creators = BTreeMap::new();
        for desired in environments {
            let environment = &desired.scope.environment;
            let mut note = |id: ResourceId, existing: bool| {
                if !existing {
                    creators.insert(id, environment.clone());
                }
            };
            desired
                .bucket
                .iter()
                .for_each(|b| note(b.want.id(), b.management.is_existing()));
            desired
                .policy
                .iter()
                .for_each(|p| note(p.want.id(), p.management.is_existing()));
            desired
                .role
                .iter()
                .for_each(|r| note(r.want.id(), r.management.is_existing()));
        }
        Self { creators }
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

    /// The risks that the caller did not allow.
    pub fn refused<'a>(&'a self, allowed: &[Allowance]) -> Vec<Refused<'a>> {
        let is_allowed = |id: &ResourceId, note: &RiskNote| {
            allowed.iter().any(|allowance| {
                allowance.risk == note.risk
                    && allowance
                        .resource
                        .as_ref()
                        .is_none_or(|name| *name == id.to_string())
            })
        };
        let all = self.changes.iter().flat_map(|change| {
            change.risks.iter().map(|note| Refused {
                id: &change.id,
                note,
            })
        });
        all.filter(|refused| !is_allowed(refused.id, refused.note))
            .collect()
    }

    /// Whether another plan does the same. How patient the executor is does not count: it follows the service's clock.
    pub fn does_the_same(&self, other: &Plan) -> bool {
        let calls = |plan: &Plan| -> Vec<(Option<Check>, Call)> {
            plan.steps
                .iter()
                .map(|step| (step.before.clone(), step.call.clone()))
                .collect()
        };
        self.changes == other.changes && calls(self) == calls(other)
    }
}

/// Plans one environment.
pub fn plan(desired: &Desired, actual: &Actual, choices: &Choices, fleet: &Fleet) -> Plan {
    let mut outcomes = outcomes(desired, actual, choices, fleet);
    block_dependents(&mut outcomes);
    let mut drafts = Vec::new();
    let mut changes = Vec::new();
    for (id, outcome) in outcomes {
        changes.extend(change(id, outcome, &mut drafts));
    }
    let steps = ordered(
        drafts,
        Recent {
            iam: actual.recently_changed_iam(),
        },
    );
    let scope = &desired.scope;
    Plan {
        environment: scope.environment.clone(),
        account: scope.account.clone(),
        region: scope.region.clone(),
        changes,
        steps,
    }
}

fn outcomes(
    desired: &Desired,
    actual: &Actual,
    choices: &Choices,
    fleet: &Fleet,
) -> Vec<(ResourceId, Outcome)> {
    let scope = &desired.scope;
    let context = |id: &ResourceId| Context {
        environment: &scope.environment,
        account: &scope.account,
        adoption: if choices.adopted.contains(&id.to_string()) {
            Adoption::Adopted
        } else {
            Adoption::NotAdopted
        },
        created_by: fleet
            .creators
            .get(id)
            .filter(|creator| **creator != scope.environment),
    };
    let mut outcomes = vec![(desired.domain_id(), domain(desired, &actual.domain))];
    if let (Some(declared), Some(have)) = (&desired.bucket, &actual.bucket) {
        let id = declared.want.id();
        outcomes.push((
            id.clone(),
            bucket::diff::diff(declared, have, &context(&id)),
        ));
    }
    if let (Some(declared), Some(have)) = (&desired.policy, &actual.policy) {
        let id = declared.want.id();
        outcomes.push((
            id.clone(),
            policy::diff::diff(declared, have, &context(&id)),
        ));
    }
    if let (Some(declared), Some(have)) = (&desired.role, &actual.role) {
        let id = declared.want.id();
        let outcome = match old_software(desired, &actual.domain) {
            Some(blocked) if declared.want.source_conditions => Outcome::Blocked(blocked),
            _ => role::diff::diff(declared, have, &context(&id)),
        };
        outcomes.push((id, outcome));
    }
    let id = desired.repository.want.id();
    let around = Surroundings {
        holds_repository: match &actual.bucket {
            // These buckets hold nothing yet or are blocked themselves, and then the repository waits for them.
            Some(
                Observed::Absent
                | Observed::Unreadable(_)
                | Observed::Present(bucket::Sighting::Elsewhere(_)),
            ) => Some(false),
            Some(Observed::Present(sighting)) => sighting.holds_repository(),
            None => None,
        },
        route: if choices.direct {
            Route::Direct
        } else {
            Route::Candidate
        },
    };
    let outcome = match &actual.repository {
        Some(have) => repository::diff::diff(&desired.repository, have, around, &context(&id)),
        None => Outcome::Blocked(waits_for(&desired.domain_id())),
    };
    outcomes.push((id, outcome));
    outcomes
}

/// The domain is looked at, never changed: it is in order, or it blocks.
fn domain(desired: &Desired, seen: &DomainSeen) -> Outcome {
    let guard = |reason: String, remedy: &str| {
        Outcome::Blocked(Blocked {
            reason,
            remedy: remedy.to_owned(),
            cause: BlockedBy::Guard,
        })
    };
    match seen {
        DomainSeen::Reachable(_) => Outcome::Unchanged {
            unmanaged: Vec::new(),
        },
        DomainSeen::Unreadable(read) => Outcome::Blocked(unread(std::slice::from_ref(read))),
        DomainSeen::NoEndpoint(refused @ EndpointRefused::NoDomain { .. }) => guard(
            format!(
                "{refused} in {} of account {}",
                desired.scope.region, desired.scope.account
            ),
            "correct `domain.name` and `region`, or create the domain first",
        ),
        DomainSeen::NoEndpoint(refused @ EndpointRefused::NoEndpoint { .. }) => guard(
            refused.to_string(),
            "wait until the domain is active, then run it again",
        ),
        DomainSeen::NoEndpoint(refused) => guard(
            refused.to_string(),
            "correct `domain.endpoint`, or trust the host by name",
        ),
        DomainSeen::Unusable(words) => guard(words.clone(), "correct `domain` in the spec"),
    }
}

/// Conditions on the source do not work in a trust policy before this release of the service software.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html>
fn old_software(desired: &Desired, seen: &DomainSeen) -> Option<Blocked> {
    let DomainSeen::Reachable(Some(described)) = seen else {
        return None;
    };
    let software = described.service_software.as_ref()?;
    (software.supports_trust_conditions() == Some(false)).then(|| Blocked {
        reason: format!(
            "the domain {} runs service software {software}; before R20211203 the trust policy's aws:SourceAccount and aws:SourceArn do not work",
            desired.domain_id().name
        ),
        remedy: "update the domain's service software, or write the trust policy yourself with `role.trust.document`".to_owned(),
        cause: BlockedBy::Guard,
    })
}

fn waits_for(id: &ResourceId) -> Blocked {
    Blocked {
        reason: format!("waits for {id}, which is blocked"),
        remedy: format!("unblock {id} first"),
        cause: BlockedBy::Guard,
    }
}

/// What depends on a blocked resource and would change is blocked with it.
fn block_dependents(outcomes: &mut [(ResourceId, Outcome)]) {
    let mut blocked: Vec<ResourceId> = Vec::new();
    for (id, outcome) in outcomes {
        let blocker = blocked
            .iter()
            .find(|blocker| blocker.kind.dependents().contains(&id.kind));
        if let (Some(blocker), Outcome::Changed(_)) = (blocker, &*outcome) {
            *outcome = Outcome::Blocked(waits_for(blocker));
        }
        if matches!(outcome, Outcome::Blocked(_)) {
            blocked.push(id.clone());
        }
    }
}

struct Placed {
    resource: ResourceId,
    verb: Verb,
    draft: Draft,
}

/// Turns an outcome into a change and hands on its drafts. A domain in order is not a change of anything.
fn change(id: ResourceId, outcome: Outcome, drafts: &mut Vec<Placed>) -> Option<Change> {
    let empty = |action| Change {
        id: id.clone(),
        action,
        note: None,
        fields: Vec::new(),
        risks: Vec::new(),
        blocked: None,
        unmanaged: Vec::new(),
    };
    match outcome {
        Outcome::Unchanged { .. } if id.kind == Kind::Domain => None,
        Outcome::Unchanged { unmanaged } => Some(Change {
            unmanaged,
            ..empty(Action::None)
        }),
        Outcome::Blocked(blocked) => Some(Change {
            blocked: Some(blocked),
            ..empty(Action::Blocked)
        }),
        Outcome::Changed(changed) => {
            let verb = changed.verb;
            drafts.extend(changed.drafts.into_iter().map(|draft| Placed {
                resource: id.clone(),
                verb,
                draft,
            }));
            let action = match verb {
                Verb::Create => Action::Create,
                Verb::Update => Action::Update,
            };
            let change = Change {
                note: changed.note,
                fields: changed.fields,
                risks: changed.risks,
                ..empty(action)
            };
            Some(Change {
                unmanaged: changed.unmanaged,
                ..change
            })
        }
    }
}

/// What changed shortly before this run.
struct Recent {
    iam: bool,
}

/// Orders the drafts by phase, then by the order of the kinds; where principals are let in, trust policies come before bucket policies,
/// since a bucket policy may drop a Deny that still holds the role back.
fn ordered(mut drafts: Vec<Placed>, recent: Recent) -> Vec<Step> {
    drafts.sort_by_key(|placed| {
        let rank = placed.resource.kind as u8;
        let rank = if placed.draft.phase == Phase::Open {
            u8::MAX - rank
        } else {
            rank
        };
        (placed.draft.phase, rank)
    });
    let created = |kind| {
        drafts
            .iter()
            .any(|placed| placed.resource.kind == kind && placed.verb == Verb::Create)
    };
    let touched = |kind| drafts.iter().any(|placed| placed.resource.kind == kind);
    let new_bucket = created(Kind::Bucket);
    let new_iam = created(Kind::Policy) || created(Kind::Role);
    let changed_iam = touched(Kind::Policy) || touched(Kind::Role) || recent.iam;
    let patience = |kind| match kind {
        Kind::Domain => Patience::default(),
        Kind::Bucket => Patience {
            iam: false,
            bucket: new_bucket,
        },
        Kind::Policy | Kind::Role => Patience {
            iam: new_iam || recent.iam,
            bucket: false,
        },
        Kind::Repository => Patience {
            iam: changed_iam,
            bucket: new_bucket,
        },
    };
    let steps = drafts.iter().map(|placed| Step {
        resource: placed.resource.clone(),
        before: placed.draft.before.clone(),
        call: placed.draft.call.clone(),
        undo: placed.draft.undo.clone(),
        // What creates a thing does not wait for it: something else is missing then.
        patience: if placed.draft.call.creates() {
            Patience::default()
        } else {
            patience(placed.resource.kind)
        },
    });
    steps.collect()
}
