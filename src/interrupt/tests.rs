//! The end of `--timeout`, on a paused clock: reads are left alone at once, writes and cleaning up only after what is added to it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{GRACE, Signal, Stop};

const TIME: Duration = Duration::from_secs(600);
const MOMENT: Duration = Duration::from_millis(5);

fn near(took: Duration, expected: Duration) {
    assert!(
        took >= expected && took < expected + MOMENT,
        "{took:?} for {expected:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_before_the_time_is_over_and_then_it_is_for_good() {
    let (stop, began) = (Stop::listen_within(TIME), Instant::now());
    assert_eq!(stop.requested(), None);
    assert_eq!(stop.asked().await, Signal::TimeUp(TIME));
    near(began.elapsed(), TIME);
    sleep(TIME).await;
    assert_eq!(stop.requested(), Some(Signal::TimeUp(TIME)));
}

#[tokio::test(start_paused = true)]
async fn what_is_done_in_time_is_never_left_alone() {
    let stop = Stop::listen_within(TIME);
    let done = async {
        sleep(TIME / 2).await;
        "done"
    };
    assert_eq!(stop.unless_asked(done).await, Ok("done"));
    assert_eq!(stop.unless_overdue(async { 7 }).await, Ok(7));
    assert_eq!(stop.while_cleaning_up(async { 7 }).await, Some(7));
}

#[tokio::test(start_paused = true)]
async fn a_read_is_left_alone_at_once_a_write_after_a_while_and_cleaning_up_after_another() {
    let (stop, began) = (Stop::listen_within(TIME), Instant::now());
    let never = std::future::pending::<()>;
    let up = Signal::TimeUp(TIME);
    assert_eq!(stop.unless_asked(never()).await, Err(up));
    near(began.elapsed(), TIME);
    assert_eq!(stop.unless_overdue(never()).await, Err(up));
    near(began.elapsed(), TIME + GRACE);
    assert_eq!(stop.while_cleaning_up(never()).await, None);
    near(began.elapsed(), TIME + GRACE * 2);
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_with_the_time() {
    let (stop, began) = (Stop::listen_within(TIME), Instant::now());
    stop.or_elapsed(TIME * 9).await;
    near(began.elapsed(), TIME);
}

#[tokio::test(start_paused = true)]
async fn without_a_time_nothing_ever_asks() {
    let (stop, began) = (Stop::never(), Instant::now());
    stop.or_elapsed(TIME).await;
    near(began.elapsed(), TIME);
    let slow = async {
        sleep(TIME).await;
        "done"
    };
    assert_eq!(stop.unless_overdue(slow).await, Ok("done"));
    assert_eq!(stop.requested(), None);
}

#[test]
fn the_reason_names_the_option_and_the_exit_code_says_to_try_again() {
    let up = Signal::TimeUp(Duration::from_secs(90));
    assert_eq!(up.words(), "the time of --timeout (90s) is over");
    assert_eq!(up.exit(), crate::exit::Exit::TryAgain);
}
