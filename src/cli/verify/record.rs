//! `verify --record`: a restore test that succeeded is written down in the bucket. Nothing else of `verify` writes to S3.

use super::Verifying;
use crate::cli::act::Act;
use crate::failure::{Class, Failure};

use crate::cli::record;
use crate::plan::{Patience, Step};
use crate::resources::bucket::record::{Call, Place, Record, Restored};
use crate::resources::{Call as AnyCall, Kind, ResourceId};
use crate::workflow::Prepared;
use crate::workflow::drill::{Drill, THE_RESTORED};
use crate::workflow::temporary;
use crate::workflow::verify::{Check, Level, Verdict};

/// Name of the check in the report.
const WHAT: &str = "record";

impl Verifying<'_> {
    /// Refuses a record that could not be written before anything is restored for it.
    ///
    /// # Errors
    /// Why there is no place for it.
    pub(super) async fn recordable(&mut self) -> Result<(), Failure> {
        if self.choice.record {
            self.place = Some(record::place(self.opened).await.map_err(no_place)?);
        }
        Ok(())
    }

    /// Records the restore test if it succeeded; a dry run shows the call.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub(super) async fn record(&mut self) -> Result<(), Failure> {
        let Some(place) = self.place.clone() else {
            return Ok(());
        };
        let Some(snapshot) = self.snapshot.clone() else {
            return Ok(());
        };
        if !self.acting.dry_run && (self.wrong() > 0 || self.restored.is_empty()) {
            let why = "only a restore test that succeeded is recorded";
            self.checks
                .push(Check::unchecked(Level::Restore, WHAT, why));
            return Ok(());
        }
        let desired = &self.opened.spec.desired;
        let domain = match &desired.scope.domain_arn {
            Some(arn) => arn.to_string(),
            None => desired.domain_id().name,
        };
        let record = Record::new(
            desired.scope.environment.as_str(),
            domain,
            (&snapshot.name, &snapshot.uuid),
            &self.restored,
        );
        let step = step(place.clone(), record);
        if self.acting.dry_run {
            self.shown.push(step);
            return Ok(());
        }
        let prepared = Prepared {
            steps: vec![step],
            ..Prepared::default()
        };
        let acted = Act {
            stop: self.stop,
            ..self.act()
        }
        .carry_out(&prepared)
        .await;
        self.sent += acted.calls.0;
        self.asked += acted.calls.1;
        match acted.failed {
            None => {
                self.recorded = Some(place.url());
                let words = format!("written to {}", place.url());
                self.checks.push(Check::ok(Level::Restore, WHAT, words));
                Ok(())
            }
            Some(mut failed) => {
                let words = "the restore test succeeded, and no record of it was confirmed";
                failed.messages.push(words.to_owned());
                let why = format!("not confirmed: {}", place.url());
                self.checks
                    .push(Check::unchecked(Level::Restore, WHAT, why));
                Err(failed)
            }
        }
    }

    /// Notes what came back as it was, and was removed again.
    pub(super) fn note(
        &mut self,
        drill: &Drill,
        docs: Option<u64>,
        removed: Result<&Option<String>, &Failure>,
        checks: &[Check],
    ) {
        let wrong = |check: &Check| check.result == Verdict::Failed;
        let (Some(docs), Ok(Some(id))) = (docs, removed) else {
            return;
        };
        if !checks.iter().any(wrong) {
            self.restored.push(restored(drill, docs, id));
        }
    }

    /// Notes what a dry run would restore.
    pub(super) fn note_shown(&mut self, drill: &Drill) {
        self.restored.push(restored(drill, 0, THE_RESTORED));
    }
}

/// What came back. The ids of all backing indices of a data stream are one.
fn restored(drill: &Drill, docs: u64, id: &str) -> Restored {
    Restored {
        name: drill.index.to_string(),
        docs,
        restored_as: match drill.is_stream() {
            false => id.to_owned(),
            true => temporary::digest(id),
        },
    }
}

fn step(place: Place, record: Record) -> Step {
    Step {
        resource: ResourceId::new(Kind::Bucket, &place.bucket),
        before: Vec::new(),
        call: AnyCall::Record(Call { place, record }),
        after: None,
        undo: None,
        patience: Patience::default(),
    }
}

fn no_place(why: String) -> Failure {
    Failure::new(
        Class::Refused,
        "record the restore test",
        why,
        "leave out --record, or give the spec the `bucket` of the repository; nothing was restored",
    )
}
