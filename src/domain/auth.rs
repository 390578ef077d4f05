//! How requests to the domain are authenticated; no credential is ever part of an error, a log or a Debug text.

use super::connection::{Auth, PasswordSource};
use super::error::Error;
use super::message::Message;
use crate::files;
use crate::outlet::secret;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use secrecy::{ExposeSecret, SecretString};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A password file that is longer is no password file.
const LONGEST_PASSWORD: usize = 64 * 1024;

/// Holds what requests are authenticated with. A password is named here and read only when it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Material {
    /// Signed with the AWS credentials, for the service `es`.
    Sigv4,
    /// User and password.
    Basic {
        /// The user.
        username: String,
        /// Where the password is read from.
        password: PasswordSource,
    },
    /// Nothing.
    None,
}

impl From<&Auth> for Material {
    fn from(auth: &Auth) -> Self {
        match auth {
            Auth::Sigv4 => Self::Sigv4,
            Auth::Basic { username, password } => Self::Basic {
                username: username.clone(),
                password: password.clone(),
            },
            Auth::None => Self::None,
        }
    }
}

impl Material {
    /// Returns the Authorization header of basic authentication, with the password read now.
    pub(super) async fn basic_header(&self) -> Result<String, Error> {
        let Self::Basic { username, password } = self else {
            return Err(Error::Request("there is no password to send"));
        };
        if username.contains(':') {
            return Err(Error::Request(
                "a user name for basic authentication has a colon",
            ));
        }
        let password = read_password(password).await?;
        let pair = SecretString::from(format!("{username}:{}", password.expose_secret()));
        let encoded = aws_smithy_types::base64::encode(pair.expose_secret());
        secret::keep(password.expose_secret());
        secret::keep(&encoded);
        Ok(format!("Basic {encoded}"))
    }
}

/// Reads a password from its source; one line end at the end of a file is not part of it.
async fn read_password(source: &PasswordSource) -> Result<SecretString, Error> {
    let (from, text) = match source {
        PasswordSource::Env(name) => {
            let from = format!("the environment variable {name}");
            match std::env::var(name) {
                Ok(text) => (from, text),
                Err(_) => return Err(Error::Password { from, source: None }),
            }
        }
        PasswordSource::File(path) => {
            let from = format!("the file {}", path.display());
            match read_file(path).await {
                Ok(text) => (from, without_line_end(text)),
                Err(source) => {
                    return Err(Error::Password {
                        from,
                        source: Some(source),
                    });
                }
            }
        }
    };
    if text.is_empty() {
        return Err(Error::Password { from, source: None });
    }
    Ok(SecretString::from(text))
}

async fn read_file(path: &Path) -> std::io::Result<String> {
    let bytes = files::any(path, LONGEST_PASSWORD).await?;
    String::from_utf8(bytes).map_err(|error| {
        // The error itself holds what was read.
        std::io::Error::new(std::io::ErrorKind::InvalidData, error.utf8_error())
    })
}

fn without_line_end(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

/// Holds the credentials that a provider gave, so that not every request asks an identity provider again.
#[derive(Default)]
pub(super) struct Cache(tokio::sync::Mutex<Option<Credentials>>);

/// Credentials that expire sooner are asked for again before they are used.
const EXPIRY_MARGIN: Duration = Duration::from_secs(60);

impl Cache {
    /// Returns credentials that are not about to expire.
    pub(super) async fn credentials(
        &self,
        provider: &SharedCredentialsProvider,
    ) -> Result<Credentials, Error> {
        let mut held = self.0.lock().await;
        let soon = SystemTime::now() + EXPIRY_MARGIN;
        if let Some(credentials) = held
            .as_ref()
            .filter(|held| held.expiry().is_none_or(|expiry| expiry > soon))
        {
            return Ok(credentials.clone());
        }
        let provided = provider.provide_credentials().await;
        let credentials = provided.map_err(|error| Error::Credentials {
            source: Some(error.into()),
        })?;
        *held = Some(credentials.clone());
        Ok(credentials)
    }

    /// Forgets the credentials; says whether there is any point in asking for others.
    pub(super) async fn forget(&self) -> bool {
        let held = self.0.lock().await.take();
        held.is_some_and(|held| held.expiry().is_some())
    }
}

/// Holds what is signed.
pub(super) struct ToSign<'a> {
    pub(super) message: &'a Message,
    pub(super) region: &'a str,
    pub(super) time: SystemTime,
}

/// Returns the headers that sign a request for the service `es`.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/request-signing.html>
pub(super) fn signature(
    to_sign: &ToSign<'_>,
    credentials: Credentials,
) -> Result<Vec<(String, String)>, SigningError> {
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(to_sign.region)
        .name("es")
        .time(to_sign.time)
        .settings(SigningSettings::default())
        .build()
        .map_err(SigningError::new)?
        .into();
    let message = to_sign.message;
    let headers = message.signed_headers();
    let body = SignableBody::Bytes(message.body.as_deref().unwrap_or_default());
    let signable = SignableRequest::new(
        message.method.as_str(),
        &message.signed_url,
        headers.into_iter(),
        body,
    );
    let signed = sign(signable.map_err(SigningError::new)?, &params).map_err(SigningError::new)?;
    let (instructions, _) = signed.into_parts();
    Ok(instructions
        .headers()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

/// Carries why a request cannot be signed.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be signed")]
pub(super) struct SigningError {
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl SigningError {
    fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            source: source.into(),
        }
    }
}
