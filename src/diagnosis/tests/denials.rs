//! Who denied a request: AWS's sentence for each layer, of the caller and of the snapshot role, and denials without a word about it.
//!
//! The sentences are those of <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.

use super::*;
use crate::aws::CallError;
use crate::failure::{Class, Party};
use crate::policy_document::{Document as PolicyText, Kind};

/// Every end that AWS's page shows, with the kind of policy and whether it is an explicit deny.
const ENDS: &[(&str, PolicyKind, bool)] = &[
    (
        "because no service control policy allows the A action",
        PolicyKind::ServiceControl,
        false,
    ),
    (
        "with an explicit deny in a service control policy",
        PolicyKind::ServiceControl,
        true,
    ),
    (
        "with an explicit deny in a resource control policy",
        PolicyKind::ResourceControl,
        true,
    ),
    (
        "because no VPC endpoint policy allows the A action",
        PolicyKind::VpcEndpoint,
        false,
    ),
    (
        "with an explicit deny in a VPC endpoint policy",
        PolicyKind::VpcEndpoint,
        true,
    ),
    (
        "because no permissions boundary allows the A action",
        PolicyKind::Boundary,
        false,
    ),
    (
        "with an explicit deny in a permissions boundary",
        PolicyKind::Boundary,
        true,
    ),
    (
        "because no session policy allows the A action",
        PolicyKind::Session,
        false,
    ),
    (
        "with an explicit deny in a sessions policy",
        PolicyKind::Session,
        true,
    ),
    (
        "with an explicit deny in a session policy",
        PolicyKind::Session,
        true,
    ),
    (
        "because no resource-based policy allows the A action",
        PolicyKind::Resource,
        false,
    ),
    (
        "with an explicit deny in a resource-based policy",
        PolicyKind::Resource,
        true,
    ),
    (
        "because no role trust policy allows the A action",
        PolicyKind::Trust,
        false,
    ),
    (
        "with an explicit deny in the role trust policy",
        PolicyKind::Trust,
        true,
    ),
    (
        "because no identity-based policy allows the A action",
        PolicyKind::Identity,
        false,
    ),
    (
        "with an explicit deny in an identity-based policy",
        PolicyKind::Identity,
        true,
    ),
    (
        "with an explicit deny in a VPC endpoint policy transitively through a service control policy",
        PolicyKind::ServiceControl,
        true,
    ),
];

const OBJECT: &str = "arn:aws:s3:::elasticsearch-backup-indices/logs/tests-x/master.dat";
const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/k";

/// What the engine passes on of a denial of the role.
fn of_role(action: &str, resource: &str, end: &str) -> Refusal {
    let end = end.replace("the A action", &format!("the {action} action"));
    let reason = format!(
        "User: arn:aws:sts::123456789012:assumed-role/es-s3-backup/x is not authorized to perform: {action} on resource: \\\"{resource}\\\" {end} (Service: S3, Status Code: 403, Request ID: 1)"
    );
    wrapped(&reason)
}

fn wrapped(reason: &str) -> Refusal {
    domain(
        500,
        &format!(
            r#"{{"error":{{"type":"repository_verification_exception","reason":"[r] path [logs] is not accessible on cluster-manager node","caused_by":{{"type":"i_o_exception","reason":"Unable to upload object","caused_by":{{"type":"s3_exception","reason":"{reason}"}}}}}},"status":500}}"#
        ),
    )
}

fn of_caller(service: &'static str, operation: &'static str, message: &str) -> CallError {
    CallError {
        service,
        operation,
        status: Some(403),
        code: Some("AccessDenied".to_owned()),
        message: message.to_owned(),
        request_id: None,
        class: Class::Denied,
        source: None,
    }
}

