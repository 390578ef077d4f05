//! Denials: certain, possible and none, before the first write.

use esbackup::internals::plan::{Fleet, plan};
use serde_json::{Value, json};

use super::{ARN, ROLE, SPEC, Stage, codes, policy_with, tls};

const NAME: &str = "arn:aws:iam::123456789012:role/logs-snapshots";

fn deny(more: Value) -> Value {
    let mut statement = json!({
        "Sid": "Theirs", "Effect": "Deny", "Action": "s3:PutObject", "Resource": format!("{ARN}/*"),
    });
    for (key, value) in more.as_object().unwrap() {
        statement[key] = value.clone();
    }
    if statement.get("NotPrincipal").is_none() && statement.get("Principal").is_none() {
        statement["Principal"] = json!("*");
    }
    statement
}

fn when(condition: Value) -> Value {
    deny(json!({"Condition": condition}))
}

/// The plan beside a further statement of the bucket policy.
fn unregistered(stage: &Stage, statement: &Value) -> esbackup::internals::plan::Plan {
    stage.plan(&[policy_with(statement)])
}

/// Everything is there but the registration, which the plan is to send.
fn before_registration() -> Stage {
    let stage = Stage::new();
    stage.world.sandbox.change(|state| {
        state["domains"][0]["repositories"] = json!({});
    });
    let applied = stage.world.sandbox.state();
    Stage { applied, ..stage }
}

