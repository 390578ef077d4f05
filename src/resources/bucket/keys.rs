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
pub static BUCKET: Table = Table::new(
    "bucket",
    &[
        Key::new(
            "name",
            Shape::Text(&NAME),
            "A general purpose bucket.",
        )
        .required(),
        Key::new(
            "account",
            Shape::Text(&formats::ACCOUNT),
            "Its owner, for a central bucket.",
        )
        .default("the environment's"),
        Key::new(
            "region",
            Shape::Text(&formats::REGION),
            "Its Region, in the same partition.",
        )
        .default("the environment's"),
        Key::new(
            "encryption",
            Shape::Either(&[Shape::Word(&["AES256"]), Shape::Mapping(&ENCRYPTION)]),
            "Default encryption of new objects.",
        )
        .default("`AES256`"),
        Key::new(
            "versioning",
            Shape::Word(&["enabled", "suspended"]),
            "Whether overwritten and deleted objects are kept until they expire.",
        )
        .default("`enabled`"),
        Key::new(
            "lifecycle",
            Shape::Mapping(&LIFECYCLE),
            "When leftovers expire; live snapshots never do.",
        )
        .default("see below"),
        Key::new(
            "policy",
            Shape::Mapping(&BUCKET_POLICY),
            "Statements beside those that are always on.",
        ),
        Key::new(
            "tags",
            Shape::Texts,
            "On the bucket, beside the environment's.",
        ),
        Key::new(
            "existing",
            Shape::Boolean,
            "Checked and used, never created or changed. Only `name`, `account`, `region` and `encryption.kms_key` can stand beside it.",
        )
        .default("`false`"),
    ],
    |text| Some(named("name", text)),
)
.with(&[Rule::ExistingAllows(&["name", "account", "region", "encryption"])]);

/// Encryption with a KMS key.
pub static ENCRYPTION: Table = Table::new(
    "bucket.encryption",
    &[
        Key::new(
            "kms_key",
            Shape::Text(&KMS_KEY),
            "A key (no alias) in the bucket's Region. The generated policy then grants its use.",
        )
        .required(),
        Key::new(
            "bucket_key",
            Shape::Boolean,
            "Whether an S3 bucket key spares calls to KMS.",
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
pub static LIFECYCLE: Table = Table::new(
    "bucket.lifecycle",
    &[
        Key::new(
            "noncurrent_versions_expire_after",
            Shape::Text(&formats::DAYS),
            "Age at which an overwritten or deleted object is gone for good.",
        )
        .default("`30d`"),
        Key::new(
            "abort_incomplete_uploads_after",
            Shape::Text(&formats::DAYS),
            "Age at which an unfinished upload is removed.",
        )
        .default("`7d`"),
    ],
    |text| {
        let age = duration(text, "30d");
        Some(format!("noncurrent_versions_expire_after: {age}"))
    },
);

/// The bucket policy.
pub static BUCKET_POLICY: Table = Table::new(
    "bucket.policy",
    &[Key::new(
        "extra_statements",
        formats::STATEMENTS,
        "In the policy language, each with a `Principal`; no `CanonicalUser`, which S3 gives back as an account's ARN.",
    )],
    |_| Some("extra_statements: [STATEMENT]".to_owned()),
);
