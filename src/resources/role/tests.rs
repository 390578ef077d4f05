//! Tests of what a role's comparison decides.

use super::diff::diff;
use super::{Live, Sighting};
use crate::policy_document::{Document, PrincipalKind, Statement};
use crate::resources::context::Adoption;
use crate::resources::declared::Desired;
use crate::resources::observed::{Mark, Observed};
use crate::resources::outcome::{BlockedBy, Outcome};
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
    assert_eq!(blocked.cause, BlockedBy::Permission);
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
    assert_eq!(blocked.cause, BlockedBy::Guard);
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