/// A context whose own policy allows what the engine needs in the bucket.
fn full() -> Context {
    let bucket = SnapshotBucket {
        arn: "arn:aws:s3:::elasticsearch-backup-indices".to_owned(),
        account: "123456789012".to_owned(),
        base_path: "logs".to_owned(),
        writes: true,
        key_account: None,
    };
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::elasticsearch-backup-indices",
         "Condition": {"StringEquals": {"aws:ResourceAccount": "123456789012"}}},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
         "Resource": "arn:aws:s3:::elasticsearch-backup-indices/*"}]}"#;
    Context {
        own: Some(OwnPolicy {
            arn: "arn:aws:iam::123456789012:policy/p".to_owned(),
            document: PolicyText::parse(text, Kind::Managed).unwrap(),
            role_arn: "arn:aws:iam::123456789012:role/es-s3-backup".to_owned(),
            bucket: bucket.clone(),
        }),
        bucket_used: Some(bucket),
        ..context()
    }
}

#[test]
fn every_sentence_of_aws_names_its_layer() {
    for (end, kind, explicit) in ENDS {
        let words = format!(
            "User: u is not authorized to perform: A on resource: arn:aws:iam::1:role/r {end}"
        );
        let denial = Denial::in_words(&words).unwrap();
        assert_eq!(
            (denial.policy, denial.explicit),
            (Some(*kind), *explicit),
            "{end}"
        );
        assert_eq!(denial.action.as_deref(), Some("A"));
        assert_eq!(denial.resource.as_deref(), Some("arn:aws:iam::1:role/r"));
        // As pages and terminals break it.
        let broken = words.replace(' ', "\n  ");
        assert_eq!(Denial::in_words(&broken), Some(denial));
        let named =
            format!("{words}: arn:aws:organizations::1:policy/o-1/service_control_policy/p-1");
        let document = Denial::in_words(&named).unwrap().document;
        assert_eq!(
            document.as_deref(),
            Some("arn:aws:organizations::1:policy/o-1/service_control_policy/p-1")
        );
    }
    assert_eq!(Denial::in_words("Access Denied"), None);
    let old = Denial::in_words(
        "User: u is not authorized to perform: iam:X on resource: role r with an explicit deny",
    );
    assert_eq!(
        old.map(|old| (old.policy, old.explicit)),
        Some((None, true))
    );
}

#[test]
fn denial_of_the_role_names_the_layer_and_waits_for_its_own_documents() {
    use PolicyKind::*;
    for (end, kind, explicit) in ENDS.iter().filter(|(_, kind, _)| *kind != Trust) {
        let known = diagnose(&of_role("s3:PutObject", OBJECT, end), &full()).unwrap();
        let (layer, transient) = match (kind, explicit) {
            (Identity, false) => (Layer::RoleS3, Transient::IamPropagation),
            (Identity, true) => (Layer::RoleS3, Transient::Changed(Document::Identity)),
            (Resource, _) => (
                Layer::BucketPolicy,
                Transient::Changed(Document::BucketPolicy),
            ),
            (Boundary, _) => (Layer::Boundary, Transient::Changed(Document::Boundary)),
            (Session, _) => (Layer::SessionPolicy, Transient::No),
            (ServiceControl, _) => (Layer::ServiceControl, Transient::No),
            (ResourceControl, _) => (Layer::ResourceControl, Transient::No),
            (VpcEndpoint, _) => (Layer::VpcEndpoint, Transient::No),
            (Trust, _) => continue,
        };
        assert_eq!((known.layer, known.transient), (layer, transient), "{end}");
        assert!(layer.is_permission());
        // The spec's own policy allows it: nobody is told to allow it there again.
        let says_so = known.hint.text().contains("of this spec already allows it");
        let about_it = *kind != Session && !(*kind == Identity && *explicit);
        assert_eq!(says_so, about_it, "{end}: {}", known.hint.text());
        assert!(
            !known.hint.text().contains("allow {role}"),
            "{}",
            known.hint.text()
        );
    }
    for (end, layer, transient) in [
        (
            "because no role trust policy allows the A action",
            Layer::Trust,
            Transient::IamPropagation,
        ),
        (
            "with an explicit deny in the role trust policy",
            Layer::Trust,
            Transient::Changed(Document::Trust),
        ),
        (
            "with an explicit deny in a resource control policy",
            Layer::ResourceControl,
            Transient::No,
        ),
    ] {
        let role = "arn:aws:iam::123456789012:role/es-s3-backup";
        let known = diagnose(&of_role("sts:AssumeRole", role, end), &full()).unwrap();
        assert_eq!((known.layer, known.transient), (layer, transient), "{end}");
    }
    // No key policy is esbackup's.
    let end = "with an explicit deny in a resource-based policy";
    let known = diagnose(&of_role("kms:Decrypt", KEY, end), &full()).unwrap();
    assert_eq!(
        (known.layer, known.transient),
        (Layer::KeyPolicy, Transient::No)
    );
}

