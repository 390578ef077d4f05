//! A stand-in for whatever lies between the binary and a sandbox: it passes requests on, keeps their heads, and may put other words into the
//! answers. It must never connect to anything but loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Makes another body of an answer's head and body.
pub type Rewrite = Box<dyn Fn(&str, String) -> String + Send + Sync>;

/// A relay; it ends with the process.
pub struct Relay {
    pub address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    /// Listens on an address and passes everything on to another one.
    pub fn start(at: &str, to: SocketAddr, rewrite: Rewrite) -> Self {
        let listener = TcpListener::bind(at)
            .unwrap_or_else(|error| panic!("nothing can listen on {at} here: {error}"));
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (kept, rewrite) = (Arc::clone(&heads), Arc::new(rewrite));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (kept, rewrite) = (Arc::clone(&kept), Arc::clone(&rewrite));
                // A client that goes away in the middle is no failure of a test.
                std::thread::spawn(move || pass(client, to, &kept, &rewrite).ok());
            }
        });
        Self { address, heads }
    }

    /// The heads of the requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn pass(
    mut client: TcpStream,
    to: SocketAddr,
    kept: &Mutex<Vec<String>>,
    rewrite: &Rewrite,
) -> std::io::Result<()> {
    let (head, body) = message(&mut client)?;
    kept.lock().unwrap().push(head.clone());
    assert!(to.ip().is_loopback());
    let mut server = TcpStream::connect(to)?;
    let alone = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    server.write_all(alone.as_bytes())?;
    server.write_all(&body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    let at = end_of_head(&answer).unwrap_or(answer.len());
    let (head, body) = answer.split_at(at);
    let head = String::from_utf8_lossy(head).into_owned();
    let Ok(text) = String::from_utf8(body.to_vec()) else {
        return client.write_all(&answer);
    };
    let other = rewrite(&head, text);
    let lines = head.split("\r\n").filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.is_empty() && !line.starts_with("content-length:") && !line.starts_with("connection:")
    });
    let mut out = lines.collect::<Vec<_>>().join("\r\n");
    // An answer to HEAD has the length of a body that is not there.
    out.push_str(&format!(
        "\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{other}",
        other.len()
    ));
    client.write_all(out.as_bytes())
}

/// Reads a request: its head, and the body that its head announces.
pub fn message(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let (mut all, mut piece) = (Vec::new(), [0; 16 * 1024]);
    loop {
        if let Some(at) = end_of_head(&all) {
            let head = String::from_utf8_lossy(&all[..at]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let length = name.eq_ignore_ascii_case("content-length");
                length.then(|| value.trim().parse::<usize>().ok())?
            });
            if all.len() >= at + length.unwrap_or(0) {
                return Ok((head, all[at..].to_vec()));
            }
        }
        match stream.read(&mut piece)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => all.extend_from_slice(&piece[..count]),
        }
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(at + 4)
}
