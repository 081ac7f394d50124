//! The doors to the outside: HTTP, the clock with its zone, and files in the data folder.
//!
//! Everything that talks to a network does so through [`http::HttpService`]: in production that is [`network`], in tests the
//! simulator's or the local catalog's router called in memory, with faults layered in between. Whatever listens does so through
//! [`serving`], and whatever is stored is opened through [`data_folder`]. Expressions are compiled and evaluated on threads of
//! [`stack`].

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
pub mod stack;
pub mod trust;
mod tunnel;
mod variables;
pub mod wait;
pub mod zone;
