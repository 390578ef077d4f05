//! The registry: the only file that lists the kinds of resource, in the order in which they are applied.
//!
//! It holds types and wiring; what a kind is, how it differs and what is sent for it stand in the kind's own folder.

pub mod actual;
pub mod bucket;
pub mod context;
pub mod declared;
pub mod domain;
pub mod management;
pub mod observed;
pub mod outcome;
pub mod policy;
pub mod repository;
pub mod role;
#[cfg(test)]
pub(crate) mod tests;
pub mod write;

use std::fmt;

use serde::Serialize;

use crate::aws::{CallError, Reads, Writes};
use crate::data::{index, snapshot};
use crate::diagnosis::{self, Explained, Transient};
use crate::domain::Client;
use crate::failure::{Class, Failure, Speaker};
use crate::lost::{Effect, RetrySafety};
pub use crate::operations::Operation;
use crate::resources::observed::Unread;
use write::{Preview, Touches, Write};

/// A kind of resource; the order is the order of application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The search domain: looked at, never changed.
    Domain,
    /// The S3 bucket.
    Bucket,
    /// The managed policy.
    Policy,
    /// The role with its trust policy and its attachments.
    Role,
    /// The snapshot repository.
    Repository,
    /// A snapshot: never planned by `apply`.
    Snapshot,
    /// An index: never planned by `apply`.
    Index,
}

impl Kind {
    /// The word used in YAML, output and options.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Domain => "domain",
            Kind::Bucket => "bucket",
            Kind::Policy => "policy",
            Kind::Role => "role",
            Kind::Repository => "repository",
            Kind::Snapshot => "snapshot",
            Kind::Index => "index",
        }
    }

    /// The kinds that cannot be changed while this one is blocked.
    pub fn dependents(self) -> &'static [Kind] {
        match self {
            Kind::Domain | Kind::Bucket | Kind::Role => &[Kind::Repository],
            Kind::Policy => &[Kind::Role, Kind::Repository],
            Kind::Repository | Kind::Snapshot | Kind::Index => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One resource of an environment, written `kind.name` in output and options.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ResourceId {
    /// The kind of resource.
    pub kind: Kind,
    /// Its name on the service.
    pub name: String,
}

impl ResourceId {
    /// Names a resource.
    pub fn new(kind: Kind, name: impl fmt::Display) -> Self {
        Self {
            kind,
            name: name.to_string(),
        }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.name)
    }
}

/// One write, with all its arguments: what a step sends.
#[derive(Debug, Clone, PartialEq, Hash)]
pub enum Call {
    /// To S3.
    Bucket(bucket::Call),
    /// To S3, about the record of a restore test.
    Record(bucket::record::Call),
    /// To IAM, about a managed policy.
    Policy(policy::Call),
    /// To IAM, about a role.
    Role(role::Call),
    /// To the domain.
    Repository(repository::Call),
    /// To the domain, about a snapshot.
    Snapshot(snapshot::Call),
    /// To the domain, about an index.
    Index(index::Call),
}

/// What must hold right before a call is sent; read again by the executor.
#[derive(Debug, Clone, PartialEq, Hash)]
pub enum Check {
    /// A document of a bucket that others share is still the one that the call's document was merged from.
    Bucket(bucket::Check),
    /// A repository may be changed.
    Repository(repository::Check),
    /// Snapshots and indices are as a workflow was planned with.
    Data(crate::data::Check),
}

impl Check {
    /// Says what must hold.
    pub fn describe(&self) -> String {
        match self {
            Check::Bucket(check) => check.describe(),
            Check::Repository(check) => check.describe(),
            Check::Data(check) => check.describe(),
        }
    }
}

