//! A collection of broken mappings: what `validate` says about each is a snapshot, and every finding code is met.

use std::collections::BTreeMap;
use std::path::Path;

use pilotage::kind;
use pilotage::mapping::check::{KnownKind, World, validate};
use pilotage::mapping::codes;
use pilotage::mapping::finding::Finding;
use pilotage::mapping::program::CompileOptions;
use pilotage::model::blueprint::{self, Blueprint};
use pilotage::model::field::{Field, FieldType};
use pilotage::model::selector_keys::SelectorKeys;
use pilotage::render;
use serde_json::json;

use crate::mistakes;

const FIELDS: &[Field] = &[
    Field::plain("day", FieldType::Day, "the day"),
    Field::plain("daily_active_users", FieldType::Integer, "people"),
    Field::plain("loc_added_sum", FieldType::Integer, "lines"),
    Field::plain("user_login", FieldType::Text, "who"),
    Field::list(
        "totals_by_ide",
        "by editor",
        &[
            Field::plain("ide", FieldType::Text, "the editor"),
            Field::plain("acceptances", FieldType::Integer, "acceptances"),
            Field::plain("suggestions", FieldType::Integer, "suggestions"),
            Field::plain("total_engaged_users", FieldType::Integer, "people"),
        ],
    ),
];

fn usage_blueprint() -> Blueprint {
    let blueprint = json!({
        "identifier": "usage",
        "schema": {
            "properties": {
                "login": {"type": "string"},
                "users": {"type": "number"},
                "record_date": {"type": "string", "format": "date-time"},
            },
            "required": ["login"],
        },
        "relations": {"team": {"target": "team"}},
    });
    serde_json::from_value(blueprint).unwrap()
}

fn findings(text: &str, name: &str) -> Vec<Finding> {
    let selector = SelectorKeys {
        has_days: true,
        has_membership: true,
        first_day: "2026-05-14".parse().ok(),
        first_day_of_current_members: "2025-12-12".parse().ok(),
    };
    let kinds = [KnownKind { name: "usage-metrics", aliases: &[], fields: FIELDS.iter().collect(), selector }];
    let blueprints = [usage_blueprint()];
    let world = World { kinds: &kinds, blueprints: Some(&blueprints) };
    validate(text, name, &CompileOptions::default(), &world).1
}

/// Added to every line that is indented.
const DEEPER: &str = "   ";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// File name to text.
fn broken() -> BTreeMap<String, String> {
    let folder = std::fs::read_dir(root().join("tests/mappings/broken")).unwrap();
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    folder.map(file).collect()
}

/// Line, column, and what is underlined.
fn place(finding: &Finding) -> Option<(usize, usize, String)> {
    let location = finding.location.as_ref()?;
    let excerpt = location.excerpt.as_ref()?;
    let text = excerpt.text.chars().skip(excerpt.start).take(excerpt.width).collect();
    Some((location.line?, location.column?, text))
}

#[test]
fn what_is_said_about_each_broken_mapping_is_known() {
    for (name, text) in broken() {
        let findings = findings(&text, &name);
        assert!(!findings.is_empty(), "nothing is said about {name}");
        let said: Vec<_> = findings.iter().map(render::finding::text).collect();
        let said = format!("{}\n{}", said.join("\n"), render::finding::counts(&findings).unwrap());
        insta::assert_snapshot!(name.trim_end_matches(".yaml"), said);
    }
}

