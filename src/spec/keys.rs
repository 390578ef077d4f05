//! The keys of every mapping of a spec; what is not listed here is an error, so nothing is read and ignored.

/// The keys of one mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Path of the mapping, empty for the file itself.
    pub path: &'static str,
    /// Its keys, in the order in which people write them.
    pub keys: &'static [&'static str],
}

impl Table {
    /// Returns the path of one of its keys.
    #[must_use]
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Returns the mapping in words.
    #[must_use]
    pub fn words(&self) -> String {
        if self.path.is_empty() && self.keys == TRUST_FILE.keys {
            "a trust file".to_owned()
        } else if self.path.is_empty() {
            "a spec".to_owned()
        } else {
            format!("`{}`", self.path)
        }
    }
}

/// The file itself.
pub const ROOT: Table = Table {
    path: "",
    keys: &[
        "version",
        "name",
        "region",
        "account",
        "tags",
        "domain",
        "bucket",
        "policy",
        "role",
        "repository",
        "objectives",
        "accept",
        "workflows",
    ],
};
/// One finding that is accepted.
pub const ACCEPT: Table = Table {
    path: "accept",
    keys: &["finding", "resource", "match", "reason", "until"],
};
/// The trust file, which is no part of a spec.
pub const TRUST_FILE: Table = Table {
    path: "",
    keys: &["version", "endpoint", "env", "path", "ca"],
};
/// What `esbackup status` measures against.
pub const OBJECTIVES: Table = Table {
    path: "objectives",
    keys: &["rpo", "restore_test", "indices"],
};
/// The steps of a workflow, each with the options of its command under the same names.
pub const STEP: Table = Table {
    path: "workflows.*",
    keys: &[
        "snapshot",
        "wait",
        "verify",
        "restore",
        "delete_indices",
        "prune",
    ],
};
/// `esbackup snapshot take`.
pub const STEP_SNAPSHOT: Table = Table {
    path: "workflows.*.snapshot",
    keys: &[
        "name",
        "indices",
        "ignore_unavailable",
        "include_global_state",
        "partial",
        "archive",
        "timeout",
        "wait_for_running",
    ],
};
/// `esbackup snapshot wait`.
pub const STEP_WAIT: Table = Table {
    path: "workflows.*.wait",
    keys: &["snapshot", "repository", "timeout"],
};
/// `esbackup verify`.
pub const STEP_VERIFY: Table = Table {
    path: "workflows.*.verify",
    keys: &[
        "snapshot",
        "level",
        "sample",
        "indices",
        "record",
        "timeout",
        "wait_for_running",
    ],
};
/// `esbackup restore`.
pub const STEP_RESTORE: Table = Table {
    path: "workflows.*.restore",
    keys: &[
        "snapshot",
        "repository",
        "indices",
        "include_system",
        "rename",
        "prefix",
        "include_aliases",
        "without_aliases",
        "include_global_state",
        "index_settings",
        "ignore_index_settings",
        "partial",
        "replace",
        "close_existing",
        "timeout",
    ],
};
/// How restored indices are renamed.
pub const STEP_RENAME: Table = Table {
    path: "workflows.*.restore.rename",
    keys: &["from", "to"],
};
/// `esbackup indices delete`.
pub const STEP_DELETE: Table = Table {
    path: "workflows.*.delete_indices",
    keys: &["indices", "snapshot_first", "snapshot_name", "timeout"],
};
/// `esbackup snapshot prune`.
pub const STEP_PRUNE: Table = Table {
    path: "workflows.*.prune",
    keys: &[
        "keep_within",
        "keep_last",
        "keep_daily",
        "keep_weekly",
        "keep_monthly",
        "max_count",
        "failed_after",
        "gone_after",
        "all",
        "wait_for_running",
    ],
};
/// When the last copies of gone indices may go.
pub const STEP_GONE_AFTER: Table = Table {
    path: "workflows.*.prune.gone_after",
    keys: &["indices", "age"],
};
/// The search domain.
pub const DOMAIN: Table = Table {
    path: "domain",
    keys: &["name", "endpoint", "connect_to", "ca_file", "auth"],
};
/// Authentication other than `sigv4` and `none`.
pub const AUTH: Table = Table {
    path: "domain.auth",
    keys: &["basic"],
};
/// A user of the domain's own database.
pub const BASIC: Table = Table {
    path: "domain.auth.basic",
    keys: &["username", "password"],
};
/// Where the password is found.
pub const PASSWORD: Table = Table {
    path: "domain.auth.basic.password",
    keys: &["env", "file"],
};
/// The bucket.
pub const BUCKET: Table = Table {
    path: "bucket",
    keys: &[
        "name",
        "account",
        "region",
        "encryption",
        "versioning",
        "lifecycle",
        "policy",
        "tags",
        "existing",
    ],
};
/// Encryption with a key of one's own.
pub const ENCRYPTION: Table = Table {
    path: "bucket.encryption",
    keys: &["kms_key", "bucket_key"],
};
/// When leftovers expire.
pub const LIFECYCLE: Table = Table {
    path: "bucket.lifecycle",
    keys: &[
        "noncurrent_versions_expire_after",
        "abort_incomplete_uploads_after",
    ],
};
/// The bucket's policy.
pub const BUCKET_POLICY: Table = Table {
    path: "bucket.policy",
    keys: &["extra_statements"],
};
/// The managed policy.
pub const POLICY: Table = Table {
    path: "policy",
    keys: &[
        "name",
        "path",
        "description",
        "extra_statements",
        "document",
        "document_file",
        "tags",
        "existing",
    ],
};
/// The role.
pub const ROLE: Table = Table {
    path: "role",
    keys: &[
        "name",
        "path",
        "description",
        "max_session_duration",
        "permissions_boundary",
        "trust",
        "exclusive",
        "tags",
        "existing",
    ],
};
/// Who may assume the role.
pub const TRUST: Table = Table {
    path: "role.trust",
    keys: &[
        "services",
        "source_accounts",
        "source_arns",
        "extra_statements",
        "document",
        "document_file",
    ],
};
/// The snapshot repository.
pub const REPOSITORY: Table = Table {
    path: "repository",
    keys: &[
        "name",
        "base_path",
        "endpoint",
        "readonly",
        "server_side_encryption",
        "settings",
        "verify",
        "existing",
    ],
};
/// Settings of the repository by their own names, see
/// <https://docs.opensearch.org/latest/api-reference/snapshots/create-repository/>.
pub const SETTINGS: Table = Table {
    path: "repository.settings",
    keys: &[
        "buffer_size",
        "chunk_size",
        "client",
        "compress",
        "disable_chunked_encoding",
        "expected_bucket_owner",
        "max_restore_bytes_per_sec",
        "max_snapshot_bytes_per_sec",
        "prefix_mode_verification",
        "remote_store_index_shallow_copy",
        "server_side_encryption_bucket_key_enabled",
        "server_side_encryption_encryption_context",
        "server_side_encryption_kms_key_id",
        "server_side_encryption_type",
        "shallow_snapshot_v2",
        "shard_path_type",
        "storage_class",
    ],
};

