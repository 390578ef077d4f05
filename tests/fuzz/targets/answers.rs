//! What services answer: decoding gives a value or none, never more than was said, and everything that follows from it can be shown.

use std::time::Duration;

use esbackup::internals::data::index::decode as indices;
use esbackup::internals::data::snapshot::decode::{self, Decoder};
use esbackup::internals::data::snapshot::{Brief, Snapshot, contents};
use esbackup::internals::diagnosis::{Context, Explained, diagnose, explain};
use esbackup::internals::domain::{Arriving as _, Engine, Refusal};
use esbackup::internals::moment::Moment;
use esbackup::internals::names::EnvironmentName;
use esbackup::internals::report::snapshots::{Listed, Listing, SnapshotView, list, show};
use esbackup::internals::workflow::name::{Ownership, Template, ownership};
use esbackup::internals::workflow::prune::{GoneAfter, Live, Policy, Scope, prune};
use esbackup::internals::workflow::status::Backups;
use serde_json::Value;

use super::assert_inert;

const NOW: i64 = 1_795_486_400_000;

fn now() -> Moment {
    Moment::from_millis(NOW).unwrap_or(Moment::EARLIEST)
}

/// A list of snapshots, and what is made of it.
pub fn snapshots(data: &[u8]) {
    let whole = decode::snapshots(data);
    // In pieces it is the same, and a list without details holds the same names.
    let half = data.len() / 2;
    let mut decoder = Decoder::default();
    let pieces = [&data[..half], &data[half..]];
    let taken = pieces.iter().try_for_each(|piece| decoder.take(piece));
    let in_pieces: Option<Vec<Snapshot>> = taken.ok().and_then(|()| decoder.end().ok());
    assert_eq!(whole.as_ref().ok(), in_pieces.as_ref());
    if let (Ok(all), Ok(briefs)) = (&whole, decode::briefs(data)) {
        let same = |(one, brief): (&Snapshot, &Brief)| {
            *one.name == *brief.name && one.state == brief.state && one.indices == brief.indices
        };
        assert!(all.len() == briefs.len() && all.iter().zip(&briefs).all(same));
    }
    let Ok(all) = whole else {
        return;
    };
    assert!(all.len() <= data.len());
    let environment = EnvironmentName::parse("logs").expect("a name");
    let template = Template::parse("{environment}-{date}-{time}").expect("a template");
    let owner = |one: &_| ownership(one, &environment, std::slice::from_ref(&template));
    let policy = Policy {
        keep_last: Some(1),
        keep_daily: Some(2),
        failed_after: Some(Duration::from_secs(60)),
        gone_after: vec![GoneAfter {
            indices: "*".to_owned(),
            age: Duration::from_secs(60),
        }],
        ..Policy::default()
    };
    for scope in [Scope::Own, Scope::All] {
        let verdicts = prune(&all, owner, scope, &policy, Some(&Live::default()), now());
        let gone = verdicts.iter().filter(|verdict| verdict.is_delete());
        for verdict in gone {
            let one = all
                .iter()
                .find(|one| one.name == verdict.name)
                .expect("it was in the list");
            assert!(
                scope == Scope::All || owner(one) == Ownership::Ours,
                "{verdict:?}"
            );
        }
    }
    let backups = Backups::of(&all, now());
    if let Some((good, _)) = backups.last_good {
        assert!(good.started.is_some());
    }
    for one in &all {
        for check in esbackup::internals::workflow::verify::snapshot(one) {
            drop(check);
        }
    }
    let views = all
        .iter()
        .map(|one| SnapshotView::new(one, now()))
        .collect();
    let listed = Listed {
        environment: "logs".to_owned(),
        repository: "r".to_owned(),
        snapshots: views,
        exit: 0,
        error: None,
    };
    let listing = Listing::new(vec![listed], false);
    assert_inert(&list(&listing));
    assert_inert(&show(&listing));
}

/// How far a snapshot is, what runs, and what one holds.
pub fn status(data: &[u8]) {
    if let Ok(held) = contents::decode(data) {
        let sum = held.sum();
        assert!(
            held.indices.values().all(|part| part.bytes <= sum.bytes),
            "{sum:?}"
        );
    }
    let Ok(statuses) = decode::statuses(data) else {
        return;
    };
    assert!(statuses.len() <= data.len());
    if let Some(progress) = statuses.first().and_then(|one| one.progress(Some(now()))) {
        let progress = esbackup::internals::data::Progress::Snapshot(progress);
        assert_inert(&esbackup::internals::report::following::how_far(&progress));
    }
    if let Some(running) = decode::running(&statuses) {
        assert_eq!(running.len(), statuses.len());
    }
}

/// The tables of `_cat` and the health of indices.
pub fn tables(data: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let rows = body.as_array().map(Vec::len);
    if let Some(all) = indices::indices(&body) {
        assert_eq!(Some(all.len()), rows);
    }
    if let Some(all) = indices::recoveries(&body) {
        assert_eq!(Some(all.len()), rows);
    }
    if let Some(all) = indices::healths(&body) {
        for health in all.values().filter(|health| health.is_complete()) {
            assert!(health.primaries > 0);
        }
    }
    if let Ok(engine) = Engine::from_root(&body) {
        assert!(!engine.to_string().is_empty());
    }
}

/// A status of two bytes, then the body of an error.
pub fn refusals(data: &[u8]) {
    let Some((status, body)) = data.split_first_chunk::<2>() else {
        return;
    };
    let status = 400 + u16::from_be_bytes(*status) % 200;
    let refusal = Refusal::from_domain("GET /".to_owned(), status, None, body);
    assert!(refusal.chain.len() <= 64, "{}", refusal.chain.len());
    let context = Context::default();
    if let Some(diagnosis) = diagnose(&refusal, &context) {
        assert!(!diagnosis.hint.text().is_empty());
    }
    let error = esbackup::internals::domain::Error::Refused(Box::new(refusal));
    let failure = explain(
        Explained::Domain {
            task: "GET /",
            error: &error,
        },
        &context,
    );
    assert_inert(&esbackup::internals::report::human::failure(&failure));
}
