//! Finds settings in flags.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::source::{Entry, Raw, SettingOrigin, rank};
use super::table;

/// Settings of the flags. A field that is none or false leaves the setting to the environment and the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// `--config`: the settings file.
    pub config: Option<PathBuf>,
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--mapping`.
    pub mapping: Option<PathBuf>,
    /// `--github-host`.
    pub github_host: Option<String>,
    /// `--base-url`.
    pub base_url: Option<String>,
    /// `--identifier`.
    pub identifier: Option<String>,
    /// `--deletion-threshold`.
    pub deletion_threshold: Option<f64>,
    /// `--partial-ok`.
    pub partial_ok: bool,
    /// `--event-listener`.
    pub event_listener: Option<String>,
    /// `--schedule`.
    pub schedule: Option<String>,
    /// `--address`.
    pub address: Option<IpAddr>,
    /// `--port`.
    pub port: Option<u16>,
    /// `--listen` of `web`, `--web` of `serve`.
    pub web: Option<SocketAddr>,
}

/// Entries of the flags.
pub(super) fn read(overrides: &Overrides) -> Vec<Entry> {
    // Taken apart, so that a new flag breaks the build here. `--config` says where to read, not what.
    let Overrides { config: _, data, mapping, github_host, base_url, identifier, deletion_threshold, partial_ok, .. } = overrides;
    let Overrides { event_listener, schedule, address, port, web, .. } = overrides;
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    let said = [
        ("data", "--data", path(data)),
        ("mapping", "--mapping", path(mapping)),
        ("integration.config.githubHost", "--github-host", github_host.clone()),
        ("port.baseUrl", "--base-url", base_url.clone()),
        ("integration.identifier", "--identifier", identifier.clone()),
        ("deletionThreshold", "--deletion-threshold", deletion_threshold.map(|part| part.to_string())),
        ("partialOk", "--partial-ok", partial_ok.then(|| "true".to_owned())),
        ("eventListener.type", "--event-listener", event_listener.clone()),
        ("scheduledResyncInterval", "--schedule", schedule.clone()),
        ("application.address", "--address", address.map(|address| address.to_string())),
        ("application.port", "--port", port.map(|port| port.to_string())),
        ("web.listen", "--web or --listen", web.map(|address| address.to_string())),
    ];
    let entries = said.into_iter().filter_map(|(key, flag, text)| {
        let raw = Raw::Text(text?);
        let known = table::known_setting(key)?;
        (!raw.is_blank()).then_some(Entry { known, is_file: false, raw, source: SettingOrigin::Flag(flag), rank: rank::FLAG })
    });
    entries.collect()
}
