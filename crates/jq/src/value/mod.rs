//! Values and the operations of jq on them.
//!
//! | file | subject |
//! | --- | --- |
//! | `outside` | the public value type |
//! | `val`, `map` | the value inside the engine, counted by the meter; the fields of an object |
//! | `number` | numbers and their spelling |
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
