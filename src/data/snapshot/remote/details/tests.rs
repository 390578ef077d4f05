//! Batches: what is asked for, and what becomes of each snapshot whatever is answered.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::data::snapshot::{NameSet, State, decode};
use crate::domain::Refusal;

fn brief(name: &str) -> Brief {
    Brief {
        name: name.into(),
        uuid: format!("id-of-{name}").into(),
        state: State::Success,
        indices: NameSet::from(["logs"]),
    }
}

fn briefs(names: &[&str]) -> Vec<Brief> {
    names.iter().map(|name| brief(name)).collect()
}

/// What an engine answers to a batch: no indices.
fn answer(names: &[&str]) -> Vec<Snapshot> {
    let one = |name: &&str| json!({"snapshot": name, "uuid": format!("id-of-{name}"), "state": "SUCCESS", "start_time_in_millis": 1_795_489_200_000_i64});
    let all: Vec<_> = names.iter().map(one).collect();
    decode::snapshots(json!({ "snapshots": all }).to_string().as_bytes()).unwrap()
}

fn refused(status: u16, code: &str, cause: &str) -> Error {
    let body = json!({"error": {"type": code, "reason": "it", "caused_by": {"type": cause, "reason": "x"}}, "status": status});
    let body = serde_json::to_vec(&body).unwrap();
    Error::Refused(Box::new(Refusal::from_domain(
        "GET".to_owned(),
        status,
        None,
        &body,
    )))
}

/// Takes one answer after the other; the answers are a function of the names asked for.
fn read(names: &[&str], ask: impl Fn(&[&str]) -> Result<Vec<Snapshot>, Error>) -> (List, usize) {
    let mut reading = Reading::of("r", briefs(names));
    let mut asked = 0;
    while let Some(batch) = reading.queue.pop_front() {
        asked += 1;
        let names: Vec<String> = batch.iter().map(|one| one.name.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let answer = ask(&names);
        reading.take(batch, answer);
    }
    (reading.list, asked)
}

fn read_names(list: &List) -> BTreeSet<&str> {
    list.snapshots.iter().map(|one| one.name.as_str()).collect()
}

fn unread_names(list: &List) -> BTreeSet<&str> {
    list.unread.iter().map(|one| &*one.brief.name).collect()
}

#[test]
fn a_request_names_as_many_as_a_url_of_4_kb_holds() {
    for (length, most) in [(1, 100), (30, 100), (60, 60), (255, 15)] {
        let names: Vec<String> = (0..500)
            .map(|number| format!("{number:0length$}"))
            .map(|name| name[name.len() - length..].to_owned())
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let batches = batches("repository", briefs(&names));
        assert_eq!(batches.iter().map(Vec::len).sum::<usize>(), 500);
        for batch in &batches {
            let length = request("repository", batch).length().unwrap();
            assert!(length <= LONGEST, "{length}");
        }
        let first = batches[0].len();
        assert!((most - most / 10..=most).contains(&first), "{first}");
    }
    // Every byte of a name is three in a URL.
    let long = "é".repeat(127);
    let batches = batches("r", briefs(&[&long, &long, &long, &long, &long, &long]));
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [4, 2]);
    assert!(request("r", &batches[0]).length().unwrap() <= LONGEST);
}

#[test]
fn a_batch_gives_details_and_keeps_the_indices_of_the_list() {
    let (list, asked) = read(&["a", "b"], |names| Ok(answer(names)));
    assert_eq!((read_names(&list), asked), (BTreeSet::from(["a", "b"]), 1));
    assert!(list.unread.is_empty() && list.error.is_none());
    for one in &list.snapshots {
        assert!(one.holds("logs") && one.started.is_some(), "{one:?}");
    }
}

#[test]
fn a_batch_that_is_denied_is_unread_and_never_absent() {
    let (list, asked) = read(&["a", "b"], |_| {
        Err(refused(403, "security_exception", "x"))
    });
    assert_eq!(
        (unread_names(&list), asked),
        (BTreeSet::from(["a", "b"]), 1)
    );
    assert!(list.snapshots.is_empty());
    assert!(list.unread.iter().all(|one| one.why == Why::Failed));
    assert!(list.whole().is_err());
}

#[test]
fn one_that_was_deleted_since_it_was_listed_is_gone() {
    let (list, _) = read(&["a", "b", "c"], |names| match names {
        ["b"] => Err(refused(404, "snapshot_missing_exception", "x")),
        names => {
            let there: Vec<&str> = names.iter().copied().filter(|name| *name != "b").collect();
            Ok(answer(&there))
        }
    });
    assert_eq!(read_names(&list), BTreeSet::from(["a", "c"]));
    assert!(list.unread.is_empty() && list.whole().is_ok());
}

