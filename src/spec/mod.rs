//! YAML text becomes a [`Spec`] or every problem at once; nothing here asks a service, and no key is read and ignored.

mod accept;
mod fleet;
mod generated;
pub(crate) mod keys;
mod load;
mod parse;
mod resolve;
mod schema;
#[cfg(test)]
mod tests;
mod trust_file;
pub(crate) mod workflows;

pub use accept::Acceptance;
#[cfg(test)]
pub(crate) use load::Loaded;
pub(crate) use load::folder_of;
pub use load::load;
#[cfg(test)]
pub(crate) use parse::parse;
pub use parse::parse_with;
pub use resolve::{Resolved, resolve};
pub(crate) use schema::json_schema;
pub(crate) use trust_file::read as read_trust_file;
pub use workflows::StepKind;
pub(crate) use workflows::{StepPlace, StepSpec, WorkflowSpec};

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::DomainSpec;
use crate::names::{AccountId, EnvironmentName, Region, Tags};
use crate::resources::bucket::spec::BucketSpec;
use crate::resources::policy::spec::PolicySpec;
use crate::resources::repository::spec::RepositorySpec;
use crate::resources::role::spec::RoleSpec;

/// One environment, as its file describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// The file it was read from.
    pub file: PathBuf,
    /// The folder that the files it names stay below, without symbolic links.
    pub folder: PathBuf,
    /// Name of the environment.
    pub name: EnvironmentName,
    /// Region of the domain, and of the bucket unless that says otherwise.
    pub region: Region,
    /// Account that the credentials must belong to.
    pub account: AccountId,
    /// Tags of every taggable resource.
    pub tags: Tags,
    /// The search domain.
    pub domain: DomainSpec,
    /// The bucket; absent only with an existing repository.
    pub bucket: Option<BucketSpec>,
    /// The managed policy; absent only with an existing repository.
    pub policy: Option<PolicySpec>,
    /// The role; absent only with an existing repository.
    pub role: Option<RoleSpec>,
    /// The snapshot repository.
    pub repository: RepositorySpec,
    /// What `esbackup status` measures against.
    pub objectives: Objectives,
    /// The findings that are accepted.
    pub accept: Vec<Acceptance>,
    /// The workflows.
    pub workflows: Vec<WorkflowSpec>,
}

/// What `esbackup status` measures against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Objectives {
    /// The longest that what is written to an index may be in no snapshot.
    pub rpo: Option<Duration>,
    /// Which indices that is about; all but the system's where none are named.
    pub indices: Vec<String>,
    /// The longest time since a restore was last proved.
    pub restore_test: Option<Duration>,
}
