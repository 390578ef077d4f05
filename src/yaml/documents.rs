//! Policy documents in a spec, inline or in a file of their own; each problem is shown at its own line.

use std::ops::Range;

use serde_json::Value as Json;

use super::diagnostic::Severity;
use super::environment::{Environment, Trusted};
use super::fields::Fields;
use super::problem::Problem;
use super::reader::MAX_PROBLEMS;
use super::reader::Reader;
use super::scalars::unquoted_account;
use super::sizes::check_size;
use super::tree::{Node, Value};
use super::unquoted::Unquoted;
use crate::policy_document::{self, Document, Kind, PrincipalKind, Principals, Statement};

impl Fields<'_> {
    /// Returns the statements under a key; none when the key is absent or wrong.
    pub(crate) fn statements(&self, key: &str, kind: Kind) -> Vec<Statement> {
        let Some(node) = self.node(key) else {
            return Vec::new();
        };
        let path = self.path_of(key);
        let Value::Sequence(items) = &node.value else {
            self.reader
                .wrong_type(node, &format!("`{path}`"), "a list of statements");
            return Vec::new();
        };
        if items.is_empty() {
            return Vec::new();
        }
        let Some(json) = to_json(self.reader, node) else {
            return Vec::new();
        };
        match Statement::list_from_value(&json, kind, &path) {
            Ok(statements) => {
                let renamed: Vec<policy_document::Problem> = statements
                    .iter()
                    .enumerate()
                    .filter(|(_, statement)| statement.names(PrincipalKind::CanonicalUser))
                    .map(|(at, statement)| canonical_user(&format!("{path}[{at}]"), statement))
                    .collect();
                self.report_all(node, &path, &renamed);
                statements
            }
            Err(problems) => {
                self.report_all(node, &path, &problems);
                Vec::new()
            }
        }
    }

    /// Returns the document under `document` or `document_file`; both absent, or either wrong, is none.
    pub(crate) fn document(&self, environment: &Environment<'_>, kind: Kind) -> Option<Document> {
        let (key, document) = if self.has("document") {
            ("document", self.inline_document(kind)?)
        } else {
            ("document_file", self.document_file(environment, kind)?)
        };
        let path = self.path_of(key);
        let problem = self
            .entry(key)
            .and_then(|entry| too_large(&document, kind, &path, &entry.key.span));
        if let Some(problem) = problem {
            self.reader.report(problem);
        }
        Some(document)
    }

    fn inline_document(&self, kind: Kind) -> Option<Document> {
        let node = self.node("document")?;
        let path = self.path_of("document");
        let result = match &node.value {
            Value::Mapping(_) => Document::from_value(&to_json(self.reader, node)?, kind),
            Value::Text(text) => Document::parse(text, kind),
            _ => {
                self.reader.wrong_type(
                    node,
                    &format!("`{path}`"),
                    "a policy document: a mapping, or JSON text",
                );
                return None;
            }
        };
        let document = result
            .map_err(|problems| self.report_all(node, &path, &problems))
            .ok()?;
        if matches!(node.value, Value::Text(_)) {
            self.saw_arns(node, &document.to_value());
        }
        Some(document)
    }

    fn document_file(&self, environment: &Environment<'_>, kind: Kind) -> Option<Document> {
        let path = environment.resolve(self.text("document_file")?);
        let node = self.node("document_file")?;
        let Trusted { trust, folder } = environment.trust;
        let named = self.path_of("document_file");
        if let Some(want) = trust.want_of_file("document_file", &named, &path, folder) {
            self.reader.report(Problem::untrusted(&node.span, want));
            return None;
        }
        let bytes = match (environment.files)(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.invalid("document_file", &format!("cannot be read: {error}"), None);
                return None;
            }
        };
        let Ok(text) = String::from_utf8(bytes) else {
            self.invalid("document_file", "is not UTF-8", None);
            return None;
        };
        match Document::parse(text.trim_start_matches('\u{feff}'), kind) {
            Ok(document) => {
                self.saw_arns(node, &document.to_value());
                Some(document)
            }
            Err(problems) => {
                let unquoted = Unquoted::of(&text);
                for (at, problem) in problems.iter().enumerate() {
                    // The others are only counted.
                    let shown = at < MAX_PROBLEMS;
                    let rule = shown.then(|| unquoted.problem(problem));
                    self.invalid("document_file", &rule.unwrap_or_default(), None);
                }
                None
            }
        }
    }

    /// Reports each problem at the line that its path leads to.
    fn report_all(&self, node: &Node, path: &str, problems: &[policy_document::Problem]) {
        for problem in problems {
            let inside = problem.path.strip_prefix(path).unwrap_or(&problem.path);
            let inside = if inside == "document" {
                ""
            } else {
                inside.trim_start_matches('.')
            };
            let at = follow(node, inside);
            let dot = if inside.is_empty() || inside.starts_with('[') {
                ""
            } else {
                "."
            };
            let title = format!("`{path}{dot}{inside}` is not valid");
            self.reader
                .report(Problem::error(&at.span, title).label(problem.message.as_str()));
        }
    }

    /// Keeps the ARNs of a document that has no lines of its own here.
    fn saw_arns(&self, node: &Node, json: &Json) {
        match json {
            Json::String(text) => {
                if let Some(partition) = arn_partition(text) {
                    self.reader.saw_arn(&node.span, partition);
                }
            }
            Json::Array(items) => items.iter().for_each(|item| self.saw_arns(node, item)),
            Json::Object(entries) => entries
                .values()
                .for_each(|value| self.saw_arns(node, value)),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }
}

