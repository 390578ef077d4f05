//! What goes into a snapshot beside closed and warm indices, and what is refused before anything is sent.

use super::*;
use crate::data::index::Health;
use crate::domain::EngineKind;
use crate::names::EnvironmentName;

fn index(name: &str, open: bool) -> (Index, BTreeSet<String>) {
    let index = Index {
        name: name.to_owned(),
        uuid: format!("id-of-{name}"),
        health: Some(Health::Green),
        open,
        primaries: 1,
        replicas: 0,
        docs: Some(1),
        bytes: None,
        primary_bytes: None,
        created: None,
    };
    (index, BTreeSet::new())
}

fn facts(indices: Vec<(Index, BTreeSet<String>)>) -> Facts {
    Facts {
        engine: Engine::with_version(EngineKind::OpenSearch, "2.19"),
        indices: Some(indices),
        streams: Some(BTreeMap::new()),
        warm: Some(BTreeSet::new()),
        ..Facts::default()
    }
}

fn wanted(indices: &str) -> Wanted {
    Wanted {
        repository: RepositoryName::parse("r").unwrap(),
        readonly: false,
        name: SnapshotName::parse("s").unwrap(),
        indices: Expression::parse(&[indices]).unwrap(),
        ignore_unavailable: false,
        include_global_state: false,
        partial: false,
        archive: false,
        keeps_metadata: true,
        metadata: snapshot::mark(&EnvironmentName::parse("e").unwrap(), "me"),
        timeout: None,
        wait_for_running: Duration::ZERO,
    }
}

fn sent(prepared: &Prepared) -> serde_json::Value {
    let Call::Snapshot(call) = &prepared.steps[0].call else {
        panic!("no snapshot")
    };
    call.request().body.unwrap()
}

fn refused(prepared: &Prepared) -> String {
    prepared
        .obstacles
        .iter()
        .map(|one| format!("{}; {}", one.what, one.remedy))
        .collect()
}

#[test]
fn closed_index_that_is_left_out_is_named_with_the_way() {
    let facts = facts(vec![index("a", true), index("shut", false)]);
    let prepared = prepare(&wanted("*"), &facts);
    assert_eq!(
        prepared.notes[1],
        "left out, since closed: shut; a pattern takes no closed index, its name does: --indices '*,shut'"
    );
    assert_eq!(
        sent(&prepare(&wanted("*,shut"), &facts))["indices"],
        "*,shut"
    );
}

#[test]
fn closed_index_that_is_named_is_refused_before_7_2() {
    for (engine, refuses) in [
        ("6.8", true),
        ("7.1", true),
        ("7.2", false),
        ("7.10", false),
    ] {
        let facts = Facts {
            engine: Engine::with_version(EngineKind::Elasticsearch, engine),
            ..facts(vec![index("a", true), index("shut", false)])
        };
        let text = refused(&prepare(&wanted("a,shut"), &facts));
        assert_eq!(
            text.contains("takes no snapshot of a closed index: shut"),
            refuses,
            "{engine}"
        );
        assert_eq!(prepare(&wanted("*"), &facts).obstacles, [], "{engine}");
    }
}

/// Hot `a` and `b`, warm `w1` and `w2`.
fn warm() -> Facts {
    Facts {
        warm: Some(["w1", "w2"].map(str::to_owned).into()),
        ..facts(["a", "b", "w1", "w2"].map(|name| index(name, true)).into())
    }
}

#[test]
fn warm_indices_are_left_out_of_patterns_and_told() {
    for text in ["*", "*,-none*"] {
        let prepared = prepare(&wanted(text), &warm());
        assert_eq!(sent(&prepared)["indices"], "a,b", "{text}");
        assert!(prepared.notes[0].starts_with("left out, since in UltraWarm storage: w1, w2"));
        assert_eq!(prepared.notes[1], "2 indices go into it: a, b");
        assert_eq!(prepared.obstacles, []);
    }
    let only_warm = refused(&prepare(&wanted("w*"), &warm()));
    assert!(
        only_warm.contains("w* means indices in UltraWarm storage only"),
        "{only_warm}"
    );
}

#[test]
fn mix_of_hot_and_warm_indices_is_refused_with_the_ways() {
    for text in ["a,w1", "a*,w1", "w1,w2"] {
        let text = refused(&prepare(&wanted(text), &warm()));
        assert!(
            text.contains("never both") && text.contains("--indices w1"),
            "{text}"
        );
    }
    let one = prepare(&wanted("w1"), &warm());
    assert_eq!(
        (sent(&one)["indices"].clone(), one.obstacles),
        ("w1".into(), vec![])
    );
}

#[test]
fn stream_with_a_warm_backing_index_is_taken_without_its_stream() {
    let backing = [".ds-s-000001", ".ds-s-000002"];
    let facts = Facts {
        streams: Some([("s".to_owned(), backing.map(str::to_owned).to_vec())].into()),
        warm: Some([backing[0].to_owned()].into()),
        ..facts(backing.map(|name| index(name, true)).into())
    };
    let prepared = prepare(&wanted("*"), &facts);
    assert_eq!(sent(&prepared)["indices"], ".ds-s-000002");
    assert!(
        prepared
            .notes
            .iter()
            .any(|note| note.contains("without their stream"))
    );
    assert!(refused(&prepare(&wanted("s"), &facts)).contains("never both"));
}

#[test]
fn metadata_names_the_aliases_of_what_is_taken() {
    let mut a = index("a", true);
    a.1.insert("all".to_owned());
    let facts = Facts {
        writers: [("all".to_owned(), BTreeSet::from(["a".to_owned()]))].into(),
        ..facts(vec![a, index("b", true)])
    };
    assert_eq!(
        sent(&prepare(&wanted("*"), &facts))["metadata"]["aliases"],
        "all=a>"
    );
    assert!(
        sent(&prepare(&wanted("b"), &facts))["metadata"]
            .get("aliases")
            .is_none()
    );
}
