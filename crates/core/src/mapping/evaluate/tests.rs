use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::mapping::file::Mapping;
use crate::mapping::program::{Budget, CompileOptions};

/// The stack of a test's thread is 2 MiB.
fn run() -> Run {
    let mut run = Run::new(jiff::Timestamp::UNIX_EPOCH);
    run.budget.stack = 1 << 20;
    run
}

fn compile(mappings: &str, selector: &str, port: &str) -> CompiledMapping {
    let text = format!(
        "resources: [{{kind: k, selector: {{query: {selector}}}, port: {{entity: {{mappings: {{{mappings}}}}}{port}}}}}]"
    );
    let (mapping, findings) = Mapping::read(&text, "m.yaml");
    CompiledMapping::compile(&mapping.unwrap_or_else(|| panic!("{text}\n{findings:#?}")), &CompileOptions::default())
}

fn batch(items: &[Json]) -> Batch {
    batch_of_texts(&items.iter().map(Json::to_string).collect::<Vec<_>>())
}

fn batch_of_texts<T: AsRef<[u8]>>(texts: &[T]) -> Batch {
    let item = |(index, text): (usize, &T)| RawItem { json: Bytes::copy_from_slice(text.as_ref()), line: index as u64 + 1 };
    Batch {
        source: "users.ndjson".into(),
        enrichment: Arc::new(Enrichment(vec![("__organization", json!({"login": "acme"}))])),
        items: texts.iter().enumerate().map(item).collect(),
    }
}

fn map_with(mappings: &str, selector: &str, port: &str, items: &[Json]) -> MappedBatch {
    compile(mappings, selector, port).resources()[0].map_batch(&batch(items), &run())
}

fn map(mappings: &str, items: &[Json]) -> MappedBatch {
    map_with(mappings, "'true'", "", items)
}

fn sent(batch: &MappedBatch) -> Vec<Json> {
    batch.entities.iter().map(|entity| serde_json::to_value(entity).unwrap()).collect()
}

fn causes(batch: &MappedBatch) -> Vec<(u64, Cause)> {
    batch.rejected.iter().map(|rejected| (rejected.line, rejected.cause)).collect()
}

#[test]
fn an_item_without_identifier_is_rejected_and_any_other_identifier_is_kept_unchanged() {
    let ids = [
        json!({}),
        json!({"id": null}),
        json!({"id": ""}),
        json!({"id": false}),
        json!({"id": 0}),
        json!({"id": []}),
        json!({"id": {}}),
        json!({"id": 42}),
        json!({"id": 1.5}),
        json!({"id": ["a", "b"]}),
        json!({"id": true}),
        json!({"id": " spaced id "}),
        json!({"id": 9_007_199_254_740_993_u64}),
    ];
    let mapped = map("identifier: .id, blueprint: '\"b\"'", &ids);
    let lines: Vec<_> = (1..=7).map(|line| (line, Cause::NoIdentifier)).collect();
    assert_eq!(causes(&mapped), lines);
    assert_eq!(mapped.rejected[0].reason, "no identifier");
    let kept: Vec<_> = mapped.entities.iter().map(|entity| entity.identifier.clone()).collect();
    assert_eq!(
        kept,
        [json!(42), json!(1.5), json!(["a", "b"]), json!(true), json!(" spaced id "), json!(9_007_199_254_740_992_u64)]
    );
    assert_eq!(mapped.lines, [8, 9, 10, 11, 12, 13]);
}

#[test]
fn a_blueprint_must_be_a_text() {
    let items = [json!({"b": "x"}), json!({"b": null}), json!({"b": ""}), json!({"b": 5})];
    let mapped = map("identifier: '\"a\"', blueprint: .b", &items);
    assert_eq!(causes(&mapped), [(2, Cause::NoBlueprint), (3, Cause::NoBlueprint), (4, Cause::WrongType)]);
    assert_eq!(mapped.entities.len(), 1);
}

