//! The clock of the services: how wrong this machine's is, learned from the `Date` of answers, so that signatures are good all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// The clock of the services. Copies share what was learned.
#[derive(Debug, Clone, Default)]
pub struct ServiceClock(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// In seconds since 1970, 0 until the first answer.
    newest: AtomicI64,
    /// How many seconds this machine's clock is behind, 0 while its signatures are good.
    behind: AtomicI64,
}

/// Seconds by which a clock may be wrong before a signature fails: IAM and STS allow five minutes, S3 fifteen.
const SKEW: i64 = 4 * 60;

/// Seconds from which a correction differs from the one that a refused signature was made with.
const REPEATED: i64 = 60;

impl ServiceClock {
    /// Returns a clock that begins with the correction of another one and learns apart from it.
    #[must_use]
    pub fn starting_with(other: &Self) -> Self {
        let clock = Self::default();
        clock.set(other.correction().unwrap_or(0));
        clock
    }

    /// Returns the newest `Date` that a service answered, in seconds since 1970.
    #[must_use]
    pub fn now(&self) -> Option<i64> {
        Some(self.0.newest.load(Ordering::Relaxed)).filter(|seconds| *seconds > 0)
    }

    /// Returns the time as the services see it, as far as this machine's clock was found wrong.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        shifted(self.correction().unwrap_or(0))
    }

    /// Returns the seconds that are added to this machine's clock, which was found wrong.
    #[must_use]
    pub fn correction(&self) -> Option<i64> {
        Some(self.0.behind.load(Ordering::Relaxed)).filter(|seconds| *seconds != 0)
    }

    /// Learns from one answer to a request that was sent at a moment of this machine's clock and answered by another. The clock is corrected
    /// once: what differs later is not this machine's clock. A date between the two is right: a machine that slept meanwhile is not wrong.
    pub fn learn(&self, sent: i64, date: i64, answered: i64) {
        self.0.newest.fetch_max(date, Ordering::Relaxed);
        let (early, late) = (date.saturating_sub(sent), date.saturating_sub(answered));
        let behind = match (early <= -SKEW, late >= SKEW) {
            (true, _) => early,
            (_, true) => late,
            (false, false) => return,
        };
        if self.correction().is_none() {
            self.set(behind);
        }
    }

    /// Corrects the clock by the `Date` of an answer that refuses a signature for its time; returns the correction unless the signature was
    /// made with it already.
    pub fn refused(&self, date: i64) -> Option<i64> {
        let behind = date.saturating_sub(local());
        if behind.abs_diff(self.correction().unwrap_or(0)) < REPEATED.unsigned_abs() {
            return None;
        }
        self.set(behind);
        Some(behind)
    }

    fn set(&self, behind: i64) {
        self.0.behind.store(behind, Ordering::Relaxed);
    }
}

/// Returns the time of this machine's clock, in seconds since 1970.
#[must_use]
pub(crate) fn local() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Returns the time of this machine's clock, put right by so many seconds.
#[must_use]
pub(crate) fn shifted(seconds: i64) -> SystemTime {
    let (now, by) = (
        SystemTime::now(),
        Duration::from_secs(seconds.unsigned_abs()),
    );
    let shifted = match seconds < 0 {
        true => now.checked_sub(by),
        false => now.checked_add(by),
    };
    shifted.unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::{ServiceClock, local};

    #[test]
    fn machine_that_slept_while_it_was_answered_has_no_wrong_clock() {
        let clock = ServiceClock::default();
        for (date, answered) in [(1_000, 9_000), (5_000, 9_000), (9_200, 9_000), (800, 1_000)] {
            clock.learn(1_000, date, answered);
            assert_eq!(clock.correction(), None, "{date} {answered}");
        }
        assert_eq!(clock.now(), Some(9_200));
    }

    #[test]
    fn wrong_clock_is_corrected_once_by_dates() {
        for (date, behind) in [(500, -500), (1_400, 390)] {
            let clock = ServiceClock::default();
            clock.learn(1_000, date, 1_010);
            clock.learn(1_000, 7_000, 1_010);
            assert_eq!(clock.correction(), Some(behind));
        }
    }

    #[test]
    fn refused_signature_corrects_the_clock_unless_it_was_corrected_so() {
        let aws = ServiceClock::default();
        aws.learn(1_000, 8_200, 1_000);
        let domain = ServiceClock::starting_with(&aws);
        assert_eq!(domain.correction(), Some(7_200));
        assert_eq!(domain.refused(local() + 7_210), None);
        let behind = domain.refused(local() - 600);
        assert!(matches!(behind, Some(-601..=-599)), "{behind:?}");
        assert_eq!(aws.correction(), Some(7_200));
    }
}
