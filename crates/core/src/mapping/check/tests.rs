mod operands;

use serde_json::json;

use super::*;
use crate::mapping::finding::Severity;
use crate::model::field::FieldType;

const FIELDS: &[Field] = &[
    Field::plain("day", FieldType::Day, "the day"),
    Field::plain("daily_active_users", FieldType::Integer, "people"),
    Field::plain("loc_added_sum", FieldType::Integer, "lines"),
    Field::plain("code_acceptance_activity_count", FieldType::Integer, "acceptances"),
    Field::plain("used_agent", FieldType::Boolean, "whether"),
    Field::plain("user_login", FieldType::Text, "who"),
    Field::list(
        "totals_by_ide",
        "by editor",
        &[
            Field::plain("ide", FieldType::Text, "the editor"),
            Field::plain("acceptances", FieldType::Integer, "acceptances"),
            Field::plain("suggestions", FieldType::Integer, "suggestions"),
            Field::plain("total_engaged_users", FieldType::Integer, "people"),
            Field::plain("avg_lines", FieldType::Number, "lines"),
        ],
    ),
    Field::object("__organization", "the organization", &[Field::plain("login", FieldType::Text, "its name")]),
    Field::object("open", "keys are not known", &[]),
];

fn blueprints() -> Vec<Blueprint> {
    let blueprint = json!({
        "identifier": "usage",
        "schema": {
            "properties": {
                "users": {"type": "number"}, "record_date": {"type": "string", "format": "date-time"},
                "login": {"type": "string"}, "flag": {"type": "boolean"}, "raw": {"type": "object"}, "list": {"type": "array"},
            },
            "required": ["login"],
        },
        "relations": {"team": {"target": "team", "required": true}, "other": {"target": "team"}},
    });
    vec![serde_json::from_value(blueprint).unwrap()]
}

/// A mapping with that entity; the required ones are there unless replaced.
fn text(mappings: &str) -> String {
    format!(
        "resources:\n- kind: usage-metrics\n  selector: {{query: 'true'}}\n  port:\n    entity:\n      mappings:\n{mappings}\n"
    )
}

fn found(text: &str) -> Vec<Finding> {
    let kinds = [KnownKind {
        name: "usage-metrics",
        aliases: &["metrics"],
        fields: FIELDS.iter().collect(),
        selector: Default::default(),
    }];
    let blueprints = blueprints();
    let world = World { kinds: &kinds, blueprints: Some(&blueprints) };
    validate(text, "m.yaml", &CompileOptions::default(), &world).1
}

/// The findings of one property's expression that is otherwise in order.
fn of_property(name: &str, expression: &str) -> Vec<Finding> {
    let others = if name == "login" { "" } else { "\n          login: .user_login" };
    let expression = serde_json::Value::from(expression);
    found(&text(&format!(
        "        identifier: .day\n        blueprint: '\"usage\"'\n        properties:\n          {name}: {expression}{others}\n        relations:\n          team: .user_login"
    )))
}

fn underlined(finding: &Finding) -> String {
    let excerpt = finding.location.as_ref().unwrap().excerpt.as_ref().unwrap();
    excerpt.text.chars().skip(excerpt.start).take(excerpt.width).collect()
}

