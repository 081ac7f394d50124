//! Bytes of one file of a report. After a broken connection the download resumes where the server can, else it begins again.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::BodyExt;

use super::client::{FailedAttempt, GitHub, RetryState};
use super::doubt::Doubt;
use super::error::{GitHubError, GitHubRefusal};
use super::headers::declared_length;
use super::outage::endpoint;
use super::pace::{Pace, WINDOW};
use super::report::Report;
use crate::door::client::retry::GaveUp;
use crate::door::client::wait::retry_after;
use crate::door::http::{Body, Framing, TransportError, TransportErrorKind, UNPROVEN_END, read_whole};
use crate::door::page;
use crate::model::secret::Redactor;

/// Reads of a file whose end is not proven. A broken connection rarely repeats; a proxy that removes lengths always does, so
/// ten attempts are not worth it.
const UNPROVEN_READS: u32 = 3;

const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// Next piece of a file.
#[derive(Debug)]
pub(super) enum Piece {
    /// Further bytes.
    Data(Bytes),
    /// The bytes begin again: the connection broke and the server cannot resume.
    Restart,
    /// The end of the file.
    End {
        /// A length, chunks or HTTP/2 prove the end, see [`Framing`].
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
    retries: RetryState,
    /// Speed of the download.
    pace: Pace,
    /// A link is renewed once: one that is refused again has not expired.
    is_renewed: bool,
    body: Option<Body>,
    /// The file was read to its end. A finished body must not be polled again.
    is_over: bool,
    received: u64,
    /// Length of the file, when the server names it.
    length: Option<u64>,
    /// Proof of its end.
    framing: Framing,
    /// Reads without a proven end.
    unproven: u32,
    /// Version of the file at the server, when it can send parts.
    version: Option<HeaderValue>,
}

impl Download {
    pub(super) fn new(github: GitHub, report: Report, file: usize) -> Self {
        let what = report.name_of(file);
        let retries = github.retry_state(&what, &format!("the files of GET {}", endpoint(report.path())));
        Self {
            github,
            report,
            file,
            what,
            retries,
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

    /// The next piece. After the end, the end again.
    pub(super) async fn next(&mut self) -> Result<Piece, GitHubError> {
        while !self.is_over {
            let Some(body) = &mut self.body else {
                if self.open().await? {
                    return Ok(Piece::Restart);
                }
                continue;
            };
            let is_whole = self.length.is_none_or(|length| length == self.received);
            let limit = WINDOW.min(self.retries.answer_within());
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
                            self.pace.add_bytes(data.len() as u64);
                            self.github.counters().bytes(data.len());
                            return Ok(Piece::Data(data));
                        }
                    }
                    None if is_whole => self.end(),
                    // All bytes are there, so the end of the connection does not matter.
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

    /// Rejects a file whose end is not proven: it is read again, up to [`UNPROVEN_READS`] times.
    ///
    /// # Errors
    /// No read had a proven end.
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
        self.github.endpoint_answered(&self.retries);
    }

    /// Rejects received bytes that differ from the server's file: it is read again from the beginning.
    pub(super) async fn reject(&mut self, problem: String) -> Result<(), GitHubError> {
        self.version = None;
        self.again(TransportError::new(TransportErrorKind::Broken, problem)).await
    }

    async fn again(&mut self, error: TransportError) -> Result<(), GitHubError> {
        self.body = None;
        self.is_over = false;
        self.github.wait_after_break(&mut self.retries, error, self.pace.lost()).await
    }

    /// Opens the file, at the received position if possible. True when it begins again.
    async fn open(&mut self) -> Result<bool, GitHubError> {
        let unusable = GitHubError::Malformed { what: self.what.to_string(), problem: "the link is not an address".to_owned() };
        let link = self.report.link(self.file).ok_or(unusable)?;
        let range = self.range();
        let began = self.github.clock().instant();
        let answer = self.github.fetch(&link, &range, self.retries.answer_within(), &self.what).await?;
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
            206 | 416 if !range.is_empty() => self.reject("the server cannot resume the download".to_owned()).await?,
            401 | 403 | 404 | 410 if !self.is_renewed => {
                tracing::info!(what = %self.what, status = status.as_u16(), "the link has expired: requesting the report again");
                self.is_renewed = true;
                self.report = self.github.renew(&self.report, &self.what).await?;
            }
            408 | 429 | 500 | 502 | 503 | 504 => {
                let asked = retry_after(response.headers(), self.github.clock().now());
                let cause = format!("the server of the file answered {}", status.as_u16());
                let failure = FailedAttempt { asked, ..FailedAttempt::new(cause, self.pace.lost()) };
                let waited = self.github.wait_after(&mut self.retries, failure).await;
                waited.map_err(|gave_up| self.refused(status, Some(gave_up)))?;
            }
            _ if is_page => {
                let body = read_whole(response.into_body(), page::PAGE_BYTES).await.unwrap_or_default();
                return Err(self.page(status, &body));
            }
            _ => {
                self.github.endpoint_answered(&self.retries);
                return Err(self.refused(status, None));
            }
        }
        Ok(false)
    }

    fn refused(&self, status: StatusCode, gave_up: Option<GaveUp>) -> GitHubError {
        GitHubError::Refused(Box::new(GitHubRefusal::by_files(self.what.to_string(), status, gave_up)))
    }

    /// Error for a page instead of the file. The page may quote the link, whose signature is secret.
    fn page(&self, status: StatusCode, body: &[u8]) -> GitHubError {
        let link = self.report.link(self.file);
        let values: Vec<String> = link.iter().flat_map(|link| link.query_pairs()).map(|(_, value)| value.into_owned()).collect();
        let query = link.as_ref().and_then(|link| link.query()).unwrap_or_default();
        let redactor = Redactor::new(values.iter().map(String::as_str).chain([query]));
        let host = link.as_ref().and_then(|link| link.host_str()).unwrap_or_default();
        let source = page::instead_of_answer(host, status.as_u16(), body, &redactor);
        GitHubError::Transport { what: self.what.to_string(), source, gave_up: None }
    }

    /// Headers that request the rest of the file, if it is unchanged.
    fn range(&self) -> Vec<(http::HeaderName, HeaderValue)> {
        let value = HeaderValue::from_str(&format!("bytes={}-", self.received)).ok();
        let pair = value.zip(self.version.clone()).filter(|_| self.received > 0);
        // Positions count packed bytes, so packing must be off.
        let headers = |(range, version)| vec![(RANGE, range), (IF_RANGE, version), (ACCEPT_ENCODING, IDENTITY)];
        pair.map(headers).unwrap_or_default()
    }
}

/// Checks whether the headers announce a page of HTML.
fn names_a_page(headers: &HeaderMap) -> bool {
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.trim_start().to_ascii_lowercase().starts_with("text/html")
}

/// Version of a file at the server. None when it cannot send parts, or when the body is packed on the way, so that positions
/// mean nothing.
fn version(headers: &HeaderMap) -> Option<HeaderValue> {
    let sends_parts = headers.get(ACCEPT_RANGES).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"bytes"));
    let version = headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""));
    version.filter(|_| sends_parts && declared_length(headers).is_some()).cloned()
}

/// Checks whether a part continues exactly at the received position.
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
