//! The keys of `repository`.

use crate::yaml::forms::named;
use crate::yaml::schema::{Format, Key, Rule, Shape, Table, formats};

const NAME: Format = Format::new("repository name", "logs-snapshots")
    .matching("^[^_\\s#,*\\\\/?\"<>|-][^\\s#,*\\\\/?\"<>|]*$");
const BASE_PATH: Format = Format::new("path", "logs/production").matching("^[^/]+(/[^/]+)*$");
const ENDPOINT: Format = Format::new("host or URL", "s3.amazonaws.com");
pub(super) const SIZE: Format =
    Format::new("size", "64mb").matching("^(-1|0|[0-9]+ ?([bB]|[kmgtpKMGTP][bB]?))$");
pub(super) const JSON: Format = Format::new("JSON text", r#"{"team": "search"}"#);
pub(super) const KMS_KEY: Format = Format::new(
    "ARN",
    "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
)
.matching("^arn:[a-z-]+:kms:");

/// The snapshot repository.
pub static REPOSITORY: Table = Table::new(
    "repository",
    &[
        Key::new(
            "name",
            Shape::Text(&NAME),
            "Not `cs-…`, which Amazon keeps for automated snapshots.",
        )
        .required(),
        Key::new(
            "base_path",
            Shape::Text(&BASE_PATH),
            "Folder in the bucket, without a slash at either end. Two domains that write must not share one.",
        )
        .default("the whole bucket"),
        Key::new(
            "endpoint",
            Shape::Text(&ENDPOINT),
            "S3 endpoint that the domain uses, such as `s3.amazonaws.com`.",
        )
        .default("the domain's choice"),
        Key::new(
            "readonly",
            Shape::Boolean,
            "`true` for every domain but the one that writes.",
        )
        .default("`false`"),
        Key::new(
            "server_side_encryption",
            Shape::Boolean,
            "The old switch for SSE-S3; without effect since OpenSearch 3.1.",
        )
        .default("not sent"),
        Key::new(
            "settings",
            Shape::Mapping(&SETTINGS),
            "Any further documented setting by its own name.",
        ),
        Key::new(
            "verify",
            Shape::Boolean,
            "Whether every node must prove that it can use the repository.",
        )
        .default("`true`"),
        Key::new(
            "existing",
            Shape::Boolean,
            "Checked and used, never registered or changed. Only `name`, `base_path` and `readonly` can stand beside it.",
        )
        .default("`false`"),
    ],
    |text| Some(named("name", text)),
)
.with(&[Rule::ExistingAllows(&["name", "base_path", "readonly"])]);

/// Settings of the repository by their own names, see
/// <https://docs.opensearch.org/latest/api-reference/snapshots/create-repository/>.
pub static SETTINGS: Table = Table::new(
    "repository.settings",
    &[
        Key::new(
            "buffer_size",
            Shape::Text(&SIZE),
            "Size from which a chunk is uploaded in parts; `5mb` to `5gb`.",
        )
        .default("the engine's"),
        Key::new(
            "chunk_size",
            Shape::Text(&SIZE),
            "Size of the pieces of large files.",
        )
        .default("the engine's"),
        Key::new(
            "client",
            Shape::Text(&formats::TEXT),
            "The S3 client of the engine's configuration; not on Amazon domains.",
        )
        .default("`default`"),
        Key::new(
            "compress",
            Shape::Boolean,
            "Whether metadata is compressed.",
        )
        .default("the engine's"),
        Key::new(
            "disable_chunked_encoding",
            Shape::Boolean,
            "For storage that cannot take chunked uploads.",
        )
        .default("`false`"),
        Key::new(
            "expected_bucket_owner",
            Shape::Text(&formats::ACCOUNT),
            "Account that must own the bucket.",
        ),
        Key::new(
            "max_restore_bytes_per_sec",
            Shape::Text(&SIZE),
            "Limit for restores on each node. Taken out of the spec it is set to `0`, no limit.",
        )
        .default("the engine's"),
        Key::new(
            "max_snapshot_bytes_per_sec",
            Shape::Text(&SIZE),
            "Limit for snapshots on each node. Taken out of the spec it is set to `40mb`.",
        )
        .default("the engine's"),
        Key::new(
            "prefix_mode_verification",
            Shape::Boolean,
            "Whether verification uses a hashed prefix.",
        )
        .default("`false`"),
        Key::new(
            "remote_store_index_shallow_copy",
            Shape::Boolean,
            "Whether remote store indexes are copied shallowly.",
        )
        .default("`false`"),
        Key::new(
            "server_side_encryption_bucket_key_enabled",
            Shape::Boolean,
            "Whether SSE-KMS uses a bucket key.",
        )
        .default("the engine's"),
        Key::new(
            "server_side_encryption_encryption_context",
            Shape::Text(&JSON),
            "Encryption context for SSE-KMS.",
        ),
        Key::new(
            "server_side_encryption_kms_key_id",
            Shape::Text(&KMS_KEY),
            "The key for SSE-KMS.",
        ),
        Key::new(
            "server_side_encryption_type",
            Shape::Word(&["AES256", "aws:kms", "bucket_default"]),
            "Encryption that the engine asks S3 for (OpenSearch 3.1 and later).",
        )
        .default("the engine's"),
        Key::new(
            "shallow_snapshot_v2",
            Shape::Boolean,
            "Whether snapshots of remote store indexes are shallow copies v2.",
        )
        .default("`false`"),
        Key::new(
            "shard_path_type",
            Shape::Word(&["FIXED", "HASHED_PREFIX", "HASHED_INFIX"]),
            "Where shards lie under the base path.",
        )
        .default("the engine's"),
        Key::new(
            "storage_class",
            Shape::Word(&[
            "standard",
            "standard_ia",
            "onezone_ia",
            "intelligent_tiering",
            "reduced_redundancy",
        ]),
            "`standard`, `standard_ia`, `onezone_ia`, `intelligent_tiering` or `reduced_redundancy`. Archive classes cannot be restored from.",
        )
        .default("`standard`"),
    ],
    |_| Some("max_snapshot_bytes_per_sec: 80mb".to_owned()),
);
