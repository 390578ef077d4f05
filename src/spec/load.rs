//! Files and folders become specs; every file is read whatever is wrong with the others, and none can stop or exhaust the program.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::parse::{Parsed, parse_located, too_large};
use super::{Spec, fleet};
use crate::files;
use crate::trust::{Grant, Trust, Want, paths};
use crate::yaml::diagnostic::{Diagnostic, Severity};
use crate::yaml::environment::Trusted;
use crate::yaml::source::Source;
use crate::yaml::tree;

/// The specs of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// One for each file, in the order in which they were named.
    pub specs: Vec<Spec>,
    /// What may not work, by file and line.
    pub warnings: Vec<Diagnostic>,
}

/// Reads files, and of folders every `*.yaml` and `*.yml`, sorted, not recursive. What a spec names and `trust` does not vouch for is an error, and
/// nothing of it is read.
///
/// # Errors
/// Every problem of every file, by file and line, warnings included; at least one is an error.
pub fn load(paths: &[PathBuf], trust: &Trust) -> Result<Loaded, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let mut parsed: Vec<Parsed> = Vec::new();
    let found = files(paths, trust, &mut diagnostics);
    let files: Vec<&Path> = found.iter().map(|found| found.file.as_path()).collect();
    for Found { file, folder } in &found {
        let trusted = Trusted { trust, folder };
        match load_file(file, trusted) {
            Ok(mut one) => {
                diagnostics.append(&mut one.warnings);
                parsed.push(one);
            }
            Err(mut problems) => diagnostics.append(&mut problems),
        }
    }
    diagnostics.extend(fleet::check(&parsed));
    let order = |file: &Path| files.iter().position(|known| *known == file);
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

/// A file to read, and the folder that the files it names stay below.
struct Found {
    file: PathBuf,
    folder: PathBuf,
}

/// Returns the folder that the files of a spec stay below: what was given with `-f`, or the folder that holds it; without symbolic links.
#[must_use]
pub(crate) fn folder_of(given: &Path) -> PathBuf {
    let folder = match given.is_dir() {
        true => given,
        false => paths::folder_of(given),
    };
    paths::resolved(folder).unwrap_or_else(|| paths::absolute(folder))
}

/// Returns the files to read, each once.
fn files(given: &[PathBuf], trust: &Trust, diagnostics: &mut Vec<Diagnostic>) -> Vec<Found> {
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for path in given {
        if let Some(untrusted) = leads_away(path, trust) {
            diagnostics.push(untrusted);
            continue;
        }
        let below = folder_of(path);
        let named = match path.is_dir() {
            true => folder(path, diagnostics),
            false => vec![path.clone()],
        };
        for file in named {
            // The same file by two names is one environment, not two that claim the same bucket.
            if !seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())) {
                continue;
            }
            let linked = path.is_dir() && file.canonicalize().is_ok();
            match trust.spec(&file, &below).err().filter(|_| linked) {
                Some(grant) => diagnostics.push(untrusted(&file, grant)),
                None => files.push(Found {
                    file,
                    folder: below.clone(),
                }),
            }
        }
    }
    files
}

/// Returns the error about a path given with `-f` that is a symbolic link out of its own folder: whoever may change a spec there may have
/// put it there, and what it leads to is shown where it is no spec. `/dev` and `/proc` are the system's own.
fn leads_away(path: &Path, trust: &Trust) -> Option<Diagnostic> {
    let ours = ["/dev", "/proc"].iter().any(|own| path.starts_with(own));
    let real = path.canonicalize().ok().filter(|_| !ours)?;
    let is_link = path.symlink_metadata().is_ok_and(|data| data.is_symlink());
    // A name below the working directory that leads out of it went through a link somewhere.
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let here = Path::new(".").canonicalize().ok();
    let outside = |here: &PathBuf| path.components().all(plain) && !real.starts_with(here);
    let folder = paths::folder_of(path).canonicalize().ok();
    let from = [folder.filter(|_| is_link), here.filter(outside)];
    let grant = from
        .iter()
        .flatten()
        .find_map(|from| trust.spec(&real, from).err())?;
    Some(untrusted(path, grant))
}

fn untrusted(file: &Path, grant: Grant) -> Diagnostic {
    let real: String = grant.value().chars().map(crate::outlet::visible).collect();
    let want = Want {
        key: "",
        title: format!("the spec is a symbolic link out of its folder, to {real}"),
        label: String::new(),
        would: format!("the file {real} is read as a spec"),
        grant,
    };
    Diagnostic::untrusted_file(file, want)
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
    let mut stems: BTreeMap<&OsStr, &Path> = BTreeMap::new();
    for file in &files {
        let stem = file.file_stem().unwrap_or_default();
        let Some(first) = stems.insert(stem, file) else {
            continue;
        };
        let name = |file: &Path| file.file_name().unwrap_or_default().display().to_string();
        let title = format!("{} and {} have the same name", name(first), name(file));
        let help = "keep one of them: the other may be an old copy";
        diagnostics.push(Diagnostic::about_file(file, title, Some(help)));
    }
    if files.is_empty() {
        let help = "a folder is its *.yaml and *.yml files, without those in folders below it";
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
    let is_yaml = |extension: &OsStr| {
        ["yaml", "yml"]
            .iter()
            .any(|one| extension.eq_ignore_ascii_case(one))
    };
    file.extension().is_some_and(is_yaml) && !hidden && !file.is_dir()
}

fn load_file(file: &Path, trusted: Trusted<'_>) -> Result<Parsed, Vec<Diagnostic>> {
    let bytes = read_file(file).map_err(|error| vec![unreadable(file, &error)])?;
    if bytes.len() > tree::MAX_BYTES {
        return Err(vec![too_large(file)]);
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let help = "save the file as UTF-8";
        return Err(vec![Diagnostic::about_file(
            file,
            "the file is UTF-16",
            Some(help),
        )]);
    }
    let text = String::from_utf8(bytes).map_err(|error| vec![not_utf8(file, &error)])?;
    parse_located(file, &text, &read_file, trusted)
}

/// Reads a regular file, one byte more than a spec may have at most.
pub(super) fn read_file(file: &Path) -> io::Result<Vec<u8>> {
    files::regular(file, tree::MAX_BYTES + 1)
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
        grant: None,
    }
}
