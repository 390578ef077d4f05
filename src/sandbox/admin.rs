//! The admin API of a sandbox, for `--sandbox` and for tests; it must never answer a request without its header.
//!
//! | request | body |
//! |---|---|
//! | `GET /_sandbox` | who serves |
//! | `POST /_sandbox/domains` | `{account, region, name, endpoint_host, engine_version, self_managed, auth, …}`: answers `{endpoint}` |
//! | `POST /_sandbox/principals` | `{account, user, policy_documents, permissions_boundary, session_policies, assumed_role}`: answers an access key; the user `sandbox` is the administrator, whom the documents then bound |
//! | `GET`, `DELETE /_sandbox/requests` | what was asked so far |
//! | `POST`, `GET`, `DELETE /_sandbox/faults` | one [`Fault`] or a list |
//! | `GET /_sandbox/held` | how many requests a fault holds now |
//! | `POST /_sandbox/clock` | `{offset_seconds}` |
//! | `POST /_sandbox/iam-delay` | `{seconds}` |
//! | `PUT /_sandbox/cluster` | `{domain, rates, nodes, zones, disk_bytes}`: only what is named changes; a rate of `null` copies at once |
//! | `POST /_sandbox/automated` | `{domain, repository}`: takes one of Amazon's own snapshots at once; answers `{snapshot}` |
//! | `PUT /_sandbox/running` | `{domain, repository, snapshot}` or `{domain, repository, restore}`; `DELETE` ends all |
//! | `GET`, `PUT /_sandbox/state` | everything |
//! | `GET`, `DELETE /_sandbox/states` | the last 64 states and that of now, the oldest first, each with its moment |

use serde::Deserialize;
use serde_json::{Value, json};

use super::faults::Fault;
use super::message::{Answer, Request};
use super::search_state::{Cluster, Rates};
use super::shared::Shared;
use super::state::{Auth, Domain, DomainState, Principal, Running, RunningKind, State};
use super::world::World;
use super::{ADMIN_HEADER, credentials, domain, identifiers, opensearch};

type Outcome = Result<Value, String>;

/// Answers an admin request.
pub(super) fn answer(world: &World, request: &Request) -> Answer {
    if request.header(ADMIN_HEADER) != Some("1") {
        return Answer::json(
            403,
            &json!({"error": format!("the header `{ADMIN_HEADER}: 1` is required")}),
        );
    }
    // A page under another name that resolves to loopback could send the header too.
    if !matches!(request.host_name().as_str(), "127.0.0.1" | "localhost") {
        return Answer::json(
            403,
            &json!({"error": "the host must be 127.0.0.1 or localhost"}),
        );
    }
    let path = request
        .raw_path
        .trim_end_matches('/')
        .strip_prefix("/_sandbox")
        .unwrap_or_default();
    let done = match (request.method.as_str(), path) {
        ("GET", "") => {
            Ok(json!({"name": "esbackup-sandbox", "version": env!("CARGO_PKG_VERSION")}))
        }
        ("GET", "/requests") => {
            serde_json::to_value(&world.lock().records).map_err(|error| error.to_string())
        }
        ("DELETE", "/requests") => {
            world.lock().records.clear();
            Ok(json!({}))
        }
        ("GET", "/writes") => Ok(json!({ "writes": world.lock().writes })),
        ("GET", "/faults") => {
            serde_json::to_value(world.lock().faults.list()).map_err(|error| error.to_string())
        }
        ("POST", "/faults") => add_faults(world, request),
        ("DELETE", "/faults") => {
            world.lock().faults.set(Vec::new());
            Ok(json!({}))
        }
        ("GET", "/held") => Ok(json!({ "held": world.lock().faults.held })),
        ("GET", "/state") => {
            serde_json::to_value(&*world.lock().state()).map_err(|error| error.to_string())
        }
        ("GET", "/states") => states(world),
        ("DELETE", "/states") => {
            world.lock().forget_states();
            Ok(json!({}))
        }
        ("PUT", "/state") => {
            body(request).and_then(|new: State| change(world, |state| *state = new))
        }
        ("POST", "/clock") => body(request)
            .and_then(|new: Clock| change(world, |s| s.clock_offset_seconds = new.offset_seconds)),
        ("POST", "/iam-delay") => body(request)
            .and_then(|new: IamDelay| change(world, |s| s.iam_delay_seconds = new.seconds)),
        ("POST", "/domains") => body(request).and_then(|new| add_domain(world, new)),
        ("POST", "/principals") => body(request).and_then(|new| add_principal(world, new)),
        ("PUT", "/cluster") => body(request).and_then(|new| set_cluster(world, new)),
        ("POST", "/automated") => body(request).and_then(|new| take_automated(world, &new)),
        ("PUT", "/running") => body(request).and_then(|new| run(world, new)),
        ("DELETE", "/running") => change(world, |state| {
            state
                .domains
                .iter_mut()
                .for_each(|domain| domain.running.clear())
        }),
        _ => return Answer::json(404, &json!({"error": "no such admin request"})),
    };
    match done {
        Ok(value) => Answer::json(200, &value),
        Err(error) => Answer::json(400, &json!({ "error": error })),
    }
}

