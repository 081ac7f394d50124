//! `pilotage web`: pages for a browser over the data folder.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use super::console::{self, Written, talk};
use super::demo;
use super::failure::{Failure, exit};
use super::flags::WebFlags;
use super::process::Process;
use super::serving::{self, take};
use super::web_pages;
use crate::settings::Overrides;
use crate::web::CatalogPlace;

pub(super) async fn run(process: &Process, flags: &WebFlags) -> Result<u8, Failure> {
    let overrides = Overrides { web: flags.listen, ..process.common.overrides(None, false) };
    let settings = process.settings(overrides)?;
    let address = settings.web.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, web_pages::PORT)));
    let catalog = if flags.demo { CatalogPlace::Local } else { web_pages::catalog_place(&settings)? };
    let folder = demo::folder(settings.data.clone(), flags.demo);
    let place = take(address).await?;
    let pages = web_pages::serve(
        process,
        &settings.web,
        place,
        folder.clone(),
        web_pages::command_flags(process, flags.demo),
        catalog,
        None,
    )?;
    let shown = pages.link.as_ref().unwrap_or(&pages.url);
    console::data(Written::Page, &format!("{shown}\n"))?;
    talk(&format!("pages over {} at {}; Ctrl-C ends them", folder.display(), pages.url));
    if pages.link.is_some() {
        talk("the link signs one browser in, once, within ten minutes; without it the pages show nothing about people");
    }
    if !address.ip().to_canonical().is_loopback() {
        tracing::warn!("what is sent to and from {} is not encrypted; put a proxy with TLS in front of it", pages.url);
    }
    if flags.open {
        open(shown);
    }
    serving::wait_for_stop_signal().await;
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
