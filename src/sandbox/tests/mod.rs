//! Tests of the sandbox through real clients: the SDK, and requests signed by the SDK's signer.

mod access;
mod attach;
mod chain;
mod chain_documents;
mod delegation;
mod domain;
mod fault_answers;
mod faults;
mod iam;
mod iam_policies;
mod keys;
mod layers;
mod request_ids;
mod s3;
mod s3_documents;
mod s3_objects;
mod search;
mod signatures;

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use serde_json::{Value, json};

use super::{ADMIN_HEADER, Options, Running, credentials, start};

pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const REGION: &str = "us-west-2";
pub(super) const BUCKET: &str = "elasticsearch-backup-indices";
pub(super) const ROLE: &str = "arn:aws:iam::123456789012:role/es-s3-backup";

/// A running sandbox and its clients.
pub(super) struct Lab {
    pub running: Running,
    http: reqwest::Client,
}

/// One request to sign by hand.
pub(super) struct Sent<'a> {
    pub method: &'a str,
    pub host: &'a str,
    pub path: &'a str,
    pub body: &'a str,
    pub service: &'a str,
    pub region: &'a str,
    pub key: (String, String),
    pub token: Option<String>,
    pub at: SystemTime,
    /// Sent in place of the body that was signed.
    pub altered: Option<&'a str>,
    pub headers: Vec<(&'a str, &'a str)>,
}

impl<'a> Sent<'a> {
    pub(super) fn new(service: &'a str, method: &'a str, path: &'a str) -> Self {
        Self {
            method,
            host: "localhost",
            path,
            body: "",
            service,
            region: REGION,
            key: credentials(ACCOUNT),
            token: None,
            at: SystemTime::now(),
            altered: None,
            headers: Vec::new(),
        }
    }
}

impl Lab {
    pub(super) async fn new() -> Self {
        let running = start(Options::default()).await.expect("the sandbox starts");
        Self::around(running)
    }

