//! Help: the short one fits a screen, the long one also has examples, exit codes and the page of the command.

use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::exit::Exit;

/// Options that most commands share, by their ids. The short help names them in one line.
const COMMON: [&str; 12] = [
    "files",
    "environments",
    "format",
    "verbose",
    "sandbox",
    "trust_file",
    "trust_endpoints",
    "trust_variables",
    "trust_paths",
    "trust_authorities",
    "color",
    "quiet",
];

/// Their heading.
const SHARED: &str = "Common options";

/// What the long help of a command adds.
struct Page {
    /// The command by its words.
    words: &'static str,
    examples: [&'static str; 2],
    /// Exit codes beside those of every command that reads a spec, or of every command.
    exits: &'static [Exit],
    /// Where the command reads: what every such command may end with.
    reads: Reads,
    page: &'static str,
}

/// What a command reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// Its own text.
    Nothing,
    /// Specs.
    Specs,
    /// Specs, AWS and the domain.
    Services,
}

use Exit::{
    Denied, Differences, Done, Failed, Interrupted, Invalid, Partly, Refused, Stale, Terminated,
    TryAgain, Usage,
};

static PAGES: [Page; 20] = [
    Page {
        words: "validate",
        examples: [
            "esbackup validate",
            "esbackup validate -f specs/ --format json",
        ],
        exits: &[],
        reads: Reads::Specs,
        page: "docs/spec.md",
    },
    Page {
        words: "plan",
        examples: [
            "esbackup plan",
            "esbackup plan --env quickstart --detailed-exitcode",
        ],
        exits: &[Differences],
        reads: Reads::Services,
        page: "docs/cli.md",
    },
    Page {
        words: "apply",
        examples: [
            "esbackup apply --yes",
            "esbackup apply --yes --allow widens-access --patience 5m",
        ],
        exits: &[Stale],
        reads: Reads::Services,
        page: "docs/guides/first-backup.md",
    },
    Page {
        words: "drift",
        examples: [
            "esbackup drift",
            "esbackup drift --format json --timeout 10m",
        ],
        exits: &[Differences],
        reads: Reads::Services,
        page: "docs/cli.md",
    },
    Page {
        words: "snapshot take",
        examples: [
            "esbackup snapshot take before-migration --indices 'sample-*'",
            "esbackup snapshot take --dry-run",
        ],
        exits: &[Stale],
        reads: Reads::Services,
        page: "docs/guides/first-backup.md",
    },
    Page {
        words: "snapshot list",
        examples: [
            "esbackup snapshot list",
            "esbackup snapshot list --format json",
        ],
        exits: &[],
        reads: Reads::Services,
        page: "docs/cli.md",
    },
    Page {
        words: "snapshot show",
        examples: [
            "esbackup snapshot show before-upgrade",
            "esbackup snapshot show before-upgrade --format json",
        ],
        exits: &[],
        reads: Reads::Services,
        page: "docs/cli.md",
    },
    Page {
        words: "snapshot delete",
        examples: [
            "esbackup snapshot delete before-upgrade --dry-run",
            "esbackup snapshot delete before-upgrade --yes",
        ],
        exits: &[Stale],
        reads: Reads::Services,
        page: "docs/guides/retention.md",
    },
    Page {
        words: "snapshot prune",
        examples: [
            "esbackup snapshot prune --keep-daily 7 --keep-weekly 5 --dry-run",
            "esbackup snapshot prune --keep-within 30d --yes",
        ],
        exits: &[Stale],
        reads: Reads::Services,
        page: "docs/guides/retention.md",
    },
    Page {
        words: "snapshot wait",
        examples: [
            "esbackup snapshot wait before-upgrade",
            "esbackup snapshot wait before-upgrade --timeout 1h",
        ],
        exits: &[],
        reads: Reads::Services,
        page: "docs/cli.md",
    },
    Page {
        words: "restore",
        examples: [
            "esbackup restore before-upgrade --indices sample-logs --prefix restored-",
            "esbackup restore latest --rename 'sample-*' 'copy-*' --dry-run",
        ],
        exits: &[Stale],
        reads: Reads::Services,
        page: "docs/guides/restore-at-3-am.md",
    },
    Page {
        words: "indices list",
        examples: [
            "esbackup indices list",
            "esbackup indices list --format json",
        ],
        exits: &[],
        reads: Reads::Services,
        page: "docs/cli.md",
    },
    Page {
        words: "indices delete",
        examples: [
            "esbackup indices delete sample-logs --dry-run",
            "esbackup indices delete sample-logs --snapshot-first --yes",
        ],
        exits: &[Stale],
        reads: Reads::Services,
        page: "docs/guides/restore-at-3-am.md",
    },
    Page {
        words: "verify",
        examples: [
            "esbackup verify",
            "esbackup verify before-upgrade --level restore --indices sample-logs",
        ],
        exits: &[Stale],
        reads: Reads::Services,
        page: "docs/guides/first-backup.md",
    },
    Page {
        words: "run",
        examples: [
            "esbackup run nightly --dry-run",
            "esbackup run nightly --yes",
        ],
        exits: &[Stale],
        reads: Reads::Services,
        page: "docs/guides/retention.md",
    },
    Page {
        words: "status",
        examples: [
            "esbackup status",
            "esbackup status --format json --timeout 10m",
        ],
        exits: &[Differences],
        reads: Reads::Services,
        page: "docs/cli.md",
    },
    Page {
        words: "sandbox",
        examples: ["esbackup sandbox", "esbackup sandbox --port 9200 --memory"],
        exits: &[Refused],
        reads: Reads::Specs,
        page: "docs/cli.md",
    },
    Page {
        words: "explain",
        examples: ["esbackup explain", "esbackup explain expires-backups"],
        exits: &[],
        reads: Reads::Nothing,
        page: "docs/findings.md",
    },
    Page {
        words: "schema",
        examples: ["esbackup schema", "esbackup schema > esbackup.schema.json"],
        exits: &[],
        reads: Reads::Nothing,
        page: "docs/spec.md",
    },
    Page {
        words: "completions",
        examples: [
            "esbackup completions bash > ~/.local/share/bash-completion/completions/esbackup",
            "esbackup completions fish > ~/.config/fish/completions/esbackup.fish",
        ],
        exits: &[],
        reads: Reads::Nothing,
        page: "docs/cli.md",
    },
];

