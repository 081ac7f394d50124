//! Pilotage brings GitHub Copilot's metrics into a developer portal's catalog: it reads them from GitHub, turns each record into
//! an entity through a YAML mapping of jq expressions, and updates the catalog to match. It deletes only entities that are proven
//! to be gone. This page is the overview of the code; every module has a page of its own.
//!
//! # Data flow
//!
//! ```text
//!             GitHub                                 mappings/*.yaml
//!               │                                          │
//!    kind × scope ──► report ──► raw item ──► enriched ──► selector ──► jq ──► entity ──► desired ─┐
//!    kind/   github/  (NDJSON,   model/item  +__organization   mapping/     model/entity  + proof  │
//!                      streamed)             +__team …         evaluate                   of each  ├─► decide ─► apply
//!                                                                                         slice    │ reconcile/  resync/
//!    catalog (Port, or the local one) ──────── owned entities, batch by batch ──────────► current ─┘
//! ```
//!
//! `preview` shows the middle, `plan` stops at decide, `validate` and `test` use the pure part only, `resync` runs all of it.
//!
//! The unit of streaming is a [batch](model::item::Batch): about a hundred raw items of one slice. Batches stream through bounded
//! channels, so memory is bounded by the channels and does not grow with the size of an organization. They reach the loader in a
//! fixed order (resource, scope as listed, link, line), however they were read, so that the same input always gives the same
//! writes. Only the keys of entities are kept for a whole run, 16 bytes each, because deletion needs them.
//!
//! # Modules
//!
//! There are three crates: the pure modules are `pilotage-core` (`crates/core`), the jq engine is `pilotage-jq` (`crates/jq`), and
//! this crate has network, files, clock and command line. It re-exports the modules of the core under their own names.
//!
//! Dependencies point downwards only; `tests/integration/architecture.rs` has the table and reports the file and line of a
//! violation. Pure modules use no runtime, file, network, clock or randomness.
//!
//! | module | subject | |
//! | --- | --- | --- |
//! | [`cli`] | commands, one file each; `render` makes their output | |
//! | [`web`] | pages for a browser over the data folder: home, runs, catalog, figures; live runs | |
//! | [`mcp`] | the Model Context Protocol over figures, runs and the mapping engine | |
//! | [`daemon`] | `serve`: triggers, schedule, webhook, health | |
//! | [`privacy`] | keys, people who are to be forgotten, and what a data folder holds of people | |
//! | [`telemetry`] | run reports, metrics, traces | |
//! | [`runs`] | run reports in the data folder: written, listed, found | |
//! | [`integration`] | the integration in the catalog: record, guard, mapping, reports to the catalog | |
//! | [`history`] | day facts: what was read, day by day, for figures | |
//! | [`resync`] | the pipeline: read, map, load, delete; it makes no decisions and names no vendor | |
//! | [`source`] | the trait of sources: kinds, slices, batches of raw items; GitHub Copilot is one | |
//! | [`authoring`] | sample items for a mapping: of a simulated GitHub, or of a file | |
//! | [`doctor`] | checks of every endpoint and permission that a mapping needs, with remedies | |
//! | [`github`] | client of GitHub: pages, reports, limits; organizations and teams | |
//! | [`catalog`] | client of Port's API: token, bulks, search, blueprints, integration | |
//! | [`local_catalog`] | the same API served over SQLite: the embedded default, and every test's catalog | |
//! | [`simulator`] | a GitHub made from a seed, with faults: for the demo, for tests, for trials | |
//! | [`settings`] | settings from flags, environment, file and defaults | |
//! | [`render`] | outcomes, plans and findings as text, JSON, Markdown | pure |
//! | [`figure`] | numbers for people, with one definition each | pure |
//! | [`reconcile`] | desired and current entities to decisions: change, completeness, deletion | pure |
//! | [`mapping`] | mappings in YAML and jq: reading, checks, evaluation, test cases | pure |
//! | [`facts`] | what is known of a day, packed: sets of people, teams, seats | pure |
//! | [`copilot`] | meaning of Copilot's records: the team join, windows, the legacy format | pure |
//! | [`identity`] | how people are kept: by names, by pseudonyms, or not at all | pure |
//! | [`kind`] | kinds as data, one small file each | pure |
//! | [`portal`] | pages and scorecards of the portal: those that are bundled, their faults, their changes | pure |
//! | [`door`] | access to the outside: HTTP, the parts of clients, the clock, files | |
//! | [`model`] | shared types: item, entity, blueprint, slice, day, secret | pure |
//!
//! There is one catalog client and one GitHub client. In tests they run over the simulator's and the local catalog's routers,
//! called in memory ([`door::http::in_memory`]); nothing is mocked.
//!
//! # Invariants
//!
//! - An entity is deleted only if the integration owns it and its source was read completely ([`reconcile::completeness`]).
//! - A plan after a resync is empty. After a crash at any point, the next run reaches the same end state.
//! - The same inputs give byte-equal plans; `plan` and `resync` share all code up to apply ([`resync::run`]).
//! - `validate`, `test`, `preview` and `resync` evaluate a mapping with the same code ([`mapping::evaluate`]).
//! - No secret or signed URL reaches a log, a plan, a page or a metric ([`model::secret`]).
//! - Every loop over the network has a limit; every limit is a named constant with its reason.
//!
//! # Path of a resync
//!
//! `pilotage resync` starts in `cli/resync.rs`. `cli/process.rs` reads the settings, `cli/world.rs` opens both clients and compiles
//! the mapping ([`mapping::evaluate::CompiledMapping`]). [`resync::run`] takes the mapping's resources in their order. For each,
//! it asks the [`source::Source`] that reads its kind; [`source::copilot`] lists the scopes of the [`kind`] and reads their
//! slices, a few at once, into batches;
//! [`resync::workers`] maps each batch to entities; [`resync::load`] leaves out repeated keys, requests the current entities from
//! the catalog, lets [`reconcile::change`] compare them and sends those that differ. At the end [`resync::delete`] lists the owned
//! entities, lets [`reconcile::deletion`] decide, and deletes. The result is a [`reconcile::outcome::Outcome`], which
//! [`render::outcome`] prints and which has the exit code. [`integration::attend`] surrounds all of it with the integration's
//! record, the guard and the final state. `pilotage serve` runs the same code from `daemon/turn.rs` for every trigger.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub use pilotage_core::{copilot, facts, figure, identity, kind, mapping, model, portal, reconcile, render};

pub mod authoring;
pub mod catalog;
pub mod cli;
pub mod daemon;
pub mod doctor;
pub mod door;
pub mod github;
pub mod history;
pub mod integration;
pub mod local_catalog;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod privacy;
pub mod resync;
pub mod runs;
pub mod settings;
pub mod simulator;
pub mod source;
pub mod telemetry;
#[cfg(feature = "web")]
pub mod web;
