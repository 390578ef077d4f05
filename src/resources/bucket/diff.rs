//! Compares a bucket with what was read of it. Pure: it decides, and sends nothing.

use serde_json::Value;

use crate::failure::Class;
use crate::hazard::Word;
use crate::policy_document::{self, Document, Statement};
use crate::resources::Call;
use crate::resources::bucket::create::{create, first_policy};
use crate::resources::bucket::spec::Versioning;
use crate::resources::bucket::{
    Bucket, BucketEncryption, Check, Live, Rule, SID_PREFIX, Shared, Sighting, Write,
};
use crate::resources::context::{Context, Standing, compare_tags, unread_of_bucket};
use crate::resources::declared::Declared;
use crate::resources::management::Management;
use crate::resources::observed::{Mark, Observed};
use crate::resources::outcome::{
    Blocked, Changed, Draft, FieldChange, Outcome, Phase, RiskNote, Verb,
};

/// Compares a bucket with what was read of it.
pub(crate) fn diff(
    declared: &Declared<Bucket>,
    have: &Observed<Sighting>,
    context: &Context<'_>,
) -> Outcome {
    let want = &declared.want;
    match (have, declared.management) {
        (Observed::Unreadable(reads), _) => {
            Outcome::Blocked(unread_of_bucket(want, reads, context))
        }
        (Observed::Absent, Management::Existing) => Outcome::Blocked(context.missing()),
        (Observed::Absent, Management::Managed) => create(want, context),
        (Observed::Present(Sighting::Elsewhere(region)), _) => Outcome::Blocked(Blocked {
            reason: format!("is in {region}, and the spec says {}", want.region),
            remedy:
                "a bucket cannot be moved: set `bucket.region` to where it is, or name a new bucket"
                    .to_owned(),
            class: Class::Refused,
        }),
        (Observed::Present(Sighting::Managed(live)), Management::Managed) => {
            update(want, live, context)
        }
        (Observed::Present(_), _) => Outcome::unchanged(),
    }
}

fn update(want: &Bucket, live: &Live, context: &Context<'_>) -> Outcome {
    let mut difference = Difference::new(want, live);
    match (&live.mark, &live.unmarked) {
        (Mark::None, Some(unmarked)) if unmarked.touched.is_empty() => {
            difference.note = Some("claim empty bucket")
        }
        (Mark::None, Some(unmarked)) => {
            if let Some(blocked) = not_claimable(want, unmarked, context) {
                return Outcome::Blocked(blocked);
            }
            difference.stage = Stage::Adopted {
                holds_data: unmarked.holds_data,
            };
        }
        _ => match context.standing(&want.id(), &live.mark) {
            Standing::Ours => {}
            Standing::Adopted => difference.stage = Stage::Adopted { holds_data: true },
            Standing::Foreign(blocked) => return Outcome::Blocked(blocked),
        },
    }
    difference.tags();
    difference.protection();
    difference.versioning();
    difference.policy();
    difference.lifecycle();
    difference.outcome()
}

/// The reason why an unmarked bucket that somebody touched must not be changed.
fn not_claimable(
    want: &Bucket,
    unmarked: &super::Unmarked,
    context: &Context<'_>,
) -> Option<Blocked> {
    let id = want.id();
    match context.standing(&id, &Mark::None) {
        Standing::Foreign(blocked) => Some(Blocked {
            reason: format!("{} ({})", blocked.reason, unmarked.touched.join(", ")),
            ..blocked
        }),
        _ if !unmarked.exposed.is_empty() => Some(Blocked {
            reason: format!("is shared with others: {}", unmarked.exposed.join(", ")),
            remedy: format!("remove those grants first, then adopt {id} again"),
            class: Class::Refused,
        }),
        _ => None,
    }
}

/// Where a live bucket stands in its life.
enum Stage {
    /// It carries the mark, or is being claimed while empty.
    Ours,
    /// It is being adopted.
    Adopted {
        /// Whether it holds any data.
        holds_data: bool,
    },
}

