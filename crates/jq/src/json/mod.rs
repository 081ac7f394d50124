//! JSON input and output.
//!
//! | file | subject |
//! | --- | --- |
//! | `strict` | items: standard JSON |
//! | `keys` | some keys of an item |
//! | `lenient` | `fromjson`: JSON beyond the standard that jq accepts |
//! | `write` | values as text |

pub(crate) mod keys;
pub(crate) mod lenient;
pub(crate) mod strict;
mod write;

pub use strict::ValueError;
