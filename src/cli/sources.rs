//! The sources of the settings to clients of GitHub, and to whom they read.

use super::failure::{Failure, exit};
use super::network::{open_network_within, seed};
use super::process::Process;
use crate::door::http::HttpService;
use crate::door::reach::Reach;
use crate::github::address::ApiBase;
use crate::github::selection::matches;
use crate::github::{Credential, GitHub, GitHubApp, GitHubOptions, Selection};
use crate::settings::{GitHubLogin, GitHubSource, Settings};
use crate::source::copilot::{Elsewhere, Scopes};
use crate::telemetry::Service;

/// A host that is asked with one credential.
pub(super) struct Opened {
    /// What the settings say of it.
    pub(super) source: GitHubSource,
    /// The client.
    pub(super) github: GitHub,
}

/// A client for each source, at least one. Asks nobody.
pub(super) fn open(process: &Process, settings: &Settings, network: &HttpService) -> Result<Vec<Opened>, Failure> {
    let sources = settings.github_sources().map_err(|error| Failure::wrong(error.to_string()))?;
    let mut first: Option<GitHub> = None;
    let opened = sources.into_iter().map(|source| {
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
        let github = match &first {
            Some(first) => github.sharing_outages_with(first),
            None => first.insert(github).clone(),
        };
        Ok(Opened { source, github })
    });
    opened.collect()
}

/// How the files are reached that a source's answers name. A GitHub out in the open names none inside; its own host and those of
/// the settings may be inside all the same, where a network is built so.
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

/// What GitHub is asked with.
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

/// What a source leaves out.
pub(super) fn selection(source: &GitHubSource) -> Selection {
    Selection {
        exclude_organizations: source.exclude_organizations.clone(),
        teams: source.teams.clone(),
        exclude_teams: source.exclude_teams.clone(),
    }
}

/// Whom to read: the first source, with the others behind it. `only` are the organizations of flags.
pub(super) fn scopes(opened: Vec<Opened>, only: &[String]) -> Option<(GitHub, Scopes)> {
    let mut places = opened.into_iter().flat_map(|Opened { source, github }| {
        // Each enterprise is a place of its own, beside the organizations of its source.
        let mut enterprises = source.enterprises.clone().into_iter();
        let first = Scopes {
            organizations: source.organizations.clone(),
            enterprise: enterprises.next(),
            only: only.to_vec(),
            selection: selection(&source),
            label: source.label.clone(),
            ..Scopes::default()
        };
        let more = enterprises.map(|slug| Scopes { organizations: Vec::new(), enterprise: Some(slug), ..first.clone() });
        let all: Vec<Scopes> = std::iter::once(first.clone()).chain(more).collect();
        all.into_iter().map(move |scopes| (github.clone(), scopes))
    });
    let (github, mut scopes) = places.next()?;
    scopes.elsewhere = places.map(|(github, scopes)| Elsewhere { github, scopes }).collect();
    Some((github, scopes))
}

/// The source that an organization belongs to: the first that names it, else the first.
pub(super) fn of_organization(opened: Vec<Opened>, login: &str) -> Option<Opened> {
    let names = |opened: &Opened| opened.source.organizations.iter().any(|name| matches(name, login));
    let position = opened.iter().position(names).unwrap_or_default();
    opened.into_iter().nth(position)
}
