//! Reading snapshots: what four engines answered, and what none should.

mod pieces;

use proptest::prelude::*;
use serde_json::json;

use super::decode::{snapshots, statuses};
use super::*;
use crate::data::tests::Captures;
use crate::domain::{EngineKind, Undecoded};

/// Progress where no clock is known.
fn progress_at(body: &Value, now: Option<Moment>) -> Option<Progress> {
    let statuses = statuses(body.to_string().as_bytes()).ok()?;
    statuses.first()?.progress(now)
}

fn running(body: &Value) -> Option<Vec<Running>> {
    decode::running(&statuses(body.to_string().as_bytes()).ok()?)
}

fn progress(body: &Value) -> Option<Progress> {
    progress_at(body, None)
}

#[track_caller]
fn read(value: &Value) -> Vec<Snapshot> {
    snapshots(&serde_json::to_vec(value).unwrap()).unwrap()
}

fn find<'s>(list: &'s [Snapshot], name: &str) -> &'s Snapshot {
    list.iter().find(|one| one.name == name).unwrap()
}

fn names(names: &NameSet) -> Vec<&str> {
    names.iter().collect()
}

#[test]
fn a_complete_snapshot_is_read_from_every_engine() {
    for captures in Captures::all() {
        let list = read(captures.answer("list"));
        let full = find(&list, "full");
        let shards = Shards {
            total: 1,
            successful: 1,
            failed: 0,
        };
        assert_eq!(full.state, State::Success);
        assert_eq!(full.shards, shards);
        assert_eq!(names(&full.indices), ["logs-1"]);
        assert_eq!(full.global_state, Some(false));
        assert_eq!(
            (full.reason.as_deref(), &full.failures[..]),
            (None, &[][..])
        );
        assert_eq!(full.engine.unwrap().to_string(), captures.engine);
        assert!(
            full.uuid.len() == 22 && full.is_good(),
            "{}",
            captures.engine
        );
        assert!(full.started.is_some() && full.duration().is_some());
        // The oldest drops metadata silently.
        let environment = if captures.is_old() {
            None
        } else {
            Some("logs")
        };
        assert_eq!(full.environment(), environment, "{}", captures.engine);
    }
}

#[test]
fn a_partial_snapshot_says_which_shard_it_lacks_and_why() {
    for captures in Captures::all() {
        let list = read(captures.answer("list"));
        let part = find(&list, "part");
        let lost = ShardFailure {
            index: "lost".to_owned(),
            shard: 0,
            reason: "primary shard is not allocated".to_owned(),
        };
        assert_eq!((&part.state, part.shards.failed), (&State::Partial, 1));
        assert_eq!(part.failures, [lost]);
        assert!(!part.is_good());
    }
}

#[test]
fn the_oldest_engine_stores_a_failed_one_with_its_reason() {
    let captures = Captures::all().remove(0);
    let list = read(captures.answer("list"));
    let failed = find(&list, "failed");
    let reason = "Indices don't have primary shards [lost]";
    assert_eq!(failed.state, State::Failed);
    assert_eq!(failed.reason.as_deref(), Some(reason));
    assert_eq!(failed.shards.successful, 0);
}

#[test]
fn one_that_runs_has_begun_and_has_no_end() {
    for captures in Captures::all() {
        let list = read(captures.answer("list_running"));
        let run = find(&list, "run");
        assert_eq!(run.state, State::InProgress);
        assert!(run.started.is_some());
        assert_eq!((run.ended, run.duration()), (None, None));
        assert!(!run.is_good());
    }
}

#[test]
fn a_brief_list_has_no_times_and_is_still_a_list() {
    for captures in Captures::all() {
        let list = read(captures.answer("list_brief"));
        let full = find(&list, "full");
        let known = (&full.state, full.started, full.ended, full.engine);
        assert_eq!(known, (&State::Success, None, None, None));
    }
}

