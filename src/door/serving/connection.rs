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

use super::Limits;

/// Interval of checking a connection: its stage changes meanwhile, and the new one may have an earlier deadline.
const LOOK: Duration = Duration::from_secs(1);

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
pub(super) struct Watch {
    at: Arc<Mutex<(Stage, Instant)>>,
    limits: Limits,
}

impl Watch {
    /// State of a new connection, which is to send a request.
    pub(super) fn new(limits: Limits) -> Self {
        Self { at: Arc::new(Mutex::new((Stage::Head, Instant::now()))), limits }
    }

    /// Time since which the client is awaited. None while the handler works.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        let (stage, since) = *self.held();
        (stage != Stage::Working).then_some(since)
    }

    /// Deadline of the client. None while the handler works.
    fn deadline(&self) -> Option<Instant> {
        let (stage, since) = *self.held();
        let limit = match stage {
            Stage::Idle | Stage::Answer => self.limits.idle,
            Stage::Head => self.limits.head,
            Stage::Body => self.limits.body,
            Stage::Working => return None,
        };
        Some(since + limit)
    }

    fn go_to(&self, stage: Stage) {
        *self.held() = (stage, Instant::now());
    }

    fn go_on_from(&self, from: Stage, to: Stage) {
        let mut at = self.held();
        if at.0 == from {
            *at = (to, Instant::now());
        }
    }

    /// Records sent bytes: a client that receives slowly is active.
    fn was_taken_from(&self) {
        let mut at = self.held();
        if matches!(at.0, Stage::Answer | Stage::Idle) {
            at.1 = Instant::now();
        }
    }

    fn held(&self) -> MutexGuard<'_, (Stage, Instant)> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves a connection until its client ends it, a deadline passes, or it is closed for another one.
pub(super) async fn serve(stream: TcpStream, router: Router, watch: Watch, close: &CancellationToken, stop: &CancellationToken) {
    let service = {
        let watch = watch.clone();
        service_fn(move |request: hyper::Request<Incoming>| answer(router.clone(), watch.clone(), request))
    };
    let io = TokioIo::new(Watched { stream, watch: watch.clone() });
    // Each stage has its own limit, so that an idle connection may wait longer than an incomplete head.
    let connection = http1::Builder::new().header_read_timeout(None).serve_connection(io, service);
    let mut connection = std::pin::pin!(connection);
    let mut is_ending = false;
    loop {
        let look = Instant::now() + LOOK;
        let look = watch.deadline().map_or(look, |deadline| deadline.min(look));
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
                if watch.deadline().is_some_and(|deadline| deadline <= Instant::now()) {
                    tracing::debug!("a connection was silent for too long");
                    return;
                }
            }
        }
    }
}

async fn answer(router: Router, watch: Watch, request: hyper::Request<Incoming>) -> Result<http::Response<Outgoing>, Infallible> {
    watch.go_to(if request.body().is_end_stream() { Stage::Working } else { Stage::Body });
    let arriving = watch.clone();
    let response = router.oneshot(request.map(|body| Arriving { body, watch: arriving })).await?;
    watch.go_to(Stage::Answer);
    Ok(response.map(|body| Outgoing { body, watch }))
}

/// Body of a request, which records its end.
struct Arriving {
    body: Incoming,
    watch: Watch,
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if self.body.is_end_stream() || !matches!(frame, Some(Ok(_))) {
            self.watch.go_on_from(Stage::Body, Stage::Working);
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

impl Drop for Arriving {
    fn drop(&mut self) {
        // Nothing reads further, so the rest is not waited for.
        self.watch.go_on_from(Stage::Body, Stage::Working);
    }
}

/// Body of an answer, which records its end.
struct Outgoing {
    body: axum::body::Body,
    watch: Watch,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        // The client is not responsible for a part that is still being made.
        match frame {
            Poll::Pending => self.watch.go_on_from(Stage::Answer, Stage::Working),
            Poll::Ready(_) => self.watch.go_on_from(Stage::Working, Stage::Answer),
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

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.watch.go_to(Stage::Idle);
    }
}

/// Byte stream of the connection, which records reads and writes.
struct Watched {
    stream: TcpStream,
    watch: Watch,
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        if into.filled().len() > before {
            self.watch.go_on_from(Stage::Idle, Stage::Head);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.watch.was_taken_from();
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, pieces))?;
        self.watch.was_taken_from();
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
