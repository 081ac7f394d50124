//! `pilotage web`: pages for a browser over the data folder. Also those of `serve` and `demo`, which go on with runs.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use http::HeaderName;

use super::console::{self, Written, talk};
use super::demo;
use super::failure::{Failure, exit};
use super::figures;
use super::flags::{WebFlags, WebLinkFlags, WebVerb};
use super::process::Process;
use super::serving::{self, take};
use crate::door::serving::{BoundAddress, Serving, ServingLimits};
use crate::settings::{CatalogChoice, Overrides, Settings, WebSettings};
use crate::web::embed::{EmbedError, EmbedKey, EmbedLink, EmbedOptions};
use crate::web::feed::Feed;
use crate::web::guard::roles::Roles;
use crate::web::guard::{AccessOptions, GuardError, ProxyOptions};
use crate::web::{CatalogPlace, Web, WebOptions};

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// Port of the pages when none is named.
pub(super) const PORT: u16 = 8090;

/// Pages that are being served, until this is dropped.
pub(super) struct Pages {
    /// Address of the pages.
    pub(super) url: String,
    /// Address that signs one browser in; none for pages that others on the network reach.
    pub(super) link: Option<String>,
    _serving: Serving,
}

pub(super) async fn run(process: &Process, flags: &WebFlags) -> Result<u8, Failure> {
    let overrides = Overrides { web: flags.listen, ..process.common.overrides(None, false) };
    let settings = process.settings(overrides)?;
    if let Some(WebVerb::Link(link)) = &flags.verb {
        return make_link(process, &settings.web, link);
    }
    let address = settings.web.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)));
    let catalog = if flags.demo { CatalogPlace::Local } else { catalog_place(&settings)? };
    let folder = demo::folder(settings.data.clone(), flags.demo);
    let place = take(address).await?;
    let pages = serve(process, &settings.web, place, folder.clone(), command_flags(process, flags.demo), catalog, None)?;
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

/// `pilotage web link`: the address of a chart for a frame.
fn make_link(process: &Process, settings: &WebSettings, flags: &WebLinkFlags) -> Result<u8, Failure> {
    let figure = figures::find(&flags.id)?;
    let Some(key) = &settings.embed_key else {
        return Err(Failure::wrong("cannot sign a link: there is no key").help(
            "make one with `openssl rand -hex 32 > embed.key`, and set PILOTAGE_WEB_EMBED_KEY_FILE here and where the pages are served",
        ));
    };
    let key = EmbedKey::new(key).map_err(|error| embed_failure(&error))?;
    let until = process.clock.now().as_second().saturating_add(i64::from(flags.days) * SECONDS_OF_A_DAY);
    let link = EmbedLink { figure: figure.definition.id, scope: flags.scope.as_deref(), team: flags.team.as_deref(), until };
    let listening = settings.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)));
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

fn embed_failure(error: &EmbedError) -> Failure {
    Failure::wrong(error.to_string()).help(match error {
        EmbedError::ShortKey => "`openssl rand -hex 32` makes one, for PILOTAGE_WEB_EMBED_KEY_FILE",
        EmbedError::Origin(_) => "set PILOTAGE_WEB_EMBED_FROM to origins parted by commas",
    })
}

/// Serves pages at a bound address.
pub(super) fn serve(
    process: &Process,
    settings: &WebSettings,
    place: BoundAddress,
    data: PathBuf,
    flags: String,
    catalog: CatalogPlace,
    feed: Option<Arc<Feed>>,
) -> Result<Pages, Failure> {
    let url = place.url();
    let is_local = place.address().ip().to_canonical().is_loopback();
    let access = access(settings, place.address())?;
    let embed = EmbedOptions { key: settings.embed_key.clone(), from: settings.embed_from.clone() };
    let web = Web::new(WebOptions { data, flags, clock: process.clock.clone(), catalog, access, embed, feed });
    let web = web.map_err(|error| match error {
        GuardError::Open(_) => Failure::wrong(error.to_string()).help(
            "set PILOTAGE_WEB_TOKEN or PILOTAGE_WEB_TOKEN_FILE, or PILOTAGE_WEB_PROXIES with the address of a proxy that signs people in; \
             or listen on 127.0.0.1",
        ),
        GuardError::Host(_) => Failure::wrong(error.to_string()).help("PILOTAGE_WEB_ALLOWED_HOSTS takes names such as copilot.example.com"),
        GuardError::Embed(ref error) => embed_failure(error),
        GuardError::NoRandomness(_) => Failure::from_error(exit::FAILED, &error),
    })?;
    let link = is_local.then(|| web.sign_in_link(&url, Roles::ALL)).transpose();
    let link = link.map_err(|error| Failure::from_error(exit::FAILED, &error))?;
    Ok(Pages { url, link, _serving: place.serve(web.router(), ServingLimits::STANDARD) })
}

fn access(settings: &WebSettings, listening: SocketAddr) -> Result<AccessOptions, Failure> {
    let token_roles = Roles::named(settings.roles.iter().map(String::as_str)).map_err(|name| {
        Failure::wrong(format!("cannot use PILOTAGE_WEB_ROLES: there is no role `{name}`"))
            .help(format!("roles are {}", Roles::NAMES.join(", ")))
    })?;
    let header = |name: &str| {
        let header = HeaderName::from_bytes(name.as_bytes());
        header.map_err(|_| Failure::wrong(format!("cannot use the proxy's header `{name}`: that is no name of a header")))
    };
    let proxy = match settings.proxies.is_empty() {
        true => None,
        false => Some(ProxyOptions {
            addresses: settings.proxies.clone(),
            user_header: header(&settings.proxy_user_header)?,
            groups_header: header(&settings.proxy_groups_header)?,
            people_groups: settings.people_groups.clone(),
            operator_groups: settings.operator_groups.clone(),
        }),
    };
    Ok(AccessOptions {
        listening,
        allowed_hosts: settings.allowed_hosts.clone(),
        token: settings.token.clone(),
        token_roles,
        proxy,
    })
}

/// The catalog of the settings, for pages.
pub(super) fn catalog_place(settings: &Settings) -> Result<CatalogPlace, Failure> {
    Ok(match settings.catalog().map_err(|error| Failure::wrong(error.to_string()))? {
        CatalogChoice::Embedded => CatalogPlace::Local,
        CatalogChoice::Port { base_url, .. } => CatalogPlace::Elsewhere { url: base_url.to_owned() },
    })
}

/// Flags with which other commands look at the same folder.
pub(super) fn command_flags(process: &Process, is_demo: bool) -> String {
    let data = process.common.data.as_ref().map(|data| format!(" --data {}", data.display())).unwrap_or_default();
    if is_demo { format!("{data} --demo") } else { data }
}

/// Opens an address in the browser of whoever started the program. Without one nothing happens: the address is printed too.
fn open(address: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started = Command::new(program).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Err(error) = started {
        tracing::warn!(%error, "cannot open a browser with {program}; use the link above");
    }
}
