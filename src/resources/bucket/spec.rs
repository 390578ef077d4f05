//! What a spec says about the bucket; it never holds a default that weakens the bucket.

use crate::names::{AccountId, Arn, BucketName, Region, Tags};
use crate::policy_document::Statement;

/// Whether esbackup creates and changes a resource or only checks and uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Management {
    /// Created and changed by esbackup.
    #[default]
    Managed,
    /// `existing: true`: checked and used, never created or changed.
    Existing,
}

impl Management {
    /// Returns whether esbackup only checks and uses the resource.
    #[must_use]
    pub fn is_existing(self) -> bool {
        self == Self::Existing
    }
}

/// The `bucket` of a spec.
#[derive(Debug, Clone, PartialEq)]
pub struct BucketSpec {
    /// Name of the bucket.
    pub name: BucketName,
    /// Owner, where it is not the environment's account.
    pub account: Option<AccountId>,
    /// Region, where it is not the environment's.
    pub region: Option<Region>,
    /// Default encryption of new objects.
    pub encryption: Encryption,
    /// Whether overwritten and deleted objects are kept as noncurrent versions.
    pub versioning: Versioning,
    /// When leftovers expire.
    pub lifecycle: LifecycleSpec,
    /// Statements of the bucket policy beside those that are always on.
    pub extra_statements: Vec<Statement>,
    /// Tags beside the environment's.
    pub tags: Tags,
    /// Whether esbackup creates and changes it.
    pub management: Management,
}

/// Default encryption of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Encryption {
    /// SSE-S3.
    #[default]
    Aes256,
    /// SSE-KMS.
    Kms {
        /// ARN of the key.
        key: Arn,
        /// Whether an S3 bucket key spares calls to KMS.
        bucket_key: bool,
    },
}

/// Versioning of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Versioning {
    /// Noncurrent versions are kept until they expire.
    #[default]
    Enabled,
    /// No new versions are kept.
    Suspended,
}

impl Versioning {
    /// The word used in YAML and output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Suspended => "suspended",
        }
    }
}

/// When leftovers in the bucket expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LifecycleSpec {
    /// Age at which a noncurrent version is removed.
    pub noncurrent_versions_expire_after: Days,
    /// Age at which an unfinished multipart upload is removed.
    pub abort_incomplete_uploads_after: Days,
}

impl Default for LifecycleSpec {
    fn default() -> Self {
        Self {
            noncurrent_versions_expire_after: Days(30),
            abort_incomplete_uploads_after: Days(7),
        }
    }
}

/// A number of whole days, at least one, as S3 lifecycle rules count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days(u32);

impl Days {
    /// Most days that a spec may say: a hundred years.
    pub const MAX: u32 = 36_500;

    /// Returns the days if there are 1 to [`Days::MAX`] of them.
    #[must_use]
    pub fn new(days: u32) -> Option<Self> {
        (1..=Self::MAX).contains(&days).then_some(Self(days))
    }

    /// Returns the number of days.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl std::fmt::Display for Days {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}d", self.0)
    }
}
