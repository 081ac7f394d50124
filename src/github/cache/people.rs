//! Cached reports of people: those that were kept in another way than the settings say, and the rows of one person.
//!
//! Reports that are kept by other rules of people are in another folder beside the first, so none is ever read by the wrong ones.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::prune::{entries, is_ours};
use super::{KeptLines, UnfinishedReport};
use crate::door::data_folder;

/// Beginning of the names of all folders of cached reports in a data folder.
const FOLDERS: &str = "reports";

/// A cached report cannot be read or changed.
#[derive(Debug, thiserror::Error)]
#[error("cannot change the report cache: `{}`", path.display())]
pub struct GitHubCacheError {
    /// The folder or the file.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> GitHubCacheError + '_ {
    |source| GitHubCacheError { path: path.to_owned(), source }
}

/// The files of the cache in a folder of reports, unfinished ones included.
fn files(folder: &Path) -> Vec<PathBuf> {
    let folders = entries(folder, fs::FileType::is_dir).filter(|path| is_ours(path));
    let files = folders.flat_map(|path| entries(&path, fs::FileType::is_file));
    files.filter(|file| file.extension().is_some_and(|ending| ending == "gz" || ending == "part")).collect()
}

/// The folders of cached reports in a data folder besides that one, and how many files each has.
///
/// # Errors
/// When one of them is a link.
pub fn cached_report_folders(data: &Path, besides: &str) -> Result<Vec<(PathBuf, u64)>, GitHubCacheError> {
    let mut found = Vec::new();
    for folder in folders(data) {
        if folder.file_name().is_some_and(|name| name != besides) {
            data_folder::refuse_links(&folder).map_err(failed(&folder))?;
            let files = files(&folder).len() as u64;
            found.push((folder, files));
        }
    }
    Ok(found)
}

fn folders(data: &Path) -> Vec<PathBuf> {
    let is_of_reports = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name == FOLDERS || name.starts_with(&format!("{FOLDERS}-"))
    };
    let mut folders: Vec<PathBuf> = entries(data, fs::FileType::is_dir).filter(is_of_reports).collect();
    folders.sort();
    folders
}

/// Removes the folders of cached reports besides that one, as far as they hold what the cache has written.
///
/// # Errors
/// When a file cannot be removed.
pub fn remove_cached_reports(data: &Path, besides: &str) -> Result<(), GitHubCacheError> {
    for (folder, _) in cached_report_folders(data, besides)? {
        for file in files(&folder) {
            fs::remove_file(&file).map_err(failed(&file))?;
        }
        // `remove_dir` removes only empty folders.
        entries(&folder, fs::FileType::is_dir).for_each(|path| drop(fs::remove_dir(path)));
        let _ = fs::remove_dir(&folder);
    }
    Ok(())
}

/// While nobody runs: removes the rows that `is_it` takes from every cached report of a data folder. Gives how many reports had one; with `dry_run` they
/// stay as they are. A report that cannot be read is removed: it is fetched again.
///
/// # Errors
/// When a file cannot be written.
pub fn forget_in_cache(data: &Path, is_it: &dyn Fn(&[u8]) -> bool, dry_run: bool) -> Result<u64, GitHubCacheError> {
    let mut changed = 0;
    for folder in folders(data) {
        for file in files(&folder) {
            if file.extension().is_some_and(|ending| ending == "gz") {
                changed += u64::from(without(&file, is_it, dry_run).map_err(failed(&file))?);
            } else if !dry_run {
                // Unfinished, and nobody writes to it now.
                fs::remove_file(&file).map_err(failed(&file))?;
            }
        }
    }
    Ok(changed)
}

