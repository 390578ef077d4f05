//! A spec becomes what is desired of each resource, and what else it says. Pure.

use super::{Acceptance, Objectives, Spec, WorkflowSpec};
use crate::names::Arn;
use crate::resources::bucket::Bucket;
use crate::resources::declared::{Declared, Desired, ResolveError, Scope};
use crate::resources::policy::{Access, Policy};
use crate::resources::repository::Repository;
use crate::resources::role::Role;

/// The resolved spec of one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The desired state of each resource.
    pub desired: Desired,
    /// The objectives that `esbackup status` measures against.
    pub objectives: Objectives,
    /// The findings that are accepted.
    pub accept: Vec<Acceptance>,
    /// The workflows of `esbackup run`.
    pub workflows: Vec<WorkflowSpec>,
}

impl Resolved {
    /// Returns the name of the environment.
    #[must_use]
    pub fn name(&self) -> &str {
        self.desired.scope.environment.as_str()
    }
}

/// Resolves a spec: defaults are filled in, names joined to ARNs, documents generated. Reads and sends nothing.
///
/// # Errors
/// When a generated name is not acceptable to its service.
pub fn resolve(spec: &Spec) -> Result<Resolved, ResolveError> {
    let scope = scope_of(spec)?;
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
    let desired = Desired {
        scope,
        domain: spec.domain.clone(),
        folder: spec.folder.clone(),
        bucket,
        policy,
        role,
        repository,
    };
    Ok(Resolved {
        desired,
        objectives: spec.objectives.clone(),
        accept: spec.accept.clone(),
        workflows: spec.workflows.clone(),
    })
}

fn scope_of(spec: &Spec) -> Result<Scope, ResolveError> {
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
    Ok(Scope {
        environment: spec.name.clone(),
        account: spec.account.clone(),
        region: spec.region.clone(),
        partition,
        tags: spec.tags.clone(),
        domain_arn,
    })
}
