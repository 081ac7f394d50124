//! Properties of every value.

use proptest::prelude::*;

use super::super::*;
use super::value;

/// Any JSON text, with numbers in every spelling.
fn any_json() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(|number| format!("{number:e}")),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,10})?([eE][+-]?[0-9]{1,3})?",
    ];
    let text = prop_oneof![any::<String>(), "[a-c]{0,3}"].prop_map(|text| serde_json::Value::String(text).to_string());
    let scalar = prop_oneof![Just("null".to_owned()), Just("true".to_owned()), Just("false".to_owned()), number, text.clone()];
    scalar.prop_recursive(4, 24, 4, move |inner| {
        let entry = (text.clone(), inner.clone()).prop_map(|(key, value)| format!("{key}:{value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(entry, 0..4).prop_map(|entries| format!("{{{}}}", entries.join(","))),
        ]
    })
}

/// JSON whose numbers are integers that a double represents exactly: beyond those the two implementations differ by design.
fn plain_json() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        (-9_i64..9).prop_map(|number| number.to_string()),
        "[a-c]{0,3}".prop_map(|text| format!("\"{text}\"")),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::btree_map("[a-c]{1,2}", inner, 0..4).prop_map(|entries| {
                let entries: Vec<_> = entries.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", entries.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_written_and_read_is_the_same_value(text in any_json()) {
        let value = value(&text);
        let written = value.to_jq_text();
        let again = Value::parse(written.as_bytes()).unwrap();
        prop_assert_eq!(&again, &value);
        prop_assert_eq!(again.to_jq_text(), written.clone());
        prop_assert_eq!(read_leniently::read(&written).map(Value), Ok(value));
    }

    #[test]
    fn order_is_total(left in any_json(), middle in any_json(), right in any_json()) {
        let [left, middle, right] = [&left, &middle, &right].map(|text| value(text));
        prop_assert_eq!(left.0.cmp(&right.0), right.0.cmp(&left.0).reverse());
        prop_assert_eq!(left.0.cmp(&left.0), std::cmp::Ordering::Equal);
        if left.0.cmp(&middle.0).is_le() && middle.0.cmp(&right.0).is_le() {
            prop_assert!(left.0.cmp(&right.0).is_le());
        }
        let rank = |value: &Value| ["null", "boolean", "number", "string", "array", "object"].iter().position(|name| *name == value.type_name());
        if rank(&left) != rank(&right) {
            prop_assert_eq!(left.0.cmp(&right.0), rank(&left).cmp(&rank(&right)));
        }
    }

    /// The library's own value type is an independent implementation of jq's order.
    #[test]
    fn order_agrees_with_an_independent_implementation(left in plain_json(), right in plain_json()) {
        let theirs = |text: &str| jaq_json::read::parse_single(text.as_bytes()).unwrap();
        prop_assert_eq!(value(&left).0.cmp(&value(&right).0), theirs(&left).cmp(&theirs(&right)), "{} and {}", left, right);
    }
}
