//! Receives answers of any length: each is decoded while it arrives, and never held.

use super::answer::{Arriving, Raw, Undecoded};
use super::client::{Reads, Receive};
use super::connect;
use super::error::Error;
use super::request::Read;
use super::retry::Tries;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How much of an answer is held, to say what it is where it is no answer of an engine.
const BEGINNING: usize = 4096;

/// How much of a refusal is held; its readers hold less.
const REFUSAL: usize = 4 * 1024 * 1024;

/// How many bytes are taken: an answer that is longer has no end.
const ENDLESS: u64 = 16 * 1024 * 1024 * 1024;

/// How many bytes a second prolong the time that an answer may take. What is slower ends when that time is over.
const LEAST_PER_SECOND: u64 = 128 * 1024;

/// Decodes a body while it arrives.
struct Piecewise<F>(F);

impl Reads {
    /// Reads an answer of any length, decoding it while it arrives. The engine may take all of `limits.total` until its answer begins. Then
    /// something must arrive every `limits.attempt`, and what arrives prolongs the time; an answer that trickles ends with the first limit.
    ///
    /// # Errors
    /// What the domain or the network answered, or that the answer cannot be decoded.
    pub async fn stream<D>(
        &self,
        read: &Read,
        decoder: impl Fn() -> D + Sync,
    ) -> Result<D::Whole, Error>
    where
        D: Arriving<Whole: Send> + Send,
    {
        let request = read.request();
        let tries = Tries::patient(self.limits, request.purpose);
        let judge = |(raw, whole): (Raw, Decoded<D>), operation: &str| match raw.status {
            200..=299 => raw.success(&self.target, whole),
            _ => raw.judge_as(&self.target, operation, &nothing),
        };
        let receive = Piecewise(decoder);
        let (whole, _) = self.exchange(request, tries, &receive, judge).await?;
        Ok(whole)
    }
}

/// What came of an answer.
type Decoded<D> = Result<<D as Arriving>::Whole, Undecoded>;

impl<D, F> Receive for Piecewise<F>
where
    D: Arriving<Whole: Send> + Send,
    F: Fn() -> D + Sync,
{
    type Rest = Decoded<D>;

    async fn receive(
        &self,
        reads: &Reads,
        mut answer: reqwest::Response,
        until: Instant,
    ) -> Result<(Raw, Decoded<D>), Error> {
        let began = Instant::now();
        let status = answer.status().as_u16();
        let mut raw = Raw {
            status,
            headers: std::mem::take(answer.headers_mut()),
            body: Vec::new(),
        };
        let mut decoder = (self.0)();
        let success = (200..=299).contains(&status);
        let held = if success { BEGINNING } else { REFUSAL };
        let mut length = 0_u64;
        loop {
            let prolonged = until + Duration::from_secs(length / LEAST_PER_SECOND);
            let next = prolonged.min(Instant::now() + reads.limits.attempt);
            let chunk = timeout_at(next, answer.chunk()).await;
            let chunk = chunk.map_err(|_| reads.late(began))?;
            let chunk = chunk.map_err(|error| connect::failure(&reads.target, error))?;
            let Some(chunk) = chunk else {
                let whole = match success {
                    true => decoder.end(),
                    false => nothing(&[]),
                };
                return Ok((raw, whole));
            };
            length = length.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            let missing = held.saturating_sub(raw.body.len());
            let beginning = chunk.get(..missing).unwrap_or(&chunk);
            raw.body.extend_from_slice(beginning);
            let taken = match success {
                true if length > ENDLESS => Err(Undecoded::TooMuch),
                true => decoder.take(&chunk),
                // Of a refusal no more is read than is held.
                false if beginning.len() < chunk.len() => Err(Undecoded::TooMuch),
                false => Ok(()),
            };
            if let Err(why) = taken {
                return Ok((raw, Err(why)));
            }
        }
    }
}

/// Decodes what is no success, which nothing does.
fn nothing<T>(_: &[u8]) -> Result<T, Undecoded> {
    Err(Undecoded::TooMuch)
}
