//! The GitHub action: its one step, run with a container engine and a client of GitHub that are made up.

use pilotage::door::serving::{BoundAddress, ServingLimits};
use pilotage::simulator::{Simulator, SimulatorSource, World, WorldOptions};

use super::*;

fn action() -> Json {
    serde_yaml::from_str(&text("github-action/action.yml")).unwrap()
}

/// Runs the program with what a container would see.
const ENGINE: &str = r#"#!/usr/bin/env bash
printf '%s\n' "$@" >> "$FILES/said"
environment=()
while [ $# -gt 0 ]; do
  case "$1" in
    --env)
      case "$2" in
        PILOTAGE_CONFIG=*) ;;
        *) environment+=("$2=${!2}") ;;
      esac
      shift 2
      ;;
    --mount)
      case "$2" in
        *destination=/etc/pilotage/config.yaml*) source="${2#*source=}"; environment+=("PILOTAGE_CONFIG=${source%%,*}") ;;
        *destination=/data*) source="${2#*source=}"; environment+=("PILOTAGE_DATA=${source%%,*}") ;;
      esac
      shift 2
      ;;
    run|--rm|--read-only) shift ;;
    --cap-drop|--user|--workdir|--network) shift 2 ;;
    *) shift; break ;;
  esac
done
if [ -n "${PRINTS-}" ] && [ "$1" != validate ] && [ "$1" != runs ]; then printf '%s' "$PRINTS"; exit "${EXITS-0}"; fi
exec env -i "${environment[@]}" "$PROGRAM" "$@"
"#;

/// Lists the comments that a test wants, and keeps what is written.
const CLIENT: &str = r#"#!/usr/bin/env bash
printf '%s\n' "$@" >> "$FILES/asked"
[ -z "${REFUSES-}" ] || exit 1
for word in "$@"; do
  case "$word" in
    body=@*) cp "${word#body=@}" "$FILES/comment" ;;
    --paginate) printf '%s' "${EARLIER-}" ;;
  esac
done
"#;

/// Result of a step.
struct Step {
    output: Output,
    stdout: String,
    /// Words that the container engine was given.
    said: Vec<String>,
    /// Words that the client of GitHub was given.
    asked: String,
    comment: String,
    summary: String,
    outputs: String,
}

/// Runs the action's step as a runner would, in a workspace with one mapping.
fn run(inputs: &[(&str, &str)], more: &[(&str, &str)]) -> Step {
    let action = action();
    let step = &action["runs"]["steps"][0];
    let folder = TempDir::new().unwrap();
    let [tools, files, workspace, temporary] = ["tools", "files", "workspace", "temporary"].map(|name| folder.path().join(name));
    for one in [&tools, &files, &workspace, &temporary] {
        std::fs::create_dir(one).unwrap();
    }
    for (name, script) in [("docker", ENGINE), ("gh", CLIENT)] {
        std::fs::write(tools.join(name), script).unwrap();
        std::fs::set_permissions(tools.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    std::fs::write(workspace.join("good.yaml"), "resources: []\n").unwrap();
    std::fs::write(workspace.join("bad.yaml"), "resources: []\nresources: []\n").unwrap();
    let mut variables = BTreeMap::new();
    for (name, value) in step["env"].as_object().unwrap() {
        let value = value.as_str().unwrap().trim_start_matches("${{ ").trim_end_matches(" }}");
        let text = match value.strip_prefix("inputs.") {
            Some(input) => {
                let declared = &action["inputs"][input];
                assert!(declared.is_object(), "{name} takes the input {input}, which is not declared");
                let given = inputs.iter().find(|(other, _)| *other == input).map(|(_, value)| *value);
                given.or(declared["default"].as_str()).unwrap_or_default()
            }
            None => {
                assert_eq!(value, "github.event.pull_request.number", "{name}");
                "17"
            }
        };
        variables.insert(name.clone(), text.to_owned());
    }
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()])
        .env_clear()
        .envs([("PATH", path.as_str()), ("PROGRAM", PROGRAM), ("GITHUB_REPOSITORY", "acme/mappings")])
        .env("TMPDIR", &temporary)
        .env("FILES", &files)
        .env("GITHUB_ACTION_PATH", deploy("github-action"))
        .env("GITHUB_STEP_SUMMARY", files.join("summary"))
        .env("GITHUB_OUTPUT", files.join("outputs"))
        .envs(&variables)
        .envs(more.iter().copied())
        .current_dir(&workspace)
        .output()
        .unwrap();
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "the settings are gone");
    let left = |name: &str| std::fs::read_to_string(files.join(name)).unwrap_or_default();
    Step {
        stdout: String::from_utf8(output.stdout.clone()).unwrap(),
        output,
        said: left("said").lines().map(str::to_owned).collect(),
        asked: left("asked"),
        comment: left("comment"),
        summary: left("summary"),
        outputs: left("outputs"),
    }
}