#[test]
fn title_icon_and_team_are_typed_as_in_ocean() {
    let items = [
        json!({"id": "a", "t": "T", "i": "Github", "team": "x"}),
        json!({"id": "b", "t": 5, "team": ["x", "y"]}),
        json!({"id": "c", "t": {"o": 1}, "i": 7, "team": []}),
        json!({"id": "d"}),
        json!({"id": "e", "t": "", "i": "", "team": ""}),
        json!({"id": "f", "t": true, "i": true, "team": 5}),
        json!({"id": "g", "i": ["x"]}),
        json!({"id": "h", "team": {"combinator": "and", "rules": []}}),
    ];
    let mapped = map("identifier: .id, blueprint: '\"b\"', title: .t, icon: .i, team: .team", &items);
    let expected = [
        json!({"identifier": "a", "blueprint": "b", "title": "T", "icon": "Github", "team": "x"}),
        json!({"identifier": "b", "blueprint": "b", "title": 5, "icon": null, "team": ["x", "y"]}),
        json!({"identifier": "c", "blueprint": "b", "title": {"o": 1}, "icon": "7", "team": []}),
        json!({"identifier": "d", "blueprint": "b", "title": null, "icon": null, "team": null}),
        json!({"identifier": "e", "blueprint": "b", "title": "", "icon": "", "team": ""}),
        json!({"identifier": "f", "blueprint": "b", "title": true, "icon": "True", "team": "5"}),
        json!({"identifier": "h", "blueprint": "b", "title": null, "icon": null, "team": {"combinator": "and", "rules": []}}),
    ];
    assert_eq!(sent(&mapped), expected);
    assert_eq!(causes(&mapped), [(7, Cause::WrongType)]);
}

#[test]
fn a_selector_is_strictly_boolean() {
    let items = [json!({"used": true, "n": 1}), json!({"used": false, "n": 9})];
    let cases: &[(&str, usize, u64, usize)] = &[
        (".used", 1, 1, 0),
        (".n > 4", 1, 1, 0),
        ("'true, false'", 2, 0, 0),
        ("true", 2, 0, 0),
        (".nothing", 0, 0, 2),
        ("'\"true\"'", 0, 0, 2),
        ("empty", 0, 0, 2),
        ("error(\"x\")", 0, 0, 2),
        ("'1'", 0, 0, 2),
    ];
    for (selector, entities, filtered, rejected) in cases {
        let mapped = map_with("identifier: .n, blueprint: '\"b\"'", selector, "", &items);
        let counts = (mapped.entities.len(), mapped.filtered, mapped.rejected.len());
        assert_eq!(counts, (*entities, *filtered, *rejected), "{selector}");
        assert!(mapped.rejected.iter().all(|rejected| rejected.cause == Cause::Selector));
    }
    let mapped = map_with("identifier: .n, blueprint: '\"b\"'", ".nothing", "", &items);
    assert!(mapped.rejected[0].reason.contains("`.nothing`"), "{}", mapped.rejected[0].reason);
}

#[test]
fn the_first_output_counts_and_every_null_has_a_reason() {
    let mapped = map(
        "identifier: .id, blueprint: '\"b\"', properties: {first: '1, 2', none: empty, error: 'error(\"boom\")', absent: .x, false: 'false', nan: nan}",
        &[json!({"id": 1}), json!({"id": 2, "x": 3}), json!({})],
    );
    let properties: Vec<_> = mapped.entities.iter().map(|entity| json!(entity.properties)).collect();
    let first = json!({"first": 1, "none": null, "error": null, "absent": null, "false": false, "nan": null});
    assert_eq!(properties[0], first);
    let nulls: Vec<_> = mapped.nulls.iter().map(|nulls| (nulls.path.as_str(), nulls.count, nulls.line)).collect();
    let expected = [("properties.none", 2, 1), ("properties.error", 2, 1), ("properties.absent", 1, 1), ("properties.nan", 2, 1)];
    assert_eq!(nulls, expected, "the third item becomes no entity, so its nulls do not count");
    assert!(mapped.nulls[1].reason.contains("boom"), "{}", mapped.nulls[1].reason);
}

#[test]
fn what_is_not_mapped_is_not_sent() {
    let mapped = map("identifier: .id, blueprint: '\"b\"', properties: {}", &[json!({"id": 1})]);
    assert_eq!(sent(&mapped), [json!({"identifier": 1, "blueprint": "b", "properties": {}})]);
}

