//! Tests of what is called in order, wrong, or unchecked.

use std::collections::BTreeMap;

use super::files::Files;
use super::*;
use crate::data::snapshot::contents::Part;
use crate::data::snapshot::{ShardFailure, Shards};

fn snapshot_of(state: State, failed: u64, indices: &[&str]) -> Snapshot {
    let failures = (0..failed).map(|shard| ShardFailure {
        index: "b".to_owned(),
        shard,
        reason: "primary shard is not allocated".to_owned(),
    });
    Snapshot {
        name: "s".to_owned(),
        uuid: "U".to_owned(),
        state,
        started: None,
        ended: None,
        indices: indices.iter().collect(),
        data_streams: Vec::new(),
        shards: Shards {
            total: 2,
            successful: 2 - failed,
            failed,
        },
        failures: failures.collect(),
        global_state: None,
        engine: None,
        metadata: BTreeMap::new(),
        reason: None,
    }
}

fn results(checks: &[Check]) -> Vec<(&str, Verdict)> {
    checks
        .iter()
        .map(|check| (check.what.as_str(), check.result))
        .collect()
}

#[test]
fn a_complete_snapshot_is_in_order() {
    let checks = snapshot(&snapshot_of(State::Success, 0, &["a", "b"]));
    assert_eq!(
        results(&checks),
        [("state", Verdict::Ok), ("shards", Verdict::Ok)]
    );
}

#[test]
fn a_partial_one_fails_with_each_lost_shard() {
    let checks = snapshot(&snapshot_of(State::Partial, 1, &["a", "b"]));
    assert_eq!(
        results(&checks),
        [("state", Verdict::Failed), ("shards", Verdict::Failed)]
    );
    assert_eq!(
        checks[1].messages,
        [
            "1 of 2 are in it",
            "b shard 0: primary shard is not allocated"
        ]
    );
}

#[test]
fn the_shards_of_a_snapshot_that_runs_are_not_checked() {
    let checks = snapshot(&snapshot_of(State::InProgress, 1, &[]));
    assert_eq!(
        results(&checks),
        [("state", Verdict::Failed), ("shards", Verdict::NotChecked)]
    );
}

#[test]
fn what_to_do_follows_from_the_first_check_that_failed() {
    let running = snapshot_of(State::InProgress, 0, &["a"]);
    let partial = snapshot_of(State::Partial, 1, &["a"]);
    let absent = Check::failed(Level::Snapshot, "snapshot", Vec::new());
    assert_eq!(
        [
            remedy(&[unregistered("r")], None),
            remedy(&[absent], None),
            remedy(&snapshot(&running), Some(&running)),
            remedy(&snapshot(&partial), Some(&partial)),
            remedy(&[unanswering("NoSuchBucket".to_owned())], None),
        ],
        [
            "`esbackup plan` shows the difference, `esbackup apply` removes it",
            "`esbackup snapshot list` shows those that there are",
            "it still runs: `esbackup snapshot wait s`",
            "what failed is listed above; take another snapshot once the reason is removed",
            "`esbackup plan` shows whether the bucket, the policy or the role differs",
        ]
    );
}

#[test]
fn a_snapshot_of_nothing_fails_although_engines_call_it_a_success() {
    let checks = snapshot(&snapshot_of(State::Success, 0, &[]));
    assert_eq!(results(&checks).last(), Some(&("indices", Verdict::Failed)));
}

#[test]
fn no_node_that_confirms_is_a_failure() {
    assert_eq!(nodes(&[]).result, Verdict::Failed);
    assert_eq!(nodes(&["n".to_owned()]).result, Verdict::Ok);
}

fn part(shards: u64, done: u64) -> Part {
    Part {
        shards,
        done,
        files: 4,
        bytes: 20_000,
    }
}

