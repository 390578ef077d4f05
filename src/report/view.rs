//! What is shown of a plan or of a failure: plain data, the only types that are serialised.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::exit::Exit;
use crate::failure::{Class, Failure, Layer};
use crate::findings::{Finding, Severity};
use crate::plan::{Action, Change, Plan};
use crate::policy_document::StatementDiff;
use crate::report::commands;
use crate::resources::Operation;

/// The version of the JSON format; a new field raises the second number, a changed one the first.
pub(crate) const FORMAT_VERSION: &str = "2.0";

/// A whole run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// The version of the format.
    pub format_version: &'static str,
    /// Present, and true, when everything happened in the sandbox.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// Each environment, in the order of the files.
    pub environments: Vec<Environment>,
    /// All summaries added up.
    pub summary: Summary,
}

/// One environment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Its account.
    pub account: String,
    /// Its region.
    pub region: String,
    /// What changes.
    pub changes: Vec<Resource>,
    /// Its own exit code.
    pub exit: u8,
    /// Why it could not be planned or applied.
    #[serde(serialize_with = "error")]
    pub error: Option<Failure>,
    /// What endangers the backups, dangers first.
    pub findings: Vec<FindingView>,
    /// How many resources change in which way.
    pub summary: Summary,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingView {
    /// Its code.
    pub code: &'static str,
    /// `danger`, `warning` or `note`.
    pub severity: &'static str,
    /// The resource, as `kind.name`.
    pub resource: String,
    /// What was found.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Whether the spec accepts it.
    pub accepted: bool,
    /// Why it is accepted.
    pub reason: Option<String>,
    /// The last day on which it is accepted.
    pub until: Option<String>,
}

impl FindingView {
    /// Shows findings, in their order.
    #[must_use]
    pub fn all(findings: &[Finding]) -> Vec<Self> {
        let shown = findings.iter().map(|one| Self {
            code: one.code.as_str(),
            severity: one.severity.as_str(),
            resource: one.resource.clone(),
            message: one.message.clone(),
            hint: commands::whole(&one.hint).into_owned(),
            accepted: one.accepted.is_some(),
            reason: one
                .accepted
                .as_ref()
                .map(|accepted| accepted.reason.clone()),
            until: one
                .accepted
                .as_ref()
                .and_then(|accepted| accepted.until.clone()),
        });
        shown.collect()
    }

    /// Whether it is a danger that nobody accepted.
    #[must_use]
    pub fn is_danger(&self) -> bool {
        self.severity == Severity::Danger.as_str() && !self.accepted
    }
}

/// One resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Resource {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// `create`, `update`, `delete`, `none` or `blocked`.
    pub action: &'static str,
    /// The fields that change.
    pub fields: Vec<Field>,
    /// The calls about it, with their place among all calls of the environment.
    pub calls: Vec<Call>,
    /// What is not safe about it.
    pub risks: Vec<&'static str>,
    /// Why it is blocked, or what is special about the change.
    pub reason: Option<String>,
    /// The ways out, when it is blocked.
    #[serde(serialize_with = "commands::serialize")]
    pub hint: Option<String>,
    /// What is there beside it, kept as it is.
    pub unmanaged: Vec<String>,
    /// What carries each risk, for people.
    #[serde(skip)]
    pub risk_notes: Vec<(&'static str, String)>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// Its YAML key path within the resource.
    pub path: String,
    /// What is there.
    pub before: Packed,
    /// What will be there.
    pub after: Packed,
    /// The statements that differ, for people.
    #[serde(skip)]
    pub statements: Vec<StatementDiff>,
}

/// A value, kept as its text: as a tree it takes several times as much, and a thousand environments are kept until the last is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed(Box<str>);

impl Packed {
    /// Packs a value.
    pub fn of(value: &Value) -> Self {
        Self(value.to_string().into())
    }

    /// The value.
    pub fn value(&self) -> Value {
        // One that is nested deeper than can be read is shown as the text that it is.
        serde_json::from_str(&self.0).unwrap_or_else(|_| Value::from(&*self.0))
    }
}

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(to)
    }
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// `s3`, `iam` or `es`.
    pub service: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// Its place, from 1.
    pub order: usize,
}

/// Serialised form of a failure.
#[derive(Serialize)]
struct FailureView<'a> {
    class: Class,
    task: &'a str,
    layer: Option<&'static str>,
    #[serde(serialize_with = "commands::serialize_all")]
    messages: &'a [String],
    request_id: Option<&'a str>,
    cause: Option<&'a str>,
    hint: Option<Cow<'a, str>>,
}

