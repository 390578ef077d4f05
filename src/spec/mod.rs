//! Placeholder until the spec branch is merged.

use crate::names::DomainName;
use std::path::PathBuf;

/// Describes the search domain.
#[derive(Clone, Debug)]
pub struct DomainSpec {
    /// The domain's name.
    pub name: Option<DomainName>,
    /// Where requests go.
    pub endpoint: Option<Endpoint>,
    /// A tunnel.
    pub connect_to: Option<HostPort>,
    /// The certificate authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// How requests are authenticated.
    pub auth: Auth,
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(pub url::Url);

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// How requests are authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Signed.
    Sigv4,
    /// User and password.
    Basic {
        /// User.
        username: String,
        /// Password.
        password: PasswordSource,
    },
    /// Nothing.
    None,
}

/// Where a password is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// An environment variable.
    Env(String),
    /// A file.
    File(PathBuf),
}
