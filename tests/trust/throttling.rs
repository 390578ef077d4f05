//! Services that throttle or fail, and answers that are not theirs: what is waited out, which exit code it ends with, and what is believed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::sample;
use crate::regressions::{BUCKET, Lab, REPOSITORIES, nothing, set};
use crate::support::binary::{Folder, Ran};
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;

const PLAN: [&str; 2] = ["plan", "--sandbox"];
const APPLY: [&str; 5] = ["apply", "--sandbox", "--yes", "--patience", "1s"];

fn refused(code: u16, error: &str) -> Value {
    json!({"status": {"code": code, "error_code": error, "message": "no"}})
}

/// Some environments of their own over several accounts.
fn fleet(environments: usize) -> (Sandbox, Folder) {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    for number in 0..environments {
        let (name, account) = (format!("env-{number:02}"), number % 5);
        let spec = format!(
            "version: 1\nname: {name}\nregion: us-west-2\naccount: \"00000000010{account}\"\ndomain: {{name: d-{number:02}}}\n\
             bucket: {{name: {name}-bucket}}\npolicy: {{name: {name}-policy}}\nrole: {{name: {name}-role}}\nrepository: {{name: {name}}}\n"
        );
        folder.write(&format!("specs/{number:02}.yaml"), &spec);
    }
    (sandbox, folder)
}

/// How many environments of a run ended with each exit code.
fn ends(ran: &Ran) -> BTreeMap<u64, usize> {
    let events: Vec<Value> = match serde_json::from_str::<Value>(&ran.stdout) {
        Ok(plan) => plan["environments"].as_array().unwrap().clone(),
        Err(_) => {
            let lines = ran
                .stdout
                .lines()
                .map(|line| serde_json::from_str(line).unwrap());
            let ended = |event: &Value| event["exit"].is_u64() && event["environment"].is_string();
            lines.filter(ended).collect()
        }
    };
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event["exit"].as_u64().unwrap()).or_insert(0) += 1;
    }
    counts
}

fn throttled(percent: u64) -> Value {
    json!({"operation": "*", "percent": percent, "action": {"status": {"code": 503, "error_code": "Throttling", "message": "Rate exceeded"}}})
}

#[test]
fn fifty_environments_at_20_percent_throttling_end_in_one_run() {
    let (sandbox, folder) = fleet(50);
    sandbox.fault(&throttled(20));
    let of_all = |command: &[&str]| {
        let words = ["--sandbox", "-f", "specs", "--format", "json"];
        folder.run(command.iter().copied().chain(words))
    };
    for command in [&["plan"][..], &["apply", "--yes"]] {
        let ran = of_all(command);
        assert_eq!(ends(&ran), BTreeMap::from([(0, 50)]), "{command:?}");
        assert_eq!(ran.code, 0);
    }
    sandbox.forget_faults();
    assert_eq!(of_all(&["drift"]).code, 0);
}

#[test]
fn applies_at_50_percent_throttling_never_end_with_5() {
    let environments = if sample::full() { 50 } else { 12 };
    let (sandbox, folder) = fleet(environments);
    sandbox.fault(&throttled(50));
    let words = [
        "apply",
        "--yes",
        "--sandbox",
        "-f",
        "specs",
        "--format",
        "json",
    ];
    let ran = folder.run(words);
    let ends = ends(&ran);
    println!("at 50 percent: {ends:?}");
    assert_eq!(ends.values().sum::<usize>(), environments);
    assert!(ends.keys().all(|code| matches!(code, 0 | 4)), "{ends:?}");
    assert!(ends[&0] * 10 >= environments * 9, "{ends:?}");
}

fn suspended(state: &mut Value) {
    set(state, &format!("{BUCKET}/versioning"), json!("Suspended"));
}

/// The reads of a look, each of which may fail in the second one only.
const LOOKED_AT: [&str; 6] = [
    "sts:GetCallerIdentity",
    "es:DescribeDomain",
    "s3:GetBucketVersioning",
    "s3:HeadBucket",
    "iam:GetRole",
    "es:GET _snapshot",
];

