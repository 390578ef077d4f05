//! Lost answers, throttling and patience that runs out.

use serde_json::{Value, json};

use super::{Lab, nothing};
use crate::support::fields::SPEC;

fn status(code: u16, error: &str) -> Value {
    json!({"status": {"code": code, "error_code": error, "message": "no"}})
}

fn sent(lab: &Lab, operation: &str) -> usize {
    let writes = lab.writes();
    writes.iter().filter(|write| *write == operation).count()
}

#[test]
fn a_bucket_is_created_once_whatever_is_answered() {
    let lab = Lab::new(SPEC);
    for (action, code) in [
        (status(500, "InternalError"), 4),
        (json!("drop_before"), 4),
        (json!("drop_after"), 0),
        (json!("html"), 4),
    ] {
        lab.begin(nothing);
        lab.fault("s3:CreateBucket", &action);
        let ran = lab.apply(&[]);
        assert_eq!(ran.code, code, "{action}: {ran:#?}");
        assert_eq!(sent(&lab, "s3:CreateBucket"), 1, "{action}");
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