#[test]
fn relations_are_texts_lists_null_or_queries() {
    let mapped = map(
        "identifier: .id, blueprint: '\"b\"', relations: {plain: .rel, query: {combinator: '\"and\"', rules: [{property: '\"$identifier\"', operator: '\"=\"', value: .who}]}}",
        &[json!({"id": 1, "rel": ["a", "b"], "who": "me"}), json!({"id": 2, "rel": 5})],
    );
    let query = |who: Json| json!({"combinator": "and", "rules": [{"property": "$identifier", "operator": "=", "value": who}]});
    let relations: Vec<_> = mapped.entities.iter().map(|entity| json!(entity.relations)).collect();
    let expected = [json!({"plain": ["a", "b"], "query": query(json!("me"))}), json!({"plain": 5, "query": query(Json::Null)})];
    assert_eq!(relations, expected);
    assert_eq!(mapped.nulls[0].path, "relations.query.rules[0].value");
    assert!(mapped.entities[0].is_searched());
}

#[test]
fn items_to_parse_makes_one_entity_of_each_element() {
    let item = |user: &str, ides: Json| json!({"user": user, "ides": ides, "item": "overwritten"});
    let items = [
        item("two", json!([{"ide": "vscode"}, {"ide": "neovim"}])),
        item("none", json!([])),
        item("null", Json::Null),
        json!({"user": "miss"}),
        item("object", json!({"ide": "x"})),
        item("scalars", json!(["s", null])),
    ];
    let mappings = "identifier: '.user + \"/\" + (.item.ide? // \"none\")', blueprint: '\"b\"', properties: {item: .item, still: 'has(\"ides\")', org: .__organization.login}";
    let mapped = map_with(mappings, "'true'", ", itemsToParse: .ides", &items);
    let ids: Vec<_> = mapped.entities.iter().map(|entity| entity.identifier.clone()).collect();
    assert_eq!(ids, ["two/vscode", "two/neovim", "scalars/none", "scalars/none"]);
    assert_eq!(mapped.lines, [1, 1, 6, 6]);
    let first = json!({"item": {"ide": "vscode"}, "still": false, "org": "acme"});
    assert_eq!(json!(mapped.entities[0].properties), first);
    assert_eq!(mapped.rejected, []);
    let unparsed: Vec<_> = mapped.unparsed.iter().map(|item| (item.line, item.cause)).collect();
    assert_eq!(unparsed, [(3, Cause::NotAList), (4, Cause::NotAList), (5, Cause::NotAList)]);

    let kept = map_with(mappings, "'true'", ", itemsToParse: .ides, itemsToParseTopLevelTransform: false", &items);
    assert_eq!(kept.entities[0].properties.as_ref().unwrap()["still"], json!(true));
    let named = map_with(
        "identifier: .ide.ide, blueprint: '\"b\"'",
        "'true'",
        ", itemsToParse: .ides, itemsToParseName: ide",
        &items[..1],
    );
    assert_eq!(named.entities[1].identifier, json!("neovim"));
    let without_path = map_with(mappings, "'true'", ", itemsToParse: '[.ides[]?]'", &items);
    assert_eq!((without_path.entities.len(), without_path.unparsed.len()), (0, 6));
}

#[test]
fn a_line_that_is_no_json_object_is_rejected_by_its_line() {
    let compiled = compile("identifier: .id, blueprint: '\"b\"'", "'true'", "");
    let texts: [&[u8]; 6] = [b"{\"id\": 1}", b"{\"id\": ", b"[1]", b"null", b"\"\\ud83d\"", b"{\"id\": 2}"];
    let mapped = compiled.resources()[0].map_batch(&batch_of_texts(&texts), &run());
    assert_eq!(mapped.lines, [1, 6]);
    let reasons: Vec<_> = mapped.rejected.iter().map(|item| (item.line, item.reason.as_str())).collect();
    assert!(reasons[0].1.starts_with("not JSON: "), "{reasons:?}");
    assert_eq!(reasons[1..3], [(3, "not an object but an array"), (4, "not an object but null")]);
    assert_eq!(reasons[3].0, 5);
    assert!(mapped.rejected.iter().all(|item| item.cause == Cause::Unreadable));
}

#[test]
fn an_enrichment_wins_over_the_items_own_key() {
    let mapped = map("identifier: .__organization.login, blueprint: '\"b\"'", &[json!({"__organization": 5})]);
    assert_eq!(mapped.entities[0].identifier, json!("acme"));
}

