//! The calls that change a bucket, and what must hold before them.

use super::remote;
use super::spec::Versioning;
use super::{BucketEncryption, Rule};
use crate::aws::{Reads, Writes};
use crate::domain::Client;
use crate::lost::{Effect, RetrySafety};
use crate::names::{AccountId, BucketName, Region, Tags};
use crate::operations::{Operation, operations};
use crate::policy_document::Document;
use crate::resources;
use crate::resources::write::{Documents, Preview, Touches};
use crate::resources::{Answer, SendError};

/// A write to S3.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Call {
    /// The bucket.
    pub name: BucketName,
    /// Its region, where the call is sent.
    pub region: Region,
    /// The expected owner.
    pub account: AccountId,
    /// What is written.
    pub write: Write,
}

/// The writes that a bucket knows.
#[derive(Debug, Clone, PartialEq, Hash)]
pub enum Write {
    /// Creates it in its region, with its tags and with ACLs disabled.
    Create {
        /// The tags.
        tags: Tags,
    },
    /// Replaces its tags.
    PutTagging {
        /// All tags, the foreign ones too.
        tags: Tags,
    },
    /// Turns the public access block on.
    PutPublicAccessBlock,
    /// Disables ACLs (`BucketOwnerEnforced`).
    PutOwnershipControls,
    /// Sets default encryption.
    PutEncryption(BucketEncryption),
    /// Sets versioning.
    PutVersioning(Versioning),
    /// Replaces the bucket policy.
    PutPolicy(Document),
    /// Replaces the lifecycle configuration.
    PutLifecycle {
        /// The rule of esbackup.
        rule: Rule,
        /// Everything else, sent back as it was read.
        others: remote::Rules,
    },
}

/// Reads again a document that others share, right before it is replaced.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Check {
    /// The bucket.
    pub name: BucketName,
    /// Its region.
    pub region: Region,
    /// The expected owner.
    pub account: AccountId,
    /// The document that the write was merged from.
    pub unchanged: Shared,
}

/// The documents of a bucket that others share.
#[derive(Debug, Clone, PartialEq, Hash)]
pub enum Shared {
    /// Nothing of this name exists yet.
    Absent,
    /// The tags that CreateBucket carried did not arrive; where they did, the write is not needed.
    TagsMissing(Tags),
    /// The tags.
    Tags(Tags),
    /// The bucket policy.
    Policy(Option<Document>),
    /// The lifecycle configuration.
    Lifecycle(remote::Rules),
}

impl Check {
    /// Says what must hold.
    pub fn describe(&self) -> String {
        let name = &self.name;
        match &self.unchanged {
            Shared::Absent => format!("there is no bucket {name}"),
            Shared::TagsMissing(_) => format!("bucket {name} lacks the tags of its creation"),
            Shared::Tags(_) => format!("the tags of bucket {name} are unchanged"),
            Shared::Policy(_) => format!("the policy of bucket {name} is unchanged"),
            Shared::Lifecycle(_) => format!("the lifecycle of bucket {name} is unchanged"),
        }
    }
}

operations!(Write of "s3" {
    Write::Create { .. } => "CreateBucket",
    Write::PutTagging { .. } => "PutBucketTagging",
    Write::PutPublicAccessBlock => "PutPublicAccessBlock",
    Write::PutOwnershipControls => "PutBucketOwnershipControls",
    Write::PutEncryption(_) => "PutBucketEncryption",
    Write::PutVersioning(_) => "PutBucketVersioning",
    Write::PutPolicy(_) => "PutBucketPolicy",
    Write::PutLifecycle { .. } => "PutBucketLifecycleConfiguration",
});

impl resources::write::Write for Call {
    const BY_APPLY: &'static [Operation] = Write::OPERATIONS;
    const BY_DAY_TWO: &'static [Operation] = &[];

    fn operation(&self) -> Operation {
        self.write.operation()
    }

    fn describe(&self) -> String {
        let name = &self.name;
        match &self.write {
            Write::Create { .. } => format!("create bucket {name} in {}", self.region),
            Write::PutTagging { .. } => format!("tag bucket {name}"),
            Write::PutPublicAccessBlock => format!("block public access to bucket {name}"),
            Write::PutOwnershipControls => format!("disable ACLs of bucket {name}"),
            Write::PutEncryption(_) => format!("set the encryption of bucket {name}"),
            Write::PutVersioning(_) => format!("set the versioning of bucket {name}"),
            Write::PutPolicy(_) => format!("set the policy of bucket {name}"),
            Write::PutLifecycle { .. } => format!("set the lifecycle of bucket {name}"),
        }
    }

    fn preview(&self) -> Preview {
        Preview::of_operation(self.write.operation())
    }

    fn retry_safety(&self) -> RetrySafety {
        match &self.write {
            // In us-east-1 a repeated CreateBucket answers 200 and resets ACLs, so it is never sent again unread.
            // <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
            Write::Create { .. } => RetrySafety::ReadBackLate,
            Write::PutTagging { .. }
            | Write::PutPublicAccessBlock
            | Write::PutOwnershipControls
            | Write::PutEncryption(_)
            | Write::PutVersioning(_)
            | Write::PutPolicy(_)
            | Write::PutLifecycle { .. } => RetrySafety::Idempotent,
        }
    }

    fn touches(&self) -> Touches {
        match &self.write {
            Write::Create { .. } => Touches {
                creates: true,
                ..Touches::NOTHING
            },
            Write::PutEncryption(_) => Touches {
                access: true,
                ..Touches::NOTHING
            },
            Write::PutPolicy(_) => Touches {
                access: true,
                documents: Documents {
                    bucket: true,
                    ..Documents::NONE
                },
                ..Touches::NOTHING
            },
            Write::PutTagging { .. }
            | Write::PutPublicAccessBlock
            | Write::PutOwnershipControls
            | Write::PutVersioning(_)
            | Write::PutLifecycle { .. } => Touches::NOTHING,
        }
    }

    fn send(
        &self,
        writes: &Writes,
        _: Option<&Client>,
    ) -> impl Future<Output = Result<Answer, SendError>> {
        remote::send(writes, self)
    }

    fn was_applied(
        &self,
        reads: &Reads,
        _: Option<&Client>,
    ) -> impl Future<Output = Result<Effect, SendError>> {
        remote::was_applied(reads, self)
    }
}
