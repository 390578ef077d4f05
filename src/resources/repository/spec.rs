//! What a spec says about the snapshot repository; settings with a key of their own never stand in `settings`.

use super::settings;
use crate::yaml::environment::Environment;
use crate::yaml::fields::Fields;
use std::collections::BTreeMap;

use crate::names::{BasePath, RepositoryName};
use crate::resources::management::Management;

/// The `repository` of a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositorySpec {
    /// Name of the repository on the domain.
    pub name: RepositoryName,
    /// Prefix of its objects; the bucket's root when absent.
    pub base_path: Option<BasePath>,
    /// S3 endpoint, where the domain's default does not do.
    pub endpoint: Option<String>,
    /// Whether the domain may only read from it.
    pub readonly: bool,
    /// The old switch for SSE-S3, sent only when the spec says it.
    pub server_side_encryption: Option<bool>,
    /// Further documented settings by their own names, as the engine echoes them: strings.
    pub settings: BTreeMap<String, String>,
    /// Whether every node must prove that it can use the repository.
    pub verify: bool,
    /// Whether esbackup registers and changes it.
    pub management: Management,
}

/// Reads the `repository` of a spec.
pub(crate) fn read(fields: &Fields<'_>, environment: &Environment<'_>) -> Option<RepositorySpec> {
    let management = Management::read(fields);
    let name = fields.parsed("name", RepositoryName::parse);
    let settings = fields
        .entry("settings")
        .map(|entry| settings::read(fields, entry, environment));
    Some(RepositorySpec {
        base_path: base_path(fields),
        endpoint: fields.parsed("endpoint", s3_endpoint),
        readonly: fields.boolean("readonly").unwrap_or(false),
        server_side_encryption: fields.boolean("server_side_encryption"),
        settings: settings.unwrap_or_default(),
        verify: fields.boolean("verify").unwrap_or(true),
        name: name?,
        management,
    })
}

fn base_path(fields: &Fields<'_>) -> Option<BasePath> {
    let text = fields.text("base_path")?;
    match BasePath::parse(text) {
        Ok(path) => Some(path),
        Err(rule) => {
            let trimmed = BasePath::parse(text.trim_matches('/'))
                .ok()
                .map(|path| format!("did you mean `{path}`?"));
            fields.invalid("base_path", &rule.to_string(), trimmed);
            None
        }
    }
}

/// Checks the endpoint that the domain uses for S3: a host such as `s3.amazonaws.com`, or its URL.
fn s3_endpoint(text: &str) -> Result<String, &'static str> {
    let url = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    match crate::domain::Endpoint::parse(&url) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("an S3 endpoint is a host such as s3.amazonaws.com, or https:// and a host"),
    }
}