struct Difference<'a> {
    want: &'a Bucket,
    live: &'a Live,
    stage: Stage,
    note: Option<&'static str>,
    fields: Vec<FieldChange>,
    risks: Vec<RiskNote>,
    drafts: Vec<Draft>,
    unmanaged: Vec<String>,
    /// Why none of it may be done.
    blocked: Option<Blocked>,
}

impl<'a> Difference<'a> {
    fn new(want: &'a Bucket, live: &'a Live) -> Self {
        Self {
            want,
            live,
            stage: Stage::Ours,
            note: None,
            fields: Vec::new(),
            risks: Vec::new(),
            drafts: Vec::new(),
            unmanaged: Vec::new(),
            blocked: None,
        }
    }

    fn write(&mut self, phase: Phase, write: Write, unchanged: Option<Shared>) {
        let mut draft = Draft::new(phase, self.want.call(write));
        if let Some(unchanged) = unchanged {
            let Bucket {
                name,
                region,
                account,
                ..
            } = self.want.clone();
            draft = draft.checked(crate::resources::Check::Bucket(Check {
                name,
                region,
                account,
                unchanged,
            }));
        }
        self.drafts.push(draft);
    }

    fn risk(&mut self, risk: Word, why: impl Into<String>) {
        self.risks.push(RiskNote {
            risk,
            why: why.into(),
        });
    }

    fn tags(&mut self) {
        let have = &self.live.bucket.tags;
        let (changes, foreign) = compare_tags(&self.want.tags, have);
        self.unmanaged.extend(foreign);
        if changes.is_empty() {
            return;
        }
        self.fields.extend(changes);
        let mut merged = have.clone();
        merged.extend(self.want.tags.clone());
        // Tags that begin with `aws:` are the service's own and refused in a PUT.
        merged.retain(|key, _| !key.starts_with("aws:"));
        self.write(
            Phase::Narrow,
            Write::PutTagging { tags: merged },
            Some(Shared::Tags(have.clone())),
        );
    }

    fn protection(&mut self) {
        let (want, have) = (self.want, &self.live.bucket);
        if have.public_access_block != want.public_access_block {
            let (before, after) = (
                have.public_access_block.to_value(),
                want.public_access_block.to_value(),
            );
            self.fields
                .push(FieldChange::value("public_access_block", before, after));
            self.write(Phase::Narrow, Write::PutPublicAccessBlock, None);
        }
        if have.ownership != want.ownership {
            self.fields.push(FieldChange::value(
                "ownership",
                have.ownership.clone(),
                want.ownership.clone(),
            ));
            self.write(Phase::Narrow, Write::PutOwnershipControls, None);
        }
        if !have.encryption.encrypts_as(&want.encryption) {
            self.encryption();
        }
    }

    fn encryption(&mut self) {
        let (want, have) = (&self.want.encryption, &self.live.bucket.encryption);
        let (was_kms, is_kms) = (
            have.algorithm.starts_with("aws:kms"),
            want.kms_key.is_some(),
        );
        if was_kms && !is_kms {
            self.risk(Word::Weakens, "encryption goes from a KMS key to AES256");
        } else if have.is_twice() && !want.is_twice() {
            self.risk(
                Word::Weakens,
                "encryption goes from two layers (aws:kms:dsse) to one (aws:kms)",
            );
        }
        let other_key = have.kms_key.is_some() && have.kms_key != want.kms_key;
        if let (true, Some(old)) = (other_key, &have.kms_key) {
            let why = format!(
                "objects encrypted with {old} stay so, and the generated policy no longer grants it: keep kms:Decrypt on it in \
                 `policy.extra_statements` as long as such snapshots are needed"
            );
            self.risk(Word::Weakens, why);
        }
        let mut after = want.to_value();
        if let (true, Some(fields)) = (have.is_twice(), after.as_object_mut()) {
            // The key may be the same: what differs is the algorithm.
            fields.insert("algorithm".to_owned(), want.algorithm.clone().into());
        }
        self.fields
            .push(FieldChange::value("encryption", have.to_value(), after));
        let write = Write::PutEncryption(BucketEncryption {
            blocked_types: have.blocked_types.clone(),
            ..want.clone()
        });
        // The role is granted the new key first: objects written in between could not be.
        let phase = if is_kms {
            Phase::Register
        } else {
            Phase::Narrow
        };
        self.write(phase, write, None);
    }

