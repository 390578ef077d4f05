//! A server that must not be spoken to, and that keeps what is said to it nevertheless.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

/// A server of somebody else's that keeps everything that reaches it.
pub struct Spy {
    pub address: SocketAddr,
    pub heard: Arc<Mutex<Vec<String>>>,
}

impl Spy {
    pub fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || {
                    let mut stream = stream;
                    let mut piece = [0; 16 * 1024];
                    let length = stream.read(&mut piece).unwrap_or_default();
                    let text = String::from_utf8_lossy(&piece[..length]).into_owned();
                    kept.lock().unwrap().push(text);
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                    drop(stream.write_all(answer));
                });
            }
        });
        Self { address, heard }
    }

    pub fn connections(&self) -> usize {
        self.heard.lock().unwrap().len()
    }
}
