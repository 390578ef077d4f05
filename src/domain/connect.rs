//! Opens connections to the domain; only where a connection goes may differ from the URL, never Host, server name or signature.

use super::connection::HostPort;
use super::endpoint::{Addresses, Scheme, Target};
use super::error::Error;
use crate::causes::chain;
use crate::files;
use crate::limits::Limits;
use crate::trust::address::{is_here, is_loopback, is_loopback_address};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, ClientBuilder};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

/// How long an idle connection is kept for the next request; load balancers keep theirs for a minute.
const IDLE: Duration = Duration::from_secs(15);

/// Sets up the HTTP client for one target: no redirects, no resending, no compression, TLS 1.2 or newer.
pub(super) fn http_client(
    target: &Target,
    limits: &Limits,
    authorities: Option<Authorities>,
) -> Result<reqwest::Client, Error> {
    let mut builder = ClientBuilder::new()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .connect_timeout(limits.connect)
        // A write on a connection that the server is just closing would have an unknown outcome.
        .pool_idle_timeout(IDLE)
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .user_agent(concat!("esbackup/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Resolver::of(target));
    // A proxy would take the connection elsewhere than `connect_to` says, and loopback is not its business.
    if target.connect_to.is_some() || is_loopback(&target.host) {
        builder = builder.no_proxy();
    }
    match (target.scheme, authorities) {
        // Reading the system's certificates costs milliseconds that plain HTTP need not pay.
        (Scheme::Http, _) => builder = builder.tls_certs_only([]),
        (Scheme::Https, Some(named)) => builder = builder.tls_certs_only(named.0),
        (Scheme::Https, None) => {}
    }
    builder.build().map_err(|source| Error::Setup {
        source: source.into(),
    })
}

/// A longer file is no list of authorities; those of a system are a tenth of it.
const LONGEST_AUTHORITIES: usize = 4 * 1024 * 1024;

/// The certificate authorities that a spec names in place of the system's.
#[derive(Debug)]
pub struct Authorities(Vec<Certificate>);

impl Authorities {
    /// Reads them from a file in PEM form.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no certificate.
    pub async fn read(path: &Path) -> Result<Self, Error> {
        let refuse = |source| Error::CaFile {
            path: path.to_owned(),
            source,
        };
        let pem = files::any(path, LONGEST_AUTHORITIES).await;
        let pem = pem.map_err(|error| refuse(Some(error.into())))?;
        match Certificate::from_pem_bundle(&pem) {
            Ok(certificates) if certificates.is_empty() => Err(refuse(None)),
            Ok(certificates) => Ok(Self(certificates)),
            // What the parser says may hold a part of the file, which may be no certificate.
            Err(_) => Err(refuse(None)),
        }
    }
}

/// Returns scheme and authority of the URL under which the HTTP library connects to a target. The port is left out where the
/// connection goes elsewhere: with a port in the URL the library overrides the one that the resolver gave.
pub(super) fn connection_base(target: &Target) -> Result<String, Error> {
    let scheme = if target.scheme == Scheme::Https {
        "https"
    } else {
        "http"
    };
    let literal = target.host.starts_with('[') || target.host.parse::<IpAddr>().is_ok();
    match &target.connect_to {
        None => Ok(format!("{scheme}://{}", target.authority())),
        Some(_) if !literal => Ok(format!("{scheme}://{}", target.host)),
        // Addresses are never resolved, so the connection can only be sent elsewhere through the URL.
        Some(HostPort { host, port }) if target.scheme == Scheme::Http => {
            let host = if host.contains(':') {
                format!("[{}]", host.trim_matches(['[', ']']))
            } else {
                host.clone()
            };
            Ok(format!("http://{host}:{port}"))
        }
        Some(_) => Err(Error::Request(
            "`connect_to` needs an endpoint with a host name, not an address",
        )),
    }
}

/// Marks a failed name lookup in a chain of errors.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub(super) struct LookupFailed {
    host: String,
    source: std::io::Error,
}

/// Marks a name that leads to this machine, its link or a metadata service, and is not trusted.
#[derive(Debug, thiserror::Error)]
#[error("it leads to {address}")]
pub(super) struct LeadsElsewhere {
    pub(super) host: String,
    pub(super) address: IpAddr,
}

/// Looks up names: the target's own, and that of a proxy of the environment. Behind a proxy the target's name is looked up by the proxy,
/// and where it leads cannot be told from here.
pub(super) struct Resolver {
    /// The host of the target.
    pub(super) host: String,
    pub(super) connect_to: Option<HostPort>,
    pub(super) addresses: Addresses,
}

impl Resolver {
    pub(super) fn of(target: &Target) -> Self {
        Self {
            host: target.host.clone(),
            connect_to: target.connect_to.clone(),
            addresses: target.addresses,
        }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (host, port) = match &self.connect_to {
            Some(HostPort { host, port }) => (host.trim_matches(['[', ']']).to_owned(), *port),
            None => (name.as_str().to_owned(), 0),
        };
        // A proxy may well be on this machine: only where the connection itself goes may not lead here.
        let own = self.connect_to.is_some() || host.eq_ignore_ascii_case(&self.host);
        let elsewhere: fn(IpAddr) -> bool = match self.addresses {
            Addresses::NotHere if own => is_here,
            Addresses::NotOnLink if own => |found| is_here(found) && !is_loopback_address(found),
            _ => |_| false,
        };
        Box::pin(async move {
            let failed = |host: &str, source: std::io::Error| LookupFailed {
                host: host.to_owned(),
                source,
            };
            let found = tokio::net::lookup_host((host.as_str(), port))
                .await
                .map_err(|error| failed(&host, error))?;
            // `localhost` is trusted as this machine, whatever a name server says.
            let addresses: Vec<SocketAddr> = found
                .filter(|address| host != "localhost" || address.ip().is_loopback())
                .collect();
            let away = |address: &&SocketAddr| elsewhere(address.ip());
            if let Some(found) = addresses.iter().find(away) {
                let address = found.ip();
                return Err(LeadsElsewhere { host, address }.into());
            }
            if addresses.is_empty() {
                return Err(failed(&host, std::io::ErrorKind::NotFound.into()).into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Looks up the name that a connection goes to, and refuses one that leads to this machine, its link or a metadata service and may not.
/// Every connection is judged again by itself: this makes the refusal known before anything else is tried.
pub(super) async fn leads_away(target: &Target, within: Duration) -> Option<LeadsElsewhere> {
    let restricted = target.addresses != Addresses::Any;
    // A proxy looks up the names of what is far; here they may have no address at all.
    let proxied = target.amazon && target.connect_to.is_none() && proxies();
    let name: Name = target.host.parse().ok()?;
    if !restricted || proxied {
        return None;
    }
    let looked_up = tokio::time::timeout(within, Resolver::of(target).resolve(name)).await;
    let refused = looked_up.ok()?.err()?;
    refused
        .downcast::<LeadsElsewhere>()
        .ok()
        .map(|found| *found)
}

/// Says whether the environment names a proxy.
fn proxies() -> bool {
    ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]
        .iter()
        .any(|name| {
            [name.to_string(), name.to_ascii_lowercase()]
                .iter()
                .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
        })
}

/// Says what a failure of the HTTP library means.
pub(super) fn failure(target: &Target, error: reqwest::Error) -> Error {
    let connecting = error.is_connect();
    let source = error.without_url();
    let lookup = chain(&source).find_map(|cause| cause.downcast_ref::<LookupFailed>());
    if let Some(LookupFailed { host, .. }) = lookup {
        return Error::Name {
            host: host.clone(),
            source: source.into(),
        };
    }
    let rebound = chain(&source).find_map(|cause| cause.downcast_ref::<LeadsElsewhere>());
    if let Some(LeadsElsewhere { host, address }) = rebound {
        return Error::Rebound {
            host: host.clone(),
            address: *address,
        };
    }
    let tls = target.scheme == Scheme::Https && chain(&source).any(spoils_handshake);
    match (connecting, tls) {
        (true, true) => Error::Tls {
            host: target.host().to_owned(),
            source: source.into(),
        },
        (true, false) => Error::Connect {
            address: target.address(),
            source: source.into(),
        },
        (false, _) => Error::Broken {
            address: target.address(),
            source: source.into(),
        },
    }
}

/// The TLS library reports bad certificates and bad records as invalid data, and a peer that hangs up as an unexpected end.
fn spoils_handshake(cause: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    let io = cause.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| matches!(error.kind(), InvalidData | UnexpectedEof))
}