const INPUTS: &[(&str, &str)] =
    &[("image", "registry.test/pilotage:1"), ("port_client_id", "id"), ("port_client_secret", "word")];

/// Inputs of a plan that becomes a comment.
fn of_a_comment() -> Vec<(&'static str, &'static str)> {
    [INPUTS, &[("arguments", "plan --output markdown"), ("comment", "true"), ("github_token", "ghs_canary")]].concat()
}

#[test]
fn inputs_become_settings_in_either_spelling() {
    for config in [
        "githubToken: ghp_canary\ngithubOrganizations: [acme, beta]\n",
        "github_token: ghp_canary\ngithub_organizations: acme,beta",
    ] {
        let inputs = [INPUTS, &[("config", config), ("arguments", "config --output json"), ("partial_ok", "true")]].concat();
        let step = run(&inputs, &[]);
        assert!(step.output.status.success(), "{}", String::from_utf8_lossy(&step.output.stderr));
        let lines: Vec<&str> = step.stdout.lines().filter(|line| !line.starts_with("::")).collect();
        let config: Json = serde_json::from_str(&lines.join("\n")).unwrap();
        assert_eq!(config["warnings"], json!([]));
        assert_eq!(value(&config, "integration.config.githubOrganizations"), "acme,beta");
        assert_eq!(value(&config, "integration.config.githubToken"), "[secret]");
        assert_eq!(value(&config, "port.clientId"), "id");
        assert_eq!(value(&config, "partialOk"), "true");
        assert_eq!(value(&config, "integration.identifier"), "my-github-copilot-integration");
        let said = step.said;
        assert!(!said.iter().any(|word| word.contains("canary") || word.contains("word")), "no secret is an argument: {said:?}");
    }
}

#[test]
fn the_exit_code_is_the_programs_own() {
    let step = run(INPUTS, &[]);
    assert_eq!(step.output.status.code(), Some(2));
    let stderr = String::from_utf8(step.output.stderr).unwrap();
    assert!(stderr.starts_with("error: no token for GitHub: set "), "{stderr}");
    assert!(step.said.contains(&"resync".to_owned()), "{:?}", step.said);
    assert_eq!(step.outputs, "exit_code=2\n");
    assert!(step.stdout.ends_with("::error title=Pilotage::wrong settings or mapping, exit code 2\n"), "{}", step.stdout);
    let partial = run(INPUTS, &[("PRINTS", "x"), ("EXITS", "5")]);
    assert_eq!(partial.output.status.code(), Some(5));
    assert!(partial.stdout.contains("::warning title=Pilotage::partial"), "{}", partial.stdout);
}

