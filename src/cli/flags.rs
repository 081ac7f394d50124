//! The flags of every verb, as clap reads them. What a verb does is in the file of its name; what a setting means when no
//! flag says so is decided in [`crate::settings`].

// Documentation of flags is help that is read in a terminal.
#![allow(rustdoc::bare_urls)]

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::settings::{LogLevel, Overrides};

mod authoring;
mod digest;
mod export;
mod figures;
mod forget;
mod groups;
mod history;
mod local;
mod names;
mod pages;
mod report;
mod seats;
mod serve;
mod settings;
mod web;

#[cfg(test)]
pub(super) use groups::GROUPS;
pub(super) use groups::{command, parse};

pub use authoring::{EvalFlags, FindingFormat, InitFlags, InitTemplate, KindsFlags, PreviewFlags, TestFlags, ValidateFlags};
pub use digest::{DigestFlags, DigestFormat, McpFlags};
pub use export::{ExportFlags, ExportFormat, ExportSubject};
pub use figures::{FigureFormat, FigureShowFlags, FiguresFlags, FiguresVerb, PointWidth};
pub use forget::ForgetFlags;
pub use history::{BackfillFlags, HistoryFlags, HistoryVerb};
pub use local::{
    CatalogFlags, CatalogListFlags, CatalogServeFlags, CatalogVerb, DemoFlags, ListFormat, SimulateFlags, Validation,
};
pub use pages::{PagesFlags, PagesVerb};
pub use report::ReportFlags;
pub use seats::{SeatHolderFlags, SeatPlaceFlags, SeatsFlags, SeatsVerb};
pub use serve::{HealthFlags, ListenerFlag, ServeFlags};
pub use settings::{ConfigFlags, InputFlags, IntegrationFlags, MappingFlags, MappingVerb, PlaceFlags};
pub use web::{WebFlags, WebLinkFlags, WebVerb};

/// Brings GitHub Copilot's metrics into a developer portal's catalog
#[derive(Parser, Clone, Debug)]
#[command(
    name = "pilotage",
    version,
    long_version = super::version::LONG,
    max_term_width = 110,
    after_help = "\
Start here:
  pilotage demo          a simulated GitHub, one resync, pages for a browser; no account needed
  pilotage resync        GitHub into Port, or into the embedded catalog without credentials
  pilotage serve         the same again and again, as a container of Ocean's does

Settings come from flags, then the environment, then the file of --config:
  OCEAN__PORT__CLIENT_ID or PORT_CLIENT_ID, OCEAN__PORT__CLIENT_SECRET or PORT_CLIENT_SECRET,
  OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN or GITHUB_TOKEN, or a GitHub App:
  PILOTAGE_GITHUB_APP_ID and PILOTAGE_GITHUB_APP_PRIVATE_KEY_FILE; `pilotage doctor` tests them

Exit codes: 0 done, 1 failed, 2 wrong settings, mapping or usage, 3 changes (plan --exit-code),
5 partial"
)]
pub struct Flags {
    /// Flags of every verb.
    #[command(flatten)]
    pub common: CommonFlags,
    /// Command. None when the program is started without one.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// Flags of every verb, before or after it.
#[derive(Args, Clone, Debug, Default)]
pub struct CommonFlags {
    /// Folder of the embedded catalog, caches and reports [default: PILOTAGE_DATA, else the platform's data folder]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Common options")]
    pub data: Option<PathBuf>,
    /// YAML file with settings, as Ocean's config.yaml [default: that of PILOTAGE_CONFIG]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Common options")]
    pub config: Option<PathBuf>,
    /// Log more: -v what is done (info), -vv why (debug), -vvv every step (trace)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Common options")]
    pub verbose: u8,
    /// Print only errors, and the data that was asked for
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Common options")]
    pub quiet: bool,
    /// The least important level that is logged: error, warn, info, debug or trace [default: APPLICATION__LOG_LEVEL, else warn]
    #[arg(long, global = true, value_name = "LEVEL", value_parser = log_level, conflicts_with_all = ["verbose", "quiet"],
        help_heading = "Common options")]
    pub log_level: Option<LogLevel>,
    /// When to use colour; `auto` does on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value_t, hide_default_value = true, help_heading = "Common options")]
    pub color: ColorChoice,
    /// How log lines and messages on stderr look [default: human, but json where `serve` has no terminal]
    #[arg(long, global = true, value_name = "FORMAT", help_heading = "Common options")]
    pub log_format: Option<LogFormat>,
}

