//! The client of GitHub: organizations and teams, lists page by page, reports line by line.
//!
//! It reads; the one thing that it can write is who has a seat. What it yields are [raw items](crate::model::item::RawItem), untouched; what they mean is none of
//! its business. What reading proved, or why it could not, is said by [`end::slice_end`].
//!
//! | subject | file |
//! | --- | --- |
//! | one request: headers, redirects, attempts | [`client`], `headers` |
//! | where a request may go | [`address`] |
//! | who asks | [`credential`], `installations` |
//! | how long an endpoint that fails is tried, in a run | `outage` |
//! | what an answer asks of us: go on, wait, try again, give up | `verdict` |
//! | the wait that all requests share | `gate` |
//! | organizations and teams | [`discovery`], [`selection`] |
//! | seats | `seats` |
//! | lists, page by page | [`pages`], `link` |
//! | reports: the manifest, its files, their lines | [`report`], [`lines`], `download`, `split`, `documents` |
//! | limits of a file: how slow, how large | `pace`, `quota` |
//! | reports of one day, from GitHub or from the folder where finished days are kept | [`day`], [`cache`] |
//! | what went wrong, what it is about, and what that proves | [`error`], `cause`, [`end`], [`doubt`] |
//! | one request, for its answer's own sake | [`probe`] |
//! | what it cost | [`usage`] |

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
#[cfg(test)]
mod scripted;
mod seats;
pub mod selection;
mod split;
pub mod usage;
mod verdict;

pub use cause::Cause;
pub use client::{GitHub, GitHubOptions};
pub use credential::{Credential, CredentialKind, GitHubApp, Owner};
pub use day::{DayRead, DayReader};
pub use discovery::Listing;
pub use doubt::Doubt;
pub use end::{About, slice_end};
pub use error::{GitHubError, InstallationProblem, Refusal};
pub use lines::LineReader;
pub use pages::PageReader;
pub use probe::Probe;
pub use report::{Manifest, Report};
pub use selection::Selection;
pub use usage::{RateLimit, Usage};

#[cfg(test)]
mod tests;
