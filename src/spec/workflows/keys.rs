//! The keys of the steps of a workflow: the options of each step's command under the same names.

use crate::yaml::forms::{duration, is_duration, typed};
use crate::yaml::schema::{Format, Key, Rule, Shape, Table, formats};

const PATTERN: Format = Format::new("text", "logs-*");
/// A text, or a list of them.
const TEXTS: Shape = Shape::Either(&[
    Shape::Text(&formats::TEXT),
    Shape::List(&Shape::Text(&formats::TEXT)),
]);

/// Types a step that takes a snapshot.
fn of_snapshot(text: Option<&str>) -> Option<String> {
    Some(format!(
        "snapshot: {}",
        text.map_or_else(|| "latest".to_owned(), typed)
    ))
}

/// One step: a command with its options.
pub(crate) static STEP: Table = Table::new(
    "workflows.*",
    &[
        Key::new(
            "snapshot",
            Shape::Mapping(&SNAPSHOT),
            "`esbackup snapshot take`.",
        ),
        Key::new("wait", Shape::Mapping(&WAIT), "`esbackup snapshot wait`."),
        Key::new("verify", Shape::Mapping(&VERIFY), "`esbackup verify`."),
        Key::new("restore", Shape::Mapping(&RESTORE), "`esbackup restore`."),
        Key::new(
            "delete_indices",
            Shape::Either(&[Shape::Mapping(&DELETE), Shape::List(&Shape::Text(&PATTERN))]),
            "`esbackup indices delete`.",
        ),
        Key::new(
            "prune",
            Shape::Mapping(&PRUNE),
            "`esbackup snapshot prune`.",
        ),
    ],
    |text| {
        Some(match text {
            Some("prune") => "prune: {keep_last: 7}".to_owned(),
            Some(kind @ ("wait" | "restore")) => format!("{kind}: {{snapshot: latest}}"),
            Some("delete_indices") => "delete_indices: [INDEX]".to_owned(),
            Some("verify") => "verify: {}".to_owned(),
            _ => "snapshot: {}".to_owned(),
        })
    },
)
.with(&[Rule::OneOf(&[
    "snapshot",
    "wait",
    "verify",
    "restore",
    "delete_indices",
    "prune",
])]);

/// `esbackup snapshot take`.
pub(crate) static SNAPSHOT: Table = Table::new(
    "workflows.*.snapshot",
    &[
        Key::new(
            "name",
            Shape::Text(&formats::TEXT),
            "Name of the new snapshot.",
        )
        .default("`{environment}-{date}-{time}`"),
        Key::new("indices", TEXTS, "Indices: patterns and exclusions.").default("all indices"),
        Key::flag(
            "ignore_unavailable",
            "Whether to skip named indices that do not exist.",
        ),
        Key::flag(
            "include_global_state",
            "Whether the snapshot includes the global state of the cluster.",
        ),
        Key::flag(
            "partial",
            "Whether to take the snapshot although shards are unavailable. It then ends as PARTIAL, which fails the step.",
        ),
        Key::flag(
            "archive",
            "Whether the snapshot is an archive, which prune never deletes.",
        ),
        Key::new(
            "timeout",
            Shape::Text(&formats::DURATION),
            "How long to wait for the snapshot to complete.",
        )
        .default("`24h`"),
        Key::new(
            "wait_for_running",
            Shape::Text(&formats::DURATION),
            "How long to wait for another running snapshot.",
        )
        .default("`10m`"),
    ],
    |text| {
        let name = |text| format!("name: {}", typed(text));
        Some(text.map(name).unwrap_or_default())
    },
);

/// `esbackup snapshot wait`.
pub(crate) static WAIT: Table = Table::new(
    "workflows.*.wait",
    &[
        Key::new(
            "snapshot",
            Shape::Text(&formats::TEXT),
            "Name of the snapshot.",
        )
        .required(),
        Key::new(
            "repository",
            Shape::Text(&formats::TEXT),
            "Another repository of the domain.",
        )
        .default("that of the spec"),
        Key::new(
            "timeout",
            Shape::Text(&formats::DURATION),
            "How long to wait.",
        )
        .default("`24h`"),
    ],
    of_snapshot,
);

/// `esbackup verify`.
pub(crate) static VERIFY: Table = Table::new(
    "workflows.*.verify",
    &[
        Key::new(
            "snapshot",
            Shape::Text(&formats::TEXT),
            "Name of the snapshot.",
        )
        .default("`latest`"),
        Key::new(
            "level",
            Shape::Word(&["registered", "nodes", "snapshot", "restore"]),
            "Level of the verification.",
        )
        .default("`snapshot`"),
        Key::new(
            "sample",
            Shape::Number,
            "Number of indices that a restore test restores.",
        )
        .default("`1`"),
        Key::new("indices", TEXTS, "Indices that a restore test restores.").default("a sample"),
        Key::flag(
            "record",
            "Record a successful restore test in the bucket, for `objectives.restore_test`.",
        ),
        Key::new(
            "timeout",
            Shape::Text(&formats::DURATION),
            "How long to wait for each restore of a restore test.",
        )
        .default("`24h`"),
        Key::new(
            "wait_for_running",
            Shape::Text(&formats::DURATION),
            "How long to wait for a running snapshot.",
        )
        .default("`10m`"),
    ],
    |text| {
        Some(match text {
            Some(text @ ("registered" | "nodes" | "snapshot" | "restore")) => {
                format!("level: {text}")
            }
            Some(text) => format!("snapshot: {}", typed(text)),
            None => String::new(),
        })
    },
);

