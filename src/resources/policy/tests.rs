//! Tests of what a managed policy's comparison decides.

use serde_json::{Value, json};

use super::Sighting;
use crate::hazard::Word;
use crate::plan::{Action, Change};
use crate::plan::{Choices, Fleet, plan};
use crate::policy_document::{Document, Statement};
use crate::resources::Kind;
use crate::resources::actual::Actual;
use crate::resources::context::Adoption;
use crate::resources::observed::{Mark, Observed};
use crate::resources::outcome::Phase;
use crate::resources::policy::Live;
use crate::resources::tests::{
    actual, changed, context, denied, desired, live_policy, policy, summary,
};

/// The change of the policy where all else is as wanted.
fn compared(have: Observed<Sighting>, choices: &Choices) -> (Change, Vec<String>) {
    let desired = desired(&[]);
    let mut actual = actual(&desired);
    actual.policy = Some(have);
    let plan = plan(&desired, &[], &actual, choices, &Fleet::default());
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

/// Each field of a change with what is there and what will be there.
fn fields(change: &Change) -> Vec<(&str, &Value, &Value)> {
    let fields = change.fields.iter();
    fields
        .map(|one| (one.path.as_str(), &one.before, &one.after))
        .collect()
}

#[test]
fn a_new_policy_shows_all_that_it_will_have() {
    let desired = desired(&[("policy", "description: for snapshots")]);
    let have = Actual {
        policy: Some(Observed::Absent),
        ..actual(&desired)
    };
    let plan = plan(&desired, &[], &have, &Choices::default(), &Fleet::default());
    let change = plan
        .changes
        .iter()
        .find(|one| one.id.kind == Kind::Policy)
        .unwrap();
    assert_eq!(change.action, Action::Create);
    let document = desired.policy.as_ref().unwrap().want.document.to_value();
    let nothing = Value::Null;
    assert_eq!(
        fields(change),
        [
            ("path", &nothing, &json!("/")),
            ("description", &nothing, &json!("for snapshots")),
            ("document", &nothing, &document),
            ("tags.esbackup-environment", &nothing, &json!("logs")),
            ("tags.managed-by", &nothing, &json!("esbackup")),
        ]
    );
    assert!(!change.fields[2].statements.is_empty());
}

#[test]
fn another_description_blocks_since_iam_cannot_change_it_and_none_is_left_alone() {
    let blocked = |want: Option<&str>, have: Option<&str>| {
        let line = want.map(|text| format!("description: {text}"));
        let lines: Vec<_> = line.iter().map(|line| ("policy", line.as_str())).collect();
        let desired = desired(&lines);
        let mut live = live_policy(&desired);
        live.policy.description = have.map(str::to_owned);
        let have = Actual {
            policy: Some(policy(live)),
            ..actual(&desired)
        };
        let plan = plan(&desired, &[], &have, &Choices::default(), &Fleet::default());
        plan.blocked().next().map(|(_, why)| why.remedy.clone())
    };
    assert_eq!(blocked(None, Some("a")), None);
    assert_eq!(blocked(Some("a"), Some("a")), None);
    let remedy = "write the live description into the spec (\"b\"), or leave it out";
    assert_eq!(blocked(Some("a"), Some("b")).as_deref(), Some(remedy));
    let remedy = "write the live description into the spec (\"\"), or leave it out";
    assert_eq!(blocked(Some("a"), None).as_deref(), Some(remedy));
}

#[test]
fn only_tags_that_differ_are_sent() {
    let desired = desired(&[]);
    let mut live = live_policy(&desired);
    live.policy.tags.remove("managed-by");
    live.policy.tags.insert("theirs".to_owned(), "x".to_owned());
    let have = Actual {
        policy: Some(policy(live)),
        ..actual(&desired)
    };
    let plan = plan(&desired, &[], &have, &Choices::default(), &Fleet::default());
    let sent = plan.steps.iter().find_map(|step| match &step.call {
        crate::resources::Call::Policy(super::Call::Tag { tags, .. }) => Some(tags.clone()),
        _ => None,
    });
    let tags = [("managed-by".to_owned(), "esbackup".to_owned())];
    assert_eq!(sent, Some(tags.into_iter().collect()));
    let change = plan
        .changes
        .iter()
        .find(|one| one.id.kind == Kind::Policy)
        .unwrap();
    assert_eq!(change.unmanaged, ["tag theirs"]);
}

#[test]
fn whoever_carries_an_adopted_policy_may_lose_what_it_granted() {
    let adopting = Choices {
        adopted: ["policy.logs-snapshots".to_owned()].into(),
        ..Choices::default()
    };
    let risks = |change_it: &dyn Fn(&mut Live)| {
        let (change, _) = compared(live(|live| change_it(live)), &adopting);
        let risks = change
            .risks
            .iter()
            .filter(|note| note.risk == Word::Destroys);
        risks.map(|note| note.why.clone()).collect::<Vec<_>>()
    };
    let adopted = |live: &mut Live| {
        live.mark = Mark::None;
        live.policy.document = anything();
        live.attachments = 3;
    };
    assert_eq!(
        risks(&adopted),
        ["whoever carries it (attachments: 3) loses what the new document does not grant"]
    );
    assert_eq!(
        risks(&|live| {
            adopted(live);
            live.attachments = 0;
        }),
        [""; 0]
    );
    assert_eq!(
        risks(&|live| {
            adopted(live);
            live.mark = Mark::Ours;
        }),
        [""; 0]
    );
    assert_eq!(
        risks(&|live| {
            adopted(live);
            live.policy.document = Document::new(Vec::new());
        }),
        [""; 0]
    );
}

/// The versions that are made, with their phases, when a registration that answers moves and its policy was this one.
fn handed_over(have: &Document) -> Vec<(Phase, Document)> {
    let desired = desired(&[]);
    let mut live = live_policy(&desired);
    live.policy.document = have.clone();
    let outcome = super::diff::diff(
        desired.policy.as_ref().unwrap(),
        &policy(live),
        crate::resources::facts::GrantRemoval::AfterRegistration,
        &context(&desired, Adoption::NotAdopted),
    );
    let drafts = changed(outcome).drafts;
    let versions = drafts.into_iter().filter_map(|draft| match draft.call {
        crate::resources::Call::Policy(super::Call::CreateVersion { document, .. }) => {
            Some((draft.phase, document))
        }
        _ => None,
    });
    versions.collect()
}

#[test]
fn while_a_registration_moves_both_documents_are_granted_where_one_can_say_both() {
    let want = desired(&[]).policy.unwrap().want.document;
    let statements = || want.statements().to_vec();
    let old = Statement::allow("s3:GetObject")
        .sid("Old")
        .on("arn:aws:s3:::old/*");
    // Wider alone, and narrower alone.
    let fewer = Document::new(statements().into_iter().take(1).collect());
    assert_eq!(handed_over(&fewer), [(Phase::Widen, want.clone())]);
    let more = Document::new(statements().into_iter().chain([old.clone()]).collect());
    assert_eq!(handed_over(&more), [(Phase::Remove, want.clone())]);
    // Both: first what both grant.
    let [(first, both), (last, end)] = &handed_over(&Document::new(vec![old.clone()]))[..] else {
        panic!("two versions")
    };
    assert_eq!((first, last, end), (&Phase::Widen, &Phase::Remove, &want));
    let all = statements().into_iter().chain([old.clone()]);
    let all = Document::new(all.map(|one| Statement { sid: None, ..one }).collect());
    assert_eq!(both, &all);
    assert!(both.statements().iter().all(|one| one.sid.is_none()));
    // One that denies, that is of another version, or that would be too large, cannot be joined.
    let denies = Document::new(vec![old.clone(), Statement::deny("s3:PutObject").on("*")]);
    assert_eq!(handed_over(&denies), [(Phase::Widen, want.clone())]);
    let version = Document::new(vec![old.clone()])
        .to_json()
        .replace("2012-10-17", "2008-10-17");
    let version = Document::parse_live(&version, crate::policy_document::Kind::Managed).unwrap();
    assert_eq!(handed_over(&version), [(Phase::Widen, want.clone())]);
    let large = |count: usize| {
        let one =
            |n: usize| Statement::allow("s3:GetObject").on(format!("arn:aws:s3:::old-{n:04}/*"));
        handed_over(&Document::new((0..count).map(one).collect())).len()
    };
    assert_eq!((large(10), large(90)), (2, 1));
}

#[test]
fn room_is_made_for_every_version_that_will_be_created() {
    let of = |spare: usize, have: &Document| {
        let desired = desired(&[]);
        let mut live = live_policy(&desired);
        live.policy.document = have.clone();
        live.spare_versions = (0..spare).map(|n| format!("v{n}")).collect();
        let outcome = super::diff::diff(
            desired.policy.as_ref().unwrap(),
            &policy(live),
            crate::resources::facts::GrantRemoval::AfterRegistration,
            &context(&desired, Adoption::NotAdopted),
        );
        let operations = summary(&changed(outcome)).0;
        let deleted = operations
            .iter()
            .filter(|name| **name == "DeletePolicyVersion");
        (deleted.count(), operations.len())
    };
    let old = Statement::allow("s3:GetObject").on("arn:aws:s3:::old/*");
    let both = Document::new(vec![old]);
    assert_eq!(of(2, &both), (0, 2));
    assert_eq!(of(3, &both), (1, 3));
    assert_eq!(of(4, &both), (2, 4));
}
