//! Tests of drills: what is restored, under which name, what is compared, and what is taken for a drill's.

use std::collections::BTreeMap;

use super::compare::{Live, Side, compare};
use super::*;
use crate::data::snapshot::Shards;
use crate::moment::Moment;
use crate::workflow::verify::Verdict;

fn snapshot(uuid: &str, indices: &[&str]) -> Snapshot {
    Snapshot {
        name: "s".to_owned(),
        uuid: uuid.to_owned(),
        state: State::Success,
        started: None,
        ended: None,
        indices: indices.iter().collect(),
        data_streams: Vec::new(),
        shards: Shards::default(),
        failures: Vec::new(),
        global_state: None,
        engine: None,
        metadata: BTreeMap::new(),
        reason: None,
    }
}

fn drill() -> Drill {
    Drill {
        repository: "r".to_owned(),
        snapshot: "s".to_owned(),
        uuid: "U".to_owned(),
        index: IndexName::parse("logs-$1").unwrap(),
        backing: Vec::new(),
        temporary: temporary_name("r", "U", "logs-$1").unwrap(),
        bytes: Some(1_000),
        timeout: Duration::from_secs(60),
        wait_for_running: Duration::ZERO,
    }
}

fn room(health: Health, free: u64) -> Room {
    let disk = Disk {
        node: "n".to_owned(),
        free,
        total: 10_000,
    };
    Room {
        health: ClusterHealth {
            health,
            data_nodes: 1,
            initializing: 0,
            unassigned: 0,
        },
        disks: vec![disk],
    }
}

#[test]
fn a_temporary_name_follows_from_the_snapshot_and_is_never_too_long() {
    let name = temporary_name("r", "U", "logs").unwrap();
    assert_eq!(name.as_str(), "esbackup-drill-6a58ab9b-logs");
    assert_ne!(temporary_name("r", "V", "logs").unwrap(), name);
    let long = "é".repeat(127);
    let cut = temporary_name("r", "U", &long).unwrap();
    assert!(cut.as_str().len() <= 255);
}

#[test]
fn a_sample_is_the_same_for_the_same_snapshot_and_comes_round_to_every_index() {
    let all = ["a", "b", "c", "d", ".kibana_1", "esbackup-drill-0-a"];
    let one = snapshot("U", &all);
    assert_eq!(sample(&one, 2), sample(&one, 2));
    let mut seen = std::collections::BTreeSet::new();
    for run in 0..50 {
        seen.extend(sample(&snapshot(&format!("U{run}"), &all), 1));
    }
    let users = ["a", "b", "c", "d"].map(str::to_owned);
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), users);
    assert_eq!(sample(&one, 9).len(), 4);
    assert_eq!(
        sample(&snapshot("U", &[".kibana_1"]), 1),
        Vec::<String>::new()
    );
}

#[test]
fn what_is_named_must_be_in_the_snapshot() {
    let one = snapshot("U", &["a", "b"]);
    let names =
        |all: &[&str]| -> Vec<String> { all.iter().map(|name| (*name).to_owned()).collect() };
    assert_eq!(
        named(&one, &names(&["b", "a", "b"])),
        Ok(names(&["a", "b"]))
    );
    assert_eq!(named(&one, &names(&["a", "z*"])), Err(names(&["z*"])));
}

#[test]
fn a_drill_restores_one_exact_index_under_its_temporary_name_and_nothing_else() {
    let drill = drill();
    let prepared = drill.restore(&room(Health::Yellow, 9_000));
    assert_eq!((prepared.obstacles.len(), prepared.steps.len()), (0, 1));
    let Call::Snapshot(call) = &prepared.steps[0].call else {
        panic!("no restore");
    };
    assert_eq!(
        call.request().body,
        Some(json!({
            "indices": "logs-$1", "include_global_state": false, "include_aliases": false, "partial": false,
            "rename_pattern": "^.+$", "rename_replacement": drill.temporary.as_str().replace('$', "\\$"),
            "index_settings": {"index.number_of_replicas": 0}, "ignore_index_settings": ["index.blocks.write"],
        }))
    );
}

#[test]
fn a_red_domain_and_a_short_disk_refuse_a_drill() {
    let refused = |room: Room| drill().restore(&room).obstacles.len();
    assert_eq!(refused(room(Health::Red, 9_000)), 1);
    assert_eq!(refused(room(Health::Green, 1_500)), 0);
    assert_eq!(refused(room(Health::Green, 1_499)), 1);
    let unknown = Drill {
        bytes: None,
        ..drill()
    };
    assert_eq!(
        unknown.restore(&room(Health::Green, 9_000)).obstacles.len(),
        1
    );
}

