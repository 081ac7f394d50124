//! How people are kept: by their names, by pseudonyms, or not at all. Pure: raw items go in as a source wrote them, and come out as
//! everything else may see them. The key is behind [`KeyedHash`].
//!
//! | subject | file |
//! | --- | --- |
//! | the modes, pseudonyms, people who are to be forgotten | here |
//! | one item, rewritten | [`rewrite`] |
//!
//! The fields by which people are known are declared beside each kind, see [`PersonFields`].

pub mod rewrite;

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;

use self::rewrite::ItemRewriting;
use crate::model::item::RawItem;
use crate::model::person::GITHUB_LOGIN;
use crate::model::person_fields::{PersonFields, PersonRole};

/// The smallest pseudonym of a number. No source has numbers of its own as large.
pub const SMALLEST_PSEUDONYM: u64 = 1 << 52;

/// End of the pseudonym of an e-mail address: a domain that nobody can have (RFC 2606).
const MAIL_ENDING: &str = "@people.invalid";

/// Ways in which people are kept in the data folder and sent to the catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// As the source names them.
    #[default]
    Names,
    /// By pseudonyms, which whoever has the key can compute of a name.
    Pseudonyms,
    /// Not at all.
    Nobody,
}

impl Identity {
    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Pseudonyms => "pseudonyms",
            Self::Nobody => "none",
        }
    }

    /// The way of that name, in any case.
    pub fn find(name: &str) -> Option<Self> {
        [Self::Names, Self::Pseudonyms, Self::Nobody].into_iter().find(|identity| identity.name().eq_ignore_ascii_case(name))
    }
}

/// A hash of a text that nobody can compute without a key.
pub trait KeyedHash: fmt::Debug + Send + Sync {
    /// The hash of a text. Equal texts have equal hashes, with the same key.
    fn hash(&self, text: &str) -> [u8; 32];
}

/// Pseudonyms of people.
#[derive(Clone, Debug)]
pub struct Pseudonyms(Arc<dyn KeyedHash>);

impl Pseudonyms {
    /// Pseudonyms by a key.
    pub fn new(hash: Arc<dyn KeyedHash>) -> Self {
        Self(hash)
    }

    /// The pseudonym of a login, whatever its case: `p-` and twenty hexadecimal digits.
    pub fn of_login(&self, login: &str) -> String {
        format!("p-{}", hexadecimal(&self.0.hash(&format!("login\0{}", login.trim().to_lowercase()))[..10]))
    }

    /// The pseudonym of a number: one from 2⁵² to 2⁵³, where every reader of JSON reads whole numbers and no source has numbers of its
    /// own.
    pub fn of_id(&self, id: u64) -> u64 {
        let hash = self.0.hash(&format!("id\0{id}"));
        let first = hash.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        SMALLEST_PSEUDONYM | (first >> 12)
    }

    /// The pseudonym of a person's name in several tools, see [`crate::model::person`]. A pseudonym stays as it is.
    pub fn of_person(&self, name: &str) -> String {
        let name = name.trim();
        match name.strip_prefix(GITHUB_LOGIN) {
            Some(login) => format!("{GITHUB_LOGIN}{}", self.of_person(login)),
            None if is_pseudonym(name) => name.to_owned(),
            None if name.contains('@') => self.of_mail(name),
            None => self.of_login(name),
        }
    }

    /// The pseudonym of an e-mail address, which has the form of one.
    pub fn of_mail(&self, mail: &str) -> String {
        let hash = self.0.hash(&format!("mail\0{}", mail.trim().to_lowercase()));
        format!("p-{}{MAIL_ENDING}", hexadecimal(&hash[..10]))
    }
}

/// People who are to be forgotten: hashes of their logins and numbers, by a key that is kept beside them.
#[derive(Clone, Debug)]
pub struct ForgottenPeople {
    hash: Arc<dyn KeyedHash>,
    hashes: HashSet<[u8; 32]>,
}

impl ForgottenPeople {
    /// These hashes, see [`ForgottenPeople::hash_of_login`].
    pub fn new(hash: Arc<dyn KeyedHash>, hashes: HashSet<[u8; 32]>) -> Self {
        Self { hash, hashes }
    }

    /// What is kept of a login, whatever its case.
    pub fn hash_of_login(&self, login: &str) -> [u8; 32] {
        self.hash.hash(&format!("forgotten login\0{}", login.trim().to_lowercase()))
    }

