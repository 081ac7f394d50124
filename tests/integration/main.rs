//! One binary for all tests of the whole program: it links the program once. `tests/allocations.rs` needs an allocator of its own,
//! `tests/simulation` its seeds and mutations; both stay apart.
//!
//! One file, one subject. `cargo test --test integration doctor` runs one of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
mod authoring;
mod bad_input;
mod canary;
mod catalog_over_local;
mod catalogue;
mod credits;
mod daemon;
mod data_folders;
mod deploy;
mod differences;
mod doctor;
mod doctor_tools;
mod documented_day;
mod enterprise_seats;
mod export;
mod figures;
mod findings;
mod first_screen;
mod fourteen_answers;
mod history;
mod history_parts;
mod kinds;
mod levels;
mod listings;
mod mapping_page;
mod missing_days;
mod mistakes;
mod outage;
mod outputs;
mod pages;
mod plan_file;
mod privacy;
mod probe;
mod process;
mod random_worlds;
mod report_owners;
mod seats;
mod serving;
mod settings;
mod shown_commands;
mod simulator_page;
mod site;
mod small_teams;
mod sources;
mod stability;
mod stored_files;
mod support;
mod telemetry;
mod terminal;
mod tls;
mod tools;
mod toy_source;
mod transcripts;
mod version;
mod web;
mod web_figures;
