//! Tests of what a role's comparison decides.

mod existing;

use serde_json::{Value, json};

use super::diff::diff;
use super::spec::Seconds;
use super::{Live, Sighting};
use crate::failure::Class;
use crate::policy_document::{Document, PrincipalKind, Statement};
use crate::resources::context::Adoption;
use crate::resources::declared::Desired;
use crate::resources::observed::{Mark, Observed};
use crate::resources::outcome::{Changed, Outcome, Phase, Verb};
use crate::resources::tests::{
    blocked, changed, context, denied, desired, live_role, role, summary, unchanged,
};

fn compared(desired: &Desired, have: &Observed<Sighting>, adoption: Adoption) -> Outcome {
    diff(
        desired.role.as_ref().unwrap(),
        have,
        &context(desired, adoption),
    )
}

fn ours(desired: &Desired, change: impl FnOnce(&mut Live)) -> Outcome {
    let mut live = live_role(desired);
    change(&mut live);
    compared(desired, &role(live), Adoption::NotAdopted)
}

fn trusting(service: &str) -> Document {
    Document::new(vec![
        Statement::allow("sts:AssumeRole").by(PrincipalKind::Service, service),
    ])
}

#[test]
fn an_unreadable_role_blocks_and_is_never_created() {
    let desired = desired(&[]);
    let blocked = blocked(compared(
        &desired,
        &Observed::Unreadable(denied()),
        Adoption::Adopted,
    ));
    assert_eq!(blocked.class, Class::Denied);
}

#[test]
fn an_absent_role_is_created_and_then_gets_its_policy() {
    let created = changed(compared(
        &desired(&[]),
        &Observed::Absent,
        Adoption::NotAdopted,
    ));
    assert_eq!(summary(&created).0, ["CreateRole", "AttachRolePolicy"]);
}

#[test]
fn attaching_the_spec_s_own_policy_is_safe() {
    let attached = changed(ours(&desired(&[]), |live| live.role.policies.clear()));
    assert_eq!(
        summary(&attached),
        (vec!["AttachRolePolicy"], vec!["policies"], vec![])
    );
}

#[test]
fn a_trust_that_only_narrows_is_one_safe_call() {
    let narrowed = changed(ours(&desired(&[]), |live| {
        live.role.trust = trusting("es.amazonaws.com")
    }));
    assert_eq!(
        summary(&narrowed),
        (vec!["UpdateAssumeRolePolicy"], vec!["trust"], vec![])
    );
}

#[test]
fn a_trust_that_lets_somebody_new_in_is_reduced_first_and_widens() {
    let moved = changed(ours(&desired(&[]), |live| {
        live.role.trust = trusting("ec2.amazonaws.com")
    }));
    let (operations, fields, risks) = summary(&moved);
    assert_eq!(operations, ["UpdateAssumeRolePolicy"; 2]);
    assert_eq!((fields, risks), (vec!["trust"], vec!["widens-access"]));
}

#[test]
fn a_role_that_was_never_wired_is_completed_without_a_risk() {
    let completed = changed(ours(&desired(&[]), |live| {
        live.role.policies.clear();
        live.role.trust = trusting("ec2.amazonaws.com");
    }));
    assert_eq!(summary(&completed).2, Vec::<&str>::new());
}

