//! Files that the chart mounts, and changes that replace a pod.

use super::*;

const APP: &str = r#"
githubApp: {id: Iv23li, privateKey: "-----BEGIN PRIVATE KEY-----"}
mapping: {content: "resources: []\n# {{ no template }} \"quoted\"\n"}
"#;

fn annotations(values: &str) -> Json {
    of_kind(&rendered(values), "Deployment")["spec"]["template"]["metadata"]["annotations"].clone()
}

/// Name of the secret or config map of a volume, the key, and the file in the container.
fn mounted(pod: &Json, volume: &str, source: &str, name: &str) -> (String, String, String) {
    let of = |list: &Json| list.as_array().unwrap().iter().find(|one| one["name"] == volume).cloned().unwrap();
    let from = of(&pod["volumes"])[source].clone();
    let mount = of(&pod["containers"][0]["volumeMounts"]);
    assert_eq!(mount["readOnly"], true);
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    let item = &from["items"][0];
    (text(&from[name]), text(&item["key"]), format!("{}/{}", text(&mount["mountPath"]), text(&item["path"])))
}

#[test]
fn an_app_and_a_mapping_are_files_where_the_variables_say() {
    for kind in ["Deployment", "CronJob"] {
        let mut all = values_of(APP);
        lay_over(&mut all, json!({"workload": {"kind": kind}}));
        let documents = rendered(&all.to_string());
        let pod = pod(of_kind(&documents, kind));
        let variables = environment(&documents, pod);
        let (secret, key, file) = mounted(pod, "github-app", "secret", "secretName");
        assert_eq!((secret.as_str(), key.as_str()), ("copilot-pilotage-app", "private-key.pem"));
        assert_eq!(file, variables["PILOTAGE_GITHUB_APP_PRIVATE_KEY_FILE"]);
        assert_eq!(variables["PILOTAGE_GITHUB_APP_ID"], "Iv23li");
        let made = documents.iter().find(|document| document["metadata"]["name"] == "copilot-pilotage-app").unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(made["data"][&key].as_str().unwrap()).unwrap();
        assert_eq!(bytes, b"-----BEGIN PRIVATE KEY-----");
        let (map, key, file) = mounted(pod, "mapping", "configMap", "name");
        assert_eq!(file, variables["PILOTAGE_MAPPING"]);
        let made = documents.iter().find(|document| document["metadata"]["name"] == map.as_str()).unwrap();
        assert_eq!(made["data"][&key], "resources: []\n# {{ no template }} \"quoted\"\n");
        assert!(!variables.values().any(|value| value.contains("PRIVATE KEY")), "the key is no variable");
        // The files exist in the pod only.
        assert_understood(&variables.into_iter().filter(|(name, _)| !name.ends_with("_FILE")).collect());
    }
}

#[test]
fn a_secret_and_a_config_map_that_exist_are_mounted_and_not_made() {
    let values = r#"
githubApp: {id: 12345, existingSecret: {name: app, key: key.pem}}
mapping: {existingConfigMap: {name: maps, key: copilot.yaml}}
"#;
    let documents = rendered(values);
    assert_eq!(kinds(&documents), ["ConfigMap", "Deployment", "Secret", "Service"]);
    let pod = pod(of_kind(&documents, "Deployment"));
    let (secret, key, _) = mounted(pod, "github-app", "secret", "secretName");
    assert_eq!((secret.as_str(), key.as_str()), ("app", "key.pem"));
    let (map, key, _) = mounted(pod, "mapping", "configMap", "name");
    assert_eq!((map.as_str(), key.as_str()), ("maps", "copilot.yaml"));
    assert_eq!(environment(&documents, pod)["PILOTAGE_GITHUB_APP_ID"], "12345");
}

#[test]
fn half_an_app_is_refused() {
    let table = [
        ("githubApp: {id: x}", "githubApp.id needs githubApp.privateKey or githubApp.existingSecret.name"),
        ("githubApp: {privateKey: x}", "githubApp.id is needed beside the App's private key"),
        ("githubApp: {existingSecret: {name: x}}", "githubApp.id is needed beside the App's private key"),
    ];
    for (values, expected) in table {
        let all = format!("{values}\nport: {{clientId: a, clientSecret: b}}");
        let error = chart::render(&deploy("helm/pilotage"), &all, Install).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn every_change_of_a_secret_a_mapping_or_a_setting_replaces_the_pod() {
    let base = annotations(APP);
    let table = [
        "integration: {secrets: {githubToken: ghp_renewed}}",
        "port: {clientSecret: renewed}",
        "integration: {config: {githubEnterpriseName: acme}}",
        "githubApp: {privateKey: renewed}",
        "mapping: {content: 'resources: [{}]'}",
    ];
    for change in table {
        let mut all = values_of(APP);
        lay_over(&mut all, values_of(change));
        assert_ne!(annotations(&all.to_string()), base, "{change}");
    }
    assert_eq!(annotations(APP), base, "and nothing else does");
    let authority = |text: &str| annotations(&format!("selfSignedCertificate: {{enabled: true, certificate: {text}}}"));
    assert_ne!(authority("one"), authority("another"));
}
