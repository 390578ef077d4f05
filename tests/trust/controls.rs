//! `docs/security-controls.md` against what an apply creates: every control of the standard has a row, and what says `pass` is read back.

use serde_json::Value;

use crate::convergence::converged;
use crate::docs::read;
use crate::support::world::desired;

/// A spec that names nothing but names.
const PLAIN: &str = "version: 1\nname: logs\nregion: us-west-2\naccount: \"123456789012\"\ndomain: {name: logs}\n\
     bucket: {name: logs-snapshots}\npolicy: {name: logs-snapshots}\nrole: {name: logs-snapshots}\n\
     repository: {name: snapshots, base_path: logs}\n";

/// The controls of the FSBP standard for S3, IAM and keys.
/// <https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html>
const STANDARD: [&str; 23] = [
    "S3.1", "S3.2", "S3.3", "S3.5", "S3.6", "S3.8", "S3.9", "S3.12", "S3.13", "S3.19", "S3.24",
    "S3.25", "IAM.1", "IAM.2", "IAM.3", "IAM.4", "IAM.5", "IAM.6", "IAM.7", "IAM.8", "IAM.21",
    "KMS.1", "KMS.2",
];

/// The rows of the first table: control, what it asks for, result, how.
fn rows() -> Vec<Vec<String>> {
    let text = read("docs/security-controls.md");
    let (_, table) = text.split_once("\n## Controls of FSBP\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| "));
    rows.skip(1)
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

fn actions(document: &Value) -> Vec<String> {
    let statements = document["Statement"].as_array().unwrap().iter();
    statements
        .filter(|statement| statement["Effect"] == "Allow")
        .flat_map(|statement| match &statement["Action"] {
            Value::Array(all) => all.clone(),
            one => vec![one.clone()],
        })
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

fn document(text: &Value) -> Value {
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

/// Whether what a plain spec creates passes a control.
fn passes(control: &str, state: &Value) -> bool {
    let bucket = &state["buckets"]["logs-snapshots"];
    let account = &state["accounts"]["123456789012"];
    let role = &account["roles"]["logs-snapshots"];
    let policy = document(&account["policies"]["logs-snapshots"]["versions"][0]["document"]);
    let of_bucket = document(&bucket["policy"]);
    let blocked = bucket["public_access_block"]
        .as_object()
        .is_some_and(|block| block.len() == 4 && block.values().all(|on| on == true));
    let owned = bucket["ownership"] == "BucketOwnerEnforced";
    match control {
        "S3.2" | "S3.3" => blocked && owned && actions(&of_bucket).is_empty(),
        "S3.5" => of_bucket["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| {
                one["Effect"] == "Deny"
                    && one["Condition"]["Bool"]["aws:SecureTransport"]
                        .to_string()
                        .contains("false")
            }),
        "S3.6" => actions(&of_bucket).is_empty(),
        "S3.8" => blocked,
        "S3.12" => owned,
        "S3.13" => bucket["lifecycle"].to_string().contains("esbackup-"),
        "IAM.1" | "IAM.21" => actions(&policy).iter().all(|action| !action.contains('*')),
        "IAM.2" => account["users"]
            .as_object()
            .into_iter()
            .flatten()
            .all(|(_, user)| !user.to_string().contains("policy/logs-snapshots")),
        "KMS.1" => !actions(&policy).iter().any(|one| one.starts_with("kms:")),
        "KMS.2" => role["inline"]
            .as_object()
            .is_none_or(serde_json::Map::is_empty),
        // No such thing is created.
        "S3.19" | "S3.24" | "S3.25" => true,
        other => panic!("no test of {other}"),
    }
}

#[test]
fn every_control_of_the_standard_has_a_row_with_a_reason() {
    let rows = rows();
    let controls: Vec<&str> = rows.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(controls, STANDARD);
    for row in &rows {
        assert!(
            ["pass", "key", "exception"].contains(&row[3].as_str()),
            "{row:?}"
        );
        assert!(!row[4].is_empty(), "{row:?}");
    }
}

#[test]
fn created_resources_pass_the_controls_that_are_documented_as_pass() {
    let (_, state) = converged(&desired(PLAIN));
    for row in rows().iter().filter(|row| row[3] == "pass") {
        assert!(passes(&row[1], &state), "{}: {state:#}", row[1]);
    }
}

#[test]
fn key_is_granted_alone_where_the_spec_names_one() {
    let key = "arn:aws:kms:us-west-2:123456789012:key/1";
    let named = format!("bucket: {{name: logs-snapshots, encryption: {{kms_key: {key}}}}}");
    let spec = PLAIN.replace("bucket: {name: logs-snapshots}", &named);
    assert_ne!(spec, PLAIN);
    let desired = desired(&spec);
    let document: Value =
        serde_json::from_str(&desired.policy.as_ref().unwrap().want.document.to_json()).unwrap();
    let statements = document["Statement"].as_array().unwrap();
    let granting: Vec<&Value> = statements
        .iter()
        .filter(|statement| statement["Action"].to_string().contains("kms:"))
        .collect();
    assert!(!granting.is_empty());
    for statement in granting {
        assert!(
            statement["Resource"].to_string().contains(key),
            "{statement}"
        );
        assert!(
            !statement["Resource"].to_string().contains('*'),
            "{statement}"
        );
    }
}

/// `tests/live-aws` and the table of what only it can prove name each other's rows.
#[test]
fn rows_of_what_is_not_proved_are_those_of_the_script() {
    let text = read("docs/reliability.md");
    let (_, table) = text.split_once("\n## Documented, not proved\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let mut named = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert!(cells[2].starts_with("<https://"), "{row}");
        named.extend((!cells[3].is_empty()).then(|| cells[3].trim_matches('`').to_owned()));
    }
    let script = read("tests/live-aws");
    let (_, list) = script.split_once("\nROWS = {\n").unwrap();
    let (list, _) = list.split_once("\n}").unwrap();
    let known: Vec<String> = list
        .lines()
        .map(|line| line.split('"').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(named, known);
}

/// Without `--write` the script sends reads alone: whatever it calls beside is in the one row that asks for it.
#[test]
fn script_for_a_real_account_reads_only_by_default() {
    let script = read("tests/live-aws");
    let guard = script
        .find("if not options.write or not options.scratch_bucket:")
        .unwrap();
    let end = guard + script[guard..].find("\ndef ").unwrap();
    for call in ["create_bucket", "put_object", "delete_object"] {
        for (at, _) in script.match_indices(&format!("{call}(")) {
            assert!((guard..end).contains(&at), "{call}");
        }
    }
    for verb in [
        "method=\"PUT\"",
        "method=\"POST\"",
        "method=\"DELETE\"",
        "attach_",
        "put_role",
    ] {
        assert!(!script.contains(verb), "{verb}");
    }
}
