//! A thousand environments over ten accounts, throttled: a run finishes, stays small and within its requests, and one bad environment is its own.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::sample;
use crate::support::binary::Folder;
use crate::support::sandbox::Sandbox;

/// The most that a process may hold, in kB.
const MEMORY: u64 = 64 * 1024;

/// Each so-many'th request is refused because of the rate: a prime, so that every operation of every environment is hit some time.
const THROTTLED: u64 = 17;

/// How many times the requests of a quiet run one environment may cost.
const ATTEMPTS: usize = 3;

/// The environment whose bucket nobody may look at.
const BAD: usize = 7;

/// How many environments there are.
fn environments() -> usize {
    if sample::full() { 1_000 } else { 40 }
}

fn name(number: usize) -> String {
    format!("env-{number:04}-load")
}

fn spec(number: usize) -> String {
    let name = name(number);
    let account = number % 10;
    format!(
        "version: 1\nname: {name}\nregion: us-west-2\naccount: \"00000000010{account}\"\ndomain: {{name: d-{number:04}}}\n\
         bucket: {{name: {name}-bucket}}\npolicy: {{name: {name}-policy}}\nrole: {{name: {name}-role}}\nrepository: {{name: {name}}}\n"
    )
}

/// How a run ended, what it held at most in kB, and what it printed.
struct Ended {
    code: i32,
    memory: u64,
    took: Duration,
    environments: Vec<Value>,
}

/// What a process holds at most so far, in kB; of an unoptimized build, whose code alone has many times the pages of a release, only what it
/// holds for itself at this moment.
fn held(child: &Child) -> Option<u64> {
    match sample::full() {
        true => resident(child),
        false => of_status(child, "RssAnon:"),
    }
}

/// The highest resident size of a process so far, in kB.
pub fn resident(child: &Child) -> Option<u64> {
    of_status(child, "VmHWM:")
}

fn of_status(child: &Child, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    let began = Instant::now();
    let out = std::fs::File::create(folder.path("out")).unwrap();
    let mut child = folder
        .command(arguments.iter().copied())
        .stdout(out)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut memory = 0;
    let status = loop {
        memory = held(&child).unwrap_or(0).max(memory);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let text = std::fs::read_to_string(folder.path("out")).unwrap();
    let environments = match serde_json::from_str::<Value>(&text) {
        Ok(plan) => plan["environments"].as_array().cloned().unwrap_or_default(),
        // `apply` prints one object a line; those that end an environment carry its exit code.
        Err(_) => text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|event| event.get("exit").is_some() && event.get("environment").is_some())
            .collect(),
    };
    Ended {
        code: status.code().unwrap_or(-1),
        memory,
        took: began.elapsed(),
        environments,
    }
}

impl Ended {
    /// The exit codes of the environments that are not done, by name.
    fn not_done(&self) -> BTreeMap<String, u64> {
        let name = |one: &Value| {
            let name = one.get("name").or(one.get("environment"));
            name.and_then(Value::as_str).unwrap().to_owned()
        };
        let codes = self
            .environments
            .iter()
            .map(|one| (name(one), one["exit"].as_u64().unwrap()));
        codes.filter(|(_, code)| *code != 0).collect()
    }
}

/// How many requests each environment cost, by its name; those to STS name none.
fn requests(sandbox: &Sandbox) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let records = sandbox.admin("GET", "/requests", &Value::Null);
    for record in records.as_array().unwrap() {
        let text = ["host", "path", "query", "body"].map(|key| record[key].as_str().unwrap_or(""));
        let text = text.join(" ");
        let at = text.find("env-").or_else(|| text.find("d-"));
        let number = at.and_then(|at| {
            text[at..]
                .split('-')
                .nth(1)?
                .get(..4)?
                .parse::<usize>()
                .ok()
        });
        *counts
            .entry(number.map_or("sts".to_owned(), name))
            .or_insert(0) += 1;
    }
    sandbox.forget_requests();
    counts
}

/// What one run of a command costs for one environment that nobody throttles.
fn quiet(arguments: &[&str]) -> usize {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    folder.write("specs/0.yaml", &spec(0));
    assert_eq!(run(&folder, arguments).code, 0);
    requests(&sandbox).values().sum()
}

/// Runs a command once: every environment but the bad one is done, within its memory and its requests.
fn done_in_one_run(what: &str, sandbox: &Sandbox, folder: &Folder, arguments: &[&str]) {
    let budget = quiet(arguments) * ATTEMPTS;
    let all = environments();
    let ended = run(folder, arguments);
    let counts = requests(sandbox);
    let sent: usize = counts.values().sum();
    let most = counts
        .iter()
        .filter(|(name, _)| *name != "sts")
        .map(|(_, count)| *count)
        .max()
        .unwrap_or(0);
    let not_done = ended.not_done();
    println!(
        "load: {what}: {all} environments in {:.1} s, {sent} requests, at most {most} for one (budget {budget}), {} kB, not done: {not_done:?}",
        ended.took.as_secs_f64(),
        ended.memory
    );
    assert_eq!(ended.environments.len(), all, "{what}: one has no result");
    assert!(
        ended.memory > 0 && ended.memory <= MEMORY,
        "{} kB",
        ended.memory
    );
    assert!(most <= budget, "{counts:?}");
    assert!(sent <= budget * all);
    assert_eq!(not_done.get(&name(BAD)), Some(&77), "{not_done:?}");
    assert_eq!(ended.code, 3, "{not_done:?}");
    let others = not_done.iter().filter(|(other, _)| **other != name(BAD));
    assert_eq!(others.count(), 0, "{what}: {not_done:?}");
}

#[test]
fn many_environments_over_ten_accounts_are_planned_and_applied_while_everything_is_throttled() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    for number in 0..environments() {
        folder.write(&format!("specs/{number:04}.yaml"), &spec(number));
    }
    let throttle = json!({
        "operation": "*", "every": THROTTLED,
        "action": {"status": {"code": 503, "error_code": "Throttling", "message": "Rate exceeded"}},
    });
    let refuse = json!({
        "operation": "s3:*", "path_contains": format!("{}-bucket", name(BAD)), "times": u64::MAX,
        "action": {"status": {"code": 403, "error_code": "AccessDenied", "message": "no"}},
    });
    sandbox.fault(&json!([refuse, throttle]));
    done_in_one_run(
        "plan",
        &sandbox,
        &folder,
        &["plan", "--sandbox", "-f", "specs", "--format", "json"],
    );
    done_in_one_run(
        "apply",
        &sandbox,
        &folder,
        &[
            "apply",
            "--yes",
            "--sandbox",
            "-f",
            "specs",
            "--format",
            "json",
        ],
    );
    sandbox.forget_faults();
    let after = run(
        &folder,
        &["plan", "--sandbox", "-f", "specs", "--format", "json"],
    );
    let changed = |one: &&Value| one["summary"]["unchanged"] != json!(4);
    let changed: Vec<&Value> = after
        .environments
        .iter()
        .filter(changed)
        .map(|one| &one["name"])
        .collect();
    assert_eq!(changed, [&json!(name(BAD))]);
}
