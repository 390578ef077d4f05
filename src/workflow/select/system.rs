//! The indices that engines, their plugins and their dashboards keep for themselves: restoring them breaks logins and settings.

use super::matches;

/// Patterns of indices that belong to the system.
///
/// - Amazon: "all indexes except `.kibana` and `.opendistro_security`", later also `.opensearch-observability` and `.plugins-ml-config`:
///   <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshot-restore.html>
/// - `.opendistro-*` of alerting, anomaly detection, reports and the others, `.plugins-*`, `.opensearch-*`, `.ql-datasources`,
///   `.replication-metadata-store`, `.geospatial-*`: `plugins.security.system_indices.indices` of
///   <https://github.com/opensearch-project/security/blob/main/tools/install_demo_configuration.sh>
/// - `.tasks`: <https://github.com/opensearch-project/OpenSearch/blob/main/server/src/main/java/org/opensearch/tasks/TaskResultsService.java>
/// - `.security*`, `.kibana*`, `.apm-*`, `.watches`, `.triggered_watches`, `.ml-*`, `.transform-*`, `.data-frame-*`, `.async-search`,
///   `.fleet-*`, `.reporting-*`, `.slm-history*`, `.ilm-history*`, `.enrich-*`: the system indices of Elasticsearch,
///   <https://www.elastic.co/guide/en/elasticsearch/reference/7.17/system-indices.html>
const PATTERNS: [&str; 25] = [
    ".apm-*",
    ".async-search*",
    ".data-frame-*",
    ".enrich-*",
    ".fleet-*",
    ".geospatial-*",
    ".ilm-history*",
    ".kibana*",
    ".ml-*",
    ".opendistro*",
    ".opensearch*",
    ".plugins-*",
    ".ql-datasources*",
    ".query_execution_request*",
    ".replication-metadata-store*",
    ".reporting-*",
    ".scheduler-*",
    ".searchguard*",
    ".security*",
    ".slm-history*",
    ".tasks",
    ".transform-*",
    ".triggered_watches*",
    ".watcher-history*",
    ".watches*",
];

/// Whether an index belongs to the system, so that it is never restored with the others. Backing indices of data streams and other
/// hidden indices of people do not.
#[must_use]
pub fn is_system(name: &str) -> bool {
    PATTERNS.iter().any(|pattern| matches(pattern, name))
}
