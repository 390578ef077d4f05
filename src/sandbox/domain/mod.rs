//! A domain's REST API: who asks, what Amazon's front door refuses, then the engine; only snapshots' paths are known.

mod access;
mod chain;
mod engine;
mod errors;
mod information;
mod keys;
mod repository;
mod settings;

use super::message::{Answer, Request};
use super::opensearch;
use super::state::{Domain, State};

pub(super) use errors::scripted as scripted_error;

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

/// What a request's path means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Path {
    Root,
    Health,
    Recovery,
    Repositories(Option<String>),
    Verify(String),
    Snapshots { repository: String, names: String },
    Status(Option<String>),
    Other,
}

fn path(request: &Request) -> Path {
    let segments = request.segments();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [] => Path::Root,
        ["_cluster", "health", ..] => Path::Health,
        ["_cat", "recovery", ..] => Path::Recovery,
        ["_snapshot"] => Path::Repositories(None),
        ["_snapshot", "_status"] => Path::Status(None),
        ["_snapshot", names] => Path::Repositories(Some((*names).to_owned())),
        ["_snapshot", name, "_verify"] => Path::Verify((*name).to_owned()),
        ["_snapshot", name, "_status"] => Path::Status(Some((*name).to_owned())),
        ["_snapshot", name, snapshots] => Path::Snapshots {
            repository: (*name).to_owned(),
            names: (*snapshots).to_owned(),
        },
        _ => Path::Other,
    }
}

/// Returns the operation's name and whether it writes.
pub(super) fn operation(request: &Request) -> (String, bool) {
    let what = match path(request) {
        Path::Root => "/".to_owned(),
        Path::Health => "_cluster/health".to_owned(),
        Path::Recovery => "_cat/recovery".to_owned(),
        Path::Repositories(_) => "_snapshot".to_owned(),
        Path::Verify(_) => "_snapshot/_verify".to_owned(),
        Path::Status(_) => "_snapshot/_status".to_owned(),
        Path::Snapshots { names, .. } if names.starts_with('_') => format!("_snapshot/{names}"),
        Path::Snapshots { .. } => "_snapshot/snapshot".to_owned(),
        Path::Other => request.segments().first().cloned().unwrap_or_default(),
    };
    (
        format!("{} {what}", request.method),
        request.method != "GET" && request.method != "HEAD",
    )
}

/// One request that reached a domain.
struct Call<'a> {
    state: &'a mut State,
    request: &'a Request,
    place: usize,
    /// The request's id, from which those of the engine's own requests follow.
    id: &'a str,
    /// A copy of the domain as the request found it.
    domain: Domain,
    caller: access::Caller,
}

impl Call<'_> {
    /// Changes the domain in the state.
    fn change(&mut self, act: impl FnOnce(&mut Domain)) {
        if let Some(domain) = self.state.domains.get_mut(self.place) {
            act(domain);
        }
    }

    /// Returns a URL parameter that the engine sees: Amazon drops those of signed POSTs.
    fn parameter(&self, name: &str) -> Option<&str> {
        let dropped =
            !self.domain.self_managed && self.request.method == "POST" && self.caller.is_signed();
        self.request.parameter(name).filter(|_| !dropped)
    }
}

/// Carries a request out.
pub(super) fn answer(state: &mut State, request: &Request, place: usize, id: &str) -> Answer {
    let Some(domain) = state.domains.get(place).cloned() else {
        return Answer::text(404, "Not Found");
    };
    match carry_out(state, request, (place, domain), id) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn carry_out(
    state: &mut State,
    request: &Request,
    (place, domain): (usize, Domain),
    id: &str,
) -> Result<Answer, Answer> {
    let caller = access::authenticate(state, request, &domain)?;
    let path = path(request);
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
    match (request.method.as_str(), path) {
        ("GET", Path::Root) => Ok(information::root(&call)),
        ("GET", Path::Health) => Ok(information::health(&call)),
        ("GET", Path::Recovery) => Ok(information::recovery(&call)),
        ("GET", Path::Repositories(names)) => repository::get(&call, names.as_deref()),
        ("PUT" | "POST", Path::Repositories(Some(name))) => repository::put(&mut call, &name),
        ("DELETE", Path::Repositories(Some(name))) => repository::delete(&mut call, &name),
        ("POST", Path::Verify(name)) => repository::verify(&call, &name),
        ("GET", Path::Status(name)) => information::status(&call, name.as_deref()),
        ("GET", Path::Snapshots { repository, names }) => {
            information::snapshots(&call, &repository, &names)
        }
        (_, Path::Other) => Err(errors::unknown_path(request)),
        _ => Err(errors::wrong_method(request)),
    }
}
