//! Tests of what looks at a restore take for its end and for interference.

use super::*;

fn row(kind: &str, repository: &str, snapshot: &str) -> Recovery {
    Recovery {
        index: "logs".to_owned(),
        shard: 0,
        kind: kind.to_owned(),
        stage: "done".to_owned(),
        repository: repository.to_owned(),
        snapshot: snapshot.to_owned(),
        bytes: 10,
        bytes_done: 10,
    }
}

#[test]
fn looks_are_a_second_apart_at_least_and_ten_at_most() {
    let second = Duration::from_secs(1);
    let pauses: Vec<Duration> = (0..1000)
        .map(|looks| between_looks(second, looks))
        .collect();
    assert!(pauses.is_sorted(), "{pauses:?}");
    assert_eq!(pauses.first(), Some(&second));
    assert_eq!(pauses.last(), Some(&LONGEST_LOOK));
    // A caller who asked for longer pauses gets no shorter ones.
    assert_eq!(between_looks(30 * second, 5), 30 * second);
}

#[test]
fn health_and_recoveries_take_turns_and_health_begins() {
    let mut watch = Watch::default();
    let turns: Vec<bool> = (0..4).map(|_| watch.turn()).collect();
    assert_eq!(turns, [false, true, false, true]);
}

#[test]
fn another_restore_and_a_created_index_are_seen_and_copies_are_not() {
    let words = |row: Recovery| match interfered(&[row], "r", "s") {
        Some(Look::Incomplete(words)) => words.join(""),
        _ => String::new(),
    };
    assert_eq!(words(row("snapshot", "r", "s")), "");
    assert_eq!(words(row("peer", "", "")), "");
    assert_eq!(
        words(row("snapshot", "r", "other")),
        "logs shard 0 is being restored from r/other: another restore interfered"
    );
    assert_eq!(
        words(row("empty_store", "", "")),
        "index logs is not the restored one: somebody created it in the meantime"
    );
}
