//! What a right spec becomes, value by value.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::documents::TRUST;
use crate::domain::{Auth, DomainSpec, Endpoint, HostPort, PasswordSource};
use crate::names::{
    AccountId, Arn, BasePath, BucketName, DomainName, EnvironmentName, IamPath, Partition,
    PolicyName, Region, RepositoryName, RoleName,
};
use crate::policy_document::{Kind, Statement};
use crate::resources::bucket::spec::{BucketSpec, Days, Encryption, LifecycleSpec, Versioning};
use crate::resources::management::Management;
use crate::resources::policy::spec::{PolicyContent, PolicySpec};
use crate::resources::repository::spec::RepositorySpec;
use crate::resources::role::spec::{RoleSpec, Seconds, TrustSpec};
use crate::spec::{Spec, load, parse_with};
use crate::trust::Trust;
use crate::yaml::Severity;

pub(super) const SMALL: &str = "version: 1
name: logs
region: us-west-2
account: \"123456789012\"
domain:
  name: logs
bucket:
  name: logs-snapshots
policy:
  name: logs-snapshots
role:
  name: logs-snapshots
repository:
  name: logs
";

fn one(path: &str) -> Spec {
    load(&[PathBuf::from(path)], &Trust::everything())
        .unwrap()
        .specs
        .remove(0)
}