    fn versioning(&mut self) {
        let (want, have) = (self.want.versioning, self.live.bucket.versioning);
        let Some(wanted) = want.filter(|_| want != have) else {
            return;
        };
        if wanted == Versioning::Suspended && have == Some(Versioning::Enabled) {
            self.risk(Word::Weakens, "versioning is suspended");
        }
        self.fields.push(FieldChange::value(
            "versioning",
            have.map(Versioning::as_str),
            wanted.as_str(),
        ));
        self.write(Phase::Narrow, Write::PutVersioning(wanted), None);
    }

    fn policy(&mut self) {
        let live = self.live.document.as_ref();
        let all = live
            .map(|document| document.statements().to_vec())
            .unwrap_or_default();
        let (own, foreign): (Vec<Statement>, Vec<Statement>) = all.into_iter().partition(is_own);
        self.unmanaged.extend(
            foreign
                .iter()
                .map(|statement| format!("bucket policy statement {}", statement.label())),
        );
        let nothing = Document::new(Vec::new());
        let want = Document::new(self.want.policy.clone());
        let have = live.unwrap_or(&nothing).with_statements(own);
        if policy_document::equivalent(&have, &want) {
            return;
        }
        // Under an old version the variables of the spec would be text.
        let outdated = want.mentions_variables() && !have.resolves_variables();
        if let (true, Some(kept)) = (
            outdated,
            foreign.iter().find(|kept| kept.mentions_variables()),
        ) {
            self.blocked = Some(version_would_change(kept));
            return;
        }
        let merged = foreign
            .into_iter()
            .chain(self.want.policy.iter().cloned())
            .collect();
        let merged = match outdated {
            true => Document::new(merged),
            false => live.unwrap_or(&nothing).with_statements(merged),
        };
        let wider = policy_document::widens(live.unwrap_or(&nothing), &merged);
        // A bucket of ours without a policy and without what comes after it was never finished: completing it is safe, or an interrupted
        // run could not be.
        let unfinished = self.live.bucket.lifecycle.is_none()
            && matches!(self.stage, Stage::Ours)
            && match live {
                None => true,
                // It has the statements that were put first, and no repository was ever registered in it.
                Some(live) => {
                    policy_document::equivalent(live, &first_policy(self.want))
                        && self.live.holds_repository == Some(Ok(false))
                }
            };
        if !unfinished {
            for widening in &wider {
                self.risk(Word::WidensAccess, widening.to_string());
            }
        }
        let before = live.map(|_| &have);
        self.fields.push(policy_field(before, &want));
        let shared = Shared::Policy(live.cloned());
        // What completes a creation lets in nobody whom the end does not, and may name a role that this very plan creates: it waits for it.
        let names = |statement: &Statement| statement.names_aws_principals();
        if unfinished && self.want.policy.iter().any(names) {
            return self.write(Phase::Open, Write::PutPolicy(merged), Some(shared));
        }
        if wider.is_empty() {
            return self.write(Phase::Narrow, Write::PutPolicy(merged), Some(shared));
        }
        let narrower = live.is_some_and(|live| !policy_document::widens(&merged, live).is_empty());
        if let (true, Some(live)) = (narrower, live) {
            // It widens and narrows: first only what both states allow, so that no grant meets a statement on its way out.
            let reduced = policy_document::shared(live, &merged);
            self.write(
                Phase::Narrow,
                Write::PutPolicy(reduced.clone()),
                Some(shared),
            );
            return self.write(
                Phase::Open,
                Write::PutPolicy(merged),
                Some(Shared::Policy(Some(reduced))),
            );
        }
        self.write(Phase::Open, Write::PutPolicy(merged), Some(shared));
    }

    /// A lifecycle that is missing marks a bucket as unfinished as long as its policy is.
    fn after_the_policy(&self) -> Phase {
        let puts_policy = |draft: &Draft| matches!(&draft.call, Call::Bucket(call) if matches!(call.write, Write::PutPolicy(_)));
        let opens = |draft: &Draft| draft.phase == Phase::Open && puts_policy(draft);
        match self.drafts.iter().any(opens) && self.live.bucket.lifecycle.is_none() {
            true => Phase::Open,
            false => Phase::Create,
        }
    }

