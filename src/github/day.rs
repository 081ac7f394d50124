//! Report of one day with all its files: from GitHub, or from the report cache.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;

use super::cache::{CachedDays, KeptLines, UnfinishedReport};
use super::client::GitHub;
use super::doubt::Doubt;
use super::error::GitHubError;
use super::lines::LineReader;
use super::report::{Manifest, Report};
use crate::kind::PathTemplate;
use crate::model::day::Day;
use crate::model::item::RawItem;
use crate::model::person_fields::PersonFields;

/// Result of opening a day.
#[derive(Debug)]
pub enum DayRead {
    /// Reader of its lines.
    Ready(Box<DayReader>),
    /// GitHub has no report of it yet, see [`Manifest::NotReady`].
    NotReady {
        /// Form of GitHub's answer.
        reason: String,
    },
}

/// A report that an earlier run has kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CachedReport {
    /// When it was kept, where the file system knows.
    pub kept_at: Option<Timestamp>,
}

/// Use of the report cache for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheUse {
    /// None: GitHub still revises the day.
    Unused,
    /// What is kept is read; what is not is fetched and kept.
    ReadAndKept,
    /// It is fetched again, and replaces what is kept.
    Renewed,
}

impl CacheUse {
    /// The use for a day that GitHub revises no more, or still does; with `again`, what is kept is not good enough.
    pub fn of(is_finished: bool, again: bool) -> Self {
        match (is_finished, again) {
            (false, _) => Self::Unused,
            (true, false) => Self::ReadAndKept,
            (true, true) => Self::Renewed,
        }
    }
}

/// Reader of the lines of a day, file after file. Holds one chunk at a time.
#[derive(Debug)]
pub struct DayReader {
    github: GitHub,
    source: Arc<str>,
    path: String,
    day: Day,
    from: DaySource,
    keeping: Option<UnfinishedReport>,
    persons: &'static PersonFields,
    rejected: VecDeque<String>,
    is_anything_rejected: bool,
    doubt: Option<(Arc<str>, Doubt)>,
}

#[derive(Debug)]
enum DaySource {
    GitHub { report: Report, next_file: usize, lines: Option<Box<LineReader>> },
    Folder(Box<KeptLines>),
}

impl GitHub {
    /// Opens the report of a day, from GitHub or from the report cache.
    ///
    /// # Errors
    /// As [`GitHub::report`].
    pub async fn day(
        &self,
        path: &str,
        day: Day,
        cache: CacheUse,
        persons: &'static PersonFields,
    ) -> Result<DayRead, GitHubError> {
        if cache == CacheUse::ReadAndKept
            && let Some(reader) = self.kept_day(path, day, persons)
        {
            return Ok(DayRead::Ready(Box::new(reader)));
        }
        let report = match self.report(path, Some(day)).await? {
            Manifest::Ready(report) => report,
            Manifest::NotReady { reason } => return Ok(DayRead::NotReady { reason }),
        };
        Ok(DayRead::Ready(Box::new(self.day_of(report, path, day, cache, persons))))
    }

    /// Reader of the lines of a day whose report was requested before.
    pub fn day_of(&self, report: Report, path: &str, day: Day, cache: CacheUse, persons: &'static PersonFields) -> DayReader {
        let is_kept = cache != CacheUse::Unused && self.ingest().may_keep(persons);
        let keeping = self.cache().filter(|_| is_kept).and_then(|cache| cache.begin(path, day));
        self.reader(path, day, DaySource::GitHub { report, next_file: 0, lines: None }, keeping, persons)
    }

    /// Reader of a cached day, when it is there and undamaged. Sends no request.
    pub fn kept_day(&self, path: &str, day: Day, persons: &'static PersonFields) -> Option<DayReader> {
        let lines = self.cache().filter(|_| self.ingest().may_keep(persons))?.open(path, day)?;
        Some(self.reader(path, day, DaySource::Folder(Box::new(lines)), None, persons))
    }

    /// The owners of whom the cache has reports of that path, and the days. Sends no request.
    pub fn cached_days(&self, template: PathTemplate) -> Vec<CachedDays> {
        self.cache().map(|cache| cache.days_of(template)).unwrap_or_default()
    }

    /// Checks whether a day is in the cache, so that it will most likely cost no request.
    pub fn keeps_day(&self, path: &str, day: Day) -> bool {
        self.cache().is_some_and(|cache| cache.holds(path, day))
    }