    pub(super) fn around(running: Running) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        let http = http
            .timeout(Duration::from_secs(10))
            .build()
            .expect("a client");
        Self { running, http }
    }

    pub(super) async fn admin(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox{path}", self.running.url());
        let method = method.parse().expect("a method");
        let request = self
            .http
            .request(method, url)
            .header(ADMIN_HEADER, "1")
            .body(body.to_string());
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("text");
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Sends a request that was signed by the SDK's signer.
    pub(super) async fn send(&self, sent: Sent<'_>) -> (u16, String) {
        let uri = format!("http://{}{}", sent.host, sent.path);
        let mut headers: Vec<(String, String)> = vec![("host".into(), sent.host.into())];
        headers.extend(
            sent.headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let mut settings = SigningSettings::default();
        if sent.service == "s3" {
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = Credentials::new(&sent.key.0, &sent.key.1, sent.token, None, "test").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(sent.region)
            .name(sent.service)
            .time(sent.at)
            .settings(settings)
            .build()
            .expect("parameters")
            .into();
        let body = SignableBody::Bytes(sent.body.as_bytes());
        let pairs = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let signable = SignableRequest::new(sent.method, &uri, pairs, body).expect("signable");
        let (instructions, _) = sign(signable, &parameters).expect("signed").into_parts();
        headers.extend(
            instructions
                .headers()
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        self.plain(
            sent.method,
            sent.path,
            &headers,
            sent.altered.unwrap_or(sent.body),
        )
        .await
    }

    /// Sends a request as it is.
    pub(super) async fn plain(
        &self,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: &str,
    ) -> (u16, String) {
        let url = format!("{}{path}", self.running.url());
        let mut request = self
            .http
            .request(method.parse().expect("a method"), url)
            .body(body.to_owned());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    }

    /// Sends a request that may end without an answer.
    pub(super) async fn attempt(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<(u16, String), reqwest::Error> {
        let url = format!("{}{path}", self.running.url());
        let mut request = self.http.request(method.parse().expect("a method"), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.timeout(Duration::from_secs(1)).send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await?))
    }

    /// Makes an Amazon domain exist and returns its host.
    pub(super) async fn add_domain(&self, more: Value) -> String {
        let mut body = json!({"account": ACCOUNT, "region": REGION, "name": "logs"});
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        let answer = self.admin("POST", "/domains", body).await;
        answer["endpoint"].as_str().expect("an endpoint").to_owned()
    }

    /// Sends a signed request to a domain and reads its JSON.
    pub(super) async fn ask(
        &self,
        host: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let sent = Sent {
            host,
            body: &text,
            ..Sent::new("es", method, path)
        };
        let (status, text) = self.send(sent).await;
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    pub(super) fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        self.s3_as(region, credentials(ACCOUNT))
    }

    pub(super) fn s3_as(&self, region: &str, key: (String, String)) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::v2026_01_12())
            .region(aws_sdk_s3::config::Region::new(region.to_owned()))
            .credentials_provider(Credentials::new(key.0, key.1, None, None, "test"))
            .endpoint_url(self.running.url())
            .force_path_style(true)
            .retry_config(RetryConfig::disabled())
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    pub(super) fn iam(&self) -> aws_sdk_iam::Client {
        self.iam_as(credentials(ACCOUNT))
    }

    pub(super) fn iam_as(&self, key: (String, String)) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::Config::builder()
            .behavior_version(aws_sdk_iam::config::BehaviorVersion::v2026_01_12())
            .region(aws_sdk_iam::config::Region::new(REGION))
            .credentials_provider(Credentials::new(key.0, key.1, None, None, "test"))
            .endpoint_url(self.running.url())
            .retry_config(RetryConfig::disabled())
            .build();
        aws_sdk_iam::Client::from_conf(config)
    }

    pub(super) fn sts(&self) -> aws_sdk_sts::Client {
        let key = credentials(ACCOUNT);
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(aws_sdk_sts::config::BehaviorVersion::v2026_01_12())
            .region(aws_sdk_sts::config::Region::new(REGION))
            .credentials_provider(Credentials::new(key.0, key.1, None, None, "test"))
            .endpoint_url(self.running.url())
            .retry_config(RetryConfig::disabled())
            .build();
        aws_sdk_sts::Client::from_conf(config)
    }

    pub(super) fn open_search(&self) -> aws_sdk_opensearch::Client {
        let key = credentials(ACCOUNT);
        let config = aws_sdk_opensearch::Config::builder()
            .behavior_version(aws_sdk_opensearch::config::BehaviorVersion::v2026_01_12())
            .region(aws_sdk_opensearch::config::Region::new(REGION))
            .credentials_provider(Credentials::new(key.0, key.1, None, None, "test"))
            .endpoint_url(self.running.url())
            .retry_config(RetryConfig::disabled())
            .build();
        aws_sdk_opensearch::Client::from_conf(config)
    }

    /// Makes a user exist and returns its key.
    pub(super) async fn user(&self, name: &str, document: Value) -> (String, String) {
        let body = json!({"account": ACCOUNT, "user": name, "policy_documents": [document]});
        let answer = self.admin("POST", "/principals", body).await;
        let text = |field: &str| answer[field].as_str().expect("a key").to_owned();
        (text("access_key_id"), text("secret_access_key"))
    }

    /// Makes the bucket exist.
    pub(super) async fn create_bucket(&self, name: &str) {
        let place = aws_sdk_s3::types::CreateBucketConfiguration::builder()
            .location_constraint(aws_sdk_s3::types::BucketLocationConstraint::UsWest2)
            .build();
        let call = self
            .s3(REGION)
            .create_bucket()
            .bucket(name)
            .create_bucket_configuration(place);
        call.send().await.expect("a bucket");
    }

    /// Makes the role exist with a trust policy and one inline policy.
    pub(super) async fn create_role(&self, trust: &Value, permissions: &Value) {
        let iam = self.iam();
        let role = iam
            .create_role()
            .role_name("es-s3-backup")
            .assume_role_policy_document(trust.to_string());
        role.send().await.expect("a role");
        let inline = iam
            .put_role_policy()
            .role_name("es-s3-backup")
            .policy_name("snapshots");
        inline
            .policy_document(permissions.to_string())
            .send()
            .await
            .expect("an inline policy");
    }
}

/// Returns status and code of what an SDK call answered, `(200, "")` for success.
pub(super) fn outcome<T, E: ProvideErrorMetadata>(
    result: &Result<T, SdkError<E, HttpResponse>>,
) -> (u16, String) {
    match result {
        Ok(_) => (200, String::new()),
        Err(error) => {
            let status = error
                .raw_response()
                .map_or(0, |answer| answer.status().as_u16());
            (status, error.code().unwrap_or_default().to_owned())
        }
    }
}

/// Returns the message of a failed SDK call.
pub(super) fn message<T, E: ProvideErrorMetadata>(
    result: &Result<T, SdkError<E, HttpResponse>>,
) -> String {
    result
        .as_ref()
        .err()
        .and_then(ProvideErrorMetadata::message)
        .unwrap_or_default()
        .to_owned()
}

/// Returns the pair that `outcome` gives for an error.
pub(super) fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Returns the text between two marks.
pub(super) fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from)
        .and_then(|(_, rest)| rest.split_once(to))
        .map_or("", |(found, _)| found)
}

/// The trust policy that AWS documents, written by hand.
pub(super) fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "", "Effect": "Allow", "Principal": {"Service": "es.amazonaws.com"}, "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": format!("arn:aws:es:{REGION}:{ACCOUNT}:domain/logs")},
        },
    }]})
}

/// The permissions that AWS documents, written by hand.
pub(super) fn permissions() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Action": ["s3:ListBucket"], "Effect": "Allow", "Resource": [format!("arn:aws:s3:::{BUCKET}")]},
        {"Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Effect": "Allow",
         "Resource": [format!("arn:aws:s3:::{BUCKET}/*")]},
    ]})
}

/// A registration of the bucket with the role.
pub(super) fn registration() -> Value {
    json!({"type": "s3", "settings": {"bucket": BUCKET, "region": REGION, "base_path": "logs", "role_arn": ROLE}})
}