/// Every mapping whose keys are fixed.
pub const TABLES: [&Table; 25] = [
    &ROOT,
    &OBJECTIVES,
    &ACCEPT,
    &STEP,
    &STEP_SNAPSHOT,
    &STEP_WAIT,
    &STEP_VERIFY,
    &STEP_RESTORE,
    &STEP_RENAME,
    &STEP_DELETE,
    &STEP_PRUNE,
    &STEP_GONE_AFTER,
    &DOMAIN,
    &AUTH,
    &BASIC,
    &PASSWORD,
    &BUCKET,
    &ENCRYPTION,
    &LIFECYCLE,
    &BUCKET_POLICY,
    &POLICY,
    &ROLE,
    &TRUST,
    &REPOSITORY,
    &SETTINGS,
];

/// Returns what a misspelt key was probably meant to be.
#[must_use]
pub fn suggestion(key: &str, table: &Table) -> Option<String> {
    let written = key.to_ascii_lowercase().replace('-', "_");
    let near = closest(&written, table.keys.iter().copied());
    if let Some(near) = near {
        return Some(near.to_owned());
    }
    let elsewhere: Vec<String> = TABLES
        .iter()
        .filter(|other| other.path != table.path && other.keys.contains(&written.as_str()))
        .map(|other| other.path_of(&written))
        .collect();
    match elsewhere.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Returns the word that is most like the written one, if any is like it.
#[must_use]
pub fn closest<'a>(written: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A megabyte of key is no misspelling, and the distance takes quadratic time.
    if written.len() > 64 {
        return None;
    }
    words
        .map(|word| (strsim::damerau_levenshtein(written, word), word))
        .filter(|(distance, word)| *distance <= word.len().min(written.len()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}
