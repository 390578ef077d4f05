//! What a spec says about the snapshot repository; settings with a key of their own never stand in `settings`.

use std::collections::BTreeMap;

use crate::names::{BasePath, RepositoryName};
use crate::resources::bucket::spec::Management;

/// The `repository` of a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositorySpec {
    /// Name of the repository on the domain.
    pub name: RepositoryName,
    /// Prefix of its objects; the bucket's root when absent.
    pub base_path: Option<BasePath>,
    /// S3 endpoint, where the domain's default does not do.
    pub endpoint: Option<String>,
    /// Whether the domain may only read from it.
    pub readonly: bool,
    /// The old switch for SSE-S3, sent only when the spec says it.
    pub server_side_encryption: Option<bool>,
    /// Further documented settings by their own names, as the engine echoes them: strings.
    pub settings: BTreeMap<String, String>,
    /// Whether every node must prove that it can use the repository.
    pub verify: bool,
    /// Whether esbackup registers and changes it.
    pub management: Management,
}
