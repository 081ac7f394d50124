//! YAML and jq to entities. Pure: no files, no clock, no threads; whoever calls brings the text, the time and the stack.
//!
//! | file | subject |
//! | --- | --- |
//! | [`file`] | the model of a mapping file; [`schema`] is its JSON Schema |
//! | `read` | reads the tree of a file into the model |
//! | `locate`, `tree`, `scalar` | where in the text things are written |
//! | [`finding`], [`codes`] | what is wrong with a mapping, and where |
//! | [`program`] | the jq engine, and the only place that names the jq library |
//! | [`evaluate`] | items to entities: the one evaluation behind every verb |

pub mod codes;
pub mod evaluate;
pub mod file;
pub mod finding;
mod locate;
mod nearest;
pub mod program;
mod read;
mod scalar;
pub mod schema;
mod tree;