#[test]
fn certain_denial_blocks_the_registration() {
    let stage = before_registration();
    assert_eq!(codes(&stage.found(&[])), []);
    for statement in [
        when(json!({"Null": {"s3:x-amz-server-side-encryption": "true"}})),
        when(json!({"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}})),
        when(json!({"StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption": "AES256"}})),
        when(json!({"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/admin"}})),
        deny(json!({"NotPrincipal": {"AWS": "arn:aws:iam::123456789012:role/admin"}})),
        deny(json!({"Principal": {"AWS": NAME}})),
        deny(json!({"Principal": {"AWS": NAME}, "Action": "s3:ListBucket", "Resource": ARN})),
        deny(json!({"Principal": {"AWS": NAME}, "Action": "s3:Delete*"})),
    ] {
        let plan = unregistered(&stage, &statement);
        assert_eq!(
            codes(&plan.findings),
            [("denied-by-bucket-policy", "danger")],
            "{statement}"
        );
        assert_eq!(plan.findings[0].resource, "bucket.logs-snapshots");
        assert!(plan.steps.is_empty(), "{statement}");
        let (id, blocked) = plan.blocked().next().unwrap();
        assert_eq!(id.to_string(), "bucket.logs-snapshots");
        assert!(blocked.reason.contains("Theirs"), "{}", blocked.reason);
    }
}

#[test]
fn possible_denial_is_a_note_and_blocks_nothing() {
    let stage = before_registration();
    for statement in [
        when(json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})),
        when(json!({"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}})),
        when(json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
        when(json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})),
        when(json!({"Null": {"aws:SourceVpc": "true"}})),
        deny(json!({"NotPrincipal": {"AWS": [NAME, "arn:aws:iam::123456789012:root"]}})),
    ] {
        let plan = unregistered(&stage, &statement);
        assert_eq!(
            codes(&plan.findings),
            [("denied-by-bucket-policy", "note")],
            "{statement}"
        );
        assert_eq!(plan.blocked().count(), 0, "{statement}");
        assert!(!plan.steps.is_empty());
    }
}

#[test]
fn denial_of_what_the_role_never_does_is_no_finding() {
    let stage = before_registration();
    for statement in [
        when(json!({"Bool": {"aws:SecureTransport": "false"}})),
        when(json!({"StringNotEquals": {"aws:ResourceAccount": "123456789012"}})),
        when(
            json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:PrincipalIsAWSService": "true"}}),
        ),
        deny(json!({"Principal": {"AWS": "arn:aws:iam::123456789012:role/other"}})),
        deny(json!({"Action": "s3:PutObject", "Resource": format!("{ARN}/another/*")})),
        deny(json!({"Action": "s3:DeleteBucket", "Resource": ARN})),
    ] {
        assert_eq!(
            codes(&unregistered(&stage, &statement).findings),
            [],
            "{statement}"
        );
    }
}

#[test]
fn repository_that_asks_for_encryption_sends_the_header() {
    let spec = SPEC.replace(
        "repository:\n",
        "repository:\n  server_side_encryption: true\n",
    );
    let stage = before_registration().with_spec(&spec);
    let statement = when(json!({"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}}));
    assert_eq!(codes(&unregistered(&stage, &statement).findings), []);
}

#[test]
fn repository_that_answers_outranks_the_evaluator() {
    let stage = Stage::new();
    let statement = when(json!({"Null": {"s3:x-amz-server-side-encryption": "true"}}));
    let plan = stage.plan(&[policy_with(&statement)]);
    assert_eq!(
        codes(&plan.findings),
        [("denied-by-bucket-policy", "warning")]
    );
    assert_eq!(plan.blocked().count(), 0);
    assert!(
        plan.findings[0].message.contains("outranks"),
        "{}",
        plan.findings[0].message
    );
}

#[test]
fn caller_that_a_statement_denies_is_told_before_the_first_write() {
    let mut stage = Stage::new();
    // Something of the bucket is to be changed.
    let versioning = ("/buckets/logs-snapshots/versioning", json!("Suspended"));
    let statement = json!({"Sid": "Frozen", "Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketVersioning", "Resource": ARN});
    let plan = stage.plan(&[policy_with(&statement), versioning.clone()]);
    assert_eq!(
        codes(&plan.findings),
        [("denied-by-bucket-policy", "danger")]
    );
    assert_eq!(
        plan.blocked().count(),
        0,
        "another caller may apply what is planned here"
    );
    stage.world.choices.applies = true;
    let plan = stage.plan(&[policy_with(&statement), versioning]);
    assert_eq!(plan.blocked().count(), 1);
    assert!(plan.steps.is_empty());
    // What is not sent is not denied.
    assert_eq!(codes(&stage.beside(statement)), []);
}

#[test]
fn session_of_a_role_that_a_statement_shuts_out_is_told_before_the_first_write() {
    let mut stage = Stage::new();
    let versioning = ("/buckets/logs-snapshots/versioning", json!("Suspended"));
    let role = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    let session = "arn:aws:sts::123456789012:assumed-role/Deployer/ci";
    stage.world.choices.applies = true;
    let frozen = |more: Value| {
        let mut statement =
            json!({"Sid": "Frozen", "Effect": "Deny", "Action": "s3:PutBucket*", "Resource": ARN});
        for (key, value) in more.as_object().unwrap() {
            statement[key] = value.clone();
        }
        statement
    };
    let unless = |names: &[String]| {
        frozen(json!({"Principal": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": names}}}))
    };
    for (statement, blocked) in [
        (unless(&[role("Admin"), role("NAME")]), 1),
        (
            frozen(
                json!({"NotPrincipal": {"AWS": [role("Admin"), "arn:aws:iam::123456789012:root"]}}),
            ),
            1,
        ),
        (frozen(json!({"Principal": {"AWS": role("Deployer")}})), 1),
        (unless(&[role("*")]), 0),
        // The path of the role may be another.
        (unless(&[role("Deployer")]), 0),
    ] {
        stage.plan(&[policy_with(&statement), versioning.clone()]);
        let mut actual = stage.world.plan(&stage.desired).actual;
        actual.caller = Some(session.to_owned());
        let choices = &stage.world.choices;
        let plan = plan(
            &stage.desired,
            &stage.accept,
            &actual,
            choices,
            &Fleet::of([&stage.desired]),
        );
        assert_eq!(plan.blocked().count(), blocked, "{statement}");
    }
}

/// A spec that uses what exists, and its environment before the registration.
fn used() -> Stage {
    let spec = SPEC.replace(
        "role:\n  name: logs-snapshots\n",
        "role:\n  name: logs-snapshots\n  existing: true\n",
    );
    before_registration().with_spec(&spec)
}

#[test]
fn existing_role_without_grants_is_blocked_with_the_attach_command() {
    let stage = used();
    assert_eq!(codes(&stage.found(&[])), []);
    let plan = stage.plan(&[(&format!("{ROLE}/attached"), json!([]))]);
    assert_eq!(codes(&plan.findings), [("role-lacks-access", "danger")]);
    let (id, blocked) = plan.blocked().next().unwrap();
    assert_eq!(id.to_string(), "role.logs-snapshots");
    let command = "aws iam attach-role-policy --role-name logs-snapshots --policy-arn arn:aws:iam::123456789012:policy/logs-snapshots";
    assert!(blocked.remedy.contains(command), "{}", blocked.remedy);
    assert!(plan.steps.is_empty());
}

/// A policy that does not exist cannot be attached, and is not created while the role is blocked.
#[test]
fn existing_role_beside_a_missing_policy_is_blocked_with_an_inline_policy() {
    let stage = used();
    stage.world.sandbox.change(|state| {
        state["accounts"]["123456789012"]["policies"] = json!({});
        state["accounts"]["123456789012"]["roles"]["logs-snapshots"]["attached"] = json!([]);
    });
    let applied = stage.world.sandbox.state();
    let stage = Stage { applied, ..stage };
    let plan = stage.plan(&[]);
    assert_eq!(codes(&plan.findings), [("role-lacks-access", "danger")]);
    let (_, blocked) = plan.blocked().next().unwrap();
    let document = stage
        .desired
        .policy
        .as_ref()
        .unwrap()
        .want
        .document
        .to_json();
    assert_eq!(
        blocked.remedy,
        format!(
            "grant it to the role: aws iam put-role-policy --role-name logs-snapshots --policy-name logs-snapshots --policy-document '{document}'"
        )
    );
    // Followed, the role has what it needs.
    let document: Value = serde_json::from_str(&document).unwrap();
    let inline = format!("{ROLE}/inline/logs-snapshots");
    assert_eq!(
        codes(&stage.found(&[(&inline, json!({"document": document}))])),
        []
    );
}

#[test]
fn role_that_lacks_part_of_what_it_needs_is_blocked() {
    let stage = used();
    let inline = |document: Value| {
        vec![
            (format!("{ROLE}/attached"), json!([])),
            (format!("{ROLE}/inline/own"), json!({"document": document})),
        ]
    };
    let document = |action: Value, resource: Value, condition: Value| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}]});
    let all = json!([ARN, format!("{ARN}/*")]);
    for (document, want) in [
        (document(json!("s3:*"), all.clone(), json!({})), vec![]),
        (
            document(json!("s3:Get*"), all.clone(), json!({})),
            vec![("role-lacks-access", "danger")],
        ),
        (
            document(
                json!("s3:*"),
                json!([ARN, format!("{ARN}/other/*")]),
                json!({}),
            ),
            vec![("role-lacks-access", "danger")],
        ),
        (
            document(
                json!("s3:*"),
                all.clone(),
                json!({"StringEquals": {"aws:ResourceAccount": "999988887777"}}),
            ),
            vec![("role-lacks-access", "danger")],
        ),
        (
            document(
                json!("s3:*"),
                all,
                json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
            ),
            vec![("role-lacks-access", "note")],
        ),
    ] {
        let changes = inline(document.clone());
        let changes: Vec<(&str, Value)> = changes
            .iter()
            .map(|(at, to)| (at.as_str(), to.clone()))
            .collect();
        assert_eq!(codes(&stage.found(&changes)), want, "{document}");
    }
}

#[test]
fn bucket_policy_that_grants_the_role_is_enough_within_one_account() {
    let stage = used();
    let grant = json!({"Sid": "Role", "Effect": "Allow", "Principal": {"AWS": NAME}, "Action": "s3:*", "Resource": [ARN, format!("{ARN}/*")]});
    let document = json!({"Version": "2012-10-17", "Statement": [grant, tls()]});
    let found = stage.found(&[
        (&format!("{ROLE}/attached"), json!([])),
        (super::POLICY, json!({"document": document})),
    ]);
    assert_eq!(codes(&found), [("unmanaged-grant", "note")]);
}

#[test]
fn denial_in_a_policy_of_the_role_is_certain() {
    let stage = before_registration();
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}]});
    let plan = stage.plan(&[(&format!("{ROLE}/inline/worm"), json!({"document": deny}))]);
    assert_eq!(codes(&plan.findings), [("role-lacks-access", "danger")]);
    let of_aws = stage.plan(&[(
        &format!("{ROLE}/attached/-"),
        json!("arn:aws:iam::aws:policy/AWSDenyAll"),
    )]);
    assert_eq!(codes(&of_aws.findings), [("role-lacks-access", "danger")]);
    assert!(of_aws.steps.is_empty());
}

