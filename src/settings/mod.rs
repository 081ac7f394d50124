//! Settings: flags over environment over file over defaults, each with where it came from.
//!
//! The names are Ocean's (`OCEAN__PORT__CLIENT_ID`), exploded or as JSON, in any case, so that a container of Ocean's runs
//! unchanged; plain ones (`PORT_CLIENT_ID`, `GITHUB_TOKEN`) stand in for them, and what Ocean does not have begins with
//! `PILOTAGE_`. Secrets can be in a file: `GITHUB_TOKEN_FILE`. What is blank counts as not set.
//!
//! Reading is a function of its arguments, the environment included. What a verb needs that is not set is told when the verb
//! asks for it ([`GitHubSettings::check_logins`], [`Settings::catalog`]), so that verbs which need no token run without one.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod choice;
mod environment;
mod error;
mod figures;
mod file;
mod jq_environment;
mod layers;
mod overrides;
#[cfg(test)]
mod page;
mod plain_text;
mod schema;
mod source;
mod sources;
mod table;
mod tools;
mod value;
mod web;

pub use choice::{EventListener, LogLevel, Origin};
pub use error::{SettingsError, SettingsErrors, SettingsWarning};
pub use overrides::Overrides;
pub use schema::schema;
pub use source::SettingOrigin;
pub use sources::GitHubSource;
pub use tools::{ToolSettings, ToolsSettings};
pub use web::WebSettings;

use crate::figure::{FigureRules, Inputs};
use crate::identity::Identity;
use crate::model::non_empty::NonEmpty;
use crate::model::quotes;
use crate::model::recurrence::Recurrence;
use crate::model::secret::Secret;
use layers::Layers;

/// The variable that names the settings file when no flag does, as a container has it.
pub const CONFIG_VARIABLE: &str = "PILOTAGE_CONFIG";

/// Everything that settings are read from.
pub struct Sources<'a> {
    /// The environment's variables.
    pub environment: &'a [(String, String)],
    /// Settings of the flags.
    pub overrides: Overrides,
    /// Reads a file as text: the file of `--config`, and files that hold secrets.
    pub read_file: &'a dyn Fn(&Path) -> io::Result<String>,
    /// The data folder when no setting names one; see [`platform_data_folder`].
    pub data_folder: PathBuf,
}

/// The settings that hold.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The catalog, see [`Settings::catalog`].
    pub port: PortSettings,
    /// The integration that owns the entities: one word of ASCII, kept as it was given.
    pub integration_identifier: String,
    /// The sources that are GitHub's.
    pub github: GitHubSettings,
    /// AI tools beside GitHub Copilot.
    pub tools: ToolsSettings,
    /// The mapping file, when one is named.
    pub mapping: Option<PathBuf>,
    /// The folder of the embedded catalog, caches and reports. It need not exist.
    pub data: PathBuf,
    /// True when resyncs keep daily numbers in the data folder.
    pub history: bool,
    /// How many days of the past are kept; none when all are.
    pub history_keep: Option<u32>,
    /// Shows figures among the metrics.
    pub figure_metrics: bool,
    /// How many days of the past keep their people; none when all do.
    pub history_keep_people: Option<u32>,
    /// How people are kept.
    pub privacy: PrivacySettings,
    /// What holds for every figure that is shown: the smallest group of people, prices, included credits and holidays.
    pub figures: FigureRules,
    /// Instead of the mapping's threshold: from 0 to 1.
    pub deletion_threshold: Option<f64>,
    /// Lets an enterprise and organizations write to one blueprint.
    pub mixed_levels: bool,
    /// Exit code 0 for a run that was complete in part only.
    pub partial_ok: bool,
    /// Creates missing blueprints, and at the first start the mapping and the page.
    pub initialize_port_resources: bool,
    /// Initial content of a new integration.
    pub create_port_resources_origin: Origin,
    /// Schedule of resyncs; none without one.
    pub scheduled_resync_interval: Option<Recurrence>,
    /// Schedules of single kinds in `serve`: the name as it is written, and its schedule.
    pub kind_schedules: Vec<(String, Recurrence)>,
    /// Trigger of resyncs in `serve`, besides start and schedule.
    pub event_listener: EventListener,
    /// Time between two looks for a resync request.
    pub polling_interval: Duration,
    /// Resync at the start of `serve`.
    pub resync_on_start: bool,
    /// Address at which the catalog reaches the webhook of `serve`, without a slash at its end.
    pub app_host: Option<String>,
    /// Secret that callers of the webhook must know.
    pub webhook_secret: Option<Secret>,
    /// Age of the last good resync from which on `serve` is not ready. None: derived from the schedule.
    pub ready_within: Option<Duration>,
    /// Sends a few raw items to the catalog. The default is false; Ocean's is true.
    pub send_raw_data_examples: bool,
    /// Sends the warnings, errors and the summary of a run to the catalog.
    pub send_logs: bool,
    /// Longest time without a byte from GitHub.
    pub client_timeout: Duration,
    /// Variables in `env` and `$ENV` of mappings: the listed ones that are set; empty unless that is allowed.
    pub jq_environment: BTreeMap<String, String>,
    /// The address of health checks.
    pub application_address: IpAddr,
    /// The port of health checks.
    pub application_port: u16,
    /// The pages.
    pub web: WebSettings,
    /// Level of the log; none when no setting has one.
    pub log_level: Option<LogLevel>,
    /// Probable mistakes, one line each.
    pub warnings: Vec<SettingsWarning>,
    /// Ocean's names that were set and have no meaning here. Worth one debug line.
    pub ignored: Vec<String>,
    /// The settings file and who named it, when one is.
    pub config_file: Option<(PathBuf, SettingOrigin)>,
    described: Vec<Described>,
}

