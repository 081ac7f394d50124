//! Flags of `web`.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

/// Flags of `web`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage web                    pages over your data folder, at http://127.0.0.1:8090
  pilotage web --demo --open      those of `pilotage demo`, in the browser at once
  pilotage web --listen 0.0.0.0:8090   for others too; needs PILOTAGE_WEB_TOKEN or a proxy

It only reads, and can run beside a resync or `serve`. The link that it prints signs one
browser in, once, within ten minutes; without it the pages show nothing about people.
--open hands it to the browser's command line, which others on this machine can read.

Exit codes: 0 ended after a signal to stop, 1 cannot start, 2 wrong settings or usage")]
pub struct WebFlags {
    /// What to do. None: pages are served.
    #[command(subcommand)]
    pub verb: Option<WebVerb>,
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

/// Commands about pages.
#[derive(Subcommand, Clone, Debug)]
pub enum WebVerb {
    /// Print the address of one chart for a frame of another site, such as a widget in Port
    #[command(after_help = "\
Examples:
  pilotage web link active-people --scope acme --url https://copilot.example.com
  pilotage web link completion-acceptance --by-entity --url https://copilot.example.com

Port appends the entity whose page shows the frame. A link with --scope shows that scope, or a
team of it; one with --by-entity shows the scope that the entity names.

The link is signed with PILOTAGE_WEB_EMBED_KEY (or PILOTAGE_WEB_EMBED_KEY_FILE), which the
served pages need too. It never shows a name.

Exit codes: 0 done, 2 wrong usage or settings")]
    Link(WebLinkFlags),
}

/// Flags of `web link`.
#[derive(Args, Clone, Debug)]
pub struct WebLinkFlags {
    /// The figure
    pub id: String,
    /// The organization or enterprise
    #[arg(long, value_name = "NAME", required_unless_present = "by_entity")]
    pub scope: Option<String>,
    /// The team
    #[arg(long, value_name = "TEAM", requires = "scope")]
    pub team: Option<String>,
    /// Any scope: that of the entity whose page shows the frame
    #[arg(long, conflicts_with = "scope")]
    pub by_entity: bool,
    /// Days until the link ends
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub days: u16,
    /// The address of the pages, as the browser has it [default: the one that `web` listens on]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}
