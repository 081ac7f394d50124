use serde_json::{Map, json};

use super::*;

struct Entity(Map<String, Value>);

impl RuleSubject for Entity {
    fn value(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or(Value::Null)
    }
}

fn matches(entity: &Value, query: &Value) -> bool {
    let now = "2026-08-15T12:00:00Z".parse().unwrap();
    Query::parse(query).unwrap().matches(&Entity(entity.as_object().unwrap().clone()), now)
}

#[test]
fn each_operator_holds_where_it_should() {
    let entity = json!({
        "$identifier": "octo-org@2026-08-01", "$updatedAt": "2026-08-14T00:00:00.000Z", "n": 3, "text": "copilot", "list": ["a", "b"],
        "gone": null, "blank": "", "yes": true,
    });
    let cases = [
        (json!(["n", "=", 3.0]), true),
        (json!(["n", "!=", 3]), false),
        (json!(["missing", "!=", 3]), true),
        (json!(["text", "=", "Copilot"]), false),
        (json!(["gone", "=", null]), true),
        (json!(["yes", "=", true]), true),
        (json!(["n", "in", [1, 3]]), true),
        (json!(["n", "notIn", [1, 3]]), false),
        (json!(["list", "in", ["b", "c"]]), true),
        (json!(["text", "contains", "pilot"]), true),
        (json!(["list", "contains", "a"]), true),
        (json!(["text", "doesNotContains", "pilot"]), false),
        (json!(["missing", "doesNotContains", "pilot"]), true),
        (json!(["list", "containsAny", ["x", "b"]]), true),
        (json!(["list", "containsAny", ["x"]]), false),
        (json!(["$identifier", "beginsWith", "octo-org@"]), true),
        (json!(["$identifier", "doesNotBeginsWith", "octo-org@"]), false),
        (json!(["$identifier", "endsWith", "-01"]), true),
        (json!(["$identifier", "doesNotEndsWith", "-01"]), false),
        (json!(["gone", "isEmpty", null]), true),
        (json!(["missing", "isEmpty", null]), true),
        (json!(["blank", "isEmpty", null]), true),
        (json!(["n", "isEmpty", null]), false),
        (json!(["n", "isNotEmpty", null]), true),
        (json!(["n", ">", 2]), true),
        (json!(["n", ">=", 3]), true),
        (json!(["n", "<", 3]), false),
        (json!(["n", "<=", 3]), true),
        (json!(["n", ">", "2"]), false),
        (json!(["text", ">", "bash"]), true),
        (json!(["$updatedAt", "<", "2026-08-14T02:00:00+01:00"]), true),
        (json!(["$updatedAt", "between", {"from": "2026-08-14T00:00:00Z", "to": "2026-08-14T00:00:00Z"}]), true),
        (json!(["$updatedAt", "notBetween", {"from": "2026-08-15T00:00:00Z", "to": "2026-08-16T00:00:00Z"}]), true),
        (json!(["$updatedAt", "between", {"preset": "yesterday"}]), true),
        (json!(["$updatedAt", "between", {"preset": "today"}]), false),
        (json!(["$updatedAt", "between", {"preset": "lastDay"}]), false),
        (json!(["$updatedAt", "between", {"preset": "lastWeek"}]), true),
        (json!(["$updatedAt", "between", {"preset": "last2Years"}]), true),
    ];
    for (case, expected) in cases {
        let query = json!({"combinator": "and", "rules": [{"property": case[0], "operator": case[1], "value": case[2]}]});
        assert_eq!(matches(&entity, &query), expected, "{case}");
    }
}

#[test]
fn rules_combine_and_nest() {
    let entity = json!({"a": 1, "b": 2});
    let rule = |name: &str, value: i64| json!({"property": name, "operator": "=", "value": value});
    let group = |combinator: &str, rules: Vec<Value>| json!({"combinator": combinator, "rules": rules});
    let cases = [
        (group("and", vec![rule("a", 1), rule("b", 2)]), true),
        (group("and", vec![rule("a", 1), rule("b", 3)]), false),
        (group("or", vec![rule("a", 0), rule("b", 2)]), true),
        (group("and", vec![rule("a", 1), group("or", vec![rule("b", 0), rule("b", 2)])]), true),
        (group("or", vec![]), true),
        (group("and", vec![]), true),
    ];
    for (query, expected) in cases {
        assert_eq!(matches(&entity, &query), expected, "{query}");
    }
}

#[test]
fn an_index_is_used_only_where_every_match_must_have_the_value() {
    let ids = json!({"property": "$identifier", "operator": "in", "value": ["a", "b"]});
    let other = json!({"property": "n", "operator": "=", "value": 1});
    let not = json!({"property": "$identifier", "operator": "!=", "value": "a"});
    let some = Some(vec!["a".to_owned(), "b".to_owned()]);
    let cases = [
        (json!({"combinator": "and", "rules": [other, ids]}), some.clone()),
        (json!({"combinator": "and", "rules": [{"combinator": "and", "rules": [ids]}]}), some.clone()),
        (json!({"combinator": "or", "rules": [ids]}), some),
        (json!({"combinator": "or", "rules": [ids, other]}), None),
        (json!({"combinator": "and", "rules": [not]}), None),
    ];
    for (query, expected) in cases {
        assert_eq!(Query::parse(&query).unwrap().only_values("$identifier"), expected, "{query}");
    }
}

#[test]
fn what_is_no_query_is_named() {
    let mut deep = json!({"combinator": "and", "rules": []});
    for _ in 0..40 {
        deep = json!({"combinator": "and", "rules": [deep]});
    }
    let cases = [
        (json!({"rules": []}), "query must have required property 'combinator'"),
        (json!({"combinator": "xor", "rules": []}), "combinator must be \"and\" or \"or\", not \"xor\""),
        (json!({"combinator": "and"}), "query must have required property 'rules'"),
        (json!({"combinator": "and", "rules": [{"property": "a", "operator": "~", "value": 1}]}), "operator \"~\" is not known"),
        (
            json!({"combinator": "and", "rules": [{"property": "a", "operator": "in", "value": 1}]}),
            "value of operator \"in\" must be array",
        ),
        (
            json!({"combinator": "and", "rules": [{"property": "a", "operator": "="}]}),
            "rule with operator \"=\" must have required property 'value'",
        ),
        (
            json!({"combinator": "and", "rules": [{"blueprint": "a", "operator": "relatedTo", "value": "b"}]}),
            "operator \"relatedTo\" is not supported by the local catalog",
        ),
        (deep, "query must NOT be nested deeper than 32 levels"),
        (
            json!({"combinator": "or", "rules": vec![json!({"combinator": "and", "rules": vec![json!({"property": "a", "operator": "isEmpty"}); 100]}); 5]}),
            "query must NOT have more than 500 rules",
        ),
    ];
    for (query, message) in cases {
        assert_eq!(Query::parse(&query).unwrap_err(), message);
    }
}
