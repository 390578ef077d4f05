//! The client of the domain's REST API; it never follows a redirect, never sends a write twice and never signs for a host that was not chosen.

use super::answer::{self, Note, Raw, ReadError, Response};
use super::auth::{self, Cache, Material, ToSign};
use super::connect::{self, LookupFailed};
use super::endpoint::{CredentialsMay, Scheme, Target};
use super::error::{self, Error};
use super::limits::Limits;
use super::request::{Method, Purpose, Request, Sign};
use aws_credential_types::provider::SharedCredentialsProvider;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use std::hash::{BuildHasher, Hasher};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;
use url::Url;

/// How often a read is sent again.
const RETRIES: u32 = 3;

/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A clock that is wrong by less does not make a signature fail.
const SKEW: i64 = 60;

/// Sends requests to one domain.
pub struct Client {
    http: reqwest::Client,
    target: Target,
    material: Material,
    region: String,
    provider: Option<SharedCredentialsProvider>,
    cache: Cache,
    limits: Limits,
    /// Seconds to add to the local clock when signing.
    skew: AtomicI64,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Client")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// A request with everything that does not change between attempts.
struct Prepared {
    operation: String,
    method: Method,
    /// The URL under which the HTTP library connects.
    url: Url,
    /// The URL with the domain's own host, which is signed.
    signed_url: String,
    body: Option<Vec<u8>>,
    credential: Credential,
}

/// Names what a request is authenticated with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Credential {
    Signature,
    Password,
    Nothing,
}

impl Client {
    /// Sets up a client; nothing is sent and no password is read yet.
    pub fn new(
        target: Target,
        material: Material,
        region: &str,
        credentials: Option<SharedCredentialsProvider>,
        limits: Limits,
        ca_file: Option<&Path>,
    ) -> Result<Self, Error> {
        Ok(Self {
            http: connect::http_client(&target, &limits, ca_file)?,
            target,
            material,
            region: region.to_owned(),
            provider: credentials,
            cache: Cache::default(),
            limits,
            skew: AtomicI64::new(0),
        })
    }

