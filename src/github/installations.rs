//! Installations of a GitHub App and their tokens.

use http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;

use super::client::{GitHub, OutgoingRequest};
use super::credential::{Credential, GitHubApp, Owner, bearer};
use super::discovery::Listing;
use super::error::{GitHubError, InstallationProblem};
use crate::model::slice::SliceEnd;

/// Installation in GitHub's JSON. Its account is a user, an organization or an enterprise.
#[derive(Debug, Deserialize)]
struct InstallationJson {
    id: u64,
    #[serde(default)]
    account: Option<AccountJson>,
    #[serde(default)]
    target_type: String,
    #[serde(default)]
    suspended_at: Option<String>,
}

#[derive(Debug, Deserialize)]
struct AccountJson {
    #[serde(default)]
    login: Option<String>,
    #[serde(default)]
    slug: Option<String>,
}

/// New token of an installation.
#[derive(Deserialize)]
struct NewToken {
    token: String,
    expires_at: String,
}

impl InstallationJson {
    /// Owner of the installation. None for a user's account, which has no metrics.
    fn owner(&self) -> Option<Owner> {
        let account = self.account.as_ref()?;
        match self.target_type.as_str() {
            "Organization" => account.login.as_ref().map(|login| Owner::Organization(login.to_ascii_lowercase())),
            "Enterprise" => account.slug.as_ref().map(|slug| Owner::Enterprise(slug.to_ascii_lowercase())),
            _ => None,
        }
    }
}

impl GitHub {
    /// Header that authorizes a request for that owner.
    pub(super) async fn authorization(&self, owner: &Owner, what: &str) -> Result<HeaderValue, GitHubError> {
        let unusable = |reason| GitHubError::Credential { what: what.to_owned(), reason };
        match (self.credential(), owner) {
            (Credential::Token(token), _) => bearer(token.expose()).map_err(unusable),
            (Credential::App(app), Owner::App) => app.authorization(self.clock().now()).map_err(unusable),
            (Credential::App(app), owner) => self.installation_token(app, owner, what).await,
        }
    }

    /// Checks whether a request that was answered 401 should be sent again with a new token, and drops the old one.
    pub(super) async fn renews_token(&self, owner: &Owner, refused: &HeaderValue) -> bool {
        match (self.credential(), owner) {
            (Credential::App(app), Owner::Organization(_) | Owner::Enterprise(_)) => {
                app.at(owner).lock().await.forget(refused);
                true
            }
            _ => false,
        }
    }

    async fn installation_token(&self, app: &GitHubApp, owner: &Owner, what: &str) -> Result<HeaderValue, GitHubError> {
        let missing = |problem| GitHubError::Installation { what: what.to_owned(), owner: owner.clone(), problem };
        let at = owner.installation_path().ok_or_else(|| missing(InstallationProblem::NobodysRequest))?;
        let installed = app.at(owner);
        let mut installation = installed.lock().await;
        if let Some(authorization) = installation.authorization(self.clock().now()) {
            return Ok(authorization);
        }
        let id = match installation.id {
            Some(id) => id,
            None => {
                let answer = self.ask_as_app(Method::GET, &at).await;
                let answer = answer.map_err(|error| match error.status() {
                    Some(StatusCode::NOT_FOUND) => missing(InstallationProblem::Missing),
                    _ => error,
                })?;
                let found: InstallationJson = read(&answer, &at)?;
                if found.suspended_at.is_some() {
                    return Err(missing(InstallationProblem::Suspended));
                }
                *installation.id.insert(found.id)
            }
        };
        let path = format!("/app/installations/{id}/access_tokens");
        let answer = self.ask_as_app(Method::POST, &path).await;
        let answer = match answer {
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {
                installation.id = None;
                return Err(missing(InstallationProblem::Missing));
            }
            Err(GitHubError::Refused(refusal)) if refusal.message.contains("suspended") => {
                return Err(missing(InstallationProblem::Suspended));
            }
            answer => answer?,
        };
        let minted: NewToken = read(&answer, &path)?;
        let expires_at: Timestamp = minted.expires_at.parse().map_err(|_| malformed(&path, "`expires_at` is not a date-time"))?;
        tracing::debug!(%owner, %expires_at, "a token for the App's installation");
        installation.keep(&minted.token, expires_at).map_err(|reason| GitHubError::Credential { what: what.to_owned(), reason })
    }

    async fn ask_as_app(&self, method: Method, path: &str) -> Result<bytes::Bytes, GitHubError> {
        let outgoing = OutgoingRequest::new(method, self.address(path)?, Owner::App);
        self.ask_boxed(outgoing).await.map(|answer| answer.body)
    }

    /// Organizations in which the App is installed. Those with a suspended installation are in [`Listing::failed`], because
    /// their data still exist.
    pub(super) async fn installed_organizations(&self, app: &GitHubApp) -> Result<Listing, GitHubError> {
        let mut pages = self.pages("/app/installations?per_page=100");
        let (mut names, mut suspended) = (Vec::new(), Vec::new());
        while let Some(items) = pages.next().await? {
            for item in items {
                let installation: InstallationJson = read(&item.json, "/app/installations")?;
                let Some(owner) = installation.owner() else { continue };
                let is_suspended = installation.suspended_at.is_some();
                if !is_suspended {
                    app.at(&owner).lock().await.id = Some(installation.id);
                }
                if let (Owner::Organization(_), Some(AccountJson { login: Some(login), .. })) = (&owner, installation.account) {
                    if is_suspended {
                        tracing::warn!(organization = %login, "the App's installation is suspended, so nothing is read there");
                        let problem = InstallationProblem::Suspended;
                        let what = format!("GET /orgs/{login}");
                        suspended.push((login, GitHubError::Installation { what, owner, problem }));
                    } else {
                        names.push(login);
                    }
                }
            }
        }
        let mut listing = self.named_organizations(&names).await?;
        listing.failed.extend(suspended);
        // An App may always list its installations.
        listing.may_list = true;
        listing.is_of_nobody = listing.objects.is_empty() && listing.failed.is_empty();
        if listing.is_of_nobody {
            listing.end = SliceEnd::Empty;
        }
        Ok(listing)
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], path: &str) -> Result<T, GitHubError> {
    // The error of the JSON parser may quote a token.
    serde_json::from_slice(body).map_err(|_| malformed(path, "it differs from GitHub's documentation"))
}

fn malformed(path: &str, problem: &str) -> GitHubError {
    GitHubError::Malformed { what: path.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests;
