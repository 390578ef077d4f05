//! When a request is sent again and how long is waited; a write is never among them.

use super::answer::Note;
use super::error::Error;
use super::limits::Limits;
use super::request::Purpose;
use crate::backoff;
use std::time::Duration;
use tokio::time::Instant;

/// How often a read is sent again.
const RETRIES: u32 = 3;

/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Keeps count of the attempts of one request.
pub(super) struct Tries {
    limits: Limits,
    purpose: Purpose,
    deadline: Instant,
    retries: u32,
    renewed: bool,
    /// What was noticed on the way.
    pub(super) notes: Vec<Note>,
}

impl Tries {
    pub(super) fn new(limits: Limits, purpose: Purpose) -> Self {
        let deadline = Instant::now() + limits.total;
        Self {
            limits,
            purpose,
            deadline,
            retries: 0,
            renewed: false,
            notes: Vec::new(),
        }
    }

    /// Counts the attempts of a read whose answer may take as long as all attempts together.
    pub(super) fn patient(limits: Limits, purpose: Purpose) -> Self {
        let attempt = limits.total;
        Self::new(Limits { attempt, ..limits }, purpose)
    }

    /// Returns when the next attempt is given up. A write is sent once, so it has all the time that there is.
    pub(super) fn until(&self) -> Instant {
        match self.purpose {
            Purpose::Read => self.deadline.min(Instant::now() + self.limits.attempt),
            Purpose::Write => self.deadline,
        }
    }

    /// Says whether the clock was corrected for this request already.
    pub(super) fn clock_corrected(&self) -> bool {
        self.notes
            .iter()
            .any(|note| matches!(note, Note::ClockCorrected { .. }))
    }

    /// Says once that the error asks for new credentials.
    pub(super) fn should_renew(&mut self, error: &Error) -> bool {
        let renew = !self.renewed && expired_token(error);
        self.renewed |= renew;
        renew
    }

    /// Returns how long to wait before a read is sent again; `None` where the error is the result.
    pub(super) fn wait_after(&mut self, error: &Error) -> Option<Duration> {
        let again = self.purpose == Purpose::Read && self.retries < RETRIES && may_pass(error);
        let wait = backoff::jittered(self.limits.backoff, self.retries, LONGEST_WAIT);
        self.retries += 1;
        (again && Instant::now() + wait < self.deadline).then_some(wait)
    }
}

fn may_pass(error: &Error) -> bool {
    match error {
        Error::Refused(refusal) => {
            refusal.is_throttled() || matches!(refusal.status, Some(502..=504))
        }
        Error::Broken { .. } | Error::Timeout { .. } => true,
        _ => false,
    }
}

fn expired_token(error: &Error) -> bool {
    let said = |words: &String| {
        words
            .to_lowercase()
            .contains("security token included in the request is expired")
    };
    error
        .refusal()
        .is_some_and(|refusal| refusal.chain.iter().any(said))
}
