//! What the way to a domain asks to be trusted: each host, variable, file and authority that only the spec names. Sends nothing.

use std::path::Path;

use super::connection::{Auth, DomainSpec, HostPort, PasswordSource};
use crate::outlet::visible;
use crate::trust::address::{is_loopback, names_here};
use crate::trust::{Grant, OWN_VARIABLES, Trust, Want};

/// Returns what is asked and not granted. `folder` is the one that the files of the spec stay below.
///
/// A host of an Amazon domain is not judged here: only DescribeDomain tells whether it is the domain's.
pub(crate) fn wants(domain: &DomainSpec, folder: &Path, trust: &Trust) -> Vec<Want> {
    let found = [
        endpoint(domain, trust),
        connect_to(domain, trust),
        authority(domain, folder, trust),
        password(domain, folder, trust),
    ];
    found.into_iter().flatten().collect()
}

/// Returns what credentials are sent, in words; nothing where none are.
pub(crate) fn credentials(auth: &Auth) -> Option<String> {
    match auth {
        Auth::None => None,
        Auth::Sigv4 => Some("requests signed with your AWS credentials".to_owned()),
        Auth::Basic { username, password } => {
            let username = shown(username);
            Some(match password {
                PasswordSource::Env(name) => {
                    format!("the user `{username}` and the password in the variable {name}")
                }
                PasswordSource::File(path) => format!(
                    "the user `{username}` and the password in the file {}",
                    shown(&path.to_string_lossy())
                ),
            })
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// Returns whether requests are encrypted; those to a host that DescribeDomain names always are.
fn is_encrypted(domain: &DomainSpec) -> bool {
    domain
        .endpoint
        .as_ref()
        .is_none_or(|endpoint| !endpoint.is_plain())
}

fn endpoint(domain: &DomainSpec, trust: &Trust) -> Option<Want> {
    let endpoint = domain.endpoint.as_ref()?;
    let host = endpoint.host().trim_end_matches('.').to_owned();
    if trust.endpoint(&host) {
        return None;
    }
    let here = domain.connect_to.is_none() && names_here(&host);
    let (label, would) = match credentials(&domain.auth) {
        Some(what) if domain.name.is_none() => {
            let label = format!("nothing but the spec vouches for {host}, which would get {what}");
            (label, format!("{endpoint} gets {what}"))
        }
        None if here => (
            format!("{host} is this machine, its own network link or a metadata service"),
            format!("{endpoint} is asked, which is on this machine or its link"),
        ),
        Some(_) | None => return None,
    };
    Some(Want {
        key: "endpoint",
        title: "`domain.endpoint` names a host that is not trusted".to_owned(),
        label,
        would,
        grant: Grant::Endpoint(host),
    })
}

/// A tunnel over TLS gets nothing: the domain's own certificate is asked for at its end. Anything else that listens on this machine
/// or its link is not asked.
fn connect_to(domain: &DomainSpec, trust: &Trust) -> Option<Want> {
    let tunnel = domain.connect_to.as_ref()?;
    let may = tunnel_may(domain, is_encrypted(domain), tunnel, trust);
    if may != Tunnel::NotHere || !names_here(&tunnel.host) {
        return None;
    }
    let host = bracketed(&tunnel.host);
    Some(Want {
        key: "connect_to",
        title: "`domain.connect_to` names a host that is not trusted".to_owned(),
        label: format!("{host} is this machine, its own network link or a metadata service"),
        would: format!("{tunnel} is connected to, which is on this machine or its link"),
        grant: Grant::Endpoint(host),
    })
}

/// Where a tunnel may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tunnel {
    /// Anywhere: its host is trusted.
    Anywhere,
    /// To a port of this machine too, as tunnels do; never to its link or a metadata service.
    ThisMachine,
    /// Neither to this machine nor to its link.
    NotHere,
}

/// Decides where a tunnel may lead. What is sent through it is read only by whoever has the domain's certificate, unless nothing is
/// encrypted or nobody cares who answers.
pub(crate) fn tunnel_may(
    domain: &DomainSpec,
    encrypted: bool,
    tunnel: &HostPort,
    trust: &Trust,
) -> Tunnel {
    if trust.endpoint(&bracketed(&tunnel.host)) {
        return Tunnel::Anywhere;
    }
    let guarded = encrypted && domain.auth != Auth::None;
    match guarded && (is_loopback(&tunnel.host) || !names_here(&tunnel.host)) {
        true => Tunnel::ThisMachine,
        false => Tunnel::NotHere,
    }
}

/// Returns a host as URLs carry it.
fn bracketed(host: &str) -> String {
    match host.contains(':') {
        true => format!("[{host}]"),
        false => host.to_owned(),
    }
}

fn authority(domain: &DomainSpec, folder: &Path, trust: &Trust) -> Option<Want> {
    let file = domain.ca_file.as_ref().filter(|_| is_encrypted(domain))?;
    if trust.authority(file) {
        return None;
    }
    // Also without `auth` the registration of a repository on an Amazon domain is signed.
    if domain.auth == Auth::None && domain.name.is_none() {
        return trust.want_of_file("ca_file", "domain.ca_file", file, folder);
    }
    let what = credentials(&domain.auth).unwrap_or_else(|| "signed requests".to_owned());
    let real = crate::trust::paths::absolute(file);
    Some(Want {
        key: "ca_file",
        title: "`domain.ca_file` names an authority that is not trusted".to_owned(),
        label: "credentials go to no host that only an authority of the spec vouches for"
            .to_owned(),
        would: format!(
            "{} vouches for the host that gets {what}",
            shown(&real.to_string_lossy())
        ),
        grant: Grant::Ca(real),
    })
}

fn password(domain: &DomainSpec, folder: &Path, trust: &Trust) -> Option<Want> {
    let Auth::Basic { username, password } = &domain.auth else {
        return None;
    };
    match password {
        PasswordSource::Env(name) if trust.variable(name) => None,
        PasswordSource::Env(name) => Some(Want {
            key: "auth.basic.password.env",
            title: "`domain.auth.basic.password.env` names a variable that is not trusted"
                .to_owned(),
            label: format!("{name} is neither trusted nor called {OWN_VARIABLES}..."),
            would: format!(
                "the value of the variable {name} is sent as the password of `{}`",
                shown(username)
            ),
            grant: Grant::Env(name.clone()),
        }),
        PasswordSource::File(file) => {
            let named = "domain.auth.basic.password.file";
            trust.want_of_file("auth.basic.password.file", named, file, folder)
        }
    }
}
