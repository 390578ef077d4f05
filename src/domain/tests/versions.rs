//! Engine versions and limits as people and services write them.

use super::*;
use serde_json::json;

fn engine(kind: EngineKind, major: u32, minor: u32, patch: Option<u32>) -> Engine {
    Engine {
        kind,
        major,
        minor,
        patch,
    }
}

#[test]
fn versions_are_read_in_every_form_that_amazon_writes() {
    let read = |text| Engine::parse(text).unwrap();
    assert_eq!(
        read("OpenSearch_2.11"),
        engine(EngineKind::OpenSearch, 2, 11, None)
    );
    assert_eq!(
        read("Elasticsearch_7.10"),
        engine(EngineKind::Elasticsearch, 7, 10, None)
    );
    assert_eq!(read("6.8"), engine(EngineKind::Elasticsearch, 6, 8, None));
    assert_eq!(read("OpenSearch_3.1.0").to_string(), "OpenSearch 3.1.0");
    for wrong in [
        "",
        "OpenSearch",
        "OpenSearch_",
        "OpenSearch_2",
        "Solr_9.1",
        "2.x",
        "1.2.3.4",
        "OpenSearch_2.11_x",
        "-1.2",
    ] {
        assert!(Engine::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn versions_are_read_from_the_root_of_each_engine() {
    // OpenSearch 3.8.0 and Elasticsearch 6.8.23 as they answer `GET /`, shortened to what is read.
    let opensearch = json!({"name": "node-1", "version": {"distribution": "opensearch", "number": "3.8.0", "build_snapshot": false}});
    let elasticsearch = json!({"name": "node-1", "version": {"number": "6.8.23", "build_flavor": "oss", "build_type": "zip"}});
    assert_eq!(
        Engine::from_root(&opensearch),
        Ok(engine(EngineKind::OpenSearch, 3, 8, Some(0)))
    );
    assert_eq!(
        Engine::from_root(&elasticsearch),
        Ok(engine(EngineKind::Elasticsearch, 6, 8, Some(23)))
    );
    let beta = json!({"version": {"distribution": "opensearch", "number": "3.0.0-beta1-SNAPSHOT"}});
    assert_eq!(
        Engine::from_root(&beta),
        Ok(engine(EngineKind::OpenSearch, 3, 0, Some(0)))
    );
    for wrong in [
        json!({}),
        json!([]),
        json!({"version": {"number": 3}}),
        json!({"version": {"number": "x"}}),
    ] {
        assert!(Engine::from_root(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn limits_are_read_once_and_a_bad_one_is_named() {
    let lookup = |name: &str| match name {
        "ESBACKUP_ATTEMPT_TIMEOUT_MS" => Some(" 250 ".to_owned()),
        "ESBACKUP_BACKOFF_MS" => Some("1".to_owned()),
        _ => None,
    };
    let read = Limits::from_lookup(lookup).unwrap();
    let expected = Limits {
        attempt: Duration::from_millis(250),
        backoff: Duration::from_millis(1),
        ..Limits::default()
    };
    assert_eq!(read, expected);
    for bad in ["", "0", "-1", "1s", "99999999999"] {
        let error = Limits::from_lookup(|name| {
            (name == "ESBACKUP_TOTAL_TIMEOUT_MS").then(|| bad.to_owned())
        })
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "ESBACKUP_TOTAL_TIMEOUT_MS must be a number of milliseconds between 1 and 3600000"
        );
    }
}
