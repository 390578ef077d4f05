//! The S3 bucket of the snapshots: what it is, and the calls that change it.

mod call;
mod create;
pub(crate) mod diff;
pub(crate) mod facts;
pub(crate) mod keys;
pub(crate) mod record;
pub(crate) mod remote;
pub(crate) mod spec;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::aws::Reads;
use crate::names::{AccountId, BucketName, Region, Tags};
use crate::policy_document::{Document, Statement};
use crate::resources::context::Context;
use crate::resources::declared::{Declared, ResolveError, Scope};
use crate::resources::facts::{Facts, Names, Questions};
use crate::resources::management::Management;
use crate::resources::observed::{Mark, Observed, Unread};
use crate::resources::outcome::Outcome;
use crate::resources::resource::Resource;
use crate::resources::write::Documents;
use crate::resources::{Kind, ResourceId};
pub use call::Write;
pub(crate) use call::{Call, Check, Shared};
use spec::{BucketSpec, Encryption, Versioning};

/// The prefix of the Sid of every bucket policy statement that esbackup owns.
pub(crate) const SID_PREFIX: &str = "Esbackup";

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

impl Resource for Bucket {
    type Spec = BucketSpec;
    type Seen = Sighting;
    type Via<'a> = &'a Reads;

    fn id(&self) -> ResourceId {
        self.id()
    }

    fn management(spec: &BucketSpec) -> Management {
        spec.management
    }

    fn resolve(spec: &BucketSpec, names: &Names, scope: &Scope) -> Result<Self, ResolveError> {
        let base_path = names.base_path.as_ref();
        let prefix = base_path.map(|path| format!("{path}/")).unwrap_or_default();
        Ok(Self {
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
        })
    }

    fn read<'a>(
        declared: &'a Declared<Self>,
        reads: &'a Reads,
        questions: &'a Questions<'a>,
    ) -> impl Future<Output = Observed<Sighting>> {
        remote::read(reads, declared, questions)
    }

    fn recently_changed(_: &Sighting) -> Documents {
        Documents::NONE
    }

    fn diff(
        declared: &Declared<Self>,
        have: &Observed<Sighting>,
        _: &Facts,
        context: &Context<'_>,
    ) -> Outcome {
        diff::diff(declared, have, context)
    }
}

impl Bucket {
    /// Names it.
    pub fn id(&self) -> ResourceId {
        ResourceId::new(Kind::Bucket, &self.name)
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
