//! Why an answer that arrived proves nothing: it may not be all that there is, or not GitHub's. Pure.

use std::fmt;

use crate::model::day::Day;
use crate::model::slice::SliceEnd;

/// What is doubtful about something that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The body lasted until the connection ended, so it may have been cut.
    EndOfConnection {
        /// How often it was read, and ended so.
        attempts: u32,
    },
    /// A file without any row. GitHub says with a status or in the manifest that there is no report, not with an empty file.
    NoRow,
    /// Links of the manifest are null, so that not all files were read.
    MissingLinks {
        /// How many.
        missing: usize,
        /// Of how many.
        of: usize,
    },
    /// A file stands twice in the manifest, perhaps in the place of another.
    SameLink,
    /// The file is about fewer days than the manifest announced.
    ShorterWindow {
        /// By the manifest, from and to.
        announced: (Day, Day),
        /// By the file.
        found: (Day, Day),
    },
    /// A list has fewer different elements than GitHub counts.
    Fewer {
        /// The field that holds the count.
        field: &'static str,
        /// The count.
        counted: u64,
        /// Different elements read.
        read: u64,
    },
    /// A list whose count is missing on a page, or cannot be read, or is written twice.
    NotCounted {
        /// The field that would hold the count.
        field: &'static str,
    },
    /// The pages of a list count differently.
    CountsDiffer {
        /// The field that holds the count.
        field: &'static str,
        /// The smallest count.
        least: u64,
        /// The largest count.
        most: u64,
    },
    /// A list has more different elements than GitHub counts, so that the count is wrong.
    MoreThanCounted {
        /// The field that holds the count.
        field: &'static str,
        /// The count.
        counted: u64,
        /// Different elements read.
        read: u64,
    },
    /// A list ended before the page that was announced as its last.
    FewerPages {
        /// The number of the last page, as announced.
        announced: u64,
        /// The number of the page after which none was named.
        read: u64,
    },
    /// A page holds what the page before it held.
    RepeatedPage,
    /// The rows of a report are somebody else's.
    OtherOwner {
        /// `organization_id` or `enterprise_id`.
        field: &'static str,
        /// The one that the owner's reports had before.
        expected: String,
        /// The one that these rows have.
        found: String,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndOfConnection { attempts } => write!(
                formatter,
                "it ended with its connection {attempts} times, and neither a length nor chunks say that it was whole"
            ),
            Self::NoRow => formatter
                .write_str("expected rows, found none; where there is no report, GitHub says so by a status or without links"),
            Self::MissingLinks { missing, of } => {
                write!(formatter, "{missing} of the {of} links in `download_links` are null, so those files were not read")
            }
            Self::SameLink => {
                formatter.write_str("the same link stands twice in `download_links`, or two links lead to the same file")
            }
            Self::ShorterWindow { announced, found } => write!(
                formatter,
                "{} to {} was announced, but the file is about {} to {}",
                announced.0, announced.1, found.0, found.1
            ),
            Self::Fewer { field, counted, read } => {
                write!(formatter, "`{field}` counts {counted}, but only {read} different ones were listed")
            }
            Self::NotCounted { field } => write!(formatter, "no `{field}` says readably on every page how many there are"),
            Self::CountsDiffer { field, least, most } => {
                write!(formatter, "`{field}` counts {least} on one page and {most} on another")
            }
            Self::MoreThanCounted { field, counted, read } => {
                write!(formatter, "`{field}` counts {counted}, but {read} different ones were listed")
            }
            Self::FewerPages { announced, read } => {
                write!(formatter, "page {announced} was announced as the last one, but the list ended after page {read}")
            }
            Self::RepeatedPage => formatter.write_str("a page holds the same as the page before it"),
            Self::OtherOwner { field, expected, found } => {
                write!(formatter, "its rows have the {field} {found}, and those of earlier reports of the same owner {expected}")
            }
        }
    }
}

impl Doubt {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::EndOfConnection { .. } => {
                "a proxy in between seems to take the length away: let it pass answers on as they are, or name the host in NO_PROXY"
            }
            Self::NoRow | Self::MissingLinks { .. } | Self::SameLink | Self::ShorterWindow { .. } => {
                "run again later: the report is then asked for anew; if it stays so, GitHub's support can say what is wrong with it"
            }
            Self::OtherOwner { .. } => {
                "run again later: the report may be somebody else's; if the owner has another id now, remove what `listings.json` in the \
                 data folder has of its reports"
            }
            Self::Fewer { .. }
            | Self::NotCounted { .. }
            | Self::CountsDiffer { .. }
            | Self::MoreThanCounted { .. }
            | Self::FewerPages { .. }
            | Self::RepeatedPage => {
                "run again: the list may have changed while it was read; if it stays so, GitHub's support can say what is wrong with it"
            }
        }
    }

    /// How a slice ends that cannot be relied on because of this. `what` was read.
    pub fn slice_end(&self, what: &str) -> SliceEnd {
        SliceEnd::Failed { reason: format!("{what} proves nothing: {self}"), remedy: self.remedy().to_owned() }
    }
}
