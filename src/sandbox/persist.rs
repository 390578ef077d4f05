//! The state file: read at the start, replaced whole after each change; a half-written file must never be seen.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::Error;
use super::state::State;

const STATE_FILE: &str = "state.json";

/// Where the state is kept.
#[derive(Debug)]
pub(super) struct Store {
    directory: PathBuf,
}

impl Store {
    /// Opens a directory, made when absent, and reads the state that it holds.
    pub fn open(directory: &Path) -> Result<(Self, State), Error> {
        create_dir(directory)?;
        let path = directory.join(STATE_FILE);
        let state = match fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|source| Error::Damaged { path, source })?
            }
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => State::default(),
            Err(source) => return Err(Error::State { path, source }),
        };
        Ok((
            Self {
                directory: directory.to_owned(),
            },
            state,
        ))
    }

    /// Replaces the state file.
    pub fn save(&self, state: &State) -> Result<(), std::io::Error> {
        let text = serde_json::to_vec_pretty(state)?;
        replace(&self.directory.join(STATE_FILE), &text)
    }
}

/// Writes a file beside its name, flushes it and renames it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), std::io::Error> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// Makes a directory, and its parents, when it is absent.
pub(super) fn create_dir(directory: &Path) -> Result<(), Error> {
    fs::create_dir_all(directory).map_err(|source| Error::State {
        path: directory.to_owned(),
        source,
    })
}
