//! The AI tools of the settings to clients and sources, and the people who use several of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::failure::{Failure, exit};
use super::network::seed;
use super::process::Process;
use crate::doctor::ExaminedTool;
use crate::door::client::json::{JsonClient, JsonClientError};
use crate::door::clock::Clock;
use crate::door::http::HttpService;
use crate::kind::{self, Vendor};
use crate::model::day::Day;
use crate::model::person::PersonAliases;
use crate::model::secret::Secret;
use crate::settings::{Settings, ToolSettings};
use crate::source::account::{Account, AccountSource, Protocol};
use crate::source::tools::{ToolsSource, kinds_of};
use crate::source::{Source, claude_code, cursor};
use crate::telemetry::Service;

/// The largest alias file. A hundred thousand people come to ten megabytes.
const LARGEST_FILE: u64 = 64 << 20;

/// The tools of the settings. None where there is no key.
pub(super) struct OpenedTools {
    pub(super) claude_code: Option<Account>,
    pub(super) cursor: Option<Account>,
}

/// How a vendor's client is made.
type MakeClient = fn(HttpService, &str, &Secret, &Clock, u64) -> Result<JsonClient, JsonClientError>;

/// A client for each tool with a key. Sends nothing.
pub(super) fn open(process: &Process, settings: &Settings, network: &HttpService) -> Result<OpenedTools, Failure> {
    let account = |tool: &ToolSettings, service: Service, make: MakeClient| -> Result<Option<Account>, Failure> {
        let Some(key) = &tool.admin_key else { return Ok(None) };
        let http = process.telemetry.meter().around(service, network.clone());
        let client = make(http, &tool.host, key, &process.clock, seed());
        let client = client.map_err(|error| Failure::from_error(exit::WRONG, &error))?;
        Ok(Some(Account { name: tool.name.clone(), client }))
    };
    Ok(OpenedTools {
        claude_code: account(&settings.tools.claude_code, Service::ClaudeCode, claude_code::client)?,
        cursor: account(&settings.tools.cursor, Service::Cursor, cursor::client)?,
    })
}

/// True when no source of GitHub has a credential and a tool has one: then GitHub is not read.
pub(super) fn are_alone(settings: &Settings) -> bool {
    let has_credential = settings
        .github
        .sources
        .iter()
        .any(|source| source.token.is_some() || source.app_id.is_some() || source.app_private_key.is_some());
    !has_credential && !settings.tools.are_unset()
}

/// The tools, to be checked.
pub(super) fn examined<'a>(settings: &'a Settings, opened: &'a OpenedTools, today: Day) -> Vec<ExaminedTool<'a>> {
    let yesterday = today.plus_days(-1);
    let source = |tool: &ToolSettings| tool.key_source.as_ref().map(ToString::to_string);
    let of_cursor = kind::of(Vendor::Cursor).map(|kind| (kind, cursor::check_request(kind, yesterday)));
    let of_claude_code = kind::of(Vendor::ClaudeCode).map(|kind| (kind, claude_code::check_request(yesterday)));
    vec![
        ExaminedTool {
            vendor: Vendor::ClaudeCode,
            address: &settings.tools.claude_code.host,
            client: opened.claude_code.as_ref().map(|account| &account.client),
            credential_source: source(&settings.tools.claude_code),
            requests: of_claude_code.collect(),
            remedy: claude_code::PROTOCOL.remedy,
            page: "https://platform.claude.com/settings/admin-keys",
            curl: "curl -sSi -H \"x-api-key: $PILOTAGE_CLAUDE_CODE_ADMIN_KEY\" -H 'anthropic-version: 2023-06-01'",
        },
        ExaminedTool {
            vendor: Vendor::Cursor,
            address: &settings.tools.cursor.host,
            client: opened.cursor.as_ref().map(|account| &account.client),
            credential_source: source(&settings.tools.cursor),
            requests: of_cursor.collect(),
            remedy: cursor::PROTOCOL.remedy,
            page: "https://cursor.com/dashboard",
            curl: "curl -sSi -u \"$PILOTAGE_CURSOR_ADMIN_KEY:\"",
        },
    ]
}

