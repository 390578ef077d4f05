//! Retry safety of the calls that delete data.

use super::*;
use crate::names::IndexName;

/// Another index, stream or snapshot may have taken the name while the answer was lost.
#[test]
fn deletion_by_name_is_checked_again_before_it_is_resent() {
    let name = IndexName::parse("orders").unwrap();
    let snapshot = snapshot::Call::Delete {
        repository: "snapshots".to_owned(),
        name: "nightly".to_owned(),
    };
    let index = index::Call::Delete {
        index: name.clone(),
    };
    let stream = index::Call::DeleteStream { stream: name };
    let said = [
        (snapshot.touches().deletes, snapshot.retry_safety()),
        (index.touches().deletes, index.retry_safety()),
        (stream.touches().deletes, stream.retry_safety()),
    ];
    let expected = [
        (true, RetrySafety::ReadBack),
        (true, RetrySafety::Never),
        (true, RetrySafety::Never),
    ];
    assert_eq!(said, expected);
}
