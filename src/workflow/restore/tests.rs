//! What is chosen, what stands in the way, and what is sent.

mod aliases;
mod resuming;
mod streams;

use serde_json::json;

use super::*;
use crate::data::Check;
use crate::data::index::{IndexHealth, Recovery};
use crate::data::snapshot;
use crate::domain::EngineKind;
use crate::failure::Class;
use crate::moment::Moment;
use crate::resources::Call;
use crate::workflow::{Obstacle, Question};

fn snapshot(name: &str, indices: &[&str]) -> Snapshot {
    Snapshot {
        name: name.to_owned(),
        uuid: format!("id-of-{name}"),
        state: State::Success,
        started: Moment::from_millis(1_000),
        ended: None,
        indices: indices.iter().collect(),
        data_streams: Vec::new(),
        shards: snapshot::Shards::default(),
        failures: Vec::new(),
        global_state: None,
        engine: Engine::with_version(EngineKind::OpenSearch, "2.19.4"),
        metadata: BTreeMap::new(),
        reason: None,
    }
}

fn wanted(indices: &[&str]) -> Wanted {
    Wanted {
        repository: "r".to_owned(),
        indices: Expression::parse(indices).unwrap(),
        system: SystemIndices::LeftOut,
        rename: None,
        include_aliases: false,
        without_aliases: false,
        include_global_state: false,
        index_settings: Map::new(),
        ignore_index_settings: Vec::new(),
        partial: false,
        existing: Existing::Keep,
        timeout: Some(Duration::from_secs(60)),
        consent: Consent::Options,
    }
}

fn index(name: &str) -> Index {
    Index {
        name: name.to_owned(),
        uuid: format!("id-of-{name}"),
        health: Some(Health::Green),
        open: true,
        primaries: 1,
        replicas: 1,
        docs: Some(5),
        bytes: Some(200),
        primary_bytes: Some(100),
        created: None,
    }
}

