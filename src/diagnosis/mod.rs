//! Known words of the services turned into a layer, a cause and a remedy; unknown words get no guess.

mod denial;
mod denied;
mod engine;
mod explain;
mod own;
mod remedy;
mod rows;

#[cfg(test)]
mod tests;

use crate::aws::CallError;
use crate::domain::{Engine, Origin, Refusal};
pub use denial::{Denial, Party, PolicyKind};
pub use denied::of_callers;
pub use explain::{Explained, Explanation, explain};
pub use own::{OwnPolicy, SnapshotBucket};
use std::fmt;

/// Names who said no, from the wire upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// No connection, or a broken one.
    Network,
    /// Certificates and server names.
    Tls,
    /// The signature, the clock or the credentials themselves.
    Signature,
    /// What the caller's IAM policies allow.
    CallerIam,
    /// Whether the caller may pass the role.
    PassRole,
    /// Whether the role's trust policy lets the service in.
    Trust,
    /// What the role may do with the bucket and its key.
    RoleS3,
    /// The domain's access policy.
    DomainPolicy,
    /// The domain's fine-grained access control.
    FineGrainedAccess,
    /// The repository and its settings.
    Repository,
    /// The bucket itself.
    Bucket,
    /// What IAM takes as a document.
    Iam,
    /// A quota or a rate.
    Quota,
    /// The domain's front door or version.
    Domain,
    /// The bucket's policy.
    BucketPolicy,
    /// The policy of a KMS key.
    KeyPolicy,
    /// The policy of another resource.
    ResourcePolicy,
    /// The permissions boundary of whoever asked.
    Boundary,
    /// The policy that a session was begun with.
    SessionPolicy,
    /// A service control policy of the organisation.
    ServiceControl,
    /// A resource control policy of the organisation.
    ResourceControl,
    /// The policy of a VPC endpoint.
    VpcEndpoint,
    /// A policy that the message does not name.
    Unnamed,
}

impl Layer {
    /// Whether a refusal there means that somebody lacks a permission.
    pub fn is_permission(self) -> bool {
        match self {
            Self::CallerIam
            | Self::PassRole
            | Self::Trust
            | Self::RoleS3
            | Self::DomainPolicy
            | Self::FineGrainedAccess
            | Self::BucketPolicy
            | Self::KeyPolicy
            | Self::ResourcePolicy
            | Self::Boundary
            | Self::SessionPolicy
            | Self::ServiceControl
            | Self::ResourceControl
            | Self::VpcEndpoint
            | Self::Unnamed => true,
            Self::Network
            | Self::Tls
            | Self::Signature
            | Self::Repository
            | Self::Bucket
            | Self::Iam
            | Self::Quota
            | Self::Domain => false,
        }
    }

    /// Returns the layer in the words that people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Tls => "TLS",
            Self::Signature => "signature",
            Self::CallerIam => "IAM of the caller",
            Self::PassRole => "PassRole",
            Self::Trust => "trust of the role",
            Self::RoleS3 => "S3 permission of the role",
            Self::DomainPolicy => "domain access policy",
            Self::FineGrainedAccess => "fine-grained access control",
            Self::Repository => "repository",
            Self::Bucket => "bucket",
            Self::Iam => "IAM",
            Self::Quota => "quota",
            Self::Domain => "domain",
            Self::BucketPolicy => "bucket policy",
            Self::KeyPolicy => "policy of the KMS key",
            Self::ResourcePolicy => "policy of the resource",
            Self::Boundary => "permissions boundary",
            Self::SessionPolicy => "session policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::VpcEndpoint => "VPC endpoint policy",
            Self::Unnamed => "a policy that the message does not name",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Says whether a refusal may pass by itself, and why; the caller decides whether waiting was planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transient {
    /// It stays until somebody changes something.
    No,
    /// IAM may not know a new role or policy everywhere yet.
    IamPropagation,
    /// It passes only where a document of this kind was changed a moment ago.
    Changed(Document),
    /// A bucket created a moment ago may not be known everywhere yet.
    FreshBucket,
    /// Too many requests.
    Throttled,
    /// Something else is running.
    Busy,
}

/// A kind of document that esbackup changes and that can deny a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Document {
    /// A policy of the snapshot role, or what is attached to it.
    Identity,
    /// Its trust policy.
    Trust,
    /// Its permissions boundary.
    Boundary,
    /// The bucket's policy.
    BucketPolicy,
}

