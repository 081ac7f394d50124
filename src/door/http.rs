//! HTTP types of the program: a request with its whole body, a response with a streaming body.

use std::fmt;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Version};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

/// Request. Bodies are small (1 MiB at most), so they are held whole and can be sent again.
pub type Request = http::Request<Bytes>;
/// Body of a response, in frames as they arrive. A broken connection is an error frame.
pub type Body = UnsyncBoxBody<Bytes, TransportError>;
/// Response.
pub type Response = http::Response<Body>;
/// Service that answers requests: the network, or a router in memory.
pub type HttpService = tower::util::BoxCloneSyncService<Request, Response, TransportError>;

/// Missing or incomplete response. Errors that a server reports are responses, not this.
///
/// Holds no URL, because URLs can be signed. The sender of the request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// Type of the error.
    pub kind: TransportErrorKind,
    /// Details, from the outermost cause to the innermost.
    pub message: String,
}

/// Type of a transport error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// No connection: unknown host, refused, unreachable.
    Connect,
    /// The server's certificate is not trusted.
    Certificate,
    /// Nothing arrived within the time limit.
    Timeout,
    /// The connection broke before the response was complete.
    Broken,
    /// The response exceeds the size limit.
    TooLarge,
    /// A web page came instead of a response, see [`super::page`].
    Page,
    /// The host's name resolves to an address that this client must not connect to, see [`super::reach`].
    PrivateAddress,
    /// The request cannot be sent, for instance because its address is too long. A retry would not help.
    Unsendable,
}

impl TransportError {
    /// Error of that type.
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

/// Message for a body whose end is not proven.
pub(crate) const UNPROVEN_END: &str = "the answer ended with the connection, and no length or chunks prove that it was complete";

/// Proof that a body which ended without an error is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A length (`Content-Length`), so that fewer bytes are an error.
    Length(u64),
    /// An end mark in the stream: chunks of HTTP/1.1, frames of HTTP/2 and later, the trailer of gzip; or the end of a body in
    /// memory.
    Marked,
    /// No proof: the body lasts until the connection ends, and a broken connection looks the same.
    Connection,
}

impl Framing {
    /// Framing by the version and headers of a response. For a body that is not unpacked.
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

    /// Framing of a response: the one that a lower layer noted, else that of its version and headers.
    pub fn of_response<B>(response: &http::Response<B>) -> Self {
        let noted = response.extensions().get::<Self>().copied();
        noted.unwrap_or_else(|| Self::of(response.version(), response.headers()))
    }
}

/// Reads a body to its end, up to `limit` bytes.
///
/// # Errors
/// The connection breaks, or the body is longer than `limit`.
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

/// Router of axum as an [`HttpService`], called in memory.
pub fn in_memory(router: axum::Router) -> HttpService {
    use tower::ServiceExt;
    let service = router
        .map_request(|request: Request| request.map(axum::body::Body::from))
        .map_response(|response: http::Response<axum::body::Body>| {
            let mut response = response.map(|body| {
                body.map_err(|error| TransportError::new(TransportErrorKind::Broken, error.to_string())).boxed_unsync()
            });
            // Without a connection, a body ends where the server ends it. A test server that simulates a connection sets the
            // framing itself.
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