pub(super) fn small_with(from: &str, to: &str) -> Spec {
    let files = |path: &Path| match path.to_str() {
        Some("specs/trust.json") => Ok(TRUST.as_bytes().to_vec()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    assert!(SMALL.contains(from));
    let (spec, warnings) = parse_with(
        Path::new("specs/logs.yaml"),
        &SMALL.replacen(from, to, 1),
        &files,
    )
    .unwrap();
    assert_eq!(warnings, []);
    spec
}

fn statements(json: serde_json::Value, kind: Kind) -> Vec<Statement> {
    Statement::list_from_value(&json, kind, "").unwrap()
}

pub(super) fn small() -> Spec {
    Spec {
        objectives: crate::spec::Objectives::default(),
        accept: Vec::new(),
        workflows: Vec::new(),
        file: PathBuf::from("specs/logs.yaml"),
        folder: PathBuf::from("specs"),
        name: EnvironmentName::parse("logs").unwrap(),
        region: Region::parse("us-west-2").unwrap(),
        account: AccountId::parse("123456789012").unwrap(),
        tags: BTreeMap::new(),
        domain: DomainSpec {
            name: Some(DomainName::parse("logs").unwrap()),
            endpoint: None,
            connect_to: None,
            ca_file: None,
            auth: Auth::Sigv4,
        },
        bucket: Some(BucketSpec {
            name: BucketName::parse("logs-snapshots").unwrap(),
            account: None,
            region: None,
            encryption: Encryption::Aes256,
            versioning: Versioning::Enabled,
            lifecycle: LifecycleSpec {
                noncurrent_versions_expire_after: Days::new(30).unwrap(),
                abort_incomplete_uploads_after: Days::new(7).unwrap(),
            },
            extra_statements: Vec::new(),
            tags: BTreeMap::new(),
            management: Management::Managed,
        }),
        policy: Some(PolicySpec {
            name: PolicyName::parse("logs-snapshots").unwrap(),
            path: IamPath::parse("/").unwrap(),
            description: None,
            content: PolicyContent::Generated {
                extra_statements: Vec::new(),
            },
            tags: BTreeMap::new(),
            management: Management::Managed,
        }),
        role: Some(RoleSpec {
            name: RoleName::parse("logs-snapshots").unwrap(),
            path: IamPath::parse("/").unwrap(),
            description: None,
            max_session_duration: Seconds::HOUR,
            permissions_boundary: None,
            trust: TrustSpec::Generated {
                services: vec!["es.amazonaws.com".to_owned()],
                source_accounts: None,
                source_arns: None,
                extra_statements: Vec::new(),
            },
            exclusive: false,
            tags: BTreeMap::new(),
            management: Management::Managed,
        }),
        repository: RepositorySpec {
            name: RepositoryName::parse("logs").unwrap(),
            base_path: None,
            endpoint: None,
            readonly: false,
            server_side_encryption: None,
            settings: BTreeMap::new(),
            verify: true,
            management: Management::Managed,
        },
    }
}

#[test]
fn everything_but_the_names_has_a_default() {
    assert_eq!(small_with("version: 1", "version: 1"), small());
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let text = format!("\u{feff}{}", SMALL.replace('\n', "\r\n"));
    let files = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    assert_eq!(
        parse_with(Path::new("specs/logs.yaml"), &text, &files),
        Ok((small(), Vec::new()))
    );
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn the_complete_spec_arrives_whole() {
    let spec = one("specs/complete.yaml");
    let key = "arn:aws:kms:us-east-1:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    assert_eq!(
        spec.domain,
        DomainSpec {
            name: Some(DomainName::parse("logs-production").unwrap()),
            endpoint: Some(Endpoint::parse("https://search.logs.example.com").unwrap()),
            connect_to: Some(HostPort {
                host: "localhost".to_owned(),
                port: 9200
            }),
            ca_file: None,
            auth: Auth::Basic {
                username: "snapshots".to_owned(),
                password: PasswordSource::Env("ESBACKUP_LOGS_PASSWORD".to_owned()),
            },
        }
    );
    assert_eq!(
        spec.tags,
        tags(&[("team", "search"), ("cost-center", "4711")])
    );
    assert_eq!(
        spec.bucket.unwrap(),
        BucketSpec {
            name: BucketName::parse("logs-production-snapshots").unwrap(),
            account: Some(AccountId::parse("210987654321").unwrap()),
            region: Some(Region::parse("us-east-1").unwrap()),
            encryption: Encryption::Kms { key: Arn::parse(key).unwrap(), bucket_key: true },
            extra_statements: statements(
                serde_json::json!([{"Sid": "AuditorsMayList", "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::210987654321:role/auditors"},
                    "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::logs-production-snapshots"}]),
                Kind::BucketPolicy
            ),
            tags: tags(&[("data", "snapshots")]),
            ..small().bucket.unwrap()
        }
        .named("logs-production-snapshots")
    );
    let policy = spec.policy.unwrap();
    assert_eq!(policy.path, IamPath::parse("/backup/").unwrap());
    assert_eq!(
        policy.description.as_deref(),
        Some("What the domain may do in the snapshot bucket")
    );
    let extra = serde_json::json!([{"Sid": "ListVersions", "Effect": "Allow", "Action": "s3:ListBucketVersions",
        "Resource": "arn:aws:s3:::logs-production-snapshots"}]);
    assert_eq!(
        policy.content,
        PolicyContent::Generated {
            extra_statements: statements(extra, Kind::Managed)
        }
    );
    let role = spec.role.unwrap();
    let operators = serde_json::json!([{"Sid": "OperatorsMayAssume", "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/operators"}, "Action": "sts:AssumeRole"}]);
    let arns = ["logs-production", "logs-test-restore"].map(|name| {
        Arn::parse(&format!("arn:aws:es:us-west-2:123456789012:domain/{name}")).unwrap()
    });
    assert_eq!(
        role.trust,
        TrustSpec::Generated {
            services: vec!["es.amazonaws.com".to_owned()],
            source_accounts: Some(vec![AccountId::parse("123456789012").unwrap()]),
            source_arns: Some(arns.to_vec()),
            extra_statements: statements(operators, Kind::Trust),
        }
    );
    assert_eq!(
        role.permissions_boundary,
        Some(Arn::parse("arn:aws:iam::123456789012:policy/boundary").unwrap())
    );
    assert_eq!(
        spec.repository,
        RepositorySpec {
            name: RepositoryName::parse("logs").unwrap(),
            base_path: Some(BasePath::parse("logs/production").unwrap()),
            endpoint: Some("s3.us-east-1.amazonaws.com".to_owned()),
            readonly: false,
            server_side_encryption: Some(true),
            settings: tags(&[
                ("buffer_size", "100mb"),
                ("chunk_size", "1gb"),
                ("client", "default"),
                ("compress", "true"),
                ("disable_chunked_encoding", "false"),
                ("expected_bucket_owner", "210987654321"),
                ("max_restore_bytes_per_sec", "40mb"),
                ("max_snapshot_bytes_per_sec", "40mb"),
                ("prefix_mode_verification", "false"),
                ("remote_store_index_shallow_copy", "false"),
                ("server_side_encryption_bucket_key_enabled", "true"),
                (
                    "server_side_encryption_encryption_context",
                    "{\"purpose\": \"snapshots\"}"
                ),
                ("server_side_encryption_kms_key_id", key),
                ("server_side_encryption_type", "aws:kms"),
                ("shallow_snapshot_v2", "false"),
                ("shard_path_type", "HASHED_PREFIX"),
                ("storage_class", "standard_ia"),
            ]),
            verify: true,
            management: Management::Managed,
        }
    );
}

