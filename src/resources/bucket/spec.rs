//! What a spec says about the bucket; it never holds a default that weakens the bucket.

use super::keys;
use crate::names::{AccountId, Arn, BucketName, Region, Tags};
use crate::policy_document::Kind;
use crate::policy_document::Statement;
use crate::resources::management::Management;
use crate::yaml::environment::Environment;
use crate::yaml::fields::Fields;
use crate::yaml::problem::Problem;
use crate::yaml::tags::KeyCase;
use crate::yaml::tree::Value;

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

/// Reads the `bucket` of a spec.
pub(crate) fn read(fields: &Fields<'_>, environment: &Environment<'_>) -> Option<BucketSpec> {
    let management = Management::read(fields);
    let name = fields.parsed("name", BucketName::parse);
    let account = fields.account("account");
    let region = fields.region("region");
    if let (Some(region), Some(span)) = (&region, fields.span("region")) {
        environment.check_partition(fields, &span, region.partition().as_str());
    }
    let encryption = encryption(
        fields,
        region.as_ref().or(environment.region.as_ref()),
        management,
    );
    let words = [
        ("enabled", Versioning::Enabled),
        ("suspended", Versioning::Suspended),
    ];
    let versioning = fields.word("versioning", &words);
    let lifecycle = fields
        .open("lifecycle", &keys::LIFECYCLE)
        .map(|inner| lifecycle(&inner));
    let policy = fields.open("policy", &keys::BUCKET_POLICY);
    Some(BucketSpec {
        extra_statements: policy
            .map(|inner| inner.statements("extra_statements", Kind::BucketPolicy))
            .unwrap_or_default(),
        tags: fields.tags(environment, KeyCase::Matters),
        name: name?,
        account,
        region,
        encryption,
        versioning: versioning.unwrap_or_default(),
        lifecycle: lifecycle.unwrap_or_default(),
        management,
    })
}

fn encryption(fields: &Fields<'_>, region: Option<&Region>, management: Management) -> Encryption {
    let Some(entry) = fields.entry("encryption") else {
        return Encryption::Aes256;
    };
    match &entry.value.value {
        // A key is needed for it, and its form is another one.
        Value::Text(text) if text.to_ascii_lowercase().contains("kms") => {
            fields.key_is_missing("encryption", &entry.value);
            Encryption::Aes256
        }
        Value::Text(_) => {
            fields.word("encryption", &[("AES256", ())]);
            if management.is_existing() {
                let problem = Problem::error(
                    &entry.key.span,
                    "`bucket.encryption` would never be applied",
                );
                fields
                    .reader
                    .report(problem.label("only a kms_key matters for a bucket that exists"));
            }
            Encryption::Aes256
        }
        _ => fields
            .open("encryption", &keys::ENCRYPTION)
            .and_then(|inner| kms(&inner, region, management))
            .unwrap_or_default(),
    }
}

fn kms(fields: &Fields<'_>, region: Option<&Region>, management: Management) -> Option<Encryption> {
    let bucket_key = fields.boolean("bucket_key");
    if let (true, Some(entry)) = (management.is_existing(), fields.entry("bucket_key")) {
        let problem = Problem::error(
            &entry.key.span,
            "`bucket.encryption.bucket_key` would never be applied",
        );
        fields
            .reader
            .report(problem.label("what exists is checked and used, never changed"));
    }
    let key = fields.arn("kms_key")?;
    // An alias can be pointed at another key, and a policy cannot grant the use of one.
    if key.service() != "kms" || !key.resource().starts_with("key/") || key.is_pattern() {
        fields.invalid(
            "kms_key",
            "must be the ARN of a key: arn:aws:kms:REGION:ACCOUNT:key/ID",
            None,
        );
    } else if let Some(region) = region.filter(|region| region.as_str() != key.region()) {
        fields.invalid(
            "kms_key",
            &format!("the bucket is in {region}, and S3 takes only keys of its Region"),
            None,
        );
    }
    Some(Encryption::Kms {
        key,
        bucket_key: bucket_key.unwrap_or(true),
    })
}

fn lifecycle(fields: &Fields<'_>) -> LifecycleSpec {
    let defaults = LifecycleSpec::default();
    LifecycleSpec {
        noncurrent_versions_expire_after: days(fields, "noncurrent_versions_expire_after")
            .unwrap_or(defaults.noncurrent_versions_expire_after),
        abort_incomplete_uploads_after: days(fields, "abort_incomplete_uploads_after")
            .unwrap_or(defaults.abort_incomplete_uploads_after),
    }
}

fn days(fields: &Fields<'_>, key: &str) -> Option<Days> {
    let days = fields.duration(key, &['d'], "30d")?.as_secs() / 86_400;
    let days = u32::try_from(days).ok().and_then(Days::new);
    if days.is_none() {
        fields.invalid(key, &format!("must be 1d to {}d", Days::MAX), None);
    }
    days
}