#[test]
fn only_an_index_that_was_restored_under_a_drills_name_is_left_over() {
    let settings = |provided: &str| {
        let mut settings = Map::new();
        settings.insert("index.provided_name".to_owned(), json!(provided));
        settings
    };
    let name = "esbackup-drill-ac41e9ba-logs-1";
    assert!(is_left_over(name, &settings("logs-1")));
    assert!(!is_left_over(name, &settings(name)));
    assert!(!is_left_over(name, &Map::new()));
    assert!(!is_left_over("esbackup-drill-logs", &settings("logs")));
    assert!(!is_left_over(
        "esbackup-drill-ac41e9bz-logs",
        &settings("logs")
    ));
    assert!(!is_left_over("logs-1", &settings("logs-1")));
}

#[test]
fn a_drill_of_an_index_that_was_itself_restored_under_another_name_is_left_over() {
    let settings = |provided: &str| {
        let pair = ("index.provided_name".to_owned(), json!(provided));
        Map::from_iter([pair])
    };
    let name = "esbackup-drill-ac41e9ba-logs-1";
    let told = |provided: &str| is_left_over(name, &settings(provided));
    assert_eq!(
        [
            "logs-before",
            "<logs-{now/d}>",
            "",
            "<esbackup-drill-ac41e9ba-logs-{now{d}}>",
            "esbackup-drill-ac41e9ba-other",
        ]
        .map(told),
        [true, true, false, false, false]
    );
    assert!(!is_left_over("esbackup-drill-logs", &settings("other")));
}

#[test]
fn what_is_left_over_is_asked_about_and_removed_by_its_exact_name_and_id() {
    let index = Index {
        name: "esbackup-drill-ac41e9ba-logs".to_owned(),
        uuid: "X".to_owned(),
        health: None,
        open: true,
        primaries: 1,
        replicas: 0,
        docs: None,
        bytes: None,
        primary_bytes: None,
        created: None,
    };
    let prepared = clear(&[Left::from(&index)], Duration::ZERO);
    let name = IndexName::parse(&index.name).unwrap();
    assert_eq!(prepared.steps, [removal(&name, "X", Duration::ZERO)]);
    let ask = "An interrupted drill left esbackup-drill-ac41e9ba-logs. Remove it?";
    assert_eq!(prepared.question, Question::Yes(ask.to_owned()));
    let nameless = Index {
        uuid: String::new(),
        ..index
    };
    assert_eq!(
        clear(&[Left::from(&nameless)], Duration::ZERO).steps,
        Vec::new()
    );
}

fn side(docs: u64, sequence: i64) -> Side {
    Side {
        docs,
        mapping: json!({"properties": {"number": {"type": "long"}}}),
        created: Moment::from_millis(5),
        sequences: Some(BTreeMap::from([("0".to_owned(), sequence)])),
        refreshes: true,
    }
}

fn verdicts(restored: &Side, live: &Live) -> Vec<Verdict> {
    let checks = compare("logs", restored, live);
    checks.iter().map(|check| check.result).collect()
}

#[test]
fn equal_counts_and_mappings_are_in_order() {
    let live = Live::Here(side(3, 2));
    assert_eq!(verdicts(&side(3, 2), &live), [Verdict::Ok, Verdict::Ok]);
}

#[test]
fn a_difference_fails_only_where_the_live_index_took_no_write_since() {
    let differ = |live: Side| verdicts(&side(3, 2), &Live::Here(live))[0];
    assert_eq!(differ(side(4, 2)), Verdict::Failed);
    assert_eq!(differ(side(2, 2)), Verdict::Failed);
    assert_eq!(differ(side(4, 3)), Verdict::Ok);
    assert_eq!(differ(side(2, 1)), Verdict::NotChecked);
    let untold = Side {
        sequences: None,
        ..side(4, 2)
    };
    assert_eq!(differ(untold), Verdict::NotChecked);
    let slow = Side {
        refreshes: false,
        ..side(2, 2)
    };
    assert_eq!(differ(slow), Verdict::NotChecked);
}

#[test]
fn an_index_of_another_origin_is_not_compared() {
    let other = Side {
        created: Moment::from_millis(6),
        ..side(9, 2)
    };
    let unchecked = [Verdict::NotChecked, Verdict::NotChecked];
    assert_eq!(verdicts(&side(3, 2), &Live::Here(other)), unchecked);
    assert_eq!(verdicts(&side(3, 2), &Live::Absent), unchecked);
    assert_eq!(
        verdicts(&side(3, 2), &Live::Unread("denied".to_owned())),
        unchecked
    );
}

#[test]
fn fields_may_come_and_change_and_never_go() {
    let with = |mapping: Value| {
        Live::Here(Side {
            mapping,
            ..side(3, 2)
        })
    };
    let more = json!({"properties": {"number": {"type": "long"}, "text": {"type": "keyword"}}});
    assert_eq!(verdicts(&side(3, 2), &with(more))[1], Verdict::Ok);
    let changed = json!({"properties": {"number": {"type": "long", "ignore_malformed": true}}});
    assert_eq!(verdicts(&side(3, 2), &with(changed))[1], Verdict::Ok);
    let less = json!({"properties": {}});
    assert_eq!(verdicts(&side(3, 2), &with(less))[1], Verdict::Failed);
}
