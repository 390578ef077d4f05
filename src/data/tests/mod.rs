//! What four real engines answered: bodies as they came, for the tests of what reads them. No test here asks an engine.

use serde_json::Value;

/// One engine's answers by what was asked; a snapshot `full`, one that is `part`, an index that is `lost` to every node, a closed one
/// (`shut`), and a slow snapshot and restore of `big`.
pub(super) struct Captures {
    /// The engine.
    pub engine: &'static str,
    answers: Value,
}

impl Captures {
    /// The engines, oldest first.
    pub(super) fn all() -> Vec<Self> {
        let read = |engine, text| Self {
            engine,
            answers: serde_json::from_str(text).unwrap(),
        };
        vec![
            read(
                "Elasticsearch 6.8.23",
                include_str!("elasticsearch-6.8.23.json"),
            ),
            read(
                "Elasticsearch 7.10.2",
                include_str!("elasticsearch-7.10.2.json"),
            ),
            read("OpenSearch 2.19.4", include_str!("opensearch-2.19.4.json")),
            read("OpenSearch 3.8.0", include_str!("opensearch-3.8.0.json")),
        ]
    }

    /// The answer to one question.
    #[track_caller]
    pub(super) fn answer(&self, question: &str) -> &Value {
        self.answers.get(question).unwrap()
    }

    /// Whether metadata and data streams exist there.
    pub(super) fn is_old(&self) -> bool {
        self.engine == "Elasticsearch 6.8.23"
    }
}