impl<'a> From<&'a Failure> for FailureView<'a> {
    fn from(failure: &'a Failure) -> Self {
        let Failure {
            class,
            task,
            layer,
            messages,
            request_id,
            cause,
            hint,
            speaker: _,
            party: _,
        } = failure;
        Self {
            class: *class,
            task,
            layer: layer.map(Layer::as_str),
            messages,
            request_id: request_id.as_deref(),
            cause: cause.as_deref(),
            hint: hint.as_ref().map(|hint| commands::whole(hint.text())),
        }
    }
}

/// Serialises a failure, or null.
///
/// # Errors
/// What the serialiser ends with.
pub(crate) fn error<S: Serializer>(failure: &Option<Failure>, to: S) -> Result<S::Ok, S::Error> {
    failure.as_ref().map(FailureView::from).serialize(to)
}

/// Serialises failures.
///
/// # Errors
/// What the serialiser ends with.
pub(crate) fn errors<S: Serializer>(failures: &[Failure], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(failures.iter().map(FailureView::from))
}

/// Returns a failure as JSON, or null.
pub(crate) fn json(failure: Option<&Failure>) -> Value {
    let shown = failure.map(FailureView::from);
    serde_json::to_value(shown).unwrap_or_else(|error| Value::String(error.to_string()))
}

/// How many resources change in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// To be created.
    pub create: usize,
    /// To be changed.
    pub update: usize,
    /// To be deleted.
    pub delete: usize,
    /// As wanted.
    pub unchanged: usize,
    /// Blocked.
    pub blocked: usize,
}

impl Run {
    /// Puts environments together.
    pub fn new(environments: Vec<Environment>, sandbox: bool) -> Self {
        let mut summary = Summary::default();
        for environment in &environments {
            summary.add(environment.summary);
        }
        Self {
            format_version: FORMAT_VERSION,
            sandbox,
            environments,
            summary,
        }
    }
}

impl Environment {
    /// Shows a plan.
    pub fn planned(plan: &Plan, exit: Exit) -> Self {
        let changes: Vec<Resource> = plan
            .changes
            .iter()
            .map(|change| resource(plan, change))
            .collect();
        let mut summary = Summary::default();
        for change in &plan.changes {
            summary.count(change.action);
        }
        Self {
            name: plan.environment.to_string(),
            account: plan.account.to_string(),
            region: plan.region.to_string(),
            changes,
            exit: exit.code(),
            error: None,
            findings: FindingView::all(&plan.findings),
            summary,
        }
    }

    /// Shows an environment that could not be planned.
    pub fn failed(name: &str, account: &str, region: &str, error: Failure) -> Self {
        Self {
            name: name.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            changes: Vec::new(),
            exit: error.exit().code(),
            error: Some(error),
            findings: Vec::new(),
            summary: Summary::default(),
        }
    }
}

impl Summary {
    fn count(&mut self, action: Action) {
        match action {
            Action::Create => self.create += 1,
            Action::Update => self.update += 1,
            Action::None => self.unchanged += 1,
            Action::Blocked => self.blocked += 1,
        }
    }

    fn add(&mut self, other: Summary) {
        let Summary {
            create,
            update,
            delete,
            unchanged,
            blocked,
        } = other;
        self.create += create;
        self.update += update;
        self.delete += delete;
        self.unchanged += unchanged;
        self.blocked += blocked;
    }
}

fn resource(plan: &Plan, change: &Change) -> Resource {
    let Change {
        id,
        action,
        note,
        fields,
        risks,
        blocked,
        unmanaged,
    } = change;
    let steps = plan
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.resource == *id);
    let calls = steps.map(|(index, step)| {
        let Operation { service, operation } = step.call.operation();
        Call {
            service,
            operation,
            order: index + 1,
        }
    });
    let words: BTreeSet<&'static str> = risks.iter().map(|note| note.risk.as_str()).collect();
    Resource {
        kind: id.kind.as_str(),
        name: id.name.clone(),
        action: match action {
            Action::Create => "create",
            Action::Update => "update",
            Action::None => "none",
            Action::Blocked => "blocked",
        },
        fields: fields
            .iter()
            .map(|field| Field {
                path: field.path.clone(),
                before: Packed::of(&field.before),
                after: Packed::of(&field.after),
                statements: field.statements.clone(),
            })
            .collect(),
        calls: calls.collect(),
        risks: words.into_iter().collect(),
        reason: blocked
            .as_ref()
            .map(|blocked| blocked.reason.clone())
            .or_else(|| note.clone()),
        hint: blocked.as_ref().map(|blocked| blocked.remedy.clone()),
        unmanaged: unmanaged.clone(),
        risk_notes: risks
            .iter()
            .map(|note| (note.risk.as_str(), note.why.clone()))
            .collect(),
    }
}
