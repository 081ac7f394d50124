//! YAML and jq to entities. Pure: no files, no clock, no threads; whoever calls brings the text, the time and the stack.
//!
//! | file | subject |
//! | --- | --- |
//! | [`file`] | the model of a mapping file; [`schema`] is its JSON Schema |
//! | `locate`, `scalar` | where in the text things are written |
//! | [`finding`], [`codes`] | what is wrong with a mapping, and where |

pub mod codes;
pub mod file;
pub mod finding;
mod locate;
mod read;
mod scalar;
pub mod schema;
