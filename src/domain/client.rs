//! The client of the domain's REST API; it never follows a redirect, never sends a write twice and never signs for a host that was not chosen.

use super::answer::{self, Note, Raw, ReadError, Response, Undecoded};
use super::auth::{self, Cache, Material, ToSign};
use super::connect::{self, Authorities};
use super::endpoint::Target;
use super::error::Error;
use super::message::{Credential, Message};
use super::request::{Read, Request};
use super::retry::Tries;
use crate::clock::ServiceClock;
use crate::limits::Limits;
use crate::outlet::trace;
use aws_credential_types::provider::SharedCredentialsProvider;
use std::time::SystemTime;
use tokio::time::{Instant, timeout_at};

/// Reads from one domain: it has no way to send anything but a [`Read`].
pub struct Reads {
    http: reqwest::Client,
    pub(super) target: Target,
    material: Material,
    region: String,
    provider: Option<SharedCredentialsProvider>,
    cache: Cache,
    pub(super) limits: Limits,
    /// The time to sign with.
    clock: ServiceClock,
}

/// Sends requests of any kind to one domain. Whoever only looks is given its [`Reads`].
#[derive(Debug)]
pub struct Client {
    reads: Reads,
}

impl std::ops::Deref for Client {
    type Target = Reads;

    fn deref(&self) -> &Reads {
        &self.reads
    }
}

impl std::fmt::Debug for Reads {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Client")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Sets up a client; nothing is sent and no password is read yet.
    pub fn new(
        target: Target,
        material: Material,
        region: &str,
        credentials: Option<SharedCredentialsProvider>,
        limits: Limits,
        authorities: Option<Authorities>,
    ) -> Result<Self, Error> {
        let reads = Reads {
            http: connect::http_client(&target, &limits, authorities)?,
            target,
            material,
            region: region.to_owned(),
            provider: credentials,
            cache: Cache::default(),
            limits,
            clock: ServiceClock::default(),
        };
        Ok(Self { reads })
    }

    /// Signs with the time of a clock that AWS has put right already; the domain's own answers correct only this client's.
    #[must_use]
    pub fn with_clock(mut self, clock: &ServiceClock) -> Self {
        self.reads.clock = ServiceClock::starting_with(clock);
        self
    }

    /// Sends a request. Reads are sent again while the domain throttles or a gateway fails, within the budget of [`Limits`], and at most three
    /// times when the connection breaks; writes are not, unless the answer proves that they were not looked at (a signature that the clock or an expired token spoiled).
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        self.reads.answer(request).await
    }
}

impl Reads {
    /// Returns where requests go.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Reads. It is sent again as [`Client::send`] says.
    pub async fn read(&self, read: &Read) -> Result<Response, Error> {
        self.answer(read.request()).await
    }