#[test]
fn denial_of_the_caller_names_the_layer_and_who_can_change_it() {
    for (end, layer, way) in [
        (
            "with an explicit deny in a service control policy",
            Layer::ServiceControl,
            "ask whoever administers the organisation to except",
        ),
        (
            "because no service control policy allows the A action",
            Layer::ServiceControl,
            "ask whoever administers the organisation to allow",
        ),
        (
            "with an explicit deny in a resource control policy",
            Layer::ResourceControl,
            "ask whoever administers the organisation to except",
        ),
        (
            "because no permissions boundary allows the A action",
            Layer::Boundary,
            "to the permissions boundary of the caller",
        ),
        (
            "with an explicit deny in a session policy",
            Layer::SessionPolicy,
            "use credentials that are issued without one",
        ),
        (
            "because no VPC endpoint policy allows the A action",
            Layer::VpcEndpoint,
            "in the policy of that endpoint",
        ),
        (
            "with an explicit deny in an identity-based policy",
            Layer::CallerIam,
            "find the Deny of",
        ),
        (
            "with an explicit deny in a resource-based policy",
            Layer::BucketPolicy,
            "get-bucket-policy --bucket elasticsearch-backup-indices",
        ),
    ] {
        let message = format!(
            "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: s3:PutBucketTagging on resource: \"arn:aws:s3:::elasticsearch-backup-indices\" {end}"
        );
        let error = of_caller("s3", "PutBucketTagging", &message);
        let explanation = explain(Explained::Call(&error), &context());
        let transient = transience(Explained::Call(&error), &context());
        assert_eq!(explanation.layer, Some(layer), "{end}");
        assert_eq!(explanation.party, Some(Party::Caller));
        let remedy = explanation.hint.unwrap().to_string();
        assert!(remedy.contains(way), "{end}: {remedy}");
        assert!(!remedy.contains("allow the caller s3:"), "{end}: {remedy}");
        let bucket = layer == Layer::BucketPolicy;
        assert_eq!(transient == Transient::No, !bucket, "{end}");
    }
}

#[test]
fn denial_without_words_lists_the_layers_and_claims_none() {
    for words in [
        "Access Denied (Service: S3, Status Code: 403, Request ID: 1)",
        "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: 1)",
        "User: arn:aws:sts::1:assumed-role/x/y is not authorized to perform: s3:PutObject (Service: S3, Status Code: 403)",
    ] {
        let known = diagnose(&wrapped(words), &full()).unwrap();
        assert_eq!(known.layer, Layer::Unnamed, "{words}");
        for layer in [
            "permissions boundary",
            "policy of the bucket",
            "KMS key",
            "service control policy",
            "resource control policy",
            "VPC endpoint policy",
        ] {
            assert!(
                known.hint.text().contains(layer),
                "{layer}: {}",
                known.hint.text()
            );
        }
        assert!(
            known
                .hint
                .to_string()
                .contains("policy/p of this spec already allows it"),
            "{}",
            known.hint.text()
        );
    }
    let mut narrow = full();
    if let Some(own) = &mut narrow.own {
        own.document = PolicyText::new(Vec::new());
    }
    let known = diagnose(
        &wrapped("Access Denied (Service: S3, Status Code: 403)"),
        &narrow,
    )
    .unwrap();
    assert!(
        known.hint.text().contains("does not allow all of it"),
        "{}",
        known.hint.text()
    );
    let explanation = explain(
        Explained::Call(&of_caller("s3", "PutBucketTagging", "Access Denied")),
        &context(),
    );
    assert_eq!(explanation.layer, Some(Layer::Unnamed));
    let remedy = explanation.hint.unwrap().to_string();
    assert!(
        remedy.contains("or a Deny in the bucket's policy"),
        "{remedy}"
    );
}

