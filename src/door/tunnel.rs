//! Asks a proxy again why it refuses a connection. The HTTP library does not report the status.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::proxies::Proxy;

/// Time limit of the question. It is asked only after a refusal.
const AT_MOST: Duration = Duration::from_secs(5);

/// Bytes of the answer that are read. Its first line is enough.
const ANSWER_BYTES_AT_MOST: usize = 1024;

/// Credentials for a proxy. None without any.
pub(super) fn authorization(proxy: &Proxy) -> Option<HeaderValue> {
    let (user, password) = proxy.credentials.as_ref()?;
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose())))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Status with which a proxy refuses to connect to `host`. None when it does not refuse, does not answer in HTTP, or is itself
/// reached by TLS.
pub(super) async fn refusal(proxy: &Proxy, host: &str, port: u16) -> Option<u16> {
    if proxy.url.scheme() != "http" {
        return None;
    }
    let status = tokio::time::timeout(AT_MOST, ask(proxy, host, port)).await.ok()??;
    (!(200..300).contains(&status)).then_some(status)
}

async fn ask(proxy: &Proxy, host: &str, port: u16) -> Option<u16> {
    // Name resolution may block.
    let url = proxy.url.clone();
    let places = tokio::task::spawn_blocking(move || url.socket_addrs(|| None)).await.ok()?.ok()?;
    let mut connection = TcpStream::connect(places.as_slice()).await.ok()?;
    let authorization = authorization(proxy);
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes();
    if let Some(authorization) = &authorization {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    connection.write_all(&request).await.ok()?;
    let mut answer = Vec::new();
    let mut connection = connection.take(ANSWER_BYTES_AT_MOST as u64);
    while !answer.contains(&b'\n') {
        if connection.read_buf(&mut answer).await.ok()? == 0 {
            return None;
        }
    }
    status(&answer)
}

/// Status of a line such as `HTTP/1.1 403 Forbidden`.
fn status(answer: &[u8]) -> Option<u16> {
    let line = String::from_utf8_lossy(answer);
    let mut words = line.lines().next()?.split_ascii_whitespace();
    words.next()?.starts_with("HTTP/").then(|| words.next()?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_the_second_word_of_an_answer_in_http() {
        let table: [(&[u8], Option<u16>); 5] = [
            (b"HTTP/1.1 403 Forbidden\r\nx: y\r\n", Some(403)),
            (b"HTTP/1.0 407\r\n", Some(407)),
            (b"SSH-2.0-OpenSSH 403\r\n", None),
            (b"HTTP/1.1 nonsense\r\n", None),
            (b"\n", None),
        ];
        for (answer, expected) in table {
            assert_eq!(status(answer), expected);
        }
    }
}
