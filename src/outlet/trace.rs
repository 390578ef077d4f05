//! `-vv`: each request and its answer, a line each on stderr. It must never show a signature, a token, a password or a body.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::secret;
use super::{safe, sink};

/// Off unless the command line asks for it; one switch, because every client of the process is shown or none.
static ON: AtomicBool = AtomicBool::new(false);
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// The headers of requests that are shown.
const ASKED: [&str; 8] = [
    "host",
    "content-type",
    "x-amz-date",
    "x-amz-expected-bucket-owner",
    "x-amz-bucket-object-lock-enabled",
    "amz-sdk-request",
    "authorization",
    "x-amz-security-token",
];

/// The headers of answers that are shown.
const ANSWERED: [&str; 11] = [
    "content-type",
    "content-length",
    "date",
    "location",
    "retry-after",
    "x-amzn-errortype",
    "x-amz-bucket-region",
    "x-amz-id-2",
    "x-amz-request-id",
    "x-amzn-requestid",
    "x-opaque-id",
];

/// Shows every request from now on.
pub(crate) fn switch_on() {
    ON.store(true, Ordering::Relaxed);
}

/// Whether requests are shown.
pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// A request that was shown; its answer is shown under the same number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchange {
    number: u64,
    began: Instant,
}

impl Exchange {
    /// Shows a request that is about to be sent, where requests are shown.
    pub(crate) fn begin<'h>(
        operation: &str,
        method: &str,
        url: &str,
        headers: impl Iterator<Item = (&'h str, &'h str)>,
    ) -> Option<Self> {
        if !is_on() {
            return None;
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let headers = shown(headers, &ASKED);
        say(&format!(
            "[{number}] > {operation}: {method} {url}{headers}"
        ));
        Some(Self {
            number,
            began: Instant::now(),
        })
    }

    /// Shows the answer.
    pub(crate) fn answered<'h>(
        self,
        status: u16,
        headers: impl Iterator<Item = (&'h str, &'h str)>,
    ) {
        let headers = shown(headers, &ANSWERED);
        self.ended(&format!("{status}{headers}"));
    }

    /// Shows that there was no answer, and why where that is known.
    pub(crate) fn unanswered(self, why: &str) {
        self.ended(&format!("no answer: {why}"));
    }

    fn ended(self, how: &str) {
        let Self { number, began } = self;
        let ms = began.elapsed().as_millis();
        say(&format!("[{number}] < {ms} ms: {how}"));
    }
}

fn say(line: &str) {
    sink::stderr(&format!("{}\n", safe::line(line)));
}

fn shown<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>, which: &[&str]) -> String {
    let mut text = String::new();
    for (name, value) in headers.filter(|(name, _)| which.contains(name)) {
        text.push_str(&format!("; {name}: {}", without_secrets(name, value)));
    }
    text
}

/// The value of a header without what would let somebody send the request again.
fn without_secrets(name: &str, value: &str) -> String {
    match name {
        "authorization" => authorization(value),
        "x-amz-security-token" => secret::MASK.to_owned(),
        _ => value.to_owned(),
    }
}

/// The scheme, and of a signature whose key it is and what it covers.
fn authorization(value: &str) -> String {
    let (scheme, rest) = value.split_once(' ').unwrap_or(("", ""));
    let Some((id, covered)) = rest
        .strip_prefix("Credential=")
        .and_then(|rest| rest.split_once('/'))
    else {
        return format!("{scheme} {}", secret::MASK);
    };
    let covered = covered.split("Signature=").next().unwrap_or_default();
    format!(
        "{scheme} Credential={}/{covered}Signature={}",
        secret::ends(id),
        secret::MASK
    )
}

#[cfg(test)]
mod tests {
    use super::{authorization, without_secrets};

    #[test]
    fn of_what_authenticates_a_request_nothing_is_shown_that_could_be_used_again() {
        let signature = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-west-2/es/aws4_request, \
                         SignedHeaders=host;x-amz-date, Signature=fe5f80f77d5fa3beca038a248ff027d0";
        assert_eq!(
            authorization(signature),
            "AWS4-HMAC-SHA256 Credential=AKIA***MPLE/20261124/us-west-2/es/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=***"
        );
        assert_eq!(authorization("Basic dXNlcjpwYXNzd29yZA=="), "Basic ***");
        assert_eq!(authorization("dXNlcjpwYXNzd29yZA=="), " ***");
        assert_eq!(without_secrets("x-amz-security-token", "FwoG"), "***");
    }
}
