//! A report of one day, all its files one after the other: from GitHub, or from where finished days are kept.

use std::collections::VecDeque;
use std::sync::Arc;

use super::cache::{Keeping, KeptLines};
use super::client::GitHub;
use super::doubt::Doubt;
use super::error::GitHubError;
use super::lines::LineReader;
use super::report::{Manifest, Report};
use crate::model::day::Day;
use crate::model::item::RawItem;

/// What there is of a day.
#[derive(Debug)]
pub enum DayRead {
    /// Its lines.
    Ready(Box<DayReader>),
    /// GitHub has no report of it yet, see [`Manifest::NotReady`].
    NotReady {
        /// In which way GitHub said so.
        reason: String,
    },
}

/// Reads the lines of a day, whichever file they are in. Holds one chunk at a time.
#[derive(Debug)]
pub struct DayReader {
    github: GitHub,
    source: Arc<str>,
    path: String,
    day: Day,
    from: Origin,
    keeping: Option<Keeping>,
    rejected: VecDeque<String>,
    is_anything_rejected: bool,
    doubt: Option<(Arc<str>, Doubt)>,
}

#[derive(Debug)]
enum Origin {
    GitHub { report: Report, next_file: usize, lines: Option<Box<LineReader>> },
    Folder(Box<KeptLines>),
}

impl GitHub {
    /// Asks for the report of a day. A day that `is_finished`, whose numbers GitHub no longer revises, is read from the folder
    /// where reports are kept when it is there, and kept when it is not.
    ///
    /// # Errors
    /// As [`GitHub::report`].
    pub async fn day(&self, path: &str, day: Day, is_finished: bool) -> Result<DayRead, GitHubError> {
        if is_finished && let Some(reader) = self.kept_day(path, day) {
            return Ok(DayRead::Ready(Box::new(reader)));
        }
        let report = match self.report(path, Some(day)).await? {
            Manifest::Ready(report) => report,
            Manifest::NotReady { reason } => return Ok(DayRead::NotReady { reason }),
        };
        Ok(DayRead::Ready(Box::new(self.day_of(report, path, day, is_finished))))
    }

    /// The lines of a report of that day that was asked for before.
    pub fn day_of(&self, report: Report, path: &str, day: Day, is_finished: bool) -> DayReader {
        let keeping = self.cache().filter(|_| is_finished).and_then(|cache| cache.begin(path, day));
        self.reader(path, day, Origin::GitHub { report, next_file: 0, lines: None }, keeping)
    }

    /// A day that is kept and whole. Asks nobody.
    pub fn kept_day(&self, path: &str, day: Day) -> Option<DayReader> {
        let lines = self.cache()?.open(path, day)?;
        Some(self.reader(path, day, Origin::Folder(Box::new(lines)), None))
    }

    /// Whether a day is kept, so that it will most likely cost no request.
    pub fn keeps_day(&self, path: &str, day: Day) -> bool {
        self.cache().is_some_and(|cache| cache.holds(path, day))
    }

    fn reader(&self, path: &str, day: Day, from: Origin, keeping: Option<Keeping>) -> DayReader {
        let source: Arc<str> = format!("{path}?day={day}").into();
        let doubt = match &from {
            Origin::GitHub { report, .. } => report.doubt().map(|doubt| (Arc::clone(&source), doubt.clone())),
            Origin::Folder(_) => None,
        };
        DayReader {
            github: self.clone(),
            source,
            path: path.to_owned(),
            day,
            from,
            keeping,
            rejected: VecDeque::new(),
            is_anything_rejected: false,
            doubt,
        }
    }
}

impl DayReader {
    /// The next hundred lines or fewer; none when the day is read to its end.
    ///
    /// # Errors
    /// When a file cannot be read on. What was handed over before stands, but the day is not whole.
    pub async fn next(&mut self) -> Result<Option<Vec<RawItem>>, GitHubError> {
        let items = self.read().await?;
        match &items {
            Some(items) => {
                if let Some(Err(error)) = self.keeping.as_mut().map(|keeping| keeping.add(items)) {
                    self.give_up_keeping(&error);
                }
            }
            // A report with lines that were passed over is not the whole report.
            None if self.is_anything_rejected || self.doubt.is_some() => self.keeping = None,
            None => {
                if let Some(Err(error)) = self.keeping.take().map(Keeping::finish) {
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
            Origin::Folder(lines) => {
                let malformed = |error: std::io::Error| GitHubError::Malformed {
                    what: format!("what is kept of {}", self.source),
                    problem: error.to_string(),
                };
                return lines.next().map_err(malformed);
            }
            Origin::GitHub { report, next_file, lines } => (report, next_file, lines),
        };
        loop {
            let reader = match lines {
                Some(reader) => reader,
                None if *next_file == report.files() => return Ok(None),
                None => {
                    *next_file += 1;
                    lines.insert(Box::new(self.github.download(report, *next_file - 1)))
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

    /// Takes note that a record which was handed over is no row: the day is not kept, or not any longer.
    pub fn distrust(&mut self) {
        self.is_anything_rejected = true;
        self.keeping = None;
        if let (Origin::Folder(_), Some(cache)) = (&self.from, self.github.cache()) {
            cache.forget(&self.path, self.day);
        }
    }

    /// Why the day proves nothing although it was read to its end, and of what that is true: once [`DayReader::next`] gave none.
    pub fn doubt(&self) -> Option<(&str, &Doubt)> {
        self.doubt.as_ref().map(|(what, doubt)| (&**what, doubt))
    }

    /// What the latest lines were read from, fit for people and logs.
    pub fn source(&self) -> Arc<str> {
        Arc::clone(&self.source)
    }

    /// The lines that could not be read since this was last asked for, as `line 3: reason`.
    pub fn take_rejected(&mut self) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.rejected).into_iter()
    }
}
