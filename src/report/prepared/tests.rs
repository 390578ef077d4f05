//! The checks that a dry run shows.

use super::view;
use crate::names::{AccountId, BucketName, IndexName, Region, RepositoryName};
use crate::plan::{Patience, Step};
use crate::resources::{Call, Check, Kind, ResourceId, bucket, repository};

#[test]
fn dry_run_shows_the_checks_of_every_kind() {
    let name = RepositoryName::parse("snapshots").unwrap();
    let bucket = bucket::Check {
        name: BucketName::parse("logs-snapshots").unwrap(),
        region: Region::parse("us-west-2").unwrap(),
        account: AccountId::parse("123456789012").unwrap(),
        unchanged: bucket::Shared::Absent,
    };
    let index = IndexName::parse("orders").unwrap();
    let step = Step {
        resource: ResourceId::new(Kind::Repository, &name),
        before: vec![
            Check::Bucket(bucket),
            Check::Repository(repository::Check::Idle { name: name.clone() }),
            Check::Data(crate::data::Check::IndexAbsent { name: index }),
        ],
        call: Call::Repository(repository::Call::Verify { name }),
        after: None,
        undo: None,
        patience: Patience::default(),
    };
    let shown = view("logs", &[step]);
    let before = shown.calls.iter().flat_map(|call| &call.before);
    assert_eq!(
        before.collect::<Vec<_>>(),
        [
            "there is no bucket logs-snapshots",
            "no snapshot or restore runs on repository snapshots",
            "there is no index orders",
        ]
    );
}
