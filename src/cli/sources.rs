//! The sources of the settings to clients of GitHub, and to whom they read.

use super::failure::{Failure, exit};
use super::flags::{InputFlags, ScopeFlags};
use super::network::{open_network_within, seed};
use super::process::Process;
use crate::door::http::HttpService;
use crate::door::reach::Reach;
use crate::github::address::ApiBase;
use crate::github::selection::matches;
use crate::github::{Credential, GitHub, GitHubApp, GitHubOptions, Selection};
use crate::model::non_empty::NonEmpty;
use crate::settings::{GitHubLogin, GitHubSource, Settings, SettingsError};
use crate::source::WrongChoice;
use crate::source::copilot::{CopilotSource, Host, Owners};
use crate::source::files::{FileChoice, FileOwner, FileSource};
use crate::telemetry::Service;

/// A host that is asked with one credential.
#[derive(Clone)]
pub(super) struct Opened {
    /// Settings of the source.
    pub(super) source: GitHubSource,
    /// The client.
    pub(super) github: GitHub,
}

/// A client for each source. Sends nothing.
pub(super) fn open(process: &Process, settings: &Settings, network: &HttpService) -> Result<NonEmpty<Opened>, Failure> {
    check_logins(settings)?;
    settings.github.sources.clone().try_map(|source| {
        let github = GitHub::new(GitHubOptions {
            api: process.telemetry.meter().around(Service::GitHub, network.clone()),
            downloads: process.telemetry.meter().around(Service::Files, downloads(settings, &source, network)?),
            base_url: source.host.clone(),
            credential: credential(&source)?,
            download_hosts: settings.github.download_hosts.clone(),
            clock: process.clock.clone(),
            seed: seed(),
        });
        let github = github.map_err(|error| Failure::from_error(exit::WRONG, &error))?;
        Ok(Opened { source, github })
    })
}

/// Checks that there is a credential for each source, without asking GitHub.
pub(super) fn check_logins(settings: &Settings) -> Result<(), Failure> {
    settings.github.check_logins().map_err(|error| {
        let is_missing = matches!(error, SettingsError::Missing { .. });
        let failure = Failure::wrong(error.to_string());
        match is_missing {
            // Whoever has none yet wants to know which, or to look without one.
            true => failure.help(
                "a fine-grained token or a GitHub App that may read Copilot metrics: `pilotage doctor --all` names the rights of each kind; `pilotage demo` needs no account",
            ),
            false => failure,
        }
    })
}

/// Client for the files that a source's answers name. Answers of a public GitHub must not lead into the internal network; its own
/// host and those of the settings may be internal.
fn downloads(settings: &Settings, source: &GitHubSource, network: &HttpService) -> Result<HttpService, Failure> {
    match ApiBase::parse(&source.host) {
        Ok(base) if base.is_public() => {
            let own = base.name().to_owned();
            let except = settings.github.download_hosts.iter().cloned().chain([own]).collect();
            open_network_within(settings, Reach::Public { except })
        }
        _ => Ok(network.clone()),
    }
}

/// Credential of a source.
fn credential(source: &GitHubSource) -> Result<Credential, Failure> {
    match source.login().map_err(|error| Failure::wrong(error.to_string()))? {
        GitHubLogin::Token(token) => Ok(Credential::Token(token.clone())),
        GitHubLogin::App { id, private_key } => {
            let app = GitHubApp::new(id, private_key);
            app.map(Credential::App).map_err(|reason| {
                let help = "give the file that GitHub made when the key was generated, with PILOTAGE_GITHUB_APP_PRIVATE_KEY_FILE";
                Failure::wrong(format!("cannot ask as the GitHub App `{id}`: {reason}")).help(help)
            })
        }
    }
}

/// Scopes that the settings of a source leave out.
pub(super) fn selection(source: &GitHubSource) -> Selection {
    Selection {
        exclude_organizations: source.exclude_organizations.clone(),
        teams: source.teams.clone(),
        exclude_teams: source.exclude_teams.clone(),
    }
}

/// GitHub Copilot at the hosts of all sources.
pub(super) fn copilot(opened: NonEmpty<Opened>) -> CopilotSource {
    let hosts = opened.flat_map(|Opened { source, github }| {
        let mut enterprises = source.enterprises.iter().cloned();
        let owners = Owners { organizations: source.organizations.clone(), enterprise: enterprises.next() };
        let first = Host { github, owners, selection: selection(&source), label: source.label.clone() };
        // Each further enterprise is read beside the organizations of its source.
        let further = |slug| Host { owners: Owners { organizations: Vec::new(), enterprise: Some(slug) }, ..first.clone() };
        NonEmpty::headed(first.clone(), enterprises.map(further))
    });
    CopilotSource::new(hosts)
}

/// The source that an organization belongs to: the first that names it, else the first.
pub(super) fn of_organization(opened: &NonEmpty<Opened>, login: &str) -> GitHub {
    let names = |opened: &&Opened| opened.source.organizations.iter().any(|name| matches(name, login));
    opened.iter().find(names).unwrap_or(opened.first()).github.clone()
}

/// The source that an enterprise belongs to: the first that names it, else the first.
pub(super) fn of_enterprise(opened: &NonEmpty<Opened>, slug: &str) -> GitHub {
    let names = |opened: &&Opened| opened.source.enterprises.iter().any(|name| name.eq_ignore_ascii_case(slug));
    opened.iter().find(names).unwrap_or(opened.first()).github.clone()
}

/// Stored files in place of GitHub. Reads the beginning of each.
pub(super) fn files(scope: &ScopeFlags) -> Result<FileSource, Failure> {
    let ScopeFlags { only, org, accept_empty, input: InputFlags { input, enterprise, team }, .. } = scope;
    let help = "give --org LOGIN or --enterprise SLUG: the rows of a file do not say it as mappings need it";
    let owner = match (org.as_slice(), enterprise) {
        ([login], None) => FileOwner::Organization(login.clone()),
        ([], Some(slug)) => FileOwner::Enterprise(slug.clone()),
        ([], None) => return Err(Failure::wrong("--input: nothing says whose reports the files are").help(help)),
        _ => return Err(Failure::wrong("--input takes the reports of one organization or enterprise at a time").help(help)),
    };
    let kind = match only.as_slice() {
        [] => None,
        [kind] => Some(kind.clone()),
        _ => {
            let help = "leave out --only, and each file's kind is found out";
            return Err(Failure::wrong("--only with --input names the kind of all files, so it takes one kind").help(help));
        }
    };
    if let Some(first) = accept_empty.first() {
        return Err(Failure::wrong(format!("--accept-empty {first} means nothing with --input: nothing is deleted")));
    }
    let choice = FileChoice { paths: input.clone(), kind, owner, team: team.clone() };
    FileSource::open(choice).map_err(|WrongChoice { sentence, help }| Failure::wrong(sentence).help(help))
}
