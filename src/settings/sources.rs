//! `github.sources`: several hosts, organizations and enterprises in one configuration, each with its own credential.
//!
//! A list of objects, in the settings file or as JSON in `PILOTAGE_GITHUB_SOURCES`. Ocean's single settings are the first source
//! when they name organizations or an enterprise, and otherwise lend their credential to sources of the same host that bring none.

use serde_json::{Map, Value, json};

use super::error::{SettingsError, SettingsWarning};
use super::source::{Raw, SettingOrigin};
use super::value::{self, Expected};
use super::{GitHubLogin, GitHubSettings, Settings, Sources, environment, missing, table};
use crate::model::non_empty::NonEmpty;
use crate::model::quotes;
use crate::model::secret::Secret;

/// Key of the list in a settings file.
pub(super) const KEY: &str = "github.sources";

/// One host with one credential, and whom to read with it.
#[derive(Clone, Debug, Default)]
pub struct GitHubSource {
    /// The name in messages where there are several; empty when it is the only one.
    pub label: String,
    /// The API's address, without a slash at its end.
    pub host: String,
    /// A token.
    pub token: Option<Secret>,
    /// Client id or id of a GitHub App, which goes before a token.
    pub app_id: Option<String>,
    /// The App's private key, in PEM.
    pub app_private_key: Option<Secret>,
    /// Organizations to read, or patterns of them; all that the credential sees when there are none and no enterprise.
    pub organizations: Vec<String>,
    /// Organizations not to read.
    pub exclude_organizations: Vec<String>,
    /// Teams to read, all when there are none.
    pub teams: Vec<String>,
    /// Teams not to read.
    pub exclude_teams: Vec<String>,
    /// Slugs of enterprises to read.
    pub enterprises: Vec<String>,
    /// True for an element of `github.sources`, false for Ocean's single settings.
    pub is_listed: bool,
}

/// A key of a source, and what it takes, for the schema.
const KEYS: &[(&str, bool, &str)] = &[
    ("name", false, "How messages call it; the host when it has none"),
    ("host", false, "GitHub's API, https://api.github.com when it is not said"),
    ("token", false, "Its token"),
    ("tokenFile", false, "The file that holds its token"),
    ("appId", false, "Client id or id of its GitHub App"),
    ("appPrivateKey", false, "The App's private key in PEM"),
    ("appPrivateKeyFile", false, "The file that holds the App's private key"),
    ("organizations", true, "Organizations to read, or patterns such as acme-*"),
    ("excludeOrganizations", true, "Organizations not to read, or patterns"),
    ("teams", true, "Teams to read, as slug or organization/slug, or patterns"),
    ("excludeTeams", true, "Teams not to read, written likewise"),
    ("enterprises", true, "Slugs of enterprises to read"),
];

/// The JSON Schema of the list.
pub(super) fn schema() -> Value {
    let texts = json!({"type": ["array", "string"], "items": {"type": "string"}});
    let properties: Map<String, Value> = KEYS
        .iter()
        .map(|(key, is_list, about)| {
            let mut schema = if *is_list { texts.clone() } else { json!({"type": "string"}) };
            schema["description"] = json!(about);
            ((*key).to_owned(), schema)
        })
        .collect();
    json!({"type": "array", "items": {"type": "object", "properties": properties, "additionalProperties": false}})
}

impl GitHubSource {
    /// The credential: the App when there is one, also beside a token, because tokens are often in an environment for other purposes.
    ///
    /// # Errors
    /// Fails without any credential, or with only half of an App.
    pub fn login(&self) -> Result<GitHubLogin<'_>, SettingsError> {
        match (&self.app_id, &self.app_private_key, &self.token) {
            (Some(id), Some(private_key), _) => Ok(GitHubLogin::App { id, private_key }),
            (Some(_), None, _) => Err(self.lacks(Lack::PrivateKey)),
            (None, Some(_), _) => Err(self.lacks(Lack::AppId)),
            (None, None, Some(token)) => Ok(GitHubLogin::Token(token)),
            (None, None, None) => Err(self.lacks(Lack::Credential)),
        }
    }

    fn lacks(&self, lack: Lack) -> SettingsError {
        if !self.is_listed {
            return match lack {
                Lack::PrivateKey => missing("private key for the GitHub App", &["integration.config.githubAppPrivateKey"]),
                Lack::AppId => missing("id for the GitHub App", &["integration.config.githubAppId"]),
                Lack::Credential => missing("token for GitHub", &["integration.config.githubToken"]),
            };
        }
        let (what, keys): (_, &[&str]) = match lack {
            Lack::PrivateKey => ("private key of the GitHub App", &["appPrivateKey", "appPrivateKeyFile"]),
            Lack::AppId => ("id of the GitHub App", &["appId"]),
            Lack::Credential => ("credential", &["token", "tokenFile", "appId"]),
        };
        let variables = keys.iter().map(|key| format!("`{key}` of that source in `{KEY}`")).collect();
        SettingsError::Missing { what: format!("{what} for the source `{}`", self.label), variables }
    }

    fn names_somebody(&self) -> bool {
        !(self.organizations.is_empty() && self.enterprises.is_empty())
    }

    fn has_credential(&self) -> bool {
        self.token.is_some() || self.app_id.is_some() || self.app_private_key.is_some()
    }
}

