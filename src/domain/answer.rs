//! Reads what the domain answers: bounded, JSON or an error that says what it is instead; it never trusts a length or a content type.

use super::endpoint::Target;
use super::error::Error;
use super::refusal::Refusal;
use crate::outlet::safe::excerpt;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION};
use serde_json::Value;
use std::time::SystemTime;

/// How much of a foreign text is shown, in characters.
const EXCERPT: usize = 200;

/// How much of a refusal is read; the longest real ones, with the stack of every shard, are far shorter.
const LONGEST_REFUSAL: usize = 4 * 1024 * 1024;

/// How much memory a refusal may be expected to take once it is decoded: a thousand environments may each meet one at once.
const HEAVY_REFUSAL: usize = 8 * 1024 * 1024;

/// How much of a heavier one is read.
const LITTLE: usize = 16 * 1024;

/// How much memory an answer may be expected to take once it is decoded. A body of a few bytes a value takes twenty times its length.
const HEAVY: usize = 48 * 1024 * 1024;

/// Holds a successful answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// The body; an object or an array.
    pub body: Value,
    /// The server's clock, where it said it.
    pub date: Option<SystemTime>,
    /// What the operator should hear about.
    pub notes: Vec<Note>,
}

impl Response {
    /// Believes a success only where the engine says that the request was carried out or taken up.
    ///
    /// # Errors
    /// When it says neither: an object of somebody else's, or an acknowledgement that did not arrive in the engine's own time.
    pub fn confirmed(self, by: &str) -> Result<Self, Error> {
        match self.body.get(by) {
            Some(Value::Bool(true) | Value::Object(_)) => Ok(self),
            _ => Err(Error::Unconfirmed),
        }
    }
}

/// Tells what was noticed on the way to an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The local clock was wrong by this many seconds (positive: it is slow); requests are signed with the server's time.
    ClockCorrected {
        /// What is added to the local clock.
        seconds: i64,
    },
    /// The service changes the domain, so that what is asked of it may take longer or be refused.
    Busy {
        /// The domain's name.
        domain: String,
        /// What it is busy with.
        with: &'static str,
    },
}

impl std::fmt::Display for Note {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ClockCorrected { seconds } => {
                let way = if *seconds > 0 { "slow" } else { "fast" };
                write!(
                    out,
                    "this machine's clock is {} s {way}; requests are signed with the service's time",
                    seconds.abs()
                )
            }
            Self::Busy { domain, with } => write!(
                out,
                "domain {domain}: {with} is in progress; snapshots and restores may take longer, or be refused, until it is done"
            ),
        }
    }
}

/// Tells why an answer was not made into what was expected.
#[derive(Debug)]
pub enum Undecoded {
    /// It is not what was expected.
    Json(serde_json::Error),
    /// It holds more than is kept of an answer.
    TooMuch,
}

impl From<serde_json::Error> for Undecoded {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// Takes an answer piece by piece, while it arrives.
pub trait Arriving {
    /// What the whole answer is.
    type Whole;

    /// Takes the next piece.
    ///
    /// # Errors
    /// When no answer begins like this, or it holds more than is kept.
    fn take(&mut self, bytes: &[u8]) -> Result<(), Undecoded>;

