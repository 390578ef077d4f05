//! The search domain: what AWS says about it, where requests may go, and a signed REST client that never follows, compresses or resends.

pub(crate) mod answer;
pub(crate) mod auth;
pub(crate) mod client;
mod connect;
pub(crate) mod connection;
pub(crate) mod described;
pub(crate) mod endpoint;
pub(crate) mod engine;
pub(crate) mod error;
mod message;
mod readable;
mod refusal;
pub(crate) mod request;
mod retry;
mod stream;
pub(crate) mod vouch;

#[cfg(test)]
pub(crate) mod tests;

pub use crate::limits::Limits;
pub use answer::Arriving;
pub(crate) use answer::{Note, Undecoded};
pub use auth::Material;
pub use client::Client;
pub(crate) use client::Reads;
pub(crate) use connect::Authorities;
pub(crate) use connection::{
    Auth, DomainSpec, Endpoint, EndpointError, HostPort, PasswordSource, SERVERLESS,
};
pub(crate) use described::Described;
pub use described::ServiceSoftware;
pub use endpoint::EndpointRefused;
#[cfg(test)]
pub(crate) use endpoint::Target;
pub use engine::Engine;
pub(crate) use engine::EngineKind;
pub use error::Error;
pub(crate) use refusal::Origin;
pub use refusal::Refusal;
pub use request::Method;
pub use request::Request;
pub(crate) use request::{Read, encoded_length};
