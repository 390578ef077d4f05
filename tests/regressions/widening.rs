//! Changes whose risk was not seen.

use serde_json::{Value, json};

use super::{BUCKET, Lab, POLICY, ROLE, of, other_policy, set, spec, trust};
use crate::support::fields::SPEC;

#[test]
fn adopting_a_role_without_policies_and_opening_it_widens_access() {
    let lab = Lab::new(SPEC);
    let bare = |state: &mut Value| {
        set(state, &format!("{ROLE}/attached"), json!([]));
        set(state, &format!("{ROLE}/trust"), trust("ec2.amazonaws.com"));
    };
    lab.begin(|state| {
        bare(state);
        set(state, &format!("{ROLE}/tags"), json!({}));
    });
    let plan = lab.plan(&["--adopt", "role.logs-snapshots"]);
    assert_eq!(of(&plan, "role")["risks"], json!(["widens-access"]));
    let ran = lab.apply(&["--adopt", "role.logs-snapshots"]);
    assert_eq!((ran.code, lab.writes()), (6, Vec::new()), "{ran:#?}");
    // One of ours was left unfinished by an interrupted run.
    lab.begin(bare);
    assert_eq!(of(&lab.plan(&[]), "role")["risks"], json!([]));
}

#[test]
fn a_bucket_of_ours_that_lost_its_policy_gets_no_new_grant_unasked() {
    let bucket = "bucket:\n  name: logs-snapshots\n";
    let extra = "  policy:\n    extra_statements:\n      - {Sid: Other, Effect: Allow, Principal: {AWS: \"arn:aws:iam::210987654321:root\"}, Action: [\"s3:GetObject\"], Resource: [\"arn:aws:s3:::logs-snapshots/*\"]}\n";
    let lab = Lab::new(SPEC);
    lab.wants(&spec(bucket, &format!("{bucket}{extra}")));
    lab.begin(|state| set(state, &format!("{BUCKET}/policy"), Value::Null));
    let plan = lab.plan(&[]);
    assert_eq!(of(&plan, "bucket")["risks"], json!(["widens-access"]));
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (6, Vec::new()), "{ran:#?}");
    let ran = lab.apply(&["--allow", "widens-access=bucket.logs-snapshots"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(lab.drift(), 0);
}

#[test]
fn adopting_a_policy_that_others_carry_and_narrowing_it_destroys() {
    let lab = Lab::new(SPEC);
    let theirs = other_policy("logs-snapshots");
    let mut role = lab.state.pointer(ROLE).unwrap().clone();
    for (at, to) in [
        ("/name", json!("theirs")),
        ("/arn", json!("arn:aws:iam::123456789012:role/theirs")),
        ("/id", json!("AROAOTHEROTHEROTHER00")),
        ("/tags", json!({})),
    ] {
        set(&mut role, at, to);
    }
    lab.begin(|state| {
        set(state, POLICY, theirs);
        set(state, "/accounts/123456789012/roles/theirs", role);
        let description = json!("What the domain may do");
        set(state, &format!("{POLICY}/description"), description);
    });
    let plan = lab.plan(&["--adopt", "policy.logs-snapshots"]);
    assert_eq!(of(&plan, "policy")["risks"], json!(["destroys"]));
    let ran = lab.apply(&["--adopt", "policy.logs-snapshots"]);
    assert_eq!((ran.code, lab.writes()), (6, Vec::new()), "{ran:#?}");
}

#[test]
fn a_risk_is_listed_once_however_many_things_carry_it() {
    let lab = Lab::new(SPEC);
    lab.begin(|state| {
        let attached = format!("{ROLE}/attached/-");
        for name in ["ReadOnlyAccess", "PowerUserAccess"] {
            let arn = format!("arn:aws:iam::aws:policy/{name}");
            set(state, &attached, json!(arn));
        }
    });
    let plan = lab.plan(&[]);
    assert_eq!(of(&plan, "role")["risks"], json!(["destroys"]));
    let shown = lab.folder.run(["plan", "--sandbox"]).stdout;
    assert!(
        shown.contains("ReadOnlyAccess is detached")
            && shown.contains("PowerUserAccess is detached"),
        "{shown}"
    );
}

/// While grants change, a trust policy that widens and narrows is first reduced by a document of esbackup's own.
#[test]
fn refused_interim_trust_policy_does_not_blame_the_spec() {
    let lab = Lab::new(SPEC);
    let malformed = |message: &str| json!({"status": {"code": 400, "error_code": "MalformedPolicyDocument", "message": message}});
    for (nth, message, blames_the_spec) in [
        (1, "Syntax errors in policy.", false),
        (
            1,
            "Invalid principal in policy: \"AWS\":\"AROAEXAMPLEEXAMPLE00A\"",
            false,
        ),
        (2, "Syntax errors in policy.", true),
    ] {
        lab.begin(|state| set(state, &format!("{ROLE}/trust"), trust("ec2.amazonaws.com")));
        let fault = json!({"operation": "iam:UpdateAssumeRolePolicy", "nth": nth, "times": 1000, "action": malformed(message)});
        lab.world.sandbox.fault(&fault);
        let ran = lab.apply(&["--allow", "widens-access"]);
        assert_ne!(ran.code, 0, "{ran:#?}");
        assert_eq!(
            ran.stderr.contains("`role.trust`"),
            blames_the_spec,
            "{nth} {message}: {ran:#?}"
        );
        assert_eq!(
            ran.stderr.contains("interim trust policy"),
            !blames_the_spec,
            "{nth} {message}: {ran:#?}"
        );
    }
}
