//! The bytes of one file of a report, whatever happens to the connection: resumed where the server can, else from the beginning.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::BodyExt;

use super::client::{Course, Failure, GitHub};
use super::doubt::Doubt;
use super::error::{GitHubError, Refusal};
use super::headers::declared_length;
use super::outage::endpoint;
use super::pace::{Pace, WINDOW};
use super::report::Report;
use crate::door::http::{Body, Framing, TransportError, TransportErrorKind, UNPROVEN_END, read_whole};
use crate::door::page;
use crate::door::retry::GaveUp;
use crate::door::wait::retry_after;
use crate::model::secret::Redactor;

/// How often a file is read whose end proves nothing. What ends so once, because a connection broke, ends otherwise the next time;
/// what always ends so, because a proxy takes lengths away, is not worth ten attempts.
const UNPROVEN_READS: u32 = 3;

const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// What comes next of a file.
#[derive(Debug)]
pub(super) enum Piece {
    /// Its bytes go on.
    Data(Bytes),
    /// Its bytes begin anew: the connection broke and the server cannot go on from there.
    Restart,
    /// It ended. Whether anything but the end of the connection says that this is the end of the file.
    End {
        /// As [`Framing`] has it.
        is_proven: bool,
    },
}

/// A file being read.
#[derive(Debug)]
pub(super) struct Download {
    github: GitHub,
    report: Report,
    file: usize,
    what: Arc<str>,
    course: Course,
    /// How fast its bytes come.
    pace: Pace,
    /// A link is asked for anew once: one that is refused again has not just expired.
    is_renewed: bool,
    body: Option<Body>,
    /// Whether it was read to its end. A body that has ended must not be asked again.
    is_over: bool,
    received: u64,
    /// How long the file is, when the server says so.
    length: Option<u64>,
    /// What proves that it ended.
    framing: Framing,
    /// How often its end proved nothing.
    unproven: u32,
    /// What the server knows this version of the file by, when it can send a part of it.
    version: Option<HeaderValue>,
}

impl Download {
    pub(super) fn new(github: GitHub, report: Report, file: usize) -> Self {
        let what = report.name_of(file);
        let course = github.course(&what, &format!("the files of GET {}", endpoint(report.path())));
        Self {
            github,
            report,
            file,
            what,
            course,
            pace: Pace::default(),
            is_renewed: false,
            body: None,
            is_over: false,
            received: 0,
            length: None,
            framing: Framing::Connection,
            unproven: 0,
            version: None,
        }
    }

    /// The next piece; after the end, the end again.
    pub(super) async fn next(&mut self) -> Result<Piece, GitHubError> {
        while !self.is_over {
            let Some(body) = &mut self.body else {
                if self.open().await? {
                    return Ok(Piece::Restart);
                }
                continue;
            };
            let is_whole = self.length.is_none_or(|length| length == self.received);
            let limit = WINDOW.min(self.course.answer_within());
            match self.pace.of(limit, self.github.clock(), body.frame()).await {
                Err(too_slow) => self.again(too_slow).await?,
                Ok(frame) => match frame {
                    Some(Ok(frame)) => {
                        let Ok(data) = frame.into_data() else { continue };
                        if !data.is_empty() {
                            if self.received == 0 && page::begins_like_a_page(&data) {
                                return Err(self.page(StatusCode::OK, &data));
                            }
                            self.received += data.len() as u64;
                            self.pace.brought(data.len() as u64);
                            self.github.counters().bytes(data.len());
                            return Ok(Piece::Data(data));
                        }
                    }
                    None if is_whole => self.end(),
                    // All of it is there; how the connection ended does not matter.
                    Some(Err(_)) if is_whole && self.length.is_some() => self.end(),
                    Some(Err(error)) => self.again(error).await?,
                    None => {
                        let problem = format!("{} of {} bytes arrived", self.received, self.length.unwrap_or_default());
                        self.again(TransportError::new(TransportErrorKind::Broken, problem)).await?;
                    }
                },
            }
        }
        Ok(Piece::End { is_proven: self.length.is_some() || self.framing != Framing::Connection })
    }

    /// Rejects a file whose end proves nothing: it is read again, a few times.
    ///
    /// # Errors
    /// When it ended so each time.
    pub(super) async fn reject_end(&mut self) -> Result<(), GitHubError> {
        self.unproven += 1;
        if self.unproven >= UNPROVEN_READS {
            let doubt = Doubt::EndOfConnection { attempts: self.unproven };
            return Err(GitHubError::Unproven { what: self.what.to_string(), doubt });
        }
        self.reject(UNPROVEN_END.to_owned()).await
    }

    fn end(&mut self) {
        self.is_over = true;
        self.github.endpoint_answered(&self.course);
    }

    /// Rejects what has arrived, because it is not what the server has: it is read again from the beginning.
    pub(super) async fn reject(&mut self, problem: String) -> Result<(), GitHubError> {
        self.version = None;
        self.again(TransportError::new(TransportErrorKind::Broken, problem)).await
    }

