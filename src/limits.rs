//! How long a request to the domain may take; it is parsed once from the environment and never read again.

use std::time::Duration;

/// Bounds the time and the size of every request to the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a connection, TLS included, may take to open.
    pub connect: Duration,
    /// How long one attempt of a read may take, its body included. A write has the whole of `total`, since it is sent once.
    pub attempt: Duration,
    /// How long a request may take with all its attempts and waits.
    pub total: Duration,
    /// The first wait between two attempts; it doubles, and a random part of up to half of it is left out.
    pub backoff: Duration,
    /// The first pause between two looks at something that runs; it grows.
    pub poll: Duration,
    /// How long a read is sent again while the service throttles it or fails (5xx). Attempts that get no answer at all count against
    /// `total` instead.
    pub retry: Duration,
    /// How many bytes of a body are read before the answer is refused.
    pub body: usize,
}

/// How long the reads of a plan are sent again while a service throttles or fails.
const RETRY: Duration = Duration::from_secs(30);

/// Attempts within [`RETRY`]: at the default backoff the time ends them first, so that the count only matters where the backoff is set.
const ATTEMPTS: u32 = 20;

/// Attempts however short the budget is.
const FEWEST_ATTEMPTS: u32 = 4;

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            attempt: Duration::from_secs(10),
            // Longer than a minute, after which Amazon's front door answers for an engine that is still at it.
            total: Duration::from_secs(75),
            backoff: Duration::from_millis(500),
            poll: Duration::from_secs(1),
            retry: RETRY,
            body: 16 * 1024 * 1024,
        }
    }
}

/// Says which environment setting is not a number of milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be a number of milliseconds between 1 and 3600000")]
pub struct LimitsError {
    /// The setting's name.
    pub name: &'static str,
}

impl Limits {
    /// Returns the same limits with another budget for what is throttled or fails. A few attempts are made however short it is.
    #[must_use]
    pub fn retrying_for(self, retry: Duration) -> Self {
        Self {
            retry: retry.max(self.longest_pause()),
            ..self
        }
    }

    /// Returns how many attempts fit into the budget.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        let share = self.retry.as_millis().saturating_mul(u128::from(ATTEMPTS)) / RETRY.as_millis();
        u32::try_from(share)
            .unwrap_or(u32::MAX)
            .max(FEWEST_ATTEMPTS)
    }

    /// Returns the longest pause between two attempts of a read.
    #[must_use]
    pub fn longest_pause(&self) -> Duration {
        self.backoff.saturating_mul(10)
    }

    /// Reads `ESBACKUP_CONNECT_TIMEOUT_MS`, `ESBACKUP_ATTEMPT_TIMEOUT_MS`, `ESBACKUP_TOTAL_TIMEOUT_MS`, `ESBACKUP_BACKOFF_MS` and
    /// `ESBACKUP_POLL_MS`;
    /// what is unset keeps its default.
    pub fn from_env() -> Result<Self, LimitsError> {
        Self::from_lookup(|name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })
    }

    /// Reads the same settings from a function, so that tests need not touch the process's environment.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, LimitsError> {
        let mut limits = Self::default();
        let settings: [(&'static str, &mut Duration); 5] = [
            ("ESBACKUP_CONNECT_TIMEOUT_MS", &mut limits.connect),
            ("ESBACKUP_ATTEMPT_TIMEOUT_MS", &mut limits.attempt),
            ("ESBACKUP_TOTAL_TIMEOUT_MS", &mut limits.total),
            ("ESBACKUP_BACKOFF_MS", &mut limits.backoff),
            ("ESBACKUP_POLL_MS", &mut limits.poll),
        ];
        for (name, value) in settings {
            let Some(text) = lookup(name) else { continue };
            let milliseconds = text
                .trim()
                .parse::<u64>()
                .ok()
                .filter(|number| (1..=3_600_000).contains(number));
            *value = Duration::from_millis(milliseconds.ok_or(LimitsError { name })?);
        }
        Ok(limits)
    }
}
