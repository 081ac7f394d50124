//! Reads plan files. What is wrong with one is told before anything else is done.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ring::digest::{Context, SHA256};
use serde_json::Value;

use super::{EndLine, FORMAT, PlanEnd, PlanHead};
use crate::cli::failure::Failure;
use crate::resync::fingerprints::Fingerprints;
use crate::resync::review::{PlannedChange, Reviewed, hexadecimal};

/// Bytes of a line at most. An identifier has a thousand characters, and a blueprint some hundred fields.
const LINE_BYTES: u64 = 1 << 20;

/// A plan file that was read once from its beginning to its end, and found whole.
#[derive(Debug)]
pub(in crate::cli) struct PlanFile {
    path: PathBuf,
    /// The first line.
    pub(in crate::cli) head: PlanHead,
    /// The last line.
    pub(in crate::cli) end: PlanEnd,
}

impl PlanFile {
    /// Reads a file and checks that it is whole.
    ///
    /// # Errors
    /// It cannot be read, is no plan file, is of a newer version, or is damaged.
    pub(in crate::cli) fn open(path: &Path) -> Result<Self, Failure> {
        let (head, end) = scan(path, |_| ())?;
        Ok(Self { path: path.to_owned(), head, end })
    }

    /// Calls `take` with each change, in order.
    ///
    /// # Errors
    /// The file is not the one any more that was opened.
    pub(in crate::cli) fn changes(&self, take: impl FnMut(PlannedChange)) -> Result<(), Failure> {
        let (head, end) = scan(&self.path, take)?;
        if head == self.head && end == self.end {
            Ok(())
        } else {
            Err(Failure::failed(format!("`{}` was changed while it was read", self.path.display())))
        }
    }

    /// The fingerprints of all changes.
    ///
    /// # Errors
    /// As [`PlanFile::changes`].
    pub(in crate::cli) fn fingerprints(&self) -> Result<Fingerprints, Failure> {
        let mut fingerprints = Fingerprints::default();
        self.changes(|change| {
            fingerprints.insert(change.fingerprint());
        })?;
        Ok(fingerprints)
    }

    /// What a run may change that applies this plan.
    ///
    /// # Errors
    /// As [`PlanFile::changes`].
    pub(in crate::cli) fn reviewed(&self) -> Result<Reviewed, Failure> {
        Ok(Reviewed { began: self.head.began, blueprints: self.end.blueprints.clone(), changes: self.fingerprints()? })
    }

    /// Time at which the plan began.
    pub(in crate::cli) fn began(&self) -> Timestamp {
        self.head.began
    }
}

/// Reads a whole file: its head, then each change, then its end.
fn scan(path: &Path, mut take: impl FnMut(PlannedChange)) -> Result<(PlanHead, PlanEnd), Failure> {
    let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
    let mut lines = Lines { path, file: BufReader::new(file), hash: Context::new(&SHA256), number: 0 };
    let first = lines.next()?.ok_or_else(|| wrong(path, "it is empty"))?;
    let head = head(path, &first)?;
    let mut changes = 0_u64;
    loop {
        let before = hexadecimal(lines.hash.clone().finish().as_ref());
        let Some(line) = lines.next()? else {
            return Err(wrong(path, "it is damaged: its end is missing"));
        };
        if let Ok(change) = serde_json::from_slice::<PlannedChange>(&line) {
            changes += 1;
            take(change);
            continue;
        }
        let Ok(EndLine { end }) = serde_json::from_slice::<EndLine>(&line) else {
            return Err(wrong(path, &format!("it is damaged: line {} is neither a change nor the end", lines.number)));
        };
        if lines.next()?.is_some() {
            return Err(wrong(path, &format!("it is damaged: line {} comes after the end", lines.number)));
        }
        if end.sha256 != before || end.changes != changes {
            return Err(wrong(path, "it is damaged: its lines are not those that were written"));
        }
        return Ok((head, end));
    }
}

fn head(path: &Path, line: &[u8]) -> Result<PlanHead, Failure> {
    let value: Option<Value> = serde_json::from_slice(line).ok();
    let version = value.as_ref().and_then(|value| value.get("pilotage_plan")).and_then(Value::as_u64);
    match version {
        None => Err(wrong(path, "its first line is not that of a plan file")),
        Some(version) if version != u64::from(FORMAT) => {
            let message = format!("it has the format {version}, and this version of pilotage reads format {FORMAT}");
            Err(wrong(path, &message))
        }
        Some(_) => serde_json::from_slice(line).map_err(|error| wrong(path, &format!("it is damaged: line 1: {error}"))),
    }
}

struct Lines<'a> {
    path: &'a Path,
    file: BufReader<File>,
    /// Hash of all lines so far.
    hash: Context,
    number: u64,
}

impl Lines<'_> {
    /// The next line, without its end. None at the end of the file.
    fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut line = Vec::new();
        let read = self.file.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line);
        if read.map_err(|error| cannot_read(self.path, &error))? == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.hash.update(&line);
        if line.pop() != Some(b'\n') {
            let why = if line.len() as u64 + 1 >= LINE_BYTES { "is too long" } else { "is cut off" };
            // The head of another kind of file may be its only line.
            let is_plan = self.number > 1 || line.starts_with(b"{\"pilotage_plan\"");
            return Err(match is_plan {
                true => wrong(self.path, &format!("it is damaged: line {} {why}", self.number)),
                false => wrong(self.path, "its first line is not that of a plan file"),
            });
        }
        Ok(Some(line))
    }
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::wrong(format!("cannot read the plan file `{}`: {error}", path.display()))
}

fn wrong(path: &Path, why: &str) -> Failure {
    Failure::wrong(format!("`{}` is no plan that can be applied: {why}", path.display()))
        .help("make one with `pilotage plan --out FILE`, review it, and apply it with the same version of pilotage")
}
