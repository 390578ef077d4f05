//! What the snapshot role carries beside the spec's policy, and whom its trust policy lets in.

use super::scene::Scene;
use super::{Code, Finding, Severity};
use crate::aws::permissions::PASS_ROLE;
use crate::policy_document::{
    Actions, Document, Effect, PrincipalKind, PrincipalSet, Principals, Statement, shared, widens,
};
use crate::resources::ResourceId;
use crate::resources::observed::Unread;
use crate::resources::role::spec::DEFAULT_SERVICE;

/// Services that people name in place of the one that takes the snapshots.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html>
const WRONG_SERVICES: [&str; 2] = [
    "opensearch.amazonaws.com",
    "opensearchservice.amazonaws.com",
];

/// Policies of AWS's own that only deny.
const DENYING: [&str; 4] = [
    "AWSDenyAll",
    "AWSCompromisedKeyQuarantine",
    "AWSCompromisedKeyQuarantineV2",
    "AWSCompromisedKeyQuarantineV3",
];

/// How many grants are named.
const SHOWN: usize = 3;

pub(super) fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let Some(declared) = &scene.desired.role else {
        return Vec::new();
    };
    let id = declared.want.id();
    let mut found = service(scene, &id);
    let exclusive = declared.want.exclusive && !declared.management.is_existing();
    if let Some(live) = scene.live_role().filter(|_| !exclusive) {
        let attached = live.documents.attached.iter();
        let attached = attached.map(|(arn, read)| (format!("attached policy {arn}"), arn, read));
        let inline = live.documents.inline.iter();
        let inline = inline.map(|(name, read)| (format!("inline policy {name}"), name, read));
        for (what, name, read) in attached.chain(inline) {
            found.extend(exceeds(scene, &id, &what, name, read));
            if let Ok(document) = read {
                found.extend(passes_role(&id, &what, document));
            }
        }
        for statement in live.role.trust.statements() {
            let gone = super::bucket_policy::deleted_principals(statement);
            if declared.management.is_existing() && !gone.is_empty() {
                let gone = gone.join(", ");
                found.push(Finding::new(
                    Code::DeletedPrincipal,
                    Severity::Warning,
                    &id,
                    format!("its trust policy names {gone}, the id of a user or role that was deleted: IAM refuses the trust policy whenever it is sent with it"),
                    format!("remove {gone} from the trust policy"),
                ));
            }
        }
    }
    let own = match &scene.desired.policy {
        Some(policy) if policy.management.is_existing() => {
            scene.live_policy().map(|live| &live.policy.document)
        }
        Some(policy) => Some(&policy.want.document),
        None => None,
    };
    if let (Some(document), Some(policy)) = (own, &scene.desired.policy) {
        found.extend(passes_role(
            &id,
            &format!("policy {}", policy.want.name),
            document,
        ));
    }
    found
}

/// A policy that grants beyond the bucket and its key.
fn exceeds(
    scene: &Scene<'_>,
    id: &ResourceId,
    what: &str,
    name: &str,
    read: &Result<Document, Unread>,
) -> Option<Finding> {
    let within = within(scene)?;
    let hint = if what.starts_with("attached") {
        format!(
            "detach it: aws iam detach-role-policy --role-name {} --policy-arn {name}",
            scene.desired.role.as_ref()?.want.name
        )
    } else {
        format!(
            "delete it: aws iam delete-role-policy --role-name {} --policy-name {name}",
            scene.desired.role.as_ref()?.want.name
        )
    };
    let of_aws = name.contains(":iam::aws:policy/");
    let short = name.rsplit('/').next().unwrap_or(name);
    let beyond = match read {
        Ok(document) => described(&within, document)?,
        // A policy of AWS's own cannot name one bucket.
        Err(_) if of_aws && !DENYING.contains(&short) => {
            "what AWS defines for every account".to_owned()
        }
        Err(_) => return None,
    };
    let boundary = scene
        .live_role()
        .and_then(|live| live.documents.boundary.as_ref());
    let (severity, limited) = match (boundary, read) {
        (None, _) => (Severity::Danger, ""),
        (Some(Ok(boundary)), _) if widens(&within, boundary).is_empty() => return None,
        (Some(Ok(boundary)), Ok(document)) => {
            let both = shared(document, boundary);
            match widens(&within, &both).is_empty() {
                false => (Severity::Danger, ""),
                true => (Severity::Note, "; the permissions boundary may limit that"),
            }
        }
        (Some(_), _) => (Severity::Note, "; the permissions boundary may limit that"),
    };
    Some(Finding::new(
        Code::RoleExceedsSpec,
        severity,
        id,
        format!("{what} grants the snapshot role {beyond}: more than its bucket and key{limited}"),
        hint,
    ))
}

