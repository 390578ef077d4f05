//! Each resource of an environment compared with what was read of it, and what blocks what. Pure.

use super::{Choices, Fleet};
use crate::domain::EndpointRefused;
use crate::failure::Class;
use crate::resources::ResourceId;
use crate::resources::actual::{Actual, DomainSeen};
use crate::resources::context::{Adoption, Context, unread, unread_of};
use crate::resources::declared::Desired;
use crate::resources::facts::{Facts, Route};
use crate::resources::outcome::{Blocked, Outcome};
use crate::resources::resource::Comparison;

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
    let route = match choices.direct {
        true => Route::Direct,
        false => Route::Candidate,
    };
    let domain = domain(desired, &actual.domain);
    let class = match &domain {
        Outcome::Blocked(blocked) => blocked.class,
        Outcome::Unchanged { .. } | Outcome::Changed(_) => Class::Refused,
    };
    let comparison = Comparison {
        facts: &Facts::of(desired, actual, route),
        context: &context,
        unasked: &waits_for(&desired.domain_id(), class),
    };
    let mut outcomes = vec![(desired.domain_id(), domain)];
    outcomes.extend(desired.wanted().compare(&actual.seen(), &comparison));
    outcomes
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
