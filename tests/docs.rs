//! The documents against the product: what they show is run and compared. Nothing here needs a network.
//!
//! `ESBACKUP_BLESS=1` rewrites the plan in the README.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use esbackup::internals::aws::permissions::{Access, PERMISSIONS};
use esbackup::internals::aws::reads::READ_OPERATIONS;
use esbackup::internals::exit::Exit;
use esbackup::internals::spec::keys::ROOT;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs esbackup in a folder, with nothing of the caller's AWS environment.
pub fn esbackup(folder: &Path, arguments: &[&str]) -> Output {
    let aws = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_esbackup"));
    for (name, _) in aws {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(folder);
    command.output().expect("esbackup runs")
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8")
}

/// The fenced block of a document that begins with these words.
fn block(document: &str, first: &str) -> String {
    let fenced = document.split("```").skip(1).step_by(2);
    let mut bodies = fenced.filter_map(|block| block.split_once('\n').map(|(_, body)| body));
    bodies
        .find(|body| body.starts_with(first))
        .unwrap_or_else(|| panic!("there is a block that begins with {first:?}"))
        .to_owned()
}

/// Every Markdown file of the project.
pub fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![
        root().to_owned(),
        root().join("docs"),
        root().join("docs/decisions"),
        root().join("docs/guides"),
    ];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("the entry can be read").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_readme_shows_the_plan_that_is_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let spec = folder.path().join("esbackup.yaml");
    let before = read("specs/quickstart.yaml");
    fs::write(&spec, &before).expect("the spec is written");
    let applied = esbackup(folder.path(), &["apply", "--sandbox", "--yes"]);
    assert_eq!(applied.status.code(), Some(0), "{applied:?}");

    let after = before
        .replace(
            "bucket:\n  name: quickstart-opensearch-snapshots\n",
            "bucket:\n  name: quickstart-opensearch-snapshots\n  lifecycle: {noncurrent_versions_expire_after: 90d}\n",
        )
        .replace(
            "role:\n  name: quickstart-opensearch-snapshots\n",
            "role:\n  name: quickstart-opensearch-snapshots\n  trust:\n    source_arns:\n      - arn:aws:es:us-west-2:123456789012:domain/quickstart\n      - arn:aws:es:us-west-2:123456789012:domain/restore-test\n",
        )
        .replace(
            "repository:\n  name: quickstart\n",
            "repository:\n  name: quickstart\n  settings: {max_snapshot_bytes_per_sec: 80mb}\n",
        );
    fs::write(&spec, after).expect("the spec is written");
    let planned = esbackup(folder.path(), &["plan", "--sandbox"]);
    assert_eq!(planned.status.code(), Some(0), "{planned:?}");

    let command = "$ esbackup plan --sandbox\n";
    let readme = read("README.md");
    let shown = block(&readme, command);
    let printed = format!("{command}{}", stdout(&planned));
    if std::env::var_os("ESBACKUP_BLESS").is_some() {
        let blessed = readme.replace(&shown, &printed);
        fs::write(root().join("README.md"), blessed).expect("the README is written");
    } else {
        assert_eq!(shown, printed);
    }
}

#[test]
fn the_first_command_of_the_readme_works_and_then_has_nothing_to_do() {
    let readme = read("README.md");
    let line = readme
        .lines()
        .find(|line| line.starts_with("cargo run --release -- apply"))
        .expect("the README has the command");
    let arguments: Vec<&str> = line
        .split(' ')
        .skip_while(|word| *word != "--")
        .skip(1)
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("specs")).expect("a folder");
    fs::write(
        folder.path().join("specs/quickstart.yaml"),
        read("specs/quickstart.yaml"),
    )
    .expect("the spec is written");

    let last = |output: &Output| stdout(output).lines().last().map(str::to_owned);
    let first = esbackup(folder.path(), &arguments);
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    assert_eq!(
        last(&first).as_deref(),
        Some("quickstart: done, 16 calls; the repository is verified on all nodes (sandbox-node).")
    );
    let second = esbackup(folder.path(), &arguments);
    assert_eq!(second.status.code(), Some(0), "{second:?}");
    assert_eq!(
        last(&second).as_deref(),
        Some("quickstart: nothing to do; the repository answers.")
    );
}

#[test]
fn the_table_of_exit_codes_is_the_one_that_the_program_uses() {
    let documented: Vec<u8> = read("docs/cli.md")
        .lines()
        .skip_while(|line| *line != "## Exit codes")
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(documented, Exit::ALL.map(Exit::code));
}

