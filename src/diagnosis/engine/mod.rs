//! What the engines' own services say, by the service that says it.
//!
//! The messages are collected from the classes of the four engines: `src/diagnosis/tests/engine_messages.tsv` keeps every one, with where
//! it stands, and a test holds that a row meets each.

mod blobs;
mod cluster;
mod repositories;
mod restore;
mod snapshots;

use super::rows::Row;

/// The rows of all services. Where a message wraps another, the one that is closer to the cause comes first.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    [
        cluster::ROWS,
        restore::ROWS,
        snapshots::ROWS,
        repositories::ROWS,
        blobs::ROWS,
    ]
    .into_iter()
    .flatten()
}
