//! What is sent to IAM for a managed policy and what is read of it; nothing is decided here.

use aws_sdk_iam::types::PolicyScopeType;

use crate::aws::iam::{decoded, is_recent, tag_list, tags_of};
use crate::aws::pages::Pages;
use crate::aws::reads::Iam;
use crate::aws::{CallError, Reads, Writes};
use crate::lost::Effect;
use crate::policy_document::{Document, Kind, equivalent};
use crate::resources::observed::{Mark, Observed, Unread};
use crate::resources::policy::{Call, Live, Policy, Sighting};
use crate::resources::{Answer, SendError};

/// Reads a managed policy: its default document, versions and tags; when it is absent, who else has its name.
pub(crate) async fn read(reads: &Reads, want: &Policy, environment: &str) -> Observed<Sighting> {
    let iam = reads.iam();
    let arn = want.arn.as_str();
    let (policy, versions) =
        tokio::join!(iam.get_policy().policy_arn(arn).send(), versions(&iam, arn));
    let policy = match policy.map_err(|error| CallError::from_sdk("iam", "GetPolicy", error)) {
        Ok(output) => output.policy,
        Err(error) if error.is_absent() => return elsewhere(&iam, want).await,
        Err(error) => {
            return Observed::Unreadable(vec![Unread::new("the policy", &error)]);
        }
    };
    let Some(policy) = policy.filter(|policy| policy.arn().is_some()) else {
        return Observed::Unreadable(vec![Unread::unsaid(
            "the policy",
            "IAM answers without one",
        )]);
    };
    let versions = match versions {
        Ok(versions) => versions,
        Err(error) if error.is_absent() => return elsewhere(&iam, want).await,
        Err(error) => {
            return Observed::Unreadable(vec![Unread::new("the policy's versions", &error)]);
        }
    };
    let default = policy.default_version_id().unwrap_or_default().to_owned();
    let (document, created) = match default_document(&iam, arn, &default).await {
        Ok(read) => read,
        Err(unread) => return Observed::Unreadable(vec![unread]),
    };
    let tags = tags_of(policy.tags());
    let Some(attachments) = policy
        .attachment_count()
        .and_then(|count| u32::try_from(count).ok())
    else {
        return Observed::Unreadable(vec![Unread::unsaid(
            "the policy",
            "IAM does not say to how many it is attached",
        )]);
    };
    let recent = is_recent(reads, created);
    Observed::Present(Sighting::Here(Box::new(Live {
        mark: Mark::read(&tags, environment),
        policy: Policy {
            name: want.name.clone(),
            path: want.path.clone(),
            arn: want.arn.clone(),
            description: policy.description().map(str::to_owned),
            document,
            tags,
        },
        spare_versions: versions
            .into_iter()
            .filter(|version| *version != default)
            .collect(),
        attachments,
        recent,
    })))
}

/// The ids of all versions, oldest first.
async fn versions(iam: &Iam, arn: &str) -> Result<Vec<String>, CallError> {
    let mut pages = Pages::of("iam", "ListPolicyVersions");
    let mut ids = Vec::new();
    loop {
        let page = iam
            .list_policy_versions()
            .policy_arn(arn)
            .set_marker(pages.marker())
            .send()
            .await;
        let page = page.map_err(|error| CallError::from_sdk("iam", "ListPolicyVersions", error))?;
        ids.extend(
            page.versions()
                .iter()
                .filter_map(|version| version.version_id())
                .map(str::to_owned),
        );
        if !pages.another(page.is_truncated(), page.marker())? {
            break;
        }
    }
    ids.sort_by_key(|id| id.trim_start_matches('v').parse::<u64>().unwrap_or(0));
    Ok(ids)
}

async fn default_document(
    iam: &Iam,
    arn: &str,
    version: &str,
) -> Result<(Document, Option<i64>), Unread> {
    let what = "the policy's document";
    let get = iam
        .get_policy_version()
        .policy_arn(arn)
        .version_id(version)
        .send()
        .await;
    let output = get.map_err(|error| {
        Unread::new(what, &CallError::from_sdk("iam", "GetPolicyVersion", error))
    })?;
    let version = output
        .policy_version()
        .filter(|read| read.version_id() == Some(version));
    let Some(text) = version.and_then(|version| version.document()) else {
        return Err(Unread::unsaid(what, "IAM answers without it"));
    };
    let created = version
        .and_then(|version| version.create_date())
        .map(|date| date.secs());
    let document = decoded(text, Kind::Managed);
    let document = document.map_err(|problems| Unread::document(what, &problems))?;
    Ok((document, created))
}

