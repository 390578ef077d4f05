//! What a request's path means and what the request is called; a request that writes must never be called a read.

use super::super::message::Request;

/// A path of the REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Path {
    Root,
    /// `_cluster/PART`, with an expression behind it.
    Cluster(String, Option<String>),
    /// `_cat/PART`, with an expression behind it.
    Cat(String, Option<String>),
    /// `_nodes` with what follows.
    Nodes(String),
    Repositories(Option<String>),
    Verify(String),
    Cleanup(String),
    Snapshots {
        repository: String,
        names: String,
    },
    Status {
        repository: Option<String>,
        names: Option<String>,
    },
    Restore {
        repository: String,
        snapshot: String,
    },
    Index(String),
    /// `EXPRESSION/_PART`, or `_PART` alone.
    Part(Option<String>, String),
    Document {
        index: String,
        id: Option<String>,
    },
    Resolve(String),
    DataStream(Option<String>),
    /// `_recovery` of everything or of an expression.
    Recovery,
    Other,
}

const PARTS: [&str; 13] = [
    "_settings",
    "_mapping",
    "_alias",
    "_stats",
    "_count",
    "_search",
    "_refresh",
    "_flush",
    "_close",
    "_open",
    "_bulk",
    "_aliases",
    "_forcemerge",
];

/// Reads a request's path.
pub(super) fn path(request: &Request) -> Path {
    let segments = request.segments();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    let own = |text: &str| text.to_owned();
    match parts.as_slice() {
        [] => Path::Root,
        ["_cluster", part] => Path::Cluster(own(part), None),
        ["_cluster", part, rest] => Path::Cluster(own(part), Some(own(rest))),
        ["_cat", part] => Path::Cat(own(part), None),
        ["_cat", part, rest] => Path::Cat(own(part), Some(own(rest))),
        ["_nodes", rest @ ..] => Path::Nodes(rest.join("/")),
        ["_snapshot"] => Path::Repositories(None),
        ["_snapshot", rest @ ..] => of_snapshots(rest),
        ["_resolve", "index", names] => Path::Resolve(own(names)),
        ["_data_stream"] => Path::DataStream(None),
        ["_data_stream", names] => Path::DataStream(Some(own(names))),
        ["_recovery"] | [_, "_recovery"] => Path::Recovery,
        [part] if PARTS.contains(part) => Path::Part(None, own(part)),
        ["_settings", _] => Path::Part(None, own("_settings")),
        ["_alias", name] => Path::Part(None, format!("_alias/{name}")),
        [index] if !index.starts_with('_') || *index == "_all" => Path::Index(own(index)),
        [index, "_doc" | "_create"] => Path::Document {
            index: own(index),
            id: None,
        },
        [index, "_doc" | "_create", id] => Path::Document {
            index: own(index),
            id: Some(own(id)),
        },
        [index, part, ..] if !index.starts_with('_') || *index == "_all" => {
            match PARTS.contains(part) {
                true => Path::Part(Some(own(index)), own(part)),
                false => Path::Other,
            }
        }
        _ => Path::Other,
    }
}

fn of_snapshots(parts: &[&str]) -> Path {
    let own = |text: &str| text.to_owned();
    match parts {
        ["_status"] => Path::Status {
            repository: None,
            names: None,
        },
        [name] => Path::Repositories(Some(own(name))),
        [name, "_verify"] => Path::Verify(own(name)),
        [name, "_cleanup"] => Path::Cleanup(own(name)),
        [name, "_status"] => Path::Status {
            repository: Some(own(name)),
            names: None,
        },
        [name, names] => Path::Snapshots {
            repository: own(name),
            names: own(names),
        },
        [name, names, "_status"] => Path::Status {
            repository: Some(own(name)),
            names: Some(own(names)),
        },
        [name, snapshot, "_restore"] => Path::Restore {
            repository: own(name),
            snapshot: own(snapshot),
        },
        _ => Path::Other,
    }
}

