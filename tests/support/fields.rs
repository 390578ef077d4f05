//! Every managed field of one environment with the states it can be found in, as changes of the converged state; data only.

use serde_json::Value;

use super::pointer;

/// The spec whose fields these are.
pub const SPEC: &str = r#"
version: 1
name: logs
region: us-west-2
account: "123456789012"
tags: {team: search}
domain:
  name: logs
bucket:
  name: logs-snapshots
policy:
  name: logs-snapshots
  description: What the domain may do
role:
  name: logs-snapshots
  description: Assumed by the domain
  permissions_boundary: arn:aws:iam::123456789012:policy/boundary
  exclusive: true
repository:
  name: snapshots
  base_path: logs
"#;

/// What the spec refers to and does not create.
pub const BOUNDARY: &str = r#"{"name":"boundary","path":"/","arn":"arn:aws:iam::123456789012:policy/boundary","id":"ANPAAAAAAAAAAAAAAAAAA",
"created":1795000000,"updated":1795000000,"default_version":1,"next_version":2,"versions":[{"number":1,"created":1795000000,
"document":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"}]}"#;

/// One change of a state: what a pointer points at becomes this JSON, or is removed.
type Change = (&'static str, Option<&'static str>);

/// One field.
pub struct Field {
    pub name: &'static str,
    /// The states beside `equal`, by name.
    pub states: &'static [(&'static str, &'static [Change])],
}

/// One read and the resource that it belongs to.
pub struct Read {
    pub operation: &'static str,
    pub kind: &'static str,
}

const fn field(name: &'static str, states: &'static [(&'static str, &'static [Change])]) -> Field {
    Field { name, states }
}

/// All fields; whole resources come last, so that one that is absent stays absent.
pub const FIELDS: &[Field] = &[
    field(
        "bucket.encryption",
        &[(
            "different",
            &[(
                "/buckets/logs-snapshots/encryption",
                Some(
                    r#"{"algorithm":"aws:kms","kms_key":"arn:aws:kms:us-west-2:123456789012:key/k","bucket_key":true}"#,
                ),
            )],
        )],
    ),
    field(
        "bucket.versioning",
        &[
            (
                "absent",
                &[("/buckets/logs-snapshots/versioning", Some("null"))],
            ),
            (
                "different",
                &[("/buckets/logs-snapshots/versioning", Some("\"Suspended\""))],
            ),
        ],
    ),
    field(
        "bucket.public_access_block",
        &[
            (
                "absent",
                &[("/buckets/logs-snapshots/public_access_block", Some("null"))],
            ),
            (
                "different",
                &[(
                    "/buckets/logs-snapshots/public_access_block/block_public_policy",
                    Some("false"),
                )],
            ),
        ],
    ),
    field(
        "bucket.ownership",
        &[
            (
                "absent",
                &[("/buckets/logs-snapshots/ownership", Some("null"))],
            ),
            (
                "different",
                &[(
                    "/buckets/logs-snapshots/ownership",
                    Some("\"ObjectWriter\""),
                )],
            ),
        ],
    ),
    field(
        "bucket.policy",
        &[
            (
                "absent",
                &[("/buckets/logs-snapshots/policy", Some("null"))],
            ),
            (
                "different",
                &[(
                    "/buckets/logs-snapshots/policy",
                    Some(
                        r#""{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"EsbackupOld\",\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:DeleteBucket\",\"Resource\":\"arn:aws:s3:::logs-snapshots\"},{\"Sid\":\"Theirs\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::210987654321:root\"},\"Action\":\"s3:ListBucket\",\"Resource\":\"arn:aws:s3:::logs-snapshots\"}]}""#,
                    ),
                )],
            ),
            (
                "another id",
                &[(
                    "/buckets/logs-snapshots/policy",
                    Some(
                        r#""{\"Version\":\"2008-10-17\",\"Id\":\"theirs\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:DeleteBucket\",\"Resource\":\"arn:aws:s3:::logs-snapshots\"}]}""#,
                    ),
                )],
            ),
        ],
    ),
    field(
        "bucket.lifecycle",
        &[
            (
                "absent",
                &[("/buckets/logs-snapshots/lifecycle", Some("null"))],
            ),
            (
                "different",
                &[(
                    "/buckets/logs-snapshots/lifecycle/rules",
                    Some(
                        r#"["<Rule><ID>esbackup-logs</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Disabled</Status><NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays></NoncurrentVersionExpiration></Rule>"]"#,
                    ),
                )],
            ),
            (
                "beside another",
                &[
                    (
                        "/buckets/logs-snapshots/lifecycle/rules",
                        Some(
                            r#"["<Rule><ID>theirs</ID><Filter><Prefix>x/</Prefix></Filter><Status>Enabled</Status><Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>"]"#,
                        ),
                    ),
                    (
                        "/buckets/logs-snapshots/lifecycle/transition_default_minimum_object_size",
                        Some("\"varies_by_storage_class\""),
                    ),
                ],
            ),
        ],
    ),
    field(
        "bucket.tags",
        &[
            ("absent", &[("/buckets/logs-snapshots/tags", Some("{}"))]),
            (
                "different",
                &[("/buckets/logs-snapshots/tags/team", Some("\"other\""))],
            ),
            (
                "foreign",
                &[("/buckets/logs-snapshots/tags/owner", Some("\"someone\""))],
            ),
        ],
    ),
    field(
        "bucket.objects",
        &[(
            "a repository",
            &[(
                "/buckets/logs-snapshots/objects/-",
                Some(r#"{"key":"logs/index-0","version":"null","modified":1795000000,"body":""}"#),
            )],
        )],
    ),
    field(
        "policy.document",
        &[
            (
                "different",
                &[(
                    "/accounts/123456789012/policies/logs-snapshots/versions/0/document",
                    Some(
                        r#""{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:GetBucketTagging\"],\"Resource\":\"*\"}]}""#,
                    ),
                )],
            ),
            (
                "five versions",
                &[
                    (
                        "/accounts/123456789012/policies/logs-snapshots/versions",
                        Some(
                            r#"[
            {"number":3,"created":1795000000,"document":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"},{"number":4,"created":1795000000,"document":"{}"},
            {"number":5,"created":1795000000,"document":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"},
            {"number":6,"created":1795000000,"document":"{}"},{"number":8,"created":1795000000,"document":"{}"}]"#,
                        ),
                    ),
                    (
                        "/accounts/123456789012/policies/logs-snapshots/default_version",
                        Some("5"),
                    ),
                    (
                        "/accounts/123456789012/policies/logs-snapshots/next_version",
                        Some("9"),
                    ),
                ],
            ),
        ],
    ),
    field(
        "policy.tags",
        &[
            (
                "absent",
                &[(
                    "/accounts/123456789012/policies/logs-snapshots/tags",
                    Some("{}"),
                )],
            ),
            (
                "different",
                &[(
                    "/accounts/123456789012/policies/logs-snapshots/tags/team",
                    Some("\"other\""),
                )],
            ),
        ],
    ),
    field(
        "role.trust",
        &[
            (
                "different",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/trust",
                    Some(
                        r#""{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":[\"es.amazonaws.com\",\"ec2.amazonaws.com\"]},\"Action\":\"sts:AssumeRole\"}]}""#,
                    ),
                )],
            ),
            (
                "elsewhere",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/trust",
                    Some(
                        r#""{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"123456789012\"},\"Action\":\"sts:AssumeRole\"}]}""#,
                    ),
                )],
            ),
            (
                "both",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/trust",
                    Some(
                        r#""{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Snapshots\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"es.amazonaws.com\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"},\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:es:us-west-2:123456789012:domain/older\"}}}]}""#,
                    ),
                )],
            ),
        ],
    ),
    field(
        "role.description",
        &[
            (
                "absent",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/description",
                    Some("null"),
                )],
            ),
            (
                "different",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/description",
                    Some("\"other\""),
                )],
            ),
        ],
    ),
    field(
        "role.max_session_duration",
        &[(
            "different",
            &[(
                "/accounts/123456789012/roles/logs-snapshots/max_session_duration",
                Some("7200"),
            )],
        )],
    ),
    field(
        "role.permissions_boundary",
        &[
            (
                "absent",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/permissions_boundary",
                    Some("null"),
                )],
            ),
            (
                "different",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/permissions_boundary",
                    Some("\"arn:aws:iam::aws:policy/PowerUserAccess\""),
                )],
            ),
        ],
    ),
    field(
        "role.tags",
        &[
            (
                "absent",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/tags",
                    Some("{}"),
                )],
            ),
            (
                "different",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/tags/team",
                    Some("\"other\""),
                )],
            ),
        ],
    ),
    field(
        "role.policies",
        &[
            (
                "absent",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/attached",
                    Some("[]"),
                )],
            ),
            (
                "different",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/attached",
                    Some(r#"["arn:aws:iam::aws:policy/ReadOnlyAccess"]"#),
                )],
            ),
            (
                "more",
                &[(
                    "/accounts/123456789012/roles/logs-snapshots/attached/-",
                    Some("\"arn:aws:iam::aws:policy/ReadOnlyAccess\""),
                )],
            ),
        ],
    ),
    field(
        "role.inline_policies",
        &[(
            "more",
            &[(
                "/accounts/123456789012/roles/logs-snapshots/inline/extra",
                Some(
                    r#""{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}""#,
                ),
            )],
        )],
    ),
    field(
        "repository.bucket",
        &[(
            "different",
            &[(
                "/domains/0/repositories/snapshots/settings/bucket",
                Some("\"elsewhere\""),
            )],
        )],
    ),
    field(
        "repository.base_path",
        &[
            (
                "absent",
                &[("/domains/0/repositories/snapshots/settings/base_path", None)],
            ),
            (
                "different",
                &[(
                    "/domains/0/repositories/snapshots/settings/base_path",
                    Some("\"elsewhere\""),
                )],
            ),
        ],
    ),
    field(
        "repository.region",
        &[(
            "different",
            &[(
                "/domains/0/repositories/snapshots/settings/region",
                Some("\"eu-west-1\""),
            )],
        )],
    ),
    field(
        "repository.role_arn",
        &[(
            "different",
            &[(
                "/domains/0/repositories/snapshots/settings/role_arn",
                Some("\"arn:aws:iam::123456789012:role/theirs\""),
            )],
        )],
    ),
    field(
        "repository.readonly",
        &[(
            "different",
            &[(
                "/domains/0/repositories/snapshots/settings/readonly",
                Some("\"true\""),
            )],
        )],
    ),
    field(
        "repository.settings",
        &[(
            "different",
            &[(
                "/domains/0/repositories/snapshots/settings/compress",
                Some("\"false\""),
            )],
        )],
    ),
    field(
        "repository.type",
        &[(
            "different",
            &[("/domains/0/repositories/snapshots/type", Some("\"fs\""))],
        )],
    ),
    field(
        "repository.candidate",
        &[(
            "left over",
            &[(
                "/domains/0/repositories/snapshots--esbackup-candidate",
                Some(
                    r#"{"type":"s3","settings":{"bucket":"logs-snapshots","base_path":"logs","region":"us-west-2","role_arn":"arn:aws:iam::123456789012:role/logs-snapshots"}}"#,
                ),
            )],
        )],
    ),
    field(
        "repository",
        &[("absent", &[("/domains/0/repositories", Some("{}"))])],
    ),
    field(
        "role",
        &[(
            "absent",
            &[("/accounts/123456789012/roles/logs-snapshots", None)],
        )],
    ),
    field(
        "policy",
        &[(
            "absent",
            &[("/accounts/123456789012/policies/logs-snapshots", None)],
        )],
    ),
    field(
        "bucket",
        &[("absent", &[("/buckets/logs-snapshots", None)])],
    ),
];

