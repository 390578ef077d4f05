//! Tests of what is said of a registration: reasons, risks, notes and fields, word by word.

use serde_json::{Value, json};

use super::diff;
use crate::failure::Class;
use crate::resources::context::Adoption;
use crate::resources::declared::Desired;
use crate::resources::facts::{BucketAndRoleFacts, BucketIs, RoleIs, Route};
use crate::resources::observed::Observed;
use crate::resources::outcome::{Outcome, Phase, Verb};
use crate::resources::repository::tests::around;
use crate::resources::repository::{Live, Registered};
use crate::resources::tests::{blocked, changed, context, desired, live_repository, unchanged};

fn compared(desired: &Desired, live: Live, around: &BucketAndRoleFacts) -> Outcome {
    let context = context(desired, Adoption::NotAdopted);
    diff(
        &desired.repository,
        &Observed::Present(live),
        around,
        &context,
    )
}

/// A registration as wanted, with these settings in place of others.
fn with(desired: &Desired, settings: &[(&str, &str)]) -> Live {
    let mut live = live_repository(desired);
    let have = &mut live.registered.as_mut().unwrap().settings;
    for (name, value) in settings {
        have.insert((*name).to_owned(), (*value).to_owned());
    }
    live
}

fn why(outcome: Outcome) -> Vec<String> {
    let risks = changed(outcome).risks.into_iter();
    risks
        .map(|note| format!("{} {}", note.risk.as_str(), note.why))
        .collect()
}

#[test]
fn a_repository_that_is_only_used_must_be_what_the_spec_says_and_answer() {
    let said = |lines: &[(&str, &str)], settings: &[(&str, &str)], broken: Option<&str>| {
        let lines = [&[("repository", "existing: true")], lines].concat();
        let desired = desired(&lines);
        let mut live = with(&desired, settings);
        live.registered.as_mut().unwrap().broken = broken.map(str::to_owned);
        compared(&desired, live, &around())
    };
    assert_eq!(said(&[], &[], None), unchanged(&[]));
    // Of other settings the spec of a repository that is only used says nothing.
    assert_eq!(
        said(&[], &[("compress", "false"), ("role_arn", "x")], None),
        unchanged(&[])
    );
    let other = blocked(said(&[], &[("base_path", "else"), ("bucket", "b")], None));
    assert_eq!(other.class, Class::Refused);
    assert_eq!(
        other.reason,
        "is used as it is (`existing: true`), and its base_path is else, and the spec says logs; its bucket is b, and the spec says logs-snapshots"
    );
    let silent = blocked(said(&[], &[], Some("access denied")));
    assert_eq!(
        silent.reason,
        "is registered but does not answer: access denied"
    );
    let desired = desired(&[("repository", "existing: true")]);
    let nothing = Live {
        registered: None,
        candidate: None,
        others: Default::default(),
    };
    let missing = blocked(compared(&desired, nothing, &around()));
    assert_eq!(missing.class, Class::Refused);
}

#[test]
fn each_way_of_pointing_elsewhere_is_a_risk_by_its_name() {
    let desired = desired(&[]);
    let of =
        |settings: &[(&str, &str)]| why(compared(&desired, with(&desired, settings), &around()));
    assert_eq!(
        of(&[("bucket", "b")]),
        ["repoints bucket goes from b to logs-snapshots"]
    );
    assert_eq!(
        of(&[("base_path", "b")]),
        ["repoints base_path goes from b to logs"]
    );
    assert_eq!(
        of(&[("endpoint", "e")]),
        ["repoints endpoint goes from e to none"]
    );
    assert_eq!(
        of(&[("region", "r")]),
        ["repoints region goes from r to us-west-2"]
    );
    assert_eq!(of(&[("compress", "false")]), [""; 0]);
    let writable = "repoints it becomes writable: no other domain may write to its base path";
    assert_eq!(of(&[("readonly", "true")]), [writable]);
    assert_eq!(of(&[("readonly", "false")]), [""; 0]);
    let mut live = live_repository(&desired);
    live.registered.as_mut().unwrap().kind = "fs".to_owned();
    let changed = changed(compared(&desired, live.clone(), &around()));
    assert_eq!(
        why(compared(&desired, live, &around())),
        ["repoints its type goes from fs to s3"]
    );
    let field = &changed.fields[0];
    assert_eq!(
        (field.path.as_str(), &field.before, &field.after),
        ("type", &json!("fs"), &json!("s3"))
    );
}

