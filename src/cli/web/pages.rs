//! Pages for a browser, for every command that serves some.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use http::HeaderName;

use crate::cli::failure::{Failure, exit};
use crate::cli::process::Process;
use crate::door::serving::{BoundAddress, Serving, ServingLimits};
use crate::history::figure_metrics::FigureMetrics;
use crate::settings::{CatalogChoice, Settings, WebSettings};
use crate::web::embed::{EmbedError, EmbedOptions};
use crate::web::feed::Feed;
use crate::web::guard::roles::Roles;
use crate::web::guard::{AccessOptions, GuardError, ProxyOptions};
use crate::web::{CatalogPlace, Web, WebOptions};

/// Port of the pages when none is named.
pub(super) const PORT: u16 = 8090;

/// Pages that are being served, until this is dropped.
pub(in crate::cli) struct Pages {
    /// Address of the pages.
    pub(super) url: String,
    /// Address that signs one browser in; none for pages that others on the network reach.
    pub(super) link: Option<String>,
    _serving: Serving,
}

/// What pages show.
pub(super) struct PageOptions {
    /// The data folder.
    pub(super) data: PathBuf,
    /// Flags with which other commands look at the same folder.
    pub(super) flags: String,
    pub(super) catalog: CatalogPlace,
    /// The runs of this process; none: it runs nothing.
    pub(super) feed: Option<Arc<Feed>>,
    /// Figures for a scraper; none: the settings want none.
    pub(super) metrics: Option<Arc<FigureMetrics>>,
}

/// Serves pages at a bound address.
pub(super) fn serve(process: &Process, settings: &Settings, place: BoundAddress, options: PageOptions) -> Result<Pages, Failure> {
    let PageOptions { data, flags, catalog, feed, metrics } = options;
    let url = place.url();
    let is_local = place.address().ip().to_canonical().is_loopback();
    let access = access(&settings.web, place.address())?;
    let embed = EmbedOptions { key: settings.web.embed_key.clone(), from: settings.web.embed_from.clone() };
    let (rules, clock) = (settings.figures.clone(), process.clock.clone());
    let web = Web::new(WebOptions { data, flags, clock, catalog, access, embed, rules, feed, metrics });
    let web = web.map_err(|error| match error {
        GuardError::Open(_) => Failure::wrong(error.to_string()).help(
            "set PILOTAGE_WEB_TOKEN or PILOTAGE_WEB_TOKEN_FILE, or PILOTAGE_WEB_PROXIES with the address of a proxy that signs people in; \
             or listen on 127.0.0.1",
        ),
        GuardError::ShortToken => Failure::wrong(error.to_string()).help("`openssl rand -base64 32` makes one"),
        GuardError::Host(_) => Failure::wrong(error.to_string()).help("PILOTAGE_WEB_ALLOWED_HOSTS takes names such as copilot.example.com"),
        GuardError::Embed(ref error) => embed_failure(error),
        GuardError::NoRandomness(_) => Failure::from_error(exit::FAILED, &error),
    })?;
    let link = is_local.then(|| web.sign_in_link(&url, Roles::ALL)).transpose();
    let link = link.map_err(|error| Failure::from_error(exit::FAILED, &error))?;
    Ok(Pages { url, link, _serving: place.serve(web.router(), ServingLimits::STANDARD) })
}

/// Wrong settings of charts in frames.
pub(super) fn embed_failure(error: &EmbedError) -> Failure {
    Failure::wrong(error.to_string()).help(match error {
        EmbedError::ShortKey => "`openssl rand -hex 32` makes one, for PILOTAGE_WEB_EMBED_KEY_FILE",
        EmbedError::Origin(_) => "set PILOTAGE_WEB_EMBED_FROM to origins parted by commas",
    })
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
