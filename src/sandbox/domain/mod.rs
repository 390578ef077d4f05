//! A domain's REST API: who asks, what Amazon's front door refuses, then the engine; a path it does not know must be refused.

mod access;
mod automated;
mod blobs;
mod cat;
mod cat_shards;
mod catalogue;
mod chain;
mod cluster;
mod documents;
mod engine;
mod errors;
mod expression;
mod index_settings;
mod index_state;
mod indices;
mod keys;
mod listing;
mod mapping;
mod path;
mod progress;
mod removal;
mod repository;
mod restore;
mod restore_request;
mod restored_aliases;
pub(super) mod samples;
mod searching;
mod settings;
mod shards;
mod status;
mod streams;
mod taking;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::message::{Answer, Request};
use super::opensearch;
use super::search_state::Index;
use super::shared::Shared;
use super::state::{Domain, Repository, State};
use expression::Reading;
use path::Path;

pub(super) use automated::take as take_automated;
pub(super) use errors::scripted as scripted_error;
pub(super) use path::operation;
pub(super) use progress::advance;

/// Returns the place of the domain that the `Host` header names.
pub(super) fn at_host(state: &State, request: &Request, served_port: u16) -> Option<usize> {
    let (whole, name) = (request.host.to_ascii_lowercase(), request.host_name());
    // A cluster on a loopback address is told from AWS's services by its port only.
    let loopback = name == "localhost" || name == "127.0.0.1" || name == "[::1]";
    let services = loopback && whole.ends_with(&format!(":{served_port}"));
    let is_named = |known: &String| *known == whole || (!services && without_port(known) == name);
    state
        .domains
        .iter()
        .position(|domain| names_of(domain).iter().any(is_named))
}

fn without_port(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

fn names_of(domain: &Domain) -> Vec<String> {
    let mut names = vec![
        domain.endpoint.to_ascii_lowercase(),
        format!("{}.{}.es.localhost", domain.name, domain.region),
    ];
    names.extend(
        domain
            .custom_endpoint
            .as_deref()
            .map(str::to_ascii_lowercase),
    );
    if !domain.self_managed && !domain.vpc {
        names.push(opensearch::endpoint_v2(domain));
    }
    names
}

/// One request that reached a domain.
struct Call<'a> {
    state: &'a mut State,
    request: &'a Request,
    place: usize,
    /// The request's id, from which those of the engine's own requests follow.
    id: &'a str,
    /// A copy of the domain as the request found it.
    domain: Shared<Domain>,
    caller: access::Caller,
}

