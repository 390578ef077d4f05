//! Whether an engine can restore what another one took: one generation back, never from a later one. Pure.

use crate::domain::{Engine, EngineKind};
use crate::workflow::Prepared;

/// The generations in the order of their index formats: OpenSearch 1 is Elasticsearch 7's, OpenSearch 2 the next one.
/// <https://docs.opensearch.org/latest/migrate-or-upgrade/>
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/snapshot-based-migration.html>
fn generation(engine: Engine) -> u32 {
    match engine.kind {
        EngineKind::Elasticsearch => engine.major,
        EngineKind::OpenSearch => engine.major.saturating_add(6),
    }
}

/// Says when a domain cannot restore what an engine took, or may not be able to.
pub(super) fn check(took: Option<Engine>, has: Option<Engine>, prepared: &mut Prepared) {
    let (Some(took), Some(has)) = (took, has) else {
        prepared.notes.push(
            "which engine took the snapshot, or which one restores it, is not known: an index of an engine too old or too new is refused by \
             the domain"
                .to_owned(),
        );
        return;
    };
    if is_later(took, has) {
        prepared.refuse(
            format!("{took} took the snapshot, and {has} restores none of a later engine"),
            "restore it on a domain with that engine or a later one",
        );
        return;
    }
    match generation(has).saturating_sub(generation(took)) {
        0 => {}
        1 => prepared.notes.push(format!(
            "{took} took the snapshot: {has} refuses what an engine before that one created"
        )),
        _ => prepared.refuse(
            format!("{took} took the snapshot, which is too old for {has}"),
            "restore it on a domain with an engine in between, and reindex there first",
        ),
    }
}

fn is_later(took: Engine, has: Engine) -> bool {
    let within = |engine: Engine| (engine.major, engine.minor, engine.patch.unwrap_or_default());
    match (took.kind, has.kind) {
        (EngineKind::OpenSearch, EngineKind::Elasticsearch) => true,
        (EngineKind::Elasticsearch, EngineKind::OpenSearch) => generation(took) > generation(has),
        // Amazon names no patch: what is not known is not later.
        _ if took.patch.is_none() || has.patch.is_none() => {
            (took.major, took.minor) > (has.major, has.minor)
        }
        _ => within(took) > within(has),
    }
}
