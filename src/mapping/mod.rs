//! YAML and jq to entities. Pure: names no runtime, file, network, clock or randomness.
//!
//! [`program`] is the jq engine, and the only place that names the jq library.

pub mod program;
