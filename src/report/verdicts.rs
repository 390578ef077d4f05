//! What prune keeps and deletes, for people and programs. Pure.
#![cfg_attr(
    not(test),
    expect(
        clippy::let_underscore_must_use,
        reason = "writing to a String never fails"
    )
)]

use std::fmt::Write as _;

use serde::Serialize;

use crate::moment::Moment;
use crate::outlet::safe;
use crate::report::table;
use crate::workflow::prune::{CopyOf, Decision, Live, Reason, Verdict};

/// One snapshot and what becomes of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct VerdictView {
    /// The snapshot.
    pub name: String,
    /// Its id.
    pub uuid: String,
    /// Its state.
    pub state: String,
    /// When it began.
    pub started: Option<Moment>,
    /// `keep` or `delete`.
    pub decision: &'static str,
    /// Why.
    pub reasons: Vec<String>,
    /// What it has the newest copy of, where it stays for that.
    pub newest_copy_of: Vec<CopyOf>,
    /// What no snapshot holds a copy of once it is deleted.
    pub gone_for_good: Vec<CopyOf>,
}

/// Numbers over the snapshots of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    /// Snapshots that stay.
    pub kept: usize,
    /// Those of them that stay only for the newest copy of an index.
    pub kept_for_copies: usize,
    /// Snapshots that are to be deleted.
    pub deleted: usize,
    /// Indices and data streams that no snapshot holds afterwards.
    pub gone_for_good: usize,
}

/// Why `gone_after` lets no copy go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HeldBack {
    /// The caller may not list the indices of the domain.
    IndicesNotListed,
    /// The domain has cold storage, whose indices are in no list.
    ColdStorage,
}

impl HeldBack {
    /// Returns the reason, if there is one.
    #[must_use]
    pub(crate) fn of(live: Option<&Live>, cold_storage: bool) -> Option<Self> {
        match (live, cold_storage) {
            (None, _) => Some(Self::IndicesNotListed),
            (Some(_), true) => Some(Self::ColdStorage),
            (Some(_), false) => None,
        }
    }

    /// Says why, and what else deletes what is not needed.
    #[must_use]
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::IndicesNotListed => {
                "the caller may not list the indices of the domain (GET _cat/indices), so that none is known to be gone"
            }
            Self::ColdStorage => {
                "cold storage is enabled on the domain, and an index in it is in no list, so that none is known to be gone; delete what is not needed with `esbackup snapshot delete NAME`, or disable cold storage once it is empty"
            }
        }
    }
}

impl VerdictView {
    /// Shows a verdict, of which there may be thousands: what it holds is moved.
    #[must_use]
    pub(crate) fn new(verdict: Verdict) -> Self {
        let (decision, reasons) = match verdict.decision {
            Decision::Keep(reasons) => ("keep", reasons),
            Decision::Delete(reason) => ("delete", vec![reason]),
        };
        let words = reasons.iter().map(ToString::to_string).collect();
        let copies = reasons.into_iter().filter_map(|reason| match reason {
            Reason::Copies(copies) => Some(copies),
            _ => None,
        });
        Self {
            name: verdict.name,
            uuid: verdict.uuid,
            state: verdict.state.as_str().to_owned(),
            started: verdict.started,
            decision,
            reasons: words,
            newest_copy_of: copies.flatten().collect(),
            gone_for_good: verdict.lost,
        }
    }

    fn is_delete(&self) -> bool {
        self.decision == "delete"
    }

    /// Whether nothing but the copies in it keeps it.
    fn is_kept_for_copies(&self) -> bool {
        self.reasons.len() == 1 && !self.newest_copy_of.is_empty()
    }
}

impl Summary {
    /// Counts.
    #[must_use]
    pub(crate) fn of(verdicts: &[VerdictView]) -> Self {
        let deleted = verdicts.iter().filter(|one| one.is_delete()).count();
        let copies = verdicts.iter().filter(|one| one.is_kept_for_copies());
        Self {
            kept: verdicts.len() - deleted,
            kept_for_copies: copies.count(),
            deleted,
            gone_for_good: verdicts.iter().map(|one| one.gone_for_good.len()).sum(),
        }
    }
}

/// What becomes of the snapshots of an environment, for people.
#[must_use]
pub(crate) fn human(
    environment: &str,
    verdicts: &[VerdictView],
    held_back: Option<HeldBack>,
) -> String {
    let mut text = format!("{}\n", safe::line(environment));
    if verdicts.is_empty() {
        text.push_str("  no snapshots\n");
        return text;
    }
    let rows = verdicts.iter().map(|one| {
        let started = one.started.map(|at| at.to_string());
        vec![
            one.decision.to_owned(),
            one.name.clone(),
            one.state.clone(),
            started.unwrap_or_else(|| "-".to_owned()),
            one.reasons.join(", "),
        ]
    });
    text.push_str(&table::render(
        &["", "NAME", "STATE", "STARTED", "WHY"],
        rows,
    ));
    let summary = Summary::of(verdicts);
    let _ = writeln!(
        text,
        "  {} kept, {} to be deleted",
        summary.kept, summary.deleted
    );
    let way = match held_back {
        None => "--gone-after PATTERN=DURATION lets the copies of gone indices go".to_owned(),
        Some(held_back) => format!("--gone-after lets nothing go: {}", held_back.in_words()),
    };
    match summary.kept_for_copies {
        0 => {}
        1 => {
            let _ = writeln!(
                text,
                "  1 of the kept stays only because it has the newest copy of an index; {way}"
            );
        }
        count => {
            let _ = writeln!(
                text,
                "  {count} of the kept stay only because they have the newest copy of an index; {way}"
            );
        }
    }
    for one in verdicts {
        for lost in &one.gone_for_good {
            let _ = writeln!(
                text,
                "  gone for good: {}, of which {} is the last copy",
                safe::line(&lost.subject()),
                safe::line(&one.name)
            );
        }
    }
    text
}
