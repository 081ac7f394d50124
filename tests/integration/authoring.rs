//! The authoring loop with the real program: `init`, `validate`, `test`, `preview`, `eval` and `schema`, in a folder with nothing
//! but a mapping, without network, account or settings.

use crate::support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::repository;
use pilotage::kind;
use pilotage::mapping::check::{KnownKind, World, validate};
use pilotage::mapping::program::CompileOptions;
use pilotage::render;
use pilotage::resync::observe::NoObserver;
use serde_json::{Value, json};

/// What a run of the program left.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.args(arguments).current_dir(folder).env_clear().env("HOME", folder);
    command
}

fn pilotage(folder: &Path, arguments: &[&str]) -> Ran {
    pilotage_reads(folder, arguments, "")
}

fn pilotage_reads(folder: &Path, arguments: &[&str], stdin: &str) -> Ran {
    let mut command = command(folder, arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// A mapping of organizations' days with these properties, each written on a line.
fn mapping(properties: &[&str]) -> String {
    let properties: String = properties.iter().map(|line| format!("            {line}\n")).collect();
    format!(
        "resources:
  - kind: organization-usage-metrics
    selector:
      query: 'true'
    port:
      entity:
        mappings:
          identifier: .__organization.login + \"@\" + .day
          blueprint: '\"githubCopilotOrganizationUsage\"'
          properties:
{properties}"
    )
}

const ITEM: &str = r#"{"day": "2026-08-01", "daily_active_users": 5, "loc_added_sum": 40, "__organization": {"login": "acme"}}"#;

fn bundled_mapping() -> String {
    std::fs::read_to_string(repository("mappings/copilot.yaml")).unwrap()
}

#[test]
fn what_init_writes_passes_validate_and_test_and_is_not_overwritten() {
    let folder = folder(&[]);
    let folder = folder.path();
    pilotage(folder, &["init"]).exits(0);
    pilotage(folder, &["validate", "copilot.yaml", "--deny-warnings"]).exits(0);
    let tested = pilotage(folder, &["test"]).exits(0);
    insta::assert_snapshot!("init-tested", tested.out);
    let starter = std::fs::read_to_string(folder.join("copilot.yaml")).unwrap();
    assert!(starter.starts_with("# yaml-language-server: $schema="));

    std::fs::write(folder.join("copilot.yaml"), "mine").unwrap();
    let again = pilotage(folder, &["init"]).exits(2);
    assert_eq!(again.err, "error: `copilot.yaml` is there already\nhelp: name another, or overwrite with --force\n");
    assert_eq!(std::fs::read_to_string(folder.join("copilot.yaml")).unwrap(), "mine");
    pilotage(folder, &["init", "--force"]).exits(0);
    assert_eq!(std::fs::read_to_string(folder.join("copilot.yaml")).unwrap(), starter);
    pilotage(folder, &["init", "teams/copilot.yml"]).exits(0);
    pilotage(folder, &["test", "teams/copilot.yml"]).exits(0);
    for template in ["teams", "seats", "all"] {
        let file = format!("{template}.yaml");
        let said = pilotage(folder, &["init", &file, "--template", template]).exits(0);
        pilotage(folder, &["validate", &file]).exits(0);
        let tested = pilotage(folder, &["test", &file]).exits(0);
        assert!(tested.out.contains(" 0 failed") || !tested.out.contains("failed"), "{}", tested.out);
        let shown = said.err.lines().find_map(|line| line.strip_prefix("look at it:  pilotage ")).unwrap().to_owned();
        pilotage(folder, &shown.split(' ').collect::<Vec<_>>()).exits(0);
    }
    assert!(!std::fs::read_to_string(folder.join("teams.yaml")).unwrap().contains("copilot_user_usage"), "no people");
}

#[test]
fn the_program_says_about_each_broken_mapping_what_the_snapshots_of_findings_say() {
    let broken = repository("tests/mappings/broken");
    let mut names: Vec<String> =
        std::fs::read_dir(&broken).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 40);
    let blueprint = json!({
        "identifier": "usage",
        "schema": {"properties": {"login": {"type": "string"}, "users": {"type": "number"}}, "required": ["login"]},
        "relations": {"team": {"target": "team"}},
    });
    let blueprints = folder(&[("usage.json", &blueprint.to_string())]);
    let path = blueprints.path().display().to_string();
    let arguments: Vec<&str> = ["validate", "--blueprints", &path].into_iter().chain(names.iter().map(String::as_str)).collect();
    let ran = pilotage(&broken, &arguments).exits(2);

    let known = |kind: &'static kind::Kind| KnownKind {
        name: kind.name,
        aliases: kind.aliases,
        fields: kind.item_fields().collect(),
        selector: kind.selector_keys(),
    };
    let kinds: Vec<_> = kind::ALL.iter().map(known).collect();
    let blueprints = [serde_json::from_value(blueprint).unwrap()];
    let world = World { kinds: &kinds, blueprints: Some(&blueprints) };
    let findings = names.iter().flat_map(|name| {
        let text = std::fs::read_to_string(broken.join(name)).unwrap();
        validate(&text, name, &CompileOptions::default(), &world).1
    });
    let findings: Vec<_> = findings.collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let expected = render::finding::report(&names, &findings);
    for (line, expected) in ran.out.lines().zip(expected.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(ran.out.len(), expected.len());
}

#[test]
fn a_misspelt_field_of_the_documents_mapping_is_found_and_the_right_one_proposed() {
    let misspelt = bundled_mapping().replace(": .daily_active_users", ": .dayly_active_users");
    let folder = folder(&[("copilot.yaml", &misspelt)]);
    let ran = pilotage(folder.path(), &["validate", "copilot.yaml"]).exits(0);
    let found = ran.out.split("\n\n").find(|finding| finding.starts_with("warning[unknown-field]")).unwrap();
    insta::assert_snapshot!("misspelt-field", found);
    pilotage(folder.path(), &["validate", "copilot.yaml", "--deny-warnings"]).exits(2);
}

#[test]
fn findings_are_printed_for_people_programs_code_scanning_and_annotations() {
    let folder = folder(&[("a mapping.yaml", &mapping(&["daily_active_users: .daily_active_users |", "nosuch: .day"]))]);
    for format in ["text", "json", "sarif", "github"] {
        let ran = pilotage(folder.path(), &["validate", "a mapping.yaml", "--output", format]).exits(2);
        // The rules of SARIF are the codes, which are told elsewhere.
        let shown = match format {
            "sarif" => format!("{:#}", ran.json()["runs"][0]["results"]),
            _ => ran.out.clone(),
        };
        insta::assert_snapshot!(format!("validate-{format}"), shown);
    }
}

#[test]
fn a_fix_corrects_what_is_certain_and_leaves_every_other_byte_alone() {
    let before = "\u{feff}# Über uns\r\n\r\nresources:\r\n  - kind:   organization_usage_metrics   # the kind\r\n    selector:\r\n      query: .daily_active_users > 0 && .day > \"2026-01-01\"\r\n    port:\r\n      entity:\r\n        mappings:\r\n          identifier: .__organization.login + “@” + day\r\n          blueprint: copilot_organization_usage\r\n          title: .__organization.login + \" #\" + .day\r\n          properties: {daily_active_users: .dayly_active_users}\r\n";
    let after = before
        .replace("organization_usage_metrics", "organization-usage-metrics")
        .replace("&&", "and")
        .replace(".__organization.login + “@” + day", ".__organization.login + \"@\" + .day")
        .replace("blueprint: copilot_organization_usage", "blueprint: '\"copilot_organization_usage\"'")
        .replace(".__organization.login + \" #\" + .day", "'.__organization.login + \" #\" + .day'");
    let folder = folder(&[("m.yaml", before)]);
    let file = folder.path().join("m.yaml");
    let shown = pilotage(folder.path(), &["validate", "m.yaml", "--fix", "--diff"]).exits(0);
    assert!(shown.out.contains("+          blueprint: '\"copilot_organization_usage\"'"), "{shown:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    // A misspelt field may mean another one, so it stays, and is told.
    let ran = pilotage(folder.path(), &["validate", "m.yaml", "--fix"]).exits(0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), after);
    assert!(ran.out.starts_with("warning[unknown-field]") && ran.out.ends_with("checked m.yaml: 1 warning\n"), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 5, "{ran:?}");
    let again = pilotage(folder.path(), &["validate", "m.yaml", "--fix"]).exits(0);
    assert_eq!((again.err.as_str(), std::fs::read_to_string(&file).unwrap()), ("", after));
    let stdin = pilotage_reads(folder.path(), &["validate", "-", "--fix"], before).exits(2);
    assert!(stdin.err.starts_with("error: --fix changes files"), "{stdin:?}");
}

#[test]
fn a_code_is_explained_and_an_unknown_one_is_not() {
    let folder = folder(&[]);
    let ran = pilotage(folder.path(), &["validate", "--explain", "unknown-field"]).exits(0);
    assert!(ran.out.starts_with("## `unknown-field`\nWarning. ") && !ran.out.contains("\n## "), "{ran:?}");
    let unknown = pilotage(folder.path(), &["validate", "--explain", "unknown-feild"]).exits(2);
    assert_eq!(unknown.err, "error: there is no code `unknown-feild`\nhelp: did you mean `unknown-field`?\n");
}

#[test]
fn a_comment_ignores_a_finding_and_one_that_ignores_nothing_is_told() {
    let ignored = mapping(&["loc_added_sum: .loc_aded_sum # pilotage: ignore[unknown-field]"]);
    let folder = folder(&[("m.yaml", &ignored), ("n.yaml", &ignored.replace("aded", "added"))]);
    let ran = pilotage(folder.path(), &["validate", "m.yaml", "--deny-warnings"]).exits(0);
    assert_eq!(ran.out, "checked m.yaml: nothing wrong\n");
    let ran = pilotage(folder.path(), &["validate", "n.yaml", "--deny-warnings"]).exits(2);
    assert!(ran.out.starts_with("warning[unused-ignore]: there is no finding `unknown-field` to ignore here"), "{ran:?}");
}

#[test]
fn a_file_in_another_encoding_is_named_by_every_command() {
    let folder = folder(&[]);
    let wide: Vec<u8> = mapping(&["loc_added_sum: .loc_added_sum"]).encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.path().join("wide.yaml"), [vec![0xFF, 0xFE], wide].concat()).unwrap();
    let validated = pilotage(folder.path(), &["validate", "wide.yaml"]).exits(2);
    assert!(validated.out.starts_with("error[not-utf-8]: the file is UTF-16 (little-endian)"), "{validated:?}");
    let arguments = ["preview", "--mapping", "wide.yaml", "--kind", "organization-usage-metrics", "--sample"];
    let previewed = pilotage(folder.path(), &arguments).exits(2);
    assert!(previewed.err.contains("the file is UTF-16 (little-endian), and a mapping must be UTF-8"), "{previewed:?}");
}

