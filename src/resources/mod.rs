//! The registry: the only file that lists the kinds of resource, in the order in which they are applied.
//!
//! It holds types and wiring; what a kind is, how it differs and what is sent for it stand in the kind's own folder.

pub(crate) mod actual;
mod answer;
pub(crate) mod bucket;
pub(crate) mod context;
pub(crate) mod declared;
pub(crate) mod domain;
pub(crate) mod facts;
pub(crate) mod management;
pub(crate) mod observed;
pub(crate) mod outcome;
pub(crate) mod policy;
pub(crate) mod repository;
pub(crate) mod resource;
pub(crate) mod role;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod write;

use std::fmt;

use serde::Serialize;

use crate::aws::{Reads, Writes};
use crate::data::{index, snapshot};
use crate::domain::Client;
use crate::lost::{Effect, RetrySafety};
pub use crate::operations::Operation;
use crate::resources::declared::Declared;
use crate::resources::observed::Observed;
use crate::resources::outcome::Outcome;
use crate::resources::resource::Comparison;
pub(crate) use answer::Answer;
pub use answer::SendError;
use write::{Documents, Preview, Touches, Write};

/// A kind of resource.
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

    /// Place in the order of application.
    pub fn rank(self) -> u8 {
        match self {
            Kind::Domain => 0,
            Kind::Bucket => 1,
            Kind::Policy => 2,
            Kind::Role => 3,
            Kind::Repository => 4,
            Kind::Snapshot => 5,
            Kind::Index => 6,
        }
    }

    /// What a new or changed one needs time for, until other services know it.
    pub fn propagates(self) -> Propagation {
        match self {
            Kind::Bucket => Propagation::Bucket,
            Kind::Policy | Kind::Role => Propagation::Iam,
            Kind::Domain | Kind::Repository | Kind::Snapshot | Kind::Index => Propagation::None,
        }
    }

    /// What its calls may have to wait for.
    pub fn waits(self) -> Waits {
        match self {
            Kind::Domain | Kind::Snapshot | Kind::Index => Waits::Nothing,
            // A bucket policy may name the role.
            Kind::Bucket => Waits::NewIamAndBucket,
            Kind::Policy | Kind::Role => Waits::NewIam,
            Kind::Repository => Waits::ChangedIamAndBucket,
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

/// What a new or changed resource needs time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// Nothing.
    None,
    /// IAM becomes consistent.
    Iam,
    /// S3 knows the bucket everywhere.
    Bucket,
}

/// What the calls of a kind may have to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// Nothing.
    Nothing,
    /// What was created in IAM.
    NewIam,
    /// What was created in IAM, and the new bucket.
    NewIamAndBucket,
    /// What was created or changed in IAM, and the new bucket.
    ChangedIamAndBucket,
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

/// What is wanted of each kind. A function over all kinds takes this apart without `..`, so that a new kind cannot be forgotten.
pub(crate) struct Wanted<'a> {
    /// The buckets.
    pub bucket: &'a [Declared<bucket::Bucket>],
    /// The managed policies.
    pub policy: &'a [Declared<policy::Policy>],
    /// The roles.
    pub role: &'a [Declared<role::Role>],
    /// The snapshot repositories.
    pub repository: &'a [Declared<repository::Repository>],
}

/// What was read of each kind, in the order of what is wanted; nothing of a kind that could not be asked for.
pub(crate) struct Seen<'a> {
    /// Of the buckets.
    pub bucket: &'a [Observed<bucket::Sighting>],
    /// Of the managed policies.
    pub policy: &'a [Observed<policy::Sighting>],
    /// Of the roles.
    pub role: &'a [Observed<role::Sighting>],
    /// Of the snapshot repositories.
    pub repository: &'a [Observed<repository::Live>],
}

impl Wanted<'_> {
    /// Names each resource, in the order of application.
    pub(crate) fn ids(&self) -> Vec<ResourceId> {
        let Self {
            bucket,
            policy,
            role,
            repository,
        } = self;
        let ids = resource::ids(bucket).chain(resource::ids(policy));
        let ids = ids.chain(resource::ids(role));
        ids.chain(resource::ids(repository)).collect()
    }

    /// Names each resource that this environment creates and others of the account may use.
    pub(crate) fn creations(&self) -> Vec<ResourceId> {
        let Self {
            bucket,
            policy,
            role,
            // Its name means something on one domain only.
            repository: _,
        } = self;
        let ids = resource::managed_ids(bucket).chain(resource::managed_ids(policy));
        ids.chain(resource::managed_ids(role)).collect()
    }

    /// Tells whether anything is looked up in or sent to AWS.
    pub(crate) fn use_aws(&self) -> bool {
        let Self {
            bucket,
            policy,
            role,
            // The domain is asked.
            repository: _,
        } = self;
        !(bucket.is_empty() && policy.is_empty() && role.is_empty())
    }

    /// Compares each resource with what was read of it, in the order of application.
    pub(crate) fn compare(
        &self,
        seen: &Seen<'_>,
        comparison: &Comparison<'_>,
    ) -> Vec<(ResourceId, Outcome)> {
        let Self {
            bucket,
            policy,
            role,
            repository,
        } = self;
        let Seen {
            bucket: buckets,
            policy: policies,
            role: roles,
            repository: repositories,
        } = seen;
        [
            comparison.of(bucket, buckets),
            comparison.of(policy, policies),
            comparison.of(role, roles),
            comparison.of(repository, repositories),
        ]
        .concat()
    }
}

impl Seen<'_> {
    /// Returns the documents that changed shortly before this run, by the service's own clock.
    pub(crate) fn recently_changed(&self) -> Documents {
        let Self {
            bucket,
            policy,
            role,
            repository,
        } = self;
        resource::recently_changed::<bucket::Bucket>(bucket)
            .and(resource::recently_changed::<policy::Policy>(policy))
            .and(resource::recently_changed::<role::Role>(role))
            .and(resource::recently_changed::<repository::Repository>(
                repository,
            ))
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
