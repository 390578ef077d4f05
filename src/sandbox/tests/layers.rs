//! A denial names the policy that denied, for the snapshot role and for the caller, in AWS's own words.

use serde_json::{Value, json};

use super::{ACCOUNT, BUCKET, Lab, permissions, registration, trust};

const ROLE_NAME: &str = "es-s3-backup";

fn document(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn all() -> Value {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*"})
}

fn deny(action: &str) -> Value {
    document(json!([all(), {"Effect": "Deny", "Action": action, "Resource": "*"}]))
}

/// Allows everything to everyone but an action, as the policy of an endpoint or an organisation's for resources does.
fn for_everyone(statements: Value) -> Value {
    let mut statements = statements;
    for statement in statements.as_array_mut().into_iter().flatten() {
        statement["Principal"] = json!("*");
    }
    document(statements)
}

/// A bucket, a role that may use it, and a domain.
async fn lab() -> (Lab, String) {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    lab.create_bucket(BUCKET).await;
    lab.create_role(&trust(), &permissions()).await;
    (lab, host)
}

async fn edit(lab: &Lab, change: impl FnOnce(&mut Value)) {
    let mut state = lab.admin("GET", "/state", Value::Null).await;
    change(&mut state);
    lab.admin("PUT", "/state", state).await;
}

/// What a registration is refused with: the deepest cause's sentence after the resource.
async fn refused(lab: &Lab, host: &str, body: Value) -> Option<String> {
    let (status, answer) = lab.ask(host, "PUT", "/_snapshot/r", body).await;
    let mut deepest = answer.get("error")?;
    while let Some(cause) = deepest.get("caused_by") {
        deepest = cause;
    }
    assert_eq!(status, 500, "{answer}");
    let reason = deepest["reason"].as_str()?.split(" (Service").next()?;
    let end = reason
        .find(" because ")
        .or_else(|| reason.find(" with an "));
    Some(reason.get(end.unwrap_or(0)..)?.trim().to_owned())
}

#[tokio::test]
async fn each_layer_of_the_role_is_named() {
    let put = "s3:PutObject";
    let everyone_but_put = json!([all(), {"Effect": "Deny", "Action": put, "Resource": "*"}]);
    let set = |field: &'static str, value: Value| {
        move |state: &mut Value| state["accounts"][ACCOUNT][field] = value
    };
    for (field, value, words) in [
        (
            "service_control_policies",
            json!([deny(put).to_string()]),
            "with an explicit deny in a service control policy",
        ),
        (
            "service_control_policies",
            json!([document(
                json!([{"Effect": "Allow", "Action": ["es:*", "iam:*"], "Resource": "*"}])
            )
            .to_string()]),
            "because no service control policy allows the s3:PutObject action",
        ),
        (
            "resource_control_policies",
            json!([for_everyone(everyone_but_put.clone()).to_string()]),
            "with an explicit deny in a resource control policy",
        ),
        (
            "vpc_endpoint_policy",
            json!(for_everyone(everyone_but_put).to_string()),
            "with an explicit deny in a VPC endpoint policy",
        ),
        (
            "vpc_endpoint_policy",
            json!(
                for_everyone(
                    json!([{"Effect": "Allow", "Action": ["es:*", "iam:*"], "Resource": "*"}])
                )
                .to_string()
            ),
            "because no VPC endpoint policy allows the s3:PutObject action",
        ),
    ] {
        let (lab, host) = lab().await;
        edit(&lab, set(field, value)).await;
        assert_eq!(
            refused(&lab, &host, registration()).await.as_deref(),
            Some(words)
        );
    }
    let (lab, host) = lab().await;
    edit(&lab, |state| {
        state["accounts"][ACCOUNT]["roles"][ROLE_NAME]["inline"]["x"] =
            json!(deny(put).to_string());
    })
    .await;
    let words = "with an explicit deny in an identity-based policy";
    assert_eq!(
        refused(&lab, &host, registration()).await.as_deref(),
        Some(words)
    );
    let principal =
        json!([{"Effect": "Deny", "Action": put, "Resource": format!("arn:aws:s3:::{BUCKET}/*")}]);
    edit(&lab, |state| {
        state["accounts"][ACCOUNT]["roles"][ROLE_NAME]["inline"]
            .as_object_mut()
            .map(|all| all.remove("x"));
        state["buckets"][BUCKET]["policy"] = json!(for_everyone(principal).to_string());
    })
    .await;
    let words = "with an explicit deny in a resource-based policy";
    assert_eq!(
        refused(&lab, &host, registration()).await.as_deref(),
        Some(words)
    );
}

