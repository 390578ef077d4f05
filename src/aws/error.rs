//! One shape for whatever goes wrong between esbackup and a service; it keeps the service's own words.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A call that did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("{service} {operation}: {}", self.words())]
pub struct CallError {
    /// `s3`, `iam`, `sts`, `es`.
    pub service: &'static str,
    /// The operation, such as `CreateBucket`.
    pub operation: String,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The service's error code.
    pub code: Option<String>,
    /// The service's message, or what failed on the way.
    pub message: String,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// What kind of failure it is.
    pub kind: CallErrorKind,
    /// What lies underneath.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kind of failure a call met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallErrorKind {
    /// The caller lacks a permission.
    Denied,
    /// What was asked for does not exist.
    Absent,
    /// Too many requests.
    Throttled,
    /// No answer in time; the request may have been applied.
    Timeout,
    /// No connection, or a broken one; the request may have been applied.
    Network,
    /// The state of the service does not allow it now.
    Conflict,
    /// The credentials are missing, wrong, expired, or signed with a wrong clock.
    Credentials,
    /// The service failed (5xx); the request may have been applied.
    Unavailable,
    /// Anything else.
    Other,
}

impl CallError {
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
        matches!(self.kind, CallErrorKind::Timeout | CallErrorKind::Network | CallErrorKind::Unavailable)
    }

    /// Whether the service said that it does not exist.
    pub fn is_absent(&self) -> bool {
        self.kind == CallErrorKind::Absent
    }

    /// A request that could not be built, and so was never sent.
    pub fn unsent(service: &'static str, operation: &str, source: impl Error + Send + Sync + 'static) -> Self {
        Self {
            service,
            operation: operation.to_owned(),
            status: None,
            code: None,
            message: source.to_string(),
            request_id: None,
            kind: CallErrorKind::Other,
            source: Some(Box::new(source)),
        }
    }

    /// Takes apart an SDK's error.
    pub fn from_sdk<E>(service: &'static str, operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let response = error.raw_response();
        let status = response.map(|response| response.status().as_u16());
        let request_id = response.and_then(|response| {
            let header = |name| response.headers().get(name).map(str::to_owned);
            header("x-amz-request-id").or_else(|| header("x-amzn-requestid"))
        });
        let metadata = match &error {
            SdkError::ServiceError(service_error) => Some(service_error.err()),
            _ => None,
        };
        let code = metadata.and_then(ProvideErrorMetadata::code).map(str::to_owned);
        let message = metadata.and_then(ProvideErrorMetadata::message).map(str::to_owned);
        let kind = kind_of(&error, status, code.as_deref());
        let message = message.unwrap_or_else(|| deepest(&error));
        Self { service, operation: operation.to_owned(), status, code, message, request_id, kind, source: Some(Box::new(error)) }
    }
}

/// The innermost cause, which is the one that names the host or the certificate.
fn deepest(error: &dyn Error) -> String {
    let mut chain = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if chain.last() != Some(&text) {
            chain.push(text);
        }
        source = cause.source();
    }
    chain.join(": ")
}

fn kind_of<E>(error: &SdkError<E, HttpResponse>, status: Option<u16>, code: Option<&str>) -> CallErrorKind {
    match error {
        SdkError::TimeoutError(_) => CallErrorKind::Timeout,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => CallErrorKind::Timeout,
        SdkError::DispatchFailure(failure) if lacks_credentials(failure.as_connector_error()) => CallErrorKind::Credentials,
        SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => CallErrorKind::Network,
        SdkError::ConstructionFailure(_) => CallErrorKind::Other,
        _ => kind_of_answer(status, code),
    }
}

fn lacks_credentials(error: Option<&ConnectorError>) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = error.map(|error| error as _);
    while let Some(error) = next {
        if error.is::<CredentialsError>() {
            return true;
        }
        next = error.source();
    }
    false
}

/// Classifies an answer by its code, else by its status.
pub fn kind_of_answer(status: Option<u16>, code: Option<&str>) -> CallErrorKind {
    const CREDENTIALS: [&str; 14] = [
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidToken",
        "TokenRefreshRequired",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestTimeTooSkewed",
    ];
    const THROTTLED: [&str; 8] = [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "SlowDown",
        "PriorRequestNotComplete",
    ];
    match code {
        Some(code) if CREDENTIALS.contains(&code) => return CallErrorKind::Credentials,
        Some(code) if THROTTLED.contains(&code) => return CallErrorKind::Throttled,
        Some("OperationAborted" | "ConcurrentModification" | "ConflictException") => return CallErrorKind::Conflict,
        Some(code) if code.starts_with("AccessDenied") || code == "AllAccessDisabled" => return CallErrorKind::Denied,
        Some("ResourceNotFoundException" | "NoSuchEntity") => return CallErrorKind::Absent,
        _ => {}
    }
    match status {
        Some(403 | 401) => CallErrorKind::Denied,
        Some(404) => CallErrorKind::Absent,
        Some(429) => CallErrorKind::Throttled,
        Some(500..) => CallErrorKind::Unavailable,
        _ => CallErrorKind::Other,
    }
}
