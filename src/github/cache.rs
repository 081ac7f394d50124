//! Finished days of reports, kept in a folder so that they are fetched once. Safe to delete: missing days are fetched again.
//!
//! A file has the lines of all files of one report, packed with gzip, then a checksum of the packed bytes. The checksum is compared
//! before the first line is read, and a file is written under another name until it is whole. A damaged or partial file is fetched
//! again. Lines pass through one at a time in both directions. No signed link is kept.
//!
//! `prune` removes files that are of no more use, of all hosts and organizations in the folder.

use std::fs::{self, File};
use std::hash::Hasher;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use siphasher::sip::SipHasher13;

mod listed;
mod people;
mod prune;

pub use listed::CachedDays;
pub use people::{GitHubCacheError, cached_report_folders, forget_in_cache, remove_cached_reports};

use crate::door::data_folder;
use crate::model::day::Day;
use crate::model::item::{CHUNK_ITEMS, RawItem};

/// End of a file: eight bytes of the format, then eight of the checksum. The last byte of the format is its version.
const MARK: [u8; 8] = *b"PILOTRP1";
const TRAILER_BYTES: usize = 16;

/// Bytes that stay free on the disk: the embedded catalog's log, its checkpoint and the report of the run need room, and a report
/// that is not kept is only fetched again.
const LEFT_FREE: u64 = 256 << 20;

/// Counter that distinguishes the files that one process writes at the same time.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A folder of finished days.
#[derive(Debug)]
pub struct ReportCache {
    folder: PathBuf,
    host: String,
    access: CacheAccess,
    left_free: u64,
    has_warned: AtomicBool,
}

/// Permitted use of the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CacheAccess {
    /// Reports are read; nothing is written or removed.
    Read,
    /// Reports are read, and fetched ones are kept.
    ReadAndWrite,
}

impl ReportCache {
    /// The folder, which need not exist yet, for reports of that address of GitHub's API.
    pub(super) fn new(folder: PathBuf, host: String, access: CacheAccess) -> Self {
        Self { folder, host, access, left_free: LEFT_FREE, has_warned: AtomicBool::new(false) }
    }

    /// File of a day's report at that path: `orgs-acme-…-users-1-day-0123456789abcdef/2026-08-01.gz`.
    fn place(&self, path: &str, day: Day) -> PathBuf {
        let mut hasher = SipHasher13::new();
        hasher.write(self.host.as_bytes());
        hasher.write(&[0]);
        hasher.write(path.as_bytes());
        let plain = |character: char| if character.is_ascii_alphanumeric() || character == '-' { character } else { '-' };
        let name: String = path.trim_matches('/').chars().map(plain).take(100).collect();
        self.folder.join(format!("{name}-{:016x}", hasher.finish())).join(format!("{day}.gz"))
    }

    /// True when there is a file for that day, damaged or not.
    pub(super) fn holds(&self, path: &str, day: Day) -> bool {
        data_folder::is_file(&self.place(path, day))
    }

