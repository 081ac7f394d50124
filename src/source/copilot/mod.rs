//! GitHub Copilot: reads slices into batches, several slices at once, and delivers them in the order in which they are listed.
//!
//! | what | file |
//! | --- | --- |
//! | which slices there are | here |
//! | the source: its settings, and what a resync calls | `source` |
//! | its state during one run | `copilot_run` |
//! | errors of the client as errors of the source | `errors` |
//! | hosts: whom a run reads, and with which credential | `hosts` |
//! | who there is to read | `directory` |
//! | proof that a list is empty, or that an organization has left it | `lists` |
//! | owners of the rows of a report | `owners` |
//! | choices that match nothing | `choices` |
//! | one slice of records as GitHub wrote them | `slice` |
//! | answers about one day each | `answers` |
//! | the days of teams, made from two reports | `teams` |
//! | the shape of 2024, where GitHub has closed its endpoint | `legacy` |
//! | notes, and slices that were not read | `report` |
//! | order | `in_order` |

mod answers;
mod choices;
mod copilot_run;
mod days;
mod directory;
mod errors;
mod hosts;
mod in_order;
mod legacy;
mod lists;
mod owners;
mod report;
mod sink;
mod slice;
mod source;
mod teams;

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc;

use self::copilot_run::CopilotRun;
use self::days::Days;
use self::directory::{Organizations, Owner, Teams, text};
use self::hosts::HostRun;
pub use self::hosts::{Host, Owners};
use self::in_order::Running;
pub use self::lists::ORGANIZATIONS_LIST;
use self::report::quoted;
use self::slice::{Begun, Origin, Task};
pub use self::source::CopilotSource;
use super::{Event, ReadRequest};
use crate::github::selection::is_pattern;
use crate::github::{GitHubError, RequestSubject};
use crate::kind::{Kind, MadeFrom, PathTemplate, RowCheck, ScopeLevel, Selection, Source, TeamReports};
use crate::model::day::Day;
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::outcome::Examples;

/// Raw items of a batch.
pub const BATCH_ITEMS: usize = 100;

/// One resource of the mapping, to be read.
struct Extraction<'a> {
    run: &'a CopilotRun,
    kind: &'static Kind,
    request: ReadRequest,
}

impl Extraction<'_> {
    /// Reads all slices and sends the events in order, until done or until the receiver is dropped.
    ///
    /// # Errors
    /// Fails when the first use of the credential is refused, or GitHub cannot be reached to list organizations: nothing can be
    /// read then. Everything else is the end of a slice.
    async fn read(&self, out: mpsc::Sender<Event>) -> Result<(), GitHubError> {
        let selection = match Selection::read(&self.request.selector) {
            Ok(selection) => selection,
            Err(reason) => {
                send_slice(&out, self.slice(String::new()), wrong(reason)).await;
                return Ok(());
            }
        };
        let mut reading = Reading { extraction: self, host: self.run.hosts.first(), selection, running: Running::default(), out };
        let read = reading.read().await;
        if self.run.stop.is_cancelled() {
            reading.report_kind(told_to_stop()).await;
        }
        reading.running.drain(&reading.out).await;
        read
    }

    fn slice(&self, scope: String) -> Slice {
        Slice::new(self.request.resource, self.request.kind.clone(), scope, SliceEnd::Complete)
    }
}

/// Reading of one resource.
struct Reading<'a> {
    extraction: &'a Extraction<'a>,
    /// The host that is being read.
    host: &'a HostRun,
    selection: Selection,
    running: Running,
    out: mpsc::Sender<Event>,
}

