//! Scripted faults: which request of which operation meets which misfortune; it must never act on the admin API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::message::Answer;

/// One scripted fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    /// `iam:CreateRole`, `es:PUT _snapshot`; a `*` at the end matches any rest.
    pub operation: String,
    /// Only requests whose path and query contain this.
    #[serde(default)]
    pub path_contains: Option<String>,
    /// The first matching request that is hit, from 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many in a row are hit.
    #[serde(default = "one")]
    pub times: u64,
    /// In place of `nth` and `times`: each so-many'th matching request is hit, as a service does that is asked too often.
    #[serde(default)]
    pub every: Option<u64>,
    /// In place of `nth` and `times`: so many of a hundred matching requests are hit, the same ones in every run.
    #[serde(default)]
    pub percent: Option<u64>,
    pub action: Action,
    /// Matching requests so far.
    #[serde(default)]
    pub seen: u64,
}

/// What happens to a request that is hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Action {
    /// Answers this in place of the service; the request is not carried out.
    Status {
        code: u16,
        #[serde(default)]
        error_code: String,
        #[serde(default)]
        message: String,
        #[serde(default)]
        body: Option<String>,
        #[serde(default)]
        headers: Vec<(String, String)>,
    },
    /// Carried out after a while.
    Delay {
        ms: u64,
    },
    /// Carried out at once; the answer comes after a while.
    DelayAfter {
        ms: u64,
    },
    /// The connection ends and nothing was carried out.
    DropBefore,
    /// Carried out, then the connection ends without an answer.
    DropAfter,
    /// Neither carried out nor answered: held until the client goes away. `GET /_sandbox/held` says when it is.
    HoldBefore,
    /// Carried out, then held without an answer until the client goes away.
    HoldAfter,
    /// Carried out; the answer's body ends after this many bytes.
    Truncate {
        bytes: usize,
    },
    /// Carried out; the connection ends after this many bytes of the answer, in the middle of its head.
    CutHead {
        bytes: usize,
    },
    /// Carried out, and answered as if it had failed, or with another body.
    StatusAfter {
        code: u16,
        #[serde(default)]
        error_code: String,
        #[serde(default)]
        message: String,
        #[serde(default)]
        body: Option<String>,
    },
    /// A proxy's page in place of the answer.
    Html,
    /// An answer of status 200 whose body never ends; the request is not carried out.
    Endless,
    /// Carried out; a page says that more follows, under the marker that it was asked for with.
    RepeatMarker,
    /// Makes the bucket of a CreateBucket exist just before it is carried out.
    CreateBucketFirst {
        /// Who owns it.
        account: String,
        #[serde(default)]
        tags: BTreeMap<String, String>,
        /// The key of an object that it holds.
        #[serde(default)]
        object: Option<String>,
    },
    Redirect {
        location: String,
    },
    /// Reads see the state of this many writes ago.
    Stale {
        writes: usize,
    },
}

fn one() -> u64 {
    1
}

/// All faults of a running sandbox.
#[derive(Debug, Default)]
pub(super) struct Faults {
    scripted: Vec<Fault>,
    /// How many requests are held now.
    pub held: u64,
}

impl Faults {
    /// Replaces the script.
    pub(super) fn set(&mut self, script: Vec<Fault>) {
        self.scripted = script;
    }

    /// Adds to the script.
    pub(super) fn add(&mut self, fault: Fault) {
        self.scripted.push(fault);
    }

    /// Returns the script with its counters.
    pub(super) fn list(&self) -> &[Fault] {
        &self.scripted
    }

    /// Counts a request and returns the first fault that hits it.
    pub(super) fn next(&mut self, operation: &str, target: &str) -> Option<Action> {
        let mut hit = None;
        for fault in self
            .scripted
            .iter_mut()
            .filter(|fault| fault.matches(operation, target))
        {
            fault.seen += 1;
            if hit.is_none() && fault.hits() {
                hit = Some(fault.action.clone());
            }
        }
        hit
    }
}

impl Fault {
    /// Whether the request that was just counted is hit.
    fn hits(&self) -> bool {
        match (self.percent, self.every) {
            (Some(percent), _) => scattered(self.seen) % 100 < percent,
            (None, Some(every)) => self.seen.is_multiple_of(every),
            (None, None) => (self.nth..self.nth.saturating_add(self.times)).contains(&self.seen),
        }
    }

    fn matches(&self, operation: &str, target: &str) -> bool {
        let named = match self.operation.strip_suffix('*') {
            Some(start) => operation.starts_with(start),
            None => operation == self.operation,
        };
        named
            && self
                .path_contains
                .as_deref()
                .is_none_or(|part| target.contains(part))
    }
}

/// A number that looks drawn, from one that counts (the finalizer of SplitMix64).
/// <https://doi.org/10.1145/2714064.2660195>
fn scattered(count: u64) -> u64 {
    let mut mixed = count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The page that a proxy shows in place of an answer.
pub(super) fn html() -> Answer {
    let page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>\n";
    Answer {
        status: 200,
        headers: vec![("content-type".into(), "text/html; charset=utf-8".into())],
        body: page.into(),
    }
}
