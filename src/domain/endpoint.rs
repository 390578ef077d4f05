//! Where requests to the domain go; it never lets a credential go to a host that neither AWS nor the operator named.

use super::remote::Described;
use crate::spec::{Auth, DomainSpec, Endpoint, HostPort};
use std::net::{IpAddr, SocketAddr};
use url::Host;

/// Says where requests go and which credentials may go there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `https` outside of loopback and the sandbox.
    pub(super) scheme: Scheme,
    /// The scheme of the endpoint itself, which the sandbox stands in for.
    pub(super) own_scheme: Scheme,
    /// The host of the URL, the Host header, the signature and the TLS server name. IPv6 addresses carry brackets.
    pub(super) host: String,
    /// The port, where the endpoint says one.
    pub(super) port: Option<u16>,
    /// Where the connection goes instead, with everything else unchanged.
    pub(super) connect_to: Option<HostPort>,
    /// Whether this is an Amazon domain, on which registrations are always signed.
    pub(super) amazon: bool,
    /// Whether signatures and passwords may be sent at all.
    pub(super) credentials: CredentialsMay,
    /// Where its name may lead.
    pub(super) addresses: Addresses,
}

/// Says where the name of a target may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addresses {
    /// Not to this machine and not to its link: no domain of Amazon's is there, whatever a name server says.
    OfAmazon,
    /// Anywhere: the operator named the host, or the cluster is nobody's but the spec's.
    Any,
}

/// Names the scheme of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

/// Says whether credentials may be sent to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CredentialsMay {
    BeSent,
    NeverBeSent,
}

/// Tells why there is no endpoint that requests may go to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointRefused {
    /// The spec names a domain that AWS does not know.
    #[error("the domain {name} does not exist")]
    NoDomain {
        /// The domain's name.
        name: String,
    },
    /// AWS knows the domain, which has no endpoint yet or no longer.
    #[error("the domain {name} has no endpoint: it is being created or deleted")]
    NoEndpoint {
        /// The domain's name.
        name: String,
    },
    /// The spec has neither a domain name nor an endpoint.
    #[error("the spec names neither a domain nor an endpoint")]
    Nowhere,
    /// The host is none that DescribeDomain gave, and it was not named with `--trust-endpoint`.
    #[error(
        "credentials are not sent to {host}: DescribeDomain does not name it; name it with --trust-endpoint {host} if it is yours"
    )]
    Untrusted {
        /// The host, without a port.
        host: String,
        /// The hosts that DescribeDomain gave.
        described: Vec<String>,
    },
    /// Credentials would travel unencrypted.
    #[error("credentials are not sent to {host} over http: use https, or `auth: none`")]
    Plain {
        /// The host, without a port.
        host: String,
    },
}

impl Target {
    /// Returns the endpoint as people write it, for output: that of the domain itself, also where the sandbox stands in for it.
    pub fn own_url(&self) -> String {
        self.with_scheme(self.own_scheme)
    }

    /// Returns the URL of what requests are sent to.
    pub(super) fn url(&self) -> String {
        self.with_scheme(self.scheme)
    }

    fn with_scheme(&self, scheme: Scheme) -> String {
        let scheme = match scheme {
            Scheme::Https => "https",
            Scheme::Http => "http",
        };
        format!("{scheme}://{}", self.authority())
    }

    /// Returns the host without a port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Says whether connections are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Returns the Host header.
    pub(super) fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Returns where the connection goes, for errors.
    pub(super) fn address(&self) -> String {
        match &self.connect_to {
            Some(HostPort { host, port }) => format!("{host}:{port} (for {})", self.authority()),
            None => self.authority(),
        }
    }

    /// Sends every connection to the sandbox, in plain HTTP, while Host and signature stay the domain's.
    pub fn in_sandbox(mut self, sandbox: SocketAddr) -> Self {
        self.scheme = Scheme::Http;
        self.connect_to = Some(HostPort {
            host: sandbox.ip().to_string(),
            port: sandbox.port(),
        });
        self
    }
}