/// Settings of people.
#[derive(Clone, Debug, Default)]
pub struct PrivacySettings {
    /// How they are kept in the data folder and sent to the catalog.
    pub identity: Identity,
    /// Key of their pseudonyms.
    pub key: Option<Secret>,
    /// Fields that are left out of everything that is read.
    pub drop: Vec<String>,
}

/// Settings of the catalog.
#[derive(Clone, Debug)]
pub struct PortSettings {
    /// The address, without a slash at its end.
    pub base_url: String,
    /// Origin of the address.
    pub base_url_source: SettingOrigin,
    /// Another host that takes metrics and logs with the same token, when one is named.
    pub ingest_url: Option<String>,
    /// Client id at the catalog.
    pub client_id: Option<String>,
    /// Client secret at the catalog.
    pub client_secret: Option<Secret>,
}

/// The sources that are GitHub's.
#[derive(Clone, Debug)]
pub struct GitHubSettings {
    /// Every host with its credential, and whom to read there: those of `github.sources`, and Ocean's single settings before them when
    /// they name somebody, or alone when there is no list. Credentials may be missing, see [`GitHubSettings::check_logins`].
    pub sources: NonEmpty<GitHubSource>,
    /// Hosts, or endings of hosts, that files may come from beside GitHub's own.
    pub download_hosts: Vec<String>,
}

/// Credential for GitHub, as the settings give it.
#[derive(Clone, Copy, Debug)]
pub enum GitHubLogin<'a> {
    /// A token.
    Token(&'a Secret),
    /// A GitHub App.
    App {
        /// Its client id, or its id.
        id: &'a str,
        /// Its private key, in PEM.
        private_key: &'a Secret,
    },
}

/// Catalog that the settings choose.
#[derive(Clone, Copy, Debug)]
pub enum CatalogChoice<'a> {
    /// The embedded one, because nothing was said about another.
    Embedded,
    /// Port's API, or another server of it.
    Port {
        /// Without a slash at its end.
        base_url: &'a str,
        /// Client id.
        client_id: &'a str,
        /// Client secret.
        client_secret: &'a Secret,
    },
}

/// One setting as it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its key in a settings file.
    pub key: &'static str,
    /// Its documented variable.
    pub variable: &'static str,
    /// Its value as it was written, hidden when it is secret; none when it is not set.
    pub value: Option<String>,
    /// Origin of the value.
    pub source: SettingOrigin,
}

