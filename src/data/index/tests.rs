//! Reading indices, recoveries and healths: what four engines answered, and what none should.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::decode::{aliases, healths, indices, recoveries};
use super::*;
use crate::data::tests::Captures;

fn find(list: &[Index], name: &str) -> Index {
    list.iter().find(|one| one.name == name).cloned().unwrap()
}

#[test]
fn indices_are_read_from_every_engine() {
    for captures in Captures::all() {
        let list = indices(captures.answer("indices")).unwrap();
        let logs = find(&list, "logs-1");
        assert!(logs.uuid.len() == 22 && logs.created.is_some());
        assert_eq!((logs.open, logs.health), (true, Some(Health::Green)));
        assert_eq!((logs.primaries, logs.replicas, logs.docs), (1, 0, Some(5)));
        assert!(logs.bytes.is_some_and(|bytes| bytes > 5_000));
        assert_eq!(logs.bytes, logs.primary_bytes);
        let lost = find(&list, "lost");
        let unknown = (Some(Health::Red), None, None, None);
        assert_eq!(
            (lost.health, lost.docs, lost.bytes, lost.primary_bytes),
            unknown
        );
        // The oldest tells neither health nor shards of a closed one.
        let shut = find(&list, "shut");
        let told = if captures.is_old() {
            (None, 0)
        } else {
            (Some(Health::Green), 1)
        };
        assert_eq!((shut.health, shut.primaries), told, "{}", captures.engine);
        assert_eq!((shut.open, shut.docs), (false, None));
    }
}

#[test]
fn an_index_that_is_being_restored_is_yellow_has_no_documents_and_is_not_complete() {
    for captures in Captures::all() {
        let list = indices(captures.answer("indices_running")).unwrap();
        let big = find(&list, "big");
        assert_eq!((big.health, big.docs), (Some(Health::Yellow), None));
        let health = healths(captures.answer("health_running")).unwrap();
        let restoring = IndexHealth {
            health: Health::Yellow,
            primaries: 1,
            active_primaries: 0,
            initializing: 1,
        };
        assert_eq!(health.get("big"), Some(&restoring));
        assert!(!restoring.is_complete());
    }
}

#[test]
fn recoveries_are_read_from_every_engine() {
    for captures in Captures::all() {
        let running = recoveries(captures.answer("recovery_running")).unwrap();
        let [big] = &running[..] else {
            panic!("{running:?}")
        };
        let place = (
            big.index.as_str(),
            big.shard,
            big.repository.as_str(),
            big.snapshot.as_str(),
        );
        assert_eq!(place, ("big", 0, "slow", "run"));
        assert_eq!(
            (big.kind.as_str(), big.stage.as_str()),
            ("snapshot", "index")
        );
        assert!(big.bytes > 5_000_000 && big.bytes_done < big.bytes);
        let done = recoveries(captures.answer("recovery_done")).unwrap();
        assert_eq!(done[0].stage, "done");
        assert_eq!(done[0].kind, "empty_store", "{}", captures.engine);
    }
}

#[test]
fn healths_of_indices_are_read_from_every_engine() {
    for captures in Captures::all() {
        let all = healths(captures.answer("health")).unwrap();
        assert!(all["logs-1"].is_complete());
        assert_eq!(all["lost"].health, Health::Red);
        assert!(!all["lost"].is_complete());
        let missing = healths(captures.answer("health_missing")).unwrap();
        assert_eq!(missing.len(), 0);
    }
}

#[test]
fn odd_rows_are_read_as_unknown_or_refused() {
    let row = json!([{"index": "a", "status": "open", "uuid": null, "health": "blue", "pri": "-1", "rep": "99999999999",
        "docs.count": "1.5", "store.size": "5kb", "pri.store.size": 7, "creation.date": "-5"}]);
    let want = Index {
        name: "a".to_owned(),
        uuid: String::new(),
        health: None,
        open: true,
        primaries: 0,
        replicas: 0,
        docs: None,
        bytes: None,
        primary_bytes: None,
        created: None,
    };
    assert_eq!(indices(&row), Some(vec![want]));
    for body in [
        json!({}),
        json!([{}]),
        json!([{"index": "a"}]),
        json!([{"index": 5, "status": "open"}]),
        json!([5]),
        json!(null),
    ] {
        assert_eq!(indices(&body), None, "{body}");
    }
    for body in [
        json!({}),
        json!([{"index": "a"}]),
        json!([{"index": "a", "shard": "-1"}]),
        json!([null]),
    ] {
        assert_eq!(recoveries(&body), None, "{body}");
    }
    let bare = recoveries(
        &json!([{"index": "a", "shard": "0", "type": "SNAPSHOT", "stage": "DONE", "bytes": "7"}]),
    )
    .unwrap();
    let bare = (
        bare[0].kind.as_str(),
        bare[0].stage.as_str(),
        bare[0].bytes,
        bare[0].bytes_done,
    );
    assert_eq!(bare, ("snapshot", "done", 7, 0));
}

#[test]
fn healths_that_cannot_be_read_are_none() {
    let one = |value: Value| json!({"status": "green", "indices": {"a": value}});
    for body in [
        json!({}),
        json!([]),
        json!({"status": "green", "indices": []}),
        one(json!({})),
        one(
            json!({"status": "blue", "number_of_shards": 1, "active_primary_shards": 1, "initializing_shards": 0}),
        ),
        one(
            json!({"status": "red", "number_of_shards": -1, "active_primary_shards": 1, "initializing_shards": 0}),
        ),
    ] {
        assert_eq!(healths(&body), None, "{body}");
    }
    assert_eq!(
        healths(&json!({"status": "green"})).map(|all| all.len()),
        Some(0)
    );
    let none = IndexHealth {
        health: Health::Green,
        primaries: 0,
        active_primaries: 0,
        initializing: 0,
    };
    assert!(!none.is_complete());
}

#[test]
fn an_alias_tells_the_indices_that_it_has_and_the_one_that_it_writes_to() {
    let (of, writers) = aliases(&json!({
        "a-1": {"aliases": {"a": {"is_write_index": false}, "all": {}}},
        "a-2": {"aliases": {"a": {"is_write_index": true}, "all": {}}},
        "none": {"aliases": {}},
    }))
    .unwrap();
    let names = |of: &BTreeMap<String, BTreeSet<String>>, key: &str| -> Vec<String> {
        of.get(key).into_iter().flatten().cloned().collect()
    };
    assert_eq!(names(&of, "a-1"), ["a", "all"]);
    assert_eq!(names(&of, "none"), Vec::<String>::new());
    assert!(of.contains_key("none"));
    assert_eq!(names(&writers, "a"), ["a-2"]);
    assert!(!writers.contains_key("all"));
    assert_eq!(aliases(&json!([])), None);
}
