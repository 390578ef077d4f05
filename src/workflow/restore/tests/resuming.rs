//! A restore that an interrupted run began.

use super::*;

#[test]
fn a_restore_that_an_earlier_run_began_is_only_waited_for() {
    let one = snapshot("one", &["logs-1", "logs-2"]);
    let wanted = wanted(&[]);
    let scope = scope(&wanted, &one);
    let health = |active: u64| IndexHealth {
        health: Health::Yellow,
        primaries: 1,
        active_primaries: active,
        initializing: 1 - active,
    };
    let healths = |second: u64| {
        BTreeMap::from([
            ("logs-1".to_owned(), health(1)),
            ("logs-2".to_owned(), health(second)),
        ])
    };
    let row = |index: &str, snapshot: &str| Recovery {
        index: index.to_owned(),
        shard: 0,
        kind: "snapshot".to_owned(),
        stage: "index".to_owned(),
        repository: "r".to_owned(),
        snapshot: snapshot.to_owned(),
        bytes: 1,
        bytes_done: 0,
    };
    let both = [row("logs-1", "one"), row("logs-2", "one")];
    let other = [row("logs-1", "one"), row("logs-2", "two")];
    let asked = |second: u64, rows: &[Recovery], finished: Finished| {
        resumes(&wanted, &one, &scope, &healths(second), rows, finished)
    };
    let is_resumed = |second: u64, rows: &[Recovery]| asked(second, rows, Finished::DoesNot);
    assert_eq!(
        [
            is_resumed(0, &both),
            is_resumed(1, &both),
            is_resumed(0, &other),
            is_resumed(0, &both[..1])
        ],
        [true, false, false, false]
    );
    // Whoever knows that its own run began it may take it as finished, and nothing from another snapshot.
    let is_counted = |second: u64, rows: &[Recovery]| asked(second, rows, Finished::Counts);
    assert_eq!(
        [
            is_counted(0, &both),
            is_counted(1, &both),
            is_counted(1, &other),
            is_counted(1, &both[..1])
        ],
        [true, true, false, false]
    );
}
