//! What somebody else makes between the plan and the call is never taken over and never overwritten.

use serde_json::{Value, json};

use super::{BUCKET, Lab, POLICY, ROLE, nothing, other_policy, set, trust};
use crate::support::fields::SPEC;

fn appears(tags: &Value) -> Value {
    json!({"create_bucket_first": {"account": "123456789012", "tags": tags, "object": "index-0"}})
}

/// CreateBucket in us-east-1 answers 200 for a bucket that one owns already, so only its tags tell.
#[test]
fn a_bucket_that_appears_before_its_creation_is_not_taken_over() {
    for region in ["us-west-2", "us-east-1"] {
        let lab = Lab::new(&SPEC.replace("us-west-2", region));
        for tags in [
            json!({}),
            json!({"team": "search"}),
            json!({"owner": "somebody"}),
            json!({"managed-by": "esbackup", "esbackup-environment": "other"}),
        ] {
            lab.begin(nothing);
            lab.fault("s3:CreateBucket", &appears(&tags));
            let ran = lab.apply(&[]);
            assert_eq!(ran.code, 5, "{region} {tags}: {ran:#?}");
            assert!(
                ran.stderr.contains("another run interfered"),
                "{}",
                ran.stderr
            );
            assert_eq!(lab.writes(), ["s3:CreateBucket"], "{region} {tags}");
            assert_eq!(lab.now(&format!("{BUCKET}/tags")), tags, "{region}");
        }
    }
}

#[test]
fn a_policy_or_role_that_appears_before_its_creation_is_not_overwritten() {
    let lab = Lab::new(SPEC);
    let role = json!({
        "name": "logs-snapshots", "path": "/", "arn": "arn:aws:iam::123456789012:role/logs-snapshots", "id": "AROAOTHEROTHEROTHER00",
        "created": 1_700_000_000, "max_session_duration": 3600, "trust": trust("ec2.amazonaws.com"),
    });
    // A reading of the policy asks for the permissions boundary as well.
    for (at, theirs, (read, times), creation) in [
        (
            POLICY,
            other_policy("logs-snapshots"),
            ("iam:GetPolicy", 4),
            "iam:CreatePolicy",
        ),
        (ROLE, role, ("iam:GetRole", 2), "iam:CreateRole"),
    ] {
        lab.begin(nothing);
        // It is there, and the reads before the first write do not see it yet.
        lab.world.sandbox.change(|state| set(state, at, theirs));
        let before = lab.now(at);
        let unseen = json!({"operation": read, "times": times, "action": {"stale": {"writes": 1}}});
        lab.world.sandbox.fault(&unseen);
        let ran = lab.apply(&[]);
        assert_eq!(ran.code, 5, "{creation}: {ran:#?}");
        assert!(ran.stderr.contains("EntityAlreadyExists"), "{}", ran.stderr);
        let writes = lab.writes();
        assert_eq!(
            writes.last().map(String::as_str),
            Some(creation),
            "{writes:?}"
        );
        assert_eq!(lab.now(at), before, "{creation}");
    }
}
