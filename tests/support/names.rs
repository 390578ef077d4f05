//! The names of one environment, by which a state of the sandbox is read and changed whatever spec it belongs to.

use esbackup::internals::resources::declared::Desired;

/// What an environment's resources are called; those of [`super::fields::SPEC`] unless a spec says otherwise.
#[derive(Debug, Clone)]
pub struct Names {
    pub environment: String,
    pub partition: String,
    pub region: String,
    pub account: String,
    pub domain: String,
    pub bucket: String,
    pub bucket_account: String,
    pub policy: String,
    pub role: String,
    pub role_arn: String,
    pub repository: String,
    /// Empty for the whole bucket.
    pub base_path: String,
    /// The key that the bucket is to be encrypted with.
    pub kms_key: Option<String>,
}

impl Names {
    /// Those of [`super::fields::SPEC`].
    pub fn logs() -> Self {
        Self {
            environment: "logs".to_owned(),
            partition: "aws".to_owned(),
            region: "us-west-2".to_owned(),
            account: "123456789012".to_owned(),
            domain: "logs".to_owned(),
            bucket: "logs-snapshots".to_owned(),
            bucket_account: "123456789012".to_owned(),
            policy: "logs-snapshots".to_owned(),
            role: "logs-snapshots".to_owned(),
            role_arn: "arn:aws:iam::123456789012:role/logs-snapshots".to_owned(),
            repository: "snapshots".to_owned(),
            base_path: "logs".to_owned(),
            kms_key: None,
        }
    }

    /// Those of a spec that names all four resources.
    pub fn of(desired: &Desired) -> Self {
        let bucket = &desired.bucket.as_ref().unwrap().want;
        let role = &desired.role.as_ref().unwrap().want;
        let settings = &desired.repository.want.settings;
        Self {
            environment: desired.scope.environment.to_string(),
            partition: desired.scope.partition.to_string(),
            region: desired.scope.region.to_string(),
            account: desired.scope.account.to_string(),
            domain: desired.domain.name.as_ref().unwrap().to_string(),
            bucket: bucket.name.to_string(),
            bucket_account: bucket.account.to_string(),
            policy: desired.policy.as_ref().unwrap().want.name.to_string(),
            role: role.name.to_string(),
            role_arn: role.arn.to_string(),
            repository: desired.repository.want.name.to_string(),
            base_path: settings.get("base_path").cloned().unwrap_or_default(),
            kms_key: bucket.encryption.kms_key.clone(),
        }
    }

    /// A key in the bucket under the base path.
    pub fn key(&self, name: &str) -> String {
        match self.base_path.as_str() {
            "" => name.to_owned(),
            base => format!("{base}/{name}"),
        }
    }

    /// A text about the environment of [`super::fields::SPEC`], such as its list of fields, told of this one; `place` is that of its domain
    /// in the state.
    pub fn tell(&self, text: &str, place: usize) -> String {
        let Self {
            environment,
            partition,
            region,
            account,
            bucket,
            policy,
            role,
            role_arn,
            repository,
            base_path,
            ..
        } = self;
        let (prefix, with_base) = match base_path.as_str() {
            "" => (String::new(), String::new()),
            base => (format!("{base}/"), format!("\"base_path\": \"{base}\", ")),
        };
        let accounts = format!("/accounts/{account}");
        [
            (
                "arn:aws:iam::123456789012:role/logs-snapshots",
                role_arn.clone(),
            ),
            (
                "arn:aws:s3:::logs-snapshots",
                format!("arn:aws:s3:::{bucket}"),
            ),
            ("/buckets/logs-snapshots", format!("/buckets/{bucket}")),
            (
                "/accounts/123456789012/policies/logs-snapshots",
                format!("{accounts}/policies/{policy}"),
            ),
            (
                "/accounts/123456789012/roles/logs-snapshots",
                format!("{accounts}/roles/{role}"),
            ),
            (
                "/domains/0/repositories/snapshots",
                format!("/domains/{place}/repositories/{repository}"),
            ),
            (
                "\"bucket\": \"logs-snapshots\"",
                format!("\"bucket\": \"{bucket}\""),
            ),
            ("\"base_path\": \"logs\", ", with_base),
            ("\"key\": \"logs/", format!("\"key\": \"{prefix}")),
            (
                "<Prefix>logs/</Prefix>",
                format!("<Prefix>{prefix}</Prefix>"),
            ),
            (
                "<ID>esbackup-logs</ID>",
                format!("<ID>esbackup-{environment}</ID>"),
            ),
            ("us-west-2", region.clone()),
            ("arn:aws:", format!("arn:{partition}:")),
        ]
        .into_iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, &to))
    }
}