#[test]
fn progress_is_read_from_every_engine() {
    for captures in Captures::all() {
        let run = progress(captures.answer("status_running")).unwrap();
        let shards = ShardProgress {
            total: 1,
            done: 0,
            failed: 0,
        };
        assert_eq!((&run.state, run.shards), (&State::InProgress, shards));
        assert!(run.bytes_total > 5_000_000 && run.bytes_done < run.bytes_total);
        assert_eq!(run.bytes_held, Some(run.bytes_total));
        let start = captures
            .answer("status_running")
            .pointer("/snapshots/0/stats/start_time_in_millis");
        let later = start.and_then(Value::as_i64).map(|millis| millis + 10_000);
        let now = later.and_then(Moment::from_millis);
        let timed = progress_at(captures.answer("status_running"), now).unwrap();
        assert_eq!(
            (run.running, timed.running),
            (None, Some(Duration::from_secs(10)))
        );
        // The same answer is that of all that run: each repository's by their names.
        let status = captures.answer("status_running");
        let name = |key: &str| {
            let pointer = format!("/snapshots/0/{key}");
            status.pointer(&pointer).and_then(Value::as_str).unwrap()
        };
        let read = statuses(status.to_string().as_bytes()).unwrap();
        let all = decode::progresses(&read, name("repository"));
        assert_eq!(all.get(name("snapshot")), Some(&run));
        assert_eq!(decode::progresses(&read, "another").len(), 0);
        // No `processed` once it is over: everything is done.
        let full = progress(captures.answer("status_full")).unwrap();
        assert_eq!(full.bytes_done, full.bytes_total, "{}", captures.engine);
        assert_eq!(full.shards.done, 1);
    }
}

#[test]
fn the_status_of_a_partial_one_lies_about_its_state_on_old_engines() {
    for captures in Captures::all() {
        let part = progress(captures.answer("status_partial")).unwrap();
        let lies = captures.engine.starts_with("Elasticsearch");
        let state = if lies { State::Success } else { State::Partial };
        assert_eq!(
            (part.state, part.shards.failed),
            (state, 1),
            "{}",
            captures.engine
        );
    }
}

#[test]
fn what_runs_on_the_domain_is_read_from_every_engine() {
    for captures in Captures::all() {
        let run = Running {
            repository: "slow".to_owned(),
            snapshot: "run".to_owned(),
            indices: vec!["big".to_owned()],
        };
        assert_eq!(running(captures.answer("status_all")), Some(vec![run]));
        assert_eq!(running(captures.answer("status_none")), Some(Vec::new()));
    }
}

#[test]
fn names_of_indices_are_shared_among_the_snapshots_of_a_list() {
    let one = |name| json!({"snapshot": name, "indices": ["logs-1"]});
    let list = read(&json!({"snapshots": [one("a"), one("b")]}));
    let shared: Vec<&str> = list.iter().flat_map(|one| &one.indices).collect();
    assert_eq!(shared, ["logs-1", "logs-1"]);
    assert!(std::ptr::eq(shared[0], shared[1]));
}

#[test]
fn what_an_engine_leaves_out_stays_unknown() {
    let list = read(
        &json!({"total": 1, "snapshots": [{"snapshot": "a", "new": {"key": [1]}}], "remaining": 0}),
    );
    let want = Snapshot {
        name: "a".to_owned(),
        uuid: String::new(),
        state: State::Other("UNKNOWN".to_owned()),
        started: None,
        ended: None,
        indices: NameSet::default(),
        data_streams: Vec::new(),
        shards: Shards::default(),
        failures: Vec::new(),
        global_state: None,
        engine: None,
        metadata: BTreeMap::new(),
        reason: None,
    };
    assert_eq!(list, [want]);
}

