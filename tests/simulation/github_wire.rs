//! Connection to GitHub: passes requests to the simulator, injects faults, and keeps a log of the answers that arrived whole.
//! The invariants judge by this log, not by what the client says it has read.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use pilotage::door::clock::Clock;
use pilotage::door::http::{Body, Framing, HttpService, Request, Response, TransportError, TransportErrorKind, read_whole};
use tower::ServiceExt;

use super::doubtful::Doubtful;
use super::github_faults::{Endpoint, Fault, GitHubFaults};
use super::outage::Met;

/// The answer of an endpoint that is out.
const OUT: Fault = Fault::Answer(500, &[], r#"{"message":"Server Error"}"#);
const LARGEST_BODY: usize = 64 << 20;

/// The resource that was being read, and a path.
pub(crate) type LogKey = (usize, String);

/// Log of the answers, by the resource that was being read.
#[derive(Default)]
pub(crate) struct Log {
    /// The resource of the mapping that is being read.
    pub(crate) resource: usize,
    /// Number of requests.
    pub(crate) asked: BTreeMap<LogKey, u64>,
    /// Answers that arrived to their last byte, as the server sent them.
    pub(crate) whole: BTreeSet<LogKey>,
    /// Paths that were answered with a 404.
    pub(crate) closed: BTreeSet<LogKey>,
    /// Paths that were answered with a success that the server did not send.
    pub(crate) harmed: BTreeSet<LogKey>,
    /// Paths whose latest answer was a success that proves nothing.
    pub(crate) doubtful: BTreeSet<LogKey>,
    /// Paths that must arrive: their endpoint answers others, and fails them a few times only.
    pub(crate) survives: BTreeSet<LogKey>,
    /// A request that an endpoint that is out got too often, if there is one.
    pub(crate) overspent: Option<String>,
    /// One line for each fault.
    pub(crate) faults: Vec<String>,
}

/// A connection between a client and the simulator.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) server: HttpService,
    pub(crate) faults: Arc<Mutex<GitHubFaults>>,
    pub(crate) log: Arc<Mutex<Log>>,
    pub(crate) clock: Clock,
}

impl Wire {
    pub(crate) fn service(self) -> HttpService {
        HttpService::new(tower::service_fn(move |request: Request| {
            let wire = self.clone();
            async move { wire.carry(request).await }
        }))
    }

    async fn carry(&self, request: Request) -> Result<Response, TransportError> {
        let path = request.uri().path().to_owned();
        let key = (self.log.lock().unwrap().resource, path);
        let (mut fault, outage) = {
            let mut faults = self.faults.lock().unwrap();
            (faults.meets(&key.1), faults.outage_meets(&key))
        };
        let key = {
            let mut log = self.log.lock().unwrap();
            log.doubtful.remove(&key);
            if let Some(Met::Failure | Met::FailureForNow) = outage {
                fault = Some(OUT);
            }
            if outage == Some(Met::FailureForNow) {
                log.survives.insert(key.clone());
            }
            let asked = log.asked.entry(key.clone()).or_default();
            *asked += 1;
            // A line that was read the first time is passed over the second time, so spoiling it then does no harm.
            if *asked > 1 && matches!(fault, Some(Fault::Spoilt(_) | Fault::HalfLine)) {
                fault = None;
            }
            if let Some(fault) = &fault {
                log.faults.push(format!("{}: {fault:?}", key.1));
            }
            key
        };
        let broken = |kind| Err(TransportError::new(kind, "by a fault"));
        match fault {
            None => self.honest(request, key, HeaderMap::new()).await,
            Some(Fault::Latency(latency)) => {
                self.clock.sleep(latency).await;
                self.honest(request, key, HeaderMap::new()).await
            }
            Some(Fault::Timeout) => {
                self.clock.sleep(Duration::from_secs(60)).await;
                broken(TransportErrorKind::Timeout)
            }
            Some(Fault::Refused) => broken(TransportErrorKind::Connect),
            Some(Fault::Reset) => broken(TransportErrorKind::Broken),
            Some(Fault::LastOne(seconds)) => self.honest(request, key, self.used_up(seconds)).await,
            Some(Fault::UsedUp(seconds)) => {
                let body = r#"{"message":"API rate limit exceeded for user ID 1."}"#;
                Ok(answer(StatusCode::FORBIDDEN, self.used_up(seconds), frames(body.into(), 1 << 16)))
            }
            Some(Fault::Answer(status, headers, body)) => {
                match status {
                    ..300 => _ = self.log.lock().unwrap().harmed.insert(key),
                    404 => _ = self.log.lock().unwrap().closed.insert(key),
                    _ => {}
                }
                let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
                let body = frames(Bytes::from_static(body.as_bytes()), 1 << 16);
                Ok(answer(StatusCode::from_u16(status).unwrap(), headers.collect(), body))
            }
            Some(Fault::Doubtful(doubtful)) => self.doubtful(request, key, doubtful).await,
            Some(fault) => self.harmed(request, key, fault).await,
        }
    }

