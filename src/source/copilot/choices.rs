//! Choices that meet nobody: an organization of `--org` that is not read, a list of the settings that no organization or team fits,
//! a scope of `--accept-empty` that there is not. A run that was told to read nobody must not end as if all were well.
//!
//! What can be known without a request is said before the first one. For the rest the lists are read that the run reads anyway.

use super::directory::{Directory, Owner, text};
use super::hosts::{Place, Scopes, places};
use super::lists::{ORGANIZATIONS_LIST, scope_of};
use super::report::quoted;
use crate::github::GitHub;
use crate::github::selection::is_pattern;
use crate::kind::Kind;
use crate::model::slice::SliceEnd;

/// Names that are listed in one sentence. More are counted.
const NAMED_AT_MOST: usize = 10;

/// A choice that meets nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct WrongChoice {
    sentence: String,
    /// What to do about it.
    pub help: String,
}

impl WrongChoice {
    fn new(sentence: impl Into<String>, help: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), help: help.into() }
    }
}

/// Looks at what needs no request.
///
/// # Errors
/// When a choice meets nobody, whatever GitHub says.
pub fn check_without_asking(scopes: &Scopes) -> Result<(), WrongChoice> {
    for accepted in &scopes.accept_empty {
        let scope = scope_of(accepted);
        let name = scope.strip_suffix("/*").unwrap_or(scope);
        if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')) {
            let sentence = format!("`--accept-empty {accepted}` is no scope");
            return Err(WrongChoice::new(sentence, accepted_forms()));
        }
    }
    if scopes.only.is_empty() {
        return Ok(());
    }
    let all: Vec<&Scopes> = std::iter::once(scopes).chain(scopes.elsewhere.iter().map(|elsewhere| &elsewhere.scopes)).collect();
    let reading: Vec<&&Scopes> = all.iter().filter(|scopes| scopes.wants_organizations()).collect();
    if reading.is_empty() {
        let sentence = format!("no organization is read, so there is none for --org {}", scopes.only.join(","));
        return Err(WrongChoice::new(sentence, "the settings name an enterprise only; name organizations, too, to read both"));
    }
    if reading.iter().any(|scopes| has_list(scopes)) {
        return Ok(());
    }
    let read = |name: &&String| reading.iter().any(|scopes| scopes.selection.has_organization(name));
    let names: Vec<&str> = reading.iter().flat_map(|scopes| &scopes.organizations).filter(read).map(String::as_str).collect();
    check_only(&scopes.only, &names, "the settings name", None)
}

/// Tells whether organizations are found in GitHub's list, not only by the names in the settings.
fn has_list(scopes: &Scopes) -> bool {
    scopes.organizations.is_empty() || scopes.organizations.iter().any(|name| is_pattern(name))
}

