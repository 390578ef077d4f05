//! The connection to a domain as a spec describes it: endpoint, tunnel, authority, credentials. It holds no secret, only where one is found.

use std::path::PathBuf;

use super::endpoint::is_serverless;
use crate::names::DomainName;

/// The `domain` of a spec: an Amazon domain by its name, a cluster by its endpoint, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainSpec {
    /// Name of the Amazon domain; it gives the ARN and the state.
    pub name: Option<DomainName>,
    /// Where requests go, where that is not what the service says.
    pub endpoint: Option<Endpoint>,
    /// Where connections go (a tunnel); URL, Host, server name and signature stay the domain's.
    pub connect_to: Option<HostPort>,
    /// Certificates (PEM) that the endpoint's certificate may be issued by.
    pub ca_file: Option<PathBuf>,
    /// How requests are authenticated.
    pub auth: Auth,
}

/// Base URL of a domain: `https://host[:port]`, without path, query or user; `http` only on loopback or with `auth: none`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(url::Url);

/// Why a host of OpenSearch Serverless is refused.
pub(crate) const SERVERLESS: &str = "this is OpenSearch Serverless, which has no manual snapshots: esbackup needs a domain or a cluster";

/// Why a text is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// A collection of OpenSearch Serverless.
    #[error("{SERVERLESS}")]
    Serverless,
    /// Not a URL.
    #[error("an endpoint is a URL such as https://search.example.com:9200")]
    NotAUrl,
    /// Another scheme.
    #[error("an endpoint begins with https:// (or http:// on loopback or with auth: none)")]
    Scheme,
    /// More than scheme, host and port.
    #[error("an endpoint has no {0}: only scheme, host and port")]
    Extra(&'static str),
}

impl Endpoint {
    /// Checks the URL.
    ///
    /// # Errors
    /// The rule that it breaks; the text itself is never part of it, because it may hold a password.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let written = text.split_once("://").map_or(text, |(_, rest)| rest);
        let authority = written.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        if is_serverless(host.split(':').next().unwrap_or_default()) {
            return Err(EndpointError::Serverless);
        }
        let url = url::Url::parse(text).map_err(|_| EndpointError::NotAUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(EndpointError::Scheme);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(EndpointError::NotAUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Extra("user or password"));
        }
        if !matches!(url.path(), "" | "/") {
            return Err(EndpointError::Extra("path"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(EndpointError::Extra("query or fragment"));
        }
        Ok(Self(url))
    }

    /// Returns the URL; its path is `/`.
    #[must_use]
    pub fn url(&self) -> &url::Url {
        &self.0
    }

    /// Returns the host, an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Returns whether requests go without TLS.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Returns whether the host is this machine: `localhost` or a loopback address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// A host and a port that connections go to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// Host name or address, an IPv6 address without brackets.
    pub host: String,
    /// Port, never 0.
    pub port: u16,
}

impl HostPort {
    /// Reads `HOST:PORT`, an IPv6 address in brackets.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let port = port.parse::<u16>().ok().filter(|port| *port != 0)?;
        let host = match url::Host::parse(host).ok()? {
            url::Host::Domain(name) => name,
            url::Host::Ipv4(address) => address.to_string(),
            url::Host::Ipv6(address) => address.to_string(),
        };
        Some(Self { host, port })
    }
}

impl std::fmt::Display for HostPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// How requests to the domain are authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Auth {
    /// Signed with the caller's AWS credentials.
    #[default]
    Sigv4,
    /// A user of the domain's own database; registration is signed even so.
    Basic {
        /// Name of the user.
        username: String,
        /// Where the password is found.
        password: PasswordSource,
    },
    /// Not authenticated.
    None,
}

/// Where a password is found; a spec never holds one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// In an environment variable.
    Env(String),
    /// In a file.
    File(PathBuf),
}
