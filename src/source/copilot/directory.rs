//! Organizations, enterprises and teams to read, listed once per run for all kinds.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::hosts::{Host, HostRun, Owners};
use super::lists::{Lists, Vanished};
use crate::copilot::ReportOwner;
use crate::github::selection::{is_pattern, matches, matches_team};
use crate::github::{GitHub, GitHubError, Listing, Manifest, Report};
use crate::kind::{PathTemplate, ScopeLevel, TeamReports};
use crate::model::day::Day;
use crate::model::slice::SliceEnd;

/// The organizations and teams of one host, and the newest day that GitHub has of each owner.
#[derive(Default)]
pub(super) struct Listed {
    organizations: OnceCell<Organizations>,
    /// Set once the credential was refused: asking again and again would get it locked out.
    refused: OnceLock<GitHubError>,
    teams: Mutex<HashMap<(ScopeLevel, String), Arc<Teams>>>,
    newest: Mutex<HashMap<String, Option<Day>>>,
    kept: Mutex<HashMap<(String, Day), Report>>,
    matched: Mutex<MatchedPatterns>,
}

/// The organizations that are read at a host.
#[derive(Debug)]
pub(super) struct Organizations {
    /// Those that are named, then those that are listed and fit.
    pub(super) listing: Listing,
    /// Number of listed organizations, chosen or not; none when no list was requested.
    pub(super) listed: Option<usize>,
    /// Those that were listed in an earlier run and are not any more.
    pub(super) vanished: Vanished,
}

/// Patterns of the settings that matched an organization or a team.
#[derive(Default)]
struct MatchedPatterns {
    organizations: BTreeSet<String>,
    /// Patterns of teams, with true for those that matched a team of an enterprise.
    teams: BTreeSet<(bool, String)>,
    /// True when organizations were listed.
    has_organizations: bool,
    /// Levels whose teams were listed: true for enterprises, false for organizations.
    listed_teams: BTreeSet<bool>,
    /// Of whose lists there was a team.
    some_teams: BTreeSet<bool>,
    /// Of whose lists there was a team that is read.
    read_teams: BTreeSet<bool>,
    /// True when a list was read in part only.
    is_in_part: bool,
}

/// The teams of an owner.
#[derive(Debug)]
pub(super) struct Teams {
    /// The teams that are read.
    pub(super) objects: Vec<Value>,
    /// Ids of those that the settings leave out.
    pub(super) left_out: HashSet<u64>,
    /// End of the list: `complete` when these are all.
    pub(super) end: SliceEnd,
}

/// An organization or an enterprise that is read.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    /// [`ScopeLevel::Organization`] or [`ScopeLevel::Enterprise`].
    pub(super) level: ScopeLevel,
    /// The login or the slug.
    pub(super) name: String,
    /// GitHub's object; of an enterprise only the slug.
    pub(super) object: Value,
}

impl Owner {
    pub(super) fn organization(object: &Value) -> Self {
        Self { level: ScopeLevel::Organization, name: text(object, "login"), object: object.clone() }
    }

    pub(super) fn enterprise(slug: &str) -> Self {
        Self { level: ScopeLevel::Enterprise, name: slug.to_owned(), object: json!({ "slug": slug }) }
    }

    pub(super) fn is_enterprise(&self) -> bool {
        self.level.is_enterprise()
    }

    /// GitHub's id of it, as text, where that is known.
    pub(super) fn id(&self) -> Option<String> {
        match self.object.get("id")? {
            Value::String(id) if !id.is_empty() => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }

    /// As whom the rows of its reports name it.
    pub(super) fn in_reports(&self) -> ReportOwner {
        if self.is_enterprise() { ReportOwner::Enterprise } else { ReportOwner::Organization }
    }
}

impl HostRun {
    /// The organizations that are named, then those that are seen and fit. Asked for once.
    pub(super) async fn organizations(&self, lists: &Lists) -> Result<&Organizations, GitHubError> {
        self.listed.organizations(&self.host, lists).await
    }

