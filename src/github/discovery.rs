//! Lists of organizations, teams and members, as whole objects.
//!
//! An empty list says whether its credential may list. `reconcile::listing` decides what that proves.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;

use super::client::GitHub;
use super::credential::{Credential, CredentialKind};
use super::error::GitHubError;
use super::pages::CredentialRights;
use crate::kind::Form;
use crate::model::person_fields::PersonFields;
use crate::model::segment::segment;
use crate::model::slice::SliceEnd;

/// Pages of a list that is held whole: a hundred thousand organizations, teams or members.
const PAGES_AT_MOST: usize = 1_000;

/// Bytes of JSON of a list that is held whole. It takes several times as much memory. Ten thousand teams take half of it.
const LARGEST_LIST: usize = 32 << 20;

/// Hours for reading a list that is held whole. A window of the rate limit lasts an hour.
const LISTING_HOURS: u64 = 3;

/// Fields that are kept of a member. Teams of a whole company have tens of thousands of them.
const OF_MEMBERS: &[&str] = &["id", "login"];

/// Field that names organizations.
const LOGIN: &str = "login";

/// Field that names teams.
const SLUG: &str = "slug";

/// List of objects, and its proof.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Objects as GitHub wrote them, in its order or that of the given names. Members have `id` and `login` only.
    pub objects: Vec<Value>,
    /// End of the list, apart from [`Listing::failed`]: `complete` or `empty` when it is whole, else the reason why it may not
    /// be, although no request failed.
    pub end: SliceEnd,
    /// Names that were requested and could not be read.
    pub failed: Vec<(String, GitHubError)>,
    /// The scopes or permissions in the answer show that the credential may list.
    pub may_list: bool,
    /// GitHub answered with an empty list, and named nothing that it left out.
    pub is_of_nobody: bool,
}

impl Default for Listing {
    /// List that was not requested: empty and complete.
    fn default() -> Self {
        Self { objects: Vec::new(), end: SliceEnd::Complete, failed: Vec::new(), may_list: false, is_of_nobody: false }
    }
}

/// Scopes that let a token list organizations and their teams. One is enough.
const ORGANIZATION_SCOPES: [&str; 3] = ["read:org", "write:org", "admin:org"];

/// Scopes that let a token list the teams of an enterprise. One is enough.
const ENTERPRISE_SCOPES: [&str; 2] = ["read:enterprise", "admin:enterprise"];

impl CredentialRights {
    /// Checks whether the answer shows one of these scopes, or the needed permission.
    fn shows_any_of(&self, scopes: &[&str]) -> bool {
        match &self.scopes {
            Some(held) => held.iter().any(|held| scopes.contains(&held.as_str())),
            None => self.permissions.is_some(),
        }
    }
}

impl GitHub {
    /// Organizations of these names, in this order. Without names, those of the credential: the memberships of a token's owner,
    /// or the installations of an App.
    ///
    /// A name that cannot be read does not stop the others. It is in [`Listing::failed`].
    ///
    /// # Errors
    /// The list cannot be read, for instance because the credential may not list organizations; or an error that ends the run,
    /// see [`GitHubError::ends_the_run`].
    pub async fn organizations(&self, names: &[String]) -> Result<Listing, GitHubError> {
        if names.is_empty() { self.seen_organizations().await } else { self.named_organizations(names).await }
    }

    /// Organizations of the credential.
    ///
    /// # Errors
    /// As [`GitHub::organizations`].
    pub async fn seen_organizations(&self) -> Result<Listing, GitHubError> {
        if let Credential::App(app) = self.credential() {
            return self.installed_organizations(app).await;
        }
        let mut listing = self.list(LOGIN, "/user/orgs?per_page=100", &ORGANIZATION_SCOPES).await?;
        let kind = self.credential().kind();
        // These types are never shown organizations.
        listing.may_list &= !self.credential().is_shown_no_organizations();
        if listing.is_of_nobody && !listing.may_list {
            let (who, remedy) = match kind {
                CredentialKind::Installation | CredentialKind::FineGrained => {
                    (kind.words(), "name the organizations in the settings")
                }
                _ => (
                    "this token, and its answer does not show that it may list them",
                    "name the organizations in the settings, or give the token the scope `read:org` and authorize it for their \
                     single sign-on",
                ),
            };
            listing.end =
                SliceEnd::Forbidden { reason: format!("GitHub shows no organizations to {who}"), remedy: remedy.to_owned() };
        }
        Ok(listing)
    }

