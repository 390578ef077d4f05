//! Expressions as the four engines answered them, and as their source reads.

mod engines;
mod renaming;
mod streams;

use proptest::prelude::*;

use super::*;

fn expression(text: &str) -> Expression {
    Expression::parse(&[text]).unwrap()
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn restored(text: &str, held: &[&str]) -> Selected {
    expression(text).restored(held.iter().copied(), SystemIndices::LeftOut)
}

#[test]
fn an_expression_is_read_from_any_number_of_lists() {
    for (texts, want) in [
        (&["a*,-ab*"][..], &["a*", "-ab*"][..]),
        (&["a*", "-ab*"], &["a*", "-ab*"]),
        (&["logs-1, logs-2"], &["logs-1", "logs-2"]),
        (&["-.kibana*"], &["*", "-.kibana*"]),
        (&["-a", "-b*"], &["*", "-a", "-b*"]),
        (&["_all"], &["*"]),
        (&["_all,-a"], &["*", "-a"]),
        (&["*"], &["*"]),
        (&[], &["*"]),
        (&["*,-*"], &["*", "-*"]),
        (&["ä-*"], &["ä-*"]),
    ] {
        let have = Expression::parse(texts).unwrap();
        assert_eq!(have.sent(), want, "{texts:?}");
        assert_eq!(Expression::parse(&have.sent()), Ok(have));
    }
    assert_eq!(Expression::everything().to_string(), "*");
    assert!(expression("a,b").is_exact());
    assert!(!expression("a,b*").is_exact());
}

#[test]
fn what_an_engine_would_take_for_something_else_is_refused() {
    let name = |text: &str, bare: &str| Problem::Name {
        text: text.to_owned(),
        source: IndexName::parse(bare).unwrap_err(),
    };
    for (text, want) in [
        ("", Problem::Empty),
        ("a,", Problem::Empty),
        ("a,,b", Problem::Empty),
        (" ", Problem::Empty),
        ("-", Problem::Empty),
        (
            "<logs-{now/d}>",
            Problem::DateMath("<logs-{now/d}>".to_owned()),
        ),
        (
            "*,-<a-{now/d}>",
            Problem::DateMath("<a-{now/d}>".to_owned()),
        ),
        ("logs-?", Problem::QuestionMark("logs-?".to_owned())),
        (
            "logs-1,-logs-1",
            Problem::ExcludesNothing("logs-1".to_owned()),
        ),
        (
            "logs-1,-logs*",
            Problem::ExcludesNothing("logs*".to_owned()),
        ),
        (
            "-logs*,web",
            Problem::ExclusionFirst("logs*".to_owned(), "web".to_owned()),
        ),
        ("LOGS*", name("LOGS*", "LOGS")),
        ("a b", name("a b", "a b")),
        ("+a", name("+a", "+a")),
        ("*,--a", name("--a", "-a")),
        ("_a*", name("_a*", "_a")),
        ("other:logs", name("other:logs", "a:b")),
        ("a/b", name("a/b", "a/b")),
    ] {
        assert_eq!(Expression::parse(&[text]), Err(want), "{text}");
    }
}

#[test]
fn a_restore_takes_exact_names_and_says_what_it_leaves_out() {
    let held = [
        "logs-1",
        "logs-2",
        "web-1",
        ".kibana_1",
        ".opendistro_security",
        ".mine",
    ];
    let out = |name: &str, why| (name.to_owned(), why);
    let everything = restored("*", &held);
    assert_eq!(everything.names, [".mine", "logs-1", "logs-2", "web-1"]);
    assert_eq!(
        everything.left_out,
        [
            out(".kibana_1", Why::System),
            out(".opendistro_security", Why::System)
        ]
    );
    let named = restored("web*,.kibana_1,gone", &held);
    assert_eq!(
        named,
        Selected {
            names: strings(&["web-1"]),
            missing: strings(&["gone"]),
            left_out: vec![out(".kibana_1", Why::SystemNamed)],
            ..Selected::default()
        }
    );
    let allowed = expression(".kibana_1,.opendistro*").restored(held, SystemIndices::Named);
    assert_eq!(allowed.names, [".kibana_1"]);
    assert_eq!(allowed.left_out, [out(".opendistro_security", Why::System)]);
    assert_eq!(restored("*,-.*,-zzz", &held).missing_exclusions, ["zzz"]);
    assert_eq!(restored("*,-.*", &held).left_out, []);
}

#[test]
fn the_order_of_exclusions_counts() {
    let held = ["a", "ab", "abc"];
    for (text, want) in [
        ("a*,-ab*", &["a"][..]),
        ("a*,-ab*,abc", &["a", "abc"]),
        ("*,-*", &[]),
        ("-ab", &["a", "abc"]),
        ("*c,a", &["a", "abc"]),
    ] {
        assert_eq!(restored(text, &held).names, want, "{text}");
    }
}

#[test]
fn indices_of_the_system_are_known_by_name() {
    for (name, want) in [
        (".kibana", true),
        (".kibana_1", true),
        (".kibana_-152937574_admintenant_1", true),
        (".opendistro_security", true),
        (".opendistro-reports-instances", true),
        (".opendistro-ism-config", true),
        (".opensearch-observability", true),
        (".opensearch_dashboards", true),
        (".plugins-ml-config", true),
        (".ql-datasources", true),
        (".security-7", true),
        (".tasks", true),
        (".tasks-of-mine", false),
        (".ds-logs-000001", false),
        (".mine", false),
        ("kibana", false),
        ("security-auditlog-2026.11.24", false),
        ("", false),
    ] {
        assert_eq!(is_system(name), want, "{name}");
    }
}