impl Call<'_> {
    /// Changes the domain in the state, and in this request's copy.
    fn change(&mut self, act: impl FnOnce(&mut Domain)) {
        if let Some(domain) = self.state.domains.get_mut(self.place) {
            act(domain);
            self.domain.clone_from(domain);
        }
    }

    /// Changes the indices.
    fn indices(&mut self, act: impl FnOnce(&mut BTreeMap<String, Index>)) {
        self.change(|domain| act(&mut domain.cluster.indices));
    }

    /// Changes the documents of an index; this request's copy forgets them, so that they are not copied at each write.
    fn write_to(&mut self, name: &str, act: impl FnOnce(&mut Index)) {
        if let Some(copy) = self.domain.cluster.indices.get_mut(name) {
            copy.documents = Default::default();
        }
        let domain = self.state.domains.get_mut(self.place);
        if let Some(index) = domain.and_then(|domain| domain.cluster.indices.get_mut(name)) {
            act(index);
        }
    }

    /// Returns a URL parameter that the engine sees: Amazon drops those of signed POSTs.
    fn parameter(&self, name: &str) -> Option<&str> {
        let dropped =
            !self.domain.self_managed && self.request.method == "POST" && self.caller.is_signed();
        self.request.parameter(name).filter(|_| !dropped)
    }

    /// Says whether a URL parameter is set; present without a value is set.
    fn flag(&self, name: &str) -> bool {
        matches!(self.parameter(name), Some("true" | ""))
    }

    /// Reads the body; none is null.
    fn json(&self) -> Result<Value, Answer> {
        if self.request.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.request.body).map_err(|error| {
            let reason = format!("Failed to parse content: {error}");
            errors::Exception::new("parse_exception", reason).answer(400)
        })
    }

    /// Finds a repository.
    fn repository(&self, name: &str) -> Result<Repository, Answer> {
        repository::held(&self.domain, name).ok_or_else(|| errors::missing(name))
    }

    /// Applies the URL's options to the way an expression is read.
    fn reading(&self, reading: Reading) -> Reading {
        let mut reading = reading;
        reading.ignore_unavailable |= self.flag("ignore_unavailable");
        if self.parameter("allow_no_indices") == Some("false") {
            reading.allow_no_indices = false;
        }
        if let Some(states) = self.parameter("expand_wildcards") {
            let has = |state: &str| states.split(',').any(|one| one == state || one == "all");
            reading.open = has("open");
            reading.closed = has("closed");
            reading.hidden = has("hidden");
        }
        reading
    }

    /// Resolves date math in a name: `<logs-{now/d}>`.
    fn dated(&self, name: &str) -> String {
        let inner = name
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'));
        let Some(inner) = inner else {
            return name.to_owned();
        };
        let today = super::clock::iso(self.state.now());
        let today = today.get(..10).unwrap_or_default().replace('-', ".");
        inner.replace("{now/d}", &today)
    }

    /// Returns the indices of these names.
    fn held(&self, names: &BTreeSet<String>) -> impl Iterator<Item = (&String, &Index)> {
        let all = self.domain.cluster.indices.iter();
        let names = names.clone();
        all.filter(move |(name, _)| names.contains(*name))
    }

    /// Answers an object with something of each index.
    fn each(
        &self,
        names: &BTreeSet<String>,
        show: impl Fn(&Index) -> Value,
    ) -> Result<Answer, Answer> {
        let all: Map<String, Value> = self
            .held(names)
            .map(|(name, index)| (name.clone(), show(index)))
            .collect();
        Ok(Answer::json(200, &Value::Object(all)))
    }

    fn acknowledged(&self) -> Answer {
        Answer::json(200, &serde_json::json!({"acknowledged": true}))
    }
}

/// Carries a request out.
pub(super) fn answer(state: &mut State, request: &Request, place: usize, id: &str) -> Answer {
    let Some(domain) = state.domains.get(place).cloned() else {
        return Answer::text(404, "Not Found");
    };
    let done = carry_out(state, request, (place, domain), id);
    let (Ok(mut answer) | Err(mut answer)) = done;
    if request.method == "HEAD" {
        answer.body.clear();
    }
    answer
}

fn carry_out(
    state: &mut State,
    request: &Request,
    (place, domain): (usize, Shared<Domain>),
    id: &str,
) -> Result<Answer, Answer> {
    let caller = access::authenticate(state, request, &domain)?;
    let path = path::path(request);
    let mut call = Call {
        state,
        request,
        place,
        id,
        domain,
        caller,
    };
    access::front_door_of(&call, &path)?;
    access::fine_grained(&call, &path)?;
    let call = &mut call;
    match (request.method.as_str(), &path) {
        ("GET" | "HEAD", Path::Root) => Ok(cluster::root(call)),
        (_, Path::Cluster(part, rest)) => of_cluster(call, part, rest.as_deref()),
        ("GET", Path::Cat(what, rest)) => cat::answer(call, what, rest.as_deref()),
        ("GET", Path::Nodes(what)) => cluster::nodes(call, what),
        (_, Path::Part(target, part)) => of_indices(call, target.as_deref(), part),
        ("PUT", Path::Index(name)) => indices::create(call, name),
        ("GET" | "HEAD", Path::Index(names)) => indices::get(call, names),
        ("DELETE", Path::Index(names)) => indices::delete(call, names),
        ("PUT" | "POST", Path::Document { index, id }) => {
            documents::put(call, index, id.as_deref())
        }
        (
            "GET" | "HEAD",
            Path::Document {
                index,
                id: Some(id),
            },
        ) => searching::get(call, index, id),
        (
            "DELETE",
            Path::Document {
                index,
                id: Some(id),
            },
        ) => documents::delete(call, index, id),
        ("GET", Path::Resolve(names)) => index_state::resolved(call, names),
        (_, Path::DataStream(names)) => streams::answer(call, names.as_deref()),
        (_, Path::Recovery | Path::Other) => Err(errors::unknown_path(request)),
        _ => of_snapshots(call, &path),
    }
}