#[test]
fn a_property_that_does_not_compile_is_null_and_named_and_an_identifier_that_does_not_skips_its_resource() {
    let compiled =
        compile("identifier: .id, blueprint: '\"b\"', title: '((', properties: {bad: '.a |||', good: .id}", "'true'", "");
    let paths: Vec<_> = compiled.findings().iter().map(|finding| finding.path().to_owned()).collect();
    assert!(paths.contains(&"resources[0].port.entity.mappings.title".to_owned()), "{paths:?}");
    assert!(paths.contains(&"resources[0].port.entity.mappings.properties.bad".to_owned()), "{paths:?}");
    assert!(compiled.findings().iter().all(|finding| finding.code == "mapping-syntax"));
    let mapped = compiled.resources()[0].map_batch(&batch(&[json!({"id": 1})]), &run());
    let expected = json!({"identifier": 1, "blueprint": "b", "title": null, "properties": {"bad": null, "good": 1}});
    assert_eq!(sent(&mapped), [expected]);

    let broken: &[(&str, &str, &str)] = &[
        ("identifier: '.a +', blueprint: '\"b\"'", "'true'", ""),
        ("identifier: .id, blueprint: '\"b'", "'true'", ""),
        ("identifier: .id, blueprint: '\"b\"'", "'.a ||| b'", ""),
        ("identifier: .id, blueprint: '\"b\"'", "'true'", ", itemsToParse: '.a |'"),
    ];
    for (mappings, selector, port) in broken {
        let compiled = compile(mappings, selector, port);
        let resource = &compiled.resources()[0];
        assert!(resource.skipped().is_some_and(|reason| reason.contains("does not compile")), "{mappings}");
        let mapped = resource.map_batch(&batch(&[json!({"id": 1})]), &run());
        assert_eq!((mapped.entities.len(), causes(&mapped)), (0, vec![(1, Cause::Failed)]));
    }
}

#[test]
fn a_budget_that_trips_is_that_propertys_null_and_an_identifiers_rejection() {
    let mut run = run();
    run.budget = Budget { steps: 20_000, ..run.budget };
    let endless = "'last(range(1e12))'";
    let compiled = compile(&format!("identifier: .id, blueprint: '\"b\"', properties: {{x: {endless}, y: .id}}"), "'true'", "");
    let mapped = compiled.resources()[0].map_batch(&batch(&[json!({"id": 1})]), &run);
    assert_eq!(json!(mapped.entities[0].properties), json!({"x": null, "y": 1}));
    assert!(mapped.nulls[0].reason.contains("steps"), "{}", mapped.nulls[0].reason);
    let compiled = compile(&format!("identifier: {endless}, blueprint: '\"b\"'"), "'true'", "");
    let mapped = compiled.resources()[0].map_batch(&batch(&[json!({"id": 1})]), &run);
    assert_eq!(causes(&mapped), [(1, Cause::Failed)]);
}

#[test]
fn a_cancelled_run_gives_nothing_half_made() {
    let mut run = run();
    run.cancel = Some(Arc::new(true.into()));
    let compiled = compile("identifier: .id, blueprint: '\"b\"'", "'true'", "");
    let mapped = compiled.resources()[0].map_batch(&batch(&[json!({"id": 1})]), &run);
    assert!(mapped.cancelled);
    assert_eq!((mapped.entities.len(), mapped.rejected.len()), (0, 0));
}

#[test]
fn single_quotes_at_the_edge_of_a_word_are_double_ones() {
    let mapped = map("identifier: \".id + '-' + 'x'\", blueprint: \"'b'\"", &[json!({"id": "a"})]);
    assert_eq!((&mapped.entities[0].identifier, mapped.entities[0].blueprint.as_str()), (&json!("a-x"), "b"));
}

#[test]
fn a_constant_blueprint_is_known_without_an_item() {
    let cases = [
        ("'\"github_copilot_usage\"'", Some("github_copilot_usage")),
        ("\"'single'\"", Some("single")),
        ("'(\"in parentheses\")'", Some("in parentheses")),
        ("'\"a\\(.x)\"'", None),
        ("'\"a\" + \"b\"'", None),
        (".blueprint", None),
    ];
    for (expression, constant) in cases {
        let compiled = compile(&format!("identifier: .id, blueprint: {expression}"), "'true'", "");
        assert_eq!(compiled.resources()[0].blueprint_constant(), constant, "{expression}");
    }
}

