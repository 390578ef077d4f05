//! S3's errors, with the codes, statuses and words of the service; a body is never left out but for HEAD.

use super::super::clock;
use super::super::identifiers;
use super::super::message::Answer;
use super::super::sigv4::Refusal;
use super::super::xml::Writer;

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Failure {
    status: u16,
    code: String,
    message: String,
    /// Further elements of the body.
    details: Vec<(&'static str, String)>,
    headers: Vec<(String, String)>,
}

/// Builds an error answer; the code goes into the body, which HEAD leaves out.
pub(in super::super) fn error(
    status: u16,
    code: &str,
    message: &str,
    details: &[(&str, String)],
    id: &str,
) -> Answer {
    let mut out = Writer::default();
    out.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.open("Error");
    out.leaf("Code", code);
    out.leaf("Message", message);
    details
        .iter()
        .for_each(|(name, value)| out.leaf(name, value));
    out.leaf("RequestId", &identifiers::s3_request_id(id));
    out.leaf("HostId", &identifiers::s3_host_id(id));
    out.close("Error");
    let mut answer = Answer::xml(status, out.fragment());
    answer.headers = vec![("content-type".to_owned(), "application/xml".to_owned())];
    answer
}

impl Failure {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.to_owned(), message.into());
        Self {
            status,
            code,
            message,
            details: Vec::new(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn no_such_bucket(bucket: &str) -> Self {
        Self::new(404, "NoSuchBucket", "The specified bucket does not exist")
            .detail("BucketName", bucket)
    }

    pub(crate) fn malformed_xml() -> Self {
        let message = "The XML you provided was not well-formed or did not validate against our published schema";
        Self::new(400, "MalformedXML", message)
    }

    pub(crate) fn invalid_argument(message: &str) -> Self {
        Self::new(400, "InvalidArgument", message)
    }

    pub(crate) fn access_denied(message: impl Into<String>) -> Self {
        Self::new(403, "AccessDenied", message)
    }

    pub(crate) fn not_implemented() -> Self {
        Self::new(
            501,
            "NotImplemented",
            "A header or query you provided requests functionality that is not implemented.",
        )
    }

    /// Words a signature's refusal as S3 does.
    pub(crate) fn refused(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unsigned => Self::access_denied("Access Denied"),
            Refusal::Malformed(text) => Self::new(400, "AuthorizationHeaderMalformed", text),
            Refusal::UnknownKey(key) => {
                let message = "The AWS Access Key Id you provided does not exist in our records.";
                Self::new(403, "InvalidAccessKeyId", message).detail("AWSAccessKeyId", key)
            }
            Refusal::InvalidToken => Self::new(
                400,
                "InvalidToken",
                "The provided token is malformed or otherwise invalid.",
            ),
            Refusal::Mismatch {
                string_to_sign,
                canonical_request,
            } => {
                let message = "The request signature we calculated does not match the signature you provided. \
                               Check your key and signing method.";
                Self::new(403, "SignatureDoesNotMatch", message)
                    .detail("StringToSign", string_to_sign)
                    .detail("CanonicalRequest", canonical_request)
            }
            Refusal::Skewed {
                request,
                server,
                limit,
            } => {
                let message =
                    "The difference between the request time and the current time is too large.";
                Self::new(403, "RequestTimeTooSkewed", message)
                    .detail("RequestTime", request)
                    .detail("ServerTime", clock::iso(server))
                    .detail("MaxAllowedSkewMilliseconds", (limit * 1000).to_string())
            }
            Refusal::WrongService { expected } => {
                let message = format!(
                    "The authorization header is malformed; incorrect service. This endpoint belongs to \"{expected}\"."
                );
                Self::new(400, "AuthorizationHeaderMalformed", message)
            }
            Refusal::BodyMismatch { client, computed } => {
                let message =
                    "The provided 'x-amz-content-sha256' header does not match what was computed.";
                Self::new(400, "XAmzContentSHA256Mismatch", message)
                    .detail("ClientComputedContentSHA256", client)
                    .detail("S3ComputedContentSHA256", computed)
            }
            Refusal::MissingContentHash => Self::new(
                400,
                "InvalidRequest",
                "Missing required header for this request: x-amz-content-sha256",
            ),
            Refusal::UnsignedHeader(name) => Self::access_denied(
                "There were headers present in the request which were not signed",
            )
            .detail("HeadersNotSigned", name),
        }
    }

    /// Builds the answer.
    pub(crate) fn answer(self, id: &str) -> Answer {
        let mut answer = error(self.status, &self.code, &self.message, &self.details, id);
        answer.headers.extend(self.headers);
        answer
    }
}