#[test]
fn only_one_that_begins_to_write_somewhere_must_find_nothing_there() {
    let taken = |lines: &[(&str, &str)], settings: &[(&str, &str)]| {
        let desired = desired(lines);
        let around = BucketAndRoleFacts {
            holds_repository: Some(Ok(true)),
            ..around()
        };
        match compared(&desired, with(&desired, settings), &around) {
            Outcome::Blocked(blocked) => Some(blocked.reason),
            Outcome::Changed(_) | Outcome::Unchanged { .. } => None,
        }
    };
    let reason = "its base path already holds the snapshots of a repository; two writers on one path corrupt it";
    for moved in [
        [("bucket", "b")],
        [("base_path", "b")],
        [("readonly", "true")],
    ] {
        assert_eq!(taken(&[], &moved).as_deref(), Some(reason), "{moved:?}");
    }
    // It writes there already, or it will only read.
    assert_eq!(taken(&[], &[("compress", "false")]), None);
    let reader = [("repository", "readonly: true")];
    assert_eq!(taken(&reader, &[("base_path", "b")]), None);
    assert_eq!(taken(&reader, &[("readonly", "false")]), None);
}

#[test]
fn a_registration_is_ours_by_its_role_alone() {
    let foreign = |settings: &[(&str, &str)], role: RoleIs| {
        let desired = desired(&[]);
        let around = BucketAndRoleFacts { role, ..around() };
        let live = with(&desired, &[&[("compress", "false")], settings].concat());
        matches!(compared(&desired, live, &around), Outcome::Blocked(_))
    };
    assert!(!foreign(&[], RoleIs::Ours));
    assert!(foreign(&[], RoleIs::Foreign));
    assert!(foreign(
        &[("role_arn", "arn:aws:iam::123456789012:role/theirs")],
        RoleIs::Ours
    ));
}

/// A cluster of one's own passes no role: what its registration points at tells whose it is.
#[test]
fn registration_without_a_role_is_ours_by_where_it_points() {
    let foreign = |settings: &[(&str, &str)], bucket: BucketIs| {
        let mut desired = desired(&[]);
        desired.repository.want.settings.remove("role_arn");
        let around = BucketAndRoleFacts {
            role: RoleIs::Foreign,
            bucket,
            ..around()
        };
        let mut live = with(&desired, &[&[("compress", "false")], settings].concat());
        live.registered
            .as_mut()
            .unwrap()
            .settings
            .remove("role_arn");
        match compared(&desired, live, &around) {
            Outcome::Blocked(blocked) => Some(blocked.reason),
            _ => None,
        }
    };
    let theirs = "is registered with settings that are not esbackup's, and not for the bucket and base path of this environment";
    assert_eq!(foreign(&[], BucketIs::Ours), None);
    assert_eq!(foreign(&[("base_path", "other")], BucketIs::Ours), None);
    // A bucket that is only used: the registration points to the bucket and base path of the spec.
    assert_eq!(foreign(&[], BucketIs::Foreign), None);
    for (settings, bucket) in [
        (&[("base_path", "other")], BucketIs::Foreign),
        (&[("bucket", "theirs")], BucketIs::Foreign),
        (&[("bucket", "theirs")], BucketIs::Ours),
    ] {
        assert_eq!(foreign(settings, bucket).as_deref(), Some(theirs));
    }
}

/// A candidate that points to this bucket and base path.
fn candidate(desired: &Desired, bucket: &str, base_path: &str) -> Registered {
    let live = with(desired, &[("bucket", bucket), ("base_path", base_path)]);
    live.registered.unwrap()
}

