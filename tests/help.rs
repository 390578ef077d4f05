//! The help of each command: it fits a screen, its examples work, and it names every exit code that any test sees. Also tips and man pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Arg;
use clap::builder::ValueParser;
use esbackup::internals::cli;

use crate::support::binary::{Folder, Ran, ended};
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;

/// Lines and columns of the short help.
const SCREEN: (usize, usize) = (30, 100);

/// The commands with their words, parents among them.
fn commands() -> Vec<(String, clap::Command)> {
    fn below(words: &str, command: &clap::Command, found: &mut Vec<(String, clap::Command)>) {
        found.push((words.to_owned(), command.clone()));
        for one in command
            .get_subcommands()
            .filter(|one| one.get_name() != "help")
        {
            below(
                format!("{words} {}", one.get_name()).trim_start(),
                one,
                found,
            );
        }
    }
    let mut command = cli::command();
    command.build();
    let mut found = Vec::new();
    below("", &command, &mut found);
    found
}

fn run(folder: &Folder, line: &str) -> Ran {
    folder.run(line.split(' ').filter(|word| !word.is_empty()))
}

#[test]
fn short_help_fits_a_screen() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    for (words, _) in commands() {
        let mut command = folder.command(
            words
                .split(' ')
                .filter(|word| !word.is_empty())
                .chain(["-h"]),
        );
        let ran = ended(command.env("COLUMNS", "100"));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{words}");
        let widest = ran.stdout.lines().map(|line| line.chars().count()).max();
        let size = (ran.stdout.lines().count(), widest.unwrap_or_default());
        assert!(
            size.0 <= SCREEN.0 && size.1 <= SCREEN.1,
            "{words} {size:?}\n{}",
            ran.stdout
        );
        let shared = ran
            .stdout
            .lines()
            .any(|line| line.starts_with("Common options: "));
        assert_eq!(
            shared,
            !["", "snapshot", "indices"].contains(&words.as_str()),
            "{words}"
        );
    }
}

#[test]
fn help_subcommand_prints_the_long_help() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    for (words, _) in commands() {
        let help = run(&folder, &format!("help {words}"));
        assert_eq!(help.code, 0, "{words}");
        assert_eq!(
            help.stdout,
            run(&folder, &format!("{words} --help")).stdout,
            "{words}"
        );
    }
}

/// The lines of a section of a long help.
fn section(help: &str, title: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != title).skip(1);
    lines
        .take_while(|line| !line.is_empty())
        .map(|line| line.trim().to_owned())
        .collect()
}

#[test]
fn long_help_names_exit_codes_and_a_page() {
    for (words, mut command) in commands() {
        let help = command.render_long_help().to_string();
        let codes: Vec<u8> = section(&help, "Exit codes:")
            .iter()
            .filter_map(|line| line.split(' ').next()?.parse().ok())
            .collect();
        let own: Vec<String> = words.split(' ').map(str::to_owned).collect();
        match cli::exit_codes(&own) {
            Some(own) => assert_eq!(codes, own, "{words}"),
            None => assert_eq!(codes.is_empty(), !words.is_empty(), "{words}"),
        }
        let page = help
            .trim_end()
            .lines()
            .last()
            .and_then(|line| line.strip_prefix("More: "));
        if !["snapshot", "indices"].contains(&words.as_str()) {
            let page = page.unwrap_or_else(|| panic!("{words} has no page"));
            assert!(
                Path::new(env!("CARGO_MANIFEST_DIR")).join(page).is_file(),
                "{words} {page}"
            );
        }
    }
}

/// Specs of the examples: an environment with a workflow.
fn spec() -> String {
    let bound = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
    let spec = SPEC
        .replace(bound, "")
        .replace("\nname: logs\n", "\nname: quickstart\n");
    format!("{spec}workflows:\n  nightly:\n    - snapshot: {{}}\n    - prune: {{keep_last: 7}}\n")
}

/// A folder in which an environment was applied and has a snapshot.
fn applied(sandbox: &Sandbox) -> Folder {
    let folder = Folder::new(sandbox);
    folder.write("esbackup.yaml", &spec());
    folder.write("specs/esbackup.yaml", &spec());
    for line in [
        "apply --yes --sandbox",
        "snapshot take before-upgrade --sandbox",
        "snapshot take everything --sandbox",
    ] {
        assert_eq!(run(&folder, line).code, 0, "{line}");
    }
    folder
}

