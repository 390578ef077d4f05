//! Numbers, dates and networks as conditions write them; it must never round a value, nor take one that has two readings.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::cmp::Ordering;
use std::net::IpAddr;

use time::{Date, Duration, Time};

/// An integer or decimal number of any length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    /// Reads `10`, `-3` or `2.50`; exponents and words such as `NaN` are not numbers of the policy language.
    pub(super) fn parse(text: &str) -> Option<Decimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (digits, ""),
        };
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Decimal {
            negative: negative && !zero,
            whole,
            fraction,
        })
    }

    fn size(&self) -> (usize, &str, &str) {
        (self.whole.len(), &self.whole, &self.fraction)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.size().cmp(&other.size()),
            (true, true) => other.size().cmp(&self.size()),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Nanoseconds in a second.
const SECOND: i128 = 1_000_000_000;

/// Reads a date as nanoseconds since 1970: seconds since 1970, or a format of <https://www.w3.org/TR/NOTE-datetime> from
/// `2026-01` to `2026-01-31T10:00:00.5+01:00`.
///
/// Four digits alone are a year to one reader and seconds to another, so they are neither.
pub(super) fn date(text: &str) -> Option<i128> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse::<i64>().ok().filter(|_| text.len() != 4)?;
        return Some(i128::from(seconds) * SECOND);
    }
    let (day, clock) = match text.split_once(['T', 't']) {
        Some((day, clock)) => (day, Some(clock)),
        None => (text, None),
    };
    let fields: Vec<&str> = day.split('-').collect();
    let (year, month, day) = match (fields.as_slice(), clock) {
        ([year, month], None) => (*year, *month, "1"),
        ([year, month, day], _) => (*year, *month, *day),
        _ => return None,
    };
    let month = month.parse::<u8>().ok()?.try_into().ok()?;
    let day = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let since_midnight = clock.map_or(Some(Duration::ZERO), since_midnight)?;
    let at = day.midnight().checked_add(since_midnight)?;
    Some(at.assume_utc().unix_timestamp_nanos())
}

/// Reads the time of a day with its offset from UTC, as what has passed since midnight in UTC.
fn since_midnight(text: &str) -> Option<Duration> {
    let (clock, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => text.split_at_checked(at)?,
        None => (text, "Z"),
    };
    let clock = time_of_day(clock)?;
    match offset.split_at_checked(1)? {
        ("Z" | "z", "") => Some(clock),
        ("+", ahead) => Some(clock - offset_from_utc(ahead)?),
        ("-", behind) => Some(clock + offset_from_utc(behind)?),
        _ => None,
    }
}

fn offset_from_utc(text: &str) -> Option<Duration> {
    match text.len() {
        2 => hours_and_minutes(&format!("{text}:00")),
        5 => hours_and_minutes(text),
        _ => None,
    }
}

fn hours_and_minutes(text: &str) -> Option<Duration> {
    let (hours, minutes) = text.split_once(':')?;
    let time = Time::from_hms(hours.parse().ok()?, minutes.parse().ok()?, 0).ok()?;
    Some(time - Time::MIDNIGHT)
}

/// Reads `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s`, the last with up to nine digits.
fn time_of_day(text: &str) -> Option<Duration> {
    let fields: Vec<&str> = text.split(':').collect();
    let (hours, minutes, seconds) = match fields.as_slice() {
        [hours, minutes] => (*hours, *minutes, "0"),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    let (seconds, fraction) = match seconds.split_once('.') {
        Some((seconds, fraction)) => (seconds, fraction),
        None => (seconds, "0"),
    };
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.is_empty() || fraction.len() > 9 || !digits {
        return None;
    }
    let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
    let (hours, minutes) = (hours.parse().ok()?, minutes.parse().ok()?);
    let time = Time::from_hms_nano(hours, minutes, seconds.parse().ok()?, nanoseconds).ok()?;
    Some(time - Time::MIDNIGHT)
}

/// A range of addresses (<https://www.rfc-editor.org/rfc/rfc4632>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    pub length: u8,
}

impl Network {
    /// Reads `10.0.0.0/8` or a single address.
    pub(super) fn parse(text: &str) -> Option<Network> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let host = Network::host(address.parse().ok()?);
        let length = length.unwrap_or(host.length);
        (length <= host.length).then_some(Network {
            address: host.address,
            length,
        })
    }

    /// The range of one address.
    pub(super) fn host(address: IpAddr) -> Network {
        Network {
            address,
            length: if address.is_ipv4() { 32 } else { 128 },
        }
    }

    pub(super) fn is_v4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// Says whether every address of `other` is in `self`.
    pub(super) fn contains(&self, other: &Network) -> bool {
        let (mine, theirs) = (self.bounds(), other.bounds());
        self.is_v4() == other.is_v4() && mine.0 <= theirs.0 && theirs.1 <= mine.1
    }

    /// Returns the first and the last address as numbers.
    pub(super) fn bounds(&self) -> (u128, u128) {
        let (width, address) = match self.address {
            IpAddr::V4(address) => (32, u128::from(u32::from(address))),
            IpAddr::V6(address) => (128, u128::from(address)),
        };
        let open = u32::from(width - self.length);
        let hosts = 1_u128.checked_shl(open).map_or(u128::MAX, |size| size - 1);
        (address & !hosts, address | hosts)
    }
}