    /// What is kept of a number.
    pub fn hash_of_id(&self, id: u64) -> [u8; 32] {
        self.hash.hash(&format!("forgotten id\0{id}"))
    }

    /// True when there is nobody.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether a field tells that its item is about one of them.
    fn holds(&self, role: PersonRole, value: &Value) -> bool {
        match (role, value) {
            (PersonRole::Login, Value::String(login)) => self.hashes.contains(&self.hash_of_login(login)),
            (PersonRole::Id, value) => rewrite::number(value).is_some_and(|id| self.hashes.contains(&self.hash_of_id(id))),
            // Whoever is forgotten is named by a login or by an address, in whatever tool.
            (PersonRole::Mail | PersonRole::Person, Value::String(name)) => {
                self.hashes.contains(&self.hash_of_login(name.trim().strip_prefix(GITHUB_LOGIN).unwrap_or(name)))
            }
            (PersonRole::Object, Value::Object(object)) => {
                let has = |key: &str, role: PersonRole| object.get(key).is_some_and(|value| self.holds(role, value));
                has("login", PersonRole::Login) || has("id", PersonRole::Id) || has("email_address", PersonRole::Mail)
            }
            _ => false,
        }
    }
}

/// What becomes of items as they come out of a source, before anything else sees them.
#[derive(Debug, Default)]
pub struct Ingest {
    identity: Identity,
    rewriting: ItemRewriting,
    /// Read anew for each run, because somebody may be forgotten while a process waits for the next one.
    forgotten: RwLock<Option<ForgottenPeople>>,
}

impl Ingest {
    /// People are kept in that way. For [`Identity::Nobody`] pseudonyms are needed too: records of several reports are joined by them in
    /// memory, and nothing keeps them.
    pub fn new(identity: Identity, rewriting: ItemRewriting) -> Self {
        Self { identity, rewriting, forgotten: RwLock::default() }
    }

    /// Leaves out the items of these people from now on, and of nobody else.
    pub fn forget(&self, people: Option<ForgottenPeople>) {
        // A panic elsewhere leaves the list whole.
        *self.forgotten.write().unwrap_or_else(PoisonError::into_inner) = people.filter(|people| !people.is_empty());
    }

    /// The way in which people are kept.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Whether items come out otherwise than they went in.
    pub fn rewrites(&self) -> bool {
        !self.rewriting.is_nothing()
    }

    /// Whether records of that sort may be kept in a file, as they come out.
    pub fn may_keep(&self, of: &PersonFields) -> bool {
        self.identity != Identity::Nobody || !of.are_of_people()
    }

    /// Whether items of that sort are read at all.
    pub fn may_read(&self, of: &PersonFields) -> bool {
        self.may_keep(of)
    }

    /// Items as everything else may see them. Those of people who are to be forgotten are left out.
    pub fn take(&self, of: &PersonFields, mut items: Vec<RawItem>) -> Vec<RawItem> {
        if let Some(forgotten) = &*self.forgotten.read().unwrap_or_else(PoisonError::into_inner) {
            items.retain(|item| !rewrite::any_person(&item.json, of, &mut |role, value| forgotten.holds(role, value)));
        }
        if self.rewrites() {
            for item in &mut items {
                item.json = self.rewriting.rewrite(&item.json, of);
            }
        }
        items
    }

    /// As [`Ingest::take`], for items that were kept after they had been taken once. Pseudonyms stay as they are: who is behind them is not
    /// known here.
    pub fn take_again(&self, of: &PersonFields, items: Vec<RawItem>) -> Vec<RawItem> {
        if self.identity == Identity::Names { self.take(of, items) } else { items }
    }

    /// An object of a listing as everything else may see it.
    pub fn take_object(&self, of: &PersonFields, object: Value) -> Value {
        if !self.rewrites() {
            return object;
        }
        let text = self.rewriting.rewrite(&object.to_string().into_bytes().into(), of);
        serde_json::from_slice(&text).unwrap_or(Value::Null)
    }
}

/// Whether a text is a pseudonym of a login or of an e-mail address.
fn is_pseudonym(text: &str) -> bool {
    let digits = text.strip_prefix("p-").map(|rest| rest.strip_suffix(MAIL_ENDING).unwrap_or(rest));
    digits.is_some_and(|digits| digits.len() == 20 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
