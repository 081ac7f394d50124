//! Allowed values of `Host` and `Origin`, for servers that browsers could reach without a secret.
//!
//! A web page that resolves its own name to this machine ("DNS rebinding") reaches a server here from a user's browser, with
//! that name as `Host`; a page of another site that posts here has its own name as `Origin`. Both are refused. Allowed are
//! addresses of this machine, `localhost`, and names that nobody can have on the internet.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::json;

/// Allowed hosts of a server.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    listening: SocketAddr,
    named: Arc<[String]>,
}

impl AllowedHosts {
    /// Hosts of a server that listens on that address, and these names.
    pub fn of(listening: SocketAddr, named: &[String]) -> Self {
        Self { listening, named: named.iter().map(|name| name.to_ascii_lowercase()).collect() }
    }

    /// Refuses with 403 requests that name another host, or come from a page of another origin.
    pub fn guard(self, router: Router) -> Router {
        router.layer(from_fn(move |request: Request, next: Next| {
            let refused = self.refusal(request.uri(), request.headers());
            async move {
                match refused {
                    None => next.run(request).await,
                    Some(message) => forbidden(&message),
                }
            }
        }))
    }

    /// Reason for refusing a request. None for an allowed one.
    fn refusal(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        // An address in absolute form has the host, and the header is ignored (RFC 9112, 3.2.2).
        let host = uri.authority().map(|authority| authority.as_str()).or_else(|| text(header::HOST));
        let host = host.and_then(split);
        let Some((name, port)) = host else { return Some("the request names no host".to_owned()) };
        if !self.is_ours(&name) {
            return Some(format!(
                "this server does not accept the host `{}`: use its address, or allow the host with --allow-host",
                name.escape_default()
            ));
        }
        // Of several values one is forged.
        if headers.get_all(header::ORIGIN).iter().count() > 1 {
            return Some("the request comes from several origins".to_owned());
        }
        let origin = text(header::ORIGIN)?;
        let is_same = origin.strip_prefix("http://").and_then(split).is_some_and(|origin| origin == (name, port));
        (!is_same).then(|| format!("pages of `{}` may not use this server", origin.escape_default()))
    }

    fn is_ours(&self, name: &str) -> bool {
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let here = self.listening.ip();
        match address {
            // Addresses cannot be rebound, but a server with one address is named by no other.
            Ok(address) => address.to_canonical().is_loopback() || here.is_unspecified() || address == here,
            Err(_) if name == "localhost" || name.ends_with(".localhost") => true,
            // Names without a dot are used in networks of containers; nobody has one on the internet.
            Err(_) if !here.is_loopback() && !name.contains('.') => true,
            Err(_) => self.named.iter().any(|named| named == name),
        }
    }
}

/// Host and port of `host:port`. The host in lower case, an IPv6 address in its brackets.
fn split(text: &str) -> Option<(String, u16)> {
    let text = text.trim_end_matches('/').to_ascii_lowercase();
    let colon = text.rfind(':').filter(|colon| !text[*colon..].contains(']'));
    let (host, port) = match colon {
        Some(colon) => (&text[..colon], text[colon + 1..].parse().ok()?),
        None => (text.as_str(), 80),
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

fn forbidden(message: &str) -> Response {
    let body = json!({"ok": false, "error": "forbidden_host", "message": message});
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_in(listening: &str, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        let hosts = AllowedHosts::of(listening.parse().unwrap(), &["Catalog.internal.example".to_owned()]);
        hosts.refusal(&Uri::from_static("/v1/blueprints"), &headers).is_none()
    }

    #[test]
    fn a_server_is_called_by_its_address_by_localhost_and_by_names_that_were_given() {
        for (listening, host, expected) in [
            ("127.0.0.1:4000", "127.0.0.1:4000", true),
            ("127.0.0.1:4000", "127.0.0.2", true),
            ("127.0.0.1:4000", "LOCALHOST:4000", true),
            ("127.0.0.1:4000", "catalog.localhost:1", true),
            ("127.0.0.1:4000", "localhost.", true),
            ("127.0.0.1:4000", "[::1]:4000", true),
            ("127.0.0.1:4000", "catalog.internal.example:4000", true),
            ("127.0.0.1:4000", "evil.example:4000", false),
            ("127.0.0.1:4000", "127.0.0.1.evil.example", false),
            ("127.0.0.1:4000", "localhost.evil.example", false),
            ("127.0.0.1:4000", "10.0.0.5:4000", false),
            ("127.0.0.1:4000", "catalog", false),
            ("127.0.0.1:4000", "localhost:port", false),
            ("127.0.0.1:4000", ":4000", false),
            ("10.0.0.5:4000", "10.0.0.5:4000", true),
            ("10.0.0.5:4000", "10.0.0.6:4000", false),
            ("0.0.0.0:4000", "10.0.0.5:4000", true),
            ("0.0.0.0:4000", "[fd00::5]:4000", true),
            ("0.0.0.0:4000", "catalog:4000", true),
            ("0.0.0.0:4000", "evil.example:4000", false),
        ] {
            assert_eq!(is_let_in(listening, host, None), expected, "{listening} called {host}");
        }
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        for (origin, expected) in [
            ("http://127.0.0.1:4000", true),
            ("http://127.0.0.1:4001", false),
            ("http://localhost:4000", false),
            ("https://127.0.0.1:4000", false),
            ("http://evil.example", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(is_let_in("127.0.0.1:4000", "127.0.0.1:4000", Some(origin)), expected, "{origin}");
        }
        let hosts = AllowedHosts::of("127.0.0.1:80".parse().unwrap(), &[]);
        assert!(hosts.refusal(&Uri::from_static("/"), &HeaderMap::new()).is_some(), "no host");
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "127.0.0.1".parse().unwrap());
        assert!(hosts.refusal(&Uri::from_static("http://evil.example/"), &headers).is_some(), "the address has another host");
    }
}