    fn lifecycle(&mut self) {
        let Some(want) = self.want.lifecycle.clone() else {
            return;
        };
        let have = self.live.bucket.lifecycle.as_ref();
        let others = self.live.rules.without(&want.id);
        self.unmanaged.extend(
            others
                .ids()
                .into_iter()
                .map(|id| format!("lifecycle rule {id}")),
        );
        if have == Some(&want) {
            return;
        }
        if matches!(self.stage, Stage::Adopted { holds_data: true }) {
            self.risk(
                Word::Weakens,
                "an expiry is added or changed on a bucket that holds data",
            );
        }
        self.fields.extend(lifecycle_fields(have, &want));
        let shared = Shared::Lifecycle(self.live.rules.clone());
        self.write(
            self.after_the_policy(),
            Write::PutLifecycle { rule: want, others },
            Some(shared),
        );
    }

    fn outcome(self) -> Outcome {
        if let Some(blocked) = self.blocked {
            return Outcome::Blocked(blocked);
        }
        if self.drafts.is_empty() {
            return Outcome::Unchanged {
                unmanaged: self.unmanaged,
                note: None,
            };
        }
        Outcome::Changed(Changed {
            verb: Verb::Update,
            note: self.note.map(str::to_owned),
            fields: self.fields,
            risks: self.risks,
            drafts: self.drafts,
            unmanaged: self.unmanaged,
        })
    }
}

/// A bucket policy has one version for all of its statements.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
fn version_would_change(kept: &Statement) -> Blocked {
    Blocked {
        reason: format!(
            "has a bucket policy of version 2008-10-17, where `${{…}}` is text; the spec's statements use policy variables and need \
             version 2012-10-17, which would change what the kept statement {} means",
            kept.label()
        ),
        remedy: format!(
            "decide what {} should mean and set the Version of the bucket policy to 2012-10-17 yourself, or take the policy variables out of \
             `bucket.policy.extra_statements`",
            kept.label()
        ),
        class: Class::Refused,
    }
}

fn is_own(statement: &Statement) -> bool {
    statement
        .sid
        .as_deref()
        .is_some_and(|sid| sid.starts_with(SID_PREFIX))
}

pub(super) fn policy_field(have: Option<&Document>, want: &Document) -> FieldChange {
    FieldChange {
        path: "policy".to_owned(),
        before: have.map(Document::to_value).unwrap_or_default(),
        after: want.to_value(),
        statements: policy_document::diff(have, want),
    }
}

pub(super) fn lifecycle_fields(have: Option<&Rule>, want: &Rule) -> Vec<FieldChange> {
    let days = |days: Option<u32>| days.map(|days| format!("{days}d"));
    let mut fields = Vec::new();
    let mut field = |path: &str, before: Value, after: Value| {
        if have.is_none() || before != after {
            fields.push(FieldChange::value(
                format!("lifecycle.{path}"),
                before,
                after,
            ));
        }
    };
    let before = |value: fn(&Rule) -> Value| have.map(value).unwrap_or_default();
    field(
        "noncurrent_versions_expire_after",
        have.and_then(|rule| days(rule.noncurrent_days)).into(),
        days(want.noncurrent_days).into(),
    );
    field(
        "abort_incomplete_uploads_after",
        have.and_then(|rule| days(rule.abort_days)).into(),
        days(want.abort_days).into(),
    );
    field(
        "expire_delete_markers",
        before(|rule| rule.expire_delete_markers.into()),
        want.expire_delete_markers.into(),
    );
    field(
        "prefix",
        before(|rule| rule.prefix.clone().into()),
        want.prefix.clone().into(),
    );
    if let Some(rule) = have {
        field("enabled", rule.enabled.into(), want.enabled.into());
        field("other_actions", rule.strays.into(), want.strays.into());
    }
    fields
}

#[cfg(test)]
mod tests;
