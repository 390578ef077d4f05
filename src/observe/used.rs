//! What the spec has of the bucket and of the role's policy, for explaining refusals. Pure.

use super::DomainSeen;
use crate::diagnosis;
use crate::domain::{self, Engine};
use crate::resources::declared::Desired;

/// Everything known of the environment that a remedy can name.
pub(super) fn context(
    desired: &Desired,
    caller_arn: Option<String>,
    domain: &DomainSeen,
    client: Option<&domain::Reads>,
) -> diagnosis::Context {
    let engine: Option<Engine> = match domain {
        DomainSeen::Reachable(Some(described)) => described.engine,
        _ => None,
    };
    diagnosis::Context {
        caller_arn,
        caller_role_arn: None,
        role_arn: desired.role.as_ref().map(|role| role.want.arn.to_string()),
        domain_arn: desired.scope.domain_arn.as_ref().map(ToString::to_string),
        endpoint: client.map(|client| client.target().own_url()),
        engine,
        bucket: desired
            .bucket
            .as_ref()
            .map(|bucket| bucket.want.name.to_string()),
        bucket_arn: desired.bucket.as_ref().map(|bucket| bucket.want.arn()),
        policy_arn: desired
            .policy
            .as_ref()
            .map(|policy| policy.want.arn.to_string()),
        repository: Some(desired.repository.want.name.to_string()),
        boundary: desired
            .role
            .as_ref()
            .and_then(|role| role.want.permissions_boundary.as_ref())
            .map(ToString::to_string),
        own: own_policy(desired),
        bucket_used: bucket_used(desired),
    }
}

/// The bucket as the engine uses it for the repository.
fn bucket_used(desired: &Desired) -> Option<diagnosis::SnapshotBucket> {
    let bucket = &desired.bucket.as_ref()?.want;
    let repository = &desired.repository.want;
    let base_path = repository.settings.get("base_path");
    let key = bucket.encryption.kms_key.as_ref();
    Some(diagnosis::SnapshotBucket {
        arn: bucket.arn(),
        account: bucket.account.to_string(),
        base_path: base_path.cloned().unwrap_or_default(),
        writes: !repository.is_readonly(),
        key_account: key.and_then(|key| Some(key.split(':').nth(4)?.to_owned())),
    })
}

/// The policy of the spec, where esbackup manages it and attaches it to a role that it manages.
fn own_policy(desired: &Desired) -> Option<diagnosis::OwnPolicy> {
    let (policy, role) = (desired.policy.as_ref()?, desired.role.as_ref()?);
    let arn = policy.want.arn.to_string();
    let managed = !policy.management.is_existing() && !role.management.is_existing();
    if !managed || !role.want.policies.contains(&arn) {
        return None;
    }
    Some(diagnosis::OwnPolicy {
        arn,
        document: policy.want.document.clone(),
        role_arn: role.want.arn.to_string(),
        bucket: bucket_used(desired)?,
    })
}
