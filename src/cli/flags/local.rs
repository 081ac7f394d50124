//! Flags of the verbs that serve something on this machine: `demo`, `catalog` and `simulate`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::names::scenarios;
use super::{TextOrJson, free_port};
use crate::model::day::Day;
use crate::simulator::Scenario;

/// Flags of `demo`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage demo --once        resync and end
  pilotage demo               resync, then pages for a browser and the catalog until Ctrl-C

The demo keeps its catalog in a subfolder of its own, so it never mixes with yours;
`catalog`, `figures` and `runs` look there with --demo.
Run it twice: the second time nothing has changed and nothing is written.")]
pub struct DemoFlags {
    /// End after the resync instead of serving pages and the catalog until Ctrl-C
    #[arg(long)]
    pub once: bool,
    /// How the outcome is printed
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub output: TextOrJson,
}

/// Flags of `catalog`.
#[derive(Args, Clone, Debug)]
pub struct CatalogFlags {
    /// Command about the embedded catalog.
    #[command(subcommand)]
    pub verb: CatalogVerb,
    /// The catalog of `pilotage demo` instead of yours
    #[arg(long, global = true)]
    pub demo: bool,
}

/// Commands about the embedded catalog.
#[derive(Subcommand, Clone, Debug)]
pub enum CatalogVerb {
    /// Serve the catalog's API, for resyncs and any other client of that API
    #[command(after_help = "\
Examples:
  pilotage catalog serve --listen 127.0.0.1:8080 --data ./catalog
  PORT_BASE_URL=http://127.0.0.1:8080 PORT_CLIENT_ID=any PORT_CLIENT_SECRET=any pilotage resync")]
    Serve(CatalogServeFlags),
    /// List blueprints with their counts, or the entities of one
    #[command(after_help = "\
Examples:
  pilotage catalog list
  pilotage catalog list copilot_organization_usage --columns record_date,daily_active_users
  pilotage catalog list copilot_seat --limit 0 --output csv > seats.csv")]
    List(CatalogListFlags),
    /// Print one entity as JSON
    Get {
        /// Its blueprint
        blueprint: String,
        /// Its identifier
        identifier: String,
    },
    /// Print every entity, one JSON object per line
    #[command(after_help = "\
Example:
  pilotage catalog export | gzip > catalog.ndjson.gz")]
    Export {
        /// Only entities of this blueprint
        blueprint: Option<String>,
    },
    /// Delete the embedded catalog
    Reset {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Flags of `catalog list`.
#[derive(Args, Clone, Debug)]
pub struct CatalogListFlags {
    /// The blueprint whose entities are listed
    pub blueprint: Option<String>,
    /// Properties and relations that are shown, in this order, instead of title and time
    #[arg(long, value_name = "NAME", value_delimiter = ',', requires = "blueprint")]
    pub columns: Vec<String>,
    /// How many entities are listed, the rest is counted; 0 lists all
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub limit: usize,
    /// How it is printed
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub output: ListFormat,
}

/// Formats of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ListFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

/// Flags of `catalog serve`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage catalog serve --listen 127.0.0.1:8080 --data ./catalog
  PORT_BASE_URL=http://127.0.0.1:8080 PORT_CLIENT_ID=any PORT_CLIENT_SECRET=any pilotage resync

It is called by an address of this machine, by localhost, or by a name given with --allow-host;
pages of other origins are refused. On another address than a loopback one it is open to
the network: then --client-id and --client-secret-file let in only who knows the secret.")]
pub struct CatalogServeFlags {
    /// Address to listen on; port 0 takes a free one, which is printed
    #[arg(long, value_name = "ADDRESS", default_value_t = free_port())]
    pub listen: SocketAddr,
    /// Whether entities must fit their blueprint
    #[arg(long, value_name = "ON|OFF", default_value_t)]
    pub validation: Validation,
    /// The only client id that is accepted [default: every one is]
    #[arg(long, value_name = "ID", requires = "client_secret_file")]
    pub client_id: Option<String>,
    /// File with the only client secret that is accepted
    #[arg(long, value_name = "FILE", requires = "client_id")]
    pub client_secret_file: Option<PathBuf>,
    /// A name by which clients call it, besides its address and localhost; repeatable
    #[arg(long, value_name = "HOST")]
    pub allow_host: Vec<String>,
}

/// Check of entities against their blueprint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Validation {
    /// What does not fit its blueprint is refused, as Port does
    #[default]
    On,
    /// What is sent is stored
    Off,
}

/// Flags of `simulate`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage simulate --listen 127.0.0.1:8081
  OCEAN__INTEGRATION__CONFIG__GITHUB_HOST=http://127.0.0.1:8081 GITHUB_TOKEN=any pilotage resync
  pilotage simulate --listen 127.0.0.1:8081 --scenario forbidden

The same seed and sizes give the same bytes, today and tomorrow.")]
pub struct SimulateFlags {
    /// Where the world's numbers come from
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Organizations
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    pub orgs: u32,
    /// Teams of each organization
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    pub teams: u32,
    /// Users of each organization
    #[arg(long, value_name = "COUNT", default_value_t = 40)]
    pub users: u32,
    /// Days with metrics
    #[arg(long, value_name = "COUNT", default_value_t = 28)]
    pub days: u32,
    /// Last day with metrics, YYYY-MM-DD [default: a fixed day, printed at the start]
    #[arg(long, value_name = "DAY")]
    pub until: Option<Day>,
    /// Serve the endpoints that GitHub closed on 2026-04-02 too
    #[arg(long)]
    pub legacy: bool,
    /// Serve recorded answers from this folder instead of a made-up world
    #[arg(long, value_name = "DIR", conflicts_with_all = ["seed", "orgs", "teams", "users", "days", "until", "legacy"])]
    pub replay: Option<PathBuf>,
    /// A fault to rehearse; docs/simulator.md shows what a resync says about each
    #[arg(long, value_name = "NAME", value_parser = scenarios(), conflicts_with = "replay")]
    pub scenario: Option<Scenario>,
    /// YAML file with rules that replace, delay or cut answers, see docs/simulator.md
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// Address of the API; port 0 takes a free one, which is printed
    #[arg(long, value_name = "ADDRESS", default_value_t = free_port())]
    pub listen: SocketAddr,
    /// Address of the signed downloads; port 0 takes a free one, which is printed
    #[arg(long, value_name = "ADDRESS", default_value_t = free_port())]
    pub signed_listen: SocketAddr,
    /// A name by which clients call it, besides its addresses and localhost; repeatable
    #[arg(long, value_name = "HOST")]
    pub allow_host: Vec<String>,
}
