//! Retention as an operator meets it, against the sandbox: which copies stay, what lets them go, and how default names keep apart.

use serde_json::{Value, json};

use crate::exposure::status;
use crate::support::binary::{Folder, Ran};
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;

const MORE: &str = r#"
objectives: {rpo: 1h}
workflows:
  nightly:
    - snapshot: {}
    - prune: {keep_last: 1}
"#;

/// An environment that was applied; its domain has the indices sample-logs and sample-orders.
pub fn applied(sandbox: &Sandbox) -> Folder {
    let folder = Folder::new(sandbox);
    let boundary = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
    folder.write(
        "esbackup.yaml",
        &format!("{}{MORE}", SPEC.replace(boundary, "")),
    );
    let ran = folder.run(["apply", "--yes", "--sandbox"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    folder
}

pub fn run(folder: &Folder, line: &str, code: i32) -> Ran {
    let words = line.split_whitespace().chain(["--sandbox"]);
    let ran = folder.run(words.collect::<Vec<_>>());
    assert_eq!(ran.code, code, "{line} {ran:#?}");
    ran
}

fn events(ran: &Ran) -> Vec<Value> {
    let lines = ran.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn end(ran: &Ran) -> Value {
    events(ran).pop().unwrap()
}

/// What the service answers to a caller who may not ask.
pub fn denied() -> Value {
    let body = "{\"Message\":\"User: x is not authorized to perform: es:ESHttpGet\"}";
    json!({"status": {"code": 403, "body": body}})
}

/// The names of the snapshots, newest first.
fn names(folder: &Folder) -> Vec<String> {
    let ran = run(folder, "snapshot list --format json", 0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let all = report["environments"][0]["snapshots"].as_array().unwrap();
    let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
    all.iter().map(name).collect()
}

#[test]
fn prune_after_snapshot_of_one_index_keeps_the_others() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    run(&folder, "snapshot take first", 0);
    run(&folder, "snapshot take all", 0);
    run(&folder, "snapshot take hotfix --indices sample-logs", 0);
    let pruned = run(
        &folder,
        "snapshot prune --keep-last 1 --yes --format json",
        0,
    );
    let end = end(&pruned);
    assert_eq!(names(&folder), ["hotfix", "all"]);
    assert_eq!(end["summary"]["kept_for_copies"], 1, "{end:#}");
    let all = &end["snapshots"][1];
    assert_eq!(all["decision"], "keep");
    assert_eq!(all["reasons"][0], "newest copy of sample-orders");
    assert_eq!(all["newest_copy_of"][0]["name"], "sample-orders");
    assert_eq!(all["newest_copy_of"][0]["life"], "live");
    let shown = run(&folder, "snapshot prune --keep-last 1 --dry-run", 0);
    assert!(
        shown
            .stdout
            .contains("1 of the kept stays only because it has the newest copy of an index; --gone-after PATTERN=DURATION"),
        "{shown:#?}"
    );
}

#[test]
fn gone_index_goes_only_with_gone_after_and_is_named() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    run(&folder, "snapshot take all", 0);
    run(&folder, "indices delete sample-orders --yes", 0);
    run(&folder, "snapshot take rest", 0);
    for kept in [
        "",
        " --gone-after sample-orders=90d",
        " --gone-after other-*=0s",
        " --gone-after *=0s --gone-after sample-*=90d",
        " --gone-after *=0s --keep-holding sample-orders",
    ] {
        run(
            &folder,
            &format!("snapshot prune --keep-last 1 --yes{kept}"),
            0,
        );
        assert_eq!(names(&folder), ["rest", "all"], "{kept}");
    }
    // Who may not list the indices knows of none that it is gone, and is told.
    sandbox.fault(&json!({"operation": "es:GET _cat/indices", "times": 1, "action": denied()}));
    let told = run(
        &folder,
        "snapshot prune --keep-last 1 --yes --gone-after *=0s",
        0,
    );
    assert!(
        told.stderr.contains("--gone-after lets nothing go"),
        "{told:#?}"
    );
    assert_eq!(names(&folder), ["rest", "all"]);
    sandbox.fault(&json!({"operation": "es:GET _cat/indices", "times": 1, "action": denied()}));
    let machine = run(
        &folder,
        "snapshot prune --keep-last 1 --dry-run --gone-after *=0s --format json",
        0,
    );
    assert_eq!(end(&machine)["gone_after_held_back"], "indices_not_listed");
    let pruned = run(
        &folder,
        "snapshot prune --keep-last 1 --yes --gone-after *=0s --format json",
        0,
    );
    assert_eq!(names(&folder), ["rest"]);
    let end = end(&pruned);
    assert_eq!(
        end["snapshots"][1]["gone_for_good"][0]["name"],
        "sample-orders"
    );
    assert_eq!(end["summary"]["gone_for_good"], 1);
}

/// On Amazon an index that was moved to cold storage is listed nowhere.
#[test]
fn domain_with_cold_storage_lets_no_last_copy_go() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    run(&folder, "snapshot take all", 0);
    sandbox.change(|state| {
        let domain = &mut state["domains"][0];
        domain["cold_storage"] = json!(true);
        let indices = domain["cluster"]["indices"].as_object_mut().unwrap();
        indices.remove("sample-orders");
    });
    run(&folder, "snapshot take rest", 0);
    let line = "snapshot prune --keep-last 1 --yes --gone-after *=0s";
    let words = "--gone-after lets nothing go: cold storage is enabled on the domain, and an index in it is in no list, so that none is known \
                 to be gone; delete what is not needed with `esbackup snapshot delete NAME";
    let told = run(&folder, line, 0);
    assert!(told.stderr.contains(words), "{told:#?}");
    assert!(
        told.stdout.contains(&format!(
            "1 of the kept stays only because it has the newest copy of an index; {words}"
        )),
        "{told:#?}"
    );
    assert!(!told.stdout.contains("(gone)"), "{told:#?}");
    let machine = end(&run(&folder, &format!("{line} --format json"), 0));
    assert_eq!(machine["gone_after_held_back"], "cold_storage");
    assert_eq!(
        machine["snapshots"][1]["newest_copy_of"][0]["life"],
        "unknown"
    );
    assert_eq!(names(&folder), ["rest", "all"]);

    let seen = status(&folder, 0);
    assert_eq!(seen["indices"]["cold_storage"], true);
    let shown = run(&folder, "status", 0).stdout;
    assert!(
        shown.contains("not judged    indices in cold storage, which is enabled on the domain: no list shows them"),
        "{shown}"
    );

    sandbox.change(|state| state["domains"][0]["cold_storage"] = json!(false));
    let seen = status(&folder, 0);
    assert_eq!(seen["indices"]["cold_storage"], false);
    let machine = end(&run(&folder, &format!("{line} --format json"), 0));
    assert_eq!(machine["gone_after_held_back"], Value::Null);
    assert_eq!(names(&folder), ["rest"]);
}

#[test]
fn archives_are_never_pruned() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    run(&folder, "snapshot take kept --archive", 0);
    run(
        &folder,
        "indices delete sample-orders --snapshot-first --snapshot-name before-deletion --yes",
        0,
    );
    run(&folder, "snapshot take new", 0);
    run(
        &folder,
        "snapshot prune --keep-last 1 --yes --gone-after *=0s",
        0,
    );
    assert_eq!(names(&folder), ["new", "before-deletion", "kept"]);
}

