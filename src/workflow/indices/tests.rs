//! Tests of which index a name means, and of what stands in the way of its deletion.

mod streams;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::target::{Meant, meant};
use super::*;
use crate::data::index::Health;
use crate::data::snapshot::{Shards, State};
use crate::failure::Class;
use crate::hazard::{Allowance, Hazard};
use crate::moment::Moment;

fn at(seconds: i64) -> Option<Moment> {
    Moment::from_millis(1_795_000_000_000 + seconds * 1000)
}

fn index(name: &str, created: i64) -> Index {
    Index {
        name: name.to_owned(),
        uuid: format!("{name}-uuid"),
        health: Some(Health::Green),
        open: true,
        primaries: 1,
        replicas: 0,
        docs: Some(3),
        bytes: Some(100),
        primary_bytes: Some(100),
        created: super::tests::at(created),
    }
}

fn snapshot(name: &str, started: i64, state: State, indices: &[&str]) -> Snapshot {
    let failed = u64::from(state == State::Partial);
    Snapshot {
        name: name.to_owned(),
        uuid: format!("{name}-uuid"),
        state,
        started: super::tests::at(started),
        ended: super::tests::at(started + 1),
        indices: indices.iter().collect(),
        data_streams: Vec::new(),
        shards: Shards {
            total: 1,
            successful: 1 - failed,
            failed,
        },
        failures: Vec::new(),
        global_state: Some(false),
        engine: None,
        metadata: BTreeMap::new(),
        reason: None,
    }
}

fn facts() -> Facts {
    let names =
        |all: &[&str]| -> BTreeSet<String> { all.iter().map(|one| (*one).to_owned()).collect() };
    Facts {
        indices: [
            "logs-1",
            "logs-2",
            "orders",
            ".kibana_1",
            ".ds-web-000001",
            "x-2026.11.24",
        ]
        .map(|name| index(name, 100))
        .to_vec(),
        aliases: BTreeMap::from([
            ("logs-1".to_owned(), names(&["logs"])),
            ("logs-2".to_owned(), names(&["logs"])),
        ]),
        streams: BTreeMap::from([("web".to_owned(), vec![".ds-web-000001".to_owned()])]),
        ..Facts::default()
    }
}

fn wanted(names: &[&str]) -> Wanted {
    Wanted {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        environment: here(),
        repository: "backups".to_owned(),
        counted: Vec::new(),
        absent: Absent::Refused,
        first: None,
    }
}

fn here() -> EnvironmentName {
    EnvironmentName::parse("shop-new").unwrap()
}

/// The same snapshot, taken by an environment.
fn of(environment: &str, snapshot: Snapshot) -> Snapshot {
    Snapshot {
        metadata: snapshot::mark(&EnvironmentName::parse(environment).unwrap(), "somebody"),
        ..snapshot
    }
}

fn first() -> First {
    First {
        name: SnapshotName::parse("first").unwrap(),
        metadata: BTreeMap::new(),
        keeps_metadata: true,
        timeout: Duration::from_secs(60),
        readonly: false,
        blocked: BTreeSet::new(),
    }
}

fn refusal(name: &str) -> String {
    match meant(name, &facts()) {
        Meant::Refused { what, .. } => what,
        other => format!("{other:?}"),
    }
}

