//! What is sent to the domain for a repository and what is read of it; nothing is decided here.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::aws::permissions::DOMAIN_GET;
use crate::data::snapshot::{self, Why};
use crate::diagnosis::{self, Context, Explained, Transient};
use crate::domain::{Client, Error, Read, Reads, Refusal};
use crate::failure::Class;
use crate::lost::Effect;
use crate::names::RepositoryName;
use crate::resources::management::Management;
use crate::resources::observed::{Observed, Unread};
use crate::resources::outcome::Checked;
use crate::resources::repository::reclaim::Own;
use crate::resources::repository::{Call, Live, Registered, Repository, RepositorySettings};
use crate::resources::write::reached;
use crate::resources::{Answer, SendError};

/// Reads the registration, whether it answers, and a candidate that was left behind. Changes nothing: no `_verify`, no PUT.
pub async fn read(
    client: &Reads,
    want: &Repository,
    management: Management,
    context: &Context,
) -> Observed<Live> {
    let all = Read::get(["_snapshot"]);
    // Of the reads only this one fails on a repository whose access is broken; `_current` and `_status` still answer 200.
    let listing =
        Read::get(["_snapshot", want.name.as_str(), "_all"]).with_query("verbose", "false");
    let (all, listing) = tokio::join!(client.read(&all), client.read(&listing));
    let all = match all {
        Ok(response) => response.body,
        Err(error) => {
            return Observed::Unreadable(vec![unread(
                "the domain's repositories",
                &error,
                context,
            )]);
        }
    };
    let names = [want.name.as_str(), want.name.candidate().as_str()].map(str::to_owned);
    if !all.is_object() || names.iter().any(|name| is_odd(&all, name)) {
        let words = "the answer is not a list of repositories";
        return Observed::Unreadable(vec![Unread::unsaid("the domain's repositories", words)]);
    }
    let mut registered = registration(&all, want.name.as_str());
    let candidate = registration(&all, want.name.candidate().as_str())
        .filter(|_| management == Management::Managed);
    if let (Some(registered), Err(error)) = (&mut registered, &listing) {
        match error.refusal().filter(|refusal| says_broken(refusal)) {
            Some(refusal) => registered.broken = Some(refusal.chain.join(": ")),
            None => {
                return Observed::Unreadable(vec![unread(
                    "the repository's snapshots",
                    error,
                    context,
                )]);
            }
        }
    }
    if registered.is_none() && candidate.is_none() {
        return Observed::Absent;
    }
    Observed::Present(Live {
        registered,
        candidate,
        others: others(&all, &names),
    })
}

/// The registrations of other names that are understood.
fn others(all: &Value, own: &[String]) -> BTreeMap<String, Registered> {
    let entries = all.as_object().into_iter().flat_map(|all| all.keys());
    let others = entries.filter(|name| !own.contains(name) && !is_odd(all, name));
    others
        .filter_map(|name| Some((name.clone(), registration(all, name)?)))
        .collect()
}

/// Whether the engine itself, and no proxy before it, says that the repository does not work.
fn says_broken(refusal: &Refusal) -> bool {
    let engine = refusal.code.is_some() && !refusal.chain.is_empty();
    match refusal.status {
        Some(502..=504) => false,
        Some(500..) => engine,
        Some(404) => refusal.code.as_deref() == Some("repository_missing_exception"),
        _ => false,
    }
}

fn unread(what: &str, error: &Error, context: &Context) -> Unread {
    let status = error.refusal().and_then(|refusal| refusal.status);
    let local = matches!(
        error,
        Error::Credentials { .. }
            | Error::Password { .. }
            | Error::CaFile { .. }
            | Error::Rebound { .. }
    );
    let explained = diagnosis::explain(Explained::Domain { task: what, error }, context);
    let transient = diagnosis::transience(Explained::Domain { task: what, error }, context);
    // A 403 can be throttling.
    let denied = matches!(status, Some(401 | 403)) && explained.class != Class::Throttled;
    Unread {
        what: what.to_owned(),
        permission: denied
            .then(|| format!("{DOMAIN_GET} on the domain, and its snapshot permissions")),
        words: explained.messages.join(": "),
        remedy: explained.hint.map(|hint| hint.to_string()).or_else(|| {
            local.then(|| "correct `domain.auth` in the spec, or what it refers to".to_owned())
        }),
        class: match () {
            () if denied => Class::Denied,
            () if local => Class::Unusable,
            () if error.may_pass() || transient != Transient::No => Class::Unavailable,
            () => Class::Failed,
        },
    }
}

/// Whether an entry is there that no engine writes: a repository always has a type.
fn is_odd(all: &Value, name: &str) -> bool {
    let entry = all.get(name);
    entry.is_some_and(|entry| !entry.get("type").is_some_and(Value::is_string))
}

