//! Tests of what a repository's comparison decides.

use super::diff::diff;
use super::throttle::bytes;
use super::{Call, Live, Registered, RepositorySettings};
use crate::domain::EngineKind;
use crate::failure::Class;
use crate::resources::context::Adoption;
use crate::resources::declared::Desired;
use crate::resources::facts::{BucketAndRoleFacts, BucketIs, Established, RoleIs, Route};
use crate::resources::observed::Observed;
use crate::resources::outcome::{FieldChange, Outcome};
use crate::resources::repository::Check;
use crate::resources::tests::{
    blocked, changed, context, denied, desired, live_repository, summary, unchanged,
};
use crate::resources::{Call as AnyCall, Check as AnyCheck};

/// What stands around a repository of this environment whose base path is empty.
pub(super) fn around() -> BucketAndRoleFacts {
    BucketAndRoleFacts {
        holds_repository: Some(Ok(false)),
        role: RoleIs::Ours,
        established: None,
        bucket: BucketIs::Ours,
        route: Route::Candidate,
        engine: Some(EngineKind::OpenSearch),
    }
}

fn compared(
    desired: &Desired,
    have: &Observed<Live>,
    around: BucketAndRoleFacts,
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
    let direct = BucketAndRoleFacts {
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
    assert_eq!(refused.class, Class::Refused);
    assert_eq!(
        calls(compared(&desired, &have, around(), Adoption::Adopted)),
        PROVED
    );
}

#[test]
fn a_base_path_that_holds_snapshots_has_one_writer() {
    let writer = desired(&[]);
    for holds in [Ok(true), Err(denied().remove(0))] {
        let around = BucketAndRoleFacts {
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
fn lost_registration_reads_a_readonly_candidate_first() {
    let writer = desired(&[]);
    let around = BucketAndRoleFacts {
        holds_repository: Some(Ok(true)),
        established: Some(Established { domain: None }),
        ..around()
    };
    let compare = |around: &BucketAndRoleFacts, adoption| {
        compared(&writer, &Observed::Absent, around.clone(), adoption)
    };
    let outcome = changed(compare(&around, Adoption::NotAdopted));
    let candidate = writer.repository.want.name.candidate();
    let first = &outcome.drafts[0];
    assert_eq!(first.before, None);
    assert_eq!(
        put(&first.call).get("readonly").map(String::as_str),
        Some("true")
    );
    let second = &outcome.drafts[1];
    assert!(
        matches!(&second.before, Some(AnyCheck::Repository(Check::Own(own))) if own.candidate == candidate),
        "{second:?}"
    );
    assert_eq!(put(&second.call), &writer.repository.want.settings);
    // Whatever refuses the second call, the candidate is removed.
    assert_eq!((first.undo.is_some(), &first.undo), (true, &second.undo));
    let rest: Vec<String> = outcome.drafts[1..]
        .iter()
        .map(|draft| draft.call.describe())
        .collect();
    assert_eq!(rest, PROVED);
    assert_eq!(calls(compare(&around, Adoption::Adopted)), PROVED);
    // Without a candidate nothing can be read first.
    let direct = BucketAndRoleFacts {
        route: Route::Direct,
        ..around
    };
    blocked(compare(&direct, Adoption::NotAdopted));
}

/// The settings of a registration.
fn put(call: &crate::resources::Call) -> &RepositorySettings {
    match call {
        crate::resources::Call::Repository(Call::Put { settings, .. }) => settings,
        other => panic!("{other:?}"),
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
    assert_eq!(blocked(unreadable).class, Class::Denied);
}

/// The settings that a change registers under the repository's own name, and its fields as `path before after`.
fn sent(outcome: Outcome) -> (RepositorySettings, Vec<String>) {
    let changed = changed(outcome);
    let fields = changed.fields.iter().map(|field| format!("{field:?}"));
    let mut puts = changed.drafts.iter().filter_map(|draft| match &draft.call {
        AnyCall::Repository(Call::Put { name, settings, .. }) if name.as_str() == "snapshots" => {
            Some(settings.clone())
        }
        _ => None,
    });
    (puts.next().unwrap(), fields.collect())
}

fn live_with(desired: &Desired, settings: &[(&str, &str)]) -> Observed<Live> {
    let mut live = live_repository(desired);
    let have = &mut live.registered.as_mut().unwrap().settings;
    have.extend(
        settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    Observed::Present(live)
}

#[test]
fn a_throttle_that_the_spec_does_not_name_is_put_back_by_sending_the_default() {
    let desired = desired(&[]);
    let throttles = [
        ("max_snapshot_bytes_per_sec", "10mb", "40mb"),
        ("max_restore_bytes_per_sec", "10mb", "0"),
        ("max_remote_upload_bytes_per_sec", "10mb", "0"),
        ("max_remote_low_priority_upload_bytes_per_sec", "10mb", "0"),
        ("max_remote_download_bytes_per_sec", "10mb", "0"),
    ];
    for engine in [Some(EngineKind::OpenSearch), None] {
        for (name, live, default) in throttles {
            let around = BucketAndRoleFacts { engine, ..around() };
            let have = live_with(&desired, &[(name, live)]);
            let outcome = compared(&desired, &have, around, Adoption::NotAdopted);
            let note = changed(outcome.clone()).note;
            let mut expected = desired.repository.want.settings.clone();
            expected.insert(name.to_owned(), default.to_owned());
            let field = FieldChange::value(format!("settings.{name}"), live, default);
            assert_eq!(sent(outcome), (expected, vec![format!("{field:?}")]));
            assert_eq!(
                note,
                Some(format!(
                    "the engine's default is sent for {name}: engines keep a throttle that a registration leaves out"
                ))
            );
        }
    }
}

#[test]
fn a_throttle_at_the_engine_s_default_is_no_drift() {
    let desired = desired(&[]);
    let live = [
        ("max_snapshot_bytes_per_sec", "40960kb"),
        ("max_restore_bytes_per_sec", "0b"),
    ];
    let have = live_with(&desired, &live);
    assert_eq!(
        compared(&desired, &have, around(), Adoption::NotAdopted),
        unchanged(&[])
    );
    // In a registration that is sent for another reason it is sent as it is, so that it lands as it was sent on every engine.
    let have = live_with(&desired, &[live[0], live[1], ("compress", "false")]);
    let mut expected = desired.repository.want.settings.clone();
    expected.extend(live.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let field = FieldChange::value("settings.compress", "false", serde_json::Value::Null);
    assert_eq!(
        sent(compared(&desired, &have, around(), Adoption::NotAdopted)),
        (expected, vec![format!("{field:?}")])
    );
}

#[test]
fn elasticsearch_forgets_a_throttle_that_is_left_out() {
    let desired = desired(&[]);
    let around = BucketAndRoleFacts {
        engine: Some(EngineKind::Elasticsearch),
        ..around()
    };
    let have = live_with(&desired, &[("max_restore_bytes_per_sec", "40mb")]);
    let field = FieldChange::value(
        "settings.max_restore_bytes_per_sec",
        "40mb",
        serde_json::Value::Null,
    );
    let expected = desired.repository.want.settings.clone();
    assert_eq!(
        sent(compared(&desired, &have, around, Adoption::NotAdopted)),
        (expected, vec![format!("{field:?}")])
    );
}

#[test]
fn a_size_is_read_as_engines_read_it() {
    for (text, expected) in [
        ("0", Some(0)),
        ("0b", Some(0)),
        ("0mb", Some(0)),
        ("-1", Some(0)),
        ("40mb", Some(41_943_040)),
        ("40M", Some(41_943_040)),
        ("40960kb", Some(41_943_040)),
        ("41943040b", Some(41_943_040)),
        ("99999999999pb", None),
        ("1.5mb", None),
        ("7", None),
        ("mb", None),
        ("", None),
    ] {
        assert_eq!(bytes(text), expected, "{text}");
    }
}