impl Settings {
    /// The hosts that are read, each once, for people.
    pub fn hosts(&self) -> String {
        let mut hosts: Vec<&str> = Vec::new();
        for source in self.github.sources.iter() {
            if !hosts.contains(&source.host.as_str()) {
                hosts.push(&source.host);
            }
        }
        hosts.join(" and ")
    }
}

/// The part of a credential that is missing.
enum Lack {
    PrivateKey,
    AppId,
    Credential,
}

impl GitHubSettings {
    /// Settings of one source.
    pub fn of(source: GitHubSource) -> Self {
        Self { sources: NonEmpty::of(source), download_hosts: Vec::new() }
    }

    /// Checks that each source has a credential.
    ///
    /// # Errors
    /// Fails when a source has no credential, or only half of an App.
    pub fn check_logins(&self) -> Result<(), SettingsError> {
        self.sources.iter().try_for_each(|source| source.login().map(|_| ()))
    }
}

/// Ocean's single settings and the list as sources, each with a label where there are several.
pub(super) fn all(single: GitHubSource, listed: Vec<GitHubSource>) -> NonEmpty<GitHubSource> {
    let mut all = match NonEmpty::collect(listed) {
        None => return NonEmpty::of(single),
        Some(listed) if single.names_somebody() => NonEmpty::headed(single, listed),
        Some(listed) => listed,
    };
    let hosts: Vec<String> = all.iter().map(|source| source.host.clone()).collect();
    for (number, source) in (1..).zip(all.iter_mut()).filter(|(_, source)| source.label.is_empty()) {
        let host = without_scheme(&source.host);
        let is_only_one = hosts.iter().filter(|other| **other == source.host).count() == 1;
        source.label = if is_only_one { host.to_owned() } else { format!("source {number} ({host})") };
    }
    all
}

fn without_scheme(host: &str) -> &str {
    host.split_once("://").map_or(host, |(_, host)| host)
}

/// Lends the single credential to the sources of its host that have none. A token never goes to another host.
pub(super) fn lend(single: &GitHubSource, listed: &mut [GitHubSource]) -> Option<SettingsWarning> {
    let mut is_used = single.names_somebody();
    for source in listed.iter_mut().filter(|source| !source.has_credential() && source.host == single.host) {
        source.token.clone_from(&single.token);
        source.app_id.clone_from(&single.app_id);
        source.app_private_key.clone_from(&single.app_private_key);
        is_used = true;
    }
    let is_idle = !listed.is_empty() && single.has_credential() && !is_used;
    is_idle.then(|| SettingsWarning {
        message: format!("the single credential for GitHub is not used, because each of `{KEY}` has its own"),
        help: Some("name organizations or an enterprise for it, or unset it".to_owned()),
    })
}

/// Reads the list. Errors do not show a value, which may be a secret.
pub(super) fn read(text: &str, written: &SettingOrigin, sources: &Sources<'_>) -> Result<Vec<GitHubSource>, Vec<SettingsError>> {
    let wrong = |found: String, expected: &str| SettingsError::Value {
        source_name: written.clone(),
        found,
        expected: expected.to_owned(),
    };
    let list = match serde_json::from_str(text) {
        Ok(Value::Array(list)) => list,
        _ => {
            return Err(vec![wrong(
                "something else".to_owned(),
                "a list of objects, such as [{\"organizations\": [\"acme\"], \"token\": \"…\"}]",
            )]);
        }
    };
    let (mut read, mut errors) = (Vec::new(), Vec::new());
    for (number, item) in (1..).zip(&list) {
        let Value::Object(item) = item else {
            errors.push(wrong(
                format!("a list whose item {number} is no object"),
                "an object such as {\"host\": \"https://api.github.com\"}",
            ));
            continue;
        };
        let mut source = GitHubSource { host: default_host(), is_listed: true, ..GitHubSource::default() };
        for (key, value) in item {
            match take(&mut source, key, value, sources) {
                Ok(()) => {}
                Err(Wrong::Key(expected)) => errors.push(wrong(format!("a list whose item {number} has `{key}`"), &expected)),
                Err(Wrong::Value(expected)) => {
                    errors.push(wrong(format!("a list whose item {number} has something else for `{key}`"), &expected));
                }
                Err(Wrong::File(error)) => errors.push(error),
            }
        }
        read.push(source);
    }
    if errors.is_empty() { Ok(read) } else { Err(errors) }
}

