//! Reads files that somebody named: never more of one than makes sense, and never longer than somebody waits for a pipe or a device.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use tokio::sync::oneshot;

/// How long is waited for a file that is a pipe or a device.
const WITHIN: Duration = Duration::from_secs(10);

/// Reads a regular file, and of one that is longer only the beginning; a pipe or device could keep us waiting forever.
///
/// # Errors
/// What the system says, or that it is no regular file.
pub(crate) fn regular(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        let why = "not a regular file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    beginning(path, most)
}

/// Reads a file of any kind, such as `/dev/fd/3`, while signals and deadlines are heard.
///
/// # Errors
/// What the system says, that it is longer than makes sense, or that it did not end in time.
pub(crate) async fn any(path: &Path, longest: usize) -> io::Result<Vec<u8>> {
    any_within(path, longest, WITHIN).await
}

async fn any_within(path: &Path, longest: usize, within: Duration) -> io::Result<Vec<u8>> {
    let (send, receive) = oneshot::channel();
    let path = path.to_owned();
    // A thread of its own, which nothing waits for at the end of the process: opening a pipe cannot be given up.
    std::thread::Builder::new().spawn(move || {
        let read = beginning(&path, longest.saturating_add(1));
        drop(send.send(read));
    })?;
    let bytes = match tokio::time::timeout(within, receive).await {
        Ok(Ok(read)) => read?,
        Ok(Err(_)) | Err(_) => {
            let why = format!("it did not end within {} s", within.as_secs());
            return Err(io::Error::new(io::ErrorKind::TimedOut, why));
        }
    };
    match bytes.len() > longest {
        true => Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("longer than {longest} bytes"),
        )),
        false => Ok(bytes),
    }
}

fn beginning(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