impl Settings {
    /// Reads all settings.
    ///
    /// # Errors
    /// Fails when a file cannot be read, or a value is not of its setting's shape: all errors at once.
    pub fn read(sources: &Sources<'_>) -> Result<Self, SettingsErrors> {
        let mut found = environment::read(sources.environment);
        let mut entries = overrides::read(&sources.overrides);
        entries.append(&mut found.entries);
        let variable = |name: &str| {
            let (_, value) = sources.environment.iter().find(|(other, _)| other == name)?;
            Some(quotes::unquoted(value).unwrap_or_else(|| value.clone()))
        };
        let config_file = config_file(sources);
        if let Some((path, source)) = &config_file {
            match (sources.read_file)(path) {
                Ok(text) => {
                    let named = file::placeholders(&text).into_iter().filter(|name| quoted_elsewhere(name, sources));
                    found.warnings.extend(named.map(environment::quoted));
                    let mut in_file = file::read(&path.to_string_lossy(), &text, &variable);
                    entries.append(&mut in_file.entries);
                    found.warnings.append(&mut in_file.warnings);
                    found.errors.append(&mut in_file.errors);
                    found.ignored.append(&mut in_file.ignored);
                }
                Err(error) => found.errors.push(SettingsError::File { path: path.clone(), source_name: source.clone(), error }),
            }
        }
        let mut layers = Layers::new(entries, found.errors, sources);
        let warnings = found.warnings.clone();
        let settings = Self::from_layers(&mut layers, sources, found.warnings, found.ignored);
        match (settings, layers.errors) {
            (Some(settings), errors) if errors.is_empty() => Ok(Self { described: layers.described, config_file, ..settings }),
            (_, errors) => Err(SettingsErrors { errors, warnings }),
        }
    }