    async fn again(&mut self, error: TransportError) -> Result<(), GitHubError> {
        self.body = None;
        self.is_over = false;
        self.github.wait_after_break(&mut self.course, error, self.pace.lost()).await
    }

    /// Opens the file, where reading broke off if possible. Says whether it begins anew.
    async fn open(&mut self) -> Result<bool, GitHubError> {
        let unusable = GitHubError::Malformed { what: self.what.to_string(), problem: "the link is not an address".to_owned() };
        let link = self.report.link(self.file).ok_or(unusable)?;
        let range = self.range();
        let began = self.github.clock().instant();
        let answer = self.github.fetch(&link, &range, self.course.answer_within(), &self.what).await?;
        self.pace = Pace::after_opening(began.elapsed());
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                self.again(error).await?;
                return Ok(false);
            }
        };
        let status = response.status();
        tracing::debug!(what = %self.what, status = status.as_u16(), received = self.received, "the server of the file answered");
        let is_page = names_a_page(response.headers());
        match status.as_u16() {
            200 if !is_page => {
                let begins_anew = self.received > 0;
                self.received = 0;
                self.length = declared_length(response.headers());
                self.framing = Framing::of_response(&response);
                self.version = version(response.headers());
                self.body = Some(response.into_body());
                return Ok(begins_anew);
            }
            206 if !range.is_empty() && continues(response.headers(), self.received, self.length) => {
                self.body = Some(response.into_body());
            }
            206 | 416 if !range.is_empty() => {
                self.reject("the server cannot go on where the connection broke".to_owned()).await?
            }
            401 | 403 | 404 | 410 if !self.is_renewed => {
                tracing::info!(what = %self.what, status = status.as_u16(), "the link has expired: asking for the report anew");
                self.is_renewed = true;
                self.report = self.github.renew(&self.report, &self.what).await?;
            }
            408 | 429 | 500 | 502 | 503 | 504 => {
                let asked = retry_after(response.headers(), self.github.clock().now());
                let cause = format!("the server of the file answered {}", status.as_u16());
                let failure = Failure { asked, ..Failure::new(cause, self.pace.lost()) };
                let waited = self.github.wait_after(&mut self.course, failure).await;
                waited.map_err(|gave_up| self.refused(status, Some(gave_up)))?;
            }
            _ if is_page => {
                let body = read_whole(response.into_body(), page::PAGE_BYTES).await.unwrap_or_default();
                return Err(self.page(status, &body));
            }
            _ => {
                self.github.endpoint_answered(&self.course);
                return Err(self.refused(status, None));
            }
        }
        Ok(false)
    }

    fn refused(&self, status: StatusCode, gave_up: Option<GaveUp>) -> GitHubError {
        GitHubError::Refused(Box::new(Refusal::by_files(self.what.to_string(), status, gave_up)))
    }

    /// The error of a page that came in place of the file. Whoever wrote it may quote the link, whose signature is secret.
    fn page(&self, status: StatusCode, body: &[u8]) -> GitHubError {
        let link = self.report.link(self.file);
        let values: Vec<String> = link.iter().flat_map(|link| link.query_pairs()).map(|(_, value)| value.into_owned()).collect();
        let query = link.as_ref().and_then(|link| link.query()).unwrap_or_default();
        let redactor = Redactor::new(values.iter().map(String::as_str).chain([query]));
        let host = link.as_ref().and_then(|link| link.host_str()).unwrap_or_default();
        let source = page::instead_of_answer(host, status.as_u16(), body, &redactor);
        GitHubError::Transport { what: self.what.to_string(), source, gave_up: None }
    }

    /// The headers that ask for the rest of the file, if it is still the same one.
    fn range(&self) -> Vec<(http::HeaderName, HeaderValue)> {
        let value = HeaderValue::from_str(&format!("bytes={}-", self.received)).ok();
        let pair = value.zip(self.version.clone()).filter(|_| self.received > 0);
        // Packed, the positions would mean something else.
        let headers = |(range, version)| vec![(RANGE, range), (IF_RANGE, version), (ACCEPT_ENCODING, IDENTITY)];
        pair.map(headers).unwrap_or_default()
    }
}

/// Whether a server says that it sends a page.
fn names_a_page(headers: &HeaderMap) -> bool {
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.trim_start().to_ascii_lowercase().starts_with("text/html")
}

/// What the server knows this version of a file by. None when it cannot send parts, or when what arrives is not what it sends,
/// so that positions have no meaning there.
fn version(headers: &HeaderMap) -> Option<HeaderValue> {
    let sends_parts = headers.get(ACCEPT_RANGES).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"bytes"));
    let version = headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""));
    version.filter(|_| sends_parts && declared_length(headers).is_some()).cloned()
}

/// Whether a part goes on exactly where reading broke off.
fn continues(headers: &HeaderMap, received: u64, length: Option<u64>) -> bool {
    let text = headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let parse = || {
        let (part, whole) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = part.split_once('-')?;
        Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?, whole.parse::<u64>().ok()))
    };
    parse().is_some_and(|(first, last, whole)| {
        first == received && length.is_some_and(|length| last + 1 == length) && (whole.is_none() || whole == length)
    })
}
