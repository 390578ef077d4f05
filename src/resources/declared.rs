//! What the spec says of an environment, resolved: defaults filled in, names joined to ARNs, documents generated.
//!
//! The only place where kinds meet. Pure: it reads nothing and sends nothing.

use std::path::PathBuf;

use crate::domain::{Auth, DomainSpec};
use crate::names::{AccountId, Arn, EnvironmentName, NameError, Partition, Region, Tags};
use crate::resources::bucket::Bucket;
use crate::resources::management::Management;
use crate::resources::policy::{Access, Policy};
use crate::resources::repository::Repository;
use crate::resources::role::Role;
use crate::resources::{Kind, ResourceId};
use crate::spec::{Acceptance, Objectives, Spec, WorkflowSpec};

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
    /// What `esbackup status` measures against.
    pub objectives: Objectives,
    /// The findings that are accepted.
    pub accept: Vec<Acceptance>,
    /// The workflows of `esbackup run`.
    pub workflows: Vec<WorkflowSpec>,
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

    fn of(spec: &Spec) -> Result<Self, ResolveError> {
        let partition = spec.region.partition();
        let domain_arn = match &spec.domain.name {
            Some(name) => {
                let text = format!(
                    "arn:{partition}:es:{}:{}:domain/{name}",
                    spec.region, spec.account
                );
                Some(Arn::parse(&text).map_err(|source| ResolveError::Name {
                    what: "the domain's ARN",
                    source,
                })?)
            }
            None => None,
        };
        Ok(Self {
            environment: spec.name.clone(),
            account: spec.account.clone(),
            region: spec.region.clone(),
            partition,
            tags: spec.tags.clone(),
            domain_arn,
        })
    }
}

impl Desired {
    /// Resolves a spec.
    ///
    /// # Errors
    /// When a generated name is not acceptable to its service.
    pub fn resolve(spec: &Spec) -> Result<Self, ResolveError> {
        let scope = Scope::of(spec)?;
        let base_path = spec.repository.base_path.as_ref();
        let bucket = spec.bucket.as_ref().map(|bucket| Declared {
            want: Bucket::resolve(bucket, base_path, &scope),
            management: bucket.management,
        });
        let policy = match &spec.policy {
            Some(policy) => {
                let access = if spec.repository.readonly {
                    Access::ReadOnly
                } else {
                    Access::ReadWrite
                };
                let want = Policy::resolve(policy, spec.bucket.as_ref(), access, &scope)?;
                Some(Declared {
                    want,
                    management: policy.management,
                })
            }
            None => None,
        };
        let role = match &spec.role {
            Some(role) => {
                let want = Role::resolve(role, policy.as_ref().map(|policy| &policy.want), &scope)?;
                Some(Declared {
                    want,
                    management: role.management,
                })
            }
            None => None,
        };
        let repository = Declared {
            want: Repository::resolve(
                &spec.repository,
                bucket.as_ref().map(|b| &b.want),
                role.as_ref().map(|r| &r.want),
                &scope,
            ),
            management: spec.repository.management,
        };
        Ok(Self {
            scope,
            domain: spec.domain.clone(),
            folder: spec.folder.clone(),
            bucket,
            policy,
            role,
            repository,
            objectives: spec.objectives.clone(),
            accept: spec.accept.clone(),
            workflows: spec.workflows.clone(),
        })
    }

    /// Every resource of the environment, in order of application.
    pub fn ids(&self) -> Vec<ResourceId> {
        let mut ids = vec![self.domain_id()];
        ids.extend(self.bucket.iter().map(|b| b.want.id()));
        ids.extend(self.policy.iter().map(|p| p.want.id()));
        ids.extend(self.role.iter().map(|r| r.want.id()));
        ids.push(self.repository.want.id());
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
            || self.bucket.is_some()
            || self.policy.is_some()
            || self.role.is_some()
            || matches!(self.domain.auth, Auth::Sigv4)
    }
}