#[test]
fn two_examples_of_each_command_work() {
    let mut tried = 0;
    for (words, mut command) in commands() {
        let help = command.render_long_help().to_string();
        let examples = section(&help, "Examples:");
        let is_command = !["", "snapshot", "indices"].contains(&words.as_str());
        assert_eq!(examples.len(), if is_command { 2 } else { 0 }, "{words}");
        for example in examples {
            // It serves until it is stopped; tests of the sandbox start it.
            if words == "sandbox" {
                let line: Vec<String> = shlex::split(&example).expect("a line of a shell");
                assert_eq!(cli::takes(&line), Ok(()), "{example}");
                continue;
            }
            let sandbox = Sandbox::start();
            let folder = applied(&sandbox);
            let line = example.split(" > ").next().unwrap_or_default();
            let mut line = shlex::split(line).expect("a line of a shell");
            if command
                .get_arguments()
                .any(|one| one.get_long() == Some("sandbox"))
            {
                line.push("--sandbox".to_owned());
            }
            let ran = folder.run(line.iter().skip(1).map(String::as_str));
            assert_eq!(ran.code, 0, "{example} {ran:#?}");
            tried += 1;
        }
    }
    assert!(tried >= 36, "{tried}");
}

#[test]
fn values_of_one_type_have_one_name() {
    // Texts of many kinds are of one type.
    const TEXTS: [&str; 11] = [
        "NAME",
        "HOST",
        "PATTERN",
        "TEXT",
        "KEY",
        "KEY=VALUE",
        "KIND.NAME",
        "CODE",
        "ACCOUNT",
        "REGION",
        "FROM TO",
    ];
    let name = |one: &Arg| -> String {
        let names = one.get_value_names().unwrap_or_default();
        names
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let text = ValueParser::string().type_id();
    let mut seen: Vec<(clap::builder::ValueParser, String)> = Vec::new();
    for (words, command) in commands() {
        for one in command
            .get_arguments()
            .filter(|one| one.get_action().takes_values())
        {
            let (parser, name) = (one.get_value_parser(), name(one));
            if parser.type_id() == text {
                assert!(
                    TEXTS.contains(&name.as_str()),
                    "{words} {} <{name}>",
                    one.get_id()
                );
                continue;
            }
            match seen
                .iter()
                .find(|(known, _)| known.type_id() == parser.type_id())
            {
                // Risks and guards are words of different commands.
                Some((_, known)) => assert_eq!(known, &name, "{words} {}", one.get_id()),
                None => seen.push((parser.clone(), name)),
            }
        }
    }
    assert!(seen.iter().any(|(_, name)| name == "DURATION"), "{seen:?}");
}

#[test]
fn words_of_other_programs_get_a_tip() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    for (line, tip) in [
        ("init", "`esbackup validate` checks a spec"),
        ("destroy", "esbackup destroys no resources"),
        ("list", "`esbackup snapshot list` lists snapshots"),
        ("rm", "`esbackup snapshot delete NAME` deletes snapshots"),
        (
            "delete",
            "`esbackup snapshot delete NAME` deletes snapshots",
        ),
        ("backup", "`esbackup snapshot take` takes a snapshot"),
        ("forget", "`esbackup snapshot prune --keep-last 7` deletes"),
        ("diff", "`esbackup plan` shows the changes"),
        ("aply", "a similar subcommand exists: 'apply'"),
        (
            "snapshot create",
            "`esbackup snapshot take` takes a snapshot",
        ),
        (
            "snapshot rm",
            "`esbackup snapshot delete NAME` deletes snapshots",
        ),
        ("ls", "`esbackup snapshot list` lists snapshots"),
        ("snapshots", "`esbackup snapshot list` lists snapshots"),
        ("show", "`esbackup snapshot show NAME` shows a snapshot"),
        (
            "remove",
            "`esbackup snapshot delete NAME` deletes snapshots",
        ),
        ("create", "`esbackup snapshot take` takes a snapshot"),
        ("take", "`esbackup snapshot take` takes a snapshot"),
        ("prune", "`esbackup snapshot prune --keep-last 7` deletes"),
        ("wait", "`esbackup snapshot wait NAME` waits"),
        ("check", "`esbackup verify` checks backups"),
        (
            "test",
            "`esbackup verify --level restore` restores a sample",
        ),
        ("deploy", "`esbackup apply` creates and updates"),
        ("up", "`esbackup apply` creates and updates"),
        ("import", "`esbackup apply --adopt KIND.NAME` takes over"),
        ("adopt", "`esbackup apply --adopt KIND.NAME` takes over"),
        ("replace", "`esbackup restore NAME --replace` replaces"),
        ("completion", "`esbackup completions SHELL` prints"),
        ("plan --output x", "use `--format`"),
        ("apply --force", "use `--yes`"),
        ("plan --profile x", "set AWS_PROFILE"),
        ("plan --region x", "the spec names the region"),
        ("plan --no-color", "use `--color never`"),
        ("plan --config x", "use `--file`"),
        ("plan --json", "use `--format json`"),
        ("apply --auto-approve", "use `--yes`"),
        ("plan --formt json", "a similar argument exists: '--format'"),
    ] {
        let ran = run(&folder, line);
        let tips: Vec<&str> = ran
            .stderr
            .lines()
            .filter_map(|line| line.strip_prefix("  tip: "))
            .collect();
        assert_eq!((ran.code, tips.len()), (64, 1), "{line} {ran:#?}");
        assert!(tips[0].contains(tip), "{line} {tips:?}");
    }
}