/// Delegates what is asked of a call to the type of its kind, and joins what these types can send.
macro_rules! calls {
    ($($variant:ident($call:ty),)+) => {
        impl Call {
            /// Names the service and its operation.
            pub fn operation(&self) -> Operation {
                match self { $(Call::$variant(call) => Write::operation(call),)+ }
            }

            /// Says what the call does.
            pub fn describe(&self) -> String {
                match self { $(Call::$variant(call) => Write::describe(call),)+ }
            }

            /// Returns the request as `--dry-run` shows it.
            pub fn preview(&self) -> Preview {
                match self { $(Call::$variant(call) => Write::preview(call),)+ }
            }

            /// Tells what may be done once the answer is lost.
            pub fn retry_safety(&self) -> RetrySafety {
                match self { $(Call::$variant(call) => Write::retry_safety(call),)+ }
            }

            /// Tells what the call touches.
            pub fn touches(&self) -> Touches {
                match self { $(Call::$variant(call) => Write::touches(call),)+ }
            }

            /// Sends the call once.
            ///
            /// # Errors
            /// What the service or the network answered.
            pub async fn send(
                &self,
                writes: &Writes,
                domain: Option<&Client>,
            ) -> Result<Answer, SendError> {
                match self { $(Call::$variant(call) => Write::send(call, writes, domain).await,)+ }
            }

            /// Reads whether a call whose answer was lost, or that met what it wanted to create, is in effect.
            ///
            /// # Errors
            /// When that cannot be read.
            pub async fn was_applied(
                &self,
                reads: &Reads,
                domain: Option<&Client>,
            ) -> Result<Effect, SendError> {
                match self { $(Call::$variant(call) => Write::was_applied(call, reads, domain).await,)+ }
            }
        }

        /// Every operation that `apply` can send, in the order of the kinds.
        pub fn operations_of_apply() -> Vec<Operation> {
            [$(<$call as Write>::BY_APPLY),+].concat()
        }

        /// Every operation that the commands of every day can send.
        pub fn operations_of_data() -> Vec<Operation> {
            [$(<$call as Write>::BY_DAY_TWO),+].concat()
        }
    };
}

calls! {
    Bucket(bucket::Call),
    Record(bucket::record::Call),
    Policy(policy::Call),
    Role(role::Call),
    Repository(repository::Call),
    Snapshot(snapshot::Call),
    Index(index::Call),
}

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// From an AWS service.
    #[error(transparent)]
    Aws(#[from] CallError),
    /// From the domain.
    #[error(transparent)]
    Domain(#[from] crate::domain::Error),
    /// What tells whether a lost call was applied could not be read.
    #[error("{} could not be read: {}", .0.what, .0.words)]
    Unread(Unread),
    /// The domain cannot be reached, so nothing was sent.
    #[error("the domain has no endpoint that requests may go to")]
    NoDomain,
}

impl SendError {
    /// Whether the request may have been applied although no answer said so.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            SendError::Aws(error) => error.outcome_unknown(),
            SendError::Domain(error) => error.outcome_unknown(),
            SendError::Unread(_) | SendError::NoDomain => false,
        }
    }

    /// Whether the service itself failed or throttles, so that sending the request again later may help.
    pub fn service_failed(&self) -> bool {
        match self {
            SendError::Aws(error) => error.class == Class::Throttled || error.service_failed(),
            SendError::Domain(error) => error.service_failed(),
            SendError::Unread(_) | SendError::NoDomain => false,
        }
    }

    /// Whether the service said that what was to be created exists already.
    pub fn exists_already(&self) -> bool {
        matches!(self, SendError::Aws(error) if error.exists_already())
    }

    /// Explains it: the text is made here, once nothing is tried any more.
    pub fn explain(&self, task: &str, context: &diagnosis::Context) -> Failure {
        match self {
            SendError::Aws(error) => Failure {
                task: format!("{task} ({} {})", error.service, error.operation),
                ..diagnosis::explain(Explained::Call(error), context)
            },
            SendError::Domain(error) => Failure {
                task: task.to_owned(),
                ..diagnosis::explain(Explained::Domain { task, error }, context)
            },
            SendError::Unread(_) | SendError::NoDomain => Failure {
                hint: None,
                speaker: Speaker::Service,
                ..Failure::new(Class::Failed, task, self.to_string(), "")
            },
        }
    }

    /// Returns whether it may pass by itself.
    pub fn transience(&self, context: &diagnosis::Context) -> Transient {
        match self {
            SendError::Aws(error) => diagnosis::transience(Explained::Call(error), context),
            SendError::Domain(error) => {
                diagnosis::transience(Explained::Domain { task: "", error }, context)
            }
            SendError::Unread(_) | SendError::NoDomain => Transient::No,
        }
    }

    /// Returns what the service said first.
    pub fn message(&self) -> String {
        match self {
            SendError::Aws(error) => error.words(),
            SendError::Domain(error) => match error.refusal() {
                Some(refusal) => refusal.chain.first().cloned().unwrap_or_default(),
                None => error.to_string(),
            },
            SendError::Unread(_) | SendError::NoDomain => self.to_string(),
        }
    }
}

impl From<Unread> for SendError {
    fn from(unread: Unread) -> Self {
        SendError::Unread(unread)
    }
}

/// What a call was seen to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The service confirmed it.
    Done,
    /// These nodes reached the repository.
    Verified {
        /// The nodes' names.
        nodes: Vec<String>,
    },
}
