//! A third client, made of the parts of this folder, against a server with scripted answers.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;

use super::answer::{ATTEMPT_AT_MOST, Answer, within};
use super::contact::Contact;
use super::pause::Pause;
use super::permits::{Concurrency, ConcurrencyGate};
use super::retry::{Retry, RetryPolicy};
use super::text::shown;
use super::usage::UsageCounters;
use super::wait::{rate_limit_reset, retry_after};
use crate::door::clock::Clock;
use crate::door::http::{HttpService, Request, TransportError, TransportErrorKind, read_whole};
use crate::model::secret::Redactor;
use crate::model::usage::WaitReason;

const LARGEST_ANSWER: usize = 1 << 10;

struct ThirdClient {
    http: HttpService,
    clock: Clock,
    contact: Contact,
    pause: Pause,
    gate: Arc<ConcurrencyGate>,
    counters: UsageCounters,
}

impl ThirdClient {
    fn new(http: HttpService) -> Self {
        Self {
            http,
            clock: Clock::starting_at("2026-08-01T00:00:00Z".parse().unwrap()),
            contact: Contact::new(3),
            pause: Pause::default(),
            gate: ConcurrencyGate::new(Concurrency { at_the_start: 2, at_most: 4 }),
            counters: UsageCounters::default(),
        }
    }

    async fn get(&self, path: &'static str) -> Result<Bytes, String> {
        let mut retry = Retry::new(RetryPolicy::STANDARD, 7);
        loop {
            let passed = self.pause.pass(&self.clock, &self.counters, |wait| retry.also_waits(wait)).await;
            passed.map_err(|gave_up| gave_up.to_string())?;
            let permit = self.gate.enter().await;
            if self.pause.left(&self.clock).is_some() {
                continue;
            }
            let outcome = within(ATTEMPT_AT_MOST, "no answer", self.attempt(path)).await.flatten();
            permit.give_back(outcome.as_ref().ok().map(|answer| answer.status));
            let (asked, at_most, reason) = match outcome {
                Ok(answer) if answer.status.is_success() => return Ok(answer.body),
                Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                    let now = self.clock.now();
                    (retry_after(&answer.headers, now).or(rate_limit_reset(&answer.headers, now)), None, "429".to_owned())
                }
                Ok(answer) if answer.status.is_server_error() => (None, None, answer.status.to_string()),
                Ok(answer) => {
                    let said = shown(&Redactor::new(["s3cret"]), &String::from_utf8_lossy(&answer.body), 40);
                    return Err(format!("{}: {said}", answer.status.as_u16()));
                }
                Err(error) => (None, self.contact.attempts_at_most(error.kind), error.to_string()),
            };
            if at_most.is_some_and(|most| retry.attempts() + 1 >= most) {
                return Err(reason);
            }
            let wait = retry.after_failure(asked).map_err(|gave_up| format!("{reason}: {gave_up}"))?;
            if asked.is_some() {
                self.pause.extend(&self.clock, wait);
            }
            self.counters.retry();
            self.counters.wait(&self.clock, wait, WaitReason::Retry).await;
        }
    }

    async fn attempt(&self, path: &'static str) -> Result<Answer, TransportError> {
        self.counters.request();
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = http::Uri::from_static(path);
        let response = self.http.clone().oneshot(request).await?;
        self.contact.answered();
        let (parts, body) = response.into_parts();
        let body = read_whole(body, LARGEST_ANSWER).await?;
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}