#[test]
fn quiet_leaves_only_errors_on_stderr() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    assert_eq!(run(&folder, "apply --yes -q --sandbox").stderr, "");
    for line in [
        "restore latest --indices sample-logs --prefix r-",
        "run nightly --yes",
    ] {
        let loud = run(&folder, &format!("{line} --dry-run --sandbox"));
        assert_ne!(loud.stderr, "", "{line}");
        let quiet = run(&folder, &format!("-q {line} --sandbox"));
        assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""), "{line}");
    }
    let failed = run(&folder, "snapshot delete no-such --yes -q --sandbox");
    assert_eq!(failed.code, 6);
    assert!(failed.stderr.contains("error"), "{failed:#?}");
}

#[test]
fn color_is_used_as_asked() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    folder.write("esbackup.yaml", &spec());
    folder.write("broken.yaml", "version: 2\n");
    let colored = |ran: &Ran| ran.stdout.contains("\u{1b}[") || ran.stderr.contains("\u{1b}[");
    for line in ["plan --sandbox", "validate -f broken.yaml"] {
        assert!(
            colored(&run(&folder, &format!("{line} --color always"))),
            "{line}"
        );
        for rest in ["", " --color never", " --color auto"] {
            assert!(
                !colored(&run(&folder, &format!("{line}{rest}"))),
                "{line}{rest}"
            );
        }
    }
}

#[test]
fn completions_are_printed_as_they_were_made() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    for (name, shell) in [
        ("bash", clap_complete::Shell::Bash),
        ("zsh", clap_complete::Shell::Zsh),
        ("fish", clap_complete::Shell::Fish),
        ("powershell", clap_complete::Shell::PowerShell),
        ("elvish", clap_complete::Shell::Elvish),
    ] {
        let mut made = Vec::new();
        clap_complete::generate(shell, &mut cli::command(), "esbackup", &mut made);
        let printed = run(&folder, &format!("completions {name}")).stdout;
        assert_eq!(printed, String::from_utf8(made).expect("text"), "{name}");
    }
}

#[test]
fn man_pages_are_those_of_the_commands() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/man");
    let made = tempfile::tempdir().expect("a folder");
    let command = cli::command().version(env!("CARGO_PKG_VERSION"));
    clap_mangen::generate_to(command, made.path()).expect("the pages are written");
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .filter(|name| !name.contains("-help"))
            .collect();
        names.sort();
        names
    };
    let page =
        |folder: &Path, name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    if std::env::var_os("ESBACKUP_BLESS").is_some() {
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).expect("the folder");
        for name in names(made.path()) {
            fs::write(folder.join(&name), page(made.path(), &name)).expect("a page");
        }
    }
    assert_eq!(names(&folder), names(made.path()));
    for name in names(&folder) {
        assert_eq!(
            page(&folder, &name),
            page(made.path(), &name),
            "{name}: ESBACKUP_BLESS=1 writes it again"
        );
    }
}

/// Builds the build script alone and returns what it tells Cargo in a folder.
fn built(folder: &Path, build: Option<&str>) -> String {
    let script: PathBuf = folder.join("script");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    let made = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition", "2024", "-o"])
        .arg(&script)
        .arg(source)
        .stderr(Stdio::null())
        .status();
    assert!(made.is_ok_and(|made| made.success()));
    let mut command = Command::new(script);
    command.current_dir(folder).env_remove("ESBACKUP_BUILD");
    if let Some(build) = build {
        command.env("ESBACKUP_BUILD", build);
    }
    let output = command.output().expect("it runs");
    let told = String::from_utf8(output.stdout).expect("text");
    let line = told
        .lines()
        .find_map(|line| line.strip_prefix("cargo::rustc-env=ESBACKUP_BUILD_SUFFIX="));
    line.expect("a line about the version").to_owned()
}

#[test]
fn version_names_the_commit_only_in_its_own_repository() {
    let folder = tempfile::tempdir().expect("a folder");
    let git = |words: &[&str]| {
        let identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
        let status = Command::new("git")
            .args(identity)
            .args(words)
            .current_dir(folder.path())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "git {words:?}");
    };
    assert_eq!(built(folder.path(), None), "");
    git(&["init", "--quiet"]);
    assert_eq!(built(folder.path(), None), "");
    git(&[
        "commit",
        "--quiet",
        "--allow-empty",
        "--message",
        "one",
        "--date",
        "2026-12-01T00:00:00Z",
    ]);
    let named = built(folder.path(), None);
    assert!(
        named.starts_with(" (") && named.len() == " (123456789 2026-12-01)".len(),
        "{named}"
    );
    assert_eq!(built(folder.path(), Some("")), "");
    assert_eq!(built(folder.path(), Some("package 3")), " (package 3)");
    let inside = folder.path().join("archive");
    fs::create_dir(&inside).expect("a folder");
    assert_eq!(built(&inside, None), "");
}
