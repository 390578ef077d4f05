//! The guides against the product: every block of commands in them is run, and what it prints is compared. Nothing here needs a network.
//!
//! A guide is run from top to bottom in a folder of its own. A `sh` block is run line by line, with `--sandbox` and, but for `restore`, the answer yes
//! to every question; `# exit N` at the end of a line is how that line must end. A `text` block right below is what the whole block prints, on stdout
//! and stderr together; `...` stands for lines that are left out. A `yaml` block whose first line is `# FILE.yaml` is written to that file.
//! `ESBACKUP_BLESS=1` rewrites the `text` blocks that leave nothing out.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regex_lite::Regex;

/// How the binary is called in a guide: in the sandbox, by somebody who agrees. `restore` is called as it stands there: what it asks is
/// the matter of the guide.
const WRAPPER: &str = r#"#!/bin/sh
case "$*" in
*--yes*) exec BINARY "$@" --sandbox ;;
validate*) exec BINARY "$@" ;;
apply*|run*|"indices delete"*|"snapshot delete"*|"snapshot prune"*) exec BINARY "$@" --yes --sandbox ;;
*) exec BINARY "$@" --sandbox ;;
esac
"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A fenced block of a guide.
struct Block {
    /// The word behind the fence.
    language: String,
    /// Its lines.
    body: String,
    /// Where the body begins and ends in the guide, in lines.
    lines: std::ops::Range<usize>,
}

fn blocks(guide: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize, Vec<&str>)> = None;
    for (number, line) in guide.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), number + 1, Vec::new())),
            (Some((language, start, body)), Some(_)) => {
                found.push(Block {
                    language: language.clone(),
                    body: body.iter().map(|line| format!("{line}\n")).collect(),
                    lines: *start..number,
                });
                open = None;
            }
            (Some((.., body)), None) => body.push(line),
            (None, None) => {}
        }
    }
    found
}

/// The folder of one guide, with the wrapper on its path.
struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).expect("a folder");
        let wrapper = WRAPPER.replace("BINARY", env!("CARGO_BIN_EXE_esbackup"));
        fs::write(bin.join("esbackup"), wrapper).expect("the wrapper is written");
        fs::set_permissions(bin.join("esbackup"), fs::Permissions::from_mode(0o755))
            .expect("the wrapper can be run");
        fs::create_dir(folder.path().join("work")).expect("a folder");
        Self { folder }
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Runs a line; says how it ended, and what it printed on both streams in the order in which it did.
    fn run(&self, line: &str) -> (Option<i32>, String) {
        let printed = self.folder.path().join("printed");
        let open = |append| {
            let mut options = OpenOptions::new();
            options
                .create(true)
                .write(true)
                .append(append)
                .open(&printed)
                .expect("the file of what is printed")
        };
        File::create(&printed).expect("the file of what is printed");
        let path = std::env::var("PATH").unwrap_or_default();
        let status = Command::new("sh")
            .args(["-c", line])
            .current_dir(self.work())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("ESBACKUP_POLL_MS", "10")
            .env(
                "PATH",
                format!("{}:{path}", self.folder.path().join("bin").display()),
            )
            .stdin(Stdio::null())
            .stdout(open(true))
            .stderr(open(true))
            .status()
            .expect("a shell runs");
        let printed = fs::read_to_string(&printed).expect("what is printed is UTF-8");
        (status.code(), printed)
    }
}

/// The lines of a block with how each must end; a backslash at the end of one goes on in the next.
fn commands(body: &str) -> Vec<(String, i32)> {
    let joined = body.replace("\\\n", " ");
    let lines = joined.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let code = line
                .rsplit_once("# exit ")
                .and_then(|(_, code)| code.trim().parse().ok());
            (line.to_owned(), code.unwrap_or(0))
        })
        .collect()
}

/// What a reader without the sandbox sees of what a line prints. The answer yes to a question stands in no command that a person types.
fn shown(line: &str, printed: &str) -> String {
    let printed = printed.replace("sandbox: nothing leaves this machine\n", "");
    let printed = printed.replace(" --sandbox", "");
    if line.contains("--yes") || line.starts_with("esbackup restore") {
        printed
    } else {
        printed.replace(" --yes", "")
    }
}

