//! What is shown against what engines do: as they answered, and as their source reads, over many domains.

use super::*;

#[derive(Debug)]
struct Held {
    name: String,
    open: bool,
    aliases: BTreeSet<String>,
}

fn held(name: &str, open: bool, aliases: &[&str]) -> Held {
    Held {
        name: name.to_owned(),
        open,
        aliases: strings(aliases).into_iter().collect(),
    }
}

fn present(domain: &[Held]) -> Vec<Present<'_>> {
    domain
        .iter()
        .map(|held| Present {
            name: &held.name,
            open: held.open,
            aliases: &held.aliases,
            stream: None,
        })
        .collect()
}

/// The domain of which OpenSearch 3.8.0, 2.19.4 and Elasticsearch 7.10.2, 6.8.23 were asked to take snapshots; all four answered alike.
fn asked() -> Vec<Held> {
    vec![
        held(".dotted", true, &[]),
        held("db-1", true, &["logs-alias"]),
        held("logs-1", true, &[]),
        held("logs-2", true, &[]),
        held("lost", true, &[]),
        held("shut", false, &[]),
        held("web-1", true, &[]),
    ]
}

fn taken(text: &str) -> Selected {
    expression(text).taken(&present(&asked()))
}

#[test]
fn a_snapshot_takes_what_four_engines_took() {
    for (text, want) in [
        ("logs*", &["db-1", "logs-1", "logs-2"][..]),
        ("logs*,-logs-2", &["db-1", "logs-1"]),
        ("logs*,-logs-alias", &["db-1", "logs-1", "logs-2"]),
        ("logs*,-logs-a*", &["logs-1", "logs-2"]),
        (
            "*,-logs-alias,-lost",
            &[".dotted", "db-1", "logs-1", "logs-2", "web-1"],
        ),
        ("logs*,-zzz*", &["db-1", "logs-1", "logs-2"]),
        ("logs*,-logs-1,logs-1", &["db-1", "logs-1", "logs-2"]),
        (
            "_all",
            &[".dotted", "db-1", "logs-1", "logs-2", "lost", "web-1"],
        ),
        ("*,-lost,-.*", &["db-1", "logs-1", "logs-2", "web-1"]),
        ("logs-*,-*", &[]),
        ("logs-1,logs-1", &["logs-1"]),
        ("sh*", &[]),
        ("web-1,lo*,-w*", &["db-1", "logs-1", "logs-2", "lost"]),
        ("l*,-*1,l*-1", &["logs-1", "logs-2", "lost"]),
        ("logs-alias", &["db-1"]),
        ("shut", &["shut"]),
    ] {
        assert_eq!(taken(text).names, want, "{text}");
    }
}

#[test]
fn what_a_snapshot_lacks_is_said() {
    let shut = vec![("shut".to_owned(), Why::Closed)];
    assert_eq!(taken("*").left_out, shut);
    assert_eq!(taken("*,-sh*").left_out, []);
    assert_eq!(taken("*,shut").left_out, []);
    assert_eq!(taken("logs*,zzz").missing, ["zzz"]);
    assert_eq!(taken("logs*,-zzz").missing_exclusions, ["zzz"]);
    assert_eq!(taken("logs*,-logs-alias").idle_exclusions, ["logs-alias"]);
    assert_eq!(taken("l*,logs-alias,-logs-alias").idle_exclusions, [""; 0]);
}

/// `IndexNameExpressionResolver.WildcardExpressionResolver.innerResolve` of OpenSearch 2.19 and what follows it, line by line, for a
/// domain and options that forbid nothing; none where it throws.
fn resolved_for_a_snapshot(sent: &[String], domain: &[Held]) -> Option<BTreeSet<String>> {
    let is_index = |name: &str| domain.iter().any(|one| one.name == name);
    let is_alias = |name: &str| domain.iter().any(|one| one.aliases.contains(name));
    let exists = |name: &str| is_index(name) || is_alias(name);
    let (mut result, mut wildcard_seen) = (BTreeSet::new(), false);
    for one in sent {
        if exists(one) {
            result.insert(one.clone());
            continue;
        }
        let (add, one) = match one.strip_prefix('-') {
            Some(rest) if wildcard_seen => (false, rest),
            _ => (true, one.as_str()),
        };
        if !one.contains('*') {
            if !exists(one) {
                return None;
            }
            match add {
                true => result.insert(one.to_owned()),
                false => result.remove(one),
            };
            continue;
        }
        let matching = |held: &&Held| {
            matches(one, &held.name) || held.aliases.iter().any(|alias| matches(one, alias))
        };
        for held in domain.iter().filter(matching).filter(|held| held.open) {
            match add {
                true => result.insert(held.name.clone()),
                false => result.remove(&held.name),
            };
        }
        wildcard_seen = true;
    }
    let concrete = |name: &String| -> Vec<String> {
        let behind = domain.iter().filter(|held| held.aliases.contains(name));
        match is_index(name) {
            true => vec![name.clone()],
            false => behind.map(|held| held.name.clone()).collect(),
        }
    };
    Some(result.iter().flat_map(concrete).collect())
}

