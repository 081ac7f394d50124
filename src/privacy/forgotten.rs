//! People who are to be forgotten: `forgotten.json` in the data folder. It holds hashes of their logins and numbers, and the key of the
//! hashes, so that it works in every way of keeping people, and after a change of it.
//!
//! Whoever has the file can try whether somebody whose login they know is in it; nobody can read a login out of it.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::PrivacyError;
use super::key::{HmacKey, random_bytes};
use crate::door::data_folder;
use crate::identity::ForgottenPeople;

/// The file in a data folder.
const FILE_NAME: &str = "forgotten.json";

/// The version of its form.
const VERSION: u32 = 1;

/// The largest file that is read: room for half a million hashes.
const LARGEST_FILE: u64 = 64 << 20;

/// People who are to be forgotten.
#[derive(Clone, Debug)]
pub struct ForgottenList {
    place: PathBuf,
    key: String,
    hashes: HashSet<[u8; 32]>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    key: String,
    people: Vec<String>,
}

impl ForgottenList {
    /// The list of a data folder; none when nobody was forgotten yet.
    ///
    /// # Errors
    /// When there is a file that cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, PrivacyError> {
        let place = folder.join(FILE_NAME);
        let file = |source| PrivacyError::File { path: place.clone(), source };
        let unreadable = |problem: String| PrivacyError::Unreadable { path: place.clone(), problem };
        let mut text = Vec::new();
        match data_folder::open(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(file)?.take(LARGEST_FILE).read_to_end(&mut text).map_err(file)?,
        };
        let kept: Kept = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        if kept.version != VERSION {
            return Err(unreadable(format!("it is of version {}, and this program knows version {VERSION}", kept.version)));
        }
        let hash = |text: &String| STANDARD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let hashes = kept.people.iter().map(hash).collect::<Option<HashSet<_>>>();
        let hashes = hashes.ok_or_else(|| unreadable("a hash in it is none".to_owned()))?;
        if STANDARD.decode(&kept.key).is_err() {
            return Err(unreadable("its key is none".to_owned()));
        }
        Ok(Some(Self { place, key: kept.key, hashes }))
    }

    /// The list of a data folder, or a new one with a key of its own. It is not written yet.
    ///
    /// # Errors
    /// As [`ForgottenList::read`]; also when the system gives no random numbers.
    pub fn read_or_new(folder: &Path) -> Result<Self, PrivacyError> {
        match Self::read(folder)? {
            Some(list) => Ok(list),
            None => Ok(Self { place: folder.join(FILE_NAME), key: STANDARD.encode(random_bytes()?), hashes: HashSet::new() }),
        }
    }

    /// What ingest consults.
    pub fn people(&self) -> ForgottenPeople {
        let key = STANDARD.decode(&self.key).unwrap_or_default();
        ForgottenPeople::new(Arc::new(HmacKey::of(&key)), self.hashes.clone())
    }

    /// Adds a person by login and by the numbers that are known. Says whether anything is new.
    pub fn add(&mut self, login: &str, ids: &[u64]) -> bool {
        let people = self.people();
        let before = self.hashes.len();
        self.hashes.extend(ids.iter().map(|id| people.hash_of_id(*id)).chain([people.hash_of_login(login)]));
        self.hashes.len() > before
    }

    /// Whether that login is in it.
    pub fn holds(&self, login: &str) -> bool {
        self.hashes.contains(&self.people().hash_of_login(login))
    }

    /// Writes the list: whole, or not at all.
    ///
    /// # Errors
    /// When the file cannot be written. The one before it stays then.
    pub fn write(&self) -> Result<(), PrivacyError> {
        let mut people: Vec<String> = self.hashes.iter().map(|hash| STANDARD.encode(hash)).collect();
        people.sort();
        write_whole(&self.place, &Kept { version: VERSION, key: self.key.clone(), people })
    }
}

/// Writes a file of a data folder beside its place, and moves it there.
pub(super) fn write_whole(place: &Path, content: &impl Serialize) -> Result<(), PrivacyError> {
    let beside = place.with_extension(format!("json.{}.part", std::process::id()));
    let write = || -> io::Result<()> {
        if let Some(folder) = place.parent() {
            data_folder::make(folder)?;
        }
        // Left by a process of the same number that was killed.
        let _ = fs::remove_file(&beside);
        let mut file = data_folder::create(&beside)?;
        serde_json::to_writer_pretty(&mut file, content)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&beside, place)
    };
    write().map_err(|source| {
        let _ = fs::remove_file(&beside);
        PrivacyError::File { path: place.to_owned(), source }
    })
}
