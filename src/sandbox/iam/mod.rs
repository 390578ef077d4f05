//! IAM's query protocol: signature, permission, then one function per operation; errors are XML with IAM's codes.

mod access;
mod answers;
mod attachments;
mod inline;
mod managed;
pub(in crate::sandbox) mod of_aws;
mod operations;
mod pages;
mod parameters;
mod roles;
mod tags;
mod validate;
mod versions;

use super::clock;
use super::identifiers::partition;
use super::message::{Answer, Request};
use super::sigv4::{self, Caller, Refusal};
use super::state::{Account, State};
use super::xml::Writer;
use parameters::Parameters;

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// One authenticated request.
struct Call<'a> {
    state: &'a mut State,
    parameters: Parameters,
    caller: Caller,
}

impl Call<'_> {
    /// Returns the caller's account.
    fn account(&mut self) -> &mut Account {
        let id = self.caller.account.clone();
        self.state.account(&id)
    }

    /// Returns an ARN of the caller's account, such as `role/path/name`.
    fn arn(&self, rest: &str) -> String {
        format!(
            "arn:{}:iam::{}:{rest}",
            partition(&self.caller.region),
            self.caller.account
        )
    }
}

/// An error answer: HTTP status, code, message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failure(u16, &'static str, String);

impl Failure {
    fn validation(message: impl Into<String>) -> Self {
        Self(400, "ValidationError", message.into())
    }

    fn no_such_entity(message: impl Into<String>) -> Self {
        Self(404, "NoSuchEntity", message.into())
    }

    fn conflict(message: impl Into<String>) -> Self {
        Self(409, "DeleteConflict", message.into())
    }

    fn exists(message: impl Into<String>) -> Self {
        Self(409, "EntityAlreadyExists", message.into())
    }

    fn limit(message: impl Into<String>) -> Self {
        Self(409, "LimitExceeded", message.into())
    }

    fn malformed(message: impl Into<String>) -> Self {
        Self(400, "MalformedPolicyDocument", message.into())
    }
}

/// The XML inside `…Result`; `None` for operations that answer nothing.
type Outcome = Result<Option<String>, Failure>;

/// Returns the operation's name and whether it writes.
pub(super) fn operation(request: &Request) -> (String, bool) {
    let action = Parameters::read(&request.body)
        .text("Action")
        .unwrap_or("unknown")
        .to_owned();
    let write = !action.starts_with("Get") && !action.starts_with("List");
    (action, write)
}

/// Carries a request out.
pub(super) fn answer(state: &mut State, request: &Request, id: &str) -> Answer {
    let caller = match sigv4::verify(request, state, "iam") {
        Ok(caller) => caller,
        Err(refusal) => {
            let (status, code, message) = refused(refusal);
            return error(status, code, &message, id);
        }
    };
    let mut call = Call {
        state,
        parameters: Parameters::read(&request.body),
        caller,
    };
    let action = call
        .parameters
        .text("Action")
        .unwrap_or_default()
        .to_owned();
    match carry_out(&mut call, &action) {
        Ok(result) => success(&action, result.as_deref(), id),
        Err(Failure(status, code, message)) => error(status, code, &message, id),
    }
}

fn carry_out(call: &mut Call<'_>, action: &str) -> Outcome {
    let Some(run) = operations::find(action) else {
        let message = format!("Could not find operation {action} for version 2010-05-08");
        return Err(Failure(400, "InvalidAction", message));
    };
    access::check(call, action).map_err(|message| Failure(403, "AccessDenied", message))?;
    run(call)
}

fn success(action: &str, result: Option<&str>, id: &str) -> Answer {
    let root = format!("{action}Response");
    let mut out = Writer::document(&root, NAMESPACE);
    if let Some(result) = result {
        out.open(&format!("{action}Result"));
        out.raw(result);
        out.close(&format!("{action}Result"));
    }
    out.open("ResponseMetadata");
    out.leaf("RequestId", id);
    out.close("ResponseMetadata");
    Answer::xml(200, out.finish(&root))
}

/// Builds an error answer.
pub(super) fn error(status: u16, code: &str, message: &str, id: &str) -> Answer {
    query_error(NAMESPACE, (status, code, message), id)
}

/// Builds an error of the query protocol.
pub(super) fn query_error(
    namespace: &str,
    (status, code, message): (u16, &str, &str),
    id: &str,
) -> Answer {
    let mut out = Writer::document("ErrorResponse", namespace);
    out.open("Error");
    out.leaf("Type", if status < 500 { "Sender" } else { "Receiver" });
    out.leaf("Code", code);
    out.leaf("Message", message);
    out.close("Error");
    out.leaf("RequestId", id);
    Answer::xml(status, out.finish("ErrorResponse"))
}

/// Words a signature's refusal as the query services do.
pub(super) fn refused(refusal: Refusal) -> (u16, &'static str, String) {
    let mismatch = |message: String| (403, "SignatureDoesNotMatch", message);
    match refusal {
        Refusal::Unsigned => (403, "MissingAuthenticationToken", "Request is missing Authentication Token".to_owned()),
        Refusal::Malformed(text) => (400, "IncompleteSignature", text),
        Refusal::UnknownKey(_) | Refusal::InvalidToken => {
            (403, "InvalidClientTokenId", "The security token included in the request is invalid.".to_owned())
        }
        Refusal::WrongService { expected } => {
            mismatch(format!("Credential should be scoped to correct service: '{expected}'. "))
        }
        Refusal::Skewed { request, server, limit } => mismatch(skewed(&request, server, limit)),
        Refusal::UnsignedHeader(name) => mismatch(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")),
        Refusal::Mismatch { .. } | Refusal::BodyMismatch { .. } | Refusal::MissingContentHash => mismatch(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
             Key and signing method. Consult the service documentation for details."
                .to_owned(),
        ),
    }
}

/// The words of a clock that is off; the minutes are those of the service.
pub(super) fn skewed(request: &str, server: clock::Seconds, limit: clock::Seconds) -> String {
    let signed = clock::parse_compact(request).unwrap_or_default();
    let (now, minutes) = (clock::compact(server), limit / 60);
    if signed < server {
        let edge = clock::compact(server.saturating_sub(limit));
        return format!(
            "Signature expired: {request} is now earlier than {edge} ({now} - {minutes} min.)"
        );
    }
    let edge = clock::compact(server.saturating_add(limit));
    format!(
        "Signature not yet current: {request} is still later than {edge} ({now} + {minutes} min.)"
    )
}
