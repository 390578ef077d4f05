//! One shape for whatever goes wrong between esbackup and an AWS service; it keeps the service's own words.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::expected::Unexpected;
use crate::causes::chain;
use crate::failure::Class;
use crate::outlet::safe::excerpt;

/// Tells a refused or failed AWS call.
#[derive(Debug, thiserror::Error)]
#[error("{service} {operation}: {message}")]
pub struct CallError {
    /// The service's signing name.
    pub service: &'static str,
    /// The operation, as AWS names it.
    pub operation: &'static str,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The service's error code.
    pub code: Option<String>,
    /// The service's own words, or what the connection said.
    pub message: String,
    /// The service's request id.
    pub request_id: Option<String>,
    /// Class of the failure.
    pub class: Class,
    /// What lies below.
    #[source]
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

impl CallError {
    /// Takes from an SDK error what the product needs.
    pub fn from_sdk<E>(
        service: &'static str,
        operation: &'static str,
        error: SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|answer| answer.status().as_u16());
        let code = error.code().map(str::to_owned);
        let request_id = request_ids(&error);
        let unread = unread(operation, &error);
        let class = match &error {
            SdkError::TimeoutError(_) => Class::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Class::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_io() => Class::Unreachable,
            SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_)
                if lacks_credentials(&error) =>
            {
                Class::Credentials
            }
            // A connection that ended without an answer (`is_io` knows only some of them): nobody can tell whether the request was applied.
            SdkError::DispatchFailure(failure) if !failure.is_user() => Class::Unreachable,
            // Applied, as the status says, and what it says is not the service's answer.
            _ if succeeded(status) && unread.is_some() => Class::Unexpected,
            // Applied, as the status says, and the rest of the answer was lost.
            _ if succeeded(status) => Class::Unreachable,
            _ => class_of(status, code.as_deref()),
        };
        let said = error.message().map(str::to_owned).or(unread);
        let answered = status.is_some();
        let source = error.into_source().ok();
        let message = match said {
            Some(said) => said,
            // What the SDK made of an answer without words is its own structure: the code and the status say what there is to say.
            None if answered && class != Class::Unreachable => String::new(),
            None => source
                .as_deref()
                .map_or_else(|| "no answer".to_owned(), |source| innermost(source)),
        };
        Self {
            service,
            operation,
            status,
            code,
            message,
            request_id,
            class,
            source,
        }
    }

    /// Code and message as the service said them.
    pub fn words(&self) -> String {
        match (&self.code, self.status) {
            (Some(code), _) if self.message.is_empty() => code.clone(),
            (Some(code), _) => format!("{code}: {}", self.message),
            (None, Some(status)) if self.message.is_empty() => format!("HTTP {status}"),
            (None, Some(status)) => format!("HTTP {status}: {}", self.message),
            (None, None) => self.message.clone(),
        }
    }

    /// Whether the request may have been applied although no answer said so.
    pub fn outcome_unknown(&self) -> bool {
        match self.class {
            Class::Timeout | Class::Unreachable => true,
            // The service said that it did not do it.
            Class::Throttled => false,
            // What is not understood of a success is no refusal.
            _ => succeeded(self.status) || self.status.is_some_and(|status| status >= 500),
        }
    }

    /// Whether sending the request again later may help: the service failed or was not reached. What it does not know or not offer (400 with
    /// another code, 405, 501) stays as it is.
    pub fn may_pass(&self) -> bool {
        match self.class {
            Class::Timeout
            | Class::Unreachable
            | Class::Throttled
            | Class::Busy
            | Class::Unavailable => true,
            // A part of what another read showed: one of both answers is an old one.
            Class::Absent => true,
            // A bucket that another read showed, or that was created a moment ago.
            Class::Failed => self.service_failed() || self.code.as_deref() == Some("NoSuchBucket"),
            // A refusal, or an answer that is not the service's.
            _ => false,
        }
    }

    /// Whether the service itself failed, and may have been in the middle of it.
    pub fn service_failed(&self) -> bool {
        failed(self.status, self.code.as_deref())
    }

    /// Whether the service said that it does not exist.
    pub fn is_absent(&self) -> bool {
        self.class == Class::Absent || self.code.as_deref() == Some("NoSuchEntity")
    }

    /// Whether the service said that what was to be created exists already.
    pub fn exists_already(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some("EntityAlreadyExists" | "BucketAlreadyOwnedByYou")
        )
    }

    /// An answer that does not say what was asked.
    pub fn unexpected(service: &'static str, operation: &'static str, message: &str) -> Self {
        Self {
            service,
            operation,
            status: Some(200),
            code: None,
            message: message.to_owned(),
            request_id: None,
            class: Class::Unexpected,
            source: None,
        }
    }

    /// A request that could not be built, and so was never sent.
    pub fn unsent(
        service: &'static str,
        operation: &'static str,
        source: impl StdError + Send + Sync + 'static,
    ) -> Self {
        Self {
            service,
            operation,
            status: None,
            code: None,
            message: source.to_string(),
            request_id: None,
            class: Class::Failed,
            source: Some(Box::new(source)),
        }
    }
}