#[test]
fn without_a_file_the_bundled_mapping_is_validated_and_several_files_are_counted() {
    let folder = folder(&[("one.yaml", &mapping(&["loc_added_sum: .loc_added_sum"])), ("two.yaml", "resources: []\n")]);
    let bundled = pilotage(folder.path(), &["validate"]).exits(0);
    assert!(bundled.out.ends_with("checked mappings/copilot.yaml: 2 warnings\n"), "{bundled:?}");
    let both = pilotage(folder.path(), &["validate", "one.yaml", "two.yaml"]).exits(0);
    assert!(both.out.ends_with("\n\nchecked 2 files: 1 warning\n"), "{both:?}");
    let one = pilotage(folder.path(), &["validate", "one.yaml"]).exits(0);
    assert_eq!(one.out, "checked one.yaml: nothing wrong\n");
    let absent = pilotage(folder.path(), &["validate", "three.yaml"]).exits(2);
    assert!(absent.err.starts_with("error: cannot read `three.yaml`: "), "{absent:?}");
}

#[test]
fn a_blueprint_that_is_not_bundled_is_an_error_only_against_named_blueprints() {
    let own = mapping(&["x: .day"]).replace("githubCopilotOrganizationUsage", "ours");
    let blueprint = r#"{"identifier": "theirs", "schema": {"properties": {}}}"#;
    let folder = folder(&[("copilot.yaml", &own), ("blueprint.json", blueprint)]);
    let ran = pilotage(folder.path(), &["validate", "copilot.yaml", "--deny-warnings"]).exits(0);
    assert!(ran.out.starts_with("note[unknown-blueprint]: "), "{ran:?}");
    let ran = pilotage(folder.path(), &["validate", "copilot.yaml", "--blueprints", "blueprint.json"]).exits(2);
    assert!(ran.out.starts_with("error[unknown-blueprint]: the catalog has no blueprint `ours`"), "{ran:?}");
}

