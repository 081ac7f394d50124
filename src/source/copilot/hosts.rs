//! Hosts: whom a run reads, and with which credential.
//!
//! Each organization and each enterprise is read at one host only. One that is named in the settings belongs to the first host
//! that names it; one that is only seen, to the first host that sees it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::directory::Listed;
use crate::github::selection::is_pattern;
use crate::github::{GitHub, GitHubError, Selection};
use crate::model::non_empty::NonEmpty;

/// One address of GitHub with one credential, and whom to read there.
#[derive(Clone, Debug)]
pub struct Host {
    /// The client, with address and credential.
    pub github: GitHub,
    /// Enterprise and organizations to read.
    pub owners: Owners,
    /// Organizations and teams that are left out.
    pub selection: Selection,
    /// The name in messages where there are several hosts; the address when it is empty.
    pub label: String,
}

/// Organizations and the enterprise that are read at a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// Organizations by login, or patterns of logins; when empty, all that the credential sees.
    pub organizations: Vec<String>,
    /// The enterprise's slug. As in Ocean, organization kinds are skipped when it is set and no organization is named.
    pub enterprise: Option<String>,
}

impl Host {
    /// A host of which everything is read that the credential sees.
    pub fn new(github: GitHub) -> Self {
        Self { github, owners: Owners::default(), selection: Selection::default(), label: String::new() }
    }
}

impl Owners {
    pub(super) fn wants_organizations(&self) -> bool {
        self.enterprise.is_none() || !self.organizations.is_empty()
    }
}

/// A host during one run.
pub(super) struct HostRun {
    pub(super) number: usize,
    pub(super) host: Host,
    /// Organizations, teams and days of the host, listed once.
    pub(super) listed: Arc<Listed>,
    pub(super) naming: Naming,
}

/// The hosts of a run, in their order. Clients of one address share what they know of endpoints that are out.
pub(super) fn for_run(hosts: &NonEmpty<Host>) -> NonEmpty<HostRun> {
    let is_alone = hosts.len() == 1;
    let has_addresses = hosts.iter().any(|other| other.github.host() != hosts.first().github.host());
    let mut clients: HashMap<String, GitHub> = HashMap::new();
    let mut number = 0;
    hosts.clone().map(|host| {
        let address = host.github.host();
        let first = clients.entry(address.clone()).or_insert_with(|| host.github.for_run());
        let github = host.github.clone().sharing_outages_with(first);
        let label = match () {
            () if is_alone => String::new(),
            () if host.label.is_empty() => address.clone(),
            () => host.label.clone(),
        };
        let suffix = if has_addresses { format!(" at {address}") } else { String::new() };
        let naming = Naming { is_alone, label: label.into(), suffix: suffix.into() };
        number += 1;
        HostRun { number: number - 1, host: Host { github, ..host }, listed: Arc::default(), naming }
    })
}

/// Names of a host's scopes in messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Naming {
    /// True for the only host: a refused credential ends the run then.
    pub(super) is_alone: bool,
    /// Scope of the list of organizations, which has no name.
    label: Arc<str>,
    /// Text after a name, to distinguish several hosts.
    suffix: Arc<str>,
}

impl Naming {
    /// The scope in messages: `acme`, or `acme at api.octo.ghe.com` when there are several hosts.
    pub(super) fn of(&self, scope: &str) -> String {
        match scope {
            "" => self.label.to_string(),
            scope => format!("{scope}{}", self.suffix),
        }
    }

    /// True for an error after which nothing else is tried, because this is the only host.
    pub(super) fn ends_the_run(&self, error: &GitHubError) -> bool {
        self.is_alone && error.ends_the_run()
    }

    /// True when the credential has never worked and this is the only host.
    pub(super) fn is_bad_credentials(&self, error: &GitHubError) -> bool {
        self.is_alone && error.is_bad_credentials()
    }
}

/// The host that reads an organization or an enterprise.
#[derive(Debug, Default)]
pub(super) struct Claims(Mutex<HashMap<Claim, Holder>>);

/// A host, whether it is an enterprise, and the name in lower case.
type Claim = (String, bool, String);

#[derive(Debug)]
struct Holder {
    number: usize,
    label: Arc<str>,
    is_named: bool,
}

impl Holder {
    fn of(host: &HostRun, is_named: bool) -> Self {
        Self { number: host.number, label: Arc::clone(&host.naming.label), is_named }
    }
}

impl Claims {
    /// Gives each named owner to the first host that names it. Returns notes about owners that several hosts name.
    pub(super) fn name(&self, hosts: &NonEmpty<HostRun>) -> Vec<String> {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut notes = Vec::new();
        for host in hosts.iter() {
            let Owners { organizations, enterprise } = &host.host.owners;
            let organizations = organizations.iter().filter(|name| !is_pattern(name)).map(|name| (false, name));
            for (is_enterprise, name) in organizations.chain(enterprise.iter().map(|slug| (true, slug))) {
                let holder = claims.entry(claim(host, is_enterprise, name)).or_insert_with(|| Holder::of(host, true));
                if holder.number != host.number && holder.is_named {
                    notes.push(said_twice(is_enterprise, name, "named", &holder.label, host));
                }
            }
        }
        notes
    }

    /// True when another host reads the organization.
    pub(super) fn is_read_elsewhere(&self, host: &HostRun, name: &str) -> bool {
        let claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        claims.get(&claim(host, false, name)).is_some_and(|holder| holder.number != host.number)
    }

    /// Claims an owner that is seen at a host. False when another host reads it; a note when neither names it.
    pub(super) fn take(&self, host: &HostRun, is_enterprise: bool, name: &str) -> (bool, Option<String>) {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let holder = claims.entry(claim(host, is_enterprise, name)).or_insert_with(|| Holder::of(host, false));
        if holder.number == host.number {
            return (true, None);
        }
        (false, (!holder.is_named).then(|| said_twice(is_enterprise, name, "seen", &holder.label, host)))
    }
}

fn claim(host: &HostRun, is_enterprise: bool, name: &str) -> Claim {
    (host.host.github.host(), is_enterprise, name.to_ascii_lowercase())
}

fn said_twice(is_enterprise: bool, name: &str, how: &str, first: &str, other: &HostRun) -> String {
    let what = if is_enterprise { "enterprise" } else { "organization" };
    let other = &other.naming.label;
    format!("{what} `{name}` is {how} by two sources; it is read once, with {first}, and not with {other}")
}