/// What a document grants beyond another, in words; none when nothing.
fn described(within: &Document, document: &Document) -> Option<String> {
    let wider = widens(within, document);
    let grants: Vec<String> = wider
        .iter()
        .filter(|widening| widening.effect == Effect::Allow)
        .map(|widening| {
            let resources = widening.resources.join(", ");
            format!("{} on {resources}", few(&widening.actions))
        })
        .collect();
    match grants.as_slice() {
        [] => None,
        some => Some(few(some)),
    }
}

fn few(words: &[String]) -> String {
    let shown = words.get(..SHOWN.min(words.len())).unwrap_or_default();
    match words.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Everything that a policy on the role may grant: any action on the bucket, its objects and its keys.
fn within(scene: &Scene<'_>) -> Option<Document> {
    let bucket = &scene.bucket()?.want;
    let arn = bucket.arn();
    let mut statements = vec![Statement::allow("s3:*").on(vec![arn.clone(), format!("{arn}/*")])];
    let live = scene
        .facts
        .as_ref()
        .and_then(|facts| facts.encryption.as_ref().ok());
    let keys = [
        bucket.encryption.kms_key.as_deref(),
        scene.setting("server_side_encryption_kms_key_id"),
        live.and_then(|encryption| encryption.kms_key.as_deref()),
    ];
    for key in keys.into_iter().flatten() {
        statements.push(Statement::allow("kms:*").on(key));
    }
    Some(Document::new(statements))
}

/// `iam:PassRole` belongs to the caller who registers the repository, not to the role.
fn passes_role(id: &ResourceId, what: &str, document: &Document) -> Option<Finding> {
    let names = |statement: &&Statement| {
        let Actions::Is(values) = &statement.action else {
            return false;
        };
        statement.effect == Effect::Allow
            && values.items().iter().any(|action| {
                action.eq_ignore_ascii_case(PASS_ROLE) || action.eq_ignore_ascii_case("iam:*")
            })
    };
    document.statements().iter().find(names)?;
    Some(Finding::new(
        Code::PassRoleOnRole,
        Severity::Warning,
        id,
        format!(
            "{what} grants iam:PassRole to the snapshot role, which never passes a role: the caller who registers the repository needs it"
        ),
        "remove iam:PassRole from it, and grant it to the caller of `esbackup apply`",
    ))
}

/// A trust policy for a service that takes no snapshots.
fn service(scene: &Scene<'_>, id: &ResourceId) -> Vec<Finding> {
    let Some(declared) = &scene.desired.role else {
        return Vec::new();
    };
    let trust = match (declared.management.is_existing(), scene.live_role()) {
        (true, Some(live)) => &live.role.trust,
        (true, None) => return Vec::new(),
        (false, _) => &declared.want.trust,
    };
    let allows = |statement: &&Statement| statement.effect == Effect::Allow;
    let services: Vec<&str> = trust
        .statements()
        .iter()
        .filter(allows)
        .flat_map(services)
        .collect();
    let wrong: Vec<&str> = services
        .iter()
        .copied()
        .filter(|name| WRONG_SERVICES.contains(name))
        .collect();
    if wrong.is_empty() {
        return Vec::new();
    }
    let alone = !services.contains(&DEFAULT_SERVICE);
    let wrong = wrong.join(", ");
    let effect = match alone {
        true => "so the domain cannot assume the role",
        false => "which has no effect",
    };
    let blocks = alone && scene.registers() && scene.desired.scope.domain_arn.is_some();
    vec![
        Finding::new(
            Code::WrongServicePrincipal,
            Severity::Warning,
            id,
            format!("its trust policy names {wrong}, but snapshots are taken by {DEFAULT_SERVICE}, also on OpenSearch: {effect}"),
            format!("name {DEFAULT_SERVICE} in the trust policy"),
        )
        .blocking(blocks.then(|| id.clone())),
    ]
}

fn services(statement: &Statement) -> Vec<&str> {
    let Some(Principals::Is(PrincipalSet::Listed(listed))) = &statement.principal else {
        return Vec::new();
    };
    let services = listed
        .iter()
        .filter(|(kind, _)| *kind == PrincipalKind::Service);
    services
        .flat_map(|(_, values)| values.items())
        .map(String::as_str)
        .collect()
}
