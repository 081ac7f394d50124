//! The one shape of HTTP in this house: a request with its whole body, an answer whose body streams.

use std::fmt;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Version};
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

/// What is wrong with a body whose end proves nothing.
pub(crate) const UNPROVEN_END: &str =
    "the answer ended with its connection, and neither a length nor chunks say that it was whole";

/// What proves that a body which ended without an error is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes were announced (`Content-Length`), so that fewer are an error.
    Length(u64),
    /// The end is marked in the stream itself: chunks of HTTP/1.1, frames of HTTP/2 and later, the trailer of gzip; or a
    /// server called in memory ended it.
    Marked,
    /// Nothing: the body lasts until the connection ends, and a connection that broke looks the same.
    Connection,
}

impl Framing {
    /// The framing that an answer's version and headers say. Of a body that is still packed as it was sent.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc9112#name-message-body-length>: chunks count before a length.
    pub fn of(version: Version, headers: &HeaderMap) -> Self {
        if version >= Version::HTTP_2 {
            return Self::Marked;
        }
        let codings = headers.get_all(TRANSFER_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
        let last = codings.flat_map(|value| value.split(',')).map(str::trim).rfind(|coding| !coding.is_empty());
        if let Some(last) = last {
            let is_chunked = last.eq_ignore_ascii_case("chunked") && version >= Version::HTTP_11;
            return if is_chunked { Self::Marked } else { Self::Connection };
        }
        let mut lengths = headers.get_all(CONTENT_LENGTH).into_iter().map(|value| value.to_str().ok()?.trim().parse().ok());
        match (lengths.next(), lengths.next()) {
            (Some(Some(length)), None) => Self::Length(length),
            _ => Self::Connection,
        }
    }

    /// The framing of an answer: what the way here noted, else what its version and headers say.
    pub fn of_response<B>(response: &http::Response<B>) -> Self {
        let noted = response.extensions().get::<Self>().copied();
        noted.unwrap_or_else(|| Self::of(response.version(), response.headers()))
    }
}

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
            let mut response = response.map(|body| {
                body.map_err(|error| TransportError::new(TransportErrorKind::Broken, error.to_string())).boxed_unsync()
            });
            // No connection is in between that could break: a body ends where the server ends it. A server in a test that plays a
            // connection says so itself.
            if !response.headers().contains_key(CONTENT_LENGTH) && response.extensions().get::<Framing>().is_none() {
                response.extensions_mut().insert(Framing::Marked);
            }
            response
        })
        .map_err(|never: std::convert::Infallible| match never {});
    HttpService::new(service)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_length_or_an_end_in_the_stream_proves_that_a_body_is_whole() {
        type Headers = &'static [(&'static str, &'static str)];
        let cases: [(Version, Headers, Framing); 15] = [
            (Version::HTTP_11, &[("content-length", "12")], Framing::Length(12)),
            (Version::HTTP_10, &[("content-length", "0")], Framing::Length(0)),
            (Version::HTTP_11, &[("transfer-encoding", "chunked")], Framing::Marked),
            (Version::HTTP_11, &[("transfer-encoding", "gzip, Chunked")], Framing::Marked),
            (Version::HTTP_11, &[("transfer-encoding", "gzip"), ("transfer-encoding", "chunked")], Framing::Marked),
            (Version::HTTP_11, &[("transfer-encoding", "chunked"), ("content-length", "12")], Framing::Marked),
            (Version::HTTP_11, &[("transfer-encoding", "chunked, gzip")], Framing::Connection),
            (Version::HTTP_11, &[("transfer-encoding", "gzip"), ("content-length", "12")], Framing::Connection),
            (Version::HTTP_10, &[("transfer-encoding", "chunked")], Framing::Connection),
            (Version::HTTP_2, &[], Framing::Marked),
            (Version::HTTP_3, &[], Framing::Marked),
            (Version::HTTP_11, &[], Framing::Connection),
            (Version::HTTP_11, &[("connection", "close")], Framing::Connection),
            (Version::HTTP_11, &[("content-length", "twelve")], Framing::Connection),
            (Version::HTTP_11, &[("content-length", "12"), ("content-length", "13")], Framing::Connection),
        ];
        for (version, headers, expected) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, HeaderValue::from_static(value));
            }
            assert_eq!(Framing::of(version, &map), expected, "{version:?} {headers:?}");
        }
    }
}