    /// Returns the answer, once all of it has arrived.
    ///
    /// # Errors
    /// When it is not complete, or not what was expected.
    fn end(self) -> Result<Self::Whole, Undecoded>;
}

/// Holds an answer before anything is believed about it.
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Raw {
    pub(super) fn date(&self) -> Option<SystemTime> {
        SystemTime::try_from(self.dated()?).ok()
    }

    /// Returns its `Date` in seconds since 1970.
    pub(super) fn seconds(&self) -> Option<i64> {
        Some(self.dated()?.secs())
    }

    fn dated(&self) -> Option<DateTime> {
        let text = self.headers.get(DATE)?.to_str().ok()?;
        DateTime::from_str(text, Format::HttpDate).ok()
    }

    /// Says whether a signature was refused because of its time.
    pub(super) fn blames_the_clock(&self) -> bool {
        if !matches!(self.status, 400 | 401 | 403) {
            return false;
        }
        let text = String::from_utf8_lossy(self.refusal()).to_lowercase();
        let blames = [
            "signature expired:",
            "signature not yet current:",
            "requesttimetooskewed",
        ];
        blames.iter().any(|words| text.contains(words))
    }

    /// The body of a refusal, as far as it is read: one of many small values, which no real one is, only a little.
    fn refusal(&self) -> &[u8] {
        let read = self.body.get(..LONGEST_REFUSAL).unwrap_or(&self.body);
        match weight(read) > HEAVY_REFUSAL {
            true => self.body.get(..LITTLE).unwrap_or(&self.body),
            false => read,
        }
    }

    fn header(&self, name: impl reqwest::header::AsHeaderName) -> Option<String> {
        self.headers
            .get(name)
            .map(|value| excerpt(&String::from_utf8_lossy(value.as_bytes()), EXCERPT))
    }

    fn request_id(&self) -> Option<String> {
        self.header("x-amzn-requestid")
            .or_else(|| self.header("x-amz-request-id"))
    }

    fn claims_json(&self) -> bool {
        self.header(CONTENT_TYPE)
            .is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
    }

    /// Decides what the answer is.
    pub(super) fn judge(self, target: &Target, operation: &str) -> Result<Response, Error> {
        let (status, date) = (self.status, self.date());
        let body = self.judge_as(
            target,
            operation,
            &|text: &[u8]| match weight(text) > HEAVY {
                true => Err(Undecoded::TooMuch),
                false => Ok(serde_json::from_slice::<Value>(text)?),
            },
        )?;
        Ok(Response {
            status,
            body,
            date,
            notes: Vec::new(),
        })
    }

    /// Decides what the answer is, and reads it as what is expected. The decoder sees to how much memory that takes.
    pub(super) fn judge_as<T, E: Into<Undecoded>>(
        self,
        target: &Target,
        operation: &str,
        decode: &impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<T, Error> {
        match self.status {
            200..=299 => {
                let decoded = decode(&self.body).map_err(Into::into);
                self.success(target, decoded)
            }
            300..=399 => Err(Error::Redirected {
                status: self.status,
                location: self
                    .header(LOCATION)
                    .unwrap_or_else(|| "nowhere".to_owned()),
            }),
            status => {
                let refusal = Refusal::from_domain(
                    operation.to_owned(),
                    status,
                    self.request_id(),
                    self.refusal(),
                );
                Err(Error::Refused(Box::new(refusal)))
            }
        }
    }

    /// Decides whether a success is one. Of a long one only the beginning is held.
    pub(super) fn success<T>(
        self,
        target: &Target,
        decoded: Result<T, Undecoded>,
    ) -> Result<T, Error> {
        // An engine answers an object or an array, whatever comes after its first character.
        let first = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        let looks_right = matches!(first, Some(b'{' | b'['));
        match decoded {
            Ok(value) if looks_right => Ok(value),
            Err(Undecoded::TooMuch) if looks_right => Err(Error::TooHeavy),
            Err(Undecoded::Json(source)) if self.claims_json() => Err(Error::Garbled {
                status: self.status,
                source,
            }),
            Ok(_) | Err(_) => Err(Error::NotAnEngine {
                host: target.host().to_owned(),
                status: self.status,
                content_type: self
                    .header(CONTENT_TYPE)
                    .unwrap_or_else(|| "no content type".to_owned()),
                excerpt: excerpt(&String::from_utf8_lossy(&self.body), EXCERPT),
            }),
        }
    }
}

/// Guesses how many bytes of memory a JSON text takes once it is decoded, beside its own: a map, a list and a value each cost what they
/// cost when nothing is in them.
pub(crate) fn weight(text: &[u8]) -> usize {
    let (mut weight, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' => weight = weight.saturating_add(700),
            b'[' => weight = weight.saturating_add(180),
            b',' => weight = weight.saturating_add(64),
            _ => {}
        }
    }
    weight
}

/// Reads a body up to a limit, whatever length it claims.
pub(super) async fn read(mut answer: reqwest::Response, limit: usize) -> Result<Raw, ReadError> {
    let status = answer.status().as_u16();
    let headers = std::mem::take(answer.headers_mut());
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(ReadError::Broken)? {
        if body.len() + chunk.len() > limit {
            return Err(ReadError::TooLong);
        }
        // By doubling, a long one would take half of its length again.
        if body.capacity() < body.len() + chunk.len() {
            body.reserve_exact(chunk.len() + body.len() / 8);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Raw {
        status,
        headers,
        body,
    })
}

/// Tells why a body was not read to its end.
pub(super) enum ReadError {
    /// The connection broke.
    Broken(reqwest::Error),
    /// The limit was reached.
    TooLong,
}
