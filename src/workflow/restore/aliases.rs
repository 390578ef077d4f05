//! Aliases that could not come back with their indices: engines find the conflict only while they restore. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Existing, Facts, Scope, Wanted};
use crate::data::snapshot::aliases::{self, Aliases};
use crate::data::snapshot::{Snapshot, listed};
use crate::workflow::Prepared;

/// Refuses aliases that conflict with what is there. What the aliases of the snapshot are follows from its metadata, else from the indices of
/// the same names that are there now.
pub(super) fn check(
    wanted: &Wanted,
    snapshot: &Snapshot,
    scope: &Scope,
    facts: &Facts,
    prepared: &mut Prepared,
) {
    if !wanted.include_aliases {
        return;
    }
    let known = snapshot.aliases();
    let of_snapshot = known.clone().unwrap_or_else(|| live(scope, facts));
    let back = back(&of_snapshot, scope);
    let overwritten: BTreeSet<&str> = match wanted.existing {
        Existing::Keep => BTreeSet::new(),
        Existing::Close | Existing::Replace => scope
            .pairs
            .iter()
            .map(|(_, target)| target.as_str())
            .collect(),
    };
    for (alias, restored) in &back {
        taken(alias, scope, facts, prepared);
        let others = facts.writers.get(alias).into_iter().flatten();
        let others = others
            .map(String::as_str)
            .filter(|index| !overwritten.contains(index));
        let own = restored.iter().filter(|(_, writes)| **writes);
        let writers: BTreeSet<&str> = others
            .chain(own.clone().map(|(index, _)| index.as_str()))
            .collect();
        if writers.len() > 1 && own.count() > 0 {
            let writers: Vec<&str> = writers.into_iter().collect();
            let add = |index: &String| json!({"add": {"index": index, "alias": alias, "is_write_index": false}});
            let actions: Vec<Value> = restored.keys().map(add).collect();
            prepared.refuse(
                format!("alias {alias} would write to more than one index: {}", listed(&writers)),
                format!(
                    "leave out --include-aliases, then add the alias to what was restored with is_write_index false: POST /_aliases {}",
                    json!({"actions": actions})
                ),
            );
        }
    }
    if known.is_none() {
        perhaps(snapshot, scope, facts, prepared);
    }
}

/// The aliases that indices of the same names have now.
fn live(scope: &Scope, facts: &Facts) -> Aliases {
    let sources = scope.pairs.iter().filter_map(|(source, _)| {
        let aliases = facts.aliases.get(source.as_str())?;
        Some((source.as_str(), aliases))
    });
    aliases::of(sources, &facts.writers)
}

/// The aliases of what is restored, by the names afterwards.
fn back(aliases: &Aliases, scope: &Scope) -> Aliases {
    let mut back = Aliases::new();
    for (alias, indices) in aliases {
        let of_alias = scope.pairs.iter().filter_map(|(source, target)| {
            let writes = indices.get(source.as_str())?;
            Some((target.to_string(), *writes))
        });
        let of_alias: BTreeMap<String, bool> = of_alias.collect();
        if !of_alias.is_empty() {
            back.insert(alias.clone(), of_alias);
        }
    }
    back
}

/// Refuses an alias whose name something else has.
fn taken(alias: &str, scope: &Scope, facts: &Facts, prepared: &mut Prepared) {
    let there = if facts.indices.iter().any(|index| index.name == *alias) {
        "an index here"
    } else if facts.data_streams.contains(alias) {
        "a data stream here"
    } else {
        let streams = scope.streams.iter().map(|stream| &stream.target);
        let mut targets = scope.pairs.iter().map(|(_, target)| target).chain(streams);
        if targets.any(|target| target.as_str() == alias) {
            prepared.refuse(
                format!("alias {alias} of the snapshot is the new name of something that is restored"),
                "leave out --include-aliases, or choose another name with --rename FROM TO or --prefix",
            );
        }
        return;
    };
    prepared.refuse(
        format!("alias {alias} of the snapshot is {there}"),
        format!(
            "leave out --include-aliases; or remove what is called {alias} once its data is safe, and run the same command again"
        ),
    );
}

/// Says which indices may be in the way of aliases that nobody can see before the restore.
fn perhaps(snapshot: &Snapshot, scope: &Scope, facts: &Facts, prepared: &mut Prepared) {
    let begins = |name: &str| {
        let mut sources = scope.pairs.iter().map(|(source, _)| source.as_str());
        sources.any(|source| {
            source
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['-', '_', '.']))
        })
    };
    let alike = facts.indices.iter().map(|index| index.name.as_str());
    let alike: Vec<&str> = alike
        .filter(|name| !snapshot.holds(name) && begins(name))
        .collect();
    if !alike.is_empty() {
        prepared.notes.push(format!(
            "the aliases of the snapshot are not known; if one is called {}, the engine refuses the restore, since that is an index here: leave \
             out --include-aliases then",
            alike.join(" or ")
        ));
    }
}
