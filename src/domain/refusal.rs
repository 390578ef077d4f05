//! A refusal in the service's own words; nothing is left out, reordered or reworded here.

use super::readable::readable;
use serde_json::Value;

/// Says which door the words came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An AWS API: IAM, S3, STS, OpenSearch Service.
    Service,
    /// The domain's REST API, or the front door before it.
    Domain,
}

/// Holds what a service said when it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The door.
    pub origin: Origin,
    /// What was asked: `s3 CreateBucket`, `PUT /_snapshot/logs`.
    pub operation: String,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The error code of AWS, or the outermost error type of the engine.
    pub code: Option<String>,
    /// Every message from the outermost to the deepest cause, each as `type: reason` where the engine says both.
    pub chain: Vec<String>,
    /// The request id.
    pub request_id: Option<String>,
}

/// Deeper chains than this are nobody's error message.
const DEEPEST: usize = 32;

impl Refusal {
    /// Reads an error body of the domain: an engine's error object, the front door's `Message`, a plain word, or HTML.
    pub fn from_domain(
        operation: String,
        status: u16,
        request_id: Option<String>,
        body: &[u8],
    ) -> Self {
        let text = String::from_utf8_lossy(body);
        let json = serde_json::from_str::<Value>(&text).ok();
        let mut chain = Vec::new();
        let mut code = None;
        match &json {
            Some(json) => {
                code = code_of(json);
                walk_body(json, &mut chain);
            }
            None => push(&mut chain, readable(&text)),
        }
        if chain.is_empty() {
            push(&mut chain, readable(&text));
        }
        Self {
            origin: Origin::Domain,
            operation,
            status: Some(status),
            code,
            chain,
            request_id,
        }
    }

    /// Says whether this is about the rate of requests; Amazon says it with 403 too.
    /// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/handling-errors.html>
    pub fn is_throttled(&self) -> bool {
        let throttled = |text: &String| {
            text.to_lowercase()
                .contains("request throttled due to too many requests")
        };
        // An index that takes no writes since a disk is full is no matter of the rate.
        let blocked = self.code.as_deref() == Some("cluster_block_exception");
        (self.status == Some(429) && !blocked) || self.chain.iter().any(throttled)
    }

    /// Returns code and chain in lower case, one a line.
    pub(crate) fn searchable(&self) -> String {
        let words = self
            .code
            .iter()
            .chain(&self.chain)
            .map(|text| text.to_lowercase());
        words.collect::<Vec<_>>().join("\n")
    }
}

fn code_of(body: &Value) -> Option<String> {
    let typed = body.pointer("/error/type");
    // The security plugin's REST API has no type and says `NOT_FOUND` or `FORBIDDEN` as `status`.
    let kind = typed.or_else(|| body.get("status")).and_then(Value::as_str);
    // Where the engine answers before it knows the request, its error is a sentence.
    let sentence = || body.get("error").and_then(Value::as_str).map(|_| "error");
    kind.or_else(sentence).map(str::to_owned)
}

fn walk_body(body: &Value, chain: &mut Vec<String>) {
    match body.get("error") {
        Some(Value::String(text)) => push(chain, text.clone()),
        Some(error) => {
            walk(error, chain, 0);
            for cause in error
                .get("root_cause")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                walk(cause, chain, 0);
            }
        }
        None => {}
    }
    // Amazon's front door writes `Message` or `message`, the security plugin's REST API `message` beside `status`.
    for key in ["Message", "message", "reason"] {
        if let Some(text) = body.get(key).and_then(Value::as_str) {
            push(chain, text.to_owned());
        }
    }
}

fn walk(error: &Value, chain: &mut Vec<String>, depth: usize) {
    if depth == DEEPEST {
        return;
    }
    let text = |key: &str| error.get(key).and_then(Value::as_str);
    match (text("type"), text("reason")) {
        (Some(kind), Some(reason)) => push(chain, format!("{kind}: {reason}")),
        (Some(only), None) | (None, Some(only)) => push(chain, only.to_owned()),
        (None, None) => {}
    }
    if let Some(cause) = error.get("caused_by") {
        walk(cause, chain, depth + 1);
    }
    for suppressed in error
        .get("suppressed")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        walk(suppressed, chain, depth + 1);
    }
}

fn push(chain: &mut Vec<String>, text: String) {
    let text = text.trim().to_owned();
    if !text.is_empty() && !chain.contains(&text) && chain.len() < DEEPEST {
        chain.push(text);
    }
}
