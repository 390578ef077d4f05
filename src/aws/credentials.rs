//! Credentials as the standard AWS environment gives them; each secret is remembered, so that it is masked wherever a service echoes it.

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use crate::secret;

/// A token file that is longer is no token file.
const LONGEST_TOKEN: u64 = 64 * 1024;

/// The same configuration, whose secrets are known.
pub(super) fn watched(config: SdkConfig) -> SdkConfig {
    watch_token_file();
    match config.credentials_provider() {
        None => config,
        Some(provider) => config
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(Watched(provider)))
            .build(),
    }
}

#[derive(Debug)]
struct Watched(SharedCredentialsProvider);

impl ProvideCredentials for Watched {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let credentials = self.0.provide_credentials().await?;
            remember(&credentials);
            Ok(credentials)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.fallback_on_interrupt()
    }
}

fn remember(credentials: &Credentials) {
    secret::keep_id(credentials.access_key_id());
    secret::keep(credentials.secret_access_key());
    if let Some(token) = credentials.session_token() {
        secret::keep(token);
    }
}

/// The token of a web identity is sent to STS before there are any credentials, and STS may echo it.
fn watch_token_file() {
    use std::io::Read;
    let Some(path) = std::env::var_os("AWS_WEB_IDENTITY_TOKEN_FILE") else {
        return;
    };
    let mut token = String::new();
    // A file that cannot be read is told by the SDK, which needs it.
    let read = std::fs::File::open(path).and_then(|file| {
        let mut file = file.take(LONGEST_TOKEN);
        file.read_to_string(&mut token)
    });
    if read.is_ok() {
        secret::keep(token.trim());
    }
}