/// Times to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Also in files and pipes
    Always,
    /// Nowhere
    Never,
}

/// Formats of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people
    Human,
    /// One JSON object per line
    Json,
}

/// Commands.
#[derive(Subcommand, Clone, Debug)]
pub enum Verb {
    /// Try it with nothing but this program: a simulated GitHub, the embedded catalog
    Demo(DemoFlags),
    /// Make the catalog agree with GitHub, once
    Resync(ResyncFlags),
    /// Read the days of the past that the history does not hold, newest first
    Backfill(BackfillFlags),
    /// Show what a resync would change, changing nothing
    Plan(PlanFlags),
    /// Resync again and again: by a schedule, when somebody asks at the catalog, when the mapping is edited
    Serve(ServeFlags),
    /// Test every request that the mapping needs, and say what is missing, changing nothing
    Doctor(DoctorFlags),
    /// Ask a running daemon for its health, as a probe does
    Health(HealthFlags),
    /// Move the mapping between a file and the catalog, or upgrade a mapping of closed kinds
    Mapping(MappingFlags),
    /// Print the settings that hold, and where each comes from
    Config(ConfigFlags),
    /// List, give and take seats of Copilot; the one verb that writes to GitHub
    Seats(SeatsFlags),
    /// Serve the embedded catalog, or look at what a resync left there
    Catalog(CatalogFlags),
    /// Look at runs, figures and the catalog in a browser
    Web(WebFlags),
    /// Show numbers of people, completions and lines over time, as they were read
    Figures(FiguresFlags),
    /// Show which days are held, what GitHub restated, or make the history anew
    History(HistoryFlags),
    /// Bring dashboards and scorecards to the portal
    Pages(PagesFlags),
    /// Write one HTML file with charts and tables of all figures
    Report(ReportFlags),
    /// Print the newest numbers and what changed, or send them to a chat
    Digest(DigestFlags),
    /// Let an assistant read figures and runs, and try mappings, over the Model Context Protocol
    Mcp(McpFlags),
    /// Write figures, day facts or entities for other programs
    Export(ExportFlags),
    /// Remove a person from the data folder, for good
    Forget(ForgetFlags),
    /// Serve a simulated GitHub with Copilot metrics
    Simulate(SimulateFlags),
    /// List the reports of past resyncs, or show one
    Runs(RunsFlags),
    /// List what can be collected, or the fields of one kind
    Kinds(KindsFlags),
    /// Check mapping files, offline
    Validate(ValidateFlags),
    /// Run the cases beside mapping files
    Test(TestFlags),
    /// Show the entities that a mapping makes of some items
    Preview(PreviewFlags),
    /// Run one jq expression as a mapping would
    Eval(EvalFlags),
    /// Write a starter mapping with its test beside it
    Init(InitFlags),
    /// Print the JSON Schema of mapping files, for editors
    Schema,
    /// Print a completion script for a shell
    #[command(after_help = "\
Examples:
  pilotage completions bash > ~/.local/share/bash-completion/completions/pilotage
  pilotage completions fish > ~/.config/fish/completions/pilotage.fish")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write manual pages of all commands
    #[command(hide = true)]
    Man {
        /// The folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// Scopes, catalog and limits of a resync. Shared by `resync` and `plan`.
#[derive(Args, Clone, Debug, Default)]
pub struct ScopeFlags {
    /// Mapping file, or `copilot` or `usage` for a bundled one [default: that of the catalog, else `copilot`]
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Only this kind, may be repeated; nothing is deleted then
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = names::kinds(), hide_possible_values = true)]
    pub only: Vec<String>,
    /// Only this organization, may be repeated; nothing is deleted then
    #[arg(long, value_name = "ORG", value_delimiter = ',')]
    pub org: Vec<String>,
    /// Believe at once that this list is empty, or that organization gone: `organizations`, `acme/*`, `acme`; may be repeated
    ///
    /// `organizations` is the list of organizations, `acme/*` that of the teams of acme, `acme` an organization that GitHub lists no
    /// more. Otherwise two runs an hour apart must see it, with a credential that may list, before anything is deleted for it.
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    pub accept_empty: Vec<String>,
    /// Largest part of our entities that may be deleted, from 0 (none) to 1 (all) [default: the mapping's, else 0.9]
    #[arg(long, value_name = "PART", value_parser = part)]
    pub deletion_threshold: Option<f64>,
    /// Files in place of GitHub.
    #[command(flatten)]
    pub input: InputFlags,
    /// Between whom.
    #[command(flatten)]
    pub places: PlaceFlags,
}