fn body<T: for<'de> Deserialize<'de>>(request: &Request) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}

fn change(world: &World, act: impl FnOnce(&mut State)) -> Outcome {
    world
        .lock()
        .change(act)
        .map(|()| json!({}))
        .map_err(|error| error.to_string())
}

fn states(world: &World) -> Outcome {
    let states = world.lock().states();
    let told = states.iter().map(|(at, state)| {
        let state = serde_json::to_value(&**state).map_err(|error| error.to_string())?;
        Ok(json!({"at": at, "state": state}))
    });
    told.collect::<Result<Vec<Value>, _>>().map(Value::Array)
}

/// One fault or a list.
fn add_faults(world: &World, request: &Request) -> Outcome {
    let value: Value = body(request)?;
    let list = match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    let faults: Result<Vec<Fault>, _> = list.into_iter().map(serde_json::from_value).collect();
    let faults = faults.map_err(|error| error.to_string())?;
    let mut inner = world.lock();
    faults.into_iter().for_each(|fault| inner.faults.add(fault));
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    offset_seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IamDelay {
    seconds: i64,
}

/// A domain to make exist.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewDomain {
    account: String,
    region: String,
    name: String,
    #[serde(default)]
    endpoint_host: Option<String>,
    #[serde(default)]
    custom_endpoint: Option<String>,
    #[serde(default = "engine_version")]
    engine_version: String,
    #[serde(default = "service_software")]
    service_software: String,
    #[serde(default)]
    self_managed: bool,
    #[serde(default)]
    vpc: bool,
    #[serde(default)]
    cold_storage: bool,
    #[serde(default)]
    auth: Auth,
    #[serde(default)]
    fine_grained_access: bool,
    #[serde(default)]
    mapped: Vec<String>,
    #[serde(default)]
    all_access: Vec<String>,
    #[serde(default)]
    access_policy: Option<String>,
    #[serde(default)]
    state: DomainState,
    #[serde(default)]
    nodes: Option<u32>,
    #[serde(default)]
    zones: Option<u32>,
    #[serde(default)]
    rates: Rates,
    /// Whether it begins with sample indices.
    #[serde(default)]
    samples: bool,
}

fn engine_version() -> String {
    "OpenSearch_2.19".to_owned()
}

fn service_software() -> String {
    "OpenSearch_2_19_R20250425".to_owned()
}

/// Makes a domain exist; one that is there stays as it is, but for an endpoint that was said. Answers its endpoint host.
fn add_domain(world: &World, new: NewDomain) -> Outcome {
    let made = |state: &mut State| {
        let same = |held: &&mut Shared<Domain>| {
            held.account == new.account && held.region == new.region && held.name == new.name
        };
        if let Some(held) = state.domains.iter_mut().find(same) {
            if let Some(host) = new.endpoint_host {
                held.endpoint = host;
            }
            return held.endpoint.clone();
        }
        let endpoint = match new.endpoint_host {
            Some(host) => host,
            None => opensearch::endpoint(&new.account, &new.region, &new.name, new.vpc),
        };
        let created = state.now();
        let mut domain = Domain {
            account: new.account,
            region: new.region,
            name: new.name,
            endpoint: endpoint.clone(),
            engine_version: new.engine_version,
            service_software: new.service_software,
            self_managed: new.self_managed,
            vpc: new.vpc,
            cold_storage: new.cold_storage,
            custom_endpoint: new.custom_endpoint,
            auth: new.auth,
            fine_grained_access: new.fine_grained_access,
            mapped: new.mapped,
            all_access: new.all_access,
            access_policy: new.access_policy,
            state: new.state,
            created,
            repositories: Default::default(),
            running: Vec::new(),
            cluster: Cluster {
                nodes: new.nodes.unwrap_or(1).max(1),
                zones: new.zones.unwrap_or(1).max(1),
                rates: new.rates,
                ..Cluster::default()
            },
        };
        if new.samples {
            domain::samples::add(state, &mut domain);
        }
        state.domains.push(domain.into());
        endpoint
    };
    let endpoint = world
        .lock()
        .change(made)
        .map_err(|error| error.to_string())?;
    Ok(json!({ "endpoint": endpoint }))
}

