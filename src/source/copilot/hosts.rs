//! Whom a run reads, and with which credential: one place, or several hosts and credentials side by side.
//!
//! Each organization and each enterprise is read at one place only. One that is named in the settings belongs to the first place
//! that names it; one that is only seen, to the first place that sees it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::directory::{Directory, Listed};
use crate::github::selection::is_pattern;
use crate::github::{GitHub, GitHubError, Selection};
use crate::source::listings::ListingsFile;

/// Who is read.
#[derive(Clone, Debug, Default)]
pub struct Scopes {
    /// Organizations by login, or patterns of logins; when empty, all that the credential sees.
    pub organizations: Vec<String>,
    /// The enterprise's slug. As in Ocean, organization kinds are skipped when it is set and no organization is named.
    pub enterprise: Option<String>,
    /// Only these organizations, of those above; when empty, all.
    pub only: Vec<String>,
    /// What is left out of them.
    pub selection: Selection,
    /// How people tell this place from others. Not used while there is only one.
    pub label: String,
    /// Lists that the user knows to be empty, and organizations that the user knows to be gone, see
    /// [`ORGANIZATIONS_LIST`](super::ORGANIZATIONS_LIST). Those of the first place hold for all.
    pub accept_empty: Vec<String>,
    /// Where it is kept what earlier runs saw listed; none when nothing is. That of the first place holds for all.
    pub listings: Option<ListingsFile>,
    /// Further hosts and credentials, and who is read with them. Their own further ones are not looked at.
    pub elsewhere: Vec<Elsewhere>,
}

/// A further host, or a further credential for the same one.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// The host, with the credential.
    pub github: GitHub,
    /// Who is read there.
    pub scopes: Scopes,
}

impl Scopes {
    pub(super) fn wants_organizations(&self) -> bool {
        self.enterprise.is_none() || !self.organizations.is_empty()
    }

    pub(super) fn wants(&self, login: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only.eq_ignore_ascii_case(login))
    }
}

/// One host with one credential, while it is read.
#[derive(Clone)]
pub(super) struct Place<'a> {
    pub(super) number: usize,
    pub(super) github: &'a GitHub,
    pub(super) scopes: &'a Scopes,
    /// Who there is.
    pub(super) listed: Arc<Listed>,
    pub(super) naming: Naming,
}

/// How scopes of a place are called.
#[derive(Clone, Debug, Default)]
pub(super) struct Naming {
    /// Whether it is the only place: then a credential that is refused ends the run.
    pub(super) is_alone: bool,
    /// What is called by no name: the list of organizations.
    label: Arc<str>,
    /// What follows a name, so that those of several hosts are told apart.
    suffix: Arc<str>,
}

impl Naming {
    /// The scope as people are told of it: `acme`, or `acme at api.octo.ghe.com` when there are several hosts.
    pub(super) fn of(&self, scope: &str) -> String {
        match scope {
            "" => self.label.to_string(),
            scope => format!("{scope}{}", self.suffix),
        }
    }

    /// Whether nothing else is worth being tried after this error.
    pub(super) fn ends_the_run(&self, error: &GitHubError) -> bool {
        self.is_alone && error.ends_the_run()
    }

    /// Whether the credential has never worked, and there is no other.
    pub(super) fn is_bad_credentials(&self, error: &GitHubError) -> bool {
        self.is_alone && error.is_bad_credentials()
    }
}

/// The places of a run, in their order.
pub(super) fn places<'a>(github: &'a GitHub, scopes: &'a Scopes, directory: &Directory) -> Vec<Place<'a>> {
    let further = scopes.elsewhere.iter().map(|elsewhere| (&elsewhere.github, &elsewhere.scopes));
    let all: Vec<_> = std::iter::once((github, scopes)).chain(further).collect();
    let is_alone = all.len() == 1;
    let has_hosts = all.iter().any(|(other, _)| other.host() != github.host());
    let place = |(number, (github, scopes)): (usize, (&'_ GitHub, &'_ Scopes))| {
        let label = match () {
            () if is_alone => String::new(),
            () if scopes.label.is_empty() => github.host(),
            () => scopes.label.clone(),
        };
        let suffix = if has_hosts { format!(" at {}", github.host()) } else { String::new() };
        (number, Naming { is_alone, label: label.into(), suffix: suffix.into() })
    };
    let named = all.iter().copied().enumerate().map(place);
    let named: Vec<_> = named.collect();
    let places = all.into_iter().zip(named).map(|((github, scopes), (number, naming))| Place {
        number,
        github,
        scopes,
        listed: directory.listed(number),
        naming,
    });
    places.collect()
}

/// Which place reads whom.
#[derive(Debug, Default)]
pub(super) struct Claims(Mutex<HashMap<Claim, Holder>>);

/// A host, whether it is an enterprise, and the name in lower case.
type Claim = (String, bool, String);

#[derive(Clone, Copy, Debug)]
struct Holder {
    number: usize,
    is_named: bool,
}

impl Claims {
    /// Gives whoever is named to the first place that names them. Says of whom several do.
    pub(super) fn name(&self, places: &[Place<'_>]) -> Vec<String> {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut notes = Vec::new();
        for place in places {
            let organizations = place.scopes.organizations.iter().filter(|name| !is_pattern(name)).map(|name| (false, name));
            for (is_enterprise, name) in organizations.chain(place.scopes.enterprise.iter().map(|slug| (true, slug))) {
                let claim = (place.github.host(), is_enterprise, name.to_ascii_lowercase());
                let holder = claims.entry(claim).or_insert(Holder { number: place.number, is_named: true });
                if holder.number != place.number && holder.is_named {
                    notes.push(said_twice(is_enterprise, name, "named", &places[holder.number], place));
                }
            }
        }
        notes
    }

    /// Whether another place reads somebody.
    pub(super) fn is_read_elsewhere(&self, place: &Place<'_>, name: &str) -> bool {
        let claim = (place.github.host(), false, name.to_ascii_lowercase());
        let claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        claims.get(&claim).is_some_and(|holder| holder.number != place.number)
    }

    /// Takes somebody who is seen at a place. False when another place reads them; a note when neither names them.
    pub(super) fn take(
        &self,
        places: &[Place<'_>],
        place: &Place<'_>,
        is_enterprise: bool,
        name: &str,
    ) -> (bool, Option<String>) {
        let claim = (place.github.host(), is_enterprise, name.to_ascii_lowercase());
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let holder = *claims.entry(claim).or_insert(Holder { number: place.number, is_named: false });
        if holder.number == place.number {
            return (true, None);
        }
        let twice = || said_twice(is_enterprise, name, "seen", &places[holder.number], place);
        (false, (!holder.is_named).then(twice))
    }
}

fn said_twice(is_enterprise: bool, name: &str, how: &str, first: &Place<'_>, other: &Place<'_>) -> String {
    let what = if is_enterprise { "enterprise" } else { "organization" };
    let (first, other) = (&first.naming.label, &other.naming.label);
    format!("{what} `{name}` is {how} by two sources; it is read once, with {first}, and not with {other}")
}
