//! A point in time as the engines count it; it never asks a clock by itself, except where a command begins.

use std::fmt;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z; written `2026-11-24T03:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// The last moment that has four digits for its year: 9999-12-31T23:59:59.999Z.
const LATEST: i64 = 253_402_300_799_999;

impl Moment {
    /// 1970-01-01T00:00:00Z.
    pub const EARLIEST: Self = Self(0);

    /// The moment this many milliseconds after 1970; none outside of the years 1970 to 9999, which no snapshot is from.
    #[must_use]
    pub fn from_millis(millis: i64) -> Option<Self> {
        (0..=LATEST).contains(&millis).then_some(Self(millis))
    }

    /// The local clock's moment.
    #[must_use]
    pub fn now() -> Self {
        Self::of(std::time::SystemTime::now()).unwrap_or(Self::EARLIEST)
    }

    /// The moment of a system time; none outside of the years 1970 to 9999.
    #[must_use]
    pub fn of(time: std::time::SystemTime) -> Option<Self> {
        let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
        Self::from_millis(i64::try_from(since.as_millis()).ok()?)
    }

    /// Reads a moment as it is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        // RFC 3339 allows a fraction, an offset and small letters too; esbackup writes none.
        Self::from_millis(at.unix_timestamp().checked_mul(1000)?)
            .filter(|read| read.to_string() == text)
    }

    /// The same moment in whole seconds.
    #[must_use]
    pub fn whole_seconds(self) -> Self {
        Self(self.0 - self.0.rem_euclid(1000))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// The time from an earlier moment to this one; none when that one is later.
    #[must_use]
    pub fn since(self, earlier: Moment) -> Option<Duration> {
        u64::try_from(self.0 - earlier.0)
            .ok()
            .map(Duration::from_millis)
    }

    /// The moment that lies this much earlier, at the earliest 1970.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(by).max(0))
    }

    /// The moment that lies this much later, at the latest the end of the year 9999.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(by).min(LATEST))
    }

    /// The calendar day in UTC.
    #[must_use]
    pub fn day(self) -> Date {
        self.civil().date()
    }

    /// The date in UTC: `2026-11-24`.
    #[must_use]
    pub fn date(self) -> String {
        self.day().to_string()
    }

    /// The time of the day in UTC, without colons: `030405`.
    #[must_use]
    pub fn time(self) -> String {
        let (hour, minute, second) = self.civil().time().as_hms();
        format!("{hour:02}{minute:02}{second:02}")
    }

    /// Date and time in UTC.
    #[must_use]
    pub fn civil(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0 / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The years of a moment have four digits, which is all that the format asks for.
        let text = self.civil().format(&Rfc3339).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl serde::Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A moment that may not be known, for a sentence.
#[must_use]
pub(crate) fn told(at: Option<Moment>) -> String {
    at.map_or_else(
        || "at a time that is not known".to_owned(),
        |at| at.to_string(),
    )
}

#[cfg(test)]
mod tests;