#[test]
fn whatever_is_not_one_index_is_refused_with_what_it_would_have_meant() {
    let refusals = [
        (
            "_all",
            "_all stands for every index; it would have meant .ds-web-000001, .kibana_1, logs-1, logs-2, orders, x-2026.11.24",
        ),
        (
            "logs-*",
            "logs-* is a pattern; it would have meant logs-1, logs-2",
        ),
        ("log?-1", "log?-1 is a pattern; it would have meant logs-1"),
        (
            "zzz*",
            "zzz* is a pattern, and it would have meant no index that there is",
        ),
        (
            "orders,logs-1",
            "orders,logs-1 is a list; it would have meant logs-1, orders",
        ),
        (
            "-orders",
            "-orders is an exclusion or an addition; it would have meant orders",
        ),
        (
            "logs",
            "logs is an alias; it would have meant logs-1, logs-2",
        ),
        (
            "<x-{now/d}>",
            "<x-{now/d}> is date math, which the engine resolves to a name of its own; it would have meant x-2026.11.24",
        ),
        (
            "<x-{now/d{yyyy.MM.dd|+01:00}}>",
            "<x-{now/d{yyyy.MM.dd|+01:00}}> is date math, which the engine resolves to a name of its own; it would have meant x-2026.11.24",
        ),
        (
            ".ds-web-000001",
            ".ds-web-000001 is a backing index of the data stream web",
        ),
        (
            ".kibana_1",
            ".kibana_1 is a system index, or a hidden one of a plugin",
        ),
    ];
    for (name, words) in refusals {
        assert_eq!(refusal(name), words);
    }
    for name in ["Logs-1", "a/b", "cluster:logs", "..", ""] {
        assert!(
            matches!(meant(name, &facts()), Meant::Refused { .. }),
            "{name}"
        );
    }
    assert_eq!(meant("logs-3", &facts()), Meant::Absent);
    assert!(matches!(meant("orders", &facts()), Meant::Index(..)));
    assert!(matches!(meant("web", &facts()), Meant::Stream(..)));
}

#[test]
fn no_refused_name_leaves_a_call_that_could_be_sent() {
    let prepared = prepare(&wanted(&["orders", "logs-*"]), &facts()).prepared;
    assert_eq!(prepared.obstacles.len(), 1);
    assert_eq!(prepared.obstacles[0].class, Class::Refused);
    let nothing = prepare(&wanted(&["logs-*", ".kibana_1"]), &facts()).prepared;
    assert_eq!(nothing.steps, Vec::new());
    assert_eq!(nothing.question, Question::None);
}

#[test]
fn an_index_that_is_not_there_is_a_wrong_name_or_deleted_already() {
    let absent = prepare(&wanted(&["nope"]), &facts()).prepared;
    assert_eq!(absent.obstacles[0].what, "there is no index nope");
    let passed = Wanted {
        absent: Absent::PassedOver,
        ..wanted(&["nope"])
    };
    let passed = prepare(&passed, &facts()).prepared;
    assert_eq!((passed.obstacles.len(), passed.steps.len()), (0, 0));
    assert_eq!(passed.notes, ["there is no index nope: nothing to delete"]);
}

#[test]
fn while_a_snapshot_or_a_restore_of_it_runs_an_index_is_not_deleted() {
    let running = Running {
        repository: "backups".to_owned(),
        snapshot: "now".to_owned(),
        indices: vec!["orders".to_owned()],
    };
    let facts = Facts {
        running: vec![running.clone()],
        restoring: vec![running],
        ..facts()
    };
    let obstacles = prepare(&wanted(&["orders"]), &facts).prepared.obstacles;
    let words: Vec<(&str, Class)> = obstacles
        .iter()
        .map(|one| (one.what.as_str(), one.class))
        .collect();
    assert_eq!(
        words,
        [
            ("snapshot backups/now runs and takes orders", Class::Busy),
            (
                "index orders is being restored from backups/now",
                Class::Busy
            ),
        ]
    );
}

