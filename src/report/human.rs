//! Plans and failures for people: a pure function from a view to text; every word from outside is made safe first.
#![cfg_attr(
    not(test),
    expect(
        clippy::let_underscore_must_use,
        reason = "writing to a String never fails"
    )
)]

use std::fmt::Write;
use std::iter::once;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use crate::failure::{Failure, Party, Speaker};
use crate::hazard;
use crate::outlet::safe;
use crate::policy_document::Change;
use crate::report::commands;
use crate::report::findings;
use crate::report::view::{Environment, Field, Resource, Run, Summary};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Unchanged resources fold into one line.
    Changes,
    /// Everything (`-v`).
    Everything,
}

const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const RED: Style = AnsiColor::Red.on_default();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// A plan, with the next command to run. Colours are written always; the stream strips them where they do not belong.
/// It comes in parts, each of whole lines: that of a thousand environments is long.
pub fn plan(run: &Run, detail: Detail, next: &str) -> impl Iterator<Item = String> {
    once(place(run).to_owned()).chain(body(run, detail, next))
}

/// The first line, where the run is not against the real services.
fn place(run: &Run) -> &'static str {
    if run.sandbox {
        "sandbox: nothing leaves this machine\n"
    } else {
        ""
    }
}

fn body(run: &Run, detail: Detail, next: &str) -> impl Iterator<Item = String> {
    let environments = run.environments.iter();
    let each = environments.map(move |one| environment(one, detail));
    each.chain(once(end(run, next)))
}

fn end(run: &Run, next: &str) -> String {
    let mut text = String::new();
    let failed = run.environments.iter().filter(|one| one.error.is_some());
    let failed = failed.count();
    let summary = summary(
        &run.summary,
        run.environments.iter().map(calls).sum(),
        dangers(run),
    );
    // Where nothing could be read, nothing is known to be unchanged.
    if failed < run.environments.len() {
        let _ = writeln!(text, "\n{BOLD}{summary}{BOLD:#}");
    }
    if failed > 0 {
        let all = run.environments.len();
        let _ = writeln!(
            text,
            "\n{BOLD}Not planned: {failed} of {all} environments.{BOLD:#}"
        );
    }
    if !next.is_empty() {
        let _ = writeln!(text, "{}", safe::line(next));
    }
    text
}

/// Number of dangers that nobody accepted.
fn dangers(run: &Run) -> usize {
    let findings = run.environments.iter().flat_map(|one| &one.findings);
    findings.filter(|one| one.is_danger()).count()
}

/// What moved, for a scheduled job.
pub(crate) fn drift(run: &Run, detail: Detail, next: &str) -> impl Iterator<Item = String> {
    let Summary {
        create,
        update,
        delete,
        blocked,
        ..
    } = run.summary;
    let failed = run
        .environments
        .iter()
        .any(|environment| environment.error.is_some());
    let head = match create + update + delete {
        0 if failed => "Drift: not known for every environment.\n",
        0 if blocked > 0 => "Drift: not known for what is blocked.\n",
        0 => "No drift.\n",
        _ => "Drift: what is there differs from the specs.\n",
    };
    let head = match findings::count(dangers(run)) {
        Some(dangers) => format!("{} {dangers}.\n", head.trim_end()),
        None => head.to_owned(),
    };
    once(format!("{}{head}", place(run))).chain(body(run, detail, next))
}

fn calls(environment: &Environment) -> usize {
    environment
        .changes
        .iter()
        .map(|change| change.calls.len())
        .sum()
}

/// One environment of a plan.
pub(crate) fn environment(environment: &Environment, detail: Detail) -> String {
    let mut text = String::new();
    let Environment {
        name,
        account,
        region,
        changes,
        error,
        findings,
        ..
    } = environment;
    let _ = writeln!(
        text,
        "\n{BOLD}{}{BOLD:#} (account {}, {})",
        safe::line(name),
        safe::line(account),
        safe::line(region)
    );
    if let Some(error) = error {
        text.push_str(&failure(error));
    }
    let (unchanged, changed): (Vec<&Resource>, Vec<&Resource>) = changes
        .iter()
        .partition(|change| change.action == "none" && change.reason.is_none());
    for change in changed {
        resource(&mut text, change);
    }
    match detail {
        Detail::Everything => unchanged
            .into_iter()
            .for_each(|change| resource(&mut text, change)),
        Detail::Changes if unchanged.is_empty() => {}
        Detail::Changes => {
            let names: Vec<String> = unchanged
                .iter()
                .map(|change| safe::line(&format!("{} {}", change.kind, change.name)))
                .collect();
            let _ = writeln!(text, "  {DIM}= unchanged: {}{DIM:#}", names.join(", "));
        }
    }
    text.push_str(&findings::lines(findings));
    text
}

