//! The rules of the house that no compiler checks, over the source files themselves.

use std::path::Path;

use crate::support::source::{code, files, is_test};

/// No file is longer, so that each can be read in one sitting.
const LINES: usize = 500;

/// The only places that name an SDK crate: what is sent and read, and how clients are made.
const SDK: [&str; 8] = [
    "src/aws/",
    "src/domain/",
    "src/sandbox/",
    "src/resources/domain/remote",
    "src/resources/bucket/remote",
    "src/resources/policy/remote",
    "src/resources/role/remote",
    "src/resources/repository/remote",
];

/// The only places that wait: the edge of the pipeline.
const ASYNC: [&str; 22] = [
    "src/main.rs",
    "src/aws/",
    "src/cli/",
    "src/domain/",
    "src/execute",
    "src/files.rs",
    "src/interrupt.rs",
    "src/observe",
    "src/report/progress.rs",
    "src/sandbox/",
    "src/data/cluster/remote",
    "src/data/index/lineage.rs",
    "src/data/index/remote",
    "src/data/snapshot/contents.rs",
    "src/data/snapshot/remote",
    "src/resources/mod.rs",
    "src/resources/write/data.rs",
    "src/resources/domain/remote",
    "src/resources/bucket/remote",
    "src/resources/policy/remote",
    "src/resources/role/remote",
    "src/resources/repository/remote",
];

/// The services whose actions IAM policies name.
const SERVICES: [&str; 6] = ["aoss", "es", "iam", "kms", "s3", "sts"];

/// The only places that write IAM actions: the list, the policy language (what a trust policy may name, an example), and the AWS of the sandbox.
const ACTIONS: [&str; 3] = [
    "src/aws/permissions.rs",
    "src/policy_document/",
    "src/sandbox/",
];

/// Condition keys that look like actions.
const CONDITION_KEYS: [&str; 1] = ["s3:ResourceAccount"];

/// The IAM actions that a line writes as literals. A sentence may name an action, and one in escaped quotes stands in a sentence.
fn actions(line: &str) -> Vec<&str> {
    let literals = line.match_indices('"').filter_map(|(at, _)| {
        let rest = &line[at + 1..];
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != ':');
        let word = &rest[..end.unwrap_or(rest.len())];
        let (service, name) = word.split_once(':')?;
        let is_action = SERVICES.contains(&service)
            && name.starts_with(|first: char| first.is_ascii_uppercase())
            && !CONDITION_KEYS.contains(&word);
        (is_action && !line[..at].ends_with('\\')).then_some(word)
    });
    literals.collect()
}

/// The lines of product files outside `allowed` whose code holds one of the words.
fn found(words: &[&str], allowed: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in files("src") {
        if is_test(&name) || allowed.iter().any(|place| name.starts_with(place)) {
            continue;
        }
        for (index, line) in text.lines().enumerate() {
            if words.iter().any(|word| code(line).contains(word)) {
                found.push(format!("{name}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn no_file_is_longer_than_can_be_read_in_one_sitting() {
    let mut all = files("src");
    all.extend(files("tests"));
    let long: Vec<String> = all
        .iter()
        .filter(|(_, text)| text.lines().count() > LINES)
        .map(|(name, text)| format!("{name}: {} lines", text.lines().count()))
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn each_file_begins_by_saying_what_it_is() {
    let mut all = files("src");
    all.extend(files("tests"));
    let silent: Vec<&String> = all
        .iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(silent, Vec::<&String>::new());
}

#[test]
fn sdk_crates_are_named_only_where_requests_are_made() {
    let words = [
        "aws_sdk_",
        "aws_smithy_",
        "aws_config",
        "aws_sigv4",
        "aws_types",
        "aws_credential_types",
    ];
    assert_eq!(found(&words, &SDK), Vec::<String>::new());
}

#[test]
fn iam_actions_are_written_only_in_the_list_of_permissions() {
    let mut found = Vec::new();
    for (name, text) in files("src") {
        if is_test(&name) || ACTIONS.iter().any(|place| name.starts_with(place)) {
            continue;
        }
        for (index, line) in text.lines().enumerate() {
            let actions = actions(code(line)).into_iter();
            found.extend(actions.map(|action| format!("{name}:{}: {action}", index + 1)));
        }
    }
    assert_eq!(
        found,
        Vec::<String>::new(),
        "an action that is written twice can be granted under one name and judged under another: name it in \
         src/aws/permissions.rs, and use the constant"
    );
}

#[test]
fn iam_actions_are_told_from_condition_keys_and_sentences() {
    let line = r#"f("s3:GetObject", &["kms:Decrypt"], "s3:ResourceAccount", "s3:prefix", "arn:aws:s3", "{\"iam:PassRole\"}")"#;
    assert_eq!(actions(line), ["s3:GetObject", "kms:Decrypt"]);
}

#[test]
fn only_the_edge_of_the_pipeline_waits() {
    let words = ["async fn", "async {", "async move", ".await", "tokio::"];
    assert_eq!(found(&words, &ASYNC), Vec::<String>::new());
}

#[test]
fn no_clock_and_no_randomness_where_plans_are_made() {
    let words = [
        "SystemTime",
        "Instant",
        "Uuid",
        "rand::",
        "std::env::",
        "fs::",
        "HashMap",
        "HashSet",
    ];
    let elsewhere = [
        "src/main.rs",
        "src/aws/",
        "src/cli/",
        // It learns how wrong the machine's clock is, so that signatures are good.
        "src/clock.rs",
        "src/domain/",
        "src/execute",
        // The one place that reads named files.
        "src/files.rs",
        "src/interrupt.rs",
        // Time limits come from the environment.
        "src/limits.rs",
        // The one place that turns a clock's time into the engines'; it is asked at the edge only.
        "src/moment.rs",
        "src/observe",
        "src/outlet/trace.rs",
        "src/report/progress.rs",
        "src/sandbox/",
        "src/spec/",
        "src/names",
    ];
    assert_eq!(found(&words, &elsewhere), Vec::<String>::new());
}

#[test]
fn the_product_never_panics_on_purpose() {
    let words = [
        ".unwrap()",
        ".expect(",
        "panic!(",
        "unreachable!(",
        "todo!(",
        "unimplemented!(",
        "unwrap_unchecked",
        "dbg!(",
    ];
    assert_eq!(found(&words, &[]), Vec::<String>::new());
}

#[test]
fn only_the_sink_writes_to_stdout_and_stderr() {
    let words = [
        "println!(",
        "print!(",
        "eprint",
        "anstream::",
        "io::stdout()",
        "stderr().lock",
        "stderr().write",
    ];
    assert_eq!(found(&words, &["src/outlet/sink.rs"]), Vec::<String>::new());
}

#[test]
fn the_one_way_out_uses_nothing_else_of_the_product() {
    let outlet = files("src/outlet");
    let uses: Vec<String> = outlet
        .iter()
        .filter(|(name, _)| !is_test(name))
        .flat_map(|(_, text)| text.lines())
        .filter(|line| code(line).contains("crate::"))
        .map(str::to_owned)
        .collect();
    assert_eq!(uses, Vec::<String>::new());
}

#[test]
fn unsafe_code_is_forbidden_in_both_crates() {
    for name in ["src/lib.rs", "src/main.rs"] {
        let text =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{name}");
    }
}
