//! The folder of run reports: `runs/<id>.json` in the data folder, the last hundred, whose names sort by time.
//!
//! A report is written to a temporary file and then moved, so a reader never sees half of one. Other files are neither listed nor
//! removed.

use std::cmp::Reverse;
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::changes::{self, ChangesWriter};
use super::cost::FORMAT;
use super::report::KeptRun;
use super::run::RunId;
use crate::door::data_folder;
use crate::reconcile::kept_change::KeptChange;

/// Number of reports that are kept. At an hourly schedule they cover four days and take a few megabytes.
pub const KEPT: usize = 100;

/// The folder's name in the data folder.
const FOLDER: &str = "runs";

/// Access to the folder of run reports.
#[derive(Clone, Debug)]
pub struct Runs {
    data: PathBuf,
    folder: PathBuf,
}

/// Error of reading a run report.
#[derive(Debug, thiserror::Error)]
pub enum RunsError {
    /// The folder or a file cannot be read.
    #[error("cannot read the run reports in {}: {error}", place.display())]
    Read {
        /// Path of the folder or file.
        place: PathBuf,
        /// Error of the operating system.
        error: io::Error,
    },
    /// A file is not a run report.
    #[error("cannot read the run report {}: {reason}", place.display())]
    Malformed {
        /// Path of the file.
        place: PathBuf,
        /// Fault of its content.
        reason: String,
    },
    /// A newer version wrote it, in a form that this one does not know.
    #[error(
        "cannot read the run report {}: a newer version of pilotage wrote it (format {format}, this one knows {FORMAT}); use that version", place.display()
    )]
    Newer {
        /// Path of the file.
        place: PathBuf,
        /// Version of its format.
        format: u64,
    },
    /// There is no run with that name.
    #[error("there is no report of a run `{id}` in {}", folder.display())]
    Missing {
        /// The name.
        id: String,
        /// Folder that was searched.
        folder: PathBuf,
    },
    /// Several runs have names that begin so.
    #[error("{count} runs have names that begin with `{id}`")]
    Ambiguous {
        /// Beginning of the name, as given.
        id: String,
        /// Number of runs.
        count: usize,
    },
}

impl Runs {
    /// The reports in a data folder. The folder need not exist yet.
    pub fn in_data_folder(data: &Path) -> Self {
        Self { data: data.to_owned(), folder: data.join(FOLDER) }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a report, and removes the oldest beyond [`KEPT`]. Returns its path.
    ///
    /// # Errors
    /// The folder cannot be created or written to. Then there is no partial report either.
    pub fn write(&self, id: &RunId, report: &impl Serialize) -> io::Result<PathBuf> {
        data_folder::make_inside(&self.data, Path::new(FOLDER))?;
        let place = self.place(id);
        let beside = self.folder.join(format!(".{id}.part"));
        let written = write_whole(&beside, report).and_then(|()| fs::rename(&beside, &place));
        if let Err(error) = written {
            let _ = fs::remove_file(&beside);
            return Err(error);
        }
        let ids = self.ids()?;
        for old in ids.iter().skip(KEPT) {
            // Another process may have removed it, which is the wanted result.
            let _ = fs::remove_file(self.place(old));
            let _ = fs::remove_file(changes::place(&self.folder, old.as_str()));
        }
        Ok(place)
    }

    /// Begins to write the changes of a run.
    ///
    /// # Errors
    /// The folder or the file cannot be made.
    pub fn begin_changes(&self, id: &RunId) -> io::Result<ChangesWriter> {
        data_folder::make_inside(&self.data, Path::new(FOLDER))?;
        ChangesWriter::begin(&self.folder, id.as_str())
    }

    /// Shows the kept changes of a run, in their order, until `visit` breaks. False when none were kept.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn each_change(&self, id: &RunId, visit: impl FnMut(KeptChange) -> ControlFlow<()>) -> Result<bool, RunsError> {
        let place = changes::place(&self.folder, id.as_str());
        changes::each(&place, visit).map_err(|error| RunsError::Read { place, error })
    }

