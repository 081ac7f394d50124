//! Lists, read page by page: every element is a raw item.

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

use super::client::GitHub;
use super::doubt::Doubt;
use super::error::GitHubError;
use super::link;
use crate::kind::Form;
use crate::model::item::RawItem;
use crate::model::slice::SliceEnd;

/// Items handed over at once.
pub(super) const CHUNK_ITEMS: usize = 100;

/// Pages of one list. At a hundred elements each this is a million, more than any list of GitHub's that is read here.
const PAGES_AT_MOST: u32 = 10_000;

/// Reads a list to its end. One page is held at a time.
#[derive(Debug)]
pub struct PageReader {
    github: GitHub,
    source: Arc<str>,
    form: Form,
    next: Next,
    pages: u32,
    page: Bytes,
    elements: std::vec::IntoIter<Range<usize>>,
    items: u64,
    not_ready: Option<String>,
    left_out: Option<String>,
    doubt: Option<Doubt>,
    /// Addresses that were visited.
    visited: HashSet<u64>,
    /// What the latest page held, and the number of the last page as far as it was announced.
    latest: Option<u64>,
    announced: u64,
    /// How many elements there are by the latest page that says so, and the different ones that came.
    counted: Option<u64>,
    different: HashSet<u64>,
}

#[derive(Debug)]
enum Next {
    First,
    At(Url),
    None,
}

impl GitHub {
    /// Reads the list at a path such as `/orgs/acme/teams?per_page=100`. Asks nothing yet.
    pub fn pages(&self, path: &str) -> PageReader {
        self.pages_of(path, Form::List)
    }

    /// The same of a list whose pages have another form.
    pub fn pages_of(&self, path: &str, form: Form) -> PageReader {
        PageReader {
            github: self.clone(),
            source: path.into(),
            form,
            next: Next::First,
            pages: 0,
            page: Bytes::new(),
            elements: Vec::new().into_iter(),
            items: 0,
            not_ready: None,
            left_out: None,
            doubt: None,
            visited: HashSet::new(),
            latest: None,
            announced: 0,
            counted: None,
            different: HashSet::new(),
        }
    }
}

impl PageReader {
    /// The next hundred items or fewer, in GitHub's order; none when the list is read to its end.
    ///
    /// # Errors
    /// When a page cannot be had. What was handed over before stands, but the list is not whole.
    pub async fn next(&mut self) -> Result<Option<Vec<RawItem>>, GitHubError> {
        while self.elements.len() == 0 {
            let url = match std::mem::replace(&mut self.next, Next::None) {
                Next::First => self.github.address(&self.source)?,
                Next::At(url) => url,
                Next::None => return Ok(None),
            };
            self.turn(url).await?;
        }
        let mut items = Vec::with_capacity(CHUNK_ITEMS.min(self.elements.len()));
        for range in self.elements.by_ref().take(CHUNK_ITEMS) {
            self.items += 1;
            let json = self.page.slice(range);
            if matches!(self.form, Form::Within { .. }) {
                self.different.insert(identity(&json));
            }
            items.push(RawItem { json, line: self.items });
        }
        Ok(Some(items))
    }

    /// What was read, fit for people and logs.
    pub fn source(&self) -> Arc<str> {
        Arc::clone(&self.source)
    }

    /// Items handed over so far.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// What a list proves that was read to its end: once [`PageReader::next`] gave none, not before.
    pub fn end(&self) -> SliceEnd {
        if let (None, None, Some(doubt)) = (&self.left_out, &self.not_ready, self.doubted()) {
            return doubt.slice_end(&self.source);
        }
        match (&self.left_out, &self.not_ready) {
            (Some(left_out), _) => SliceEnd::Forbidden {
                reason: format!("GitHub left something out of {}: {left_out}", self.source),
                remedy: "authorize the token for the single sign-on of these organizations, in the token's settings".to_owned(),
            },
            (None, Some(reason)) => SliceEnd::NotReady { reason: reason.clone() },
            (None, None) if self.items == 0 => SliceEnd::Empty,
            (None, None) => SliceEnd::Complete,
        }
    }