    /// The teams of an owner. Asked for once.
    pub(super) async fn teams(&self, owner: &Owner, lists: &Lists) -> Result<Arc<Teams>, GitHubError> {
        self.listed.teams(&self.host, owner, lists).await
    }

    /// A sentence for each pattern of the settings that matched nothing in this run, although the lists were read to their end.
    /// In a run that reads some organizations only, patterns of teams are not reported: they may match teams of others.
    pub(super) fn unmet(&self, is_restricted: bool) -> Vec<String> {
        let Host { owners, selection, .. } = &self.host;
        let matched = locked(&self.listed.matched);
        if matched.is_in_part {
            return Vec::new();
        }
        let sentence =
            |what: &str, pattern: &String| format!("no {what} matches `{pattern}`, which the settings name to be read");
        let organizations = owners.organizations.iter().filter(|name| is_pattern(name) && matched.has_organizations);
        let organizations = organizations.filter(|pattern| !matched.organizations.contains(*pattern));
        let is_listed = !matched.listed_teams.is_empty() && !is_restricted;
        let teams = selection.teams.iter().filter(|_| is_listed);
        let teams = teams.filter(|pattern| !matched.teams.iter().any(|(_, known)| known == *pattern));
        let teams = teams.map(|pattern| sentence("team", pattern));
        organizations.map(|pattern| sentence("organization", pattern)).chain(teams).collect()
    }
}

impl Listed {
    async fn organizations(&self, host: &Host, lists: &Lists) -> Result<&Organizations, GitHubError> {
        if let Some(error) = self.refused.get() {
            return Err(error.clone());
        }
        let listed = self.organizations.get_or_try_init(|| self.list(host, lists)).await;
        if let Err(error) = &listed
            && error.is_bad_credentials()
        {
            let _ = self.refused.set(error.clone());
        }
        listed
    }

