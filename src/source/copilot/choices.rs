//! Choices that match nothing: an organization of `--org` that is not read, a list of the settings that no organization or team
//! fits, a scope of `--accept-empty` that does not exist. A run that reads nothing because of its choices must not end as complete.
//!
//! Choices that can be checked without a request are checked before the first one. The others use the lists that the run
//! reads anyway.

use super::copilot_run::CopilotRun;
use super::directory::{Owner, text};
use super::hosts::{Host, HostRun, Owners};
use super::lists::{ORGANIZATIONS_LIST, scope_of};
use super::report::quoted;
use crate::github::Selection;
use crate::github::selection::is_pattern;
use crate::kind::Kind;
use crate::kind::levels::{LevelsOfHost, MixedLevels, mixed_of_hosts};
use crate::model::names::few;
use crate::model::non_empty::NonEmpty;
use crate::model::slice::SliceEnd;
use crate::source::WrongChoice;

fn wrong(sentence: impl Into<String>, help: impl Into<String>) -> WrongChoice {
    WrongChoice { sentence: sentence.into(), help: help.into() }
}

/// Checks the choices that need no request.
///
/// # Errors
/// Fails when a choice matches nothing, whatever GitHub answers.
pub(super) fn check_without_asking<'a>(
    hosts: impl Iterator<Item = (&'a Owners, &'a Selection)>,
    only: &[String],
    accept_empty: &[String],
) -> Result<(), WrongChoice> {
    for accepted in accept_empty {
        let scope = scope_of(accepted);
        let name = scope.strip_suffix("/*").unwrap_or(scope);
        if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')) {
            let sentence = format!("`--accept-empty {accepted}` is no scope");
            return Err(wrong(sentence, accepted_forms()));
        }
    }
    if only.is_empty() {
        return Ok(());
    }
    let reading: Vec<_> = hosts.filter(|(owners, _)| owners.wants_organizations()).collect();
    if reading.is_empty() {
        let sentence = format!("no organization is read, so there is none for --org {}", only.join(","));
        return Err(wrong(sentence, "the settings name an enterprise only; name organizations, too, to read both"));
    }
    if reading.iter().any(|(owners, _)| has_list(owners)) {
        return Ok(());
    }
    let read = |name: &&String| reading.iter().any(|(_, selection)| selection.has_organization(name));
    let names: Vec<&str> =
        reading.iter().flat_map(|(owners, _)| &owners.organizations).filter(read).map(String::as_str).collect();
    check_only(only, &names, "the settings name", None)
}

/// Checks that no blueprint gets an enterprise and organizations of the same address.
///
/// # Errors
/// Fails for the first blueprint that would.
pub(super) fn check_levels(hosts: &NonEmpty<Host>, given: &[(&str, &str)]) -> Result<(), WrongChoice> {
    let addresses: Vec<String> = hosts.iter().map(|host| host.github.host()).collect();
    let read = hosts.iter().zip(&addresses).map(|(Host { owners, .. }, address)| LevelsOfHost {
        host: address,
        enterprise: owners.enterprise.as_deref(),
        organizations: owners.wants_organizations().then_some(owners.organizations.as_slice()),
        has_list: has_list(owners),
    });
    let found = mixed_of_hosts(&read.collect::<Vec<_>>(), given);
    found.into_iter().next().map_or(Ok(()), |(_, sentence)| Err(wrong(sentence, MixedLevels::REMEDY)))
}

/// True when organizations are found in GitHub's list, not only by the names in the settings.
fn has_list(owners: &Owners) -> bool {
    owners.organizations.is_empty() || owners.organizations.iter().any(|name| is_pattern(name))
}

