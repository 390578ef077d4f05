//! The last restore test that was recorded, judged against its objective. Pure.

use std::time::Duration;

use serde::Serialize;

use super::{StatusView, objective};
use crate::counted;
use crate::duration::rounded;
use crate::moment::Moment;
use crate::resources::bucket::record::{Kept, Place};
use crate::workflow::status::{Verdict, age};

/// A restore test that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RestoreTest {
    /// When it was recorded, by S3's clock.
    pub at: Moment,
    /// Seconds since then, by S3's clock; null where that lies in the future.
    pub age_seconds: Option<u64>,
    /// Name of the snapshot that was restored.
    pub snapshot: String,
    /// Id of that snapshot.
    pub snapshot_uuid: String,
    /// Environment that made the test.
    pub environment: String,
    /// Domain that it was made on.
    pub domain: String,
    /// Number of indices and data streams that were restored.
    pub restored: usize,
    /// Their names, at most the first thousand.
    pub indices: Vec<String>,
    /// The record.
    pub record: String,
}

impl RestoreTest {
    fn new(kept: &Kept, place: &Place, now: Moment) -> Self {
        let record = &kept.record;
        let names = record.indices.iter().map(|one| one.name.clone());
        Self {
            at: kept.at,
            age_seconds: age(kept.at, now).map(|age| age.as_secs()),
            snapshot: record.snapshot.clone(),
            snapshot_uuid: record.snapshot_uuid.clone(),
            environment: record.environment.clone(),
            domain: record.domain.clone(),
            restored: record.restored,
            indices: names.collect(),
            record: place.url(),
        }
    }

    /// Describes it in a line.
    #[must_use]
    pub(crate) fn in_words(&self) -> String {
        let when = match self.age_seconds {
            Some(age) => format!("{} ago", rounded(Duration::from_secs(age))),
            None => format!("at {}, which is in the future", self.at),
        };
        format!(
            "{} of snapshot {}, {when}, by environment {}",
            counted::indices(self.restored),
            self.snapshot,
            self.environment
        )
    }
}

impl StatusView {
    /// Judges the objective by the record, by S3's clock.
    pub(crate) fn judge_restore_test(
        &mut self,
        wanted: Option<Duration>,
        kept: Option<&Kept>,
        place: &Place,
        now: Moment,
    ) {
        let Some(kept) = kept else {
            return self.restore_test_unknown(
                wanted,
                format!(
                    "there is no record in {}; write one with `esbackup verify --level restore --record`",
                    place.url()
                ),
            );
        };
        let test = RestoreTest::new(kept, place, now);
        let age = test.age_seconds.map(Duration::from_secs);
        let (verdict, why) = match (wanted, age) {
            (_, None) => {
                let why = format!("the record is from {}, which is in the future", test.at);
                (Verdict::NotKnown, Some(why))
            }
            (Some(wanted), Some(age)) if age > wanted => {
                let why = format!("the last restore test was recorded {} ago", rounded(age));
                (Verdict::Missed, Some(why))
            }
            (_, Some(_)) => (Verdict::Met, None),
        };
        self.objectives.restore_test = objective(wanted, verdict, why);
        self.last_restore_test = Some(test);
    }

    /// Says why no restore test is known.
    pub(crate) fn restore_test_unknown(&mut self, wanted: Option<Duration>, why: String) {
        self.objectives.restore_test = objective(wanted, Verdict::NotKnown, Some(why));
    }
}

#[cfg(test)]
mod tests;