    fn used_up(&self, seconds: i64) -> HeaderMap {
        let reset = (self.clock.now().as_second() + seconds).to_string();
        let pairs = [("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
        pairs.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    /// Asks the server, and reads the whole answer.
    async fn ask(&self, request: Request) -> Result<(StatusCode, HeaderMap, Bytes), TransportError> {
        let (parts, body) = self.server.clone().oneshot(request).await?.into_parts();
        Ok((parts.status, parts.headers, read_whole(body, LARGEST_BODY).await?))
    }

    /// The part of the file that was asked for, where parts are sent.
    fn part(&self, range: Option<&HeaderValue>, headers: &mut HeaderMap, body: Bytes) -> (StatusCode, Bytes) {
        if !self.faults.lock().unwrap().sends_parts {
            return (StatusCode::OK, body);
        }
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(ETAG, HeaderValue::from_static("\"one\""));
        let start = range.and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        let (status, part) = match start.filter(|start: &usize| *start < body.len()) {
            Some(start) => {
                let range = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
                headers.insert(CONTENT_RANGE, range.parse().unwrap());
                (StatusCode::PARTIAL_CONTENT, body.slice(start..))
            }
            None => (StatusCode::OK, body),
        };
        headers.insert(CONTENT_LENGTH, part.len().into());
        (status, part)
    }

    async fn honest(&self, request: Request, key: LogKey, more: HeaderMap) -> Result<Response, TransportError> {
        let range = request.headers().get(RANGE).cloned();
        let (mut status, mut headers, mut body) = self.ask(request).await?;
        headers.extend(more);
        let is_success = status == StatusCode::OK;
        if is_success && Endpoint::of(&key.1) == Endpoint::File {
            (status, body) = self.part(range.as_ref(), &mut headers, body);
        }
        let frame_bytes = self.faults.lock().unwrap().frame_bytes;
        let log = is_success.then(|| (Arc::clone(&self.log), key));
        Ok(answer(status, headers, Frames { log, ..frames(body, frame_bytes) }))
    }

    /// An answer that proves nothing, in the place of the true one.
    async fn doubtful(&self, request: Request, key: LogKey, doubtful: Doubtful) -> Result<Response, TransportError> {
        let endpoint = Endpoint::of(&key.1);
        let (status, mut true_headers, body) = self.ask(request).await?;
        for name in [CONTENT_LENGTH, ETAG, ACCEPT_RANGES] {
            true_headers.remove(name);
        }
        let frame_bytes = self.faults.lock().unwrap().frame_bytes;
        let made = doubtful.instead_of(endpoint, &true_headers, &body).filter(|_| status == StatusCode::OK);
        let Some(made) = made else {
            let log = (status == StatusCode::OK).then(|| (Arc::clone(&self.log), key));
            return Ok(answer(status, true_headers, Frames { log, ..frames(body, frame_bytes) }));
        };
        {
            let mut log = self.log.lock().unwrap();
            log.doubtful.insert(key.clone());
            // An answer that only lacks a proof of its end can be asked for again.
            if !made.ends_with_connection {
                log.harmed.insert(key);
            }
        }
        let mut response = answer(status, made.headers, frames(made.body, frame_bytes));
        if made.ends_with_connection {
            response.extensions_mut().insert(Framing::Connection);
        }
        Ok(response)
    }

    async fn harmed(&self, request: Request, key: LogKey, fault: Fault) -> Result<Response, TransportError> {
        let range = request.headers().get(RANGE).cloned();
        let (mut status, mut headers, mut body) = self.ask(request).await?;
        if status != StatusCode::OK {
            return Ok(answer(status, headers, frames(body, 1 << 16)));
        }
        if Endpoint::of(&key.1) == Endpoint::File {
            (status, body) = self.part(range.as_ref(), &mut headers, body);
        }
        let frame_bytes = self.faults.lock().unwrap().frame_bytes;
        let thousandths = |part: u64| (body.len() as u64 * part / 1000) as usize;
        match fault {
            // An empty body cannot be cut.
            Fault::Cut(_) | Fault::Truncated(_) | Fault::Short(_) if body.is_empty() => {
                let log = Some((Arc::clone(&self.log), key));
                Ok(answer(status, headers, Frames { log, ..frames(body, frame_bytes) }))
            }
            Fault::Cut(part) => {
                let mut frames = frames(body.slice(..thousandths(part)), frame_bytes);
                frames.left.push_back(Err(TransportError::new(TransportErrorKind::Broken, "by a fault")));
                Ok(answer(status, headers, frames))
            }
            Fault::Truncated(part) | Fault::Short(part) => {
                headers.insert(CONTENT_LENGTH, body.len().into());
                let mut rest = body.slice(..thousandths(part));
                if let Fault::Short(_) = fault {
                    rest.truncate(rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
                }
                Ok(answer(status, headers, frames(rest, frame_bytes)))
            }
            _ => {
                self.log.lock().unwrap().harmed.insert(key);
                for name in [CONTENT_LENGTH, ETAG, ACCEPT_RANGES] {
                    headers.remove(name);
                }
                Ok(answer(status, headers, frames(spoilt(&body, &fault), frame_bytes)))
            }
        }
    }
}

/// Cuts a line of a text, in the middle or at its end.
fn spoilt(text: &[u8], fault: &Fault) -> Bytes {
    let mut lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let half = |line: &[u8]| line[..line.len() / 2].to_vec();
    let Some(last) = lines.len().checked_sub(1) else { return Bytes::from_static(b"{") };
    match fault {
        Fault::Spoilt(line) => {
            let place = (*line as usize - 1).min(last);
            let half = [half(lines[place]), b"\n".to_vec()].concat();
            lines[place] = &half;
            lines.concat().into()
        }
        _ => [lines[..last].concat(), half(lines[last])].concat().into(),
    }
}

/// A body frame by frame.
struct Frames {
    left: VecDeque<Result<Frame<Bytes>, TransportError>>,
    /// The log, and the path to enter there once the body was read to its end.
    log: Option<(Arc<Mutex<Log>>, LogKey)>,
}

fn frames(body: Bytes, frame_bytes: usize) -> Frames {
    let mut left = VecDeque::new();
    let mut rest = body;
    while !rest.is_empty() {
        left.push_back(Ok(Frame::data(rest.split_to(frame_bytes.min(rest.len())))));
    }
    Frames { left, log: None }
}

fn answer(status: StatusCode, headers: HeaderMap, frames: Frames) -> Response {
    let body = stream::unfold(frames, |mut frames| async move {
        if let Some(frame) = frames.left.pop_front() {
            return Some((frame, frames));
        }
        if let Some((log, key)) = frames.log.take() {
            log.lock().unwrap().whole.insert(key);
        }
        None
    });
    let body: Body = StreamBody::new(body).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    // A body without a length that ends without an error is whole.
    if !response.headers().contains_key(CONTENT_LENGTH) {
        response.extensions_mut().insert(Framing::Marked);
    }
    response
}