#[test]
fn one_whose_file_is_gone_is_unread_and_the_others_are_read() {
    // An engine passes over it in a batch, and says so of it alone.
    let (mut list, _) = read(&["a", "b", "c"], |names| match names {
        ["b"] => Err(refused(
            404,
            "snapshot_missing_exception",
            "no_such_file_exception",
        )),
        names => {
            let there: Vec<&str> = names.iter().copied().filter(|name| *name != "b").collect();
            Ok(answer(&there))
        }
    });
    assert_eq!(read_names(&list), BTreeSet::from(["a", "c"]));
    assert_eq!(unread_names(&list), BTreeSet::from(["b"]));
    let (count, error) = list.failure().unwrap();
    assert_eq!((count, error.status()), (1, Some(404)));
}

#[test]
fn one_that_fails_a_whole_batch_is_found_by_halves() {
    let names: Vec<String> = (0..100).map(|number| format!("s-{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (list, asked) = read(&names, |names| match names.contains(&"s-042") {
        true => Err(refused(500, "corrupted", "x")),
        false => Ok(answer(names)),
    });
    assert_eq!(unread_names(&list), BTreeSet::from(["s-042"]));
    assert_eq!(list.snapshots.len(), 99);
    assert!(asked < 20, "{asked}");
}

#[test]
fn a_domain_that_stopped_answering_is_not_asked_thousands_of_times() {
    let names: Vec<String> = (0..10_000).map(|number| format!("s-{number:05}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (list, asked) = read(&names, |_| Err(refused(503, "unavailable", "x")));
    assert_eq!(list.unread.len(), 10_000);
    assert!(asked <= MOST_FAILED, "{asked}");
}

#[test]
fn one_that_ended_or_made_way_for_another_since_is_read_alone() {
    let other = |name: &str, uuid: &str, state: &str| {
        let one = json!({"snapshot": name, "uuid": uuid, "state": state, "indices": ["new"]});
        decode::snapshots(json!({ "snapshots": [one] }).to_string().as_bytes()).unwrap()
    };
    for (uuid, state) in [("another", "SUCCESS"), ("id-of-b", "PARTIAL")] {
        let (list, asked) = read(&["a", "b"], |names| match names {
            ["b"] => Ok(other("b", uuid, state)),
            _ => Ok([answer(&["a"]), other("b", uuid, state)].concat()),
        });
        assert_eq!(asked, 2);
        let b = list.snapshots.iter().find(|one| one.name == "b").unwrap();
        assert_eq!((b.uuid.as_str(), b.state.as_str()), (uuid, state));
        // The indices of the list are those of what was there before.
        assert!(b.holds("new") && !b.holds("logs"));
    }
}

#[test]
fn a_name_that_could_mean_more_than_one_is_never_asked_for() {
    let odd = ["*", "a,b", "_all", "a b", "..", "UPPER"];
    let (mut list, asked) = read(&odd, |names| panic!("{names:?}"));
    assert_eq!((list.unread.len(), asked), (odd.len(), 0));
    assert!(list.unread.iter().all(|one| one.why == Why::OddName));
    assert!(list.failure().is_none());
}

#[test]
fn a_name_that_is_listed_twice_is_never_asked_for() {
    let (list, asked) = read(&["a", "b", "a"], |names| Ok(answer(names)));
    assert_eq!((read_names(&list), asked), (BTreeSet::from(["b"]), 1));
    assert_eq!(unread_names(&list), BTreeSet::from(["a"]));
    assert_eq!(list.unread.len(), 1);
}

#[test]
fn an_answer_that_names_others_makes_none_of_them_known() {
    let (list, _) = read(&["a", "b"], |_| Ok(answer(&["c", "d"])));
    assert!(list.snapshots.is_empty(), "{:?}", list.snapshots);
    assert_eq!(unread_names(&list), BTreeSet::from(["a", "b"]));
}

#[test]
fn details_that_are_more_than_is_kept_leave_the_rest_unread() {
    let mut reading = Reading::of("r", briefs(&["a", "b"]));
    reading.queue = batches("r", briefs(&["c"]));
    reading.kept = MOST_KEPT;
    reading.take(briefs(&["a", "b"]), Ok(answer(&["a", "b"])));
    assert_eq!(unread_names(&reading.list), BTreeSet::from(["a", "b", "c"]));
    assert!(reading.queue.is_empty());
    assert!(matches!(reading.list.failure(), Some((3, Error::Crowded))));
}
