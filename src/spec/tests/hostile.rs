//! Texts that no person would write are an error each, quickly, and never a crash.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::spec::{load, parse_with};
use crate::trust::Trust;
use crate::yaml::{Diagnostic, render};

fn no_files(_: &Path) -> io::Result<Vec<u8>> {
    Err(io::Error::from(io::ErrorKind::NotFound))
}

fn problems(text: &str) -> Vec<Diagnostic> {
    match parse_with(Path::new("hostile.yaml"), text, &no_files) {
        Ok((_, warnings)) => warnings,
        Err(problems) => problems,
    }
}

/// Returns the first title and what stands beside its line.
fn first(text: &str) -> (String, String) {
    // Far more than it takes, even without optimisation on a busy machine.
    let start = Instant::now();
    let found = problems(text);
    let shown = render(&found, true);
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "took {:?}",
        start.elapsed()
    );
    assert!(shown.len() < 1_000_000, "{} bytes of errors", shown.len());
    found
        .first()
        .map(|one| (one.title.clone(), one.place.label.clone()))
        .unwrap_or_default()
}

fn pair(title: &str, label: &str) -> (String, String) {
    (title.to_owned(), label.to_owned())
}

const TOO_MUCH: &str = "larger than any spec needs to be";
const DEEP: &str = "nested more than 64 levels deep";
const MANY: &str = "more than 10000 values, those that aliases repeat included";

#[test]
fn a_yaml_bomb_is_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    assert_eq!(
        first(&bomb),
        pair(TOO_MUCH, "aliases repeat more than 10,000 values")
    );
}

#[test]
fn a_megabyte_of_nesting_is_refused() {
    for (text, want) in [
        ("[".repeat(1_000_000), pair(TOO_MUCH, DEEP)),
        ("{".repeat(1_000_000), pair(TOO_MUCH, DEEP)),
        ("- ".repeat(500_000), pair(TOO_MUCH, DEEP)),
        ("? ".repeat(500_000), pair(TOO_MUCH, DEEP)),
        (
            "a: ".repeat(300_000),
            pair(
                "a text that needs quotes",
                "YAML takes the colon in it for the end of a key",
            ),
        ),
        (
            (0..1_000).map(|level| " ".repeat(level) + "a:\n").collect(),
            pair(TOO_MUCH, DEEP),
        ),
        ("[[],".repeat(200_000), pair(TOO_MUCH, DEEP)),
    ] {
        assert_eq!(first(&text), want, "{}…", &text[..12]);
    }
}

#[test]
fn a_megabyte_of_anything_else_is_refused_or_read() {
    for (text, want) in [
        ("a:\n".repeat(300_000), pair(TOO_MUCH, MANY)),
        ("- a\n".repeat(200_000), pair(TOO_MUCH, MANY)),
        (
            "a".repeat(1_000_000),
            pair("the file must be a mapping of keys and values", "text"),
        ),
        ("# c\n".repeat(250_000), pair("the file is empty", "")),
        (
            format!("a: \"{}", "\\".repeat(1_000_000)),
            pair("not valid YAML", "this quote is not closed"),
        ),
    ] {
        assert_eq!(first(&text), want, "{}…", &text[..4]);
    }
    let long_key = format!("{}: 1\n", "k".repeat(900_000));
    assert_eq!(first(&long_key).0, "not valid YAML");
    let secrets = "password: x\n".repeat(80_000);
    assert_eq!(first(&secrets), pair(TOO_MUCH, MANY));
    let one_line = format!("{{{}}}", "a: b, ".repeat(4_000));
    assert_eq!(first(&one_line).0, "unknown key `a`");
}

#[test]
fn more_than_a_mebibyte_is_refused() {
    let text = "#".repeat(1024 * 1024 + 1);
    assert_eq!(
        first(&text),
        pair("the file is larger than 1 MiB, which no spec is", "")
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.yaml");
    std::fs::write(&file, text).unwrap();
    let found = load(std::slice::from_ref(&file), &Trust::default()).unwrap_err();
    assert_eq!(
        found,
        [Diagnostic::about_file(
            &file,
            "the file is larger than 1 MiB, which no spec is",
            None
        )]
    );
}

#[test]
fn the_problems_shown_of_one_file_are_counted_out() {
    let text: String = (0..1_000).map(|index| format!("key{index}: 1\n")).collect();
    let found = problems(&text);
    assert_eq!(found.len(), 201);
    assert_eq!(found[200].title, "806 more problems are not shown");
}

#[test]
fn what_cannot_be_read_is_an_error_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("latin.yaml"), b"version: 1\nname: caf\xe9\n").unwrap();
    std::fs::write(path("zero.yaml"), b"version: 1\nname: a\0b\n").unwrap();
    std::fs::write(path("utf16.yaml"), b"\xff\xfev\0e\0r\0").unwrap();
    std::fs::create_dir(path("empty")).unwrap();
    let names = [
        "missing.yaml",
        "latin.yaml",
        "zero.yaml",
        "utf16.yaml",
        "empty",
    ];
    let paths: Vec<PathBuf> = names.iter().map(|name| path(name)).collect();
    let found = load(&paths, &Trust::default()).unwrap_err();
    let have: Vec<_> = found
        .iter()
        .map(|one| {
            let file = one
                .place
                .file
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            (
                file,
                one.place.line,
                one.place.column,
                one.title.as_str(),
                one.place.label.as_str(),
            )
        })
        .collect();
    let byte = "this byte is not part of any UTF-8 character";
    let want = [
        ("empty", 0, 0, "no spec in this folder", ""),
        ("missing.yaml", 0, 0, "no such file", ""),
        ("latin.yaml", 2, 10, "the file is not UTF-8", byte),
        (
            "zero.yaml",
            2,
            8,
            "not valid YAML",
            "unexpected character `\\u{0}`",
        ),
        ("utf16.yaml", 0, 0, "the file is UTF-16", ""),
    ];
    assert_eq!(
        have,
        want.map(|(file, line, column, title, label)| (
            file.to_owned(),
            line,
            column,
            title,
            label
        ))
    );
}