fn lacks_credentials(error: &(dyn StdError + 'static)) -> bool {
    chain(error).any(|cause| cause.is::<CredentialsError>())
}

/// Codes with which a service says that it failed, whatever status comes with them.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>
const PASSING: [&str; 5] = [
    "InternalError",
    "InternalFailure",
    "RequestTimeout",
    "ServiceFailure",
    "ServiceUnavailable",
];

/// Whether a status or a code says that the service failed.
fn failed(status: Option<u16>, code: Option<&str>) -> bool {
    PASSING.contains(&code.unwrap_or_default())
        || status.is_some_and(|status| matches!(status, 408 | 500 | 502..=504))
}

fn succeeded(status: Option<u16>) -> bool {
    status.is_some_and(|status| (200..300).contains(&status))
}

/// The ids by which AWS finds a request, always in the same order: S3 gives two.
fn request_ids<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let first = error.request_id();
    let second = error
        .raw_response()
        .and_then(|answer| answer.headers().get("x-amz-id-2"));
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first}, extended request id {second}")),
        (first, second) => first.or(second).map(str::to_owned),
    }
}

/// How much of a body that is not the service's is shown, in characters.
const EXCERPT: usize = 60;

/// Says in a sentence that an answer cannot be read. The SDK's own words for it are its structures.
fn unread<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Option<String>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let answer = error.raw_response()?;
    let status = answer.status().as_u16();
    let found = chain(error).find_map(|cause| cause.downcast_ref::<Unexpected>());
    let what = match (found, error) {
        (Some(found), _) => found.to_string(),
        // A body that ended early is a lost answer, and one that did not end was not read.
        (None, SdkError::ResponseError(_)) => return None,
        (None, _) if succeeded(Some(status)) => format!("the answer is not the one to {operation}"),
        (None, _) if error.code().is_some() => return None,
        (None, _) => "the answer is not one of AWS".to_owned(),
    };
    let body = answer.body().bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(body.get(..4 * EXCERPT).unwrap_or(body));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.as_str() {
        // An answer to HEAD has none, and an empty one says nothing more.
        "" if found.is_none() && !succeeded(Some(status)) => None,
        "" => Some(what),
        text => Some(format!(
            "{what}; it begins with `{}`",
            excerpt(text, EXCERPT)
        )),
    }
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn class_of(status: Option<u16>, code: Option<&str>) -> Class {
    match code.unwrap_or_default() {
        "ResourceNotFoundException" | "NoSuchEntity" => Class::Absent,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "RequestTimeTooSkewed"
        | "RequestExpired"
        | "IncompleteSignature"
        | "InvalidToken"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => Class::Credentials,
        "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown" => Class::Throttled,
        "AccessDenied" | "AccessDeniedException" => Class::Denied,
        "ConflictException"
        | "OperationAborted"
        | "ConcurrentModification"
        | "DeleteConflict"
        | "EntityAlreadyExists"
        | "BucketAlreadyOwnedByYou" => Class::Busy,
        _ => match status {
            Some(401 | 403) => Class::Denied,
            Some(429) => Class::Throttled,
            _ if failed(status, code) => Class::Unavailable,
            _ => Class::Failed,
        },
    }
}
