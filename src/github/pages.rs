//! Lists, read page by page. Every element is a raw item.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hasher;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use siphasher::sip::SipHasher13;
use url::Url;

use super::client::{GitHub, LARGEST_ANSWER, LARGEST_LEGACY_ANSWER};
use super::doubt::Doubt;
use super::error::GitHubError;
use super::headers::words;
use super::link;
use crate::kind::Form;
use crate::model::item::{CHUNK_ITEMS, RawItem};
use crate::model::person_fields::PersonFields;
use crate::model::slice::SliceEnd;

/// Elements of a page: the most that GitHub gives, whatever `per_page` asks for.
const ELEMENTS_AT_MOST: usize = 100;

/// Pages of a list of records. The longest are seats: half a million, several times the largest enterprise's.
pub(super) const PAGES_AT_MOST: usize = 5_000;

/// Pages of a closed endpoint: a hundred days at most, with twenty-eight on a page.
const LEGACY_PAGES_AT_MOST: usize = 10;

/// Pages of a list that were requested. A list that leads back to one of them has no end.
#[derive(Debug)]
pub(super) struct VisitedPages {
    addresses: HashSet<Url>,
    at_most: usize,
}

impl VisitedPages {
    /// No page yet, with a limit of pages.
    pub(super) fn up_to(at_most: usize) -> Self {
        Self { addresses: HashSet::new(), at_most }
    }

    /// Records a page that is about to be requested. `what` names the request.
    pub(super) fn visit(&mut self, url: &Url, what: &str) -> Result<(), GitHubError> {
        if self.addresses.len() >= self.at_most {
            return Err(GitHubError::LimitExceeded { what: what.to_owned(), limit: self.at_most as u64, unit: "pages" });
        }
        if !self.addresses.insert(url.clone()) {
            let problem = "a page names an earlier page as the next one".to_owned();
            return Err(GitHubError::Malformed { what: what.to_owned(), problem });
        }
        Ok(())
    }
}

/// Reader of a list. Holds one page at a time.
#[derive(Debug)]
pub struct PageReader {
    github: GitHub,
    source: Arc<str>,
    form: Form,
    persons: &'static PersonFields,
    next: NextPage,
    visited: VisitedPages,
    /// Bytes of the largest page.
    largest: usize,
    page: Bytes,
    elements: std::vec::IntoIter<Range<usize>>,
    items: u64,
    /// True for a list of days of a closed endpoint.
    is_of_days: bool,
    left_out: Option<String>,
    rights: Option<CredentialRights>,
    doubt: Option<Doubt>,
    /// Hash of the latest page, and the number of the last page as announced.
    latest: Option<u64>,
    announced: u64,
    /// Fewest and most elements by the pages' counts, whether a page has no count, and the distinct elements read.
    counted: Option<(u64, u64)>,
    is_uncounted: bool,
    different: HashSet<u64>,
    /// Distinct elements with an assignee.
    named: u64,
}

/// Rights of the credential, as the headers of an answer show them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CredentialRights {
    /// Scopes, for types of credentials with scopes.
    pub(super) scopes: Option<Vec<String>>,
    /// Permission that was needed, for types of credentials with permissions. GitHub refuses those that lack it.
    pub(super) permissions: Option<String>,
}

impl CredentialRights {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let permissions = text("x-accepted-github-permissions").filter(|permissions| !permissions.trim().is_empty());
        Self { scopes: text("x-oauth-scopes").map(words), permissions: permissions.map(str::to_owned) }
    }
}

#[derive(Debug)]
enum NextPage {
    First,
    At(Url),
    None,
}

impl GitHub {
    /// Reader of the list of organizations, teams or the like at a path such as `/orgs/acme/teams?per_page=100`. Sends no request yet.
    pub fn pages(&self, path: &str) -> PageReader {
        self.pages_of(path, Form::List, &PersonFields::SCOPES)
    }

    /// As [`GitHub::pages`], for a list whose pages have another form, or whose elements are about people by those fields.
    pub fn pages_of(&self, path: &str, form: Form, persons: &'static PersonFields) -> PageReader {
        PageReader {
            github: self.clone(),
            source: path.into(),
            form,
            persons,
            next: NextPage::First,
            visited: VisitedPages::up_to(PAGES_AT_MOST),
            largest: LARGEST_ANSWER,
            page: Bytes::new(),
            elements: Vec::new().into_iter(),
            items: 0,
            is_of_days: false,
            left_out: None,
            rights: None,
            doubt: None,
            latest: None,
            announced: 0,
            counted: None,
            is_uncounted: false,
            different: HashSet::new(),
            named: 0,
        }
    }
}

