//! Whom there is to read for: organizations and their teams, as whole objects.

use serde_json::Value;

use super::client::GitHub;
use super::credential::{Credential, CredentialKind};
use super::error::GitHubError;
use crate::model::segment::segment;
use crate::model::slice::SliceEnd;

/// A list of objects, and what it proves.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The objects as GitHub wrote them, in its order or that of the names.
    pub objects: Vec<Value>,
    /// Whether these are all, apart from [`Listing::failed`]: `complete` or `empty` when they are. Otherwise why there may be more,
    /// although no request failed.
    pub end: SliceEnd,
    /// Those that were asked for by name and could not be read.
    pub failed: Vec<(String, GitHubError)>,
}

impl GitHub {
    /// The organizations of these names, in this order; when none is named, those that the credential belongs to: of a token
    /// those of its owner, of a GitHub App those in which it is installed.
    ///
    /// A name that cannot be read stops no other one: it is found in [`Listing::failed`].
    ///
    /// # Errors
    /// When the list cannot be read, for instance because the credential may not list organizations; or when there is nothing
    /// to go on with, see [`GitHubError::ends_the_run`].
    pub async fn organizations(&self, names: &[String]) -> Result<Listing, GitHubError> {
        if names.is_empty() { self.seen_organizations().await } else { self.named_organizations(names).await }
    }

    /// The organizations that the credential belongs to.
    ///
    /// # Errors
    /// As [`GitHub::organizations`].
    pub async fn seen_organizations(&self) -> Result<Listing, GitHubError> {
        if let Credential::App(app) = self.credential() {
            return self.installed_organizations(app).await;
        }
        let mut listing = self.list("/user/orgs?per_page=100").await?;
        if listing.objects.is_empty() && self.credential().is_shown_no_organizations() {
            let who = match self.credential().kind() {
                CredentialKind::Installation => "the token of an App's installation",
                _ => "a fine-grained token",
            };
            listing.end = SliceEnd::Forbidden {
                reason: format!("GitHub shows no organizations to {who}"),
                remedy: "name the organizations in the settings".to_owned(),
            };
        }
        Ok(listing)
    }

    /// The organizations of these names, none when there are no names.
    ///
    /// # Errors
    /// When there is nothing to go on with.
    pub async fn named_organizations(&self, names: &[String]) -> Result<Listing, GitHubError> {
        let mut listing = Listing { objects: Vec::new(), end: SliceEnd::Complete, failed: Vec::new() };
        for name in names {
            match self.organization(name).await {
                Ok(organization) => listing.objects.push(organization),
                Err(error) if error.ends_the_run() => return Err(error),
                Err(error) => listing.failed.push((name.clone(), error)),
            }
        }
        Ok(listing)
    }

    /// An organization by its name.
    ///
    /// # Errors
    /// When it cannot be read, for instance because there is none of that name.
    pub async fn organization(&self, login: &str) -> Result<Value, GitHubError> {
        let url = self.address(&format!("/orgs/{}", segment(login)))?;
        let what = self.name_of(&url);
        let answer = self.ask(url).await?;
        let organization: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let malformed = || GitHubError::Malformed { what, problem: "expected an object with `login`".to_owned() };
        organization.filter(|organization| organization.get("login").is_some_and(Value::is_string)).ok_or_else(malformed)
    }

    /// The teams of an organization, those that the credential may see.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub async fn teams(&self, organization: &str) -> Result<Listing, GitHubError> {
        self.list(&format!("/orgs/{}/teams?per_page=100", segment(organization))).await
    }

    /// The teams of an enterprise.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub async fn enterprise_teams(&self, enterprise: &str) -> Result<Listing, GitHubError> {
        self.list(&format!("/enterprises/{}/teams?per_page=100", segment(enterprise))).await
    }

    /// The members of an organization's team, those of its child teams included.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub async fn team_members(&self, organization: &str, team: &str) -> Result<Listing, GitHubError> {
        self.list(&format!("/orgs/{}/teams/{}/members?per_page=100", segment(organization), segment(team))).await
    }

    /// The members of an enterprise's team.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub async fn enterprise_team_members(&self, enterprise: &str, team: &str) -> Result<Listing, GitHubError> {
        self.list(&format!("/enterprises/{}/teams/{}/memberships?per_page=100", segment(enterprise), segment(team))).await
    }

    async fn list(&self, path: &str) -> Result<Listing, GitHubError> {
        let mut pages = self.pages(path);
        let mut objects = Vec::new();
        while let Some(items) = pages.next().await? {
            for item in items {
                let object: Option<Value> = serde_json::from_slice(&item.json).ok().filter(Value::is_object);
                let problem = || format!("element {} is not an object", item.line);
                objects.push(object.ok_or_else(|| GitHubError::Malformed { what: format!("GET {path}"), problem: problem() })?);
            }
        }
        Ok(Listing { objects, end: pages.end(), failed: Vec::new() })
    }
}
