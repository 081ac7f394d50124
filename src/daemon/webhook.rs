//! Webhook `POST /resync`: starts a resync.
//!
//! With a secret, a caller authenticates in one of two ways: `Authorization: Bearer <secret>`, or the signature of Port's webhooks,
//! `x-port-signature: v1,<base64 of HMAC-SHA-256 over "<x-port-timestamp>.<body>">`, not older than five minutes. Secrets are
//! compared in constant time.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use serde_json::json;
use tokio::sync::mpsc;

use super::health::answer;
use super::queue::Trigger;
use crate::door::clock::Clock;
use crate::model::secret::Secret;

/// Largest accepted body. Port's messages about changes have a few kilobytes.
const BODY_BYTES_AT_MOST: usize = 1 << 20;

/// Largest distance of a signature's timestamp from now.
const SIGNATURE_AGE: SignedDuration = SignedDuration::from_mins(5);

/// Timestamps above this count milliseconds since 1970, others seconds.
const LARGEST_SECONDS: i64 = 100_000_000_000;

struct Webhook {
    triggers: mpsc::Sender<Trigger>,
    secret: Option<Secret>,
    clock: Clock,
}

/// Route of the webhook. Without a secret every caller can start a resync, except web pages.
pub(super) fn router(triggers: mpsc::Sender<Trigger>, secret: Option<Secret>, clock: Clock) -> Router {
    Router::new().route("/resync", post(resync)).layer(DefaultBodyLimit::max(BODY_BYTES_AT_MOST)).with_state(Arc::new(Webhook {
        triggers,
        secret,
        clock,
    }))
}

async fn resync(State(webhook): State<Arc<Webhook>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(secret) = &webhook.secret
        && !is_authentic(secret, &headers, &body, webhook.clock.now())
    {
        tracing::warn!("a call of /resync was refused: missing or wrong secret");
        let message = "missing or wrong webhook secret: send `Authorization: Bearer <secret>`";
        return answer(StatusCode::UNAUTHORIZED, &json!({"ok": false, "error": "unauthorized", "message": message}));
    }
    // Only browsers send `Origin`; other callers of a webhook do not.
    if webhook.secret.is_none() && headers.contains_key(header::ORIGIN) {
        tracing::warn!("a call of /resync by a web page was refused");
        let message = "web pages cannot start a resync without a secret: set PILOTAGE_WEBHOOK_SECRET and send it";
        return answer(StatusCode::FORBIDDEN, &json!({"ok": false, "error": "forbidden_origin", "message": message}));
    }
    // A full channel already holds a trigger of everything.
    match webhook.triggers.try_send(Trigger::Webhook) {
        Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => answer(StatusCode::ACCEPTED, &json!({"ok": true})),
        Err(mpsc::error::TrySendError::Closed(_)) => {
            answer(StatusCode::SERVICE_UNAVAILABLE, &json!({"ok": false, "error": "ending"}))
        }
    }
}

fn is_authentic(secret: &Secret, headers: &HeaderMap, body: &[u8], now: Timestamp) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    if let Some(given) = header(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer ")) {
        // Comparing two keyed hashes reveals neither where the texts differ nor their lengths.
        return hmac::verify(&key, given.trim().as_bytes(), hmac::sign(&key, secret.expose().as_bytes()).as_ref()).is_ok();
    }
    let signed = header("x-port-signature").and_then(|value| value.strip_prefix("v1,"));
    let (Some(signature), Some(timestamp)) = (signed, header("x-port-timestamp")) else { return false };
    let is_young = moment(timestamp).is_some_and(|at| now.duration_since(at).abs() <= SIGNATURE_AGE);
    let signature = STANDARD.decode(signature.trim()).unwrap_or_default();
    let content = [timestamp.as_bytes(), b".", body].concat();
    hmac::verify(&key, &content, &signature).is_ok() && is_young
}

fn moment(text: &str) -> Option<Timestamp> {
    match text.trim().parse::<i64>() {
        Ok(number) if number > LARGEST_SECONDS => Timestamp::from_millisecond(number).ok(),
        Ok(number) => Timestamp::from_second(number).ok(),
        Err(_) => text.trim().parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-01T00:00:00Z";

    fn is_let_in(headers: &[(&'static str, String)], body: &str) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        is_authentic(&Secret::new("open sesame"), &headers, body.as_bytes(), NOW.parse().unwrap())
    }

    fn signed(secret: &str, timestamp: &str, body: &str) -> [(&'static str, String); 2] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, format!("{timestamp}.{body}").as_bytes());
        [("x-port-signature", format!("v1,{}", STANDARD.encode(tag))), ("x-port-timestamp", timestamp.to_owned())]
    }

    #[test]
    fn whoever_knows_the_secret_is_let_in() {
        assert!(is_let_in(&[("authorization", "Bearer open sesame".to_owned())], ""));
        let millis = NOW.parse::<Timestamp>().unwrap().as_millisecond();
        for timestamp in [millis.to_string(), (millis / 1000 - 299).to_string(), NOW.to_owned()] {
            assert!(is_let_in(&signed("open sesame", &timestamp, "{}"), "{}"), "{timestamp}");
        }
    }

    #[test]
    fn nobody_else_is() {
        for value in ["Bearer open sesam", "Bearer open sesame!", "Bearer ", "Basic open sesame", "open sesame"] {
            assert!(!is_let_in(&[("authorization", value.to_owned())], ""), "{value}");
        }
        assert!(!is_let_in(&[], ""));
        let second = NOW.parse::<Timestamp>().unwrap().as_second();
        assert!(!is_let_in(&signed("another", &second.to_string(), "{}"), "{}"), "another secret");
        assert!(!is_let_in(&signed("open sesame", &second.to_string(), "{}"), "{ }"), "another body");
        assert!(!is_let_in(&signed("open sesame", &(second - 301).to_string(), "{}"), "{}"), "an old message sent again");
        assert!(!is_let_in(&signed("open sesame", "soon", "{}"), "{}"), "no moment");
        let [_, timestamp] = signed("open sesame", &second.to_string(), "{}");
        assert!(!is_let_in(&[("x-port-signature", "v1,%%%".to_owned()), timestamp], "{}"));
    }

    #[tokio::test]
    async fn a_web_page_starts_a_resync_only_with_the_secret() {
        use tower::ServiceExt;
        let call = async |secret: Option<Secret>, headers: &[(&str, &str)]| {
            let (triggers, mut asked) = mpsc::channel(1);
            let router = router(triggers, secret, Clock::starting_at(NOW.parse().unwrap()));
            let request =
                headers.iter().fold(http::Request::post("/resync"), |request, (name, value)| request.header(*name, *value));
            let status = router.oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap().status().as_u16();
            (status, asked.try_recv().is_ok())
        };
        let secret = || Some(Secret::new("open sesame"));
        assert_eq!(call(None, &[]).await, (202, true));
        assert_eq!(call(None, &[("origin", "https://evil.example")]).await, (403, false));
        assert_eq!(call(None, &[("origin", "null")]).await, (403, false));
        assert_eq!(call(secret(), &[("origin", "https://evil.example")]).await, (401, false));
        assert_eq!(
            call(secret(), &[("origin", "https://ours.example"), ("authorization", "Bearer open sesame")]).await,
            (202, true)
        );
    }
}