/// `SnapshotUtils.filterIndices` for names without a wildcard: none where it throws.
fn filtered_for_a_restore(sent: &[String], held: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let all_there = sent.iter().all(|name| held.contains(name));
    all_there.then(|| sent.iter().cloned().collect())
}

fn words() -> impl Strategy<Value = String> {
    "[abc.]{1,3}".prop_filter("no name", |word| IndexName::parse(word).is_ok())
}

fn domains() -> impl Strategy<Value = Vec<Held>> {
    let one = (words(), 0_u8..5, prop::collection::btree_set(words(), 0..2));
    prop::collection::vec(one, 0..8).prop_map(|all| {
        let names: BTreeSet<String> = all.iter().map(|(name, ..)| name.clone()).collect();
        let mut seen = BTreeSet::new();
        let unique = all
            .into_iter()
            .filter(|(name, ..)| seen.insert(name.clone()));
        unique
            .map(|(name, shut, aliases)| Held {
                name,
                open: shut > 0,
                aliases: aliases.difference(&names).cloned().collect(),
            })
            .collect()
    })
}

fn expressions() -> impl Strategy<Value = Expression> {
    let part = "-?[abc.*]{1,3}";
    prop::collection::vec(part, 1..6)
        .prop_filter_map("no expression", |parts| Expression::parse(&parts).ok())
}

proptest! {
    #[test]
    fn a_snapshot_takes_what_is_shown(domain in domains(), expression in expressions()) {
        let shown = expression.taken(&present(&domain));
        let fails = !shown.missing.is_empty() || !shown.missing_exclusions.is_empty();
        let resolved = resolved_for_a_snapshot(&expression.sent(), &domain);
        prop_assert_eq!(resolved.is_none(), fails);
        if let Some(resolved) = resolved {
            prop_assert_eq!(shown.names, resolved.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_restore_sends_what_resolves_to_what_is_shown(domain in domains(), expression in expressions()) {
        let held: BTreeSet<String> = domain.into_iter().map(|one| one.name).collect();
        let shown = expression.restored(held.iter().map(String::as_str), SystemIndices::LeftOut).names;
        let filtered = filtered_for_a_restore(&shown, &held).unwrap();
        prop_assert_eq!(filtered.into_iter().collect::<Vec<_>>(), shown);
    }

    #[test]
    fn one_more_exclusion_never_adds(domain in domains(), expression in expressions(), excluded in "[abc.*]{1,3}") {
        let mut parts = expression.sent();
        parts.push(format!("-{excluded}"));
        if let Ok(less) = Expression::parse(&parts) {
            let names = |one: &Expression| one.taken(&present(&domain)).names.into_iter().collect::<BTreeSet<_>>();
            prop_assert!(names(&less).is_subset(&names(&expression)));
            let held = || domain.iter().map(|one| one.name.as_str());
            let names = |one: &Expression| one.restored(held(), SystemIndices::Named).names.into_iter().collect::<BTreeSet<_>>();
            prop_assert!(names(&less).is_subset(&names(&expression)));
        }
    }

    #[test]
    fn an_index_of_the_system_comes_back_by_its_exact_name_only(
        rest in "[a-c_-]{0,4}", expression in expressions(), system in prop_oneof![Just(SystemIndices::LeftOut), Just(SystemIndices::Named)],
    ) {
        let name = format!(".kibana{rest}");
        let selected = expression.restored([name.as_str()], system);
        prop_assert_eq!(selected.names, [""; 0]);
    }

    #[test]
    fn any_text_is_read_without_harm(text in ".*", name in ".*") {
        if let Ok(expression) = Expression::parse(&[&text]) {
            let _ = expression.restored([name.as_str()], SystemIndices::LeftOut);
        }
        let _ = (matches(&text, &name), is_system(&name));
    }
}
