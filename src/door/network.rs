//! The network: the one file that names reqwest.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, RANGE};
use http_body_util::BodyExt;

use super::certificate::{self, Verifier};
use super::gunzip::unpacked;
use super::http::{Framing, HttpService, Request, Response, TransportError, TransportErrorKind};
use super::proxies::{Proxies, Proxy};
use super::reach::Reach;
use super::trust::Trust;
use super::tunnel;
pub use super::variables::{NetworkError, Variables};
use crate::model::quotes;

/// Limit for opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Timeouts, connections and reach of the network.
#[derive(Clone, Debug)]
pub struct NetworkOptions {
    /// Longest time without a byte. GitHub and Port answer within ten seconds or not at all.
    pub read_timeout: Duration,
    /// Maximum number of idle connections to one host.
    pub idle_connections: usize,
    /// Addresses that connections may lead to.
    pub reach: Reach,
    /// True when a network was opened before with the same environment. Warnings about it were logged then.
    pub is_further: bool,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self { read_timeout: Duration::from_secs(60), idle_connections: 16, reach: Reach::Anywhere, is_further: false }
    }
}

/// Opens the network. Redirects are not followed: the caller must decide whether its credentials may go there.
///
/// Trusts the authorities of the system and those of [`super::trust::TRUST_VARIABLES`]; goes through the proxies of
/// [`super::proxies::PROXY_VARIABLES`], except to this machine.
///
/// # Errors
/// Fails when one of these variables is wrong, or TLS cannot be set up.
pub fn open(options: &NetworkOptions, variables: Variables<'_>) -> Result<HttpService, NetworkError> {
    let without_quotes = |name: &str| variables(name).map(|value| quotes::unquoted(&value).unwrap_or(value));
    let variables: Variables<'_> = if options.is_further { &without_quotes } else { variables };
    let proxies = Proxies::read(variables)?;
    let trust = Trust::read(variables)?;
    if !options.is_further {
        trust.unread().for_each(|sentence| tracing::warn!("{sentence}"));
    }
    let tls = tls(trust)?;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(options.read_timeout)
        .pool_max_idle_per_host(options.idle_connections)
        .tls_backend_preconfigured(tls);
    let client = with_reach(client, &options.reach, &proxies);
    let client = with_proxies(client, &proxies)?.build().map_err(cannot)?;
    let proxies = Arc::new(proxies);
    Ok(HttpService::new(tower::service_fn(move |request: Request| call(client.clone(), proxies.clone(), request))))
}

fn tls(trust: Trust) -> Result<rustls::ClientConfig, NetworkError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| NetworkError::Client(error.to_string()))?;
    // `dangerous` is rustls' word for any verifier but its own. Ours asks its own, and explains what that refuses.
    let verifier = Arc::new(Verifier::new(trust, provider));
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Takes the proxies of the environment. Where it names none, the system's own settings hold, on systems that have some.
fn with_proxies(mut client: reqwest::ClientBuilder, proxies: &Proxies) -> Result<reqwest::ClientBuilder, NetworkError> {
    if proxies.is_none() {
        return Ok(client);
    }
    let exceptions = || reqwest::NoProxy::from_string(&proxies.exceptions);
    // Credentials go into the header as they are: an address would have to escape them, and tools do not agree how.
    let with_credentials = |by: reqwest::Proxy, proxy: &Proxy| match tunnel::authorization(proxy) {
        Some(authorization) => by.custom_http_auth(authorization),
        None => by,
    };
    if let Some(proxy) = &proxies.https {
        let by = reqwest::Proxy::https(proxy.url.clone()).map_err(cannot)?;
        client = client.proxy(with_credentials(by, proxy).no_proxy(exceptions()));
    }
    if let Some(proxy) = &proxies.http {
        let by = reqwest::Proxy::http(proxy.url.clone()).map_err(cannot)?;
        client = client.proxy(with_credentials(by, proxy).no_proxy(exceptions()));
    }
    Ok(client)
}

/// Looks at every address that a name resolves to before a connection is made to it.
///
/// Names that a proxy resolves are the proxy's affair, and where the proxies themselves are may be inside. On systems with
/// settings of their own for proxies we do not know those, so nothing is looked at there unless the environment names them.
fn with_reach(client: reqwest::ClientBuilder, reach: &Reach, proxies: &Proxies) -> reqwest::ClientBuilder {
    let Reach::Public { except } = reach else { return client };
    if proxies.is_none() && cfg!(any(target_os = "macos", target_os = "windows")) {
        return client;
    }
    let hosts = proxies.https.iter().chain(&proxies.http).filter_map(|proxy| proxy.url.host_str()).map(str::to_owned);
    let reach = Reach::Public { except: except.iter().cloned().chain(hosts).collect() };
    client.dns_resolver(Arc::new(Resolver(Arc::new(reach))))
}

