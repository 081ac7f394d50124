//! `pilotage health`: asks a daemon whether it is well, for probes of containers that have neither a shell nor curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use tower::ServiceExt;
use url::{Position, Url};

use super::console::{self, Written};
use super::failure::{Failure, exit};
use super::flags::HealthFlags;
use super::network::open_network;
use crate::door::http::{HttpService, read_whole};
use crate::settings::Settings;

/// Maximum time for the whole answer. Kubernetes and Docker give a probe one to thirty seconds; a daemon answers in milliseconds.
const ANSWER_AT_MOST: Duration = Duration::from_secs(5);

/// Maximum size of an answer, in bytes: the reasons and a few times.
const ANSWER_BYTES_AT_MOST: usize = 64 << 10;

pub(super) async fn run(settings: Settings, flags: &HealthFlags) -> Result<u8, Failure> {
    let address = SocketAddr::from((settings.application_address, settings.application_port));
    let url = health_url(flags, address)?;
    let (status, body) = ask(open_network(&settings)?, &url).await?;
    let (code, text) = verdict(&url, status, &body)?;
    console::data(Written::Page, &text)?;
    Ok(code)
}

/// Address of the question: that of `--url`, where a path of its own is kept, else the one that `serve` takes from the same settings.
fn health_url(flags: &HealthFlags, listening: SocketAddr) -> Result<Url, Failure> {
    let own = format!("http://{}/", reachable(listening));
    let text = flags.url.as_deref().unwrap_or(&own);
    let wrong =
        |why: &str| Failure::wrong(format!("--url {why}")).help("give the address of the daemon, such as http://127.0.0.1:8000");
    let mut url = Url::parse(text).map_err(|error| wrong(&format!("is no address: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("has to begin with http:// or https:// and a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a user's name or password, which the daemon does not ask for"));
    }
    if url.path() == "/" {
        url.set_path(if flags.live { "/health/live" } else { "/health/ready" });
    } else if flags.live {
        return Err(wrong("has a path, so --live cannot choose one"));
    }
    Ok(url)
}

/// Address at which this machine reaches what listens on that one.
fn reachable(listening: SocketAddr) -> SocketAddr {
    let address = match listening.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(address, listening.port())
}

async fn ask(http: HttpService, url: &Url) -> Result<(StatusCode, Bytes), Failure> {
    let failed = |what: String| {
        let failure = Failure::failed(format!("cannot ask {}: {what}", shown(url)));
        failure.help("is `pilotage serve` running, and listening there (--port, APPLICATION__PORT)?")
    };
    let request = http::Request::get(url.as_str()).body(Bytes::new()).map_err(|error| failed(error.to_string()))?;
    let answer = async {
        let (parts, body) = http.oneshot(request).await?.into_parts();
        Ok((parts.status, read_whole(body, ANSWER_BYTES_AT_MOST).await?))
    };
    match tokio::time::timeout(ANSWER_AT_MOST, answer).await {
        Ok(answer) => answer.map_err(|error: crate::door::http::TransportError| failed(error.to_string())),
        Err(_) => Err(failed(format!("no answer within {} s", ANSWER_AT_MOST.as_secs()))),
    }
}

/// Exit code and text of an answer.
///
/// # Errors
/// It is not the answer of a daemon.
fn verdict(url: &Url, status: StatusCode, body: &[u8]) -> Result<(u8, String), Failure> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let word = answer["status"].as_str().unwrap_or_default();
    match (status, word) {
        (StatusCode::OK, "healthy") => Ok((exit::DONE, "healthy\n".to_owned())),
        (StatusCode::SERVICE_UNAVAILABLE, "not_ready") => {
            let mut text = "not ready\n".to_owned();
            for reason in answer["reasons"].as_array().into_iter().flatten() {
                let part = |name: &str| reason[name].as_str().unwrap_or("unknown");
                // A line break inside a message must not begin a line of its own.
                let line = format!("{}: {}", part("code"), part("message")).replace(['\n', '\r'], " ");
                text.push_str(&format!("  {line}\n"));
            }
            Ok((exit::FAILED, text))
        }
        _ => {
            let failure = Failure::failed(format!("{} answered {} and no health of a daemon", shown(url), status.as_u16()));
            Err(failure.help("give the address of `pilotage serve` with --url; its endpoints are /health/ready and /health/live"))
        }
    }
}

/// The address without query and fragment, which may hold anything.
fn shown(url: &Url) -> &str {
    &url[..Position::AfterPath]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: Option<&str>, live: bool, listening: &str) -> Result<String, String> {
        let flags = HealthFlags { url: text.map(str::to_owned), live };
        let made = health_url(&flags, listening.parse().unwrap());
        made.map(|url| url.to_string()).map_err(|failure| failure.message().to_owned())
    }

    #[test]
    fn the_question_goes_to_where_serve_listens() {
        for (listening, expected) in [
            ("0.0.0.0:8000", "http://127.0.0.1:8000/health/ready"),
            ("10.1.2.3:9000", "http://10.1.2.3:9000/health/ready"),
            ("[::]:8000", "http://[::1]:8000/health/ready"),
        ] {
            assert_eq!(url(None, false, listening).unwrap(), expected);
        }
        assert_eq!(url(None, true, "0.0.0.0:8000").unwrap(), "http://127.0.0.1:8000/health/live");
    }

    #[test]
    fn an_address_of_ones_own_keeps_its_path_and_names_nobody() {
        let asked = |text, live| url(Some(text), live, "0.0.0.0:8000");
        assert_eq!(asked("http://pod:81", false).unwrap(), "http://pod:81/health/ready");
        assert_eq!(asked("https://pod/", true).unwrap(), "https://pod/health/live");
        assert_eq!(asked("http://pod/behind/health/ready", false).unwrap(), "http://pod/behind/health/ready");
        assert_eq!(asked("http://pod/x", true).unwrap_err(), "--url has a path, so --live cannot choose one");
        assert!(asked("ftp://pod", false).unwrap_err().contains("http://"));
        assert!(asked("pod:8000", false).unwrap_err().contains("http://"));
        let error = asked("http://me:S3cret@pod", false).unwrap_err();
        assert!(error.contains("password") && !error.contains("S3cret"), "{error}");
    }

    #[test]
    fn only_the_answers_of_a_daemon_are_believed() {
        let url = Url::parse("http://127.0.0.1:8000/health/ready?key=S3cret").unwrap();
        let verdict = |status: u16, body: &str| {
            let verdict = verdict(&url, StatusCode::from_u16(status).unwrap(), body.as_bytes());
            verdict.map_err(|failure| (failure.code, failure.message().to_owned()))
        };
        assert_eq!(verdict(200, r#"{"status":"healthy"}"#), Ok((0, "healthy\n".to_owned())));
        let reasons = r#"{"status":"not_ready","reasons":[{"code":"a","message":"one\n::error::two"},{"code":"b"}]}"#;
        assert_eq!(verdict(503, reasons), Ok((1, "not ready\n  a: one ::error::two\n  b: unknown\n".to_owned())));
        for (status, body) in [(200, "<html>welcome</html>"), (503, "down"), (404, r#"{"status":"healthy"}"#), (200, "[]")] {
            let (code, message) = verdict(status, body).unwrap_err();
            let expected = format!("http://127.0.0.1:8000/health/ready answered {status} and no health of a daemon");
            assert_eq!((code, message), (1, expected), "{body}");
        }
    }
}
