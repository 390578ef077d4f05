//! The AWS clients, from the standard AWS environment or for the sandbox; reads and writes are different types.

mod budget;
mod credentials;
pub(crate) mod error;
mod expected;
pub(crate) mod guard;
pub(crate) mod iam;
pub(crate) mod pages;
pub(crate) mod permissions;
mod proxy;
pub(crate) mod reads;
#[cfg(test)]
mod tests;
mod trace;

use std::time::SystemTime;

use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_s3::config::Region as SdkRegion;

use crate::clock::ServiceClock;
use crate::limits::Limits;
use crate::names::{AccountId, Region};
pub(crate) use error::CallError;
use expected::Expected;
use guard::BoundedAnswers;
pub(crate) use proxy::check as check_proxy;
use trace::Traced;

/// Where the AWS clients get credentials and endpoints from.
#[derive(Debug, Clone)]
pub enum Source {
    /// The standard AWS environment: variables, profiles, SSO, processes, instance metadata.
    Environment,
    /// The sandbox at this URL, and nothing of the environment.
    Sandbox {
        /// Such as `http://127.0.0.1:4570`.
        url: String,
        /// Gives key id and secret key of an account there.
        keys: fn(&str) -> (String, String),
    },
}

/// The clients that can only read.
#[derive(Debug, Clone)]
pub struct Reads {
    base: Base,
}

/// The clients that can change things; made only for `apply`.
#[derive(Debug, Clone)]
pub struct Writes {
    base: Base,
}

#[derive(Debug, Clone)]
struct Base {
    config: SdkConfig,
    custom_endpoint: bool,
    clock: ServiceClock,
    limits: Limits,
}

/// Loads the clients of one environment. What is learned of the services' clock is kept in `clock`.
pub(crate) async fn load(
    source: &Source,
    region: &Region,
    account: &AccountId,
    limits: &Limits,
    clock: &ServiceClock,
) -> (Reads, Writes) {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(limits.connect)
        .operation_attempt_timeout(limits.attempt)
        // The budget ends the attempts, so that the service's last answer is told; this ends what does not end.
        .operation_timeout(limits.total.max(limits.retry + limits.attempt))
        .build();
    // For whoever gives credentials; the reads have a budget of their own.
    let retry = RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(limits.backoff);
    let region = SdkRegion::new(region.to_string());
    let config = match source {
        Source::Environment => {
            let client = proxy::client();
            let settings = ProviderConfig::default()
                .with_behavior_version(Some(BehaviorVersion::latest()))
                .with_region(Some(region.clone()))
                .with_timeout_config(timeouts.clone())
                .with_retry_config(retry.clone());
            let settings = match &client {
                Some(client) => settings.with_http_client(client.clone()),
                None => settings,
            };
            let loader = aws_config::defaults(BehaviorVersion::latest())
                .region(region)
                .timeout_config(timeouts)
                .retry_config(retry)
                .credentials_provider(credentials::chain(settings).await);
            let loader = match client {
                Some(client) => loader.http_client(client),
                None => loader,
            };
            credentials::watched(loader.load().await)
        }
        Source::Sandbox { url, keys } => {
            let (key, secret) = keys(account.as_str());
            let credentials = Credentials::new(key, secret, None, None, "sandbox");
            let plain = SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(region)
                .endpoint_url(url)
                .credentials_provider(SharedCredentialsProvider::new(credentials))
                .http_client(aws_smithy_http_client::Builder::new().build_http())
                .timeout_config(timeouts)
                .retry_config(retry);
            plain.build()
        }
    };
    let custom_endpoint =
        config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
    let base = Base {
        config,
        custom_endpoint,
        clock: clock.clone(),
        limits: *limits,
    };
    (Reads { base: base.clone() }, Writes { base })
}

impl Reads {
    /// S3 in a region.
    pub(crate) fn s3(&self, region: &Region) -> reads::S3 {
        reads::S3::new(self.base.s3(region), &self.base.limits, &self.base.clock)
    }

    /// IAM.
    pub(crate) fn iam(&self) -> reads::Iam {
        reads::Iam::new(
            (&self.base.config()).into(),
            &self.base.limits,
            &self.base.clock,
        )
    }

    /// STS.
    pub(crate) fn sts(&self) -> reads::Sts {
        reads::Sts::new(
            (&self.base.config()).into(),
            &self.base.limits,
            &self.base.clock,
        )
    }

    /// The control plane of the domains.
    pub(crate) fn opensearch(&self) -> reads::OpenSearch {
        reads::OpenSearch::new(
            (&self.base.config()).into(),
            &self.base.limits,
            &self.base.clock,
        )
    }

    /// The credentials that requests to the domain are signed with.
    pub fn credentials(&self) -> Option<SharedCredentialsProvider> {
        self.base.config.credentials_provider()
    }

    /// When the credentials expire that their provider gives now; none where it does not say, or gives none.
    pub async fn credentials_expire(&self) -> Option<SystemTime> {
        let given = self.credentials()?.provide_credentials().await;
        given.ok()?.expiry()
    }

    /// Longest time that the content of an object may take.
    pub(crate) fn patience(&self) -> std::time::Duration {
        self.base.limits.total
    }

    /// The clock of the services.
    pub fn clock(&self) -> &ServiceClock {
        &self.base.clock
    }
}

impl Writes {
    /// S3 in a region. A write is sent once: the executor decides whether it may be sent again.
    pub(crate) fn s3(&self, region: &Region) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::from_conf(
            self.base
                .s3(region)
                .retry_config(RetryConfig::disabled())
                .interceptor(self.base.clock.clone())
                .interceptor(BoundedAnswers)
                .interceptor(Expected)
                .interceptor(Traced)
                .build(),
        )
    }

    /// IAM. A write is sent once: the executor decides whether it may be sent again.
    pub(crate) fn iam(&self) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::config::Builder::from(&self.base.config());
        aws_sdk_iam::Client::from_conf(
            config
                .retry_config(RetryConfig::disabled())
                .interceptor(self.base.clock.clone())
                .interceptor(BoundedAnswers)
                .interceptor(Expected)
                .interceptor(Traced)
                .build(),
        )
    }
}

impl Base {
    /// The settings of a client. One that is made after the clock was found wrong signs with the services' time from the beginning, so
    /// that a write, which is sent once, is not refused for it.
    fn config(&self) -> SdkConfig {
        let config = self.config.clone();
        match self.clock.correction() {
            Some(seconds) => config
                .into_builder()
                .time_source(guard::Corrected(seconds))
                .build(),
            None => config,
        }
    }

    fn s3(&self, region: &Region) -> aws_sdk_s3::config::Builder {
        aws_sdk_s3::config::Builder::from(&self.config())
            .region(SdkRegion::new(region.to_string()))
            // A bucket's name is no host name of a local endpoint.
            .force_path_style(self.custom_endpoint)
    }
}
