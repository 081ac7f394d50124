//! JSON in and out.
//!
//! | file | subject |
//! | --- | --- |
//! | `strict` | items: the standard, and nothing else |
//! | `keys` | some keys of an item, the others passed over |
//! | `lenient` | `fromjson`: what jq accepts beyond the standard |
//! | `write` | values as text |

pub(crate) mod keys;
pub(crate) mod lenient;
pub(crate) mod strict;
mod write;

pub use strict::ValueError;
