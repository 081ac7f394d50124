use super::*;
use crate::mapping::file::Mapping;
use crate::mapping::program::CompileOptions;

const MAPPING: &str = "\
resources:
  - kind: usage
    selector: {query: .day > \"2026\"}
    port:
      entity:
        mappings:
          identifier: .day
          blueprint: '\"b\"'
          properties: {users: .daily_users, chats: '[.chats[]?.n] | add'}
          relations: {team: .team}
  - kind: list
    selector: {query: 'true'}
    port: {itemsToParse: .list, entity: {mappings: {identifier: .item, blueprint: '\"b\"'}}}
";

fn results(cases: &str) -> Vec<CaseResult> {
    let mapping = CompiledMapping::compile(&Mapping::read(MAPPING, "m.yaml").0.unwrap(), &CompileOptions::default());
    let files = BTreeMap::from([
        ("day.json".to_owned(), "{\"day\": \"2026-08-01\", \"daily_users\": 5}".to_owned()),
        ("lines.ndjson".to_owned(), "{\"list\": [1]}\n{\"list\": [2]}\n".to_owned()),
        (
            "golden.json".to_owned(),
            "[{\"identifier\": 1, \"blueprint\": \"b\"}, {\"identifier\": 2.0, \"blueprint\": \"b\"}]".to_owned(),
        ),
    ]);
    let mut run = Run::new(jiff::Timestamp::UNIX_EPOCH);
    run.budget.stack = 1 << 20;
    let file = CaseFile::read(cases).unwrap();
    let same = |one: &str, other: &str| one == other || (one, other) == ("usage", "alias");
    file.cases.iter().map(|case| run_case(case, &mapping, &files, same, &run)).collect()
}

fn told(cases: &str) -> Vec<String> {
    let results = results(cases);
    results.iter().flat_map(|result| &result.differences).map(ToString::to_string).collect()
}

#[test]
fn a_case_passes_when_what_it_names_is_as_expected() {
    let cases = "
cases:
  - name: a part of the entity
    kind: usage
    item: {day: 2026-08-01, daily_users: 5, chats: [{n: 1}, {n: 2}]}
    expect: {identifier: 2026-08-01, properties: {users: 5.0, chats: 3}}
  - {name: a file and another name of the kind, kind: alias, file: day.json, expect: {properties: {users: 5, chats: null}}}
  - {name: left out, kind: usage, item: {day: 2020-01-01}, expect: null}
  - {name: several, kind: list, item: {list: [a, b]}, expect: [{identifier: a}, {identifier: b}]}
  - {name: a golden file, kind: list, file: lines.ndjson, expectFile: golden.json}
  - {name: rejected, kind: list, item: {list: ['']}, rejected: no identifier}
  - {name: exact, kind: usage, item: {day: 2026-08-01}, exact: true, expect: {identifier: 2026-08-01, blueprint: b, properties: {}}}
";
    for result in results(cases) {
        assert!(result.passed(), "{}: {:?}", result.name, result.differences);
    }
}

#[test]
fn a_case_that_fails_says_what_and_why() {
    let cases = [
        (
            "{kind: usage, item: {day: 2026-08-01, dayly_users: 5}, expect: {identifier: x, properties: {users: 5}}}",
            vec![
                "identifier: expected \"x\", got \"2026-08-01\"",
                "properties.users: expected 5, got null (the expression gives null: the item has no key `daily_users`; did you mean `dayly_users`?)",
            ],
        ),
        (
            "{kind: usage, item: {day: 2020-01-01}, expect: {identifier: x}}",
            vec!["expected an entity, got an item that the selector leaves out"],
        ),
        (
            "{kind: list, item: {list: ['']}, expect: {identifier: x}}",
            vec!["expected an entity, got an item that is rejected: no identifier"],
        ),
        ("{kind: list, item: {list: [1, 2]}, expect: null}", vec!["expected no entity, got 2 entities"]),
        (
            "{kind: list, item: {list: [1, 2]}, expect: [{identifier: 1}, {identifier: 3}]}",
            vec!["[1].identifier: expected 3, got 2"],
        ),
        (
            "{kind: usage, item: {day: 2026-08-01, daily_users: 1}, exact: true, expect: {identifier: 2026-08-01, blueprint: b, properties: {}}}",
            vec!["properties.users: expected null, got 1"],
        ),
        ("{kind: none, item: {}, expect: null}", vec!["expected a resource of kind `none`, got none in the mapping"]),
        ("{kind: list, file: absent.json, expect: null}", vec!["expected the file `absent.json`, got nothing to read"]),
        ("{kind: list, item: {}}", vec!["expected `expect`, `expectFile` or `rejected`, got none, or several of them"]),
    ];
    for (case, expected) in cases {
        let case = case.replacen('{', "{name: x, ", 1);
        assert_eq!(told(&format!("cases: [{case}]")), expected, "{case}");
    }
}

#[test]
fn a_file_that_is_no_test_file_says_where() {
    let error = CaseFile::read("cases:\n  - name: x\n    kid: y\n").unwrap_err().to_string();
    assert!(error.contains("kid") && error.contains("line 3"), "{error}");
}
