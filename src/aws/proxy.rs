//! The proxy of the environment for the SDK clients, which know none by themselves; loopback and instance metadata never go through it.
//! It is the one that the domain's client finds: [the same variables in the same order, and the same reading of
//! them](https://docs.rs/hyper-util/latest/hyper_util/client/proxy/matcher/struct.Matcher.html#method.from_env).

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use http::Uri;

use crate::outlet::secret;

/// Of each pair the first that is set counts, even when it is empty; the second pair where the first names no proxy.
const VARIABLES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// What a domain at `http://` is asked through, and the domain alone.
const PLAIN: [&str; 2] = ["HTTP_PROXY", "http_proxy"];

/// What is asked without a proxy.
const BUT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// With this variable the process was started for a request of the web, whose headers become variables: no proxy is read from them.
const WEB: &str = "REQUEST_METHOD";

/// What is never asked through a proxy, beside what `NO_PROXY` names.
const NEVER: &str = "localhost,127.0.0.0/8,::1";

/// Says which variable names a proxy that cannot be used. Its value is not told, since it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} must name a proxy as http://HOST:PORT or https://HOST:PORT")]
pub(crate) struct ProxyError {
    /// The variable's name.
    pub name: &'static str,
}

/// Reads the proxy of the environment, so that nothing goes past one that is meant and cannot be used.
///
/// # Errors
/// Which variable cannot be used.
pub(crate) fn check() -> Result<(), ProxyError> {
    found(&|name| std::env::var(name).ok()).map(drop)
}

/// The HTTP client of the SDK with the environment's proxy; none where there is no proxy. AWS is asked by HTTPS only: what goes by plain
/// HTTP is metadata of this machine, which is no proxy's business.
pub(super) fn client() -> Option<SharedHttpClient> {
    let lookup = |name: &str| std::env::var(name).ok();
    remember(&lookup);
    // What cannot be used is told by `check`.
    let proxy = ProxyConfig::https(found(&lookup).ok()??).ok()?;
    let but = first(&BUT, &lookup).map_or_else(String::new, |(_, but)| but);
    let proxy = proxy.no_proxy(format!("{but},{NEVER}"));
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder().proxy_config(proxy.clone());
        if let Some(settings) = settings {
            builder = builder.connector_settings(settings.clone());
        }
        if let Some(sleep) = components.and_then(|components| components.sleep_impl()) {
            builder = builder.sleep_impl(sleep);
        }
        builder
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build()
    });
    Some(client)
}

fn first(
    names: &[&'static str],
    lookup: &impl Fn(&str) -> Option<String>,
) -> Option<(&'static str, String)> {
    let mut set = names
        .iter()
        .filter_map(|name| lookup(name).map(|value| (*name, value)));
    set.next()
}

/// The proxy that HTTPS goes through.
fn found(lookup: &impl Fn(&str) -> Option<String>) -> Result<Option<Uri>, ProxyError> {
    if lookup(WEB).is_some() {
        return Ok(None);
    }
    let mut set = VARIABLES.iter().filter_map(|names| first(names, lookup));
    match set.find(|(_, value)| !value.is_empty()) {
        None => Ok(None),
        Some((name, value)) => usable(&value).map(Some).ok_or(ProxyError { name }),
    }
}

/// A proxy without a scheme is meant as `http://`.
fn usable(value: &str) -> Option<Uri> {
    let uri: Uri = value.parse().ok()?;
    let authority = uri.authority()?;
    match uri.scheme_str() {
        Some("http" | "https") => Some(uri),
        Some(_) => None,
        None => format!("http://{authority}").parse().ok(),
    }
}

/// Remembers the passwords of all proxies that may be asked, as they are written and as they are meant.
fn remember(lookup: &impl Fn(&str) -> Option<String>) {
    for value in VARIABLES
        .iter()
        .flatten()
        .chain(&PLAIN)
        .filter_map(|name| lookup(name))
    {
        let uri = usable(&value);
        let authority = uri.as_ref().and_then(Uri::authority);
        let user = authority.and_then(|all| all.as_str().rsplit_once('@'));
        if let Some((_, password)) = user.and_then(|(user, _)| user.split_once(':')) {
            secret::keep(password);
            secret::keep(&percent_encoding::percent_decode_str(password).decode_utf8_lossy());
        }
    }
}

#[cfg(test)]
mod tests;