    /// While nobody runs: removes the reports of all runs, with their changes. Gives how many there were.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn remove_all(&self) -> io::Result<u64> {
        self.remove_naming(&|_| true, false)
    }

    /// While nobody runs: removes the reports of the runs that have a text which `names` takes, with their changes. Gives how many there are; with
    /// `dry_run` they stay.
    ///
    /// # Errors
    /// A file cannot be read or removed.
    pub fn remove_naming(&self, names: &dyn Fn(&str) -> bool, dry_run: bool) -> io::Result<u64> {
        let mut found = 0;
        let unfinished = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        // Left by runs that were killed. Nobody runs now, and they may name anybody.
        for file in unfinished.filter(|file| !dry_run && file.extension().is_some_and(|ending| ending == "part")) {
            fs::remove_file(file)?;
        }
        for id in self.ids()? {
            let (report, changes) = (self.place(&id), changes::place(&self.folder, id.as_str()));
            let mut text = String::new();
            // What cannot be read may name anybody.
            let is_named =
                data_folder::open(&report).and_then(|mut file| file.read_to_string(&mut text)).map_or(true, |_| names(&text));
            if !is_named && !changes::name(&changes, names).unwrap_or(true) {
                continue;
            }
            found += 1;
            for file in [report, changes].iter().filter(|_| !dry_run) {
                match fs::remove_file(file) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        Ok(found)
    }

    /// Names of all runs that have a report, newest first: by the time at which they began, and by name where that is the same. None
    /// when there is no folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn ids(&self) -> io::Result<Vec<RunId>> {
        data_folder::refuse_links(&self.folder)?;
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            ids.extend(name.to_str().and_then(|name| name.strip_suffix(".json")).and_then(|id| id.parse::<RunId>().ok()));
        }
        ids.sort_unstable_by(|left, right| right.cmp(left));
        // Names say the second, reports the moment. They are looked at only where several runs began in one second.
        for same_second in ids.chunk_by_mut(|left, right| left.second() == right.second()).filter(|ids| ids.len() > 1) {
            same_second.sort_by_cached_key(|id| Reverse((self.began(id), id.clone())));
        }
        Ok(ids)
    }

    /// The moment at which a run began; none if its report cannot be read.
    fn began(&self, id: &RunId) -> Option<Timestamp> {
        self.read(id).ok()?.get("began")?.as_str()?.parse().ok()
    }

    /// Every report that can be read, newest first, and the errors of the others.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<(Vec<KeptRun>, Vec<RunsError>), RunsError> {
        let ids = self.ids().map_err(|error| RunsError::Read { place: self.folder.clone(), error })?;
        Ok(self.of(&ids))
    }

    /// The reports of these runs that can be read, in their order, and the errors of the others.
    pub fn of(&self, ids: &[RunId]) -> (Vec<KeptRun>, Vec<RunsError>) {
        let (mut runs, mut unreadable) = (Vec::new(), Vec::new());
        for id in ids {
            match self.read(id).and_then(|report| self.kept(id, report)) {
                Ok(run) => runs.push(run),
                // Another process has removed it, because it also keeps the last hundred only.
                Err(RunsError::Read { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => unreadable.push(error),
            }
        }
        (runs, unreadable)
    }

    /// The one run whose name begins with `name`; `last` is the newest. Returns the report as JSON and as far as it is
    /// understood.
    ///
    /// # Errors
    /// There is no such run, or more than one, or the report cannot be read.
    pub fn find(&self, name: &str) -> Result<(Value, KeptRun), RunsError> {
        let ids = self.ids().map_err(|error| RunsError::Read { place: self.folder.clone(), error })?;
        let mut found = ids.iter().filter(|id| name == "last" || !name.is_empty() && id.as_str().starts_with(name));
        let first = found.next();
        let missing = || RunsError::Missing { id: name.to_owned(), folder: self.folder.clone() };
        let id = first.ok_or_else(missing)?;
        let others = found.count();
        if others > 0 && name != "last" {
            return Err(RunsError::Ambiguous { id: name.to_owned(), count: others + 1 });
        }
        let report = self.read(id)?;
        let kept = self.kept(id, report.clone())?;
        Ok((report, kept))
    }

    fn read(&self, id: &RunId) -> Result<Value, RunsError> {
        let place = self.place(id);
        let mut text = Vec::new();
        let read = data_folder::open(&place).and_then(|mut file| file.read_to_end(&mut text));
        read.map_err(|error| RunsError::Read { place: place.clone(), error })?;
        let report: Value = serde_json::from_slice(&text)
            .map_err(|error| RunsError::Malformed { place: place.clone(), reason: error.to_string() })?;
        match report.get("format").and_then(Value::as_u64) {
            Some(format) if format > u64::from(FORMAT) => Err(RunsError::Newer { place, format }),
            _ => Ok(report),
        }
    }

    fn kept(&self, id: &RunId, report: Value) -> Result<KeptRun, RunsError> {
        let malformed = |error: serde_json::Error| RunsError::Malformed { place: self.place(id), reason: error.to_string() };
        serde_json::from_value(report).map_err(malformed)
    }

    fn place(&self, id: &RunId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

fn write_whole(place: &Path, report: &impl Serialize) -> io::Result<()> {
    // An existing file of this name was left by a run that was killed while writing.
    let _ = fs::remove_file(place);
    let mut file = BufWriter::new(data_folder::create(place)?);
    serde_json::to_writer_pretty(&mut file, report)?;
    file.write_all(b"\n")?;
    file.flush()?;
    // Otherwise a power failure could leave an empty file under the report's name.
    file.get_ref().sync_all()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(second: i64) -> RunId {
        RunId::new(Timestamp::from_second(1_790_000_000 + second).unwrap(), "7")
    }

    fn report(id: &RunId) -> Value {
        json!({
            "id": id.as_str(), "began": "2026-11-21T01:31:26Z", "ended": "2026-11-21T01:31:27Z", "seconds": 1.0,
            "state": "completed", "exit_code": 0,
        })
    }

    #[test]
    fn the_last_hundred_are_kept_and_what_is_no_report_is_left_alone() {
        let data = tempfile::TempDir::new().unwrap();
        let runs = Runs::in_data_folder(data.path());
        assert_eq!(runs.ids().unwrap(), []);
        fs::create_dir_all(runs.folder()).unwrap();
        fs::write(runs.folder().join("notes.txt"), "mine").unwrap();
        for second in 0..103 {
            runs.write(&id(second), &report(&id(second))).unwrap();
        }
        let ids = runs.ids().unwrap();
        assert_eq!((ids.len(), &ids[0], &ids[99]), (KEPT, &id(102), &id(3)));
        assert!(runs.folder().join("notes.txt").exists());
        assert_eq!(fs::read_dir(runs.folder()).unwrap().count(), KEPT + 1, "nothing half written stays");
    }

    #[test]
    fn a_run_is_found_by_the_beginning_of_its_name_and_the_newest_as_last() {
        let data = tempfile::TempDir::new().unwrap();
        let runs = Runs::in_data_folder(data.path());
        assert!(matches!(runs.find("last"), Err(RunsError::Missing { .. })));
        for second in [0, 1] {
            runs.write(&id(second), &report(&id(second))).unwrap();
        }
        assert_eq!(runs.find("last").unwrap().1.id, id(1).as_str());
        assert_eq!(runs.find(id(0).as_str()).unwrap().0["state"], "completed");
        assert!(matches!(runs.find("20"), Err(RunsError::Ambiguous { count: 2, .. })));
        assert!(matches!(runs.find(""), Err(RunsError::Missing { .. })));
        assert!(matches!(runs.find("../x"), Err(RunsError::Missing { .. })));
    }

    #[test]
    fn runs_that_began_in_one_second_are_in_the_order_of_their_moments() {
        let data = tempfile::TempDir::new().unwrap();
        let runs = Runs::in_data_folder(data.path());
        let named = |digits: &str| RunId::new(Timestamp::from_second(1_790_000_000).unwrap(), digits);
        // The order of the names is another one than that of the moments.
        for (digits, began) in [("2", "26.100"), ("9", "26.200"), ("1", "26.300"), ("5", "26.300")] {
            let mut report = report(&named(digits));
            report["began"] = format!("2026-11-21T01:31:{began}Z").into();
            runs.write(&named(digits), &report).unwrap();
        }
        runs.write(&id(1), &report(&id(1))).unwrap();
        assert_eq!(runs.ids().unwrap(), [id(1), named("5"), named("1"), named("9"), named("2")]);
        fs::remove_file(runs.place(&id(1))).unwrap();
        fs::write(runs.place(&named("9")), "{").unwrap();
        assert_eq!(runs.ids().unwrap(), [named("5"), named("1"), named("2"), named("9")], "what cannot be read is the oldest");
    }

    #[test]
    fn a_damaged_report_hides_no_other() {
        let data = tempfile::TempDir::new().unwrap();
        let runs = Runs::in_data_folder(data.path());
        runs.write(&id(0), &report(&id(0))).unwrap();
        fs::write(runs.place(&id(1)), "{").unwrap();
        runs.write(&id(2), &json!({"id": "x"})).unwrap();
        let (listed, unreadable) = runs.list().unwrap();
        assert_eq!((listed.len(), unreadable.len()), (1, 2));
        assert!(unreadable.iter().all(|error| matches!(error, RunsError::Malformed { .. })));
    }

    #[test]
    fn a_report_of_a_newer_version_is_named_as_such() {
        let data = tempfile::TempDir::new().unwrap();
        let runs = Runs::in_data_folder(data.path());
        runs.write(&id(0), &json!({"format": FORMAT + 1, "id": 7})).unwrap();
        runs.write(&id(1), &report(&id(1))).unwrap();
        let (listed, unreadable) = runs.list().unwrap();
        assert_eq!((listed.len(), unreadable.len()), (1, 1));
        let refused = runs.find(id(0).as_str()).unwrap_err().to_string();
        assert!(
            refused.ends_with("a newer version of pilotage wrote it (format 2, this one knows 1); use that version"),
            "{refused}"
        );
    }

    #[test]
    fn a_link_or_a_pipe_is_no_report_and_a_link_no_folder() {
        use std::os::unix::fs::symlink;
        let home = tempfile::TempDir::new().unwrap();
        let data = home.path().join("data");
        let runs = Runs::in_data_folder(&data);
        runs.write(&id(0), &report(&id(0))).unwrap();
        fs::rename(runs.place(&id(0)), home.path().join("secret.json")).unwrap();
        symlink(home.path().join("secret.json"), runs.place(&id(0))).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(runs.place(&id(1))).status().unwrap().success());
        let (listed, unreadable) = runs.list().unwrap();
        assert_eq!((listed.len(), unreadable.len()), (0, 2), "neither is read, and nothing waits for the pipe's other end");
        fs::remove_dir_all(runs.folder()).unwrap();
        symlink(home.path(), runs.folder()).unwrap();
        assert!(runs.write(&id(2), &report(&id(2))).is_err());
        assert!(runs.list().is_err());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "nothing was written there");
    }

    #[test]
    fn a_report_that_cannot_be_written_leaves_no_part_of_itself() {
        let data = tempfile::TempDir::new().unwrap();
        let runs = Runs::in_data_folder(data.path());
        fs::create_dir_all(runs.place(&id(0))).unwrap();
        assert!(runs.write(&id(0), &report(&id(0))).is_err());
        assert_eq!(fs::read_dir(runs.folder()).unwrap().count(), 1);
    }
}
