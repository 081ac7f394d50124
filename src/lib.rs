//! Pilotage brings GitHub Copilot's metrics into a developer portal's catalog: it reads them from GitHub, turns each record into
//! an entity through a YAML mapping of jq expressions, and makes the catalog agree with what it read, deleting only what it has
//! proven to be gone. This page is the map of the house; every room opens with a page of its own.
//!
//! # The way of the data
//!
//! ```text
//!             GitHub                                 mappings/*.yaml
//!               │                                          │
//!    kind × scope ──► report ──► raw item ──► enriched ──► selector ──► jq ──► entity ──► desired ─┐
//!    kind/   github/  (NDJSON,   model/item  +__organization   mapping/     model/entity  + what   │
//!                      streamed)             +__team …         evaluate                   each     ├─► decide ─► apply
//!                                                                                         slice    │ reconcile/  resync/
//!    catalog (Port, or the local one) ── entities we own, batch by batch ──► current       proved ─┘
//! ```
//!
//! `preview` shows the middle, `plan` stops at decide, `validate` and `test` never leave the pure part, `resync` goes through.
//!
//! The unit that flows is a [batch](model::item::Batch): about a hundred raw items of one slice. Batches stream through bounded
//! channels, so memory is bounded by the channels and never by the size of an organization; they reach the loader in one fixed
//! order (resource, scope as listed, link, line), whatever runs ahead, so that the same world always gives the same writes. The
//! only thing kept for a whole run is the set of keys seen, 16 bytes each, because deletion needs it.
//!
//! # Rooms
//!
//! Three crates: the pure rooms are `pilotage-core` (`crates/core`), the jq engine below them is `pilotage-jq` (`crates/jq`), and
//! this one has everything that touches the outside. It shows the rooms of the core under their own names.
//!
//! Dependencies point downwards only; `tests/integration/architecture.rs` holds the table and names the file and line that breaks it. Pure
//! rooms name no runtime, file, network, clock or randomness.
//!
//! | room | what happens there | |
//! | --- | --- | --- |
//! | [`cli`] | one file per verb; what is printed comes from `render` | |
//! | [`daemon`] | resyncs that start by themselves: schedule, catalog's wishes, webhook, health | |
//! | [`telemetry`] | what runs did and cost: reports, metrics, traces | |
//! | [`integration`] | being an integration at the catalog: record, guard, mapping, what it is told | |
//! | [`resync`] | the pipeline: read, map, load, delete; decides nothing, names no vendor | |
//! | [`source`] | the systems that are read, as a trait: kinds, slices, batches of raw items; GitHub Copilot is one | |
//! | [`doctor`] | every endpoint and permission that a mapping needs, with the remedy | |
//! | [`github`] | the client: pages, reports, limits; organizations and teams | |
//! | [`catalog`] | the client of Port's API: token, bulks, search, blueprints, integration | |
//! | [`local_catalog`] | the same API served over SQLite: the embedded default, and every test's catalog | |
//! | [`simulator`] | a seedable GitHub with faults: the demo's source, the tests' world, a rehearsal tool | |
//! | [`settings`] | flags over environment over file over defaults | |
//! | [`render`] | outcomes, plans and findings as text, JSON, Markdown | pure |
//! | [`reconcile`] | desired and current to decisions: change, completeness, deletion | pure |
//! | [`mapping`] | YAML and jq to entities: file, program, evaluate, check, locate, case | pure |
//! | [`copilot`] | what Copilot's records mean: the team join, windows, the legacy shape | pure |
//! | [`kind`] | what can be collected, as data: a small file per kind | pure |
//! | [`door`] | the doors to the outside: HTTP, the clock, the limits of trying again | |
//! | [`model`] | the nouns: item, entity, blueprint, slice, day, secret | pure |
//!
//! There is one catalog client and one GitHub client. In tests they run over the simulator's and the local catalog's routers,
//! called in memory ([`door::http::in_memory`]); nothing is mocked.
//!
//! # Invariants
//!
//! - Nothing is deleted that we do not own, or whose source was not read completely ([`reconcile::completeness`]).
//! - Applying and planning again gives an empty plan. Crash anywhere, run again: the same end state.
//! - The same inputs give byte-equal plans; `plan` and `resync` share every line up to apply ([`resync::run`]).
//! - `validate`, `test`, `preview` and `resync` evaluate a mapping with the same code ([`mapping::evaluate`]).
//! - No secret or signed URL reaches a log, a plan, a page or a metric ([`model::secret`]).
//! - Every loop over the network has a limit; every limit is a named constant with its reason.
//!
//! # One walk through the house
//!
//! `pilotage resync` starts in `cli/resync.rs`. `cli/world.rs` reads the settings, opens both clients and compiles the mapping
//! ([`mapping::evaluate::CompiledMapping`]). [`resync::run`] takes the mapping's resources in their order. For each
//! it asks the [`source::Source`] that reads its kind. [`source::copilot`] lists the scopes of the [`kind`] and reads their slices, a
//! few at once, into batches; [`resync::workers`] maps each batch to entities; [`resync::load`] sets aside keys that came before, asks the catalog what it
//! holds, lets [`reconcile::change`] compare and sends what differs. At the end [`resync::delete`] lists what we own, lets
//! [`reconcile::deletion`] decide what may go, and deletes that. What happened is a [`reconcile::outcome::Outcome`], which
//! [`render::outcome`] prints and which knows its exit code. Around all of it stands [`integration::attend`]: the integration's record,
//! the guard, the state at the end. `pilotage serve` comes to the same place from `daemon/turn.rs`, whenever it is time.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub use pilotage_core::{copilot, kind, mapping, model, reconcile, render};

pub mod catalog;
pub mod cli;
pub mod daemon;
pub mod doctor;
pub mod door;
pub mod github;
pub mod integration;
pub mod local_catalog;
pub mod resync;
pub mod settings;
pub mod simulator;
pub mod source;
pub mod telemetry;
