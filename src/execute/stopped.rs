//! Why the executor stopped, and what is known of the call that it stopped at. Pure.

use std::time::Duration;

use crate::failure::Failure;
use crate::interrupt::Signal;
use crate::plan::Step;

/// Why the steps stopped before the last one.
#[derive(Debug)]
pub struct Stopped {
    /// How many steps were done.
    pub done: usize,
    /// What is known of the call of the step after them.
    pub call: Known,
    /// The reason.
    pub reason: Reason,
}

/// What is known of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It was not sent.
    Unsent,
    /// It was not needed: what it would have done was there already.
    Needless,
    /// It was sent, and no answer tells whether it was applied.
    Unanswered,
    /// Every answer refused it.
    Refused,
    /// It was accepted, or found to be in effect.
    Accepted,
}

impl Known {
    /// Whether something of it may be there.
    pub(super) fn was_sent(self) -> bool {
        !matches!(self, Self::Unsent | Self::Needless)
    }
}

impl Stopped {
    /// How many of the steps, from the first, have calls that cannot be called not done: of the last of them that may not be known.
    #[must_use]
    pub fn begun(&self) -> usize {
        let begun = matches!(
            self.call,
            Known::Unanswered | Known::Accepted | Known::Needless
        );
        self.done + usize::from(begun)
    }

    /// How many calls of the steps were done.
    #[must_use]
    pub fn calls_done(&self) -> usize {
        match self.call {
            Known::Unanswered => self.done,
            _ => self.begun(),
        }
    }

    /// The step whose call was perhaps applied.
    #[must_use]
    pub fn unknown<'s>(&self, steps: &'s [Step]) -> Option<&'s Step> {
        steps
            .get(self.done)
            .filter(|_| self.call == Known::Unanswered)
    }
}

/// The reasons for stopping.
#[derive(Debug)]
pub enum Reason {
    /// A call failed for good.
    Failed(Box<Failure>),
    /// Something changed between the plan and the call.
    Interfered {
        /// What changed.
        what: String,
    },
    /// Nothing shows that the call is safe.
    Refused {
        /// The call.
        what: String,
        /// What was seen.
        why: String,
        /// What to do next.
        hint: String,
    },
    /// A snapshot or restore runs.
    Busy {
        /// Where.
        what: String,
    },
    /// What was started did not end well.
    Incomplete {
        /// What.
        what: String,
        /// What was seen, in the engine's words.
        words: Vec<String>,
    },
    /// What was started goes on, and was waited for long enough.
    TooLong {
        /// What.
        what: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// A signal asked for it while something was waited for that goes on.
    Detached {
        /// What.
        what: String,
        /// The signal.
        signal: Signal,
    },
    /// It was asked for.
    Interrupted(Signal),
    /// It was asked for while a call had no answer: nobody knows whether it was applied.
    Abandoned {
        /// The call.
        what: String,
        /// What asked for it.
        signal: Signal,
    },
}

/// Why a step ends that was asked to stop, by what is known of its call.
pub(super) fn asked_to_stop(step: &Step, known: Known, signal: Signal) -> Reason {
    match known {
        Known::Unanswered => Reason::Abandoned {
            what: step.call.describe(),
            signal,
        },
        _ => Reason::Interrupted(signal),
    }
}
