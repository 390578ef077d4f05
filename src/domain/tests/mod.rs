//! Tests of the domain module against small TCP listeners; none of them leaves loopback.

mod answers;
mod credentials;
mod retries;
mod signatures;
mod trust;
mod versions;
mod wire;

use super::described::DomainState;
use super::*;
use crate::names::DomainName;
use crate::trust::{Grant, Trust};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What a listener does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends these bytes and keeps the connection.
    Send(String),
    /// Sends these bytes and closes the connection.
    SendAndClose(String),
    /// Sends the head, then bytes without an end.
    Endless(String),
    /// Sends the head, then one byte every few milliseconds.
    Dribble(String),
    /// Resets the connection.
    Reset,
    /// Never answers.
    Silence,
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Act {
    Act::Send(format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    ))
}

pub(crate) fn json(status: &str, body: &str) -> Act {
    answer(status, "content-type: application/json\r\n", body)
}

/// A listener that answers by a script and keeps what it received; the last act repeats.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    pub(crate) received: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    pub(crate) async fn start(script: Vec<Act>) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = received.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                tokio::spawn(serve(stream, script.clone(), kept.clone()));
            }
        });
        Self { address, received }
    }

    fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }

    fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(mut stream: TcpStream, script: Vec<Act>, received: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = read_request(&mut stream).await {
        let turn = {
            let mut received = received.lock().unwrap();
            received.push(request);
            received.len() - 1
        };
        let sent = match script.get(turn).or(script.last()).unwrap().clone() {
            Act::Send(text) => stream.write_all(text.as_bytes()).await,
            Act::SendAndClose(text) => {
                let _ = stream.write_all(text.as_bytes()).await;
                return;
            }
            Act::Endless(head) => {
                let _ = stream.write_all(head.as_bytes()).await;
                while stream.write_all(&[b' '; 65536]).await.is_ok() {}
                return;
            }
            Act::Dribble(head) => {
                let _ = stream.write_all(head.as_bytes()).await;
                while stream.write_all(b" ").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                return;
            }
            Act::Reset => {
                let _ = stream.set_zero_linger();
                return;
            }
            Act::Silence => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                return;
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut byte = [0_u8; 1];
    while !text.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        text.push(byte[0]);
    }
    let head = String::from_utf8(text).unwrap();
    let length = header_of(&head, "content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(head + &String::from_utf8(body).unwrap())
}

fn header_of(request: &str, name: &str) -> Option<String> {
    let head = request.split("\r\n\r\n").next()?;
    let line = head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn spec(name: Option<&str>, endpoint: Option<&str>, auth: Auth) -> DomainSpec {
    DomainSpec {
        name: name.map(|name| DomainName::parse(name).unwrap()),
        endpoint: endpoint.map(|url| Endpoint::parse(url).unwrap()),
        connect_to: None,
        ca_file: None,
        auth,
    }
}

pub(crate) fn described(endpoints: &[&str]) -> Described {
    Described {
        arn: "arn:aws:es:us-west-2:123456789012:domain/logs".to_owned(),
        engine: Engine::parse("OpenSearch_2.11").ok(),
        endpoints: endpoints.iter().map(|&host| host.to_owned()).collect(),
        state: DomainState {
            created: true,
            ..Default::default()
        },
        service_software: None,
        cold_storage: false,
    }
}

/// The host of an Amazon domain.
const AMAZON: &str = "search-logs-abc.us-west-2.es.amazonaws.com";

/// An Amazon domain whose connections go to a listener.
fn amazon_at(listener: &Listener) -> Target {
    let spec = spec(Some("logs"), None, Auth::Sigv4);
    endpoint::choose(&spec, Some(&described(&[AMAZON])), &trust(&[]))
        .unwrap()
        .in_sandbox(listener.address)
}

/// A self-managed cluster on loopback.
fn cluster_at(listener: &Listener, auth: Auth) -> Target {
    let trusted = trust(&["127.0.0.1"]);
    endpoint::choose(&spec(None, Some(&listener.url()), auth), None, &trusted).unwrap()
}

/// Hosts named with `--trust-endpoint`.
fn trust(hosts: &[&str]) -> Trust {
    let mut trust = Trust::default();
    for host in hosts.iter().filter_map(|host| endpoint::bare_host(host)) {
        trust.add(Grant::Endpoint(host));
    }
    trust
}

fn limits() -> Limits {
    Limits {
        connect: Duration::from_millis(500),
        attempt: Duration::from_millis(300),
        total: Duration::from_millis(900),
        backoff: Duration::from_millis(1),
        poll: Duration::from_millis(1),
        retry: Duration::from_millis(900),
        body: 4096,
    }
}

pub(crate) fn provider() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(
        "AKIDEXAMPLE",
        "wJalrXUtnFEMI",
        Some("the-token".to_owned()),
        None,
        "test",
    ))
}

fn signing(target: Target) -> Client {
    Client::new(
        target,
        Material::Sigv4,
        "us-west-2",
        Some(provider()),
        limits(),
        None,
    )
    .unwrap()
}

fn open(listener: &Listener) -> Client {
    Client::new(
        cluster_at(listener, Auth::None),
        Material::None,
        "us-west-2",
        None,
        limits(),
        None,
    )
    .unwrap()
}

fn basic(password: PasswordSource) -> Auth {
    Auth::Basic {
        username: "admin".to_owned(),
        password,
    }
}
