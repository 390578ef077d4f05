//! The search domain: what AWS says about it, where requests may go, and a signed REST client that never follows, compresses or resends.

pub mod answer;
pub mod auth;
pub mod client;
mod connect;
pub mod connection;
pub mod described;
pub mod endpoint;
pub mod engine;
pub mod error;
mod message;
mod readable;
mod refusal;
pub mod request;
mod retry;
mod stream;
pub mod vouch;

#[cfg(test)]
pub(crate) mod tests;

pub use crate::limits::Limits;
pub use answer::{Arriving, Note, Response, Undecoded};
pub use auth::Material;
pub use client::{Client, Reads};
pub use connect::Authorities;
pub use connection::{
    Auth, DomainSpec, Endpoint, EndpointError, HostPort, PasswordSource, SERVERLESS,
};
pub use described::{Described, ServiceSoftware};
pub use endpoint::{EndpointRefused, Target};
pub use engine::{Engine, EngineKind};
pub use error::Error;
pub use refusal::{Origin, Refusal};
pub use request::{Method, Purpose, Read, Request, Sign, encoded_length};
