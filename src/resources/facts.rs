//! What one kind has to know of another: names where a spec is resolved, questions where something is read, facts where it is compared. Pure,
//! and the only place beside the registry that knows several kinds.

use super::actual::{Actual, DomainSeen};
use super::bucket::spec::{BucketSpec, Encryption};
use super::declared::{Desired, ResolveError, Scope};
use super::observed::{Mark, Observed, Unread};
use super::outcome::Blocked;
use super::policy::spec::PolicySpec;
use super::repository::spec::RepositorySpec;
use super::role::spec::RoleSpec;
use super::{bucket, policy, repository, role};
use crate::domain::EngineKind;
use crate::failure::Class;
use crate::names::{AccountId, Arn, BasePath, BucketName, Region};
use crate::policy_document;

/// The names by which kinds refer to each other, for the resolution of a spec.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// The bucket; none where the spec names none.
    pub bucket: Option<BucketNames>,
    /// The base path of the repository; none for the whole bucket.
    pub base_path: Option<BasePath>,
    /// What the domain may do with the repository.
    pub access: Access,
    /// ARN of the managed policy.
    pub policy: Option<Arn>,
    /// ARN of the role.
    pub role: Option<Arn>,
}

/// The names of a bucket.
#[derive(Debug, Clone)]
pub(crate) struct BucketNames {
    /// Its name.
    pub name: BucketName,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// ARN of the KMS key that encrypts it.
    pub key: Option<Arn>,
}

/// What the domain may do with the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Take, read and delete snapshots.
    ReadWrite,
    /// Read snapshots.
    ReadOnly,
}

impl Names {
    /// Takes the names from the sections of a spec.
    ///
    /// # Errors
    /// When a generated ARN is not acceptable to its service.
    pub(crate) fn of(
        bucket: Option<&BucketSpec>,
        policy: Option<&PolicySpec>,
        role: Option<&RoleSpec>,
        repository: &RepositorySpec,
        scope: &Scope,
    ) -> Result<Self, ResolveError> {
        let names = |spec: &BucketSpec| BucketNames {
            name: spec.name.clone(),
            account: spec.account.as_ref().unwrap_or(&scope.account).clone(),
            region: spec.region.as_ref().unwrap_or(&scope.region).clone(),
            key: match &spec.encryption {
                Encryption::Kms { key, .. } => Some(key.clone()),
                Encryption::Aes256 => None,
            },
        };
        Ok(Self {
            bucket: bucket.map(names),
            base_path: repository.base_path.clone(),
            access: match repository.readonly {
                true => Access::ReadOnly,
                false => Access::ReadWrite,
            },
            policy: policy.map(|spec| policy::arn(spec, scope)).transpose()?,
            role: role.map(|spec| role::arn(spec, scope)).transpose()?,
        })
    }
}

/// What is asked of a resource beside what its own spec says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Questions<'a> {
    /// The environment whose marks of ownership count.
    pub environment: &'a str,
    /// The prefix of the keys of a repository that begins to write, with its slash: whether it holds the index of a repository already. None
    /// where nothing depends on it.
    pub base_path: Option<&'a str>,
}

impl<'a> Questions<'a> {
    /// Returns what is asked in an environment.
    pub(crate) fn of(desired: &'a Desired) -> Self {
        let repository = &desired.repository;
        let writes = !repository.management.is_existing() && !repository.want.is_readonly();
        let rule = desired
            .bucket
            .as_ref()
            .and_then(|bucket| bucket.want.lifecycle.as_ref());
        Self {
            environment: desired.scope.environment.as_str(),
            base_path: writes.then(|| rule.map_or("", |rule| rule.prefix.as_str())),
        }
    }
}

/// What comparing one kind has to know of the others.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// What the bucket and the role say about the repository.
    pub around: BucketAndRoleFacts,
    /// When the policy drops grants.
    pub removal: GrantRemoval,
    /// Why the domain's service software does not honour the conditions of a generated trust policy; none where it does.
    pub old_software: Option<Blocked>,
    /// Why registrations are left alone at the moment.
    pub upgrading: Option<Blocked>,
}