#[test]
fn what_else_is_attached_is_kept_and_named_unless_the_role_is_exclusive() {
    let more = |live: &mut Live| {
        live.role
            .policies
            .push("arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned());
        live.role.inline.push("extra".to_owned());
    };
    let kept = ours(&desired(&[]), more);
    let unmanaged = [
        "attached policy arn:aws:iam::aws:policy/ReadOnlyAccess",
        "inline policy extra",
    ];
    assert_eq!(kept, unchanged(&unmanaged));
    let removed = changed(ours(&desired(&[("role", "exclusive: true")]), more));
    let (operations, _, risks) = summary(&removed);
    assert_eq!(
        (operations, risks),
        (
            vec!["DetachRolePolicy", "DeleteRolePolicy"],
            vec!["destroys", "destroys"]
        )
    );
}

#[test]
fn a_role_that_is_only_used_is_never_changed_and_what_it_misses_is_said() {
    let desired = desired(&[("role", "existing: true")]);
    let mut live = live_role(&desired);
    live.mark = Mark::None;
    assert_eq!(
        compared(&desired, &role(live.clone()), Adoption::NotAdopted),
        unchanged(&[])
    );
    live.role.policies.clear();
    match compared(&desired, &role(live.clone()), Adoption::NotAdopted) {
        Outcome::Unchanged {
            note: Some(note), ..
        } => {
            assert!(note.contains("attach-role-policy"), "{note}");
        }
        other => panic!("{other:#?}"),
    }
    // One that does not let the service in cannot be used at all.
    live.role.trust = trusting("ec2.amazonaws.com");
    let blocked = blocked(compared(&desired, &role(live), Adoption::NotAdopted));
    assert_eq!(blocked.class, Class::Refused);
}

#[test]
fn a_boundary_that_the_spec_does_not_name_is_kept() {
    let boundary = || crate::names::Arn::parse("arn:aws:iam::123456789012:policy/boundary").ok();
    let kept = ours(&desired(&[]), |live| {
        live.role.permissions_boundary = boundary()
    });
    let unmanaged = ["permissions boundary arn:aws:iam::123456789012:policy/boundary"];
    assert_eq!(kept, unchanged(&unmanaged));
    // A boundary takes access: putting one on is safe.
    let named = desired(&[(
        "role",
        "permissions_boundary: arn:aws:iam::123456789012:policy/boundary",
    )]);
    let put = changed(ours(&named, |live| live.role.permissions_boundary = None));
    assert_eq!(
        summary(&put),
        (
            vec!["PutRolePermissionsBoundary"],
            vec!["permissions_boundary"],
            vec![]
        )
    );
}

/// Each field with what is there and what will be there.
type Fields<'a> = Vec<(&'a str, Value, Value)>;

/// The fields of a change, and its calls with their phases.
fn told(changed: &Changed) -> (Fields<'_>, Vec<(Phase, &'static str)>) {
    let fields = changed.fields.iter();
    let fields = fields.map(|one| (one.path.as_str(), one.before.clone(), one.after.clone()));
    let drafts = changed.drafts.iter();
    let calls = drafts.map(|draft| (draft.phase, draft.call.operation().operation));
    (fields.collect(), calls.collect())
}

#[test]
fn a_new_role_shows_all_that_it_will_have() {
    const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/boundary";
    let line = format!("permissions_boundary: {BOUNDARY}");
    let desired = desired(&[("role", &line), ("role", "description: for snapshots")]);
    let created = changed(compared(&desired, &Observed::Absent, Adoption::NotAdopted));
    assert_eq!(created.verb, Verb::Create);
    let want = &desired.role.as_ref().unwrap().want;
    let nothing = Value::Null;
    let (fields, calls) = told(&created);
    assert_eq!(
        fields,
        [
            ("path", nothing.clone(), json!("/")),
            ("description", nothing.clone(), json!("for snapshots")),
            ("max_session_duration", nothing.clone(), json!("1h")),
            ("permissions_boundary", nothing.clone(), json!(BOUNDARY)),
            ("trust", nothing.clone(), want.trust.to_value()),
            ("policies", nothing.clone(), json!(want.policies)),
            ("tags.esbackup-environment", nothing.clone(), json!("logs")),
            ("tags.managed-by", nothing, json!("esbackup")),
        ]
    );
    assert_eq!(
        calls,
        [
            (Phase::Create, "CreateRole"),
            (Phase::Widen, "AttachRolePolicy")
        ]
    );
    assert!(!created.fields[4].statements.is_empty());
}

#[test]
fn what_blocks_a_role_says_what_to_do() {
    let managed = desired(&[]);
    let reason = |desired: &Desired, have: Observed<Sighting>| {
        blocked(compared(desired, &have, Adoption::NotAdopted)).reason
    };
    let elsewhere =
        Sighting::Elsewhere("arn:aws:iam::123456789012:role/x/Logs-Snapshots".to_owned());
    assert_eq!(
        reason(&managed, Observed::Present(elsewhere)),
        "its name is taken by arn:aws:iam::123456789012:role/x/Logs-Snapshots; IAM names are unique across paths and without case"
    );
    assert_eq!(
        reason(&managed, Observed::Present(Sighting::NoBoundary)),
        "the policy named as its permissions boundary does not exist"
    );
    let used = desired(&[("role", "existing: true")]);
    assert!(reason(&used, Observed::Absent).contains("does not exist"));
    let mut live = live_role(&managed);
    live.mark = Mark::Other("metrics".to_owned());
    assert_eq!(
        reason(&managed, role(live)),
        "belongs to the environment metrics"
    );
}

