//! A local stand-in for AWS accounts and their search domains on one loopback port; it must never reach outside loopback.
//!
//! One request travels: `server` (bytes) -> `route` (which service, faults, recorder) -> `sigv4` (who) ->
//! `s3` | `iam` | `sts` | `opensearch` | `domain` (what), each a synchronous function over `state::State`.
#![cfg_attr(
    not(test),
    expect(
        clippy::disallowed_methods,
        reason = "what a client sends wrongly is answered as the service answers it"
    )
)]

mod admin;
mod attach;
mod authorize;
mod clock;
mod credentials;
mod cut;
mod denial;
mod domain;
mod faults;
mod iam;
mod identifiers;
mod kms;
mod message;
mod opensearch;
mod persist;
mod policy;
mod principals;
mod recorder;
mod repeat;
mod route;
mod s3;
mod search_state;
mod server;
mod shared;
mod sigv4;
mod state;
mod sts;
mod world;
mod xml;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;

pub(crate) use attach::{Attached, attach_or_start};
pub use credentials::credentials;
pub(crate) use server::Running;
pub use server::start;

/// The header that every request to the admin API must carry, so that no browser can drive it.
pub(crate) const ADMIN_HEADER: &str = "x-esbackup-sandbox";

/// How a sandbox is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The directory that keeps the state between runs; `None` keeps it in memory only.
    pub state_dir: Option<PathBuf>,
    /// The loopback port to serve; 0 takes any free one.
    pub port: u16,
}

/// Why a sandbox could not be started or reached.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The loopback port could not be opened.
    #[error("could not listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file of the state directory could not be read or written.
    #[error("could not use {path}", path = path.display())]
    State {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The state file is not what a sandbox wrote.
    #[error("{path} is not a sandbox's state: remove the directory to start anew", path = path.display())]
    Damaged {
        /// The state file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Another process serves the state directory.
    #[error("another process holds {path}", path = path.display())]
    Held {
        /// The state directory.
        path: PathBuf,
    },
}
