//! Checks SigV4 signatures from the bytes that arrived; it must never accept what the real service would refuse.
//!
//! The canonical request is built here by hand from AWS's description, so that a mistake of our client's signer shows.

use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::clock::{self, Seconds};
use super::credentials;
use super::denial::Limits;
use super::identifiers::sha256_hex;
use super::message::{Request, decode};
use super::state::{Account, State};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const CONTENT_HASH: &str = "x-amz-content-sha256";

/// What an `Authorization` header says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    pub access_key_id: String,
    pub date: String,
    pub region: String,
    pub service: String,
    signed_headers: Vec<String>,
    signature: String,
}

/// The user whose policies, where there are any, bound what the administrator may do.
const ADMINISTRATOR: &str = "sandbox";

/// Who signed, after the signature was found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    pub account: String,
    pub arn: String,
    /// The user's or role's unique id.
    pub id: String,
    /// The ARN of the role whose session it is.
    pub role: Option<String>,
    pub region: String,
    /// Identity policies; `None` for an administrator whom nothing bounds.
    pub policies: Option<Vec<String>>,
    /// What limits the caller beside them.
    pub limits: Box<Limits>,
}

/// Why a signature was refused; each service words it in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    Unsigned,
    Malformed(String),
    UnknownKey(String),
    InvalidToken,
    Mismatch {
        string_to_sign: String,
        canonical_request: String,
    },
    Skewed {
        request: String,
        server: Seconds,
        limit: Seconds,
    },
    WrongService {
        expected: String,
    },
    BodyMismatch {
        client: String,
        computed: String,
    },
    MissingContentHash,
    UnsignedHeader(String),
}

/// Reads the scope of a signed request; `None` when it is not signed with SigV4.
pub(super) fn scope(request: &Request) -> Option<Result<Scope, Refusal>> {
    let rest = request.header("authorization")?.strip_prefix(ALGORITHM)?;
    Some(
        parse_scope(rest)
            .ok_or_else(|| Refusal::Malformed("Authorization header is malformed".to_owned())),
    )
}

fn parse_scope(rest: &str) -> Option<Scope> {
    let field = |name: &str| {
        let mut parts = rest.split(',').map(str::trim);
        parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    let credential: Vec<&str> = field("Credential")?.split('/').collect();
    let [access_key_id, date, region, service, "aws4_request"] = credential.as_slice() else {
        return None;
    };
    Some(Scope {
        access_key_id: (*access_key_id).to_owned(),
        date: (*date).to_owned(),
        region: (*region).to_owned(),
        service: (*service).to_owned(),
        signed_headers: field("SignedHeaders")?
            .split(';')
            .map(str::to_owned)
            .collect(),
        signature: field("Signature")?.to_owned(),
    })
}

/// Finds who signed a request for `service`, or why the signature is not accepted.
pub(super) fn verify(request: &Request, state: &State, service: &str) -> Result<Caller, Refusal> {
    let scope = scope(request).ok_or(Refusal::Unsigned)??;
    let (caller, secret, token) = find_caller(state, &scope)
        .ok_or_else(|| Refusal::UnknownKey(scope.access_key_id.clone()))?;
    if request.header("x-amz-security-token") != token.as_deref() {
        return Err(Refusal::InvalidToken);
    }
    if scope.service != service {
        return Err(Refusal::WrongService {
            expected: service.to_owned(),
        });
    }
    let stamp = check_time(request, state.now(), &scope, service)?;
    check_signed_headers(request, &scope, service)?;
    let payload = payload_hash(request, service)?;
    let canonical_request = canonical_request(request, &scope, service, &payload);
    let scope_text = format!(
        "{}/{}/{}/aws4_request",
        scope.date, scope.region, scope.service
    );
    let string_to_sign = format!(
        "{ALGORITHM}\n{stamp}\n{scope_text}\n{}",
        sha256_hex(canonical_request.as_bytes())
    );
    let day = clock::parse_compact(&format!("{}T000000Z", scope.date)).unwrap_or_default();
    let day = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(day).unwrap_or_default());
    let key = generate_signing_key(&secret, day, &scope.region, &scope.service);
    if calculate_signature(key, string_to_sign.as_bytes()) != scope.signature {
        return Err(Refusal::Mismatch {
            string_to_sign,
            canonical_request,
        });
    }
    Ok(caller)
}

fn find_caller(state: &State, scope: &Scope) -> Option<(Caller, String, Option<String>)> {
    let key = &scope.access_key_id;
    if let Some(account) = credentials::account_of(key) {
        let partition = super::identifiers::partition(&scope.region);
        let arn = format!("arn:{partition}:iam::{account}:user/{ADMINISTRATOR}");
        let secret = credentials::credentials(&account).1;
        let id = super::identifiers::unique_id("AIDA", &arn);
        let held = state.accounts.get(&account);
        let bound = held.and_then(|held| held.principals.get(ADMINISTRATOR));
        let policies = bound.map(|principal| principal.policy_documents.clone());
        let limits = Box::new(Limits::of(held.map(|held| &**held), bound));
        return Some((
            Caller {
                account,
                arn,
                id,
                role: None,
                region: scope.region.clone(),
                policies,
                limits,
            },
            secret,
            None,
        ));
    }
    state.accounts.iter().find_map(|(account, held)| {
        let found = held
            .principals
            .values()
            .find(|principal| principal.access_key_id == *key)?;
        let (role, id) = match session(&found.arn, held) {
            Some((role, id)) => (Some(role), id),
            None => (None, super::identifiers::unique_id("AIDA", &found.arn)),
        };
        let caller = Caller {
            account: account.clone(),
            arn: found.arn.clone(),
            id,
            role,
            region: scope.region.clone(),
            policies: Some(found.policy_documents.clone()),
            limits: Box::new(Limits::of(Some(held), Some(found))),
        };
        Some((
            caller,
            found.secret_access_key.clone(),
            found.session_token.clone(),
        ))
    })
}