#[test]
fn bucket_of_another_account_gets_the_statement_that_its_policy_needs() {
    let foreign = |writes, base_path: &str| {
        let mut context = full();
        context.bucket_used = Some(SnapshotBucket {
            arn: "arn:aws:s3:::theirs".to_owned(),
            account: "999988887777".to_owned(),
            base_path: base_path.to_owned(),
            writes,
            key_account: None,
        });
        diagnose(
            &wrapped("Access Denied (Service: S3, Status Code: 403)"),
            &context,
        )
        .unwrap()
        .hint
        .to_string()
    };
    for (writes, base_path, actions, objects) in [
        (
            true,
            "logs",
            r#"["s3:ListBucket","s3:GetObject","s3:PutObject","s3:DeleteObject"]"#,
            "theirs/logs/*",
        ),
        (false, "", r#"["s3:ListBucket","s3:GetObject"]"#, "theirs/*"),
    ] {
        let remedy = foreign(writes, base_path);
        let expected = format!(
            r#"{{"Action":{actions},"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::123456789012:role/es-s3-backup"}},"Resource":["arn:aws:s3:::theirs","arn:aws:s3:::{objects}"],"Sid":"SnapshotsOfAnotherAccount"}}"#
        );
        let statement = remedy.lines().find(|line| line.starts_with('{')).unwrap();
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(statement), value(&expected));
        // S3 takes it as the policy of that bucket.
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        assert!(
            PolicyText::parse(&document, Kind::BucketPolicy).is_ok(),
            "{document}"
        );
    }
    let own = diagnose(
        &wrapped("Access Denied (Service: S3, Status Code: 403)"),
        &full(),
    )
    .unwrap();
    assert!(
        !own.hint.text().contains("SnapshotsOfAnotherAccount"),
        "{}",
        own.hint.text()
    );
}

#[test]
fn denied_role_creation_hints_at_the_boundary_that_organisations_demand() {
    let role = "arn:aws:iam::123456789012:role/es-s3-backup";
    let message = |end: &str| {
        format!(
            "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:CreateRole on resource: {role} {end}"
        )
    };
    let remedy = |operation, end: &str, context: &Context| {
        explain(
            Explained::Call(&of_caller("iam", operation, &message(end))),
            context,
        )
        .hint
        .unwrap()
        .to_string()
    };
    for end in [
        "because no identity-based policy allows the iam:CreateRole action",
        "with an explicit deny in an identity-based policy",
        "with an explicit deny in a service control policy",
        "because no permissions boundary allows the iam:CreateRole action",
        "with an explicit deny",
    ] {
        let said = remedy("CreateRole", end, &context());
        assert!(
            said.contains("name it in `role.permissions_boundary`"),
            "{end}: {said}"
        );
    }
    let bounded = Context {
        boundary: Some("arn:aws:iam::123456789012:policy/b".to_owned()),
        ..context()
    };
    let end = "with an explicit deny in a service control policy";
    let said = remedy("CreateRole", end, &bounded);
    assert!(
        said.contains("has the permissions boundary arn:aws:iam::123456789012:policy/b"),
        "{said}"
    );
    assert!(!remedy("CreatePolicy", end, &context()).contains("role.permissions_boundary"));
    let end = "because no VPC endpoint policy allows the iam:CreateRole action";
    assert!(!remedy("CreateRole", end, &context()).contains("role.permissions_boundary"));
}
