//! Turns an error into a failure: task, layer, messages, request id, cause and hint. It renders nothing.

use super::{Context, Diagnosis, Transient, denial, denied, diagnose, found, remedy};
use crate::aws::CallError;
use crate::causes::chain;
use crate::domain::{Error, Origin, Refusal};
use crate::failure::{Class, Failure, Layer, Party, Speaker};
use crate::trust::Grant;
use std::error::Error as StdError;

/// Names an error that can be explained.
#[derive(Clone, Copy, Debug)]
pub enum Explained<'a> {
    /// A request to the domain.
    Domain {
        /// What was being done.
        task: &'a str,
        /// What went wrong.
        error: &'a Error,
    },
    /// A call of an AWS API.
    Call(&'a CallError),
}

/// Explains an error; messages that no row of the table knows are passed on as they are.
pub fn explain(error: Explained<'_>, context: &Context) -> Failure {
    match error {
        Explained::Domain {
            error: error @ Error::Refused(refusal),
            ..
        } => refused(refusal, error.class(), diagnose(refusal, context)),
        Explained::Domain { task, error } => unanswered(task, error),
        Explained::Call(call) => called(call, context),
    }
}

/// Returns whether an error may pass by itself, without the text that explains it.
pub(crate) fn transience(error: Explained<'_>, context: &Context) -> Transient {
    let refused = |refusal: &Refusal| found(refusal, context).map(|(.., transient)| transient);
    let known = match error {
        Explained::Domain { error, .. } => error.refusal().and_then(refused),
        // Every service has words of its own for it (`SlowDown: Please reduce your request rate.`); the code tells.
        Explained::Call(call) if call.class == Class::Throttled => Some(Transient::Throttled),
        Explained::Call(call) => refused(&super::refusal_of(call)),
    };
    known.unwrap_or(Transient::No)
}

/// Returns the class of what is transient by its message.
fn passing(transient: Transient) -> Option<Class> {
    match transient {
        Transient::Throttled => Some(Class::Throttled),
        Transient::Busy | Transient::FreshBucket => Some(Class::Busy),
        Transient::No | Transient::IamPropagation | Transient::Changed(_) => None,
    }
}
fn class_of(refusal: &Refusal, layer: Option<Layer>, transient: Transient, class: Class) -> Class {
    match (passing(transient), layer) {
        (Some(class), _) => class,
        // The engine wraps a denial by S3 or by STS in a 500 of its own: the layer tells.
        (None, Some(layer)) if layer.is_permission() && refusal.origin == Origin::Domain => {
            Class::Denied
        }
        (None, _) => class,
    }
}

fn refused(refusal: &Refusal, class: Class, known: Option<Diagnosis>) -> Failure {
    let layer = known.as_ref().map(|known| known.layer);
    let transient = known
        .as_ref()
        .map_or(Transient::No, |known| known.transient);
    Failure {
        class: class_of(refusal, layer, transient, class),
        task: refusal.operation.clone(),
        layer,
        messages: refusal.chain.clone(),
        request_id: refusal.request_id.clone(),
        party: layer
            .filter(|layer| layer.is_permission())
            .map(|_| denial::party(refusal)),
        cause: known.as_ref().map(|known| known.cause.clone()),
        hint: known.map(|known| known.hint),
        speaker: Speaker::Service,
    }
}

fn called(call: &CallError, context: &Context) -> Failure {
    let refusal = super::refusal_of(call);
    let known = diagnose(&refusal, context);
    let is_known = known.is_some();
    let class = match call.code.as_deref() {
        Some("NoSuchBucket" | "OperationAborted") => Class::Busy,
        _ if call.class == Class::Failed && call.service_failed() => Class::Unavailable,
        _ => call.class,
    };
    let mut failure = refused(&refusal, class, known);
    // S3 most often says `Access Denied` and no more.
    if call.class == Class::Denied && failure.hint.is_none() {
        let hint = denied::boundary_hint(call.operation, context).unwrap_or_default();
        failure.hint = remedy::grant(&refusal, context)
            .map(|grant| (grant + &denied::or_else(&refusal) + &hint).into());
        failure.party = Some(Party::Caller);
    }
    // With an answer the message is the service's own; without one only the sources tell what happened.
    let unanswered = call.source.as_deref().filter(|_| call.status.is_none());
    for message in chain_of(unanswered.map(|source| source as &dyn StdError)) {
        if !failure.messages.contains(&message) {
            failure.messages.push(message);
        }
    }
    failure.layer = failure.layer.or(match call.class {
        Class::Unreachable | Class::Timeout => Some(Layer::Network),
        Class::Credentials => Some(Layer::Signature),
        Class::Denied => Some(Layer::Unnamed),
        Class::Throttled => Some(Layer::Quota),
        _ => None,
    });
    if call.class == Class::Unexpected {
        failure.layer = failure.layer.or(Some(Layer::Network));
        failure.cause = failure.cause.or(Some(
            "something other than AWS answered, or its answer was changed on the way".to_owned(),
        ));
        failure.hint = failure.hint.or_else(|| {
            Some("check the proxy (HTTPS_PROXY, NO_PROXY) and AWS_ENDPOINT_URL, then run it again: it reads first what was done; -vv shows the requests".into())
        });
    }
    if failure.hint.is_none() && may_work_later(call) {
        failure.hint = Some("run it again: it reads first what was done".into());
    }
    if call.status.is_none() && !is_known {
        let (cause, hint) = no_answer(call.class);
        failure.cause = failure.cause.or(cause.map(str::to_owned));
        failure.hint = failure.hint.or(hint.map(Into::into));
    }
    failure
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

fn unanswered(task: &str, error: &Error) -> Failure {
    let mut messages = vec![error.to_string()];
    messages.extend(chain_of(error.source()));
    let (layer, cause, hint) = unanswered_texts(error);
    let trusting = match error {
        Error::Rebound { host, .. } => Some(Grant::Endpoint(host.clone()).hint()),
        _ => None,
    };
    Failure {
        class: error.class(),
        task: task.to_owned(),
        layer,
        messages,
        request_id: None,
        party: None,
        cause: cause.map(str::to_owned),
        hint: match (hint, trusting) {
            (Some(hint), Some(trusting)) => Some(format!("{hint}; {trusting}").into()),
            (hint, _) => hint.map(Into::into),
        },
        speaker: Speaker::Service,
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
