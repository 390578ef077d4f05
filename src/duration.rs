//! Lengths of time as specs and options write them: one number and its unit.

use std::time::Duration;

/// Units by name, in milliseconds, the smallest first.
const UNITS: [(&str, u64); 6] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 7 * 86_400_000),
];

/// Reads a length such as `500ms`, `90s`, `2m`, `12h`, `30d` or `8w`.
///
/// # Errors
/// The rule that the text breaks.
pub fn parse(text: &str) -> Result<Duration, &'static str> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let unit = UNITS.iter().find(|(name, _)| *name == unit);
    let (_, unit) =
        unit.ok_or("a duration is a number and ms, s, m, h, d or w, such as 90s or 30d")?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("a duration begins with a whole number, such as 90s or 30d");
    }
    let number = digits.parse::<u64>().ok();
    let length = number.and_then(|number| number.checked_mul(*unit));
    length
        .map(Duration::from_millis)
        .ok_or("a duration of so many years is not used")
}

/// Writes a length so that [`parse`] reads the same: with the largest unit, up to days, of which it has a whole number.
#[must_use]
pub fn exact(length: Duration) -> String {
    let millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    let units = UNITS.iter().rev().skip(1);
    let mut whole = units.filter(|(_, unit)| millis != 0 && millis.is_multiple_of(*unit));
    let (name, unit) = whole.next().unwrap_or(&("s", 1_000));
    format!("{}{name}", millis / unit)
}

/// Writes a length for people, rounded down: `45s`, `12m`, `26h`, `9d`.
#[must_use]
pub fn rounded(length: Duration) -> String {
    match length.as_secs() {
        seconds if seconds < 120 => format!("{seconds}s"),
        seconds if seconds < 7_200 => format!("{}m", seconds / 60),
        seconds if seconds < 48 * 3_600 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_a_whole_number_and_a_unit() {
        for (text, seconds) in [
            ("90s", 90),
            ("2m", 120),
            ("12h", 43_200),
            ("30d", 2_592_000),
            ("8w", 4_838_400),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
        for wrong in [
            "",
            "90",
            "s",
            "+90s",
            "-1s",
            "1.5h",
            "1h30m",
            "90 s",
            "1y",
            "99999999999999999999w",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn exact_length_is_read_as_the_same() {
        for (text, want) in [
            ("120s", "2m"),
            ("90s", "90s"),
            ("90m", "90m"),
            ("24h", "1d"),
            ("8w", "56d"),
            ("1500ms", "1500ms"),
            ("0ms", "0s"),
        ] {
            let length = parse(text);
            assert_eq!(length.map(exact), Ok(want.to_owned()), "{text}");
            assert_eq!(parse(want), length, "{text}");
        }
    }

    #[test]
    fn rounded_lengths_are_short_and_whole() {
        let words = [45, 720, 93_600, 777_600].map(|s| rounded(Duration::from_secs(s)));
        assert_eq!(words, ["45s", "12m", "26h", "9d"]);
    }
}
