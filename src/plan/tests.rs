//! Tests of the pure planner.

use super::{Action, Choices, Fleet, Plan, plan};
use crate::failure::Class;
use crate::hazard::{Allowance, Word};
use crate::policy_document::{self, Document};
use crate::resources::actual::{Actual, DomainSeen};
use crate::resources::declared::Desired;
use crate::resources::observed::{Mark, Observed};
use crate::resources::outcome::Blocked;
use crate::resources::tests::{
    actual, denied, desired, live_policy, live_role, nothing, policy, role,
};
use crate::resources::{Call, Kind, bucket};

fn planned(desired: &Desired, actual: &Actual) -> Plan {
    plan(desired, &[], actual, &Choices::default(), &Fleet::default())
}

fn operations(plan: &Plan) -> Vec<&'static str> {
    plan.steps
        .iter()
        .map(|step| step.call.operation().operation)
        .collect()
}

fn actions(plan: &Plan) -> Vec<(Kind, Action)> {
    plan.changes
        .iter()
        .map(|change| (change.id.kind, change.action))
        .collect()
}

#[test]
fn the_order_is_bucket_policy_role_grant_repository() {
    let desired = desired(&[]);
    let expected = [
        "CreateBucket",
        "PutBucketTagging",
        "PutPublicAccessBlock",
        "PutBucketOwnershipControls",
        "PutBucketEncryption",
        "PutBucketVersioning",
        "PutBucketPolicy",
        "PutBucketLifecycleConfiguration",
        "CreatePolicy",
        "CreateRole",
        "AttachRolePolicy",
        "PUT _snapshot",
        "POST _snapshot/_verify",
        "PUT _snapshot",
        "POST _snapshot/_verify",
        "DELETE _snapshot",
    ];
    assert_eq!(operations(&planned(&desired, &nothing())), expected);
}

#[test]
fn the_same_reads_give_the_same_plan() {
    let desired = desired(&[]);
    assert_eq!(planned(&desired, &nothing()), planned(&desired, &nothing()));
    assert!(planned(&desired, &actual(&desired)).is_empty());
}

#[test]
fn what_depends_on_a_blocked_resource_and_would_change_is_blocked_with_it() {
    let desired = desired(&[]);
    let mut have = nothing();
    have.policy = Some(Observed::Unreadable(denied()));
    let plan = planned(&desired, &have);
    let expected = [
        (Kind::Bucket, Action::Create),
        (Kind::Policy, Action::Blocked),
        (Kind::Role, Action::Blocked),
        (Kind::Repository, Action::Blocked),
    ];
    assert_eq!(actions(&plan), expected);
    assert!(
        plan.steps
            .iter()
            .all(|step| step.resource.kind == Kind::Bucket)
    );
    // What is as wanted stays unchanged.
    let mut have = actual(&desired);
    have.policy = Some(Observed::Unreadable(denied()));
    let kinds = [
        (Kind::Bucket, Action::None),
        (Kind::Policy, Action::Blocked),
        (Kind::Role, Action::None),
        (Kind::Repository, Action::None),
    ];
    assert_eq!(actions(&planned(&desired, &have)), kinds);
}

#[test]
fn a_repository_waits_for_a_domain_that_cannot_be_asked() {
    let desired = desired(&[]);
    let mut have = actual(&desired);
    have.domain = DomainSeen::Unreadable(denied().remove(0));
    have.repository = None;
    let plan = planned(&desired, &have);
    assert_eq!(
        actions(&plan).first(),
        Some(&(Kind::Domain, Action::Blocked))
    );
    assert_eq!(
        actions(&plan).last(),
        Some(&(Kind::Repository, Action::Blocked))
    );
    assert!(plan.steps.is_empty());
}

#[test]
fn patience_is_planned_where_iam_changed_a_moment_ago_and_only_there() {
    let desired = desired(&[]);
    let patient = |have: &Actual| {
        let mut have = have.clone();
        have.repository = Some(Observed::Absent);
        planned(&desired, &have)
            .steps
            .iter()
            .all(|step| step.patience.iam)
    };
    let have = actual(&desired);
    assert!(!patient(&have));
    let mut recent = live_role(&desired);
    recent.recent = true;
    assert!(patient(&Actual {
        role: Some(role(recent)),
        ..have.clone()
    }));
    let mut recent = live_policy(&desired);
    recent.recent = true;
    assert!(patient(&Actual {
        policy: Some(policy(recent)),
        ..have
    }));
}