#[test]
fn the_day_that_github_documents_gives_the_figures_of_the_documents() {
    let model = |suggested: u64, accepted: u64, lines: u64, taken: u64| json!({"languages": [{"total_code_suggestions": suggested, "total_code_acceptances": accepted, "total_code_lines_suggested": lines, "total_code_lines_accepted": taken}]});
    let day = json!({
        "date": "2024-06-24", "total_active_users": 24,
        "copilot_ide_code_completions": {"editors": [{"models": [model(249, 123, 225, 135), model(21, 12, 26, 18)]}, {"models": []}, {}]},
        "copilot_ide_chat": {"editors": [{"total_engaged_users": 13, "models": [{"total_chats": 45, "total_chat_insertion_events": 12, "total_chat_copy_events": 16}]}]},
    });
    let (mapping, _) = Mapping::read(include_str!("../../../../../mappings/copilot.yaml"), "copilot.yaml");
    let compiled = CompiledMapping::compile(&mapping.unwrap(), &CompileOptions::default());
    assert_eq!(compiled.findings(), []);
    let mut batch = batch(std::slice::from_ref(&day));
    batch.enrichment = Arc::new(Enrichment(vec![("__organization", json!({"login": "octo-org"}))]));
    let mapped = compiled.resources()[1].map_batch(&batch, &run());
    let expected = json!({
        "identifier": "octo-org@2024-06-24",
        "blueprint": "github_copilot_usage",
        "title": "octo-org copilot-metrics 2024-06-24",
        "properties": {
            "record_date": "2024-06-24T00:00:00Z",
            "breakdown": mapped.entities[0].properties.as_ref().unwrap()["breakdown"],
            "total_suggestions_count": 270, "total_acceptances_count": 135, "total_lines_suggested": 251, "total_lines_accepted": 153,
            "total_active_users": 24, "total_chat_acceptances": 28, "total_chat_turns": 45, "total_active_chat_users": 13,
            "git_hub_org": "octo-org",
        },
    });
    assert_eq!(sent(&mapped), [expected]);
    assert_eq!(mapped.nulls, []);
}

#[test]
fn explaining_evaluates_as_mapping_does_and_says_why_a_value_is_null() {
    let compiled = compile(
        "identifier: .id, blueprint: '\"b\"', properties: {users: .dayly_users, ok: .id}",
        ".id != 2",
        ", itemsToParse: .list",
    );
    let resource = &compiled.resources()[0];
    let items = [
        json!({"id": 1, "daily_users": 3, "list": [1, 2]}),
        json!({"id": 2, "list": [1]}),
        json!({"list": [1]}),
        json!({"id": 4}),
        json!([]),
    ];
    let mapped = resource.map_batch(&batch(&items), &run());
    let explained = resource.explain(&batch(&items), &run());
    use crate::mapping::explain::End;
    let entities = explained.iter().filter_map(|explained| match &explained.end {
        End::Entity(entity) => Some((explained.line, (**entity).clone())),
        _ => None,
    });
    let (lines, entities): (Vec<_>, Vec<_>) = entities.unzip();
    assert_eq!((entities, lines), (mapped.entities, mapped.lines));
    let ends: Vec<_> =
        explained.iter().map(|explained| (explained.line, matches!(explained.end, End::Rejected { .. }))).collect();
    assert_eq!(ends, [(1, false), (1, false), (2, false), (3, true), (4, true), (5, true)]);
    let users = explained[0].values.iter().find(|value| value.path == "properties.users").unwrap();
    let why = users.null.as_ref().unwrap().to_string();
    assert_eq!(why, "the expression gives null: the item has no key `dayly_users`; did you mean `daily_users`?");
}

/// Any JSON, small and shallow, with keys that the mapping below asks for.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_filter("JSON has no such number", |number| number.is_finite()).prop_map(Json::from),
        "[a-z0-9 @é]{0,4}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec(("id|b|t|i|list|keep", inner), 0..5)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every item ends in exactly one way, and explaining it tells the same.
    #[test]
    fn no_item_is_lost_and_none_counts_twice(items in prop::collection::vec(any_json(), 1..12)) {
        let compiled = compile(
            "identifier: .id, blueprint: '.b // \"b\" | tostring', title: .t, icon: .i, properties: {x: '.list | length', y: '.t + 1'}",
            ".keep // true",
            "",
        );
        let resource = &compiled.resources()[0];
        let mapped = resource.map_batch(&batch(&items), &run());
        let ends = mapped.entities.len() + mapped.filtered as usize + mapped.rejected.len();
        prop_assert_eq!(ends, items.len());
        prop_assert!(mapped.nulls.iter().all(|nulls| nulls.count <= mapped.entities.len() as u64 && !nulls.reason.is_empty()));
        let explained = resource.explain(&batch(&items), &run());
        prop_assert_eq!(explained.len(), items.len());
        let entities: Vec<_> = explained.into_iter().filter_map(|explained| match explained.end {
            crate::mapping::explain::End::Entity(entity) => Some(*entity),
            _ => None,
        }).collect();
        prop_assert_eq!(entities, mapped.entities);
    }
}

