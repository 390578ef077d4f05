//! Everything the sandbox remembers, as plain data that is written to one JSON file; it must hold no logic of a service.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::clock::Seconds;
use super::search_state::Cluster;
use super::shared::Shared;

/// All accounts, buckets and domains.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct State {
    /// Added to the system clock.
    pub clock_offset_seconds: i64,
    /// How long a change of a role or policy takes to reach the domain's checks.
    pub iam_delay_seconds: i64,
    /// Counts what was created, so that every id differs.
    pub serial: u64,
    pub accounts: BTreeMap<String, Shared<Account>>,
    /// What `accounts` was before each change that is not effective yet.
    pub earlier_accounts: Vec<EarlierAccounts>,
    pub buckets: BTreeMap<String, Shared<Bucket>>,
    pub domains: Vec<Shared<Domain>>,
    /// Snapshots by `bucket/base_path`, as the engine lists them.
    pub snapshots: BTreeMap<String, Vec<serde_json::Value>>,
    /// The files of repositories that are not in S3, by location.
    pub files: BTreeMap<String, BTreeMap<String, Body>>,
}

/// The accounts as they were until a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EarlierAccounts {
    pub until: Seconds,
    pub accounts: BTreeMap<String, Shared<Account>>,
}

/// One account's IAM.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Account {
    /// Callers besides the administrator, by user name.
    pub principals: BTreeMap<String, Principal>,
    /// By name in lower case: IAM names are unique without case.
    pub roles: BTreeMap<String, Role>,
    /// By name in lower case.
    pub policies: BTreeMap<String, ManagedPolicy>,
    /// What the organisation allows the account's principals at most; none is no limit.
    pub service_control_policies: Vec<String>,
    /// What the organisation denies of the account's resources.
    pub resource_control_policies: Vec<String>,
    /// The policy of the VPC endpoint through which the account's principals reach the services.
    pub vpc_endpoint_policy: Option<String>,
}

/// A caller with an access key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Principal {
    pub arn: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    #[serde(default)]
    pub session_token: Option<String>,
    pub policy_documents: Vec<String>,
    /// The document of the permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// The policies that the session was begun with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub session_policies: Vec<String>,
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    pub name: String,
    pub path: String,
    pub arn: String,
    pub id: String,
    pub created: Seconds,
    #[serde(default)]
    pub description: Option<String>,
    pub max_session_duration: u32,
    pub trust: String,
    #[serde(default)]
    pub permissions_boundary: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// ARNs of the attached policies, in the order of attachment.
    #[serde(default)]
    pub attached: Vec<String>,
    #[serde(default)]
    pub inline: BTreeMap<String, String>,
}

/// A customer managed policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManagedPolicy {
    pub name: String,
    pub path: String,
    pub arn: String,
    pub id: String,
    #[serde(default)]
    pub description: Option<String>,
    pub created: Seconds,
    pub updated: Seconds,
    pub default_version: u32,
    /// Never goes back, so that no id is used twice.
    pub next_version: u32,
    pub versions: Vec<PolicyVersion>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyVersion {
    pub number: u32,
    pub document: String,
    pub created: Seconds,
}

/// An S3 bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bucket {
    pub account: String,
    pub region: String,
    pub created: Seconds,
    pub encryption: Encryption,
    /// `Enabled` or `Suspended`; `None` when it was never set.
    #[serde(default)]
    pub versioning: Option<String>,
    #[serde(default)]
    pub public_access_block: Option<PublicAccessBlock>,
    #[serde(default)]
    pub ownership: Option<String>,
    #[serde(default)]
    pub policy: Option<String>,
    #[serde(default)]
    pub lifecycle: Option<Lifecycle>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// ACL grants besides the owner's: grantee URI or canonical id, and permission.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// Subresources that can only be set by a test's starting state (`cors`, `website`, …), as XML.
    #[serde(default)]
    pub other: BTreeMap<String, String>,
    #[serde(default)]
    pub objects: Vec<Object>,
    #[serde(default)]
    pub uploads: Vec<Upload>,
}

/// How an object is encrypted, or new objects of a bucket are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    #[serde(default)]
    pub kms_key: Option<String>,
    #[serde(default)]
    pub bucket_key: bool,
    /// Types that no new object may have; the last PUT says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_types: Option<Vec<String>>,
}

impl Default for Encryption {
    /// What S3 does where nothing else is said.
    fn default() -> Self {
        Self {
            algorithm: "AES256".to_owned(),
            kms_key: None,
            bucket_key: false,
            blocked_types: None,
        }
    }
}

/// The four switches of the public access block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PublicAccessBlock {
    pub block_public_acls: bool,
    pub ignore_public_acls: bool,
    pub block_public_policy: bool,
    pub restrict_public_buckets: bool,
}