#[test]
fn plans_that_differ_in_patience_only_do_the_same() {
    let desired = desired(&[]);
    let mut have = actual(&desired);
    have.repository = Some(Observed::Absent);
    let before = planned(&desired, &have);
    let mut recent = live_role(&desired);
    recent.recent = true;
    have.role = Some(role(recent));
    let after = planned(&desired, &have);
    assert_ne!(before, after);
    assert_eq!(before.fingerprint(), after.fingerprint());
    let other = planned(&desired, &nothing());
    assert_ne!(before.fingerprint(), other.fingerprint());
}

#[test]
fn the_outline_of_a_plan_says_what_is_decided_on() {
    let desired = desired(&[("role", "exclusive: true")]);
    let same = planned(&desired, &actual(&desired)).outline();
    assert_eq!((same.is_empty, same.calls), (true, 0));
    assert_eq!((same.blocked, same.risks), (Vec::new(), Vec::new()));
    let mut live = live_role(&desired);
    live.role.inline.push("extra".to_owned());
    let have = Actual {
        role: Some(role(live)),
        policy: Some(Observed::Unreadable(denied())),
        ..actual(&desired)
    };
    let plan = planned(&desired, &have);
    let other = plan.outline();
    assert!(!other.is_empty);
    let blocked: Vec<String> = other.blocked.iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(blocked, ["policy.logs-snapshots", "role.logs-snapshots"]);
    assert_eq!(other.fingerprint, plan.fingerprint());
    let fresh = planned(&desired, &nothing()).outline();
    assert_eq!((fresh.is_empty, fresh.calls), (false, 16));
}

#[test]
fn a_plan_that_does_anything_else_has_another_fingerprint() {
    type Edit = fn(&mut Plan);
    let desired = desired(&[("role", "exclusive: true")]);
    let mut live = live_role(&desired);
    live.role.inline.push("extra".to_owned());
    let mut have = actual(&desired);
    have.role = Some(role(live));
    have.bucket = Some(Observed::Absent);
    let mut plan = planned(&desired, &have);
    plan.changes[2].blocked = Some(Blocked {
        reason: "denied, request 1".to_owned(),
        remedy: "ask".to_owned(),
        class: Class::Denied,
    });
    let other: [(&str, Edit); 12] = [
        ("a change less", |plan| drop(plan.changes.pop())),
        ("a step less", |plan| drop(plan.steps.pop())),
        ("the order", |plan| plan.steps.reverse()),
        ("an id", |plan| plan.changes[0].id.name.push('x')),
        ("an action", |plan| plan.changes[0].action = Action::Update),
        ("a field", |plan| plan.changes[0].fields.clear()),
        ("what is there", |plan| {
            plan.changes[0].fields[0].before = "x".into()
        }),
        ("what will be there", |plan| {
            plan.changes[0].fields[0].after = "x".into()
        }),
        ("a risk", |plan| plan.changes[2].risks.clear()),
        ("what is beside it", |plan| {
            plan.changes[0].unmanaged.push("x".to_owned())
        }),
        ("a cause", |plan| {
            plan.changes[2].blocked.as_mut().unwrap().class = Class::Unavailable
        }),
        ("a check", |plan| {
            let checked = plan.steps.iter_mut().find(|step| !step.before.is_empty());
            checked.unwrap().before.clear();
        }),
    ];
    for (what, edit) in other {
        let mut edited = plan.clone();
        edit(&mut edited);
        assert!(edited != plan, "{what}");
        assert_ne!(edited.fingerprint(), plan.fingerprint(), "{what}");
    }
    // Each call, and what cleans up after it, while all else stays as it was.
    for index in 0..plan.steps.len() {
        let next = plan.steps[(index + 1) % plan.steps.len()].call.clone();
        let mut edited = plan.clone();
        edited.steps[index].undo = Some(Box::new(next.clone()));
        assert_ne!(edited.fingerprint(), plan.fingerprint(), "undo {index}");
        let mut edited = plan.clone();
        edited.steps[index].call = next;
        assert_ne!(edited.fingerprint(), plan.fingerprint(), "call {index}");
    }
    let same: [(&str, Edit); 4] = [
        ("a note", |plan| {
            plan.changes[0].note = Some("other words".to_owned())
        }),
        ("the words of a reason", |plan| {
            plan.changes[2].blocked.as_mut().unwrap().reason = "denied, request 2".to_owned();
        }),
        ("patience", |plan| plan.steps[0].patience.bucket ^= true),
        ("how a document is written", |plan| {
            let calls = plan.steps.iter_mut().map(|step| &mut step.call);
            let mut documents = calls.filter_map(|call| match call {
                Call::Bucket(bucket::Call {
                    write: bucket::Write::PutPolicy(document),
                    ..
                }) => Some(document),
                _ => None,
            });
            let document = documents.next().unwrap();
            let written = document.to_json();
            let other = written.replace("s3:*", "S3:*");
            *document = Document::parse(&other, policy_document::Kind::BucketPolicy).unwrap();
            assert_ne!(document.to_json(), written);
        }),
    ];
    for (what, edit) in same {
        let mut edited = plan.clone();
        edit(&mut edited);
        assert_eq!(edited.fingerprint(), plan.fingerprint(), "{what}");
    }
}

