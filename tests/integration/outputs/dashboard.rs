//! The dashboard of Grafana: every query names metrics and labels that the demo exposes. `.ci/dashboard` asks a real Prometheus.

use std::collections::{BTreeMap, BTreeSet};

use fancy_regex::Regex;
use serde_json::Value;

use super::exposed;
use crate::support::repository;

/// Labels and their values of each metric.
async fn labels() -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let mut metrics: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (name, labels, _) in exposed().await.1 {
        let metric = metrics.entry(name).or_default();
        labels.into_iter().for_each(|(label, value)| _ = metric.entry(label).or_default().insert(value));
    }
    metrics
}

fn captures(pattern: &str, text: &str) -> Vec<Vec<String>> {
    let pattern = Regex::new(pattern).unwrap();
    let mut all = Vec::new();
    for found in pattern.captures_iter(text) {
        let found = found.unwrap();
        all.push(found.iter().skip(1).map(|one| one.map_or("", |one| one.as_str()).to_owned()).collect());
    }
    all
}

#[tokio::test]
async fn every_query_of_the_dashboard_names_metrics_and_labels_that_there_are() {
    let metrics = labels().await;
    let dashboard: Value =
        serde_json::from_str(&std::fs::read_to_string(repository("deploy/grafana/pilotage.json")).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    let (mut queries, mut used) = (0, BTreeSet::new());
    // Labels that are no level of a scope are on all of its samples, or on those of an enterprise, which the demo has not.
    let is_level = |label: &str| matches!(label, "organization" | "enterprise");
    for target in targets {
        let (query, legend) = (target["expr"].as_str().unwrap(), target["legendFormat"].as_str().unwrap());
        let selectors = captures(r"(copilot_[a-z_]+)\{([^}]*)\}", query);
        assert_eq!(selectors.len(), 1, "{query}");
        let (name, matchers) = (&selectors[0][0], &selectors[0][1]);
        let has = metrics.get(name).unwrap_or_else(|| panic!("{query}: no metric `{name}`"));
        assert!(matchers.contains(r#"organization=~"$organization""#), "{query}");
        for matcher in captures(r#"([a-z_]+)(=~?)"([^"]*)""#, matchers) {
            let values = has.get(&matcher[0]).unwrap_or_else(|| panic!("{query}: no label `{}`", matcher[0]));
            assert!(matcher[1] == "=~" || values.contains(&matcher[2]), "{query}: {values:?}");
        }
        let by = captures(r"sum by \(([^)]*)\)", query).concat().concat();
        let by: Vec<&str> = by.split(", ").filter(|label| !label.is_empty()).collect();
        let shown = captures(r"\{\{([a-z_]+)\}\}", legend).concat();
        for label in by.iter().copied().chain(shown.iter().map(String::as_str)).filter(|label| !is_level(label)) {
            assert!(has.contains_key(label), "{query}: no label `{label}`");
        }
        assert!(by.is_empty() || shown.iter().all(|label| by.contains(&label.as_str())), "{query}: `{legend}`");
        used.insert(name.clone());
        queries += 1;
    }
    assert!(queries > 20 && used.len() > 20, "{queries} queries of {} metrics", used.len());
}

#[test]
fn people_and_shares_are_not_added_up_over_organizations() {
    let text = std::fs::read_to_string(repository("deploy/grafana/pilotage.json")).unwrap();
    for sum in captures(r"(?:sum|avg) by \(([^)]*)\) \((copilot_[a-z_]+)", &text) {
        let is_addable = !sum[1].contains("users") && !sum[1].ends_with("_ratio") && !sum[1].contains("_per_");
        assert!(is_addable || sum[0].contains("organization"), "{sum:?}");
    }
}