#[test]
fn what_is_wrong_with_an_expression_is_underlined() {
    type Expected<'a> = &'a [(&'a str, &'a str)];
    let cases: &[(&str, &str, Expected<'_>)] = &[
        ("users", ".daily_active_users", &[]),
        ("users", ".dayly_active_users", &[("unknown-field", ".dayly_active_users")]),
        ("users", "[.totals_by_ide[]?.acceptances] | add", &[]),
        ("users", "[.totals_by_ide[]?.acceptance] | add", &[("unknown-field", ".acceptance")]),
        ("users", ".totals_by_ide | map(select(.ide == \"x\") | .suggestion) | add", &[("unknown-field", ".suggestion")]),
        ("users", ".totals_by_ide[0].sugestions", &[("unknown-field", ".sugestions")]),
        ("users", ".totals_by_ide as $t | $t[0].sugestions", &[("unknown-field", ".sugestions")]),
        ("login", ".__organization.logn", &[("unknown-field", ".logn")]),
        ("users", ".open.anything.at.all", &[]),
        ("users", ".[\"loc_added_sum\"]", &[]),
        (
            "users",
            ".loc_added_sum / .daily_active_users",
            &[("arithmetic-on-null", ".loc_added_sum"), ("arithmetic-on-null", ".daily_active_users")],
        ),
        ("users", "(.loc_added_sum // 0) - (.daily_active_users // 0)", &[]),
        ("users", ".loc_added_sum + .daily_active_users", &[]),
        (
            "users",
            "([.totals_by_ide[].acceptances] | add) / 2",
            &[("arithmetic-on-null", "([.totals_by_ide[].acceptances] | add)")],
        ),
        ("users", "2 * 3 % 4", &[("remainder-precedence", "%")]),
        ("users", "if (.day | test(\"[0-9\")) then 1 else 0 end", &[("bad-pattern", "\\\"[0-9\\\"")]),
        ("users", "if (.day | gsub(\"(\"; \"\"; \"g\")) == \"\" then 1 else 0 end", &[("bad-pattern", "\\\"(\\\"")]),
        ("users", "if (.day | test(\"[[:alpha:]&&/]\"; \"gx\")) then 1 else 0 end", &[]),
        ("users", "7 % 4 / 2", &[("remainder-precedence", "/")]),
        ("users", "2 * (3 % 4)", &[]),
        ("users", "(2 * 3) % 4", &[]),
        (
            "users",
            "[.totals_by_ide[] | .acceptances / .suggestions] | add / length",
            &[
                ("arithmetic-on-null", ".acceptances"),
                ("arithmetic-on-null", ".suggestions"),
                ("average-of-ratios", "add / length"),
            ],
        ),
        ("users", "[.totals_by_ide[].avg_lines // 0] | (add / length) | floor", &[("average-of-ratios", "(add / length)")]),
        ("users", "[.totals_by_ide[].acceptances // 0] | add / length", &[]),
        (
            "users",
            "[.totals_by_ide[]?.total_engaged_users // 0] | map(select(. != null)) | add",
            &[("sum-of-distinct-users", ".totals_by_ide[]?.total_engaged_users")],
        ),
        ("users", ".totals_by_ide | map(.total_engaged_users) | add", &[("sum-of-distinct-users", ".total_engaged_users")]),
        ("users", "[.totals_by_ide[]? | select(.total_engaged_users > 1) | .acceptances] | add", &[]),
        ("users", "[.totals_by_ide[]?.total_engaged_users] | max", &[]),
        ("users", ".user_login", &[("type-mismatch", ".user_login")]),
        ("users", ".daily_active_users | tostring", &[("type-mismatch", ".daily_active_users | tostring")]),
        ("users", "null", &[]),
        ("users", "if .used_agent then 1 else \"none\" end", &[]),
        ("flag", ".totals_by_ide | length", &[("type-mismatch", ".totals_by_ide | length")]),
        ("flag", ".daily_active_users > 0", &[]),
        ("raw", ".", &[]),
        ("raw", ".totals_by_ide", &[("type-mismatch", ".totals_by_ide")]),
        ("list", "[.totals_by_ide[]?.ide] | unique", &[]),
        ("record_date", ".day", &[("type-mismatch", ".day")]),
        ("record_date", ".day + \"T00:00:00Z\"", &[]),
        ("record_date", "{a: .day}.a", &[("type-mismatch", "{a: .day}.a")]),
        ("user", ".user_login", &[("unknown-property", "user")]),
        ("us ers", ".daily_active_users", &[("bad-identifier", "us ers"), ("unknown-property", "us ers")]),
        ("users", ".a |", &[("mapping-syntax", "")]),
    ];
    for (name, expression, expected) in cases {
        let findings = of_property(name, expression);
        let told: Vec<_> = findings.iter().map(|finding| (finding.code, underlined(finding))).collect();
        let expected: Vec<_> = expected.iter().map(|(code, part)| (*code, (*part).to_owned())).collect();
        if expected.first().is_some_and(|(code, _)| *code == "mapping-syntax") {
            assert!(told.iter().any(|(code, _)| *code == "mapping-syntax"), "{expression}");
            continue;
        }
        let mut sorted = told.clone();
        sorted.sort();
        let mut wanted = expected.clone();
        wanted.sort();
        assert_eq!(sorted, wanted, "{expression}");
    }
}

#[test]
fn the_nearest_field_is_proposed() {
    let findings = of_property("users", ".dayly_active_users");
    assert_eq!(findings[0].help.as_deref(), Some("did you mean `.daily_active_users`?"));
    assert_eq!(findings[0].severity, Severity::Warning);
    assert_eq!(findings[0].path(), "resources[0].port.entity.mappings.properties.users");
}

#[test]
fn what_is_wrong_with_a_resource_is_found() {
    let fine = "        identifier: .day\n        blueprint: '\"usage\"'\n        properties: {login: .user_login}\n        relations: {team: .user_login}";
    let text = text(fine);
    let cases: &[(&str, &str, &[&str])] = &[
        ("", "", &[]),
        ("kind: usage-metrics", "kind: metrics", &[]),
        ("kind: usage-metrics", "kind: usage-metric", &["unknown-kind"]),
        ("\"usage\"", "\"usages\"", &["unknown-blueprint"]),
        ("'\"usage\"'", ".user_login", &[]),
        ("{login: .user_login}", "{users: .daily_active_users}", &["missing-required"]),
        ("{team: .user_login}", "{other: .user_login}", &["missing-required"]),
        ("{team: .user_login}", "{team: .user_login, tem: .user_login}", &["unknown-relation"]),
        ("identifier: .day", "identifier: .user_login + \" \" + .day", &["bad-identifier"]),
        ("identifier: .day", "identifier: '\"\\(.user_login)@\\(.day)\"'", &[]),
        ("identifier: .day", "identifier: '\"\\(.user_login)#\\(.day)\"'", &["bad-identifier"]),
        ("identifier: .day", "identifier: '\"..\"'", &["bad-identifier"]),
        ("query: 'true'", "query: '\"true\"'", &["selector-not-boolean"]),
        ("query: 'true'", "query: .daily_active_users", &["selector-not-boolean"]),
        ("query: 'true'", "query: .used_agent and .daily_active_users > 1", &[]),
        ("query: 'true'", "query: .unheard_of_thing", &["unknown-field"]),
        ("    entity:", "    itemsToParse: '[.totals_by_ide[]]'\n    entity:", &["items-without-path"]),
        ("    entity:", "    itemsToParse: .totals_by_ide\n    entity:", &[]),
        ("    entity:", "    itemsToParse: .totals_by_id\n    entity:", &["unknown-field"]),
    ];
    for (from, to, codes) in cases {
        let told: Vec<_> = found(&text.replacen(from, to, 1)).iter().map(|finding| finding.code).collect();
        assert_eq!(told, *codes, "{to}");
    }
    let element = text
        .replace("    entity:", "    itemsToParse: .totals_by_ide\n    entity:")
        .replace("{login: .user_login}", "{login: .item.ide, users: .item.acceptance}");
    let findings = found(&element);
    assert_eq!(
        findings.iter().map(|finding| (finding.code, underlined(finding))).collect::<Vec<_>>(),
        [("unknown-field", ".acceptance".to_owned())]
    );
}

#[test]
fn without_knowledge_of_the_world_only_the_text_counts() {
    let text = text("        identifier: .nothing.known\n        blueprint: '\"none\"'\n        properties: {x: .a - .b}");
    let findings = validate(&text, "m.yaml", &CompileOptions::default(), &World::default()).1;
    assert_eq!(findings, []);
}

#[test]
fn a_sample_shows_a_type_that_the_text_does_not() {
    use crate::mapping::program::Run;
    use crate::model::item::{Batch, Enrichment};
    let text = text(
        "        identifier: .day\n        blueprint: '\"usage\"'\n        properties: {login: .user_login, users: .n, raw: .open}",
    );
    let mapping = Mapping::read(&text, "m.yaml").0.unwrap();
    let compiled = CompiledMapping::compile(&mapping, &CompileOptions::default());
    let items = "{\"day\": \"a\", \"n\": 1, \"open\": {}}\n{\"day\": \"b\", \"n\": null}\n{\"day\": \"c\", \"n\": \"5\"}\n{\"day\": \"d\", \"n\": []}";
    let batch = Batch {
        source: "sample".into(),
        enrichment: std::sync::Arc::new(Enrichment::default()),
        items: crate::mapping::sample::items(items),
    };
    let mut run = Run::new(jiff::Timestamp::UNIX_EPOCH);
    run.budget.stack = 1 << 20;
    let findings = check_sample(&mapping.resources[0], &compiled.resources()[0], &[batch], &run, &blueprints());
    let told: Vec<_> = findings.iter().map(|finding| (finding.code, finding.message.as_str(), underlined(finding))).collect();
    let message = "the property `users` is of type number, but item 3 of the sample gives a text";
    assert_eq!(told, [("type-mismatch", message, ".n".to_owned())]);
}

#[test]
fn a_selector_that_assigns_or_is_empty_is_no_condition() {
    let table = [
        (".used_agent = true", Some("an object")),
        ("(.used_agent = true)", Some("an object")),
        (".used_agent |= not", Some("an object")),
        (".totals_by_ide[0].ide //= \"x\"", Some("an object")),
        (".daily_active_users += 1 | .", Some("an object")),
        ("", Some("an object")),
        ("# everyone", Some("an object")),
        (".", Some("an object")),
        // These assign to the whole, which may then be anything.
        (". = true", None),
        ("(.used_agent // .) = true", None),
        ("[.used_agent = true] | length > 0", None),
        ("(.used_agent = true).used_agent", None),
        (".used_agent == true", None),
    ];
    for (selector, gives) in table {
        let quoted = selector.replace('\'', "''");
        let text = text("        identifier: .day\n        blueprint: '\"usage\"'").replace("'true'", &format!("'{quoted}'"));
        let told: Vec<_> = found(&text)
            .into_iter()
            .filter(|finding| finding.code == "selector-not-boolean")
            .map(|finding| (finding.severity, finding.message))
            .collect();
        let expected: Vec<_> = gives
            .map(|gives| {
                let message = format!("the selector gives {gives}, so every item is rejected");
                (Severity::Error, message)
            })
            .into_iter()
            .collect();
        assert_eq!(told, expected, "{selector}");
    }
}

#[test]
fn what_can_never_be_an_entity_is_an_error_by_the_text_alone() {
    let table = [
        ("'null'", r#"'"usage"'"#, Some("the identifier is always null")),
        ("'false'", r#"'"usage"'"#, Some("the identifier is always false")),
        ("'\"\"'", r#"'"usage"'"#, Some("the identifier is always an empty text")),
        ("empty", r#"'"usage"'"#, Some("the identifier is always without output")),
        ("'[.user_login]'", r#"'"usage"'"#, Some("the identifier is always a list")),
        ("'[.user_login] | join(\"@\")'", r#"'"usage"'"#, None),
        (".totals_by_ide", r#"'"usage"'"#, Some("the identifier is always null or a list")),
        ("'{login: .user_login}'", r#"'"usage"'"#, Some("the identifier is always an object")),
        (".", r#"'"usage"'"#, Some("the identifier is always an object")),
        ("'{login: .user_login} | tojson'", r#"'"usage"'"#, None),
        ("'{combinator: \"and\", rules: [.]}'", r#"'"usage"'"#, None),
        ("'{combinator: \"and\"}'", r#"'"usage"'"#, Some("the identifier is always an object")),
        ("'.user_login, [.day]'", r#"'"usage"'"#, None),
        (".day", "'null'", Some("the blueprint is always null")),
        (".day", "'false'", Some("the blueprint is always false")),
        (".day", ".daily_active_users", Some("the blueprint is always null or a number")),
        (".day", ".totals_by_ide", Some("the blueprint is always null or a list")),
        (".daily_active_users", r#"'"usage"'"#, None),
        (".day", ".user_login", None),
        ("(.day // false)", r#"'"usage"'"#, None),
    ];
    for (identifier, blueprint, expected) in table {
        let text = text(&format!("        identifier: {identifier}\n        blueprint: {blueprint}"));
        let told: Vec<_> =
            found(&text).into_iter().filter(|finding| finding.code == "no-entity").map(|finding| finding.message).collect();
        let expected: Vec<_> = expected.map(|what| format!("{what}, so no item becomes an entity")).into_iter().collect();
        assert_eq!(told, expected, "{identifier} {blueprint}");
    }
}

/// Findings of a mapping on a few items, with their places.
fn fares(text: &str) -> String {
    use crate::mapping::program::Run;
    use crate::model::item::{Batch, Enrichment};
    let mapping = Mapping::read(text, "m.yaml").0.unwrap();
    let compiled = CompiledMapping::compile(&mapping, &CompileOptions::default());
    let items = "{\"day\": \"a\", \"n\": 1, \"list\": [], \"agent\": false}\n{\"day\": \"b\", \"n\": 2, \"list\": [{\"x\": null}], \"agent\": false}";
    let batch = Batch {
        source: "sample".into(),
        enrichment: std::sync::Arc::new(Enrichment::default()),
        items: crate::mapping::sample::items(items),
    };
    let mut run = Run::new(jiff::Timestamp::UNIX_EPOCH);
    run.budget.stack = 1 << 20;
    let survives = survival(&mapping.resources[0], &compiled.resources()[0], &[batch], &run);
    match survives {
        Survival::Some => "some".to_owned(),
        Survival::Never(finding) => {
            assert_eq!(finding.severity, Severity::Error);
            format!("{} at {}: {}", finding.code, underlined(&finding), finding.message)
        }
        Survival::LeftOut { finding, depends_on_items } => {
            let severity = if depends_on_items { Severity::Note } else { Severity::Warning };
            assert_eq!((finding.code, finding.severity), ("no-entity", severity));
            format!("left out, depends: {depends_on_items}")
        }
    }
}

#[test]
fn a_sample_of_which_nothing_survives_says_why() {
    let mapping = |selector: &str, identifier: &str, more: &str| {
        format!(
            "resources:\n- kind: k\n  selector: {{query: '{selector}'}}\n  port:\n    {more}\n    entity:\n      mappings: {{identifier: '{identifier}', blueprint: '\"usage\"'}}\n"
        )
    };
    let table = [
        ("true", ".day", "", "some"),
        (".n == 1", ".day", "", "some"),
        ("true", ".missing", "", "no-entity at .missing: none of the 2 items of the sample becomes an entity: no identifier"),
        (
            "true",
            ".n + .day",
            "",
            "no-entity at .n + .day: none of the 2 items of the sample becomes an entity: no identifier: jq error: number (1) and string (\"a\") cannot be added",
        ),
        // The identifier is looked at even where the selector leaves everything out.
        ("false", ".missing", "", "no-entity at .missing: none of the 2 items of the sample becomes an entity: no identifier"),
        (
            ".n",
            ".day",
            "",
            "selector-not-boolean at .n: none of the 2 items of the sample becomes an entity: selector `.n` gives a number, not true or false",
        ),
        ("true", ".day", "itemsToParse: .n", "no-entity at .n: none of the 2 items of the sample becomes an entity: "),
        // One list is empty, and the element of the other has no such key.
        ("true", ".item.x", "itemsToParse: .list", "no-entity at .item.x: "),
        ("false", ".day", "", "left out, depends: false"),
        (".agent", ".day", "", "left out, depends: false"),
        (".day == \"z\"", ".day", "", "left out, depends: true"),
        (".n > 500", ".day", "", "left out, depends: true"),
    ];
    for (selector, identifier, more, expected) in table {
        let told = fares(&mapping(selector, identifier, more));
        assert!(told.starts_with(expected), "{selector} {identifier} {more}: {told}");
    }
}

#[test]
fn types_are_looked_at_whatever_the_selector_says() {
    let text = text("        identifier: .day\n        blueprint: '\"usage\"'\n        properties: {login: .user_login, flag: .used_agent = true}")
        .replace("'true'", "'.used_agent = true'");
    let codes: Vec<_> = found(&text).iter().map(|finding| (finding.code, underlined(finding))).collect();
    let query = ("selector-not-boolean", ".used_agent = true".to_owned());
    let flag = ("type-mismatch", ".used_agent = true".to_owned());
    assert!(codes.contains(&query) && codes.contains(&flag), "{codes:?}");
}

/// The programs of a suite in jq's own format: the line after a blank one, or after `%%FAIL`.
fn programs_of(suite: &str) -> Vec<String> {
    let mut programs = Vec::new();
    let mut begins = true;
    for line in suite.lines().filter(|line| !line.starts_with('#')) {
        let is_blank = line.trim().is_empty();
        if begins && !is_blank && !line.starts_with("%%FAIL") {
            programs.push(line.to_owned());
        }
        begins = is_blank || line.starts_with("%%FAIL");
    }
    programs
}

/// Every expression of a mapping, whatever it is for.
fn expressions_of(file: &str) -> Vec<String> {
    let (mapping, findings) = Mapping::read(file, "mapping.yaml");
    assert_eq!(findings, []);
    let compiled = CompiledMapping::compile(&mapping.unwrap(), &CompileOptions::default());
    let resources = compiled.resources().iter();
    resources
        .flat_map(|resource| (0..).map(|index| resource.expression(index)).take_while(|(path, _)| !path.is_empty()))
        .map(|(_, text)| text.to_owned())
        .collect()
}

#[test]
fn checks_look_at_exactly_what_the_engine_runs() {
    let work = || {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/program");
        let corpus = std::fs::read_dir(corpus).unwrap();
        let corpus: Vec<String> = corpus.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok()).collect();
        let hostile = include_str!("../../../../jq/tests/hostile.txt").lines();
        let hostile = hostile.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let hostile = hostile.map(str::to_owned).collect();
        let sets = [
            programs_of(include_str!("../../../../jq/tests/table.txt")),
            hostile,
            corpus,
            expressions_of(include_str!("../../../../../mappings/copilot.yaml")),
            expressions_of(include_str!("../../../../../mappings/usage.yaml")),
        ];
        for programs in sets {
            assert!(programs.len() > 20);
            for program in programs {
                let expression = Expression::alone(&program, "expression");
                let looked = look(Role::Query, &expression, &Known::anything());
                let compiled = crate::mapping::evaluate::compile_expression(&program, "expression", &CompileOptions::default());
                assert_eq!(looked.is_some(), compiled.is_ok(), "{program}");
            }
        }
    };
    let stack = crate::mapping::program::EVALUATION_STACK_BYTES;
    let thread = std::thread::Builder::new().stack_size(stack).spawn(work);
    thread.unwrap().join().unwrap();
}
