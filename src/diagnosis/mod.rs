//! Known words of the services turned into a layer, a cause and a remedy; unknown words get no guess.

mod explain;
mod remedy;
mod rows;

#[cfg(test)]
mod tests;

use crate::aws::CallError;
use crate::domain::{Engine, Origin, Refusal};
pub use explain::{Explained, Explanation, explain};
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
            | Self::FineGrainedAccess => true,
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
    /// A bucket created a moment ago may not be known everywhere yet.
    FreshBucket,
    /// Too many requests.
    Throttled,
    /// Something else is running.
    Busy,
}

/// Explains a message that the table knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The row of the table.
    pub row: u8,
    /// Who said no.
    pub layer: Layer,
    /// Why.
    pub cause: &'static str,
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
    Some(Diagnosis {
        row: row.number,
        layer: row.layer,
        cause: row.cause,
        remedy: remedy::text(row.remedy, refusal, context),
        transient: row.transient,
    })
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
