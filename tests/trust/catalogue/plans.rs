//! Rows 21 and 23 to 25: what changed between the plan and the call, and plan files, which do not exist.

use serde_json::{Value, json};

use super::APPLY;
use super::told::Story;
use crate::regressions::{BUCKET, Lab, set};
use crate::support::fields::SPEC;

fn moves(lab: &Lab, read: &str, nth: u64, at: &str, to: Value) {
    lab.begin(|_| {});
    lab.world
        .sandbox
        .change(|state| set(state, &format!("{BUCKET}/{at}"), to));
    let moved = json!({"operation": read, "nth": nth, "action": {"stale": {"writes": 1}}});
    lab.world.sandbox.fault(&moved);
}

#[test]
fn row_21_of_two_applies_at_once_the_later_one_notices_and_replaces_nothing() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("21_two_applies", &lab.world.sandbox);
    for (read, at, to) in [
        ("s3:GetBucketPolicy", "policy", Value::Null),
        ("s3:GetBucketTagging", "tags/team", json!("other")),
    ] {
        // The first two reads are those of the plan and of the look before the first write.
        moves(&lab, read, 3, at, to);
        story.run(&mut lab.folder.command(APPLY));
    }
    story.check();
}

#[test]
fn row_23_a_plan_whose_world_moved_is_stale_and_nothing_is_written() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("23_stale_plan", &lab.world.sandbox);
    moves(
        &lab,
        "s3:GetBucketVersioning",
        2,
        "versioning",
        json!("Suspended"),
    );
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_24_and_25_no_plan_is_ever_read_from_a_file() {
    let lab = Lab::new(SPEC);
    lab.begin(|_| {});
    lab.folder
        .write("plan.json", "{\"format_version\": \"2.0\"}");
    let mut story = Story::of("24_plan_file", &lab.world.sandbox);
    story.run(
        &mut lab
            .folder
            .command(["apply", "--sandbox", "--yes", "plan.json"]),
    );
    story.check();
}