/// Flags of `resync`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage resync
  pilotage resync --mapping copilot.yaml --confirm
  pilotage resync --only organization-usage-metrics --org acme --output json
  pilotage resync --plan plan.jsonl
  pilotage resync --input stored/ --org acme

--plan applies what `pilotage plan --out` wrote, with the choices of that plan. Nothing is
written when the changes would be others now (exit 1), or when the file is damaged or for
another catalog, integration or mapping (exit 2).
--input reads stored reports of GitHub in place of GitHub. Nothing is deleted; rows that are
refused are named with file and line (exit 5).

Exit codes: 0 done, 1 failed or aborted, 2 wrong settings or usage, 5 partial")]
pub struct ResyncFlags {
    /// Scopes, catalog and limits.
    #[command(flatten)]
    pub scope: ScopeFlags,
    /// Apply this plan file of `pilotage plan --out`, or write nothing when the changes are others now
    #[arg(long, value_name = "FILE", conflicts_with_all = ["only", "org", "accept_empty", "deletion_threshold", "confirm", "input"])]
    pub plan: Option<PathBuf>,
    /// Show the plan and ask before writing, on a terminal
    #[arg(long)]
    pub confirm: bool,
    /// Exit 0 instead of 5 when only a part could be done
    #[arg(long)]
    pub partial_ok: bool,
    /// Do not wait for another resync of the same integration to end
    #[arg(long)]
    pub force: bool,
    /// How the outcome is printed
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub output: TextOrJson,
}

/// Flags of `doctor`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage doctor
  pilotage doctor --org acme --all
  pilotage doctor --output json | jq '.problems[].error'
  pilotage doctor --mapping usage --org acme --app-url

Exit codes: 0 all that the mapping needs works, 5 something is missing, 1 GitHub or the catalog
gives no answer, 2 wrong settings or usage")]
pub struct DoctorFlags {
    /// Mapping file, or `copilot` or `usage` for a bundled one [default: that of the catalog, else `copilot`]
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Only this organization, may be repeated
    #[arg(long, value_name = "ORG", value_delimiter = ',')]
    pub org: Vec<String>,
    /// Test everything that GitHub serves, not only what the mapping needs
    #[arg(long)]
    pub all: bool,
    /// Only print where a GitHub App is registered with exactly the permissions that the mapping needs; nothing is asked
    #[arg(long, conflicts_with_all = ["all", "check", "report_to_port"])]
    pub app_url: bool,
    /// Tell Port the results, by kind and scope, as the result of this probe [default: OCEAN__PROBE_ID]
    #[arg(long, value_name = "PROBE", num_args = 0..=1, default_missing_value = "", conflicts_with = "check")]
    pub report_to_port: Option<String>,
    /// Only one request: this address, at a host that the settings name for the credential
    #[arg(long, value_name = "URL", conflicts_with_all = ["all", "org", "mapping"])]
    pub check: Option<String>,
    /// Variable of the credential to check with [default: that of the host]
    #[arg(long, value_name = "VARIABLE", requires = "check")]
    pub credential: Option<String>,
    /// Method of that request [default: that with which a resync asks there]
    #[arg(long, value_name = "METHOD", requires = "check", ignore_case = true)]
    pub method: Option<CheckMethod>,
    /// Between whom.
    #[command(flatten)]
    pub places: PlaceFlags,
    /// How the result is printed
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub output: TextOrJson,
}

/// Flags of `runs`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage runs
  pilotage runs last
  pilotage runs 20261121T013126Z-5f3a9c --output json | jq .requests
  pilotage runs last --output markdown >> summary.md

Each resync leaves a report in the folder `runs` of the data folder; the last 100 are kept.")]
pub struct RunsFlags {
    /// A run by its id or the beginning of it, or `last`; when none is given, all are listed, newest first
    pub id: Option<String>,
    /// The runs of `pilotage demo` instead of yours
    #[arg(long)]
    pub demo: bool,
    /// How it is printed; markdown is of one run
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: RunFormat,
}

