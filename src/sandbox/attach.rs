//! One state directory, one sandbox: serves it, or finds the process that does; it must never serve a directory twice.

use std::fs::{File, OpenOptions, TryLockError};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{ADMIN_HEADER, Error, Options, Running, persist, start};

const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
const PROBES: u32 = 50;

/// A sandbox that serves a state directory.
#[derive(Debug)]
pub struct Attached {
    address: SocketAddr,
    /// Held while this process serves; the file's lock ends with it.
    serving: Option<(Running, File)>,
}

impl Attached {
    /// Returns the loopback address that answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Says whether another process serves it.
    pub fn is_shared(&self) -> bool {
        self.serving.is_none()
    }

    /// Stops serving, when this process serves.
    pub async fn stop(self) {
        if let Some((running, lock)) = self.serving {
            running.stop().await;
            drop(lock);
        }
    }
}

/// Serves a state directory, or uses the process that serves it already.
pub async fn attach_or_start(state_dir: &Path) -> Result<Attached, Error> {
    persist::create_dir(state_dir)?;
    let path = state_dir.join("lock");
    let failed = |source| Error::State {
        path: path.clone(),
        source,
    };
    for _ in 0..PROBES {
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => return serve(state_dir, lock).await,
            Err(TryLockError::Error(source)) => return Err(failed(source)),
            Err(TryLockError::WouldBlock) => {}
        }
        if let Some(address) = other_process(state_dir).await {
            return Ok(Attached {
                address,
                serving: None,
            });
        }
        // The other process may be between taking the lock and writing its address, or about to end.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(Error::Held {
        path: state_dir.to_owned(),
    })
}

async fn serve(state_dir: &Path, lock: File) -> Result<Attached, Error> {
    let path = state_dir.join("address");
    let running = start(Options {
        state_dir: Some(state_dir.to_owned()),
        port: 0,
    })
    .await?;
    let address = running.address();
    persist::replace(&path, address.to_string().as_bytes())
        .map_err(|source| Error::State { path, source })?;
    Ok(Attached {
        address,
        serving: Some((running, lock)),
    })
}

/// Reads the address that the other process wrote and asks whether a sandbox answers there.
async fn other_process(state_dir: &Path) -> Option<SocketAddr> {
    let written = std::fs::read_to_string(state_dir.join("address")).ok()?;
    let address: SocketAddr = written.trim().parse().ok()?;
    if address.ip() != Ipv4Addr::LOCALHOST {
        return None;
    }
    let answer = timeout(PROBE_TIMEOUT, ask(address)).await.ok()?.ok()?;
    answer.contains("\"esbackup-sandbox\"").then_some(address)
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET /_sandbox HTTP/1.1\r\nhost: {address}\r\n{ADMIN_HEADER}: 1\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer).await?;
    Ok(answer)
}
