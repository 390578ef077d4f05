//! What a command told and sent when it met a fault, as one golden text a row; it must never leave out what was printed.
//!
//! `ESBACKUP_BLESS=1` rewrites the texts under `told/`. What differs between two runs of the same thing (ports, ids, moments, seconds) is
//! replaced by a word; lines that repeat while something is waited for are shown once. Each command that a row prints is run at its end, in the
//! state in which it was printed.

mod followed;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::golden::{obeyed, without_request_ids};
use crate::support::binary::{Ran, ran};
use crate::support::printed;
use crate::support::sandbox::{Request, Sandbox};
use followed::Followed;

/// The commands of one row, what they told, and what they sent.
pub struct Story<'a> {
    name: &'a str,
    sandbox: &'a Sandbox,
    text: String,
    hidden: Vec<(String, String)>,
    printed: Vec<(Value, Followed)>,
}

/// How the requests of a command are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Each.
    Exact,
    /// How often these are sent while something is waited for depends on the machine: once; everything else each time.
    Polled(&'static [&'static str]),
    /// What is read at the same time as that which ends the run is cut off somewhere: each kind of read once, and each write.
    CutOff,
}

impl<'a> Story<'a> {
    pub fn of(name: &'a str, sandbox: &'a Sandbox) -> Self {
        sandbox.forget_requests();
        Self {
            name,
            sandbox,
            text: String::new(),
            hidden: Vec::new(),
            printed: Vec::new(),
        }
    }

    /// Shows a word in place of what another run has another one for.
    pub fn hide(&mut self, what: impl ToString, word: &str) {
        self.hidden.push((what.to_string(), word.to_owned()));
    }

    /// Runs a command to its end and adds what it told and sent.
    pub fn run(&mut self, command: &mut Command) -> Ran {
        self.run_counting(command, Count::Exact)
    }

    pub fn run_counting(&mut self, command: &mut Command, count: Count) -> Ran {
        let told = ran(command);
        self.add(command, &told, count);
        told
    }

    /// Adds what a command told that ended already.
    pub fn add(&mut self, command: &Command, told: &Ran, count: Count) {
        let arguments = command.get_args().map(|word| word.to_string_lossy());
        let line: Vec<String> = arguments.map(|word| word.into_owned()).collect();
        assert_eq!(obeyed(&told.stdout), None, "a terminal would obey this");
        for text in [&told.stdout, &told.stderr] {
            assert_eq!(
                structure(text),
                None,
                "a structure of Rust is printed: {text}"
            );
        }
        let requests = self.sandbox.requests();
        let folder = command.get_current_dir().unwrap_or(Path::new("/nowhere"));
        let folder = folder.to_string_lossy();
        let mut hidden = self.hidden.clone();
        hidden.push((self.sandbox.address.port().to_string(), "PORT".to_owned()));
        hidden.push((folder.into_owned(), "FOLDER".to_owned()));
        let clean = |text: &str| clean(text, &hidden);
        let _ = writeln!(self.text, "$ esbackup {}", clean(&line.join(" ")));
        self.text.push_str(&clean(&told.stdout));
        if !told.stderr.is_empty() {
            let _ = write!(self.text, "--- stderr\n{}", clean(&told.stderr));
        }
        let _ = writeln!(self.text, "--- exit {}", told.code);
        self.text.push_str(&sent(&requests, count));
        for words in printed::commands(told) {
            let followed = Followed::of(command, &words);
            self.printed.push((self.sandbox.state(), followed));
        }
        self.sandbox.forget_requests();
    }

    /// Adds a line about what is there now.
    pub fn note(&mut self, line: &str) {
        let _ = writeln!(self.text, "# {line}");
    }

    /// Compares with the golden text of the row, or rewrites it.
    pub fn check(self) {
        let path = root().join(format!("{}.txt", self.name));
        if std::env::var_os("ESBACKUP_BLESS").is_some() {
            std::fs::write(&path, &self.text).unwrap();
        }
        let want = std::fs::read_to_string(&path).unwrap_or_default();
        let diff = similar::TextDiff::from_lines(&want, &self.text);
        assert!(
            want == self.text,
            "{}\n{}",
            path.display(),
            diff.unified_diff()
        );
        self.sandbox.forget_faults();
        for (state, followed) in &self.printed {
            self.sandbox.admin("PUT", "/state", state);
            println!("{}: {}", self.name, followed.run());
        }
    }
}

/// Finds what a debug print of Rust looks like: `Name { field: …`, `Name {}`, `Some(…)`, `Err(…)`.
pub fn structure(text: &str) -> Option<&str> {
    let wrapped = ["Some(", "None)", "Err(", "Ok(", "Custom {", "Kind("];
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let wrapped = wrapped
        .iter()
        .flat_map(|word| text.match_indices(word))
        .find(|(at, _)| begins(*at));
    let named = text.match_indices(" {").find(|(at, _)| {
        let name = text[..*at].rsplit(|c: char| !c.is_alphanumeric()).next();
        let named = name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase()));
        let inner = text[at + 2..].trim_start();
        let of_field = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let field = inner.split(|c: char| !of_field(c)).next();
        let rest = field.map_or(inner, |field| &inner[field.len()..]);
        let has_field = field.is_some_and(|field| !field.is_empty()) && rest.starts_with(": ");
        named && (inner.starts_with('}') || has_field)
    });
    wrapped
        .or(named)
        .map(|(at, _)| text[at..].split('\n').next().unwrap_or_default())
}

