//! The pure part of Pilotage: no runtime, file, network, clock or randomness. The caller provides the text, the time and the stack.
//!
//! | module | subject |
//! | --- | --- |
//! | [`render`] | outcomes, plans and findings as text, JSON and Markdown |
//! | [`figure`] | numbers for people, with one definition each |
//! | [`facts`] | what is known of a day, packed: sets of people, teams, seats |
//! | [`reconcile`] | desired and current entities to decisions: change, completeness, deletion |
//! | [`mapping`] | mappings in YAML and jq: reading, checks, evaluation, test cases |
//! | [`copilot`] | meaning of Copilot's records: the team join, windows, the legacy format |
//! | [`identity`] | how people are kept: by names, by pseudonyms, or not at all |
//! | [`kind`] | kinds as data, one small file each |
//! | [`portal`] | pages and scorecards of the portal: those that are bundled, their faults, their changes |
//! | [`model`] | shared types: item, entity, blueprint, slice, day, secret |
//!
//! The jq engine is a crate of its own, [`pilotage_jq`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod copilot;
pub mod facts;
pub mod figure;
pub mod identity;
pub mod kind;
pub mod mapping;
pub mod model;
pub mod portal;
pub mod reconcile;
pub mod render;
