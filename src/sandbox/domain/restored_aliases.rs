//! Which aliases may come back with restored indices: engines refuse a name that is taken, and a second index that an alias would write to.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::message::Answer;
use super::super::search_state::{Cluster, Index};
use super::engine::Engine;
use super::errors::Exception;

/// Refuses restored indices whose aliases cannot stand beside what is there. Engines build the whole metadata anew and find it then.
pub(super) fn check(
    engine: Engine,
    cluster: &Cluster,
    restored: &[(String, Index)],
) -> Result<(), Answer> {
    let mut all: BTreeMap<&String, &Index> = cluster.indices.iter().collect();
    all.extend(restored.iter().map(|(name, index)| (name, index)));
    let refuse =
        |reason: String| Err(Exception::new("illegal_state_exception", reason).answer(500));
    for (name, index) in &all {
        for alias in index.aliases.keys() {
            if all.contains_key(alias) || cluster.data_streams.contains_key(alias) {
                let duplicate = format!("{alias} (alias of [{name}/{}])", index.uuid);
                return refuse(match engine.is_old() {
                    true => format!(
                        "index and alias names need to be unique, but the following duplicates were found [{duplicate}]"
                    ),
                    false => format!(
                        "index, alias, and data stream names need to be unique, but the following duplicates were found [{duplicate} \
                         conflicts with index]"
                    ),
                });
            }
        }
    }
    let mut writers: BTreeMap<&String, Vec<&str>> = BTreeMap::new();
    for (name, index) in &all {
        for (alias, about) in &index.aliases {
            if about.get("is_write_index") == Some(&json!(true)) {
                writers.entry(alias).or_default().push(name);
            }
        }
    }
    for (alias, writers) in writers {
        if writers.len() > 1 {
            let listed = writers.join(",");
            return refuse(format!(
                "alias [{alias}] has more than one write index [{listed}]"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn index(aliases: &[(&str, Value)]) -> Index {
        let aliases = aliases
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        Index {
            uuid: "id".to_owned(),
            created: 0,
            version: 0,
            settings: BTreeMap::new(),
            mappings: json!({}),
            aliases: aliases.collect(),
            closed: false,
            assigned: true,
            documents: Default::default(),
            unrefreshed: None,
            recovery: None,
        }
    }

    #[test]
    fn an_alias_has_one_index_to_write_to_and_a_name_of_its_own() {
        let writes = || json!({"is_write_index": true});
        let engine = Engine {
            open_search: true,
            major: 3,
            minor: 8,
        };
        let cluster = Cluster {
            indices: [
                ("a-2".to_owned(), index(&[("a", writes())])),
                ("plain".to_owned(), index(&[])),
            ]
            .into(),
            ..Cluster::default()
        };
        let restored = |name: &str, aliases: &[(&str, Value)]| {
            check(engine, &cluster, &[(name.to_owned(), index(aliases))]).is_ok()
        };
        assert!(restored("a-1", &[]));
        assert!(restored("a-1", &[("a", json!({}))]));
        assert!(restored("a-1", &[("a", json!({"is_write_index": false}))]));
        assert!(!restored("a-1", &[("a", writes())]));
        // Over a closed index of that name, its own alias is the same one.
        assert!(restored("a-2", &[("a", writes())]));
        assert!(!restored("a-1", &[("plain", json!({}))]));
        assert!(!restored("a", &[]));
    }
}
