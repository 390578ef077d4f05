//! The keys of `repository`.

use super::settings;
use crate::yaml::forms::named;
use crate::yaml::schema::{Format, Key, Rule, Shape, Table, formats};

const NAME: Format = Format::new("repository name", "logs-snapshots")
    .matching(r#"^(?!cs-|[_-]|\.{1,2}$|.*--esbackup-candidate$)[^\s#,*\\/?"<>|]+$"#);
const BASE_PATH: Format = Format::new("path", "logs/production").matching(
    r"^(?!(.*/)?\.{1,2}(/|$)|esbackup-records(/|$))[A-Za-z0-9!_.*'()-]+(/[A-Za-z0-9!_.*'()-]+)*$",
);
const ENDPOINT: Format =
    Format::new("host or URL", "s3.amazonaws.com").matching("^(https?://)?[^/?#@]+/?$");
const SIZE: Format =
    Format::new("size", "64mb").matching("^(-1|0|[0-9]+ ?([bB]|[kmgtpKMGTP][bB]?))$");
const FLAG: Format = Format::new("true or false", "true").matching("^(true|false)$");
const JSON: Format = Format::new("JSON text", r#"{"team": "search"}"#);
const KMS_KEY: Format = Format::new(
    "ARN",
    "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
)
.matching("^arn:[a-z-]+:kms:");

/// The snapshot repository.
pub(crate) static REPOSITORY: Table = Table::new(
    "repository",
    &[
        Key::new(
            "name",
            Shape::Text(&NAME),
            "Name of the repository. Amazon reserves names that begin with `cs-` for automated snapshots.",
        )
        .required(),
        Key::new(
            "base_path",
            Shape::Text(&BASE_PATH),
            "Prefix of the repository in the bucket, without a slash at either end. Two domains that write must not share one.",
        )
        .default("the whole bucket"),
        Key::new(
            "endpoint",
            Shape::Text(&ENDPOINT),
            "S3 endpoint that the domain uses, such as `s3.amazonaws.com`.",
        )
        .default("chosen by the domain"),
        Key::flag("readonly", "Whether the domain can only read. Set it on every domain except the one that writes."),
        Key::new(
            "server_side_encryption",
            Shape::Boolean,
            "The old switch for SSE-S3. It has no effect since OpenSearch 3.1.",
        )
        .default("not sent"),
        Key::new(
            "settings",
            Shape::Mapping(&SETTINGS),
            "Other documented settings by their own names.",
        ),
        Key::new(
            "verify",
            Shape::Boolean,
            "Whether every node must verify that it can use the repository.",
        )
        .default("`true`"),
        Key::flag("existing", "Use the repository as it is: esbackup checks it and never registers or changes it. Allowed with it: `name`, `base_path` and `readonly`."),
    ],
    |text| Some(named("name", text)),
)
.with(&[Rule::ExistingAllows(&["name", "base_path", "readonly"])]);

/// Settings of the repository by their own names, see
/// <https://docs.opensearch.org/latest/api-reference/snapshots/create-repository/>.
pub(crate) static SETTINGS: Table = Table::new(
    "repository.settings",
    &[
        Key::new(
            "buffer_size",
            Shape::Setting(&SIZE, settings::size),
            "Size above which a chunk is uploaded in parts, from `5mb` to `5gb`.",
        )
        .default("that of the engine"),
        Key::new(
            "chunk_size",
            Shape::Setting(&SIZE, settings::size),
            "Size of the chunks of large files.",
        )
        .default("that of the engine"),
        Key::new(
            "client",
            Shape::Setting(&formats::TEXT, settings::filled),
            "Name of the S3 client in the engine's configuration; not available on Amazon domains.",
        )
        .default("`default`"),
        Key::new(
            "compress",
            Shape::Setting(&FLAG, settings::flag),
            "Whether the engine compresses metadata.",
        )
        .default("that of the engine"),
        Key::new(
            "disable_chunked_encoding",
            Shape::Setting(&FLAG, settings::flag),
            "Whether to turn off chunked encoding, for storage without support for it.",
        )
        .default("`false`"),
        Key::new(
            "expected_bucket_owner",
            Shape::Setting(&formats::ACCOUNT, settings::account),
            "Account that must own the bucket.",
        ),
        Key::new(
            "max_restore_bytes_per_sec",
            Shape::Setting(&SIZE, settings::size),
            "Limit of restores on each node. If you remove the key, esbackup sets it to `0`, no limit.",
        )
        .default("that of the engine"),
        Key::new(
            "max_snapshot_bytes_per_sec",
            Shape::Setting(&SIZE, settings::size),
            "Limit of snapshots on each node. If you remove the key, esbackup sets it to `40mb`.",
        )
        .default("that of the engine"),
        Key::new(
            "prefix_mode_verification",
            Shape::Setting(&FLAG, settings::flag),
            "Whether verification uses a hashed prefix.",
        )
        .default("`false`"),
        Key::new(
            "remote_store_index_shallow_copy",
            Shape::Setting(&FLAG, settings::flag),
            "Whether snapshots of remote store indexes are shallow copies.",
        )
        .default("`false`"),
        Key::new(
            "server_side_encryption_bucket_key_enabled",
            Shape::Setting(&FLAG, settings::flag),
            "Whether SSE-KMS uses a bucket key.",
        )
        .default("that of the engine"),
        Key::new(
            "server_side_encryption_encryption_context",
            Shape::Setting(&JSON, settings::texts_as_json),
            "Encryption context for SSE-KMS.",
        ),
        Key::new(
            "server_side_encryption_kms_key_id",
            Shape::Setting(&KMS_KEY, settings::kms_key),
            "The key for SSE-KMS.",
        ),
        Key::new(
            "server_side_encryption_type",
            Shape::Word(&["AES256", "aws:kms", "bucket_default"]),
            "Encryption that the engine asks S3 for (OpenSearch 3.1 and later).",
        )
        .default("that of the engine"),
        Key::new(
            "shallow_snapshot_v2",
            Shape::Setting(&FLAG, settings::flag),
            "Whether snapshots of remote store indexes are shallow copies v2.",
        )
        .default("`false`"),
        Key::new(
            "shard_path_type",
            Shape::Word(&["FIXED", "HASHED_PREFIX", "HASHED_INFIX"]),
            "Layout of the shards under the base path.",
        )
        .default("that of the engine"),
        Key::new(
            "storage_class",
            Shape::Word(&[
            "standard",
            "standard_ia",
            "onezone_ia",
            "intelligent_tiering",
            "reduced_redundancy",
        ]),
            "Storage class of new objects. The engine cannot restore from archive classes.",
        )
        .default("`standard`"),
    ],
    |_| Some("max_snapshot_bytes_per_sec: 80mb".to_owned()),
);
