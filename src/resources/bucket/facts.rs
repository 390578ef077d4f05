//! What findings are made of: the configuration of a bucket, each part read or not. Data only.

use super::{BucketEncryption, Live, PublicAccessBlock, Sighting, Versioning, remote};
use crate::policy_document::Document;
use crate::resources::observed::Unread;

/// The configuration of a bucket that can endanger the snapshots in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The whole bucket policy; none when there is none.
    pub document: Result<Option<Document>, Unread>,
    /// The whole lifecycle configuration.
    pub rules: Result<remote::Rules, Unread>,
    /// Default encryption.
    pub encryption: Result<BucketEncryption, Unread>,
    /// Versioning; none when it was never set.
    pub versioning: Result<Option<Versioning>, Unread>,
    /// The public access block; all off when there is none.
    pub public_access_block: Result<PublicAccessBlock, Unread>,
    /// Object ownership; none leaves ACLs in force.
    pub ownership: Result<Option<String>, Unread>,
    /// Grants of the bucket's ACL to others than its owner; empty where ACLs are disabled.
    pub acl: Result<Vec<String>, Unread>,
    /// Object Lock; none when it is off.
    pub lock: Result<Option<Lock>, Unread>,
}

/// Object Lock of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// What new objects are locked with; none when that is left to each request.
    pub default_retention: Option<Retention>,
}

/// A default retention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// `GOVERNANCE` or `COMPLIANCE`.
    pub mode: String,
    /// How long, such as `30 days`.
    pub length: String,
}

/// When a lifecycle rule acts on an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// This many days after it was written.
    Days(i32),
    /// At a date, and on every day after it.
    Date(String),
}

/// One lifecycle rule, as far as it is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRule {
    /// Its id.
    pub id: String,
    /// Whether it is enabled.
    pub enabled: bool,
    /// The prefix of the keys that it is about; empty for all.
    pub prefix: String,
    /// Whether it is about objects with certain tags only.
    pub tagged: bool,
    /// When current versions expire.
    pub expires: Option<When>,
    /// The storage classes that current versions move to, and when.
    pub moves: Vec<(String, Option<When>)>,
    /// Whether noncurrent versions expire.
    pub expires_noncurrent: bool,
}

impl Facts {
    /// The facts of what was seen of a bucket; none when nothing of it was read.
    #[must_use]
    pub fn of(sighting: &Sighting) -> Option<Self> {
        match sighting {
            Sighting::Elsewhere(_) => None,
            Sighting::Here { facts, .. } => facts.as_deref().cloned(),
            Sighting::Managed(live) => Some(Self::managed(live)),
        }
    }

    fn managed(live: &Live) -> Self {
        let bucket = &live.bucket;
        Self {
            document: Ok(live.document.clone()),
            rules: Ok(live.rules.clone()),
            encryption: Ok(bucket.encryption.clone()),
            versioning: Ok(bucket.versioning),
            public_access_block: Ok(bucket.public_access_block),
            ownership: Ok(bucket.ownership.clone()),
            // ACLs are disabled by the plan where they are in force.
            acl: Ok(Vec::new()),
            lock: live.lock.clone(),
        }
    }

    /// What could not be read.
    pub fn unread(&self) -> impl Iterator<Item = &Unread> {
        let Self {
            document,
            rules,
            encryption,
            versioning,
            public_access_block,
            ownership,
            acl,
            lock,
        } = self;
        let all = [
            document.as_ref().err(),
            rules.as_ref().err(),
            encryption.as_ref().err(),
            versioning.as_ref().err(),
            public_access_block.as_ref().err(),
            ownership.as_ref().err(),
            acl.as_ref().err(),
            lock.as_ref().err(),
        ];
        all.into_iter().flatten()
    }
}
