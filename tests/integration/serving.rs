//! Ports of ours over real sockets, on loopback, with limits that are short enough for a test: whoever is silent is let go, and
//! whoever asks is answered however many are silent.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use pilotage::door::serving::hosts::AllowedHosts;
use pilotage::door::serving::{BoundAddress, Serving, ServingLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a test waits for what must come.
const SURELY: Duration = Duration::from_secs(20);

/// Silent connections: several times as many as a server keeps, and few enough for the descriptors of a test.
const SILENT: usize = 300;

/// ServingLimits that no test here reaches by waiting.
const LONG: ServingLimits = ServingLimits {
    connections: 4,
    head: Duration::from_secs(600),
    body: Duration::from_secs(600),
    idle: Duration::from_secs(600),
};

fn router() -> Router {
    Router::new()
        .route("/health/live", get(|| async { "alive" }))
        .route("/large", get(|| async { vec![b'x'; 32 << 20] }))
        .route("/whole", post(|body: bytes::Bytes| async move { body.len().to_string() }))
}

async fn serve(limits: ServingLimits) -> (SocketAddr, Serving) {
    let place = BoundAddress::take(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
    let address = place.address();
    (address, place.serve(router(), limits))
}

async fn connect(address: SocketAddr, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    stream
}

/// All that comes until the connection ends.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = tokio::time::timeout(SURELY, stream.read_to_end(&mut text)).await.expect("the connection was not ended");
    // A connection that is cut is ended too.
    let _ = read;
    String::from_utf8_lossy(&text).into_owned()
}

async fn ask(address: SocketAddr) -> String {
    rest(&mut connect(address, "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_starve_nobody_and_most_of_them_are_ended() {
    let (address, _serving) = serve(ServingLimits { connections: 64, ..LONG }).await;
    let mut silent = Vec::new();
    for number in 0..SILENT {
        let said = ["", "GET /health", "POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"][number % 3];
        silent.push(connect(address, said).await);
    }
    for _ in 0..5 {
        assert!(ask(address).await.ends_with("alive"));
    }
    // The first ones have waited longest, and were let go for those that came after them.
    for stream in silent.iter_mut().take(SILENT - 64 - 5) {
        assert_eq!(rest(stream).await, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_silent_too_long_is_let_go() {
    let short = Duration::from_millis(300);
    let post = "POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n";
    for (limits, said, answered) in [
        (ServingLimits { head: short, ..LONG }, "", false),
        (ServingLimits { head: short, ..LONG }, "GET /health/live HTTP/1.1\r\nHost:", false),
        (ServingLimits { body: short, ..LONG }, post, false),
        (ServingLimits { idle: short, ..LONG }, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", true),
        // A next head that has begun.
        (ServingLimits { head: short, ..LONG }, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", true),
    ] {
        let (address, _serving) = serve(limits).await;
        let mut stream = connect(address, said).await;
        if answered && limits.head == short {
            let mut first = vec![0; 12];
            stream.read_exact(&mut first).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
            stream.write_all(b"GET /he").await.unwrap();
        }
        let text = rest(&mut stream).await;
        assert_eq!(text.ends_with("alive"), answered, "{said:?}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_drips_ends_with_its_limit_and_an_answer_that_nobody_takes_with_its_own() {
    let short = Duration::from_millis(500);
    let (address, _serving) = serve(ServingLimits { body: short, ..LONG }).await;
    let mut stream = connect(address, "POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n").await;
    let mut written = 0;
    while stream.write_all(b"x").await.is_ok() {
        written += 1;
        assert!(written < 1000, "a byte now and then is no way to stay");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (address, _serving) = serve(ServingLimits { idle: short, ..LONG }).await;
    let mut stream = connect(address, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await;
    tokio::time::sleep(short * 4).await;
    let text = rest(&mut stream).await;
    assert!(text.len() < 32 << 20, "what was not taken in time is not kept for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_asks_again_and_again_is_kept() {
    let (address, _serving) = serve(LONG).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for size in [0, 10, 100_000] {
        let request = format!("POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n{}", "x".repeat(size));
        stream.write_all(request.as_bytes()).await.unwrap();
        let expected = format!("\r\n\r\n{size}");
        let mut text = String::new();
        while !text.ends_with(&expected) {
            let mut piece = vec![0; 1000];
            let read = tokio::time::timeout(SURELY, stream.read(&mut piece)).await.unwrap().unwrap();
            assert!(read > 0, "{text}");
            text.push_str(std::str::from_utf8(&piece[..read]).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_somebody_elses_gets_nothing() {
    let place = BoundAddress::take(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
    let address = place.address();
    let _serving = place.serve(AllowedHosts::of(address, &[]).guard(router()), LONG);
    for (head, status) in [
        (format!("Host: {address}"), "200"),
        (format!("Host: localhost:{}", address.port()), "200"),
        (format!("Host: {address}\r\nOrigin: http://{address}"), "200"),
        (format!("Host: rebound.example:{}", address.port()), "403"),
        (format!("Host: {address}\r\nOrigin: http://evil.example"), "403"),
        (format!("Host: {address}\r\nOrigin: null"), "403"),
    ] {
        let request = format!("GET /health/live HTTP/1.1\r\n{head}\r\nConnection: close\r\n\r\n");
        let text = rest(&mut connect(address, &request).await).await;
        assert!(text.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {text}");
    }
}