/// Every `(kind, path)` of a field in a JSON value.
fn paths_in(value: &serde_json::Value, found: &mut BTreeSet<(String, String)>) {
    if let (Some(kind), Some(fields)) = (value["kind"].as_str(), value["fields"].as_array()) {
        let paths = fields.iter().filter_map(|field| field["path"].as_str());
        found.extend(paths.map(|path| (kind.to_owned(), path.to_owned())));
    }
    match value {
        serde_json::Value::Object(map) => map.values().for_each(|value| paths_in(value, found)),
        serde_json::Value::Array(list) => list.iter().for_each(|value| paths_in(value, found)),
        _ => {}
    }
}

/// The rows `| kind | path, path |` of the paths that are no keys, with `all` for every kind.
fn explained_paths() -> Vec<(String, String)> {
    let text = read("docs/cli.md");
    let (_, section) = text
        .split_once("### Paths that are no keys")
        .expect("the section");
    let rows = section.lines().filter(|line| line.starts_with("| "));
    rows.skip(1)
        .take_while(|line| !line.contains("`event`"))
        .flat_map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let kind = cells.next().unwrap_or_default().to_owned();
            let paths = cells.next().unwrap_or_default().to_owned();
            let paths: Vec<String> = paths.split(", ").map(|it| it.replace('`', "")).collect();
            paths.into_iter().map(move |path| (kind.clone(), path))
        })
        .collect()
}

#[test]
fn every_path_of_a_field_is_a_key_of_the_spec_or_explained() {
    let mut found = BTreeSet::new();
    for case in fs::read_dir(root().join("tests/cases")).expect("the cases") {
        let plan = case.expect("a case").path().join("plan.json");
        if plan.exists() {
            let value = serde_json::from_str(&read(plan)).expect("the plan is JSON");
            paths_in(&value, &mut found);
        }
    }
    // What changes in no golden plan.
    for (kind, path) in [
        ("bucket", "lifecycle.enabled"),
        ("bucket", "lifecycle.other_actions"),
        ("repository", "type"),
    ] {
        found.insert((kind.to_owned(), path.to_owned()));
    }
    let keys: Vec<String> = ROOT
        .all()
        .into_iter()
        .flat_map(|table| table.names().map(|key| table.path_of(key)))
        .collect();
    let explained = explained_paths();
    let is_known = |kind: &str, path: &str| {
        let whole = format!("{kind}.{path}");
        let own_names = path.starts_with("tags.") && keys.contains(&format!("{kind}.tags"));
        let written = match path.starts_with("versions.") {
            true => "versions.ID",
            false => path,
        };
        keys.contains(&whole)
            || own_names
            || explained.contains(&(kind.to_owned(), written.to_owned()))
    };
    let unknown: Vec<_> = found
        .iter()
        .filter(|(kind, path)| !is_known(kind, path))
        .collect();
    assert_eq!(unknown, Vec::<&(String, String)>::new());
    // And nothing is explained that never happens.
    let needless: Vec<_> = explained
        .iter()
        .filter(|(kind, path)| {
            let here = |(one, other): &(String, String)| {
                (kind == "all" || one == kind)
                    && (other == path || (path == "versions.ID" && other.starts_with("versions.")))
            };
            !found.iter().any(here)
        })
        .collect();
    assert_eq!(needless, Vec::<&(String, String)>::new());
}

/// The actions of a policy of `docs/permissions.md`, sorted.
fn granted(sid: &str) -> Vec<String> {
    let first = format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{\n      \"Sid\": \"{sid}"
    );
    let text = block(&read("docs/permissions.md"), &first);
    let policy: serde_json::Value = serde_json::from_str(&text).expect("the policy is JSON");
    let statements = policy["Statement"].as_array().expect("statements").iter();
    let actions = statements.flat_map(|statement| match &statement["Action"] {
        serde_json::Value::Array(actions) => actions.clone(),
        one => vec![one.clone()],
    });
    let mut granted: Vec<String> = actions
        .map(|action| action.as_str().expect("text").to_owned())
        .collect();
    granted.sort();
    granted
}

/// The actions of all operations that do this, and others, sorted.
fn needed(access: Access, others: &[&str]) -> Vec<String> {
    let operations = PERMISSIONS.iter().filter(|one| one.access == access);
    let actions = operations.flat_map(|one| one.actions);
    let mut needed: Vec<String> = actions
        .chain(others)
        .map(|action| (*action).to_owned())
        .collect();
    needed.sort();
    needed.dedup();
    needed
}