/// Looks for the name under other paths and in other cases: IAM keeps names unique across both.
async fn elsewhere(iam: &Iam, want: &Policy) -> Observed<Sighting> {
    match namesake(iam, want).await {
        Ok(Some(arn)) => Observed::Present(Sighting::Elsewhere(arn)),
        Ok(None) => Observed::Absent,
        Err(error) => Observed::Unreadable(vec![Unread::new("the names of policies", &error)]),
    }
}

async fn namesake(iam: &Iam, want: &Policy) -> Result<Option<String>, CallError> {
    let mut pages = Pages::of("iam", "ListPolicies");
    loop {
        let page = iam
            .list_policies()
            .scope(PolicyScopeType::Local)
            .set_marker(pages.marker())
            .send()
            .await;
        let page = page.map_err(|error| CallError::from_sdk("iam", "ListPolicies", error))?;
        for policy in page.policies() {
            let same = policy
                .policy_name()
                .is_some_and(|name| name.eq_ignore_ascii_case(want.name.as_str()));
            match policy.arn() {
                Some(arn) if same && arn != want.arn.as_str() => return Ok(Some(arn.to_owned())),
                _ => {}
            }
        }
        if !pages.another(page.is_truncated(), page.marker())? {
            return Ok(None);
        }
    }
}

/// Reads whether a write whose answer was lost, or that met what it wanted to create, is in effect.
///
/// # Errors
/// When that cannot be read.
pub(crate) async fn was_applied(reads: &Reads, call: &Call) -> Result<Effect, SendError> {
    Ok(Effect::of(is_in_effect(reads, call).await?))
}

async fn is_in_effect(reads: &Reads, call: &Call) -> Result<bool, CallError> {
    let (arn, document) = match call {
        Call::Create(policy) => (&policy.arn, &policy.document),
        Call::CreateVersion { arn, document } => (arn, document),
        Call::DeleteVersion { .. } | Call::Tag { .. } => return Ok(false),
    };
    let iam = reads.iam();
    let policy = match iam.get_policy().policy_arn(arn.as_str()).send().await {
        Ok(output) => output.policy,
        Err(error) => match CallError::from_sdk("iam", "GetPolicy", error) {
            error if error.is_absent() => return Ok(false),
            error => return Err(error),
        },
    };
    let Some(policy) = policy else {
        return Ok(false);
    };
    if let Call::Create(want) = call {
        let tags = tags_of(policy.tags());
        if want
            .tags
            .iter()
            .any(|(key, value)| tags.get(key) != Some(value))
        {
            return Ok(false);
        }
    }
    let version = policy.default_version_id().unwrap_or_default();
    let get = iam
        .get_policy_version()
        .policy_arn(arn.as_str())
        .version_id(version)
        .send()
        .await;
    let output = get.map_err(|error| CallError::from_sdk("iam", "GetPolicyVersion", error))?;
    let text = output
        .policy_version()
        .and_then(|version| version.document())
        .unwrap_or_default();
    Ok(decoded(text, Kind::Managed).is_ok_and(|have| equivalent(&have, document)))
}

/// Sends a write once. What is already gone counts as deleted.
///
/// # Errors
/// What IAM or the network answered.
pub(crate) async fn send(writes: &Writes, call: &Call) -> Result<Answer, SendError> {
    once(writes, call).await?;
    Ok(Answer::Done)
}

async fn once(writes: &Writes, call: &Call) -> Result<(), CallError> {
    let iam = writes.iam();
    let operation = call.operation().operation;
    match call {
        Call::Create(policy) => {
            let create = iam
                .create_policy()
                .policy_name(policy.name.as_str())
                .path(policy.path.as_str());
            let create = create
                .policy_document(policy.document.to_json())
                .set_description(policy.description.clone());
            let sent = create.set_tags(Some(tag_list(&policy.tags))).send().await;
            sent.map(|_| ())
                .map_err(|error| CallError::from_sdk("iam", operation, error))
        }
        Call::CreateVersion { arn, document } => {
            let create = iam
                .create_policy_version()
                .policy_arn(arn.as_str())
                .policy_document(document.to_json());
            let sent = create.set_as_default(true).send().await;
            sent.map(|_| ())
                .map_err(|error| CallError::from_sdk("iam", operation, error))
        }
        Call::DeleteVersion { arn, version } => {
            let sent = iam
                .delete_policy_version()
                .policy_arn(arn.as_str())
                .version_id(version)
                .send()
                .await;
            match sent
                .map(|_| ())
                .map_err(|error| CallError::from_sdk("iam", operation, error))
            {
                Err(error) if error.is_absent() => Ok(()),
                other => other,
            }
        }
        Call::Tag { arn, tags } => {
            let sent = iam
                .tag_policy()
                .policy_arn(arn.as_str())
                .set_tags(Some(tag_list(tags)))
                .send()
                .await;
            sent.map(|_| ())
                .map_err(|error| CallError::from_sdk("iam", operation, error))
        }
    }
}
