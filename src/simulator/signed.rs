//! Host of signed links: reports as files, open to requests with a valid link and without credentials.

use std::hash::Hasher;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::routing::get;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use siphasher::sip128::{Hasher128, SipHasher24};

use super::api::SimulatorState;
use super::api::answer::{ApiAnswer, RequestParts, with_body};
use super::report::{FileChunks, RequestedReport, Scope};

/// Lifetime of a link.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
const XML: &str = "application/xml";

/// Query of a link to a file, issued at that time. An expired one ended a second before.
pub(super) fn sign(seed: u64, file: &str, now: Timestamp, is_expired: bool) -> String {
    let end = now.saturating_add(if is_expired { SignedDuration::from_secs(-1) } else { LIFETIME });
    let end = end.unwrap_or(now).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let signature = signature(seed, file, &end);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("se", &end).append_pair("sp", "r").append_pair("sr", "b").append_pair("sig", &signature);
    query.finish()
}

/// Checksum that tells issued links from invented ones. It protects no secret.
fn signature(seed: u64, file: &str, end: &str) -> String {
    let mut hasher = SipHasher24::new_with_keys(seed, 0x7369_676e_6564_2121);
    hasher.write(file.as_bytes());
    hasher.write(b"\0");
    hasher.write(end.as_bytes());
    let hash = hasher.finish128();
    format!("{:016x}{:016x}", hash.h1, hash.h2)
}

/// Router of the files of all reports.
pub(super) fn router(server: Arc<SimulatorState>) -> Router {
    Router::new()
        .route("/reports/{organization}/{report}/{span}/{part}", get(organization_file))
        .route("/reports/enterprises/{enterprise}/{report}/{span}/{part}", get(enterprise_file))
        .fallback(async || blob_not_found())
        .with_state(server)
        .layer(middleware::from_fn(refuse_credentials))
}

/// 400 for requests with `Authorization`: GitHub's token would have been sent to a host that is not GitHub's API.
pub(super) async fn refuse_credentials(request: Request, next: Next) -> ApiAnswer {
    if request.headers().contains_key(header::AUTHORIZATION) {
        let message = "Authentication information is not given in the correct format. Check the value of Authorization header.";
        return xml(StatusCode::BAD_REQUEST, "InvalidAuthenticationInfo", message, "");
    }
    next.run(request).await
}

async fn organization_file(
    State(server): State<Arc<SimulatorState>>,
    Path((organization, report, span, part)): Path<(String, String, String, String)>,
    parts: RequestParts,
) -> ApiAnswer {
    file(&server, Scope::of_organization(&server.world, &organization), [&report, &span, &part], &parts)
}

async fn enterprise_file(
    State(server): State<Arc<SimulatorState>>,
    Path((enterprise, report, span, part)): Path<(String, String, String, String)>,
    parts: RequestParts,
) -> ApiAnswer {
    file(&server, Scope::of_enterprise(&server.world, &enterprise), [&report, &span, &part], &parts)
}

fn file(server: &SimulatorState, scope: Option<Scope>, [report, span, part]: [&str; 3], parts: &RequestParts) -> ApiAnswer {
    if let Err(refusal) = check(server, parts) {
        return *refusal;
    }
    let part = part.strip_prefix("part-").and_then(|part| part.strip_suffix(".ndjson")).and_then(|part| part.parse().ok());
    let lines = scope
        .and_then(|scope| RequestedReport::at(scope, report, span))
        .filter(RequestedReport::exists)
        .and_then(|report| report.lines(part?));
    match lines {
        Some(lines) => with_body(StatusCode::OK, "application/octet-stream", body(lines)),
        None => blob_not_found(),
    }
}

fn check(server: &SimulatorState, parts: &RequestParts) -> Result<(), Box<ApiAnswer>> {
    let refusal = |detail: &str| {
        let message = "Server failed to authenticate the request. \
            Make sure the value of Authorization header is formed correctly including the signature.";
        Err(Box::new(xml(StatusCode::FORBIDDEN, "AuthenticationFailed", message, detail)))
    };
    let (Some(end), Some(given)) = (parts.parameter("se"), parts.parameter("sig")) else {
        return refusal("Signature fields not well formed");
    };
    if given != signature(server.world.options().seed, &parts.path, end) {
        return refusal("Signature did not match");
    }
    match end.parse::<Timestamp>() {
        Ok(moment) if moment > server.now() => Ok(()),
        _ => refusal(&format!("Signature not valid in the specified time frame: Expiry [{end}]")),
    }
}

/// Answer for a missing file.
pub(super) fn blob_not_found() -> ApiAnswer {
    xml(StatusCode::NOT_FOUND, "BlobNotFound", "The specified blob does not exist.", "")
}

fn xml(status: StatusCode, code: &str, message: &str, detail: &str) -> ApiAnswer {
    let detail = match detail {
        "" => String::new(),
        detail => format!("<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>"),
    };
    let head = r#"<?xml version="1.0" encoding="utf-8"?>"#;
    with_body(status, XML, format!("{head}<Error><Code>{code}</Code><Message>{message}</Message>{detail}</Error>"))
}

/// Body that is made piece by piece, as fast as it is read.
pub(super) fn body(chunks: FileChunks) -> Body {
    Body::from_stream(stream::unfold(chunks, async |mut chunks| {
        loop {
            let chunk = chunks.next()?;
            if !chunk.is_empty() {
                return Some((Ok::<Bytes, std::convert::Infallible>(chunk), chunks));
            }
            // An empty piece of a long sum; other tasks run first.
            tokio::task::yield_now().await;
        }
    }))
}
