//! Credentials as the standard AWS environment gives them; each secret is remembered, so that it is masked wherever a service echoes it.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::default_provider::use_dual_stack::use_dual_stack_provider;
use aws_config::default_provider::use_fips::use_fips_provider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{SdkConfig, imds};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::Mutex;

use crate::files;
use crate::outlet::secret;

/// A token file that is longer is no token file.
const LONGEST_TOKEN: usize = 64 * 1024;

/// How long the instance metadata service may take for one of its two answers: it is a hop away, or not there at all.
const METADATA: Duration = Duration::from_secs(2);

/// The standard chain of providers. Where nothing else gives credentials the instance metadata service is asked once, as in the AWS CLI, so
/// that a machine without one is told within two seconds.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>
pub(super) async fn chain(settings: ProviderConfig) -> DefaultCredentialsChain {
    let fips = use_fips_provider(&settings).await;
    let dual_stack = use_dual_stack_provider(&settings).await;
    let settings = settings.with_use_fips(fips).with_use_dual_stack(dual_stack);
    let metadata = imds::Client::builder()
        .configure(&settings)
        .max_attempts(1)
        .operation_timeout(METADATA)
        .build();
    DefaultCredentialsChain::builder()
        .configure(settings)
        .imds_client(metadata)
        .build()
        .await
}

/// The same configuration, whose secrets are known.
pub(super) fn watched(config: SdkConfig) -> SdkConfig {
    if let Some(refused) = watch_token_file() {
        return config
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(refused))
            .build();
    }
    match config.credentials_provider() {
        None => config,
        Some(provider) => config
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(Watched {
                provider,
                failed: Mutex::default(),
            }))
            .build(),
    }
}

/// How long a failure stands: whatever is read at the same time fails with the first, and later the provider is asked again.
const STANDS: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Watched {
    provider: SharedCredentialsProvider,
    failed: Mutex<Option<(Instant, Arc<CredentialsError>)>>,
}

impl ProvideCredentials for Watched {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            // One at a time: who waited while somebody else was refused is refused for the same.
            let mut failed = self.failed.lock().await;
            if let Some((at, error)) = failed.as_ref()
                && at.elapsed() < STANDS
            {
                return Err(the_same(error));
            }
            match self.provider.provide_credentials().await {
                Ok(credentials) => {
                    *failed = None;
                    remember(&credentials);
                    Ok(credentials)
                }
                Err(error) => {
                    let error = Arc::new(error);
                    *failed = Some((Instant::now(), Arc::clone(&error)));
                    Err(the_same(&error))
                }
            }
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.provider.fallback_on_interrupt()
    }
}

/// An error of the same kind, with the same words and causes.
fn the_same(error: &Arc<CredentialsError>) -> CredentialsError {
    let cause = Shared(Arc::clone(error));
    match **error {
        CredentialsError::CredentialsNotLoaded(_) => CredentialsError::not_loaded(cause),
        CredentialsError::InvalidConfiguration(_) => CredentialsError::invalid_configuration(cause),
        CredentialsError::ProviderError(_) => CredentialsError::provider_error(cause),
        _ => CredentialsError::unhandled(cause),
    }
}

/// The cause of an error that several were refused for.
#[derive(Debug)]
struct Shared(Arc<CredentialsError>);

impl fmt::Display for Shared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.source() {
            Some(cause) => write!(out, "{cause}"),
            None => write!(out, "{}", self.0),
        }
    }
}

impl Error for Shared {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source().and_then(Error::source)
    }
}

fn remember(credentials: &Credentials) {
    secret::keep_id(credentials.access_key_id());
    secret::keep(credentials.secret_access_key());
    if let Some(token) = credentials.session_token() {
        secret::keep(token);
    }
}

/// A token file that would be waited for without an end: the SDK opens it on the only thread, where no signal is heard then.
#[derive(Debug, thiserror::Error)]
#[error("AWS_WEB_IDENTITY_TOKEN_FILE names {0}, which is not a regular file")]
struct NoTokenFile(String);

impl ProvideCredentials for NoTokenFile {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let refused = Self(self.0.clone());
        future::ProvideCredentials::ready(Err(CredentialsError::invalid_configuration(refused)))
    }
}

/// The token of a web identity is sent to STS before there are any credentials, and STS may echo it.
fn watch_token_file() -> Option<NoTokenFile> {
    let path = std::env::var_os("AWS_WEB_IDENTITY_TOKEN_FILE")?;
    match files::regular(path.as_ref(), LONGEST_TOKEN) {
        Ok(token) => secret::keep(String::from_utf8_lossy(&token).trim()),
        // Keys in the environment come first, and nobody opens the file then.
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            let path = path.to_string_lossy().into_owned();
            let keys = std::env::var_os("AWS_ACCESS_KEY_ID").is_some();
            return (!keys).then_some(NoTokenFile(path));
        }
        // A file that cannot be read is told by the SDK, which needs it.
        Err(_) => {}
    }
    None
}

#[cfg(test)]
mod tests;
