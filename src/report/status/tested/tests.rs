//! Every verdict on a record, by its age.

use super::*;
use crate::failure::{Class, Failure};
use crate::resources::bucket::record::{Record, Restored};

const HOUR: Duration = Duration::from_secs(3600);

fn judged(wanted: Option<Duration>, kept: Option<&Kept>, now: Moment) -> StatusView {
    let objectives = crate::spec::Objectives {
        restore_test: wanted,
        ..Default::default()
    };
    let nothing = Failure::new(Class::Failed, "", "", "");
    let mut view = StatusView::unread("logs", "snapshots", &objectives, nothing, 0);
    let desired = crate::resources::tests::desired(&[]);
    let place = Place::of(&desired.bucket.unwrap().want, "logs");
    view.judge_restore_test(wanted, kept, &place, now);
    view
}

fn kept(at: Moment) -> Kept {
    let restored = Restored {
        name: "sample-logs".to_owned(),
        docs: 3,
        restored_as: "u".to_owned(),
    };
    let record = Record::new("other", "d".to_owned(), ("one", "s"), &[restored]);
    Kept { record, at }
}

#[test]
fn objective_is_met_until_the_record_is_older() {
    let at = Moment::parse("2026-11-24T03:00:00Z").unwrap();
    let now = |after: Duration| at.plus(after);
    for (now, verdict, why) in [
        (now(HOUR), Verdict::Met, None),
        (
            now(HOUR + Duration::from_secs(1)),
            Verdict::Missed,
            Some("the last restore test was recorded 60m ago"),
        ),
        (at.minus(Duration::from_secs(299)), Verdict::Met, None),
        (
            at.minus(Duration::from_secs(301)),
            Verdict::NotKnown,
            Some("the record is from 2026-11-24T03:00:00Z, which is in the future"),
        ),
    ] {
        let view = judged(Some(HOUR), Some(&kept(at)), now);
        let found = view.objectives.restore_test;
        let expected = (verdict, why.map(str::to_owned), Some(3600));
        assert_eq!(
            (found.verdict, found.why, found.at_most_seconds),
            expected,
            "{now}"
        );
        assert!(view.last_restore_test.is_some());
    }
}

#[test]
fn missing_record_is_not_known_and_says_how_to_write_one() {
    let view = judged(Some(HOUR), None, Moment::EARLIEST);
    let found = view.objectives.restore_test;
    assert_eq!(found.verdict, Verdict::NotKnown);
    let why = found.why.unwrap();
    assert!(
        why.starts_with("there is no record in s3://logs-snapshots/esbackup-records/"),
        "{why}"
    );
    assert!(
        why.ends_with("write one with `esbackup verify --level restore --record`"),
        "{why}"
    );
    assert_eq!(view.last_restore_test, None);
}

#[test]
fn last_test_is_described_in_a_line() {
    let at = Moment::parse("2026-11-24T03:00:00Z").unwrap();
    let view = judged(Some(HOUR), Some(&kept(at)), at.plus(HOUR));
    assert_eq!(
        view.last_restore_test.unwrap().in_words(),
        "1 index of snapshot one, 60m ago, by environment other"
    );
}