    /// Takes every setting, so that every error is found; none when one that has a default is wrong.
    fn from_layers(
        layers: &mut Layers<'_>,
        sources: &Sources<'_>,
        mut warnings: Vec<SettingsWarning>,
        ignored: Vec<String>,
    ) -> Option<Self> {
        let base_url = layers.take("port.baseUrl", value::url);
        let ingest_url = layers.take("port.ingestUrl", value::url);
        let client_id = layers.take("port.clientId", value::text);
        let client_secret = layers.take("port.clientSecret", value::secret);
        let integration_identifier = layers.take("integration.identifier", value::header_text);
        let token = layers.take("integration.config.githubToken", value::secret);
        let app_id = layers.take("integration.config.githubAppId", value::header_text);
        let app_private_key = layers.take("integration.config.githubAppPrivateKey", value::long_secret);
        let host = layers.take("integration.config.githubHost", value::url);
        let organizations = layers.take("integration.config.githubOrganizations", value::list);
        let enterprise_name = layers.take("integration.config.githubEnterpriseName", value::header_text);
        let exclude_organizations = layers.take("integration.config.excludeOrganizations", value::list);
        let teams = layers.take("integration.config.teams", value::list);
        let exclude_teams = layers.take("integration.config.excludeTeams", value::list);
        let download_hosts = layers.take("integration.config.downloadHosts", value::hosts);
        let listed = layers.take(sources::KEY, value::text);
        let tools = ToolsSettings::take(layers);
        let mapping = layers.take("mapping", value::text);
        let data = layers.take("data", value::text);
        let history = layers.take("history", value::boolean);
        let history_keep = layers.take("history.keep", value::days);
        let figure_metrics = layers.take("figureMetrics", value::boolean);
        let history_keep_people = layers.take("history.keepPeople", value::days);
        let identity = layers.take("identity", value::identity);
        let privacy_key = layers.take("privacy.key", value::secret);
        let privacy_drop = layers.take("privacy.drop", value::dropped);
        let smallest_group = layers.take("privacy.k", value::smallest_group);
        let prices = figure_table(layers, "figures.prices", figures::amounts);
        let included_credits = figure_table(layers, "figures.includedCredits", figures::amounts);
        let holidays = figure_table(layers, "figures.holidays", figures::holidays);
        let mixed_levels = layers.take("mixedLevels", value::boolean);
        let deletion_threshold = layers.take("deletionThreshold", value::part);
        let partial_ok = layers.take("partialOk", value::boolean);
        let initialize_port_resources = layers.take("initializePortResources", value::boolean);
        let origin = layers.take("createPortResourcesOrigin", value::origin);
        let scheduled_resync_interval = layers.take("scheduledResyncInterval", value::recurrence);
        let kind_schedules = layers.take("kindSchedules", value::kind_schedules).unwrap_or_default();
        let event_listener = layers.take("eventListener.type", value::listener);
        let polling_interval = layers.take("eventListener.interval", value::seconds);
        let resync_on_start = layers.take("eventListener.resyncOnStart", value::boolean);
        let should_resync = layers.take("eventListener.shouldResync", value::boolean);
        let app_host = layers.take("eventListener.appHost", value::url);
        let webhook_secret = layers.take("webhookSecret", value::secret);
        let ready_within = layers.take("readyWithin", value::interval);
        let send_logs = layers.take("sendLogs", value::boolean);
        let send_raw_data_examples = layers.take("sendRawDataExamples", value::boolean);
        let client_timeout = layers.take("clientTimeout", value::seconds);
        let allow_jq_environment = layers.take("allowEnvironmentVariablesJqAccess", value::boolean);
        let jq_environment = layers.take("jqEnvironment", value::list);
        let application_address = layers.take("application.address", value::address);
        let application_port = layers.take("application.port", value::port_number);
        let web = WebSettings::take(layers);
        let log_level = layers.take("application.logLevel", value::log_level);

        if data.is_none() {
            layers.describe_default("data", &sources.data_folder.to_string_lossy());
        }
        let listed = listed.map(|text| sources::read(&text, &layers.source(sources::KEY), sources));
        let listed = listed.transpose().unwrap_or_else(|mut errors| {
            layers.errors.append(&mut errors);
            None
        });
        let names = jq_environment.unwrap_or_default();
        let jq_environment = jq_environment::variables(layers, sources, allow_jq_environment?, &names, &mut warnings);
        let single = GitHubSource {
            host: host?,
            token,
            app_id,
            app_private_key,
            organizations: organizations.unwrap_or_default(),
            exclude_organizations: exclude_organizations.unwrap_or_default(),
            teams: teams.unwrap_or_default(),
            exclude_teams: exclude_teams.unwrap_or_default(),
            enterprises: enterprise_name.into_iter().collect(),
            ..GitHubSource::default()
        };
        let mut listed = listed.unwrap_or_default();
        warnings.extend(sources::lend(&single, &mut listed));
        let written = [layers.source("integration.config.githubHost"), layers.source(sources::KEY)];
        warnings.extend(plain_text::of_github(&single, &listed, &written));
        let github = GitHubSettings { sources: sources::all(single, listed), download_hosts: download_hosts.unwrap_or_default() };
        warnings.extend(plain_text::of_port(base_url.as_deref(), &layers.source("port.baseUrl"), client_secret.is_some()));
        Some(Self {
            port: PortSettings {
                base_url: base_url?,
                base_url_source: layers.source("port.baseUrl"),
                ingest_url,
                client_id,
                client_secret,
            },
            integration_identifier: integration_identifier?,
            github,
            tools: tools?,
            mapping: mapping.map(PathBuf::from),
            data: data.map_or_else(|| sources.data_folder.clone(), PathBuf::from),
            history: history?,
            history_keep,
            figure_metrics: figure_metrics?,
            history_keep_people,
            privacy: PrivacySettings { identity: identity?, key: privacy_key, drop: privacy_drop.unwrap_or_default() },
            figures: FigureRules { smallest_group: smallest_group?, inputs: Inputs { prices, included_credits, holidays } },
            mixed_levels: mixed_levels?,
            deletion_threshold,
            partial_ok: partial_ok?,
            initialize_port_resources: initialize_port_resources?,
            scheduled_resync_interval,
            kind_schedules,
            create_port_resources_origin: origin.unwrap_or(Origin::Default),
            event_listener: match (event_listener?, should_resync?) {
                (EventListener::Polling | EventListener::Webhook, false) => EventListener::Never,
                (listener, _) => listener,
            },
            polling_interval: polling_interval?,
            resync_on_start: resync_on_start?,
            app_host,
            webhook_secret,
            ready_within,
            send_logs: send_logs?,
            send_raw_data_examples: send_raw_data_examples?,
            client_timeout: client_timeout?,
            jq_environment,
            application_address: application_address?,
            application_port: application_port?,
            web: web?,
            log_level,
            warnings,
            ignored,
            config_file: None,
            described: Vec::new(),
        })
    }