#[derive(Clone, Copy, Debug)]
enum Reply {
    Text(u16, &'static str),
    AskingForSeconds(u64),
    Bytes(usize),
    Fault(TransportErrorKind),
    Silence,
}
use Reply::{AskingForSeconds, Fault, Silence, Text};

/// Server that gives these answers in turn, and the last one for ever.
fn server(replies: &[Reply]) -> HttpService {
    let replies = Arc::new(Mutex::new(VecDeque::from_iter(replies.iter().copied())));
    HttpService::new(tower::service_fn(move |_: Request| {
        let reply = {
            let mut replies = replies.lock().unwrap();
            let first = replies.pop_front().unwrap();
            if replies.is_empty() {
                replies.push_back(first);
            }
            first
        };
        async move {
            let (status, wait, body) = match reply {
                Text(status, text) => (status, None, Bytes::from_static(text.as_bytes())),
                AskingForSeconds(wait) => (429, Some(wait), Bytes::new()),
                Reply::Bytes(length) => (200, None, Bytes::from(vec![b' '; length])),
                Fault(kind) => return Err(TransportError::new(kind, "as scripted")),
                Silence => std::future::pending().await,
            };
            let mut response = http::Response::new(Full::new(body).map_err(|never| match never {}).boxed_unsync());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response.headers_mut().extend(wait.map(|wait| (RETRY_AFTER, HeaderValue::from(wait))));
            Ok(response)
        }
    }))
}

/// Answers in turn, the outcome or a part of the error, requests, and the range of seconds that it takes.
type Case = (&'static [Reply], Result<&'static str, &'static str>, u64, RangeInclusive<u64>);

#[tokio::test(start_paused = true)]
async fn a_third_client_of_these_parts_retries_waits_and_gives_up_as_the_others_do() {
    let table: [Case; 12] = [
        (&[Text(200, "{}")], Ok("{}"), 1, 0..=0),
        (&[Text(503, ""), Text(200, "{}")], Ok("{}"), 2, 0..=1),
        (&[AskingForSeconds(600), Text(200, "{}")], Ok("{}"), 2, 600..=600),
        (&[AskingForSeconds(86_400)], Err("asked to wait 86400 s more"), 1, 0..=0),
        (&[Silence, Text(200, "{}")], Ok("{}"), 2, 120..=121),
        (&[Text(503, "")], Err("gave up after 10 attempts"), 10, 60..=150),
        (&[Text(404, "no\u{1b}[2J s3cret")], Err("404: no\\u{1b}[2J [secret]"), 1, 0..=0),
        (&[Reply::Bytes(LARGEST_ANSWER)], Ok(""), 1, 0..=0),
        (&[Reply::Bytes(LARGEST_ANSWER + 1)], Err("the answer is too large"), 1, 0..=0),
        (&[Fault(TransportErrorKind::Connect)], Err("cannot connect"), 3, 0..=2),
        (&[Fault(TransportErrorKind::Certificate)], Err("the certificate is not trusted"), 1, 0..=0),
        (&[Text(503, ""), Fault(TransportErrorKind::Connect)], Err("gave up after 10 attempts"), 10, 60..=150),
    ];
    for (replies, expected, requests, seconds) in table {
        let client = ThirdClient::new(server(replies));
        let began = client.clock.elapsed();
        let outcome = client.get("https://third.test/a").await;
        match (&outcome, expected) {
            (Ok(body), Ok(expected)) => assert_eq!(body.trim_ascii(), expected.as_bytes(), "{replies:?}"),
            (Err(error), Err(expected)) => assert!(error.contains(expected), "{replies:?}: {error}"),
            _ => panic!("{replies:?}: {outcome:?}"),
        }
        assert_eq!(client.counters.read().requests, requests, "{replies:?}");
        let took = (client.clock.elapsed() - began).as_secs();
        assert!(seconds.contains(&took), "{replies:?}: {took} s");
    }
}

#[tokio::test(start_paused = true)]
async fn one_answer_that_asks_for_a_wait_holds_all_requests_of_a_client() {
    let client = ThirdClient::new(server(&[AskingForSeconds(600), Text(200, "{}")]));
    let later = async {
        client.clock.sleep(Duration::from_secs(60)).await;
        join_all((0..5).map(|_| client.get("https://third.test/b"))).await
    };
    let requests_meanwhile = async {
        client.clock.sleep(Duration::from_secs(599)).await;
        client.counters.read().requests
    };
    let (first, later, meanwhile) = tokio::join!(client.get("https://third.test/a"), later, requests_meanwhile);
    assert!(first.is_ok() && later.iter().all(Result::is_ok), "{first:?} {later:?}");
    assert_eq!((meanwhile, client.counters.read().requests), (1, 7));
}