impl Reading<'_> {
    async fn read(&mut self) -> Result<(), GitHubError> {
        let run = self.extraction.run;
        for note in run.claims.name(&run.hosts) {
            self.note(note).await;
        }
        for host in run.hosts.iter() {
            self.host = host;
            self.read_enterprise().await?;
            self.read_organizations().await?;
            self.tell_of_no_team().await;
        }
        self.report_without_scope().await;
        let chooses_days = self.selection.chooses_days() || self.extraction.request.days.is_some();
        if self.extraction.kind.source.has_days() && chooses_days {
            // Entities of days that nobody asked for are absent because we did not look, not because they are gone.
            let reason = "only chosen days were read; entities of other days stay as they are".to_owned();
            self.report_kind(SliceEnd::NotReady { reason }).await;
        }
        Ok(())
    }

    /// Makes requests until the run is stopped: a server that hangs, or a wait for a rate limit, must not delay it.
    async fn unless_stopped<T>(&self, ask: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.extraction.run.stop.cancelled() => None,
            asked = ask => Some(asked),
        }
    }

    async fn read_enterprise(&mut self) -> Result<(), GitHubError> {
        let kind = self.extraction.kind;
        let source = if kind.scope.is_enterprise() { Some(kind.source) } else { kind.of_enterprise };
        match (source, &self.host.host.owners.enterprise) {
            (Some(source), Some(enterprise)) if self.takes(true, enterprise).await => {
                self.read_owner(&Owner::enterprise(enterprise), source).await
            }
            _ => Ok(()),
        }
    }

    /// True when this host reads the owner, and no other host does.
    async fn takes(&mut self, is_enterprise: bool, name: &str) -> bool {
        let (is_taken, note) = self.extraction.run.claims.take(self.host, is_enterprise, name);
        if let Some(note) = note {
            self.note(note).await;
        }
        is_taken
    }

    async fn read_organizations(&mut self) -> Result<(), GitHubError> {
        let Extraction { run, kind, .. } = *self.extraction;
        let host = self.host;
        let HostRun { host: Host { owners, .. }, naming, .. } = host;
        if kind.scope.is_enterprise() || !owners.wants_organizations() {
            return Ok(());
        }
        let listed = self.unless_stopped(host.organizations(&run.lists)).await;
        let Some(listed) = listed else { return Ok(()) };
        let organizations = match listed {
            Ok(organizations) => organizations,
            Err(error) if naming.ends_the_run(&error) => return Err(error),
            Err(error) => {
                self.tell("", error.slice_end(RequestSubject::Organizations)).await;
                return Ok(());
            }
        };
        let Organizations { listing: organizations, listed, vanished } = organizations;
        for note in &vanished.notes {
            self.note(note.clone()).await;
        }
        for organization in &organizations.objects {
            if run.stop.is_cancelled() {
                return Ok(());
            }
            let login = text(organization, "login");
            if run.wants(&login) && self.takes(false, &login).await {
                self.read_owner(&Owner::organization(organization), kind.source).await?;
            }
        }
        for (name, error) in &organizations.failed {
            if self.takes(false, name).await {
                self.tell(name, error.slice_end(RequestSubject::Organization)).await;
            }
        }
        for (login, end) in &vanished.open {
            if run.wants(login) && !run.claims.is_read_elsewhere(host, login) {
                self.tell(login, end.clone()).await;
            }
        }
        self.tell_unproven("", &organizations.end).await;
        let is_nobody = organizations.objects.is_empty() && organizations.failed.is_empty();
        // Nobody is left to be read: most likely a name is wrong, so nothing is proven.
        if is_nobody && (listed.is_none() || listed.is_some_and(|listed| listed > 0)) {
            let reason = match owners.organizations.iter().any(|name| is_pattern(name)) {
                true => format!("no organization matches {}, which the settings name to be read", quoted(&owners.organizations)),
                false => "the settings leave out every organization that there is to read".to_owned(),
            };
            self.tell("", SliceEnd::NotReady { reason }).await;
        }
        Ok(())
    }

    async fn read_owner(&mut self, owner: &Owner, source: Source) -> Result<(), GitHubError> {
        let github = &self.host.host.github;
        match source {
            Source::Pages { path, form, .. } if self.extraction.kind.scope.has_teams() => {
                let Some(teams) = self.teams(owner).await? else { return Ok(()) };
                for team in &teams.objects {
                    if self.extraction.run.stop.is_cancelled() {
                        break;
                    }
                    let pages =
                        github.pages_of(&path.fill(&owner.name, Some(&text(team, "slug"))), form, &self.extraction.kind.persons);
                    self.start(owner, Some(team), None, None, Origin::Pages(Box::new(Begun::new(pages)))).await;
                }
            }
            Source::Pages { path, form, .. } => {
                let pages = github.pages_of(&path.fill(&owner.name, None), form, &self.extraction.kind.persons);
                let from = Origin::Pages(Box::new(Begun::new(pages)));
                self.start(owner, None, None, None, from).await;
            }
            Source::Report { latest: Some(latest), .. }
                if !self.selection.chooses_days() && self.extraction.request.days.is_none() =>
            {
                self.start(owner, None, None, None, Origin::Latest(latest.fill(&owner.name, None))).await;
            }
            Source::Report { day: report, .. } => {
                let path = report.path.fill(&owner.name, None);
                let newest = NewestDay::OfLatest(report.newest);
                let Some(days) = self.days(owner, report.since, newest, &[report.path]).await? else { return Ok(()) };
                for day in &days.days {
                    if self.extraction.run.stop.is_cancelled() {
                        break;
                    }
                    let from = Origin::Day { path: path.clone(), day: *day, cache: days.cache_use(*day) };
                    self.start(owner, None, Some(*day), days.window(), from).await;
                }
            }
            Source::Days(answers) => self.read_answers(owner, answers).await?,
            Source::Teams(reports) => {
                if let Some(teams) = self.teams(owner).await? {
                    self.read_team_days(owner, &teams, reports, teams::Shape::Usage).await?;
                }
            }
            Source::Legacy { path, made_from: MadeFrom::Users { latest, day } } => {
                let path = self.legacy_path(path.fill(&owner.name, None));
                let Some(begun) = self.unless_stopped(Begun::begin(github.pages(&path).of_days())).await else { return Ok(()) };
                if begun.is_closed() {
                    self.note_closed().await;
                    self.read_users_as_legacy(owner, latest, day).await?;
                } else {
                    self.start(owner, None, None, None, Origin::Pages(Box::new(begun))).await;
                }
            }
            Source::Legacy { path, made_from: MadeFrom::Teams(reports) } => self.read_legacy_teams(owner, path, reports).await?,
            // Other vendors' kinds are read by their own sources.
            Source::Account(_) | Source::ToolDays => {}
        }
        Ok(())
    }

    async fn read_legacy_teams(&mut self, owner: &Owner, path: PathTemplate, reports: TeamReports) -> Result<(), GitHubError> {
        let Some(teams) = self.teams(owner).await? else { return Ok(()) };
        for (number, team) in teams.objects.iter().enumerate() {
            let path = self.legacy_path(path.fill(&owner.name, Some(&text(team, "slug"))));
            let pages = self.host.host.github.pages(&path).of_days();
            // Whether the endpoint is closed is asked of the first team, for all of them.
            let begun = match number {
                0 => self.unless_stopped(Begun::begin(pages)).await,
                _ => Some(Begun::new(pages)).filter(|_| !self.extraction.run.stop.is_cancelled()),
            };
            let Some(begun) = begun else { return Ok(()) };
            if begun.is_closed() {
                self.note_closed().await;
                return self.read_team_days(owner, &teams, reports, teams::Shape::Legacy).await;
            }
            self.start(owner, Some(team), None, None, Origin::Pages(Box::new(begun))).await;
        }
        Ok(())
    }

    /// A path of a closed endpoint with the chosen days, which it took as parameters.
    fn legacy_path(&self, path: String) -> String {
        let since = self.selection.since.map(|day| format!("since={day}"));
        let until = self.selection.until.map(|day| format!("until={day}"));
        let parameters: Vec<String> = since.into_iter().chain(until).collect();
        if parameters.is_empty() { path } else { format!("{path}?{}", parameters.join("&")) }
    }

    /// The teams of an owner; none when they cannot be listed, which has been reported by then.
    async fn teams(&mut self, owner: &Owner) -> Result<Option<Arc<Teams>>, GitHubError> {
        let scope = format!("{}/*", owner.name);
        let (host, naming) = (self.host, &self.host.naming);
        let listed = self.unless_stopped(host.teams(owner, &self.extraction.run.lists)).await;
        let Some(listed) = listed else { return Ok(None) };
        match listed {
            Ok(teams) => {
                self.tell_unproven(&scope, &teams.end).await;
                Ok(Some(teams))
            }
            Err(error) if naming.is_bad_credentials(&error) => Err(error),
            Err(error) => {
                self.tell(&scope, error.slice_end(RequestSubject::Teams)).await;
                Ok(None)
            }
        }
    }

    /// The days to read of reports that GitHub has from `since` on, oldest first; none when there are none, which has then
    /// been told. `paths` are the reports that are read of each day.
    async fn days(
        &mut self,
        owner: &Owner,
        since: &str,
        newest: NewestDay,
        paths: &[PathTemplate],
    ) -> Result<Option<Days>, GitHubError> {
        let Extraction { kind, request: ReadRequest { today, days: chosen, .. }, .. } = self.extraction;
        let HostRun { host: Host { github, .. }, listed, naming, .. } = self.host;
        let yesterday = today.plus_days(-1);
        let known = async {
            match (self.selection.until, newest) {
                // Whoever names the last day is taken at their word, which saves a request.
                (Some(_), _) => Ok(None),
                // Nothing says which it is: what is billed is there from the day itself on, and today is not over.
                (None, NewestDay::Yesterday) => Ok(self.extraction.run.newest_day),
                (None, NewestDay::OfLatest(latest)) => listed.newest(github, latest, owner).await,
                (None, NewestDay::OfTeams(reports)) => listed.newest_of_teams(github, reports, owner, *today).await.map(Some),
            }
        };
        let Some(known) = self.unless_stopped(known).await else { return Ok(None) };
        let newest = match known {
            Ok(newest) => newest.map_or(yesterday, |newest| newest.min(yesterday)),
            Err(error) if naming.is_bad_credentials(&error) => return Err(error),
            Err(error) => {
                let about = self.context().about_reports();
                self.tell(&owner.name, error.slice_end(about)).await;
                return Ok(None);
            }
        };
        match Days::new(&self.selection, since, newest, *today) {
            Ok(days) => {
                let days = match chosen {
                    Some(chosen) => days.chosen(chosen, &naming.of(&owner.name), owner.is_enterprise()),
                    None => days,
                };
                days::announce(github, kind, owner, &days, paths);
                Ok(Some(days))
            }
            // Whoever chooses days of some scopes asks nothing of the others.
            Err(_) if chosen.is_some() => Ok(None),
            Err(reason) => {
                self.tell(&owner.name, wrong(reason)).await;
                Ok(None)
            }
        }
    }

    async fn start(&mut self, owner: &Owner, team: Option<&Value>, day: Option<Day>, window: Option<(Day, Day)>, from: Origin) {
        let slug = team.map(|team| text(team, "slug"));
        let scope = slug.map_or_else(|| owner.name.clone(), |slug| format!("{}/{slug}", owner.name));
        let slice = Slice { day, window, ..self.slice(&scope) };
        // A kind of organizations may be read for an enterprise.
        let level = if owner.is_enterprise() && !self.extraction.kind.scope.is_enterprise() {
            ScopeLevel::Enterprise
        } else {
            self.extraction.kind.scope
        };
        let enrichment = Arc::new(level.enrichment(owner.object.clone(), team.cloned()));
        let context = self.context();
        let check = RowCheck::new(&self.extraction.kind.row)
            .with_other_shapes(self.extraction.kind.fields, self.extraction.request.looks_at.as_ref());
        let check = match from {
            Origin::Pages(_) | Origin::Answer { .. } => check,
            // All rows of a report are of one owner; [`owners`] compares it with what is known.
            Origin::Latest(_) | Origin::Day { .. } => check.of_owner(owner.in_reports().id_field(), None),
        };
        let owner = self.owner_check(owner);
        let task = Task { slice, enrichment, check, owner, from };
        self.running.start(&self.out, |out| context.read(task, out)).await;
    }
}

/// Source of the newest day that GitHub has.
#[derive(Clone, Copy)]
enum NewestDay {
    /// It is the last one of the report at that path.
    OfLatest(PathTemplate),
    /// It is the last one of which these are there.
    OfTeams(TeamReports),
    /// Nothing says it, so that it is yesterday.
    Yesterday,
}

async fn send_slice(out: &mpsc::Sender<Event>, slice: Slice, end: SliceEnd) {
    // Nobody listening is noticed by whoever sends next.
    let _ = out.send(Event::Began(slice)).await;
    let _ = out.send(Event::Ended { end, window: None, missing_days: Vec::new(), rejected: Examples::default() }).await;
}

fn told_to_stop() -> SliceEnd {
    SliceEnd::Failed { reason: "the run was told to stop".into(), remedy: "run it again".into() }
}

/// A request of the mapping's that cannot be met.
fn wrong(reason: String) -> SliceEnd {
    SliceEnd::Failed { reason, remedy: "correct the selector in the mapping".to_owned() }
}
