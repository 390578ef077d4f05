//! Answers as bytes on a real connection: the client of the domain and every read of snapshots, indices and the cluster, over loopback only.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use esbackup::data::snapshot::contents;
use esbackup::data::{cluster, index, snapshot};
use esbackup::domain::{Client, Error, Limits, Material, endpoint};
use esbackup::names::IndexName;
use esbackup::resources::declared::Desired;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

const STATUSES: [u16; 16] = [
    200, 200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 408, 429, 500, 503, 504,
];

/// What is answered next, and whether the connection ends after it.
#[derive(Clone, Default)]
struct Script {
    answer: Vec<u8>,
    close: bool,
}

struct Harness {
    runtime: Runtime,
    client: Client,
    script: Arc<Mutex<Script>>,
}

thread_local! {
    static HARNESS: RefCell<Option<Harness>> = const { RefCell::new(None) };
}

/// A byte for the read, one for the status, one for how the answer is framed, then the body or the whole answer.
pub fn answers(data: &[u8]) {
    let Some(([which, status, framing], body)) = data.split_first_chunk::<3>() else {
        return;
    };
    let close = framing & 6 == 6;
    let answer = match close {
        true => body.to_vec(),
        false => framed(*status, framing & 1 == 1, body),
    };
    HARNESS.with_borrow_mut(|harness| {
        let harness = harness.get_or_insert_with(Harness::new);
        if let Ok(mut script) = harness.script.lock() {
            *script = Script { answer, close };
        }
        let error = harness.runtime.block_on(read(&harness.client, *which));
        if let Some(error) = error {
            let words = esbackup::domain::error::words(&error);
            assert!(!words.is_empty());
        }
    });
}

fn framed(status: u8, json: bool, body: &[u8]) -> Vec<u8> {
    let status = STATUSES[usize::from(status) % STATUSES.len()];
    let kind = if json {
        "application/json"
    } else {
        "text/html"
    };
    let length = body.len();
    let body = if status == 204 { &[] } else { body };
    let length = if status == 204 { 0 } else { length };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nlocation: /\r\ndate: Tue, 24 Nov 2026 02:13:20 GMT\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Every read of the domain, each decoding the answer in its own way.
async fn read(client: &Client, which: u8) -> Option<Error> {
    let name = IndexName::parse("logs-1").expect("a name");
    let names = [name.clone()];
    match which % 20 {
        0 => cluster::engine(client).await.err(),
        1 => cluster::clock(client).await.err(),
        2 => cluster::health(client).await.err(),
        3 => cluster::disks(client).await.err(),
        4 => cluster::attributes(client).await.err(),
        5 => cluster::watermark(client).await.err(),
        6 => snapshot::remote::list(client, "logs").await.err(),
        7 => snapshot::remote::one(client, "logs", "full").await.err(),
        8 => snapshot::remote::progress(client, "logs", "full")
            .await
            .err(),
        9 => snapshot::remote::running(client).await.err(),
        10 => snapshot::remote::restoring(client).await.err(),
        11 => contents::read(client, "logs", "full").await.err(),
        12 => index::remote::list(client, None).await.err(),
        13 => index::remote::aliases(client).await.err(),
        14 => index::remote::settings(client, &name).await.err(),
        15 => index::remote::tiers(client).await.err(),
        16 => index::remote::count(client, &name).await.err(),
        17 => index::remote::unassigned(client, &names).await.err(),
        18 => index::lineage::sequences(client, &name).await.err(),
        _ => index::lineage::backing(client, None).await.err(),
    }
}

impl Harness {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let script = Arc::new(Mutex::new(Script::default()));
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(serve(listener, Arc::clone(&script)));
        let spec = format!(
            "version: 1\nname: logs\nregion: us-west-2\naccount: \"123456789012\"\ndomain: {{endpoint: \"http://{address}\", auth: none}}\nrepository: {{name: logs, existing: true}}\n"
        );
        let read = |_: &std::path::Path| Err(std::io::Error::other("no file"));
        let (spec, _) =
            esbackup::spec::parse_with("spec.yaml".as_ref(), &spec, &read).expect("a spec");
        let desired = Desired::resolve(&spec).expect("resolves");
        let target = endpoint::choose(&desired.domain, None, &[]).expect("a target");
        let limits = Limits {
            attempt: Duration::from_millis(400),
            total: Duration::from_millis(800),
            backoff: Duration::from_micros(1),
            ..Limits::default()
        };
        let client =
            Client::new(target, Material::None, "us-west-2", None, limits, None).expect("a client");
        Self {
            runtime,
            client,
            script,
        }
    }
}

async fn serve(listener: TcpListener, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        drop(stream.set_nodelay(true));
        tokio::spawn(connection(stream, Arc::clone(&script)));
    }
}

/// Answers each request of a connection; requests have no body here.
async fn connection(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let mut asked = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return,
            Ok(read) => asked.extend_from_slice(&part[..read]),
        }
        if !asked.ends_with(b"\r\n\r\n") {
            continue;
        }
        asked.clear();
        let Script { answer, close } = script
            .lock()
            .map(|script| script.clone())
            .unwrap_or_default();
        if stream.write_all(&answer).await.is_err() || close {
            return;
        }
    }
}
