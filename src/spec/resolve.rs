//! A spec becomes what is desired of each resource, and what else it says. Pure.

use super::{Acceptance, Objectives, Spec, WorkflowSpec};
use crate::names::Arn;
use crate::resources::declared::{Desired, ResolveError, Scope};
use crate::resources::facts::Names;
use crate::resources::resource::declared;

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
    let (bucket, policy, role) = (&spec.bucket, &spec.policy, &spec.role);
    let names = Names::of(
        bucket.as_ref(),
        policy.as_ref(),
        role.as_ref(),
        &spec.repository,
        &scope,
    )?;
    let bucket = bucket.as_ref().map(|spec| declared(spec, &names, &scope));
    let policy = policy.as_ref().map(|spec| declared(spec, &names, &scope));
    let role = role.as_ref().map(|spec| declared(spec, &names, &scope));
    let (bucket, policy, role) = (bucket.transpose()?, policy.transpose()?, role.transpose()?);
    let repository = declared(&spec.repository, &names, &scope)?;
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
