//! The doors to the outside: HTTP, and the clock with its zone. The third, storage, is a folder that the rooms using it are given.
//!
//! Everything that talks to a network does so through [`http::HttpService`]: in production that is [`network`], in tests the
//! simulator's or the local catalog's router called in memory, with faults layered in between.

mod certificate;
pub mod clock;
pub mod http;
pub mod network;
pub mod proxies;
pub mod retry;
pub mod trust;
pub mod wait;
pub mod zone;
