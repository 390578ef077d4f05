//! Where requests to the domain go; it never lets a credential go to a host that neither AWS nor the operator named.

use super::connect::{LeadsElsewhere, leads_away};
use super::connection::{Auth, DomainSpec, Endpoint, HostPort};
use super::described::Described;
use super::vouch::{Tunnel, credentials, tunnel_may};
use crate::trust::address::{is_loopback, names_here};
use crate::trust::{Grant, Trust, Want};
use std::net::SocketAddr;
use std::time::Duration;
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

/// Where a connection may lead, whatever a name server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addresses {
    /// Not to this machine, not to its link and to no metadata service: no domain of Amazon's is there.
    NotHere,
    /// To this machine, where tunnels are, and not to its link or a metadata service.
    NotOnLink,
    /// Anywhere: the operator named the host.
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
    /// The host is none that DescribeDomain gave, and the operator does not vouch for it.
    #[error("credentials are not sent to {host}: DescribeDomain does not name it")]
    Untrusted {
        /// The host, without a port.
        host: String,
        /// The hosts that DescribeDomain gave.
        described: Vec<String>,
        /// What would be sent, in words.
        what: String,
    },
    /// AWS described a domain of another account, which vouches for nothing.
    #[error("AWS described the domain of another account: {arn}")]
    AnotherAccount {
        /// The domain's ARN.
        arn: String,
    },
    /// Something else that the spec names and the operator does not vouch for.
    #[error("{}: {}", .0.title, .0.label)]
    Unvouched(Box<Want>),
    /// Credentials would travel unencrypted.
    #[error("credentials are not sent to {host} over http: use https, or `auth: none`")]
    Plain {
        /// The host, without a port.
        host: String,
    },
}

impl EndpointRefused {
    /// Returns what would allow it, where that is the operator's word, and what would happen then.
    #[must_use]
    pub fn wants(&self) -> Option<(Grant, String)> {
        match self {
            Self::Untrusted { host, what, .. } => {
                Some((Grant::Endpoint(host.clone()), format!("{host} gets {what}")))
            }
            Self::Unvouched(want) => Some((want.grant.clone(), want.would.clone())),
            _ => None,
        }
    }
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
        self.addresses = Addresses::Any;
        self.connect_to = Some(HostPort {
            host: sandbox.ip().to_string(),
            port: sandbox.port(),
        });
        self
    }
}

/// Decides where requests go. Credentials go only to a host that DescribeDomain gave, the spec's own endpoint first where it is among
/// them, or to one that is trusted.
///
/// # Errors
/// Why there is no place that requests may go to.
pub fn choose(
    spec: &DomainSpec,
    described: Option<&Described>,
    trust: &Trust,
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
        described: hosts.contains(&endpoint.host) && !names_here(&endpoint.host),
        trusted: trust.endpoint(&endpoint.host),
    };
    let credentials = credentials_may(spec, &endpoint, standing, hosts)?;
    Ok(Target {
        addresses: addresses(spec, &endpoint, standing, trust)?,
        scheme: endpoint.scheme,
        own_scheme: endpoint.scheme,
        host: endpoint.host,
        port: endpoint.port,
        connect_to: spec.connect_to.clone(),
        amazon: spec.name.is_some(),
        credentials,
    })
}

/// Decides where the connection may lead, and refuses what says already by its name that it leads elsewhere.
fn addresses(
    spec: &DomainSpec,
    endpoint: &Address,
    standing: Standing,
    trust: &Trust,
) -> Result<Addresses, EndpointRefused> {
    let (host, key, addresses) = match &spec.connect_to {
        Some(tunnel) => {
            let encrypted = endpoint.scheme == Scheme::Https;
            let addresses = match tunnel_may(spec, encrypted, tunnel, trust) {
                Tunnel::Anywhere => Addresses::Any,
                Tunnel::ThisMachine => Addresses::NotOnLink,
                Tunnel::NotHere => Addresses::NotHere,
            };
            (tunnel.host.as_str(), "connect_to", addresses)
        }
        None if standing.trusted => (endpoint.host.as_str(), "endpoint", Addresses::Any),
        None => (endpoint.host.as_str(), "endpoint", Addresses::NotHere),
    };
    let elsewhere = match addresses {
        Addresses::Any => false,
        Addresses::NotOnLink => names_here(host) && !is_loopback(host),
        Addresses::NotHere => names_here(host),
    };
    if !elsewhere {
        return Ok(addresses);
    }
    let what = format!("{host} is this machine, its own network link or a metadata service");
    let title = format!("`domain.{key}` names a host that is not trusted");
    Err(here(key, title, host, what))
}

/// Looks up where the name of a target leads, before anything is sent there.
///
/// # Errors
/// The refusal, where it leads to this machine, its link or a metadata service and may not.
pub(crate) async fn look_up(target: &Target, within: Duration) -> Result<(), EndpointRefused> {
    match leads_away(target, within).await {
        None => Ok(()),
        Some(LeadsElsewhere { host, address }) => {
            let key = match target.connect_to {
                Some(_) => "connect_to",
                None => "endpoint",
            };
            let what = format!(
                "the name {host} leads to {address}: this machine, its own network link or a metadata service"
            );
            let title = "the domain is not asked".to_owned();
            Err(here(key, title, &host, what))
        }
    }
}

fn here(key: &'static str, title: String, host: &str, label: String) -> EndpointRefused {
    let host = match host.contains(':') && !host.starts_with('[') {
        true => format!("[{host}]"),
        false => host.to_owned(),
    };
    EndpointRefused::Unvouched(Box::new(Want {
        key,
        title,
        label,
        would: format!("{host} is asked, which is on this machine or its link"),
        grant: Grant::Endpoint(host),
    }))
}

/// Reads a host as `--trust-endpoint` takes it: without scheme, port, path or wildcard, in the form in which URLs carry it.
pub fn bare_host(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    match Host::parse(text).ok()? {
        Host::Domain(name) if name.contains('*') || name.split('.').any(str::is_empty) => None,
        host => Some(host.to_string()),
    }
}

/// Returns whether a host belongs to Amazon OpenSearch Serverless, whose collections have no snapshot API of their own,
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-comparison.html>.
pub(crate) fn is_serverless(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let amazons = [".amazonaws.com", ".amazonaws.com.cn", ".on.aws", ".api.aws"];
    let serverless = |part: &str| part == "aoss" || part.starts_with("aoss-");
    amazons.iter().any(|end| host.ends_with(end)) && host.split('.').any(serverless)
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
    match spec.auth {
        // Nothing is sent that could be stolen; a registration that would have to be signed stays unsigned.
        Auth::None if plain || !named => return Ok(CredentialsMay::NeverBeSent),
        Auth::None | Auth::Sigv4 | Auth::Basic { .. } => {}
    }
    match (named, plain) {
        (false, _) => Err(EndpointRefused::Untrusted {
            host: endpoint.host.clone(),
            described,
            what: credentials(&spec.auth).unwrap_or_default(),
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
