//! Proof that lists give: by GitHub's answers, and by the listings of earlier runs. [`crate::reconcile::listing`] decides; this
//! file asks GitHub and keeps the listings of the run.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use super::directory::text;
use super::hosts::Host;
use crate::github::{CredentialKind, GitHub, Listing};
use crate::model::day::Day;
use crate::model::slice::SliceEnd;
use crate::reconcile::listing::{Absence, AbsenceProof, ListHistories, ListHistory, ListName, ListingRight, ReadList};
use crate::reconcile::report_owner::KnownOwnerIds;

/// The list of organizations, as [`CopilotSource::accept_empty`](super::CopilotSource::accept_empty) names it. The teams of `acme` are `acme/*` there, and an organization
/// that is gone is `acme`.
pub const ORGANIZATIONS_LIST: &str = "organizations";

/// Organizations that are no longer listed and are asked for by name. When more vanish at once, one answer for each says no more
/// about the cause.
const ASKED_BY_NAME_AT_MOST: usize = 10;

/// Listings of earlier runs and of this one.
#[derive(Debug, Default)]
pub(super) struct Lists {
    integration: String,
    accepted: Vec<String>,
    /// True when the listings are saved for the next run.
    is_kept: bool,
    before: ListHistories,
    after: Mutex<ListHistories>,
    /// The owners' ids in the reports of this run, by the field that holds them.
    seen_ids: Mutex<BTreeMap<(ListName, &'static str), String>>,
}

/// Organizations that were listed and are not any more.
#[derive(Debug, Default)]
pub(super) struct Vanished {
    /// Those that may still be there, and what that means for what they gave.
    pub(super) open: Vec<(String, SliceEnd)>,
    /// A sentence for each that is gone.
    pub(super) notes: Vec<String>,
}

/// Answers of GitHub to a name that is no longer listed.
enum ByName {
    /// There is none, or it is hidden: GitHub says 404 to both.
    NotFound,
    /// The organization that was listed, under another name.
    Renamed(String),
    /// There is an organization of that name.
    There,
    /// Something that is not known to be the organization that was listed.
    Other(String),
    Unknown,
}

impl Lists {
    pub(super) fn new(integration: &str, accepted: &[String], is_kept: bool, before: ListHistories) -> Self {
        Self {
            integration: integration.to_owned(),
            accepted: accepted.to_vec(),
            is_kept,
            after: Mutex::new(before.clone()),
            before,
            seen_ids: Mutex::default(),
        }
    }

    /// Listings to save after the run.
    pub(super) fn memory(&self) -> ListHistories {
        locked(&self.after).clone()
    }

    /// Checks that an id in the rows of an owner's report is the owner's, see [`KnownOwnerIds`]. The error is the expected id.
    pub(super) fn check_owner(
        &self,
        name: &ListName,
        field: &'static str,
        listed: Option<&str>,
        found: &str,
    ) -> Result<(), String> {
        let mut seen_ids = locked(&self.seen_ids);
        let key = (name.clone(), field);
        let remembered = self.before.get(name).and_then(|before| before.report_ids.get(field)).map(String::as_str);
        let owner = KnownOwnerIds { listed, remembered, seen: seen_ids.get(&key).map(String::as_str) };
        let checked = owner.check(found);
        if owner.is_remembered(found) {
            let mut memory = locked(&self.after);
            memory.entry(name.clone()).or_default().report_ids.insert(field.to_owned(), found.to_owned());
        }
        if checked.is_ok() {
            seen_ids.entry(key).or_insert_with(|| found.to_owned());
        }
        checked
    }

    /// Whether an answer about one day tells all of it. One with lines does. One without proves that there is nothing when a run at least
    /// an hour ago was told the same, as for an empty list: GitHub gives the same answer while it has not yet summed up a day.
    pub(super) fn proves_day(&self, name: &ListName, day: Day, has_lines: bool, now: Timestamp) -> bool {
        let day = day.to_string();
        let mut memory = locked(&self.after);
        if has_lines {
            if let Some(history) = memory.get_mut(name) {
                history.names.remove(&day);
            }
            return true;
        }
        let since = self.before.get(name).and_then(|before| before.names.get(&day).copied().flatten());
        let since = since.filter(|since| *since <= now).unwrap_or(now);
        memory.entry(name.clone()).or_default().names.insert(day, Some(since));
        let absence = Absence { right: ListingRight::Shown, is_accepted: false, since: Some(since), now };
        absence.proof() == AbsenceProof::Proven
    }

