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

use crate::data::Wait;
use crate::duration::rounded;
use crate::outlet::safe;
use crate::plan::Step;
use crate::resources::Check;
use crate::resources::write::Preview;

/// Prepared work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct View {
    /// Always `prepared`.
    pub event: &'static str,
    /// The environment.
    pub environment: String,
    /// The calls, in the order in which they would be sent.
    pub calls: Vec<CallView>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CallView {
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
pub(crate) fn view(environment: &str, steps: &[Step]) -> View {
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
            before: step.before.iter().map(Check::describe).collect(),
            after: step.after.as_ref().map(after),
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
pub(crate) fn human(environment: &str, steps: &[Step]) -> impl Iterator<Item = String> {
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

#[cfg(test)]
mod tests;
