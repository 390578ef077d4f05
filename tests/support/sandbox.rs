//! A sandbox of one test: in memory, on a loopback port of its own, served by a thread of its own.

use std::net::SocketAddr;
use std::thread::JoinHandle;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::oneshot;

use super::http;

/// A running sandbox; it ends with the value.
pub struct Sandbox {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// One request as the sandbox recorded it.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    pub service: String,
    pub operation: String,
    pub host: String,
    pub signed: bool,
    pub write: bool,
    /// 0 while it is not answered, and when its connection was dropped.
    pub status: u16,
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// `service:operation`, as faults name it.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }
}

impl Sandbox {
    pub fn start() -> Self {
        let (started, address) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let running = esbackup::internals::sandbox::start(Default::default())
                    .await
                    .unwrap();
                started.send(running.address()).unwrap();
                drop(stopped.await);
                running.stop().await;
            });
        });
        Self {
            address: address.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends an admin request and returns what it answered.
    pub fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let (status, answer) = http::send(self.address, method, &format!("/_sandbox{path}"), &text);
        assert_eq!(status, 200, "{method} {path}: {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    pub fn state(&self) -> Value {
        self.admin("GET", "/state", &Value::Null)
    }

    /// Replaces the state by what `act` makes of it.
    pub fn change(&self, act: impl FnOnce(&mut Value)) {
        let mut state = self.state();
        act(&mut state);
        self.admin("PUT", "/state", &state);
    }

    /// Adds a fault or a list of them.
    pub fn fault(&self, fault: &Value) {
        self.admin("POST", "/faults", fault);
    }

    pub fn forget_faults(&self) {
        self.admin("DELETE", "/faults", &Value::Null);
    }

    /// Everything that was sent since the start or since [`Sandbox::forget_requests`].
    pub fn requests(&self) -> Vec<Request> {
        serde_json::from_value(self.admin("GET", "/requests", &Value::Null)).unwrap()
    }

    pub fn forget_requests(&self) {
        self.admin("DELETE", "/requests", &Value::Null);
    }

    /// The writes that were sent, as `service:operation`.
    pub fn writes(&self) -> Vec<String> {
        let requests = self.requests();
        requests
            .iter()
            .filter(|request| request.write)
            .map(Request::name)
            .collect()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
