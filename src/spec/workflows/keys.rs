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
pub static STEP: Table = Table::new(
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
pub static SNAPSHOT: Table = Table::new(
    "workflows.*.snapshot",
    &[
        Key::new(
            "name",
            Shape::Text(&formats::TEXT),
            "The new snapshot.",
        )
        .default("`{environment}-{date}-{time}`"),
        Key::new(
            "indices",
            TEXTS,
            "Patterns and exclusions.",
        )
        .default("everything"),
        Key::new(
            "ignore_unavailable",
            Shape::Boolean,
            "Whether named indices that are not there are passed over.",
        )
        .default("`false`"),
        Key::new(
            "include_global_state",
            Shape::Boolean,
            "Whether the cluster's global state is taken.",
        )
        .default("`false`"),
        Key::new(
            "partial",
            Shape::Boolean,
            "Whether it is taken although shards are not available; it then ends as PARTIAL, which fails the step.",
        )
        .default("`false`"),
        Key::new(
            "archive",
            Shape::Boolean,
            "Whether it is marked as an archive, which prune never deletes.",
        )
        .default("`false`"),
        Key::new(
            "timeout",
            Shape::Text(&formats::DURATION),
            "How long its end is waited for.",
        )
        .default("`24h`"),
        Key::new(
            "wait_for_running",
            Shape::Text(&formats::DURATION),
            "How long another snapshot that runs is waited for.",
        )
        .default("`10m`"),
    ],
    |text| {
        let name = |text| format!("name: {}", typed(text));
        Some(text.map(name).unwrap_or_default())
    },
);

/// `esbackup snapshot wait`.
pub static WAIT: Table = Table::new(
    "workflows.*.wait",
    &[
        Key::new("snapshot", Shape::Text(&formats::TEXT), "The snapshot.").required(),
        Key::new(
            "repository",
            Shape::Text(&formats::TEXT),
            "Another repository of the domain.",
        )
        .default("the spec's"),
        Key::new(
            "timeout",
            Shape::Text(&formats::DURATION),
            "How long it is waited for.",
        )
        .default("`24h`"),
    ],
    of_snapshot,
);

/// `esbackup verify`.
pub static VERIFY: Table = Table::new(
    "workflows.*.verify",
    &[
        Key::new("snapshot", Shape::Text(&formats::TEXT), "The snapshot.").default("`latest`"),
        Key::new(
            "level",
            Shape::Word(&["registered", "nodes", "snapshot", "restore"]),
            "How much is proved.",
        )
        .default("`snapshot`"),
        Key::new(
            "sample",
            Shape::Number,
            "How many indices a drill restores.",
        )
        .default("`1`"),
        Key::new("indices", TEXTS, "Which indices a drill restores.").default("a sample"),
        Key::new(
            "record",
            Shape::Boolean,
            "Record a successful restore test in the bucket, for `objectives.restore_test`.",
        )
        .default("`false`"),
        Key::new(
            "timeout",
            Shape::Text(&formats::DURATION),
            "How long each restore of a drill is waited for.",
        )
        .default("`24h`"),
        Key::new(
            "wait_for_running",
            Shape::Text(&formats::DURATION),
            "How long a snapshot that runs is waited for.",
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
pub static RESTORE: Table = Table::new(
    "workflows.*.restore",
    &[
        Key::new(
            "snapshot",
            Shape::Text(&formats::TEXT),
            "The snapshot, or `latest`.",
        )
        .required(),
        Key::new(
            "repository",
            Shape::Text(&formats::TEXT),
            "Another repository of the domain.",
        )
        .default("the spec's"),
        Key::new("indices", TEXTS, "Patterns and exclusions.")
            .default("everything but the system's"),
        Key::new(
            "include_system",
            Shape::Boolean,
            "Whether system and security indices that are named exactly come back.",
        )
        .default("`false`"),
        Key::new("rename", Shape::Mapping(&RENAME), "New names."),
        Key::new(
            "prefix",
            Shape::Text(&formats::TEXT),
            "What new names begin with.",
        ),
        Key::new(
            "include_aliases",
            Shape::Boolean,
            "Whether aliases come back.",
        )
        .default("`false`"),
        Key::new(
            "without_aliases",
            Shape::Boolean,
            "With `replace`: whether they stay away.",
        )
        .default("`false`"),
        Key::new(
            "include_global_state",
            Shape::Boolean,
            "Whether the cluster's global state comes back.",
        )
        .default("`false`"),
        Key::new(
            "index_settings",
            Shape::Settings,
            "Settings that take the place of theirs.",
        ),
        Key::new("ignore_index_settings", TEXTS, "Settings that they lose."),
        Key::new(
            "partial",
            Shape::Boolean,
            "Whether shards that the snapshot lacks come back empty.",
        )
        .default("`false`"),
        Key::new(
            "replace",
            Shape::Boolean,
            "Whether open indices of these names are proved restorable, deleted and restored.",
        )
        .default("`false`"),
        Key::new(
            "close_existing",
            Shape::Boolean,
            "Whether open indices of these names are closed first.",
        )
        .default("`false`"),
        Key::new(
            "timeout",
            Shape::Text(&formats::DURATION),
            "How long it is waited for.",
        )
        .default("`24h`"),
    ],
    of_snapshot,
);

/// New names of restored indices.
pub static RENAME: Table = Table::new(
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
            "The new name, which may repeat the `*`.",
        )
        .required(),
    ],
    |_| Some("from: \"*\", to: \"restored-*\"".to_owned()),
);

/// `esbackup indices delete`.
pub static DELETE: Table = Table::new(
    "workflows.*.delete_indices",
    &[
        Key::new(
            "indices",
            TEXTS,
            "Exact names. One that is not there any more is passed over.",
        )
        .required(),
        Key::new(
            "snapshot_first",
            Shape::Boolean,
            "Whether a snapshot of them is taken right before, with writes blocked; it is marked as an archive.",
        )
        .default("`false`"),
        Key::new(
            "snapshot_name",
            Shape::Text(&formats::TEXT),
            "The name of that snapshot.",
        )
        .default("`{environment}-{date}-{time}`"),
        Key::new(
            "timeout",
            Shape::Text(&formats::DURATION),
            "How long that snapshot's end is waited for.",
        )
        .default("`24h`"),
    ],
    |text| {
        let index = text.map_or_else(|| "INDEX".to_owned(), typed);
        Some(format!("indices: [{index}]"))
    },
);

/// `esbackup snapshot prune`.
pub static PRUNE: Table = Table::new(
    "workflows.*.prune",
    &[
        Key::new(
            "keep_within",
            Shape::Text(&formats::DURATION),
            "Keeps those that are at most so much older than the newest good one.",
        ),
        Key::new("keep_last", Shape::Number, "Keeps the newest so many."),
        Key::new(
            "keep_daily",
            Shape::Number,
            "Keeps the newest of each of so many days.",
        ),
        Key::new(
            "keep_weekly",
            Shape::Number,
            "Keeps the newest of each of so many weeks.",
        ),
        Key::new(
            "keep_monthly",
            Shape::Number,
            "Keeps the newest of each of so many months.",
        ),
        Key::new(
            "max_count",
            Shape::Number,
            "Deletes good ones beyond the newest so many that no rule keeps.",
        ),
        Key::new(
            "failed_after",
            Shape::Text(&formats::DURATION),
            "Deletes what is not good once a good one is so much newer.",
        ),
        Key::new(
            "gone_after",
            Shape::List(&Shape::Mapping(&GONE_AFTER)),
            "When the last copies of indices that are gone may go; `[]` says never.",
        )
        .default("none: `validate` warns"),
        Key::new(
            "all",
            Shape::Boolean,
            "Whether the snapshots of everybody are looked at, each owner's by themselves.",
        )
        .default("`false`"),
        Key::new(
            "wait_for_running",
            Shape::Text(&formats::DURATION),
            "How long a snapshot that runs is waited for.",
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
pub static GONE_AFTER: Table = Table::new(
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
            "How much older than the newest good snapshot the last copy must be, such as `90d`. Where several patterns match, the longest counts.",
        )
        .required(),
    ],
    |text| Some(format!("indices: \"*\", age: {}", duration(text, "90d"))),
);
