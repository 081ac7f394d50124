//! Workflows and the action, read as YAML: shell lines without expressions, rights, and what they run.

use super::*;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Workflows of this repository: name and content.
fn workflows() -> Vec<(String, String)> {
    let files = std::fs::read_dir(root(".github/workflows")).unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| (file.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(file).unwrap())).collect()
}

/// Values of a key, at any depth.
fn all_of(key: &str, value: &Json, found: &mut Vec<String>) {
    match value {
        Json::Object(object) => {
            for (name, inner) in object {
                match inner.as_str() {
                    Some(text) if name == key => found.push(text.to_owned()),
                    _ => all_of(key, inner, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| all_of(key, item, found)),
        _ => {}
    }
}

fn every(key: &str, yaml: &str) -> Vec<String> {
    let mut found = Vec::new();
    all_of(key, &serde_yaml::from_str(yaml).unwrap(), &mut found);
    found
}

/// Shell lines that hold an expression: its value would be run as text of the script.
fn with_expressions(yaml: &str) -> Vec<String> {
    every("run", yaml).iter().flat_map(|script| script.lines()).filter(|line| line.contains("${{")).map(str::to_owned).collect()
}

/// YAML examples of a page.
fn examples(page: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root(page)).unwrap();
    text.split("```yaml\n").skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

#[test]
fn no_shell_line_holds_an_expression() {
    let planted = "steps: [{env: {A: '${{ inputs.a }}'}, run: 'set -e\n  echo ${{ github.event.pull_request.title }}'}]";
    assert_eq!(with_expressions(planted).len(), 1, "one in a shell line is found, one in env is allowed");
    let mut looked_at = 0;
    let action = ("action.yml".to_owned(), text("github-action/action.yml"));
    let pages = examples("docs/deploy.md").into_iter().map(|example| ("docs/deploy.md".to_owned(), example));
    for (name, yaml) in workflows().into_iter().chain([action]).chain(pages) {
        looked_at += every("run", &yaml).len();
        assert_eq!(with_expressions(&yaml), [""; 0], "{name}");
    }
    assert!(looked_at >= 3, "{looked_at}");
}

/// The workflows that send something somewhere, and what for.
const MAY_WRITE: [(&str, &str); 3] = [("release.yml", "contents"), ("image.yml", "packages"), ("docs.yml", "contents")];

#[test]
fn workflows_may_write_what_they_publish_alone_and_name_the_version_of_what_they_use() {
    let pinned = fancy_regex::Regex::new(r"^[\w-]+/[\w./-]+@[0-9a-f]{40}$").unwrap();
    for (name, yaml) in workflows() {
        let workflow: Json = serde_yaml::from_str(&yaml).unwrap();
        assert_eq!(workflow["permissions"], json!({"contents": "read"}), "{name}");
        for used in every("uses", &yaml) {
            assert!(pinned.is_match(&used).unwrap(), "{name}: {used} can change");
            let line = yaml.lines().find(|line| line.contains(&used)).unwrap();
            assert!(line.contains(" # v"), "{name}: {line} does not say which version that is");
        }
        for (job, content) in workflow["jobs"].as_object().unwrap() {
            assert!(content["timeout-minutes"].is_u64(), "{name}");
            let may_write = MAY_WRITE.iter().find(|(other, ..)| *other == name).map(|(_, what)| *what);
            let writes: Vec<&str> = content["permissions"]
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(_, right)| *right != "read")
                .map(|(what, _)| what.as_str())
                .collect();
            assert_eq!(writes, may_write.into_iter().collect::<Vec<_>>(), "{name}: {job}");
            // What is compiled runs scripts of dependencies, so a token is given to the step alone that sends something.
            for step in content["steps"].as_array().unwrap() {
                let holds_token = step["env"].to_string().contains("github.token");
                let sends = step["run"].as_str().is_some_and(|line| line.starts_with("deploy/release/publish"));
                assert!(!holds_token || sends, "{name}: {step}");
            }
        }
    }
}

#[test]
fn workflows_run_scripts_that_run_elsewhere_too() {
    for (name, yaml) in workflows() {
        let lines = every("run", &yaml);
        assert!(!lines.is_empty(), "{name}");
        for line in lines {
            let script = line.split_whitespace().next().unwrap();
            assert!(script.starts_with(".ci/") || script.starts_with("deploy/release/"), "{name}: {line}");
            let mode =
                std::fs::metadata(root(script)).unwrap_or_else(|error| panic!("{name}: {script}: {error}")).permissions().mode();
            assert!(mode & 0o111 != 0, "{name}: {script} cannot be run");
        }
    }
    let weekly =
        &serde_yaml::from_str::<Json>(&workflows().iter().find(|(name, _)| name == "advisories.yml").unwrap().1).unwrap();
    assert!(weekly["on"]["schedule"][0]["cron"].is_string());
    assert_eq!(weekly["jobs"]["dependencies"]["steps"][1]["run"], ".ci/deny --all", "an unread database is no success");
}