#[test]
fn gone_after_that_is_no_pattern_and_age_is_refused() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    for wrong in [
        "logs",
        "logs-*=",
        "=90d",
        "logs-*=soon",
        "-x=1d",
        "a,b=1d",
        "A=1d",
        "l?g=1d",
    ] {
        let ran = folder.run([
            "snapshot",
            "prune",
            "--keep-last",
            "1",
            "--gone-after",
            wrong,
        ]);
        assert_eq!(ran.code, 64, "{wrong} {ran:#?}");
    }
    // It is no rule by itself.
    run(&folder, "snapshot prune --gone-after *=0s", 64);
}

#[test]
fn default_names_of_one_second_do_not_collide() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    for _ in 0..3 {
        run(&folder, "snapshot take", 0);
        run(&folder, "run nightly --yes", 0);
    }
    let taken = names(&folder);
    let last = &taken[0];
    // A name that somebody chose stays as it is.
    let refused = run(&folder, &format!("snapshot take {last}"), 6);
    assert!(refused.stderr.contains("already"), "{refused:#?}");
}

#[test]
fn prune_step_without_gone_after_is_warned_of_by_validate_alone() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    let warned = run(&folder, "validate", 0);
    assert!(warned.stderr.contains("no `gone_after`"), "{warned:#?}");
    let machine = run(&folder, "validate --format json", 0);
    let problem = &end(&machine)["problems"][0];
    assert_eq!(problem["severity"], "warning", "{problem:#}");
    let other = run(&folder, "snapshot list", 0);
    assert_eq!(other.stderr, "", "{other:#?}");
}

