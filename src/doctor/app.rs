//! Addresses at which a GitHub App is registered with exactly the permissions that a mapping needs. Nothing is asked for them.

use super::endpoint::endpoints;
use super::pages::Pages;
use super::{ExaminedSource, kinds_of};
use crate::github::selection::is_pattern;
use crate::kind::{Kind, Right};
use crate::mapping::file::Mapping;
use crate::model::diagnosis::{CheckedServer, Diagnosis, DiagnosisResult, Fact};

/// The addresses for each organization and enterprise that the settings name, as facts of their host.
pub fn registrations(sources: &[ExaminedSource<'_>], mapping: &Mapping) -> Diagnosis {
    let (kinds, _) = kinds_of(mapping);
    let places = sources.iter().map(|source| {
        let pages = Pages::of(source.address);
        let mut facts = Vec::new();
        let named = source.organizations.iter().filter(|name| !is_pattern(name));
        let organizations: Vec<&str> = match source.enterprises {
            [] if source.organizations.is_empty() => vec!["ORGANIZATION"],
            _ => named.map(String::as_str).collect(),
        };
        for owner in organizations {
            add(&mut facts, &pages, owner, false, &kinds);
        }
        for owner in source.enterprises {
            add(&mut facts, &pages, owner, true, &kinds);
        }
        CheckedServer { name: "GitHub", address: source.address.to_owned(), facts, checks: Vec::new() }
    });
    Diagnosis { verdict: DiagnosisResult::Well, places: places.collect(), problems: Vec::new() }
}

fn add(facts: &mut Vec<Fact>, pages: &Pages, owner: &str, is_enterprise: bool, kinds: &[&'static Kind]) {
    let mut rights: Vec<Right> = Vec::new();
    for examined in endpoints(kinds, is_enterprise, false) {
        if examined.endpoint.is_enterprise() == is_enterprise && !rights.contains(&examined.endpoint.right) {
            rights.push(examined.endpoint.right);
        }
    }
    let permissions: Vec<&str> = rights.iter().filter_map(|right| right.app_permission(is_enterprise)).collect();
    if permissions.is_empty() {
        facts.push(Fact { name: "App", value: format!("{owner}: nothing of the mapping can be read with one") });
        return;
    }
    facts.push(Fact { name: "App", value: pages.new_app(owner, is_enterprise, &permissions) });
    let without = rights.iter().filter(|right| right.app_permission(is_enterprise).is_none() && !right.is_open_to_apps());
    let without: Vec<&str> = without.map(|right| right.words()).collect();
    if !without.is_empty() {
        let value = format!("{owner}: {} cannot be read with such an App; it takes a classic token", without.join(", "));
        facts.push(Fact { name: "not by App", value });
    }
}
