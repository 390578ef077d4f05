//! Expressions beside data streams, as OpenSearch 3.8.0 and 2.19.4 answered them, and as their source reads.

use super::*;

struct Held {
    name: &'static str,
    open: bool,
    stream: Option<&'static str>,
}

fn held(name: &'static str, stream: Option<&'static str>) -> Held {
    Held {
        name,
        open: true,
        stream,
    }
}

/// A domain with two streams, of which one has two backing indices, and plain indices.
fn domain() -> Vec<Held> {
    vec![
        held(".ds-logs-000001", Some("logs")),
        held(".ds-logs-000002", Some("logs")),
        held(".ds-logs2-000001", Some("logs2")),
        held(".kibana_1", None),
        held("web", None),
    ]
}

fn taken(text: &str, domain: &[Held]) -> Selected {
    let none = BTreeSet::new();
    let present: Vec<Present<'_>> = domain
        .iter()
        .map(|held| Present {
            name: held.name,
            open: held.open,
            aliases: &none,
            stream: held.stream,
        })
        .collect();
    expression(text).taken(&present)
}

const LOGS: [&str; 2] = [".ds-logs-000001", ".ds-logs-000002"];

#[test]
fn stream_is_selected_by_name_pattern_and_exclusion() {
    for (text, indices, streams, sent) in [
        ("logs", &LOGS[..], &["logs"][..], "logs"),
        (
            "logs,web",
            &[LOGS[0], LOGS[1], "web"],
            &["logs"],
            "logs,web",
        ),
        (
            "logs*",
            &[LOGS[0], LOGS[1], ".ds-logs2-000001"],
            &["logs", "logs2"],
            "logs*",
        ),
        // `-logs*` would take out `logs2` as well.
        (
            "*,-logs",
            &[".ds-logs2-000001", ".kibana_1", "web"],
            &["logs2"],
            "*,-*logs",
        ),
        (
            "*,-logs2",
            &[LOGS[0], LOGS[1], ".kibana_1", "web"],
            &["logs"],
            "*,-logs2*",
        ),
        ("w*,logs,-logs", &["web"], &[], "w*,logs,-logs"),
        ("w*,logs,-logs*", &["web"], &[], "w*,logs,-logs*,-logs"),
    ] {
        let selected = taken(text, &domain());
        assert_eq!(selected.names, indices, "{text}");
        assert_eq!(selected.streams, streams, "{text}");
        assert_eq!(selected.sent.join(","), sent, "{text}");
        assert_eq!(
            (selected.torn.len(), selected.missing.len()),
            (0, 0),
            "{text}"
        );
    }
    assert_eq!(taken(".ds-logs-*", &domain()).loose["logs"], LOGS);
}

#[test]
fn expression_that_tears_a_stream_gets_one_that_works() {
    for (text, whole, left_out) in [
        ("*,-.*", "*,-.kibana_1", "*,-logs,-logs2,-.*"),
        ("logs*,-.ds-logs-*", "logs*", "logs*,-logs,-.ds-logs-*"),
        ("*,-.ds-logs-000001", "*", "*,-logs,-.ds-logs-000001"),
    ] {
        let selected = taken(text, &domain());
        let torn = &selected.torn[0];
        assert_eq!(torn.stream, "logs", "{text}");
        assert_eq!(torn.whole.as_deref(), Some(whole), "{text}");
        assert_eq!(torn.left_out.as_deref(), Some(left_out), "{text}");
        for works in [whole, left_out] {
            assert_eq!(taken(works, &domain()).torn, [], "{works}");
        }
        assert!(taken(whole, &domain()).streams.contains(&"logs".to_owned()));
        assert!(
            !taken(left_out, &domain())
                .names
                .contains(&LOGS[0].to_owned())
        );
    }
}

#[test]
fn stream_with_a_closed_backing_index_is_named_as_well() {
    let mut domain = domain();
    domain[0].open = false;
    let selected = taken("*", &domain);
    assert_eq!(selected.sent, ["*", "logs"]);
    assert_eq!(selected.completed, ["logs"]);
    assert!(selected.names.contains(&LOGS[0].to_owned()));
    assert_eq!(selected.torn, []);
    assert_eq!(taken("logs", &domain).sent, ["logs"]);
}

#[test]
fn restore_brings_a_stream_back_whole_or_not_at_all() {
    let held = [LOGS[0], LOGS[1], ".ds-logs2-000001", ".kibana_1", "web"];
    let streams = BTreeMap::from([("logs", LOGS.to_vec()), ("logs2", vec![held[2]])]);
    let restored =
        |text: &str| expression(text).restored_with(held, &streams, SystemIndices::LeftOut);
    for (text, names, whole) in [
        ("*", &["web"][..], &["logs", "logs2"][..]),
        ("*,-.*", &["web"], &["logs", "logs2"]),
        ("*,-logs", &["web"], &["logs2"]),
        ("*,-logs*", &["web"], &[]),
        ("logs", &[], &["logs"]),
        ("logs,web", &["web"], &["logs"]),
        (".ds-logs-000002", &[LOGS[1]], &[]),
    ] {
        let selected = restored(text);
        assert_eq!(
            (selected.names, selected.streams),
            (strings(names), strings(whole)),
            "{text}"
        );
        assert_eq!(selected.missing, [""; 0], "{text}");
    }
    assert_eq!(restored("*,-.ds-logs-000001").torn[0].without, [LOGS[0]]);
}

