//! Every state of the world, and what is sent and asked in each.

mod killed;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Map;

use super::*;
use crate::data::select::{Expression, SystemIndices};
use crate::data::snapshot::{self, NameSet, State};
use crate::failure::Class;
use crate::hazard::Word;
use crate::workflow::Question;
use crate::workflow::restore::{Consent, Existing, Wanted};

fn snapshot() -> Snapshot {
    Snapshot {
        name: "s1".to_owned(),
        uuid: "snapshot-id".to_owned(),
        state: State::Success,
        started: None,
        ended: None,
        indices: NameSet::from(["blog"]),
        data_streams: Vec::new(),
        shards: snapshot::Shards {
            total: 1,
            successful: 1,
            failed: 0,
        },
        failures: Vec::new(),
        global_state: None,
        engine: None,
        metadata: BTreeMap::new(),
        reason: None,
    }
}

fn wanted() -> Wanted {
    Wanted {
        repository: "r".to_owned(),
        indices: Expression::everything(),
        system: SystemIndices::LeftOut,
        rename: None,
        include_aliases: false,
        without_aliases: false,
        include_global_state: false,
        index_settings: Map::new(),
        ignore_index_settings: Vec::new(),
        partial: false,
        existing: Existing::Replace,
        timeout: Some(Duration::from_secs(60)),
        consent: Consent::Options,
    }
}

fn with_subject<T>(run: impl FnOnce(&Subject<'_>) -> T) -> T {
    let (snapshot, index) = (snapshot(), IndexName::parse("blog").unwrap());
    run(&Subject {
        repository: "r",
        snapshot: &snapshot,
        index: &index,
        backing: None,
    })
}

const OLD: u64 = 25;
const KEPT: u64 = 20;

fn open(uuid: &str, blocked: bool, shape: Shape, origin: Origin) -> Open {
    Open {
        uuid: uuid.to_owned(),
        blocked,
        partly: false,
        shape,
        origin,
        written: Some(7),
        aliases: BTreeSet::new(),
    }
}

fn whole(docs: u64) -> Shape {
    Shape::Whole { docs }
}

/// A copy that was made for the index with an id.
fn copy_for(subject: &Subject<'_>, uuid: &str, shape: Shape) -> Proof {
    Proof {
        name: subject.temporary(uuid).unwrap(),
        uuid: "copy-id".to_owned(),
        shape,
    }
}

fn world(own: Own, copies: Vec<Proof>) -> World {
    World {
        own,
        copies,
        leftovers: Vec::new(),
    }
}

/// The name of the stage, for a table.
fn word(stage: &Stage) -> &'static str {
    match stage {
        Stage::Restore => "restore",
        Stage::Prove {
            broken: Some(_), ..
        } => "prove again",
        Stage::Prove { copy: Some(_), .. } => "count",
        Stage::Prove { .. } => "prove",
        Stage::AwaitCopy { .. } => "await copy",
        Stage::Decide { .. } => "decide",
        Stage::Finish { .. } => "finish",
        Stage::AwaitOwn => "await own",
        Stage::Release { .. } => "release",
        Stage::CleanUp { .. } => "clean up",
        Stage::Done { .. } => "done",
        Stage::Stopped(Stopped::Closed) => "closed",
        Stage::Stopped(Stopped::Recreated { .. }) => "recreated",
        Stage::Stopped(Stopped::Unequal { .. }) => "unequal",
        Stage::Stopped(Stopped::Lost { .. }) => "lost",
    }
}