/// Looks at the rest, asking for the lists that a run of these kinds reads. A list that cannot be read is not looked at: the
/// run tells of it.
///
/// # Errors
/// When a choice meets nobody.
pub(crate) async fn check(
    github: &GitHub,
    scopes: &Scopes,
    directory: &Directory,
    kinds: &[&'static Kind],
) -> Result<(), WrongChoice> {
    check_without_asking(scopes)?;
    let all = places(github, scopes, directory);
    let reads_organizations = kinds.iter().any(|kind| !kind.scope.is_enterprise());
    let chooses_organizations = |place: &Place<'_>| {
        place.scopes.organizations.iter().any(|name| is_pattern(name)) || !place.scopes.selection.exclude_organizations.is_empty()
    };
    let chooses_teams = |place: &Place<'_>| !place.scopes.selection.teams.is_empty();
    let reads_teams = kinds.iter().any(|kind| kind.scope.has_teams());
    let is_needed = !scopes.only.is_empty()
        || !scopes.accept_empty.is_empty()
        || reads_organizations && all.iter().any(chooses_organizations)
        || reads_teams && all.iter().any(chooses_teams);
    if !is_needed {
        return Ok(());
    }
    let mut seen = Seen { is_whole: true, ..Seen::default() };
    let asks_for_organizations = reads_organizations || !scopes.only.is_empty();
    for place in all.iter().filter(|place| place.scopes.wants_organizations()) {
        if !asks_for_organizations {
            // Nobody is known then, so no name is known to be wrong.
            seen.is_whole = false;
            seen.has_list |= has_list(place.scopes);
            continue;
        }
        // Whom another place names belongs to that one.
        let Ok(organizations) = place.listed.organizations(place.github, place.scopes).await else { return Ok(()) };
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
    if !scopes.only.is_empty() {
        check_only(&scopes.only, &logins, "GitHub lists", seen.trouble.as_deref())?;
    }
    let has_enterprise = all.iter().any(|place| place.scopes.enterprise.is_some());
    if reads_organizations && seen.is_whole && seen.listed > 0 && logins.is_empty() && !has_enterprise {
        let chosen: Vec<String> = all.iter().flat_map(|place| &place.scopes.organizations).cloned().collect();
        let sentence = match chosen.is_empty() {
            false => format!("no organization matches {}, which the settings name to be read", quoted(&chosen)),
            true => "the settings leave out every organization that there is to read".to_owned(),
        };
        let help = format!("the credential sees {} organizations; `pilotage doctor` names them", seen.listed);
        return Err(WrongChoice::new(sentence, help));
    }
    check_accepted(scopes, &all, &seen, directory)?;
    if reads_teams && scopes.only.is_empty() && all.iter().any(chooses_teams) {
        check_teams(&all, kinds).await?;
    }
    Ok(())
}

/// Who is seen at all places together.
#[derive(Default)]
struct Seen {
    logins: Vec<String>,
    /// How many were listed, whether they are read or not.
    listed: usize,
    /// Whether there is any list of organizations.
    has_list: bool,
    /// Whether every list was read to its end and proves that it is whole.
    is_whole: bool,
    /// What mends a list that is not.
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
    Err(WrongChoice::new(sentence, help))
}

/// The first few names.
fn few(names: &[&str]) -> String {
    let named = names.iter().take(NAMED_AT_MOST).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED_AT_MOST) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn accepted_forms() -> String {
    format!(
        "`{ORGANIZATIONS_LIST}` is the list of organizations, `acme/*` that of the teams of `acme`, `acme` an organization that is gone"
    )
}

fn check_accepted(scopes: &Scopes, all: &[Place<'_>], seen: &Seen, directory: &Directory) -> Result<(), WrongChoice> {
    let enterprises: Vec<&str> = all.iter().filter_map(|place| place.scopes.enterprise.as_deref()).collect();
    let remembered: Vec<&str> = directory.lists.known_organizations().collect();
    let is_known = |name: &str| {
        let known = seen.logins.iter().map(String::as_str).chain(enterprises.iter().copied()).chain(remembered.iter().copied());
        known.into_iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    for accepted in &scopes.accept_empty {
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
            return Err(WrongChoice::new(sentence, format!("{}{there}", accepted_forms())));
        }
    }
    Ok(())
}

/// Whether the teams that the settings choose are none, whosever they are.
async fn check_teams(all: &[Place<'_>], kinds: &[&'static Kind]) -> Result<(), WrongChoice> {
    let of = |is_enterprise: bool| kinds.iter().any(|kind| kind.scope.has_teams() && kind.scope.is_enterprise() == is_enterprise);
    let mut chosen: Vec<String> = Vec::new();
    for place in all {
        let mut owners = Vec::new();
        if of(false) && place.scopes.wants_organizations() {
            let Ok(organizations) = place.listed.organizations(place.github, place.scopes).await else { return Ok(()) };
            owners.extend(organizations.listing.objects.iter().map(Owner::organization));
        }
        if of(true) {
            owners.extend(place.scopes.enterprise.iter().map(|slug| Owner::enterprise(slug)));
        }
        for owner in &owners {
            let Ok(teams) = place.listed.teams(place.github, owner, place.scopes).await else { return Ok(()) };
            let is_whole = matches!(teams.end, SliceEnd::Complete | SliceEnd::Empty);
            if !is_whole || !teams.objects.is_empty() || place.scopes.selection.teams.is_empty() {
                return Ok(());
            }
        }
        if !owners.is_empty() {
            chosen.extend(place.scopes.selection.teams.iter().filter(|name| !chosen.contains(name)).cloned().collect::<Vec<_>>());
        }
    }
    match chosen.is_empty() {
        true => Ok(()),
        false => Err(WrongChoice::new(
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
            let mut scopes = Scopes {
                organizations: texts(organizations),
                enterprise: enterprise.map(str::to_owned),
                only: texts(only),
                accept_empty: texts(accept_empty),
                ..Scopes::default()
            };
            scopes.selection.exclude_organizations = texts(&["left-*"]);
            let told = check_without_asking(&scopes).err().map(|wrong| wrong.to_string());
            match expected {
                None => assert_eq!(told, None, "{scopes:?}"),
                Some(part) => assert!(told.as_ref().is_some_and(|told| told.contains(part)), "{scopes:?}: {told:?}"),
            }
        }
    }
}