    /// The variable that holds the credential of the first source, for people, where that is Ocean's single settings.
    pub fn github_login_source(&self) -> SettingOrigin {
        let has_app = self.github.sources.first().app_id.is_some();
        let key = if has_app { "integration.config.githubAppId" } else { "integration.config.githubToken" };
        let described = self.described.iter().find(|described| described.key == key);
        described.map_or(SettingOrigin::Default, |described| described.source.clone())
    }

    /// The chosen catalog: the embedded one when neither credentials nor an address are set.
    ///
    /// # Errors
    /// Fails when an address or half of the credentials is set and the rest is not. Writing to the embedded catalog would surprise.
    pub fn catalog(&self) -> Result<CatalogChoice<'_>, SettingsError> {
        let PortSettings { base_url, base_url_source, client_id, client_secret, .. } = &self.port;
        match (client_id, client_secret) {
            (Some(client_id), Some(client_secret)) => Ok(CatalogChoice::Port { base_url, client_id, client_secret }),
            (Some(_), None) => Err(missing("client secret for the catalog", &["port.clientSecret"])),
            (None, Some(_)) => Err(missing("client id for the catalog", &["port.clientId"])),
            (None, None) if *base_url_source == SettingOrigin::Default => Ok(CatalogChoice::Embedded),
            (None, None) => {
                let what = format!("credentials for the catalog at {base_url} ({base_url_source})");
                Err(SettingsError::Missing { what, variables: vec!["PORT_CLIENT_ID and PORT_CLIENT_SECRET".to_owned()] })
            }
        }
    }

    /// Every setting as it holds, in the order of the documentation.
    pub fn describe(&self) -> &[Described] {
        &self.described
    }
}

/// Takes a table of figures; empty when it is not set, or wrong, which is an error then.
fn figure_table<T: Default>(
    layers: &mut Layers<'_>,
    key: &'static str,
    read: fn(&str, &SettingOrigin) -> Result<T, Vec<SettingsError>>,
) -> T {
    let Some(text) = layers.take(key, figures::text) else { return T::default() };
    read(&text, &layers.source(key)).unwrap_or_else(|mut errors| {
        layers.errors.append(&mut errors);
        T::default()
    })
}

/// The settings file: of `--config`, else of the environment.
fn config_file(sources: &Sources<'_>) -> Option<(PathBuf, SettingOrigin)> {
    let of_flag = sources.overrides.config.clone().map(|path| (path, SettingOrigin::Flag("--config")));
    let mut variables = sources.environment.iter().filter(|(_, value)| !value.trim().is_empty());
    of_flag.or_else(|| {
        let (name, value) = variables.find(|(name, _)| name.eq_ignore_ascii_case(CONFIG_VARIABLE))?;
        let value = quotes::unquoted(value).unwrap_or_else(|| value.clone());
        Some((PathBuf::from(value.trim()), SettingOrigin::Variable(name.clone())))
    })
}

/// True when the value of a variable in a settings file has quotes around it and no other warning reports that.
fn quoted_elsewhere(name: &str, sources: &Sources<'_>) -> bool {
    let found = sources.environment.iter().find(|(other, _)| other == name);
    let told = environment::read(sources.environment).warnings;
    found.is_some_and(|(_, value)| quotes::unquoted(value).is_some()) && !told.contains(&environment::quoted(name))
}

/// Default data folder: the platform's folder for data, or a temporary one without a home folder, as in a container.
pub fn platform_data_folder() -> PathBuf {
    directories::ProjectDirs::from("", "", "pilotage")
        .map_or_else(|| std::env::temp_dir().join("pilotage"), |folders| folders.data_dir().to_owned())
}

fn missing(what: &str, keys: &[&str]) -> SettingsError {
    let known = keys.iter().filter_map(|key| table::known_setting(key));
    let variables = known.flat_map(|known| [known.variable].into_iter().chain(known.plain.iter().copied()));
    SettingsError::Missing { what: what.to_owned(), variables: variables.map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests;