    /// Returns where requests go.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Sends a request. Reads are sent again, at most three times, when the domain is busy or the connection breaks; writes are not,
    /// unless the answer proves that they were not looked at (a signature that the clock or an expired token spoiled).
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        let prepared = self.prepare(request)?;
        let deadline = Instant::now() + self.limits.total;
        let mut notes = Vec::new();
        let mut renewed = false;
        let mut retries = 0;
        loop {
            let error = match self.attempt(&prepared, request.purpose, deadline).await {
                Ok(raw) => match self.corrected_clock(&prepared, &raw, &notes) {
                    Some(note) => {
                        notes.push(note);
                        continue;
                    }
                    None => match raw.judge(&self.target, &prepared.operation) {
                        Ok(response) => return Ok(Response { notes, ..response }),
                        Err(error) => error,
                    },
                },
                Err(error) => error,
            };
            if !renewed && prepared.credential == Credential::Signature && expired_token(&error) {
                renewed = true;
                if self.cache.forget().await {
                    continue;
                }
            }
            let wait = backoff(self.limits.backoff, retries);
            let again = request.purpose == Purpose::Read && retries < RETRIES && may_pass(&error);
            if !again || Instant::now() + wait >= deadline {
                return Err(error);
            }
            retries += 1;
            tokio::time::sleep(wait).await;
        }
    }

    fn prepare(&self, request: &Request) -> Result<Prepared, Error> {
        let path = request.path_and_query()?;
        let base = connect::connection_base(&self.target)?;
        let url = Url::parse(&format!("{base}{path}"))
            .map_err(|_| Error::Request("its URL is not valid"))?;
        // A last guard: what is sent has exactly the segments that were meant.
        let rebuilt = url.path().to_owned()
            + &url
                .query()
                .map(|query| format!("?{query}"))
                .unwrap_or_default();
        if rebuilt != path {
            return Err(Error::Request("its path would not arrive as it is meant"));
        }
        let scheme = if self.target.scheme == Scheme::Https {
            "https"
        } else {
            "http"
        };
        let signed_url = format!("{scheme}://{}{path}", self.target.authority());
        let body = match &request.body {
            Some(body) => Some(
                serde_json::to_vec(body)
                    .map_err(|_| Error::Request("its body cannot be written as JSON"))?,
            ),
            None => None,
        };
        let credential = self.credential(request);
        Ok(Prepared {
            operation: request.operation(),
            method: request.method,
            url,
            signed_url,
            body,
            credential,
        })
    }

    fn credential(&self, request: &Request) -> Credential {
        let must_sign = self.target.amazon && (request.sign == Sign::Always || request.registers());
        match (&self.material, self.target.credentials) {
            (_, CredentialsMay::NeverBeSent) => Credential::Nothing,
            (Material::Sigv4, _) => Credential::Signature,
            (_, _) if must_sign => Credential::Signature,
            (Material::Basic { .. }, _) => Credential::Password,
            (Material::None, _) => Credential::Nothing,
        }
    }

    async fn attempt(
        &self,
        prepared: &Prepared,
        purpose: Purpose,
        deadline: Instant,
    ) -> Result<Raw, Error> {
        let request = self.build(prepared).await?;
        let began = Instant::now();
        let until = match purpose {
            Purpose::Read => deadline.min(began + self.limits.attempt),
            Purpose::Write => deadline,
        };
        let exchange = async {
            let answer = self
                .http
                .execute(request)
                .await
                .map_err(|error| self.failed(error))?;
            answer::read(answer, self.limits.body)
                .await
                .map_err(|error| match error {
                    ReadError::Broken(error) => self.failed(error),
                    ReadError::TooLong => Error::TooLong {
                        limit: self.limits.body,
                    },
                })
        };
        match tokio::time::timeout_at(until, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::Timeout {
                address: self.target.address(),
                after: began.elapsed(),
            }),
        }
    }

    async fn build(&self, prepared: &Prepared) -> Result<reqwest::Request, Error> {
        let method = match prepared.method {
            Method::Get => reqwest::Method::GET,
            Method::Put => reqwest::Method::PUT,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
            Method::Patch => reqwest::Method::PATCH,
        };
        let mut headers = vec![("host", self.target.authority())];
        if prepared.body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        let mut request = reqwest::Request::new(method, prepared.url.clone());
        let signature = match prepared.credential {
            Credential::Signature => self.sign(prepared, &headers).await?,
            Credential::Password => vec![("authorization".to_owned(), self.basic()?)],
            Credential::Nothing => Vec::new(),
        };
        let sent = request.headers_mut();
        sent.insert(HOST, header(&self.target.authority())?);
        sent.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(body) = &prepared.body {
            sent.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(body.clone().into());
        }
        for (name, value) in signature {
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| Error::Request("a header name is not valid"))?;
            let mut value = header(&value)?;
            value.set_sensitive(name == AUTHORIZATION || name == "x-amz-security-token");
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }

    async fn sign(
        &self,
        prepared: &Prepared,
        headers: &[(&'static str, String)],
    ) -> Result<Vec<(String, String)>, Error> {
        let provider = self
            .provider
            .as_ref()
            .ok_or(Error::Credentials { source: None })?;
        let credentials = self.cache.credentials(provider).await?;
        let to_sign = ToSign {
            method: prepared.method.as_str(),
            url: &prepared.signed_url,
            headers,
            body: prepared.body.as_deref().unwrap_or_default(),
            region: &self.region,
            time: shifted(SystemTime::now(), self.skew.load(Ordering::Relaxed)),
        };
        auth::signature(&to_sign, credentials).map_err(|error| Error::Credentials {
            source: Some(error.into()),
        })
    }

    fn basic(&self) -> Result<String, Error> {
        match &self.material {
            Material::Basic { username, .. } if username.contains(':') => Err(Error::Request(
                "a user name for basic authentication has a colon",
            )),
            Material::Basic { username, password } => {
                let password = auth::read_password(password)?;
                Ok(auth::basic_header(username, &password))
            }
            Material::Sigv4 | Material::None => Err(Error::Request("there is no password to send")),
        }
    }

    /// Corrects the clock once from the server's, where the answer says that the signature's time is the problem.
    fn corrected_clock(&self, prepared: &Prepared, raw: &Raw, notes: &[Note]) -> Option<Note> {
        let corrected_before = notes
            .iter()
            .any(|note| matches!(note, Note::ClockCorrected { .. }));
        if prepared.credential != Credential::Signature
            || corrected_before
            || !raw.blames_the_clock()
        {
            return None;
        }
        let seconds = seconds_between(SystemTime::now(), raw.date()?);
        if (seconds - self.skew.load(Ordering::Relaxed)).abs() < SKEW {
            return None;
        }
        self.skew.store(seconds, Ordering::Relaxed);
        Some(Note::ClockCorrected { seconds })
    }

    fn failed(&self, error: reqwest::Error) -> Error {
        let address = self.target.address();
        let connecting = error.is_connect();
        let error = error.without_url();
        if error::chain(&error).any(|cause| cause.is::<LookupFailed>()) {
            let looked_up = self
                .target
                .connect_to
                .as_ref()
                .map_or(self.target.host(), |tunnel| tunnel.host.as_str());
            return Error::Name {
                host: looked_up.to_owned(),
                source: error.into(),
            };
        }
        let tls = self.target.scheme == Scheme::Https
            && error::chain(&error).any(connect::spoils_handshake);
        match (connecting, tls) {
            (true, true) => Error::Tls {
                host: self.target.host().to_owned(),
                source: error.into(),
            },
            (true, false) => Error::Connect {
                address,
                source: error.into(),
            },
            (false, _) => Error::Broken {
                address,
                source: error.into(),
            },
        }
    }
}

fn header(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(|_| Error::Request("a header value is not valid"))
}

/// Says whether a read may succeed a moment later.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::Refused(refusal) => {
            refusal.is_throttled() || matches!(refusal.status, Some(502..=504))
        }
        Error::Broken { .. } | Error::Timeout { .. } => true,
        _ => false,
    }
}

fn expired_token(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| {
        refusal.chain.iter().any(|words| {
            words
                .to_lowercase()
                .contains("security token included in the request is expired")
        })
    })
}

/// Full jitter: anything between nothing and the doubled base.
fn backoff(base: Duration, retries: u32) -> Duration {
    let longest = base
        .saturating_mul(2_u32.saturating_pow(retries))
        .min(LONGEST_WAIT);
    let random = std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish();
    longest.mul_f64((random % 1024) as f64 / 1024.0)
}

fn shifted(time: SystemTime, seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    let shifted = if seconds < 0 {
        time.checked_sub(by)
    } else {
        time.checked_add(by)
    };
    shifted.unwrap_or(time)
}

fn seconds_between(from: SystemTime, to: SystemTime) -> i64 {
    match to.duration_since(from) {
        Ok(ahead) => i64::try_from(ahead.as_secs()).unwrap_or(i64::MAX),
        Err(behind) => {
            i64::try_from(behind.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds)
        }
    }
}
