//! Lines of one file of a report, as raw items: each exactly once, also when the connection breaks.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::client::GitHub;
use super::documents::{Documents, LineResult};
use super::doubt::Doubt;
use super::download::{Download, Piece};
use super::error::GitHubError;
use super::quota::{ExceededLimit, Quota};
use super::report::Report;
use super::split::{LineSplitter, SplitLine, record};
use crate::door::gunzip::{MOST_GROWTH, Unpacker};
use crate::model::item::{CHUNK_ITEMS, RawItem};
use crate::model::person_fields::PersonFields;

/// Bytes of the longest line, and of the longest record over several lines. Lines of users have 3 to 10 KB. 28 days of an
/// enterprise with hundreds of languages and dozens of models take 20 MB on one line.
const LONGEST_LINE: usize = 32 << 20;

/// Bytes after which items are returned although they are few.
const CHUNK_BYTES: usize = 1 << 20;

/// Reader of a file. Holds one chunk of items at a time.
#[derive(Debug)]
pub struct LineReader {
    source: Arc<str>,
    download: Download,
    github: GitHub,
    persons: &'static PersonFields,
    unpacker: Unpacker,
    splitter: LineSplitter,
    quota: Quota,
    documents: Documents,
    /// Records that were read and not yet returned.
    found: VecDeque<LineResult>,
    frame: Bytes,
    /// Lines since the file was last begun.
    line: u64,
    /// The latest line as received. None when it was too long.
    latest: Option<Bytes>,
    /// Position before the file was begun again.
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
    /// Number of the line in the file, counted from 1.
    pub line: u64,
    /// Reason.
    pub reason: String,
}

impl GitHub {
    /// Reader of a file of a report, counted from 0. Sends no request yet.
    /// `persons` are the fields of its records by which people are known.
    pub fn download(&self, report: &Report, file: usize, persons: &'static PersonFields) -> LineReader {
        let download = Download::new(self.clone(), report.clone(), file);
        LineReader::new(download, report.name_of(file), self.clone(), persons)
    }
}

impl LineReader {
    fn new(download: Download, source: Arc<str>, github: GitHub, persons: &'static PersonFields) -> Self {
        Self {
            source,
            download,
            github,
            persons,
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

    /// The next records in the file's order, a hundred at most. None at the end of the file. Blank lines are skipped.
    ///
    /// # Errors
    /// The file cannot be read further. Records returned before are valid, but the file is incomplete.
    pub async fn next(&mut self) -> Result<Option<Vec<RawItem>>, GitHubError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut chunk = Vec::new();
        let mut bytes = 0;
        while chunk.len() < CHUNK_ITEMS && bytes < CHUNK_BYTES {
            match self.found.pop_front() {
                Some(LineResult::Record(item)) => {
                    self.items += 1;
                    bytes += item.json.len();
                    chunk.push(item);
                    continue;
                }
                Some(LineResult::Rejected(line)) => {
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
                // A chunk of which nothing is left is not the end.
                let chunk = Some(chunk).filter(|chunk| !chunk.is_empty());
                Ok(chunk.map(|chunk| self.github.ingest().take(self.persons, chunk)))
            }
        }
    }

    /// Path of the report and number of the file, for messages and logs.
    pub fn source(&self) -> Arc<str> {
        Arc::clone(&self.source)
    }

    /// Records returned so far.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// Lines so far that were not UTF-8 and have U+FFFD now.
    pub fn repaired(&self) -> u64 {
        self.repaired
    }

    /// Lines that could not be read since the last call.
    pub fn take_rejected(&mut self) -> Vec<RejectedLine> {
        std::mem::take(&mut self.rejected)
    }

    /// Doubt about a file that was read to its end. Valid after [`LineReader::next`] returned none.
    pub fn doubt(&self) -> Option<Doubt> {
        (self.items == 0 && !self.is_anything_rejected).then_some(Doubt::NoRow)
    }

    fn reject(&mut self, line: RejectedLine) {
        self.is_anything_rejected = true;
        self.rejected.push(line);
    }

    /// Reads the next line. At the end of the file that is a last line without LF.
    async fn advance(&mut self) -> Result<Option<SplitLine>, GitHubError> {
        loop {
            match self.unpacker.give() {
                Ok(Some(frame)) => {
                    self.quota.bytes(frame.len()).map_err(|limit| self.endless(limit))?;
                    self.frame = frame;
                    return Ok(None);
                }
                Ok(None) => {}
                // A packed file that expands without limit is no broken connection.
                Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                    return Err(self.endless((MOST_GROWTH, "times its packed size")));
                }
                Err(error) => {
                    self.download.reject(format!("the file is not valid gzip: {error}")).await?;
                    self.unpacker = Unpacker::new();
                    continue;
                }
            }
            match self.download.next().await? {
                Piece::Data(frame) => self.unpacker.take(frame),
                Piece::Restart => self.restart(),
                Piece::End { is_proven } => match self.unpacker.finish() {
                    // Packed data have an end of their own.
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
                    Err(error) => self.download.reject(format!("the file is not valid gzip: {error}")).await?,
                },
            }
        }
    }

    /// Begins the file again. Lines that were returned are skipped this time.
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

    /// Counts a line and reads it, unless it is blank, too long, or was returned before.
    fn take(&mut self, line: SplitLine) -> Result<(), GitHubError> {
        self.line += 1;
        self.quota.line().map_err(|limit| self.endless(limit))?;
        if let Some((until, latest)) = &self.read_before {
            if self.line < *until {
                return Ok(());
            }
            // Another file may have as many lines, so the last returned line must be there again.
            let is_same = match (latest, &line) {
                (Some(before), SplitLine::Text(text)) => before == text,
                (None, SplitLine::TooLong) => true,
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
        let SplitLine::Text(text) = line else {
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

    fn remember(&mut self, line: &SplitLine) {
        self.latest = match line {
            SplitLine::Text(text) => Some(text.clone()),
            SplitLine::TooLong => None,
        };
    }

    fn endless(&self, (limit, unit): ExceededLimit) -> GitHubError {
        GitHubError::LimitExceeded { what: self.source.to_string(), limit, unit }
    }

    fn changed(&self) -> GitHubError {
        GitHubError::ReportReplaced { what: self.source.to_string() }
    }
}

#[cfg(test)]
mod tests;