fn resource(text: &mut String, resource: &Resource) {
    let (sign, style) = match resource.action {
        "create" => ('+', GREEN),
        "update" => ('~', YELLOW),
        "delete" => ('-', RED),
        "blocked" => ('!', RED),
        _ => ('=', DIM),
    };
    let _ = write!(
        text,
        "  {style}{sign} {} {}{style:#}",
        resource.kind,
        safe::line(&resource.name)
    );
    match (&resource.reason, &resource.hint) {
        (Some(reason), None) => drop(writeln!(text, " ({})", safe::line(reason))),
        (Some(reason), Some(hint)) => {
            let _ = writeln!(text, "\n      blocked: {}", safe::line(reason));
            for (index, line) in safe::few_lines(&commands::whole(hint)).enumerate() {
                let head = if index == 0 { "to do:  " } else { "        " };
                let _ = writeln!(text, "      {head} {line}");
            }
        }
        _ => text.push('\n'),
    }
    let width = resource
        .fields
        .iter()
        .map(|field| field.path.chars().count())
        .max()
        .unwrap_or(0);
    for one in &resource.fields {
        field(text, one, width, resource.action);
    }
    for (risk, why) in &resource.risk_notes {
        let _ = writeln!(text, "      {RED}risk {risk}{RED:#}: {}", safe::line(why));
    }
    let mut named: Vec<&str> = Vec::new();
    for risk in resource
        .risks
        .iter()
        .filter(|risk| resource.risk_notes.iter().any(|(word, _)| word == *risk))
    {
        if !named.contains(risk) {
            named.push(risk);
            let _ = writeln!(
                text,
                "      allow it with {}",
                hazard::option(&format!("{risk}={}.{}", resource.kind, resource.name))
            );
        }
    }
    for unmanaged in &resource.unmanaged {
        let _ = writeln!(
            text,
            "      {DIM}kept, not managed: {}{DIM:#}",
            safe::line(unmanaged)
        );
    }
}

fn field(text: &mut String, field: &Field, width: usize, action: &str) {
    let path = safe::line(&field.path);
    if !field.statements.is_empty() {
        let _ = writeln!(text, "      {path}");
        for statement in &field.statements {
            // A statement that is new or gone as a whole needs no place.
            let whole = statement.change != Change::Changed;
            for line in
                safe::lines(&statement.text).filter(|line| !(whole && line.starts_with("@@")))
            {
                let style = match line.chars().next() {
                    Some('+') => GREEN,
                    Some('-') => RED,
                    _ => DIM,
                };
                let _ = writeln!(text, "        {style}{line}{style:#}");
            }
        }
        return;
    }
    let after = value(&field.after.value());
    if action == "create" {
        let _ = writeln!(text, "      {path:width$}  {after}");
    } else {
        let _ = writeln!(
            text,
            "      {path:width$}  {} -> {after}",
            value(&field.before.value())
        );
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => safe::line(text),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(self::value).collect::<Vec<_>>().join(", "),
        Value::Object(fields) if fields.values().all(|field| field == &Value::Bool(true)) => {
            "on".to_owned()
        }
        Value::Object(fields) if fields.values().all(|field| field == &Value::Bool(false)) => {
            "off".to_owned()
        }
        Value::Object(fields) => {
            let parts = fields
                .iter()
                .map(|(name, field)| format!("{}: {}", safe::line(name), self::value(field)));
            parts.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// The summary line.
pub(crate) fn summary(summary: &Summary, calls: usize, dangers: usize) -> String {
    let dangers = findings::count(dangers)
        .map(|dangers| format!("; {dangers}"))
        .unwrap_or_default();
    let Summary {
        create,
        update,
        delete,
        unchanged,
        blocked,
    } = *summary;
    if create + update + delete + blocked == 0 {
        return format!("Nothing to do: {unchanged} unchanged{dangers}.");
    }
    let mut parts = vec![format!("{create} to create"), format!("{update} to change")];
    if delete > 0 {
        parts.push(format!("{delete} to delete"));
    }
    parts.push(format!("{unchanged} unchanged"));
    if blocked > 0 {
        parts.push(format!("{blocked} blocked"));
    }
    let plural = if calls == 1 { "call" } else { "calls" };
    format!("Plan: {}; {calls} {plural}{dangers}.", parts.join(", "))
}

/// What failed, who refused, in whose words, and what to do.
pub fn failure(failure: &Failure) -> String {
    let Failure {
        class: _,
        task,
        layer,
        messages,
        request_id,
        cause,
        hint,
        speaker,
        party,
    } = failure;
    let mut text = String::new();
    let _ = writeln!(text, "  {RED}error{RED:#}: could not {}", safe::line(task));
    if let Some(layer) = layer {
        let whose = match party {
            Some(Party::Role) if !layer.as_str().contains("role") => " (for the snapshot role)",
            _ => "",
        };
        let _ = writeln!(text, "    refused by: {layer}{whose}");
    }
    for (index, word) in messages.iter().enumerate() {
        let head = match (speaker, index) {
            (Speaker::Service, 0) => "said:      ",
            (Speaker::Service, _) => "caused by: ",
            (Speaker::Esbackup, 0) => "because:   ",
            (Speaker::Esbackup, _) => "           ",
        };
        let word = commands::whole(word);
        let mut lines = safe::few_lines(&word);
        let first = lines.next().unwrap_or_default();
        let _ = writeln!(text, "    {head} {first}");
        for line in lines {
            let _ = writeln!(text, "                {line}");
        }
    }
    if let Some(id) = request_id {
        let _ = writeln!(text, "    request:    {}", safe::line(id));
    }
    if let Some(cause) = cause {
        let _ = writeln!(text, "    meaning:    {}", safe::line(cause));
    }
    if let Some(hint) = hint {
        for (index, line) in safe::few_lines(&commands::whole(hint.text())).enumerate() {
            let head = if index == 0 {
                "to do:     "
            } else {
                "           "
            };
            let _ = writeln!(text, "    {head} {line}");
        }
    }
    text
}
