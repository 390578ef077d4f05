//! Statements of the bucket policy that meet the calls of the caller.

use std::collections::{BTreeMap, BTreeSet};

use super::joined;
use crate::aws::permissions;
use crate::findings::scene::Scene;
use crate::findings::{Code, Finding, Severity, Stage};
use crate::policy_document::Effect;
use crate::policy_document::evaluate::PrincipalId;
use crate::policy_document::verdict::{Asked, Known, Verdict, applying};

/// Statements of the bucket policy that deny the caller a write of this plan.
pub(super) fn caller(scene: &Scene<'_>) -> Vec<Finding> {
    let Stage::Plan { applies, .. } = scene.stage else {
        return Vec::new();
    };
    let (Some(bucket), Some(caller)) = (scene.bucket(), &scene.actual.caller) else {
        return Vec::new();
    };
    let Ok(Some(policy)) = scene.bucket_policy() else {
        return Vec::new();
    };
    let principal = PrincipalId::Aws(caller.clone());
    let id = bucket.want.id();
    let mut denied: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for call in scene.bucket_writes() {
        let known = permissions::of(call.write.operation().operation).map(|known| known.actions);
        for action in known.unwrap_or_default() {
            let mut keys = BTreeMap::new();
            let mut is = |key: &str, value: &str| {
                keys.insert(key.to_owned(), Known::Is(vec![value.to_owned()]));
            };
            is("aws:securetransport", "true");
            is("aws:resourceaccount", bucket.want.account.as_str());
            is("s3:resourceaccount", bucket.want.account.as_str());
            is("aws:principalaccount", scene.desired.scope.account.as_str());
            is("aws:principalisawsservice", "false");
            let (arn, kind) = principal_arn(caller);
            if let Some(kind) = kind {
                is("aws:principaltype", kind);
            }
            keys.insert("aws:principalarn".to_owned(), arn);
            let asked = Asked {
                principal: principal.clone(),
                action: (*action).to_owned(),
                resource: bucket.want.arn(),
                keys,
            };
            for by in applying(&policy, Effect::Deny, &asked) {
                if by.verdict == Verdict::Certain {
                    denied.entry(by.label).or_default().insert(action);
                }
            }
        }
    }
    denied
        .into_iter()
        .map(|(label, actions)| {
            let actions: Vec<&str> = actions.into_iter().collect();
            Finding::new(
                Code::DeniedByBucketPolicy,
                Severity::Danger,
                &id,
                format!(
                    "bucket policy statement {label} denies the caller {caller} {}, which this plan sends",
                    joined(&actions)
                ),
                format!("apply as somebody whom statement {label} excepts, or change it; the root user of the account can always remove a bucket policy"),
            )
            .blocking(applies.then(|| id.clone()))
        })
        .collect()
}

/// What `aws:PrincipalArn` and `aws:PrincipalType` say of a caller
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>).
fn principal_arn(caller: &str) -> (Known, Option<&'static str>) {
    let parts: Vec<&str> = caller.splitn(6, ':').collect();
    if let ["arn", partition, "sts", _, account, resource] = parts[..]
        && let Some(session) = resource.strip_prefix("assumed-role/")
        && let Some((name, _)) = session.split_once('/')
    {
        let start = format!("arn:{partition}:iam::{account}:role/");
        let name = name.to_owned();
        return (Known::RoleNamed { start, name }, Some("AssumedRole"));
    }
    let kind = match caller.rsplit(':').next() {
        Some("root") => Some("Account"),
        Some(user) if user.starts_with("user/") => Some("User"),
        _ => None,
    };
    (Known::Is(vec![caller.to_owned()]), kind)
}
