//! What every call says of itself: the executor and the planner know calls by this alone.

mod data;

use serde_json::Value;

use super::{Answer, SendError};
use crate::aws::{Reads, Writes};
use crate::diagnosis;
use crate::domain::{Client, Request};
use crate::lost::{Effect, RetrySafety};
use crate::operations::Operation;

/// A write with all its arguments. No method has a default: a new kind of call answers every question.
pub(crate) trait Write {
    /// The operations that `apply` sends.
    const BY_APPLY: &'static [Operation];
    /// The operations that the commands of every day send.
    const BY_DAY_TWO: &'static [Operation];

    /// Names the service and its operation.
    fn operation(&self) -> Operation;

    /// Says what the call does.
    fn describe(&self) -> String;

    /// Returns the request as `--dry-run` shows it.
    fn preview(&self) -> Preview;

    /// Tells what may be done once the answer is lost.
    fn retry_safety(&self) -> RetrySafety;

    /// Tells what the call touches.
    fn touches(&self) -> Touches;

    /// Sends the call once.
    ///
    /// # Errors
    /// What the service or the network answered.
    fn send(
        &self,
        writes: &Writes,
        domain: Option<&Client>,
    ) -> impl Future<Output = Result<Answer, SendError>>;

    /// Reads whether a call whose answer was lost, or that met what it wanted to create, is in effect.
    ///
    /// # Errors
    /// When that cannot be read.
    fn was_applied(
        &self,
        reads: &Reads,
        domain: Option<&Client>,
    ) -> impl Future<Output = Result<Effect, SendError>>;
}

/// A request as `--dry-run` shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The HTTP method; for a request that an AWS client makes, the service.
    pub method: &'static str,
    /// Path and query before encoding; for a request that an AWS client makes, the operation.
    pub path: String,
    /// The body.
    pub body: Option<Value>,
}

impl Preview {
    /// The preview of a request to the domain.
    pub(crate) fn of_request(request: Request) -> Self {
        let mut path = format!("/{}", request.segments.join("/"));
        for (index, (name, value)) in request.query.iter().enumerate() {
            let sign = if index == 0 { '?' } else { '&' };
            path.extend([sign]);
            path.push_str(&format!("{name}={value}"));
        }
        Self {
            method: request.method.as_str(),
            path,
            body: request.body,
        }
    }

    /// The preview of a request that an AWS client makes.
    pub(crate) fn of_operation(operation: Operation) -> Self {
        Self {
            method: operation.service,
            path: operation.operation.to_owned(),
            body: None,
        }
    }
}

/// What a call touches, as far as other calls depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touches {
    /// Whether it creates the resource that later calls are about.
    pub creates: bool,
    /// Whether it changes what the domain may do with the bucket.
    pub access: bool,
    /// Whether it sets a document of esbackup's own, which the spec does not name.
    pub interim: bool,
    /// Whether it deletes data by its name.
    pub deletes: bool,
    /// The documents that it changes.
    pub documents: Documents,
}

impl Touches {
    /// Nothing that another call depends on.
    pub const NOTHING: Self = Self {
        creates: false,
        access: false,
        interim: false,
        deletes: false,
        documents: Documents::NONE,
    };
}

/// The kinds of documents that calls change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Documents {
    /// A policy of the snapshot role, or what is attached to it.
    pub identity: bool,
    /// Its trust policy.
    pub trust: bool,
    /// Its permissions boundary.
    pub boundary: bool,
    /// The bucket's policy.
    pub bucket: bool,
}

impl Documents {
    /// None of them.
    pub const NONE: Self = Self {
        identity: false,
        trust: false,
        boundary: false,
        bucket: false,
    };

    /// Returns those of either.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let Self {
            identity,
            trust,
            boundary,
            bucket,
        } = other;
        Self {
            identity: self.identity || identity,
            trust: self.trust || trust,
            boundary: self.boundary || boundary,
            bucket: self.bucket || bucket,
        }
    }

    /// Returns whether a document of this kind changed.
    #[must_use]
    pub fn include(self, document: diagnosis::Document) -> bool {
        match document {
            diagnosis::Document::Identity => self.identity,
            diagnosis::Document::Trust => self.trust,
            diagnosis::Document::Boundary => self.boundary,
            diagnosis::Document::BucketPolicy => self.bucket,
        }
    }
}

/// The client of the domain, which a call to it needs.
///
/// # Errors
/// When the domain cannot be reached.
pub(super) fn reached(domain: Option<&Client>) -> Result<&Client, SendError> {
    domain.ok_or(SendError::NoDomain)
}
