//! Tests of what a managed policy's comparison decides.

use super::Sighting;
use crate::plan::{Action, Change};
use crate::plan::{Choices, Fleet, plan};
use crate::policy_document::{Document, Statement};
use crate::resources::observed::{Mark, Observed};
use crate::resources::policy::Live;
use crate::resources::tests::{actual, denied, desired, live_policy, policy};

/// The change of the policy where all else is as wanted.
fn compared(have: Observed<Sighting>, choices: &Choices) -> (Change, Vec<String>) {
    let desired = desired(&[]);
    let mut actual = actual(&desired);
    actual.policy = Some(have);
    let plan = plan(&desired, &actual, choices, &Fleet::default());
    // A repository whose grants change is verified at the end; that is not the policy's.
    let calls = plan
        .steps
        .iter()
        .filter(|step| step.resource.kind.as_str() == "policy")
        .map(|step| step.call.operation().operation.to_owned());
    let calls = calls.collect();
    let change = plan
        .changes
        .into_iter()
        .find(|change| change.id.kind.as_str() == "policy");
    (change.unwrap(), calls)
}

fn live(change: impl FnOnce(&mut Live)) -> Observed<Sighting> {
    let mut live = live_policy(&desired(&[]));
    change(&mut live);
    policy(live)
}

fn anything() -> Document {
    Document::new(vec![Statement::allow("s3:*").on("*")])
}

#[test]
fn an_unreadable_policy_blocks_and_is_never_created() {
    let (change, calls) = compared(Observed::Unreadable(denied()), &Choices::default());
    assert_eq!((change.action, calls), (Action::Blocked, Vec::new()));
}

#[test]
fn a_wider_document_is_narrowed_without_a_risk_and_a_narrower_one_is_widened_with_one() {
    let (change, calls) = compared(
        live(|live| live.policy.document = anything()),
        &Choices::default(),
    );
    assert_eq!(
        (calls, change.risks),
        (vec!["CreatePolicyVersion".to_owned()], Vec::new())
    );
    let nothing = Document::new(Vec::new());
    let (change, calls) = compared(
        live(|live| live.policy.document = nothing),
        &Choices::default(),
    );
    assert_eq!(calls, ["CreatePolicyVersion"]);
    assert!(
        change
            .risks
            .iter()
            .all(|note| note.risk.as_str() == "widens-access")
    );
    assert!(!change.risks.is_empty());
}

#[test]
fn the_oldest_of_five_versions_makes_room_as_a_step_of_the_plan() {
    let four: Vec<String> = ["v2", "v4", "v5", "v9"].map(str::to_owned).to_vec();
    let full = live(|live| {
        live.policy.document = anything();
        live.spare_versions = four.clone();
    });
    let (change, calls) = compared(full, &Choices::default());
    assert_eq!(calls, ["DeletePolicyVersion", "CreatePolicyVersion"]);
    assert_eq!(change.fields[0].path, "versions.v2");
    // With room left nothing is deleted.
    let room = live(|live| {
        live.policy.document = anything();
        live.spare_versions = four[1..].to_vec();
    });
    assert_eq!(
        compared(room, &Choices::default()).1,
        ["CreatePolicyVersion"]
    );
}

#[test]
fn a_policy_without_a_mark_needs_adoption_and_one_of_another_environment_is_never_taken() {
    let unmarked = || {
        live(|live| {
            live.mark = Mark::None;
            live.policy.tags.clear();
        })
    };
    assert_eq!(
        compared(unmarked(), &Choices::default()).0.action,
        Action::Blocked
    );
    let adopting = Choices {
        adopted: ["policy.logs-snapshots".to_owned()].into(),
        ..Choices::default()
    };
    assert_eq!(compared(unmarked(), &adopting).1, ["TagPolicy"]);
    let other = live(|live| live.mark = Mark::Other("metrics".to_owned()));
    assert_eq!(compared(other, &adopting).0.action, Action::Blocked);
}

#[test]
fn a_name_taken_elsewhere_blocks() {
    let elsewhere = Observed::Present(Sighting::Elsewhere(
        "arn:aws:iam::123456789012:policy/x/Logs-Snapshots".to_owned(),
    ));
    assert_eq!(
        compared(elsewhere, &Choices::default()).0.action,
        Action::Blocked
    );
}
