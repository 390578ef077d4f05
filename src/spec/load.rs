//! Files and folders become specs; every file is read whatever is wrong with the others, and none can stop or exhaust the program.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::diagnostic::{Diagnostic, Severity};
use super::parse::{Parsed, parse_located, too_large};
use super::source::Source;
use super::{Spec, fleet, yaml};
use crate::files;

/// The specs of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// One for each file, in the order in which they were named.
    pub specs: Vec<Spec>,
    /// What may not work, by file and line.
    pub warnings: Vec<Diagnostic>,
}

/// Reads files, and of folders every `*.yaml`, sorted, not recursive.
///
/// # Errors
/// Every problem of every file, by file and line, warnings included; at least one is an error.
pub fn load(paths: &[PathBuf]) -> Result<Loaded, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let mut parsed: Vec<Parsed> = Vec::new();
    let files = files(paths, &mut diagnostics);
    for file in &files {
        match load_file(file) {
            Ok(mut one) => {
                diagnostics.append(&mut one.warnings);
                parsed.push(one);
            }
            Err(mut problems) => diagnostics.append(&mut problems),
        }
    }
    diagnostics.extend(fleet::check(&parsed));
    let order = |file: &Path| files.iter().position(|known| known == file);
    diagnostics.sort_by_key(|found| (order(&found.place.file), found.place.line));
    if paths.is_empty() {
        diagnostics.push(Diagnostic::about_file(
            Path::new(""),
            "no spec was named",
            None,
        ));
    }
    if parsed.is_empty()
        || diagnostics
            .iter()
            .any(|found| found.severity == Severity::Error)
    {
        return Err(diagnostics);
    }
    Ok(Loaded {
        specs: parsed.into_iter().map(|one| one.spec).collect(),
        warnings: diagnostics,
    })
}

/// Returns the files to read, each once.
fn files(paths: &[PathBuf], diagnostics: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        let named = if path.is_dir() {
            folder(path, diagnostics)
        } else {
            vec![path.clone()]
        };
        // The same file by two names is one environment, not two that claim the same bucket.
        files.extend(
            named
                .into_iter()
                .filter(|file| seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone()))),
        );
    }
    files
}

fn folder(path: &Path, diagnostics: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let entries: io::Result<Vec<PathBuf>> = std::fs::read_dir(path).and_then(|entries| {
        entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect()
    });
    let mut files = match entries {
        Ok(entries) => entries,
        Err(error) => {
            diagnostics.push(Diagnostic::about_file(
                path,
                format!("the folder cannot be read: {error}"),
                None,
            ));
            return Vec::new();
        }
    };
    files.retain(|file| is_spec(file));
    files.sort();
    if files.is_empty() {
        let help = "a folder is its *.yaml files, without those in folders below it";
        diagnostics.push(Diagnostic::about_file(
            path,
            "no spec in this folder",
            Some(help),
        ));
    }
    files
}

fn is_spec(file: &Path) -> bool {
    let hidden = file
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    file.extension()
        .is_some_and(|extension| extension == "yaml")
        && !hidden
        && !file.is_dir()
}

fn load_file(file: &Path) -> Result<Parsed, Vec<Diagnostic>> {
    let bytes = read_file(file).map_err(|error| vec![unreadable(file, &error)])?;
    if bytes.len() > yaml::MAX_BYTES {
        return Err(vec![too_large(file)]);
    }
    let text = String::from_utf8(bytes).map_err(|error| vec![not_utf8(file, &error)])?;
    parse_located(file, &text, &read_file)
}

/// Reads a regular file, one byte more than a spec may have at most.
pub(super) fn read_file(file: &Path) -> io::Result<Vec<u8>> {
    files::regular(file, yaml::MAX_BYTES + 1)
}

fn unreadable(file: &Path, error: &io::Error) -> Diagnostic {
    match error.kind() {
        io::ErrorKind::NotFound => Diagnostic::about_file(file, "no such file", None),
        io::ErrorKind::PermissionDenied => {
            Diagnostic::about_file(file, "no permission to read the file", None)
        }
        _ => Diagnostic::about_file(file, format!("the file cannot be read: {error}"), None),
    }
}

fn not_utf8(file: &Path, error: &std::string::FromUtf8Error) -> Diagnostic {
    let valid = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes());
    let source = Source::new(file, &text);
    let place = source.place(
        &(valid..valid + 1),
        "this byte is not part of any UTF-8 character",
    );
    let help = Some("save the file as UTF-8".to_owned());
    Diagnostic {
        severity: Severity::Error,
        title: "the file is not UTF-8".to_owned(),
        place,
        related: Vec::new(),
        help,
    }
}
