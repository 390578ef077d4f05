//! The S3 bucket of the snapshots: what it is, and the calls that change it.

mod create;
pub mod diff;
pub mod facts;
pub mod keys;
pub mod record;
pub mod remote;
pub mod spec;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::aws::{Reads, Writes};
use crate::domain::Client;
use crate::lost::{Effect, RetrySafety};
use crate::names::{AccountId, BasePath, BucketName, Region, Tags};
use crate::operations::{Operation, operations};
use crate::policy_document::{Document, Statement};
use crate::resources::declared::Scope;
use crate::resources::observed::{Mark, Unread};
use crate::resources::write::{Documents, Preview, Touches};
use crate::resources::{Answer, Kind, ResourceId, SendError};
use spec::{BucketSpec, Encryption, Versioning};

/// The prefix of the Sid of every bucket policy statement that esbackup owns.
pub const SID_PREFIX: &str = "Esbackup";

/// A bucket, as wanted or as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// The account that owns it; sent as the expected owner with every call that takes one.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// Default encryption of new objects.
    pub encryption: BucketEncryption,
    /// Versioning; none when it was never set.
    pub versioning: Option<Versioning>,
    /// The public access block; all off when there is none.
    pub public_access_block: PublicAccessBlock,
    /// Object ownership; none when there is none, which leaves ACLs in force.
    pub ownership: Option<String>,
    /// The statements of the bucket policy that are esbackup's.
    pub policy: Vec<Statement>,
    /// The lifecycle rule that is esbackup's.
    pub lifecycle: Option<Rule>,
    /// Its tags.
    pub tags: Tags,
}

/// Default encryption of a bucket.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html>
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BucketEncryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    /// The KMS key.
    pub kms_key: Option<String>,
    /// Whether S3 uses a bucket-level key.
    pub bucket_key: bool,
    /// The encryption types that no new object may have; none where S3 was never told. A PUT that leaves them out drops them, so they
    /// are sent back as they came.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_BlockedEncryptionTypes.html>
    pub blocked_types: Option<Vec<String>>,
}

/// The algorithm of a KMS key that a spec names.
const KMS: &str = "aws:kms";
/// Two layers of encryption with a KMS key.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingDSSEncryption.html>
const KMS_TWICE: &str = "aws:kms:dsse";

impl BucketEncryption {
    /// What S3 applies where nothing was configured.
    pub fn aes256() -> Self {
        Self {
            algorithm: "AES256".to_owned(),
            kms_key: None,
            bucket_key: false,
            blocked_types: None,
        }
    }

    fn of(spec: &Encryption) -> Self {
        match spec {
            Encryption::Aes256 => Self::aes256(),
            Encryption::Kms { key, bucket_key } => Self {
                algorithm: KMS.to_owned(),
                kms_key: Some(key.to_string()),
                bucket_key: *bucket_key,
                blocked_types: None,
            },
        }
    }

    /// The value as the spec writes it, with the algorithm where it is not the one that a spec means by a key.
    pub fn to_value(&self) -> Value {
        match &self.kms_key {
            Some(key) if self.algorithm == KMS => {
                json!({"kms_key": key, "bucket_key": self.bucket_key})
            }
            // A bucket key does nothing for two layers.
            Some(key) => json!({"algorithm": self.algorithm, "kms_key": key}),
            None => Value::from(self.algorithm.clone()),
        }
    }

    /// Whether new objects get two layers of encryption.
    pub fn is_twice(&self) -> bool {
        self.algorithm == KMS_TWICE
    }

    /// Whether new objects are encrypted as the other says; which types are blocked is nobody's to compare.
    pub fn encrypts_as(&self, other: &Self) -> bool {
        let parts = |one: &Self| {
            let bucket_key = one.bucket_key && !one.is_twice();
            (one.algorithm.clone(), one.kms_key.clone(), bucket_key)
        };
        parts(self) == parts(other)
    }
}

/// The four switches of a public access block.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicAccessBlock {
    /// New public ACLs are refused.
    pub block_public_acls: bool,
    /// Public ACLs are ignored.
    pub ignore_public_acls: bool,
    /// Public bucket policies are refused.
    pub block_public_policy: bool,
    /// A public bucket policy lets in the account and services only.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All four on.
    pub const ON: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
    /// All four off.
    pub const OFF: Self = Self {
        block_public_acls: false,
        ignore_public_acls: false,
        block_public_policy: false,
        restrict_public_buckets: false,
    };

    /// The switches by name.
    pub fn to_value(self) -> Value {
        json!({
            "block_public_acls": self.block_public_acls,
            "ignore_public_acls": self.ignore_public_acls,
            "block_public_policy": self.block_public_policy,
            "restrict_public_buckets": self.restrict_public_buckets,
        })
    }
}