/// Decides where requests go. With a domain name, credentials go only to a host that DescribeDomain gave, the spec's own endpoint first
/// where it is among them, or to one that the operator named in `trusted`.
pub fn choose(
    spec: &DomainSpec,
    described: Option<&Described>,
    trusted: &[String],
) -> Result<Target, EndpointRefused> {
    let known = match &spec.name {
        Some(name) => {
            let name = name.as_str().to_owned();
            Some(
                described
                    .filter(|domain| !domain.state.deleted)
                    .ok_or(EndpointRefused::NoDomain { name })?,
            )
        }
        None => None,
    };
    let hosts: Vec<String> = known
        .iter()
        .flat_map(|domain| &domain.endpoints)
        .filter_map(|host| bare_host(host))
        .collect();
    let endpoint = match (&spec.endpoint, &spec.name) {
        (Some(endpoint), _) => Address::from(endpoint),
        (None, Some(name)) => {
            let host = hosts.first().ok_or_else(|| EndpointRefused::NoEndpoint {
                name: name.as_str().to_owned(),
            })?;
            Address {
                scheme: Scheme::Https,
                host: host.clone(),
                port: None,
            }
        }
        (None, None) => return Err(EndpointRefused::Nowhere),
    };
    let standing = Standing {
        described: hosts.contains(&endpoint.host) && !names_this_machine(&endpoint.host),
        trusted: trusted
            .iter()
            .filter_map(|host| bare_host(host))
            .any(|host| host == endpoint.host),
        self_managed: spec.name.is_none(),
    };
    let credentials = credentials_may(spec, &endpoint, standing, hosts)?;
    Ok(Target {
        scheme: endpoint.scheme,
        own_scheme: endpoint.scheme,
        host: endpoint.host,
        port: endpoint.port,
        connect_to: spec.connect_to.clone(),
        amazon: spec.name.is_some(),
        credentials,
        addresses: match spec.name.is_some() && !standing.trusted {
            true => Addresses::OfAmazon,
            false => Addresses::Any,
        },
    })
}

/// Reads a host as `--trust-endpoint` takes it: without scheme, port, path or wildcard, in the form in which URLs carry it.
pub fn bare_host(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    match Host::parse(text).ok()? {
        Host::Domain(name) if name.contains('*') || name.split('.').any(str::is_empty) => None,
        host => Some(host.to_string()),
    }
}

struct Address {
    scheme: Scheme,
    host: String,
    port: Option<u16>,
}

impl From<&Endpoint> for Address {
    fn from(endpoint: &Endpoint) -> Self {
        let scheme = if endpoint.is_plain() {
            Scheme::Http
        } else {
            Scheme::Https
        };
        // `name.` and `name` are the same host.
        let host = endpoint.host().trim_end_matches('.').to_owned();
        Self {
            scheme,
            host,
            port: endpoint.url().port(),
        }
    }
}

#[derive(Clone, Copy)]
struct Standing {
    described: bool,
    trusted: bool,
    self_managed: bool,
}

fn credentials_may(
    spec: &DomainSpec,
    endpoint: &Address,
    standing: Standing,
    described: Vec<String>,
) -> Result<CredentialsMay, EndpointRefused> {
    let plain = endpoint.scheme == Scheme::Http
        && !stays_on_loopback(&endpoint.host, spec.connect_to.as_ref());
    let named = standing.described || standing.trusted;
    let allowed = match spec.auth {
        // Nothing is sent that could be stolen; a registration that would have to be signed stays unsigned.
        Auth::None if plain || !named => return Ok(CredentialsMay::NeverBeSent),
        Auth::None | Auth::Sigv4 => named,
        // The password belongs to the cluster that the spec names.
        Auth::Basic { .. } => named || standing.self_managed,
    };
    match (allowed, plain) {
        (false, _) => Err(EndpointRefused::Untrusted {
            host: endpoint.host.clone(),
            described,
        }),
        (true, true) => Err(EndpointRefused::Plain {
            host: endpoint.host.clone(),
        }),
        (true, false) => Ok(CredentialsMay::BeSent),
    }
}

/// A loopback URL whose connection is sent elsewhere does not stay on this machine.
fn stays_on_loopback(host: &str, connect_to: Option<&HostPort>) -> bool {
    is_loopback(host) && connect_to.is_none_or(|tunnel| is_loopback(&tunnel.host))
}

/// Says whether a host is this machine or on its link by its very name.
fn names_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    is_loopback(host) || address.parse::<IpAddr>().is_ok_and(is_here)
}

/// Says whether an address is this machine or something on its own link, such as the metadata service.
pub(super) fn is_here(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_link_local() || address.is_unspecified()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unicast_link_local() || address.is_unspecified()
        }
    }
}

/// Says whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
