//! Encryption and lifecycle of the bucket.

use serde_json::{Value, json};

use super::{BUCKET, Lab, nothing, of, set, spec, text};
use crate::support::fields::SPEC;

const OLD: &str = "arn:aws:kms:us-west-2:123456789012:key/11111111-1111-1111-1111-111111111111";
const NEW: &str = "arn:aws:kms:us-west-2:123456789012:key/22222222-2222-2222-2222-222222222222";

fn encrypted_with(key: &str) -> String {
    let bucket = "bucket:\n  name: logs-snapshots";
    let boundary = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
    let encryption = format!("{bucket}\n  encryption: {{kms_key: \"{key}\"}}");
    spec(bucket, &encryption).replace(boundary, "")
}

fn order(resource: &Value, operation: &str) -> u64 {
    let calls = resource["calls"].as_array().unwrap();
    let call = calls.iter().find(|call| call["operation"] == operation);
    call.and_then(|call| call["order"].as_u64())
        .unwrap_or_else(|| panic!("no {operation}: {resource:#}"))
}

#[test]
fn another_kms_key_weakens_and_is_set_after_the_role_was_granted_it() {
    let lab = Lab::new(&encrypted_with(OLD));
    lab.wants(&encrypted_with(NEW));
    let plan = lab.plan(&[]);
    let (bucket, policy) = (of(&plan, "bucket"), of(&plan, "policy"));
    assert_eq!(bucket["risks"], json!(["weakens"]));
    assert!(
        order(policy, "CreatePolicyVersion") < order(bucket, "PutBucketEncryption"),
        "{plan:#}"
    );
    let shown = lab.folder.run(["plan", "--sandbox"]).stdout;
    assert!(
        shown.contains(&format!("objects encrypted with {OLD} stay so")),
        "{shown}"
    );
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (6, Vec::new()), "{ran:#?}");
    let ran = lab.apply(&["--allow", "weakens", "--allow", "widens-access"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(lab.now(&format!("{BUCKET}/encryption/kms_key")), NEW);
    assert_eq!(lab.drift(), 0);
}

#[test]
fn from_the_aws_managed_kms_key_to_aes256_weakens() {
    let lab = Lab::new(SPEC);
    lab.begin(|state| {
        set(
            state,
            &format!("{BUCKET}/encryption/algorithm"),
            json!("aws:kms"),
        );
    });
    let plan = lab.plan(&[]);
    let bucket = of(&plan, "bucket");
    assert_eq!(
        (&bucket["action"], &bucket["risks"]),
        (&json!("update"), &json!(["weakens"]))
    );
}

#[test]
fn aes256_with_a_bucket_key_as_the_console_sets_it_is_no_difference() {
    let lab = Lab::new(SPEC);
    lab.begin(|state| {
        set(
            state,
            &format!("{BUCKET}/encryption/bucket_key"),
            json!(true),
        )
    });
    assert_eq!(lab.drift(), 0);
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (0, Vec::new()), "{ran:#?}");
}

#[test]
fn beside_a_foreign_rule_with_a_prefix_of_its_own_ours_is_written_in_that_style() {
    let lab = Lab::new(SPEC);
    let theirs = "<Rule><Expiration><Days>1</Days></Expiration><ID>theirs</ID><Prefix>tmp/</Prefix><Status>Enabled</Status></Rule>";
    lab.begin(|state| set(state, &format!("{BUCKET}/lifecycle/rules"), json!([theirs])));
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(lab.writes(), ["s3:PutBucketLifecycleConfiguration"]);
    let rules = lab.now(&format!("{BUCKET}/lifecycle/rules"));
    let rules: Vec<&str> = rules.as_array().unwrap().iter().map(text).collect();
    let ids = ["<ID>theirs</ID>", "<ID>esbackup-logs</ID>"];
    for id in ids {
        assert!(rules.iter().any(|rule| rule.contains(id)), "{rules:#?}");
    }
    // S3 refuses a configuration that mixes the two styles.
    for rule in &rules {
        assert!(
            rule.contains("<Prefix>") && !rule.contains("<Filter>"),
            "{rule}"
        );
    }
    assert_eq!(lab.drift(), 0);
    lab.world.sandbox.forget_requests();
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (0, Vec::new()), "{ran:#?}");
}

/// The bucket policy lets the snapshot role in by name.
fn naming_the_role() -> String {
    let statement = "{Sid: Role, Effect: Allow, Principal: {AWS: \"arn:aws:iam::123456789012:role/logs-snapshots\"}, \
                     Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::logs-snapshots/*\"}";
    let bucket = "bucket:\n  name: logs-snapshots";
    spec(
        bucket,
        &format!("{bucket}\n  policy: {{extra_statements: [{statement}]}}"),
    )
}

#[test]
fn a_bucket_policy_that_names_the_new_role_is_put_after_the_role_and_waits_for_iam() {
    for slow in [0, 1] {
        let lab = Lab::new(&naming_the_role());
        lab.begin(nothing);
        let delay = json!({"seconds": slow});
        lab.world.sandbox.admin("POST", "/iam-delay", &delay);
        let ran = lab.apply_with_patience("20s", &[]);
        assert_eq!(ran.code, 0, "{ran:#?}");
        let writes = lab.writes();
        let first = |name: &str| writes.iter().position(|write| write == name);
        let last = |name: &str| writes.iter().rposition(|write| write == name);
        assert!(
            first("s3:PutBucketPolicy") < first("iam:CreateRole")
                && last("s3:PutBucketPolicy") > first("iam:AttachRolePolicy"),
            "{writes:#?}"
        );
        assert_eq!(lab.drift(), 0);
    }
}

#[test]
fn a_bucket_whose_policy_was_cut_off_half_way_is_finished_without_a_risk() {
    let lab = Lab::new(&naming_the_role());
    lab.begin(nothing);
    // The second of two: the first has no principal.
    let lost =
        json!({"status": {"code": 500, "error_code": "InternalError", "message": "try again"}});
    let fault = json!({"operation": "s3:PutBucketPolicy", "nth": 2, "times": 100, "action": lost});
    lab.world.sandbox.fault(&fault);
    let ran = lab.apply(&[]);
    assert_ne!(ran.code, 0, "{ran:#?}");
    assert!(
        ran.stderr
            .contains("run it again: it reads first what was done"),
        "{ran:#?}"
    );
    lab.world.sandbox.forget_faults();
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(lab.drift(), 0);

    // What is finished is widened only when that is allowed.
    let finished = Lab::new(SPEC);
    finished.wants(&naming_the_role());
    let ran = finished.apply(&[]);
    assert_eq!((ran.code, finished.writes()), (6, Vec::new()), "{ran:#?}");
}