#[test]
fn only_a_complete_snapshot_that_started_after_the_creation_counts() {
    let cases = [
        (snapshot("s", 200, State::Success, &["orders"]), true),
        (snapshot("s", 100, State::Success, &["orders"]), false),
        (snapshot("s", 50, State::Success, &["orders"]), false),
        (snapshot("s", 200, State::Partial, &["orders"]), false),
        (snapshot("s", 200, State::Failed, &["orders"]), false),
        (snapshot("s", 200, State::InProgress, &["orders"]), false),
        (snapshot("s", 200, State::Success, &["logs-1"]), false),
        (snapshot("s", 200, State::Success, &[]), false),
    ];
    for (snapshot, passes) in cases {
        let facts = Facts {
            snapshots: vec![snapshot.clone()],
            ..facts()
        };
        let prepared = prepare(&wanted(&["orders"]), &facts).prepared;
        assert_eq!(prepared.raised.is_empty(), passes, "{snapshot:?}");
        assert_eq!(prepared.notes.len(), usize::from(passes));
        if !passes {
            let allowed = Allowance::parse("no-snapshot=index.orders", &super::GUARDS).unwrap();
            assert_eq!(prepared.standing(&[allowed]), Vec::<&Hazard>::new());
        }
    }
    let unknown = Index {
        created: None,
        ..index("orders", 0)
    };
    let good = [snapshot("s", 200, State::Success, &["orders"])];
    let holders = Holders::of(&good, "shop-new");
    assert_eq!(holders.held(&unknown), Held::Older(&good[0]));
}

#[test]
fn a_snapshot_of_another_environment_holds_that_ones_index_of_the_name() {
    let why = |snapshots: &[Snapshot], counted: Option<&str>| {
        let facts = Facts {
            snapshots: snapshots.to_vec(),
            ..facts()
        };
        let wanted = Wanted {
            counted: counted.map(str::to_owned).into_iter().collect(),
            ..wanted(&["orders"])
        };
        let prepared = prepare(&wanted, &facts).prepared;
        prepared.raised.first().map(|one| one.why.clone())
    };
    let taken = |name: &str, started| snapshot(name, started, State::Success, &["orders"]);
    let theirs = of("shop-old", taken("nightly", 300));
    let said = "snapshot nightly is of environment shop-old and holds that one's index of the name";
    let raised = why(std::slice::from_ref(&theirs), None).unwrap();
    assert!(raised.contains(said), "{raised}");
    let raised = why(std::slice::from_ref(&theirs), Some("nightly")).unwrap();
    assert_eq!(raised, format!("{said}; no other one counts here"));
    // An own one, and one that names no environment, hold it; an own one that is too old does not.
    let newer = |own| [of("shop-old", taken("nightly", 300)), own];
    assert_eq!(why(&newer(of("shop-new", taken("own", 200))), None), None);
    assert_eq!(why(&newer(taken("by-hand", 200)), None), None);
    let raised = why(&newer(of("shop-new", taken("own", 50))), None).unwrap();
    assert!(
        raised.contains("(snapshot own holds an index of that name"),
        "{raised}"
    );
}

#[test]
fn an_answer_says_what_engines_do_not_tell() {
    let facts = Facts {
        snapshots: vec![snapshot("old", 50, State::Success, &["orders"])],
        ..facts()
    };
    let prepared = prepare(&wanted(&["orders"]), &facts).prepared;
    assert_eq!(
        prepared.raised[0].why,
        "no complete snapshot of repository backups that started after its creation (2026-11-18T11:08:20Z) holds it (snapshot old holds an \
         index of that name and started 2026-11-18T11:07:30Z); --snapshot-first takes one, and engines do not tell whether documents were \
         written since, and an index that was restored has the creation date of its original"
    );
}

#[test]
fn each_deletion_is_checked_by_id_and_asked_for_by_name() {
    let facts = Facts {
        snapshots: vec![snapshot("s", 200, State::Success, &["orders"])],
        ..facts()
    };
    let deletion = prepare(&wanted(&["orders", "orders"]), &facts);
    let name = IndexName::parse("orders").unwrap();
    let checks = vec![
        Check::NoSnapshotRuns {
            wait: Duration::ZERO,
        },
        Check::IndexIs {
            name: name.clone(),
            uuid: "orders-uuid".to_owned(),
        },
        Check::IndexIdle { name: name.clone() },
        Check::SnapshotHolds {
            repository: "backups".to_owned(),
            name: "s".to_owned(),
            index: name.clone(),
        },
    ];
    let call = Call::Index(index::Call::Delete {
        index: name.clone(),
    });
    assert_eq!(deletion.prepared.steps, [step(id(&name), call, checks)]);
    assert_eq!(
        deletion.prepared.question,
        Question::Typed {
            ask: "This deletes orders (3 documents) for good.".to_owned(),
            name: "orders".to_owned(),
        }
    );
}