/// Checks the other choices, with the lists that a run of these kinds reads. A list that cannot be read is not checked: the
/// run reports it.
///
/// # Errors
/// Fails when a choice matches nothing.
pub(super) async fn check(run: &CopilotRun, kinds: &[&'static Kind]) -> Result<(), WrongChoice> {
    let CopilotRun { hosts, only, accept_empty, lists, .. } = run;
    check_without_asking(hosts.iter().map(|host| (&host.host.owners, &host.host.selection)), only, accept_empty)?;
    let reads_organizations = kinds.iter().any(|kind| !kind.scope.is_enterprise());
    let chooses_organizations = |HostRun { host: Host { owners, selection, .. }, .. }: &HostRun| {
        owners.organizations.iter().any(|name| is_pattern(name)) || !selection.exclude_organizations.is_empty()
    };
    let chooses_teams = |host: &HostRun| !host.host.selection.teams.is_empty();
    let reads_teams = kinds.iter().any(|kind| kind.scope.has_teams());
    let is_needed = !only.is_empty()
        || !accept_empty.is_empty()
        || reads_organizations && hosts.iter().any(chooses_organizations)
        || reads_teams && hosts.iter().any(chooses_teams);
    if !is_needed {
        return Ok(());
    }
    let mut seen = Seen { is_whole: true, ..Seen::default() };
    let asks_for_organizations = reads_organizations || !only.is_empty();
    for host in hosts.iter().filter(|host| host.host.owners.wants_organizations()) {
        if !asks_for_organizations {
            // Nobody is known then, so no name is known to be wrong.
            seen.is_whole = false;
            seen.has_list |= has_list(&host.host.owners);
            continue;
        }
        // Whom another host names belongs to that one.
        let Ok(organizations) = host.organizations(lists).await else { return Ok(()) };
        let listing = &organizations.listing;
        seen.logins.extend(listing.objects.iter().map(|object| text(object, "login")));
        seen.logins.extend(listing.failed.iter().map(|(login, _)| login.clone()));
        seen.logins.extend(organizations.vanished.open.iter().map(|(login, _)| login.clone()));
        seen.is_whole &= matches!(listing.end, SliceEnd::Complete);
        seen.trouble = seen.trouble.or_else(|| listing.end.remedy().map(str::to_owned));
        seen.listed += organizations.listed.unwrap_or(0);
        seen.has_list |= organizations.listed.is_some();
    }
    let logins: Vec<&str> = seen.logins.iter().map(String::as_str).collect();
    if !only.is_empty() {
        check_only(only, &logins, "GitHub lists", seen.trouble.as_deref())?;
    }
    let has_enterprise = hosts.iter().any(|host| host.host.owners.enterprise.is_some());
    if reads_organizations && seen.is_whole && seen.listed > 0 && logins.is_empty() && !has_enterprise {
        let chosen: Vec<String> = hosts.iter().flat_map(|host| &host.host.owners.organizations).cloned().collect();
        let sentence = match chosen.is_empty() {
            false => format!("no organization matches {}, which the settings name to be read", quoted(&chosen)),
            true => "the settings leave out every organization that there is to read".to_owned(),
        };
        let help = format!("the credential sees {} organizations; `pilotage doctor` names them", seen.listed);
        return Err(wrong(sentence, help));
    }
    check_accepted(run, &seen)?;
    if reads_teams && only.is_empty() && hosts.iter().any(chooses_teams) {
        check_teams(run, kinds).await?;
    }
    Ok(())
}

/// Organizations of all hosts together.
#[derive(Default)]
struct Seen {
    logins: Vec<String>,
    /// Number of listed organizations, read or not.
    listed: usize,
    /// True when at least one list of organizations was read.
    has_list: bool,
    /// True when every list was read to its end and is proven to be whole.
    is_whole: bool,
    /// Remedy for a list that is not whole.
    trouble: Option<String>,
}

fn check_only(only: &[String], names: &[&str], who: &str, trouble: Option<&str>) -> Result<(), WrongChoice> {
    let is_known = |login: &str| names.iter().any(|name| name.eq_ignore_ascii_case(login));
    let Some(unknown) = only.iter().find(|login| !is_known(login)) else { return Ok(()) };
    let sentence = format!("`--org {unknown}` is none of the {} organizations that are read", names.len());
    let mut help = match names.is_empty() {
        true => format!("{who} none to be read"),
        false => format!("{who} {}", few(names)),
    };
    if let Some(trouble) = trouble {
        help = format!("{help}; {trouble}");
    }
    Err(wrong(sentence, help))
}

fn accepted_forms() -> String {
    format!(
        "`{ORGANIZATIONS_LIST}` is the list of organizations, `acme/*` that of the teams of `acme`, `acme` an organization that is gone"
    )
}

fn check_accepted(run: &CopilotRun, seen: &Seen) -> Result<(), WrongChoice> {
    let enterprises: Vec<&str> = run.hosts.iter().filter_map(|host| host.host.owners.enterprise.as_deref()).collect();
    let remembered: Vec<&str> = run.lists.known_organizations().collect();
    let is_known = |name: &str| {
        let known = seen.logins.iter().map(String::as_str).chain(enterprises.iter().copied()).chain(remembered.iter().copied());
        known.into_iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    for accepted in &run.accept_empty {
        let scope = scope_of(accepted);
        let is_right = match scope.strip_suffix("/*") {
            None if scope.eq_ignore_ascii_case(ORGANIZATIONS_LIST) => seen.has_list,
            name => is_known(name.unwrap_or(scope)),
        };
        // Of a list that may have left somebody out, no name is known to be wrong.
        if !is_right && (seen.is_whole || scope.eq_ignore_ascii_case(ORGANIZATIONS_LIST)) {
            let sentence = format!("`--accept-empty {accepted}` is no scope of this run");
            let mut known: Vec<&str> = seen.logins.iter().map(String::as_str).chain(enterprises).chain(remembered).collect();
            known.sort_unstable();
            known.dedup();
            let there = if known.is_empty() { String::new() } else { format!("; there are {}", few(&known)) };
            return Err(wrong(sentence, format!("{}{there}", accepted_forms())));
        }
    }
    Ok(())
}

/// Checks that the settings choose at least one team, of any owner.
async fn check_teams(run: &CopilotRun, kinds: &[&'static Kind]) -> Result<(), WrongChoice> {
    let of = |is_enterprise: bool| kinds.iter().any(|kind| kind.scope.has_teams() && kind.scope.is_enterprise() == is_enterprise);
    let mut chosen: Vec<String> = Vec::new();
    for host in run.hosts.iter() {
        let HostRun { host: Host { owners: named, selection, .. }, .. } = host;
        let mut owners = Vec::new();
        if of(false) && named.wants_organizations() {
            let Ok(organizations) = host.organizations(&run.lists).await else { return Ok(()) };
            owners.extend(organizations.listing.objects.iter().map(Owner::organization));
        }
        if of(true) {
            owners.extend(named.enterprise.iter().map(|slug| Owner::enterprise(slug)));
        }
        for owner in &owners {
            let Ok(teams) = host.teams(owner, &run.lists).await else { return Ok(()) };
            let is_whole = matches!(teams.end, SliceEnd::Complete | SliceEnd::Empty);
            if !is_whole || !teams.objects.is_empty() || selection.teams.is_empty() {
                return Ok(());
            }
        }
        if !owners.is_empty() {
            chosen.extend(selection.teams.iter().filter(|name| !chosen.contains(name)).cloned().collect::<Vec<_>>());
        }
    }
    match chosen.is_empty() {
        true => Ok(()),
        false => Err(wrong(
            format!("no team matches {}, which the settings name to be read", quoted(&chosen)),
            "correct the list, or leave it out to read all teams; a team is `slug` or `organization/slug`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn what_is_wrong_whatever_github_says_is_said_without_asking() {
        // Organizations of the settings, the enterprise, those of the flag, scopes accepted as empty; what is wrong.
        type Row<'a> = (&'a [&'a str], Option<&'a str>, &'a [&'a str], &'a [&'a str], Option<&'a str>);
        let table: &[Row<'_>] = &[
            (&[], None, &[], &[], None),
            (&[], None, &["nope"], &[], None),
            (&["ac*"], None, &["nope"], &[], None),
            (&["acme", "beta"], None, &["ACME"], &[], None),
            (&["acme", "beta"], None, &["acme", "nope"], &[], Some("`--org nope` is none of the 2 organizations")),
            (&["acme", "left-out"], None, &["left-out"], &[], Some("`--org left-out` is none of the 1 organizations")),
            (&[], Some("fleet"), &["acme"], &[], Some("no organization is read")),
            (&["acme"], Some("fleet"), &["acme"], &[], None),
            (&[], None, &[], &["organizations", "acme/*", "acme", "acme/* at api.octo.ghe.com"], None),
            (&[], None, &[], &[""], Some("is no scope")),
            (&[], None, &[], &["acme/platform"], Some("`--accept-empty acme/platform` is no scope")),
            (&[], None, &[], &["*"], Some("is no scope")),
        ];
        for (organizations, enterprise, only, accept_empty, expected) in table {
            let owners = Owners { organizations: texts(organizations), enterprise: enterprise.map(str::to_owned) };
            let selection = Selection { exclude_organizations: texts(&["left-*"]), ..Selection::default() };
            let told = check_without_asking([(&owners, &selection)].into_iter(), &texts(only), &texts(accept_empty)).err();
            let (told, row) = (told.map(|wrong| wrong.to_string()), (organizations, enterprise, only, accept_empty));
            match expected {
                None => assert_eq!(told, None, "{row:?}"),
                Some(part) => assert!(told.as_ref().is_some_and(|told| told.contains(part)), "{row:?}: {told:?}"),
            }
        }
    }
}
