//! Parts of a client: the clients of GitHub and of the catalog are made of them, and so is the next one.
//!
//! | subject | file |
//! | --- | --- |
//! | attempts and waits of one request, and their limits | [`retry`] |
//! | waits that a server asks for, waits that are announced | [`wait`] |
//! | attempts that a failure without an answer is worth | [`contact`] |
//! | pauses of all requests | [`pause`] |
//! | concurrent requests | [`permits`] |
//! | one answer, and its time limit | [`answer`] |
//! | requests by the minute | [`rate`] |
//! | a whole client for JSON and one credential | [`json`] |
//! | texts of a server for display | [`text`] |
//! | requests, waits and bytes, counted | [`usage`] |
//!
//! The limit on the size of an answer is [`super::http::read_whole`], pages of proxies are recognized by [`super::page`]. A client
//! adds addresses, headers, credentials, the meaning of each status, and its errors. `tests.rs` has a whole one.

pub mod answer;
pub mod contact;
pub mod json;
pub mod pause;
pub mod permits;
pub mod rate;
pub mod retry;
pub mod text;
pub mod usage;
pub mod wait;

#[cfg(test)]
mod tests;
