//! Servers that do not answer as a server should: one that is not there, one that says nothing, and two that dribble a byte a second.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// How it does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nothing listens: a connection is refused.
    Dead,
    /// It accepts, reads, and never says anything.
    Silent,
    /// One byte of the head a second.
    DribblingHead,
    /// The head at once, one byte of the body a second.
    DribblingBody,
}

impl Way {
    pub const ALL: [Way; 4] = [
        Way::Dead,
        Way::Silent,
        Way::DribblingHead,
        Way::DribblingBody,
    ];
}

/// A server on loopback; its threads end with the process or with the connections.
pub struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
}

impl Server {
    pub fn start(way: Way) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, ended) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        if way != Way::Dead {
            let (count, over) = (Arc::clone(&connections), Arc::clone(&ended));
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                    std::thread::spawn(move || drop(answer(stream, way)));
                }
            });
        }
        Self {
            address,
            connections,
            ended,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections it was opened.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
    }
}

fn answer(mut stream: TcpStream, way: Way) -> std::io::Result<()> {
    let mut seen = [0; 1024];
    if stream.read(&mut seen)? == 0 {
        return Ok(());
    }
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n";
    let second = Duration::from_secs(1);
    match way {
        Way::Dead => {}
        Way::Silent => while stream.read(&mut seen)? > 0 {},
        Way::DribblingHead => {
            for byte in head.bytes() {
                stream.write_all(&[byte])?;
                std::thread::sleep(second);
            }
        }
        Way::DribblingBody => {
            stream.write_all(head.as_bytes())?;
            loop {
                stream.write_all(b" ")?;
                std::thread::sleep(second);
            }
        }
    }
    Ok(())
}
