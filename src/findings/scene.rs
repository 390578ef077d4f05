//! What the families of findings ask of an environment: one place that joins what is wanted with what was read.

use super::Stage;
use crate::names::AccountId;
use crate::policy_document::{Document, Statement};
use crate::resources::actual::Actual;
use crate::resources::bucket::facts::Facts;
use crate::resources::bucket::{Bucket, SID_PREFIX};
use crate::resources::declared::{Declared, Desired};
use crate::resources::observed::Observed;
use crate::resources::outcome::Outcome;
use crate::resources::repository::{Registered, RepositorySettings};
use crate::resources::{Call, ResourceId, bucket, policy, repository, role};

/// An environment, seen by the families of findings.
pub(super) struct Scene<'a> {
    pub(super) desired: &'a Desired,
    pub(super) actual: &'a Actual,
    pub(super) stage: Stage<'a>,
    /// What was read of the bucket; none where nothing was, or it does not exist.
    pub(super) facts: Option<Facts>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(desired: &'a Desired, actual: &'a Actual, stage: Stage<'a>) -> Self {
        let facts = match &actual.bucket {
            Some(Observed::Present(sighting)) => Facts::of(sighting),
            Some(Observed::Absent | Observed::Unreadable(_)) | None => None,
        };
        Self {
            desired,
            actual,
            stage,
            facts,
        }
    }

    /// The bucket of the spec.
    pub(super) fn bucket(&self) -> Option<&'a Declared<Bucket>> {
        self.desired.bucket.as_ref()
    }

    /// The role, where it exists.
    pub(super) fn live_role(&self) -> Option<&'a role::Live> {
        match &self.actual.role {
            Some(Observed::Present(role::Sighting::Here(live))) => Some(live),
            _ => None,
        }
    }

    /// The managed policy, where it exists.
    pub(super) fn live_policy(&self) -> Option<&'a policy::Live> {
        match &self.actual.policy {
            Some(Observed::Present(policy::Sighting::Here(live))) => Some(live),
            _ => None,
        }
    }

    /// The registration, where there is one.
    pub(super) fn registered(&self) -> Option<&'a Registered> {
        match &self.actual.repository {
            Some(Observed::Present(live)) => live.registered.as_ref(),
            _ => None,
        }
    }

    /// The settings of the repository: those of the spec, and of one that is only used those that it has.
    pub(super) fn settings(&self) -> &'a RepositorySettings {
        let declared = &self.desired.repository;
        match self.registered() {
            Some(registered) if declared.management.is_existing() => &registered.settings,
            _ => &declared.want.settings,
        }
    }

    /// One setting of the repository.
    pub(super) fn setting(&self, name: &str) -> Option<&'a str> {
        self.settings().get(name).map(String::as_str)
    }

    /// Whether the domain only reads from the repository.
    pub(super) fn is_readonly(&self) -> bool {
        self.setting("readonly") == Some("true")
    }

    /// The prefix of the keys of the repository's objects; empty for the whole bucket.
    pub(super) fn prefix(&self) -> String {
        match self
            .setting("base_path")
            .unwrap_or_default()
            .trim_matches('/')
        {
            "" => String::new(),
            path => format!("{path}/"),
        }
    }

    /// Whether the registration has the settings of the spec, and answers: then the domain reaches the bucket, whatever documents say.
    pub(super) fn answers(&self) -> bool {
        self.registered().is_some_and(|registered| {
            registered.broken.is_none() && registered.settings == *self.settings()
        })
    }

    /// Whether an account is the environment's or the bucket owner's.
    pub(super) fn is_own(&self, account: &str) -> bool {
        let is = |own: &AccountId| own.as_str() == account;
        let owner = self.bucket().map(|bucket| &bucket.want.account);
        is(&self.desired.scope.account) || owner.is_some_and(is)
    }

    /// The statements of the live bucket policy that the spec does not name: all of them where the bucket is only used.
    pub(super) fn unmanaged(&self) -> Vec<&Statement> {
        let Some(Ok(Some(document))) = self.facts.as_ref().map(|facts| &facts.document) else {
            return Vec::new();
        };
        let existing = self
            .bucket()
            .is_some_and(|bucket| bucket.management.is_existing());
        let statements = document.statements().iter();
        statements
            .filter(|statement| existing || !is_own(statement))
            .collect()
    }

    /// The bucket policy once the plan is carried out, where it is known.
    ///
    /// # Errors
    /// When it could not be read.
    pub(super) fn bucket_policy(&self) -> Result<Option<Document>, ()> {
        let Some(bucket) = self.bucket() else {
            return Err(());
        };
        let live = match (&self.actual.bucket, &self.facts) {
            (Some(Observed::Absent), _) => None,
            (_, Some(facts)) => facts.document.as_ref().map_err(|_| ())?.as_ref(),
            (_, None) => return Err(()),
        };
        if bucket.management.is_existing() {
            return Ok(live.cloned());
        }
        if matches!(self.stage, Stage::Now) {
            return Ok(live.cloned());
        }
        let kept = self.unmanaged().into_iter().cloned();
        let all: Vec<Statement> = kept.chain(bucket.want.policy.iter().cloned()).collect();
        Ok(Some(match live {
            Some(live) => live.with_statements(all),
            None => Document::new(all),
        }))
    }

    /// The calls that the plan sends.
    pub(super) fn calls(&self) -> impl Iterator<Item = (&'a ResourceId, &'a Call)> {
        let outcomes = match self.stage {
            Stage::Plan { outcomes, .. } => outcomes,
            Stage::Now => &[],
        };
        outcomes.iter().flat_map(|(id, outcome)| {
            let drafts = match outcome {
                Outcome::Changed(changed) => changed.drafts.as_slice(),
                Outcome::Unchanged { .. } | Outcome::Blocked(_) => &[],
            };
            drafts.iter().map(move |draft| (id, &draft.call))
        })
    }

    /// Whether the plan has the domain prove that it reaches the bucket.
    pub(super) fn registers(&self) -> bool {
        self.calls().any(|(_, call)| {
            matches!(
                call,
                Call::Repository(repository::Call::Put { .. } | repository::Call::Verify { .. })
            )
        })
    }

    /// The writes to the bucket that the plan sends.
    pub(super) fn bucket_writes(&self) -> impl Iterator<Item = &'a bucket::Call> {
        self.calls().filter_map(|(_, call)| match call {
            Call::Bucket(call) => Some(call),
            _ => None,
        })
    }
}

/// Whether a statement of a bucket policy carries esbackup's prefix.
pub(super) fn is_own(statement: &Statement) -> bool {
    let sid = statement.sid.as_deref();
    sid.is_some_and(|sid| sid.starts_with(SID_PREFIX))
}
