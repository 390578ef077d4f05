//! Puts together what an error prints: doing, layer, the service's own words, request id, cause and remedy. It renders nothing.

use super::{Context, Layer, Party, Transient, denied, diagnose, remedy};
use crate::aws::CallError;
use crate::causes::chain;
use crate::domain::{Error, Refusal};
use crate::failure::Class;
use crate::trust::Grant;
use std::error::Error as StdError;

/// Holds everything that an error prints, for the renderers. Words come from services and are not safe for a terminal yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What was being done: `PUT /_snapshot/logs`, `s3 CreateBucket`.
    pub doing: String,
    /// Who said no, where that is known.
    pub layer: Option<Layer>,
    /// The service's own words, the outermost first and the whole chain of causes after it.
    pub words: Vec<String>,
    /// The request id.
    pub request_id: Option<String>,
    /// Whose request it was, where a policy denied it.
    pub party: Option<Party>,
    /// Why, where the table knows the words.
    pub cause: Option<String>,
    /// What to do, where the table knows the words.
    pub remedy: Option<String>,
    /// The row of the table.
    pub row: Option<u16>,
    /// Whether it may pass by itself.
    pub transient: Transient,
}

/// Names an error that can be explained.
#[derive(Clone, Copy, Debug)]
pub enum Explained<'a> {
    /// A request to the domain.
    Domain {
        /// What was being done.
        doing: &'a str,
        /// What went wrong.
        error: &'a Error,
    },
    /// A call of an AWS API.
    Call(&'a CallError),
    /// A refusal that is at hand already.
    Refusal(&'a Refusal),
}

/// Explains an error; words that no row of the table knows are passed on as they are.
pub fn explain(error: Explained<'_>, context: &Context) -> Explanation {
    match error {
        Explained::Refusal(refusal) => refused(refusal, context),
        Explained::Domain {
            error: Error::Refused(refusal),
            ..
        } => refused(refusal, context),
        Explained::Domain { doing, error } => unanswered(doing, error),
        Explained::Call(call) => called(call, context),
    }
}

fn refused(refusal: &Refusal, context: &Context) -> Explanation {
    let known = diagnose(refusal, context);
    Explanation {
        doing: refusal.operation.clone(),
        layer: known.as_ref().map(|known| known.layer),
        words: refusal.chain.clone(),
        request_id: refusal.request_id.clone(),
        party: known
            .as_ref()
            .filter(|known| known.layer.is_permission())
            .map(|_| Party::of(refusal)),
        cause: known.as_ref().map(|known| known.cause.clone()),
        row: known.as_ref().map(|known| known.row),
        transient: known
            .as_ref()
            .map_or(Transient::No, |known| known.transient),
        remedy: known.map(|known| known.remedy),
    }
}

fn called(call: &CallError, context: &Context) -> Explanation {
    let refusal = super::refusal_of(call);
    let mut explanation = refused(&refusal, context);
    // S3 most often says `Access Denied` and no more.
    if call.class == Class::Denied && explanation.remedy.is_none() {
        let hint = denied::boundary_hint(call.operation, context).unwrap_or_default();
        explanation.remedy = remedy::grant(&refusal, context)
            .map(|grant| grant + &denied::or_else(&refusal) + &hint);
        explanation.party = Some(Party::Caller);
    }
    // With an answer the message is the service's own words; without one only the sources tell what happened.
    let unanswered = call.source.as_deref().filter(|_| call.status.is_none());
    for word in chain_of(unanswered.map(|source| source as &dyn StdError)) {
        if !explanation.words.contains(&word) {
            explanation.words.push(word);
        }
    }
    explanation.layer = explanation.layer.or(match call.class {
        Class::Unreachable | Class::Timeout => Some(Layer::Network),
        Class::Credentials => Some(Layer::Signature),
        Class::Denied => Some(Layer::Unnamed),
        Class::Throttled => Some(Layer::Quota),
        _ => None,
    });
    // Every service has words of its own for it (`SlowDown: Please reduce your request rate.`); the code tells.
    if call.class == Class::Throttled {
        explanation.transient = Transient::Throttled;
    }
    if call.class == Class::Unexpected {
        explanation.layer = explanation.layer.or(Some(Layer::Network));
        explanation.cause = explanation.cause.or(Some(
            "something other than AWS answered, or its answer was changed on the way".to_owned(),
        ));
        explanation.remedy = explanation.remedy.or_else(|| {
            Some("check the proxy (HTTPS_PROXY, NO_PROXY) and AWS_ENDPOINT_URL, then run it again: it reads first what was done; -vv shows the requests".to_owned())
        });
    }
    if explanation.remedy.is_none() && may_work_later(call) {
        explanation.remedy = Some("run it again: it reads first what was done".to_owned());
    }
    if call.status.is_none() && explanation.row.is_none() {
        let (cause, remedy) = no_answer(call.class);
        explanation.cause = explanation.cause.or(cause.map(str::to_owned));
        explanation.remedy = explanation.remedy.or(remedy.map(str::to_owned));
    }
    explanation
}

/// Whether nothing is wrong with the request itself: the service failed, or something else is changing the same thing.
fn may_work_later(call: &CallError) -> bool {
    call.service_failed() || matches!(call.class, Class::Busy | Class::Throttled)
}

/// What it means that an AWS API gave no answer, by the kind of failure.
fn no_answer(class: Class) -> (Option<&'static str>, Option<&'static str>) {
    match class {
        Class::Credentials => (Some(NO_CREDENTIALS.0), Some(NO_CREDENTIALS.1)),
        Class::Unreachable => (
            Some("AWS could not be reached from here"),
            Some("check the network, the proxy (HTTPS_PROXY, NO_PROXY) and AWS_ENDPOINT_URL"),
        ),
        Class::Timeout => (
            Some("AWS gave no complete answer in time"),
            Some(
                "check the network and the proxy, then run it again: it reads first what was done",
            ),
        ),
        _ => (None, None),
    }
}

/// Cause and remedy where nothing can be signed.
const NO_CREDENTIALS: (&str, &str) = (
    "there are no AWS credentials to sign the request with",
    "set AWS_PROFILE, or the AWS_ACCESS_KEY_ID variables, or log in again",
);

fn unanswered(doing: &str, error: &Error) -> Explanation {
    let mut words = vec![error.to_string()];
    words.extend(chain_of(error.source()));
    let (layer, cause, remedy) = unanswered_texts(error);
    let trusting = match error {
        Error::Rebound { host, .. } => Some(Grant::Endpoint(host.clone()).hint()),
        _ => None,
    };
    Explanation {
        doing: doing.to_owned(),
        layer,
        words,
        request_id: None,
        party: None,
        cause: cause.map(str::to_owned),
        remedy: match (remedy, trusting) {
            (Some(remedy), Some(trusting)) => Some(format!("{remedy}; {trusting}")),
            (remedy, _) => remedy.map(str::to_owned),
        },
        row: None,
        transient: Transient::No,
    }
}

type Texts = (Option<Layer>, Option<&'static str>, Option<&'static str>);

fn unanswered_texts(error: &Error) -> Texts {
    match error {
        Error::Name { .. } => (
            Some(Layer::Network),
            Some("the host name has no address here"),
            Some(
                "check the endpoint; a VPC domain has a public name but is reached only from its VPC, a VPN or a tunnel (`connect_to`)",
            ),
        ),
        Error::Rebound { .. } => (
            Some(Layer::Network),
            Some(
                "a name server, or this machine's own list of hosts, sends the domain's name elsewhere",
            ),
            Some(
                "correct the name server, or the host in the spec; a tunnel belongs into `connect_to`",
            ),
        ),
        Error::Connect { .. } => (
            Some(Layer::Network),
            Some("nothing accepts connections there, or a firewall is in between"),
            Some("check the security group, the VPN or the tunnel (`connect_to`)"),
        ),
        Error::Timeout { .. } => (
            Some(Layer::Network),
            Some("no complete answer in time"),
            Some(
                "a VPC domain drops connections from outside: check the security group, the VPN or the tunnel (`connect_to`)",
            ),
        ),
        Error::Broken { .. } => (
            Some(Layer::Network),
            Some("the connection was closed in the middle of an answer"),
            Some("run the command again: it reads first what was done"),
        ),
        Error::Tls { .. } => (
            Some(Layer::Tls),
            Some("the certificate was not accepted, or the port does not speak TLS"),
            Some(
                "name the certificate authority in `ca_file`; through a tunnel keep the domain's own name in `endpoint` and use `connect_to`",
            ),
        ),
        Error::Redirected { .. } | Error::NotAnEngine { .. } => (
            Some(Layer::Network),
            Some(
                "something other than the search engine answered: a proxy, a login page, Dashboards",
            ),
            Some(
                "use the domain's endpoint, not the address of Dashboards or of a proxy with a login page",
            ),
        ),
        Error::Credentials { .. } => (
            Some(Layer::Signature),
            Some(NO_CREDENTIALS.0),
            Some(NO_CREDENTIALS.1),
        ),
        Error::Garbled { .. } => (
            Some(Layer::Network),
            Some("the answer was cut off on the way"),
            Some("run the command again: it reads first what was done"),
        ),
        Error::Unconfirmed => (
            None,
            Some(
                "the domain neither refuses nor acknowledges the request: it may still be carried out",
            ),
            Some("run the command again: it reads first what was done"),
        ),
        Error::Unexpected(_) => (
            None,
            Some("the domain answers in a way that this esbackup does not know"),
            None,
        ),
        Error::TooLong { .. } | Error::TooHeavy => (
            None,
            Some("there is more of it than esbackup reads in one answer"),
            None,
        ),
        Error::Crowded => (
            Some(Layer::Repository),
            Some("there are more of them than fit into the memory that esbackup allows itself"),
            Some(
                "`esbackup snapshot delete NAME` and `snapshot show NAME` read one snapshot at a time; delete old snapshots with `esbackup snapshot prune`, which decides about those that were read, then run it again",
            ),
        ),
        Error::CaFile { .. } => (
            Some(Layer::Tls),
            None,
            Some("`ca_file` must hold certificates in PEM form"),
        ),
        Error::Setup { .. } => (
            Some(Layer::Tls),
            None,
            Some("install the system's CA certificates, or name some in `ca_file`"),
        ),
        Error::Password { .. } | Error::Request(_) | Error::Refused(_) => (None, None, None),
    }
}

/// What HTTP libraries say around what happened.
const NOISE: [&str; 6] = [
    "",
    "other",
    "error sending request",
    "client error (Connect)",
    "dispatch failure",
    "io error",
];

/// Returns the texts of a chain of sources, without the repetitions that HTTP libraries make.
fn chain_of(first: Option<&(dyn StdError + 'static)>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for cause in first.into_iter().flat_map(chain) {
        let text = cause.to_string();
        if !NOISE.contains(&text.as_str()) && !words.contains(&text) {
            words.push(text);
        }
    }
    words
}
