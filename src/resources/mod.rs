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

use std::fmt;

use serde::Serialize;

use crate::aws::{CallError, Reads, Writes};
use crate::data::{index, snapshot};
use crate::diagnosis::{self, Explained, Explanation};
use crate::domain::Client;
use crate::failure::Class;
use crate::lost::{Effect, WhenLost};
use crate::resources::observed::Unread;

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

/// What the service is asked to do, by the service's own name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// `s3`, `iam` or `es`.
    pub service: &'static str,
    /// The operation's name, such as `CreateBucket`; for the domain method and path.
    pub operation: &'static str,
}

fn of(service: &'static str, operations: &[&'static str]) -> Vec<Operation> {
    let all = operations.iter().copied();
    let named = all.map(|operation| Operation { service, operation });
    named.collect()
}

/// Every operation that the commands of day two can send: those on snapshots and indices, the check of a repository on all nodes, and the record
/// of a restore test.
pub fn operations_of_data() -> Vec<Operation> {
    [
        of("es", snapshot::Call::OPERATIONS),
        of("es", index::Call::OPERATIONS),
        of("es", &[repository::Call::VERIFY]),
        of("s3", bucket::record::Call::OPERATIONS),
    ]
    .concat()
}

/// Every operation that `apply` can send, in the order of the kinds.
pub fn operations_of_apply() -> Vec<Operation> {
    [
        of("s3", bucket::Write::OPERATIONS),
        of("iam", policy::Call::OPERATIONS),
        of("iam", role::Write::OPERATIONS),
        of("es", repository::Call::OPERATIONS),
    ]
    .concat()
}

impl Call {
    /// The service and operation.
    pub fn operation(&self) -> Operation {
        match self {
            Call::Bucket(call) => Operation {
                service: "s3",
                operation: call.operation(),
            },
            Call::Record(call) => Operation {
                service: "s3",
                operation: call.operation(),
            },
            Call::Policy(call) => Operation {
                service: "iam",
                operation: call.operation(),
            },
            Call::Role(call) => Operation {
                service: "iam",
                operation: call.operation(),
            },
            Call::Repository(call) => Operation {
                service: "es",
                operation: call.operation(),
            },
            Call::Snapshot(call) => Operation {
                service: "es",
                operation: call.operation(),
            },
            Call::Index(call) => Operation {
                service: "es",
                operation: call.operation(),
            },
        }
    }

    /// What the call does, in words.
    pub fn describe(&self) -> String {
        match self {
            Call::Bucket(call) => call.describe(),
            Call::Record(call) => call.describe(),
            Call::Policy(call) => call.describe(),
            Call::Role(call) => call.describe(),
            Call::Repository(call) => call.describe(),
            Call::Snapshot(call) => call.describe(),
            Call::Index(call) => call.describe(),
        }
    }

    /// Whether the call creates the resource that later calls are about.
    pub fn creates(&self) -> bool {
        match self {
            Call::Bucket(call) => matches!(call.write, bucket::Write::Create { .. }),
            Call::Policy(call) => matches!(call, policy::Call::Create(_)),
            Call::Role(call) => matches!(call.write, role::Write::Create(_)),
            Call::Record(_) | Call::Repository(_) | Call::Snapshot(_) | Call::Index(_) => false,
        }
    }

    /// Whether the call changes what the domain may do with the bucket.
    pub fn changes_access(&self) -> bool {
        match self {
            Call::Bucket(call) => matches!(
                call.write,
                bucket::Write::PutPolicy(_) | bucket::Write::PutEncryption(_)
            ),
            Call::Policy(call) => matches!(call, policy::Call::CreateVersion { .. }),
            Call::Role(call) => !matches!(
                call.write,
                role::Write::Create(_) | role::Write::Update { .. } | role::Write::Tag(_)
            ),
            Call::Record(_) | Call::Repository(_) | Call::Snapshot(_) | Call::Index(_) => false,
        }
    }

    /// Whether the call sets a document of esbackup's own, which the spec does not name.
    pub fn is_interim(&self) -> bool {
        matches!(self, Call::Role(call) if call.is_interim())
    }

    /// Whether the call deletes data by its name.
    pub fn deletes(&self) -> bool {
        match self {
            Call::Snapshot(call) => matches!(call, snapshot::Call::Delete { .. }),
            Call::Index(call) => matches!(call, index::Call::Delete { .. }),
            _ => false,
        }
    }

