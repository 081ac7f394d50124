//! YAML and jq to entities. Pure: no files, no clock, no threads; the caller passes the text, the time and the stack.
//!
//! | file | subject |
//! | --- | --- |
//! | [`mod@file`] | the model of a mapping file; [`schema`] is its JSON Schema |
//! | `read` | reads the tree of a file into the model |
//! | `locate`, `tree`, `scalar` | where in the text things are written |
//! | [`encoding`], `characters` | bytes of a file as text; characters that are not what they seem |
//! | [`finding`], [`codes`] | what is wrong with a mapping, and where |
//! | `remedy` | what was meant by what does not compile |
//! | [`ignore`] | comments that ignore findings |
//! | [`fix`] | the changes that are certain, made |
//! | `missing` | paths that lead nowhere in an item |
//! | [`nulls`] | remarks about nulls of a run |
//! | [`case`], [`sample`] | tests of a mapping; items from text |
//! | [`check`] | what can be said about a mapping without an item: one rule, one file |
//! | [`program`] | the jq engine, and the only place that names the jq library |
//! | [`bundled`] | mappings that are built into the program |
//! | [`upgrade`] | mappings of closed kinds to their successors |
//! | `quotes` | single quotes that mean double quotes |
//! | [`evaluate`] | items to entities: the one evaluation behind every verb; [`explain`] looks on and says why |

pub mod bundled;
pub mod case;
mod characters;
pub mod check;
pub mod codes;
pub mod encoding;
pub mod evaluate;
pub mod explain;
pub mod file;
pub mod finding;
pub mod fix;
pub mod ignore;
mod locate;
mod missing;
mod nearest;
pub mod nulls;
pub use pilotage_jq as program;
mod quotes;
mod read;
mod remedy;
pub mod sample;
mod scalar;
pub mod schema;
mod tree;
pub mod upgrade;