    /// Organizations of these names. Empty without names.
    ///
    /// # Errors
    /// An error that ends the run.
    pub async fn named_organizations(&self, names: &[String]) -> Result<Listing, GitHubError> {
        let mut listing = Listing::default();
        for name in names {
            match self.organization(name).await {
                Ok(organization) => listing.objects.push(organization),
                Err(error) if error.ends_the_run() => return Err(error),
                Err(error) => listing.failed.push((name.clone(), error)),
            }
        }
        Ok(listing)
    }

    /// Organization by its name.
    ///
    /// # Errors
    /// It cannot be read, for instance because it does not exist.
    pub async fn organization(&self, login: &str) -> Result<Value, GitHubError> {
        let url = self.address(&format!("/orgs/{}", segment(login)))?;
        let what = self.name_of(&url);
        let answer = self.ask(url).await?;
        let organization: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let malformed = || GitHubError::Malformed { what, problem: "expected an object with a name in `login`".to_owned() };
        let organization = organization.filter(|organization| name(organization, LOGIN).is_some()).ok_or_else(malformed)?;
        Ok(self.ingest().take_object(&PersonFields::SCOPES, organization))
    }

    /// Teams of an organization that the credential can see.
    ///
    /// # Errors
    /// The list cannot be read.
    pub async fn teams(&self, organization: &str) -> Result<Listing, GitHubError> {
        let mut listing =
            self.list(SLUG, &format!("/orgs/{}/teams?per_page=100", segment(organization)), &ORGANIZATION_SCOPES).await?;
        listing.forbid_unless_shown(
            &format!("no team of `{organization}`"),
            "the scope `read:org` (an App: the permission \"Members: read\")",
        );
        Ok(listing)
    }

    /// Teams of an enterprise.
    ///
    /// # Errors
    /// The list cannot be read.
    pub async fn enterprise_teams(&self, enterprise: &str) -> Result<Listing, GitHubError> {
        let mut listing =
            self.list(SLUG, &format!("/enterprises/{}/teams?per_page=100", segment(enterprise)), &ENTERPRISE_SCOPES).await?;
        listing.forbid_unless_shown(
            &format!("no team of enterprise `{enterprise}`"),
            "the scope `read:enterprise` (an App: the permission \"Enterprise teams: read\")",
        );
        Ok(listing)
    }

    /// Members of an organization's team, with those of its child teams.
    ///
    /// # Errors
    /// The list cannot be read.
    pub async fn team_members(&self, organization: &str, team: &str) -> Result<Listing, GitHubError> {
        let path = format!("/orgs/{}/teams/{}/members?per_page=100", segment(organization), segment(team));
        self.list_of(OF_MEMBERS, &path, &ORGANIZATION_SCOPES, &PersonFields::USERS).await
    }

    /// Members of an enterprise's team.
    ///
    /// # Errors
    /// The list cannot be read.
    pub async fn enterprise_team_members(&self, enterprise: &str, team: &str) -> Result<Listing, GitHubError> {
        let path = format!("/enterprises/{}/teams/{}/memberships?per_page=100", segment(enterprise), segment(team));
        self.list_of(OF_MEMBERS, &path, &ENTERPRISE_SCOPES, &PersonFields::USERS).await
    }

    /// Lists objects that are named by the field `key`. One of `scopes` lets a token list them.
    async fn list(&self, key: &str, path: &str, scopes: &[&str]) -> Result<Listing, GitHubError> {
        let listing = self.list_of(&[], path, scopes, &PersonFields::SCOPES).await?;
        let malformed = |problem| GitHubError::Malformed { what: format!("GET {path}"), problem };
        check_names(&listing.objects, key).map_err(malformed)?;
        Ok(listing)
    }

