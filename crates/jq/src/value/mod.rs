//! Values, outside and inside, and what jq means by working on them.
//!
//! | file | subject |
//! | --- | --- |
//! | `outside` | the value that users hold |
//! | `val`, `map` | the value inside, counted by the meter; the fields of an object |
//! | `number` | numbers, and how they are written |
//! | `order` | `<` and the order of keys |
//! | `arithmetic` | `+`, `-`, `*`, `/`, `%` |
//! | `access` | `.[k]`, and reading, setting and deleting along a path |

pub(crate) mod access;
pub(crate) mod arithmetic;
pub(crate) mod map;
pub(crate) mod number;
pub(crate) mod order;
mod outside;
pub(crate) mod val;

pub(crate) use outside::json;
pub use outside::{Keys, Value};
