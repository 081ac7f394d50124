//! Server for tests with scripted answers and a record of its requests.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::{Credential, GitHub, GitHubOptions};
use crate::door::clock::Clock;
use crate::door::http::{Framing, HttpService, in_memory};
use crate::model::secret::Secret;

pub(super) const START: &str = "2026-08-01T00:00:00Z";
pub(super) const API: &str = "https://api.github.com";
pub(super) const FILES: &str = "https://copilot-reports.github.com";

/// Scripted answer.
#[derive(Clone, Debug)]
pub(super) struct ScriptedAnswer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    frames: Vec<Bytes>,
    /// Breaks the connection after the frames.
    breaks: bool,
    /// Wait before each frame, and whether the frames repeat without end.
    drips: Option<(Duration, bool)>,
    /// Ends the body only by the end of the connection.
    is_open_ended: bool,
}

pub(super) fn answer(status: u16, body: impl Into<Bytes>) -> ScriptedAnswer {
    ScriptedAnswer { status, headers: Vec::new(), frames: vec![body.into()], breaks: false, drips: None, is_open_ended: false }
}

impl ScriptedAnswer {
    pub(super) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    /// Sends the body in frames of that many bytes.
    pub(super) fn in_frames(mut self, length: usize) -> Self {
        let whole = self.frames.concat();
        self.frames = whole.chunks(length).map(Bytes::copy_from_slice).collect();
        self
    }

    /// Breaks the connection after that many bytes of the body.
    pub(super) fn broken_after(mut self, length: usize) -> Self {
        let whole = self.frames.concat();
        self.frames = vec![Bytes::copy_from_slice(&whole[..length])];
        self.breaks = true;
        self
    }

    /// Waits before each frame.
    pub(super) fn each_frame_after(mut self, wait: Duration) -> Self {
        self.drips = Some((wait, false));
        self
    }

    /// Sends the body again and again, waiting before each frame.
    pub(super) fn without_end(mut self, wait: Duration) -> Self {
        self.drips = Some((wait, true));
        self
    }

    /// Ends the body by the end of the connection only.
    pub(super) fn ended_by_its_connection(mut self) -> Self {
        self.is_open_ended = true;
        self
    }

    fn response(self) -> http::Response<Body> {
        let mut response = http::Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        if self.is_open_ended {
            response = response.extension(Framing::Connection);
        }
        let end = self.breaks.then(|| Err(std::io::Error::other("reset by peer")));
        let frames = self.frames.into_iter().filter(|frame| !frame.is_empty());
        let Some((wait, is_endless)) = self.drips else {
            return response.body(Body::from_stream(stream::iter(frames.map(Ok).chain(end)))).unwrap();
        };
        let frames: Vec<Bytes> = frames.collect();
        let times = if is_endless { usize::MAX } else { 1 };
        let frames = std::iter::repeat_n(frames, times).flatten();
        let dripping = stream::iter(frames).then(move |frame| async move {
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            Ok::<_, std::io::Error>(frame)
        });
        response.body(Body::from_stream(dripping)).unwrap()
    }
}

/// Received request: the path with its query, and the headers.
pub(super) type ReceivedRequest = (String, HeaderMap);

#[derive(Clone, Default)]
pub(super) struct ScriptedServer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    answers: HashMap<String, VecDeque<ScriptedAnswer>>,
    asked: Vec<ReceivedRequest>,
}

impl ScriptedServer {
    /// Sets the answers for a path and query, one after the other; the last one repeats. Other paths answer 404.
    pub(super) fn on(self, path: &str, answers: impl IntoIterator<Item = ScriptedAnswer>) -> Self {
        self.0.lock().unwrap().answers.insert(path.to_owned(), answers.into_iter().collect());
        self
    }

    pub(super) fn asked(&self) -> Vec<ReceivedRequest> {
        self.0.lock().unwrap().asked.clone()
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.asked().into_iter().map(|(path, _)| path).collect()
    }

    fn service(&self) -> HttpService {
        let state = Arc::clone(&self.0);
        in_memory(axum::Router::new().fallback(move |request: axum::extract::Request| {
            let mut state = state.lock().unwrap();
            let path = request.uri().path_and_query().unwrap().to_string();
            state.asked.push((path.clone(), request.headers().clone()));
            let answer = state
                .answers
                .get_mut(&path)
                .and_then(|answers| if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() });
            let not_found = || answer_not_found();
            std::future::ready(answer.unwrap_or_else(not_found).response())
        }))
    }
}

fn answer_not_found() -> ScriptedAnswer {
    answer(StatusCode::NOT_FOUND.as_u16(), r#"{"message":"Not Found"}"#)
}

/// Client of the two servers, with a token and a clock that starts at [`START`]. Needs a runtime.
pub(super) fn github(api: &ScriptedServer, files: &ScriptedServer) -> GitHub {
    github_with(api, files, "ghp_canary")
}

pub(super) fn github_with(api: &ScriptedServer, files: &ScriptedServer, token: &str) -> GitHub {
    let options = GitHubOptions {
        api: api.service(),
        downloads: files.service(),
        base_url: API.to_owned(),
        credential: Credential::Token(Secret::new(token)),
        download_hosts: Vec::new(),
        clock: Clock::starting_at(START.parse().unwrap()),
        seed: 7,
    };
    GitHub::new(options).unwrap()
}

/// Seconds since [`START`], by the client's clock.
pub(super) fn elapsed(github: &GitHub) -> u64 {
    let start: Timestamp = START.parse().unwrap();
    u64::try_from(github.clock().now().duration_since(start).as_secs()).unwrap()
}