    /// The report of that day, when it is there and whole. A damaged one is warned about, and gone.
    pub(super) fn open(&self, path: &str, day: Day) -> Option<KeptLines> {
        let place = self.place(path, day);
        match KeptLines::open(&place) {
            Ok(lines) => Some(lines),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(file = %place.display(), %error, "a cached report cannot be used and is fetched again");
                // What a newer version kept is whole, and stays for it.
                if self.access == CacheAccess::ReadAndWrite && error.kind() != io::ErrorKind::Unsupported {
                    let _ = fs::remove_file(&place);
                }
                None
            }
        }
    }

    /// Removes the report of that day, because its rows are none.
    pub(super) fn forget(&self, path: &str, day: Day) {
        if self.access == CacheAccess::ReadAndWrite {
            let _ = fs::remove_file(self.place(path, day));
        }
    }

    /// Begins to keep the report of that day. None when the folder may not or cannot be written to: that costs the cache, not
    /// the run.
    pub(super) fn begin(&self, path: &str, day: Day) -> Option<UnfinishedReport> {
        if self.access == CacheAccess::Read {
            return None;
        }
        match self.begin_at(self.place(path, day)) {
            Ok(keeping) => Some(keeping),
            Err(error) if error.kind() == io::ErrorKind::Unsupported => None,
            Err(error) => {
                self.warn(&error);
                None
            }
        }
    }

    fn begin_at(&self, place: PathBuf) -> io::Result<UnfinishedReport> {
        let data = self.folder.parent().unwrap_or(&self.folder);
        if let Some(inside) = place.parent().and_then(|folder| folder.strip_prefix(data).ok()) {
            let folder = data_folder::make_inside(data, inside)?;
            if data_folder::free_bytes(&folder).is_some_and(|free| free < self.left_free) {
                let message = format!("less than {} MiB are free", self.left_free >> 20);
                return Err(io::Error::new(io::ErrorKind::StorageFull, message));
            }
        }
        match KeptLines::open(&place) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Err(error),
            _ => UnfinishedReport::begin(place),
        }
    }

    /// Clears away what is of no more use on that day, see [`prune`]. Does nothing where nothing may be written.
    pub(super) fn prune(&self, today: Day) {
        if self.access == CacheAccess::ReadAndWrite {
            let removed = prune::prune(&self.folder, today, &prune::CacheLimits::STANDARD);
            if removed > 0 {
                tracing::debug!(folder = %self.folder.display(), files = removed, "outdated cached reports were removed");
            }
        }
    }

    /// Says once that nothing can be kept.
    pub(super) fn warn(&self, error: &io::Error) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            let folder = self.folder.display();
            tracing::warn!(%folder, %error, "reports cannot be cached, so finished days are fetched again in each run");
        }
    }
}

/// A kept report, line by line.
pub(super) struct KeptLines {
    lines: BufReader<GzDecoder<io::Take<BufReader<File>>>>,
    line: u64,
    kept_at: Option<Timestamp>,
}

impl KeptLines {
    fn open(place: &Path) -> io::Result<Self> {
        // The folder of the report and the one of all of them.
        for folder in place.ancestors().skip(1).take(2) {
            data_folder::refuse_links(folder)?;
        }
        let mut file = BufReader::new(data_folder::open(place)?);
        let damaged = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let metadata = file.get_ref().metadata()?;
        let length = metadata.len();
        let kept_at = metadata.modified().ok().and_then(|modified| Timestamp::try_from(modified).ok());
        let packed = length.checked_sub(TRAILER_BYTES as u64).ok_or_else(|| damaged("it is too short"))?;
        let mut hasher = SipHasher13::new();
        let mut piece = [0; 1 << 16];
        let mut left = packed;
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            let read = file.read(&mut piece[..wanted])?;
            if read == 0 {
                return Err(damaged("it ends early"));
            }
            hasher.write(&piece[..read]);
            left -= read as u64;
        }
        let mut trailer = [0; TRAILER_BYTES];
        file.read_exact(&mut trailer)?;
        let (mark, checksum) = trailer.split_at(MARK.len());
        if mark != MARK && mark.starts_with(&MARK[..MARK.len() - 1]) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "another version of pilotage kept it, in a newer form"));
        }
        if mark != MARK {
            return Err(damaged("its end is not that of a kept report"));
        }
        if checksum != hasher.finish().to_le_bytes() {
            return Err(damaged("its checksum is wrong"));
        }
        file.seek(SeekFrom::Start(0))?;
        let mut lines = BufReader::new(GzDecoder::new(file.take(packed)));
        if lines.fill_buf()?.is_empty() {
            return Err(damaged("it has no row"));
        }
        Ok(Self { lines, line: 0, kept_at })
    }

    /// When it was kept, where the file system knows.
    pub(super) fn kept_at(&self) -> Option<Timestamp> {
        self.kept_at
    }

    /// The next hundred lines or fewer; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<RawItem>>> {
        let mut chunk = Vec::with_capacity(CHUNK_ITEMS);
        while chunk.len() < CHUNK_ITEMS {
            let mut line = Vec::new();
            if self.lines.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            self.line += 1;
            chunk.push(RawItem { json: Bytes::from(line), line: self.line });
        }
        Ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
    }
}

/// A report that is being kept. Dropping it before it is whole leaves nothing behind.
pub(super) struct UnfinishedReport {
    place: PathBuf,
    beside: PathBuf,
    packer: Option<GzEncoder<ChecksummedFile>>,
}

/// A file, and a checksum of what goes into it.
struct ChecksummedFile {
    file: BufWriter<File>,
    hasher: SipHasher13,
}