#[test]
fn every_state_of_the_world_has_its_stage() {
    use Origin::{Other, Restored, Unknown};
    use Shape::{Broken, Growing};
    with_subject(|subject| {
        let copy = |shape: Shape| vec![copy_for(subject, "old", shape)];
        let stage_of = |own: Own, copies: Vec<Proof>, counted: bool| {
            word(&stage(subject, &world(own, copies), counted))
        };
        let old = |blocked, shape| Own::Open(open("old", blocked, shape, Other));
        let new = |blocked, shape, origin| Own::Open(open("new", blocked, shape, origin));
        let done = {
            let mut done = open("new", false, whole(KEPT), Restored);
            done.written = Some(0);
            Own::Open(done)
        };
        let table = [
            ("closed", Own::Closed, vec![], false),
            ("closed", Own::Closed, copy(whole(KEPT)), false),
            ("restore", Own::Absent, vec![], false),
            ("finish", Own::Absent, copy(whole(KEPT)), false),
            ("await copy", Own::Absent, copy(Growing), false),
            ("lost", Own::Absent, copy(Broken), false),
            // The old one, with nothing begun: also when it came from the same snapshot and was written to since.
            ("prove", old(false, whole(OLD)), vec![], false),
            ("prove", old(true, whole(OLD)), vec![], true),
            ("prove", old(false, Broken), vec![], false),
            ("prove", new(false, whole(KEPT), Restored), vec![], false),
            ("done", done, vec![], false),
            // The old one, with its copy.
            ("await copy", old(true, whole(OLD)), copy(Growing), false),
            ("prove again", old(true, whole(OLD)), copy(Broken), false),
            ("count", old(false, whole(OLD)), copy(whole(KEPT)), false),
            ("count", old(false, whole(OLD)), copy(whole(KEPT)), true),
            ("count", old(true, whole(OLD)), copy(whole(KEPT)), false),
            ("decide", old(true, whole(OLD)), copy(whole(KEPT)), true),
            ("decide", old(true, Broken), copy(whole(KEPT)), true),
            // Another one, with the copy that was made for the old one.
            (
                "await own",
                new(true, Growing, Restored),
                copy(whole(KEPT)),
                false,
            ),
            (
                "await own",
                new(true, Growing, Unknown),
                copy(whole(KEPT)),
                false,
            ),
            (
                "recreated",
                new(false, Growing, Unknown),
                copy(whole(KEPT)),
                false,
            ),
            (
                "release",
                new(true, whole(KEPT), Restored),
                copy(whole(KEPT)),
                false,
            ),
            (
                "release",
                new(true, whole(KEPT), Unknown),
                copy(whole(KEPT)),
                false,
            ),
            (
                "unequal",
                new(true, whole(19), Restored),
                copy(whole(KEPT)),
                false,
            ),
            (
                "recreated",
                new(true, whole(19), Unknown),
                copy(whole(KEPT)),
                false,
            ),
            (
                "clean up",
                new(false, whole(22), Restored),
                copy(whole(KEPT)),
                false,
            ),
            (
                "recreated",
                new(false, whole(1), Other),
                copy(whole(KEPT)),
                false,
            ),
            (
                "recreated",
                new(false, whole(KEPT), Other),
                copy(whole(KEPT)),
                false,
            ),
            (
                "recreated",
                new(false, whole(KEPT), Unknown),
                copy(whole(KEPT)),
                false,
            ),
            (
                "recreated",
                new(true, Broken, Restored),
                copy(whole(KEPT)),
                false,
            ),
        ];
        for (row, (expected, own, copies, counted)) in table.into_iter().enumerate() {
            assert_eq!((row, stage_of(own, copies, counted)), (row, expected));
        }
    });
}

#[test]
fn temporary_names_tell_the_snapshot_and_the_old_index_apart_and_fit() {
    with_subject(|subject| {
        let name = subject.temporary("old").unwrap();
        assert_ne!(Some(&name), subject.temporary("new").as_ref());
        assert_eq!(subject.relation(name.as_str()), Relation::Copy);
        let other = format!("{PREFIX}0123abcd-0123abcd-blog");
        assert_eq!(subject.relation(&other), Relation::Leftover);
        assert_eq!(subject.relation(&format!("{other}-2")), Relation::None);
        assert_eq!(subject.relation("blog"), Relation::None);
        let long = IndexName::parse(&"é".repeat(127)).unwrap();
        let long = Subject {
            index: &long,
            backing: None,
            ..subject.clone()
        };
        assert!(
            long.temporary("old")
                .is_some_and(|name| name.as_str().len() <= 255)
        );
    });
}