#[test]
fn failed_read_of_the_second_look_ends_with_its_own_message() {
    let lab = Lab::new(SPEC);
    let long = 1_000_000;
    for read in LOOKED_AT {
        for (action, code, words) in [
            (refused(503, "SlowDown"), 4, "SlowDown"),
            (refused(500, "InternalError"), 4, "InternalError"),
            (refused(501, "NotImplemented"), 1, "NotImplemented"),
        ] {
            // An answer to HEAD has no body, and the front door of a domain knows none of these codes: the status tells.
            let silent = ["es:GET _snapshot", "s3:HeadBucket"].contains(&read);
            lab.begin(suspended);
            let fault = json!({"operation": read, "nth": 2, "times": long, "action": action});
            lab.world.sandbox.fault(&fault);
            let ran = lab.folder.run(APPLY);
            let text = format!("{}{}", ran.stdout, ran.stderr);
            assert_eq!(ran.code, code, "{read} {action}: {text}");
            assert!(silent || text.contains(words), "{read}: {text}");
            assert!(!text.contains("interfered"), "{read}: {text}");
            assert!(!text.contains("differs from what"), "{read}: {text}");
            assert_eq!(lab.world.sandbox.writes(), Vec::<String>::new(), "{read}");
        }
    }
}

#[test]
fn read_that_fails_for_a_while_in_the_second_look_is_read_again() {
    let lab = Lab::new(SPEC);
    for read in LOOKED_AT {
        lab.begin(suspended);
        // Longer than one look waits: the look as a whole is repeated.
        let fault =
            json!({"operation": read, "nth": 2, "times": 25, "action": refused(503, "SlowDown")});
        lab.world.sandbox.fault(&fault);
        let ran = lab.folder.run(APPLY);
        assert_eq!(ran.code, 0, "{read}: {ran:#?}");
        assert_eq!(lab.world.sandbox.writes().len(), 1, "{read}");
    }
}

#[test]
fn failed_read_of_the_last_look_says_that_the_end_was_not_seen() {
    let lab = Lab::new(SPEC);
    lab.begin(suspended);
    let fault = json!({"operation": "iam:GetRole", "nth": 3, "times": 1_000_000, "action": refused(503, "Throttling")});
    lab.world.sandbox.fault(&fault);
    let ran = lab.folder.run(APPLY);
    assert_eq!(ran.code, 4, "{ran:#?}");
    assert!(ran.stderr.contains("Throttling"), "{ran:#?}");
    assert!(!ran.stderr.contains("interfered"), "{ran:#?}");
}

#[test]
fn what_really_differs_in_the_second_look_is_still_stale() {
    let lab = Lab::new(SPEC);
    lab.begin(|_| {});
    lab.world.sandbox.change(suspended);
    let old = json!({"operation": "s3:GetBucketVersioning", "nth": 2, "times": 1, "action": {"stale": {"writes": 1}}});
    lab.world.sandbox.fault(&old);
    let ran = lab.folder.run(APPLY);
    assert_eq!(ran.code, 5, "{ran:#?}");
}

#[test]
fn failures_that_pass_end_with_4_and_lasting_ones_with_1() {
    let lab = Lab::new(SPEC);
    let answers = [
        (refused(400, "UnknownThing"), 1),
        (refused(405, "MethodNotAllowed"), 1),
        (refused(501, "NotImplemented"), 1),
        (json!("html"), 1),
        (refused(500, "ServiceFailure"), 4),
        (refused(503, "ServiceUnavailable"), 4),
        (refused(429, ""), 4),
    ];
    for read in LOOKED_AT {
        for (action, code) in &answers {
            lab.begin(|_| {});
            let fault = json!({"operation": read, "times": 1_000_000, "action": action});
            lab.world.sandbox.fault(&fault);
            let ran = lab.folder.run(PLAN);
            assert_eq!(ran.code, *code, "{read} {action}: {ran:#?}");
            let text = format!("{}{}", ran.stdout, ran.stderr);
            let promises = text.contains("run it again once the service answers");
            assert!(*code == 4 || !promises, "{read} {action}: {text}");
        }
    }
}

/// A success with this body and the headers that S3 gives.
fn success(body: &str) -> Value {
    json!({"status": {"code": 200, "body": body, "headers": [["content-type", "application/xml"]]}})
}

fn of_iam(operation: &str, inner: &str) -> String {
    format!(
        "<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"
    )
}