impl Write for ChecksummedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.write(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl UnfinishedReport {
    fn begin(place: PathBuf) -> io::Result<Self> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let beside = place.with_extension(format!("{}-{number}.part", std::process::id()));
        let file = ChecksummedFile { file: BufWriter::new(data_folder::create(&beside)?), hasher: SipHasher13::new() };
        Ok(Self { place, beside, packer: Some(GzEncoder::new(file, Compression::fast())) })
    }

    /// Adds lines.
    pub(super) fn add(&mut self, items: &[RawItem]) -> io::Result<()> {
        let Some(packer) = &mut self.packer else { return Ok(()) };
        for item in items {
            packer.write_all(&item.json)?;
            packer.write_all(b"\n")?;
        }
        Ok(())
    }

    /// The report is whole: from now on it is found.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let Some(packer) = self.packer.take() else { return Ok(()) };
        let ChecksummedFile { mut file, hasher } = packer.finish()?;
        file.write_all(&MARK)?;
        file.write_all(&hasher.finish().to_le_bytes())?;
        file.flush()?;
        drop(file);
        fs::rename(&self.beside, &self.place)
    }
}

impl Drop for UnfinishedReport {
    fn drop(&mut self) {
        // After a rename there is nothing beside it any more.
        self.packer = None;
        let _ = fs::remove_file(&self.beside);
    }
}

impl std::fmt::Debug for KeptLines {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("KeptLines").field("line", &self.line).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for UnfinishedReport {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keeping").field("place", &self.place).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/orgs/acme/copilot/metrics/reports/users-1-day";

    fn day() -> Day {
        "2026-08-01".parse().unwrap()
    }

    fn items(count: u64) -> Vec<RawItem> {
        (1..=count).map(|line| RawItem { json: Bytes::from(format!(r#"{{"line":{line}}}"#)), line }).collect()
    }

    fn keep(cache: &ReportCache, count: u64) {
        let mut keeping = cache.begin(PATH, day()).unwrap();
        keeping.add(&items(count)).unwrap();
        keeping.finish().unwrap();
    }

    fn read(cache: &ReportCache) -> Option<Vec<RawItem>> {
        let mut lines = cache.open(PATH, day())?;
        let mut all = Vec::new();
        while let Some(chunk) = lines.next().unwrap() {
            all.extend(chunk);
        }
        Some(all)
    }

    #[test]
    fn what_is_kept_comes_back_and_only_under_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let cache = ReportCache::new(folder.path().join("reports"), "https://api.github.com".into(), CacheAccess::ReadAndWrite);
        assert_eq!(read(&cache), None);
        keep(&cache, 250);
        assert_eq!(read(&cache).unwrap(), items(250));
        assert!(cache.holds(PATH, day()) && !cache.holds(PATH, day().plus_days(1)));
        let other = ReportCache::new(folder.path().join("reports"), "https://api.octo.ghe.com".into(), CacheAccess::ReadAndWrite);
        assert_eq!(read(&other), None);
    }

    #[test]
    fn a_damaged_file_is_not_read_and_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let cache = ReportCache::new(folder.path().to_owned(), String::new(), CacheAccess::ReadAndWrite);
        let place = cache.place(PATH, day());
        type Damage = fn(Vec<u8>) -> Vec<u8>;
        let damages: [Damage; 5] = [
            |mut bytes| {
                bytes[20] ^= 1;
                bytes
            },
            |bytes| bytes[..bytes.len() - 1].to_vec(),
            |bytes| bytes[1..].to_vec(),
            |_| Vec::new(),
            |mut bytes| {
                bytes.push(0);
                bytes
            },
        ];
        for damage in damages {
            keep(&cache, 50);
            fs::write(&place, damage(fs::read(&place).unwrap())).unwrap();
            assert_eq!(read(&cache), None);
            assert!(!place.exists());
        }
    }

    #[test]
    fn a_kept_report_without_a_row_is_fetched_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = ReportCache::new(folder.path().to_owned(), String::new(), CacheAccess::ReadAndWrite);
        keep(&cache, 0);
        assert_eq!(read(&cache), None);
        assert!(!cache.holds(PATH, day()));
        keep(&cache, 2);
        cache.forget(PATH, day());
        assert_eq!(read(&cache), None);
    }

    #[test]
    fn a_folder_that_is_only_read_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        keep(&ReportCache::new(folder.path().to_owned(), String::new(), CacheAccess::ReadAndWrite), 3);
        let cache = ReportCache::new(folder.path().to_owned(), String::new(), CacheAccess::Read);
        assert_eq!(read(&cache).unwrap(), items(3));
        assert!(cache.begin(PATH, day().plus_days(1)).is_none());
        fs::write(cache.place(PATH, day()), "").unwrap();
        assert_eq!(read(&cache), None);
        assert!(cache.holds(PATH, day()));
    }