#[tokio::test]
async fn a_mapping_is_checked_against_the_catalog_that_the_settings_name() {
    let folder = folder(&[("m.yaml", &mapping(&["x: .day", "y: .day"]).replace("githubCopilotOrganizationUsage", "ours"))]);
    let data = folder.path().join("data").display().to_string();
    let arguments = ["validate", "m.yaml", "--catalog", "--data", &data];
    let empty = pilotage(folder.path(), &arguments).exits(2);
    assert!(empty.err.contains("has no blueprint to check against"), "{empty:?}");
    let blueprint = json!({"identifier": "ours", "title": "Ours", "schema": {"properties": {"x": {"type": "string"}}}});
    support::World::in_folder(Path::new(&data))
        .client()
        .create_blueprint(&serde_json::from_value(blueprint).unwrap())
        .await
        .unwrap();
    let ran = pilotage(folder.path(), &arguments).exits(2);
    assert!(ran.out.starts_with("error[unknown-property]: the blueprint `ours` has no property `y`"), "{ran:?}");
    assert!(ran.out.ends_with("checked m.yaml: 1 error\n"), "{ran:?}");
}

#[test]
fn a_case_that_fails_shows_what_was_expected_what_came_and_why() {
    let cases = format!(
        "cases:
  - {{name: as expected, kind: organization-usage-metrics, item: {ITEM}, expect: {{properties: {{users: 5}}}}}}
  - {{name: misspelt, kind: organization-usage-metrics, item: {ITEM}, expect: {{title: x, properties: {{lines: 40, users: 6}}}}}}
  - {{name: not left out, kind: organization-usage-metrics, item: {ITEM}, expect: null}}
"
    );
    let mapping = mapping(&["users: .daily_active_users", "lines: .loc_aded_sum"]);
    let folder = folder(&[("m.yaml", &mapping), ("m.test.yaml", &cases)]);
    let ran = pilotage(folder.path(), &["test", "m.yaml"]).exits(2);
    insta::assert_snapshot!("test-fails", ran.out);
    let json = pilotage(folder.path(), &["test", "--output", "json"]).exits(2).json();
    assert_eq!((&json["passed"], &json["failed"]), (&json!(1), &json!(2)));
    assert_eq!(json["cases"][1]["differences"][1]["path"], "properties.lines");

    let filtered = pilotage(folder.path(), &["test", "--filter", "as exp"]).exits(0);
    assert!(filtered.out.ends_with("1 passed, 0 failed\n"), "{filtered:?}");
    pilotage(folder.path(), &["test", "--filter", "nothing"]).exits(2);
    let absent = pilotage(folder.path(), &["test", "other.yaml"]).exits(2);
    assert!(absent.err.starts_with("error: there is no `other.test.yaml`\n"), "{absent:?}");
}

