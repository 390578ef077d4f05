//! The keys of `bucket`.

use crate::yaml::forms::{duration, named};
use crate::yaml::schema::{Format, Key, Rule, Shape, Table, formats};

const NAME: Format =
    Format::new("bucket name", "logs-snapshots").matching(r"^(?!xn--|sthree-|amzn-s3-demo-|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$|.*\.\.)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$");
const KMS_KEY: Format = Format::new(
    "ARN",
    "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
)
.matching("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/");

/// The bucket.
pub(crate) static BUCKET: Table = Table::new(
    "bucket",
    &[
        Key::new(
            "name",
            Shape::Text(&NAME),
            "Name of a general purpose bucket.",
        )
        .required(),
        Key::new(
            "account",
            Shape::Text(&formats::ACCOUNT),
            "Account that owns the bucket, for a central bucket.",
        )
        .default("that of the environment"),
        Key::new(
            "region",
            Shape::Text(&formats::REGION),
            "Region of the bucket, in the same partition.",
        )
        .default("that of the environment"),
        Key::new(
            "encryption",
            Shape::Either(&[Shape::Word(&["AES256"]), Shape::Mapping(&ENCRYPTION)]),
            "Default encryption of new objects.",
        )
        .default("`AES256`"),
        Key::new(
            "versioning",
            Shape::Word(&["enabled", "suspended"]),
            "Whether S3 keeps overwritten and deleted objects until they expire.",
        )
        .default("`enabled`"),
        Key::new(
            "lifecycle",
            Shape::Mapping(&LIFECYCLE),
            "Expiry of noncurrent versions and unfinished uploads; live snapshots never expire.",
        )
        .default("`30d` and `7d`"),
        Key::new(
            "policy",
            Shape::Mapping(&BUCKET_POLICY),
            "Statements to add to those that esbackup always sets.",
        ),
        Key::new(
            "tags",
            Shape::Texts,
            "Tags of the bucket, added to those of the environment.",
        ),
        Key::flag("existing", "Use the bucket as it is: esbackup checks it and never creates or changes it. Allowed with it: `name`, `account`, `region` and `encryption.kms_key`."),
    ],
    |text| Some(named("name", text)),
)
.with(&[Rule::ExistingAllows(&["name", "account", "region", "encryption"])]);

/// Encryption with a KMS key.
pub(crate) static ENCRYPTION: Table = Table::new(
    "bucket.encryption",
    &[
        Key::new(
            "kms_key",
            Shape::Text(&KMS_KEY),
            "ARN of a key (not an alias) in the bucket's Region. The generated policy then grants its use.",
        )
        .required(),
        Key::new(
            "bucket_key",
            Shape::Boolean,
            "Whether an S3 bucket key reduces calls to KMS.",
        )
        .default("`true`"),
    ],
    |text| {
        let key = text.filter(|text| text.starts_with("arn:"));
        let key = key.unwrap_or("arn:aws:kms:REGION:ACCOUNT:key/ID");
        Some(format!("kms_key: \"{key}\""))
    },
);

/// Expiry of noncurrent versions and of unfinished uploads.
pub(crate) static LIFECYCLE: Table = Table::new(
    "bucket.lifecycle",
    &[
        Key::new(
            "noncurrent_versions_expire_after",
            Shape::Text(&formats::DAYS),
            "Age at which S3 permanently deletes an overwritten or deleted object.",
        )
        .default("`30d`"),
        Key::new(
            "abort_incomplete_uploads_after",
            Shape::Text(&formats::DAYS),
            "Age at which S3 removes an unfinished upload.",
        )
        .default("`7d`"),
    ],
    |text| {
        let age = duration(text, "30d");
        Some(format!("noncurrent_versions_expire_after: {age}"))
    },
);

/// The bucket policy.
pub(crate) static BUCKET_POLICY: Table = Table::new(
    "bucket.policy",
    &[Key::new(
        "extra_statements",
        formats::STATEMENTS,
        "Bucket policy statements, each with a `Principal`. Use no `CanonicalUser`: S3 returns it as the ARN of its account.",
    )],
    |_| Some("extra_statements: [STATEMENT]".to_owned()),
);