    #[test]
    fn what_0_1_0_kept_is_found_and_read() {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/data-folders/0.1.0/reports");
        let cache = ReportCache::new(kept, "http://127.0.0.1:18431".to_owned(), CacheAccess::Read);
        for (report, rows) in [("users-1-day", 8), ("user-teams-1-day", 9), ("organization-1-day", 1)] {
            for day in ["2026-10-25", "2026-10-26"] {
                let path = format!("/orgs/harbor/copilot/metrics/reports/{report}");
                let mut lines = cache.open(&path, day.parse().unwrap()).unwrap_or_else(|| panic!("{report} of {day}"));
                let rows_read = lines.next().unwrap().unwrap();
                assert_eq!(rows_read.len(), rows, "{report} of {day}");
                assert!(rows_read.iter().all(|row| serde_json::from_slice::<serde_json::Value>(&row.json).unwrap().is_object()));
            }
        }
    }

    #[test]
    fn what_a_newer_version_kept_is_neither_read_nor_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let cache = ReportCache::new(folder.path().join("reports"), String::new(), CacheAccess::ReadAndWrite);
        keep(&cache, 50);
        let place = cache.place(PATH, day());
        let mut bytes = fs::read(&place).unwrap();
        let version = bytes.len() - TRAILER_BYTES + MARK.len() - 1;
        bytes[version] = b'2';
        fs::write(&place, &bytes).unwrap();
        assert_eq!(read(&cache), None);
        assert!(cache.begin(PATH, day()).is_none());
        assert_eq!(fs::read(&place).unwrap(), bytes);
    }

    #[test]
    fn links_and_pipes_in_its_place_are_not_read_and_lead_nowhere() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (data, elsewhere) = (folder.path().join("data"), folder.path().join("elsewhere"));
        let cache = ReportCache::new(data.join("reports"), String::new(), CacheAccess::ReadAndWrite);
        keep(&cache, 3);
        let place = cache.place(PATH, day());
        fs::rename(&place, &elsewhere).unwrap();
        symlink(&elsewhere, &place).unwrap();
        assert!(!cache.holds(PATH, day()) && read(&cache).is_none());
        assert!(std::process::Command::new("mkfifo").arg(&place).status().unwrap().success());
        assert_eq!(read(&cache), None, "and nothing waits for the pipe's other end");
        // The folder of all reports, as a link to a folder of somebody else's.
        fs::rename(data.join("reports"), folder.path().join("theirs")).unwrap();
        symlink(folder.path().join("theirs"), data.join("reports")).unwrap();
        assert!(cache.begin(PATH, day()).is_none() && read(&cache).is_none());
        cache.prune("2036-08-01".parse().unwrap());
        assert!(elsewhere.exists());
    }

    #[test]
    fn the_last_of_a_disk_is_left_to_what_cannot_be_fetched_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = ReportCache::new(folder.path().join("reports"), String::new(), CacheAccess::ReadAndWrite);
        keep(&cache, 3);
        cache.left_free = u64::MAX;
        assert!(cache.begin(PATH, day().plus_days(1)).is_none());
        assert_eq!(read(&cache).unwrap(), items(3), "what is kept stays of use");
    }

    #[test]
    fn what_was_not_finished_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let cache = ReportCache::new(folder.path().to_owned(), String::new(), CacheAccess::ReadAndWrite);
        let mut keeping = cache.begin(PATH, day()).unwrap();
        keeping.add(&items(50)).unwrap();
        drop(keeping);
        assert_eq!(read(&cache), None);
        let of_path = cache.place(PATH, day());
        assert_eq!(fs::read_dir(of_path.parent().unwrap()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_costs_only_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let cache = ReportCache::new(file, String::new(), CacheAccess::ReadAndWrite);
        assert!(cache.begin(PATH, day()).is_none());
        assert!(read(&cache).is_none());
    }
}
