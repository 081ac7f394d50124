//! Fields of an item that a text holds whole: with `.slug + "@" + .day`, every identifier holds the item's `day` as it is.
//!
//! A deletion may rest on it, so in doubt a field is not held: for calls other than a few, for variables and definitions, and for
//! an expression of which another branch may give the output. Fields are taken to be texts, as those are that name a day.

use std::collections::BTreeSet;

use crate::mapping::program::syntax::{Operator, Term, TermKind};

/// Filters that keep days in a text as they are.
const KEEPS_DAYS: &[&str] = &["tostring", "ascii_downcase", "ascii_upcase"];

/// Fields of the input that are in a value.
#[derive(Debug, PartialEq)]
enum Held<'a> {
    /// In the text.
    Text(BTreeSet<&'a str>),
    /// Each as an element of the list, or in a text that is one.
    List(BTreeSet<&'a str>),
}

/// The top-level fields of an item whose texts are in every text that `term` gives.
///
/// Holds for fields that are a text in the item at hand. Of an output that is no text nothing is said.
pub(super) fn held(term: &Term) -> BTreeSet<&str> {
    match value(term) {
        Held::Text(fields) => fields,
        Held::List(_) => BTreeSet::new(),
    }
}

fn value(term: &Term) -> Held<'_> {
    let nothing = Held::Text(BTreeSet::new());
    if let Some(field) = field(term) {
        return Held::Text(BTreeSet::from([field]));
    }
    match &term.bare().kind {
        TermKind::Text { format: None, parts, .. } => Held::Text(parts.iter().flat_map(held).collect()),
        TermKind::Binary { operator: Operator::Add, left, right, .. } => match (value(left), value(right)) {
            (Held::Text(mut left), Held::Text(right)) => {
                left.extend(right);
                Held::Text(left)
            }
            _ => nothing,
        },
        // A field that is a text is taken, and the other side is not looked at.
        TermKind::Binary { operator: Operator::Alternative, left, right, .. } => match field(left) {
            Some(field) => Held::Text(BTreeSet::from([field])),
            None => Held::Text(held(left).intersection(&held(right)).copied().collect()),
        },
        TermKind::If { branches, otherwise: Some(otherwise) } => {
            let results = branches.iter().map(|(_, result)| held(result));
            Held::Text(results.fold(held(otherwise), |all, one| all.intersection(&one).copied().collect()))
        }
        TermKind::Array(Some(list)) => Held::List(elements(list)),
        TermKind::Pipe(left, right) => {
            let mut steps = Vec::new();
            flatten(right, &mut steps);
            steps.into_iter().fold(value(left), step)
        }
        _ => nothing,
    }
}

/// The name in `.name` and `.name?`.
fn field(term: &Term) -> Option<&str> {
    let mut term = term.bare();
    while let TermKind::Optional(inner) = &term.kind {
        term = inner.bare();
    }
    match &term.kind {
        TermKind::Field { of, name, .. } if of.bare().kind == TermKind::Identity => Some(name),
        _ => None,
    }
}

/// What the elements of a list hold, which are written with commas. Only fields count, perhaps as text: a longer expression may give
/// no output, and the list is made without it.
fn elements(list: &Term) -> BTreeSet<&str> {
    match &list.kind {
        TermKind::Binary { operator: Operator::Comma, left, right, .. } => {
            let mut all = elements(left);
            all.extend(elements(right));
            all
        }
        _ => {
            let mut steps = Vec::new();
            flatten(list, &mut steps);
            let (first, rest) = steps.split_first().map_or((list, &[][..]), |(first, rest)| (*first, rest));
            field(first).filter(|_| rest.iter().all(|step| keeps_days(step))).into_iter().collect()
        }
    }
}

/// The steps of a pipe, in order.
fn flatten<'a>(term: &'a Term, steps: &mut Vec<&'a Term>) {
    match &term.bare().kind {
        TermKind::Pipe(left, right) => {
            flatten(left, steps);
            flatten(right, steps);
        }
        _ => steps.push(term.bare()),
    }
}

/// True for a filter that gives one output, with the days of a text as they are.
fn keeps_days(term: &Term) -> bool {
    let TermKind::Call { name, arguments, .. } = &term.bare().kind else { return false };
    arguments.is_empty() && KEEPS_DAYS.contains(&name.as_str())
}

