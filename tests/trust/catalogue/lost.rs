//! Rows 1 to 6, and what is answered after a kill or a lost answer: what was applied is found by reading and is never done twice.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::told::{Count, Story};
use super::{APPLY, refused};
use crate::regressions::{Lab, POLICY, ROLE, nothing, set};
use crate::support::fields::SPEC;

/// Starts an apply, and kills it when this operation has arrived (which is not carried out before).
fn killed_at(lab: &Lab, operation: &str) {
    lab.fault(operation, &json!({"delay": {"ms": 60_000}}));
    let mut command = lab.folder.command(APPLY);
    let mut child: Child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    let arrived = || {
        lab.writes()
            .last()
            .is_some_and(|write| write.as_str() == operation)
    };
    while !arrived() {
        assert!(began.elapsed() < Duration::from_secs(60), "{operation}");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lab.world.sandbox.forget_faults();
}

fn versions(lab: &Lab) -> usize {
    let versions = lab.now(&format!("{POLICY}/versions"));
    versions.as_array().unwrap().len()
}

#[test]
fn row_01_killed_between_the_policy_and_its_attachment() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    killed_at(&lab, "iam:AttachRolePolicy");
    // The role was created with its tags, so that what was left is known for one's own.
    assert_eq!(lab.now(&format!("{ROLE}/tags/managed-by")), "esbackup");
    assert_eq!(lab.now(&format!("{ROLE}/attached")), json!([]));
    let mut story = Story::of("01_killed_before_attach", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    story.run(&mut lab.folder.command(APPLY));
    assert_eq!(versions(&lab), 1);
    story.check();
}

#[test]
fn row_02_a_role_without_tags_is_not_taken_over() {
    let lab = Lab::new(SPEC);
    lab.begin(|state| set(state, &format!("{ROLE}/tags"), json!({})));
    let mut story = Story::of("02_role_without_tags", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    let adopting = ["--adopt", "role.logs-snapshots"];
    let all = APPLY.into_iter().chain(adopting);
    story.run(&mut lab.folder.command(all));
    story.check();
}

#[test]
fn row_03_a_registration_whose_answer_was_lost_is_not_sent_again() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("03_lost_registration", &lab.world.sandbox);
    for nth in [1, 2] {
        lab.begin(|state| set(state, crate::regressions::REPOSITORIES, json!({})));
        let lost = json!({"operation": "es:PUT _snapshot", "nth": nth, "action": "drop_after"});
        lab.world.sandbox.fault(&lost);
        story.run(&mut lab.folder.command(APPLY));
    }
    story.check();
}

#[test]
fn row_04_a_bucket_whose_creation_was_answered_by_a_reset_is_created_once() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    lab.fault("s3:CreateBucket", &json!("drop_after"));
    let mut story = Story::of("04_lost_bucket", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    // The request never arrived, and S3 says that there is no such bucket: it is sent again.
    lab.begin(nothing);
    let once = json!({"operation": "s3:CreateBucket", "action": "drop_before"});
    lab.world.sandbox.fault(&once);
    story.run(&mut lab.folder.command(APPLY));
    // It never arrives: the run says to try again, and the next one creates it.
    lab.begin(nothing);
    lab.fault("s3:CreateBucket", &json!("drop_before"));
    story.run(&mut lab.folder.command(APPLY));
    lab.world.sandbox.forget_faults();
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_05_a_role_and_a_policy_whose_creation_was_answered_by_a_reset_are_created_once() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    lab.fault("iam:CreateRole", &json!("drop_after"));
    lab.fault("iam:CreatePolicy", &json!("drop_after"));
    let mut story = Story::of("05_lost_role_and_policy", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    // Somebody else's of the same name, which the reads before did not show, is left as it is.
    lab.begin(nothing);
    let exists = refused(
        409,
        "EntityAlreadyExists",
        "Role with name logs-snapshots already exists.",
    );
    lab.fault("iam:CreateRole", &exists);
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_06_a_policy_version_whose_answer_was_lost_takes_one_place_of_five() {
    let lab = Lab::new(SPEC);
    let narrow = r#"{"Version":"2012-10-17","Statement":[]}"#;
    lab.begin(|state| {
        set(
            state,
            &format!("{POLICY}/versions/0/document"),
            json!(narrow),
        )
    });
    lab.fault("iam:CreatePolicyVersion", &json!("drop_after"));
    let mut story = Story::of("06_lost_policy_version", &lab.world.sandbox);
    let allowed = APPLY.into_iter().chain(["--allow", "widens-access"]);
    story.run_counting(&mut lab.folder.command(allowed), Count::Exact);
    assert_eq!(versions(&lab), 2);
    story.check();
}