#[test]
fn an_allowance_covers_its_risk_and_its_resource() {
    let desired = desired(&[("role", "exclusive: true")]);
    let mut live = live_role(&desired);
    live.role.inline.push("extra".to_owned());
    let have = Actual {
        role: Some(role(live)),
        ..actual(&desired)
    };
    let plan = planned(&desired, &have).outline();
    let refused = |word, target: Option<&str>| {
        let target = target.map(str::to_owned);
        plan.refused(&[Allowance { word, target }]).len()
    };
    assert_eq!(plan.refused(&[]).len(), 1);
    assert_eq!(refused(Word::Destroys, None), 0);
    assert_eq!(refused(Word::Destroys, Some("role.logs-snapshots")), 0);
    assert_eq!(refused(Word::Destroys, Some("policy.logs-snapshots")), 1);
    assert_eq!(refused(Word::Weakens, None), 1);
    // It is written in the command that does the same again.
    let written = |target: Option<&str>| {
        let target = target.map(str::to_owned);
        let word = Word::Weakens;
        Allowance { word, target }.to_string()
    };
    assert_eq!(written(None), "weakens");
    assert_eq!(written(Some("role.logs")), "weakens=role.logs");
}

#[test]
fn what_another_environment_of_the_run_creates_is_told_from_what_is_missing() {
    let reader = desired(&[
        ("bucket", "existing: true"),
        ("repository", "readonly: true"),
    ]);
    let mut writer = desired(&[]);
    writer.scope.environment = crate::names::EnvironmentName::parse("writer").unwrap();
    let plan = plan(
        &reader,
        &[],
        &nothing(),
        &Choices::default(),
        &Fleet::of([&reader, &writer]),
    );
    let (id, blocked) = plan.blocked().next().unwrap();
    assert_eq!(id.to_string(), "bucket.logs-snapshots");
    assert_eq!(blocked.reason, "created by environment writer: apply again");
}

#[test]
fn what_belongs_to_another_environment_is_never_changed_even_when_adopted() {
    let desired = desired(&[]);
    let mut live = live_role(&desired);
    live.mark = Mark::Other("metrics".to_owned());
    live.role.policies.clear();
    let have = Actual {
        role: Some(role(live)),
        ..actual(&desired)
    };
    let choices = Choices {
        adopted: desired.ids().iter().map(ToString::to_string).collect(),
        ..Choices::default()
    };
    let plan = plan(&desired, &[], &have, &choices, &Fleet::default());
    assert!(plan.steps.is_empty(), "{:#?}", plan.steps);
}