/// The system's resolver, without the addresses that are out of reach.
struct Resolver(Arc<Reach>);

/// A name that leads to addresses out of reach only.
#[derive(Debug, thiserror::Error)]
#[error("{host} leads to {address}, which is inside a private network or on this machine")]
struct OutOfReach {
    host: String,
    address: std::net::IpAddr,
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let reach = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let (allowed, refused): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| reach.allows(&host, found.ip()));
            match (allowed.is_empty(), refused.first()) {
                (true, Some(refused)) => Err(OutOfReach { host, address: refused.ip() }.into()),
                _ => Ok(Box::new(allowed.into_iter()) as reqwest::dns::Addrs),
            }
        })
    }
}

fn cannot(error: reqwest::Error) -> NetworkError {
    NetworkError::Client(transport_error(error, None).message)
}

async fn call(client: reqwest::Client, proxies: Arc<Proxies>, mut request: Request) -> Result<Response, TransportError> {
    let scheme = request.uri().scheme_str().unwrap_or_default();
    let described = proxies.described(scheme);
    let proxy = proxies.of(scheme);
    let host = request.uri().host().unwrap_or_default().to_owned();
    let port = request.uri().port_u16().unwrap_or(443);
    // A part of a packed body cannot be unpacked by itself.
    if !request.headers().contains_key(ACCEPT_ENCODING) && !request.headers().contains_key(RANGE) {
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let request = reqwest::Request::try_from(request).map_err(|error| transport_error(error, None))?;
    let response = match (client.execute(request).await, proxy) {
        (Ok(response), _) => response,
        (Err(error), Some(proxy)) if is_proxy_refusal(&error) => {
            let mut error = transport_error(error, described.as_deref());
            if let Some(status) = tunnel::refusal(proxy, &host, port).await {
                error.message = format!("the proxy answers {status} to CONNECT {host}:{port}; {}", error.message);
            }
            return Err(error);
        }
        (Err(error), _) => return Err(transport_error(error, described.as_deref())),
    };
    let response = http::Response::<reqwest::Body>::from(response);
    Ok(plain(response.map(|body| body.map_err(|error| transport_error(error, None)).boxed_unsync())))
}

/// The answer with its body unpacked, and with a note of what proves that it is whole: reqwest could unpack as well, but would
/// take away the headers that say so.
fn plain(mut response: Response) -> Response {
    let mut framing = Framing::of(response.version(), response.headers());
    let is_packed =
        response.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip"));
    if is_packed {
        response.headers_mut().remove(CONTENT_ENCODING);
        // It was the length of what is packed.
        response.headers_mut().remove(CONTENT_LENGTH);
        let is_framed = framing != Framing::Connection;
        response = response.map(|body| unpacked(body, is_framed));
        framing = Framing::Marked;
    }
    response.extensions_mut().insert(framing);
    response
}

/// True when a proxy refused to connect. The library shows that in the error's text only.
fn is_proxy_refusal(error: &reqwest::Error) -> bool {
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.any(|cause| cause.to_string().starts_with("tunnel error: "))
}

/// `proxy` is in between when the host is no exception, which only reqwest knows.
fn transport_error(error: reqwest::Error, proxy: Option<&str>) -> TransportError {
    if let Some(refused) = certificate::refused(&error) {
        return TransportError::new(TransportErrorKind::Certificate, refused.to_string());
    }
    if let Some(refused) = out_of_reach(&error) {
        return TransportError::new(TransportErrorKind::PrivateAddress, refused.to_string());
    }
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
        // Nothing was asked of anybody: an address that is too long, a header that cannot be written.
        () if error.is_builder() => TransportErrorKind::Unsendable,
        () if error.is_connect() => TransportErrorKind::Connect,
        () => TransportErrorKind::Broken,
    };
    if let (TransportErrorKind::Connect, Some(proxy)) = (kind, proxy) {
        message = format!("{message}; the environment names the proxy {proxy}");
    }
    TransportError::new(kind, message)
}

fn out_of_reach(error: &reqwest::Error) -> Option<&OutOfReach> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        match inner.downcast_ref() {
            Some(found) => return Some(found),
            None => cause = inner.source(),
        }
    }
    None
}
