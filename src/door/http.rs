//! The one shape of HTTP in this house: a request with its whole body, an answer whose body streams.

use std::fmt;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

/// A request. Bodies are small (1 MiB at most), so they are held whole and can be sent again.
pub type Request = http::Request<Bytes>;
/// The body of an answer: frames as they arrive. A connection that breaks is an error frame.
pub type Body = UnsyncBoxBody<Bytes, TransportError>;
/// An answer.
pub type Response = http::Response<Body>;
/// Whatever answers requests: the network, or a server called in memory.
pub type HttpService = tower::util::BoxCloneSyncService<Request, Response, TransportError>;

/// No answer, or only part of one. What a server said is never one of these.
///
/// Holds no URL, because URLs can be signed; whoever made the request says what it was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// What went wrong.
    pub kind: TransportErrorKind,
    /// The particulars, from the outermost cause to the innermost.
    pub message: String,
}

/// What can go wrong between us and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// No connection: unknown host, refused, unreachable.
    Connect,
    /// The server's certificate is not trusted.
    Certificate,
    /// Nothing came for too long.
    Timeout,
    /// The connection broke before the answer was complete.
    Broken,
    /// The answer is larger than what was agreed to read.
    TooLarge,
    /// A page for people came where an answer belongs, see [`super::page`].
    Page,
    /// The host's name leads to an address that this client must not connect to, see [`super::reach`].
    PrivateAddress,
    /// The request cannot be written, as when its address is too long. Nothing was sent, and nothing would be another time.
    Unsendable,
}

impl TransportError {
    /// An error of that kind.
    pub fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TransportErrorKind::Connect => "cannot connect",
            TransportErrorKind::Certificate => "the certificate is not trusted",
            TransportErrorKind::Timeout => "no answer in time",
            TransportErrorKind::Broken => "the connection broke",
            TransportErrorKind::TooLarge => "the answer is too large",
            TransportErrorKind::Page => "a page came instead of an answer",
            TransportErrorKind::PrivateAddress => "not connected",
            TransportErrorKind::Unsendable => "the request cannot be sent",
        };
        write!(formatter, "{what}: {}", self.message)
    }
}

impl std::error::Error for TransportError {}

/// Reads a body to its end, up to `limit` bytes.
///
/// # Errors
/// When the connection breaks, or the body is longer than `limit`.
pub async fn read_whole(mut body: Body, limit: usize) -> Result<Bytes, TransportError> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        if whole.len() + data.len() > limit {
            return Err(TransportError::new(TransportErrorKind::TooLarge, format!("more than {limit} bytes")));
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

/// A router of axum as an [`HttpService`], called in memory.
pub fn in_memory(router: axum::Router) -> HttpService {
    use tower::ServiceExt;
    let service = router
        .map_request(|request: Request| request.map(axum::body::Body::from))
        .map_response(|response: http::Response<axum::body::Body>| {
            response.map(|body| {
                body.map_err(|error| TransportError::new(TransportErrorKind::Broken, error.to_string())).boxed_unsync()
            })
        })
        .map_err(|never: std::convert::Infallible| match never {});
    HttpService::new(service)
}
