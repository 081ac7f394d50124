//! Addresses at which a GitHub App is registered with exactly the permissions that a mapping needs. Nothing is asked for them.

use super::endpoint::endpoints;
use super::pages::Pages;
use super::{ExaminedSource, kinds_of};
use crate::github::selection::is_pattern;
use crate::kind::{AppAccess, Kind, Right, Vendor};
use crate::mapping::file::Mapping;
use crate::model::diagnosis::{CheckedServer, Diagnosis, DiagnosisResult, Fact};

/// Owners in place of those whom no settings name.
const PLACEHOLDERS: [&str; 2] = ["ORGANIZATION", "ENTERPRISE"];

/// The addresses for each organization and enterprise that the settings name, as facts of their host.
pub fn registrations(sources: &[ExaminedSource<'_>], mapping: &Mapping) -> Diagnosis {
    let (kinds, _) = kinds_of(mapping);
    let kinds: Vec<&'static Kind> = kinds.into_iter().filter(|kind| kind.vendor() == Vendor::GitHub).collect();
    let no_enterprise = sources.iter().all(|source| source.enterprises.is_empty());
    let places = sources.iter().enumerate().map(|(number, source)| {
        let pages = Pages::of(source.address);
        let mut facts = Vec::new();
        for (owner, is_enterprise) in owners(source, &kinds, number == 0 && no_enterprise) {
            add(&mut facts, &pages, owner, is_enterprise, &kinds);
        }
        if facts.is_empty() {
            let value = "the mapping reads nothing of GitHub here, so no App is needed".to_owned();
            facts.push(Fact { name: "App", value });
        }
        CheckedServer { name: "GitHub", address: source.address.to_owned(), facts, checks: Vec::new() }
    });
    Diagnosis { verdict: DiagnosisResult::Well, places: places.collect(), problems: Vec::new() }
}

/// The owners of whom the mapping reads something, and whether each is an enterprise. Where only patterns or nobody is named, a word stands
/// for whoever registers the App; `lacks_enterprise` when one is needed and nobody has named it.
fn owners<'a>(source: &ExaminedSource<'a>, kinds: &[&'static Kind], lacks_enterprise: bool) -> Vec<(&'a str, bool)> {
    let mut named: Vec<&str> = source.organizations.iter().filter(|name| !is_pattern(name)).map(String::as_str).collect();
    let has_only_patterns = named.is_empty() && !source.organizations.is_empty();
    if has_only_patterns || source.organizations.is_empty() && source.enterprises.is_empty() {
        named.push(PLACEHOLDERS[0]);
    }
    let mut enterprises: Vec<&str> = source.enterprises.iter().map(String::as_str).collect();
    if lacks_enterprise && kinds.iter().any(|kind| kind.scope.is_enterprise()) {
        enterprises.push(PLACEHOLDERS[1]);
    }
    let owners = named.into_iter().map(|owner| (owner, false)).chain(enterprises.into_iter().map(|owner| (owner, true)));
    owners.filter(|(_, is_enterprise)| !rights(kinds, *is_enterprise).is_empty()).collect()
}

/// The rights that the kinds need at that level, each once.
fn rights(kinds: &[&'static Kind], is_enterprise: bool) -> Vec<Right> {
    let mut rights: Vec<Right> = Vec::new();
    for examined in endpoints(kinds, is_enterprise, false) {
        if examined.endpoint.is_enterprise() == is_enterprise && !rights.contains(&examined.endpoint.right) {
            rights.push(examined.endpoint.right);
        }
    }
    rights
}

fn add(facts: &mut Vec<Fact>, pages: &Pages, owner: &str, is_enterprise: bool, kinds: &[&'static Kind]) {
    let rights = rights(kinds, is_enterprise);
    let of_access = |wanted: fn(AppAccess) -> bool| {
        let rights = rights.iter().filter(move |right| wanted(right.app_access(is_enterprise)));
        rights.map(|right| right.words()).collect::<Vec<_>>()
    };
    let named = rights.iter().filter_map(|right| match right.app_access(is_enterprise) {
        AppAccess::Permission(name) => Some(name),
        AppAccess::Open | AppAccess::Unnamed | AppAccess::No => None,
    });
    let lists_repositories = !is_enterprise && kinds.iter().any(|kind| kind.lists_repositories());
    let permissions: Vec<&str> = named.chain(lists_repositories.then_some("metadata")).collect();
    let (unnamed, without) = (of_access(|access| access == AppAccess::Unnamed), of_access(|access| access == AppAccess::No));
    if without.len() == rights.len() {
        let value = format!("{owner}: nothing that the mapping reads there can be read with an App; it takes a classic token");
        facts.push(Fact { name: "App", value });
        return;
    }
    facts.push(Fact { name: "App", value: pages.new_app(owner, is_enterprise, &permissions) });
    if !unnamed.is_empty() {
        let value = format!(
            "{owner}: for {} choose read access to its billing on that page: GitHub documents no name by which an address could choose it",
            unnamed.join(", ")
        );
        facts.push(Fact { name: "by hand", value });
    }
    if !without.is_empty() {
        let value = format!("{owner}: {} cannot be read with such an App; it takes a classic token", without.join(", "));
        facts.push(Fact { name: "not by App", value });
    }
}
