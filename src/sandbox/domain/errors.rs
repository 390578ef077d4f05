//! The error bodies of engines and of Amazon's front door; shapes and words are theirs.

use serde_json::{Value, json};

use super::super::message::{Answer, Request};
use super::engine::Engine;
use super::expression::Unresolved;

/// One exception of an engine, with its cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exception {
    pub kind: &'static str,
    pub reason: String,
    /// What else engines say of it: `index`, `index_uuid`, …
    pub about: Vec<(&'static str, String)>,
    pub cause: Option<Box<Exception>>,
}

impl Exception {
    pub(super) fn new(kind: &'static str, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            about: Vec::new(),
            cause: None,
        }
    }

    pub(super) fn because(mut self, cause: Exception) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    pub(super) fn about(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.about.push((key, value.into()));
        self
    }

    fn plain(&self) -> Value {
        let mut value = json!({"type": self.kind, "reason": self.reason});
        for (key, text) in &self.about {
            if let Value::Object(fields) = &mut value {
                fields.insert((*key).to_owned(), json!(text));
            }
        }
        value
    }

    fn value(&self) -> Value {
        let mut value = self.plain();
        if let (Some(cause), Value::Object(fields)) = (&self.cause, &mut value) {
            fields.insert("caused_by".to_owned(), cause.value());
        }
        value
    }

    /// Builds the engine's answer; the root cause is repeated without its own cause, as engines do.
    pub(super) fn answer(&self, status: u16) -> Answer {
        let mut error = self.value();
        if let Value::Object(fields) = &mut error {
            fields.insert("root_cause".to_owned(), json!([self.plain()]));
        }
        Answer::json(status, &json!({"error": error, "status": status}))
    }
}

/// An answer of Amazon's front door, which spells `Message` with a capital.
pub(super) fn front_door(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "Message": message }))
}

/// An answer of the gateway before it, which spells `message` small.
pub(super) fn gateway(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "message": message }))
}

/// The answer of a scripted fault.
pub(in super::super) fn scripted(status: u16, kind: &str, reason: &str) -> Answer {
    if kind.is_empty() {
        return front_door(status, reason);
    }
    let cause = json!({"type": kind, "reason": reason});
    let error = json!({"root_cause": [cause], "type": kind, "reason": reason});
    Answer::json(status, &json!({"error": error, "status": status}))
}

/// A path that no engine knows.
pub(super) fn unknown_path(request: &Request) -> Answer {
    let (uri, method) = (&request.raw_path, &request.method);
    Answer::json(
        400,
        &json!({"error": format!("no handler found for uri [{uri}] and method [{method}]")}),
    )
}

/// An index that is not there.
pub(super) fn no_such_index(engine: Engine, name: &str) -> Exception {
    let reason = match engine.is_old() {
        true => "no such index".to_owned(),
        false => format!("no such index [{name}]"),
    };
    Exception::new("index_not_found_exception", reason)
        .about("resource.type", "index_or_alias")
        .about("resource.id", name)
        .about("index_uuid", "_na_")
        .about("index", name)
}

/// An expression that means nothing.
pub(super) fn unresolved(engine: Engine, problem: &Unresolved) -> Answer {
    match problem {
        Unresolved::Missing(name) => no_such_index(engine, name).answer(404),
        Unresolved::IsAlias(name) => not_concrete(name, "an alias"),
        Unresolved::IsStream(name) => not_concrete(name, "a data stream"),
    }
}

fn not_concrete(name: &str, what: &str) -> Answer {
    invalid(format!(
        "The provided expression [{name}] matches {what}, specify the corresponding concrete indices instead."
    ))
}

/// A request that says what the engine does not take.
pub(super) fn invalid(reason: impl Into<String>) -> Answer {
    Exception::new("illegal_argument_exception", reason).answer(400)
}

/// An exception of a snapshot or a restore, named `REPOSITORY:SNAPSHOT`.
pub(super) fn of_snapshot(
    kind: &'static str,
    (repository, snapshot): (&str, &str),
    reason: &str,
) -> Exception {
    Exception::new(kind, format!("[{repository}:{snapshot}] {reason}"))
}

/// A known path with a method that it does not take.
pub(super) fn wrong_method(request: &Request) -> Answer {
    let message = format!(
        "Incorrect HTTP method for uri [{}] and method [{}], allowed: [GET]",
        request.raw_path, request.method
    );
    Answer::json(405, &json!({"error": message, "status": 405}))
}

/// A repository that is not registered.
pub(super) fn missing(name: &str) -> Answer {
    Exception::new("repository_missing_exception", format!("[{name}] missing")).answer(404)
}