#[test]
fn a_golden_file_is_written_anew_only_when_asked() {
    let cases = "cases: [{name: golden, kind: organization-usage-metrics, file: day.json, expectFile: golden.json}]";
    let folder = folder(&[("m.yaml", &mapping(&["users: .daily_active_users"])), ("m.test.yaml", cases), ("day.json", ITEM)]);
    let golden = folder.path().join("golden.json");
    pilotage(folder.path(), &["test"]).exits(2);
    assert!(!golden.exists());
    pilotage(folder.path(), &["test", "--update"]).exits(0);
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&golden).unwrap()).unwrap();
    assert_eq!(written[0]["properties"], json!({"users": 5}));
    pilotage(folder.path(), &["test"]).exits(0);
}

#[test]
fn a_preview_of_a_sample_is_always_the_same() {
    let folder = folder(&[]);
    let arguments = ["preview", "--kind", "organization-usage-metrics", "--sample", "--limit", "1"];
    let one = pilotage(folder.path(), &arguments).exits(0);
    assert_eq!(one.out, pilotage(folder.path(), &arguments).out);
    insta::assert_snapshot!("preview-sample", format!("{}--- stderr\n{}", one.out, one.err));
    for kind in &kind::ALL {
        let all = ["preview", "--kind", kind.name, "--sample", "--explain", "--output", "json", "--mapping", "m.yaml"];
        let mapping = mapping(&["users: .day"]).replace("organization-usage-metrics", kind.name);
        std::fs::write(folder.path().join("m.yaml"), mapping).unwrap();
        let count = pilotage(folder.path(), &all).exits(0).out.lines().count();
        assert!((1..=10).contains(&count), "{}: {count}", kind.name);
    }
}