/// Formats of run reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum RunFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For the summary of a job: a table of the result, and the numbers of each organization with a spark bar
    Markdown,
}

/// Flags of `plan`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage plan
  pilotage plan copilot.yaml
  pilotage plan --show delete,withheld --limit 0
  pilotage plan --output markdown > comment.md
  pilotage plan --out plan.jsonl && pilotage resync --plan plan.jsonl

+ is created, ~ updated, - deleted, = stays as it is;
! would be deleted if nothing stood in the way.
JSON is one change per line and the summary last;
Markdown fits a comment on a pull request.
Exit codes: 0 done, 1 failed, 2 wrong settings or usage, 3 changes (with --exit-code),
5 planned in part")]
pub struct PlanFlags {
    /// Mapping file or bundled mapping, as --mapping
    #[arg(value_name = "MAPPING", conflicts_with = "mapping")]
    pub mapping_file: Option<PathBuf>,
    /// Scopes, catalog and limits.
    #[command(flatten)]
    pub scope: ScopeFlags,
    /// Write the changes to this file as well, for `pilotage resync --plan`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit 3 when there are changes
    #[arg(long)]
    pub exit_code: bool,
    /// Exit 0 instead of 5 when only a part could be planned
    #[arg(long)]
    pub partial_ok: bool,
    /// Which changes are listed [default: create,update,delete,withheld]
    #[arg(long, value_name = "WHICH", value_delimiter = ',')]
    pub show: Vec<Show>,
    /// How many changes are listed, the rest is counted; 0 lists all [default: 200, in json all]
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,
    /// How the plan is printed
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub output: PlanFormat,
}

/// Changes that a plan can list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Show {
    /// Entities to be created
    Create,
    /// Entities to be updated, with each property that changes
    Update,
    /// Entities to be deleted
    Delete,
    /// Entities that would be deleted if their absence were proven
    Withheld,
    /// Entities that stay as they are
    Unchanged,
}

/// Methods of a request that only reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum CheckMethod {
    /// Everything of GitHub
    #[value(name = "GET")]
    Get,
    /// Lists that a tool answers only so
    #[value(name = "POST")]
    Post,
}

/// Formats of data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum TextOrJson {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Formats of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum PlanFormat {
    /// For people
    #[default]
    Text,
    /// One change per line, the summary last
    Json,
    /// For a comment on a pull request
    Markdown,
}

impl CommonFlags {
    /// Settings of these flags, and of those of a command that has a scope.
    pub fn overrides(&self, scope: Option<&ScopeFlags>, partial_ok: bool) -> Overrides {
        let common = Overrides { config: self.config.clone(), data: self.data.clone(), partial_ok, ..Overrides::default() };
        let Some(scope) = scope else { return common };
        // Which kinds, organizations and files are read is not a setting: it holds for one run.
        let ScopeFlags { mapping, only: _, org: _, accept_empty: _, deletion_threshold, input: _, places } = scope.clone();
        let PlaceFlags { github_host, integration: IntegrationFlags { base_url, identifier } } = places;
        Overrides { mapping, deletion_threshold, github_host, base_url, identifier, ..common }
    }
}

/// Prints the formats' names as clap reads them, so that they can be defaults.
macro_rules! display_as_flag {
    ($($format:ty),*) => {$(
        impl std::fmt::Display for $format {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let value = clap::ValueEnum::to_possible_value(self);
                formatter.write_str(value.as_ref().map_or("", clap::builder::PossibleValue::get_name))
            }
        }
    )*};
}
display_as_flag!(ColorChoice, TextOrJson, PlanFormat, FindingFormat, Validation, ListenerFlag, ListFormat);

/// Reads a level by the names that the setting takes.
fn log_level(text: &str) -> Result<LogLevel, String> {
    LogLevel::named(text).ok_or_else(|| "expected error, warn, info, debug or trace".to_owned())
}

/// Reads a part of a whole: a number from 0 to 1.
fn part(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(part) if (0.0..=1.0).contains(&part) => Ok(part),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

/// The address that servers for this machine alone listen on when none is given: a free port.
fn free_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

#[cfg(test)]
mod tests;
