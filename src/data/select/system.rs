//! The indices that engines, their plugins and their dashboards keep for themselves: restoring them breaks logins and settings.

use crate::names::wildcard::matches;

/// Patterns of indices that belong to the system.
///
/// - What Amazon says to leave out of a restore, `.kibana*`, `.opendistro*`, `.opensearch*` and `.plugins-*`:
///   <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshot-restore.html>
/// - What the security plugin of OpenSearch protects, `.ql-datasources`, `.replication-metadata-store`, `.geospatial-*` and again the ones above:
///   <https://github.com/opensearch-project/security/blob/main/src/main/java/org/opensearch/security/tools/democonfig/SecuritySettingsConfigurer.java>
/// - What its SQL plugin keeps, `.async-query*`, `.query_execution_request*` and `.spark-request-buffer*`:
///   <https://github.com/opensearch-project/sql>
/// - What Elasticsearch and Kibana keep, from `.apm-*` to `.watches`, which Elasticsearch restores as feature states only:
///   <https://www.elastic.co/docs/manage-data/migrate/migrate-internal-indices>
const PATTERNS: [&str; 27] = [
    ".apm-*",
    ".async-query*",
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
    ".spark-request-buffer*",
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
