//! The lines of one file of a report, as raw items: each exactly once, however often the connection breaks.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::client::GitHub;
use super::documents::{Documents, Found};
use super::doubt::Doubt;
use super::download::{Download, Piece};
use super::error::GitHubError;
use super::quota::{Quota, TooMuch};
use super::report::Report;
use super::split::{Line, LineSplitter, record};
use crate::door::gunzip::{MOST_GROWTH, Unpacker};
use crate::model::item::{CHUNK_ITEMS, RawItem};

/// The longest line, and the longest record of several lines, in bytes. A line of users is 3 to 10 KB; 28 days of an enterprise with hundreds of languages and dozens of
/// models come to 20 MB on one line.
const LONGEST_LINE: usize = 32 << 20;

/// Bytes after which items are handed over although they are few.
const CHUNK_BYTES: usize = 1 << 20;

/// Reads a file to its end. Holds one chunk of items at a time.
#[derive(Debug)]
pub struct LineReader {
    source: Arc<str>,
    download: Download,
    unpacker: Unpacker,
    splitter: LineSplitter,
    quota: Quota,
    documents: Documents,
    /// What has come out of the lines and was not handed over.
    found: VecDeque<Found>,
    frame: Bytes,
    /// Lines taken from the file since it was last begun.
    line: u64,
    /// The latest of them as it arrived, unless it was too long.
    latest: Option<Bytes>,
    /// How far it had been read when it began anew.
    read_before: Option<(u64, Option<Bytes>)>,
    items: u64,
    repaired: u64,
    rejected: Vec<RejectedLine>,
    is_anything_rejected: bool,
    failed: Option<GitHubError>,
    is_over: bool,
}

/// A line that was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct RejectedLine {
    /// Its number in the file, counted from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

impl GitHub {
    /// Reads a file of a report, counted from 0. Asks nothing yet.
    pub fn download(&self, report: &Report, file: usize) -> LineReader {
        LineReader::new(Download::new(self.clone(), report.clone(), file), report.name_of(file))
    }
}

impl LineReader {
    fn new(download: Download, source: Arc<str>) -> Self {
        Self {
            source,
            download,
            unpacker: Unpacker::new(),
            splitter: LineSplitter::new(LONGEST_LINE),
            quota: Quota::default(),
            documents: Documents::new(LONGEST_LINE),
            found: VecDeque::new(),
            frame: Bytes::new(),
            line: 0,
            latest: None,
            read_before: None,
            items: 0,
            repaired: 0,
            rejected: Vec::new(),
            is_anything_rejected: false,
            failed: None,
            is_over: false,
        }
    }

