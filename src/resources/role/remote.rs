//! What is sent to IAM for a role and what is read of it; nothing is decided here.

mod documents;

use crate::aws::iam::{decoded, is_recent, tag_list, tags_of};
use crate::aws::pages::Pages;
use crate::aws::reads::Iam;
use crate::aws::{CallError, Reads, Writes};
use crate::diagnosis;
use crate::lost::Effect;
use crate::names::Arn;
use crate::policy_document::{Kind, equivalent};
use crate::resources::observed::{Mark, Observed, Unread};
use crate::resources::role::spec::Seconds;
use crate::resources::role::{Call, Live, Role, Sighting, Write};
use crate::resources::{Answer, SendError};

/// Reads a role: trust policy, boundary, session duration, attached and inline policies, tags.
pub(crate) async fn read(reads: &Reads, want: &Role, environment: &str) -> Observed<Sighting> {
    let iam = reads.iam();
    let name = want.name.as_str();
    let (role, attached, inline) = tokio::join!(
        iam.get_role().role_name(name).send(),
        attached(&iam, name),
        inline(&iam, name)
    );
    let role = match role.map_err(|error| CallError::from_sdk("iam", "GetRole", error)) {
        Ok(output) => output.role,
        Err(error) if error.is_absent() => return absent(&iam, want).await,
        Err(error) => {
            return Observed::Unreadable(vec![Unread::new("the role", &error)]);
        }
    };
    let Some(role) = role.filter(|role| !role.arn().is_empty()) else {
        return Observed::Unreadable(vec![Unread::unsaid("the role", "IAM answers without one")]);
    };
    if role.arn() != want.arn.as_str() {
        return Observed::Present(Sighting::Elsewhere(role.arn().to_owned()));
    }
    let mut unread = Vec::new();
    let mut keep = |what: &str, error: &CallError| unread.push(Unread::new(what, error));
    let attached = attached
        .map_err(|error| keep("the role's attached policies", &error))
        .ok();
    let inline = inline
        .map_err(|error| keep("the role's inline policies", &error))
        .ok();
    let what = "the role's trust policy";
    let trust = match role.assume_role_policy_document() {
        Some(trust) => {
            decoded(trust, Kind::Trust).map_err(|problems| Unread::document(what, &problems))
        }
        None => Err(Unread::unsaid(what, "IAM answers without it")),
    };
    let trust = trust.map_err(|failure| unread.push(failure)).ok();
    let (Some(policies), Some(inline), Some(trust)) = (attached, inline, trust) else {
        return Observed::Unreadable(unread);
    };
    let boundary = role
        .permissions_boundary()
        .and_then(|boundary| boundary.permissions_boundary_arn());
    let boundary = match boundary.map(Arn::parse).transpose() {
        Ok(boundary) => boundary,
        Err(error) => {
            return Observed::Unreadable(vec![Unread::content(
                "the role's permissions boundary",
                error.to_string(),
            )]);
        }
    };
    if missing_boundary(&iam, want, boundary.as_ref()).await {
        return Observed::Present(Sighting::NoBoundary);
    }
    let documents = Box::pin(documents::read(
        &iam,
        want,
        (&policies, &inline),
        boundary.as_ref(),
    ))
    .await;
    let tags = tags_of(role.tags());
    let seconds = role
        .max_session_duration()
        .and_then(|seconds| u32::try_from(seconds).ok());
    Observed::Present(Sighting::Here(Box::new(Live {
        mark: Mark::read(&tags, environment),
        recent: is_recent(reads, Some(role.create_date().secs())),
        documents,
        role: Role {
            name: want.name.clone(),
            path: want.path.clone(),
            arn: want.arn.clone(),
            description: role.description().map(str::to_owned),
            max_session_duration: seconds.map_or(Seconds::HOUR, Seconds::new),
            permissions_boundary: boundary,
            trust,
            policies,
            inline,
            exclusive: want.exclusive,
            source_conditions: want.source_conditions,
            domain_arn: want.domain_arn.clone(),
            tags,
        },
    })))
}

/// Looks up the ARN, with its path, of the role that the caller assumed; none when that cannot be read.
pub(crate) async fn caller(reads: &Reads, context: &diagnosis::Context) -> Option<String> {
    let name = context.assumed_role()?;
    let output = reads.iam().get_role().role_name(name).send().await.ok()?;
    output.role().map(|role| role.arn().to_owned())
}

/// A role that is to be created with a boundary that does not exist would leave half an environment.
async fn absent(iam: &Iam, want: &Role) -> Observed<Sighting> {
    match missing_boundary(iam, want, None).await {
        true => Observed::Present(Sighting::NoBoundary),
        false => Observed::Absent,
    }
}

/// Whether the wanted boundary, where it is to be set, is known not to exist. A caller who may not read it learns it from IAM later.
async fn missing_boundary(iam: &Iam, want: &Role, have: Option<&Arn>) -> bool {
    let Some(boundary) = want
        .permissions_boundary
        .as_ref()
        .filter(|want| Some(*want) != have)
    else {
        return false;
    };
    let get = iam.get_policy().policy_arn(boundary.as_str()).send().await;
    get.is_err_and(|error| CallError::from_sdk("iam", "GetPolicy", error).is_absent())
}

