//! Tests of expressions and names, which need no server.

use std::collections::BTreeMap;

use serde_json::json;

use super::expression::{Reading, Unresolved, filter, invalid_name, resolve};
use crate::sandbox::search_state::{Cluster, Index};

fn index(hidden: bool, closed: bool, alias: Option<&str>) -> Index {
    let hidden = hidden.then(|| ("index.hidden".to_owned(), "true".to_owned()));
    Index {
        uuid: String::new(),
        created: 0,
        version: 0,
        settings: hidden.into_iter().collect(),
        mappings: json!({}),
        aliases: alias
            .map(|name| (name.to_owned(), json!({})))
            .into_iter()
            .collect(),
        closed,
        assigned: true,
        documents: Default::default(),
        unrefreshed: None,
        recovery: None,
    }
}

/// `a-1` and `a-2` (alias `as`), `b-1` closed, `.dot`, `.hidden` hidden, the stream `s`.
fn cluster() -> Cluster {
    let held = [
        ("a-1", index(false, false, Some("as"))),
        ("a-2", index(false, false, Some("as"))),
        ("b-1", index(false, true, None)),
        (".dot", index(false, false, None)),
        (".hidden", index(true, false, None)),
        (".ds-s-000001", index(true, false, None)),
    ];
    Cluster {
        indices: held.map(|(name, index)| (name.to_owned(), index)).into(),
        data_streams: BTreeMap::from([("s".to_owned(), vec![".ds-s-000001".to_owned()])]),
        ..Cluster::default()
    }
}

fn texts(text: &str) -> Vec<String> {
    super::expression::split(text)
}

fn found(text: &str, reading: Reading) -> Result<String, Unresolved> {
    let names = resolve(&cluster(), &texts(text), reading)?;
    Ok(names.into_iter().collect::<Vec<_>>().join(" "))
}

fn all(text: &str) -> Result<String, Unresolved> {
    found(text, Reading::ALL)
}

fn ok(text: &str) -> Result<String, Unresolved> {
    Ok(text.to_owned())
}

#[test]
fn everything_is_meant_by_nothing_all_and_a_star() {
    let everything = ".dot .ds-s-000001 .hidden a-1 a-2 b-1";
    for text in ["", "_all", "*"] {
        assert_eq!(all(text), ok(everything), "{text}");
        assert_eq!(found(text, Reading::OPEN), ok(".dot a-1 a-2"), "{text}");
    }
}

#[test]
fn a_pattern_with_a_dot_finds_hidden_names_with_a_dot() {
    assert_eq!(found(".*", Reading::OPEN), ok(".dot .ds-s-000001 .hidden"));
    assert_eq!(found("h*", Reading::OPEN), ok(""));
}

#[test]
fn aliases_and_streams_stand_for_their_indices() {
    assert_eq!(all("as"), ok("a-1 a-2"));
    assert_eq!(all("as,-a-1"), Err(Unresolved::Missing("-a-1".to_owned())));
    assert_eq!(all("s"), ok(".ds-s-000001"));
    let concrete = Reading {
        aliases: false,
        ..Reading::ALL
    };
    assert_eq!(
        found("as", concrete),
        Err(Unresolved::IsAlias("as".to_owned()))
    );
    assert_eq!(
        found("s", concrete),
        Err(Unresolved::IsStream("s".to_owned()))
    );
    assert_eq!(found("as*", concrete), ok(""));
}

#[test]
fn an_exclusion_counts_only_behind_a_wildcard() {
    assert_eq!(all("*,-.*"), ok("a-1 a-2 b-1"));
    assert_eq!(all("*,-.*,-a-1,.dot"), ok(".dot a-2 b-1"));
    assert_eq!(all("a-1,-a-1"), Err(Unresolved::Missing("-a-1".to_owned())));
    assert_eq!(all("-.dot"), Err(Unresolved::Missing("-.dot".to_owned())));
    assert_eq!(all("-.dot,*"), Err(Unresolved::Missing("-.dot".to_owned())));
    assert_eq!(all("*,-none"), Err(Unresolved::Missing("none".to_owned())));
    assert_eq!(all("*,-none*"), all("*"));
}

#[test]
fn what_is_missing_is_an_error_unless_that_is_ignored() {
    assert_eq!(all("a-1,none"), Err(Unresolved::Missing("none".to_owned())));
    assert_eq!(all("none*"), ok(""));
    let lenient = Reading {
        ignore_unavailable: true,
        ..Reading::ALL
    };
    assert_eq!(found("a-1,none", lenient), ok("a-1"));
    let strict = Reading {
        allow_no_indices: false,
        ..Reading::ALL
    };
    assert_eq!(
        found("none*", strict),
        Err(Unresolved::Missing("none*".to_owned()))
    );
}

#[test]
fn a_restore_reads_its_expressions_in_order() {
    let held = texts(".kibana,a-1,a-2,b-1");
    let some = |text: &str, lenient: bool| {
        filter(&held, &texts(text), lenient)
            .map(|names| names.into_iter().collect::<Vec<_>>().join(" "))
    };
    let good = |text: &str| Ok(text.to_owned());
    assert_eq!(some("", false), good(".kibana a-1 a-2 b-1"));
    assert_eq!(some("*,-.kibana*", false), good("a-1 a-2 b-1"));
    assert_eq!(some("-.kibana*", false), good("a-1 a-2 b-1"));
    // Behind an exclusion a star brings everything back.
    assert_eq!(some("-.kibana*,*", false), good(".kibana a-1 a-2 b-1"));
    assert_eq!(some("a-*,-a-1", false), good("a-2"));
    assert_eq!(some("a-1,none", false), Err("none".to_owned()));
    assert_eq!(some("a-1,none", true), good("a-1"));
    assert_eq!(some("none*", false), good(""));
}

#[test]
fn names_of_new_indices_follow_the_rules() {
    let cluster = cluster();
    let check = |name: &str| invalid_name(name, true, &cluster.indices);
    assert_eq!(check("logs-2026.11.24_x+y"), None);
    assert_eq!(check(".dot"), None);
    let long = "x".repeat(256);
    for (name, why) in [
        ("Ab", "must be lowercase"),
        (
            "a b",
            "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]",
        ),
        (
            "a*",
            "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]",
        ),
        ("a#", "must not contain '#'"),
        ("a:b", "must not contain ':'"),
        ("_a", "must not start with '_', '-', or '+'"),
        ("..", "must not be '.' or '..'"),
        ("as", "already exists as alias"),
        (long.as_str(), "index name is too long, (256 > 255)"),
    ] {
        assert_eq!(check(name).as_deref(), Some(why), "{name}");
    }
}
