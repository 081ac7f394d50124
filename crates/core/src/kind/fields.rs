//! The documented fields of items, as data for checks of mappings and for listing. What GitHub adds later is kept in the items
//! all the same.

pub(super) mod aggregate;
pub(super) mod billing;
pub(super) mod breakdown;
pub(super) mod customization;
pub(super) mod directory;
pub(super) mod legacy;
pub(super) mod pull_requests;
pub(super) mod repository;
pub(super) mod scope;
pub(super) mod seat;
pub(super) mod team;
pub(super) mod tools;
pub(super) mod user;
