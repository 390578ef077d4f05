//! One shape for whatever goes wrong between esbackup and an AWS service; it keeps the service's own words.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::domain::error::chain;

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
    /// What the failure means to the caller.
    pub kind: CallErrorKind,
    /// What lies below.
    #[source]
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Sorts failures by what a caller does about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallErrorKind {
    /// Permission is missing.
    Denied,
    /// The service says that the thing does not exist.
    Absent,
    /// Too many requests.
    Throttled,
    /// No answer in time.
    Timeout,
    /// No connection, or it broke.
    Network,
    /// Something else is changing the same thing, or it exists already.
    Conflict,
    /// No credentials, or they are expired, unknown or signed wrongly.
    Credentials,
    /// Anything else.
    Other,
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
        let request_id = error.request_id().map(str::to_owned);
        let kind = match &error {
            SdkError::TimeoutError(_) => CallErrorKind::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => CallErrorKind::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_io() => CallErrorKind::Network,
            SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_)
                if lacks_credentials(&error) =>
            {
                CallErrorKind::Credentials
            }
            // A connection that ended without an answer (`is_io` knows only some of them): nobody can tell whether the request was applied.
            SdkError::DispatchFailure(failure) if !failure.is_user() => CallErrorKind::Network,
            // Applied, as the status says, and the rest of the answer was lost or is not the service's.
            SdkError::ResponseError(_) if status.is_some_and(|status| status < 300) => {
                CallErrorKind::Network
            }
            _ => kind_of(status, code.as_deref()),
        };
        let said = error.message().map(str::to_owned);
        let source = error.into_source().ok();
        let message = said
            .or_else(|| source.as_deref().map(|source| innermost(source)))
            .unwrap_or_else(|| "no answer".to_owned());
        Self {
            service,
            operation,
            status,
            code,
            message,
            request_id,
            kind,
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
        match self.kind {
            CallErrorKind::Timeout | CallErrorKind::Network => true,
            // The service said that it did not do it.
            CallErrorKind::Throttled => false,
            _ => self.status.is_some_and(|status| status >= 500),
        }
    }

    /// Whether the service said that it does not exist.
    pub fn is_absent(&self) -> bool {
        self.kind == CallErrorKind::Absent || self.code.as_deref() == Some("NoSuchEntity")
    }

    /// Whether the service said that what was to be created exists already.
    pub fn exists_already(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some("EntityAlreadyExists" | "BucketAlreadyOwnedByYou")
        )
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
            kind: CallErrorKind::Other,
            source: Some(Box::new(source)),
        }
    }
}

fn lacks_credentials(error: &(dyn StdError + 'static)) -> bool {
    chain(error).any(|cause| cause.is::<CredentialsError>())
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn kind_of(status: Option<u16>, code: Option<&str>) -> CallErrorKind {
    match code.unwrap_or_default() {
        "ResourceNotFoundException" | "NoSuchEntity" => CallErrorKind::Absent,
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
        | "MissingAuthenticationTokenException" => CallErrorKind::Credentials,
        "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown" => CallErrorKind::Throttled,
        "AccessDenied" | "AccessDeniedException" => CallErrorKind::Denied,
        "ConflictException"
        | "OperationAborted"
        | "ConcurrentModification"
        | "DeleteConflict"
        | "EntityAlreadyExists"
        | "BucketAlreadyOwnedByYou" => CallErrorKind::Conflict,
        _ => match status {
            Some(401 | 403) => CallErrorKind::Denied,
            Some(429) => CallErrorKind::Throttled,
            _ => CallErrorKind::Other,
        },
    }
}
