//! Records that cannot be written or read: which permission is missing, what is an error, and what is known of a lost answer.

use serde_json::{Value, json};

use super::{BOUND, Desk, KEY, all_but, lacking};
use crate::support::binary::ran;
use crate::support::fields::SPEC;

#[test]
fn status_without_the_permission_names_it_and_works() {
    let desk = Desk::new();
    for (caller, recorded, named) in [
        (
            lacking(&["s3:GetObject"]),
            true,
            "the caller lacks s3:GetObject",
        ),
        (all_but(&["s3:GetObject"]), true, "s3:GetObject was denied"),
        (
            lacking(&["s3:ListBucket"]),
            false,
            "the caller lacks s3:ListBucket",
        ),
    ] {
        if recorded {
            desk.record(0);
        } else {
            desk.sandbox.change(|state| {
                state["buckets"]["logs-snapshots"]["objects"]
                    .as_array_mut()
                    .unwrap()
                    .retain(|object| {
                        !object["key"]
                            .as_str()
                            .unwrap()
                            .starts_with("esbackup-records/")
                    })
            });
        }
        desk.become_caller(&caller);
        let status = desk.status(0);
        assert_eq!(status["errors"], json!([]), "{named}");
        let objective = &status["objectives"]["restore_test"];
        assert_eq!(objective["verdict"], "not_known", "{named}: {objective}");
        let why = objective["why"].as_str().unwrap();
        assert!(why.contains(named), "{named}: {why}");
        let at = "arn:aws:s3:::logs-snapshots/esbackup-records/";
        assert!(
            why.contains(at) || recorded && why.contains("policy"),
            "{named}: {why}"
        );
        assert!(status["last_good"]["name"] == "one", "{status:#}");
        desk.become_caller(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    }
}

#[test]
fn record_that_cannot_be_read_is_an_error_of_its_own() {
    let desk = Desk::new();
    desk.record(0);
    let failing = json!({"status": {"code": 500, "error_code": "InternalError", "message": "We encountered an internal error."}});
    let gone = json!({"status": {"code": 404, "error_code": "NoSuchBucket", "message": "The specified bucket does not exist"}});
    let lasting = json!({"status": {"code": 501, "error_code": "NotImplemented", "message": "no"}});
    for (action, code) in [
        (failing, 4),
        (gone, 4),
        (lasting, 1),
        (json!("html"), 1),
        (json!({"truncate": {"bytes": 9}}), 4),
    ] {
        desk.sandbox
            .fault(&json!({"operation": "s3:GetObject", "times": 1000, "action": action}));
        let mut command = desk
            .folder
            .command(["status", "--format", "json", "--sandbox"]);
        let ran = ran(command.env("ESBACKUP_BACKOFF_MS", "1"));
        assert_eq!(ran.code, code, "{action}: {ran:#?}");
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        let status = &document["environments"][0];
        assert_eq!(status["objectives"]["restore_test"]["verdict"], "not_known");
        let doing = status["errors"][0]["task"].as_str().unwrap();
        assert_eq!(
            doing,
            format!("read s3://logs-snapshots/{}", KEY),
            "{action}"
        );
        desk.sandbox.forget_faults();
    }
    for text in ["", "{}", "<html>", "{\"format\": 2}", "null"] {
        let body = aws_smithy_types::base64::encode(text);
        desk.change_records(|object| object["body"] = json!(body));
        let status = desk.status(1);
        let words = status["errors"][0]["messages"][0].as_str().unwrap();
        assert!(
            words.starts_with("the record of the last restore test could not be read: "),
            "{text}: {words}"
        );
    }
    // The next one takes its place.
    desk.record(0);
    assert_eq!(desk.verdict(0).0, "met");
}

#[test]
fn record_whose_answer_is_lost_is_read_back() {
    let desk = Desk::new();
    // An older record of the same snapshot proves nothing.
    desk.record(0);
    for (action, sent) in [
        (json!("drop_after"), 1),
        (json!("drop_before"), 2),
        (
            json!({"status_after": {"code": 500, "error_code": "InternalError", "message": "no"}}),
            1,
        ),
        (
            json!({"status": {"code": 503, "error_code": "SlowDown", "message": "no"}}),
            2,
        ),
        (json!("html"), 2),
    ] {
        let before = desk.records();
        desk.sandbox.forget_requests();
        desk.sandbox
            .fault(&json!({"operation": "s3:PutObject", "times": 1, "action": action}));
        desk.record(0);
        assert_eq!(desk.puts(), sent, "{action}");
        assert_ne!(desk.records().last(), before.last(), "{action}");
        desk.sandbox.forget_faults();
    }
    // A write that never arrives is no success.
    desk.sandbox
        .fault(&json!({"operation": "s3:PutObject", "times": 1000, "action": "drop_before"}));
    let before = desk.records();
    let ran = desk.record(1);
    assert!(
        ran.stderr
            .contains("the restore test succeeded, and no record of it was confirmed"),
        "{ran:#?}"
    );
    assert!(!ran.stdout.contains("written to"), "{ran:#?}");
    assert_eq!(desk.records(), before);
}

#[test]
fn denied_record_names_its_layer_and_says_that_the_test_succeeded() {
    let desk = Desk::new();
    for (caller, named) in [
        (
            lacking(&["s3:PutObject"]),
            "allow the caller s3:PutObject on arn:aws:s3:::logs-snapshots/esbackup-records/",
        ),
        (all_but(&["s3:PutObject"]), "identity-based policy"),
    ] {
        desk.become_caller(&caller);
        let ran = desk.record(77);
        assert!(ran.stderr.contains(named), "{named}: {ran:#?}");
        assert!(
            ran.stderr
                .contains("the restore test succeeded, and no record of it was confirmed"),
            "{ran:#?}"
        );
        assert_eq!(desk.records(), []);
        // What was restored is gone all the same.
        let indices = desk.sandbox.state()["domains"][0]["cluster"]["indices"].clone();
        let names: Vec<&String> = indices.as_object().unwrap().keys().collect();
        assert!(
            names
                .iter()
                .all(|name| !name.starts_with("esbackup-drill-")),
            "{names:?}"
        );
        desk.become_caller(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    }
    // A policy of the bucket that demands a header for the encryption refuses what sends none.
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Sse", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs-snapshots/esbackup-records/*", "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}}}]});
    desk.sandbox
        .change(|state| state["buckets"]["logs-snapshots"]["policy"] = json!(deny.to_string()));
    let ran = desk.record(77);
    assert!(
        ran.stderr.contains("resource-based policy") || ran.stderr.contains("bucket's policy"),
        "{ran:#?}"
    );
}

#[test]
fn record_takes_the_key_of_the_bucket_and_a_denial_names_it() {
    let bucket = "bucket:\n  name: logs-snapshots\n";
    let key = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let spec = SPEC.replace(BOUND, "").replace(
        bucket,
        &format!("{bucket}  encryption: {{kms_key: \"{key}\"}}\n"),
    );
    let desk = Desk::with(&spec);
    desk.become_caller(&lacking(&["kms:GenerateDataKey"]));
    let ran = desk.record(77);
    assert!(
        ran.stderr
            .contains(&format!("allow the caller kms:GenerateDataKey on {key}")),
        "{ran:#?}"
    );
    desk.become_caller(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    desk.record(0);
    let state = desk.sandbox.state();
    let objects = state["buckets"]["logs-snapshots"]["objects"]
        .as_array()
        .unwrap();
    let record = objects.iter().find(|object| {
        object["key"]
            .as_str()
            .unwrap()
            .starts_with("esbackup-records/")
    });
    assert_eq!(record.unwrap()["encryption"]["kms_key"], key);
    desk.become_caller(&lacking(&["kms:Decrypt"]));
    let (verdict, why) = desk.verdict(0);
    assert_eq!(verdict, "not_known");
    assert!(why.contains("kms:Decrypt") && why.contains(key), "{why}");
}
