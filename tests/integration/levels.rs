//! An enterprise and its organizations in one blueprint.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use pilotage::resync::ResyncError;
use pilotage::simulator::WorldOptions;

use crate::kinds::harness::{ENTERPRISE, Stage};

/// A resource that keeps the days of a kind.
fn resource(kind: &str, blueprint: &str) -> String {
    format!(
        "  - kind: {kind}\n    selector: {{query: 'true'}}\n    port:\n      entity:\n        mappings:\n          identifier: '\"{kind}@\" + .day'\n          \
         blueprint: '\"{blueprint}\"'\n          properties: {{}}\n"
    )
}

fn mapping(resources: &[(&str, &str)]) -> String {
    let resources: String = resources.iter().map(|(kind, blueprint)| resource(kind, blueprint)).collect();
    format!("resources:\n{resources}")
}

const BOTH: [(&str, &str); 2] = [("organization-usage-metrics", "any"), ("enterprise-usage-metrics", "any")];

fn small() -> WorldOptions {
    WorldOptions { organizations: 2, teams: 1, users: 6, days: 3, ..WorldOptions::default() }
}

#[tokio::test]
async fn an_enterprise_and_its_organizations_are_refused_in_one_blueprint() {
    let mut stage = Stage::new(small());
    stage.enterprise = Some(ENTERPRISE.to_owned());
    let refused = match stage.try_run(&mapping(&BOTH)).await {
        Err(ResyncError::Choice(refused)) => refused,
        other => panic!("{:?}", other.map(|(outcome, _)| outcome)),
    };
    let said = refused.to_string();
    for part in ["`any`", "`fleet`", "`enterprise-usage-metrics`", "`harbor`", "`tidewater`", "`organization-usage-metrics`"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(refused.help.contains("mixedLevels"), "{}", refused.help);
    assert!(stage.blueprints().is_empty(), "nothing was written");
    // Which of the kinds a run reads does not matter: it writes beside what the other gave.
    stage.only_kinds = vec!["enterprise-usage-metrics".to_owned()];
    assert!(matches!(stage.try_run(&mapping(&BOTH)).await, Err(ResyncError::Choice(_))));
    stage.only_kinds.clear();
    // Allowed: a blueprint each, one level only, one kind for both levels, or a user who says so.
    let apart = mapping(&[("organization-usage-metrics", "any"), ("enterprise-usage-metrics", "copilot_enterprise_usage")]);
    stage.run(&apart).await;
    stage.run(&mapping(&[("copilot-billing", "any"), ("organization-usage-metrics", "any")])).await;
    stage.mixes_levels = true;
    let (outcome, _) = stage.run(&mapping(&BOTH)).await;
    assert_eq!(outcome.slices.iter().filter(|slice| slice.is_failure()).count(), 0);
    let organizations_only = Stage::new(small());
    organizations_only.run(&mapping(&BOTH)).await;
}

#[tokio::test]
async fn a_computed_blueprint_of_both_levels_is_told_once_it_is_known() {
    let mut stage = Stage::new(small());
    stage.enterprise = Some(ENTERPRISE.to_owned());
    let computed = |mapping: String| mapping.replace("'\"any\"'", "'\"a\" + \"ny\"'");
    let (outcome, _) = stage.run(&computed(mapping(&BOTH))).await;
    let told = outcome.warnings.iter().filter(|warning| warning.contains("counts people twice; read one level only")).count();
    assert_eq!(told, 1, "{:?}", outcome.warnings);
    let one_level = computed(mapping(&[("organization-usage-metrics", "any"), ("copilot-billing", "any")]));
    let (outcome, _) = stage.run(&one_level).await;
    assert!(!outcome.warnings.iter().any(|warning| warning.contains("twice")), "{:?}", outcome.warnings);
}

/// A simulated GitHub that does not outlive the test.
struct Simulated(Child, String);

impl Simulated {
    fn start() -> Self {
        let mut command = pilotage();
        let mut server = command.arg("simulate").args(["--orgs", "2", "--users", "6"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self(server, url.trim().to_owned())
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn pilotage() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().env("GITHUB_TOKEN", "any").env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

#[test]
fn doctor_finds_both_levels_and_every_run_refuses_them() {
    let (github, folder) = (Simulated::start(), tempfile::tempdir().unwrap());
    let file = folder.path().join("mapping.yaml");
    std::fs::write(&file, mapping(&BOTH)).unwrap();
    let run_of = |arguments: &[&str], mixed: &str, organizations: &str| {
        let mut command = pilotage();
        command.env("OCEAN__INTEGRATION__CONFIG__GITHUB_ENTERPRISE_NAME", "fleet");
        command.env("OCEAN__INTEGRATION__CONFIG__GITHUB_ORGANIZATIONS", organizations);
        command.env("PILOTAGE_MIXED_LEVELS", mixed);
        command.arg("--data").arg(folder.path().join("data")).args(arguments);
        let output = command.arg("--mapping").arg(&file).args(["--github-host", &github.1]).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap().split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let run = |arguments: &[&str], mixed: &str| run_of(arguments, mixed, "harbor");
    let expected = "blueprint `any` would hold days of the enterprise `fleet` (`enterprise-usage-metrics`) and of organizations `harbor` \
                    (`organization-usage-metrics`), and whoever adds them up counts people twice";
    let many = "(`enterprise-usage-metrics`) and of the organizations that the credential sees (`organization-usage-metrics`)";
    for (arguments, code) in [(&["resync"][..], 2), (&["plan"], 2), (&["doctor"], 5)] {
        let (found, text) = run(arguments, "false");
        assert_eq!(found, Some(code), "{arguments:?}: {text}");
        assert!(text.contains(expected) && text.contains("`mixedLevels`"), "{arguments:?}: {text}");
        // Patterns are named by neither.
        let (_, text) = run_of(arguments, "false", "har*,tide*");
        assert!(text.contains(many), "{arguments:?}: {text}");
        let (_, text) = run(arguments, "true");
        assert!(!text.contains("counts people twice"), "{arguments:?}: {text}");
    }
}
