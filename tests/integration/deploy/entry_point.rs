//! The program as the image starts it: the chart's environment and nothing else.

use super::*;

/// A server that does not outlive the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server of ours, which prints its address first.
fn server(arguments: &[&str]) -> (Server, String) {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = Server(command.spawn().unwrap());
    let mut url = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    (server, url.trim().to_owned())
}

/// Runs the program as the image would: the environment and nothing else, no home, an empty folder that cannot be written to,
/// and a volume for data.
fn run(mut variables: BTreeMap<String, String>, volume: &Path) -> Output {
    let nowhere = TempDir::new().unwrap();
    std::fs::set_permissions(nowhere.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    variables.insert("PILOTAGE_DATA".to_owned(), volume.display().to_string());
    let mut command = Command::new(PROGRAM);
    command.env_clear().envs(variables).current_dir(nowhere.path()).stdin(Stdio::null());
    // `serve` is what no arguments mean. A program that does not have that verb yet is told the one that does the same once.
    let help = Command::new(PROGRAM).arg("--help").output().unwrap();
    if !String::from_utf8(help.stdout).unwrap().contains("\n  serve ") {
        command.arg("resync");
    }
    let output = command.output().unwrap();
    assert_eq!(std::fs::read_dir(nowhere.path()).unwrap().count(), 0, "something was written where nothing can be");
    output
}

/// The environment of the chart's job, with other values.
fn of_the_chart(values: &str) -> BTreeMap<String, String> {
    let mut all: Json = serde_yaml::from_str(values).unwrap();
    lay_over(&mut all, json!({"workload": {"kind": "CronJob"}}));
    let documents = rendered(&all.to_string());
    environment(&documents, pod(of_kind(&documents, "CronJob")))
}

#[test]
fn the_charts_environment_alone_leads_to_entities() {
    let folder = TempDir::new().unwrap();
    let worlds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds");
    let (_github, github) = server(&["simulate", "--replay", worlds.join("monday").to_str().unwrap()]);
    let catalog = folder.path().join("catalog");
    let (_catalog, address) = server(&["catalog", "serve", "--data", catalog.to_str().unwrap()]);
    let mapping = worlds.join("copilot.yaml");
    let values = json!({
        "port": {"baseUrl": address},
        "integration": {"config": {"githubHost": github}},
        "extraEnv": [{"name": "PILOTAGE_MAPPING", "value": mapping.display().to_string()}],
    });
    let output = run(of_the_chart(&values.to_string()), &folder.path().join("volume"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(!stderr.contains("no setting"), "{stderr}");
    let listed = Command::new(PROGRAM).args(["catalog", "export", "--data", catalog.to_str().unwrap()]).env_clear().output();
    assert_eq!(String::from_utf8(listed.unwrap().stdout).unwrap().lines().count(), 6);
}

#[test]
fn a_catalog_that_does_not_answer_is_told_and_is_no_success() {
    let folder = TempDir::new().unwrap();
    // A name that never resolves fails in the same words wherever this runs, and at once.
    let output = run(
        of_the_chart("{port: {baseUrl: 'http://127.0.0.1:1'}, integration: {config: {githubHost: 'http://127.0.0.1:1'}}}"),
        folder.path(),
    );
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot connect") && !stderr.contains("panicked"), "{stderr}");
}

#[test]
fn a_wrong_setting_is_told_by_its_name() {
    let folder = TempDir::new().unwrap();
    let output = run(of_the_chart("integration: {extraConfig: {OCEAN__CLIENT_TIMEOUT: soon}}"), folder.path());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    let line: serde_json::Value = serde_json::from_str(&stderr).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    let message = "OCEAN__CLIENT_TIMEOUT is `soon`, expected a number of seconds above 0";
    assert_eq!((&line["level"], &line["message"]), (&"ERROR".into(), &message.into()), "{stderr}");
}