#[test]
fn an_expression_that_needs_the_whole_budget_is_given_up_after_twenty_items() {
    let mut run = run();
    run.budget.steps = 10_000;
    let items: Vec<Json> = (0..50).map(|id| json!({ "id": id })).collect();
    let property = "identifier: '.id | tostring', blueprint: '\"b\"', properties: {p: 'def f: f; f'}";
    let compiled = compile(property, "'true'", "");
    let mapped = compiled.resources()[0].map_batch(&batch(&items), &run);
    assert_eq!(mapped.entities.len(), 50);
    let nulls = &mapped.nulls[0];
    assert_eq!((nulls.count, &*nulls.reason), (50, "stopped after 10000 steps"));

    let identifier = "identifier: 'def f: f; f', blueprint: '\"b\"'";
    let compiled = compile(identifier, "'true'", "");
    let resource = &compiled.resources()[0];
    let mapped = resource.map_batch(&batch(&items), &run);
    assert_eq!(mapped.entities.len(), 0);
    let reasons: Vec<&str> = mapped.rejected.iter().map(|rejected| &*rejected.reason).collect();
    let given_up = "no identifier: given up in this run, after its limits stopped it 20 times";
    assert_eq!(reasons[..20], ["no identifier: stopped after 10000 steps"; 20]);
    assert_eq!(reasons[20..], [given_up; 30]);
    assert!(mapped.rejected.iter().all(|rejected| rejected.cause == Cause::Failed));
    // A run has one count, whatever batch or worker.
    let again = resource.clone().map_batch(&batch(&items[..1]), &run);
    assert_eq!(again.rejected[0].reason, given_up);

    let compiled = compile("identifier: '\"i\"', blueprint: '\"b\"'", "'def f: f; f'", "");
    let mapped = compiled.resources()[0].map_batch(&batch(&items), &run);
    assert_eq!((mapped.filtered, mapped.rejected.len()), (0, 50));
    assert_eq!(mapped.rejected[49].cause, Cause::Failed);
}

#[test]
fn numbers_of_an_item_have_the_text_that_they_have_behind_python() {
    let compiled = compile(
        "identifier: '.id | tostring', blueprint: '\"b\"', title: '\"v\" + (.a | tostring) + \"/\\(.b)\"', properties: {p: '[.c[] | tostring]', q: .a}",
        "'true'",
        "",
    );
    let item = r#"{"id":1.50,"a":1e2,"b":-0,"c":[-0.0,12345678901234567890,1e16,1E-7,0.10,1e400]}"#;
    let mapped = compiled.resources()[0].map_batch(&batch_of_texts(&[item]), &run());
    assert_eq!(
        sent(&mapped),
        [json!({
            "identifier": "1.5",
            "blueprint": "b",
            "title": "v100.0/0",
            "properties": {
                "p": ["-0.0", "12345678901234567890", "1E+16", "1E-7", "0.1", "1.7976931348623157e+308"],
                "q": 100,
            },
        })]
    );
}

#[test]
fn an_identifier_holds_a_field_unless_elements_of_the_item_replace_it() {
    let holds = |port: &str| {
        let compiled = compile("identifier: '.slug + \"@\" + .day', blueprint: '\"b\"'", "'true'", port);
        compiled.resources()[0].identifier_holds("day")
    };
    let table = [
        ("", true),
        (", itemsToParse: .teams", true),
        (", itemsToParse: .teams, itemsToParseName: day", false),
        (", itemsToParse: '.day | split(\"-\")'", false),
        (", itemsToParse: 'to_entries'", false),
    ];
    for (port, expected) in table {
        assert_eq!(holds(port), expected, "{port}");
    }
}
