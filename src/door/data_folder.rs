//! Files and folders of the data folder: private to the user, and never links or other special files.
//!
//! The data folder holds personal data. Folders get mode 0700 and files 0600, whatever the umask is, and wider modes of older
//! versions are reduced when they are opened. Somebody with write access could replace a file by a link or a pipe: links inside
//! the folder are not followed, and only regular files are opened, without waiting for the other end of a pipe. The folder
//! itself may be a link, because its owner chose it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Mode of folders.
const FOLDER_MODE: u32 = 0o700;

/// Mode of files.
const FILE_MODE: u32 = 0o600;

/// Permission bits of other users.
const OTHERS: u32 = 0o077;

/// Prefixes of Pilotage's names in a data folder. A folder with other entries has other users too, so its permissions are not
/// changed.
const OURS: &[&str] = &["catalog.", "reports", "runs", "history", "demo", "privacy", "forgotten"];

/// Levels of folders below the data folder: `demo`, then `reports`, then one for each report. Deeper ones are not Pilotage's.
const LEVELS: u32 = 4;

/// Makes the data folder and its parents, or removes other users' permissions from an existing one that holds only Pilotage's
/// files.
///
/// # Errors
/// It cannot be made, or is not a folder.
pub fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
    let is_ours = |name: &str| OURS.iter().any(|ours| name.starts_with(ours));
    let mut entries = fs::read_dir(folder)?.flatten();
    if entries.all(|entry| entry.file_name().to_str().is_some_and(is_ours)) {
        // The folder may be a link; its entries may not.
        let open = File::open(folder)?;
        tighten(&open, FOLDER_MODE);
    }
    Ok(())
}

/// Makes a folder inside the data folder, and the data folder if it is missing; or removes other users' permissions from an
/// existing one and all its contents.
///
/// # Errors
/// It cannot be made, or another entry such as a link has its name.
pub fn make_inside(data: &Path, name: &Path) -> io::Result<PathBuf> {
    if !data.is_dir() {
        make(data)?;
    }
    let mut folder = data.to_owned();
    for part in name {
        folder.push(part);
        match DirBuilder::new().mode(FOLDER_MODE).create(&folder) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let open = open_folder(&folder)?;
                if is_open_to_others(&open) {
                    tighten_all(&folder, LEVELS);
                    tighten(&open, FOLDER_MODE);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(folder)
}

/// Opens a file for reading.
///
/// # Errors
/// It does not exist, or is not a regular file.
pub fn open(path: &Path) -> io::Result<File> {
    regular(path, OpenOptions::new().read(true))
}

/// Opens a file for reading and writing. Makes a missing file.
///
/// # Errors
/// It can be neither opened nor made, or is not a regular file.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    let file = regular(path, OpenOptions::new().read(true).write(true).create(true).truncate(false))?;
    tighten(&file, FILE_MODE);
    Ok(file)
}

/// Makes a new file for writing.
///
/// # Errors
/// It cannot be made. An existing file is not changed.
pub fn create(path: &Path) -> io::Result<File> {
    regular(path, OpenOptions::new().write(true).create_new(true))
}

/// Makes a missing file for a library that opens it by name, and removes other users' permissions from an existing one. That is
/// not opened: closing any descriptor of a file releases all locks of this process on it, such as those of an open database.
///
/// # Errors
/// It cannot be made, or is not a regular file.
pub fn make_unopened(path: &Path) -> io::Result<()> {
    match create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => tighten_unopened(path),
        made => made.map(drop),
    }
}

/// Removes other users' permissions from a file without opening it, see [`make_unopened`]. A missing file is no error.
///
/// # Errors
/// It is not a regular file.
pub fn tighten_unopened(path: &Path) -> io::Result<()> {
    if let Some(metadata) = check_unopened(path)?
        && metadata.permissions().mode() & OTHERS != 0
        && let Err(error) = fs::set_permissions(path, Permissions::from_mode(FILE_MODE))
    {
        tracing::debug!(%error, "cannot remove other users' permissions from the data folder");
    }
    Ok(())
}

/// Checks that a path is a regular file or missing, without opening it, see [`make_unopened`].
///
/// # Errors
/// Another entry is there, such as a link.
pub fn check_unopened(path: &Path) -> io::Result<Option<fs::Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => Err(a_link()),
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
        Ok(_) => Err(not_regular()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes other users' permissions from a file, if it exists and may be changed.
pub fn tighten_file(path: &Path) {
    if let Ok(file) = open(path) {
        tighten(&file, FILE_MODE);
    }
}

/// Refuses an entry that is neither folder nor file, such as a link. A missing one is no error.
///
/// # Errors
/// The entry is refused.
pub fn refuse_links(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => Err(a_link()),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Checks for a regular file. Links are not followed.
pub fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// Free bytes of a folder's disk for this user. None where the system does not report them.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

fn regular(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Non-blocking, because opening a pipe for reading would wait for a writer.
    let opened = options.mode(FILE_MODE).custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY)).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) => return Err(explained(path, error)),
    };
    if file.metadata()?.is_file() { Ok(file) } else { Err(not_regular()) }
}