/// Returns the ARN of a session's role, whose path the session does not tell, and the session's id.
fn session(arn: &str, held: &Account) -> Option<(String, String)> {
    let mut parts = arn.splitn(6, ':');
    let partition = parts.nth(1)?;
    let (account, resource) = (parts.nth(2)?, parts.next()?);
    let (name, session) = resource.strip_prefix("assumed-role/")?.split_once('/')?;
    let (role, id) = match held.roles.get(&name.to_lowercase()) {
        Some(role) => (role.arn.clone(), role.id.clone()),
        None => (
            format!("arn:{partition}:iam::{account}:role/{name}"),
            super::identifiers::unique_id("AROA", name),
        ),
    };
    Some((role, format!("{id}:{session}")))
}

/// S3 allows 15 minutes of skew, every other service 5.
fn check_time<'a>(
    request: &'a Request,
    now: Seconds,
    scope: &Scope,
    service: &str,
) -> Result<&'a str, Refusal> {
    let stamp = request
        .header("x-amz-date")
        .ok_or_else(|| malformed("x-amz-date is required"))?;
    let signed_at = clock::parse_compact(stamp)
        .ok_or_else(|| malformed("Date must be in ISO-8601 'basic format'"))?;
    let limit = if service == "s3" { 15 * 60 } else { 5 * 60 };
    if signed_at.saturating_sub(now).saturating_abs() > limit {
        return Err(Refusal::Skewed {
            request: stamp.to_owned(),
            server: now,
            limit,
        });
    }
    if !stamp.starts_with(&scope.date) {
        return Err(malformed(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
        ));
    }
    Ok(stamp)
}

fn check_signed_headers(request: &Request, scope: &Scope, service: &str) -> Result<(), Refusal> {
    let signed = |name: &str| scope.signed_headers.iter().any(|held| held == name);
    if !signed("host") {
        return Err(malformed(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    let loose = request
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .find(|name| {
            name.starts_with("x-amz-")
                && *name != "x-amz-user-agent"
                && *name != CONTENT_HASH
                && !signed(name)
        });
    match loose {
        Some(name) if service == "s3" || name == "x-amz-date" || name == "x-amz-security-token" => {
            Err(Refusal::UnsignedHeader(name.to_owned()))
        }
        _ => Ok(()),
    }
}

fn payload_hash(request: &Request, service: &str) -> Result<String, Refusal> {
    let computed = sha256_hex(&request.body);
    if service != "s3" {
        return Ok(computed);
    }
    let client = request
        .header(CONTENT_HASH)
        .ok_or(Refusal::MissingContentHash)?;
    let literal = client == "UNSIGNED-PAYLOAD" || client.starts_with("STREAMING-");
    if !literal && client != computed {
        return Err(Refusal::BodyMismatch {
            client: client.to_owned(),
            computed,
        });
    }
    Ok(client.to_owned())
}

fn canonical_request(request: &Request, scope: &Scope, service: &str, payload: &str) -> String {
    let headers: String = scope
        .signed_headers
        .iter()
        .map(|name| canonical_header(request, name))
        .collect();
    format!(
        "{}\n{}\n{}\n{}\n{}\n{payload}",
        request.method,
        canonical_path(&request.raw_path, service),
        canonical_query(&request.raw_query),
        headers,
        scope.signed_headers.join(";"),
    )
}

fn canonical_header(request: &Request, name: &str) -> String {
    let values: Vec<String> = match name {
        "host" => vec![request.host.clone()],
        _ => request
            .headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .map(collapse)
            .collect(),
    };
    format!("{name}:{}\n", values.join(","))
}

fn collapse(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// S3 encodes the path once and keeps it as it is; the others remove dot segments and encode what was sent again.
fn canonical_path(raw: &str, service: &str) -> String {
    let encode = |part: &str| utf8_percent_encode(part, UNRESERVED).to_string();
    if service == "s3" {
        return raw
            .split('/')
            .map(|part| encode(&decode(part)))
            .collect::<Vec<_>>()
            .join("/");
    }
    let mut parts: Vec<String> = Vec::new();
    for part in raw.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(encode(part)),
        }
    }
    let end = if raw.len() > 1 && raw.ends_with('/') && !parts.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", parts.join("/"))
}

fn canonical_query(raw: &str) -> String {
    let encode = |part: &str| utf8_percent_encode(&decode(part), UNRESERVED).to_string();
    let mut pairs: Vec<(String, String)> = raw
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(key, value)| (encode(key), encode(value)))
        .collect();
    pairs.sort();
    pairs
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

fn malformed(text: &str) -> Refusal {
    Refusal::Malformed(text.to_owned())
}
