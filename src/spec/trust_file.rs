//! The trust file: what an operator vouches for, as strict as a spec, and never in the folder of one.

use std::path::{Path, PathBuf};

use super::keys;
use super::load::read_file;
use super::parse::{root_of, too_large};
use crate::domain::SERVERLESS;
use crate::domain::endpoint::{bare_host, is_serverless};
use crate::trust::is_variable;
use crate::trust::{Grant, paths};
use crate::yaml::diagnostic::Diagnostic;
use crate::yaml::fields::Fields;
use crate::yaml::reader::Reader;
use crate::yaml::source::Source;
use crate::yaml::tree;

/// Reads a trust file. `folders` are those of the specs, without symbolic links: whoever may change a spec must not be able to change this.
///
/// # Errors
/// Every problem of the file, by line.
pub(crate) fn read(file: &Path, folders: &[PathBuf]) -> Result<Vec<Grant>, Vec<Diagnostic>> {
    let problem = |title: String, help: Option<&str>| {
        let about = Diagnostic::about_file(file, title, help);
        Err(vec![about])
    };
    let Some(real) = paths::resolved(file) else {
        return problem("the trust file cannot be read".to_owned(), None);
    };
    // Both where it lies and where a link to it lies: either can be changed by whoever changes the specs.
    let link = paths::resolved(paths::folder_of(file));
    let inside = |folder: &&PathBuf| {
        real.starts_with(folder) || link.as_ref().is_some_and(|link| link.starts_with(folder))
    };
    if let Some(folder) = folders.iter().find(inside) {
        let title = format!(
            "the trust file lies in the folder of the specs, {}",
            folder.display()
        );
        let help = "whoever changes a spec there could trust himself: put the trust file elsewhere, where only you can write";
        return problem(title, Some(help));
    }
    let bytes = match read_file(file) {
        Ok(bytes) => bytes,
        Err(error) => return problem(format!("the trust file cannot be read: {error}"), None),
    };
    if bytes.len() > tree::MAX_BYTES {
        return Err(vec![too_large(file)]);
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return problem("the trust file is not UTF-8".to_owned(), None);
    };
    let source = Source::new(file, &text);
    let help = "a trust file is `version: 1` and lists under endpoint, env, path and ca";
    let root = root_of(&source, help)?;
    let reader = Reader::new(&source, &keys::TRUST_FILE);
    let start = 0..0;
    let fields = reader.open(&root, &start, &keys::TRUST_FILE);
    let grants = fields.as_ref().map(|fields| grants(fields, file));
    drop(fields);
    let problems = reader.finish();
    match grants {
        Some(grants) if problems.is_empty() => Ok(grants),
        _ => Err(problems),
    }
}

fn grants(fields: &Fields<'_>, file: &Path) -> Vec<Grant> {
    super::parse::version(fields);
    let folder = paths::absolute(paths::folder_of(file));
    let path = |text: &str| match text.is_empty() {
        true => Err("must be a path"),
        false => Ok(folder.join(text)),
    };
    let hosts = fields.parsed_list("endpoint", |_, text| match is_serverless(text) {
        true => Err(SERVERLESS),
        false => bare_host(text)
            .map(Grant::Endpoint)
            .ok_or("must be a host name or an address alone, without scheme, port and path"),
    });
    let variables = fields.parsed_list("env", |_, text| match is_variable(text) {
        true => Ok(Grant::Env(text.to_owned())),
        false => Err("must be the name of an environment variable"),
    });
    let read = fields.parsed_list("path", |_, text| path(text).map(Grant::Path));
    let authorities = fields.parsed_list("ca", |_, text| path(text).map(Grant::Ca));
    [hosts, variables, read, authorities]
        .into_iter()
        .flatten()
        .flatten()
        .collect()
}
