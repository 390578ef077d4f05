//! Sample indices of a domain that `--sandbox` makes, so that there is something to take a snapshot of. Never in a test's own world
//! unless it asks for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::engine::Engine;
use super::{index_settings, indices};
use crate::sandbox::search_state::{Documents, Index};
use crate::sandbox::state::{Domain, State};

/// Puts the samples into a domain.
pub(in crate::sandbox) fn add(state: &mut State, domain: &mut Domain) {
    let created = state.now_millis();
    let engine = Engine::of(domain);
    for (name, count) in [("sample-logs", 120), ("sample-orders", 40)] {
        let mut settings = index_settings::defaults(engine, name);
        // One node holds no copies: the samples are green.
        settings.insert("index.number_of_replicas".to_owned(), "0".to_owned());
        let serial = state.next_serial();
        let documents: BTreeMap<String, String> = (1..=count)
            .map(|id| {
                let text = format!("{name} number {id}");
                (id.to_string(), json!({"id": id, "text": text}).to_string())
            })
            .collect();
        let index = Index {
            uuid: indices::uuid(&format!("index {name} {serial}")),
            created,
            version: engine.id(),
            assigned: index_settings::assignable(&settings),
            settings,
            mappings: json!({"properties": {"id": {"type": "long"}, "text": {"type": "text"}}}),
            aliases: BTreeMap::new(),
            closed: false,
            documents: Documents(Arc::new(documents)),
            unrefreshed: None,
            recovery: None,
        };
        domain.cluster.indices.insert(name.to_owned(), index);
    }
}