impl Page {
    fn of(words: &str) -> Option<&'static Page> {
        PAGES.iter().find(|page| page.words == words)
    }

    fn exits(&self) -> impl Iterator<Item = Exit> {
        let read: &[Exit] = match self.reads {
            Reads::Nothing => &[],
            Reads::Specs => &[Invalid],
            Reads::Services => &[Invalid, Partly, TryAgain, Refused, Denied],
        };
        let always = [Done, Failed, Usage, Interrupted, Terminated];
        Exit::ALL.into_iter().filter(move |exit| {
            always.contains(exit) || read.contains(exit) || self.exits.contains(exit)
        })
    }

    fn text(&self) -> String {
        let examples: Vec<String> = self.examples.iter().map(|one| format!("  {one}")).collect();
        let exits: Vec<String> = self
            .exits()
            .map(|exit| format!("  {:<4} {}", exit.code(), exit.meaning()))
            .collect();
        format!(
            "Examples:\n{}\n\nExit codes:\n{}\n\nMore: {}",
            examples.join("\n"),
            exits.join("\n"),
            self.page
        )
    }
}

/// Returns the exit codes that a command's help names, by the words of a command line.
#[must_use]
pub fn exit_codes(words: &[String]) -> Option<Vec<u8>> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let page = Page::of(word(0)).or_else(|| Page::of(&format!("{} {}", word(0), word(1))));
    Some(page?.exits().map(Exit::code).collect())
}

/// Returns the definition of the command line with its help.
#[must_use]
pub fn command() -> Command {
    let command = super::Arguments::command().arg(
        Arg::new("help")
            .short('h')
            .long("help")
            .action(ArgAction::Help)
            .global(true)
            .hide_short_help(true)
            .help_heading(SHARED)
            .long_help("Print help; -h prints a summary"),
    );
    described(command, "")
        .after_help("`esbackup help COMMAND` shows the options of a command, `esbackup COMMAND -h` a summary.")
        .after_long_help(format!("`esbackup help COMMAND` shows the details of a command.\n\nExit codes:\n{}\n\nMore: docs/cli.md", {
            let all = Exit::ALL.map(|exit| format!("  {:<4} {}", exit.code(), exit.meaning()));
            all.join("\n")
        }))
}

fn described(command: Command, words: &str) -> Command {
    let common: Vec<String> = command
        .get_arguments()
        .filter(|one| COMMON.contains(&one.get_id().as_str()))
        .filter_map(|one| match (one.get_short(), one.get_long()) {
            (Some(short), _) => Some(format!("-{short}")),
            (None, long) => Some(format!("--{}", long?)),
        })
        .collect();
    let command = command.mut_args(|one| {
        if !COMMON.contains(&one.get_id().as_str()) {
            return one;
        }
        // A man page shows the long text alone.
        let text = one.get_long_help().or(one.get_help()).cloned();
        one.hide_short_help(true)
            .help_heading(SHARED)
            .long_help(text.unwrap_or_default())
    });
    let names: Vec<String> = command
        .get_subcommands()
        .map(|one| one.get_name().to_owned())
        .collect();
    let command = names.into_iter().fold(command, |command, name| {
        let below = format!("{words} {name}");
        command.mut_subcommand(name, |one| described(one, below.trim_start()))
    });
    match Page::of(words) {
        None => command,
        Some(page) => {
            let trust = common.iter().any(|one| one.starts_with("--trust-"));
            let mut named: Vec<String> = common
                .into_iter()
                .filter(|one| !one.starts_with("--trust-"))
                .collect();
            named.extend(trust.then(|| "--trust-...".to_owned()));
            named.extend(["-q", "--color", "-h"].map(str::to_owned));
            command
                .after_help(format!("{SHARED}: {} (see --help)", named.join(", ")))
                .after_long_help(page.text())
        }
    }
}
