//! Wildcards: what a pattern matches, covers and overlaps, checked against every short text.

use proptest::prelude::*;

use super::super::glob::{Pattern, Variables, Wildcards};
use super::super::scalar::{Decimal, Network, date};

fn glob(text: &str) -> Pattern {
    Pattern::new(text, Wildcards::Yes, Variables::Resolved)
}

#[test]
fn patterns_full_of_wildcards_are_compared_in_a_moment() {
    let hostile = [
        format!("s4:get{}t{}t", "*".repeat(80), "*".repeat(80)),
        "*?".repeat(100),
        "*a?".repeat(100),
        "?*t".repeat(100),
        format!("{}x{}", "*".repeat(1_000), "?".repeat(1_000)),
    ];
    let began = std::time::Instant::now();
    for wide in &hostile {
        for narrow in &hostile {
            let same = wide == narrow;
            assert!(glob(wide).covers(&glob(narrow)) || !same, "{wide} {narrow}");
        }
    }
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    assert_eq!(glob("a**b"), glob("a*b"));
}

#[test]
fn a_pattern_covers_another_when_it_matches_all_that_the_other_does() {
    let covers = [
        ("*", ""),
        ("*", "*"),
        ("a*", "ab*c"),
        ("*a*", "?a"),
        ("**", "*"),
        ("?*", "*?"),
        ("*?", "?"),
        ("a*b", "a?b"),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/logs/*"),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:username}/x"),
        ("x/${aws:username}", "x/${aws:username}"),
    ];
    for (wide, narrow) in covers {
        assert!(glob(wide).covers(&glob(narrow)), "{wide} {narrow}");
    }
    let does_not = [
        ("", "*"),
        ("a", "a*"),
        ("?", "*"),
        ("?*", "*"),
        ("a*a", "a*"),
        ("a?b", "a*b"),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b*"),
        ("x/${aws:username}", "x/alice"),
        ("x/alice", "x/${aws:username}"),
        ("x/${aws:userid}", "x/${aws:username}"),
    ];
    for (wide, narrow) in does_not {
        assert!(!glob(wide).covers(&glob(narrow)), "{wide} {narrow}");
    }
}

#[test]
fn a_proof_that_would_take_too_long_is_given_up() {
    let wide = glob(&format!("*a{}", "?".repeat(40)));
    assert!(!wide.covers(&glob(&format!("*{}", "?".repeat(60)))));
    // Both mean: so many letters or more. The longer proof is not made.
    let covers = |letters: usize| {
        let wide = glob(&format!("*{}", "?".repeat(letters)));
        wide.covers(&glob(&format!("{}*", "?".repeat(letters))))
    };
    assert_eq!([covers(30), covers(1_000)], [true, false]);
}

#[test]
fn patterns_overlap_only_where_one_text_is_both_to_its_end() {
    for (one, other, overlap) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("", "a", false),
        ("", "*", true),
        ("a*", "*b", true),
        ("a?", "?b", true),
        ("a*", "b*", false),
    ] {
        assert_eq!(glob(one).overlaps(&glob(other)), overlap, "{one} {other}");
        assert_eq!(glob(other).overlaps(&glob(one)), overlap, "{one} {other}");
    }
}

#[test]
fn the_characters_of_patterns_can_be_written_as_themselves() {
    let itself = glob("${*}${?}${$}");
    assert!(itself.is_literal());
    assert_eq!(itself.literal_text().as_deref(), Some("*?$"));
    assert!(itself.matches("*?$") && !itself.matches("ab$"));
    assert!(!glob("a*").is_literal() && !glob("${aws:username}").is_literal());
}

#[test]
fn wildcards_that_meet_because_a_variable_is_empty_are_passed_together() {
    let wide = glob("a*${aws:username}*").resolve(&|_| Some(String::new()));
    for text in ["a", "ab"] {
        assert!(wide.matches(text) && wide.covers(&glob(text)), "{text}");
    }
}

#[test]
fn variables_are_read_only_where_they_are_understood() {
    let text = "${aws:username}/${*}";
    let lookup = |key: &str| (key == "aws:username").then(|| "a*".to_owned());
    let resolved = glob(text).resolve(&lookup);
    assert_eq!(
        (
            resolved.matches("a*/*"),
            resolved.matches("ab/*"),
            resolved.matches("a*/x")
        ),
        (true, false, false)
    );
    let literal = Pattern::new(text, Wildcards::No, Variables::Literal);
    assert!(literal.matches(text));
    assert!(glob("${aws:x, 'none'}").resolve(&lookup).matches("none"));
    assert!(glob("${unclosed").matches("${unclosed"));
}

