//! The creation of a bucket as a list of calls, in an order in which an interrupted run can be told from a finished one. Pure.

use serde_json::Value;

use super::diff::{lifecycle_fields, policy_field};
use super::spec::Versioning;
use super::{Bucket, Check, PublicAccessBlock, Shared, Write};
use crate::failure::Class;
use crate::policy_document::{Document, Effect, Statement};
use crate::resources::context::{Context, compare_tags};
use crate::resources::outcome::{Blocked, Changed, Draft, FieldChange, Outcome, Phase, Verb};

/// Everything that a bucket which does not exist needs.
pub(super) fn create(want: &Bucket, context: &Context<'_>) -> Outcome {
    if &want.account != context.account {
        return Outcome::Blocked(Blocked {
            reason: format!(
                "does not exist, and account {} cannot create a bucket in account {}",
                context.account, want.account
            ),
            remedy: format!(
                "create it with the credentials of {}, then say `existing: true` here",
                want.account
            ),
            class: Class::Refused,
        });
    }
    let document = Document::new(want.policy.clone());
    let mut fields = vec![
        FieldChange::value("region", Value::Null, want.region.to_string()),
        FieldChange::value(
            "public_access_block",
            Value::Null,
            PublicAccessBlock::ON.to_value(),
        ),
        FieldChange::value("ownership", Value::Null, want.ownership.clone()),
        FieldChange::value("encryption", Value::Null, want.encryption.to_value()),
        FieldChange::value(
            "versioning",
            Value::Null,
            want.versioning.map(Versioning::as_str),
        ),
        policy_field(None, &document),
    ];
    fields.extend(
        want.lifecycle
            .iter()
            .flat_map(|rule| lifecycle_fields(None, rule)),
    );
    fields.extend(compare_tags(&want.tags, &Default::default()).0);
    let mut writes = vec![
        Write::Create {
            tags: want.tags.clone(),
        },
        Write::PutPublicAccessBlock,
        Write::PutOwnershipControls,
        Write::PutEncryption(want.encryption.clone()),
    ];
    writes.extend(want.versioning.map(Write::PutVersioning));
    let first = first_policy(want);
    let postponed = first != document;
    writes.push(Write::PutPolicy(first.clone()));
    let mut drafts: Vec<Draft> = writes
        .into_iter()
        .map(|write| Draft::new(Phase::Create, want.call(write)))
        .collect();
    let check = |unchanged| {
        let Bucket {
            name,
            region,
            account,
            ..
        } = want.clone();
        crate::resources::Check::Bucket(Check {
            name,
            region,
            account,
            unchanged,
        })
    };
    if let Some(first) = drafts.first_mut() {
        first.before = Some(check(Shared::Absent));
    }
    // Whom the policy names may be created in this very plan, and S3 takes no name that IAM does not know. The lifecycle comes last: until
    // then the bucket can be told from a finished one. What is put only after that wait may have been changed by somebody meanwhile.
    let rule = want.lifecycle.clone().map(|rule| {
        want.call(Write::PutLifecycle {
            rule,
            others: Default::default(),
        })
    });
    if postponed {
        let policy = Draft::new(Phase::Open, want.call(Write::PutPolicy(document)));
        drafts.push(policy.checked(check(Shared::Policy(Some(first)))));
        let rule = rule.map(|call| Draft::new(Phase::Open, call));
        drafts
            .extend(rule.map(|draft| draft.checked(check(Shared::Lifecycle(Default::default())))));
    } else {
        drafts.extend(rule.map(|call| Draft::new(Phase::Create, call)));
    }
    // Some services drop the tags of CreateBucket: then tagging is the next write, and needless otherwise.
    let tagging = Draft::new(
        Phase::Create,
        want.call(Write::PutTagging {
            tags: want.tags.clone(),
        }),
    );
    drafts.insert(
        1,
        tagging.checked(check(Shared::TagsMissing(want.tags.clone()))),
    );
    Outcome::Changed(Changed {
        verb: Verb::Create,
        note: None,
        fields,
        risks: Vec::new(),
        drafts,
        unmanaged: Vec::new(),
    })
}

/// The statements that a bucket has from its creation on: those that name no principal of IAM, and of these only the denials where another
/// denial has to wait. So they never let anybody in whom the whole policy does not.
pub(super) fn first_policy(want: &Bucket) -> Document {
    let denies = |statement: &Statement| statement.effect == Effect::Deny;
    let (waiting, mut first): (Vec<Statement>, Vec<Statement>) = want
        .policy
        .iter()
        .cloned()
        .partition(Statement::names_aws_principals);
    if waiting.iter().any(denies) {
        first.retain(denies);
    }
    Document::new(first)
}
