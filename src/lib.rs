//! Pilotage brings GitHub Copilot's metrics into a developer portal's catalog.
//!
//! This page is the map of the house; every room has a page of its own.
//!
//! ```text
//!             GitHub                                 mappings/*.yaml                    blueprints/*.json
//!               │                                          │                                   │
//!    kind × scope ──► report ──► raw item ──► enriched ──► selector ──► jq ──► entity ────► desired ─┐
//!    kind/   github/  (NDJSON,   model/item  +__organization   mapping/      model/entity    + what  │
//!                      streamed)             +__team …         evaluate                   each slice ├─► decide ─► apply
//!                                                                                           proved   │  reconcile/ resync/
//!    catalog (Port, or the local one) ── entities we own, batch by batch ──► current ────────────────┘
//! ```
//!
//! The unit that flows is a [batch](model::item::Batch): about a hundred raw items of one slice. Batches stream through bounded
//! channels, so memory is bounded by the channels and never by the size of an organization; they reach the loader in
//! one fixed order, whatever runs ahead, so that the same world always gives the same writes.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod catalog;
pub mod cli;
pub mod copilot;
pub mod doctor;
pub mod door;
pub mod github;
pub mod kind;
pub mod local_catalog;
pub mod mapping;
pub mod model;
pub mod reconcile;
pub mod render;
pub mod resync;
pub mod settings;
pub mod simulator;
