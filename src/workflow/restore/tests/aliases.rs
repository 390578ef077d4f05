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

/// A snapshot with the aliases that esbackup wrote into it, as `alias=index>` for one that the index is written through.
fn with_aliases(indices: &[&str], aliases: &str) -> Snapshot {
    let mut one = snapshot("one", indices);
    let key = crate::data::snapshot::aliases::ALIASES.to_owned();
    one.metadata.insert(key, aliases.to_owned());
    one
}

fn refused(wanted: &Wanted, snapshot: &Snapshot, facts: &Facts) -> Vec<(String, String)> {
    let all = prepared(wanted, snapshot, facts).obstacles.into_iter();
    all.map(|one| (one.what, one.remedy)).collect()
}

fn including(indices: &[&str]) -> Wanted {
    Wanted {
        include_aliases: true,
        ..wanted(indices)
    }
}

#[test]
fn alias_that_would_write_to_two_indices_is_refused_with_the_request_that_adds_it() {
    let one = with_aliases(&["logs-1", "logs-2"], "logs=logs-1,logs-2> all=logs-1");
    let mut here = facts();
    here.indices = vec![index("logs-3")];
    here.aliases = aliases(&[("logs-3", "logs")]);
    here.writers = aliases(&[("logs", "logs-3")]);
    let expected = |what: &str, added: &str| {
        vec![(
            format!("alias logs would write to more than one index: {what}"),
            format!(
                "leave out --include-aliases, then add the alias to what was restored with is_write_index false: POST /_aliases {{\"actions\":[{added}]}}"
            ),
        )]
    };
    let add = |index: &str| {
        format!(r#"{{"add":{{"alias":"logs","index":"{index}","is_write_index":false}}}}"#)
    };
    assert_eq!(
        refused(&including(&[]), &one, &here),
        expected(
            "logs-2, logs-3",
            &format!("{},{}", add("logs-1"), add("logs-2"))
        )
    );
    // Only an index that the alias wrote to conflicts, and only with another one that it writes to.
    assert_eq!(refused(&including(&["logs-1"]), &one, &here), []);
    assert_eq!(refused(&wanted(&[]), &one, &here), []);
    here.writers = BTreeMap::new();
    assert_eq!(refused(&including(&[]), &one, &here), []);
    // Under another name beside the index that it still writes to.
    here.indices = vec![index("logs-2")];
    here.aliases = aliases(&[("logs-2", "logs")]);
    here.writers = aliases(&[("logs", "logs-2")]);
    let prefixed = Wanted {
        rename: Some(Rename::prefix("r-").unwrap()),
        ..including(&["logs-2"])
    };
    assert_eq!(
        refused(&prefixed, &one, &here),
        expected("logs-2, r-logs-2", &add("r-logs-2"))
    );
    // The one that is overwritten writes no more.
    for existing in [Existing::Close, Existing::Replace] {
        let over = Wanted {
            existing,
            ..including(&["logs-2"])
        };
        assert_eq!(refused(&over, &one, &here), []);
    }
}

#[test]
fn alias_whose_name_is_something_else_is_refused() {
    let one = with_aliases(&["logs-1", "logs-2"], "logs=logs-1 other=logs-2");
    let beside = "leave out --include-aliases; or remove what is called logs once its data is safe, and run the same command again";
    let told = |what: &str, way: &str| vec![(what.to_owned(), way.to_owned())];
    let mut here = facts();
    here.indices = vec![index("logs")];
    assert_eq!(
        refused(&including(&[]), &one, &here),
        told("alias logs of the snapshot is an index here", beside)
    );
    assert_eq!(refused(&including(&["logs-2"]), &one, &here), []);
    assert_eq!(refused(&wanted(&[]), &one, &here), []);
    let mut here = facts();
    here.data_streams = ["logs".to_owned()].into();
    assert_eq!(
        refused(&including(&["logs-1"]), &one, &here),
        told("alias logs of the snapshot is a data stream here", beside)
    );
    let renamed = Wanted {
        rename: Some(Rename::parse("logs-1", "logs").unwrap()),
        ..including(&["logs-1"])
    };
    assert_eq!(
        refused(&renamed, &one, &facts()),
        told(
            "alias logs of the snapshot is the new name of something that is restored",
            "leave out --include-aliases, or choose another name with --rename FROM TO or --prefix"
        )
    );
}

#[test]
fn index_whose_name_is_an_alias_here_is_refused() {
    let one = with_aliases(&["logs-1"], "logs=logs-1");
    let mut here = facts();
    here.indices = vec![index("live-1"), index("live-2")];
    here.aliases = aliases(&[("live-1", "logs-1"), ("live-2", "logs-1")]);
    let told = vec![(
        "logs-1 is an alias of live-1, live-2".to_owned(),
        "choose another name with --rename FROM TO or --prefix, or remove the alias".to_owned(),
    )];
    for include_aliases in [false, true] {
        for existing in [Existing::Keep, Existing::Close, Existing::Replace] {
            let wanted = Wanted {
                include_aliases,
                existing,
                ..wanted(&[])
            };
            assert_eq!(refused(&wanted, &one, &here), told);
        }
    }
    let prefixed = Wanted {
        rename: Some(Rename::prefix("r-").unwrap()),
        ..including(&[])
    };
    assert_eq!(refused(&prefixed, &one, &here), []);
}

#[test]
fn aliases_that_no_snapshot_tells_are_those_of_the_live_indices() {
    let one = snapshot("one", &["logs-1"]);
    let mut here = facts();
    here.indices = vec![index("logs-1"), index("logs")];
    let prefixed = Wanted {
        rename: Some(Rename::prefix("r-").unwrap()),
        ..including(&[])
    };
    let prepared = super::prepared(&prefixed, &one, &here);
    assert_eq!(prepared.obstacles, []);
    assert_eq!(
        prepared.notes[0],
        "the aliases of the snapshot are not known; if one is called logs, the engine refuses the restore, since that is an index here: leave \
         out --include-aliases then"
    );
    here.aliases = aliases(&[("logs-1", "live")]);
    here.writers = aliases(&[("live", "logs-1")]);
    assert_eq!(
        refused(&prefixed, &one, &here)[0].0,
        "alias live would write to more than one index: logs-1, r-logs-1"
    );
}
