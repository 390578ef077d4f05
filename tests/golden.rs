//! Golden plans: each folder of `tests/cases` is a starting state and the whole output for it; `ESBACKUP_BLESS=1` rewrites the outputs.
//!
//! A case is `spec.yaml` (or several; the shared `tests/cases/spec.yaml` when it has none), `setup.json` for the starting state
//! (see [`Setup`]), `plan.txt` (stdout, stderr and exit code for people) and `plan.json` (stdout for programs).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Deserialize;
use serde_json::Value;

use crate::support::binary::{Folder, Ran};
use crate::support::pointer;
use crate::support::world::{World, load};

/// How a case begins; carried out in the order of the fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Setup {
    /// Why the case is there, where its name does not say it.
    #[serde(rename = "//")]
    _why: String,
    /// Domains that are not as `--sandbox` would make them.
    domains: Vec<Value>,
    /// Specs of the case that are applied first; `shared` is the shared one.
    apply: Vec<String>,
    /// What is taken out of the state, by JSON pointers.
    remove: Vec<String>,
    /// What is set in the state, by JSON pointers; `{"document": …}` stands for the text of the document.
    set: BTreeMap<String, Value>,
    /// What runs on a repository.
    running: Vec<Value>,
    /// What happens to the reads.
    faults: Vec<Value>,
    /// Further arguments of `plan`.
    arguments: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root()).unwrap();
    let mut cases: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
}

/// The specs of a case that are planned: names and texts.
fn specs(case: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(case).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| name.ends_with(".yaml") && name != "before.yaml")
        .collect();
    names.sort();
    if names.is_empty() {
        let shared = std::fs::read_to_string(root().join("spec.yaml")).unwrap();
        return vec![("spec.yaml".to_owned(), shared)];
    }
    names
        .into_iter()
        .map(|name| {
            let text = std::fs::read_to_string(case.join(&name)).unwrap();
            (name, text)
        })
        .collect()
}

fn set_up(case: &Path, world: &World) -> Setup {
    let setup: Setup = match std::fs::read_to_string(case.join("setup.json")) {
        Ok(text) => serde_json::from_str(&text).unwrap(),
        Err(_) => Setup::default(),
    };
    for domain in &setup.domains {
        world.sandbox.admin("POST", "/domains", domain);
    }
    apply(case, &setup.apply, world);
    world.sandbox.change(|state| {
        setup
            .remove
            .iter()
            .for_each(|at| pointer::remove(state, at));
        for (at, to) in &setup.set {
            pointer::set(state, at, to.clone());
        }
    });
    for running in &setup.running {
        world.sandbox.admin("PUT", "/running", running);
    }
    setup
}

/// Applies specs; a state that another case began with is not made again.
fn apply(case: &Path, names: &[String], world: &World) {
    static MADE: Mutex<BTreeMap<String, Value>> = Mutex::new(BTreeMap::new());
    if names.is_empty() {
        return;
    }
    let path = |name: &String| match name.as_str() {
        "shared" => root().join("spec.yaml"),
        name => case.join(name),
    };
    let texts = names
        .iter()
        .map(|name| std::fs::read_to_string(path(name)).unwrap());
    let key = texts.fold(world.sandbox.state().to_string(), |key, text| key + &text);
    let made = MADE.lock().unwrap().get(&key).cloned();
    if let Some(state) = made {
        drop(world.sandbox.admin("PUT", "/state", &state));
        return;
    }
    for desired in names.iter().flat_map(|name| load(&path(name))) {
        world.provide(&desired);
        world.apply(&desired);
    }
    MADE.lock().unwrap().insert(key, world.sandbox.state());
}