#[cfg(unix)]
#[test]
fn a_device_is_not_waited_for() {
    let found = load(&[PathBuf::from("/dev/zero")], &Trust::default()).unwrap_err();
    let title = "the file cannot be read: not a regular file";
    assert_eq!(
        found,
        [Diagnostic::about_file(Path::new("/dev/zero"), title, None)]
    );
}

#[test]
fn a_folder_is_its_yaml_files_in_order_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("deeper")).unwrap();
    std::fs::create_dir(path("folder.yaml")).unwrap();
    for name in [
        "b.yaml",
        "a.yaml",
        "c.yml",
        ".hidden.yaml",
        "deeper/d.yaml",
        "notes.txt",
    ] {
        std::fs::write(path(name), "").unwrap();
    }
    // The folder and a file of it: the file is read once.
    let found = load(
        &[folder.path().to_owned(), path("a.yaml")],
        &Trust::default(),
    )
    .unwrap_err();
    let files: Vec<_> = found.iter().map(|one| one.place.file.clone()).collect();
    assert_eq!(files, [path("a.yaml"), path("b.yaml"), path("c.yml")]);
}

/// Text that is almost a spec: its keys, values and punctuation, thrown together.
fn nearly_yaml() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
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
        "auth",
        "basic",
        "password",
        "env",
        "document",
        "Statement",
        "Effect",
        "Action",
        "settings",
        "existing",
        "true",
        "1",
        "0123",
        "us-west-2",
        "\"123456789012\"",
        "arn:aws:s3:::a",
        "hunter2",
        "<<",
        "*a",
        "&a",
        "!!str",
        "!x",
        "~",
        "30d",
        ": ",
        ":\n",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "\"",
        "'",
        "|\n",
        ">\n",
        "#",
        "? ",
        "---\n",
        "...\n",
        "\t",
        "\r\n",
        "\u{feff}",
        "\u{202e}",
        "é",
        "\u{0}",
        "%",
        "@",
        "`",
    ]);
    prop::collection::vec(words, 0..120).prop_map(|parts| parts.concat())
}

/// A spec that is right but for one cut and one insertion.
fn broken_spec() -> impl Strategy<Value = String> {
    let complete = include_str!("../../../specs/complete.yaml");
    let byte = 0..complete.len();
    (byte.clone(), byte, 0..40_usize, "\\PC{0,6}").prop_map(move |(cut, insert, length, text)| {
        let mut chars: Vec<char> = complete.chars().collect();
        let cut = cut.min(chars.len());
        let end = (cut + length).min(chars.len());
        chars.drain(cut..end);
        let insert = insert.min(chars.len());
        chars.splice(insert..insert, text.chars());
        chars.into_iter().collect()
    })
}

fn survives(text: &str) {
    let found = problems(text);
    let shown = render(&found, true);
    for one in &found {
        assert!(one.place.line == 0 || one.place.column >= 1);
        assert!(one.place.line <= text.matches(['\n', '\r']).count() + 1);
    }
    // Nothing that a terminal obeys is passed on: escape sequences are the renderer's own.
    let hostile = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\u{1b}')) || ('\u{202a}'..='\u{202e}').contains(&c)
    };
    assert!(!shown.contains(hostile), "{shown:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn nearly_yaml_is_survived(text in nearly_yaml()) {
        survives(&text);
    }

    #[test]
    fn a_broken_spec_is_survived(text in broken_spec()) {
        survives(&text);
    }

    #[test]
    fn a_password_is_never_shown(
        secret in "[A-Z]{3}[a-z0-9%&+=]{12,40}",
        key in prop::sample::select(vec!["password", "Password", "pass", "pasword", "passwort", "\"password\"", "x: passing, password"]),
        form in 0..9_usize,
        mistake in prop::sample::select(vec!["", "\nfoo: [", "\n\t- x", "\nregion: 5", "\n'"]),
    ) {
        let value = match form {
            0 => format!(" {secret}"),
            1 => format!(" '{secret}'"),
            2 => format!(" |\n        {secret}"),
            3 => format!("\n        {secret}"),
            4 => format!(" {{env: {secret}}}"),
            _ => format!(" {{value: \"{secret}\"}}"),
        };
        let user = format!("\n      username: u\n      {key}:{value}");
        let (auth, endpoint) = match form {
            5 => (format!("\n    basic: \"u:{secret}\""), String::new()),
            6 => (format!(" [u, {secret}]"), String::new()),
            7 => (format!(" u:{secret}"), format!("\n  endpoint: u:{secret}@search.example.com")),
            8 => (" none".to_owned(), format!("\n  endpoint: https://u:{secret}@search.example.com")),
            _ => (format!("\n    basic:{user}"), String::new()),
        };
        let text = format!("version: 1\nname: a\ndomain:{endpoint}\n  auth:{auth}{mistake}\n");
        let shown = render(&problems(&text), false);
        prop_assert!(!shown.contains(&secret), "{}", shown);
    }
}