impl PageReader {
    /// Sets the limits of a closed endpoint, whose few pages are large.
    #[must_use]
    pub fn of_days(self) -> Self {
        let visited = VisitedPages::up_to(LEGACY_PAGES_AT_MOST);
        Self { visited, largest: LARGEST_LEGACY_ANSWER, is_of_days: true, ..self }
    }

    /// Sets the limit of pages.
    #[must_use]
    pub(super) fn of_pages(self, at_most: usize) -> Self {
        Self { visited: VisitedPages::up_to(at_most), ..self }
    }

    /// The next items in GitHub's order, a hundred at most. None at the end of the list.
    ///
    /// # Errors
    /// A page cannot be read. Items returned before are valid, but the list is incomplete.
    pub async fn next(&mut self) -> Result<Option<Vec<RawItem>>, GitHubError> {
        while self.elements.len() == 0 {
            let url = match std::mem::replace(&mut self.next, NextPage::None) {
                NextPage::First => self.github.address(&self.source)?,
                NextPage::At(url) => url,
                NextPage::None => return Ok(None),
            };
            self.fetch_page(url).await?;
        }
        let mut items = Vec::with_capacity(CHUNK_ITEMS.min(self.elements.len()));
        for range in self.elements.by_ref().take(CHUNK_ITEMS) {
            self.items += 1;
            let json = self.page.slice(range);
            if matches!(self.form, Form::Within { .. }) {
                let (identity, is_named) = identity(&json);
                self.named += u64::from(self.different.insert(identity) && is_named);
            }
            items.push(RawItem { json, line: self.items });
        }
        Ok(Some(self.github.ingest().take(self.persons, items)))
    }

    /// Source of the items, for messages and logs.
    pub fn source(&self) -> Arc<str> {
        Arc::clone(&self.source)
    }

    /// Items returned so far.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// Rights of the credential, as the first page shows them.
    pub(super) fn rights(&self) -> CredentialRights {
        self.rights.clone().unwrap_or_default()
    }

    /// End of a list that was read to its end. Valid after [`PageReader::next`] returned none.
    pub fn end(&self) -> SliceEnd {
        match (&self.left_out, self.doubted()) {
            (None, Some(doubt)) => doubt.slice_end(&self.source),
            (Some(left_out), _) => SliceEnd::Forbidden {
                reason: format!("GitHub left something out of {}: {left_out}", self.source),
                remedy: "authorize the token for the single sign-on of these organizations, in the token's settings".to_owned(),
            },
            // GitHub closed the endpoint, so what still answers there may have nothing any more.
            (None, None) if self.items == 0 && self.is_of_days => SliceEnd::Unconfirmed {
                reason: format!("{} has no day, which a closed endpoint's answer does not prove", self.source),
                remedy: "take the kind out of the mapping, or write it for one of today's kinds".to_owned(),
            },
            (None, None) if self.items == 0 => SliceEnd::Empty,
            (None, None) => SliceEnd::Complete,
        }
    }

    /// Doubt about a list that was read to its end.
    fn doubted(&self) -> Option<Doubt> {
        let Form::Within { count, .. } = self.form else { return self.doubt.clone() };
        let read = self.different.len() as u64;
        let of_count = match self.counted {
            Some((_, counted)) if read < counted => Some(Doubt::Fewer { field: count, counted, read }),
            _ if self.is_uncounted => Some(Doubt::NotCounted { field: count }),
            Some((least, most)) if least < most => Some(Doubt::CountsDiffer { field: count, least, most }),
            // An enterprise counts a person with several seats once. Seats of deleted accounts have no person.
            Some((_, counted)) if self.named > counted => {
                Some(Doubt::MoreThanCounted { field: count, counted, read: self.named })
            }
            Some((_, 0)) if read > 0 => Some(Doubt::MoreThanCounted { field: count, counted: 0, read }),
            Some(_) => None,
            None => Some(Doubt::NotCounted { field: count }),
        };
        of_count.or_else(|| self.doubt.clone())
    }

