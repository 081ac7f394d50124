//! One connection: its stage, and the time limit of each stage.

use std::convert::Infallible;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{PeerAddress, ServingLimits};

/// Interval of checking a connection: its stage changes meanwhile, and the new one may have an earlier deadline.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Stage of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No byte of the next request has arrived.
    Idle,
    /// The head of a request is arriving.
    Head,
    /// The body of a request is arriving.
    Body,
    /// The handler is working.
    Working,
    /// The answer is being sent.
    Answer,
}

/// Stage of a connection and its beginning. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct ConnectionState {
    at: Arc<Mutex<(Stage, Instant)>>,
    limits: ServingLimits,
}

impl ConnectionState {
    /// State of a new connection, which is to send a request.
    pub(super) fn new(limits: ServingLimits) -> Self {
        Self { at: Arc::new(Mutex::new((Stage::Head, Instant::now()))), limits }
    }

    /// Time since which the client is awaited. None while the handler works.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        let (stage, since) = *self.lock();
        (stage != Stage::Working).then_some(since)
    }

    /// Deadline of the client. None while the handler works.
    fn deadline(&self) -> Option<Instant> {
        let (stage, since) = *self.lock();
        let limit = match stage {
            Stage::Idle | Stage::Answer => self.limits.idle,
            Stage::Head => self.limits.head,
            Stage::Body => self.limits.body,
            Stage::Working => return None,
        };
        Some(since + limit)
    }

    fn go_to(&self, stage: Stage) {
        *self.lock() = (stage, Instant::now());
    }

    fn go_on_from(&self, from: Stage, to: Stage) {
        let mut at = self.lock();
        if at.0 == from {
            *at = (to, Instant::now());
        }
    }

    /// Records sent bytes: a client that receives slowly is active.
    fn was_taken_from(&self) {
        let mut at = self.lock();
        if matches!(at.0, Stage::Answer | Stage::Idle) {
            at.1 = Instant::now();
        }
    }

    fn lock(&self) -> MutexGuard<'_, (Stage, Instant)> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves a connection until its client ends it, a deadline passes, or it is closed for another one.
pub(super) async fn serve(
    stream: TcpStream,
    peer: PeerAddress,
    router: Router,
    state: ConnectionState,
    close: &CancellationToken,
    stop: &CancellationToken,
) {
    let service = {
        let state = state.clone();
        service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            answer(router.clone(), state.clone(), request)
        })
    };
    let io = TokioIo::new(WatchedStream { stream, state: state.clone() });
    // Each stage has its own limit, so that an idle connection may wait longer than an incomplete head.
    let connection = http1::Builder::new().header_read_timeout(None).serve_connection(io, service);
    let mut connection = std::pin::pin!(connection);
    let mut is_ending = false;
    loop {
        let look = Instant::now() + CHECK_INTERVAL;
        let look = state.deadline().map_or(look, |deadline| deadline.min(look));
        tokio::select! {
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            () = close.cancelled() => return,
            () = stop.cancelled(), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            () = sleep_until(look) => {
                if state.deadline().is_some_and(|deadline| deadline <= Instant::now()) {
                    tracing::debug!("a connection was silent for too long");
                    return;
                }
            }
        }
    }
}

async fn answer(
    router: Router,
    state: ConnectionState,
    request: hyper::Request<Incoming>,
) -> Result<http::Response<AnswerBody>, Infallible> {
    state.go_to(if request.body().is_end_stream() { Stage::Working } else { Stage::Body });
    let arriving = state.clone();
    let response = router.oneshot(request.map(|body| RequestBody { body, state: arriving })).await?;
    state.go_to(Stage::Answer);
    Ok(response.map(|body| AnswerBody { body, state }))
}

/// Body of a request, which records its end.
struct RequestBody {
    body: Incoming,
    state: ConnectionState,
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if self.body.is_end_stream() || !matches!(frame, Some(Ok(_))) {
            self.state.go_on_from(Stage::Body, Stage::Working);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        // Nothing reads further, so the rest is not waited for.
        self.state.go_on_from(Stage::Body, Stage::Working);
    }
}

/// Body of an answer, which records its end.
struct AnswerBody {
    body: axum::body::Body,
    state: ConnectionState,
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        // The client is not responsible for a part that is still being made.
        match frame {
            Poll::Pending => self.state.go_on_from(Stage::Answer, Stage::Working),
            Poll::Ready(_) => self.state.go_on_from(Stage::Working, Stage::Answer),
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.state.go_to(Stage::Idle);
    }
}

/// Byte stream of the connection, which records reads and writes.
struct WatchedStream {
    stream: TcpStream,
    state: ConnectionState,
}

impl AsyncRead for WatchedStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        if into.filled().len() > before {
            self.state.go_on_from(Stage::Idle, Stage::Head);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.state.was_taken_from();
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, pieces))?;
        self.state.was_taken_from();
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