#[test]
fn document_that_cannot_be_read_makes_nothing_certain() {
    let stage = used();
    let changes = [(
        format!("{ROLE}/attached"),
        json!(["arn:aws:iam::123456789012:policy/gone"]),
    )];
    let changes: Vec<(&str, Value)> = changes
        .iter()
        .map(|(at, to)| (at.as_str(), to.clone()))
        .collect();
    let plan = stage.plan(&changes);
    assert_eq!(codes(&plan.findings), [("not-read", "note")]);
    assert_eq!(plan.blocked().count(), 0);
}

#[test]
fn fresh_environments_of_all_shipped_specs_have_no_finding() {
    for path in [
        "specs/quickstart.yaml",
        "specs/blog.yaml",
        "specs/govcloud.yaml",
    ] {
        let text = std::fs::read_to_string(path).unwrap();
        // That policy is the reader's own, and must be there first.
        let bounded = text
            .lines()
            .filter(|line| !line.contains("permissions_boundary"));
        let text: Vec<&str> = bounded.collect();
        let stage = Stage::empty(&text.join("\n"));
        assert_eq!(codes(&stage.found(&[])), [], "{path}");
        stage.world.apply(&stage.desired);
        let after = stage.world.plan(&stage.desired).plan;
        assert_eq!(codes(&after.findings), [], "{path}");
    }
}
