//! The GitHub action: its one step, run with a container engine that is made up.

use super::*;

fn action() -> Json {
    serde_yaml::from_str(&text("github-action/action.yml")).unwrap()
}

/// Runs the action's step as a runner would, with a container engine that runs our program with what it was told.
fn run(inputs: &[(&str, &str)]) -> (Output, Vec<String>) {
    let action = action();
    let step = &action["runs"]["steps"][0];
    let folder = TempDir::new().unwrap();
    let engine = folder.path().join("docker");
    let script = format!(
        r#"#!/usr/bin/env bash
printf '%s\n' "$@" > "{folder}/said"
environment=()
while [ $# -gt 0 ]; do
  case "$1" in
--env) case "$2" in
    PILOTAGE_CONFIG=*) ;;
    *) environment+=("$2=${{!2}}") ;;
  esac; shift 2 ;;
--mount) case "$2" in
    *destination=/etc/pilotage/config.yaml*) source="${{2#*source=}}"; environment+=("PILOTAGE_CONFIG=${{source%%,*}}") ;;
  esac; shift 2 ;;
run|--rm|--read-only) shift ;;
--cap-drop|--user|--workdir) shift 2 ;;
*) shift; break ;;
  esac
done
exec env -i "${{environment[@]}}" "{PROGRAM}" "$@"
"#,
        folder = folder.path().display()
    );
    std::fs::write(&engine, script).unwrap();
    std::fs::set_permissions(&engine, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut variables = BTreeMap::new();
    for (name, value) in step["env"].as_object().unwrap() {
        let input = value.as_str().unwrap().trim_start_matches("${{ inputs.").trim_end_matches(" }}");
        let declared = &action["inputs"][input];
        assert!(declared.is_object(), "{name} takes the input {input}, which is not declared");
        let given = inputs.iter().find(|(other, _)| *other == input).map(|(_, value)| *value);
        variables.insert(name.clone(), given.or(declared["default"].as_str()).unwrap_or_default().to_owned());
    }
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()])
        .env_clear()
        .env("PATH", path)
        .env("TMPDIR", folder.path())
        .envs(&variables)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the settings are gone: {left:?}");
    let said = std::fs::read_to_string(folder.path().join("said")).unwrap();
    (output, said.lines().map(str::to_owned).collect())
}

const INPUTS: &[(&str, &str)] =
    &[("image", "registry.test/pilotage:1"), ("port_client_id", "id"), ("port_client_secret", "word")];

#[test]
fn inputs_become_settings_in_either_spelling() {
    for config in [
        "githubToken: ghp_canary\ngithubOrganizations: [acme, beta]\n",
        "github_token: ghp_canary\ngithub_organizations: acme,beta",
    ] {
        let inputs = [INPUTS, &[("config", config), ("arguments", "config --output json"), ("partial_ok", "true")]].concat();
        let (output, said) = run(&inputs);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let config: Json = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(config["warnings"], json!([]));
        assert_eq!(value(&config, "integration.config.githubOrganizations"), "acme,beta");
        assert_eq!(value(&config, "integration.config.githubToken"), "[secret]");
        assert_eq!(value(&config, "port.clientId"), "id");
        assert_eq!(value(&config, "partialOk"), "true");
        assert_eq!(value(&config, "integration.identifier"), "my-github-copilot-integration");
        assert!(!said.iter().any(|word| word.contains("canary") || word.contains("word")), "no secret is an argument: {said:?}");
    }
}

#[test]
fn the_exit_code_is_the_programs_own() {
    let (output, said) = run(INPUTS);
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error: no token for GitHub: set "), "{stderr}");
    assert_eq!(said.last().unwrap(), "resync");
}

#[test]
fn no_input_is_put_into_the_scripts_text() {
    let action = action();
    let step = &action["runs"]["steps"][0];
    assert!(!step["run"].as_str().unwrap().contains("${{"), "text of an input would be run");
    for (name, input) in action["inputs"].as_object().unwrap() {
        assert!(input["description"].is_string(), "{name}");
        let used = step["env"].as_object().unwrap().values().any(|value| value == &json!(format!("${{{{ inputs.{name} }}}}")));
        assert!(used, "{name} is not used");
    }
}