#[test]
fn a_candidate_that_points_elsewhere_is_in_the_way_only_where_one_is_needed() {
    let of =
        |lines: &[(&str, &str)], route: Route, bucket: &str, base_path: &str, differs: bool| {
            let desired = desired(lines);
            let mut live = with(
                &desired,
                if differs {
                    &[("compress", "false")]
                } else {
                    &[]
                },
            );
            live.candidate = Some(candidate(&desired, bucket, base_path));
            let around = BucketAndRoleFacts { route, ..around() };
            match compared(&desired, live, &around) {
                Outcome::Blocked(blocked) => format!("blocked: {}", blocked.reason),
                Outcome::Unchanged { .. } => "unchanged".to_owned(),
                Outcome::Changed(changed) => {
                    let calls = changed.drafts.iter().map(|draft| draft.call.describe());
                    calls.collect::<Vec<_>>().join(", ")
                }
            }
        };
    let elsewhere = |bucket: &str, path: &str| {
        format!(
            "blocked: snapshots--esbackup-candidate is registered for another place (bucket {bucket}, base path {path}), and its settings would be proved under that name"
        )
    };
    let (own, proved) = (Route::Candidate, &[][..]);
    assert_eq!(of(proved, own, "b", "logs", true), elsewhere("b", "logs"));
    assert_eq!(
        of(proved, own, "logs-snapshots", "p", true),
        elsewhere("logs-snapshots", "p")
    );
    assert_eq!(of(proved, own, "b", "logs", false), "unchanged");
    let direct = "register repository snapshots, verify repository snapshots on all nodes";
    assert_eq!(of(proved, Route::Direct, "b", "logs", true), direct);
    let unproved = [("repository", "verify: false")];
    assert_eq!(
        of(&unproved, own, "b", "logs", true),
        "register repository snapshots"
    );
    // One of an interrupted run of ours goes first, unless nobody will need the name.
    let left = "remove the registration snapshots--esbackup-candidate";
    assert!(of(proved, own, "logs-snapshots", "logs", true).starts_with(left));
    assert_eq!(of(proved, own, "logs-snapshots", "logs", false), left);
    assert_eq!(
        of(proved, Route::Direct, "logs-snapshots", "logs", false),
        "unchanged"
    );
    // One that does not exist yet is stopped as well.
    let desired = desired(&[]);
    let mut absent = Live {
        registered: None,
        candidate: Some(candidate(&desired, "b", "logs")),
        others: Default::default(),
    };
    let stopped = blocked(compared(&desired, absent.clone(), &around()));
    assert_eq!(
        format!("blocked: {}", stopped.reason),
        elsewhere("b", "logs")
    );
    absent.candidate = None;
    assert_eq!(
        changed(compared(&desired, absent, &around())).verb,
        Verb::Create
    );
}