enum Wrong {
    /// A key was expected.
    Key(String),
    /// A value was expected.
    Value(Expected),
    File(SettingsError),
}

fn take(source: &mut GitHubSource, key: &str, value: &Value, sources: &Sources<'_>) -> Result<(), Wrong> {
    let squeezed = table::squeezed(key);
    let plural = format!("{squeezed}s");
    let known = KEYS.iter().find(|(known, ..)| table::squeezed(known) == squeezed || table::squeezed(known) == plural);
    let Some((known, ..)) = known else { return Err(Wrong::Key(nearest(key))) };
    let Some(raw) = filled(value, sources) else { return Err(Wrong::Value("a plain value or a list of them".to_owned())) };
    if raw.is_blank() {
        return Ok(());
    }
    let value = |expected| Wrong::Value(expected);
    match *known {
        "name" => source.label = value::text(&raw).map_err(value)?,
        "host" => source.host = value::url(&raw).map_err(value)?,
        "token" => source.token = Some(value::secret(&raw).map_err(value)?),
        "tokenFile" => source.token = Some(value::secret(&file(&raw, key, sources)?).map_err(value)?),
        "appId" => source.app_id = Some(value::header_text(&raw).map_err(value)?),
        "appPrivateKey" => source.app_private_key = Some(value::long_secret(&raw).map_err(value)?),
        "appPrivateKeyFile" => source.app_private_key = Some(value::long_secret(&file(&raw, key, sources)?).map_err(value)?),
        "organizations" => source.organizations = value::list(&raw).map_err(value)?,
        "excludeOrganizations" => source.exclude_organizations = value::list(&raw).map_err(value)?,
        "teams" => source.teams = value::list(&raw).map_err(value)?,
        "excludeTeams" => source.exclude_teams = value::list(&raw).map_err(value)?,
        _ => source.enterprises = value::list(&raw).map_err(value)?,
    }
    Ok(())
}

/// The key that was probably meant, or all of them.
fn nearest(key: &str) -> String {
    let near = KEYS.iter().map(|(known, ..)| (strsim::damerau_levenshtein(key, known), known));
    match near.min().filter(|(distance, _)| *distance <= 3) {
        Some((_, known)) => format!("`{known}`"),
        None => KEYS.iter().map(|(known, ..)| format!("`{known}`")).collect::<Vec<_>>().join(", "),
    }
}

/// A value with the variables that `{{ from env NAME }}` names.
fn filled(value: &Value, sources: &Sources<'_>) -> Option<Raw> {
    let fill = |text: &str| match super::file::placeholder(text) {
        Some(name) => {
            let found = sources.environment.iter().find(|(other, _)| other == name);
            found.map(|(_, value)| quotes::unquoted(value).unwrap_or_else(|| value.clone())).unwrap_or_default()
        }
        None => text.to_owned(),
    };
    Some(match value {
        Value::Null => Raw::Text(String::new()),
        value => match environment::raw(value)? {
            Raw::Text(text) => Raw::Text(fill(&text)),
            Raw::List(items) => Raw::List(items.iter().map(|item| fill(item)).collect()),
        },
    })
}

fn file(raw: &Raw, key: &str, sources: &Sources<'_>) -> Result<Raw, Wrong> {
    let path = std::path::PathBuf::from(raw.to_string());
    let source_name = SettingOrigin::Variable(format!("`{key}` in `{KEY}`"));
    match (sources.read_file)(&path) {
        Ok(text) => Ok(Raw::Text(text)),
        Err(error) => Err(Wrong::File(SettingsError::SecretFile { source_name, path, error })),
    }
}

fn default_host() -> String {
    let known = table::known_setting("integration.config.githubHost");
    known.map(|known| known.default.to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
