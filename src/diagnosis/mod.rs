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
use crate::failure::{Hint, Layer};
pub(crate) use denial::{Denial, PolicyKind};
pub(crate) use denied::of_callers;
pub use explain::Explained;
pub use explain::explain;
pub(crate) use explain::transience;
pub(crate) use own::{OwnPolicy, SnapshotBucket};

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
    /// What to do next.
    pub hint: Hint,
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
    let (row, said, transient) = found(refusal, context)?;
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
            hint: verdict.remedy.into(),
            transient,
        },
        None => Diagnosis {
            row: row.number,
            layer: row.layer,
            cause: row.cause.to_owned(),
            hint: remedy::text(row.remedy, refusal, context),
            transient,
        },
    })
}

/// A row of the table, what AWS's words name, and whether the refusal may pass by itself.
type Found = (&'static rows::Row, Option<Denial>, Transient);

fn found(refusal: &Refusal, context: &Context) -> Option<Found> {
    let row = rows::find(refusal)?;
    let said = Denial::read(refusal);
    let transient = match (&said, row.layer.is_permission()) {
        (Some(denial), true) if !is_anonymous(refusal) => {
            denied::transience(denial, refusal, context)
        }
        (None, true) if row.layer == Layer::Unnamed => Transient::IamPropagation,
        _ => row.transient,
    };
    Some((row, said, transient))
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
