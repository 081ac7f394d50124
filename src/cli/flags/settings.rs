//! Flags of `config` and `mapping`: what holds here, and what the catalog keeps.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::TextOrJson;

/// Flags of `config`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage config
  pilotage config --output json | jq '.settings[] | select(.source != \"default\")'
  pilotage config --schema > settings.schema.json

Exit codes: 0 the settings can be used, 2 something is wrong with them")]
pub struct ConfigFlags {
    /// Print the JSON Schema of settings files instead, for editors
    #[arg(long, conflicts_with = "output")]
    pub schema: bool,
    /// How it is printed
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub output: TextOrJson,
}

/// Flags of `mapping`.
#[derive(Args, Clone, Debug)]
pub struct MappingFlags {
    /// Command about the mapping.
    #[command(subcommand)]
    pub verb: MappingVerb,
}

/// Commands about the integration's mapping in the catalog.
#[derive(Subcommand, Clone, Debug)]
pub enum MappingVerb {
    /// Write the integration's mapping to a file
    #[command(after_help = "\
Examples:
  pilotage mapping pull > copilot.yaml
  pilotage mapping pull --file copilot.yaml --force

Exit codes: 0 done, 1 there is none, or no answer, 2 wrong settings or usage")]
    Pull {
        /// The file [default: stdout]
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Overwrite a file that is there
        #[arg(long, visible_alias = "yes")]
        force: bool,
        /// Integration of the mapping.
        #[command(flatten)]
        place: IntegrationFlags,
    },
    /// Make a file the integration's mapping, after showing what changes
    #[command(after_help = "\
Examples:
  pilotage mapping push copilot.yaml
  pilotage mapping push copilot.yaml --no-plan --yes

Exit codes: 0 done or nothing to do, 1 failed or not agreed to, 2 wrong mapping or settings")]
    Push {
        /// The file, `-` for stdin, or the name of a bundled mapping [default: that of PILOTAGE_MAPPING]
        #[arg(value_name = "MAPPING")]
        mapping: Option<PathBuf>,
        /// The same as MAPPING
        #[arg(long, value_name = "FILE", conflicts_with = "mapping")]
        file: Option<PathBuf>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Do not ask GitHub what a resync with the new mapping would change
        #[arg(long)]
        no_plan: bool,
        /// Integration of the mapping.
        #[command(flatten)]
        place: IntegrationFlags,
    },
    /// Rewrite a mapping of kinds that GitHub has closed to the kinds of today
    #[command(after_help = "\
Examples:
  pilotage mapping upgrade old.yaml > new.yaml
  pilotage mapping upgrade old.yaml --diff

The new mapping goes to stdout; what has no successor is listed on stderr.
Exit codes: 0 done or nothing to do, 2 the mapping cannot be read")]
    Upgrade {
        /// Mapping file, `-` for stdin, or the name of a bundled mapping
        #[arg(value_name = "MAPPING")]
        mapping: PathBuf,
        /// Print what changes, as `diff -u` does, instead of the new mapping
        #[arg(long)]
        diff: bool,
    },
}

/// An integration and its catalog.
#[derive(Args, Clone, Debug, Default)]
pub struct IntegrationFlags {
    /// The catalog's API [default: https://api.getport.io with Port credentials, else the embedded catalog]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// The integration that owns the entities [default: my-github-copilot-integration]
    #[arg(long, value_name = "ID")]
    pub identifier: Option<String>,
}

/// Between which GitHub and which integration.
#[derive(Args, Clone, Debug, Default)]
pub struct PlaceFlags {
    /// GitHub's API [default: https://api.github.com]
    #[arg(long, value_name = "URL")]
    pub github_host: Option<String>,
    /// Integration and catalog.
    #[command(flatten)]
    pub integration: IntegrationFlags,
}

/// Files in place of GitHub. Shared by `resync` and `plan`.
#[derive(Args, Clone, Debug, Default)]
pub struct InputFlags {
    /// Read stored reports of GitHub from this file or folder in place of GitHub, may be repeated; nothing is deleted then
    ///
    /// NDJSON or JSON as GitHub wrote it, one kind per file; a file's kind is found out, or named with --only. --org, or --enterprise,
    /// says whose reports they are. Of a folder, files that end in .json, .ndjson or .jsonl are read.
    #[arg(long, value_name = "PATH")]
    pub input: Vec<PathBuf>,
    /// The enterprise that the files of --input are about
    #[arg(long, value_name = "SLUG", requires = "input", conflicts_with = "org")]
    pub enterprise: Option<String>,
    /// The team that the files of --input are about: days of a team from the closed API
    #[arg(long, value_name = "SLUG", requires = "input")]
    pub team: Option<String>,
}
