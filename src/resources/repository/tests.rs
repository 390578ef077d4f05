//! Tests of what a repository's comparison decides.

use super::diff::{RoleIs, Route, Surroundings, diff};
use super::{Live, Registered};
use crate::resources::context::Adoption;
use crate::resources::declared::Desired;
use crate::resources::observed::Observed;
use crate::resources::outcome::{BlockedBy, Outcome};
use crate::resources::tests::{
    blocked, changed, context, denied, desired, live_repository, summary, unchanged,
};

/// What stands around a repository of this environment whose base path is empty.
fn around() -> Surroundings {
    Surroundings {
        holds_repository: Some(Ok(false)),
        role: RoleIs::Ours,
        route: Route::Candidate,
    }
}

fn compared(
    desired: &Desired,
    have: &Observed<Live>,
    around: Surroundings,
    adoption: Adoption,
) -> Outcome {
    diff(
        &desired.repository,
        have,
        &around,
        &context(desired, adoption),
    )
}

fn registered(desired: &Desired, change: impl FnOnce(&mut Registered)) -> Outcome {
    let mut live = live_repository(desired);
    change(live.registered.as_mut().unwrap());
    compared(
        desired,
        &Observed::Present(live),
        around(),
        Adoption::NotAdopted,
    )
}

/// What the calls of a change do, in words.
fn calls(outcome: Outcome) -> Vec<String> {
    changed(outcome)
        .drafts
        .iter()
        .map(|draft| draft.call.describe())
        .collect()
}

const PROVED: [&str; 5] = [
    "register repository snapshots--esbackup-candidate",
    "verify repository snapshots--esbackup-candidate on all nodes",
    "register repository snapshots",
    "verify repository snapshots on all nodes",
    "remove the registration snapshots--esbackup-candidate",
];

#[test]
fn an_equal_registration_is_never_sent_again() {
    assert_eq!(registered(&desired(&[]), |_| {}), unchanged(&[]));
}

#[test]
fn new_settings_are_proved_under_a_candidate_before_they_take_the_name() {
    let desired = desired(&[]);
    let created = compared(&desired, &Observed::Absent, around(), Adoption::NotAdopted);
    assert_eq!(calls(created), PROVED);
    let moved = registered(&desired, |have| {
        drop(
            have.settings
                .insert("compress".to_owned(), "false".to_owned()),
        )
    });
    assert_eq!(calls(moved), PROVED);
    let direct = Surroundings {
        route: Route::Direct,
        ..around()
    };
    assert_eq!(
        calls(compared(
            &desired,
            &Observed::Absent,
            direct,
            Adoption::NotAdopted
        )),
        PROVED[2..4]
    );
}

#[test]
fn whatever_fails_after_the_candidate_exists_removes_it() {
    let created = changed(compared(
        &desired(&[]),
        &Observed::Absent,
        around(),
        Adoption::NotAdopted,
    ));
    let undone: Vec<bool> = created
        .drafts
        .iter()
        .map(|draft| draft.undo.is_some())
        .collect();
    assert_eq!(undone, [true, true, true, true, false]);
}

#[test]
fn a_repository_in_use_is_asked_for_right_before_it_is_replaced() {
    let desired = desired(&[]);
    let moved = changed(registered(&desired, |have| {
        drop(
            have.settings
                .insert("compress".to_owned(), "false".to_owned()),
        )
    }));
    let checked: Vec<bool> = moved
        .drafts
        .iter()
        .map(|draft| draft.before.is_some())
        .collect();
    assert_eq!(checked, [false, false, true, false, false]);
}

#[test]
fn pointing_elsewhere_or_becoming_writable_repoints_and_other_settings_do_not() {
    let desired = desired(&[]);
    for (name, repoints) in [
        ("bucket", true),
        ("base_path", true),
        ("region", true),
        ("compress", false),
    ] {
        let moved = changed(registered(&desired, |have| {
            drop(have.settings.insert(name.to_owned(), "x".to_owned()))
        }));
        let expected = if repoints { vec!["repoints"] } else { vec![] };
        assert_eq!(summary(&moved).2, expected, "{name}");
    }
    let writable = changed(registered(&desired, |have| {
        drop(
            have.settings
                .insert("readonly".to_owned(), "true".to_owned()),
        )
    }));
    assert_eq!(summary(&writable).2, ["repoints"]);
}

#[test]
fn a_registration_with_another_role_is_somebody_else_s() {
    let desired = desired(&[]);
    let mut live = live_repository(&desired);
    live.registered.as_mut().unwrap().settings.insert(
        "role_arn".to_owned(),
        "arn:aws:iam::123456789012:role/theirs".to_owned(),
    );
    let have = Observed::Present(live);
    let refused = blocked(compared(&desired, &have, around(), Adoption::NotAdopted));
    assert_eq!(refused.cause, BlockedBy::Guard);
    assert_eq!(
        calls(compared(&desired, &have, around(), Adoption::Adopted)),
        PROVED
    );
}

#[test]
fn a_base_path_that_holds_snapshots_has_one_writer() {
    let writer = desired(&[]);
    for holds in [Ok(true), Err(denied().remove(0))] {
        let around = Surroundings {
            holds_repository: Some(holds),
            ..around()
        };
        let absent = compared(
            &writer,
            &Observed::Absent,
            around.clone(),
            Adoption::NotAdopted,
        );
        assert!(matches!(absent, Outcome::Blocked(_)), "{around:?}");
        let adopted = compared(
            &writer,
            &Observed::Absent,
            around.clone(),
            Adoption::Adopted,
        );
        assert_eq!(calls(adopted), PROVED);
        let reader = desired(&[("repository", "readonly: true")]);
        assert_eq!(
            calls(compared(
                &reader,
                &Observed::Absent,
                around.clone(),
                Adoption::NotAdopted
            )),
            PROVED
        );
    }
}

#[test]
fn one_that_does_not_answer_is_verified_again_and_not_replaced() {
    let broken = registered(&desired(&[]), |have| {
        have.broken = Some("access denied".to_owned())
    });
    assert_eq!(calls(broken), ["verify repository snapshots on all nodes"]);
}

#[test]
fn a_candidate_is_removed_only_where_it_points_where_the_repository_does() {
    let desired = desired(&[]);
    let with_candidate = |bucket: &str| {
        let mut live = live_repository(&desired);
        let mut candidate = live.registered.clone().unwrap();
        candidate
            .settings
            .insert("bucket".to_owned(), bucket.to_owned());
        live.candidate = Some(candidate);
        compared(
            &desired,
            &Observed::Present(live),
            around(),
            Adoption::NotAdopted,
        )
    };
    assert_eq!(
        calls(with_candidate("logs-snapshots")),
        ["remove the registration snapshots--esbackup-candidate"]
    );
    assert!(!matches!(with_candidate("elsewhere"), Outcome::Changed(_)));
}

#[test]
fn an_unreadable_repository_blocks() {
    let unreadable = compared(
        &desired(&[]),
        &Observed::Unreadable(denied()),
        around(),
        Adoption::Adopted,
    );
    assert_eq!(blocked(unreadable).cause, BlockedBy::Permission);
}
