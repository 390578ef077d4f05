//! Rules of supply that no compiler checks: what lints must hold, each exception with its reason, locked dependencies, licences, sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every file below a folder, with what it holds.
fn files(folder: &str) -> Vec<(String, String)> {
    let mut folders = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let name = path.strip_prefix(root()).unwrap();
                found.push((name.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    found
}

/// The files of the product itself.
fn product() -> Vec<(String, String)> {
    let mut all = files("src");
    all.retain(|(name, _)| {
        name.ends_with(".rs") && !name.ends_with("/tests.rs") && !name.contains("/tests/")
    });
    all
}

/// What the lints hold in both crates.
const LINTS: [&str; 13] = [
    "dbg_macro",
    "exit",
    "expect_used",
    "get_unwrap",
    "indexing_slicing",
    "let_underscore_must_use",
    "panic",
    "string_slice",
    "todo",
    "unimplemented",
    "unreachable",
    "unused_result_ok",
    "unwrap_used",
];

#[test]
fn both_crates_forbid_unsafe_code_and_deny_whatever_panics_or_drops_a_result() {
    for name in ["src/lib.rs", "src/main.rs"] {
        let text = read(name);
        assert!(text.contains("#![forbid(unsafe_code)]"), "{name}");
        let denied = text
            .split("deny(")
            .nth(1)
            .and_then(|rest| rest.split(')').next())
            .unwrap();
        let denied: Vec<&str> = denied
            .split(',')
            .filter_map(|lint| lint.trim().strip_prefix("clippy::"))
            .collect();
        assert_eq!(denied, LINTS, "{name}");
    }
    assert!(read(".clippy.toml").contains("core::result::Result::unwrap_or_default"));
    assert!(read(".ci/run").contains("cargo clippy --locked --all-targets -- -D warnings"));
}

#[test]
fn each_exception_from_these_lints_has_a_reason_that_is_known() {
    let known: BTreeMap<&str, usize> = EXCEPTIONS.into_iter().collect();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (name, text) in product() {
        // The tests of the library are let off once, at its head.
        let text = text.replace("#![cfg_attr(test, allow(clippy::disallowed_methods))]", "");
        assert!(
            !text.contains("allow(clippy"),
            "{name}: `expect` says when it is needed no more"
        );
        for part in text.split("expect(").skip(1) {
            let part = part.trim_start();
            if !part.starts_with("clippy::") {
                continue;
            }
            let reason = part
                .split("reason = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            let reason = reason.unwrap_or_else(|| panic!("{name}: no reason"));
            *found.entry(reason.to_owned()).or_default() += 1;
        }
    }
    for (reason, count) in &found {
        println!("supply: {count} exceptions: {reason}");
    }
    let found: BTreeMap<&str, usize> = found
        .iter()
        .map(|(reason, count)| (reason.as_str(), *count))
        .collect();
    assert_eq!(found, known);
}

/// Each reason for an exception, and how often it is needed.
const EXCEPTIONS: [(&str, usize); 4] = [
    ("a client that went away is no failure of the sandbox", 1),
    (
        "every key is a string and nothing here returns an error of its own",
        3,
    ),
    (
        "what a client sends wrongly is answered as the service answers it",
        1,
    ),
    ("writing to a String never fails", 9),
];

/// What was awaited and dropped on purpose; each with the reason why nothing is lost.
const DROPPED: [(&str, &str); 5] = [
    (
        "src/cli/restore/replace.rs: self.look(index).await.ok()",
        "the restore has failed already, and where it stands cannot be seen: the general words are printed",
    ),
    (
        "src/cli/status.rs: cluster::clock(client).await.ok()",
        "the local clock stands in, and the report says whose clock it is",
    ),
    (
        "src/execute.rs: self.stop.unless_asked(looked_up).await.ok()",
        "only the words of a remedy are better with it, and it was asked to stop",
    ),
    (
        "src/interrupt.rs: receive.wait_for(Option::is_some).await.ok()",
        "a channel of its own: nobody can ask to stop any more",
    ),
    (
        "src/resources/role/remote.rs: reads.iam().get_role().role_name(name).send().await.ok()",
        "only the words of a remedy are better with it",
    ),
];

#[test]
fn no_answer_from_outside_is_dropped_but_where_it_is_said_why() {
    let drops = [
        ".await.ok()",
        ".await.unwrap_or_default()",
        ".await.is_ok()",
        ".await.is_err()",
    ];
    let mut found = Vec::new();
    for (name, text) in product() {
        // The sandbox is a service: what a client sends wrongly is its answer.
        if name.starts_with("src/sandbox/") {
            continue;
        }
        // A chain over several lines is one word here.
        let packed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let packed = packed.replace(" .", ".");
        for drop in drops {
            for (at, _) in packed.match_indices(drop) {
                let chain = &packed[..at + drop.len()];
                let word = chain.rsplit(' ').next().unwrap();
                found.push(format!("{name}: {word}"));
            }
        }
    }
    found.sort();
    let known: Vec<&str> = DROPPED.iter().map(|(chain, _)| *chain).collect();
    assert_eq!(found, known);
}

#[test]
fn every_cargo_command_of_every_script_is_locked() {
    let mut scripts: Vec<(String, String)> = files(".ci");
    let tests = files("tests").into_iter().filter(|(name, text)| {
        text.starts_with("#!") && !name.ends_with(".py") && !name.contains("/target/")
    });
    scripts.extend(tests);
    let needs = [
        "build", "test", "clippy", "doc", "install", "run", "check", "deny", "mutants",
    ];
    let mut seen = 0;
    for (name, text) in scripts {
        let text = text.replace("\\\n", " ");
        for line in text
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'))
        {
            for command in line.split("cargo ").skip(1) {
                let word = command.split(' ').next().unwrap_or_default();
                let asks = command.contains("--version")
                    || line.starts_with("part ")
                    || line.starts_with("echo ");
                // The yardstick of the bench is built from the product's own Cargo.lock, copied right before.
                let copied = command.contains("tests/bench-bare/Cargo.toml");
                if needs.contains(&word) && !asks && !copied {
                    seen += 1;
                    assert!(command.contains("--locked"), "{name}: {line}");
                }
            }
        }
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn licences_bans_and_sources_are_decided_by_a_committed_configuration() {
    let deny = read("deny.toml");
    for needed in [
        "unused-allowed-license = \"deny\"",
        "wildcards = \"deny\"",
        "crate = \"openssl-sys\"",
        "crate = \"native-tls\"",
        "unknown-registry = \"deny\"",
        "unknown-git = \"deny\"",
        "allow-git = []",
        "yanked = \"deny\"",
    ] {
        assert!(deny.contains(needed), "{needed}");
    }
    assert!(read(".ci/run").contains("cargo deny --locked check licenses bans sources"));
    for name in ["Cargo.lock", "tests/fuzz/Cargo.lock"] {
        let lock = read(name);
        let sources: Vec<&str> = lock
            .lines()
            .filter(|line| line.starts_with("source = "))
            .collect();
        let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
        assert!(sources.iter().all(|source| *source == registry), "{name}");
        let checksums = lock
            .lines()
            .filter(|line| line.starts_with("checksum = "))
            .count();
        assert_eq!(checksums, sources.len(), "{name}");
    }
    assert!(read("SECURITY.md").contains("Reporting a vulnerability"));
}
