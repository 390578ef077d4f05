//! Grants that others made: in the bucket policy, and on the role.

use serde_json::{Value, json};

use super::{ARN, ROLE, SPEC, Stage, codes, policy_with};

fn allow(principal: Value, action: &str) -> Value {
    json!({
        "Sid": "Theirs", "Effect": "Allow", "Principal": principal, "Action": action,
        "Resource": [ARN, format!("{ARN}/*")],
    })
}

fn account(id: &str) -> Value {
    json!({"AWS": format!("arn:aws:iam::{id}:root")})
}

#[test]
fn grant_to_others_is_a_danger_and_said_in_words() {
    let stage = Stage::new();
    let org = json!({
        "Sid": "Org", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": format!("{ARN}/*"),
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
    });
    let limited = json!({
        "Sid": "Limited", "Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": format!("{ARN}/*"),
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "999988887777"}},
    });
    for (statement, words) in [
        (
            allow(account("999988887777"), "s3:GetObject"),
            "lets account 999988887777 read every object",
        ),
        (
            allow(json!({"AWS": "999988887777"}), "s3:ListBucket"),
            "lets account 999988887777 list the bucket",
        ),
        (
            allow(json!({"AWS": "arn:aws:iam::999988887777:role/x"}), "s3:*"),
            "lets arn:aws:iam::999988887777:role/x do anything with the bucket and its objects",
        ),
        (
            allow(json!("*"), "s3:GetObject"),
            "lets everyone read every object",
        ),
        (
            allow(json!({"AWS": "*"}), "s3:Get*"),
            "lets everyone read and read old versions of every object",
        ),
        (
            org,
            "lets every account of organization o-1 read every object under a condition on aws:PrincipalOrgID",
        ),
        (limited, "lets account 999988887777 write every object"),
        (
            allow(
                json!({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}),
                "s3:GetObject",
            ),
            "lets the owner of canonical user id 79a5",
        ),
    ] {
        let found = stage.beside(statement.clone());
        assert_eq!(
            codes(&found),
            [("unmanaged-grant", "danger")],
            "{statement}"
        );
        assert!(
            found[0].message.contains(words),
            "{}\n{words}",
            found[0].message
        );
    }
}

#[test]
fn grant_within_the_account_or_to_a_service_is_a_note() {
    let stage = Stage::new();
    let endpoint = json!({
        "Sid": "Vpc", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": format!("{ARN}/*"),
        "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    });
    for statement in [
        allow(account("123456789012"), "s3:GetObject"),
        allow(
            json!({"Service": "logging.s3.amazonaws.com"}),
            "s3:PutObject",
        ),
        endpoint,
    ] {
        let found = stage.beside(statement.clone());
        assert_eq!(codes(&found), [("unmanaged-grant", "note")], "{statement}");
    }
    let deny = json!({"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketAcl", "Resource": ARN});
    assert_eq!(codes(&stage.beside(deny)), []);
}

#[test]
fn grant_that_the_spec_names_is_no_finding() {
    let spec = SPEC.replace(
        "bucket:\n  name: logs-snapshots\n",
        "bucket:\n  name: logs-snapshots\n  policy:\n    extra_statements:\n      - Sid: Auditors\n        Effect: Allow\n        Principal: {AWS: \"999988887777\"}\n        Action: s3:ListBucket\n        Resource: arn:aws:s3:::logs-snapshots\n",
    );
    assert_eq!(codes(&Stage::of(&spec).found(&[])), []);
}

#[test]
fn deleted_principal_warns_and_blocks_a_policy_that_would_be_sent_with_it() {
    let stage = Stage::new();
    for id in ["AIDAJQABLZS4A3QDU576Q", "AROADBQP57FF2AEXAMPLE"] {
        let found = stage.beside(allow(json!({"AWS": id}), "s3:GetObject"));
        assert_eq!(codes(&found), [("deleted-principal", "warning")]);
        assert!(found[0].message.contains(id), "{}", found[0].message);
    }
    let denied = json!({"Sid": "No", "Effect": "Deny", "NotPrincipal": {"AWS": ["AIDAJQABLZS4A3QDU576Q", "arn:aws:iam::123456789012:role/logs-snapshots"]},
        "Action": "s3:PutBucketAcl", "Resource": ARN});
    assert_eq!(
        codes(&stage.beside(denied)),
        [("deleted-principal", "warning")]
    );
    // The plan puts esbackup's own statement back, and S3 would refuse the whole.
    let statement = allow(json!({"AWS": "AIDAJQABLZS4A3QDU576Q"}), "s3:GetObject");
    let document = json!({"Version": "2012-10-17", "Statement": [statement]});
    let plan = stage.plan(&[(super::POLICY, json!({"document": document}))]);
    let (id, blocked) = plan.blocked().next().unwrap();
    assert_eq!(id.to_string(), "bucket.logs-snapshots");
    assert!(
        blocked.reason.contains("AIDAJQABLZS4A3QDU576Q"),
        "{}",
        blocked.reason
    );
    assert!(plan.steps.is_empty());
}

#[test]
fn public_statement_blocks_a_policy_that_s3_would_refuse() {
    let stage = Stage::new();
    let document =
        json!({"Version": "2012-10-17", "Statement": [allow(json!("*"), "s3:GetObject")]});
    let plan = stage.plan(&[(super::POLICY, json!({"document": document}))]);
    assert_eq!(codes(&plan.findings), [("unmanaged-grant", "danger")]);
    assert_eq!(plan.blocked().count(), 1);
}

fn attached(arn: &str) -> Vec<(String, Value)> {
    vec![(format!("{ROLE}/attached/-"), json!(arn))]
}

fn inline(document: &Value) -> Vec<(String, Value)> {
    vec![(
        format!("{ROLE}/inline/extra"),
        json!({"document": document}),
    )]
}

fn found(stage: &Stage, changes: &[(String, Value)]) -> Vec<(&'static str, &'static str)> {
    let changes: Vec<(&str, Value)> = changes
        .iter()
        .map(|(at, to)| (at.as_str(), to.clone()))
        .collect();
    codes(&stage.found(&changes))
}

fn document(action: Value, resource: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})
}

#[test]
fn policy_that_grants_beyond_the_bucket_is_a_danger() {
    let stage = Stage::new();
    for arn in [
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        // Its document cannot be read here, and no policy of AWS's names one bucket.
        "arn:aws:iam::aws:policy/job-function/SystemAdministrator",
    ] {
        assert_eq!(
            found(&stage, &attached(arn)),
            [("role-exceeds-spec", "danger")],
            "{arn}"
        );
    }
    for (action, resource) in [
        (json!("s3:GetObject"), json!("arn:aws:s3:::another/*")),
        (json!("s3:GetObject"), json!("arn:aws:s3:::logs-snapshots*")),
        (json!("kms:Decrypt"), json!("*")),
        (json!("*"), json!([ARN, format!("{ARN}/*")])),
    ] {
        let extra = document(action, resource);
        assert_eq!(
            found(&stage, &inline(&extra)),
            [("role-exceeds-spec", "danger")],
            "{extra}"
        );
    }
}

#[test]
fn policy_within_the_bucket_is_no_finding() {
    let stage = Stage::new();
    for (action, resource) in [
        (json!("s3:ListBucketVersions"), json!(ARN)),
        (
            json!(["s3:Get*", "s3:AbortMultipartUpload"]),
            json!(format!("{ARN}/logs/*")),
        ),
    ] {
        let extra = document(action, resource);
        assert_eq!(found(&stage, &inline(&extra)), [], "{extra}");
    }
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}]});
    assert_eq!(found(&stage, &inline(&deny)), []);
    let exclusive = SPEC.replace(
        "role:\n  name: logs-snapshots\n",
        "role:\n  name: logs-snapshots\n  exclusive: true\n",
    );
    let stage = stage.with_spec(&exclusive);
    assert_eq!(
        found(
            &stage,
            &attached("arn:aws:iam::aws:policy/AdministratorAccess")
        ),
        []
    );
}

#[test]
fn boundary_limits_what_an_attached_policy_grants() {
    let stage = Stage::new();
    let bound = |document: Value| {
        let mut changes = attached("arn:aws:iam::aws:policy/AdministratorAccess");
        let arn = "arn:aws:iam::123456789012:policy/boundary";
        changes.push((
            "/accounts/123456789012/policies/boundary".to_owned(),
            json!({
                "arn": arn, "id": "ANPA1", "name": "boundary", "path": "/", "description": null, "created": 0, "updated": 0,
                "default_version": 1, "next_version": 2, "tags": {},
                "versions": [{"number": 1, "document": document.to_string(), "created": 0}],
            }),
        ));
        changes.push((format!("{ROLE}/permissions_boundary"), json!(arn)));
        changes
    };
    let narrow = document(json!("s3:*"), json!([ARN, format!("{ARN}/*")]));
    assert_eq!(found(&stage, &bound(narrow)), []);
    let wide = document(json!("*"), json!("*"));
    assert_eq!(
        found(&stage, &bound(wide)),
        [("role-exceeds-spec", "danger")]
    );
}

#[test]
fn pass_role_on_the_role_is_a_warning() {
    let stage = Stage::new();
    let extra = document(json!("iam:PassRole"), json!("*"));
    let found = found(&stage, &inline(&extra));
    assert_eq!(
        found,
        [
            ("role-exceeds-spec", "danger"),
            ("pass-role-on-role", "warning")
        ]
    );
    let spec = SPEC.replace(
        "policy:\n  name: logs-snapshots\n",
        "policy:\n  name: logs-snapshots\n  extra_statements:\n    - Effect: Allow\n      Action: iam:PassRole\n      Resource: \"*\"\n",
    );
    assert_eq!(
        codes(&Stage::of(&spec).found(&[])),
        [("pass-role-on-role", "warning")]
    );
}

#[test]
fn statement_of_the_shared_policy_keeps_its_place() {
    // What the helper makes is what apply made, so that a finding is about the further statement only.
    let stage = Stage::new();
    let deny = json!({"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketAcl", "Resource": ARN});
    assert!(stage.plan(&[policy_with(&deny)]).is_empty());
}
