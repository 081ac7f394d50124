//! The alerts: `deploy/helm/pilotage/alerts.yaml`, held to the table of metrics. Prometheus' own tool reads them in `.ci/alerts`.

use pilotage::telemetry::metric::METRICS;

use super::*;

fn rules() -> Vec<Json> {
    let file: Json = serde_yaml::from_str(&text("helm/pilotage/alerts.yaml")).unwrap();
    file["groups"].as_array().unwrap().iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

/// A label, and the values that are selected or left out by it.
type Matcher = (String, Vec<String>);

/// Metrics of an expression, each with the labels that select its series.
fn selected(expression: &str) -> Vec<(String, Vec<Matcher>)> {
    let series = fancy_regex::Regex::new(r"pilotage_[a-z_]+(\{[^}]*\})?").unwrap();
    let matcher = fancy_regex::Regex::new(r#"([a-z_]+)(?:=~|!~|!=|=)"([^"]*)""#).unwrap();
    let mut found = Vec::new();
    for one in series.find_iter(expression) {
        let one = one.unwrap().as_str();
        let labels = matcher.captures_iter(one).map(|label| {
            let label = label.unwrap();
            (label[1].to_owned(), label[2].split('|').map(str::to_owned).collect())
        });
        found.push((one.split('{').next().unwrap().to_owned(), labels.collect()));
    }
    found
}

#[test]
fn alerts_are_over_metrics_labels_and_values_that_exist() {
    let page = std::fs::read_to_string(deploy("../docs/observability.md")).unwrap();
    let rules = rules();
    assert!(rules.len() >= 8, "{}", rules.len());
    for rule in &rules {
        let selected = selected(rule["expr"].as_str().unwrap());
        assert!(!selected.is_empty(), "{rule}");
        for (name, labels) in selected {
            let metric = METRICS.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("no metric {name}: {rule}"));
            let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` "))).unwrap();
            for (label, values) in labels {
                assert!(metric.labels.contains(&label.as_str()), "{name} has no label {label}");
                for value in values {
                    assert!(row.contains(&format!("`{value}`")), "{name} has no {label} {value}: {row}");
                }
            }
        }
    }
}

#[test]
fn every_alert_has_a_severity_a_text_a_case_and_a_row_in_the_page() {
    let cases = std::fs::read_to_string(deploy("../tests/integration/deploy/alerts.test.yaml")).unwrap();
    let page = std::fs::read_to_string(deploy("../docs/observability.md")).unwrap();
    for rule in rules() {
        let name = rule["alert"].as_str().unwrap();
        assert!(["info", "warning"].contains(&rule["labels"]["severity"].as_str().unwrap()), "{name}");
        assert!(rule["annotations"]["summary"].is_string() && rule["annotations"]["description"].is_string(), "{name}");
        assert!(cases.contains(&format!("alertname: {name}, ")), "{name} is not shown to be silent");
        assert!(cases.contains(&format!("alertname=\"{name}\",alertstate=\"firing\"")), "{name} is not shown to fire");
        assert!(page.contains(&format!("| `{name}` |")), "{name} is not on the page");
    }
}

#[test]
fn the_operators_objects_select_the_service_and_hold_the_alerts() {
    let values =
        "serviceMonitor: {enabled: true, labels: {release: prometheus}}\nprometheusRule: {enabled: true, labels: {a: b}}";
    let documents = rendered(values);
    let monitor = of_kind(&documents, "ServiceMonitor");
    let service = of_kind(&documents, "Service");
    for (name, value) in monitor["spec"]["selector"]["matchLabels"].as_object().unwrap() {
        assert_eq!(&service["metadata"]["labels"][name], value, "{name}");
    }
    let endpoint = &monitor["spec"]["endpoints"][0];
    assert_eq!(endpoint, &json!({"port": service["spec"]["ports"][0]["name"], "path": "/metrics", "interval": "60s"}));
    assert_eq!(monitor["metadata"]["labels"]["release"], "prometheus");
    let rule = of_kind(&documents, "PrometheusRule");
    let file: Json = serde_yaml::from_str(&text("helm/pilotage/alerts.yaml")).unwrap();
    assert_eq!(rule["spec"], file, "templates of Prometheus in it are not Helm's");
    assert_eq!(rule["metadata"]["labels"]["a"], "b");
    assert_eq!(kinds(&rendered("")), ["ConfigMap", "Deployment", "Secret", "Service"], "neither is there unasked");
}

#[test]
fn metrics_of_a_job_are_refused() {
    for value in ["serviceMonitor", "prometheusRule"] {
        let all = format!("{value}: {{enabled: true}}\nworkload: {{kind: CronJob}}\nport: {{clientId: a, clientSecret: b}}");
        let error = chart::render(&deploy("helm/pilotage"), &all, Install).unwrap_err();
        assert!(error.contains(&format!("{value}.enabled needs workload.kind Deployment")), "{error}");
    }
}
