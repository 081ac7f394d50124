use serde_json::json;

use super::*;
use crate::mapping::finding::Finding;
use crate::mapping::finding::Severity;

const SMALL: &str = "\
resources:
  - kind: organization-usage-metrics
    selector:
      query: 'true'
      days: 28
    port:
      entity:
        mappings:
          identifier: .id
          blueprint: '\"b\"'
          properties:
            x: .x
";

fn read(text: &str) -> (Option<Mapping>, Vec<Finding>) {
    Mapping::read(text, "m.yaml")
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

/// Place of a finding: line, column and underlined text.
fn underlined(finding: &Finding) -> (usize, usize, String) {
    let location = finding.location.as_ref().unwrap();
    let excerpt = location.excerpt.as_ref().unwrap();
    let text = excerpt.text.chars().skip(excerpt.start).take(excerpt.width);
    (location.line.unwrap(), location.column.unwrap(), text.collect())
}

#[test]
fn what_is_not_said_has_the_documented_default() {
    let (mapping, findings) = read(SMALL);
    let mapping = mapping.unwrap();
    assert_eq!(findings, []);
    assert!(mapping.delete_dependent_entities && mapping.create_missing_related_entities && mapping.enable_merge_entity);
    assert_eq!(mapping.entity_deletion_threshold, 0.9);
    let resource = &mapping.resources[0];
    assert_eq!(resource.selector.other, json!({"days": 28}).as_object().unwrap().clone());
    assert_eq!(resource.port.items_to_parse_name, "item");
    assert!(resource.port.items_to_parse_top_level_transform);
    assert_eq!(resource.port.entity.mappings.relations, None);
    let property = &resource.port.entity.mappings.properties.as_ref().unwrap().0[0].1;
    assert_eq!(property.path, "resources[0].port.entity.mappings.properties.x");
}

#[test]
fn the_bundled_mapping_reads_without_a_finding() {
    let (mapping, findings) = Mapping::read(include_str!("../../../../../mappings/copilot.yaml"), "copilot.yaml");
    assert_eq!(findings, []);
    let mapping = mapping.unwrap();
    assert_eq!(mapping.entity_deletion_threshold, 0.0);
    let kinds: Vec<_> = mapping.resources.iter().map(|resource| resource.kind.text.as_str()).collect();
    assert_eq!(kinds, ["copilot-team-metrics", "copilot-organization-metrics", "organization-usage-metrics"]);
}

#[test]
fn the_catalogs_json_reads_as_the_file_that_it_came_from() {
    for text in [SMALL, include_str!("../../../../../mappings/copilot.yaml")] {
        let mapping = read(text).0.unwrap();
        let (again, findings) = Mapping::from_json(&mapping.to_json());
        assert_eq!((again, findings), (Some(mapping), vec![]));
    }
}

#[test]
fn every_text_is_the_one_that_serde_yaml_reads() {
    let text = include_str!("../../../../../mappings/copilot.yaml");
    let other: serde_json::Value = serde_yaml::from_str(text).unwrap();
    assert_eq!(Mapping::from_json(&other).0, read(text).0);
}

#[test]
fn keys_of_the_root_may_be_written_in_snake_case() {
    let text = format!(
        "delete_dependent_entities: no\ncreate_missing_related_entities: 'false'\nenable_merge_entity: False\nentity_deletion_threshold: 0.25\n{SMALL}"
    );
    let (mapping, findings) = read(&text);
    assert_eq!(findings, []);
    let mapping = mapping.unwrap();
    assert!(!mapping.delete_dependent_entities && !mapping.create_missing_related_entities && !mapping.enable_merge_entity);
    assert_eq!(mapping.entity_deletion_threshold, 0.25);
}

#[test]
fn an_unquoted_true_or_number_is_the_text_that_is_written_with_a_note() {
    let text = SMALL.replace("'true'", "true").replace("x: .x", "x: 1.50");
    let (mapping, findings) = read(&text);
    let resource = &mapping.unwrap().resources[0];
    assert_eq!(resource.selector.query.text, "true");
    assert_eq!(resource.port.entity.mappings.properties.as_ref().unwrap().0[0].1.text, "1.50");
    let notes: Vec<_> = findings.iter().map(|finding| (finding.code, finding.severity)).collect();
    assert_eq!(notes, [("taken-as-text", Severity::Note); 2]);
    assert_eq!(underlined(&findings[0]), (4, 14, "true".into()));
}

#[test]
fn what_ocean_refuses_is_an_error_and_what_it_ignores_a_warning() {
    let cases: &[(&str, &str, &str, Severity)] = &[
        ("x: .x", "x:", "null-expression", Severity::Error),
        ("x: .x", "x: [.x]", "wrong-type", Severity::Error),
        ("query: 'true'", "other: 1", "missing-key", Severity::Error),
        ("identifier: .id", "title: .id", "missing-key", Severity::Error),
        ("blueprint: '\"b\"'", "title: .id", "missing-key", Severity::Error),
        ("kind: organization-usage-metrics", "knid: x", "unknown-key", Severity::Warning),
        ("          identifier: .id", "          - identifier: .id", "not-yaml", Severity::Error),
        ("resources:", "entityDeletionThreshold: 1.5\nresources:", "threshold-out-of-range", Severity::Error),
        ("resources:", "entityDeletionThreshold: null\nresources:", "wrong-type", Severity::Error),
        ("resources:", "deleteDependentEntities: maybe\nresources:", "wrong-type", Severity::Error),
        ("resources:", "resourses: []\nresources:", "unknown-key", Severity::Warning),
        ("    port:", "    relations: {}\n    port:", "misplaced-key", Severity::Warning),
        ("      entity:", "      items_to_parse: .x\n      entity:", "unknown-key", Severity::Warning),
        ("            x: .x", "            x: .x\n            x: .y", "duplicate-key", Severity::Error),
        ("            x: .x", "            {}", "", Severity::Note),
        ("properties:\n            x: .x", "properties:", "wrong-type", Severity::Warning),
        ("identifier: .id", "identifier: {combinator: '\"and\"', rules: []}", "", Severity::Note),
        ("identifier: .id", "identifier: {combinator: '\"and\"'}", "missing-key", Severity::Error),
    ];
    for (from, to, code, severity) in cases {
        assert!(SMALL.contains(from), "{from}");
        let (mapping, findings) = read(&SMALL.replace(from, to));
        let wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
        assert_eq!(mapping.is_none(), wrong, "{to}");
        if code.is_empty() {
            assert_eq!(findings, [], "{to}");
        } else {
            let found = findings.iter().find(|finding| finding.code == *code);
            let found = found.unwrap_or_else(|| panic!("{to}: {findings:#?}"));
            assert_eq!(found.severity, *severity, "{to}");
        }
    }
}

#[test]
fn a_list_of_mappings_is_one_finding() {
    let (mapping, findings) =
        read("resources: [{kind: k, selector: {query: 'true'}, port: {entity: {mappings: [{identifier: .id, blueprint: .b}]}}}]");
    assert_eq!((mapping, codes(&findings)), (None, vec!["mappings-is-a-list"]));
}

#[test]
fn nothing_at_all_is_an_error_and_no_resources_a_warning() {
    for text in ["", "# only a comment\n", "null", "---\n"] {
        assert_eq!(codes(&read(text).1), ["empty-mapping"], "{text:?}");
    }
    for text in ["resources: []", "{}", "{resources: []}"] {
        let (mapping, findings) = read(text);
        assert_eq!((mapping.unwrap().resources, codes(&findings)), (vec![], vec!["no-resources"]), "{text}");
    }
    let (mapping, findings) = Mapping::from_json(&json!({}));
    assert_eq!((mapping.unwrap().resources, codes(&findings)), (vec![], vec!["no-resources"]));
}

#[test]
fn whether_a_resource_deletes_is_a_boolean_and_nothing_that_looks_like_one() {
    let with = |value: &str| SMALL.replace("    selector:", &format!("    enableDelete: {value}\n    selector:"));
    let enabled = |text: &str| {
        let (mapping, findings) = read(text);
        assert_eq!(findings, [], "{text}");
        mapping.unwrap().resources[0].enable_delete
    };
    assert!(enabled(SMALL));
    assert!(enabled(&with("true")));
    assert!(!enabled(&with("false")));
    for value in ["'false'", "\"true\"", "0", "1", "null", "", "yes", "off", "[]", "{}"] {
        let (mapping, findings) = read(&with(value));
        assert_eq!((mapping, codes(&findings)), (None, vec!["wrong-type"]), "{value}");
    }
    for value in [json!("false"), json!(0), json!(1), Value::Null, json!([]), json!(1.0)] {
        let mut config = read(SMALL).0.unwrap().to_json();
        config["resources"][0]["enableDelete"] = value.clone();
        assert!(Mapping::from_json(&config).0.is_none(), "{value}");
    }
}

#[test]
fn a_resource_that_never_deletes_still_says_so_when_it_is_written_back() {
    let text = SMALL.replace("    selector:", "    enableDelete: false\n    selector:");
    let mapping = read(&text).0.unwrap();
    let config = mapping.to_json();
    assert_eq!(config["resources"][0]["enableDelete"], json!(false));
    assert_eq!(Mapping::from_json(&config).0.unwrap(), mapping);
    assert_eq!(Mapping::read(&to_yaml(&config), "x").0.unwrap(), mapping);
    assert_ne!(read(SMALL).0.unwrap().to_json(), config);
}

#[test]
fn the_schema_knows_the_keys_that_are_read() {
    let schema = crate::mapping::schema::schema(&[("organization-usage-metrics", "one per day")]);
    let keys = |pointer: &str| -> Vec<String> {
        let object = schema.pointer(pointer).and_then(|value| value.as_object());
        let mut keys: Vec<_> = object.unwrap_or_else(|| panic!("{pointer}")).keys().cloned().collect();
        keys.sort();
        keys
    };
    let sorted = |known: &[&str]| {
        let mut known: Vec<_> = known.iter().map(|key| (*key).to_owned()).collect();
        known.sort();
        known
    };
    use crate::mapping::read::{ENTITY_KEYS, MAPPINGS_KEYS, PORT_KEYS, RESOURCE_KEYS, ROOT_KEYS};
    assert_eq!(keys("/properties"), sorted(ROOT_KEYS));
    assert_eq!(keys("/$defs/Resource/properties"), sorted(RESOURCE_KEYS));
    assert_eq!(keys("/$defs/Port/properties"), sorted(PORT_KEYS));
    assert_eq!(keys("/$defs/EntityMappings/properties"), sorted(ENTITY_KEYS));
    assert_eq!(keys("/$defs/Mappings/properties"), sorted(MAPPINGS_KEYS));
    assert_eq!(schema.pointer("/properties/entityDeletionThreshold/default"), Some(&json!(0.9)));
    assert_eq!(schema.pointer("/$defs/Port/properties/itemsToParseName/default"), Some(&json!("item")));
    assert_eq!(schema.pointer("/$defs/Resource/properties/enableDelete/default"), Some(&json!(true)));
    assert_eq!(schema.pointer("/$defs/Resource/properties/enableDelete/type"), Some(&json!("boolean")));
    assert_eq!(schema.pointer("/$defs/Resource/required"), Some(&json!(["kind", "selector", "port"])));
    assert_eq!(schema.pointer("/$defs/Mappings/required"), Some(&json!(["identifier", "blueprint"])));
    assert_eq!(schema.pointer("/$defs/Resource/properties/kind/anyOf/0/const"), Some(&json!("organization-usage-metrics")));
}

#[test]
fn a_config_of_the_catalog_may_be_as_large_as_a_file() {
    let values = |count: usize| json!({ "resources": vec![0; count] });
    for config in [values(200_000), json!({ "resources": "x".repeat(1 << 20) })] {
        let (mapping, findings) = Mapping::from_json(&config);
        assert_eq!(mapping, None);
        let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["too-large"]);
    }
    let (_, findings) = Mapping::from_json(&values(100_000));
    assert!(findings.iter().all(|finding| finding.code != "too-large"));
}