fn attribute(node: &str, name: &str, value: &str) -> Attribute {
    Attribute {
        node: node.to_owned(),
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn facts() -> Facts {
    Facts {
        engine: Engine::with_version(EngineKind::OpenSearch, "2.19"),
        indices: Vec::new(),
        aliases: BTreeMap::new(),
        writers: BTreeMap::new(),
        data_streams: BTreeSet::new(),
        health: ClusterHealth {
            health: Health::Green,
            data_nodes: 2,
            initializing: 0,
            unassigned: 0,
        },
        disks: Ok(vec![Disk {
            node: "n1".to_owned(),
            free: 1_000,
            total: 2_000,
        }]),
        watermark: Watermark::DEFAULT,
        attributes: Ok(vec![
            attribute("n1", "_name", "n1"),
            attribute("n1", "box", "hot"),
        ]),
        sizes: Ok([("logs-1", 100), ("logs-2", 100)]
            .map(|(name, bytes)| (name.to_owned(), bytes))
            .into()),
        settings: BTreeMap::new(),
    }
}

fn prepared(wanted: &Wanted, snapshot: &Snapshot, facts: &Facts) -> Prepared {
    prepare(wanted, snapshot, &scope(wanted, snapshot), facts)
}

fn obstacles(prepared: &Prepared) -> Vec<&str> {
    prepared
        .obstacles
        .iter()
        .map(|one| one.what.as_str())
        .collect()
}

fn guards(prepared: &Prepared) -> Vec<String> {
    let raised = prepared.raised.iter();
    raised
        .map(|one| format!("{}={}", one.word.as_str(), one.target))
        .collect()
}

#[test]
fn exact_names_are_sent_and_every_one_is_looked_for_right_before() {
    let one = snapshot("one", &["logs-1", "logs-2", ".kibana_1"]);
    let mut wanted = wanted(&["logs-*"]);
    wanted.rename = Some(Rename::prefix("r-").unwrap());
    let prepared = prepared(&wanted, &one, &facts());
    assert_eq!(
        (obstacles(&prepared), prepared.notes.clone()),
        (vec![], vec![])
    );
    let [step] = prepared.steps.as_slice() else {
        panic!("{:?}", prepared.steps)
    };
    let Call::Snapshot(call) = &step.call else {
        panic!("{:?}", step.call)
    };
    assert_eq!(
        call.request().body,
        Some(json!({
            "indices": "logs-1,logs-2",
            "include_global_state": false,
            "include_aliases": false,
            "partial": false,
            "rename_pattern": "^(.*)$",
            "rename_replacement": "r-$1",
            "ignore_index_settings": ["index.blocks.write"],
        }))
    );
    let absent = step.before.iter().filter(|check| {
        matches!(
            check,
            crate::resources::Check::Data(Check::IndexAbsent { .. })
        )
    });
    assert_eq!(absent.count(), 2);
}

#[test]
fn the_latest_is_the_newest_good_one_that_holds_everything_asked_for() {
    let at = |mut one: Snapshot, millis: i64| {
        one.started = Moment::from_millis(millis);
        one
    };
    let mut partial = at(snapshot("partial", &["logs-1", "logs-2"]), 5_000);
    partial.state = State::Partial;
    let all = [
        at(snapshot("both", &["logs-1", "logs-2"]), 2_000),
        at(snapshot("old", &["logs-1", "logs-2"]), 1_000),
        at(snapshot("one", &["logs-1", ".kibana_1"]), 3_000),
        at(snapshot("empty", &[]), 4_000),
        partial,
    ];
    let newest = |indices: &[&str]| newest(&wanted(indices), &all).map(|one| one.name.as_str());
    assert_eq!(
        [
            newest(&[]),
            newest(&["logs-1"]),
            newest(&["logs-1,logs-2"]),
            newest(&["logs-2*", "logs-1"]),
            newest(&["logs-3"]),
            newest(&["metrics-*", "logs-1"]),
            newest(&[".kibana_1"]),
        ],
        [
            Some("one"),
            Some("one"),
            Some("both"),
            Some("both"),
            None,
            None,
            None
        ]
    );
}

#[test]
fn what_is_not_in_the_snapshot_is_said_with_what_is_like_it() {
    let one = snapshot("one", &["logs-1", "logs-2", "metrics"]);
    let prepared = prepared(&wanted(&["logs-3", "trace*"]), &one, &facts());
    let said: Vec<(&str, &str)> = prepared
        .obstacles
        .iter()
        .map(|one| (one.what.as_str(), one.remedy.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (
                "snapshot one does not hold index logs-3",
                "it holds logs-1, logs-2"
            ),
            (
                "snapshot one holds no index that is like trace*",
                "`esbackup snapshot show one --repository r` lists what it holds"
            ),
        ]
    );
    assert_eq!(prepared.steps, []);
}

#[test]
fn system_indices_come_back_only_by_name_with_a_flag_and_past_their_guard() {
    let one = snapshot("one", &["logs-1", ".kibana_1"]);
    let all = prepared(&wanted(&[]), &one, &facts());
    assert_eq!(
        all.notes,
        ["left out, since they belong to the engine or to its security: .kibana_1"]
    );
    let mut named = wanted(&[".kibana_1"]);
    let refused = prepared(&named, &one, &facts());
    assert_eq!(
        obstacles(&refused),
        ["index .kibana_1 belongs to the engine or to its security"]
    );
    named.system = SystemIndices::Named;
    assert_eq!(
        guards(&prepared(&named, &one, &facts())),
        ["system-index=index..kibana_1"]
    );
}

#[test]
fn whatever_has_a_name_already_stands_in_the_way() {
    let one = snapshot("one", &["logs-1", "logs-2", "logs-3", "logs-4"]);
    let mut facts = facts();
    facts.indices = vec![index("logs-1"), index("logs-2"), index("other")];
    facts.indices[1].open = false;
    facts.aliases = [("other".to_owned(), ["logs-3".to_owned()].into())].into();
    facts.data_streams = ["logs-4".to_owned()].into();
    let prepared = prepared(&wanted(&[]), &one, &facts);
    assert_eq!(
        obstacles(&prepared),
        [
            "logs-3 is an alias of other",
            "logs-4 is a data stream",
            "index logs-1 is open",
            "index logs-2 is closed, and a restore would overwrite it",
        ]
    );
    assert!(
        prepared
            .obstacles
            .iter()
            .all(|one| one.class == Class::Refused)
    );
}

#[test]
fn closing_needs_consent_and_checks_the_very_index() {
    let one = snapshot("one", &["logs-1"]);
    let mut facts = facts();
    facts.indices = vec![index("logs-1")];
    let mut wanted = wanted(&[]);
    wanted.existing = Existing::Close;
    let closing = prepared(&wanted, &one, &facts);
    assert_eq!(guards(&closing), ["replace=index.logs-1"]);
    let calls: Vec<String> = closing
        .steps
        .iter()
        .map(|step| step.call.describe())
        .collect();
    assert_eq!(
        calls,
        ["close index logs-1", "start restoring logs-1 from one"]
    );
    wanted.consent = Consent::Typed;
    let typed = prepared(&wanted, &one, &facts);
    assert_eq!(guards(&typed), Vec::<String>::new());
    assert!(matches!(typed.question, Question::Typed { ref name, .. } if name == "logs-1"));
}

#[test]
fn only_states_that_can_be_restored_are() {
    let said = |state: State, partial: bool| {
        let mut one = snapshot("one", &["logs-1"]);
        one.state = state;
        let mut wanted = wanted(&[]);
        wanted.partial = partial;
        obstacles(&prepared(&wanted, &one, &facts())).join("; ")
    };
    assert_eq!(
        [
            said(State::Success, false),
            said(State::Partial, false),
            said(State::Partial, true),
            said(State::Failed, true),
            said(State::InProgress, true),
            said(State::Incompatible, true),
            said(State::Other("ODD".to_owned()), true),
        ],
        [
            "",
            "snapshot one is PARTIAL, although no shard of the indices asked for is missing in it",
            "",
            "snapshot one is FAILED",
            "snapshot one is IN_PROGRESS",
            "snapshot one is INCOMPATIBLE",
            "snapshot one is ODD",
        ]
    );
}

#[test]
fn engines_take_one_generation_back_and_nothing_from_a_later_one() {
    let engine = |text: &str| Engine::parse(text).ok();
    let verdict = |took: &str, has: &str| {
        let mut prepared = Prepared::default();
        super::engine::check(engine(took), engine(has), &mut prepared);
        (prepared.obstacles.len(), prepared.notes.len())
    };
    let (fine, told, refused) = ((0, 0), (0, 1), (1, 0));
    let table = [
        ("Elasticsearch_6.8", "Elasticsearch_6.8", fine),
        ("Elasticsearch_6.8", "Elasticsearch_7.10", told),
        ("Elasticsearch_5.6", "Elasticsearch_7.10", refused),
        ("Elasticsearch_7.10", "Elasticsearch_7.4", refused),
        ("Elasticsearch_7.10", "Elasticsearch_6.8", refused),
        ("Elasticsearch_6.8", "OpenSearch_1.3", told),
        ("Elasticsearch_7.10", "OpenSearch_1.3", fine),
        ("Elasticsearch_7.10", "OpenSearch_2.19", told),
        ("Elasticsearch_7.10", "OpenSearch_3.1", refused),
        ("Elasticsearch_6.8", "OpenSearch_2.19", refused),
        ("OpenSearch_1.3", "OpenSearch_2.19", told),
        ("OpenSearch_1.3", "OpenSearch_3.1", refused),
        ("OpenSearch_2.19", "OpenSearch_3.1", told),
        ("OpenSearch_2.19", "OpenSearch_2.11", refused),
        ("OpenSearch_1.0", "Elasticsearch_7.10", refused),
        ("nonsense!", "OpenSearch_2.11", told),
    ];
    for (took, has, expected) in table {
        assert_eq!((took, has, verdict(took, has)), (took, has, expected));
    }
}

#[test]
fn a_red_domain_is_guarded_unless_the_red_index_is_the_one_that_comes_back() {
    let one = snapshot("one", &["logs-1"]);
    let mut facts = facts();
    facts.health.health = Health::Red;
    facts.indices = vec![index("logs-1")];
    facts.indices[0].health = Some(Health::Red);
    let mut wanted = wanted(&[]);
    wanted.rename = Some(Rename::prefix("r-").unwrap());
    assert_eq!(
        guards(&prepared(&wanted, &one, &facts)),
        ["red=domain.health"]
    );
    wanted.rename = None;
    wanted.existing = Existing::Close;
    let closing = prepared(&wanted, &one, &facts);
    assert_eq!(guards(&closing), ["replace=index.logs-1"]);
    assert_eq!(
        closing.notes,
        ["the domain is red because of what is restored now"]
    );
}

#[test]
fn room_is_what_the_disks_take_before_their_watermark() {
    let one = snapshot("one", &["logs-1", "logs-2"]);
    let said = |free: u64, watermark: Watermark| {
        let mut facts = facts();
        facts.watermark = watermark;
        facts.disks = Ok(vec![Disk {
            node: "n1".to_owned(),
            free,
            total: 2_000,
        }]);
        let prepared = prepared(&wanted(&[]), &one, &facts);
        (guards(&prepared), prepared.notes.len())
    };
    let space = vec!["space=domain.disks".to_owned()];
    assert_eq!(said(700, Watermark::DEFAULT), (vec![], 0));
    assert_eq!(said(600, Watermark::DEFAULT), (vec![], 1));
    assert_eq!(said(499, Watermark::DEFAULT), (space, 0));
    assert_eq!(said(400, Watermark::Off), (vec![], 0));
    let mut unknown = facts();
    unknown.disks = Err("no permission".to_owned());
    assert_eq!(
        prepared(&wanted(&[]), &one, &unknown).notes,
        ["whether the disks have room for it was not looked at: no permission"]
    );
}

#[test]
fn allocation_settings_that_no_node_meets_are_foreseen_and_can_be_left_out() {
    let one = snapshot("one", &["logs-1"]);
    let mut facts = facts();
    let set = |value: &str| {
        let name = "index.routing.allocation.require.box".to_owned();
        let settings: Map<String, Value> = [(name, json!(value))].into_iter().collect();
        BTreeMap::from([("logs-1".to_owned(), settings)])
    };
    let mut wanted = wanted(&[]);
    wanted.rename = Some(Rename::prefix("r-").unwrap());
    facts.settings = set("hot,warm");
    assert_eq!(
        obstacles(&prepared(&wanted, &one, &facts)),
        Vec::<&str>::new()
    );
    facts.settings = set("cold");
    assert_eq!(
        obstacles(&prepared(&wanted, &one, &facts)),
        ["no node meets the allocation settings of logs-1: index.routing.allocation.require.box"]
    );
    wanted.ignore_index_settings = vec!["index.routing.allocation.*".to_owned()];
    assert_eq!(
        obstacles(&prepared(&wanted, &one, &facts)),
        Vec::<&str>::new()
    );
}

#[test]
fn replicas_that_no_nodes_or_zones_hold_are_told() {
    let one = snapshot("one", &["logs-1"]);
    let mut facts = facts();
    facts.attributes = Ok(["a", "b", "c"]
        .map(|zone| attribute(zone, "zone", zone))
        .into());
    let mut wanted = wanted(&[]);
    wanted.index_settings = [("index.number_of_replicas".to_owned(), json!(3))]
        .into_iter()
        .collect();
    assert_eq!(
        prepared(&wanted, &one, &facts).notes,
        [
            "2 data node(s) cannot hold all replicas of logs-1: it stays yellow; --index-settings index.number_of_replicas=1 avoids that",
            "the nodes are in 3 zones, and a domain that balances them refuses the number of replicas of logs-1: --index-settings \
             index.number_of_replicas=2",
        ]
    );
}

#[test]
fn a_global_state_that_the_snapshot_lacks_stands_in_the_way() {
    let wanted = Wanted {
        include_global_state: true,
        ..wanted(&["logs-1"])
    };
    let told = |global_state| {
        let snapshot = Snapshot {
            global_state,
            ..snapshot("s1", &["logs-1"])
        };
        let prepared = prepared(&wanted, &snapshot, &facts());
        (obstacles(&prepared).join(""), prepared.notes.len())
    };
    let lacks = "snapshot s1 holds no global state".to_owned();
    assert_eq!(told(Some(false)), (lacks, 0));
    assert_eq!(told(Some(true)), (String::new(), 1));
    assert_eq!(told(None), (String::new(), 1));
}
