//! Listings that runs saw, kept from run to run: `listings.json` in the data folder. What they prove is decided in
//! [`crate::reconcile::listing`].
//!
//! The file is written beside its place and moved there when it is whole. One that is damaged, or of a newer version, counts as
//! none: then an empty list is no proof, which is the safe side.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::reconcile::listing::{ListHistories, ListHistory, ListName};

/// The file's name in the data folder.
const FILE: &str = "listings.json";

/// The version of the form that is written.
const VERSION: u32 = 1;

/// The largest file that is read. A thousand organizations come to fifty kilobytes.
const LARGEST_FILE: u64 = 16 << 20;

/// The file that keeps what one integration's runs saw listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingsFile {
    place: PathBuf,
}

/// Content of the file.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    lists: Vec<KeptList>,
}

/// The listing of one list.
#[derive(Serialize, Deserialize)]
struct KeptList {
    #[serde(flatten)]
    name: ListName,
    #[serde(flatten)]
    remembered: ListHistory,
}

impl ListingsFile {
    /// The file in that data folder, which need not exist yet.
    pub fn in_data_folder(data: &Path) -> Self {
        Self { place: data.join(FILE) }
    }

    /// Listings that earlier runs of an integration saw, and a sentence when they cannot be read. Empty without a file.
    pub fn read(&self, integration: &str) -> (ListHistories, Option<String>) {
        match self.kept() {
            Ok(mut memory) => {
                memory.retain(|name, _| name.integration == integration);
                (memory, None)
            }
            Err(problem) => {
                let place = self.place.display();
                let sentence = format!(
                    "cannot read what earlier runs saw listed in {place}: {problem}; it counts as nothing, and is written anew"
                );
                (ListHistories::new(), Some(sentence))
            }
        }
    }

    /// Replaces the listings of an integration. Those of other integrations stay.
    ///
    /// # Errors
    /// Fails when the file cannot be written. Then the previous one stays.
    pub fn write(&self, integration: &str, memory: &ListHistories) -> io::Result<()> {
        // What cannot be read was told when the run began.
        let mut all = self.kept().unwrap_or_default();
        all.retain(|name, _| name.integration != integration);
        all.extend(memory.iter().map(|(name, remembered)| (name.clone(), remembered.clone())));
        all.retain(|_, remembered| !remembered.is_blank());
        if all.is_empty() && !self.place.exists() {
            return Ok(());
        }
        let lists = all.into_iter().map(|(name, remembered)| KeptList { name, remembered }).collect();
        if let Some(folder) = self.place.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = self.place.with_extension(format!("json.{}.part", std::process::id()));
        let written = write_whole(&beside, &Kept { version: VERSION, lists }).and_then(|()| fs::rename(&beside, &self.place));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }

    /// Listings in the file, of all integrations.
    fn kept(&self) -> Result<ListHistories, String> {
        let length = match fs::metadata(&self.place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ListHistories::new()),
            Err(error) => return Err(error.to_string()),
            Ok(metadata) => metadata.len(),
        };
        if length > LARGEST_FILE {
            return Err(format!("it has {length} bytes, more than {LARGEST_FILE}"));
        }
        let text = fs::read(&self.place).map_err(|error| error.to_string())?;
        // The version first: a newer form may lack what this one needs.
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let Versioned { version } = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        if version != VERSION {
            return Err(format!("it is of version {version}, and this program knows version {VERSION}"));
        }
        let kept: Kept = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        Ok(kept.lists.into_iter().map(|KeptList { name, remembered }| (name, remembered)).collect())
    }
}

/// Writes a file that only its owner can read: it has the names that a credential can see.
fn write_whole(place: &Path, kept: &Kept) -> io::Result<()> {
    let mut file = BufWriter::new(create(place)?);
    serde_json::to_writer_pretty(&mut file, kept)?;
    file.write_all(b"\n")?;
    file.flush()?;
    // A machine that stops right after must not leave an empty file in its place.
    file.get_ref().sync_all()
}

#[cfg(unix)]
fn create(place: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(place)
}

#[cfg(not(unix))]
fn create(place: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::listing::{ListingRight, ReadList};

    fn name(integration: &str, list: &str) -> ListName {
        ListName { integration: integration.to_owned(), place: "api.github.com".to_owned(), list: list.to_owned() }
    }

    fn memory(integration: &str) -> ListHistories {
        let now = "2026-11-20T10:00:00Z".parse().unwrap();
        let both = ["acme", "beta"].map(str::to_owned);
        let names = ListHistory::default().after(ReadList::Names(&both), now).after(ReadList::Names(&both[..1]), now);
        let empty = ListHistory::default().after(ReadList::Nobody(ListingRight::Shown), now);
        ListHistories::from([(name(integration, "organizations"), names), (name(integration, "acme/*"), empty)])
    }

    #[test]
    fn what_was_written_is_read_and_integrations_do_not_disturb_each_other() {
        let data = tempfile::TempDir::new().unwrap();
        let file = ListingsFile::in_data_folder(&data.path().join("new"));
        assert_eq!(file.read("one"), (ListHistories::new(), None));
        file.write("one", &ListHistories::new()).unwrap();
        assert!(!file.place.exists(), "nothing to remember leaves no file");
        file.write("one", &memory("one")).unwrap();
        file.write("other", &memory("other")).unwrap();
        assert_eq!(file.read("one"), (memory("one"), None));
        let blank = ListHistories::from([(name("one", "organizations"), ListHistory::default())]);
        file.write("one", &blank).unwrap();
        assert_eq!(file.read("one"), (ListHistories::new(), None));
        assert_eq!(file.read("other"), (memory("other"), None));
        assert_eq!(fs::read_dir(file.place.parent().unwrap()).unwrap().count(), 1, "nothing half written stays");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file.place).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_that_is_damaged_or_newer_is_named_counts_as_nothing_and_is_replaced() {
        let data = tempfile::TempDir::new().unwrap();
        let file = ListingsFile::in_data_folder(data.path());
        file.write("one", &memory("one")).unwrap();
        let whole = fs::read_to_string(&file.place).unwrap();
        let half = &whole[..whole.len() / 2];
        for (text, problem) in [
            ("", "EOF"),
            (half, "EOF"),
            ("[]", "invalid"),
            (r#"{"version":2,"lists":"other"}"#, "it is of version 2"),
            (r#"{"version":1,"lists":[{"integration":1}]}"#, "invalid"),
            (r#"{"version":1,"lists":[{"integration":"a","place":"b","list":"c","emptySince":"yesterday"}]}"#, "year"),
        ] {
            fs::write(&file.place, text).unwrap();
            let (read, told) = file.read("one");
            assert!(read.is_empty(), "{text}");
            let told = told.unwrap();
            assert!(told.contains("listings.json") && told.contains(problem), "{text}: {told}");
            file.write("one", &memory("one")).unwrap();
            assert_eq!(file.read("one"), (memory("one"), None));
        }
    }
}
