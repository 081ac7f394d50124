//! People: by which key pseudonyms are made, who is to be forgotten, and what a data folder holds of people.
//!
//! What becomes of an item is decided in [`crate::identity`], which is pure.
//!
//! | subject | file |
//! | --- | --- |
//! | rules of a process, from the settings and the data folder | here |
//! | keys | [`key`] |
//! | people who are to be forgotten | [`mod@forgotten`] |
//! | what a data folder holds of people, and its change to another way | [`folder`] |
//! | one person, removed from a data folder | [`removal`] |

pub mod folder;
pub mod forgotten;
pub mod key;
pub mod removal;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::forgotten::ForgottenList;
use self::key::HmacKey;
use crate::github::GitHubCacheError;
use crate::history::HistoryError;
use crate::identity::rewrite::ItemRewriting;
use crate::identity::{ForgottenPeople, Identity, Ingest, Pseudonyms};
use crate::local_catalog::LocalCatalogError;
use crate::model::secret::Secret;

/// Fewest characters of a key: a shorter one could be found by trying.
const SHORTEST_KEY: usize = 32;

/// Key of pseudonyms that nothing keeps, where the settings have none.
const IN_MEMORY: &[u8] = b"pseudonyms that are in memory only";

/// How people are kept by a process.
#[derive(Clone, Debug)]
pub struct PeopleRules {
    /// The way.
    pub identity: Identity,
    /// Their pseudonyms; none where they are kept by their names.
    pub pseudonyms: Option<Pseudonyms>,
    /// What tells this way from every other: its name, and what is known of its key.
    pub stamp: String,
    rewriting: ItemRewriting,
}

/// Reasons for which people cannot be kept in the way that the settings say, or not be removed.
#[derive(Debug, thiserror::Error)]
pub enum PrivacyError {
    /// There is no key.
    #[error("`identity` is `pseudonyms`, and there is no key to make them with")]
    NoKey,
    /// The key is too short.
    #[error("the key of the pseudonyms has fewer than {SHORTEST_KEY} characters")]
    ShortKey,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// A file cannot be read or written.
    #[error("cannot use `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is none of ours, or of a newer version.
    #[error("cannot read `{}`: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A run or a backfill uses the folder.
    #[error("a resync or a backfill of {} is running", folder.display())]
    Used {
        /// The folder.
        folder: PathBuf,
    },
    /// The history cannot be changed.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The report cache cannot be changed.
    #[error(transparent)]
    Cache(#[from] GitHubCacheError),
    /// The local catalog cannot be changed.
    #[error(transparent)]
    Catalog(#[from] LocalCatalogError),
}

impl PrivacyError {
    /// Whether the settings are wrong.
    pub fn is_of_settings(&self) -> bool {
        matches!(self, Self::NoKey | Self::ShortKey)
    }
}

impl PeopleRules {
    /// The rules that the settings say: the way, the key of pseudonyms, and fields that are left out.
    ///
    /// # Errors
    /// When pseudonyms have no key, or a short one.
    pub fn of(identity: Identity, key: Option<&Secret>, dropped: &[String]) -> Result<Self, PrivacyError> {
        let (pseudonyms, way) = match identity {
            Identity::Names => (None, identity.name().to_owned()),
            Identity::Pseudonyms => {
                let key = key.ok_or(PrivacyError::NoKey)?.expose().trim();
                if key.chars().count() < SHORTEST_KEY {
                    return Err(PrivacyError::ShortKey);
                }
                let key = HmacKey::of(key.as_bytes());
                let way = format!("{}-{}", identity.name(), key.mark());
                (Some(Pseudonyms::new(Arc::new(key))), way)
            }
            // Records of several reports are joined in memory, and the order of what is made of them follows these pseudonyms, so they
            // are the same in every run. Nothing keeps them.
            Identity::Nobody => {
                let key = key.map_or(IN_MEMORY, |key| key.expose().as_bytes());
                (Some(Pseudonyms::new(Arc::new(HmacKey::of(key)))), identity.name().to_owned())
            }
        };
        let stamp = match dropped {
            [] => way,
            dropped => {
                let mut names = dropped.to_vec();
                names.sort();
                names.dedup();
                format!("{way}-without-{}", HmacKey::of(b"names of fields").mark_of(&names.join("\0")))
            }
        };
        let rewriting = ItemRewriting::new(pseudonyms.clone(), dropped.iter().cloned());
        Ok(Self { identity, pseudonyms: pseudonyms.filter(|_| identity == Identity::Pseudonyms), stamp, rewriting })
    }

    /// What becomes of items as they come out of a source, given the data folder, which has the people who are to be forgotten.
    ///
    /// # Errors
    /// When the list of those cannot be read: items of theirs would come back.
    pub fn ingest(&self, folder: &Path) -> Result<Arc<Ingest>, PrivacyError> {
        let ingest = Ingest::new(self.identity, self.rewriting.clone());
        ingest.forget(forgotten(folder)?);
        Ok(Arc::new(ingest))
    }

    /// The name of the folder of cached reports within the data folder. Reports that were kept in one way are never read in another.
    pub fn reports_folder(&self) -> String {
        match self.stamp.as_str() {
            "names" => "reports".to_owned(),
            other => format!("reports-{other}"),
        }
    }

    pub(in crate::privacy) fn rewriting(&self) -> &ItemRewriting {
        &self.rewriting
    }
}

/// The people who are to be forgotten in a data folder; none when there is nobody.
///
/// # Errors
/// When the list cannot be read.
pub fn forgotten(folder: &Path) -> Result<Option<ForgottenPeople>, PrivacyError> {
    Ok(ForgottenList::read(folder)?.map(|list| list.people()))
}

#[cfg(test)]
mod tests;
