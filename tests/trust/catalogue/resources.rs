//! Rows 27 to 34, 61, 62 and 64: buckets and names of other people, the limits of IAM, lists that do not end, and what AWS adds by itself.

use serde_json::{Value, json};

use super::told::{Count, Story};
use super::{APPLY, PLAN, refused};
use crate::regressions::{BUCKET, Lab, POLICY, ROLE, nothing, other_policy, set, spec, trust};
use crate::support::fields::SPEC;

/// Without the boundary, which is a policy of the same account.
fn plain() -> String {
    let boundary = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
    spec(boundary, "")
}

#[test]
fn row_27_a_bucket_of_somebody_else_may_be_squatted_and_every_request_names_its_owner() {
    let lab = Lab::new(SPEC);
    lab.begin(|state| set(state, &format!("{BUCKET}/account"), json!("210987654321")));
    let mut story = Story::of("27_squatted_bucket", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    // It appears between the reads and the creation.
    lab.begin(nothing);
    let appears = json!({"create_bucket_first": {"account": "210987654321"}});
    lab.fault("s3:CreateBucket", &appears);
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_28_a_bucket_in_another_region_is_an_error_that_names_both() {
    let lab = Lab::new(SPEC);
    lab.begin(|state| set(state, &format!("{BUCKET}/region"), json!("eu-west-1")));
    let mut story = Story::of("28_bucket_in_another_region", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_29_a_200_for_a_creation_in_us_east_1_does_not_say_that_the_bucket_is_new() {
    let lab = Lab::new(&SPEC.replace("us-west-2", "us-east-1"));
    lab.begin(nothing);
    let appears = json!({"create_bucket_first": {"account": "123456789012", "tags": {"owner": "somebody"}, "object": "index-0"}});
    lab.fault("s3:CreateBucket", &appears);
    let mut story = Story::of("29_us_east_1_again", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    // An absent location constraint is us-east-1: an apply ends in no drift.
    lab.begin(nothing);
    story.run(&mut lab.folder.command(APPLY));
    story.run(&mut lab.folder.command(["drift", "--sandbox"]));
    story.check();
}

fn version(number: u64, document: &str) -> Value {
    json!({"number": number, "created": 1_700_000_000, "document": document})
}

#[test]
fn row_30_the_oldest_of_five_versions_makes_room_in_a_step_that_the_plan_shows() {
    let lab = Lab::new(SPEC);
    let now = lab.now(&format!("{POLICY}/versions/0/document"));
    let wider = now.as_str().unwrap().replace("s3:GetObject", "s3:*");
    let five = |state: &mut Value| {
        let versions: Vec<Value> = (1..=5).map(|number| version(number, &wider)).collect();
        set(state, &format!("{POLICY}/versions"), json!(versions));
        set(state, &format!("{POLICY}/default_version"), json!(5));
        set(state, &format!("{POLICY}/next_version"), json!(6));
    };
    lab.begin(five);
    let mut story = Story::of("30_five_versions", &lab.world.sandbox);
    story.run(&mut lab.folder.command(PLAN));
    story.run(&mut lab.folder.command(APPLY));
    // Somebody else made another one in between.
    lab.begin(five);
    let full = refused(
        409,
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
    );
    lab.fault("iam:CreatePolicyVersion", &full);
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_31_a_policy_that_is_too_long_for_iam_is_refused_offline() {
    let lab = Lab::new(SPEC);
    let resources: Vec<String> = (0..200)
        .map(|n| format!("\"arn:aws:s3:::a-bucket-with-quite-a-long-name-{n:03}\""))
        .collect();
    let statement = format!(
        "policy:\n  name: logs-snapshots\n  extra_statements: [{{Sid: More, Effect: Allow, Action: \"s3:ListBucket\", Resource: [{}]}}]",
        resources.join(", ")
    );
    lab.wants(&spec("policy:\n  name: logs-snapshots", &statement));
    let mut story = Story::of("31_policy_too_long", &lab.world.sandbox);
    story.run(&mut lab.folder.command(["validate"]));
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_32_a_policy_that_others_carry_too_is_not_changed_without_consent() {
    let lab = Lab::new(SPEC);
    let carries = |state: &mut Value| {
        set(state, &format!("{POLICY}/tags"), json!({}));
        let mut other = state.pointer(ROLE).cloned().unwrap();
        other["name"] = json!("somebody");
        other["arn"] = json!("arn:aws:iam::123456789012:role/somebody");
        other["id"] = json!("AROAOTHEROTHEROTHER00");
        set(state, "/accounts/123456789012/roles/somebody", other);
        let wider = other_policy("logs-snapshots")["versions"][0]["document"].clone();
        set(state, &format!("{POLICY}/versions/0/document"), wider);
    };
    lab.begin(carries);
    let mut story = Story::of("32_policy_that_others_carry", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    let adopting = ["--adopt", "policy.logs-snapshots"];
    story.run(&mut lab.folder.command(APPLY.into_iter().chain(adopting)));
    let allowing = adopting.into_iter().chain(["--allow", "destroys"]);
    story.run(&mut lab.folder.command(APPLY.into_iter().chain(allowing)));
    story.check();
}

#[test]
fn row_33_a_version_that_became_the_default_in_between_is_not_deleted() {
    let lab = Lab::new(SPEC);
    let now = lab.now(&format!("{POLICY}/versions/0/document"));
    let wider = now.as_str().unwrap().replace("s3:GetObject", "s3:*");
    lab.begin(|state| {
        let versions: Vec<Value> = (1..=5).map(|number| version(number, &wider)).collect();
        set(state, &format!("{POLICY}/versions"), json!(versions));
        set(state, &format!("{POLICY}/default_version"), json!(5));
        set(state, &format!("{POLICY}/next_version"), json!(6));
    });
    let conflict = refused(
        409,
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
    );
    lab.fault("iam:DeletePolicyVersion", &conflict);
    let mut story = Story::of("33_delete_conflict", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    lab.world.sandbox.forget_faults();
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_34_a_role_or_a_policy_whose_name_differs_in_case_only_is_in_the_way() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("34_names_in_another_case", &lab.world.sandbox);
    lab.begin(|state| {
        nothing(state);
        let role = json!({
            "name": "Logs-Snapshots", "path": "/", "arn": "arn:aws:iam::123456789012:role/Logs-Snapshots", "id": "AROAOTHEROTHEROTHER00",
            "created": 1_700_000_000, "max_session_duration": 3600, "trust": trust("ec2.amazonaws.com"),
        });
        set(state, "/accounts/123456789012/roles/logs-snapshots", role);
    });
    story.run(&mut lab.folder.command(APPLY));
    lab.begin(|state| {
        nothing(state);
        set(
            state,
            "/accounts/123456789012/policies/logs-snapshots",
            other_policy("LOGS-snapshots"),
        );
    });
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_61_a_list_that_repeats_its_marker_is_unreadable_and_not_short() {
    let lab = Lab::new(&plain());
    let mut story = Story::of("61_repeated_marker", &lab.world.sandbox);
    for list in ["iam:ListAttachedRolePolicies", "iam:ListPolicyVersions"] {
        lab.begin(|_| {});
        lab.fault(list, &json!("repeat_marker"));
        story.run(&mut lab.folder.command(PLAN));
    }
    story.check();
}

#[test]
fn row_62_what_one_read_shows_and_another_denies_is_not_known() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("62_list_and_get_differ", &lab.world.sandbox);
    let unknown = refused(404, "NoSuchEntity", "It cannot be found.");
    for read in ["iam:GetPolicyVersion", "iam:ListAttachedRolePolicies"] {
        lab.begin(|_| {});
        lab.fault(read, &unknown);
        story.run_counting(
            &mut lab.folder.command(["drift", "--sandbox"]),
            Count::Exact,
        );
    }
    story.check();
}

#[test]
fn row_64_what_aws_adds_by_itself_is_no_drift() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("64_defaults_of_aws", &lab.world.sandbox);
    lab.begin(|state| {
        set(
            state,
            &format!("{BUCKET}/encryption/bucket_key"),
            json!(true),
        );
        // Engines answer every setting as text.
        let compress = "/domains/0/repositories/snapshots/settings/readonly";
        set(state, compress, json!("false"));
        set(
            state,
            &format!("{BUCKET}/tags/aws:cloudformation:stack-name"),
            json!("theirs"),
        );
    });
    story.run(&mut lab.folder.command(["drift", "--sandbox"]));
    story.check();
}