    /// Forgets the days of such a list that are read no more.
    pub(super) fn forget_days_before(&self, name: &ListName, first: Day) {
        let first = first.to_string();
        if let Some(history) = locked(&self.after).get_mut(name) {
            // Days are written so that their texts have their order.
            history.names.retain(|day, _| *day >= first);
        }
    }

    /// Organizations on the list of the last run, in lower case.
    pub(super) fn known_organizations(&self) -> impl Iterator<Item = &str> {
        let lists = self.before.iter().filter(|(name, _)| name.list == ORGANIZATIONS_LIST);
        lists.flat_map(|(_, remembered)| remembered.names.keys()).map(String::as_str)
    }

    /// End of a list of organizations that was read to its last page.
    pub(super) fn organizations_end(&self, host: &Host, listing: &Listing) -> SliceEnd {
        if !listing.is_of_nobody {
            return listing.end.clone();
        }
        let is_app = host.github.credential().kind() == CredentialKind::App;
        let (nobody, mend) = match is_app {
            true => (
                "the GitHub App is installed in no organization",
                "install the App in the organizations, in its settings under \"Install App\"",
            ),
            false => (
                "GitHub lists no organization",
                "name the organizations in the settings, or give the token the scope `read:org` and authorize it for their \
                 single sign-on",
            ),
        };
        self.end_of_nobody(host, ORGANIZATIONS_LIST, listing, nobody, mend)
    }

    /// End of a list of the teams of an organization or an enterprise that was read to its last page.
    pub(super) fn teams_end(&self, host: &Host, owner: &str, listing: &Listing) -> SliceEnd {
        let list = format!("{owner}/*");
        if !listing.is_of_nobody {
            if matches!(listing.end, SliceEnd::Complete) {
                self.note(self.name(host, &list), |before, now| before.after(ReadList::Somebody, now), host.github.now());
            }
            return listing.end.clone();
        }
        let nobody = format!("GitHub lists no team of `{owner}`");
        let mend = "let the credential's owner see the teams, or take the kind out of the mapping";
        self.end_of_nobody(host, &list, listing, &nobody, mend)
    }

    fn end_of_nobody(&self, host: &Host, list: &str, listing: &Listing, nobody: &str, mend: &str) -> SliceEnd {
        let (name, now) = (self.name(host, list), host.github.now());
        let right = right_of(listing);
        let since = self.before.get(&name).and_then(|before| before.empty_since);
        let proof = Absence { right, is_accepted: self.accepts(list), since, now }.proof();
        self.note(
            name,
            |before, now| {
                let after = before.after(ReadList::Nobody(right), now);
                // Nobody is missed any more.
                match proof {
                    AbsenceProof::Proven => ListHistory { empty_since: after.empty_since, ..ListHistory::default() },
                    _ => after,
                }
            },
            now,
        );
        match proof {
            AbsenceProof::Proven => SliceEnd::Empty,
            AbsenceProof::MayNotList => {
                let end = listing.end.clone();
                let accept = |remedy: String| format!("{remedy}; if nobody is there, {}", accepting(list));
                match end {
                    SliceEnd::Forbidden { reason, remedy } => SliceEnd::Forbidden { reason, remedy: accept(remedy) },
                    end => end,
                }
            }
            AbsenceProof::Unconfirmed { proven_from } => SliceEnd::Unconfirmed {
                reason: format!("{nobody}, which one answer does not prove"),
                remedy: format!("if nobody is there, {}; otherwise {mend}", self.confirming(list, proven_from)),
            },
        }
    }