/// `esbackup restore`.
pub(crate) static RESTORE: Table = Table::new(
    "workflows.*.restore",
    &[
        Key::new(
            "snapshot",
            Shape::Text(&formats::TEXT),
            "Name of the snapshot, or `latest`.",
        )
        .required(),
        Key::new(
            "repository",
            Shape::Text(&formats::TEXT),
            "Another repository of the domain.",
        )
        .default("that of the spec"),
        Key::new("indices", TEXTS, "Indices: patterns and exclusions.")
            .default("all except system indices"),
        Key::flag(
            "include_system",
            "Whether to restore system and security indices that are named exactly.",
        ),
        Key::new(
            "rename",
            Shape::Mapping(&RENAME),
            "New names of the restored indices.",
        ),
        Key::new(
            "prefix",
            Shape::Text(&formats::TEXT),
            "Prefix of the new names.",
        ),
        Key::flag("include_aliases", "Whether to restore aliases."),
        Key::flag(
            "without_aliases",
            "With `replace`: whether to drop the aliases.",
        ),
        Key::flag(
            "include_global_state",
            "Whether to restore the global state of the cluster.",
        ),
        Key::new(
            "index_settings",
            Shape::Settings,
            "Index settings to override.",
        ),
        Key::new("ignore_index_settings", TEXTS, "Index settings to drop."),
        Key::flag(
            "partial",
            "Whether to restore shards that are missing in the snapshot as empty ones.",
        ),
        Key::flag(
            "replace",
            "Whether to replace open indices of these names: each is proved restorable, deleted and restored.",
        ),
        Key::flag(
            "close_existing",
            "Whether to close open indices of these names first.",
        ),
        Key::new(
            "timeout",
            Shape::Text(&formats::DURATION),
            "How long to wait.",
        )
        .default("`24h`"),
    ],
    of_snapshot,
);

/// New names of restored indices.
pub(crate) static RENAME: Table = Table::new(
    "workflows.*.restore.rename",
    &[
        Key::new(
            "from",
            Shape::Text(&formats::TEXT),
            "A name, or a pattern with one `*`.",
        )
        .required(),
        Key::new(
            "to",
            Shape::Text(&formats::TEXT),
            "The new name; it may repeat the `*`.",
        )
        .required(),
    ],
    |_| Some("from: \"*\", to: \"restored-*\"".to_owned()),
);

/// `esbackup indices delete`.
pub(crate) static DELETE: Table = Table::new(
    "workflows.*.delete_indices",
    &[
        Key::new(
            "indices",
            TEXTS,
            "Exact names. An index that no longer exists is skipped.",
        )
        .required(),
        Key::flag(
            "snapshot_first",
            "Whether to take a snapshot of the indices right before, with writes blocked. The snapshot is an archive.",
        ),
        Key::new(
            "snapshot_name",
            Shape::Text(&formats::TEXT),
            "Name of that snapshot.",
        )
        .default("`{environment}-{date}-{time}`"),
        Key::new(
            "timeout",
            Shape::Text(&formats::DURATION),
            "How long to wait for that snapshot to complete.",
        )
        .default("`24h`"),
    ],
    |text| {
        let index = text.map_or_else(|| "INDEX".to_owned(), typed);
        Some(format!("indices: [{index}]"))
    },
);

/// `esbackup snapshot prune`.
pub(crate) static PRUNE: Table = Table::new(
    "workflows.*.prune",
    &[
        Key::new(
            "keep_within",
            Shape::Text(&formats::DURATION),
            "Keep snapshots that are at most this much older than the newest successful one.",
        ),
        Key::new(
            "keep_last",
            Shape::Number,
            "Keep this many of the newest snapshots.",
        ),
        Key::new(
            "keep_daily",
            Shape::Number,
            "Keep the newest snapshot of each of this many days.",
        ),
        Key::new(
            "keep_weekly",
            Shape::Number,
            "Keep the newest snapshot of each of this many weeks.",
        ),
        Key::new(
            "keep_monthly",
            Shape::Number,
            "Keep the newest snapshot of each of this many months.",
        ),
        Key::new(
            "max_count",
            Shape::Number,
            "Delete successful snapshots beyond this many of the newest, unless a rule keeps them.",
        ),
        Key::new(
            "failed_after",
            Shape::Text(&formats::DURATION),
            "Delete unsuccessful snapshots once a successful one is this much newer.",
        ),
        Key::new(
            "gone_after",
            Shape::List(&Shape::Mapping(&GONE_AFTER)),
            "When to delete the last copies of indices that no longer exist; `[]` means never.",
        )
        .default("none; `validate` warns"),
        Key::flag(
            "all",
            "Whether to prune the snapshots of all owners, each owner's separately.",
        ),
        Key::new(
            "wait_for_running",
            Shape::Text(&formats::DURATION),
            "How long to wait for a running snapshot.",
        )
        .default("`10m`"),
    ],
    |text| {
        Some(match text {
            Some(text) if text.parse::<u32>().is_ok() => format!("keep_last: {text}"),
            Some(text) if is_duration(text) => format!("keep_within: {text}"),
            _ => "keep_last: 7".to_owned(),
        })
    },
);

/// The age at which the last copies of deleted indices may be pruned.
pub(crate) static GONE_AFTER: Table = Table::new(
    "workflows.*.prune.gone_after",
    &[
        Key::new(
            "indices",
            Shape::Text(&formats::TEXT),
            "One pattern, such as `logs-*`, of indices or data streams.",
        )
        .required(),
        Key::new(
            "age",
            Shape::Text(&formats::DURATION),
            "How much older than the newest successful snapshot the last copy must be, such as `90d`. If several patterns match, the longest age counts.",
        )
        .required(),
    ],
    |text| Some(format!("indices: \"*\", age: {}", duration(text, "90d"))),
);