/// Other variables than the documented one that may hold a tool's key.
pub(super) fn other_variables(vendor: Vendor) -> Vec<&'static str> {
    if vendor == Vendor::ClaudeCode { vec!["ANTHROPIC_ADMIN_KEY"] } else { Vec::new() }
}

/// What is read, in words.
pub(super) fn origin(settings: &Settings, opened: &OpenedTools, is_without_github: bool) -> String {
    let mut hosts: Vec<String> = Vec::new();
    if !is_without_github {
        hosts.push(settings.hosts());
    }
    for account in opened.claude_code.iter().chain(&opened.cursor) {
        let address = account.client.base_url().to_owned();
        if !hosts.contains(&address) {
            hosts.push(address);
        }
    }
    hosts.join(" and ")
}

/// All sources: GitHub Copilot, where it is read, every tool, and their people's days in one shape.
pub(super) fn sources(
    settings: &Settings,
    opened: OpenedTools,
    copilot: Option<Arc<dyn Source>>,
    aliases: PersonAliases,
    newest: Option<Day>,
) -> Vec<Arc<dyn Source>> {
    let account = |protocol: &'static Protocol, account: Option<Account>| {
        let is_read = account.is_some();
        (Arc::new(AccountSource::new(protocol, account).until(newest)) as Arc<dyn Source>, is_read)
    };
    let tools = [account(&claude_code::PROTOCOL, opened.claude_code), account(&cursor::PROTOCOL, opened.cursor)];
    let mut read: Vec<(Arc<dyn Source>, Vec<&'static str>)> = Vec::new();
    if let Some(copilot) = &copilot {
        // One level, never both: a person of an organization is one of its enterprise, too.
        let is_enterprise =
            !settings.github.sources.iter().any(|source| source.enterprises.is_empty() || !source.organizations.is_empty());
        let kinds = kinds_of(&**copilot).into_iter().filter(|name| name.starts_with("enterprise-") == is_enterprise);
        read.push((Arc::clone(copilot), kinds.collect()));
    }
    read.extend(tools.iter().filter(|(_, is_read)| *is_read).map(|(source, _)| (Arc::clone(source), kinds_of(&**source))));
    let together: Arc<dyn Source> = Arc::new(ToolsSource::new(read, aliases));
    copilot.into_iter().chain(tools.map(|(source, _)| source)).chain([together]).collect()
}

/// The people of the settings' alias file; nobody without one.
pub(super) fn aliases(settings: &Settings) -> Result<PersonAliases, Failure> {
    let Some(file) = &settings.tools.people_aliases else { return Ok(PersonAliases::default()) };
    let place = file.display();
    let help = "the file has a person a line, with the names in tools: `ada@acme.example: [ada-acme, ada@home.example]`";
    let wrong = |reason: String| Failure::wrong(format!("cannot use the alias file `{place}`: {reason}")).help(help);
    let length = std::fs::metadata(file).map_err(|error| wrong(error.to_string()))?.len();
    if length > LARGEST_FILE {
        return Err(wrong(format!("it has {length} bytes, more than {LARGEST_FILE}")));
    }
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    read_aliases(&text).map_err(wrong)
}

fn read_aliases(text: &str) -> Result<PersonAliases, String> {
    if text.trim().is_empty() {
        return Ok(PersonAliases::default());
    }
    let people: BTreeMap<String, Vec<String>> = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let people = people.iter().map(|(person, names)| (person.as_str(), names.iter().map(String::as_str).collect()));
    PersonAliases::new(people).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::person::{MatchedBy, NameForm};

    #[test]
    fn an_alias_file_names_people_and_what_is_wrong_with_it_is_said() {
        let read = read_aliases("ada@acme.example: [ada-acme, ada@home.example]\n\"bo@acme.example\":\n  - bo\n").unwrap();
        assert_eq!(read.find("Ada-Acme", NameForm::Login).by, MatchedBy::Alias);
        assert_eq!(read.len(), 5);
        assert!(read_aliases("").unwrap().is_empty());
        for (text, expected) in [
            ("a@x.example: [b]\nc@x.example: [B]\n", "`b` is a name of `a@x.example` and of `c@x.example`"),
            ("a@x.example: b\n", "sequence"),
            ("- a\n", "map"),
        ] {
            let error = read_aliases(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