    /// Requests a page.
    async fn fetch_page(&mut self, url: Url) -> Result<(), GitHubError> {
        let what = self.github.name_of(&url);
        self.visited.visit(&url, &what)?;
        let answer = self.github.ask_up_to(self.largest, url.clone()).await?;
        self.rights.get_or_insert_with(|| CredentialRights::of(&answer.headers));
        if let Some(last) = link::last(&answer.headers).and_then(|last| page_number(&Url::parse(&last).ok()?)) {
            self.announced = self.announced.max(last);
        }
        if let Some(next) = link::next(&answer.headers) {
            self.next = NextPage::At(self.github.next_page_url(&next, &what)?);
        } else {
            let read = page_number(&url).unwrap_or(1);
            if read < self.announced {
                self.doubt = Some(Doubt::FewerPages { announced: self.announced, read });
            }
        }
        if let Some(left_out) = left_out(&answer.headers) {
            self.left_out = Some(left_out);
        }
        let malformed = |problem| GitHubError::Malformed { what: what.clone(), problem };
        // Some lists answer so when they are empty. Those of days never did: they gave an empty list.
        if answer.status == StatusCode::NO_CONTENT && !self.is_of_days {
            return Ok(());
        }
        // Reports say so that there is none yet. A list has no such time.
        if let Some(reason) = no_answer(answer.status, &answer.body) {
            return Err(malformed(format!("{reason}, where a list is expected")));
        }
        let ranges = self.form.elements(&answer.body).map_err(|error| malformed(error.to_string()))?;
        if ranges.len() > ELEMENTS_AT_MOST {
            return Err(malformed(format!(
                "{} elements on a page, of which GitHub gives {ELEMENTS_AT_MOST} at most",
                ranges.len()
            )));
        }
        let content = hash(&answer.body);
        if !ranges.is_empty() && self.latest.replace(content) == Some(content) {
            self.doubt = Some(Doubt::RepeatedPage);
        }
        match (self.form.counted(&answer.body), self.counted) {
            (Some(count), Some((least, most))) => self.counted = Some((least.min(count), most.max(count))),
            (Some(count), None) => self.counted = Some((count, count)),
            (None, _) => self.is_uncounted = true,
        }
        self.page = answer.body;
        self.elements = ranges.into_iter();
        Ok(())
    }
}

/// Number of a page, where its address has one.
fn page_number(url: &Url) -> Option<u64> {
    url.query_pairs().find(|(name, _)| name == "page").and_then(|(_, number)| number.parse().ok())
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Identity of an element of a counted list: its assignee, or its whole text without one. True with an assignee.
fn identity(json: &[u8]) -> (u64, bool) {
    #[derive(Deserialize)]
    struct Element<'a> {
        #[serde(borrow)]
        assignee: Option<Assignee<'a>>,
    }
    #[derive(Deserialize)]
    struct Assignee<'a> {
        id: Option<u64>,
        #[serde(borrow)]
        login: Option<Cow<'a, str>>,
    }
    let assignee = serde_json::from_slice::<Element<'_>>(json).ok().and_then(|element| element.assignee);
    match assignee {
        Some(Assignee { id: Some(id), .. }) => (hash(&id.to_le_bytes()), true),
        Some(Assignee { login: Some(login), .. }) => (hash(login.to_ascii_lowercase().as_bytes()), true),
        _ => (hash(json), false),
    }
}

/// Reason why an answer with a success status holds no data, in the forms that GitHub uses for "nothing yet".
pub(super) fn no_answer(status: StatusCode, body: &[u8]) -> Option<String> {
    if status == StatusCode::NO_CONTENT {
        return Some("GitHub answered 204: no data yet".to_owned());
    }
    match body.trim_ascii() {
        b"" => Some("GitHub answered with nothing".to_owned()),
        b"null" => Some("GitHub answered `null`".to_owned()),
        text if text.first() == Some(&b'"') => {
            Some(format!("GitHub answered with a text: {}", String::from_utf8_lossy(&text[..text.len().min(200)])))
        }
        _ => None,
    }
}

/// Organizations that GitHub left out of an answer because of single sign-on.
fn left_out(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("x-github-sso")?.to_str().ok()?;
    let (kind, rest) = value.split_once(';')?;
    (kind.trim() == "partial-results").then(|| rest.trim().replace('=', " "))
}

#[cfg(test)]
mod tests;