#[test]
fn the_read_only_policy_grants_what_planning_can_send_and_nothing_more() {
    let reads = PERMISSIONS
        .iter()
        .filter(|one| matches!(one.access, Access::Read | Access::ReadIfAsked));
    let mut operations: Vec<&str> = reads.map(|one| one.operation).collect();
    operations.sort_unstable();
    let mut sent = READ_OPERATIONS.to_vec();
    sent.sort_unstable();
    assert_eq!(operations, sent);
    assert_eq!(granted("Read"), needed(Access::Read, &["es:ESHttpGet"]));
}

#[test]
fn the_policy_of_apply_grants_what_it_can_send_and_nothing_more() {
    let others = [
        "iam:PassRole",
        "es:ESHttpDelete",
        "es:ESHttpPost",
        "es:ESHttpPut",
    ];
    assert_eq!(granted("Write"), needed(Access::Write, &others));
    let text = read("docs/permissions.md");
    let asked = [Access::WriteIfAsked, Access::ReadIfAsked].map(|access| needed(access, &[]));
    for action in asked.concat() {
        assert!(text.contains(&format!("`{action}`")), "{action}");
    }
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).expect("the document can be read");
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let path = target.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || path.is_empty();
            if !outside && !document.with_file_name(path).exists() {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

/// The causes in the table of messages: the string on the line below each `row(`.
fn known_causes() -> Vec<String> {
    let source = read("src/diagnosis/rows.rs");
    let table = source.split_once("ROWS: &[Row]").expect("the table").1;
    let rows = table.split("\n    row(").skip(1);
    let below = rows.filter_map(|row| row.split_once('\n')?.1.trim_start().strip_prefix('"'));
    let causes = below.filter_map(|text| text.split_once("\","));
    causes
        .map(|(cause, _)| cause.replace("\\\"", "\""))
        .collect()
}

#[test]
fn every_message_of_the_engines_is_explained_in_its_page() {
    let text = read("docs/engine-messages.md");
    let mut causes = 0;
    for file in ["blobs", "cluster", "repositories", "restore", "snapshots"] {
        let source = read(format!("src/diagnosis/engine/{file}.rs"));
        let table = source.split_once("ROWS: &[Row]").expect("the table").1;
        for row in table.split("\n    row(").skip(1) {
            let below = row.split_once('\n').map(|(_, below)| below.trim_start());
            let cause = below.and_then(|below| below.strip_prefix('"')?.split_once("\","));
            let cause = cause.expect("a cause").0.replace("\\\"", "\"");
            assert!(text.contains(&cause), "{cause}");
            causes += 1;
        }
    }
    assert!(causes > 100, "{causes}");
}

#[test]
fn every_known_message_is_explained_in_troubleshooting() {
    let text = read("docs/troubleshooting.md");
    let causes = known_causes();
    assert!(causes.len() > 30, "the table was read: {causes:?}");
    let missing: Vec<&String> = causes
        .iter()
        .filter(|cause| !text.contains(*cause))
        .collect();
    assert_eq!(missing, Vec::<&String>::new());
}

/// The tests that the source files below a folder define: what follows `#[test]`, and what pytest runs.
fn tests_of(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            tests_of(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "py")
        {
            let text = fs::read_to_string(&path).expect("the file can be read");
            let mut marked = false;
            for line in text.lines().map(str::trim_start) {
                let rust = line
                    .strip_prefix("fn ")
                    .or_else(|| line.strip_prefix("async fn "))
                    .filter(|_| marked);
                let python = line.strip_prefix("def ");
                let python = python.filter(|rest| rest.starts_with("test_"));
                if let Some(rest) = rust.or(python) {
                    found.extend(rest.split(['(', '<']).next().map(str::to_owned));
                }
                marked = match line {
                    "#[test]" => true,
                    _ if line.starts_with("#[tokio::test") => true,
                    _ => marked && (line.starts_with("#[") || line.starts_with("//")),
                };
            }
        }
    }
}

/// Every test of the repository by its name.
pub fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["src", "tests"] {
        tests_of(&root().join(folder), &mut found);
    }
    found
}

#[test]
fn every_test_that_architecture_and_reliability_name_exists() {
    let known = tests();
    let pages = ["ARCHITECTURE", "reliability", "normalized-values"];
    let text: String = pages.map(|page| read(format!("docs/{page}.md"))).concat();
    let named = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.matches('_').count() >= 3 && !word.contains(['/', '.', ' ']));
    let missing: Vec<&str> = named.filter(|name| !known.contains(*name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
