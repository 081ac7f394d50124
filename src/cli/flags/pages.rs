//! Flags of `pilotage pages`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{IntegrationFlags, TextOrJson};

/// Flags of `pages`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage pages list
  pilotage pages plan
  pilotage pages push copilot_adoption
  pilotage pages push my-dashboard.json --yes")]
pub struct PagesFlags {
    /// Command. None: all are listed.
    #[command(subcommand)]
    pub verb: Option<PagesVerb>,
}

/// Commands about pages and scorecards.
#[derive(Subcommand, Clone, Debug)]
pub enum PagesVerb {
    /// List the bundled pages and scorecards, with the blueprints that they show
    List {
        /// Format of the output
        #[arg(long, value_enum, default_value_t = TextOrJson::Text, value_name = "FORMAT")]
        output: TextOrJson,
    },
    /// Show what a push would create and change, changing nothing
    #[command(after_help = "\
Exit codes: 0 done, 1 no answer, or nothing can be shown, 2 wrong document or usage")]
    Plan {
        /// Names of bundled ones, or JSON files [default: every bundled one whose blueprints exist]
        #[arg(value_name = "PAGE")]
        pages: Vec<PathBuf>,
        /// The catalog.
        #[command(flatten)]
        place: IntegrationFlags,
    },
    /// Create them at the catalog, or replace those that differ, after showing what changes
    #[command(after_help = "\
Exit codes: 0 done or nothing to do, 1 failed or not agreed to, 2 wrong document or usage,
5 some were refused")]
    Push {
        /// Names of bundled ones, or JSON files [default: every bundled one whose blueprints exist]
        #[arg(value_name = "PAGE")]
        pages: Vec<PathBuf>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// The catalog.
        #[command(flatten)]
        place: IntegrationFlags,
    },
}