fn of_snapshots(call: &mut Call<'_>, path: &Path) -> Result<Answer, Answer> {
    match (call.request.method.as_str(), path) {
        ("GET", Path::Repositories(names)) => repository::get(call, names.as_deref()),
        ("PUT" | "POST", Path::Repositories(Some(name))) => repository::put(call, name),
        ("DELETE", Path::Repositories(Some(name))) => repository::delete(call, name),
        ("POST", Path::Verify(name)) => repository::verify(call, name),
        ("POST", Path::Cleanup(name)) => removal::cleanup(call, name),
        ("GET", Path::Status { repository, names }) => {
            status::answer(call, repository.as_deref(), names.as_deref())
        }
        ("GET", Path::Snapshots { repository, names }) => listing::get(call, repository, names),
        ("PUT" | "POST", Path::Snapshots { repository, names }) => {
            taking::take(call, repository, names)
        }
        ("DELETE", Path::Snapshots { repository, names }) => {
            removal::delete(call, repository, names)
        }
        (
            "POST",
            Path::Restore {
                repository,
                snapshot,
            },
        ) => restore::restore(call, repository, snapshot),
        _ => Err(errors::wrong_method(call.request)),
    }
}

fn of_cluster(call: &mut Call<'_>, part: &str, rest: Option<&str>) -> Result<Answer, Answer> {
    match (call.request.method.as_str(), part, rest) {
        ("GET", "health", target) => Ok(cluster::health(call, target)),
        ("GET" | "PUT", "settings", None) => cluster::settings(call),
        ("GET" | "POST", "allocation", Some("explain")) => cat_shards::explain(call),
        ("GET", "stats", None) => cluster::nodes(call, "_cluster/stats"),
        (_, "health" | "settings" | "stats", _) => Err(errors::wrong_method(call.request)),
        _ => Err(errors::unknown_path(call.request)),
    }
}

fn of_indices(call: &mut Call<'_>, target: Option<&str>, part: &str) -> Result<Answer, Answer> {
    let write = matches!(call.request.method.as_str(), "PUT" | "POST");
    let named = part.strip_prefix("_alias/").map(str::to_owned);
    let behind = call.request.segments().get(2).cloned();
    match (call.request.method.as_str(), part) {
        ("GET", "_settings") => index_state::get(call, target),
        ("PUT", "_settings") => index_state::put(call, target),
        ("GET", "_mapping") => indices::mappings(call, target),
        ("GET", "_stats") => cat::stats(call, target),
        ("GET" | "POST", "_count") => searching::count(call, target),
        ("GET" | "POST", "_search") => searching::search(call, target),
        ("POST", "_close") if target.is_some() => index_state::set_closed(call, target, true),
        ("POST", "_open") if target.is_some() => index_state::set_closed(call, target, false),
        ("POST", "_aliases") => index_state::change_aliases(call),
        ("POST", "_rollover") => streams::roll_over(call, target.unwrap_or_default()),
        ("GET", _) if part.starts_with("_alias") => {
            index_state::aliases(call, target, named.or(behind).as_deref())
        }
        (_, "_bulk") if write => documents::bulk(call, target),
        (_, "_refresh" | "_flush" | "_forcemerge") if write => {
            let found = indices::resolve(call, target, Reading::OPEN)?;
            for name in &found {
                call.write_to(name, |index| index.unrefreshed = None);
            }
            let shards: usize = call
                .held(&found)
                .map(|(_, index)| index_settings::shards(index))
                .sum();
            let counts = serde_json::json!({"total": shards, "successful": shards, "failed": 0});
            Ok(Answer::json(200, &serde_json::json!({ "_shards": counts })))
        }
        _ => Err(errors::wrong_method(call.request)),
    }
}
