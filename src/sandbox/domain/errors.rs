//! The error bodies of engines and of Amazon's front door; shapes and words are theirs.

use serde_json::{Value, json};

use super::super::message::{Answer, Request};

/// One exception of an engine, with its cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exception {
    pub kind: &'static str,
    pub reason: String,
    pub cause: Option<Box<Exception>>,
}

impl Exception {
    pub fn new(kind: &'static str, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            cause: None,
        }
    }

    pub fn because(mut self, cause: Exception) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    fn value(&self) -> Value {
        let mut value = json!({"type": self.kind, "reason": self.reason});
        if let (Some(cause), Value::Object(fields)) = (&self.cause, &mut value) {
            fields.insert("caused_by".to_owned(), cause.value());
        }
        value
    }

    /// Builds the engine's answer; the root cause is repeated without its own cause, as engines do.
    pub fn answer(&self, status: u16) -> Answer {
        let mut error = self.value();
        if let Value::Object(fields) = &mut error {
            fields.insert(
                "root_cause".to_owned(),
                json!([{"type": self.kind, "reason": self.reason}]),
            );
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

/// A path that no engine knows, or the name of an index that is not there.
pub(super) fn unknown_path(request: &Request) -> Answer {
    let (uri, method) = (&request.raw_path, &request.method);
    match request.segments().first() {
        Some(index) if !index.starts_with('_') => Exception::new(
            "index_not_found_exception",
            format!("no such index [{index}]"),
        )
        .answer(404),
        _ => Answer::json(
            400,
            &json!({"error": format!("no handler found for uri [{uri}] and method [{method}]")}),
        ),
    }
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
