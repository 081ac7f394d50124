//! What Pilotage means, without the outside: no runtime, file, network, clock or randomness. Whoever calls brings the text, the
//! time and the stack.
//!
//! | room | what happens there |
//! | --- | --- |
//! | [`render`] | outcomes, plans and findings as text, JSON, Markdown |
//! | [`figure`] | numbers for people, with one definition each |
//! | [`reconcile`] | desired and current to decisions: change, completeness, deletion |
//! | [`mapping`] | YAML and jq to entities: file, evaluate, check, locate, case |
//! | [`copilot`] | what Copilot's records mean: the team join, windows, the legacy shape |
//! | [`kind`] | what can be collected, as data: a small file per kind |
//! | [`model`] | the nouns: item, entity, blueprint, slice, day, secret |
//!
//! The jq engine is a crate of its own, [`pilotage_jq`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod copilot;
pub mod figure;
pub mod kind;
pub mod mapping;
pub mod model;
pub mod reconcile;
pub mod render;
