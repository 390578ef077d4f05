//! The calls of prepared work, exactly as they would be sent, for people and programs. Pure.
#![cfg_attr(
    not(test),
    expect(
        clippy::let_underscore_must_use,
        reason = "writing to a String never fails"
    )
)]

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use crate::data::{Check, Wait};
use crate::duration::rounded;
use crate::outlet::safe;
use crate::plan::Step;
use crate::resources::outcome::Check as AnyCheck;
use crate::resources::write::Preview;

/// Prepared work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct View {
    /// Always `prepared`.
    pub event: &'static str,
    /// The environment.
    pub environment: String,
    /// The calls, in the order in which they would be sent.
    pub calls: Vec<CallView>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallView {
    /// Its place, from 1.
    pub order: usize,
    /// What it is about, as `kind.name`.
    pub resource: String,
    /// What it does, in words.
    pub what: String,
    /// The HTTP method.
    pub method: &'static str,
    /// Path and query as they are meant, before encoding.
    pub path: String,
    /// The body.
    pub body: Option<Value>,
    /// What is looked at right before it.
    pub before: Vec<String>,
    /// What is waited for after it.
    pub after: Option<String>,
}

/// Makes the view.
#[must_use]
pub fn view(environment: &str, steps: &[Step]) -> View {
    View {
        event: "prepared",
        environment: environment.to_owned(),
        calls: calls(steps).collect(),
    }
}

/// Shows one call after the other.
fn calls(steps: &[Step]) -> impl Iterator<Item = CallView> {
    steps.iter().enumerate().map(|(index, step)| {
        let Preview { method, path, body } = step.call.preview();
        CallView {
            order: index + 1,
            resource: step.resource.to_string(),
            what: step.call.describe(),
            method,
            path,
            body,
            before: step.before.iter().filter_map(before).collect(),
            after: step.after.as_ref().map(after),
        }
    })
}

fn before(check: &AnyCheck) -> Option<String> {
    let AnyCheck::Data(check) = check else {
        return None;
    };
    Some(match check {
        Check::NoSnapshotRuns { wait } if wait.is_zero() => "no snapshot runs".to_owned(),
        Check::NoSnapshotRuns { wait } => {
            format!("no snapshot runs, or it ends within {}", rounded(*wait))
        }
        Check::SnapshotAbsent { name, .. } => format!("there is no snapshot {name}"),
        Check::SnapshotIs { name, state, .. } => {
            format!("snapshot {name} is the same and {}", state.as_str())
        }
        Check::SnapshotsStand { snapshots, .. } => {
            let names: Vec<&str> = snapshots.iter().map(|(name, _)| name.as_str()).collect();
            format!(
                "newer copies are still in {}",
                crate::data::snapshot::listed(&names)
            )
        }
        Check::IndexIs { name, uuid } => format!("index {name} is still {uuid}"),
        Check::IndexAbsent { name } => format!("there is no index {name}"),
        Check::IndexNotOpen { name } => format!("index {name} is closed or absent"),
        Check::IndexIdle { name } => format!("index {name} is not being restored"),
        Check::SnapshotHolds { name, index, .. } => {
            format!("snapshot {name} is complete and holds {index}")
        }
        Check::WritesRefused { name } => format!("index {name} still refuses writes"),
        Check::IndexHolds { name, docs } => {
            format!("index {name} is complete and holds {docs} documents")
        }
        Check::StreamIs { name, .. } => {
            format!("data stream {name} still has the same backing indices")
        }
        Check::StreamAbsent { name } => format!("there is no data stream {name}"),
        Check::StreamRefusesWrites { name } => {
            format!("every backing index of data stream {name} still refuses writes")
        }
        Check::StreamHolds { name, docs } => {
            format!("data stream {name} is complete and holds {docs} documents")
        }
        Check::SnapshotHoldsStream { name, stream, .. } => {
            format!("snapshot {name} is complete and holds data stream {stream}")
        }
    })
}

fn after(wait: &Wait) -> String {
    match wait {
        Wait::Snapshot { name, timeout, .. } => {
            format!("snapshot {name} ends, for at most {}", rounded(*timeout))
        }
        Wait::Restored {
            targets, timeout, ..
        } => {
            let names: Vec<&str> = targets.iter().map(|target| target.as_str()).collect();
            format!(
                "all primaries of {} answer, for at most {}; then documents are counted",
                crate::data::snapshot::listed(&names),
                rounded(*timeout)
            )
        }
    }
}

/// The calls for people, in pieces: thousands of them are not held at once.
pub fn human(environment: &str, steps: &[Step]) -> impl Iterator<Item = String> {
    let environment = safe::line(environment);
    let head = match calls(steps).next() {
        Some(_) => format!("{environment}: these calls would be sent\n"),
        None => format!("{environment}: nothing would be sent\n"),
    };
    std::iter::once(head).chain(calls(steps).map(|call| shown(&call)))
}

pub(super) fn shown(call: &CallView) -> String {
    let mut text = String::new();
    for before in &call.before {
        let _ = writeln!(text, "     check: {}", safe::line(before));
    }
    let _ = writeln!(
        text,
        "  {:>2}. {} {}",
        call.order,
        call.method,
        safe::whole(&call.path)
    );
    if let Some(body) = &call.body {
        let _ = writeln!(text, "      {}", safe::whole(&body.to_string()));
    }
    if let Some(after) = &call.after {
        let _ = writeln!(text, "     wait: {}", safe::line(after));
    }
    text
}
