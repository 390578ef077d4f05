//! What can go wrong between esbackup and a domain; no text here repeats its source or carries a credential.

use super::refusal::Refusal;
use crate::failure::Class;
use std::error::Error as StdError;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Tells why a request to the domain has no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The domain, or the front door before it, answered with an error.
    #[error("{} was refused with status {}", .0.operation, .0.status.unwrap_or_default())]
    Refused(Box<Refusal>),
    /// The answer points elsewhere; redirects are never followed, since they would carry the signature along.
    #[error("the endpoint answers {status} and points to {location}")]
    Redirected {
        /// The HTTP status.
        status: u16,
        /// Where it points, made safe for a terminal.
        location: String,
    },
    /// A success that is not JSON: a login page, a proxy, another service.
    #[error("{host} does not answer as a search engine does: status {status}, {content_type}")]
    NotAnEngine {
        /// The host that was asked.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The content type, made safe for a terminal.
        content_type: String,
        /// How the body begins, made safe for a terminal.
        excerpt: String,
    },
    /// A success that says it is JSON and is not: cut off on the way.
    #[error("the answer (status {status}) is not complete JSON")]
    Garbled {
        /// The HTTP status.
        status: u16,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// The body is longer than the limit.
    #[error("the answer is longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body holds more than is decoded.
    #[error("the answer holds more values than are read at once")]
    TooHeavy,
    /// A list of snapshots holds more than is read at once.
    #[error(
        "the repository's snapshots, with the names of their indices, are more than are read at once"
    )]
    Crowded,
    /// The host name has no address.
    #[error("the name {host} cannot be resolved")]
    Name {
        /// The name that was looked up.
        host: String,
        /// What the resolver said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A name that is not trusted leads to this machine, its own link or a metadata service.
    #[error("the name {host} leads to {address}: this machine, its own link or a metadata service")]
    Rebound {
        /// The name that was looked up.
        host: String,
        /// Where it leads.
        address: IpAddr,
    },
    /// The connection was never established.
    #[error("no connection to {address}")]
    Connect {
        /// Where the connection was to go.
        address: String,
        /// What the network said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// TLS failed: an unknown certificate, another name, no TLS at all.
    #[error("TLS with {host} failed")]
    Tls {
        /// The server name that was expected.
        host: String,
        /// What TLS said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The connection broke after it was established; the request may have been carried out.
    #[error("the connection to {address} broke before the answer was complete")]
    Broken {
        /// Where the connection went.
        address: String,
        /// What the network said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// No complete answer in time; the request may have been carried out.
    #[error("no complete answer from {address} within {} ms", .after.as_millis())]
    Timeout {
        /// Where the connection went.
        address: String,
        /// How long it was waited.
        after: Duration,
    },
    /// A success that holds something else than what was asked for.
    #[error("the answer is not {0}")]
    Unexpected(&'static str),
    /// A success that does not say that the request was carried out.
    #[error("the answer does not say that it was done")]
    Unconfirmed,
    /// A request that cannot be sent as it is meant, for example a path segment `..`.
    #[error("the request cannot be sent: {0}")]
    Request(&'static str),
    /// The password's environment variable or file gives none. The text names the source and never its content.
    #[error("the password cannot be read from {from}")]
    Password {
        /// The variable or the file.
        from: String,
        /// What the system said, where it said something.
        #[source]
        source: Option<std::io::Error>,
    },
    /// There are no AWS credentials to sign with.
    #[error("no AWS credentials to sign with")]
    Credentials {
        /// What the provider said.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The file with certificate authorities is unreadable or holds no certificate.
    #[error("{} holds no usable certificate", .path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What the system or the parser said.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The HTTP client cannot be set up, for example because the system has no certificate authorities.
    #[error("the HTTP client cannot be set up")]
    Setup {
        /// What lies below.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    /// Returns the HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => refusal.status,
            Self::Redirected { status, .. } | Self::NotAnEngine { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Says whether a write may have been carried out although no answer tells.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Self::Broken { .. } | Self::Timeout { .. } => true,
            Self::TooLong { .. } | Self::TooHeavy => true,
            Self::Garbled { .. } | Self::NotAnEngine { .. } | Self::Unconfirmed => true,
            // A gateway gave up waiting, or lost the node: the engine may still be at it.
            Self::Refused(refusal) => matches!(refusal.status, Some(502..=504)),
            _ => false,
        }
    }

    /// Says whether a gateway or the front door failed, or the domain throttles: asking again later may help. An engine's own 500 is its answer
    /// to the request.
    pub fn service_failed(&self) -> bool {
        self.refusal().is_some_and(|refusal| {
            refusal.is_throttled() || matches!(refusal.status, Some(408 | 502..=504))
        })
    }

    /// Says whether reading again later may help: what the domain does not know or not offer, and what is no answer of an engine, stays as it
    /// is.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Refused(refusal) => {
                self.service_failed()
                    || matches!(refusal.status, Some(500))
                    || refusal.code.as_deref() == Some("cluster_block_exception")
            }
            Self::Garbled { .. }
            | Self::Name { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Broken { .. }
            | Self::Timeout { .. }
            | Self::Rebound { .. } => true,
            Self::Redirected { .. }
            | Self::NotAnEngine { .. }
            | Self::TooLong { .. }
            | Self::TooHeavy
            | Self::Crowded
            | Self::Unexpected(_)
            | Self::Unconfirmed
            | Self::Request(_)
            | Self::Password { .. }
            | Self::Credentials { .. }
            | Self::CaFile { .. }
            | Self::Setup { .. } => false,
        }
    }

    /// Returns the class of the failure.
    pub fn class(&self) -> Class {
        match self {
            Self::Refused(refusal) => match refusal.status {
                Some(401 | 403) => Class::Denied,
                _ if refusal.is_throttled() => Class::Throttled,
                _ if self.service_failed() => Class::Unavailable,
                _ => Class::Failed,
            },
            Self::Rebound { .. } => Class::Refused,
            Self::Timeout { .. } => Class::Timeout,
            Self::Name { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Broken { .. }
            | Self::Garbled { .. } => Class::Unreachable,
            Self::Redirected { .. }
            | Self::NotAnEngine { .. }
            | Self::Unexpected(_)
            | Self::Unconfirmed => Class::Unexpected,
            Self::TooLong { .. }
            | Self::TooHeavy
            | Self::Crowded
            | Self::Request(_)
            | Self::Password { .. }
            | Self::Credentials { .. }
            | Self::CaFile { .. }
            | Self::Setup { .. } => Class::Failed,
        }
    }

    /// Returns the refusal, where the domain answered with one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}