#[test]
fn every_code_is_met_and_explained() {
    let documented = std::fs::read_to_string(root().join("docs/findings.md")).unwrap();
    let broken = broken();
    // What a sample shows needs the program.
    let mut met: BTreeMap<String, Vec<String>> = mistakes::by_code();
    for (name, text) in &broken {
        for finding in findings(text, name) {
            met.entry(finding.code.to_owned()).or_default().push(text.clone());
        }
    }
    for (code, _) in codes::ALL {
        let texts = met.get(*code).unwrap_or_else(|| panic!("no broken mapping gives `{code}`"));
        let section = documented.split("\n## ").find(|section| section.starts_with(&format!("`{code}`\n")));
        let section = section.unwrap_or_else(|| panic!("docs/findings.md does not explain `{code}`"));
        let example = section.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
        let example = example.unwrap_or_else(|| panic!("docs/findings.md has no example of `{code}`"));
        let holds = |text: &String| example.lines().map(str::trim).all(|line| text.lines().any(|other| other.trim() == line));
        assert!(texts.iter().any(holds), "the example of `{code}` is in no broken mapping that gives it:\n{example}");
    }
    let sections = documented.matches("\n## `").count();
    assert_eq!(sections, codes::ALL.len(), "docs/findings.md explains a code that does not exist");
}

#[test]
fn the_indentation_changes_and_the_figures_follow() {
    for (name, text) in broken() {
        // A tab, and a number that says how far a block is indented, mean something else after that.
        if text.contains('\t') || text.contains("|2") {
            continue;
        }
        let wider: String = text
            .split_inclusive('\n')
            .map(|line| if line.starts_with(' ') { format!("{DEEPER}{line}") } else { line.to_owned() })
            .collect();
        let (before, after) = (findings(&text, &name), findings(&wider, &name));
        let codes = |findings: &[Finding]| findings.iter().map(|finding| finding.code).collect::<Vec<_>>();
        assert_eq!(codes(&before), codes(&after), "{name}");
        for (before, after) in before.iter().zip(&after) {
            let (Some((line, column, part)), Some(after)) = (place(before), place(after)) else {
                panic!("{name}: a finding without a place: {before:?}");
            };
            let indented = text.lines().nth(line - 1).is_some_and(|line| line.starts_with(' '));
            let moved = if indented { column + DEEPER.len() } else { column };
            assert_eq!(after, (line, moved, part), "{name}: {}", before.message);
        }
    }
}

/// The bundled mapping, with a part of it replaced, against the kinds and blueprints that are bundled.
fn bundled(from: &str, to: &str) -> Vec<Finding> {
    bundled_mapping("mappings/copilot.yaml", from, to)
}

fn bundled_mapping(file: &str, from: &str, to: &str) -> Vec<Finding> {
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    assert!(text.contains(from), "{from}");
    let known = |kind: &'static kind::Kind| KnownKind {
        name: kind.name,
        aliases: kind.aliases,
        fields: kind.item_fields().collect(),
        selector: kind.selector_keys(),
    };
    let kinds: Vec<_> = kind::ALL.iter().map(known).collect();
    let blueprints: Vec<_> = blueprint::BUNDLED.iter().filter_map(|(name, _)| blueprint::bundled(name)).collect();
    let world = World { kinds: &kinds, blueprints: Some(&blueprints) };
    validate(&text.replace(from, to), "copilot.yaml", &CompileOptions::default(), &world).1
}

#[test]
fn the_recommended_mapping_has_nothing_to_find() {
    assert_eq!(bundled_mapping("mappings/usage.yaml", "", ""), []);
}

#[test]
fn the_bundled_mapping_fits_the_bundled_kinds_and_blueprints() {
    let codes: Vec<_> = bundled("", "").iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [codes::SUM_OF_DISTINCT_USERS; 2], "the documents' mapping adds up people over editors");
}

#[test]
fn a_misspelt_field_of_the_bundled_mapping_is_found_and_the_right_one_proposed() {
    let findings = bundled("daily_active_users: .daily_active_users", "daily_active_users: .dayly_active_users");
    let found = findings.iter().find(|finding| finding.code == codes::UNKNOWN_FIELD).unwrap();
    assert_eq!(found.help.as_deref(), Some("did you mean `.daily_active_users`?"));
    let (_, _, underlined) = place(found).unwrap();
    assert_eq!(underlined, ".dayly_active_users");
}