/// Explains a message that the table knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The row of the table.
    pub row: u16,
    /// Who said no.
    pub layer: Layer,
    /// Why.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// Whether it may pass by itself.
    pub transient: Transient,
}

/// Holds what is known about the environment, so that a remedy can name it. Everything may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Who runs esbackup, as STS says it: `arn:aws:sts::…:assumed-role/NAME/SESSION`, or a user's ARN.
    pub caller_arn: Option<String>,
    /// The caller's role with its path, where IAM told it; an assumed-role ARN does not carry the path.
    pub caller_role_arn: Option<String>,
    /// The snapshot role.
    pub role_arn: Option<String>,
    /// The domain.
    pub domain_arn: Option<String>,
    /// The domain's endpoint as a URL without a trailing slash.
    pub endpoint: Option<String>,
    /// The engine, which decides the path of the security API.
    pub engine: Option<Engine>,
    /// The bucket.
    pub bucket: Option<String>,
    /// The bucket's ARN.
    pub bucket_arn: Option<String>,
    /// The managed policy.
    pub policy_arn: Option<String>,
    /// The repository.
    pub repository: Option<String>,
    /// The permissions boundary that the spec gives the snapshot role.
    pub boundary: Option<String>,
    /// The bucket as the repository uses it.
    pub bucket_used: Option<SnapshotBucket>,
    /// The policy that the spec gives the snapshot role, where esbackup manages both.
    pub own: Option<OwnPolicy>,
}

impl Context {
    /// Whether the caller is an assumed role whose own ARN, with its path, is not known.
    pub fn lacks_caller_role(&self) -> bool {
        self.caller_role_arn.is_none() && self.assumed_role().is_some()
    }

    /// The name of the role that the caller assumed.
    pub fn assumed_role(&self) -> Option<&str> {
        let (_, rest) = self.caller_arn.as_deref()?.split_once(":assumed-role/")?;
        rest.split('/').next().filter(|name| !name.is_empty())
    }
}

/// Looks the refusal up in the table; `None` where nobody wrote its words down yet.
pub fn diagnose(refusal: &Refusal, context: &Context) -> Option<Diagnosis> {
    let row = rows::find(refusal)?;
    let said = Denial::read(refusal);
    // What a policy denied is told by AWS's words; a request without a signature has no policies.
    let verdict = match (&said, row.layer.is_permission()) {
        (Some(denial), true) if !is_anonymous(refusal) => {
            Some(denied::named(denial, refusal, context))
        }
        (None, true) if row.layer == Layer::Unnamed => {
            Some(denied::unnamed_of_role(refusal, context))
        }
        _ => None,
    };
    Some(match verdict {
        Some(verdict) => Diagnosis {
            row: row.number,
            layer: verdict.layer,
            cause: verdict.cause,
            remedy: verdict.remedy,
            transient: verdict.transient,
        },
        None => Diagnosis {
            row: row.number,
            layer: row.layer,
            cause: row.cause.to_owned(),
            remedy: remedy::text(row.remedy, refusal, context),
            transient: row.transient,
        },
    })
}

fn is_anonymous(refusal: &Refusal) -> bool {
    refusal
        .searchable()
        .contains("user: anonymous is not authorized")
}

/// What a service of AWS said, as a refusal.
pub(crate) fn refusal_of(error: &CallError) -> Refusal {
    Refusal {
        origin: Origin::Service,
        operation: format!("{} {}", error.service, error.operation),
        status: error.status,
        code: error.code.clone(),
        chain: vec![error.words()],
        request_id: error.request_id.clone(),
    }
}
