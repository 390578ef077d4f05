//! Waits are bounded, grow, and differ from each other.

use std::collections::BTreeSet;
use std::time::Duration;

use super::jittered;

const BASE: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(15);

#[test]
fn a_wait_is_between_half_and_all_of_the_doubled_base_and_never_longer_than_the_longest() {
    for retries in 0..40 {
        let most = BASE
            .saturating_mul(2_u32.saturating_pow(retries))
            .min(LONGEST);
        for _ in 0..200 {
            let wait = jittered(BASE, retries, LONGEST);
            assert!(wait <= most && wait > most / 2, "{retries}: {wait:?}");
        }
    }
}

#[test]
fn waits_of_one_retry_are_spread() {
    let waits: BTreeSet<Duration> = (0..400).map(|_| jittered(BASE, 3, LONGEST)).collect();
    assert!(waits.len() > 200, "{} of 400 differ", waits.len());
    let (first, last) = (waits.first().unwrap(), waits.last().unwrap());
    assert!(
        *first < BASE * 5 && *last > BASE * 7,
        "{first:?} to {last:?}"
    );
}
