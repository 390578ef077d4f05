//! Answers of AWS that are full of the smallest elements there are.

use std::collections::BTreeSet;

use esbackup::internals::aws::guard::longest_answer;
use esbackup::internals::aws::reads::READ_OPERATIONS;
use serde_json::{Value, json};

use super::{MEMORY, full_of, held};
use crate::support::pointer;
use crate::support::stage::{Does, Line, Stage};
use crate::trust::sample;

/// What an answer of AWS is full of: an operation, how the answer begins, the smallest element of its longest list, and how it ends.
const FLOODS_OF_AWS: [(&str, &str, &str, &str); 30] = [
    (
        "es:DescribeDomain",
        "{\"DomainStatus\":{\"Endpoints\":{",
        "\"#\":\"\",",
        "\"vpc\":\"\"}}}",
    ),
    (
        "iam:GetPolicy",
        IAM_POLICY,
        "<member/>",
        "</Tags></Policy></GetPolicyResult></GetPolicyResponse>",
    ),
    (
        "iam:GetPolicyVersion",
        "<GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion><Document>",
        "%7B",
        "</Document></PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>",
    ),
    (
        "iam:GetRole",
        "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>r</RoleName><RoleId>r</RoleId><Arn>a</Arn><CreateDate>2024-01-01T00:00:00Z</CreateDate><Tags>",
        "<member/>",
        "</Tags></Role></GetRoleResult></GetRoleResponse>",
    ),
    (
        "iam:ListAttachedRolePolicies",
        "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies>",
        "<member/>",
        "</AttachedPolicies></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>",
    ),
    (
        "iam:ListPolicies",
        "<ListPoliciesResponse><ListPoliciesResult><Policies>",
        "<member/>",
        "</Policies></ListPoliciesResult></ListPoliciesResponse>",
    ),
    (
        "iam:ListPolicyVersions",
        "<ListPolicyVersionsResponse><ListPolicyVersionsResult><Versions>",
        "<member/>",
        "</Versions></ListPolicyVersionsResult></ListPolicyVersionsResponse>",
    ),
    (
        "iam:GetRolePolicy",
        "<GetRolePolicyResponse><GetRolePolicyResult><PolicyName>more</PolicyName><PolicyDocument>",
        "%7B",
        "</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>",
    ),
    (
        "iam:ListRolePolicies",
        "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames>",
        "<member/>",
        "</PolicyNames></ListRolePoliciesResult></ListRolePoliciesResponse>",
    ),
    (
        "s3:GetBucketAcl",
        "<AccessControlPolicy><AccessControlList>",
        "<Grant/>",
        "</AccessControlList></AccessControlPolicy>",
    ),
    (
        "s3:GetBucketCors",
        "<CORSConfiguration>",
        "<CORSRule/>",
        "</CORSConfiguration>",
    ),
    (
        "s3:GetBucketEncryption",
        "<ServerSideEncryptionConfiguration>",
        "<Rule/>",
        "</ServerSideEncryptionConfiguration>",
    ),
    (
        "s3:GetBucketLifecycleConfiguration",
        "<LifecycleConfiguration>",
        "<Rule><Status/></Rule>",
        "</LifecycleConfiguration>",
    ),
    (
        "s3:GetBucketLogging",
        "<BucketLoggingStatus><LoggingEnabled><TargetGrants>",
        "<Grant/>",
        "</TargetGrants></LoggingEnabled></BucketLoggingStatus>",
    ),
    (
        "s3:GetBucketNotificationConfiguration",
        "<NotificationConfiguration>",
        "<TopicConfiguration/>",
        "</NotificationConfiguration>",
    ),
    (
        "s3:GetBucketOwnershipControls",
        "<OwnershipControls>",
        "<Rule><ObjectOwnership/></Rule>",
        "</OwnershipControls>",
    ),
    (
        "s3:GetBucketPolicy",
        "{\"Version\":\"2012-10-17\",\"Statement\":[",
        "{},",
        "{}]}",
    ),
    (
        "s3:GetBucketPolicyStatus",
        "<PolicyStatus>",
        "<IsPublic>true</IsPublic>",
        "</PolicyStatus>",
    ),
    (
        "s3:GetBucketReplication",
        "<ReplicationConfiguration><Role>r</Role>",
        "<Rule/>",
        "</ReplicationConfiguration>",
    ),
    (
        "s3:GetBucketTagging",
        "<Tagging><TagSet>",
        "<Tag/>",
        "</TagSet></Tagging>",
    ),
    (
        "s3:GetBucketVersioning",
        "<VersioningConfiguration>",
        "<Status>x</Status>",
        "</VersioningConfiguration>",
    ),
    (
        "s3:GetBucketWebsite",
        "<WebsiteConfiguration><RoutingRules>",
        "<RoutingRule/>",
        "</RoutingRules></WebsiteConfiguration>",
    ),
    (
        "s3:GetObjectLockConfiguration",
        "<ObjectLockConfiguration>",
        "<Rule/>",
        "</ObjectLockConfiguration>",
    ),
    (
        "s3:GetPublicAccessBlock",
        "<PublicAccessBlockConfiguration>",
        "<BlockPublicAcls>true</BlockPublicAcls>",
        "</PublicAccessBlockConfiguration>",
    ),
    (
        "s3:GetObject",
        "{\"format\":1,\"indices\":[",
        "{\"name\":\"\",\"docs\":0,\"restored_as\":\"\"},",
        "{}]}",
    ),
    ("s3:HeadBucket", "", " ", ""),
    (
        "s3:ListMultipartUploads",
        "<ListMultipartUploadsResult>",
        "<Upload/>",
        "</ListMultipartUploadsResult>",
    ),
    (
        "s3:ListObjectVersions",
        "<ListVersionsResult>",
        "<Version/>",
        "</ListVersionsResult>",
    ),
    (
        "s3:ListObjectsV2",
        "<ListBucketResult>",
        "<Contents/>",
        "</ListBucketResult>",
    ),
    (
        "sts:GetCallerIdentity",
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account><Arn>",
        "x",
        "</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>",
    ),
];