/// What is left of it behind a further step of a pipe.
fn step<'a>(before: Held<'a>, step: &Term) -> Held<'a> {
    let TermKind::Call { name, arguments, .. } = &step.kind else { return Held::Text(BTreeSet::new()) };
    match (before, name.as_str(), arguments.as_slice()) {
        (Held::Text(fields), _, []) if keeps_days(step) => Held::Text(fields),
        (Held::List(fields), "map", [each]) if keeps_days(each) => Held::List(fields),
        (Held::List(fields), "join", [_]) => Held::Text(fields),
        _ => Held::Text(BTreeSet::new()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value as Json};

    use super::*;
    use crate::mapping::program::{CompileOptions, Program, Run, Value, read};

    fn fields(source: &str) -> Vec<String> {
        held(&read(source, &CompileOptions::default()).unwrap()).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_field_is_held_where_every_output_has_it_whole() {
        let table: [(&str, &[&str]); 30] = [
            (r#".__organization.login + "/" + (.team_id | tostring) + "@" + .day"#, &["day", "team_id"]),
            (r#""\(.slug)@\(.day)""#, &["day", "slug"]),
            (".day", &["day"]),
            (r#".["day"]"#, &["day"]),
            ("(.day?)", &["day"]),
            (r#"[.slug, .day] | join("@")"#, &["day", "slug"]),
            (r#"[.team_id, .day] | map(tostring) | join("@")"#, &["day", "team_id"]),
            (r#"([.slug, .day] | join("@")) | ascii_downcase"#, &["day", "slug"]),
            (r#".day // "none""#, &["day"]),
            (r#"if .slug then .slug + .day else .day end"#, &["day"]),
            (r#"(.slug // .name) + "@" + .day"#, &["day", "slug"]),
            // Not whole, not always, or not known.
            (".day[0:7]", &[]),
            (".day | .[0:7]", &[]),
            (r#".day | split("-") | join("/")"#, &[]),
            (r#"(.slug + "@" + .day) // .slug"#, &["slug"]),
            (r#"if .slug then .day else .slug end"#, &[]),
            (r#"if .slug then .day end"#, &[]),
            (".slug, .day", &[]),
            (".item.day", &[]),
            (r#".slug | . + .day"#, &[]),
            (r#"[.slug, .day] | .[0]"#, &[]),
            (r#"[.slug, (.day + empty)] | join("@")"#, &["slug"]),
            (r#"[.slug, (.day | tostring)] | join("@")"#, &["day", "slug"]),
            (r#"[.slug, .day][:1] | join("@")"#, &[]),
            (r#"[.day] - ["2026"] | join("")"#, &[]),
            (r#"@base64 "\(.day)""#, &[]),
            (r#""x" * 2 + .slug | ltrimstr("x")"#, &[]),
            (r#"def tostring: "x"; .day | tostring"#, &[]),
            (r#".day as $day | $day"#, &[]),
            (r#""constant""#, &[]),
        ];
        for (source, expected) in table {
            assert_eq!(fields(source), expected, "{source}");
        }
    }

    /// Expressions over `day`, `slug` and `id`, of forms that are understood and of such that are not.
    fn expressions() -> impl Strategy<Value = String> {
        let leaves = prop::sample::select(vec![
            ".day",
            ".slug",
            ".id",
            "\"x\"",
            "\"2020-01-01\"",
            ".day[0:7]",
            ".gone",
            ".day?",
            "null",
            "empty",
        ]);
        leaves.prop_map(str::to_owned).prop_recursive(4, 24, 3, |inner| {
            let two = (inner.clone(), inner.clone());
            prop_oneof![
                two.clone().prop_map(|(a, b)| format!("({a} + {b})")),
                two.clone().prop_map(|(a, b)| format!("({a} // {b})")),
                two.clone().prop_map(|(a, b)| format!("(if .slug == \"a\" then {a} else {b} end)")),
                two.clone().prop_map(|(a, b)| format!("(if {a} then {b} end)")),
                two.clone().prop_map(|(a, b)| format!("\"\\({a})-\\({b})\"")),
                two.clone().prop_map(|(a, b)| format!("([{a}, {b}] | join(\"/\"))")),
                two.clone().prop_map(|(a, b)| format!("([{a}, {b}] | map(tostring) | join(\"\"))")),
                two.clone().prop_map(|(a, b)| format!("({a} | {b})")),
                two.clone().prop_map(|(a, b)| format!("({a}, {b})")),
                inner.clone().prop_map(|a| format!("({a} | tostring)")),
                inner.clone().prop_map(|a| format!("({a} | ascii_downcase)")),
                inner.clone().prop_map(|a| format!("({a} | ltrimstr(\"2026-\"))")),
                inner.prop_map(|a| format!("({a})?")),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_said_to_be_held_is_in_every_text(
            source in expressions(),
            day in "2026-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",
            slug in prop::option::of("[a-c0-9-]{0,12}"),
            id in prop::option::of(0..3000_u32),
        ) {
            let item = Json::Object(Map::from_iter([
                ("day".to_owned(), Json::from(day.clone())),
                ("slug".to_owned(), Json::from(slug)),
                ("id".to_owned(), Json::from(id)),
            ]));
            let options = CompileOptions::default();
            let program = Program::compile(&source, &options).unwrap();
            let mut run = Run::new(jiff::Timestamp::UNIX_EPOCH);
            run.budget.stack = 1 << 20;
            let term = read(&source, &options).unwrap();
            if held(&term).contains("day")
                && let Ok(Some(value)) = program.first(&Value::from_json(&item), &run)
                && let Json::String(text) = value.to_json()
            {
                prop_assert!(text.contains(&day), "{} gives {}, without {}", source, text, day);
            }
        }
    }
}