#[test]
fn one_call_sets_description_and_session_and_clears_nothing() {
    let write = |lines: &[(&str, &str)], change: &dyn Fn(&mut Live)| {
        let desired = desired(lines);
        let outcome = ours(&desired, change);
        if let Outcome::Unchanged { .. } = outcome {
            return None;
        }
        let changed = changed(outcome);
        assert!(changed.risks.is_empty());
        let fields: Vec<String> = changed.fields.iter().map(|one| one.path.clone()).collect();
        let [draft] = &changed.drafts[..] else {
            panic!("{changed:#?}")
        };
        match &draft.call {
            crate::resources::Call::Role(call) => Some((fields.join(" "), call.write.clone())),
            other => panic!("{other:#?}"),
        }
    };
    let update = |description: Option<&str>, seconds: Seconds| super::Write::Update {
        description: description.map(str::to_owned),
        max_session_duration: seconds,
    };
    let described =
        |text: &'static str| move |live: &mut Live| live.role.description = Some(text.to_owned());
    let line = [("role", "description: ours")];
    assert_eq!(write(&[], &described("theirs")), None);
    assert_eq!(write(&line, &described("ours")), None);
    assert_eq!(
        write(&line, &described("theirs")),
        Some((
            "description".to_owned(),
            update(Some("ours"), Seconds::HOUR)
        ))
    );
    let longer = |live: &mut Live| {
        live.role.description = Some("theirs".to_owned());
        live.role.max_session_duration = Seconds::TWELVE_HOURS;
    };
    assert_eq!(
        write(&[], &longer),
        Some((
            "max_session_duration".to_owned(),
            update(Some("theirs"), Seconds::HOUR)
        ))
    );
    assert_eq!(
        write(&line, &longer),
        Some((
            "description max_session_duration".to_owned(),
            update(Some("ours"), Seconds::HOUR)
        ))
    );
}

#[test]
fn another_boundary_may_widen_and_waits_and_an_equal_one_is_left_alone() {
    const WANTED: &str = "arn:aws:iam::123456789012:policy/boundary";
    const OTHER: &str = "arn:aws:iam::123456789012:policy/other";
    let line = format!("permissions_boundary: {WANTED}");
    let desired = desired(&[("role", &line)]);
    let from = |arn: &str| {
        let arn = crate::names::Arn::parse(arn).ok();
        ours(&desired, |live| live.role.permissions_boundary = arn)
    };
    assert_eq!(from(WANTED), unchanged(&[]));
    let other = changed(from(OTHER));
    let risks: Vec<&str> = other.risks.iter().map(|note| note.why.as_str()).collect();
    assert_eq!(
        risks,
        [format!(
            "the permissions boundary changes from {OTHER} to {WANTED}"
        )]
    );
    let (fields, calls) = told(&other);
    assert_eq!(
        fields,
        [("permissions_boundary", json!(OTHER), json!(WANTED))]
    );
    assert_eq!(calls, [(Phase::Widen, "PutRolePermissionsBoundary")]);
    let none = changed(ours(&desired, |live| live.role.permissions_boundary = None));
    assert_eq!(
        told(&none).1,
        [(Phase::Narrow, "PutRolePermissionsBoundary")]
    );
}