    /// Reads an answer that may be long, and may take the engine long, into a type of its own. The decoder sees to how much memory that
    /// takes.
    pub async fn fetch<T, E: Into<Undecoded>>(
        &self,
        read: &Read,
        longest: usize,
        decode: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<T, Error> {
        let tries = Tries::patient(self.limits, read.request().purpose);
        let (value, _) = self.decoded(read, tries, longest, decode).await?;
        Ok(value)
    }

    /// Reads an answer that may be long into a type of its own, with the server's clock where it said it.
    pub async fn read_as<T, E: Into<Undecoded>>(
        &self,
        read: &Read,
        longest: usize,
        decode: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<(T, Option<SystemTime>), Error> {
        let tries = Tries::new(self.limits, read.request().purpose);
        self.decoded(read, tries, longest, decode).await
    }

    async fn decoded<T, E: Into<Undecoded>>(
        &self,
        read: &Read,
        tries: Tries,
        longest: usize,
        decode: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<(T, Option<SystemTime>), Error> {
        let judge = |(raw, ()): (Raw, ()), operation: &str| {
            let date = raw.date();
            let value = raw.judge_as(&self.target, operation, &decode)?;
            Ok((value, date))
        };
        let request = read.request();
        let (dated, _) = self
            .exchange(request, tries, &Whole(longest), judge)
            .await?;
        Ok(dated)
    }

    async fn answer(&self, request: &Request) -> Result<Response, Error> {
        let tries = Tries::new(self.limits, request.purpose);
        let judge = |(raw, ()): (Raw, ()), operation: &str| raw.judge(&self.target, operation);
        let whole = Whole(self.limits.body);
        let (response, notes) = self.exchange(request, tries, &whole, judge).await?;
        Ok(Response { notes, ..response })
    }

    /// Sends a request, and again where that may help; `judge` decides what was received.
    pub(super) async fn exchange<R: Receive, T>(
        &self,
        request: &Request,
        mut tries: Tries,
        receive: &R,
        judge: impl Fn((Raw, R::Rest), &str) -> Result<T, Error>,
    ) -> Result<(T, Vec<Note>), Error> {
        let message = Message::new(request, &self.target, &self.material)?;
        loop {
            let outcome = self.attempt(&message, tries.until(), receive).await;
            if let Ok((raw, _)) = &outcome
                && let Some(note) = self.corrected_clock(&message, raw, &tries)
            {
                tries.notes.push(note);
                continue;
            }
            let error = match outcome.and_then(|answer| judge(answer, &message.operation)) {
                Ok(value) => return Ok((value, tries.notes)),
                Err(error) => error,
            };
            if tries.should_renew(&error) && self.cache.forget().await {
                continue;
            }
            match tries.wait_after(&error) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
        }
    }

    /// Says whether this machine's clock was found wrong and corrected for signing.
    pub fn clock_note(&self) -> Option<Note> {
        let seconds = self.clock.correction()?;
        Some(Note::ClockCorrected { seconds })
    }

    async fn attempt<R: Receive>(
        &self,
        message: &Message,
        until: Instant,
        receive: &R,
    ) -> Result<(Raw, R::Rest), Error> {
        let authentication = self.authentication(message, until).await?;
        let request = message.to_http(authentication)?;
        let shown = trace::Exchange::begin(
            "domain",
            request.method().as_str(),
            &message.signed_url,
            words(request.headers()),
        );
        let began = Instant::now();
        let answer = match timeout_at(until, self.http.execute(request)).await {
            Ok(Ok(answer)) => receive.receive(self, answer, until).await,
            Ok(Err(error)) => Err(connect::failure(&self.target, error)),
            Err(_) => Err(self.late(began)),
        };
        match (shown, &answer) {
            (Some(shown), Ok((raw, _))) => shown.answered(raw.status, words(&raw.headers)),
            (Some(shown), Err(error)) => shown.unanswered(&error.to_string()),
            (None, _) => {}
        }
        answer
    }

    /// The error of an answer that was not complete in time.
    pub(super) fn late(&self, began: Instant) -> Error {
        Error::Timeout {
            address: self.target.address(),
            after: began.elapsed(),
        }
    }

    /// Returns the headers that authenticate a message.
    async fn authentication(
        &self,
        message: &Message,
        until: Instant,
    ) -> Result<Vec<(String, String)>, Error> {
        match message.credential {
            Credential::Nothing => Ok(Vec::new()),
            Credential::Password => self
                .material
                .basic_header()
                .await
                .map(|value| vec![("authorization".to_owned(), value)]),
            Credential::Signature => {
                let provider = self
                    .provider
                    .as_ref()
                    .ok_or(Error::Credentials { source: None })?;
                let credentials = timeout_at(until, self.cache.credentials(provider));
                let credentials = credentials.await.map_err(|late| Error::Credentials {
                    source: Some(late.into()),
                })??;
                let to_sign = ToSign {
                    message,
                    region: &self.region,
                    time: self.clock.time(),
                };
                auth::signature(&to_sign, credentials).map_err(|error| Error::Credentials {
                    source: Some(error.into()),
                })
            }
        }
    }

    /// Corrects the clock once from the server's, where the answer says that the signature's time is the problem.
    fn corrected_clock(&self, message: &Message, raw: &Raw, tries: &Tries) -> Option<Note> {
        let signed = message.credential == Credential::Signature;
        if !signed || tries.clock_corrected() || !raw.blames_the_clock() {
            return None;
        }
        let seconds = self.clock.refused(raw.seconds()?)?;
        Some(Note::ClockCorrected { seconds })
    }
}

/// Takes the body of an answer.
pub(super) trait Receive: Sync {
    /// What is received beside the answer itself.
    type Rest: Send;

    /// Takes it until a moment.
    fn receive(
        &self,
        reads: &Reads,
        answer: reqwest::Response,
        until: Instant,
    ) -> impl Future<Output = Result<(Raw, Self::Rest), Error>> + Send;
}

/// Takes a whole body of at most so many bytes.
struct Whole(usize);

impl Receive for Whole {
    type Rest = ();

    async fn receive(
        &self,
        reads: &Reads,
        answer: reqwest::Response,
        until: Instant,
    ) -> Result<(Raw, ()), Error> {
        let began = Instant::now();
        let body = timeout_at(until, answer::read(answer, self.0));
        let raw = body.await.map_err(|_| reads.late(began))?;
        raw.map(|raw| (raw, ())).map_err(|error| match error {
            ReadError::Broken(error) => connect::failure(&reads.target, error),
            ReadError::TooLong => Error::TooLong { limit: self.0 },
        })
    }
}

/// The headers whose values are text.
fn words(headers: &reqwest::header::HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}