#[test]
fn a_preview_without_a_kind_shows_each_kind_of_the_mapping() {
    let two = format!(
        "{}{}",
        mapping(&["users: .daily_active_users"]),
        r#"  - kind: copilot-seats
    selector: {query: 'true'}
    port: {entity: {mappings: {identifier: .assignee.login, blueprint: '"seat"', properties: {}}}}
"#
    );
    let folder = folder(&[
        ("one.yaml", &mapping(&["users: .day"])),
        ("two.yaml", &two),
        ("day.json", ITEM),
        ("none.yaml", "resources: []"),
    ]);
    let all = pilotage(folder.path(), &["preview", "two.yaml", "--limit", "1", "--output", "json"]).exits(0);
    let blueprints: Vec<Value> =
        all.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["blueprint"].clone()).collect();
    assert_eq!((blueprints.len(), &blueprints[1]), (2, &json!("seat")), "{all:?}");
    assert!(
        all.err.contains("organization-usage-metrics: 1 entity of 1 item") && all.err.contains("copilot-seats: 1 entity"),
        "{all:?}"
    );
    let explained = pilotage(folder.path(), &["preview", "two.yaml", "--limit", "1", "--explain"]).exits(0).out;
    assert!(explained.contains("\ncopilot-seats\n\nitem 1: seat/"), "{explained}");
    // A file of items is of one kind.
    let one = pilotage(folder.path(), &["preview", "one.yaml", "--input", "day.json"]).exits(0);
    assert!(one.err.starts_with("1 entity of 1 item"), "{one:?}");
    let which = pilotage(folder.path(), &["preview", "two.yaml", "--input", "day.json"]).exits(2).err;
    assert!(which.contains("--kind KIND: `organization-usage-metrics`, `copilot-seats`"), "{which}");
    let none = pilotage(folder.path(), &["preview", "none.yaml"]).exits(2).err;
    assert!(none.contains("no resources"), "{none}");
}