/// The same text without what the clock and chance decide.
fn settled(text: &str) -> Vec<String> {
    let rules = [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
        (r"\d{4}-\d\d-\d\d-\d{6}", "DATE-TIME"),
        (r"esbackup-(drill|replace)(-[0-9a-f]{8})+", "esbackup-$1-ID"),
        (r"\b[0-9A-Z]{22}\b", "UUID"),
        (r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID"),
        (r"(\.\d+)?\b\d+(ms|s|m)\b", "SPAN"),
        (r"[ \t]+", " "),
        (r"-{2,}", "--"),
    ];
    let mut text = text.to_owned();
    for (pattern, instead) in rules {
        let rule = Regex::new(pattern).expect("a pattern");
        text = rule.replace_all(&text, instead).into_owned();
    }
    text.lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Whether lines are those that a guide shows, where `...` stands for any number of them.
fn matches(expected: &[String], printed: &[String]) -> bool {
    match (expected.split_first(), printed.split_first()) {
        (Some((first, rest)), _) if first == "..." => {
            (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..]))
        }
        (Some((first, rest)), Some((line, others))) => first == line && matches(rest, others),
        (None, None) => true,
        _ => false,
    }
}

/// Runs a guide from top to bottom.
fn follow(name: &str) {
    let path = root().join("docs/guides").join(name);
    let guide = fs::read_to_string(&path).expect("the guide can be read");
    let folder = Folder::new();
    let blocks = blocks(&guide);
    let mut blessed = Vec::new();
    let mut wrong = Vec::new();
    for (number, block) in blocks.iter().enumerate() {
        if block.language == "yaml" {
            let file = block.body.lines().next().and_then(|line| {
                let file = line.strip_prefix("# ")?;
                file.ends_with(".yaml").then_some(file)
            });
            let file = file.unwrap_or_else(|| panic!("{name}: a yaml block names its file"));
            fs::write(folder.work().join(file), &block.body).expect("the file is written");
        }
        if block.language != "sh" {
            continue;
        }
        let mut printed = String::new();
        for (line, expected) in commands(&block.body) {
            let (code, text) = folder.run(&line);
            if code != Some(expected) {
                wrong.push(format!(
                    "{name}: {line}\nended with {code:?} and not {expected}:\n{text}"
                ));
            }
            printed.push_str(&shown(&line, &text));
        }
        let Some(next) = blocks
            .get(number + 1)
            .filter(|next| next.language == "text" && next.lines.start <= block.lines.end + 4)
        else {
            continue;
        };
        let printed = printed.trim_matches('\n').to_owned() + "\n";
        if matches(&settled(&next.body), &settled(&printed)) {
            continue;
        }
        if next.body.lines().any(|line| line.trim() == "...") {
            wrong.push(format!(
                "{name}: {}shows:\n{}and prints:\n{printed}",
                block.body, next.body
            ));
        } else {
            wrong.push(format!(
                "{name}: {}prints:\n{}",
                block.body,
                similar::TextDiff::from_lines(&next.body, &printed).unified_diff()
            ));
            blessed.push((next.lines.clone(), printed));
        }
    }
    if std::env::var_os("ESBACKUP_BLESS").is_some() {
        let mut lines: Vec<String> = guide.lines().map(str::to_owned).collect();
        for (range, printed) in blessed.into_iter().rev() {
            lines.splice(range, printed.lines().map(str::to_owned));
        }
        fs::write(&path, lines.join("\n") + "\n").expect("the guide is written");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_guide_to_a_first_backup_is_true() {
    follow("first-backup.md");
}

#[test]
fn the_guide_to_a_restore_at_3_am_is_true() {
    follow("restore-at-3-am.md");
}

#[test]
fn the_guide_for_a_lost_domain_is_true() {
    follow("domain-lost.md");
}

#[test]
fn the_guide_to_moving_is_true() {
    follow("moving.md");
}

#[test]
fn the_guide_to_retention_is_true() {
    follow("retention.md");
}

#[test]
fn the_guide_to_specs_that_others_write_is_true() {
    follow("pull-requests.md");
}

#[test]
fn the_walk_of_the_readme_works_in_a_new_sandbox() {
    let folder = Folder::new();
    let spec = fs::read_to_string(root().join("specs/quickstart.yaml")).expect("the spec");
    fs::write(folder.work().join("esbackup.yaml"), spec).expect("the spec is written");
    let readme = fs::read_to_string(root().join("README.md")).expect("the README can be read");
    let walk = blocks(&readme)
        .into_iter()
        .find(|block| block.body.starts_with("esbackup snapshot take"))
        .expect("the README has the walk");
    let applied = ("esbackup apply".to_owned(), 0);
    for (line, expected) in std::iter::once(applied).chain(commands(&walk.body)) {
        let (code, text) = folder.run(&line);
        assert_eq!(code, Some(expected), "{line}\n{text}");
    }
}

#[test]
fn every_guide_is_followed_and_says_how_to_try_it() {
    let source = fs::read_to_string(root().join("tests/guides.rs")).expect("this file");
    let mut missing = Vec::new();
    for entry in fs::read_dir(root().join("docs/guides")).expect("the guides") {
        let path = entry.expect("a guide").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).expect("the guide can be read");
        if !source.contains(&format!("follow(\"{name}\")")) || !text.contains("`--sandbox`") {
            missing.push(name);
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}
