//! The values of the chart: `values.yaml`, and `values.schema.json`, which refuses what would be ignored.

use super::*;

fn refused(values: &str) -> String {
    chart::render(&deploy("helm/pilotage"), values, Install).unwrap_err()
}

#[test]
fn a_value_that_nothing_reads_or_of_another_type_is_refused_with_its_path() {
    let table = [
        ("integration: {secret: {githubToken: ghp_x}}", "integration.secret: no such value"),
        ("githubApp: {key: x}", "githubApp.key: no such value"),
        ("servicemonitor: {enabled: true}", "servicemonitor: no such value"),
        ("workload: {kind: StatefulSet}", r#"workload.kind: "StatefulSet" is none of ["Deployment","CronJob"]"#),
        ("workload: {deployment: {replicas: 2}}", "workload.deployment.replicas: 2 is none of [0,1]"),
        ("clientTimeout: soon", r#"clientTimeout: "soon" is not of type number, null"#),
        ("clientTimeout: 0", "clientTimeout: 0 is not above 0"),
        ("partialOk: 'yes'", r#"partialOk: "yes" is not of type boolean"#),
        ("service: {port: 70000}", "service.port: 70000 is above 65535"),
        ("extraEnv: [{value: x}]", "extraEnv[0]: name is missing"),
        ("serviceMonitor: {interval: 60}", "serviceMonitor.interval: 60 is not of type string"),
        ("serviceMonitor: {interval: often}", r#"serviceMonitor.interval: "often" does not match"#),
    ];
    for (values, expected) in table {
        let error = refused(values);
        assert!(error.contains(expected), "{values}: {error}");
    }
}

#[test]
fn the_schema_has_every_value_of_the_chart_and_no_more_than_they_and_oceans() {
    let schema: Json = serde_json::from_str(&text("helm/pilotage/values.schema.json")).unwrap();
    let values: Json = serde_yaml::from_str(&text("helm/pilotage/values.yaml")).unwrap();
    assert_eq!(schema::errors(&schema, &values), [""; 0]);
    fn unread(schema: &Json, values: &Json, path: &str, found: &mut Vec<String>) {
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}{name}");
            let says_so = inner["description"].as_str().is_some_and(|text| text.contains("not read here"));
            match values.get(name) {
                Some(values) => unread(inner, values, &format!("{path}."), found),
                // Probes have one value more for readiness; Kubernetes allows it for both.
                None if says_so || path == "livenessProbe.successThreshold" => {}
                None => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    unread(&schema, &values, "", &mut found);
    assert_eq!(found, [""; 0], "in the schema, but not in values.yaml");
}

#[test]
fn a_cron_job_with_minutes_is_refused() {
    let all = "workload: {kind: CronJob}\nscheduledResyncInterval: 120\nport: {clientId: a, clientSecret: b}";
    let error = refused(all);
    assert!(error.contains("scheduledResyncInterval is 120, but a CronJob needs a cron expression"), "{error}");
    for schedule in ["'@daily'", "'0 */6 * * *'", "null"] {
        let documents = rendered(&format!("workload: {{kind: CronJob}}\nscheduledResyncInterval: {schedule}"));
        assert!(of_kind(&documents, "CronJob")["spec"]["schedule"].is_string());
    }
}

#[test]
fn what_helm_prints_names_what_this_release_has() {
    let notes = |values: &str| chart::notes(&deploy("helm/pilotage"), values, Install).unwrap();
    let deployment = notes("");
    assert!(deployment.contains("exec deployment/copilot-pilotage -- /pilotage doctor\n"), "{deployment}");
    assert!(deployment.contains("port-forward service/copilot-pilotage 8000\n"), "{deployment}");
    assert!(deployment.contains("WARNING: the image pilotage:"), "no such image can be pulled: {deployment}");
    assert!(!notes("image: mine:1").contains("WARNING"));
    assert!(notes("{image: mine:1, imageRegistry: ghcr.io/port-labs}").contains("WARNING: imageRegistry"));
    assert!(!notes("service: {enabled: false}").contains("port-forward"));
    let cron = notes("{workload: {kind: CronJob}, scheduledResyncInterval: '0 3 * * *'}");
    assert!(cron.contains(r#"by the schedule "0 3 * * *"."#), "{cron}");
    assert!(cron.contains("--from=cronjob/copilot-pilotage\n") && !cron.contains("exec deployment"), "{cron}");
    assert!(notes("secret: {create: false, name: [a, b]}").contains("when secrets a, b change,"));
    assert!(notes("secret: {create: false, name: mine}").contains("when secret mine changes,"));
    for text in [deployment, cron] {
        assert!(!text.contains("\n\n\n") && !text.starts_with('\n'), "{text}");
    }
    // Commands of the program that the text names exist.
    let help = String::from_utf8(Command::new(PROGRAM).arg("--help").output().unwrap().stdout).unwrap();
    for command in ["doctor", "plan", "runs"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
    }
}
