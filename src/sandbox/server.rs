//! The HTTP/1.1 server on loopback; it must never listen on another interface.
#![cfg_attr(
    not(test),
    expect(
        clippy::let_underscore_must_use,
        reason = "a client that went away is no failure of the sandbox"
    )
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::cut::{Limit, Limitable};
use super::message::{Answer, Plus, Request, pairs};
use super::persist::Store;
use super::route::{self, Reply};
use super::state::State;
use super::world::World;
use super::{Error, Options};

const MAX_BODY: usize = 16 * 1024 * 1024;

/// A sandbox that is serving; it ends when stopped or dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    end: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Returns the loopback address that is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening and ends every connection.
    pub async fn stop(self) {
        self.end.send_replace(true);
        // The task only fails when it panics or is cancelled: it is over in each case.
        let _ = self.task.await;
    }
}

/// Serves a sandbox on a task of the current runtime.
///
/// # Errors
/// When the port or the state directory cannot be used, or another process serves the directory.
pub async fn start(options: Options) -> Result<Running, Error> {
    let (store, state) = match &options.state_dir {
        Some(directory) => {
            let (store, state) = Store::open(directory)?;
            (Some(store), state)
        }
        None => (None, State::default()),
    };
    let asked = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let failed = |source| Error::Listen {
        address: asked,
        source,
    };
    let listener = TcpListener::bind(asked).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let (end, ended) = watch::channel(false);
    if let Some(store) = &store {
        store.announce(address)?;
    }
    let world = Arc::new(World::new(state, store, address.port()));
    let task = tokio::spawn(accept(listener, world, ended));
    Ok(Running { address, end, task })
}

async fn accept(listener: TcpListener, world: Arc<World>, mut ended: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // The sender is gone when the handle was dropped.
            _ = ended.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    // Small answers must not wait for more: 40 ms a request otherwise.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(connection(stream, Arc::clone(&world)));
                }
            }
        }
    }
    connections.shutdown().await;
}

async fn connection(stream: tokio::net::TcpStream, world: Arc<World>) {
    let (stream, limit) = Limitable::of(stream);
    let io = TokioIo::new(stream);
    let service = service_fn(move |request| {
        let (world, limit) = (Arc::clone(&world), limit.clone());
        async move { answer(&world, &limit, request).await }
    });
    // An error here is a client that went away or a scripted drop.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(io, service)
        .await;
}

/// Ends the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped by a scripted fault")]
struct Dropped;

async fn answer(
    world: &World,
    limit: &Limit,
    request: http::Request<Incoming>,
) -> Result<http::Response<Outgoing>, Dropped> {
    let reply = match read(request).await {
        Ok(request) => route::serve(world, request).await,
        Err(answer) => Reply::Whole(answer),
    };
    match reply {
        Reply::Whole(answer) => {
            let body = Outgoing::Whole(Some(Bytes::from(answer.body)));
            Ok(response(answer.status, &answer.headers, body))
        }
        Reply::Truncated(answer, bytes) => {
            let length = answer.body.len() as u64;
            let kept = Bytes::from(answer.body).slice(..bytes.min(length as usize));
            Ok(response(
                answer.status,
                &answer.headers,
                Outgoing::Cut {
                    kept: Some(kept),
                    length,
                },
            ))
        }
        Reply::Beheaded(answer, bytes) => {
            limit.set(bytes);
            let body = Outgoing::Whole(Some(Bytes::from(answer.body)));
            Ok(response(answer.status, &answer.headers, body))
        }
        Reply::Endless(answer) => Ok(response(answer.status, &answer.headers, Outgoing::Endless)),
        Reply::Dropped => Err(Dropped),
    }
}

async fn read(request: http::Request<Incoming>) -> Result<Request, Answer> {
    let (parts, body) = request.into_parts();
    let host = parts
        .headers
        .get(http::header::HOST)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let host = host
        .or_else(|| parts.uri.authority().map(ToString::to_string))
        .unwrap_or_default();
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(Answer::text(413, "Request Too Long"));
        }
        Err(_) => return Err(Answer::text(400, "Bad Request")),
    };
    let raw_query = parts.uri.query().unwrap_or_default().to_owned();
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        raw_path: parts.uri.path().to_owned(),
        query: pairs(&raw_query, Plus::Plus),
        raw_query,
        headers: parts.headers,
        host,
        body,
    })
}

fn response(status: u16, headers: &[(String, String)], body: Outgoing) -> http::Response<Outgoing> {
    let mut response = http::Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, http::HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// The body of an answer, whole or damaged on purpose.
#[derive(Debug)]
pub(super) enum Outgoing {
    Whole(Option<Bytes>),
    /// Promises `length` bytes and ends the connection after fewer.
    Cut {
        kept: Option<Bytes>,
        length: u64,
    },
    /// The same piece of static memory again and again, as fast as the client takes it.
    Endless,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = match &mut *self {
            Self::Whole(body) => body
                .take()
                .filter(|body| !body.is_empty())
                .map(|body| Ok(Frame::data(body))),
            Self::Cut { kept, .. } => match kept.take() {
                Some(kept) => Some(Ok(Frame::data(kept))),
                None => Some(Err(std::io::Error::other(Dropped))),
            },
            Self::Endless => Some(Ok(Frame::data(Bytes::from_static(&[b' '; 16 * 1024])))),
        };
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => {
                SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64))
            }
            Self::Cut { length, .. } => SizeHint::with_exact(*length),
            Self::Endless => SizeHint::default(),
        }
    }
}
