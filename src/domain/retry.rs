//! When a read is sent again and how long is waited: until the budget of [`Limits`] is spent. A write is never among them.

use super::answer::Note;
use super::error::Error;
use super::request::Purpose;
use crate::backoff;
use crate::limits::Limits;
use std::time::Duration;
use tokio::time::Instant;

/// How often a read is sent again that got no answer at all: a network that is down is reported soon.
const RETRIES: u32 = 3;

/// Keeps count of the attempts of one request.
pub(super) struct Tries {
    limits: Limits,
    purpose: Purpose,
    began: Instant,
    deadline: Instant,
    retries: u32,
    /// Whether the service throttled or failed on the way.
    throttled: bool,
    renewed: bool,
    /// What was noticed on the way.
    pub(super) notes: Vec<Note>,
}

impl Tries {
    pub(super) fn new(limits: Limits, purpose: Purpose) -> Self {
        let began = Instant::now();
        Self {
            limits,
            purpose,
            began,
            deadline: began + limits.total,
            retries: 0,
            throttled: false,
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
            // Waits for a service that throttles do not shorten the attempts after them.
            Purpose::Read => {
                let attempt = Instant::now() + self.limits.attempt;
                match self.throttled {
                    true => attempt,
                    false => self.deadline.min(attempt),
                }
            }
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
        let longest = self.limits.longest_pause();
        let wait = backoff::jittered(self.limits.backoff, self.retries, longest);
        self.retries += 1;
        let until = match error {
            _ if self.purpose == Purpose::Write => return None,
            _ if error.service_failed() => {
                self.throttled = true;
                (self.retries < self.limits.attempts()).then(|| self.began + self.limits.retry)
            }
            Error::Broken { .. } | Error::Timeout { .. } => {
                (self.retries <= RETRIES).then_some(self.deadline)
            }
            _ => None,
        };
        until
            .is_some_and(|until| Instant::now() + wait < until)
            .then_some(wait)
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
