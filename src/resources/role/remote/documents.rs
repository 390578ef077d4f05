//! The documents of the policies that a role carries beside the spec's: what cannot be read is said, and stops nothing.

use super::{Iam, Role};
use crate::aws::CallError;
use crate::aws::iam::decoded;
use crate::names::Arn;
use crate::policy_document::{Document, Kind};
use crate::resources::observed::Unread;
use crate::resources::role::Documents;

/// Reads the documents of the attached and inline policies that the spec does not name, and that of the boundary.
pub(super) async fn read(
    iam: &Iam,
    want: &Role,
    (attached, inline): (&[String], &[String]),
    boundary: Option<&Arn>,
) -> Documents {
    let mut documents = Documents::default();
    for arn in attached.iter().filter(|arn| !want.policies.contains(arn)) {
        documents
            .attached
            .insert(arn.clone(), managed(iam, arn).await);
    }
    for name in inline {
        let read = of_role(iam, want.name.as_str(), name).await;
        documents.inline.insert(name.clone(), read);
    }
    if let Some(boundary) = boundary {
        documents.boundary = Some(managed(iam, boundary.as_str()).await);
    }
    documents
}

/// Reads the default version of a managed policy.
async fn managed(iam: &Iam, arn: &str) -> Result<Document, Unread> {
    let what = format!("policy {arn}");
    let unread = |error: CallError| match error.is_absent() {
        true => Unread::content(&what, "it does not exist".to_owned()),
        false => Unread::new(&what, &error),
    };
    let policy = iam.get_policy().policy_arn(arn).send().await;
    let policy = policy.map_err(|error| unread(CallError::from_sdk("iam", "GetPolicy", error)))?;
    let version = policy
        .policy()
        .and_then(|policy| policy.default_version_id())
        .unwrap_or_default();
    let version = iam
        .get_policy_version()
        .policy_arn(arn)
        .version_id(version)
        .send()
        .await;
    let version =
        version.map_err(|error| unread(CallError::from_sdk("iam", "GetPolicyVersion", error)))?;
    let text = version
        .policy_version()
        .and_then(|version| version.document())
        .unwrap_or_default();
    decoded(text, Kind::Managed).map_err(|problems| Unread::document(&what, &problems))
}

/// Reads an inline policy.
async fn of_role(iam: &Iam, role: &str, name: &str) -> Result<Document, Unread> {
    let what = format!("inline policy {name}");
    let read = iam
        .get_role_policy()
        .role_name(role)
        .policy_name(name)
        .send()
        .await;
    let read = read.map_err(|error| {
        let error = CallError::from_sdk("iam", "GetRolePolicy", error);
        Unread::new(&what, &error)
    })?;
    decoded(read.policy_document(), Kind::Managed)
        .map_err(|problems| Unread::document(&what, &problems))
}
