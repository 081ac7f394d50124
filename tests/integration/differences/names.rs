//! Every name of Ocean's that a user may meet is dealt with: known here, shown by a test, or explained in the document.
//! `tests/ocean/names.tsv` is the list; `tests/ocean/names.py` compares it with Ocean itself.

use std::fs;
use std::path::{Path, PathBuf};

use pilotage::mapping::file::Mapping;
use pilotage::settings::{Overrides, Settings, Sources};
use serde_json::{Value, json};

use crate::support::repository;

struct Name {
    kind: String,
    name: String,
    how: String,
    place: String,
}

fn names() -> Vec<Name> {
    let text = fs::read_to_string(repository("tests/ocean/names.tsv")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<Name> = lines
        .map(|line| {
            let mut parts = line.split('\t').map(str::to_owned);
            let mut next = || parts.next().unwrap_or_default();
            Name { kind: next(), name: next(), how: next(), place: next() }
        })
        .collect();
    for (kind, at_least) in [("setting", 100), ("mapping", 20), ("listener", 6), ("origin", 4), ("error", 50)] {
        assert!(names.iter().filter(|name| name.kind == kind).count() >= at_least, "the list lacks names of the kind {kind}");
    }
    names
}

/// The code of the repository, in which tests are looked for.
pub(crate) fn code() -> String {
    fn collect(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut code = String::new();
    for folder in ["src", "crates", "tests"] {
        collect(&repository(folder), &mut code);
    }
    code
}

/// Reads one variable, and gives what is warned about. A value that is refused belongs to a setting that is known.
fn warnings(variable: &str, value: &str) -> Vec<String> {
    let environment = [(variable.to_owned(), value.to_owned())];
    let sources = Sources {
        environment: &environment,
        overrides: Overrides::default(),
        read_file: &|_| Err(std::io::ErrorKind::NotFound.into()),
        data_folder: PathBuf::from("/data"),
    };
    let warnings = Settings::read(&sources).map_or_else(|errors| errors.warnings, |settings| settings.warnings);
    warnings.iter().map(ToString::to_string).collect()
}

/// The variable that Ocean reads for a key.
fn variable(key: &str) -> String {
    let prefix = if key.starts_with("application.") { "" } else { "OCEAN__" };
    let words = key.chars().map(|letter| match letter {
        '.' => "__".to_owned(),
        upper if upper.is_uppercase() => format!("_{upper}"),
        other => other.to_uppercase().to_string(),
    });
    prefix.to_owned() + &words.collect::<String>()
}

#[test]
fn every_setting_of_oceans_is_known_by_its_name() {
    for name in names().iter().filter(|name| name.kind == "setting") {
        assert_eq!(name.how, "known", "{}", name.name);
        let variable = variable(&name.name);
        let unknown: Vec<_> = warnings(&variable, "1").into_iter().filter(|warning| warning.contains("is no setting")).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
    let misspelt = warnings("OCEAN__PORT__APP_URLS", "https://app.example");
    assert!(misspelt[0].contains("did you mean OCEAN__PORT__APP_URL?"), "{misspelt:?}");
}

#[test]
fn every_listener_and_origin_of_oceans_is_understood() {
    for name in names() {
        let variable = match name.kind.as_str() {
            "listener" => "OCEAN__EVENT_LISTENER__TYPE",
            "origin" => "OCEAN__CREATE_PORT_RESOURCES_ORIGIN",
            _ => continue,
        };
        let environment = [(variable.to_owned(), name.name.clone())];
        let sources = Sources {
            environment: &environment,
            overrides: Overrides::default(),
            read_file: &|_| Err(std::io::ErrorKind::NotFound.into()),
            data_folder: PathBuf::from("/data"),
        };
        let settings = Settings::read(&sources).unwrap_or_else(|errors| panic!("{}: {errors}", name.name));
        assert!(settings.warnings.is_empty(), "{}: {:?}", name.name, settings.warnings);
    }
}

#[test]
fn every_key_of_oceans_mapping_is_read_and_written_back() {
    let config = json!({
        "deleteDependentEntities": false,
        "createMissingRelatedEntities": false,
        "enableMergeEntity": false,
        "entityDeletionThreshold": 0.5,
        "resources": [{
            "kind": "user-usage-metrics",
            "enableDelete": false,
            "selector": {"query": "true"},
            "port": {
                "itemsToParse": ".totals_by_ide",
                "itemsToParseName": "ide",
                "itemsToParseTopLevelTransform": false,
                "entity": {"mappings": {
                    "identifier": ".id", "title": ".title", "icon": ".icon", "blueprint": "\"b\"", "team": ".team",
                    "properties": {"p": ".p"}, "relations": {"r": ".r"},
                }},
            },
        }],
    });
    let (mapping, findings) = Mapping::from_json(&config);
    assert_eq!(findings, []);
    assert_eq!(mapping.unwrap().to_json(), config);
    for name in names().iter().filter(|name| name.kind == "mapping" && name.how == "known") {
        let pointer = format!("/{}", name.name.replace('.', "/").replace("resources/", "resources/0/"));
        assert_ne!(config.pointer(&pointer).unwrap_or(&Value::Null), &Value::Null, "the mapping above lacks {}", name.name);
    }
}

#[test]
fn every_other_name_of_oceans_is_shown_by_a_test_or_explained() {
    let document = fs::read_to_string(repository("docs/differences-from-ocean.md")).unwrap();
    let code = code();
    for Name { kind, name, how, place } in names() {
        match how.as_str() {
            "known" => assert!(kind != "error", "{name}: an error cannot be known by its name"),
            "test" => assert!(code.contains(&format!("fn {place}(")), "{name}: there is no test `{place}`"),
            "page" => assert!(document.contains(&place) && !place.is_empty(), "{name}: the document says nothing of {place}"),
            other => panic!("{name}: `{other}` is no way to deal with a name"),
        }
    }
}
