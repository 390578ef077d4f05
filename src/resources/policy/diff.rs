//! Compares a managed policy with what was read of it. Pure: it decides, and sends nothing.

use serde_json::Value;

use crate::failure::Class;
use crate::hazard::Word;
use crate::policy_document::{self, Document, Effect, MANAGED_POLICY_CHARACTERS, Statement};
use crate::resources::context::{Context, Standing, compare_tags, unread_of};
use crate::resources::declared::Declared;
use crate::resources::facts::GrantRemoval;
use crate::resources::management::Management;
use crate::resources::observed::Observed;
use crate::resources::outcome::{
    Blocked, Changed, Draft, FieldChange, Outcome, Phase, RiskNote, Verb,
};
use crate::resources::policy::{Call, Live, Policy, Sighting};

/// The number of versions that a managed policy can have.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const VERSIONS: usize = 5;

/// Compares a managed policy with what was read of it.
pub(crate) fn diff(
    declared: &Declared<Policy>,
    have: &Observed<Sighting>,
    removal: GrantRemoval,
    context: &Context<'_>,
) -> Outcome {
    let want = &declared.want;
    match (have, declared.management) {
        (Observed::Unreadable(reads), _) => Outcome::Blocked(unread_of(want.arn.as_str(), reads)),
        (Observed::Present(Sighting::Elsewhere(arn)), _) => Outcome::Blocked(Blocked {
            reason: format!(
                "its name is taken by {arn}; IAM names are unique across paths and without case"
            ),
            remedy: "set `policy.path` and `policy.name` to that policy's, or use another name"
                .to_owned(),
            class: Class::Refused,
        }),
        (Observed::Absent, Management::Existing) => Outcome::Blocked(context.missing()),
        (Observed::Absent, Management::Managed) => create(want),
        (Observed::Present(Sighting::Here(_)), Management::Existing) => Outcome::unchanged(),
        (Observed::Present(Sighting::Here(live)), Management::Managed) => {
            update(want, live, removal, context)
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

fn update(want: &Policy, live: &Live, removal: GrantRemoval, context: &Context<'_>) -> Outcome {
    let have = &live.policy;
    let adopted = match context.standing(&want.id(), &live.mark) {
        Standing::Foreign(blocked) => return Outcome::Blocked(blocked),
        Standing::Adopted => true,
        Standing::Ours => false,
    };
    if want.description.is_some() && want.description != have.description {
        return Outcome::Blocked(Blocked {
            reason: "its description differs, and IAM cannot change the description of a policy"
                .to_owned(),
            remedy: format!(
                "write the live description into the spec ({:?}), or leave it out",
                have.description.as_deref().unwrap_or("")
            ),
            class: Class::Refused,
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
            risk: Word::WidensAccess,
            why: widening.to_string(),
        }));
        let narrower = !policy_document::widens(&want.document, &have.document).is_empty();
        if adopted && narrower && live.attachments > 0 {
            let why = format!(
                "whoever carries it (attachments: {}) loses what the new document does not grant",
                live.attachments
            );
            risks.push(RiskNote {
                risk: Word::Destroys,
                why,
            });
        }
        let versions = versions(have, want, !wider.is_empty(), removal);
        let room = (live.spare_versions.len() + 1 + versions.len()).saturating_sub(VERSIONS);
        let phase = versions.first().map_or(Phase::Narrow, |(phase, _)| *phase);
        for oldest in live.spare_versions.iter().take(room) {
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
        let create = |(phase, document)| {
            draft(
                phase,
                Call::CreateVersion {
                    arn: want.arn.clone(),
                    document,
                },
            )
        };
        drafts.extend(versions.into_iter().map(create));
    }
    if drafts.is_empty() {
        return Outcome::Unchanged {
            unmanaged,
            note: None,
        };
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

/// The versions that lead from one document to the other. While a registration moves to another bucket, the grants of the old one stay
/// until the new one is registered: a working registration must not stop working, and what both grant is granted at start or end.
fn versions(
    have: &Policy,
    want: &Policy,
    widens: bool,
    removal: GrantRemoval,
) -> Vec<(Phase, Document)> {
    let last = |phase| vec![(phase, want.document.clone())];
    let narrows = !policy_document::widens(&want.document, &have.document).is_empty();
    match (removal, widens, narrows) {
        (GrantRemoval::AtOnce, false, _) => last(Phase::Narrow),
        (GrantRemoval::AtOnce, true, _) | (_, true, false) => last(Phase::Widen),
        (GrantRemoval::AfterRegistration, false, _) => last(Phase::Remove),
        (GrantRemoval::AfterRegistration, true, true) => match both(have, want) {
            Some(both) => vec![(Phase::Widen, both), (Phase::Remove, want.document.clone())],
            None => last(Phase::Widen),
        },
    }
}

/// A document that grants what either grants; none when it would be too large, or one of them denies something.
fn both(have: &Policy, want: &Policy) -> Option<Document> {
    let all = || {
        want.document
            .statements()
            .iter()
            .chain(have.document.statements())
    };
    if have.document.version() != want.document.version()
        || all().any(|statement| statement.effect == Effect::Deny)
    {
        return None;
    }
    let nameless = |statement: &Statement| Statement {
        sid: None,
        ..statement.clone()
    };
    let document = want.document.with_statements(all().map(nameless).collect());
    (document.size() <= MANAGED_POLICY_CHARACTERS).then_some(document)
}

fn document_field(have: Option<&Policy>, want: &Policy) -> FieldChange {
    FieldChange {
        path: "document".to_owned(),
        before: have
            .map(|have| have.document.to_value())
            .unwrap_or_default(),
        after: want.document.to_value(),
        statements: policy_document::diff(have.map(|have| &have.document), &want.document),
    }
}

fn draft(phase: Phase, call: Call) -> Draft {
    Draft::new(phase, crate::resources::Call::Policy(call))
}