/// The lifecycle rule of esbackup; it never expires a current version.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html>
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    /// `esbackup-ENVIRONMENT`.
    pub id: String,
    /// The base path with a slash; empty for the whole bucket.
    pub prefix: String,
    /// Days after which a noncurrent version expires.
    pub noncurrent_days: Option<u32>,
    /// Days after which an incomplete upload is aborted.
    pub abort_days: Option<u32>,
    /// Whether delete markers without versions are removed.
    pub expire_delete_markers: bool,
    /// Whether the rule does what nobody here asked for, such as expiring current versions.
    pub strays: bool,
    /// Whether it is enabled.
    pub enabled: bool,
}

/// What was read of a bucket beside what is managed.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// The managed part.
    pub bucket: Bucket,
    /// Whose it is.
    pub mark: Mark,
    /// The whole bucket policy; none when there is none.
    pub document: Option<Document>,
    /// The whole lifecycle configuration.
    pub rules: remote::Rules,
    /// What was read besides because the bucket carries no mark; none where it does.
    pub unmarked: Option<Unmarked>,
    /// Whether the base path holds the index of a repository; none when that was not asked.
    pub holds_repository: Option<Result<bool, Unread>>,
    /// Object Lock; none when it is off.
    pub lock: Result<Option<facts::Lock>, Unread>,
}

/// What reading a bucket showed.
#[derive(Debug, Clone, PartialEq)]
pub enum Sighting {
    /// It exists in another region than the spec says.
    Elsewhere(Region),
    /// It exists, and is only used.
    Here {
        /// Whether the base path holds the index of a repository; none when that was not asked.
        holds_repository: Option<Result<bool, Unread>>,
        /// What findings are made of; none when that was not asked.
        facts: Option<Box<facts::Facts>>,
    },
    /// It exists, and all that is managed of it was read.
    Managed(Box<Live>),
}

impl Sighting {
    /// Whether the base path holds the index of a repository; none when that was not asked.
    pub fn holds_repository(&self) -> Option<Result<bool, Unread>> {
        match self {
            Sighting::Elsewhere(_) => None,
            Sighting::Here {
                holds_repository, ..
            } => holds_repository.clone(),
            Sighting::Managed(live) => live.holds_repository.clone(),
        }
    }
}

/// What tells an unfinished bucket of esbackup from one of somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unmarked {
    /// Everything that somebody put there or configured, in words; empty for a bucket as CreateBucket leaves it.
    pub touched: Vec<String>,
    /// Public statements and grants to others.
    pub exposed: Vec<String>,
    /// Whether it holds any object version, delete marker or upload.
    pub holds_data: bool,
}

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

impl super::Write for Call {
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

impl Bucket {
    /// Names it.
    pub fn id(&self) -> ResourceId {
        ResourceId::new(Kind::Bucket, &self.name)
    }

    /// Resolves the spec of a bucket.
    pub fn resolve(spec: &BucketSpec, base_path: Option<&BasePath>, scope: &Scope) -> Self {
        let prefix = base_path.map(|path| format!("{path}/")).unwrap_or_default();
        Self {
            name: spec.name.clone(),
            account: spec
                .account
                .clone()
                .unwrap_or_else(|| scope.account.clone()),
            region: spec.region.clone().unwrap_or_else(|| scope.region.clone()),
            encryption: BucketEncryption::of(&spec.encryption),
            versioning: Some(spec.versioning),
            public_access_block: PublicAccessBlock::ON,
            ownership: Some("BucketOwnerEnforced".to_owned()),
            policy: own_statements(spec, scope),
            lifecycle: Some(Rule {
                id: format!("esbackup-{}", scope.environment),
                prefix,
                noncurrent_days: Some(spec.lifecycle.noncurrent_versions_expire_after.get()),
                abort_days: Some(spec.lifecycle.abort_incomplete_uploads_after.get()),
                expire_delete_markers: true,
                strays: false,
                enabled: true,
            }),
            tags: scope.tags_for(&spec.tags),
        }
    }

    /// Its ARN.
    pub fn arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.region.partition(), self.name)
    }

    /// A call to it.
    pub fn call(&self, write: Write) -> super::Call {
        super::Call::Bucket(Call {
            name: self.name.clone(),
            region: self.region.clone(),
            account: self.account.clone(),
            write,
        })
    }
}

/// The TLS-only statement and the spec's own, each with a Sid that says whose it is.
fn own_statements(spec: &BucketSpec, scope: &Scope) -> Vec<Statement> {
    let arn = spec.name.arn(scope.partition).to_string();
    let tls_only = Statement::deny("s3:*")
        .sid(format!("{SID_PREFIX}TlsOnly"))
        .by_everyone()
        .on(vec![arn.clone(), format!("{arn}/*")])
        .when("Bool", "aws:SecureTransport", "false");
    let mut statements = vec![tls_only];
    for (index, statement) in spec.extra_statements.iter().enumerate() {
        let own = statement
            .sid
            .clone()
            .unwrap_or_else(|| format!("Extra{}", index + 1));
        let sid = if own.starts_with(SID_PREFIX) {
            own
        } else {
            format!("{SID_PREFIX}{own}")
        };
        statements.push(statement.clone().sid(sid));
    }
    statements
}
