//! Every request that reached the sandbox, for tests to assert; it must never hold a secret or a signature.

use serde::Serialize;

use super::identifiers::sha256_hex;
use super::message::Request;
use super::sigv4;

const SMALL_BODY: usize = 64 * 1024;
const HEADERS: [&str; 9] = [
    "x-amz-expected-bucket-owner",
    "content-type",
    "content-encoding",
    "accept-encoding",
    "x-amz-object-ownership",
    "x-amz-transition-default-minimum-object-size",
    "x-amz-bucket-object-lock-enabled",
    "x-amz-sdk-checksum-algorithm",
    "user-agent",
];

/// What is kept of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Record {
    pub n: u64,
    pub service: String,
    pub operation: String,
    pub method: String,
    pub path: String,
    pub query: String,
    pub host: String,
    pub signed: bool,
    pub signing_name: Option<String>,
    pub access_key_id: Option<String>,
    pub write: bool,
    /// 0 when the connection was dropped by a fault.
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body_sha256: String,
    /// The body when it is small text.
    pub body: Option<String>,
}

/// Builds the record of a request before it is answered.
pub(super) fn record(
    n: u64,
    request: &Request,
    service: &str,
    operation: &str,
    write: bool,
) -> Record {
    let scope = sigv4::scope(request).and_then(Result::ok);
    let held = |name: &&str| {
        request
            .header(name)
            .map(|value| ((*name).to_owned(), value.to_owned()))
    };
    let body = (request.body.len() <= SMALL_BODY)
        .then(|| std::str::from_utf8(&request.body).ok())
        .flatten();
    Record {
        n,
        service: service.to_owned(),
        operation: operation.to_owned(),
        method: request.method.clone(),
        path: request.raw_path.clone(),
        query: request.raw_query.clone(),
        host: request.host.clone(),
        signed: scope.is_some(),
        signing_name: scope.as_ref().map(|scope| scope.service.clone()),
        access_key_id: scope.map(|scope| scope.access_key_id),
        write,
        status: 0,
        headers: HEADERS.iter().filter_map(held).collect(),
        body_sha256: sha256_hex(&request.body),
        body: body.map(str::to_owned),
    }
}