    fn reader(
        &self,
        path: &str,
        day: Day,
        from: DaySource,
        keeping: Option<UnfinishedReport>,
        persons: &'static PersonFields,
    ) -> DayReader {
        let source: Arc<str> = format!("{path}?day={day}").into();
        let doubt = match &from {
            DaySource::GitHub { report, .. } => report.doubt().map(|doubt| (Arc::clone(&source), doubt.clone())),
            DaySource::Folder(_) => None,
        };
        DayReader {
            github: self.clone(),
            source,
            path: path.to_owned(),
            day,
            from,
            keeping,
            persons,
            rejected: VecDeque::new(),
            is_anything_rejected: false,
            doubt,
        }
    }
}

impl DayReader {
    /// The next lines, a hundred at most. None at the end of the day.
    ///
    /// # Errors
    /// A file cannot be read further. Lines returned before are valid, but the day is incomplete.
    pub async fn next(&mut self) -> Result<Option<Vec<RawItem>>, GitHubError> {
        let items = self.read().await?;
        match &items {
            Some(items) => {
                if let Some(Err(error)) = self.keeping.as_mut().map(|keeping| keeping.add(items)) {
                    self.give_up_keeping(&error);
                }
            }
            // A report with skipped lines is incomplete.
            None if self.is_anything_rejected || self.doubt.is_some() => self.keeping = None,
            None => {
                if let Some(Err(error)) = self.keeping.take().map(UnfinishedReport::finish) {
                    self.give_up_keeping(&error);
                }
            }
        }
        Ok(items)
    }

    fn give_up_keeping(&mut self, error: &std::io::Error) {
        self.keeping = None;
        if let Some(cache) = self.github.cache() {
            cache.warn(error);
        }
    }

    async fn read(&mut self) -> Result<Option<Vec<RawItem>>, GitHubError> {
        let (report, next_file, lines) = match &mut self.from {
            DaySource::Folder(lines) => {
                let malformed = |error: std::io::Error| GitHubError::Malformed {
                    what: format!("what is kept of {}", self.source),
                    problem: error.to_string(),
                };
                let kept = lines.next().map_err(malformed)?;
                return Ok(kept.map(|items| self.github.ingest().take_again(self.persons, items)));
            }
            DaySource::GitHub { report, next_file, lines } => (report, next_file, lines),
        };
        loop {
            let reader = match lines {
                Some(reader) => reader,
                None if *next_file == report.files() => return Ok(None),
                None => {
                    *next_file += 1;
                    lines.insert(Box::new(self.github.download(report, *next_file - 1, self.persons)))
                }
            };
            let read = reader.next().await;
            self.source = reader.source();
            for line in reader.take_rejected() {
                self.is_anything_rejected = true;
                self.rejected.push_back(line.to_string());
            }
            match read? {
                Some(items) => return Ok(Some(items)),
                None => {
                    if let Some(doubt) = reader.doubt() {
                        self.doubt.get_or_insert((reader.source(), doubt));
                    }
                    *lines = None;
                }
            }
        }
    }

    /// Records that a returned line is not a row. The day is then not kept, or removed from the cache.
    pub fn distrust(&mut self) {
        self.is_anything_rejected = true;
        self.keeping = None;
        if let (DaySource::Folder(_), Some(cache)) = (&self.from, self.github.cache()) {
            cache.forget(&self.path, self.day);
        }
    }

    /// Doubt about a day that was read to its end, with the source that it is about. Valid after [`DayReader::next`] returned
    /// none.
    pub fn doubt(&self) -> Option<(&str, &Doubt)> {
        self.doubt.as_ref().map(|(what, doubt)| (&**what, doubt))
    }

    /// The cached report that the day is read from, if it is one.
    pub fn cached(&self) -> Option<CachedReport> {
        match &self.from {
            DaySource::Folder(lines) => Some(CachedReport { kept_at: lines.kept_at() }),
            DaySource::GitHub { .. } => None,
        }
    }

    /// Source of the latest lines, for messages and logs.
    pub fn source(&self) -> Arc<str> {
        Arc::clone(&self.source)
    }

    /// Lines that could not be read since the last call, as `line 3: reason`.
    pub fn take_rejected(&mut self) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.rejected).into_iter()
    }
}
