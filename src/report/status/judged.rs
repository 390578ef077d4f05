//! What the exposure of the indices, and snapshots that could not be read, make of the objective of a status. Pure.

use std::time::Duration;

use super::{StatusView, objective};
use crate::counted;
use crate::data::snapshot::Unread;
use crate::workflow::exposure::{self, Exposure, Judged};
use crate::workflow::status::Verdict;

impl StatusView {
    /// Judges the objective by the exposure of the indices. Where no index is judged, the age of the last good snapshot has judged it, and
    /// where there is none, the objective is missed however young the indices are.
    pub(crate) fn judge_exposure(&mut self, exposures: &[Exposure], rpo: Option<Duration>) {
        if self.last_good.is_none() {
            return;
        }
        let Some(verdict) = exposure::verdict(exposures, rpo) else {
            return;
        };
        let missed = exposures.iter().filter(|one| one.missed).count();
        let why = match verdict {
            Verdict::Missed => Some(format!(
                "{missed} of {} exposed for longer",
                counted::indices(exposures.len())
            )),
            Verdict::NotKnown if exposures.iter().any(|one| one.judged == Judged::NotRead) => {
                Some("snapshots that could not be read may have newer copies".to_owned())
            }
            Verdict::NotKnown => {
                Some("the engine does not tell when every index was created".to_owned())
            }
            Verdict::Met | Verdict::NotSet => None,
        };
        self.objectives.rpo = objective(rpo, verdict, why);
    }

    /// Takes back what snapshots may refute whose details could not be read: that the last good one is too old, or that there is none.
    pub(crate) fn doubt(&mut self, unread: &[Unread]) {
        let good = unread.iter().filter(|one| one.brief.may_be_good()).count();
        let rpo = &mut self.objectives.rpo;
        if good > 0 && rpo.verdict == Verdict::Missed {
            rpo.verdict = Verdict::NotKnown;
            let snapshots = counted::counted(good as u64, "snapshot", "snapshots");
            rpo.why = Some(format!(
                "the start of {snapshots} could not be read, and may be newer"
            ));
        }
    }
}

/// An index with the data stream that it backs.
pub(super) fn with_stream(name: &str, stream: Option<&str>) -> String {
    stream.map_or_else(
        || name.to_owned(),
        |stream| format!("{name} of data stream {stream}"),
    )
}