#[test]
fn structure_of_rust_is_told_from_json_and_prose() {
    for text in [
        "HTTP 403: Error { s3_extended_request_id: \"x\", aws_request_id: \"y\" }",
        "invalid root, expected GetRoleResponse got StartEl { name: Name { prefix: \"\" } }",
        "the region is Some(\"us-west-2\")",
        "Metadata {}",
        "Err(Timeout)",
    ] {
        assert!(structure(text).is_some(), "{text}");
    }
    for text in [
        r#"{"Principal": {"AWS": "*"}, "Version": "2012-10-17"}"#,
        "allow the caller {\"Effect\":\"Allow\"}",
        "domain: {name: logs}",
        "grant it (Some of it) to none",
        "Statement: {Action: s3:GetObject}",
    ] {
        assert_eq!(structure(text), None, "{text}");
    }
}

/// Where the golden texts are.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trust/catalogue/told")
}

/// How many reads of each kind, which are concurrent, and the writes in their order.
fn sent(requests: &[Request], count: Count) -> String {
    let polled = |name: &str| match count {
        Count::Exact | Count::CutOff => false,
        Count::Polled(names) => names.contains(&name),
    };
    let mut reads: BTreeMap<String, usize> = BTreeMap::new();
    let mut writes: Vec<String> = Vec::new();
    for request in requests {
        let name = request.name();
        match request.write {
            true if polled(&name) && writes.last() == Some(&name) => {}
            true => writes.push(name),
            false => *reads.entry(name).or_default() += 1,
        }
    }
    let counted = reads.keys().all(|name| !polled(name)) && count != Count::CutOff;
    let each = reads.iter().map(|(name, times)| match times {
        _ if polled(name) => format!("{name} (polled)"),
        2.. if count != Count::CutOff => format!("{name} x{times}"),
        _ => name.clone(),
    });
    let each: Vec<String> = each.collect();
    let mut read = match counted {
        true => format!("{} reads", reads.values().sum::<usize>()),
        false => "reads".to_owned(),
    };
    let repeated = writes.iter().any(|name| polled(name));
    let mut sent = match repeated {
        true => "writes".to_owned(),
        false => format!("{} writes", writes.len()),
    };
    let shown: Vec<String> = writes
        .iter()
        .map(|name| match polled(name) {
            true => format!("{name} (until it is taken)"),
            false => name.clone(),
        })
        .collect();
    for (text, list) in [(&mut read, &each), (&mut sent, &shown)] {
        if !list.is_empty() {
            text.push_str(": ");
            text.push_str(&list.join(", "));
        }
    }
    format!("--- {read}\n--- {sent}\n\n")
}

/// The plans of two environments of which nothing exists, up to their repositories; `tests/cases` holds such a plan to the letter.
const FRESH: [&str; 2] = [include_str!("fresh.txt"), include_str!("fresh_shared.txt")];

/// Takes out what differs between two runs of the same thing, and the long plan that many rows begin with.
fn clean(text: &str, hidden: &[(String, String)]) -> String {
    let mut text = without_ids_in_json(&without_request_ids(text));
    for (what, word) in hidden {
        text = text.replace(what, word);
    }
    for plan in FRESH {
        text = text.replace(plan, "  (bucket, policy and role are created)\n");
    }
    let mut lines: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        let line = without_number_after(line, "it was waited for ");
        let line = match line.strip_prefix("    request:    ") {
            Some(_) => "    request:    ID\n".to_owned(),
            None => without_moments(&without_seconds(&line)),
        };
        if lines.last() != Some(&line) || line == "\n" {
            lines.push(line);
        }
    }
    lines.concat()
}

/// `"request_id":"…"` and `"uuid":"…"`.
fn without_ids_in_json(text: &str) -> String {
    let mut parts = text.split_inclusive("_id\":\"");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("ID");
        out.push_str(part.trim_start_matches(|c: char| c != '"'));
    }
    out
}

/// `3s` after these words.
fn without_number_after(line: &str, words: &str) -> String {
    match line.split_once(words) {
        Some((head, tail)) => {
            let tail = tail.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{head}{words}N{tail}")
        }
        None => line.to_owned(),
    }
}

/// `(12 s)` while something is waited for.
fn without_seconds(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('(') {
        let (head, tail) = rest.split_at(at + 1);
        out.push_str(head);
        let digits = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        rest = match tail[digits..].strip_prefix(" s)") {
            Some(after) if digits > 0 => {
                out.push_str("N s)");
                after
            }
            _ => tail,
        };
    }
    out + rest
}

/// Words that are a moment such as `2026-11-27T04:14:29Z`, or a date.
fn without_moments(line: &str) -> String {
    let is_moment = |word: &str| {
        let shape: String = word
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        [
            "0000-00-00T00:00:00Z",
            "0000-00-00T00:00:00.000Z",
            "00000000T000000Z",
        ]
        .contains(&shape.as_str())
    };
    let boundary = |c: char| !(c.is_ascii_alphanumeric() || "-:.".contains(c));
    let words = line.split_inclusive(boundary);
    words
        .map(|word| {
            let bare = word.trim_end_matches(boundary);
            match is_moment(bare) {
                true => word.replace(bare, "MOMENT"),
                false => word.to_owned(),
            }
        })
        .collect()
}
