//! Tests of which snapshots show that a repository is this environment's own.

use std::collections::BTreeMap;

use super::*;
use crate::data::snapshot::{self, NameSet, Shards};
use crate::moment::Moment;

const DOMAIN: &str = "arn:aws:es:us-west-2:123456789012:domain/logs";

fn own(domain: Option<&str>) -> Own {
    Own {
        candidate: RepositoryName::parse("snapshots").unwrap().candidate(),
        environment: EnvironmentName::parse("logs").unwrap(),
        domain: domain.map(|arn| Arn::parse(arn).unwrap()),
        hint: String::new(),
    }
}

fn taken(name: &str, started: &str, by: Option<(&str, Option<&str>)>) -> Snapshot {
    let metadata = by.map_or_else(BTreeMap::new, |(environment, domain)| {
        let environment = EnvironmentName::parse(environment).unwrap();
        let mut mark = snapshot::mark(&environment, "somebody");
        mark.extend(domain.map(|arn| (snapshot::DOMAIN.to_owned(), arn.to_owned())));
        mark
    });
    Snapshot {
        name: name.to_owned(),
        uuid: name.to_owned(),
        state: State::Success,
        started: Moment::parse(started),
        ended: None,
        indices: NameSet::default(),
        data_streams: Vec::new(),
        shards: Shards::default(),
        failures: Vec::new(),
        global_state: None,
        engine: None,
        metadata,
        reason: None,
    }
}

#[test]
fn own_snapshots_of_the_last_30_days_are_accepted() {
    let ours = Some(("logs", Some(DOMAIN)));
    let list = [
        taken("newest", "2026-11-24T00:00:00Z", ours),
        taken("month", "2026-10-25T00:00:00Z", ours),
        // Older than 30 days before the newest one: another domain may have written here once.
        taken("old", "2026-10-24T23:59:59Z", None),
    ];
    assert_eq!(own(Some(DOMAIN)).judge(&list), Ok(()));
}

#[test]
fn snapshots_of_anyone_else_are_refused_with_their_name() {
    let ours = Some(("logs", Some(DOMAIN)));
    let other = "arn:aws:es:us-west-2:123456789012:domain/other";
    let newest = || taken("newest", "2026-11-24T00:00:00Z", ours);
    let month = |by| vec![newest(), taken("month", "2026-10-25T00:00:00Z", by)];
    let mut running = month(ours);
    running[1].state = State::InProgress;
    let mut unread = month(ours);
    unread[1].started = None;
    let refused = [
        Vec::new(),
        month(None),
        month(Some(("logs", None))),
        month(Some(("logs", Some(other)))),
        month(Some(("else", Some(DOMAIN)))),
        running,
        unread,
    ];
    let said: Vec<String> = refused
        .iter()
        .map(|list| own(Some(DOMAIN)).judge(list).unwrap_err())
        .collect();
    assert_eq!(
        said,
        [
            "it holds no snapshot that shows whose repository it is".to_owned(),
            "snapshot month does not say which environment took it".to_owned(),
            "snapshot month does not say which domain took it".to_owned(),
            format!("snapshot month was taken by domain {other}"),
            "snapshot month was taken by environment else".to_owned(),
            "snapshot month is in progress there".to_owned(),
            "the start time of snapshot month could not be read".to_owned(),
        ]
    );
    assert_eq!(
        own(None).judge(&[newest()]),
        Err(
            "a self-managed cluster has no ARN by which its snapshots can be recognised".to_owned()
        )
    );
}