fn words(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|step| step.call.describe()).collect()
}

#[test]
fn a_snapshot_first_blocks_takes_and_deletes_only_what_it_holds() {
    let wanted = Wanted {
        first: Some(first()),
        ..wanted(&["orders", "logs-1"])
    };
    let deletion = prepare(&wanted, &facts());
    assert_eq!(
        words(&deletion.prepared.steps),
        [
            "block writes to index orders",
            "block writes to index logs-1",
            "start snapshot first",
            "delete index orders",
            "delete index logs-1",
        ]
    );
    assert_eq!(
        words(&deletion.lift),
        [
            "allow writes to index orders again",
            "allow writes to index logs-1 again",
        ]
    );
    let holds = |step: &Step| {
        step.before.iter().any(|check| {
            matches!(check, crate::resources::Check::Data(Check::SnapshotHolds { name, .. }) if name == "first")
        })
    };
    let deletions = &deletion.prepared.steps[3..];
    assert!(deletions.iter().all(holds));
    assert_eq!(deletion.prepared.raised, Vec::new());
}

#[test]
fn a_block_that_was_there_before_is_neither_set_nor_lifted() {
    let first = First {
        blocked: BTreeSet::from(["orders".to_owned()]),
        ..first()
    };
    let wanted = Wanted {
        first: Some(first),
        ..wanted(&["orders"])
    };
    let deletion = prepare(&wanted, &facts());
    assert_eq!(
        words(&deletion.prepared.steps),
        ["start snapshot first", "delete index orders"]
    );
    assert_eq!(deletion.lift, Vec::new());
}

#[test]
fn a_readonly_repository_takes_no_snapshot_first() {
    let first = First {
        readonly: true,
        ..first()
    };
    let wanted = Wanted {
        first: Some(first),
        ..wanted(&["orders"])
    };
    let obstacles = prepare(&wanted, &facts()).prepared.obstacles;
    assert_eq!(obstacles[0].class, Class::Refused);
}

#[test]
fn where_some_snapshots_count_it_is_said_what_each_of_them_lacks() {
    let why = |counted: &str, change: &dyn Fn(&mut Facts)| {
        let mut facts = facts();
        change(&mut facts);
        let wanted = Wanted {
            counted: counted.split(',').map(str::to_owned).collect(),
            ..wanted(&["orders"])
        };
        let raised = prepare(&wanted, &facts).prepared.raised;
        raised
            .first()
            .map_or_else(String::new, |one| one.why.clone())
    };
    let other = |facts: &mut Facts| {
        facts.snapshots = vec![
            snapshot("other", 200, State::Success, &["logs-1"]),
            snapshot("whole", 200, State::Success, &["orders"]),
        ];
    };
    let partial = |facts: &mut Facts| {
        facts.snapshots = vec![snapshot("other", 200, State::Partial, &["orders"])];
    };
    let older = |facts: &mut Facts| {
        facts.snapshots = vec![snapshot("other", 50, State::Success, &["orders"])];
    };
    assert_eq!(
        why("nobody", &|_| {}),
        "there is no snapshot nobody; no other one counts here"
    );
    assert_eq!(
        why("other", &other),
        "snapshot other does not hold it; no other one counts here"
    );
    assert_eq!(
        why("other", &partial),
        "snapshot other is PARTIAL; no other one counts here"
    );
    assert!(why("other", &older).contains("before the index was created"));
    assert_eq!(why("whole", &other), "");
    assert_eq!(why("other,whole", &other), "");
    assert_eq!(
        why("other,nobody", &partial),
        "snapshot other is PARTIAL; there is no snapshot nobody; no other one counts here"
    );
}