#[test]
fn new_name_of_a_stream_is_that_of_its_backing_indices() {
    let names = |all: &[&str]| -> Vec<IndexName> {
        all.iter()
            .map(|name| IndexName::parse(name).unwrap())
            .collect()
    };
    let backing = names(&[LOGS[0], ".ds-logs-2026.01.31-000002"]);
    for (from, to, stream, first, pattern, replacement) in [
        (
            "logs",
            "other",
            "other",
            ".ds-other-000001",
            "^logs",
            "other$1",
        ),
        ("*", "r-*", "r-logs", ".ds-r-logs-000001", "^(.*)", "r-$1$2"),
        ("l*s", "k*t", "kogt", ".ds-kogt-000001", "^l(.*)s", "k$1t$2"),
    ] {
        let rule = Rename::parse(from, to).unwrap();
        assert_eq!(rule.targets(&names(&["logs"])).unwrap(), names(&[stream]));
        let renamed = rule.backing(&backing).unwrap();
        let dated = format!(".ds-{stream}-2026.01.31-000002");
        assert_eq!(renamed, names(&[first, &dated]));
        let generation = r"(-(?:\d{4}\.\d{2}\.\d{2}-)?\d{6,})?$";
        let sent = (format!("{pattern}{generation}"), replacement.to_owned());
        assert_eq!(rule.sent_with_streams(), sent);
    }
}

/// What the source of OpenSearch does with what is sent: names of streams on one way, indices on the other.
fn by_the_engine(sent: &[String], domain: &[Held]) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let streams: BTreeSet<&str> = domain.iter().filter_map(|one| one.stream).collect();
    let exists = |name: &str| streams.contains(name) || domain.iter().any(|one| one.name == name);
    let (mut indices, mut whole, mut seen) = (BTreeSet::new(), BTreeSet::new(), false);
    for text in sent {
        let (add, pattern) = match text.strip_prefix('-') {
            Some(rest) if seen => (false, rest),
            _ => (true, text.as_str()),
        };
        let put = |set: &mut BTreeSet<String>, name: &str| match add {
            true => drop(set.insert(name.to_owned())),
            false => drop(set.remove(name)),
        };
        if !pattern.contains('*') {
            if !exists(pattern) {
                return None;
            }
            put(&mut indices, pattern);
            if streams.contains(pattern) {
                put(&mut whole, pattern);
            }
            continue;
        }
        seen = true;
        for one in domain.iter().filter(|one| one.open) {
            if matches(pattern, one.name) || one.stream.is_some_and(|name| matches(pattern, name)) {
                put(&mut indices, one.name);
            }
        }
        for name in streams.iter().filter(|name| matches(pattern, name)) {
            put(&mut whole, name);
        }
    }
    let concrete = |name: &String| -> Vec<String> {
        let backing = domain.iter().filter(|one| one.stream == Some(name));
        let backing: Vec<String> = backing.map(|one| one.name.to_owned()).collect();
        if backing.is_empty() {
            vec![name.clone()]
        } else {
            backing
        }
    };
    Some((indices.iter().flat_map(concrete).collect(), whole))
}

proptest! {
    #[test]
    fn sent_expression_takes_what_is_shown_beside_streams(
        parts in prop::collection::vec("-?(\\*|logs|logs2|logs\\*|web|w\\*|\\.\\*|\\.ds-\\*|\\.ds-logs-\\*|\\.ds-logs-000001|l\\*2)", 1..5),
        closed in prop::collection::vec(any::<bool>(), 5),
    ) {
        let mut domain = domain();
        for (one, closed) in domain.iter_mut().zip(closed) {
            // No engine closes the newest backing index of a stream.
            one.open = !(closed && [".ds-logs-000001", "web"].contains(&one.name));
        }
        if let Ok(asked) = Expression::parse(&parts) {
            let selected = taken(&asked.sent().join(","), &domain);
            let (indices, whole) = by_the_engine(&selected.sent, &domain).unwrap();
            prop_assert_eq!(&selected.names, &indices.iter().cloned().collect::<Vec<_>>());
            let torn = whole.iter().filter(|stream| {
                domain.iter().any(|one| one.stream == Some(stream.as_str()) && !indices.contains(one.name))
            });
            let torn: BTreeSet<&String> = torn.collect();
            prop_assert_eq!(torn.clone(), selected.torn.iter().map(|one| &one.stream).collect());
            let shown: BTreeSet<&String> = selected.streams.iter().collect();
            prop_assert_eq!(shown, whole.iter().filter(|stream| !torn.contains(stream)).collect());
        }
    }
}