#[test]
fn notes_say_what_is_special_about_a_registration() {
    let note = |lines: &[(&str, &str)], route: Route, change: &dyn Fn(&mut Live)| {
        let desired = desired(lines);
        let mut live = live_repository(&desired);
        change(&mut live);
        let around = BucketAndRoleFacts { route, ..around() };
        match compared(&desired, live, &around) {
            Outcome::Changed(changed) => changed.note,
            Outcome::Unchanged { note, .. } => note,
            Outcome::Blocked(blocked) => panic!("{blocked:#?}"),
        }
    };
    let set = |name: &'static str, value: &'static str| {
        move |live: &mut Live| {
            let have = &mut live.registered.as_mut().unwrap().settings;
            drop(have.insert(name.to_owned(), value.to_owned()));
        }
    };
    let other = set("compress", "false");
    let unproved = [("repository", "verify: false")];
    assert_eq!(note(&[], Route::Candidate, &other), None);
    assert_eq!(
        note(&unproved, Route::Candidate, &other).as_deref(),
        Some("not verified")
    );
    let direct =
        "registered at once under its own name: a failure would leave broken settings behind";
    assert_eq!(note(&[], Route::Direct, &other).as_deref(), Some(direct));
    let default = "the engine's default is sent for max_restore_bytes_per_sec: engines keep a throttle that a registration leaves out";
    let throttled = set("max_restore_bytes_per_sec", "1mb");
    assert_eq!(
        note(&[], Route::Candidate, &throttled).as_deref(),
        Some(default)
    );
    assert_eq!(
        note(&[], Route::Direct, &throttled),
        Some(format!("{direct}; {default}"))
    );
    // Without a change: a candidate that was left, one that does not answer, both.
    let broken = |live: &mut Live| {
        live.registered.as_mut().unwrap().broken = Some("denied".to_owned());
    };
    let again =
        "registered as wanted but does not answer, so it is verified again; it said: denied";
    assert_eq!(note(&[], Route::Candidate, &broken).as_deref(), Some(again));
    let silent = "not verified, and it does not answer: denied";
    assert_eq!(
        note(&unproved, Route::Candidate, &broken).as_deref(),
        Some(silent)
    );
    let left = |live: &mut Live| live.candidate.clone_from(&live.registered);
    let removed = "remove the candidate that an interrupted run left";
    assert_eq!(note(&[], Route::Candidate, &left).as_deref(), Some(removed));
    let both = |live: &mut Live| {
        left(live);
        broken(live);
    };
    assert_eq!(
        note(&[], Route::Candidate, &both),
        Some(format!("{removed}; {again}"))
    );
    assert_eq!(note(&[], Route::Candidate, &|_| {}), None);
}

#[test]
fn what_is_repaired_without_another_registration_shows_what_it_repairs() {
    let desired = desired(&[]);
    let mut live = live_repository(&desired);
    live.candidate.clone_from(&live.registered);
    live.registered.as_mut().unwrap().broken = Some("denied".to_owned());
    let repaired = changed(compared(&desired, live, &around()));
    assert_eq!((repaired.verb, repaired.risks.len()), (Verb::Update, 0));
    let fields = repaired.fields.iter();
    let fields: Vec<_> = fields
        .map(|one| (one.path.as_str(), &one.before, &one.after))
        .collect();
    assert_eq!(
        fields,
        [
            (
                "candidate",
                &json!("snapshots--esbackup-candidate"),
                &Value::Null
            ),
            ("answers", &json!("no"), &json!("verified on all nodes")),
        ]
    );
    let drafts = repaired.drafts.iter();
    let calls: Vec<_> = drafts
        .map(|one| (one.phase, one.call.describe(), one.before.is_some()))
        .collect();
    let remove = "remove the registration snapshots--esbackup-candidate".to_owned();
    let verify = "verify repository snapshots on all nodes".to_owned();
    assert_eq!(
        calls,
        [
            (Phase::Narrow, remove, true),
            (Phase::Register, verify, false)
        ]
    );
}

#[test]
fn fields_stand_where_the_spec_has_them_and_what_the_spec_leaves_out_is_removed() {
    let desired = desired(&[]);
    let mut live = with(
        &desired,
        &[
            ("compress", "false"),
            ("endpoint", "e"),
            ("server_side_encryption", "true"),
            ("readonly", "true"),
        ],
    );
    live.registered.as_mut().unwrap().settings.remove("region");
    let changed = changed(compared(&desired, live, &around()));
    let fields = changed.fields.iter();
    let fields: Vec<_> = fields
        .map(|one| (one.path.as_str(), &one.before, &one.after))
        .collect();
    let nothing = &Value::Null;
    assert_eq!(
        fields,
        [
            ("region", nothing, &json!("us-west-2")),
            ("settings.compress", &json!("false"), nothing),
            ("endpoint", &json!("e"), nothing),
            ("readonly", &json!("true"), nothing),
            ("server_side_encryption", &json!("true"), nothing),
        ]
    );
}