    /// Organizations that were listed before and are not any more, of those that `is_read` takes.
    ///
    /// GitHub leaves an organization out of the list when it is gone, but also when the token's owner has left it, when an App is
    /// uninstalled there, or when it restricts who may see it: then what it gave is out of sight, and not gone. That its name is not
    /// found does not tell the one from the other, because GitHub hides in the same words; that its id has another name does.
    pub(super) async fn vanished(&self, host: &Host, listing: &Listing, is_read: impl Fn(&str) -> bool) -> Vanished {
        let mut vanished = Vanished::default();
        if listing.end != SliceEnd::Complete {
            return vanished;
        }
        let listed = listing.objects.iter().map(|object| text(object, "login"));
        let listed: Vec<String> = listed.chain(listing.failed.iter().map(|(login, _)| login.clone())).collect();
        let (name, now) = (self.name(host, ORGANIZATIONS_LIST), host.github.now());
        let before = self.before.get(&name).cloned().unwrap_or_default();
        let mut after = before.after(ReadList::Names(&listed), now);
        for object in &listing.objects {
            if let Some(id) = object.get("id").and_then(Value::as_u64) {
                after.identify(&text(object, "login"), id);
            }
        }
        let mut asks_left = ASKED_BY_NAME_AT_MOST;
        for (login, since) in before.missing(&listed) {
            if !is_read(&login) {
                after.forget(&login);
                continue;
            }
            let is_accepted = self.accepts(&login);
            let found =
                if is_accepted || asks_left == 0 { ByName::Unknown } else { by_name(&host.github, &login, &before).await };
            // A server that is not well answers the next one no better.
            asks_left = if matches!(found, ByName::Unknown) { 0 } else { asks_left - 1 };
            let proof = match &found {
                ByName::Renamed(_) => AbsenceProof::Proven,
                _ => Absence { right: right_of(listing), is_accepted, since, now }.proof(),
            };
            let not_listed = format!("organization `{login}` was listed before and is not any more");
            let how = match &found {
                ByName::NotFound => ", and GitHub shows none of that name".to_owned(),
                ByName::Other(name) => format!(", and GitHub answers to its name with `{name}`, which may be another one"),
                ByName::Renamed(name) => format!(", because it is called `{name}` now"),
                ByName::There => ", although GitHub still has it: the credential no longer sees it".to_owned(),
                ByName::Unknown => String::new(),
            };
            let mend = "let the credential see it again, or name it in the settings";
            match proof {
                AbsenceProof::Proven => {
                    after.forget(&login);
                    vanished.notes.push(format!("{not_listed}{how}; what it gave is no longer desired"));
                }
                AbsenceProof::MayNotList => {
                    let remedy = format!("{mend}; if it is to go, {}", accepting(&login));
                    vanished.open.push((login, SliceEnd::Forbidden { reason: format!("{not_listed}{how}"), remedy }));
                }
                AbsenceProof::Unconfirmed { proven_from } => {
                    let remedy = format!("if it is to go, {}; otherwise {mend}", self.confirming(&login, proven_from));
                    vanished.open.push((login, SliceEnd::Unconfirmed { reason: format!("{not_listed}{how}"), remedy }));
                }
            }
        }
        self.note(name, |_, _| after, now);
        vanished
    }

    fn accepts(&self, scope: &str) -> bool {
        self.accepted.iter().any(|accepted| scope_of(accepted).eq_ignore_ascii_case(scope))
    }

    pub(super) fn name(&self, host: &Host, list: &str) -> ListName {
        let place = format!("{} {}", host.github.host(), host.label).trim().to_owned();
        ListName { integration: self.integration.clone(), place, list: list.to_ascii_lowercase() }
    }

    fn note(&self, name: ListName, after: impl FnOnce(ListHistory, Timestamp) -> ListHistory, now: Timestamp) {
        let mut memory = locked(&self.after);
        let before = self.before.get(&name).cloned().unwrap_or_default();
        memory.insert(name, after(before, now));
    }

    /// Ways to confirm that an empty list is right.
    fn confirming(&self, scope: &str, proven_from: Timestamp) -> String {
        match self.is_kept {
            true => format!("a run after {} proves it, and {}", proven_from.strftime("%Y-%m-%d %H:%M UTC"), accepting(scope)),
            false => accepting(scope),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Flag that confirms an empty list.
fn accepting(scope: &str) -> String {
    format!("`--accept-empty '{scope}'` says so at once")
}

/// The scope as it is called where there is one host only: `acme/*` for `acme/* at api.octo.ghe.com`.
pub(super) fn scope_of(accepted: &str) -> &str {
    accepted.split(" at ").next().unwrap_or(accepted).trim()
}

fn right_of(listing: &Listing) -> ListingRight {
    if listing.may_list { ListingRight::Shown } else { ListingRight::NotShown }
}

async fn by_name(github: &GitHub, login: &str, before: &ListHistory) -> ByName {
    match github.organization(login).await {
        Ok(organization) => {
            let is_same = before.is_same(login, organization.get("id").and_then(Value::as_u64));
            match text(&organization, "login") {
                name if name.eq_ignore_ascii_case(login) => ByName::There,
                name if is_same => ByName::Renamed(name),
                name => ByName::Other(name),
            }
        }
        Err(error) if error.status().is_some_and(|status| matches!(status.as_u16(), 404 | 410)) => ByName::NotFound,
        Err(_) => ByName::Unknown,
    }
}