/// S3 takes a canonical user and gives back the ARN of its account, so that every plan would find a difference.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html>
fn canonical_user(path: &str, statement: &Statement) -> policy_document::Problem {
    let element = match statement.principal {
        Some(Principals::Not(_)) => "NotPrincipal",
        _ => "Principal",
    };
    policy_document::Problem {
        path: format!("{path}.{element}.CanonicalUser"),
        message: "S3 gives a canonical user back as the ARN of its account: name the account, `AWS: arn:PARTITION:iam::ACCOUNT:root`"
            .to_owned(),
    }
}

/// The problem of a document that is larger than its service accepts.
pub(crate) fn too_large(
    document: &Document,
    kind: Kind,
    path: &str,
    at: &Range<usize>,
) -> Option<Problem> {
    let large = check_size(document, kind)?;
    let title = format!("`{path}` is too large");
    let problem = match large.severity {
        Severity::Error => Problem::error(at, title),
        Severity::Warning | Severity::Advice => Problem::warning(at, title),
    };
    Some(problem.label(large.to_string()))
}

/// Follows a path such as `Statement[0].Condition.StringEquals.aws:SourceAccount` as far as it leads.
pub(crate) fn follow<'n>(node: &'n Node, path: &str) -> &'n Node {
    let path = path.trim_start_matches('.');
    match &node.value {
        Value::Sequence(items) => {
            let Some((index, rest)) = path.strip_prefix('[').and_then(|path| path.split_once(']'))
            else {
                return node;
            };
            index
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index))
                .map_or(node, |item| follow(item, rest))
        }
        Value::Mapping(entries) => {
            let matching = entries.iter().filter_map(|entry| {
                let key = entry.key.as_text()?;
                let rest = path.strip_prefix(key)?;
                let whole = rest.is_empty() || rest.starts_with(['.', '[']);
                whole.then_some((key.len(), entry, rest))
            });
            // Keys of a condition may hold dots: the longest one that fits is meant.
            match matching.max_by_key(|(length, _, _)| *length) {
                Some((_, entry, "")) if is_collection(&entry.value) => &entry.key,
                Some((_, entry, rest)) => follow(&entry.value, rest),
                None => node,
            }
        }
        // The path goes on behind `[0]` where one value stands for a list of one.
        _ => node,
    }
}

fn is_collection(node: &Node) -> bool {
    matches!(node.value, Value::Sequence(_) | Value::Mapping(_))
}

/// Turns YAML into JSON; duplicate keys, keys that are no text and numbers that were account ids are reported.
fn to_json(reader: &Reader<'_>, node: &Node) -> Option<Json> {
    match &node.value {
        Value::Null => Some(Json::Null),
        Value::Bool(value) => Some(Json::Bool(*value)),
        Value::Number(text) => number(reader, node, text),
        Value::Text(text) => {
            if let Some(partition) = arn_partition(text) {
                reader.saw_arn(&node.span, partition);
            }
            Some(Json::String(text.clone()))
        }
        Value::Sequence(items) => {
            let items: Vec<Option<Json>> = items.iter().map(|item| to_json(reader, item)).collect();
            items
                .into_iter()
                .collect::<Option<Vec<_>>>()
                .map(Json::Array)
        }
        Value::Mapping(entries) => {
            let mut object = serde_json::Map::new();
            let mut complete = true;
            for entry in entries {
                let Some(key) = entry.key.as_text() else {
                    reader.wrong_type(&entry.key, "a key of a policy document", "text");
                    complete = false;
                    continue;
                };
                let value = to_json(reader, &entry.value);
                complete &= value.is_some();
                if object
                    .insert(key.to_owned(), value.unwrap_or(Json::Null))
                    .is_some()
                {
                    let first = entries
                        .iter()
                        .find(|other| other.key.as_text() == Some(key))
                        .unwrap_or(entry);
                    let title = format!("`{key}` is there twice");
                    let problem = Problem::error(&entry.key.span, title).label("again here");
                    reader.report(problem.also(&first.key.span, "first here"));
                    complete = false;
                }
            }
            complete.then_some(Json::Object(object))
        }
    }
}

fn number(reader: &Reader<'_>, node: &Node, text: &str) -> Option<Json> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits && (text.len() == 12 || (text.len() > 1 && text.starts_with('0'))) {
        reader.report(unquoted_account(node, text, "an account id"));
        return None;
    }
    let number = serde_json::from_str::<serde_json::Number>(text).ok();
    if number.is_none() {
        reader.wrong_type(node, "this value", "text");
    }
    number.map(Json::Number)
}

fn arn_partition(text: &str) -> Option<&str> {
    let partition = text.strip_prefix("arn:")?.split(':').next()?;
    crate::names::Partition::from_arn_field(partition).map(crate::names::Partition::as_str)
}