impl BucketSpec {
    fn named(self, name: &str) -> Self {
        Self {
            name: BucketName::parse(name).unwrap(),
            ..self
        }
    }
}

#[test]
fn the_classic_set_up_has_its_classic_names() {
    let spec = one("specs/blog.yaml");
    let extra = serde_json::json!([{"Sid": "CallTheDomain", "Effect": "Allow", "Action": "es:ESHttpPost",
        "Resource": "arn:aws:es:us-west-2:123456789012:domain/elasticsearch-backup/*"}]);
    let policy = spec.policy.unwrap();
    assert_eq!(spec.region.as_str(), "us-west-2");
    assert_eq!(
        spec.bucket.unwrap().name.as_str(),
        "elasticsearch-backup-indices"
    );
    assert_eq!(policy.name.as_str(), "elasticsearchbackup-policy");
    assert_eq!(
        policy.content,
        PolicyContent::Generated {
            extra_statements: statements(extra, Kind::Managed)
        }
    );
    assert_eq!(spec.role.unwrap().name.as_str(), "es-s3-backup");
    assert_eq!(spec.repository.name.as_str(), "my-snapshot-repo");
}

#[test]
fn the_partition_follows_from_the_region() {
    let spec = one("specs/govcloud.yaml");
    assert_eq!(spec.region.partition(), Partition::AwsUsGov);
    assert_eq!(
        spec.bucket
            .unwrap()
            .name
            .arn(spec.region.partition())
            .as_str(),
        "arn:aws-us-gov:s3:::logs-govcloud-snapshots"
    );
}

#[test]
fn a_reader_uses_the_writers_bucket() {
    let spec = one("specs/migration/reader.yaml");
    assert_eq!(spec.bucket.unwrap().management, Management::Existing);
    assert!(spec.repository.readonly);
}

#[test]
fn an_existing_repository_needs_nothing_else() {
    let text = "bucket:\n  name: logs-snapshots\npolicy:\n  name: logs-snapshots\nrole:\n  name: logs-snapshots\nrepository:\n  name: logs\n";
    let have = small_with(text, "repository:\n  name: logs\n  existing: true\n");
    let want = Spec {
        bucket: None,
        policy: None,
        role: None,
        repository: RepositorySpec {
            management: Management::Existing,
            ..small().repository
        },
        ..small()
    };
    assert_eq!(have, want);
}

#[test]
fn a_cluster_of_ones_own_may_be_plain_on_loopback() {
    let existing = SMALL.split("bucket:").next().unwrap().to_owned()
        + "repository: {name: logs, existing: true}\n";
    for endpoint in [
        "http://localhost:9200",
        "http://127.0.0.1:9200",
        "http://[::1]:9200",
        "https://10.0.0.1",
    ] {
        let text = existing.replace("  name: logs\n", &format!("  endpoint: {endpoint}\n"));
        let (spec, _) = parse_with(Path::new("a.yaml"), &text, &|_| unreachable!()).unwrap();
        assert_eq!(spec.domain.endpoint.unwrap().to_string(), endpoint);
    }
    let open = existing.replace(
        "  name: logs\n",
        "  endpoint: http://search.example.com\n  auth: none\n",
    );
    assert_eq!(
        parse_with(Path::new("a.yaml"), &open, &|_| unreachable!())
            .unwrap()
            .0
            .domain
            .auth,
        Auth::None
    );
}

#[test]
fn a_role_for_a_cluster_without_a_name_says_whom_it_trusts() {
    let text = SMALL.replace("domain:\n  name: logs", "domain:\n  endpoint: https://search.example.com").replace(
        "role:\n  name: logs-snapshots\n",
        "role:\n  name: logs-snapshots\n  trust: {source_arns: [\"arn:aws:es:us-west-2:123456789012:domain/*\"]}\n",
    );
    assert!(parse_with(Path::new("a.yaml"), &text, &|_| unreachable!()).is_ok());
}

#[test]
fn a_wrong_principal_is_a_warning() {
    let role = "role:\n  name: logs-snapshots\n";
    let text = SMALL.replace(
        role,
        &format!("{role}  trust: {{services: [es.amazonaws.com, opensearch.amazonaws.com]}}\n"),
    );
    let (_, warnings) = parse_with(Path::new("a.yaml"), &text, &|_| unreachable!()).unwrap();
    let have: Vec<_> = warnings
        .iter()
        .map(|one| (one.severity, one.title.as_str(), one.place.line))
        .collect();
    let title = "opensearch.amazonaws.com is not the principal that takes snapshots";
    assert_eq!(have, [(Severity::Warning, title, 13)]);
}
