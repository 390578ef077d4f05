//! `objectives.rpo` as an operator meets it, against the sandbox: what is exposed, what is not judged, and what nobody can tell.

use serde_json::{Value, json};

use crate::retention::{applied, denied, run};
use crate::support::binary::Folder;
use crate::support::sandbox::Sandbox;

/// The status of the one environment.
pub fn status(folder: &Folder, code: i32) -> Value {
    let ran = run(folder, "status --format json", code);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    report["environments"][0].clone()
}

/// Makes every index of the domain so many hours old.
fn age_indices(sandbox: &Sandbox, hours: i64) {
    sandbox.change(|state| {
        let indices = state["domains"][0]["cluster"]["indices"]
            .as_object_mut()
            .unwrap();
        for index in indices.values_mut() {
            let created = index["created"].as_i64().unwrap();
            index["created"] = json!(created - hours * 3_600_000 - 60_000);
        }
    });
}

#[test]
fn rpo_is_missed_when_one_index_is_exposed_for_longer() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    age_indices(&sandbox, 5);
    run(&folder, "snapshot take hotfix --indices sample-logs", 0);
    let missed = status(&folder, 2);
    assert_eq!(missed["objectives"]["rpo"]["verdict"], "missed");
    let worst = &missed["indices"]["exposure"][0];
    assert_eq!(worst["name"], "sample-orders", "{missed:#}");
    assert_eq!(
        (&worst["missed"], &worst["judged"]),
        (&json!(true), &json!("by_age"))
    );
    assert!(worst["exposure_seconds"].as_u64().unwrap() >= 5 * 3_600);
    let shown = run(&folder, "status", 2);
    assert!(
        shown
            .stdout
            .contains("exposed       sample-orders for 5h (in no snapshot since its creation)"),
        "{shown:#?}"
    );
    // An objective that leaves it out is met, and so it is once it is taken.
    let spec = std::fs::read_to_string(folder.path("esbackup.yaml")).unwrap();
    let without = spec.replace("{rpo: 1h}", "{rpo: 1h, indices: [\"*\", \"-*-orders\"]}");
    folder.write("esbackup.yaml", &without);
    assert_eq!(status(&folder, 0)["objectives"]["rpo"]["verdict"], "met");
    folder.write("esbackup.yaml", &spec);
    run(&folder, "snapshot take all", 0);
    assert_eq!(status(&folder, 0)["objectives"]["rpo"]["verdict"], "met");
}

#[test]
fn rpo_is_not_known_where_indices_may_not_be_listed() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    run(&folder, "snapshot take all", 0);
    sandbox.fault(&json!({"operation": "es:GET _cat/indices", "times": 1, "action": denied()}));
    let told = status(&folder, 77);
    assert_eq!(told["objectives"]["rpo"]["verdict"], "not_known");
    assert_eq!(told["indices"], Value::Null);
}

/// Whoever only reads from a repository has indices that others took, or none: only the newest good snapshot counts.
#[test]
fn readonly_environment_is_judged_by_the_newest_good_snapshot_alone() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    // An index that no snapshot holds exposes the writer, and not the reader.
    age_indices(&sandbox, 5);
    run(&folder, "snapshot take hotfix --indices sample-logs", 0);
    assert_eq!(status(&folder, 2)["objectives"]["rpo"]["verdict"], "missed");
    let reader = |rpo: &str| {
        let spec = std::fs::read_to_string(folder.path("esbackup.yaml")).unwrap();
        let (spec, _) = spec.split_once("objectives:").unwrap();
        format!("{spec}objectives: {{rpo: {rpo}}}\n").replace(
            "  base_path: logs\n",
            "  base_path: logs\n  readonly: true\n",
        )
    };
    folder.write("esbackup.yaml", &reader("1h"));
    let met = status(&folder, 0);
    assert_eq!(met["objectives"]["rpo"]["verdict"], "met", "{met:#}");
    assert_eq!(met["indices"]["exposure"], Value::Null);
    assert!(!run(&folder, "status", 0).stdout.contains("exposed"));
    // Also where its indices may not be listed, which says nothing of the repository.
    sandbox.fault(&json!({"operation": "es:GET _cat/indices", "times": 1, "action": denied()}));
    assert_eq!(status(&folder, 77)["objectives"]["rpo"]["verdict"], "met");
    // And it is missed by the age of that snapshot.
    sandbox.admin("POST", "/clock", &json!({"offset_seconds": 7_260}));
    let missed = status(&folder, 2);
    let rpo = &missed["objectives"]["rpo"];
    assert_eq!(rpo["verdict"], "missed", "{missed:#}");
    assert!(
        rpo["why"]
            .as_str()
            .unwrap()
            .starts_with("the last good snapshot began 2h"),
        "{rpo}"
    );
}

#[test]
fn ten_worst_indices_are_named_and_json_has_all() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    run(&folder, "snapshot take all", 0);
    sandbox.change(|state| {
        let indices = &mut state["domains"][0]["cluster"]["indices"];
        for number in 0..13 {
            let mut index = indices["sample-orders"].clone();
            let created = index["created"].as_i64().unwrap();
            index["created"] = json!(created - (5 + number) * 3_600_000);
            indices[format!("late-{number:02}")] = index;
        }
    });
    let missed = status(&folder, 2);
    let exposure = missed["indices"]["exposure"].as_array().unwrap();
    let names: Vec<&str> = exposure
        .iter()
        .filter(|one| one["missed"] == true)
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    let worst_first: Vec<String> = (0..13)
        .rev()
        .map(|number| format!("late-{number:02}"))
        .collect();
    assert_eq!(names, worst_first);
    assert_eq!(exposure.len(), 15);
    let shown = run(&folder, "status", 2).stdout;
    let lines: Vec<&str> = shown
        .lines()
        .filter_map(|line| line.trim().strip_prefix("exposed"))
        .map(str::trim)
        .collect();
    let named: Vec<&str> = lines
        .iter()
        .take(10)
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(named, worst_first[..10]);
    assert_eq!(lines[10..], ["and 3 more"], "{shown}");
}
