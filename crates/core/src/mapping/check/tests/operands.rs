//! Operands: null, zero, conditions that keep them out, and types that do not go together.

use super::*;

/// Codes of what is said of a property's expression, each with what is underlined and the help.
fn told(name: &str, expression: &str) -> Vec<(&'static str, String, String)> {
    let told = of_property(name, expression).into_iter();
    told.map(|finding| (finding.code, underlined(&finding), finding.help.unwrap_or_default())).collect()
}

#[test]
fn a_condition_that_keeps_null_and_zero_out_is_seen() {
    let (n, d) = ("(.loc_added_sum // 0)", ".daily_active_users");
    let guarded = [
        format!("if {d} > 0 then {n} / {d} else null end"),
        format!("if ({d} // 0) > 0 then .loc_added_sum / {d} else null end"),
        format!("if ({d} // 0) != 0 then {n} / {d} else null end"),
        format!("if ({d} // 0) == 0 then null else {n} / {d} end"),
        format!("if {d} == null or {d} == 0 then null else {n} / {d} end"),
        format!("if {d} != null and {d} != 0 then {n} / {d} else 0 end"),
        format!("if 0 < {d} then {n} / {d} else null end"),
        format!("if {d} <= 0 then null elif {d} == null then null else {n} / {d} end"),
        format!("select({d} > 0) | {n} / {d}"),
        format!("{d} as $d | if $d > 0 then {n} / $d else null end"),
        format!("if ({d} > 0 | not) then null else {n} / {d} end"),
        format!("if {d} | . > 0 then {n} / {d} else null end"),
        format!("({n} / {d})?"),
        format!("try ({n} / {d})"),
        format!("{n} / 7"),
    ];
    for expression in guarded {
        assert_eq!(told("users", &expression), [], "{expression}");
    }
    let unguarded = [
        (format!("if {d} > 0 then 1 else {n} / {d} end"), "arithmetic-on-null"),
        (format!("if {d} != 0 then {n} / {d} else null end"), "arithmetic-on-null"),
        (format!("if {d} != null then {n} / {d} else null end"), "division-by-zero"),
        (format!("{n} / ({d} // 0)"), "division-by-zero"),
        (format!("{n} / 0"), "division-by-zero"),
        (format!("if {d} > 0 then (.totals_by_ide | map({n} / {d})) | length else 0 end"), "unknown-field"),
    ];
    for (expression, code) in unguarded {
        assert!(
            told("users", &expression).iter().any(|(told, ..)| *told == code),
            "{expression}: {:?}",
            told("users", &expression)
        );
    }
}

#[test]
fn the_remedy_of_a_divisor_does_not_divide_by_zero() {
    let told = told("users", ".loc_added_sum / .daily_active_users");
    let help: Vec<&str> = told.iter().map(|(.., help)| help.as_str()).collect();
    assert_eq!(
        help,
        [
            "write `(.loc_added_sum // 0)`",
            "write `if (.daily_active_users // 0) > 0 then .loc_added_sum / .daily_active_users else null end`"
        ]
    );
}

#[test]
fn operands_that_do_not_go_together_have_a_remedy() {
    let table = [
        ("login", ".daily_active_users + \"@\"", "+", "write `(.daily_active_users | tostring)`"),
        ("login", "\"@\" + .daily_active_users", "+", "write `(.daily_active_users | tostring)`"),
        ("users", "now - .day", "-", "`.day` is a text; in seconds it is `(.day | strptime(\"%Y-%m-%d\") | mktime)`"),
        ("users", ".user_login - 1", "-", "write `(.user_login | tonumber)`"),
        (
            "users",
            ".totals_by_ide + 1",
            "+",
            "write `(.totals_by_ide | length)`, or the sum of a field: `([.totals_by_ide[]?.field] | add)`",
        ),
        ("users", ".totals_by_ide.length", ".length", "write `.totals_by_ide | length`"),
        (
            "users",
            ".totals_by_ide.acceptances",
            ".acceptances",
            "for the values of all elements write `[.totals_by_ide[]?.acceptances]`, for their sum `[.totals_by_ide[]?.acceptances] | add`",
        ),
        ("users", ".day.length", ".length", "write `.day | length`"),
        ("users", ".daily_active_users[]", "[]", "write `.daily_active_users`"),
    ];
    for (name, expression, part, help) in table {
        let expected = ("operand-types", part.to_owned(), help.to_owned());
        assert!(told(name, expression).contains(&expected), "{expression}: {:?}", told(name, expression));
    }
    for fine in [
        ".user_login + \"@\"",
        ".daily_active_users + 1",
        "\"-\" * 3 | length",
        "(.day / \"-\") | length",
        ".totals_by_ide - [] | length",
    ] {
        assert!(!told("users", fine).iter().any(|(code, ..)| *code == "operand-types"), "{fine}");
    }
}