/// One entry of `GET _snapshot`; engines echo settings as strings.
fn registration(all: &Value, name: &str) -> Option<Registered> {
    let entry = all.get(name)?;
    let kind = entry
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let mut settings = RepositorySettings::new();
    if let Some(Value::Object(fields)) = entry.get("settings") {
        flatten("", fields, &mut settings);
    }
    // What every engine takes for unset.
    if settings
        .get("readonly")
        .is_some_and(|value| value == "false")
    {
        settings.remove("readonly");
    }
    Some(Registered {
        kind,
        settings,
        broken: None,
    })
}

fn flatten(
    prefix: &str,
    fields: &serde_json::Map<String, Value>,
    settings: &mut RepositorySettings,
) {
    for (name, value) in fields {
        let name = format!("{prefix}{name}");
        match value {
            // What newer engines echo of a setting that was unset by `null`.
            Value::Null => {}
            Value::Object(inner) => flatten(&format!("{name}."), inner, settings),
            Value::String(text) => drop(settings.insert(name, text.clone())),
            other => drop(settings.insert(name, other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests;

/// Asks whether a snapshot or restore runs on the repository; old engines accept a change meanwhile and damage the snapshot.
///
/// # Errors
/// When that cannot be read: then nothing may be changed.
pub async fn idle(client: &Reads, name: &RepositoryName) -> Result<Checked, Error> {
    let (running, restoring) = tokio::join!(
        snapshot::remote::running(client),
        snapshot::remote::restoring(client)
    );
    let mut all = running?.into_iter().chain(restoring?);
    Ok(if all.any(|one| one.repository == name.as_str()) {
        Checked::Busy(format!("repository.{name}"))
    } else {
        Checked::Holds
    })
}

/// Reads the snapshots of a candidate and compares them with what this environment's own ones say.
///
/// # Errors
/// When they cannot be read: then nothing is registered for writing.
pub async fn own(client: &Reads, own: &Own) -> Result<Checked, Error> {
    let list = snapshot::remote::list(client, own.candidate.as_str()).await?;
    let odd = list.unread.iter().find(|one| one.why == Why::OddName);
    let odd = odd.map(|one| format!("the details of snapshot {} cannot be read", one.brief.name));
    let snapshots = list.whole()?;
    Ok(match odd.map_or_else(|| own.judge(&snapshots), Err) {
        Ok(()) => Checked::Holds,
        Err(why) => Checked::Refused {
            why,
            hint: own.hint.clone(),
        },
    })
}

/// Reads whether a request whose answer was lost was applied.
///
/// # Errors
/// When that cannot be read.
pub async fn was_applied(domain: Option<&Client>, call: &Call) -> Result<Effect, SendError> {
    let Call::Put {
        name,
        kind,
        settings,
        ..
    } = call
    else {
        return Ok(Effect::Missing);
    };
    let all = reached(domain)?.read(&Read::get(["_snapshot"])).await?.body;
    let have = registration(&all, name.as_str());
    Ok(Effect::of(have.is_some_and(|have| {
        &have.kind == kind && &have.settings == settings
    })))
}

/// Sends a request once. A registration that is already gone counts as removed.
///
/// # Errors
/// What the domain or the network answered.
pub async fn send(domain: Option<&Client>, call: &Call) -> Result<Answer, SendError> {
    let sent = reached(domain)?.send(&call.request()).await;
    let sent = match call {
        Call::Put { .. } | Call::Delete { .. } => {
            sent.and_then(|response| response.confirmed("acknowledged"))
        }
        Call::Verify { .. } => sent,
    };
    match (call, sent) {
        (Call::Put { .. } | Call::Delete { .. }, Ok(_)) => Ok(Answer::Done),
        (Call::Verify { .. }, Ok(response)) => {
            let nodes = response.body.get("nodes").and_then(Value::as_object);
            let names = nodes.into_iter().flat_map(|nodes| nodes.iter());
            let names = names.map(|(id, node)| {
                node.get("name")
                    .and_then(Value::as_str)
                    .unwrap_or(id)
                    .to_owned()
            });
            let nodes: Vec<String> = names.collect();
            // An answer that names no node proves nothing.
            match nodes.is_empty() {
                true => Err(SendError::Domain(Error::Unexpected(
                    "the list of nodes that reached the repository",
                ))),
                false => Ok(Answer::Verified { nodes }),
            }
        }
        (Call::Delete { .. }, Err(Error::Refused(refusal))) if refusal.status == Some(404) => {
            Ok(Answer::Done)
        }
        (_, Err(error)) => Err(SendError::Domain(error)),
    }
}
