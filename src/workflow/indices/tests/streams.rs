//! Data streams that are deleted: whole, by their name, and behind the same guard.

use super::*;

/// A domain whose stream `web` has two backing indices.
fn with_streams(snapshots: Vec<Snapshot>) -> Facts {
    let mut facts = facts();
    facts.indices.push(index(".ds-web-000002", 200));
    let backing = [".ds-web-000001", ".ds-web-000002"].map(str::to_owned);
    facts.streams = BTreeMap::from([("web".to_owned(), backing.to_vec())]);
    facts.snapshots = snapshots;
    facts
}

fn holding_stream(name: &str, started: i64, indices: &[&str], streams: &[&str]) -> Snapshot {
    let mut one = snapshot(name, started, State::Success, indices);
    one.data_streams = streams
        .iter()
        .map(|name| std::sync::Arc::from(*name))
        .collect();
    one
}

#[test]
fn stream_is_deleted_whole_by_its_name_behind_the_guard() {
    const BOTH: [&str; 2] = [".ds-web-000001", ".ds-web-000002"];
    let guarded = |snapshot: Snapshot| {
        let facts = with_streams(vec![snapshot]);
        let raised = prepare(&wanted(&["web"]), &facts).prepared.raised;
        raised
            .into_iter()
            .map(|one| one.target.to_string())
            .collect::<Vec<_>>()
    };
    let whole = holding_stream("whole", 300, &BOTH, &["web"]);
    assert_eq!(guarded(whole.clone()), [""; 0]);
    // Backing indices without their stream, a stream without its newest index, and one from before the rollover are no copy of it.
    for other in [
        holding_stream("loose", 300, &BOTH, &[]),
        holding_stream("part", 300, &BOTH[..1], &["web"]),
        holding_stream("older", 150, &BOTH, &["web"]),
        of("another", whole.clone()),
    ] {
        assert_eq!(guarded(other), ["index.web"]);
    }
    let deletion = prepare(&wanted(&["web"]), &with_streams(vec![whole]));
    let [step] = deletion.prepared.steps.as_slice() else {
        panic!("{:?}", deletion.prepared)
    };
    assert_eq!(
        step.call.describe(),
        "delete data stream web with its backing indices"
    );
    let is_still = Check::StreamIs {
        name: IndexName::parse("web").unwrap(),
        identity: deletion.targets[0].uuid.clone(),
    };
    assert!(step.before.contains(&resources::Check::Data(is_still)));
    let held = Check::SnapshotHoldsStream {
        repository: "backups".to_owned(),
        name: "whole".to_owned(),
        stream: IndexName::parse("web").unwrap(),
        backing: BOTH.map(str::to_owned).to_vec(),
    };
    assert!(step.before.contains(&resources::Check::Data(held)));
}

#[test]
fn stream_that_is_snapshotted_first_is_blocked_index_by_index() {
    let mut wanted = wanted(&["web"]);
    wanted.first = Some(first());
    let deletion = prepare(&wanted, &with_streams(Vec::new()));
    let calls: Vec<String> = deletion
        .prepared
        .steps
        .iter()
        .map(|step| step.call.describe())
        .collect();
    assert_eq!(
        calls,
        [
            "block writes to index .ds-web-000001",
            "block writes to index .ds-web-000002",
            "start snapshot first",
            "delete data stream web with its backing indices",
        ]
    );
    let Call::Snapshot(call) = &deletion.prepared.steps[2].call else {
        panic!("no snapshot")
    };
    assert_eq!(call.request().body.unwrap()["indices"], "web");
    assert_eq!(deletion.lift.len(), 2);
}