    /// The next hundred records or fewer, in the file's order; none when it is read to its end. Blank lines are passed over.
    ///
    /// # Errors
    /// When the file cannot be read on. What was handed over before stands, but the file is not whole.
    pub async fn next(&mut self) -> Result<Option<Vec<RawItem>>, GitHubError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut chunk = Vec::new();
        let mut bytes = 0;
        while chunk.len() < CHUNK_ITEMS && bytes < CHUNK_BYTES {
            match self.found.pop_front() {
                Some(Found::Record(item)) => {
                    self.items += 1;
                    bytes += item.json.len();
                    chunk.push(item);
                    continue;
                }
                Some(Found::Rejected(line)) => {
                    self.reject(line);
                    continue;
                }
                None if self.is_over => break,
                None => {}
            }
            let read = match self.splitter.next(&mut self.frame) {
                Some(line) => self.take(line),
                None => match self.advance().await {
                    Ok(last) => {
                        let read = last.map_or(Ok(()), |line| self.take(line));
                        if self.is_over {
                            self.documents.finish(&mut self.found);
                        }
                        read
                    }
                    Err(error) => Err(error),
                },
            };
            if let Err(error) = read {
                self.is_over = true;
                self.failed = Some(error);
            }
        }
        match self.failed.take() {
            Some(error) if chunk.is_empty() => Err(error),
            failed => {
                self.failed = failed;
                Ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
            }
        }
    }

    /// What was read, fit for people and logs: the report's path and the file's number.
    pub fn source(&self) -> Arc<str> {
        Arc::clone(&self.source)
    }

    /// Records handed over so far.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// Lines so far that were not UTF-8 and hold U+FFFD now.
    pub fn repaired(&self) -> u64 {
        self.repaired
    }

    /// The lines that could not be read since this was last asked for.
    pub fn take_rejected(&mut self) -> Vec<RejectedLine> {
        std::mem::take(&mut self.rejected)
    }

    /// Why a file proves nothing although it was read to its end: once [`LineReader::next`] gave none, not before.
    pub fn doubt(&self) -> Option<Doubt> {
        (self.items == 0 && !self.is_anything_rejected).then_some(Doubt::NoRow)
    }

    fn reject(&mut self, line: RejectedLine) {
        self.is_anything_rejected = true;
        self.rejected.push(line);
    }

    /// Fetches what comes next. At the end of the file that is the line which no LF ended.
    async fn advance(&mut self) -> Result<Option<Line>, GitHubError> {
        loop {
            match self.unpacker.give() {
                Ok(Some(frame)) => {
                    self.quota.bytes(frame.len()).map_err(|limit| self.endless(limit))?;
                    self.frame = frame;
                    return Ok(None);
                }
                Ok(None) => {}
                // A packed file that only grows is no accident of the connection.
                Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                    return Err(self.endless((MOST_GROWTH, "times its packed size")));
                }
                Err(error) => {
                    self.download.reject(format!("the file is not what gzip writes: {error}")).await?;
                    self.unpacker = Unpacker::new();
                    continue;
                }
            }
            match self.download.next().await? {
                Piece::Data(frame) => self.unpacker.take(frame),
                Piece::Restart => self.restart(),
                Piece::End { is_proven } => match self.unpacker.finish() {
                    // What is packed has an end of its own.
                    Ok(_) if !is_proven && !self.unpacker.is_packed() => self.download.reject_end().await?,
                    Ok(Some(frame)) => {
                        self.frame = frame;
                        return Ok(None);
                    }
                    Ok(None) => {
                        let last = self.splitter.finish();
                        self.is_over = true;
                        let is_short = |(line, _): &(u64, _)| self.line + u64::from(last.is_some()) < *line;
                        return if self.read_before.as_ref().is_some_and(is_short) { Err(self.changed()) } else { Ok(last) };
                    }
                    Err(error) => self.download.reject(format!("the file is not what gzip writes: {error}")).await?,
                },
            }
        }
    }

    /// Begins anew: the lines that have been taken are passed over this time.
    fn restart(&mut self) {
        if self.read_before.is_none() && self.line > 0 {
            self.read_before = Some((self.line, self.latest.take()));
        }
        self.line = 0;
        self.latest = None;
        self.frame = Bytes::new();
        self.unpacker = Unpacker::new();
        self.splitter = LineSplitter::new(LONGEST_LINE);
        self.quota = Quota::default();
    }

    /// Counts a line and takes it, unless it is blank, too long, or was taken before.
    fn take(&mut self, line: Line) -> Result<(), GitHubError> {
        self.line += 1;
        self.quota.line().map_err(|limit| self.endless(limit))?;
        if let Some((until, latest)) = &self.read_before {
            if self.line < *until {
                return Ok(());
            }
            // The same number of lines is not the same file; the last one that was taken must be there again.
            let is_same = match (latest, &line) {
                (Some(before), Line::Text(text)) => before == text,
                (None, Line::TooLong) => true,
                _ => false,
            };
            if !is_same {
                return Err(self.changed());
            }
            self.read_before = None;
            self.remember(&line);
            return Ok(());
        }
        self.remember(&line);
        let Line::Text(text) = line else {
            let reason = format!("the line is longer than {} MiB", LONGEST_LINE >> 20);
            self.reject(RejectedLine { line: self.line, reason });
            self.quota.unreadable().map_err(|limit| self.endless(limit))?;
            return Ok(());
        };
        let (json, was_broken) = record(&text);
        if json.is_empty() {
            self.quota.blank().map_err(|limit| self.endless(limit))?;
            return Ok(());
        }
        self.repaired += u64::from(was_broken);
        self.documents.take(self.line, json, &mut self.found);
        Ok(())
    }

    fn remember(&mut self, line: &Line) {
        self.latest = match line {
            Line::Text(text) => Some(text.clone()),
            Line::TooLong => None,
        };
    }

    fn endless(&self, (limit, unit): TooMuch) -> GitHubError {
        GitHubError::Endless { what: self.source.to_string(), limit, unit }
    }

    fn changed(&self) -> GitHubError {
        GitHubError::Changed { what: self.source.to_string() }
    }
}

#[cfg(test)]
mod tests;