#[test]
fn a_preview_reads_a_value_a_list_lines_and_stdin() {
    let report = format!(r#"{{"day_totals": [{ITEM}, {ITEM}]}}"#);
    let folder = folder(&[("m.yaml", &mapping(&["users: .daily_active_users"])), ("report.json", &report)]);
    let preview = |input: &str, stdin: &str| {
        let arguments = ["preview", "--mapping", "m.yaml", "--kind", "organization-usage-metrics", "--output", "json"];
        let ran = pilotage_reads(folder.path(), &[&arguments[..], &["--input", input]].concat(), stdin).exits(0);
        ran.out
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["properties"]["users"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(preview("-", ITEM), [json!(5)]);
    assert_eq!(preview("-", &format!("[{ITEM}, {ITEM}]")), [json!(5), json!(5)]);
    assert_eq!(preview("-", &format!("{ITEM}\n\n{ITEM}\nnot json\n")), [json!(5), json!(5)]);
    assert_eq!(preview("report.json", ""), [json!(5), json!(5)]);

    let arguments = ["preview", "--mapping", "m.yaml", "--kind", "organization-usage-metrics", "--input", "-"];
    let plain = pilotage_reads(folder.path(), &arguments, r#"[{"day": "2026-08-01"}, 7]"#).exits(0);
    insta::assert_snapshot!("preview-input", format!("{}--- stderr\n{}", plain.out, plain.err));
}

#[test]
fn an_explanation_shows_expression_and_value_or_why_it_is_null() {
    let properties = ["users: .daily_active_users", "lines: .loc_aded_sum", "ratio: .loc_added_sum / .no", "none: empty"];
    let folder = folder(&[("m.yaml", &mapping(&properties)), ("day.json", ITEM)]);
    let arguments =
        ["preview", "--mapping", "m.yaml", "--kind", "organization-usage-metrics", "--input", "day.json", "--explain"];
    insta::assert_snapshot!("preview-explain", pilotage(folder.path(), &arguments).exits(0).out);
}

#[test]
fn a_preview_of_a_kind_that_is_not_there_says_which_are() {
    let folder = folder(&[("m.yaml", &mapping(&["users: .day"]))]);
    let preview =
        |kind: &str| pilotage(folder.path(), &["preview", "--mapping", "m.yaml", "--kind", kind, "--sample"]).exits(2).err;
    assert_eq!(
        preview("copilot-team-metrics"),
        "error: m.yaml has no resource of kind `copilot-team-metrics`\nhelp: it has `organization-usage-metrics`\n"
    );
    assert!(preview("copilot-team-metric").contains("did you mean `copilot-team-metrics`?"));
    let nothing = ["preview", "--kind", "organization-usage-metrics", "--sample", "--watch"];
    assert!(pilotage(folder.path(), &nothing).exits(2).err.contains("nothing to watch"));
}

#[test]
fn an_expression_gives_all_its_outputs_or_says_why_not() {
    let folder = folder(&[("days.ndjson", &format!("{ITEM}\n{{\"day\": 7}}\n[1]x\n"))]);
    let eval = |arguments: &[&str]| pilotage(folder.path(), &[&["eval"], arguments].concat());
    assert_eq!(eval(&["., 10/2, 'a' + \"b\", {a: [1.0]}, env"]).exits(0).out, "null\n5\n\"ab\"\n{\"a\":[1.0]}\n{}\n");
    assert_eq!(eval(&["empty"]).exits(0).out, "");
    let items = eval(&[".day | ascii_downcase", "--input", "days.ndjson"]).exits(1);
    assert_eq!(items.out, "\"2026-08-01\"\n");
    assert_eq!(items.err.lines().count(), 2, "{items:?}");
    assert!(items.err.starts_with("error: item 2: "), "{items:?}");
    let sampled =
        eval(&[".__organization.login", "--kind", "organization-user-usage-metrics", "--sample", "--limit", "3"]).exits(0);
    assert_eq!(sampled.out.lines().count(), 3);
    insta::assert_snapshot!("eval-wrong", eval(&["1 + nosuch(.a) | ."]).exits(2).err);
}

#[test]
fn files_of_cases_in_jqs_own_format_are_run_and_counted() {
    let cases = "# a comment\n.a\n{\"a\": 1}\n1\n\n1, 2\nnull\n1\n3\n\n%%FAIL\n1 +\nany message\n";
    let folder = folder(&[("cases.test", cases)]);
    let ran = pilotage(folder.path(), &["eval", "--run-tests", "cases.test"]).exits(2);
    assert_eq!(ran.out, "cases.test:6: 1, 2\n  expected 1 3, got 1 2\n2 passed, 1 failed\n");
    let table = repository("crates/jq/tests/table.txt");
    let ran = pilotage(folder.path(), &["eval", "--run-tests", table.to_str().unwrap()]).exits(0);
    assert!(ran.out.ends_with(" passed, 0 failed\n"), "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn hostile_expressions_end_within_four_gibibytes_of_addresses_and_say_what_stopped_them() {
    let folder = folder(&[("m.yaml", &mapping(&["loc_added_sum: .loc_added_sum"]))]);
    let program = env!("CARGO_BIN_EXE_pilotage");
    let limited = |arguments: &str| {
        let script = format!("ulimit -v 4194304; exec '{program}' {arguments}");
        let output = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).env_clear().output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = limited("eval 'reduce range(60) as $i (1; [., .])'");
    assert_eq!((code, said.as_str()), (Some(1), "error: stopped after 268435456 bytes\n"));
    assert_eq!(limited("eval 'last(range(1e12))'").0, Some(1));
    assert_eq!(limited("validate m.yaml").0, Some(0));
    assert_eq!(limited("preview --kind copilot-team-metrics --sample").0, Some(0));
}

#[test]
fn the_schema_knows_the_kinds() {
    let folder = folder(&[]);
    let schema = pilotage(folder.path(), &["schema"]).exits(0).json();
    let listed = schema["$defs"]["Resource"]["properties"]["kind"]["anyOf"].as_array().unwrap();
    let names = kind::ALL.iter().flat_map(|kind| std::iter::once(kind.name).chain(kind.aliases.iter().copied()));
    for name in names {
        assert!(listed.iter().any(|kind| kind["const"] == name), "{name}");
    }
}

/// Runs the commands of a page's transcripts, one after the other in one folder, and puts what they print below them.
pub(crate) fn with_transcripts(page: &str, folder: &Path) -> String {
    let programs = Path::new(env!("CARGO_BIN_EXE_pilotage")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut written = String::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        }
        let command = line.strip_prefix("$ ").filter(|_| inside);
        if inside && command.is_none() && !line.starts_with("```") {
            continue;
        }
        written.push_str(line);
        written.push('\n');
        if let Some(command) = command {
            let mut shell = Command::new("sh");
            shell.args(["-c", command]).current_dir(folder).env_clear().env("HOME", folder).env("PATH", &path);
            let output = shell.output().unwrap();
            written.push_str(&String::from_utf8(output.stdout).unwrap());
            written.push_str(&String::from_utf8(output.stderr).unwrap());
        }
    }
    written
}

/// `UPDATE_DOCS=1` writes the page anew.
#[cfg(target_os = "linux")]
#[test]
fn the_transcripts_of_the_page_about_authoring_are_what_happens() {
    let file = repository("docs/authoring.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let written = with_transcripts(&page, folder(&[]).path());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &written).unwrap();
    }
    assert!(page == written || std::env::var_os("UPDATE_DOCS").is_some(), "{written}");
}

#[tokio::test]
async fn validate_test_preview_eval_and_resync_give_one_value_for_one_expression() {
    let (expression, value) = ("def product: 2 * 3 % 4; product", 2);
    let kind = "copilot-organization-metrics";
    let property = "total_active_users";
    let mapping = mapping(&[&format!("{property}: '{expression}'")])
        .replace("organization-usage-metrics", kind)
        .replace("githubCopilotOrganizationUsage", "github_copilot_usage")
        .replace(".day", ".date");
    let case = json!({
        "name": "the value",
        "kind": kind,
        "item": {"date": "2024-06-24", "__organization": {"login": "octo-org"}},
        "expect": {"properties": {property: value}},
    });
    // A blueprint that does not fit, so that `validate` has to name the value.
    let blueprint = json!({"identifier": "github_copilot_usage", "schema": {"properties": {property: {"type": "boolean"}}}});
    let folder = folder(&[
        ("m.yaml", &mapping),
        ("m.test.yaml", &json!({"cases": [case]}).to_string()),
        ("blueprint.json", &blueprint.to_string()),
    ]);
    let folder = folder.path();

    let validated =
        pilotage(folder, &["validate", "m.yaml", "--blueprints", "blueprint.json", "--output", "json"]).exits(2).json();
    let finding = &validated["findings"][0];
    assert_eq!((&finding["code"], &finding["label"]), (&json!("type-mismatch"), &json!(value.to_string())), "{validated:#}");

    pilotage(folder, &["test"]).exits(0);

    let arguments = ["preview", "--mapping", "m.yaml", "--kind", kind, "--sample", "--limit", "1", "--output", "json"];
    assert_eq!(pilotage(folder, &arguments).exits(0).json()["properties"][property], value);

    assert_eq!(pilotage(folder, &["eval", expression]).exits(0).out, format!("{value}\n"));

    let world = support::World::new();
    world.resync(&repository("tests/worlds/documented-day"), &mapping, &NoObserver).await;
    let entity = world.entity("github_copilot_usage", "octo-org@2024-06-24").await.expect("the day is in the catalog");
    assert_eq!(entity["properties"][property], value);
}

#[tokio::test]
async fn a_resync_remarks_on_a_misspelt_field_and_on_what_always_fails_and_on_no_other_null() {
    let properties = [
        "total_active_users: .total_active_usrs",
        "total_engaged_users: .date | tonumber",
        // Documented, and null in that record.
        "copilot_dotcom_chat: .copilot_dotcom_chat.nothing // null",
        "nothing: .copilot_ide_chat.total_engaged_users | select(. == null)",
    ];
    let mapping = mapping(&properties)
        .replace("organization-usage-metrics", "copilot-organization-metrics")
        .replace("githubCopilotOrganizationUsage", "github_copilot_usage")
        .replace(".day", ".date");
    let world = support::World::new();
    let outcome = world.resync(&repository("tests/worlds/documented-day"), &mapping, &NoObserver).await;
    let remarks: Vec<_> =
        outcome.resources[0].nulls.iter().filter_map(|(path, null)| Some((path.as_str(), null.remark.as_deref()?))).collect();
    let entities = outcome.resources[0].mapped;
    let expected = [
        ("properties.copilot_dotcom_chat", format!("it is null for all {entities}: the items have no field `nothing`")),
        (
            "properties.total_active_users",
            format!(
                "it is null for all {entities}: the items have no field `total_active_usrs`; did you mean `total_active_users`?"
            ),
        ),
        (
            "properties.total_engaged_users",
            format!("it fails for all {entities}: jq error: string (\"2024-06-24\") cannot be parsed as a number"),
        ),
    ];
    let expected: Vec<_> = expected.iter().map(|(path, remark)| (*path, remark.as_str())).collect();
    assert_eq!(remarks, expected);
}

#[test]
fn a_preview_that_watches_runs_again_when_a_file_changes() {
    use std::io::{BufRead, BufReader};

    let folder = folder(&[("m.yaml", &mapping(&["users: .daily_active_users"])), ("day.json", ITEM)]);
    let arguments = [
        "preview",
        "--mapping",
        "m.yaml",
        "--kind",
        "organization-usage-metrics",
        "--input",
        "day.json",
        "--output",
        "json",
        "--watch",
    ];
    let mut child = command(folder.path(), &arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap()["properties"]["users"].clone();
    assert_eq!(next(), 5);
    std::fs::write(folder.path().join("m.yaml"), mapping(&["users: .daily_active_users + 1"])).unwrap();
    assert_eq!(next(), 6);
    child.kill().unwrap();
    child.wait().unwrap();
}