#[test]
fn the_field_of_policies_shows_what_will_be_attached() {
    const OWN: &str = "arn:aws:iam::123456789012:policy/logs-snapshots";
    const THEIRS: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let field = |exclusive: bool, have: &[&str]| {
        let lines: &[_] = if exclusive {
            &[("role", "exclusive: true")]
        } else {
            &[]
        };
        let outcome = ours(&desired(lines), |live| {
            live.role.policies = have.iter().map(|arn| (*arn).to_owned()).collect();
        });
        match outcome {
            Outcome::Unchanged { .. } => None,
            other => {
                let changed = changed(other);
                let (fields, calls) = told(&changed);
                assert_eq!(fields.len(), 1, "{fields:?}");
                Some((fields[0].1.clone(), fields[0].2.clone(), calls))
            }
        }
    };
    let attach = (Phase::Widen, "AttachRolePolicy");
    let detach = (Phase::Widen, "DetachRolePolicy");
    assert_eq!(field(false, &[OWN]), None);
    assert_eq!(field(false, &[OWN, THEIRS]), None);
    assert_eq!(
        field(false, &[THEIRS]),
        Some((json!([THEIRS]), json!([THEIRS, OWN]), vec![attach]))
    );
    assert_eq!(field(true, &[OWN]), None);
    assert_eq!(
        field(true, &[THEIRS]),
        Some((json!([THEIRS]), json!([OWN]), vec![attach, detach]))
    );
    assert_eq!(
        field(true, &[OWN, THEIRS]),
        Some((json!([OWN, THEIRS]), json!([OWN]), vec![detach]))
    );
}

#[test]
fn only_tags_that_differ_are_sent_and_others_are_kept() {
    let tagged = changed(ours(&desired(&[]), |live| {
        live.role.tags.remove("managed-by");
        live.role.tags.insert("theirs".to_owned(), "x".to_owned());
        // What else is attached is kept, and therefore no field that changes.
        live.role
            .policies
            .push("arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned());
    }));
    let attached = "attached policy arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert_eq!(tagged.unmanaged, ["tag theirs", attached]);
    let (fields, calls) = told(&tagged);
    assert_eq!(
        fields,
        [("tags.managed-by", Value::Null, json!("esbackup"))]
    );
    assert_eq!(calls, [(Phase::Narrow, "TagRole")]);
    match &tagged.drafts[0].call {
        crate::resources::Call::Role(call) => {
            let tags = [("managed-by".to_owned(), "esbackup".to_owned())];
            assert_eq!(call.write, super::Write::Tag(tags.into_iter().collect()));
        }
        other => panic!("{other:#?}"),
    }
}

#[test]
fn a_trust_is_reduced_first_only_where_that_takes_something_and_an_inline_policy_counts_as_wired() {
    let want = desired(&[]);
    let from = |trust: Document, inline: bool, adoption: Adoption| {
        let mut live = live_role(&want);
        live.role.trust = trust;
        live.role.policies.clear();
        if inline {
            live.role.inline.push("extra".to_owned());
        }
        if adoption == Adoption::Adopted {
            live.mark = Mark::None;
        }
        let changed = changed(compared(&want, &role(live), adoption));
        let drafts = changed
            .drafts
            .iter()
            .filter(|draft| draft.call.operation().operation == "UpdateAssumeRolePolicy");
        (
            drafts.map(|draft| draft.phase).collect::<Vec<_>>(),
            changed.risks.len(),
        )
    };
    let other = || trusting("ec2.amazonaws.com");
    let twice = vec![Phase::Narrow, Phase::Open];
    assert_eq!(
        from(other(), false, Adoption::NotAdopted),
        (twice.clone(), 0)
    );
    assert_eq!(
        from(other(), true, Adoption::NotAdopted),
        (twice.clone(), 1)
    );
    assert_eq!(from(other(), false, Adoption::Adopted), (twice, 1));
    // Nothing is granted, so that there is nothing to take first.
    let nobody = Document::new(vec![Statement::deny("sts:AssumeRole").by_everyone()]);
    let (phases, _) = from(nobody, false, Adoption::NotAdopted);
    assert_eq!(phases.last(), Some(&Phase::Open));
}

#[test]
fn a_role_that_is_used_says_by_name_what_is_not_attached() {
    let desired = desired(&[("role", "existing: true")]);
    let mut live = live_role(&desired);
    live.role.policies = vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()];
    let expected = "used as it is: arn:aws:iam::123456789012:policy/logs-snapshots is not attached to it; if nothing else grants that, run \
        `aws iam attach-role-policy --role-name logs-snapshots --policy-arn arn:aws:iam::123456789012:policy/logs-snapshots`";
    match compared(&desired, &role(live), Adoption::NotAdopted) {
        Outcome::Unchanged { note, .. } => assert_eq!(note.as_deref(), Some(expected)),
        other => panic!("{other:#?}"),
    }
}