#[test]
fn the_old_index_goes_only_with_consent_and_after_everything_was_looked_at_again() {
    with_subject(|subject| {
        let old = open("old", true, whole(OLD), Origin::Other);
        let copy = copy_for(subject, "old", whole(KEPT));
        let stage = Stage::Decide {
            old,
            copy: copy.clone(),
            docs: KEPT,
        };
        let next = next(&wanted(), subject, &stage);
        assert_eq!(
            next.prepared
                .raised
                .iter()
                .map(|raised| raised.word)
                .collect::<Vec<_>>(),
            [Word::Replace]
        );
        assert!(
            matches!(next.prepared.question, Question::Typed { ref name, .. } if name == "blog")
        );
        let delete = &next.prepared.steps[0];
        let checks: Vec<crate::data::Check> = delete
            .before
            .iter()
            .map(|check| match check {
                crate::resources::Check::Data(check) => check.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        let blog = subject.index.clone();
        assert_eq!(
            checks,
            [
                crate::data::Check::NoSnapshotRuns {
                    wait: Duration::from_secs(600)
                },
                crate::data::Check::IndexIs {
                    name: copy.name.clone(),
                    uuid: "copy-id".to_owned()
                },
                crate::data::Check::IndexHolds {
                    name: copy.name,
                    docs: KEPT
                },
                crate::data::Check::IndexIs {
                    name: blog.clone(),
                    uuid: "old".to_owned()
                },
                crate::data::Check::WritesRefused { name: blog.clone() },
                crate::data::Check::IndexHolds {
                    name: blog,
                    docs: OLD
                },
            ]
        );
        let typed = Wanted {
            consent: Consent::Typed,
            ..wanted()
        };
        assert_eq!(super::next(&typed, subject, &stage).prepared.raised, []);
    });
}

#[test]
fn replacement_in_a_run_goes_on_only_with_equal_counts() {
    with_subject(|subject| {
        let beforehand = Wanted {
            consent: Consent::Beforehand,
            ..wanted()
        };
        let decided = |docs: u64| {
            let stage = Stage::Decide {
                old: open("old", true, whole(OLD), Origin::Other),
                copy: copy_for(subject, "old", whole(docs)),
                docs,
            };
            super::next(&beforehand, subject, &stage).prepared
        };
        let (equal, unequal) = (decided(OLD), decided(OLD + 1));
        assert_eq!((equal.raised.len(), equal.obstacles.len()), (0, 0));
        assert!(!equal.steps.is_empty());
        let classes: Vec<Class> = unequal.obstacles.iter().map(|one| one.class).collect();
        assert_eq!((classes, unequal.steps.len()), (vec![Class::Interfered], 0));
    });
}

#[test]
fn a_name_that_somebody_took_in_between_ends_as_interference_and_sends_nothing() {
    with_subject(|subject| {
        let copy = copy_for(subject, "old", whole(KEPT));
        let stage = Stage::Stopped(Stopped::Recreated {
            docs: Some(1),
            copy,
        });
        let next = next(&wanted(), subject, &stage);
        assert_eq!(next.prepared.steps, []);
        let causes: Vec<Class> = next
            .prepared
            .obstacles
            .iter()
            .map(|one| one.class)
            .collect();
        assert_eq!(causes, [Class::Interfered]);
    });
}

#[test]
fn giving_up_touches_only_the_old_index_and_its_copy() {
    with_subject(|subject| {
        let copies = vec![copy_for(subject, "old", whole(KEPT))];
        let old = Own::Open(open("old", true, whole(OLD), Origin::Other));
        let words = |own: Own| -> (Vec<String>, usize) {
            let prepared = cancel(subject, &world(own, copies.clone()));
            let steps = prepared.steps.iter().map(|step| step.call.describe());
            (steps.collect(), prepared.obstacles.len())
        };
        let name = subject.temporary("old").unwrap();
        let both = vec![
            "allow writes to index blog again".to_owned(),
            format!("delete index {name}"),
        ];
        assert_eq!(words(old), (both, 0));
        assert_eq!(words(Own::Absent), (vec![], 1));
        let new = open("new", true, whole(KEPT), Origin::Restored);
        assert_eq!(words(Own::Open(new)), (vec![], 1));
    });
}