#[test]
fn dates_are_read_in_the_forms_of_iso_8601() {
    const SECOND: i128 = 1_000_000_000;
    let at = |seconds: i128| Some((1_767_225_600 + seconds) * SECOND);
    assert_eq!(date("2026-01-01"), at(0));
    assert_eq!(date("2026-01"), at(0));
    assert_eq!(date("2026-02"), at(31 * 86_400));
    assert_eq!(date("2026-01-01T01:30Z"), at(5_400));
    assert_eq!(date("2026-01-01t01:30:00z"), at(5_400));
    assert_eq!(date("2026-01-01T01:30:05-01:30"), at(10_805));
    assert_eq!(date("2026-01-01T01:30"), at(5_400));
    assert_eq!(date("2026-01-01T01:30:00+01"), at(1_800));
    assert_eq!(date("2025-12-31T23:59:59Z"), at(-1));
    assert_eq!(date("1767225600"), at(0));
    assert_eq!(date("2000-02-29T00:00:00Z"), Some(951_782_400 * SECOND));
    // Parts of a second count.
    let half = date("2026-01-01T01:30:05.5+01:00");
    assert_eq!(half, at(1_805).map(|at| at + SECOND / 2));
    assert_eq!(half, date("2026-01-01T00:30:05.500Z"));
    assert_eq!(
        date("2026-01-01T00:00:00.000000001Z"),
        at(0).map(|at| at + 1)
    );
    for text in [
        "",
        "soon",
        "2026-13-01",
        "2026-01-01T",
        "2026-01-01T1Z",
        "2026-01-01T01:00Zx",
        "2026",
        "2026-01T00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567890Z",
        "-1",
        "2026-01-01-01",
        "2026-02-30",
        "2026-00-01",
        "-2026-01-01",
        "2026-01-01T24:00Z",
        "2026-01-01T01:60Z",
        "2026-01-01T01Z",
        "2026-01-01T01:00:00:00Z",
        "2026-01-01T01:00+",
        "2026-01-01T01:00*01:00",
    ] {
        assert_eq!(date(text), None, "{text}");
    }
}

#[test]
fn numbers_are_compared_digit_by_digit() {
    let number = |text: &str| Decimal::parse(text).unwrap();
    assert_eq!(number("10"), number("10.0"));
    assert_eq!(number("-0"), number("0.00"));
    assert_eq!(number("007"), number("7"));
    let ordered = [
        "-10",
        "-9.5",
        "-0.1",
        "0",
        "0.09",
        "0.1",
        "9",
        "10",
        "9007199254740992",
        "9007199254740993",
    ];
    for (at, small) in ordered.iter().enumerate() {
        for large in ordered.iter().skip(at + 1) {
            assert!(number(small) < number(large), "{small} {large}");
            assert!(number(large) > number(small), "{small} {large}");
        }
    }
    for text in [
        "", "-", ".", "1.", ".5", "1e3", "NaN", "inf", "0x1", " 1", "1,5", "--1", "${aws:x}",
    ] {
        assert_eq!(Decimal::parse(text), None, "{text}");
    }
}

#[test]
fn networks_contain_by_prefix_in_their_own_family() {
    let network = |text: &str| Network::parse(text).unwrap();
    assert!(network("10.0.0.0/8").contains(&network("10.1.0.0/16")));
    assert!(network("0.0.0.0/0").contains(&network("203.0.113.9")));
    assert!(network("::/0").contains(&network("2001:db8::1")));
    assert!(!network("10.1.0.0/16").contains(&network("10.0.0.0/8")));
    assert!(!network("0.0.0.0/0").contains(&network("2001:db8::1")));
    for text in ["", "10.0.0.0/33", "10.0.0/8", "x/8", "::/129"] {
        assert_eq!(Network::parse(text), None, "{text}");
    }
}

/// Every text of at most six letters out of three, one of which no pattern names.
fn texts() -> Vec<String> {
    let mut texts = vec![String::new()];
    let mut from = 0;
    for _ in 0..6 {
        let longer: Vec<String> = texts[from..]
            .iter()
            .flat_map(|text| ["a", "b", "z"].map(|letter| format!("{text}{letter}")))
            .collect();
        from = texts.len();
        texts.extend(longer);
    }
    texts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Short patterns differ on short texts, so trying all of these decides.
    #[test]
    fn covering_and_overlapping_agree_with_trying_every_text(wide in "[ab?*]{0,4}", narrow in "[ab?*]{0,4}") {
        let (wide, narrow) = (glob(&wide), glob(&narrow));
        let texts = texts();
        let covered = texts.iter().all(|text| !narrow.matches(text) || wide.matches(text));
        let overlap = texts.iter().any(|text| narrow.matches(text) && wide.matches(text));
        prop_assert_eq!(wide.covers(&narrow), covered);
        // Two patterns of four letters may meet only in a text of eight.
        prop_assert!(wide.overlaps(&narrow) || !overlap);
        prop_assert_eq!(wide.overlaps(&narrow), narrow.overlaps(&wide));
    }
}