    async fn list(&self, host: &Host, lists: &Lists) -> Result<Organizations, GitHubError> {
        let Host { github, owners: Owners { organizations, .. }, selection, .. } = host;
        let (patterns, names): (Vec<&String>, Vec<&String>) = organizations.iter().partition(|name| is_pattern(name));
        let names: Vec<String> = names.into_iter().filter(|name| selection.has_organization(name)).cloned().collect();
        let mut listing = github.named_organizations(&names).await?;
        if !organizations.is_empty() && patterns.is_empty() {
            return Ok(Organizations { listing, listed: None, vanished: Vanished::default() });
        }
        let mut seen = github.seen_organizations().await?;
        seen.end = lists.organizations_end(host, &seen);
        let is_named = |login: &str| names.iter().any(|name| name.eq_ignore_ascii_case(login));
        let is_read = |login: &str| {
            let fits = patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, login));
            fits && !is_named(login) && selection.has_organization(login)
        };
        let vanished = lists.vanished(host, &seen, is_read).await;
        let listed = seen.objects.len() + seen.failed.len();
        let mut matched = locked(&self.matched);
        matched.has_organizations = true;
        matched.is_in_part |= !is_whole(&seen.end);
        let mut fits = |login: &str| {
            for pattern in patterns.iter().filter(|pattern| matches(pattern, login)) {
                matched.organizations.insert((*pattern).clone());
            }
            is_read(login)
        };
        listing.objects.extend(seen.objects.into_iter().filter(|object| fits(&text(object, "login"))));
        listing.failed.extend(seen.failed.into_iter().filter(|(login, _)| fits(login)));
        listing.end = seen.end;
        Ok(Organizations { listing, listed: Some(listed), vanished })
    }

    async fn teams(&self, host: &Host, owner: &Owner, lists: &Lists) -> Result<Arc<Teams>, GitHubError> {
        let Host { github, selection, .. } = host;
        let key = (owner.level, owner.name.clone());
        if let Some(known) = locked(&self.teams).get(&key) {
            return Ok(Arc::clone(known));
        }
        let listed = match owner.is_enterprise() {
            true => github.enterprise_teams(&owner.name).await,
            false => github.teams(&owner.name).await,
        };
        let listed = listed.map(|listing| Listing { end: lists.teams_end(host, &owner.name, &listing), ..listing });
        let mut matched = locked(&self.matched);
        matched.listed_teams.insert(owner.is_enterprise());
        matched.is_in_part |= listed.as_ref().map_or(true, |listed| !is_whole(&listed.end));
        let listed = listed?;
        for slug in listed.objects.iter().map(|team| text(team, "slug")) {
            matched.some_teams.insert(owner.is_enterprise());
            if selection.has_team(&owner.name, &slug) {
                matched.read_teams.insert(owner.is_enterprise());
            }
            let patterns = selection.teams.iter().filter(|pattern| matches_team(pattern, &owner.name, &slug));
            matched.teams.extend(patterns.map(|pattern| (owner.is_enterprise(), pattern.clone())));
        }
        drop(matched);
        let is_read = |team: &Value| selection.has_team(&owner.name, &text(team, "slug"));
        let (objects, left_out): (Vec<Value>, Vec<Value>) = listed.objects.into_iter().partition(is_read);
        let left_out = left_out.iter().filter_map(|team| team.get("id")?.as_u64()).collect();
        let teams = Arc::new(Teams { objects, left_out, end: listed.end });
        locked(&self.teams).insert(key, Arc::clone(&teams));
        Ok(teams)
    }

    /// True when teams of enterprises, or of organizations, exist and the settings leave all of them out.
    pub(super) fn reads_no_team(&self, is_enterprise: bool) -> bool {
        let matched = locked(&self.matched);
        matched.some_teams.contains(&is_enterprise) && !matched.read_teams.contains(&is_enterprise)
    }

    /// The last day of the report of the last 28 days at that path; none when there is no such report yet.
    pub(super) async fn newest(&self, github: &GitHub, path: PathTemplate, owner: &Owner) -> Result<Option<Day>, GitHubError> {
        let path = path.fill(&owner.name, None);
        if let Some(known) = locked(&self.newest).get(&path) {
            return Ok(*known);
        }
        let newest = match github.report(&path, None).await? {
            Manifest::Ready(report) => report.days().map(|(_, last)| last),
            Manifest::NotReady { .. } => None,
        };
        locked(&self.newest).insert(path, newest);
        Ok(newest)
    }

    /// The newest day of teams: the one of which GitHub promises by now to have reports. What is asked for to see that it has them
    /// is needed anyway, so it is kept for whoever reads that day. Only when there is nothing of it, the report of the last 28 days
    /// tells which day is the newest, or who is wrong.
    pub(super) async fn newest_of_teams(
        &self,
        github: &GitHub,
        reports: TeamReports,
        owner: &Owner,
        today: Day,
    ) -> Result<Day, GitHubError> {
        let path = reports.memberships.path.fill(&owner.name, None);
        if let Some(Some(known)) = locked(&self.newest).get(&path) {
            return Ok(*known);
        }
        let promised = today.plus_days(-DAYS_UNTIL_REPORTS);
        let newest = match github.report(&path, Some(promised)).await? {
            Manifest::Ready(report) => {
                locked(&self.kept).insert((path.clone(), promised), report);
                promised
            }
            Manifest::NotReady { .. } => {
                let latest = self.newest(github, reports.users.newest, owner).await?;
                latest.map_or(promised, |latest| latest.min(promised))
            }
        };
        locked(&self.newest).insert(path, Some(newest));
        Ok(newest)
    }

    /// The report that was asked for when the newest day was looked for, once.
    pub(super) fn take_report(&self, path: &str, day: Day) -> Option<Report> {
        locked(&self.kept).remove(&(path.to_owned(), day))
    }
}

/// Days after which GitHub says that the reports of a day are there: two full days after its end.
const DAYS_UNTIL_REPORTS: i32 = 3;

fn is_whole(end: &SliceEnd) -> bool {
    matches!(end, SliceEnd::Complete | SliceEnd::Empty)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A text of an object; empty when there is none.
pub(super) fn text(object: &Value, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