/// Replaces errors of the system, which are "too many levels" for a link and "no such device" for a pipe, by the type of the
/// entry.
fn explained(path: &Path, error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::NotFound {
        return error;
    }
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => a_link(),
        Ok(metadata) if !metadata.is_file() => not_regular(),
        _ => error,
    }
}

fn a_link() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is a link, and links inside the data folder are not followed")
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")
}

fn open_folder(folder: &Path) -> io::Result<File> {
    let flags = flags(OFlags::NOFOLLOW | OFlags::DIRECTORY);
    OpenOptions::new().read(true).custom_flags(flags).open(folder).map_err(|error| match fs::symlink_metadata(folder) {
        Ok(metadata) if metadata.is_symlink() => a_link(),
        Ok(metadata) if !metadata.is_dir() => io::Error::new(io::ErrorKind::NotADirectory, "it is no folder"),
        _ => error,
    })
}

fn is_open_to_others(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.permissions().mode() & OTHERS != 0)
}

/// Sets the mode when others have permissions. A file of another user, or on a read-only disk, stays as it is: it is still
/// readable.
fn tighten(file: &File, mode: u32) {
    if is_open_to_others(file)
        && let Err(error) = file.set_permissions(Permissions::from_mode(mode))
    {
        tracing::debug!(%error, "cannot remove other users' permissions from the data folder");
    }
}

fn tighten_all(folder: &Path, levels: u32) {
    let Some(levels) = levels.checked_sub(1) else { return };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                tighten_all(&path, levels);
                if let Ok(folder) = open_folder(&path) {
                    tighten(&folder, FOLDER_MODE);
                }
            }
            Ok(kind) if kind.is_file() => tighten_file(&path),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_made_is_nobody_elses_to_read() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("a/data");
        let reports = make_inside(&data, Path::new("reports/one")).unwrap();
        drop(create(&reports.join("day.gz")).unwrap());
        drop(open_or_create(&data.join("catalog.lock")).unwrap());
        for folder in [&data, &data.join("reports"), &reports] {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
        }
        for file in [reports.join("day.gz"), data.join("catalog.lock")] {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
        assert_eq!(create(&reports.join("day.gz")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn what_an_older_version_left_open_is_tightened_and_what_is_not_ours_is_not() {
        let home = tempfile::tempdir().unwrap();
        let (data, shared) = (home.path().join("data"), home.path().join("shared"));
        for folder in [&data, &shared] {
            fs::create_dir_all(folder.join("reports/one")).unwrap();
            fs::write(folder.join("reports/one/day.gz"), "").unwrap();
            fs::write(folder.join("catalog.sqlite"), "").unwrap();
            for path in ["", "reports", "reports/one"] {
                set_mode(&folder.join(path), 0o755);
            }
            for path in ["reports/one/day.gz", "catalog.sqlite"] {
                set_mode(&folder.join(path), 0o644);
            }
        }
        fs::write(shared.join("README.md"), "").unwrap();
        set_mode(&shared.join("README.md"), 0o644);
        for folder in [&data, &shared] {
            make(folder).unwrap();
            make_inside(folder, Path::new("reports")).unwrap();
            drop(open_or_create(&folder.join("catalog.sqlite")).unwrap());
            let modes = ["reports", "reports/one", "reports/one/day.gz", "catalog.sqlite"].map(|path| mode(&folder.join(path)));
            assert_eq!(modes, [0o700, 0o700, 0o600, 0o600]);
        }
        assert_eq!((mode(&data), mode(&shared), mode(&shared.join("README.md"))), (0o700, 0o755, 0o644));
    }

    #[test]
    fn links_are_not_followed_and_pipes_are_not_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        make(&data).unwrap();
        fs::write(home.path().join("elsewhere"), "theirs").unwrap();
        symlink(home.path().join("elsewhere"), data.join("link")).unwrap();
        symlink(home.path().join("nothing"), data.join("dangling")).unwrap();
        symlink(home.path(), data.join("runs")).unwrap();
        assert!(Command::new("mkfifo").arg(data.join("pipe")).status().unwrap().success());
        for name in ["link", "pipe", "dangling"] {
            let path = data.join(name);
            for error in [open(&path), open_or_create(&path)].map(Result::unwrap_err) {
                assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}: {error}");
            }
            assert!(create(&path).is_err());
            tighten_file(&path);
            assert!(!is_file(&path));
        }
        let refused = make_inside(&data, Path::new("runs")).unwrap_err();
        assert_eq!(refused.to_string(), "it is a link, and links inside the data folder are not followed");
        assert_eq!(fs::read_to_string(home.path().join("elsewhere")).unwrap(), "theirs");
        assert!(!home.path().join("nothing").exists());
        // The data folder itself may be elsewhere.
        symlink(&data, home.path().join("by-link")).unwrap();
        make(&home.path().join("by-link")).unwrap();
        assert!(refuse_links(&home.path().join("by-link")).is_err() && refuse_links(&data).is_ok());
    }
}