#[tokio::test]
async fn boundary_that_does_not_allow_is_named() {
    let (lab, host) = lab().await;
    let boundary = lab
        .iam()
        .create_policy()
        .policy_name("boundary")
        .policy_document(
            document(json!([{"Effect": "Allow", "Action": ["es:*", "iam:*"], "Resource": "*"}]))
                .to_string(),
        )
        .send()
        .await
        .expect("a policy");
    let arn = boundary
        .policy()
        .and_then(|policy| policy.arn())
        .expect("an ARN")
        .to_owned();
    edit(&lab, |state| {
        state["accounts"][ACCOUNT]["roles"][ROLE_NAME]["permissions_boundary"] = json!(arn);
    })
    .await;
    let words = "because no permissions boundary allows the s3:PutObject action";
    assert_eq!(
        refused(&lab, &host, registration()).await.as_deref(),
        Some(words)
    );
}

#[tokio::test]
async fn bucket_of_another_account_denies_without_words() {
    let (lab, host) = lab().await;
    edit(&lab, |state| {
        state["buckets"][BUCKET]["account"] = json!("999988887777")
    })
    .await;
    assert_eq!(
        refused(&lab, &host, registration()).await.as_deref(),
        Some("Access Denied")
    );
}

#[tokio::test]
async fn encryption_header_is_sent_when_the_repository_asks_for_it() {
    let (lab, host) = lab().await;
    let objects = format!("arn:aws:s3:::{BUCKET}/*");
    let header = json!([{"Effect": "Deny", "Action": "s3:PutObject", "Resource": objects,
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}}}]);
    edit(&lab, |state| {
        state["buckets"][BUCKET]["policy"] = json!(for_everyone(header).to_string());
    })
    .await;
    let asking = |name: &str, value: &str| {
        let mut body = registration();
        body["settings"][name] = json!(value);
        body
    };
    for (body, words) in [
        (
            registration(),
            Some("with an explicit deny in a resource-based policy"),
        ),
        (
            asking("server_side_encryption", "false"),
            Some("with an explicit deny in a resource-based policy"),
        ),
        (
            asking("server_side_encryption_type", "bucket_default"),
            Some("with an explicit deny in a resource-based policy"),
        ),
        (asking("server_side_encryption", "true"), None),
        (asking("server_side_encryption_type", "AES256"), None),
    ] {
        let said = refused(&lab, &host, body.clone()).await;
        assert_eq!(said.as_deref(), words, "{body}");
    }
}

#[tokio::test]
async fn boundary_and_session_of_the_caller_are_named() {
    let (lab, _) = lab().await;
    let nothing = document(json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]));
    for (field, value, words) in [
        (
            "permissions_boundary",
            nothing.clone(),
            "because no permissions boundary allows the iam:GetRole action",
        ),
        (
            "session_policies",
            json!([nothing]),
            "because no session policy allows the iam:GetRole action",
        ),
        (
            "session_policies",
            json!([deny("iam:GetRole")]),
            "with an explicit deny in a session policy",
        ),
    ] {
        let mut new = json!({"account": ACCOUNT, "user": "bounded", "policy_documents": [document(json!([all()]))]});
        new[field] = value;
        let answer = lab.admin("POST", "/principals", new).await;
        let text = |field: &str| answer[field].as_str().expect("a key").to_owned();
        let key = (text("access_key_id"), text("secret_access_key"));
        let error = lab
            .iam_as(key)
            .get_role()
            .role_name(ROLE_NAME)
            .send()
            .await
            .expect_err("denied");
        let said = error
            .as_service_error()
            .and_then(|error| error.meta().message());
        assert!(said.is_some_and(|said| said.ends_with(words)), "{said:?}");
    }
}
