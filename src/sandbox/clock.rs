//! The sandbox's clock, system time plus a scripted offset, and the formats AWS writes times in; it must never sleep.

use aws_smithy_types::date_time::{DateTime, Format};

/// A moment in seconds since 1970, by the sandbox's clock.
pub(super) type Seconds = i64;

/// Returns the sandbox's time for an offset in seconds.
pub(super) fn now(offset_seconds: i64) -> Seconds {
    let system = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
        });
    system.saturating_add(offset_seconds)
}

/// Returns the sandbox's time in milliseconds for an offset in seconds.
pub(super) fn now_millis(offset_seconds: i64) -> i64 {
    let system = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        });
    system.saturating_add(offset_seconds.saturating_mul(1000))
}

/// Formats milliseconds as `2026-11-23T22:30:00.123Z`.
pub(super) fn iso_of_millis(at: i64) -> String {
    let text = iso(at.div_euclid(1000));
    text.replace('Z', &format!(".{:03}Z", at.rem_euclid(1000)))
}

/// Formats a moment as `2026-11-23T22:30:00Z`.
pub(super) fn iso(at: Seconds) -> String {
    format(at, Format::DateTime)
}

/// Formats a moment as `2026-11-23T22:30:00.000Z`, as S3 does in listings.
pub(super) fn iso_millis(at: Seconds) -> String {
    iso(at).replace('Z', ".000Z")
}

/// Formats a moment as an HTTP date.
pub(super) fn http_date(at: Seconds) -> String {
    format(at, Format::HttpDate)
}

/// Formats a moment as `20261123T223000Z`, as SigV4 does.
pub(super) fn compact(at: Seconds) -> String {
    iso(at).replace(['-', ':'], "")
}

/// Reads `20261123T223000Z`.
pub(super) fn parse_compact(text: &str) -> Option<Seconds> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if date.len() != 8 || time.len() != 6 || !digits(date) || !digits(time) {
        return None;
    }
    let iso = format!(
        "{}-{}-{}T{}:{}:{}Z",
        date.get(..4)?,
        date.get(4..6)?,
        date.get(6..)?,
        time.get(..2)?,
        time.get(2..4)?,
        time.get(4..)?
    );
    DateTime::from_str(&iso, Format::DateTime)
        .ok()
        .map(|at| at.secs())
}

fn format(at: Seconds, format: Format) -> String {
    // Only years outside 1..9999 cannot be formatted; a scripted clock may ask for one.
    DateTime::from_secs(at)
        .fmt(format)
        .unwrap_or_else(|_| "1970-01-01T00:00:00Z".to_owned())
}
