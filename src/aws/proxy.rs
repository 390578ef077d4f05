//! The proxy of the environment for the SDK clients, which know none by themselves; loopback and instance metadata never go through it.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::secret;

/// The first that is set counts, as in every other client.
const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// What is never asked through a proxy, beside what `NO_PROXY` names.
const NEVER: &str = "localhost,127.0.0.0/8,::1";

/// The HTTP client of the SDK with the environment's proxy; none where there is no proxy. AWS is asked by HTTPS only: what goes by plain
/// HTTP is metadata of this machine, which is no proxy's business.
pub(super) fn client() -> Option<SharedHttpClient> {
    let proxy = variable(&VARIABLES)?;
    if let Some(password) = url::Url::parse(&proxy)
        .ok()
        .as_ref()
        .and_then(url::Url::password)
    {
        secret::keep(password);
    }
    // A proxy that is no URL cannot be used; the domain's client leaves it aside as well.
    let proxy = ProxyConfig::https(proxy).ok()?;
    let but = variable(&["no_proxy", "NO_PROXY"]).unwrap_or_default();
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

fn variable(names: &[&str]) -> Option<String> {
    let mut values = names.iter().filter_map(|name| std::env::var(name).ok());
    values.find(|value| !value.is_empty())
}