/// Every read of a plan of an environment whose resources all exist, and of an unmarked bucket.
pub const READS: &[Read] = &[
    read("s3:HeadBucket", "bucket"),
    read("s3:GetBucketEncryption", "bucket"),
    read("s3:GetBucketVersioning", "bucket"),
    read("s3:GetPublicAccessBlock", "bucket"),
    read("s3:GetBucketOwnershipControls", "bucket"),
    read("s3:GetBucketPolicy", "bucket"),
    read("s3:GetBucketLifecycleConfiguration", "bucket"),
    read("s3:GetBucketTagging", "bucket"),
    read("iam:GetPolicy", "policy"),
    read("iam:GetPolicyVersion", "policy"),
    read("iam:ListPolicyVersions", "policy"),
    read("iam:GetRole", "role"),
    read("iam:ListAttachedRolePolicies", "role"),
    read("iam:ListRolePolicies", "role"),
    read("es:DescribeDomain", "domain"),
    read("es:GET _snapshot", "repository"),
    read("es:GET _snapshot/_all", "repository"),
];

/// The reads that only a bucket without a mark needs.
pub const UNMARKED_READS: &[Read] = &[
    read("s3:ListObjectVersions", "bucket"),
    read("s3:ListMultipartUploads", "bucket"),
    read("s3:GetBucketCors", "bucket"),
    read("s3:GetBucketWebsite", "bucket"),
    read("s3:GetBucketReplication", "bucket"),
    read("s3:GetBucketNotificationConfiguration", "bucket"),
    read("s3:GetBucketLogging", "bucket"),
    read("s3:GetObjectLockConfiguration", "bucket"),
    read("s3:GetBucketAcl", "bucket"),
    read("s3:GetBucketPolicyStatus", "bucket"),
];