/// Plans a case for people and for programs, and returns both outputs as they stand in the files.
fn planned(case: &Path) -> (String, String) {
    let world = World::new();
    let setup = set_up(case, &world);
    let folder = Folder::new(&world.sandbox);
    let mut arguments: Vec<String> = vec!["plan".to_owned(), "--sandbox".to_owned()];
    for (name, text) in specs(case) {
        folder.write(&name, &text);
        arguments.extend(["-f".to_owned(), name]);
    }
    arguments.extend(setup.arguments);
    world.sandbox.forget_requests();
    let run = |format: &str| -> Ran {
        world.sandbox.forget_faults();
        world.sandbox.fault(&Value::Array(setup.faults.clone()));
        let arguments = arguments.iter().map(String::as_str);
        folder.run(arguments.chain(["--format", format]))
    };
    let (human, json) = (run("human"), run("json"));
    assert_eq!((&human.stderr, human.code), (&json.stderr, json.code));
    let parsed: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(parsed["format_version"], "2.0");
    let requests = world.sandbox.requests();
    assert_eq!(
        world.sandbox.writes(),
        Vec::<String>::new(),
        "planning wrote"
    );
    for request in requests.iter().filter(|request| request.service == "s3") {
        assert!(
            request
                .headers
                .iter()
                .any(|(name, _)| name == "x-amz-expected-bucket-owner"),
            "{request:?}"
        );
    }
    let stderr = match human.stderr.as_str() {
        "" => String::new(),
        text => format!("--- stderr\n{text}"),
    };
    let text = format!("{}{stderr}--- exit {}\n", human.stdout, human.code);
    assert_eq!(obeyed(&text), None, "a terminal would obey this");
    (
        without_request_ids(&text),
        without_request_ids(&json.stdout),
    )
}

/// The first character that a terminal would obey in place of showing it.
pub fn obeyed(text: &str) -> Option<char> {
    let bidi = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .find(|c| (c.is_control() && *c != '\n') || bidi(*c))
}

/// Request ids count requests, and concurrent reads arrive in any order.
pub fn without_request_ids(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(at) = rest.find("equest ID: ") {
        let (head, tail) = rest.split_at(at + "equest ID: ".len());
        out.push_str(head);
        out.push_str("ID");
        rest = tail.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "+/=-".contains(c));
    }
    out.push_str(rest);
    let is_uuid = |word: &str| {
        let lengths: Vec<usize> = word.split('-').map(str::len).collect();
        lengths == [8, 4, 4, 4, 12] && word.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
    };
    let words = out.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let mut before = "";
    words
        .map(|word| {
            let end = word
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                .unwrap_or(word.len());
            let (bare, after) = word.split_at(end);
            // The ids of KMS keys have the same shape.
            let replaced = is_uuid(bare) && before != "key/";
            before = word;
            if replaced {
                format!("ID{after}")
            } else {
                word.to_owned()
            }
        })
        .collect()
}

/// Compares one case, or rewrites it; the answer is what differs.
fn check(case: &Path) -> Vec<String> {
    let name = case.file_name().unwrap().to_string_lossy().into_owned();
    let Ok((text, json)) = std::panic::catch_unwind(|| planned(case)) else {
        return vec![format!("=== {name}: see the panic above")];
    };
    let mut wrong = Vec::new();
    for (file, have) in [("plan.txt", text), ("plan.json", json)] {
        let path = case.join(file);
        if std::env::var_os("ESBACKUP_BLESS").is_some() {
            std::fs::write(&path, &have).unwrap();
        }
        let want = std::fs::read_to_string(&path).unwrap_or_default();
        if want != have {
            let diff = similar::TextDiff::from_lines(&want, &have);
            wrong.push(format!("=== {name}/{file}\n{}", diff.unified_diff()));
        }
    }
    wrong
}

#[test]
fn every_case_plans_as_written_and_planning_writes_nothing() {
    let only = std::env::var("ESBACKUP_CASE").ok();
    let mut cases = cases();
    if let Some(only) = &only {
        cases.retain(|case| case.ends_with(only));
    }
    let count = cases.len();
    let (queue, wrong) = (Mutex::new(cases), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().unwrap().pop() else {
                        return;
                    };
                    let began = std::time::Instant::now();
                    let found = check(&case);
                    println!("{:>5} ms {}", began.elapsed().as_millis(), case.display());
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} outputs differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{count} cases");
}
