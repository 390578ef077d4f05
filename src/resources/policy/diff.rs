//! Compares a managed policy with what was read of it. Pure: it decides, and sends nothing.

use serde_json::Value;

use crate::policy_document;
use crate::resources::bucket::spec::Management;
use crate::resources::context::{Context, Standing, compare_tags, unread};
use crate::resources::declared::Declared;
use crate::resources::observed::Observed;
use crate::resources::outcome::{
    Blocked, BlockedBy, Changed, Draft, FieldChange, Outcome, Phase, Risk, RiskNote, Verb,
};
use crate::resources::policy::{Call, Live, Policy, Sighting};

/// The number of versions that a managed policy can have.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const VERSIONS: usize = 5;

/// Compares a managed policy with what was read of it.
pub fn diff(
    declared: &Declared<Policy>,
    have: &Observed<Sighting>,
    context: &Context<'_>,
) -> Outcome {
    let want = &declared.want;
    match (have, declared.management) {
        (Observed::Unreadable(reads), _) => Outcome::Blocked(unread(reads)),
        (Observed::Present(Sighting::Elsewhere(arn)), _) => Outcome::Blocked(Blocked {
            reason: format!(
                "its name is taken by {arn}; IAM names are unique across paths and without case"
            ),
            remedy: "set `policy.path` and `policy.name` to that policy's, or use another name"
                .to_owned(),
            cause: BlockedBy::Guard,
        }),
        (Observed::Absent, Management::Existing) => Outcome::Blocked(context.missing()),
        (Observed::Absent, Management::Managed) => create(want),
        (Observed::Present(Sighting::Here(_)), Management::Existing) => Outcome::Unchanged {
            unmanaged: Vec::new(),
        },
        (Observed::Present(Sighting::Here(live)), Management::Managed) => {
            update(want, live, context)
        }
    }
}

fn create(want: &Policy) -> Outcome {
    let mut fields = vec![FieldChange::value("path", Value::Null, want.path.as_str())];
    fields.extend(
        want.description
            .iter()
            .map(|text| FieldChange::value("description", Value::Null, text.as_str())),
    );
    fields.push(document_field(None, want));
    fields.extend(compare_tags(&want.tags, &Default::default()).0);
    Outcome::Changed(Changed {
        verb: Verb::Create,
        note: None,
        fields,
        risks: Vec::new(),
        drafts: vec![draft(Phase::Create, Call::Create(Box::new(want.clone())))],
        unmanaged: Vec::new(),
    })
}

fn update(want: &Policy, live: &Live, context: &Context<'_>) -> Outcome {
    let have = &live.policy;
    if let Standing::Foreign(blocked) = context.standing(&want.id(), &live.mark) {
        return Outcome::Blocked(blocked);
    }
    if want.description.is_some() && want.description != have.description {
        return Outcome::Blocked(Blocked {
            reason: "its description differs, and IAM cannot change the description of a policy"
                .to_owned(),
            remedy: format!(
                "write the live description into the spec ({:?}), or leave it out",
                have.description.as_deref().unwrap_or("")
            ),
            cause: BlockedBy::Guard,
        });
    }
    let (mut fields, unmanaged) = compare_tags(&want.tags, &have.tags);
    let mut drafts = Vec::new();
    let mut risks = Vec::new();
    if !fields.is_empty() {
        let tags = want
            .tags
            .iter()
            .filter(|(key, value)| have.tags.get(*key) != Some(*value));
        let tags = tags
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        drafts.push(draft(
            Phase::Narrow,
            Call::Tag {
                arn: want.arn.clone(),
                tags,
            },
        ));
    }
    if !policy_document::equivalent(&have.document, &want.document) {
        let wider = policy_document::widens(&have.document, &want.document);
        risks.extend(wider.iter().map(|widening| RiskNote {
            risk: Risk::WidensAccess,
            why: widening.to_string(),
        }));
        let phase = if wider.is_empty() {
            Phase::Narrow
        } else {
            Phase::Widen
        };
        if live.spare_versions.len() + 1 >= VERSIONS
            && let Some(oldest) = live.spare_versions.first()
        {
            fields.push(FieldChange::value(
                format!("versions.{oldest}"),
                "kept",
                Value::Null,
            ));
            drafts.push(draft(
                phase,
                Call::DeleteVersion {
                    arn: want.arn.clone(),
                    version: oldest.clone(),
                },
            ));
        }
        fields.push(document_field(Some(have), want));
        drafts.push(draft(
            phase,
            Call::CreateVersion {
                arn: want.arn.clone(),
                document: want.document.clone(),
            },
        ));
    }
    if drafts.is_empty() {
        return Outcome::Unchanged { unmanaged };
    }
    Outcome::Changed(Changed {
        verb: Verb::Update,
        note: None,
        fields,
        risks,
        drafts,
        unmanaged,
    })
}

fn document_field(have: Option<&Policy>, want: &Policy) -> FieldChange {
    FieldChange {
        path: "document".to_owned(),
        before: have
            .map(|have| have.document.canonical())
            .unwrap_or_default(),
        after: want.document.canonical(),
        statements: policy_document::diff(have.map(|have| &have.document), &want.document),
    }
}

fn draft(phase: Phase, call: Call) -> Draft {
    Draft::new(phase, crate::resources::Call::Policy(call))
}
