//! One of each call that the commands of day two send, and what the sandbox calls each.

use esbackup::internals::data::{index, snapshot};
use esbackup::internals::names::{
    AccountId, BucketName, IndexName, Region, RepositoryName, SnapshotName,
};
use esbackup::internals::resources::bucket::record;
use esbackup::internals::resources::{Call, Operation, repository};

/// Each call once. That there is no other, the closed list of operations says, to which tests compare these.
pub fn of_data() -> Vec<Call> {
    let index = IndexName::parse("logs").unwrap();
    let verified = RepositoryName::parse("snapshots").unwrap();
    let (repository, name) = (verified.to_string(), "one".to_owned());
    let take = snapshot::Take {
        indices: vec!["logs".to_owned()],
        ..Default::default()
    };
    let restore = snapshot::Restore {
        streams: Vec::new(),
        indices: vec![index.clone()],
        rename: None,
        include_aliases: false,
        include_global_state: false,
        index_settings: Default::default(),
        ignore_index_settings: Vec::new(),
        partial: false,
        targets: vec![index.clone()],
    };
    let of_snapshots = [
        snapshot::Call::Take {
            repository: repository.clone(),
            name: SnapshotName::parse(&name).unwrap(),
            take,
        },
        snapshot::Call::Restore {
            repository: repository.clone(),
            name: name.clone(),
            restore,
        },
        snapshot::Call::Delete { repository, name },
    ];
    let of_indices = [
        index::Call::Block {
            index: index.clone(),
            writes: index::Writes::Refused,
        },
        index::Call::Refresh {
            index: index.clone(),
        },
        index::Call::Close {
            index: index.clone(),
        },
        index::Call::Delete {
            index: index.clone(),
        },
        index::Call::DeleteStream { stream: index },
    ];
    let of_repositories = [repository::Call::Verify { name: verified }];
    let all = of_snapshots.into_iter().map(Call::Snapshot);
    let all = all.chain(of_indices.into_iter().map(Call::Index));
    all.chain(of_repositories.into_iter().map(Call::Repository))
        .chain([Call::Record(recording())])
        .collect()
}

/// The call that records a restore test in the bucket of [`super::fields::SPEC`].
fn recording() -> record::Call {
    let place = record::Place {
        bucket: BucketName::parse("logs-snapshots").unwrap(),
        region: Region::parse("us-west-2").unwrap(),
        account: AccountId::parse("123456789012").unwrap(),
        key: "esbackup-records/0/restore-test.json".to_owned(),
    };
    let record = record::Record::new("logs", "domain".to_owned(), ("one", "u"), &[]);
    record::Call { place, record }
}

/// `service:operation` as the sandbox and its faults name what the product calls so.
pub fn in_sandbox(operation: &Operation) -> String {
    let name = match (operation.service, operation.operation) {
        ("es", "PUT _snapshot/_") => "PUT _snapshot/snapshot".to_owned(),
        ("es", "DELETE _snapshot/_") => "DELETE _snapshot/snapshot".to_owned(),
        ("es", "DELETE _") => "DELETE index".to_owned(),
        ("es", "DELETE _data_stream/_") => "DELETE _data_stream".to_owned(),
        ("es", path) => path.replace(" _/", " ").replace("/_/", "/"),
        (_, name) => name.to_owned(),
    };
    format!("{}:{name}", operation.service)
}

/// The same of many.
pub fn all_in_sandbox(operations: &[Operation]) -> std::collections::BTreeSet<String> {
    operations.iter().map(in_sandbox).collect()
}