#[test]
fn odd_values_are_read_as_unknown_or_refused() {
    let with = |key: &str, value: Value| {
        let mut one = json!({"snapshot": "a", "state": "SUCCESS"});
        one[key] = value;
        snapshots(json!({"snapshots": [one]}).to_string().as_bytes()).ok()
    };
    for millis in [-1_i64, 0, i64::MIN, i64::MAX] {
        let list = with("start_time_in_millis", json!(millis)).unwrap();
        assert_eq!(list[0].started, None, "{millis}");
    }
    let failures = json!(["text", null, {"index": 5, "shard_id": -1, "reason": ["x"]}]);
    let unknown = ShardFailure {
        index: String::new(),
        shard: 0,
        reason: String::new(),
    };
    let list = with("failures", failures).unwrap();
    assert_eq!(
        list[0].failures,
        [unknown.clone(), unknown.clone(), unknown]
    );
    let metadata = with("metadata", json!({"a": 1, "b": {"c": null}, "d": "text"})).unwrap();
    let texts: Vec<&str> = metadata[0].metadata.values().map(String::as_str).collect();
    assert_eq!(texts, ["1", "{\"c\":null}", "text"]);
    assert_eq!(with("version", json!("x.y")).unwrap()[0].engine, None);
    for (key, value) in [
        ("snapshot", json!(5)),
        ("snapshot", Value::Null),
        ("state", json!(["SUCCESS"])),
        ("start_time_in_millis", json!("soon")),
        ("start_time_in_millis", json!(u64::MAX)),
        ("start_time_in_millis", json!(1.5)),
        ("indices", json!("logs")),
        ("indices", json!([null])),
        ("shards", json!({"total": -1})),
        ("metadata", json!("text")),
    ] {
        assert_eq!(with(key, value.clone()), None, "{key} {value}");
    }
}

#[test]
fn what_is_no_list_is_an_error() {
    for text in [
        "",
        "null",
        "[]",
        "{}",
        "{\"snapshots\":null}",
        "{\"snapshots\":{}}",
        "{\"snapshots\":[{}]}",
        "{\"snapshots\":[5]}",
        "{\"snapshots\":[]} {}",
        "{\"snapshots\":[",
        "Unauthorized",
        "{\"error\":\"x\",\"status\":405}",
    ] {
        assert!(snapshots(text.as_bytes()).is_err(), "{text}");
    }
    let deep = format!(
        "{{\"snapshots\":[{{\"snapshot\":\"a\",\"x\":{}",
        "[".repeat(100_000)
    );
    assert!(snapshots(deep.as_bytes()).is_err());
}

#[test]
fn progress_that_cannot_be_read_is_none() {
    for body in [
        json!({"snapshots": []}),
        json!({"snapshots": [{"state": "STARTED"}]}),
        json!({"snapshots": [{"state": "STARTED", "shards_stats": {}, "stats": {"incremental": {"size_in_bytes": -1}}}]}),
        json!({"snapshots": [{"state": "STARTED", "shards_stats": {"total": "1"}, "stats": {"incremental": {"size_in_bytes": 1}}}]}),
        json!({"snapshots": "x"}),
        json!([]),
    ] {
        assert_eq!(progress(&body), None, "{body}");
    }
    for body in [
        json!({}),
        json!({"snapshots": [{"snapshot": "a"}]}),
        json!({"snapshots": [5]}),
    ] {
        assert_eq!(running(&body), None, "{body}");
    }
    let huge = json!({"snapshots": [{"state": "X", "shards_stats": {}, "stats":
        {"incremental": {"size_in_bytes": u64::MAX}, "start_time_in_millis": u64::MAX, "time_in_millis": u64::MAX}}]});
    let waits = json!({"snapshots": [{"state": "INIT", "shards_stats": {}, "stats":
        {"incremental": {"size_in_bytes": 0}, "start_time_in_millis": 0}}]});
    let waits = progress_at(&waits, Moment::from_millis(1_795_489_200_000)).unwrap();
    assert_eq!(waits.running, None);
    let read = progress_at(&huge, Moment::from_millis(1)).unwrap();
    assert_eq!((read.bytes_total, read.running), (u64::MAX, None));
}