const IAM_POLICY: &str = "<GetPolicyResponse><GetPolicyResult><Policy><Arn>arn:aws:iam::123456789012:policy/logs-snapshots</Arn>\
    <DefaultVersionId>v1</DefaultVersionId><Tags>";

#[test]
fn every_answer_of_aws_that_is_full_of_the_smallest_is_held_in_little_memory() {
    let stage = Stage::new();
    let known: BTreeSet<&str> = FLOODS_OF_AWS.iter().map(|(name, ..)| *name).collect();
    let named = known.iter().map(|name| name.split_once(':').unwrap().1);
    assert_eq!(
        named.collect::<BTreeSet<_>>(),
        READ_OPERATIONS.iter().copied().collect()
    );
    let unmarked = |state: &mut Value| {
        pointer::set(state, "/buckets/logs-snapshots/tags", json!({}));
    };
    let looks: [(&[&str], bool); 4] = [
        (&["status"], false),
        (&["plan"], false),
        (&["plan"], true),
        (&["verify", "--level", "snapshot"], false),
    ];
    let mut cells = Vec::new();
    for flood in FLOODS_OF_AWS {
        let longest = longest_answer(flood.0.split_once(':').unwrap().1);
        for length in [longest - 1, 2 * longest] {
            cells.push((flood, length));
        }
    }
    let (mut met, mut highest, mut too_much) = (BTreeSet::new(), (0, ""), Vec::new());
    let cells = sample::of(cells, 3);
    let tried: BTreeSet<&str> = cells.iter().map(|((name, ..), _)| *name).collect();
    for (flood, length) in &cells {
        let name = flood.0;
        let body = full_of((flood.1, flood.2, flood.3), *length);
        for (words, adopting) in looks {
            stage.begin(|state| {
                let document = r#"{"Version":"2012-10-17","Statement":[]}"#;
                let inline = "/accounts/123456789012/roles/logs-snapshots/inline";
                pointer::set(state, inline, json!({"more": document}));
                if adopting {
                    unmarked(state)
                }
            });
            stage.fault(name, &json!({"status": {"code": 200, "body": body}}));
            let line = Line {
                words,
                does: Does::Reads,
            };
            let mut command = stage.sandboxed(line, &[]);
            let (code, text, most) = held(stage.folder.path("").as_path(), &mut command);
            if stage
                .sandbox
                .requests()
                .iter()
                .any(|one| one.name() == name)
            {
                met.insert(name);
            }
            if most >= MEMORY {
                too_much.push(format!("{name}, {length} bytes, {words:?}: {most} kB"));
            }
            assert!(!text.contains("a bug in esbackup"), "{name}: {text}");
            assert!(
                (0..=77).contains(&code) && code != 64,
                "{name}: {code} {text}"
            );
            highest = highest.max((most, name));
        }
    }
    println!(
        "memory: {} answers of AWS, at most {highest:?} kB",
        cells.len()
    );
    assert_eq!(too_much, [""; 0]);
    assert_eq!(met, tried);
}
