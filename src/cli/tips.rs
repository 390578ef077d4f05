//! Tips for words that people know from other programs.

use clap::Error;
use clap::error::{ContextKind, ContextValue};

/// Words of other programs, each with what does the same here.
const WORDS: [(&str, &str); 24] = [
    (
        "init",
        "nothing needs to be initialised; `esbackup validate` checks a spec",
    ),
    (
        "destroy",
        "esbackup destroys no resources; `esbackup snapshot delete NAME` and `esbackup indices delete NAME` delete data",
    ),
    (
        "list",
        "`esbackup snapshot list` lists snapshots, `esbackup indices list` indices",
    ),
    (
        "ls",
        "`esbackup snapshot list` lists snapshots, `esbackup indices list` indices",
    ),
    ("snapshots", "`esbackup snapshot list` lists snapshots"),
    (
        "show",
        "`esbackup snapshot show NAME` shows a snapshot, `esbackup plan` the changes",
    ),
    (
        "rm",
        "`esbackup snapshot delete NAME` deletes snapshots, `esbackup indices delete NAME` indices",
    ),
    (
        "remove",
        "`esbackup snapshot delete NAME` deletes snapshots, `esbackup indices delete NAME` indices",
    ),
    (
        "delete",
        "`esbackup snapshot delete NAME` deletes snapshots, `esbackup indices delete NAME` indices",
    ),
    ("backup", "`esbackup snapshot take` takes a snapshot"),
    (
        "create",
        "`esbackup snapshot take` takes a snapshot, `esbackup apply` creates the resources of a spec",
    ),
    ("take", "`esbackup snapshot take` takes a snapshot"),
    (
        "forget",
        "`esbackup snapshot prune --keep-last 7` deletes what no such rule keeps",
    ),
    (
        "prune",
        "`esbackup snapshot prune --keep-last 7` deletes what no such rule keeps",
    ),
    ("wait", "`esbackup snapshot wait NAME` waits for a snapshot"),
    (
        "check",
        "`esbackup verify` checks backups, `esbackup validate` specs",
    ),
    (
        "test",
        "`esbackup verify --level restore` restores a sample, `esbackup validate` checks specs",
    ),
    (
        "diff",
        "`esbackup plan` shows the changes, `esbackup drift` checks for them",
    ),
    (
        "deploy",
        "`esbackup apply` creates and updates the resources of a spec",
    ),
    (
        "up",
        "`esbackup apply` creates and updates the resources of a spec",
    ),
    (
        "import",
        "`esbackup apply --adopt KIND.NAME` takes over an existing resource",
    ),
    (
        "adopt",
        "`esbackup apply --adopt KIND.NAME` takes over an existing resource",
    ),
    (
        "replace",
        "`esbackup restore NAME --replace` replaces indices",
    ),
    (
        "completion",
        "`esbackup completions SHELL` prints the completions of a shell",
    ),
];

/// Options of other programs, each with what does the same here.
const OPTIONS: [(&str, &str); 8] = [
    ("--json", "use `--format json`"),
    ("--output", "use `--format`, and `>` for a file"),
    ("--auto-approve", "use `--yes`"),
    (
        "--force",
        "use `--yes` to answer the question, and `--allow` for a guard or a risk",
    ),
    ("--profile", "set AWS_PROFILE"),
    ("--region", "the spec names the region"),
    ("--no-color", "use `--color never`"),
    ("--config", "use `--file`"),
];

/// Returns the error with a tip for its unknown word, in place of words that only look like it.
pub(super) fn told(mut error: Error) -> Error {
    let known = [
        (ContextKind::InvalidSubcommand, WORDS.as_slice()),
        (ContextKind::InvalidArg, OPTIONS.as_slice()),
    ];
    let tip = known
        .into_iter()
        .find_map(|(kind, table)| match error.get(kind)? {
            ContextValue::String(word) => table.iter().find(|(known, _)| known == word),
            _ => None,
        });
    if let Some((_, tip)) = tip {
        for kind in [
            ContextKind::SuggestedSubcommand,
            ContextKind::SuggestedArg,
            ContextKind::Suggested,
        ] {
            error.remove(kind);
        }
        let tips = ContextValue::StyledStrs(vec![(*tip).into()]);
        error.insert(ContextKind::Suggested, tips);
    }
    error
}