/// Elasticsearch 6 keeps no metadata: nothing can be marked, and a name alone says whose a snapshot is.
#[test]
fn engine_without_metadata_takes_no_archive_and_owns_by_name() {
    let sandbox = Sandbox::start();
    let domain = json!({"account": "123456789012", "region": "us-west-2", "name": "logs", "engine_version": "Elasticsearch_6.8", "samples": true});
    sandbox.admin("POST", "/domains", &domain);
    let folder = applied(&sandbox);
    sandbox.forget_requests();
    let refused = run(&folder, "snapshot take kept --archive", 6);
    assert!(refused.stderr.contains("archive"), "{refused:#?}");
    let written = sandbox.writes();
    assert_eq!(written, [""; 0]);
    for name in [
        "logs-2026-11-01-030000",
        "logs-production-2026-11-02-030000",
        "by-hand",
        "logs-2026-11-03-030000",
        "logs-2026-11-04-030000",
    ] {
        run(&folder, &format!("snapshot take {name}"), 0);
    }
    let pruned = end(&run(
        &folder,
        "snapshot prune --keep-last 1 --yes --format json",
        0,
    ));
    let reasons = |name: &str| {
        let all = pruned["snapshots"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap()["reasons"].clone()
    };
    for name in ["logs-production-2026-11-02-030000", "by-hand"] {
        assert_eq!(
            reasons(name),
            json!(["not known to be this environment's"]),
            "{name}"
        );
    }
    assert_eq!(
        names(&folder),
        [
            "logs-2026-11-04-030000",
            "by-hand",
            "logs-production-2026-11-02-030000"
        ]
    );
}

/// A copy for which others may go has to be there right before each deletion.
#[test]
fn deletion_is_not_sent_once_the_copy_that_replaces_it_is_gone() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    for line in [
        "snapshot take s-1",
        "snapshot take s-2",
        "snapshot take all",
        "snapshot take hotfix --indices sample-logs",
    ] {
        run(&folder, line, 0);
    }
    // The first deletion takes its time; meanwhile somebody deletes the newest copy of sample-orders.
    sandbox.forget_requests();
    sandbox.fault(&json!({"operation": "es:DELETE _snapshot/snapshot", "times": 1, "action": {"delay": {"ms": 4_000}}}));
    let ran = std::thread::scope(|scope| {
        let pruning = scope.spawn(|| {
            folder.run([
                "snapshot",
                "prune",
                "--keep-last",
                "1",
                "--yes",
                "--format",
                "json",
                "--sandbox",
            ])
        });
        let began = std::time::Instant::now();
        while sandbox.writes().is_empty() && began.elapsed().as_secs() < 30 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        run(&folder, "snapshot delete all --yes", 0);
        pruning.join().unwrap()
    });
    assert_eq!(ran.code, 5, "{ran:#?}");
    let end = end(&ran);
    assert_eq!(
        (&end["done"], &end["total"]),
        (&json!(1), &json!(2)),
        "{end:#}"
    );
    assert_eq!(end["not_done"], json!(["delete snapshot s-2"]));
    // It is the only one that holds sample-orders now.
    assert_eq!(names(&folder), ["hotfix", "s-2"]);
}
