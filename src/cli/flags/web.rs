//! Flags of `web`.

use std::net::SocketAddr;

use clap::Args;

/// Flags of `web`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage web                    pages over your data folder, at http://127.0.0.1:8090
  pilotage web --demo --open      those of `pilotage demo`, in the browser at once
  pilotage web --listen 0.0.0.0:8090   for others too; needs PILOTAGE_WEB_TOKEN or a proxy

It only reads, and can run beside a resync or `serve`. The link that it prints signs one
browser in, once, within ten minutes; without it the pages show nothing about people.

Exit codes: 0 ended after a signal to stop, 1 cannot start, 2 wrong settings or usage")]
pub struct WebFlags {
    /// Address to listen on; port 0 takes a free one [default: PILOTAGE_WEB_LISTEN, else 127.0.0.1:8090]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Open the pages in a browser, signed in
    #[arg(long)]
    pub open: bool,
    /// The data folder of `pilotage demo` instead of yours
    #[arg(long)]
    pub demo: bool,
}
