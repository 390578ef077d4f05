//! What is learned of the clock from answers.

use super::ServiceClock;

#[test]
fn a_machine_that_slept_while_it_was_answered_has_no_wrong_clock() {
    let clock = ServiceClock::default();
    for (date, answered) in [(1_000, 9_000), (5_000, 9_000), (9_200, 9_000), (800, 1_000)] {
        clock.learn(1_000, date, answered);
        assert_eq!(clock.correction(), None, "{date} {answered}");
    }
    assert_eq!(clock.now(), Some(9_200));
}

#[test]
fn a_clock_that_is_wrong_is_corrected_once() {
    for (date, behind) in [(500, -500), (1_400, 390)] {
        let clock = ServiceClock::default();
        clock.learn(1_000, date, 1_010);
        clock.learn(1_000, 7_000, 1_010);
        assert_eq!(clock.correction(), Some(behind));
    }
}
