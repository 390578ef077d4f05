//! What the spec says of an environment, resolved: defaults filled in, names joined to ARNs, documents generated.
//!
//! The only place where kinds meet. Pure: it reads nothing and sends nothing.

use std::path::PathBuf;

use crate::domain::{Auth, DomainSpec};
use crate::names::{AccountId, Arn, EnvironmentName, NameError, Partition, Region, Tags};
use crate::resources::bucket::Bucket;
use crate::resources::management::Management;
use crate::resources::policy::Policy;
use crate::resources::repository::Repository;
use crate::resources::role::Role;
use crate::resources::{Kind, ResourceId, Wanted};

/// One resource as the spec wants it, and whether esbackup manages it or only uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared<T> {
    /// What is wanted.
    pub want: T,
    /// Managed, or `existing: true`.
    pub management: Management,
}

/// The resolved spec of one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// Names, account and region that everything else refers to.
    pub scope: Scope,
    /// How the domain is reached.
    pub domain: DomainSpec,
    /// The folder that the files of the spec stay below, without symbolic links.
    pub folder: PathBuf,
    /// The bucket, unless the repository exists and says nothing of it.
    pub bucket: Option<Declared<Bucket>>,
    /// The managed policy.
    pub policy: Option<Declared<Policy>>,
    /// The role.
    pub role: Option<Declared<Role>>,
    /// The snapshot repository.
    pub repository: Declared<Repository>,
}

/// What every kind's resolution needs to know of its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The environment's name.
    pub environment: EnvironmentName,
    /// The account that the credentials must belong to.
    pub account: AccountId,
    /// The domain's region.
    pub region: Region,
    /// The partition of region and account.
    pub partition: Partition,
    /// Tags on every taggable resource, without the marks of ownership.
    pub tags: Tags,
    /// The ARN of the domain, when it is an Amazon domain.
    pub domain_arn: Option<Arn>,
}

impl Scope {
    /// Returns the environment with its account and region, as a question names it.
    pub fn place(&self) -> String {
        let Self {
            environment,
            account,
            region,
            ..
        } = self;
        format!("{environment} (account {account}, {region})")
    }
}

/// A spec that cannot be resolved.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ResolveError {
    /// A name that only arises by joining is not valid.
    #[error("{what} is not valid")]
    Name {
        /// What was being named.
        what: &'static str,
        /// The rule that it breaks.
        source: NameError,
    },
}

impl Scope {
    /// The tags that a resource of this environment carries: marks of ownership, the environment's tags, its own.
    pub fn tags_for(&self, own: &Tags) -> Tags {
        let mut all = self.tags.clone();
        all.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
        all.insert(
            crate::names::MANAGED_BY.to_owned(),
            crate::names::PRODUCT.to_owned(),
        );
        all.insert(
            crate::names::ENVIRONMENT.to_owned(),
            self.environment.to_string(),
        );
        all
    }
}

impl Desired {
    /// Returns what is wanted of each kind.
    pub(crate) fn wanted(&self) -> Wanted<'_> {
        let Self {
            scope: _,
            domain: _,
            folder: _,
            bucket,
            policy,
            role,
            repository,
        } = self;
        Wanted {
            bucket: bucket.as_slice(),
            policy: policy.as_slice(),
            role: role.as_slice(),
            repository: std::slice::from_ref(repository),
        }
    }

    /// Every resource of the environment, in order of application.
    pub fn ids(&self) -> Vec<ResourceId> {
        let mut ids = vec![self.domain_id()];
        ids.extend(self.wanted().ids());
        ids
    }

    /// The domain, by its name or else by its endpoint.
    pub fn domain_id(&self) -> ResourceId {
        let name = match (&self.domain.name, &self.domain.endpoint) {
            (Some(name), _) => name.to_string(),
            (None, Some(endpoint)) => endpoint.to_string(),
            (None, None) => String::new(),
        };
        ResourceId::new(Kind::Domain, name)
    }

    /// Whether anything of this environment is looked up in or sent to AWS.
    pub fn uses_aws(&self) -> bool {
        self.domain.name.is_some()
            || matches!(self.domain.auth, Auth::Sigv4)
            || self.wanted().use_aws()
    }
}