    /// Why the list proves nothing although it was read to its end.
    fn doubted(&self) -> Option<Doubt> {
        let Form::Within { count, .. } = self.form else { return self.doubt.clone() };
        let read = self.different.len() as u64;
        let of_count = match self.counted {
            // Of an enterprise somebody with several seats is counted once. More than are counted are no sign that some are missing.
            Some(counted) if read < counted => Some(Doubt::Fewer { field: count, counted, read }),
            Some(_) => None,
            None => (self.items == 0).then_some(Doubt::NotCounted { field: count }),
        };
        of_count.or_else(|| self.doubt.clone())
    }

    /// Fetches a page.
    async fn turn(&mut self, url: Url) -> Result<(), GitHubError> {
        let what = self.github.name_of(&url);
        self.pages += 1;
        if self.pages > PAGES_AT_MOST {
            return Err(GitHubError::Endless { what, limit: PAGES_AT_MOST, unit: "pages" });
        }
        self.visited.insert(hash(url.as_str().as_bytes()));
        let answer = self.github.ask(url.clone()).await?;
        if let Some(last) = link::last(&answer.headers).and_then(|last| page_number(&Url::parse(&last).ok()?)) {
            self.announced = self.announced.max(last);
        }
        if let Some(next) = link::next(&answer.headers) {
            let next = self.github.further(&next, &what)?;
            if self.visited.contains(&hash(next.as_str().as_bytes())) {
                let problem = "a page names itself, or one before it, as the next one".to_owned();
                return Err(GitHubError::Malformed { what, problem });
            }
            self.next = Next::At(next);
        } else {
            let read = page_number(&url).unwrap_or(1);
            if read < self.announced {
                self.doubt = Some(Doubt::FewerPages { announced: self.announced, read });
            }
        }
        if let Some(left_out) = left_out(&answer.headers) {
            self.left_out = Some(left_out);
        }
        if let Some(reason) = no_answer(answer.status, &answer.body) {
            self.not_ready = Some(reason);
            return Ok(());
        }
        let ranges =
            self.form.elements(&answer.body).map_err(|error| GitHubError::Malformed { what, problem: error.to_string() })?;
        let content = hash(&answer.body);
        if !ranges.is_empty() && self.latest.replace(content) == Some(content) {
            self.doubt = Some(Doubt::RepeatedPage);
        }
        self.counted = self.form.counted(&answer.body).or(self.counted);
        self.page = answer.body;
        self.elements = ranges.into_iter();
        Ok(())
    }
}

/// The number of a page, where its address has one.
fn page_number(url: &Url) -> Option<u64> {
    url.query_pairs().find(|(name, _)| name == "page").and_then(|(_, number)| number.parse().ok())
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(bytes);
    hasher.finish()
}

/// What tells an element of a counted list from others: whom it is assigned to, or, where nobody is named, its whole text.
fn identity(json: &[u8]) -> u64 {
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
        Some(Assignee { id: Some(id), .. }) => hash(&id.to_le_bytes()),
        Some(Assignee { login: Some(login), .. }) => hash(login.to_ascii_lowercase().as_bytes()),
        _ => hash(json),
    }
}

/// Why an answer holds no data although its status is a success, in the forms in which GitHub says "nothing yet".
pub(super) fn no_answer(status: StatusCode, body: &[u8]) -> Option<String> {
    if status == StatusCode::NO_CONTENT {
        return Some("GitHub answered 204, which is no data yet".to_owned());
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

/// The organizations that GitHub left out of an answer because of single sign-on.
fn left_out(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("x-github-sso")?.to_str().ok()?;
    let (kind, rest) = value.split_once(';')?;
    (kind.trim() == "partial-results").then(|| rest.trim().replace('=', " "))
}

#[cfg(test)]
mod tests;
