//! Tests of `deploy/` without a container engine: the image's recipe is read and held to its rules, the chart and the action are
//! rendered and run up to the program, and the program starts as it would in the image.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use base64::Engine;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

pub(crate) mod action;
pub(crate) mod alerts;
pub(crate) mod chart;
pub(crate) mod chart_files;
pub(crate) mod chart_of_helm;
pub(crate) mod dockerfile;
pub(crate) mod entry_point;
pub(crate) mod image;
pub(crate) mod schema;
pub(crate) mod values;
pub(crate) mod workflows;

use chart::Release::{self, Install, Upgrade};

const PROGRAM: &str = env!("CARGO_BIN_EXE_pilotage");

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(deploy(path)).unwrap()
}

/// Credentials without which the chart refuses.
const CREDENTIALS: &str = "port: {clientId: id, clientSecret: word}\nintegration: {secrets: {githubToken: ghp_x}}\n";

fn rendered_with(values: &str, release: Release) -> Vec<Json> {
    let mut all: Json = serde_yaml::from_str(CREDENTIALS).unwrap();
    lay_over(&mut all, values_of(values));
    chart::render(&deploy("helm/pilotage"), &all.to_string(), release).unwrap()
}

/// Values as JSON; none when there is no text.
fn values_of(text: &str) -> Json {
    serde_yaml::from_str::<Option<Json>>(text).unwrap().unwrap_or_else(|| json!({}))
}

fn rendered(values: &str) -> Vec<Json> {
    rendered_with(values, Install)
}

fn lay_over(under: &mut Json, over: Json) {
    match (under, over) {
        (Json::Object(under), Json::Object(over)) => {
            over.into_iter().for_each(|(key, value)| lay_over(under.entry(key).or_insert(Json::Null), value));
        }
        (under, over) => *under = over,
    }
}

fn kinds(documents: &[Json]) -> Vec<&str> {
    documents.iter().map(|document| document["kind"].as_str().unwrap()).collect()
}

fn of_kind<'a>(documents: &'a [Json], kind: &str) -> &'a Json {
    documents.iter().find(|document| document["kind"] == kind).unwrap_or_else(|| panic!("no {kind} in {:?}", kinds(documents)))
}

/// The pod of a workload.
fn pod(workload: &Json) -> &Json {
    let job = match workload["kind"].as_str() {
        Some("CronJob") => &workload["spec"]["jobTemplate"],
        _ => workload,
    };
    &job["spec"]["template"]["spec"]
}

/// The variables that a pod's container sees, those of config maps and secrets among the documents included.
fn environment(documents: &[Json], pod: &Json) -> BTreeMap<String, String> {
    let container = &pod["containers"][0];
    let mut variables = BTreeMap::new();
    let found = |kind: &str, name: &Json| {
        documents.iter().find(|document| document["kind"] == kind && document["metadata"]["name"] == *name).cloned()
    };
    for from in container["envFrom"].as_array().unwrap() {
        if let Some(map) = found("ConfigMap", &from["configMapRef"]["name"]) {
            for (name, value) in map["data"].as_object().unwrap() {
                variables.insert(name.clone(), value.as_str().unwrap_or_else(|| panic!("{name} is {value}, no text")).to_owned());
            }
        }
        if let Some(secret) = found("Secret", &from["secretRef"]["name"]) {
            for (name, value) in secret["data"].as_object().unwrap() {
                let bytes = base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap()).unwrap();
                variables.insert(name.clone(), String::from_utf8(bytes).unwrap());
            }
        }
    }
    for variable in container["env"].as_array().unwrap() {
        if let Some(value) = variable["value"].as_str() {
            variables.insert(variable["name"].as_str().unwrap().to_owned(), value.to_owned());
        }
    }
    variables
}

/// Settings that the program reads from an environment.
fn config(variables: &BTreeMap<String, String>) -> Json {
    let output = Command::new(PROGRAM).args(["config", "--output", "json"]).env_clear().envs(variables).output().unwrap();
    assert!(output.status.success(), "{}\n{variables:?}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Holds an environment to the table of settings: every name is one of ours.
fn assert_understood(variables: &BTreeMap<String, String>) {
    let config = config(variables);
    assert_eq!((&config["warnings"], &config["ignored"]), (&json!([]), &json!([])), "{variables:?}");
}

fn value(config: &Json, setting: &str) -> Json {
    config["settings"].as_array().unwrap().iter().find(|one| one["setting"] == setting).unwrap()["value"].clone()
}

fn serde_yaml_documents(text: &str) -> Vec<Json> {
    text.split("\n---\n").map(|document| serde_yaml::from_str(document).unwrap()).collect()
}

#[test]
fn the_manifest_without_helm_runs_once_with_settings_of_ours() {
    let documents = serde_yaml_documents(&text("cronjob.yaml"));
    let variables = environment(&documents, pod(of_kind(&documents, "CronJob")));
    let mut all = variables.clone();
    // What the comment tells to put into the secret.
    for line in text("cronjob.yaml").lines().filter(|line| line.contains("--from-literal=")) {
        for literal in line.split("--from-literal=").skip(1) {
            all.insert(literal.split('=').next().unwrap().to_owned(), "x".to_owned());
        }
    }
    assert_eq!(all.len(), variables.len() + 3);
    assert_understood(&all);
    assert_eq!(value(&config(&all), "eventListener.type"), "ONCE");
}
