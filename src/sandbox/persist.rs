//! The state directory: locked while it is served, its file replaced whole after each change; half a file must never be seen.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::Error;
use super::state::State;

const STATE_FILE: &str = "state.json";
const LOCK_FILE: &str = "lock";
/// Where the process that serves the directory writes its address.
pub(super) const ADDRESS_FILE: &str = "address";

/// Where the state is kept.
#[derive(Debug)]
pub(super) struct Store {
    directory: PathBuf,
    /// Held as long as the directory is served; its end releases the lock.
    _lock: File,
}

impl Store {
    /// Opens a directory, made when absent, and reads the state that it holds.
    pub(super) fn open(directory: &Path) -> Result<(Self, State), Error> {
        let lock = lock(directory)?;
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
                _lock: lock,
            },
            state,
        ))
    }

    /// Says where the directory is served.
    pub(super) fn announce(&self, address: SocketAddr) -> Result<(), Error> {
        let path = self.directory.join(ADDRESS_FILE);
        let written = replace(&path, address.to_string().as_bytes());
        written.map_err(|source| Error::State { path, source })
    }

    /// Replaces the state file.
    pub(super) fn save(&self, state: &State) -> Result<(), std::io::Error> {
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

/// Makes the directory when it is absent and takes its lock, which one process at a time can hold.
fn lock(directory: &Path) -> Result<File, Error> {
    let failed = |path: &Path, source| Error::State {
        path: path.to_owned(),
        source,
    };
    fs::create_dir_all(directory).map_err(|source| failed(directory, source))?;
    let path = directory.join(LOCK_FILE);
    let opened = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = opened.map_err(|source| failed(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Held {
            path: directory.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(&path, source)),
    }
}
