//! Lost answers, throttling and patience that runs out.

use serde_json::{Value, json};

use super::{Lab, nothing};
use crate::support::fields::SPEC;
use crate::support::sandbox::Request;

fn status(code: u16, error: &str) -> Value {
    json!({"status": {"code": code, "error_code": error, "message": "no"}})
}

fn sent(lab: &Lab, operation: &str) -> usize {
    let writes = lab.writes();
    writes.iter().filter(|write| *write == operation).count()
}

/// In us-east-1 a second creation resets the ACLs of a bucket: it is sent only where S3 says right before that there is none.
#[test]
fn bucket_is_created_again_only_after_a_read_says_absent() {
    let lab = Lab::new(SPEC);
    for (action, code, times) in [
        (status(500, "InternalError"), 4, 20),
        (json!("drop_before"), 4, 4),
        (json!("drop_after"), 0, 1),
        (json!("html"), 4, 4),
    ] {
        lab.begin(nothing);
        lab.fault("s3:CreateBucket", &action);
        let ran = lab.apply(&[]);
        assert_eq!(ran.code, code, "{action}: {ran:#?}");
        assert_eq!(sent(&lab, "s3:CreateBucket"), times, "{action}");
        let requests = lab.world.sandbox.requests();
        let names: Vec<String> = requests.iter().map(Request::name).collect();
        let between = names.split(|name| name == "s3:CreateBucket");
        let between: Vec<&[String]> = between.collect();
        for reads in &between[1..between.len() - 1] {
            let last = reads.iter().rev().find(|name| *name == "s3:HeadBucket");
            assert!(last.is_some(), "{action}: {names:?}");
        }
        lab.world.sandbox.forget_faults();
        let ran = lab.apply(&[]);
        assert_eq!(ran.code, 0, "{action}: {ran:#?}");
        assert_eq!(lab.drift(), 0, "{action}");
    }
}

#[test]
fn a_creation_that_was_throttled_is_sent_again() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let slow = json!({"operation": "s3:CreateBucket", "action": status(503, "SlowDown")});
    lab.world.sandbox.fault(&slow);
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(sent(&lab, "s3:CreateBucket"), 2);
}

#[test]
fn a_check_that_waits_too_long_says_so_and_to_try_again() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    lab.fault("s3:GetBucketTagging", &status(404, "NoSuchBucket"));
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 4, "{ran:#?}");
    assert_eq!(lab.writes(), ["s3:CreateBucket"]);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("waiting for the new bucket"), "{ran:#?}");
}

#[test]
fn a_check_that_is_denied_is_a_permission() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    lab.fault("s3:GetBucketTagging", &status(403, "AccessDenied"));
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 77, "{ran:#?}");
    assert_eq!(lab.writes(), ["s3:CreateBucket"]);
}