#[test]
fn answer_that_leaves_out_a_fact_is_taken_for_none() {
    let lab = Lab::new(SPEC);
    let role = "<Role><Arn>arn:aws:iam::123456789012:role/logs-snapshots</Arn><RoleName>logs-snapshots</RoleName><RoleId>A</RoleId><Path>/</Path><CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>";
    let policy = "<Policy><Arn>arn:aws:iam::123456789012:policy/logs-snapshots</Arn><DefaultVersionId>v1</DefaultVersionId></Policy>";
    let odd = [
        ("s3:HeadBucket", success("")),
        ("s3:GetBucketTagging", success("<Tagging/>")),
        ("s3:GetBucketPolicy", success("")),
        (
            "s3:GetBucketEncryption",
            success("<ServerSideEncryptionConfiguration/>"),
        ),
        (
            "s3:GetBucketLifecycleConfiguration",
            success("<LifecycleConfiguration/>"),
        ),
        (
            "s3:GetBucketOwnershipControls",
            success("<OwnershipControls/>"),
        ),
        (
            "s3:GetPublicAccessBlock",
            success("<PublicAccessBlockConfiguration/>"),
        ),
        ("s3:ListObjectsV2", success("<ListBucketResult/>")),
        ("iam:GetRole", success(&of_iam("GetRole", role))),
        ("iam:GetPolicy", success(&of_iam("GetPolicy", policy))),
        (
            "iam:ListAttachedRolePolicies",
            success(&of_iam(
                "ListAttachedRolePolicies",
                "<IsTruncated>false</IsTruncated>",
            )),
        ),
        (
            "iam:ListRolePolicies",
            success(&of_iam(
                "ListRolePolicies",
                "<IsTruncated>false</IsTruncated>",
            )),
        ),
        (
            "sts:GetCallerIdentity",
            success(&of_iam("GetCallerIdentity", "<UserId>A</UserId>")),
        ),
        ("es:DescribeDomain", success("{}")),
        ("es:GET _snapshot", success("[]")),
    ];
    for (read, action) in odd {
        // What a base path holds matters where a repository begins to write there.
        lab.begin(|state| {
            if read == "s3:ListObjectsV2" {
                set(state, REPOSITORIES, json!({}));
            }
        });
        lab.fault(read, &action);
        for command in [&PLAN[..], &APPLY] {
            let ran = lab.folder.run(command.iter().copied());
            assert_eq!(ran.code, 1, "{read}: {ran:#?}");
            assert!(!ran.stdout.contains("will be created"), "{read}: {ran:#?}");
        }
        assert_eq!(lab.world.sandbox.writes(), Vec::<String>::new(), "{read}");
    }
}

#[test]
fn creation_that_is_confirmed_with_an_unreadable_body_is_read_back() {
    let lab = Lab::new(SPEC);
    let unescaped = "<CreatePolicyResponse><CreatePolicyResult><Policy><Description>Q&A</Description></Policy></CreatePolicyResult></CreatePolicyResponse>";
    for (write, body) in [
        ("iam:CreatePolicy", unescaped),
        ("iam:CreateRole", "<html>Sign in</html>"),
        ("s3:CreateBucket", "<!DOCTYPE html><html></html>"),
        ("es:PUT _snapshot", "{}"),
    ] {
        lab.begin(nothing);
        let after = json!({"status_after": {"code": 200, "body": body}});
        lab.world
            .sandbox
            .fault(&json!({"operation": write, "action": after}));
        let ran = lab.folder.run(APPLY);
        assert_eq!(ran.code, 0, "{write}: {ran:#?}");
        let writes = lab.world.sandbox.writes();
        let times = writes.iter().filter(|sent| *sent == write).count();
        // The candidate and the repository itself are registered.
        let planned = if write == "es:PUT _snapshot" { 2 } else { 1 };
        assert_eq!(times, planned, "{write}: {writes:?}");
    }
}

#[test]
fn bucket_whose_creation_failed_and_that_is_absent_is_created_again() {
    for region in ["us-east-1", "us-west-2"] {
        let spec = SPEC.replace("us-west-2", region);
        let lab = Lab::new(&spec);
        for (action, sent) in [
            (refused(500, "InternalError"), 2),
            (json!("drop_before"), 2),
            (
                json!({"status_after": {"code": 500, "error_code": "InternalError"}}),
                1,
            ),
            (json!("drop_after"), 1),
        ] {
            lab.begin(nothing);
            lab.world
                .sandbox
                .fault(&json!({"operation": "s3:CreateBucket", "action": action}));
            let ran = lab.folder.run(APPLY);
            assert_eq!(ran.code, 0, "{region} {action}: {ran:#?}");
            let writes = lab.world.sandbox.writes();
            let creations = writes.iter().filter(|write| *write == "s3:CreateBucket");
            assert_eq!(creations.count(), sent, "{region} {action}");
        }
    }
}

#[test]
fn request_ids_of_s3_are_told_in_a_fixed_order() {
    let lab = Lab::new(SPEC);
    for _ in 0..3 {
        lab.begin(suspended);
        lab.fault("s3:PutBucketVersioning", &refused(400, "UnknownThing"));
        let ran = lab.folder.run(APPLY);
        assert_eq!(ran.code, 1, "{ran:#?}");
        let line = ran.stderr.lines().find(|line| line.contains("request:"));
        let (first, second) = line.unwrap().split_once(", extended request id ").unwrap();
        assert!(!first.contains('{') && !second.contains('{'), "{line:?}");
        assert!(second.len() > first.trim().len(), "{line:?}");
    }
}
