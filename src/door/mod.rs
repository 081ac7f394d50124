//! Access to the outside: HTTP, the clock with its time zone, and files in the data folder.
//!
//! All network access uses [`http::HttpService`]: [`network`] in production, the router of the simulator or the local catalog
//! in tests, with faults in between. All listening uses [`serving`], all stored files are opened through [`data_folder`], those
//! of SQLite through [`sqlite`]. Expressions are compiled and evaluated on threads of [`stack`].

mod bundle;
mod certificate;
pub mod clock;
pub mod data_folder;
pub(crate) mod gunzip;
pub mod http;
pub mod network;
pub mod page;
pub mod proxies;
pub mod reach;
pub mod retry;
pub mod serving;
pub mod sqlite;
pub mod stack;
pub mod trust;
mod tunnel;
mod variables;
pub mod wait;
pub mod zone;
