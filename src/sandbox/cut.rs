//! A connection that can be told to end after some more bytes, in the middle of whatever is sent then.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How many more bytes a connection may send.
#[derive(Debug, Clone)]
pub(super) struct Limit(Arc<AtomicUsize>);

impl Limit {
    /// Ends the connection after so many more bytes.
    pub(super) fn set(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    /// How many of these may be sent.
    fn of(&self, bytes: usize) -> usize {
        self.0.load(Ordering::Relaxed).min(bytes)
    }

    fn spend(&self, bytes: usize) {
        let left = self.0.load(Ordering::Relaxed);
        // One that was never told to end stays without a limit.
        if left != usize::MAX {
            self.set(left.saturating_sub(bytes));
        }
    }
}

/// A connection with such a limit.
#[derive(Debug)]
pub(super) struct Limitable {
    stream: TcpStream,
    limit: Limit,
}

impl Limitable {
    /// A connection without a limit, and what gives it one.
    pub(super) fn of(stream: TcpStream) -> (Self, Limit) {
        let limit = Limit(Arc::new(AtomicUsize::new(usize::MAX)));
        let given = limit.clone();
        (Self { stream, limit }, given)
    }
}

impl AsyncRead for Limitable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Limitable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<Result<usize, Error>> {
        let allowed = self.limit.of(buffer.len());
        if allowed == 0 && !buffer.is_empty() {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        let part = buffer.get(..allowed).unwrap_or(buffer);
        let sent = ready!(Pin::new(&mut self.stream).poll_write(context, part))?;
        self.limit.spend(sent);
        Poll::Ready(Ok(sent))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
