//! `pilotage web`: pages for a browser over the data folder. With the feature `web`; else `without_web` takes its place.
//!
//! | subject | file |
//! | --- | --- |
//! | pages, for every command that serves some | `pages` |
//! | those of `serve` and `demo`, which also follow the runs of their process | `beside_runs` |
//! | plans that these pages ask for | `plan_wishes` |

mod beside_runs;
mod pages;
mod plan_wishes;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use self::pages::PageOptions;
use super::console::{self, Written, talk};
use super::demo_folder;
use super::failure::{Failure, exit};
use super::figures;
use super::flags::{WebFlags, WebLinkFlags, WebVerb};
use super::process::Process;
use super::serving::{self, take};
use crate::settings::{Overrides, WebSettings};
use crate::web::CatalogPlace;
use crate::web::embed::{EmbedKey, EmbedLink};

pub(super) use self::beside_runs::PagesPlace;

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

pub(super) async fn run(process: &Process, flags: &WebFlags) -> Result<u8, Failure> {
    let overrides = Overrides { web: flags.listen, ..process.common.overrides(None, false) };
    let settings = process.settings(overrides)?;
    if let Some(WebVerb::Link(link)) = &flags.verb {
        return make_link(process, &settings.web, link);
    }
    let address = settings.web.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, pages::PORT)));
    let catalog = if flags.demo { CatalogPlace::Local } else { pages::catalog_place(&settings)? };
    let folder = demo_folder::folder(settings.data.clone(), flags.demo);
    let place = take(address).await?;
    let options = PageOptions {
        data: folder.clone(),
        flags: pages::command_flags(process, flags.demo),
        catalog,
        feed: None,
        metrics: settings.figure_metrics.then(|| figures::metrics(process, &settings, &folder)),
    };
    let served = pages::serve(process, &settings, place, options)?;
    let shown = served.link.as_ref().unwrap_or(&served.url);
    console::data(Written::Page, &format!("{shown}\n"))?;
    talk(&format!("pages over {} at {}; Ctrl-C ends them", folder.display(), served.url));
    if served.link.is_some() {
        talk("the link signs one browser in, once, within ten minutes; without it the pages show nothing about people");
    }
    if !address.ip().to_canonical().is_loopback() {
        tracing::warn!("what is sent to and from {} is not encrypted; put a proxy with TLS in front of it", served.url);
    }
    if flags.open {
        open(shown);
    }
    serving::wait_for_stop_signal().await;
    Ok(exit::DONE)
}

/// `pilotage web link`: the address of a chart for a frame.
fn make_link(process: &Process, settings: &WebSettings, flags: &WebLinkFlags) -> Result<u8, Failure> {
    let figure = figures::find(&flags.id)?;
    let Some(key) = &settings.embed_key else {
        return Err(Failure::wrong("cannot sign a link: there is no key").help(
            "make one with `openssl rand -hex 32 > embed.key`, and set PILOTAGE_WEB_EMBED_KEY_FILE here and where the pages are served",
        ));
    };
    let key = EmbedKey::new(key).map_err(|error| pages::embed_failure(&error))?;
    let until = process.clock.now().as_second().saturating_add(i64::from(flags.days) * SECONDS_OF_A_DAY);
    let link = EmbedLink { figure: figure.definition.id, scope: flags.scope.as_deref(), team: flags.team.as_deref(), until };
    let listening = settings.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, pages::PORT)));
    let url = flags.url.clone().unwrap_or_else(|| format!("http://{listening}"));
    console::data(Written::Page, &format!("{}\n", key.address(&url, &link)))?;
    talk(&format!("the link ends in {} days; another key ends it at once", flags.days));
    if settings.embed_from.is_empty() {
        talk(
            "no site may show it in a frame yet: set PILOTAGE_WEB_EMBED_FROM where the pages are served, such as https://app.port.io",
        );
    }
    Ok(exit::DONE)
}

/// Opens an address in the browser of whoever started the program. Without one nothing happens: the address is printed too.
fn open(address: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started = Command::new(program).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Err(error) = started {
        tracing::warn!(%error, "cannot open a browser with {program}; use the link above");
    }
}
