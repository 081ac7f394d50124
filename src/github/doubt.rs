//! Doubts: reasons why something that was read to its end proves nothing. Pure.

use std::fmt;

use crate::model::day::Day;
use crate::model::slice::SliceEnd;

/// Doubt about something that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The body lasted until the connection ended, so it may be cut.
    EndOfConnection {
        /// Reads that ended so.
        attempts: u32,
    },
    /// A file without rows. GitHub reports a missing report by a status or in the manifest, not with an empty file.
    NoRow,
    /// Null links in the manifest, so that files are missing.
    MissingLinks {
        /// Null links.
        missing: usize,
        /// All links.
        of: usize,
    },
    /// A file that is listed twice in the manifest, perhaps instead of another.
    SameLink,
    /// A file with fewer days than the manifest announced.
    ShorterWindow {
        /// First and last day of the manifest.
        announced: (Day, Day),
        /// First and last day of the file.
        found: (Day, Day),
    },
    /// A list with fewer distinct elements than GitHub counts.
    Fewer {
        /// Field that holds the count.
        field: &'static str,
        /// The count.
        counted: u64,
        /// Distinct elements read.
        read: u64,
    },
    /// A list whose count is missing on a page, unreadable, or repeated in one object.
    NotCounted {
        /// Field that should hold the count.
        field: &'static str,
    },
    /// Pages of a list that count differently.
    CountsDiffer {
        /// Field that holds the count.
        field: &'static str,
        /// The smallest count.
        least: u64,
        /// The largest count.
        most: u64,
    },
    /// A list with more distinct elements than GitHub counts, so that the count is wrong.
    MoreThanCounted {
        /// Field that holds the count.
        field: &'static str,
        /// The count.
        counted: u64,
        /// Distinct elements read.
        read: u64,
    },
    /// A list that ended before the page that was announced as its last.
    FewerPages {
        /// Number of the last page, as announced.
        announced: u64,
        /// Number of the last page that was read.
        read: u64,
    },
    /// A page with the same content as the page before it.
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
                "it ended with the connection {attempts} times, and no length or chunks prove that it was complete"
            ),
            Self::NoRow => formatter
                .write_str("expected rows, found none; where there is no report, GitHub says so by a status or without links"),
            Self::MissingLinks { missing, of } => {
                write!(formatter, "{missing} of the {of} links in `download_links` are null, so those files were not read")
            }
            Self::SameLink => {
                formatter.write_str("the same link is listed twice in `download_links`, or two links lead to the same file")
            }
            Self::ShorterWindow { announced, found } => write!(
                formatter,
                "{} to {} was announced, but the file covers {} to {}",
                announced.0, announced.1, found.0, found.1
            ),
            Self::Fewer { field, counted, read } => {
                write!(formatter, "`{field}` counts {counted}, but only {read} different ones were listed")
            }
            Self::NotCounted { field } => write!(formatter, "`{field}` is missing or unreadable on a page"),
            Self::CountsDiffer { field, least, most } => {
                write!(formatter, "`{field}` counts {least} on one page and {most} on another")
            }
            Self::MoreThanCounted { field, counted, read } => {
                write!(formatter, "`{field}` counts {counted}, but {read} different ones were listed")
            }
            Self::FewerPages { announced, read } => {
                write!(formatter, "page {announced} was announced as the last one, but the list ended after page {read}")
            }
            Self::RepeatedPage => formatter.write_str("a page repeats the page before it"),
            Self::OtherOwner { field, expected, found } => {
                write!(formatter, "its rows have the {field} {found}, and those of earlier reports of the same owner {expected}")
            }
        }
    }
}

impl Doubt {
    /// Remedy for the user.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::EndOfConnection { .. } => {
                "a proxy seems to remove the length: let it pass answers unchanged, or name the host in NO_PROXY"
            }
            Self::NoRow | Self::MissingLinks { .. } | Self::SameLink | Self::ShorterWindow { .. } => {
                "run again later, which requests the report again; if the problem remains, ask GitHub's support"
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
                "run again: the list may have changed while it was read; if the problem remains, ask GitHub's support"
            }
        }
    }

    /// End of a slice that has this doubt. `what` was read.
    pub fn slice_end(&self, what: &str) -> SliceEnd {
        SliceEnd::Failed { reason: format!("{what} proves nothing: {self}"), remedy: self.remedy().to_owned() }
    }
}