/// What the bucket and the role say about the repository.
#[derive(Debug, Clone)]
pub(crate) struct BucketAndRoleFacts {
    /// Whether the base path already holds the index of a repository; none when nobody asked.
    pub holds_repository: Option<Result<bool, Unread>>,
    /// Whether the live role carries the mark of this environment, or does not exist yet.
    pub role: RoleIs,
    /// Evidence that this environment registered the repository before.
    pub established: Option<Established>,
    /// Whether the live bucket carries the mark of this environment, or does not exist yet.
    pub bucket: BucketIs,
    /// How a registration is made.
    pub route: Route,
    /// The engine that the domain runs, where it is known.
    pub engine: Option<EngineKind>,
}

/// How a registration is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Proved under a candidate name before it takes its own.
    Candidate,
    /// Under its own name at once (`--direct`): weaker, since a failure leaves broken settings behind.
    Direct,
}

/// What the role says about whose repository it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoleIs {
    /// Marked by this environment, or to be created by it.
    Ours,
    /// Another's.
    Foreign,
}

/// What the bucket says about whose repository a registration for it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BucketIs {
    /// Marked by this environment, or to be created by it.
    Ours,
    /// Another's, only used, or not named in the spec.
    Foreign,
}

/// Evidence that this environment registered the repository before: its role, or without a role its bucket, is there and tagged with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Established {
    /// ARN of the domain, which every snapshot that esbackup takes carries; none for a self-managed cluster.
    pub domain: Option<Arn>,
}

/// When grants that the spec no longer wants are taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrantRemoval {
    /// With the new document.
    AtOnce,
    /// After the repository was registered with its new settings.
    AfterRegistration,
}

impl Facts {
    /// Derives the facts from what is wanted and what was read.
    pub(crate) fn of(desired: &Desired, actual: &Actual, route: Route) -> Self {
        Self {
            around: BucketAndRoleFacts::of(desired, actual, route),
            removal: removal(desired, actual),
            old_software: old_software(desired, &actual.domain),
            upgrading: upgrading(&actual.domain),
        }
    }
}

impl BucketAndRoleFacts {
    fn of(desired: &Desired, actual: &Actual, route: Route) -> Self {
        Self {
            holds_repository: match &actual.bucket {
                Some(Observed::Present(sighting)) => sighting.holds_repository(),
                // What blocks the bucket blocks the repository; a bucket that does not exist holds nothing.
                Some(Observed::Absent | Observed::Unreadable(_)) | None => None,
            },
            role: match &actual.role {
                // What blocks the role blocks the repository: one that could not be read is not called another's.
                Some(Observed::Absent | Observed::Unreadable(_)) => RoleIs::Ours,
                Some(Observed::Present(role::Sighting::Here(live))) if live.mark == Mark::Ours => {
                    RoleIs::Ours
                }
                Some(Observed::Present(_)) | None => RoleIs::Foreign,
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
                (_, Some(Observed::Present(_)) | None) => BucketIs::Foreign,
            },
            route,
            engine: match &actual.domain {
                DomainSeen::Reachable(Some(described)) => {
                    described.engine.map(|engine| engine.kind)
                }
                DomainSeen::Reachable(None)
                | DomainSeen::NoEndpoint(_)
                | DomainSeen::Unreadable(_)
                | DomainSeen::Unusable(_) => None,
            },
        }
    }
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
fn removal(desired: &Desired, actual: &Actual) -> GrantRemoval {
    let Some(Observed::Present(repository::Live {
        registered: Some(have),
        ..
    })) = &actual.repository
    else {
        return GrantRemoval::AtOnce;
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
        true => GrantRemoval::AfterRegistration,
        false => GrantRemoval::AtOnce,
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
