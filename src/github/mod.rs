//! Client of GitHub: organizations and teams, lists page by page, reports line by line.
//!
//! It reads, and writes only seats. Results are [raw items](crate::model::item::RawItem) without interpretation.
//! [`end::slice_end`] turns an error into the end of a slice. Attempts, waits and pauses are those of
//! [`door::client`](crate::door::client).
//!
//! | subject | file |
//! | --- | --- |
//! | one request: headers, redirections, attempts, retries | [`client`], `headers` |
//! | addresses that requests may go to | [`address`] |
//! | credentials | [`credential`], `installations` |
//! | attempts for an endpoint that fails | `outage` |
//! | action after an answer: accept, wait, retry, give up | `response_action` |
//! | rate limits, whose waits all requests share | `gate` |
//! | organizations and teams | [`discovery`], [`selection`] |
//! | seats | `seats` |
//! | lists, page by page | [`pages`], `link` |
//! | reports: the manifest, its files, their lines | [`report`], [`lines`], `download`, `split`, `documents` |
//! | limits of a file: speed, size | `pace`, `quota` |
//! | reports of one day, from GitHub or the report cache | [`day`], [`cache`] |
//! | errors, their causes, and what they prove | [`error`], `cause`, [`end`], [`doubt`] |
//! | one request without retries, for doctor | [`probe`] |

pub mod address;
pub mod cache;
mod cause;
pub mod client;
pub mod credential;
pub mod day;
pub mod discovery;
mod documents;
pub mod doubt;
mod download;
pub mod end;
pub mod error;
mod gate;
mod headers;
mod installations;
pub mod lines;
mod link;
mod outage;
mod pace;
pub mod pages;
pub mod probe;
mod quota;
pub mod report;
mod response_action;
#[cfg(test)]
mod scripted;
mod seats;
pub mod selection;
mod split;

pub use cache::{CachedDays, GitHubCacheError, cached_report_folders, forget_in_cache, remove_cached_reports};
pub use cause::RefusalCause;
pub use client::{GitHub, GitHubOptions};
pub use credential::{Credential, CredentialKind, GitHubApp, Owner};
pub use day::{CacheUse, CachedReport, DayRead, DayReader};
pub use discovery::Listing;
pub use doubt::Doubt;
pub use end::{RequestSubject, slice_end};
pub use error::{GitHubError, GitHubRefusal, InstallationProblem};
pub use lines::LineReader;
pub use pages::PageReader;
pub use probe::Probe;
pub use report::{Manifest, Report};
pub use selection::Selection;

pub use crate::model::usage::{RateLimit, Usage};

#[cfg(test)]
mod tests;
