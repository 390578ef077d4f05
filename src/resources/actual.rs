//! What was read of an environment. Data alone: the kinds say how each is read, and `observe` asks them.

use crate::domain::{Described, EndpointRefused};
use crate::resources::observed::{Observed, Unread};
use crate::resources::{Seen, bucket, policy, repository, role};
use crate::trust::Grant;

/// What was read of an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Actual {
    /// The ARN of the caller, where AWS is used.
    pub caller: Option<String>,
    /// The domain.
    pub domain: DomainSeen,
    /// The bucket; none when the spec names none.
    pub bucket: Option<Observed<bucket::Sighting>>,
    /// The managed policy; none when the spec names none.
    pub policy: Option<Observed<policy::Sighting>>,
    /// The role; none when the spec names none.
    pub role: Option<Observed<role::Sighting>>,
    /// The repository; none when the domain could not be asked.
    pub repository: Option<Observed<repository::Live>>,
}

/// What was seen of the domain.
#[derive(Debug, Clone, PartialEq)]
pub enum DomainSeen {
    /// There is an endpoint that requests may go to; a described domain is an Amazon domain.
    Reachable(Option<Described>),
    /// There is none.
    NoEndpoint(EndpointRefused),
    /// DescribeDomain was refused or failed.
    Unreadable(Unread),
    /// The client could not be set up, for example because of the file with certificate authorities.
    Unusable(String),
}

impl DomainSeen {
    /// Tells whether the domain keeps indices where no list shows them, as far as DescribeDomain was asked.
    pub fn has_cold_storage(&self) -> bool {
        matches!(self, Self::Reachable(Some(described)) if described.cold_storage)
    }

    /// Returns what the operator would have to vouch for, and what would happen then.
    pub fn wants(&self) -> Option<(Grant, String)> {
        match self {
            Self::NoEndpoint(refused) => refused.wants(),
            _ => None,
        }
    }
}

impl Actual {
    /// Returns what was read of each kind; nothing of a kind that could not be asked for.
    pub(crate) fn seen(&self) -> Seen<'_> {
        let Self {
            caller: _,
            domain: _,
            bucket,
            policy,
            role,
            repository,
        } = self;
        Seen {
            bucket: bucket.as_slice(),
            policy: policy.as_slice(),
            role: role.as_slice(),
            repository: repository.as_slice(),
        }
    }
}