/// A lifecycle configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lifecycle {
    /// The `Rule` elements as they will be answered.
    pub rules: Vec<String>,
    pub transition_default_minimum_object_size: String,
}

/// One ACL grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    pub grantee: String,
    pub permission: String,
}

/// One version of an object, or a delete marker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Object {
    pub key: String,
    /// `null` while versioning was never enabled.
    pub version: String,
    pub modified: Seconds,
    #[serde(default)]
    pub delete_marker: bool,
    #[serde(default)]
    pub content_type: Option<String>,
    /// What it was written with; the bucket's default may be another by now.
    #[serde(default)]
    pub encryption: Encryption,
    pub body: Body,
}

/// An object's bytes, shared between copies of the state and written as base64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Body(pub Arc<Vec<u8>>);

impl Serialize for Body {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&aws_smithy_types::base64::encode(self.0.as_slice()))
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = aws_smithy_types::base64::decode(text).map_err(serde::de::Error::custom)?;
        Ok(Self(Arc::new(bytes)))
    }
}

/// A multipart upload that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Upload {
    pub key: String,
    pub id: String,
    pub begun: Seconds,
}

/// A search domain, Amazon's or a self-managed cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Domain {
    pub account: String,
    pub region: String,
    pub name: String,
    /// The host that requests must name.
    pub endpoint: String,
    /// `OpenSearch_2.19` or `Elasticsearch_7.10`.
    pub engine_version: String,
    #[serde(default)]
    pub service_software: String,
    #[serde(default)]
    pub self_managed: bool,
    #[serde(default)]
    pub vpc: bool,
    /// Whether UltraWarm and cold storage are on.
    #[serde(default)]
    pub cold_storage: bool,
    #[serde(default)]
    pub custom_endpoint: Option<String>,
    #[serde(default)]
    pub auth: Auth,
    #[serde(default)]
    pub fine_grained_access: bool,
    /// ARNs that fine-grained access control maps to `manage_snapshots`.
    #[serde(default)]
    pub mapped: Vec<String>,
    /// ARNs that it maps to a role that may do everything.
    #[serde(default)]
    pub all_access: Vec<String>,
    /// The domain's access policy.
    #[serde(default)]
    pub access_policy: Option<String>,
    #[serde(default)]
    pub state: DomainState,
    #[serde(default)]
    pub created: Seconds,
    #[serde(default)]
    pub repositories: BTreeMap<String, Repository>,
    /// What is running: a snapshot into a repository or a restore from it.
    #[serde(default)]
    pub running: Vec<Running>,
    #[serde(default)]
    pub cluster: Cluster,
}

/// How the domain knows its callers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Auth {
    /// Signed requests.
    #[default]
    Sigv4,
    /// A user of the internal database; registering still has to be signed on Amazon.
    Basic { username: String, password: String },
    /// Anyone.
    None,
}

/// What DescribeDomain says of the domain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DomainState {
    #[default]
    Active,
    Creating,
    Processing,
    UpgradeProcessing,
    Deleted,
}

/// A registered repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repository {
    #[serde(rename = "type")]
    pub kind: String,
    /// Engines keep every setting as text.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
}

/// Something that uses a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Running {
    pub repository: String,
    pub kind: RunningKind,
    pub snapshot: String,
}

/// What uses the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RunningKind {
    Snapshot,
    Restore,
}

impl State {
    /// Returns the sandbox's time.
    pub(super) fn now(&self) -> Seconds {
        super::clock::now(self.clock_offset_seconds)
    }

    /// Returns the sandbox's time in milliseconds.
    pub(super) fn now_millis(&self) -> super::search_state::Millis {
        super::clock::now_millis(self.clock_offset_seconds)
    }

    /// Returns the next serial number.
    pub(super) fn next_serial(&mut self) -> u64 {
        self.serial = self.serial.wrapping_add(1);
        self.serial
    }

    /// Returns an account, made on first use.
    pub(super) fn account(&mut self, id: &str) -> &mut Account {
        self.accounts.entry(id.to_owned()).or_default()
    }

    /// Returns the accounts as the domain's checks see them at a moment.
    pub(super) fn effective_accounts(&self, now: Seconds) -> &BTreeMap<String, Shared<Account>> {
        let seen = now.saturating_sub(self.iam_delay_seconds);
        let earlier = self
            .earlier_accounts
            .iter()
            .find(|earlier| earlier.until > seen);
        earlier.map_or(&self.accounts, |earlier| &earlier.accounts)
    }

    /// Returns the domain of an account, region and name.
    pub(super) fn domain(&self, account: &str, region: &str, name: &str) -> Option<&Domain> {
        self.domains
            .iter()
            .find(|d| d.account == account && d.region == region && d.name == name)
            .map(|domain| &**domain)
    }
}
