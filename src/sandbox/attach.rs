//! Finds the process that serves a state directory, or becomes it; it must never wait for one without end.

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
pub(crate) struct Attached {
    address: SocketAddr,
    /// Present while this process serves.
    serving: Option<Running>,
}

impl Attached {
    /// Returns the loopback address that answers.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL for `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Says whether another process serves it.
    #[cfg(test)]
    pub(crate) fn is_shared(&self) -> bool {
        self.serving.is_none()
    }

    /// Stops serving, when this process serves.
    pub(crate) async fn stop(self) {
        if let Some(running) = self.serving {
            running.stop().await;
        }
    }
}

/// Serves a state directory, or uses the process that serves it already.
///
/// # Errors
/// When the directory cannot be used, or its holder does not answer within five seconds.
pub(crate) async fn attach_or_start(state_dir: &Path) -> Result<Attached, Error> {
    for _ in 0..PROBES {
        let options = Options {
            state_dir: Some(state_dir.to_owned()),
            port: 0,
        };
        match start(options).await {
            Err(Error::Held { .. }) => {}
            Err(error) => return Err(error),
            Ok(running) => {
                let address = running.address();
                return Ok(Attached {
                    address,
                    serving: Some(running),
                });
            }
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

/// Reads the address that the other process wrote and asks whether a sandbox answers there.
async fn other_process(state_dir: &Path) -> Option<SocketAddr> {
    let written = std::fs::read_to_string(state_dir.join(persist::ADDRESS_FILE)).ok()?;
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