const fn read(operation: &'static str, kind: &'static str) -> Read {
    Read { operation, kind }
}

/// Changes the converged state to one in which each field is in the chosen state; 0 is `equal`.
pub fn vary(state: &mut Value, chosen: &[usize]) {
    for (field, choice) in FIELDS.iter().zip(chosen) {
        let Some(index) = choice.checked_sub(1) else {
            continue;
        };
        for (at, to) in field.states[index].1 {
            match to {
                Some(json) => pointer::set(state, at, serde_json::from_str(json).unwrap()),
                None => pointer::remove(state, at),
            }
        }
    }
    // A policy that does not exist is attached to nothing.
    let account = "/accounts/123456789012";
    let policy = format!("{account}/policies/logs-snapshots");
    let exists = state.pointer(&policy).is_some();
    let attached = state.pointer_mut(&format!("{account}/roles/logs-snapshots/attached"));
    if let Some(Value::Array(attached)) = attached {
        attached.retain(|arn| exists || !arn.as_str().unwrap().ends_with(":policy/logs-snapshots"));
    }
}

/// The chosen states in words.
pub fn words(chosen: &[usize]) -> String {
    let named = FIELDS.iter().zip(chosen).filter_map(|(field, choice)| {
        let (state, _) = field.states.get(choice.checked_sub(1)?)?;
        Some(format!("{} {state}", field.name))
    });
    named.collect::<Vec<_>>().join(", ")
}
