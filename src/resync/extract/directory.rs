//! Who there is to read, listed once per run whatever kinds are read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::copilot::ReportOwner;
use crate::github::{GitHub, GitHubError, Listing, Manifest};
use crate::kind::{PathTemplate, ScopeLevel};
use crate::model::day::Day;

/// The organizations and teams of a run, and the newest day that GitHub has of each owner.
#[derive(Default)]
pub struct Directory {
    organizations: OnceCell<Listing>,
    teams: Mutex<HashMap<(ScopeLevel, String), Arc<Listing>>>,
    newest: Mutex<HashMap<String, Option<Day>>>,
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

    /// As whom the rows of its reports name it.
    pub(super) fn in_reports(&self) -> ReportOwner {
        if self.is_enterprise() { ReportOwner::Enterprise } else { ReportOwner::Organization }
    }
}

impl Directory {
    /// The organizations of these names, or all that the credential sees.
    pub(super) async fn organizations(&self, github: &GitHub, names: &[String]) -> Result<&Listing, GitHubError> {
        self.organizations.get_or_try_init(|| github.organizations(names)).await
    }

    /// The teams of an owner.
    pub(super) async fn teams(&self, github: &GitHub, owner: &Owner) -> Result<Arc<Listing>, GitHubError> {
        let key = (owner.level, owner.name.clone());
        if let Some(known) = self.teams.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(known));
        }
        let listed = match owner.is_enterprise() {
            true => github.enterprise_teams(&owner.name).await?,
            false => github.teams(&owner.name).await?,
        };
        let listed = Arc::new(listed);
        self.teams.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&listed));
        Ok(listed)
    }

    /// The last day of the report of the last 28 days at that path; none when there is no such report yet.
    pub(super) async fn newest(&self, github: &GitHub, path: PathTemplate, owner: &Owner) -> Result<Option<Day>, GitHubError> {
        let path = path.fill(&owner.name, None);
        if let Some(known) = self.newest.lock().unwrap_or_else(PoisonError::into_inner).get(&path) {
            return Ok(*known);
        }
        let newest = match github.report(&path, None).await? {
            Manifest::Ready(report) => report.days().map(|(_, last)| last),
            Manifest::NotReady { .. } => None,
        };
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).insert(path, newest);
        Ok(newest)
    }
}

/// A text of an object; empty when there is none.
pub(super) fn text(object: &Value, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