/// A caller to make exist.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPrincipal {
    account: String,
    user: String,
    policy_documents: Vec<Value>,
    #[serde(default)]
    permissions_boundary: Option<Value>,
    #[serde(default)]
    session_policies: Vec<Value>,
    /// A role's session in place of a user: its ARN is `assumed-role/ROLE/USER` and it needs a session token.
    #[serde(default)]
    assumed_role: Option<String>,
    #[serde(default = "aws")]
    partition: String,
}

fn aws() -> String {
    "aws".to_owned()
}

/// Makes a caller exist and answers its access key; documents may be text or JSON.
fn add_principal(world: &World, new: NewPrincipal) -> Outcome {
    let (access_key_id, secret_access_key) = credentials::user_credentials(&new.account, &new.user);
    let text = |document: Value| match document {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let (partition, account, user) = (&new.partition, &new.account, &new.user);
    let arn = match &new.assumed_role {
        Some(role) => format!("arn:{partition}:sts::{account}:assumed-role/{role}/{user}"),
        None => format!("arn:{partition}:iam::{account}:user/{user}"),
    };
    let session_token = new
        .assumed_role
        .as_ref()
        .map(|role| identifiers::sha256_hex(format!("{role} {user}").as_bytes()));
    let principal = Principal {
        arn,
        access_key_id,
        secret_access_key,
        session_token,
        policy_documents: new.policy_documents.into_iter().map(text).collect(),
        permissions_boundary: new.permissions_boundary.map(text),
        session_policies: new.session_policies.into_iter().map(text).collect(),
    };
    let answer = json!({
        "arn": principal.arn,
        "access_key_id": principal.access_key_id,
        "secret_access_key": principal.secret_access_key,
        "session_token": principal.session_token,
    });
    change(world, |state| {
        drop(
            state
                .account(&new.account)
                .principals
                .insert(new.user, principal),
        )
    })?;
    Ok(answer)
}

/// What should run, and where.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRunning {
    domain: String,
    repository: String,
    #[serde(default)]
    snapshot: Option<String>,
    #[serde(default)]
    restore: Option<String>,
}

fn run(world: &World, new: NewRunning) -> Outcome {
    let (kind, snapshot) = match (new.snapshot, new.restore) {
        (Some(name), None) => (RunningKind::Snapshot, name),
        (None, Some(name)) => (RunningKind::Restore, name),
        _ => return Err("one of `snapshot` and `restore` is required".to_owned()),
    };
    let running = Running {
        repository: new.repository,
        kind,
        snapshot,
    };
    let started = |state: &mut State| {
        let domain = state
            .domains
            .iter_mut()
            .find(|domain| domain.name == new.domain);
        domain
            .map(|domain| domain.running.push(running))
            .ok_or_else(|| format!("there is no domain {}", new.domain))
    };
    world
        .lock()
        .change(started)
        .map_err(|error| error.to_string())??;
    Ok(json!({}))
}

/// What of a cluster should be another way.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCluster {
    domain: String,
    #[serde(default)]
    rates: Option<Rates>,
    #[serde(default)]
    nodes: Option<u32>,
    #[serde(default)]
    zones: Option<u32>,
    #[serde(default)]
    disk_bytes: Option<u64>,
}

fn set_cluster(world: &World, new: NewCluster) -> Outcome {
    let set = |state: &mut State| {
        let mut domains = state.domains.iter_mut();
        let held = domains.find(|domain| domain.name == new.domain);
        let cluster = &mut held
            .ok_or_else(|| format!("there is no domain {}", new.domain))?
            .cluster;
        cluster.rates = new.rates.unwrap_or(cluster.rates);
        cluster.nodes = new.nodes.unwrap_or(cluster.nodes).max(1);
        cluster.zones = new.zones.unwrap_or(cluster.zones).max(1);
        cluster.disk_bytes = new.disk_bytes.unwrap_or(cluster.disk_bytes);
        Ok::<_, String>(json!({}))
    };
    world
        .lock()
        .change(set)
        .map_err(|error| error.to_string())?
}

/// Where Amazon takes a snapshot.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAutomated {
    domain: String,
    #[serde(default = "encrypted")]
    repository: String,
}

fn encrypted() -> String {
    "cs-automated-enc".to_owned()
}

fn take_automated(world: &World, new: &NewAutomated) -> Outcome {
    let taken = world
        .lock()
        .change(|state| domain::take_automated(state, &new.domain, &new.repository))
        .map_err(|error| error.to_string())?;
    taken
        .map(|snapshot| json!({ "snapshot": snapshot }))
        .ok_or_else(|| format!("there is no domain {} of Amazon's", new.domain))
}