#[test]
fn the_summary_has_what_was_printed_and_nothing_in_it_is_markup_or_a_command() {
    let prints = "kind  items\n::error::forged\n```\n<b>x</b>\n";
    let step = run(INPUTS, &[("PRINTS", prints)]);
    assert_eq!(step.summary, "### Pilotage: done\n\n    kind  items\n    ::error::forged\n    ```\n    <b>x</b>\n");
    let lines: Vec<&str> = step.stdout.lines().collect();
    let place = |wanted: &str| lines.iter().position(|line| line.contains(wanted)).unwrap_or_else(|| panic!("{lines:?}"));
    let word = lines[place("::stop-commands::")].trim_start_matches("::stop-commands::");
    assert!(word.len() == 32 && place("::stop-commands::") < place("::error::forged"), "{lines:?}");
    assert!(place("::error::forged") < place(&format!("::{word}::")), "{lines:?}");
    assert_ne!(run(INPUTS, &[("PRINTS", prints)]).stdout, step.stdout, "the word cannot be known before");
    // Commands are read again although the last line has no end.
    assert!(run(INPUTS, &[("PRINTS", "no end")]).stdout.lines().last().unwrap().starts_with("::"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_of_a_resync_has_a_table_and_the_numbers_of_each_organization() {
    let free = "127.0.0.1:0".parse().unwrap();
    let (api, signed) = (BoundAddress::take(free).await.unwrap(), BoundAddress::take(free).await.unwrap());
    let config = format!("githubHost: {}\ngithubToken: ghp_canary\n", api.url());
    let options = WorldOptions { organizations: 1, teams: 1, users: 8, days: 9, ..WorldOptions::default() };
    let simulator = Simulator::new(SimulatorSource::World(World::new(options)), signed.url()).unwrap();
    let _api = api.serve(simulator.api_router(), ServingLimits::STANDARD);
    let _signed = signed.serve(simulator.signed_router(), ServingLimits::STANDARD);
    let step = tokio::task::spawn_blocking(move || {
        let inputs = [
            &INPUTS[..1],
            &[
                ("config", config.as_str()),
                ("arguments", "resync --mapping usage"),
                ("port_base_url", ""),
                ("partial_ok", "true"),
            ],
        ]
        .concat();
        run(&inputs, &[])
    });
    let step = step.await.unwrap();
    assert!(step.output.status.success(), "{}", String::from_utf8_lossy(&step.output.stderr));
    let report = step.summary.strip_prefix("### Pilotage: done\n\n**Resync ").unwrap_or_else(|| panic!("{}", step.summary));
    assert!(report.contains("\n| kind | items | created | updated | same | rejected | refused |\n"), "{report}");
    assert!(report.contains("\n| `organization-usage-metrics` | "), "{report}");
    let organization = report.lines().find(|line| line.starts_with("| `harbor` | ")).unwrap_or_else(|| panic!("{report}"));
    assert!(organization.ends_with(" |") && organization.contains('█'), "{organization}");
    assert!(!step.summary.contains("canary"), "{}", step.summary);
}

#[test]
fn findings_about_the_mapping_are_annotations_and_errors_end_the_step() {
    let step = run(&[INPUTS, &[("mapping", "bad.yaml")]].concat(), &[("PRINTS", "not reached")]);
    assert_eq!(step.output.status.code(), Some(2));
    assert!(step.stdout.contains("::error file=bad.yaml,line=2,"), "{}", step.stdout);
    assert!(!step.stdout.contains("not reached") && !step.said.contains(&"resync".to_owned()));
    let network = step.said.iter().position(|word| word == "--network").unwrap();
    assert_eq!(step.said[network + 1], "none", "a check is offline");
    assert!(!step.said.contains(&"OCEAN__PORT__CLIENT_SECRET".to_owned()), "and gets no secret: {:?}", step.said);
    let good = run(&[INPUTS, &[("mapping", "good.yaml")]].concat(), &[("PRINTS", "reached")]);
    assert!(good.output.status.success() && good.stdout.contains("reached"), "{}", good.stdout);
}

#[test]
fn a_plan_is_one_comment_that_later_pushes_rewrite() {
    let first = run(&of_a_comment(), &[("PRINTS", "| plan |\n"), ("EXITS", "3")]);
    assert_eq!(first.output.status.code(), Some(3));
    let marker = "<!-- pilotage plan of my-github-copilot-integration -->";
    assert_eq!(first.comment, format!("{marker}\n### Pilotage: there are changes\n\n| plan |\n"));
    assert_eq!(first.summary, "### Pilotage: there are changes\n\n| plan |\n");
    assert!(first.asked.contains("--method\nPOST\nrepos/acme/mappings/issues/17/comments\n"), "{}", first.asked);
    let second = run(&of_a_comment(), &[("PRINTS", "x"), ("EARLIER", "31\n32\n")]);
    assert!(second.asked.contains("--method\nPATCH\nrepos/acme/mappings/issues/comments/31\n"), "{}", second.asked);
    for step in [&first, &second] {
        assert!(!step.said.iter().any(|word| word.contains("canary")), "the container does not get the token");
        assert!(!step.asked.contains("canary"), "no secret is an argument");
    }
    let unasked = run(INPUTS, &[("PRINTS", "x")]);
    assert_eq!(unasked.asked, "");
}

#[test]
fn a_comment_is_cut_to_what_github_takes_between_two_characters() {
    let long = format!("x{}", "ü".repeat(40_000));
    let step = run(&of_a_comment(), &[("PRINTS", long.as_str())]);
    assert!(step.comment.len() < 65_536 && step.comment.ends_with("*The rest is in the log of the job.*\n"));
    assert!(step.comment.contains("üü") && !step.comment.contains('\u{fffd}'));
}

#[test]
fn what_cannot_become_a_comment_is_told() {
    let refused = run(&of_a_comment(), &[("PRINTS", "x"), ("REFUSES", "yes")]);
    assert_eq!(refused.output.status.code(), Some(2));
    assert!(refused.stdout.contains("::error title=Pilotage::the comments of the pull request cannot be read"));
    let resync = run(&[INPUTS, &[("comment", "true")]].concat(), &[]);
    assert_eq!(resync.output.status.code(), Some(2));
    assert!(resync.stdout.contains("comment: true needs arguments: plan --output markdown"), "{}", resync.stdout);
    assert!(resync.said.is_empty(), "nothing has run");
}

#[test]
fn every_input_has_a_description_and_is_used() {
    let action = action();
    let step = &action["runs"]["steps"][0];
    for (name, input) in action["inputs"].as_object().unwrap() {
        assert!(input["description"].is_string(), "{name}");
        let used = step["env"].as_object().unwrap().values().any(|value| value == &json!(format!("${{{{ inputs.{name} }}}}")));
        assert!(used, "{name} is not used");
    }
    assert_eq!(action["runs"]["steps"].as_array().unwrap().len(), 1, "the tests run one step");
}
