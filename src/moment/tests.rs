//! Tests of points in time.

use super::*;

#[test]
fn moments_are_written_in_utc_and_stay_within_the_years_that_have_four_digits() {
    let moment = Moment::from_millis(1_795_489_445_123).unwrap();
    assert_eq!(moment.to_string(), "2026-11-24T03:04:05Z");
    assert_eq!(Moment::from_millis(-1), None);
    assert_eq!(Moment::from_millis(i64::MAX), None);
    assert_eq!(
        Moment::from_millis(LATEST).unwrap().to_string(),
        "9999-12-31T23:59:59Z"
    );
}

#[test]
fn a_moment_is_read_as_it_is_written_and_nothing_else_is() {
    let text = "2026-11-24T03:04:05Z";
    assert_eq!(
        Moment::parse(text),
        Some(
            Moment::from_millis(1_795_489_445_123)
                .unwrap()
                .whole_seconds()
        )
    );
    for wrong in [
        "",
        "2026-11-24",
        "2026-11-24 03:04:05Z",
        "2026-13-24T03:04:05Z",
        "2026-11-24T24:04:05Z",
        "2026-11-24T03:04:05",
        "+026-11-24T03:04:05Z",
        "2026-11-24t03:04:05z",
        "2026-11-24T03:04:05.5Z",
        "2026-11-24T03:04:05+00:00",
        "2026-11-24T03:04:60Z",
        "1969-11-24T03:04:05Z",
    ] {
        assert_eq!(Moment::parse(wrong), None, "{wrong}");
    }
}