    /// Lists objects with these fields only, or with all without any. One of `scopes` lets a token list them.
    async fn list_of(
        &self,
        keys: &[&str],
        path: &str,
        scopes: &[&str],
        persons: &'static PersonFields,
    ) -> Result<Listing, GitHubError> {
        let what = || format!("GET {path}");
        let ends = self.clock().instant() + Duration::from_secs(LISTING_HOURS * 60 * 60);
        let mut pages = self.pages_of(path, Form::List, persons).of_pages(PAGES_AT_MOST);
        let (mut objects, mut bytes) = (Vec::new(), 0);
        while let Some(items) = pages.next().await? {
            if self.clock().instant() >= ends {
                return Err(GitHubError::LimitExceeded { what: what(), limit: LISTING_HOURS, unit: "hours" });
            }
            for item in items {
                let object: Option<Value> = serde_json::from_slice(&item.json).ok().filter(Value::is_object);
                let problem = || format!("element {} is not an object", item.line);
                let mut object = object.ok_or_else(|| GitHubError::Malformed { what: what(), problem: problem() })?;
                match object.as_object_mut().filter(|_| !keys.is_empty()) {
                    Some(object) => object.retain(|key, _| keys.contains(&key.as_str())),
                    None => bytes += item.json.len(),
                }
                if bytes > LARGEST_LIST {
                    return Err(GitHubError::LimitExceeded { what: what(), limit: (LARGEST_LIST >> 20) as u64, unit: "MiB" });
                }
                objects.push(object);
            }
        }
        let end = pages.end();
        let (may_list, is_of_nobody) = (pages.rights().shows_any_of(scopes), end == SliceEnd::Empty);
        Ok(Listing { objects, end, failed: Vec::new(), may_list, is_of_nobody })
    }
}

/// Name of an object in addresses and identifiers. None where it is not a plain name.
fn name<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    // Slugs of enterprise teams are written `ent:core`.
    let is_part = |character: char| character.is_alphanumeric() || "-_.".contains(character) || key == SLUG && character == ':';
    let name = object.get(key)?.as_str()?;
    (name.chars().all(is_part) && name.chars().any(char::is_alphanumeric)).then_some(name)
}

/// Checks that each object of a list has a name, and a unique one. The error says which has not.
fn check_names(objects: &[Value], key: &str) -> Result<(), String> {
    let mut names = HashSet::new();
    for (object, number) in objects.iter().zip(1..) {
        let name = name(object, key).ok_or_else(|| format!("element {number} has no name in `{key}`"))?;
        if !names.insert(name.to_lowercase()) {
            return Err(format!("element {number} has the same `{key}` as one before it"));
        }
    }
    Ok(())
}

impl Listing {
    /// Turns an empty list into `forbidden` when the credential is not seen to have the right to list.
    fn forbid_unless_shown(&mut self, nobody: &str, needed: &str) {
        if self.is_of_nobody && !self.may_list {
            self.end = SliceEnd::Forbidden {
                reason: format!("GitHub lists {nobody}, and its answer does not show that the token may list them"),
                remedy: format!("the token needs {needed}, and may have to be authorized for single sign-on"),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_of_a_list_has_a_name_of_its_own() {
        let cases = [
            (SLUG, json!([]), None),
            (SLUG, json!([{"slug": "core"}, {"slug": "ent:core"}, {"slug": "a_b-c.d"}, {"slug": "équipe"}]), None),
            (LOGIN, json!([{"login": "acme"}, {"login": "acme-2"}, {"login": "acme_corp"}]), None),
            (SLUG, json!([{"slug": "core"}, {"message": "x"}]), Some("element 2 has no name in `slug`")),
            (SLUG, json!([{"slug": null}]), Some("element 1 has no name in `slug`")),
            (SLUG, json!([{"slug": ""}]), Some("element 1 has no name in `slug`")),
            (SLUG, json!([{"slug": " "}]), Some("element 1 has no name in `slug`")),
            (SLUG, json!([{"slug": 7}]), Some("element 1 has no name in `slug`")),
            (
                SLUG,
                json!([{"slug": "core"}, {"slug": "docs"}, {"slug": "core"}]),
                Some("element 3 has the same `slug` as one before it"),
            ),
            (LOGIN, json!([{"login": "acme"}, {}]), Some("element 2 has no name in `login`")),
            (LOGIN, json!([{"login": "a/b"}]), Some("element 1 has no name in `login`")),
            (LOGIN, json!([{"login": ".."}]), Some("element 1 has no name in `login`")),
            (LOGIN, json!([{"login": "a?b"}]), Some("element 1 has no name in `login`")),
            (LOGIN, json!([{"login": "ent:a"}]), Some("element 1 has no name in `login`")),
            (LOGIN, json!([{"login": "acme"}, {"login": "Acme"}]), Some("element 2 has the same `login` as one before it")),
        ];
        for (key, list, expected) in cases {
            assert_eq!(check_names(list.as_array().unwrap(), key).err().as_deref(), expected, "{list}");
        }
    }
}