#[test]
fn an_index_whose_file_lists_the_engine_does_not_read_fails() {
    let snapshot = snapshot_of(State::Success, 0, &["a", "b"]);
    let one = |part| Contents {
        indices: BTreeMap::from([("a".to_owned(), part), ("b".to_owned(), part)]),
    };
    assert_eq!(
        contents(&snapshot, Some(&one(part(1, 1)))).result,
        Verdict::Ok
    );
    assert_eq!(
        contents(&snapshot, Some(&one(part(2, 1)))).messages,
        ["a: 1 of 2 shards", "b: 1 of 2 shards"]
    );
    let lost = Contents {
        indices: BTreeMap::from([("a".to_owned(), part(1, 1))]),
    };
    assert_eq!(
        contents(&snapshot, Some(&lost)).messages,
        ["b: the engine reads no shard of it"]
    );
    assert_eq!(contents(&snapshot, None).result, Verdict::NotChecked);
}

/// The objects of a repository with one snapshot of one shard, as every engine from 6.8 to 3.8 writes them.
const OBJECTS: [(&str, u64); 8] = [
    ("logs/index-3", 992),
    ("logs/index.latest", 8),
    ("logs/snap-U.dat", 316),
    ("logs/meta-U.dat", 234),
    ("logs/indices/coG5ML/0/snap-U.dat", 1_111),
    ("logs/indices/coG5ML/0/index-ubflAk", 1_199),
    ("logs/indices/coG5ML/0/__wkb8a", 18_000),
    ("logs/indices/coG5ML/meta-D1xkC6.dat", 744),
];

fn judged(objects: impl IntoIterator<Item = (&'static str, u64)>) -> Vec<Check> {
    let mut files = Files::of(Some("logs"), "U");
    for (key, size) in objects {
        files.see(key, size);
    }
    files.judge(1, Some(part(1, 1)))
}

#[test]
fn files_that_are_all_there_are_in_order_and_data_is_never_claimed() {
    assert_eq!(
        results(&judged(OBJECTS)),
        [
            ("files in the bucket", Verdict::Ok),
            ("data in the bucket", Verdict::NotChecked),
        ]
    );
}

#[test]
fn each_file_that_makes_the_snapshot_known_is_missed() {
    for lost in [
        "logs/index-3",
        "logs/index.latest",
        "logs/snap-U.dat",
        "logs/meta-U.dat",
        "logs/indices/coG5ML/0/snap-U.dat",
        "logs/indices/coG5ML/0/index-ubflAk",
    ] {
        let checks = judged(OBJECTS.into_iter().filter(|(key, _)| *key != lost));
        assert_eq!(checks[0].result, Verdict::Failed, "{lost}");
    }
}

#[test]
fn too_few_bytes_prove_that_data_is_lost() {
    let checks = judged(OBJECTS.into_iter().filter(|(key, _)| !key.contains("__")));
    assert_eq!(
        results(&checks),
        [
            ("files in the bucket", Verdict::Ok),
            ("data in the bucket", Verdict::Failed),
        ]
    );
}

#[test]
fn files_of_other_snapshots_and_other_paths_do_not_stand_in() {
    let foreign = OBJECTS.map(|(key, size)| {
        (
            if key.ends_with("snap-U.dat") {
                "logs/snap-V.dat"
            } else {
                key
            },
            size,
        )
    });
    assert_eq!(judged(foreign)[0].result, Verdict::Failed);
    let mut files = Files::of(Some("logs"), "U");
    files.see("logs-old/snap-U.dat", 1);
    assert_eq!(files.judge(0, None)[0].result, Verdict::Failed);
}

#[test]
fn without_a_base_path_the_root_of_the_bucket_is_looked_at() {
    let mut files = Files::of(None, "U");
    for (key, size) in OBJECTS {
        files.see(key.trim_start_matches("logs/"), size);
    }
    assert_eq!(files.prefix(), "");
    assert_eq!(files.judge(1, None)[0].result, Verdict::Ok);
}
