//! New names: predicted here as the engines give them.

use super::*;

fn index(name: &str) -> IndexName {
    IndexName::parse(name).unwrap()
}

fn targets(rule: &Rename, names: &[&str]) -> Result<Vec<String>, RenameError> {
    let names: Vec<IndexName> = names.iter().map(|name| index(name)).collect();
    let targets = rule.targets(&names)?;
    Ok(targets.iter().map(IndexName::to_string).collect())
}

fn rule(from: &str, to: &str) -> Rename {
    Rename::parse(from, to).unwrap()
}

#[test]
fn a_rule_is_sent_anchored_and_escaped() {
    for (from, to, pattern, replacement) in [
        ("logs-*", "old-*", "^logs-(.*)$", "old-$1"),
        ("*", "old-*", "^(.*)$", "old-$1"),
        ("*.log", "*", "^(.*)\\.log$", "$1"),
        ("a.b", "c", "^a\\.b$", "c"),
        (
            "a$(b)[c]{d}^e+f*",
            "x$y*",
            "^a\\$\\(b\\)\\[c\\]\\{d\\}\\^e\\+f(.*)$",
            "x\\$y$1",
        ),
        ("a*", "b*0", "^a(.*)$", "b$10"),
        ("ä*", "ö*", "^ä(.*)$", "ö$1"),
    ] {
        let sent = (pattern.to_owned(), replacement.to_owned());
        assert_eq!(rule(from, to).sent(), sent, "{from} {to}");
    }
}

#[test]
fn new_names_are_predicted() {
    for (from, to, names, want) in [
        (
            "logs-*",
            "old-*",
            &["logs-1", "logs-"][..],
            &["old-1", "old-"][..],
        ),
        ("*", "r-*", &["a", ".b"], &["r-a", "r-.b"]),
        ("a*a", "b*b", &["aa", "axa"], &["bb", "bxb"]),
        ("a", "b", &["a"], &["b"]),
        ("a*", "b", &["ax"], &["b"]),
        ("a*", "b*0", &["a1"], &["b10"]),
    ] {
        assert_eq!(
            targets(&rule(from, to), names),
            Ok(strings(want)),
            "{from} {to}"
        );
    }
    let prefix = Rename::prefix("restored-").unwrap();
    assert_eq!(prefix, rule("*", "restored-*"));
}

#[test]
fn nothing_comes_back_under_its_own_name_or_under_anothers_by_accident() {
    let names = |names: &[&str]| strings(names);
    for (rule, sources, want) in [
        (
            rule("logs-*", "old-*"),
            &["logs-1", "web-1", "web-2"][..],
            RenameError::Unmatched {
                rule: "logs-*".to_owned(),
                names: names(&["web-1", "web-2"]),
            },
        ),
        (
            rule("a*", "b"),
            &["a1", "a2"],
            RenameError::Collision {
                target: "b".to_owned(),
                names: names(&["a1", "a2"]),
            },
        ),
        (
            rule("a*", "a*"),
            &["a1"],
            RenameError::Same("a1".to_owned()),
        ),
        (
            rule("a*a", "*aa"),
            &["aa"],
            RenameError::Same("aa".to_owned()),
        ),
        (
            rule("*", ".kibana_*"),
            &["a"],
            RenameError::System("a".to_owned(), ".kibana_a".to_owned()),
        ),
        (
            rule("a*", "*"),
            &["a-b"],
            RenameError::Name {
                text: "-b".to_owned(),
                source: IndexName::parse("-b").unwrap_err(),
            },
        ),
        (
            rule("a*a", "x*"),
            &["a"],
            RenameError::Unmatched {
                rule: "a*a".to_owned(),
                names: names(&["a"]),
            },
        ),
    ] {
        assert_eq!(targets(&rule, sources), Err(want), "{rule:?}");
    }
}

#[test]
fn what_is_no_rule_is_refused() {
    let name = |text: &str, bare: &str| RenameError::Name {
        text: text.to_owned(),
        source: IndexName::parse(bare).unwrap_err(),
    };
    for (from, to, want) in [
        ("a*b*", "c*", RenameError::Wildcards("a*b*".to_owned())),
        ("a*", "*c*", RenameError::Wildcards("*c*".to_owned())),
        (
            "a",
            "b*",
            RenameError::NothingCaught("b*".to_owned(), "a".to_owned()),
        ),
        ("(.+)", "", name("", "")),
        ("a b", "c", name("a b", "a b")),
        ("a*", "B*", name("B*", "B")),
    ] {
        assert_eq!(Rename::parse(from, to), Err(want), "{from} {to}");
    }
    for prefix in ["", "*", "a*"] {
        assert_eq!(Rename::prefix(prefix), Err(RenameError::Prefix));
    }
    assert_eq!(Rename::prefix("A"), Err(name("A*", "A")));
}

/// `String.replaceAll` for the patterns that are sent: `^`, escaped text, at most one `(.*)`, escaped text, `$`.
fn replaced(name: &str, (pattern, replacement): &(String, String)) -> Option<String> {
    let plain = |text: &str| text.replace('\\', "");
    let inside = pattern.strip_prefix('^')?.strip_suffix('$')?;
    let caught = match inside.split_once("(.*)") {
        None => (plain(inside) == name).then_some("")?,
        Some((before, after)) => name
            .strip_prefix(&plain(before))?
            .strip_suffix(&plain(after))?,
    };
    let mut out = String::new();
    let mut rest = replacement.chars();
    while let Some(one) = rest.next() {
        match one {
            '\\' => out.extend(rest.next()),
            '$' => {
                assert_eq!(rest.next(), Some('1'));
                out.push_str(caught);
            }
            other => out.push(other),
        }
    }
    Some(out)
}

fn ends() -> impl Strategy<Value = String> {
    "[ab.$^+(){}0-]{0,3}\\*?[ab.$^+(){}0-]{0,3}"
}

proptest! {
    #[test]
    fn the_engine_gives_the_names_that_were_shown(from in ends(), to in ends(), name in "[ab.$^+(){}0-]{1,6}") {
        if let (Ok(rule), Ok(name)) = (Rename::parse(&from, &to), IndexName::parse(&name)) {
            let have = replaced(name.as_str(), &rule.sent());
            match rule.targets(std::slice::from_ref(&name)) {
                Ok(targets) => prop_assert_eq!(have.as_deref(), targets.first().map(IndexName::as_str)),
                Err(RenameError::Unmatched { .. }) => prop_assert_eq!(have, None),
                Err(_) => {}
            }
        }
    }
}
