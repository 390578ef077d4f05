//! A request of the domain with the snapshot role, as far as it is known.

use std::collections::BTreeMap;

use crate::aws::permissions;
use crate::findings::scene::Scene;
use crate::policy_document::evaluate::PrincipalId;
use crate::policy_document::verdict::{Asked, Known};

/// The header that asks for encryption.
pub(super) const SSE: &str = "s3:x-amz-server-side-encryption";
/// The header that names the key.
pub(super) const SSE_KEY: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";

pub(super) fn asked(scene: &Scene<'_>, action: &str, resource: &str) -> Option<Asked> {
    let role = &scene.desired.role.as_ref()?.want;
    let bucket = &scene.bucket()?.want;
    let scope = &scene.desired.scope;
    let mut keys = BTreeMap::new();
    let mut is = |key: &str, value: &str| {
        keys.insert(key.to_owned(), Known::Is(vec![value.to_owned()]));
    };
    is("aws:securetransport", "true");
    is("aws:resourceaccount", bucket.account.as_str());
    is("s3:resourceaccount", bucket.account.as_str());
    is("aws:requestedregion", bucket.region.as_str());
    is("aws:principalarn", role.arn.as_str());
    is("aws:principalaccount", scope.account.as_str());
    is("aws:principaltype", "AssumedRole");
    is("aws:principalisawsservice", "false");
    is("aws:viaawsservice", "false");
    for absent in [
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:username",
        "s3:x-amz-server-side-encryption-customer-algorithm",
    ] {
        keys.insert(absent.to_owned(), Known::Absent);
    }
    keys.insert(
        "aws:multifactorauthpresent".to_owned(),
        Known::AbsentOr("false".to_owned()),
    );
    let (header, key) = encryption_header(scene, action);
    keys.insert(SSE.to_owned(), header);
    keys.insert(SSE_KEY.to_owned(), key);
    Some(Asked {
        principal: PrincipalId::Aws(role.arn.to_string()),
        action: action.to_owned(),
        resource: resource.to_owned(),
        keys,
    })
}

/// What the engine sends to have objects encrypted: nothing, unless the repository asks for it.
fn encryption_header(scene: &Scene<'_>, action: &str) -> (Known, Known) {
    if action != permissions::PUT_OBJECT {
        return (Known::Absent, Known::Absent);
    }
    let key = match scene.setting("server_side_encryption_kms_key_id") {
        Some(key) => Known::AbsentOr(key.to_owned()),
        None => Known::Absent,
    };
    match scene.setting("server_side_encryption_type") {
        Some(kind) if kind != "bucket_default" => return (Known::Is(vec![kind.to_owned()]), key),
        _ => {}
    }
    // The old switch has no effect since OpenSearch 3.1.
    let new = scene.desired.domain.name.is_some() && is_new(scene);
    match (scene.setting("server_side_encryption"), new) {
        (Some("true"), false) => (Known::Is(vec!["AES256".to_owned()]), key),
        (Some("true"), true) => (Known::AbsentOr("AES256".to_owned()), key),
        _ => (Known::Absent, key),
    }
}

fn is_new(scene: &Scene<'_>) -> bool {
    use crate::domain::EngineKind;
    use crate::resources::actual::DomainSeen;
    match &scene.actual.domain {
        DomainSeen::Reachable(Some(described)) => described
            .engine
            .is_some_and(|engine| engine.kind == EngineKind::OpenSearch && engine.major >= 3),
        _ => false,
    }
}
