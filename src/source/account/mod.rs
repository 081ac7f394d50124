//! Sources of one account and one key: a vendor says what is asked and what an answer means, and this room reads it into slices with
//! proof. [`super::claude_code`] and [`super::cursor`] are such vendors.
//!
//! | subject | file |
//! | --- | --- |
//! | what a vendor says, and the source made of it | here |
//! | days of a selector | `days` |
//! | one run: slices, pages, proof | `reading` |
//!
//! A slice is complete when its last page was seen, every row is one of the day that was asked for, there is a row, and the vendor's
//! own count agrees where it gives one. Anything else proves nothing.

mod days;
mod reading;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use self::reading::AccountRun;
use super::{Source, SourceName, SourceRun};
use crate::door::client::json::{JsonClient, JsonRequest};
use crate::kind::{self, Kind, KindNames, Vendor};
use crate::model::day::Day;
use crate::model::field::Field;
use crate::model::person_fields::PersonFields;
use crate::model::usage::Usage;

/// Pages of a slice. The largest teams have a few hundred; a list without end is a fault of the server.
const PAGES_AT_MOST: usize = 10_000;

/// What a vendor says of its interface.
pub struct Protocol {
    /// The source's name.
    pub name: SourceName,
    /// The vendor.
    pub vendor: Vendor,
    /// The most days that one request may cover.
    pub days_a_request: usize,
    /// The request of a page. The days are those of the slice; none for a list without days.
    pub request: fn(&Kind, Option<(Day, Day)>, &PageMark) -> JsonRequest,
    /// What a page says. The error is what is wrong with it.
    pub page: fn(&Kind, &Bytes, &PageMark) -> Result<AccountPage, String>,
    /// The day of a row of a kind with days; none where the row has no day that can be read.
    pub day: fn(&Value) -> Option<Day>,
    /// Whether two equal rows are one that was given twice. Not so where a vendor's rows have no id.
    pub is_repeated_by_fault: fn(&Kind) -> bool,
    /// Remedy for a status that refuses.
    pub remedy: fn(StatusCode) -> String,
}

/// Which page of a slice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PageMark {
    /// By its number, counted from 1.
    Number(u64),
    /// By what the page before it named.
    Cursor(String),
}

/// A page, as a vendor's answer has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountPage {
    /// Where its elements stand in its text.
    pub elements: Vec<Range<usize>>,
    /// The next page; none for the last one.
    pub next: Option<PageMark>,
    /// How many elements all pages have together, where the vendor says so.
    pub total: Option<u64>,
}

/// The account of a key.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name that the settings give it, which is its scope in slices.
    pub name: String,
    /// The client.
    pub client: JsonClient,
}

/// A vendor with the account that is read, if the settings have one.
#[derive(Clone)]
pub struct AccountSource {
    protocol: &'static Protocol,
    account: Option<Account>,
    /// The newest day that there is; none for yesterday.
    newest: Option<Day>,
}

impl AccountSource {
    /// A vendor's source. Without an account nothing is read, and nothing of it is deleted.
    pub fn new(protocol: &'static Protocol, account: Option<Account>) -> Self {
        Self { protocol, account, newest: None }
    }

    /// Reads no day after that one, as of a simulated account that ends with it.
    #[must_use]
    pub fn until(self, newest: Option<Day>) -> Self {
        Self { newest, ..self }
    }
}

impl Source for AccountSource {
    fn name(&self) -> SourceName {
        self.protocol.name
    }

    fn kinds(&self) -> Vec<KindNames> {
        kind::of(self.protocol.vendor).map(Kind::names).collect()
    }

    fn item_fields(&self, name: &str) -> Vec<&'static Field> {
        kind::find(name).map(|kind| kind.item_fields().collect()).unwrap_or_default()
    }

    fn persons(&self, name: &str) -> &'static PersonFields {
        kind::find(name).map_or(&PersonFields::NOBODY, |kind| &kind.persons)
    }

    fn day_field(&self, name: &str) -> Option<&'static str> {
        kind::find(name)?.day_field()
    }

    fn begin(&self, _integration: &str, stop: &CancellationToken) -> Arc<dyn SourceRun> {
        Arc::new(AccountRun { protocol: self.protocol, account: self.account.clone(), newest: self.newest, stop: stop.clone() })
    }

    fn spent(&self) -> Vec<(String, Usage)> {
        self.account.iter().map(|account| (account.name.clone(), account.client.usage())).collect()
    }
}
