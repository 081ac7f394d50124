//! Removes cached reports that are too old for GitHub to show their day, or beyond the size limit of the folder.
//!
//! Only files named as the cache names them are removed, and no link is followed. Other files in the folder stay.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::door::data_folder;
use crate::kind::selection::MOST_DAYS;
use crate::model::day::Day;

/// Limits of the report cache.
#[derive(Clone, Copy, Debug)]
pub(super) struct CacheLimits {
    /// Days before today that are kept.
    days: i32,
    /// Bytes of all kept days together.
    bytes: u64,
    /// Age at which an unfinished file is removed. Nobody writes to it any more by then.
    unfinished: Duration,
}

impl CacheLimits {
    /// GitHub shows days of the last 365 days, and windows of active people reach back 28 days before the first one. A year of
    /// an organization of 7,000 people takes about 1 GB, so eight of them fit.
    pub(super) const STANDARD: Self =
        Self { days: MOST_DAYS + 28, bytes: 8 << 30, unfinished: Duration::from_secs(24 * 60 * 60) };
}

/// Removes what exceeds the limits, the oldest days first. Returns the number of removed files. Files that cannot be removed
/// stay.
pub(super) fn prune(folder: &Path, today: Day, limits: &CacheLimits) -> usize {
    if data_folder::refuse_links(folder).is_err() {
        return 0;
    }
    let mut kept: Vec<(Day, u64, PathBuf)> = Vec::new();
    let mut removed = 0;
    let mut remove = |path: &Path| removed += usize::from(fs::remove_file(path).is_ok());
    let folders: Vec<PathBuf> = entries(folder, fs::FileType::is_dir).filter(|path| is_ours(path)).collect();
    for path in folders.iter().flat_map(|folder| entries(folder, fs::FileType::is_file)) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let day = name.get(.."2026-08-01".len()).and_then(|day| day.parse::<Day>().ok());
        let length = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        match day {
            Some(day) if name == format!("{day}.gz") && today.days_since(day) > limits.days => remove(&path),
            Some(day) if name == format!("{day}.gz") => kept.push((day, length, path)),
            Some(_) if name.ends_with(".part") && is_older(&path, limits.unfinished) => remove(&path),
            _ => {}
        }
    }
    // The path decides between files of one day, so that the result does not depend on the order of the listing.
    kept.sort();
    let mut bytes: u64 = kept.iter().map(|(_, length, _)| length).sum();
    for (_, length, path) in &kept {
        if bytes <= limits.bytes {
            break;
        }
        remove(path);
        bytes -= length;
    }
    // `remove_dir` removes only empty folders.
    folders.iter().for_each(|folder| drop(fs::remove_dir(folder)));
    removed
}

/// Entries of a folder whose own type is wanted. Links are not followed.
pub(super) fn entries(folder: &Path, is_wanted: fn(&fs::FileType) -> bool) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(move |entry| entry.file_type().is_ok_and(|kind| is_wanted(&kind))).map(|entry| entry.path())
}

/// Checks whether a folder has a name of the cache: a path, then sixteen hexadecimal digits.
pub(super) fn is_ours(folder: &Path) -> bool {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let digits = name.rsplit_once('-').map(|(_, digits)| digits).unwrap_or_default();
    digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Checks whether a file is unchanged for that time. False where the file system has no modification time.
fn is_older(path: &Path, age: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.ok().and_then(|modified| modified.elapsed().ok()).is_some_and(|elapsed| elapsed > age)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, name: &str, bytes: usize) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![0; bytes]).unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = entries(folder, fs::FileType::is_dir)
            .flat_map(|folder| entries(&folder, fs::FileType::is_file))
            .chain(entries(folder, fs::FileType::is_file))
            .map(|path| path.strip_prefix(folder).unwrap().display().to_string())
            .collect();
        names.sort();
        names
    }

    const ACME: &str = "orgs-acme-users-1-day-0123456789abcdef";

    #[test]
    fn days_that_github_shows_no_more_go_and_whatever_is_not_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        let today: Day = "2026-11-20".parse().unwrap();
        let (last, gone) = (today.plus_days(-393), today.plus_days(-394));
        for name in [
            &format!("{ACME}/{last}.gz"),
            &format!("{ACME}/{gone}.gz"),
            &format!("{ACME}/{gone}.gz.bak"),
            &format!("{ACME}/{last}.77-1.part"),
            &format!("mine/{gone}.gz"),
            &format!("{gone}.gz"),
            &format!("old-0123456789abcdef/{gone}.gz"),
        ] {
            put(folder.path(), name, 10);
        }
        assert_eq!(prune(folder.path(), today, &CacheLimits::STANDARD), 2);
        let expected = [
            format!("{gone}.gz"),
            format!("mine/{gone}.gz"),
            format!("{ACME}/{gone}.gz.bak"),
            format!("{ACME}/{last}.77-1.part"),
            format!("{ACME}/{last}.gz"),
        ];
        assert_eq!(names(folder.path()), expected);
        assert!(!folder.path().join("old-0123456789abcdef").exists());
        // What nobody finishes any more goes, too.
        let limits = CacheLimits { unfinished: Duration::ZERO, ..CacheLimits::STANDARD };
        assert_eq!(prune(folder.path(), today, &limits), 1);
    }

    #[test]
    fn beyond_its_size_the_oldest_days_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let today: Day = "2026-11-20".parse().unwrap();
        for back in 1..=5 {
            put(folder.path(), &format!("{ACME}/{}.gz", today.plus_days(-back)), 100);
        }
        let limits = CacheLimits { bytes: 250, ..CacheLimits::STANDARD };
        assert_eq!(prune(folder.path(), today, &limits), 3);
        assert_eq!(names(folder.path()), [format!("{ACME}/2026-11-18.gz"), format!("{ACME}/2026-11-19.gz")]);
        assert_eq!(prune(folder.path(), today, &limits), 0);
        assert_eq!(prune(&folder.path().join("none"), today, &limits), 0);
    }
}
