//! Flags of `serve`, and of `health`, which asks it.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Args;

use super::{PlaceFlags, ScopeFlags, part};

/// Flags of `serve`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage serve                            resync now, then when the catalog is asked for one
  pilotage serve --schedule 2h              and every two hours
  pilotage serve --schedule '0 3 * * *'     and every night at three, UTC
  pilotage serve --event-listener once      one resync, as in a CronJob
  pilotage serve --web 127.0.0.1:8090       and pages for a browser, with the run that goes on

It answers /health/live, /health/ready and /metrics on its port. SIGTERM and Ctrl-C end it:
requests that have begun are finished, nothing more is deleted, the catalog is told `aborted`.

Exit codes: 0 ended after a signal to stop, 1 cannot start, 2 wrong settings or usage;
with --event-listener once those of `pilotage resync`")]
pub struct ServeFlags {
    /// What starts a resync besides start and schedule [default: OCEAN__EVENT_LISTENER__TYPE, else polling]
    #[arg(long, value_name = "WHICH")]
    pub event_listener: Option<ListenerFlag>,
    /// When resyncs are due: minutes, a duration, or a cron expression in UTC [default: OCEAN__SCHEDULED_RESYNC_INTERVAL]
    #[arg(long, value_name = "WHEN")]
    pub schedule: Option<String>,
    /// Address on which it answers health checks [default: PILOTAGE_LISTEN_ADDRESS, else 0.0.0.0, every one of IPv4]
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<IpAddr>,
    /// Port on which it answers them [default: APPLICATION__PORT, else 8000]; 0 takes a free one
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Address of pages for a browser, such as 127.0.0.1:8090 [default: PILOTAGE_WEB_LISTEN, else none]
    #[arg(long, value_name = "ADDRESS")]
    pub web: Option<SocketAddr>,
    /// Mapping file, read again for every resync [default: the integration's mapping at the catalog]
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Largest part of our entities that may be deleted, from 0 (none) to 1 (all) [default: the mapping's, else 0.9]
    #[arg(long, value_name = "PART", value_parser = part)]
    pub deletion_threshold: Option<f64>,
    /// Between whom.
    #[command(flatten)]
    pub places: PlaceFlags,
    /// A resync that could do only a part counts as a good one
    #[arg(long)]
    pub partial_ok: bool,
}

/// Flags of `health`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage health                               ready? asks the daemon of the same settings
  pilotage health --live                        alive?
  pilotage health --url http://127.0.0.1:9000   a daemon at another address

For probes in an image without a shell and curl. It waits five seconds at most.
Exit codes: 0 healthy, 1 not ready or no answer, 2 wrong settings or usage")]
pub struct HealthFlags {
    /// Address of the daemon [default: that on which `serve` listens by the same settings]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Ask whether it is alive, not whether it is ready
    #[arg(long)]
    pub live: bool,
}

/// Triggers of a resync besides start and schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ListenerFlag {
    /// A request or an edited mapping that is found at the catalog
    Polling,
    /// The start, and then no more
    Once,
    /// A call of POST /resync
    Webhook,
}

impl ServeFlags {
    /// Scope of the daemon: everything in the settings.
    pub fn scope(&self) -> ScopeFlags {
        let Self { mapping, deletion_threshold, places, .. } = self.clone();
        ScopeFlags { mapping, deletion_threshold, places, ..ScopeFlags::default() }
    }
}
