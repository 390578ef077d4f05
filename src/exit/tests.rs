//! The exit codes are frozen: scripts and schedulers rely on them.

use super::Exit;

#[test]
fn the_codes_are_these_and_stay_these() {
    let codes: Vec<(Exit, u8)> = Exit::ALL.map(|exit| (exit, exit.code())).to_vec();
    let frozen = [
        (Exit::Done, 0),
        (Exit::Failed, 1),
        (Exit::Differences, 2),
        (Exit::Partly, 3),
        (Exit::TryAgain, 4),
        (Exit::Stale, 5),
        (Exit::Refused, 6),
        (Exit::Usage, 64),
        (Exit::Invalid, 65),
        (Exit::Denied, 77),
        (Exit::Interrupted, 130),
        (Exit::Terminated, 143),
    ];
    assert_eq!(codes, frozen);
}

#[test]
fn one_environment_ends_with_the_first_of_77_6_5_4_1_3_2_0() {
    let order = [
        Exit::Denied,
        Exit::Refused,
        Exit::Stale,
        Exit::TryAgain,
        Exit::Failed,
        Exit::Partly,
        Exit::Differences,
        Exit::Done,
    ];
    for (place, first) in order.into_iter().enumerate() {
        for after in order.into_iter().skip(place) {
            assert_eq!(Exit::of_environment([first, after]), first);
            assert_eq!(Exit::of_environment([after, first]), first);
        }
        assert_eq!(Exit::of_environment(order.into_iter().skip(place)), first);
    }
    assert_eq!(Exit::of_environment([]), Exit::Done);
    assert_eq!(
        Exit::of_environment([Exit::Denied, Exit::Interrupted]),
        Exit::Interrupted
    );
}

#[test]
fn several_environments_that_end_alike_end_the_run_so_and_others_end_it_partly() {
    let table: [(&[Exit], Exit); 11] = [
        (&[], Exit::Done),
        (&[Exit::Done, Exit::Done], Exit::Done),
        (&[Exit::Denied, Exit::Denied], Exit::Denied),
        (&[Exit::Refused], Exit::Refused),
        (&[Exit::Stale, Exit::Stale], Exit::Stale),
        (
            &[Exit::Done, Exit::Differences, Exit::Done],
            Exit::Differences,
        ),
        (&[Exit::Differences, Exit::Differences], Exit::Differences),
        (&[Exit::Done, Exit::Failed], Exit::Partly),
        (&[Exit::Refused, Exit::Denied], Exit::Partly),
        (&[Exit::Differences, Exit::TryAgain], Exit::Partly),
        (
            &[Exit::Failed, Exit::Terminated, Exit::Done],
            Exit::Terminated,
        ),
    ];
    for (ends, expected) in table {
        assert_eq!(Exit::of_run(ends.iter().copied()), expected, "{ends:?}");
    }
}

#[test]
fn the_end_of_the_time_decides_unless_something_else_went_wrong() {
    let table: [(&[Exit], Exit); 6] = [
        (&[Exit::Done, Exit::TryAgain], Exit::TryAgain),
        (&[Exit::Differences, Exit::TryAgain], Exit::TryAgain),
        (&[Exit::Done, Exit::Differences], Exit::Differences),
        (&[Exit::Done, Exit::Done], Exit::Done),
        (&[Exit::Denied, Exit::TryAgain], Exit::Partly),
        (&[Exit::Interrupted, Exit::TryAgain], Exit::Interrupted),
    ];
    for (ends, expected) in table {
        let exit = Exit::of_run_out_of_time(ends.iter().copied());
        assert_eq!(exit, expected, "{ends:?}");
    }
}
