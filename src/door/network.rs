//! The network: the one file that names reqwest.

use std::error::Error;
use std::time::Duration;

use http_body_util::BodyExt;

use super::http::{HttpService, Request, Response, TransportError, TransportErrorKind};

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How the network is used.
#[derive(Clone, Debug)]
pub struct NetworkOptions {
    /// How long may pass without a byte. GitHub and Port answer within ten seconds or not at all.
    pub read_timeout: Duration,
    /// Whether several requests may keep connections open to the same host, and how many.
    pub idle_connections: usize,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self { read_timeout: Duration::from_secs(60), idle_connections: 16 }
    }
}

/// Opens the network. Redirects are not followed: whoever asks must decide whether its credentials may go there.
///
/// Honours `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, `SSL_CERT_FILE` and `SSL_CERT_DIR`.
///
/// # Errors
/// When TLS cannot be set up, for instance because no root certificate is found.
pub fn open(options: &NetworkOptions) -> Result<HttpService, TransportError> {
    // Installing twice is refused, and means that it is installed: both are what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(options.read_timeout)
        .pool_max_idle_per_host(options.idle_connections)
        .build()
        .map_err(transport_error)?;
    Ok(HttpService::new(tower::service_fn(move |request: Request| call(client.clone(), request))))
}

async fn call(client: reqwest::Client, request: Request) -> Result<Response, TransportError> {
    let request = reqwest::Request::try_from(request).map_err(transport_error)?;
    let response = client.execute(request).await.map_err(transport_error)?;
    let response = http::Response::<reqwest::Body>::from(response);
    Ok(response.map(|body| body.map_err(transport_error).boxed_unsync()))
}

fn transport_error(error: reqwest::Error) -> TransportError {
    // The URL may be signed.
    let error = error.without_url();
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        message = format!("{message}: {inner}");
        cause = inner.source();
    }
    let certificate = message.contains("certificate");
    let kind = match () {
        () if certificate => TransportErrorKind::Certificate,
        () if error.is_timeout() => TransportErrorKind::Timeout,
        () if error.is_connect() || error.is_builder() => TransportErrorKind::Connect,
        () => TransportErrorKind::Broken,
    };
    TransportError::new(kind, message)
}
