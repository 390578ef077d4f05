//! The few lines of HTTP that the admin API of a sandbox needs; it must never speak to anything but loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Sends one request with the admin header and returns status and body.
pub fn send(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String) {
    assert!(address.ip().is_loopback());
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nx-esbackup-sandbox: 1\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        !head.to_ascii_lowercase().contains("transfer-encoding"),
        "{head}"
    );
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}
