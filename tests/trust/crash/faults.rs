//! The columns of the matrix: what can happen to a write, as the sandbox scripts it. Every write can meet every one of them.

use serde_json::{Value, json};

/// A misfortune of one write.
pub struct Fault {
    pub name: &'static str,
    /// What happens, by the service that the write goes to.
    action: fn(&str) -> Value,
    /// How many sendings in a row it hits.
    pub times: u32,
    pub ends: Ends,
}

/// What ends the run that meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// SIGKILL, while the sandbox holds the write.
    Killed,
    /// It ends by itself.
    ByItself,
    /// It ends by itself, once its attempts may take little time only.
    Impatient,
}

/// More often than anything is sent.
const ALWAYS: u32 = 1_000;

impl Fault {
    pub fn action(&self, service: &str) -> Value {
        (self.action)(service)
    }
}

/// All columns.
pub fn all() -> Vec<Fault> {
    let fault = |name, action, times, ends| Fault {
        name,
        action,
        times,
        ends,
    };
    vec![
        fault(
            "killed before it",
            |_| json!("hold_before"),
            1,
            Ends::Killed,
        ),
        fault("killed after it", |_| json!("hold_after"), 1, Ends::Killed),
        fault(
            "dropped after it",
            |_| json!("drop_after"),
            1,
            Ends::ByItself,
        ),
        fault(
            "dropped before it",
            |_| json!("drop_before"),
            1,
            Ends::ByItself,
        ),
        fault("500", internal, 1, Ends::ByItself),
        fault("503 throttled", throttled, 1, Ends::ByItself),
        fault(
            "no answer, applied",
            |_| json!("hold_after"),
            1,
            Ends::Impatient,
        ),
        fault(
            "no answer, not applied",
            |_| json!("hold_before"),
            1,
            Ends::Impatient,
        ),
        fault("500, applied", internal_after, 1, Ends::ByItself),
        fault("truncated answer", cut_off, 1, Ends::ByItself),
        fault(
            "dropped after it, always",
            |_| json!("drop_after"),
            ALWAYS,
            Ends::ByItself,
        ),
        fault(
            "dropped before it, always",
            |_| json!("drop_before"),
            ALWAYS,
            Ends::ByItself,
        ),
        fault("500, always", internal, ALWAYS, Ends::ByItself),
        fault("503 throttled, always", throttled, ALWAYS, Ends::ByItself),
    ]
}

/// S3 answers writes without a body: of it the head is cut.
fn cut_off(service: &str) -> Value {
    match service {
        "s3" => json!({"cut_head": {"bytes": 30}}),
        _ => json!({"truncate": {"bytes": 10}}),
    }
}

fn internal(service: &str) -> Value {
    let (code, words) = internal_error(service);
    json!({"status": {"code": 500, "error_code": code, "message": words}})
}

fn internal_after(service: &str) -> Value {
    let (code, words) = internal_error(service);
    json!({"status_after": {"code": 500, "error_code": code, "message": words}})
}

fn internal_error(service: &str) -> (&'static str, &'static str) {
    match service {
        "s3" => (
            "InternalError",
            "We encountered an internal error. Please try again.",
        ),
        "iam" => (
            "ServiceFailure",
            "The request processing has failed because of an unknown error.",
        ),
        _ => ("", "Internal server error"),
    }
}

fn throttled(service: &str) -> Value {
    let (code, words) = match service {
        "s3" => ("SlowDown", "Please reduce your request rate."),
        "iam" => ("Throttling", "Rate exceeded"),
        _ => ("", "Request throttled due to too many requests"),
    };
    json!({"status": {"code": 503, "error_code": code, "message": words}})
}