#[test]
fn a_status_of_a_domain_with_many_indices_is_read_without_its_shards() {
    let size = json!({"file_count": 123, "size_in_bytes": 1_234_567});
    let stats = json!({"incremental": size, "total": size, "start_time_in_millis": 1_795_489_200_000_i64, "time_in_millis": 0});
    let shards = json!({"initializing": 0, "started": 1, "finalizing": 0, "done": 0, "failed": 0, "total": 1});
    let index = json!({"shards_stats": shards, "stats": stats,
        "shards": {"0": {"stage": "STARTED", "node": "abc", "stats": stats}}});
    let indices: serde_json::Map<String, Value> = (0..20_000)
        .map(|number| (format!("logs-{number:06}"), index.clone()))
        .collect();
    let one = json!({"snapshot": "night", "repository": "r", "state": "STARTED", "shards_stats": shards,
        "stats": stats, "indices": indices});
    let body = json!({"snapshots": [one]});
    assert_eq!(running(&body).unwrap()[0].indices.len(), 20_000);
    assert_eq!(progress(&body).unwrap().bytes_total, 1_234_567);
}

#[test]
fn an_answer_of_more_names_than_are_kept_is_refused_as_such() {
    let names = |from: usize| {
        let all: Vec<String> = (from..from + 200_000).map(|n| format!("\"{n}\"")).collect();
        all.join(",")
    };
    let lists: Vec<String> = (0..6)
        .map(|n| {
            format!(
                "{{\"snapshot\":\"s\",\"indices\":[{}]}}",
                names(n * 200_000)
            )
        })
        .collect();
    let text = format!("{{\"snapshots\":[{}]}}", lists.join(","));
    assert!(matches!(
        snapshots(text.as_bytes()),
        Err(Undecoded::TooMuch)
    ));
    let more = format!("{{\"snapshots\":[{}{{}}]}}", "{},".repeat(400_000));
    assert!(matches!(statuses(more.as_bytes()), Err(Undecoded::TooMuch)));
}

#[test]
fn an_engine_is_told_by_its_version_id() {
    let read = |version: &str, id: Value| {
        let one = json!({"snapshot": "a", "version": version, "version_id": id});
        read(&json!({"snapshots": [one]}))[0]
            .engine
            .map(|engine| engine.kind)
    };
    assert_eq!(
        read("3.8.0", json!(137_297_827)),
        Some(EngineKind::OpenSearch)
    );
    assert_eq!(
        read("6.8.23", json!(6_082_399)),
        Some(EngineKind::Elasticsearch)
    );
    assert_eq!(read("2.19.4", Value::Null), None);
}

/// Any JSON, often with the keys that are read.
fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z\\PC]{0,6}".prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "snapshots",
        "snapshot",
        "state",
        "indices",
        "shards",
        "total",
        "failures",
        "metadata",
        "stats",
        "incremental",
        "size_in_bytes",
        "shards_stats",
        "start_time_in_millis",
        "version",
        "version_id",
        "repository",
    ]);
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(keys.clone(), inner, 0..6).prop_map(|map| map
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_a_service_answers_is_read_or_refused(value in json_values(), one in json_values()) {
        for body in [value.clone(), json!({"snapshots": [one]}), json!({"snapshots": value})] {
            let _ = (snapshots(body.to_string().as_bytes()), progress(&body), running(&body));
        }
    }
}

#[test]
fn a_snapshot_whose_files_are_gone_is_not_called_missing() {
    let refused = |body: Value| {
        let body = serde_json::to_vec(&body).unwrap();
        let operation = "GET /_snapshot/r/one".to_owned();
        crate::domain::Error::Refused(Box::new(crate::domain::Refusal::from_domain(
            operation, 404, None, &body,
        )))
    };
    let missing = json!({"type": "snapshot_missing_exception", "reason": "[r:one] is missing"});
    let mut damaged = missing.clone();
    damaged["caused_by"] =
        json!({"type": "no_such_file_exception", "reason": "Blob object [snap-x.dat] not found"});
    let is_missing = |error: Value| {
        remote::is_missing(&refused(
            json!({"error": {"root_cause": [missing.clone()], "type": error["type"], "reason": error["reason"], "caused_by": error["caused_by"]}, "status": 404}),
        ))
    };
    assert!(is_missing(missing.clone()));
    assert!(!is_missing(damaged));
}
