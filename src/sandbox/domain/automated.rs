//! The snapshots that Amazon takes by itself into its own repositories; only the sandbox's admin API asks for one.

use super::super::search_state::Taking;
use super::super::state::State;
use super::{indices, progress};

/// Takes one at once, of everything, and returns its name.
pub(in super::super) fn take(state: &mut State, domain: &str, repository: &str) -> Option<String> {
    let place = state
        .domains
        .iter()
        .position(|held| held.name == domain && !held.self_managed)?;
    let (now, serial) = (state.now_millis(), state.next_serial());
    let time = super::super::clock::iso(now.div_euclid(1000))
        .replace(':', "-")
        .replace('Z', "");
    let snapshot = format!("{}.{serial}", time.to_lowercase());
    let uuid = indices::uuid(&format!("automated {snapshot} {serial}"));
    let cluster = &mut state.domains.get_mut(place)?.cluster;
    cluster.taking.push(Taking {
        repository: repository.to_owned(),
        snapshot: snapshot.clone(),
        uuid: uuid.clone(),
        started: now,
        begins: now,
        ends: now,
        include_global_state: true,
        metadata: None,
        indices: cluster.indices.clone(),
        data_streams: cluster.data_streams.clone(),
        failures: Vec::new(),
        reason: None,
        new_files: Default::default(),
    });
    progress::finish_now(state, place, &uuid);
    Some(snapshot)
}
