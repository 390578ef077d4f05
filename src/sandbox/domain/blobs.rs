//! The files of a repository: objects of its bucket, or a folder of the sandbox's own; it checks no permission.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::identifiers;
use super::super::state::{Body, Domain, Object, Repository, State};
use super::settings;

/// Where a repository's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Bucket { name: String, base: String },
    Folder(String),
}

impl Place {
    /// Finds the place of a repository of a domain.
    pub(super) fn of(domain: &Domain, name: &str, repository: &Repository) -> Self {
        if is_automated(domain, name) {
            return Self::Folder(format!("{name}/{}/{}", domain.account, domain.name));
        }
        let setting = |key: &str| repository.settings.get(key).cloned().unwrap_or_default();
        match repository.kind.as_str() {
            "s3" => Self::Bucket {
                name: setting("bucket"),
                base: settings::base_path(repository).to_owned(),
            },
            _ => Self::Folder(setting("location")),
        }
    }

    /// Returns what `State::snapshots` calls the place.
    pub(super) fn listed(&self) -> String {
        match self {
            Self::Bucket { name, base } => format!("{name}/{base}"),
            Self::Folder(location) => location.clone(),
        }
    }

    fn key(base: &str, file: &str) -> String {
        match base {
            "" => file.to_owned(),
            base => format!("{base}/{file}"),
        }
    }

    /// Reads a file.
    pub(super) fn read(&self, state: &State, file: &str) -> Option<Body> {
        match self {
            Self::Folder(location) => state.files.get(location)?.get(file).cloned(),
            Self::Bucket { name, base } => {
                let key = Self::key(base, file);
                let mut versions = state.buckets.get(name)?.objects.iter().rev();
                let held = versions.find(|held| held.key == key)?;
                (!held.delete_marker).then(|| held.body.clone())
            }
        }
    }

    /// Returns the names of all files that begin with a text, in order.
    pub(super) fn names(&self, state: &State, prefix: &str) -> Vec<String> {
        match self {
            Self::Folder(location) => {
                let files = state.files.get(location).into_iter().flatten();
                let names = files
                    .map(|(name, _)| name)
                    .filter(|name| name.starts_with(prefix));
                names.cloned().collect()
            }
            Self::Bucket { name, base } => {
                let start = Self::key(base, "");
                let objects = state.buckets.get(name).into_iter();
                let mut newest: BTreeMap<&str, bool> = BTreeMap::new();
                for held in objects.flat_map(|bucket| &bucket.objects) {
                    if let Some(file) = held.key.strip_prefix(&start)
                        && file.starts_with(prefix)
                    {
                        newest.insert(file, !held.delete_marker);
                    }
                }
                let there = newest.into_iter().filter(|(_, there)| *there);
                there.map(|(file, _)| file.to_owned()).collect()
            }
        }
    }

    /// Writes a file.
    pub(super) fn write(&self, state: &mut State, file: &str, bytes: Vec<u8>) {
        self.put(state, file, Some(Body(Arc::new(bytes))));
    }

    /// Removes a file; in a versioned bucket a marker hides it.
    pub(super) fn remove(&self, state: &mut State, file: &str) {
        self.put(state, file, None);
    }

    fn put(&self, state: &mut State, file: &str, body: Option<Body>) {
        let (modified, serial) = (state.now(), state.next_serial());
        match self {
            Self::Folder(location) => {
                let files = state.files.entry(location.clone()).or_default();
                match body {
                    Some(body) => drop(files.insert(file.to_owned(), body)),
                    None => drop(files.remove(file)),
                }
            }
            Self::Bucket { name, base } => {
                let Some(bucket) = state.buckets.get_mut(name) else {
                    return;
                };
                let key = Self::key(base, file);
                let version = match bucket.versioning.as_deref() {
                    Some("Enabled") => identifiers::letters(&format!("version {serial}"), 32),
                    _ => "null".to_owned(),
                };
                if version == "null" {
                    let kept = |held: &Object| held.key != key || held.version != "null";
                    bucket.objects.retain(kept);
                }
                if body.is_none() && bucket.versioning.is_none() {
                    return;
                }
                let encryption = bucket.encryption.clone();
                bucket.objects.push(Object {
                    key,
                    version,
                    modified,
                    delete_marker: body.is_none(),
                    content_type: body.as_ref().map(|_| "application/octet-stream".to_owned()),
                    encryption,
                    body: body.unwrap_or_default(),
                });
            }
        }
    }
}

/// Says whether a repository is one of those that Amazon keeps itself.
pub(super) fn is_automated(domain: &Domain, name: &str) -> bool {
    !domain.self_managed && AUTOMATED.contains(&name)
}

/// The repositories of the hourly snapshots: without and with encryption at rest.
pub(super) const AUTOMATED: [&str; 2] = ["cs-automated", "cs-automated-enc"];