async fn attached(iam: &Iam, name: &str) -> Result<Vec<String>, CallError> {
    let mut pages = Pages::of("iam", "ListAttachedRolePolicies");
    let mut arns = Vec::new();
    loop {
        let page = iam
            .list_attached_role_policies()
            .role_name(name)
            .set_marker(pages.marker())
            .send()
            .await;
        let page =
            page.map_err(|error| CallError::from_sdk("iam", "ListAttachedRolePolicies", error))?;
        arns.extend(
            page.attached_policies()
                .iter()
                .filter_map(|policy| policy.policy_arn())
                .map(str::to_owned),
        );
        if !pages.another(page.is_truncated(), page.marker())? {
            break;
        }
    }
    arns.sort();
    Ok(arns)
}

async fn inline(iam: &Iam, name: &str) -> Result<Vec<String>, CallError> {
    let mut pages = Pages::of("iam", "ListRolePolicies");
    let mut names = Vec::new();
    loop {
        let page = iam
            .list_role_policies()
            .role_name(name)
            .set_marker(pages.marker())
            .send()
            .await;
        let page = page.map_err(|error| CallError::from_sdk("iam", "ListRolePolicies", error))?;
        names.extend(page.policy_names().iter().cloned());
        if !pages.another(page.is_truncated(), page.marker())? {
            break;
        }
    }
    names.sort();
    Ok(names)
}

/// Reads whether a write whose answer was lost, or that met what it wanted to create, is in effect.
///
/// # Errors
/// When that cannot be read.
pub(crate) async fn was_applied(reads: &Reads, call: &Call) -> Result<Effect, SendError> {
    Ok(Effect::of(is_in_effect(reads, call).await?))
}

async fn is_in_effect(reads: &Reads, call: &Call) -> Result<bool, CallError> {
    let Write::Create(want) = &call.write else {
        return Ok(false);
    };
    let output = match reads
        .iam()
        .get_role()
        .role_name(call.name.as_str())
        .send()
        .await
    {
        Ok(output) => output,
        Err(error) => match CallError::from_sdk("iam", "GetRole", error) {
            error if error.is_absent() => return Ok(false),
            error => return Err(error),
        },
    };
    let Some(role) = output.role() else {
        return Ok(false);
    };
    let tags = tags_of(role.tags());
    let trust = decoded(
        role.assume_role_policy_document().unwrap_or_default(),
        Kind::Trust,
    );
    let marked = want
        .tags
        .iter()
        .all(|(key, value)| tags.get(key) == Some(value));
    Ok(marked
        && role.arn() == want.arn.as_str()
        && trust.is_ok_and(|trust| equivalent(&trust, &want.trust)))
}

/// What is already gone counts as removed.
fn gone(result: Result<(), CallError>) -> Result<(), CallError> {
    match result {
        Err(error) if error.is_absent() => Ok(()),
        other => other,
    }
}

/// Sends a write once. What is already gone counts as removed.
///
/// # Errors
/// What IAM or the network answered.
pub(crate) async fn send(writes: &Writes, call: &Call) -> Result<Answer, SendError> {
    once(writes, call).await?;
    Ok(Answer::Done)
}

async fn once(writes: &Writes, call: &Call) -> Result<(), CallError> {
    let iam = writes.iam();
    let name = call.name.as_str();
    let operation = call.write.operation().operation;
    macro_rules! sent {
        ($request:expr) => {
            $request
                .send()
                .await
                .map(|_| ())
                .map_err(|error| CallError::from_sdk("iam", operation, error))
        };
    }
    match &call.write {
        Write::Create(role) => {
            let create = iam.create_role().role_name(name).path(role.path.as_str());
            let create = create
                .assume_role_policy_document(role.trust.to_json())
                .set_description(role.description.clone());
            let create = create
                .set_max_session_duration(i32::try_from(role.max_session_duration.get()).ok());
            let boundary = role.permissions_boundary.as_ref().map(ToString::to_string);
            sent!(
                create
                    .set_permissions_boundary(boundary)
                    .set_tags(Some(tag_list(&role.tags)))
            )
        }
        Write::PutTrust(document, _) => sent!(
            iam.update_assume_role_policy()
                .role_name(name)
                .policy_document(document.to_json())
        ),
        Write::Update {
            description,
            max_session_duration,
        } => {
            let update = iam
                .update_role()
                .role_name(name)
                .set_description(description.clone());
            sent!(update.set_max_session_duration(i32::try_from(max_session_duration.get()).ok()))
        }
        Write::PutBoundary(arn) => sent!(
            iam.put_role_permissions_boundary()
                .role_name(name)
                .permissions_boundary(arn.as_str())
        ),
        Write::Attach(arn) => sent!(iam.attach_role_policy().role_name(name).policy_arn(arn)),
        Write::Detach(arn) => gone(sent!(
            iam.detach_role_policy().role_name(name).policy_arn(arn)
        )),
        Write::DeleteInline(policy) => gone(sent!(
            iam.delete_role_policy().role_name(name).policy_name(policy)
        )),
        Write::Tag(tags) => sent!(
            iam.tag_role()
                .role_name(name)
                .set_tags(Some(tag_list(tags)))
        ),
    }
}
