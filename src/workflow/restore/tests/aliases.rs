//! Aliases that could not come back, and those that reach what is restored under another name.

use super::*;

fn aliases(of: &[(&str, &str)]) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, other) in of {
        let others = all.entry((*name).to_owned()).or_default();
        others.insert((*other).to_owned());
    }
    all
}

fn conflicting(wanted: &Wanted, facts: &Facts) -> Vec<Obstacle> {
    let one = snapshot("one", &["logs-1"]);
    let mut prepared = Prepared::default();
    let _overwritten = conflicts(wanted, &scope(wanted, &one), facts, &mut prepared);
    prepared.obstacles
}

#[test]
fn an_index_is_not_replaced_whose_alias_writes_to_another_by_now() {
    let mut facts = facts();
    facts.indices = vec![index("logs-1"), index("logs-2")];
    facts.aliases = aliases(&[("logs-1", "logs"), ("logs-2", "logs")]);
    facts.writers = aliases(&[("logs", "logs-2")]);
    let replace = Wanted {
        existing: Existing::Replace,
        ..wanted(&[])
    };
    let told = conflicting(&replace, &facts);
    assert_eq!(told.len(), 1);
    assert!(
        told[0]
            .what
            .starts_with("alias logs of logs-1 writes to logs-2: engines would refuse logs-1 back"),
        "{told:?}"
    );
    assert_eq!(
        told[0].remedy,
        "replace it with --without-aliases, then add logs-1 to logs again"
    );
    let without = Wanted {
        without_aliases: true,
        ..replace.clone()
    };
    assert_eq!(conflicting(&without, &facts), []);
    // It is the one that is written to itself, or nothing is.
    facts.writers = aliases(&[("logs", "logs-1")]);
    assert_eq!(conflicting(&replace, &facts), []);
    facts.writers = BTreeMap::new();
    assert_eq!(conflicting(&replace, &facts), []);
}

#[test]
fn an_alias_that_will_reach_two_indices_is_told() {
    let one = snapshot("one", &["logs-1"]);
    let told = |include_aliases: bool, rename: Option<Rename>| {
        let wanted = Wanted {
            include_aliases,
            rename,
            ..wanted(&[])
        };
        prepared(&wanted, &one, &facts()).notes
    };
    let prefix = || Some(Rename::prefix("r-").unwrap());
    let notes = told(true, prefix());
    assert!(
        notes[0].starts_with("the aliases come back too"),
        "{notes:?}"
    );
    assert_eq!(told(false, prefix()), Vec::<String>::new());
    assert_eq!(told(true, None), Vec::<String>::new());
}

#[test]
fn settings_that_no_restore_changes_are_refused_before_anything_is_sent() {
    let one = snapshot("one", &["logs-1"]);
    let mut wanted = wanted(&[]);
    wanted.index_settings = [
        ("index.number_of_shards".to_owned(), json!(5)),
        ("index.number_of_replicas".to_owned(), json!(0)),
    ]
    .into_iter()
    .collect();
    wanted.ignore_index_settings = vec!["index.number_of_replicas".to_owned()];
    assert_eq!(
        obstacles(&prepared(&wanted, &one, &facts())),
        [
            "no restore changes the setting index.number_of_shards",
            "no restore takes the setting index.number_of_replicas away",
        ]
    );
}