/// Writes a report without some of its rows. Says whether there were any.
fn without(file: &Path, is_it: &dyn Fn(&[u8]) -> bool, dry_run: bool) -> io::Result<bool> {
    let has_any = || -> io::Result<bool> {
        let mut lines = KeptLines::open(file)?;
        while let Some(rows) = lines.next()? {
            if rows.iter().any(|row| is_it(&row.json)) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    match has_any() {
        Ok(false) => return Ok(false),
        Ok(true) if dry_run => return Ok(true),
        Ok(true) => {}
        // What a newer version kept is not ours to read, and may hold anybody.
        Err(_) if dry_run => return Ok(true),
        Err(_) => return fs::remove_file(file).map(|()| true),
    }
    let modified = fs::metadata(file)?.modified()?;
    let mut lines = KeptLines::open(file)?;
    let mut left = UnfinishedReport::begin(file.to_owned())?;
    while let Some(mut rows) = lines.next()? {
        rows.retain(|row| !is_it(&row.json));
        left.add(&rows)?;
    }
    left.finish()?;
    // The time says when GitHub was asked.
    File::options().append(true).open(file)?.set_modified(modified)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::github::cache::{CacheAccess, ReportCache};
    use crate::model::item::RawItem;

    const PATH: &str = "/orgs/acme/copilot/metrics/reports/users-1-day";

    fn keep(data: &Path, folder: &str, rows: &[&'static str]) {
        let cache = ReportCache::new(data.join(folder), String::new(), CacheAccess::ReadAndWrite);
        let mut report = cache.begin(PATH, "2026-11-01".parse().unwrap()).unwrap();
        let rows: Vec<RawItem> = rows.iter().map(|row| RawItem { json: Bytes::from_static(row.as_bytes()), line: 1 }).collect();
        report.add(&rows).unwrap();
        report.finish().unwrap();
    }

    fn rows(data: &Path, folder: &str) -> Vec<String> {
        let cache = ReportCache::new(data.join(folder), String::new(), CacheAccess::Read);
        let mut lines = cache.open(PATH, "2026-11-01".parse().unwrap()).unwrap();
        let rows = lines.next().unwrap().unwrap_or_default();
        rows.iter().map(|row| String::from_utf8(row.json.to_vec()).unwrap()).collect()
    }

    #[test]
    fn the_rows_of_one_person_go_and_the_time_of_reading_stays() {
        let data = tempfile::tempdir().unwrap();
        keep(data.path(), "reports", &["mona", "hubot", "mona"]);
        keep(data.path(), "reports-none", &["hubot"]);
        let file = files(&data.path().join("reports")).remove(0);
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        File::options().append(true).open(&file).unwrap().set_modified(long_ago).unwrap();
        let is_it = |row: &[u8]| row == b"mona";
        assert_eq!(forget_in_cache(data.path(), &is_it, true).unwrap(), 1);
        assert_eq!(rows(data.path(), "reports"), ["mona", "hubot", "mona"]);
        assert_eq!(forget_in_cache(data.path(), &is_it, false).unwrap(), 1);
        assert_eq!(
            (rows(data.path(), "reports"), rows(data.path(), "reports-none")),
            (vec!["hubot".to_owned()], vec!["hubot".to_owned()])
        );
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), long_ago);
        assert_eq!(forget_in_cache(data.path(), &is_it, false).unwrap(), 0);
    }

    #[test]
    fn folders_of_other_rules_go_and_what_is_not_ours_stays() {
        let data = tempfile::tempdir().unwrap();
        for folder in ["reports", "reports-none", "reports-pseudonyms-01234567"] {
            keep(data.path(), folder, &["row"]);
        }
        fs::write(data.path().join("reports/mine.txt"), "mine").unwrap();
        fs::create_dir(data.path().join("reportsmine")).unwrap();
        let found = cached_report_folders(data.path(), "reports-none").unwrap();
        assert_eq!(found.iter().map(|(_, files)| *files).collect::<Vec<_>>(), [1, 1]);
        remove_cached_reports(data.path(), "reports-none").unwrap();
        assert_eq!(rows(data.path(), "reports-none"), ["row"]);
        assert!(data.path().join("reports/mine.txt").exists() && data.path().join("reportsmine").exists());
        assert!(!data.path().join("reports-pseudonyms-01234567").exists());
        assert_eq!(files(&data.path().join("reports")), [""; 0].map(PathBuf::from));
    }
}