/// Returns the operation's name and whether it writes.
pub(in super::super) fn operation(request: &Request) -> (String, bool) {
    let what = match path(request) {
        Path::Root => "/".to_owned(),
        Path::Cluster(part, rest) if part == "allocation" => {
            format!("_cluster/{part}/{}", rest.unwrap_or_default())
        }
        Path::Cluster(part, _) => format!("_cluster/{part}"),
        Path::Cat(part, _) => format!("_cat/{part}"),
        Path::Nodes(part) if part.starts_with("stats") => "_nodes/stats".to_owned(),
        Path::Nodes(_) => "_nodes".to_owned(),
        Path::Repositories(_) => "_snapshot".to_owned(),
        Path::Verify(_) => "_snapshot/_verify".to_owned(),
        Path::Cleanup(_) => "_snapshot/_cleanup".to_owned(),
        Path::Status { .. } => "_snapshot/_status".to_owned(),
        Path::Restore { .. } => "_snapshot/_restore".to_owned(),
        Path::Snapshots { names, .. } if names.starts_with('_') => format!("_snapshot/{names}"),
        Path::Snapshots { .. } => "_snapshot/snapshot".to_owned(),
        Path::Index(_) => "index".to_owned(),
        Path::Part(_, part) if part.starts_with("_alias/") => "_alias".to_owned(),
        Path::Part(_, part) => part,
        Path::Document { .. } => "_doc".to_owned(),
        Path::Resolve(_) => "_resolve/index".to_owned(),
        Path::DataStream(_) => "_data_stream".to_owned(),
        Path::Recovery => "_recovery".to_owned(),
        Path::Other => request.segments().first().cloned().unwrap_or_default(),
    };
    (
        format!("{} {what}", request.method),
        request.method != "GET" && request.method != "HEAD",
    )
}

/// Returns the permission that fine-grained access control asks for.
pub(super) fn permission(method: &str, path: &Path) -> &'static str {
    match (method, path) {
        (_, Path::Root) => "cluster:monitor/main",
        (_, Path::Cluster(part, _)) => of_cluster(method, part),
        (_, Path::Cat(part, _)) => match part.as_str() {
            "recovery" => "indices:monitor/recovery",
            "indices" => "indices:monitor/settings/get",
            _ => "cluster:monitor/state",
        },
        (_, Path::Nodes(part)) if part.starts_with("stats") => "cluster:monitor/nodes/stats",
        (_, Path::Nodes(_)) => "cluster:monitor/nodes/info",
        ("GET", Path::Repositories(_)) => "cluster:admin/repository/get",
        ("DELETE", Path::Repositories(_)) => "cluster:admin/repository/delete",
        (_, Path::Repositories(_)) => "cluster:admin/repository/put",
        (_, Path::Verify(_)) => "cluster:admin/repository/verify",
        (_, Path::Cleanup(_)) => "cluster:admin/repository/_cleanup",
        ("PUT" | "POST", Path::Snapshots { .. }) => "cluster:admin/snapshot/create",
        ("DELETE", Path::Snapshots { .. }) => "cluster:admin/snapshot/delete",
        (_, Path::Snapshots { .. }) => "cluster:admin/snapshot/get",
        (_, Path::Status { .. }) => "cluster:admin/snapshot/status",
        (_, Path::Restore { .. }) => "cluster:admin/snapshot/restore",
        ("PUT", Path::Index(_)) => "indices:admin/create",
        ("DELETE", Path::Index(_)) => "indices:admin/delete",
        ("GET" | "HEAD", Path::Document { .. }) => "indices:data/read/get",
        (_, Path::Document { .. }) => "indices:data/write/bulk",
        (_, Path::Resolve(_)) => "indices:admin/resolve/index",
        ("DELETE", Path::DataStream(_)) => "indices:admin/data_stream/delete",
        ("PUT", Path::DataStream(_)) => "indices:admin/data_stream/create",
        (_, Path::DataStream(_)) => "indices:admin/data_stream/get",
        (_, Path::Recovery) => "indices:monitor/recovery",
        (_, Path::Part(_, part)) => of_part(method, part),
        (_, Path::Index(_) | Path::Other) => "indices:admin/get",
    }
}

fn of_cluster(method: &str, part: &str) -> &'static str {
    match (method, part) {
        (_, "health") => "cluster:monitor/health",
        (_, "allocation") => "cluster:monitor/allocation/explain",
        (_, "stats") => "cluster:monitor/stats",
        ("PUT", "settings") => "cluster:admin/settings/update",
        _ => "cluster:monitor/state",
    }
}

fn of_part(method: &str, part: &str) -> &'static str {
    match (method, part) {
        ("PUT", "_settings") => "indices:admin/settings/update",
        (_, "_settings") => "indices:monitor/settings/get",
        (_, "_mapping") => "indices:admin/mappings/get",
        (_, "_aliases") => "indices:admin/aliases",
        (_, "_rollover") => "indices:admin/rollover",
        (_, "_stats") => "indices:monitor/stats",
        (_, "_count" | "_search") => "indices:data/read/search",
        (_, "_refresh") => "indices:admin/refresh",
        (_, "_flush") => "indices:admin/flush",
        (_, "_forcemerge") => "indices:admin/forcemerge",
        (_, "_close") => "indices:admin/close",
        (_, "_open") => "indices:admin/open",
        (_, "_bulk") => "indices:data/write/bulk",
        _ => "indices:admin/aliases/get",
    }
}
