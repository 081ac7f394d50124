//! GitHub Copilot as a source of a resync: its settings, its state during one run, its errors.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::copilot_run::CopilotRun;
use super::errors::{NAME, source_error};
use super::hosts::{self, Claims, Host};
use super::lists::Lists;
use super::{Extraction, choices};
use crate::github::GitHub;
use crate::kind::{self, Kind, KindNames, Vendor, persons};
use crate::model::day::Day;
use crate::model::field::Field;
use crate::model::non_empty::NonEmpty;
use crate::model::person_fields::PersonFields;
use crate::model::usage::Usage;
use crate::source::listings::ListingsFile;
use crate::source::{Event, ReadRequest, Source, SourceError, SourceName, SourceRun, WrongChoice};

/// GitHub Copilot at one host or several.
#[derive(Clone, Debug)]
pub struct CopilotSource {
    /// The hosts, each with its credential.
    pub hosts: NonEmpty<Host>,
    /// Only these organizations, of those of the hosts; when empty, all.
    pub only: Vec<String>,
    /// Lists that the user knows to be empty, and organizations that the user knows to be gone, see
    /// [`ORGANIZATIONS_LIST`](super::ORGANIZATIONS_LIST).
    pub accept_empty: Vec<String>,
    /// The file that keeps what runs see listed; none when nothing is kept.
    pub listings: Option<ListingsFile>,
    /// The newest day of what does not say it itself; none: yesterday. A simulated GitHub has days of its own.
    pub newest_day: Option<Day>,
    /// True when an enterprise and organizations may stand in one blueprint, because the user says that they have nothing in common.
    pub mixes_levels: bool,
}

impl CopilotSource {
    /// These hosts, whole, with nothing kept between runs.
    pub fn new(hosts: NonEmpty<Host>) -> Self {
        Self { hosts, only: Vec::new(), accept_empty: Vec::new(), listings: None, newest_day: None, mixes_levels: false }
    }

    /// One client's host, of which everything is read that its credential sees.
    pub fn of(github: GitHub) -> Self {
        Self::new(NonEmpty::of(Host::new(github)))
    }

    /// Checks the choices that need no request.
    ///
    /// # Errors
    /// Fails when a choice matches nothing, whatever GitHub answers.
    pub fn check_without_asking(&self) -> Result<(), WrongChoice> {
        let hosts = self.hosts.iter().map(|host| (&host.owners, &host.selection));
        choices::check_without_asking(hosts, &self.only, &self.accept_empty)
    }
}

impl Source for CopilotSource {
    fn name(&self) -> SourceName {
        NAME
    }

    fn kinds(&self) -> Vec<KindNames> {
        kind::of(Vendor::GitHub).map(Kind::names).collect()
    }

    fn item_fields(&self, name: &str) -> Vec<&'static Field> {
        kind::find(name).map(|kind| kind.item_fields().collect()).unwrap_or_default()
    }

    fn persons(&self, name: &str) -> &'static PersonFields {
        kind::find(name).map_or(&persons::NOBODY, |kind| &kind.persons)
    }

    fn rewrites_people(&self) -> bool {
        true
    }

    fn day_field(&self, name: &str) -> Option<&'static str> {
        kind::find(name)?.day_field()
    }

    fn is_restricted(&self) -> bool {
        !self.only.is_empty()
    }

    fn check_blueprints(&self, given: &[(&str, &str)]) -> Result<(), WrongChoice> {
        if self.mixes_levels { Ok(()) } else { choices::check_levels(&self.hosts, given) }
    }

    fn begin(&self, integration: &str, stop: &CancellationToken) -> Arc<dyn SourceRun> {
        let (before, damaged) = self.listings.as_ref().map(|file| file.read(integration)).unwrap_or_default();
        Arc::new(CopilotRun {
            hosts: hosts::for_run(&self.hosts),
            only: self.only.clone(),
            accept_empty: self.accept_empty.clone(),
            claims: Claims::default(),
            lists: Arc::new(Lists::new(integration, &self.accept_empty, self.listings.is_some(), before)),
            listings: self.listings.clone(),
            integration: integration.to_owned(),
            damaged,
            newest_day: self.newest_day,
            stop: stop.clone(),
        })
    }

    fn spent(&self) -> Vec<(String, Usage)> {
        let mut clients: Vec<&Host> = Vec::new();
        for host in self.hosts.iter() {
            if !clients.iter().any(|known| known.github.is_clone_of(&host.github)) {
                clients.push(host);
            }
        }
        let label = |host: &Host| if host.label.is_empty() { host.github.host() } else { host.label.clone() };
        clients.into_iter().map(|host| (label(host), host.github.usage())).collect()
    }
}

#[async_trait]
impl SourceRun for CopilotRun {
    async fn check(&self, kinds: &[&'static str]) -> Result<(), WrongChoice> {
        let kinds: Vec<&'static Kind> = kinds.iter().filter_map(|name| kind::find(name)).collect();
        choices::check(self, &kinds).await
    }

    async fn read(&self, request: ReadRequest, events: mpsc::Sender<Event>) -> Result<(), SourceError> {
        // Only kinds of `Source::kinds` are asked for. To read nothing here would say that there is nothing.
        let unknown = || SourceError {
            what: NAME,
            reason: format!("there is no kind `{}`", request.kind),
            remedy: "`pilotage kinds` lists the kinds there are".to_owned(),
        };
        let kind = kind::find(&request.kind).filter(|kind| kind.vendor() == Vendor::GitHub).ok_or_else(unknown)?;
        let read = Extraction { run: self, kind, request }.read(events).await;
        read.map_err(|error| source_error(&error))
    }

    fn warnings(&self) -> Vec<String> {
        let unmet = self.hosts.iter().flat_map(|host| host.unmet(!self.only.is_empty()));
        self.damaged.iter().cloned().chain(unmet).collect()
    }

    fn keep(&self) {
        if let Some(file) = &self.listings
            && let Err(error) = file.write(&self.integration, &self.lists.memory())
        {
            tracing::warn!(%error, "what this run saw listed cannot be kept: the next run does not know it");
        }
        // All hosts keep their reports in one folder.
        self.hosts.first().host.github.prune_kept_reports();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::clock::Clock;
    use crate::door::http::in_memory;
    use crate::github::{Credential, GitHubOptions};
    use crate::model::secret::Secret;

    fn client(base_url: &str) -> GitHub {
        let nobody = in_memory(axum::Router::new());
        let github = GitHub::new(GitHubOptions {
            api: nobody.clone(),
            downloads: nobody,
            base_url: base_url.to_owned(),
            credential: Credential::Token(Secret::new("token")),
            download_hosts: Vec::new(),
            clock: Clock::system(),
            seed: 1,
        });
        github.unwrap()
    }

    #[test]
    fn a_client_of_several_hosts_is_counted_once_under_the_first_label() {
        let shared = client("http://one.test");
        let host = |github: &GitHub, label: &str| Host { label: label.to_owned(), ..Host::new(github.clone()) };
        let hosts = [host(&shared, "second"), host(&client("http://one.test"), "third"), host(&client("http://two.test"), "")];
        let source = CopilotSource::new(NonEmpty::headed(host(&shared, "first"), hosts));
        let labels: Vec<String> = source.spent().into_iter().map(|(label, _)| label).collect();
        assert_eq!(labels, ["first", "third", "two.test"]);
    }
}
