//! The fault catalogue: 64 faults, each a named test with its exit code, its whole text and its requests; it must never lose a row.

mod answers;
mod backups;
mod busy;
mod callers;
mod input;
mod lost;
mod plans;
mod registration;
mod resources;
mod table;
pub mod told;

use serde_json::{Value, json};

const PLAN: [&str; 2] = ["plan", "--sandbox"];
const APPLY: [&str; 5] = ["apply", "--sandbox", "--yes", "--patience", "1s"];

/// What a service answers in place of carrying a request out.
fn refused(code: u16, error: &str, message: &str) -> Value {
    json!({"status": {"code": code, "error_code": error, "message": message}})
}

/// What an engine answers in place of carrying a request out.
fn engine_error(code: u16, kind: &str, reason: &str) -> Value {
    let cause = json!({"type": kind, "reason": reason});
    let body =
        json!({"error": {"root_cause": [cause], "type": kind, "reason": reason}, "status": code});
    json!({"status": {"code": code, "body": body.to_string(), "headers": [["content-type", "application/json"]]}})
}
