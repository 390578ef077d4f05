//! Each resource of an environment compared with what was read of it, and what blocks what. Pure.

use super::{Choices, Fleet};
use crate::domain::EndpointRefused;
use crate::failure::Class;
use crate::policy_document;
use crate::resources::actual::{Actual, DomainSeen};
use crate::resources::context::{Adoption, Context, unread, unread_of};
use crate::resources::declared::Desired;
use crate::resources::observed::{Mark, Observed};
use crate::resources::outcome::{Blocked, Outcome};
use crate::resources::policy::diff::Handover;
use crate::resources::repository::diff::{RoleIs, Route, Surroundings};
use crate::resources::repository::mark::BucketIs;
use crate::resources::repository::reclaim::Established;
use crate::resources::{ResourceId, bucket, policy, repository, role};

/// Compares every resource, in the order of the kinds.
pub(super) fn outcomes(
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
            policy::diff::diff(declared, have, handover(desired, actual), &context(&id)),
        ));
    }
    if let (Some(declared), Some(have)) = (&desired.role, &actual.role) {
        let id = declared.want.id();
        let outcome = match old_software(desired, &actual.domain) {
            Some(blocked)
                if declared.want.source_conditions && !declared.management.is_existing() =>
            {
                Outcome::Blocked(blocked)
            }
            _ => role::diff::diff(declared, have, &context(&id)),
        };
        outcomes.push((id, outcome));
    }
    let id = desired.repository.want.id();
    let around = Surroundings {
        holds_repository: match &actual.bucket {
            Some(Observed::Present(sighting)) => sighting.holds_repository(),
            // What blocks the bucket blocks the repository; a bucket that does not exist holds nothing.
            Some(Observed::Absent | Observed::Unreadable(_)) | None => None,
        },
        role: match &actual.role {
            // What blocks the role blocks the repository: one that could not be read is not called somebody else's.
            Some(Observed::Absent | Observed::Unreadable(_)) => RoleIs::Ours,
            Some(Observed::Present(role::Sighting::Here(live))) if live.mark == Mark::Ours => {
                RoleIs::Ours
            }
            _ => RoleIs::Foreign,
        },
        established: established(desired, actual),
        bucket: match (&desired.bucket, &actual.bucket) {
            (Some(declared), _) if declared.management.is_existing() => BucketIs::Foreign,
            // What blocks the bucket blocks the repository.
            (_, Some(Observed::Absent | Observed::Unreadable(_))) => BucketIs::Ours,
            (_, Some(Observed::Present(bucket::Sighting::Managed(live))))
                if live.mark == Mark::Ours =>
            {
                BucketIs::Ours
            }
            _ => BucketIs::Foreign,
        },
        route: if choices.direct {
            Route::Direct
        } else {
            Route::Candidate
        },
        engine: match &actual.domain {
            DomainSeen::Reachable(Some(described)) => described.engine.map(|engine| engine.kind),
            _ => None,
        },
    };
    let outcome = match &actual.repository {
        Some(have) => repository::diff::diff(&desired.repository, have, &around, &context(&id)),
        None => Outcome::Blocked(waits_for(
            &desired.domain_id(),
            class(domain(desired, &actual.domain)),
        )),
    };
    let outcome = match (upgrading(&actual.domain), outcome) {
        (Some(blocked), Outcome::Changed(_)) => Outcome::Blocked(blocked),
        (_, outcome) => outcome,
    };
    outcomes.push((id, outcome));
    outcomes
}

/// Evidence that this environment registered its repository before: the role that only its own apply creates and tags, or without a role the
/// bucket.
fn established(desired: &Desired, actual: &Actual) -> Option<Established> {
    let ours = match (&actual.role, &actual.bucket) {
        (Some(Observed::Present(role::Sighting::Here(live))), _) => live.mark == Mark::Ours,
        (None, Some(Observed::Present(bucket::Sighting::Managed(live)))) => live.mark == Mark::Ours,
        _ => false,
    };
    ours.then(|| Established {
        domain: desired.scope.domain_arn.clone(),
    })
}

/// While the engine is upgraded, registrations are left alone.
fn upgrading(seen: &DomainSeen) -> Option<Blocked> {
    let DomainSeen::Reachable(Some(described)) = seen else {
        return None;
    };
    described.state.upgrading.then(|| Blocked {
        reason: "the domain is being upgraded".to_owned(),
        remedy: "run it again once the upgrade is done".to_owned(),
        class: Class::Unavailable,
    })
}

/// A registration that answers and is to move keeps its grants until it has moved. Where the trust policy opens in the same plan it does
/// not: whoever is let in then would get the old grants as well.
fn handover(desired: &Desired, actual: &Actual) -> Handover {
    let Some(Observed::Present(repository::Live {
        registered: Some(have),
        ..
    })) = &actual.repository
    else {
        return Handover::AtOnce;
    };
    let moves = |name: &str| have.settings.get(name) != desired.repository.want.settings.get(name);
    let opens = match (&desired.role, &actual.role) {
        (Some(want), Some(Observed::Present(role::Sighting::Here(live)))) => {
            !policy_document::widens(&live.role.trust, &want.want.trust).is_empty()
        }
        _ => false,
    };
    match have.broken.is_none()
        && ["bucket", "base_path", "role_arn", "readonly"]
            .into_iter()
            .any(moves)
        && !opens
    {
        true => Handover::AfterRegistration,
        false => Handover::AtOnce,
    }
}

/// The domain is looked at, never changed: it is in order, or it blocks.
pub(super) fn domain(desired: &Desired, seen: &DomainSeen) -> Outcome {
    let guard = |reason: String, remedy: &str| {
        Outcome::Blocked(Blocked {
            reason,
            remedy: remedy.to_owned(),
            class: Class::Refused,
        })
    };
    match seen {
        DomainSeen::Reachable(_) => Outcome::unchanged(),
        DomainSeen::Unreadable(read) => {
            let reads = std::slice::from_ref(read);
            Outcome::Blocked(match &desired.scope.domain_arn {
                Some(arn) => unread_of(arn.as_str(), reads),
                None => unread(reads),
            })
        }
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
        DomainSeen::NoEndpoint(refused) => match refused.wants() {
            Some((grant, _)) => guard(refused.to_string(), &grant.hint()),
            None => guard(refused.to_string(), "correct `domain` in the spec"),
        },
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
        class: Class::Refused,
    })
}

fn class(outcome: Outcome) -> Class {
    match outcome {
        Outcome::Blocked(blocked) => blocked.class,
        Outcome::Unchanged { .. } | Outcome::Changed(_) => Class::Refused,
    }
}

/// Waiting is no reason of its own: what only has to be read again must not end as something that was refused.
fn waits_for(id: &ResourceId, class: Class) -> Blocked {
    Blocked {
        reason: format!("waits for {id}, which is blocked"),
        remedy: format!("unblock {id} first"),
        class,
    }
}

/// What depends on a blocked resource and would change is blocked with it.
pub(super) fn block_dependents(outcomes: &mut [(ResourceId, Outcome)]) {
    let mut blocked: Vec<(ResourceId, Class)> = Vec::new();
    for (id, outcome) in outcomes {
        let blocker = blocked
            .iter()
            .find(|(blocker, _)| blocker.kind.dependents().contains(&id.kind));
        if let (Some((blocker, class)), Outcome::Changed(_)) = (blocker, &*outcome) {
            *outcome = Outcome::Blocked(waits_for(blocker, *class));
        }
        if let Outcome::Blocked(why) = outcome {
            blocked.push((id.clone(), why.class));
        }
    }
}

#[cfg(test)]
mod tests;