    /// Whether the call must not be sent a second time, even when it is known not to have been applied.
    pub fn never_resent(&self) -> bool {
        match self {
            // One that was started twice would run twice.
            Call::Snapshot(call) => !matches!(call, snapshot::Call::Delete { .. }),
            // Another index may have taken the name in the meantime.
            Call::Index(call) => matches!(call, index::Call::Delete { .. }),
            _ => false,
        }
    }

    /// Whether one read is not enough to call it not applied: the service may still be working on it.
    pub fn appears_late(&self) -> bool {
        match self {
            Call::Bucket(call) => matches!(call.write, bucket::Write::Create { .. }),
            _ => self.never_resent(),
        }
    }

    /// What to do when the answer to the call is lost.
    pub fn when_lost(&self) -> WhenLost {
        match self {
            Call::Bucket(call) => call.when_lost(),
            Call::Record(call) => call.when_lost(),
            Call::Policy(call) => call.when_lost(),
            Call::Role(call) => call.when_lost(),
            Call::Repository(call) => call.when_lost(),
            Call::Snapshot(call) => call.when_lost(),
            Call::Index(call) => call.when_lost(),
        }
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
        match self {
            Call::Bucket(call) => Ok(bucket::remote::send(writes, call)
                .await
                .map(|()| Answer::Done)?),
            Call::Record(call) => Ok(bucket::remote::record::send(writes, call)
                .await
                .map(|()| Answer::Done)?),
            Call::Policy(call) => Ok(policy::remote::send(writes, call)
                .await
                .map(|()| Answer::Done)?),
            Call::Role(call) => Ok(role::remote::send(writes, call)
                .await
                .map(|()| Answer::Done)?),
            Call::Repository(call) => {
                Ok(repository::remote::send(domain.ok_or(SendError::NoDomain)?, call).await?)
            }
            Call::Snapshot(call) => {
                snapshot::remote::send(domain.ok_or(SendError::NoDomain)?, call).await?;
                Ok(Answer::Done)
            }
            Call::Index(call) => {
                index::remote::send(domain.ok_or(SendError::NoDomain)?, call).await?;
                Ok(Answer::Done)
            }
        }
    }

    /// Reads whether a call whose answer was lost, or that met what it wanted to create, is in effect.
    ///
    /// # Errors
    /// When that cannot be read.
    pub async fn landed(
        &self,
        reads: &Reads,
        domain: Option<&Client>,
    ) -> Result<Effect, SendError> {
        let in_effect = match self {
            Call::Bucket(call) => return Ok(bucket::remote::landed(reads, call).await?),
            Call::Record(call) => return Ok(bucket::remote::record::landed(reads, call).await?),
            Call::Policy(call) => policy::remote::landed(reads, call).await?,
            Call::Role(call) => role::remote::landed(reads, call).await?,
            Call::Repository(call) => {
                repository::remote::landed(domain.ok_or(SendError::NoDomain)?, call).await?
            }
            Call::Snapshot(call) => {
                snapshot::remote::landed(domain.ok_or(SendError::NoDomain)?, call).await?
            }
            Call::Index(call) => {
                index::remote::landed(domain.ok_or(SendError::NoDomain)?, call).await?
            }
        };
        Ok(Effect::of(in_effect))
    }
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

    /// What it means and what to do.
    pub fn explain(&self, doing: &str, context: &diagnosis::Context) -> Explanation {
        match self {
            SendError::Aws(error) => {
                let explanation = diagnosis::explain(Explained::Call(error), context);
                Explanation {
                    doing: format!("{doing} ({} {})", error.service, error.operation),
                    ..explanation
                }
            }
            SendError::Domain(error) => {
                let explanation = diagnosis::explain(Explained::Domain { doing, error }, context);
                Explanation {
                    doing: doing.to_owned(),
                    ..explanation
                }
            }
            SendError::Unread(_) | SendError::NoDomain => Explanation {
                doing: doing.to_owned(),
                layer: None,
                words: vec![self.to_string()],
                request_id: None,
                party: None,
                cause: None,
                remedy: None,
                row: None,
                transient: diagnosis::Transient::No,
            },
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
