//! The examples of `docs/mapping.md`, mapped by the engine; and no key of the mapping language is missing there.
//!
//! An example is a block `yaml`, a block `json item` with an item, and a block `json entities` with what comes of it. A block
//! `yaml` that is followed by `json kept` shows keys of the file itself, as Pilotage keeps them.

use std::collections::BTreeSet;
use std::fs;

use pilotage::mapping::evaluate::CompiledMapping;
use pilotage::mapping::file::Mapping;
use pilotage::mapping::program::{CompileOptions, Run};
use pilotage::mapping::{sample, schema};
use pilotage::model::item::{Batch, Enrichment};
use serde_json::Value;

use crate::support::repository;

/// Fenced blocks of a page with their kind and their line.
fn blocks(page: &str) -> Vec<(usize, String, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let text: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        blocks.push((number + 1, kind.to_owned(), format!("{}\n", text.join("\n"))));
    }
    blocks
}

fn page() -> String {
    fs::read_to_string(repository("docs/mapping.md")).unwrap()
}

fn mapping(text: &str, line: usize) -> Mapping {
    let (mapping, findings) = Mapping::read(text, "docs/mapping.md");
    mapping.unwrap_or_else(|| panic!("line {line}: {findings:?}"))
}

/// Entities that a mapping makes of an item.
fn entities(mapping: &Mapping, item: &str) -> Value {
    let compiled = CompiledMapping::compile(mapping, &CompileOptions::default());
    assert!(compiled.findings().is_empty(), "{:?}", compiled.findings());
    let items = sample::items(item);
    let batch = Batch { source: "docs/mapping.md".into(), enrichment: Enrichment::default().into(), items };
    let run = Run::new("2026-11-30T06:00:00Z".parse().unwrap());
    let mapped = compiled.resources().iter().map(|resource| resource.map_batch(&batch, &run));
    mapped.flat_map(|batch| batch.entities).map(|entity| serde_json::to_value(entity).unwrap()).collect()
}

#[test]
fn the_examples_of_the_page_give_the_entities_that_it_shows() {
    let page = page();
    let blocks = blocks(&page);
    let mut examples = 0;
    for (index, (line, kind, text)) in blocks.iter().enumerate() {
        let next = |distance: usize| blocks.get(index + distance).map(|(_, kind, text)| (kind.as_str(), text.as_str()));
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("line {line}: {error}"));
        match (kind.as_str(), next(1), next(2)) {
            ("yaml", Some(("json item", item)), Some(("json entities", expected))) => {
                assert_eq!(entities(&mapping(text, *line), item), json(expected), "line {line}");
                examples += 1;
            }
            ("yaml", Some(("json kept", expected)), _) => {
                assert_eq!(mapping(text, *line).to_json(), json(expected), "line {line}");
                examples += 1;
            }
            ("yaml", ..) => panic!("line {line}: a mapping without its result"),
            _ => {}
        }
    }
    assert!(examples >= 8, "{examples}");
}

/// Names of properties below a schema.
fn keys(schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                names.extend(properties.keys().cloned());
                properties.values().for_each(|value| keys(value, names));
            }
            // A key of a mapping is itself called `properties`.
            object.iter().filter(|(key, _)| *key != "properties").for_each(|(_, value)| keys(value, names));
        }
        Value::Array(list) => list.iter().for_each(|value| keys(value, names)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_schema_is_explained_and_stands_in_an_example() {
    let page = page();
    let mut names = BTreeSet::new();
    keys(&schema::schema(&[]), &mut names);
    assert!(names.len() >= 20, "{names:?}");
    let examples: Vec<_> = blocks(&page).into_iter().filter(|(_, kind, _)| kind == "yaml").map(|(.., text)| text).collect();
    // The file's own keys may be written in snake_case.
    let snake = |name: &str| {
        name.chars()
            .flat_map(|letter| letter.is_uppercase().then_some('_').into_iter().chain(letter.to_lowercase()))
            .collect::<String>()
    };
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "docs/mapping.md does not explain `{name}`");
        let is_shown = |text: &String| text.contains(&format!("{name}:")) || text.contains(&format!("{}:", snake(&name)));
        assert!(examples.iter().any(is_shown), "docs/mapping.md has no example of `{name}`");
    }
}
