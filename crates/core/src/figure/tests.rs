//! Days of an organization, a figure, and its points.

use super::*;
use crate::model::day::Day;

fn day(number: i32) -> Day {
    "2026-11-02".parse::<Day>().unwrap().plus_days(number)
}

/// The points of a figure as text: `DAY VALUE NUMERATOR/DENOMINATOR STATE`, a line each, series after series. The rows are those
/// of days from Monday 2026-11-02 on; none is a day that is not held.
fn points(id: &str, by: Bucket, rows: &[Option<&str>], provisional_from: usize) -> String {
    let days = rows.iter().enumerate().map(|(number, row)| DayFacts {
        is_provisional: number >= provisional_from,
        aggregate: *row,
        ..DayFacts::not_held(day(number as i32))
    });
    let mut text = String::new();
    for series in find(id).unwrap().compute(Context::new(by), days) {
        for point in &series.points {
            let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value}"));
            let name = series.name.as_deref().unwrap_or("");
            text += &format!(
                "{name} {} {} {}/{} {}\n",
                point.day,
                number(point.value),
                number(point.numerator),
                number(point.denominator),
                point.state.name()
            );
        }
    }
    text
}

#[test]
fn people_are_githubs_own_and_a_week_ends_with_its_last_day() {
    let rows: Vec<String> = (0..8)
        .map(|it| format!(r#"{{"daily_active_users":{it},"weekly_active_users":9,"monthly_active_users":null}}"#))
        .collect();
    let mut rows: Vec<Option<&str>> = rows.iter().map(|row| Some(row.as_str())).collect();
    rows[3] = None;
    let text = points("active-people", Bucket::Week, &rows, 7);
    assert_eq!(
        text,
        "daily 2026-11-08 6 6/- final\ndaily 2026-11-09 7 7/- provisional\n\
         weekly 2026-11-08 9 9/- final\nweekly 2026-11-09 9 9/- provisional\n\
         monthly 2026-11-08 - -/- not-held\nmonthly 2026-11-09 - -/- not-held\n"
    );
    let text = points("active-people", Bucket::Day, &rows[2..5], 9);
    assert!(
        text.starts_with("daily 2026-11-02 2 2/- final\ndaily 2026-11-03 - -/- not-held\ndaily 2026-11-04 4 4/- final\n"),
        "{text}"
    );
}

#[test]
fn acceptance_is_a_sum_over_a_sum_of_completions_alone() {
    let row = |accepted: u32, shown: u32| {
        format!(
            r#"{{"totals_by_feature":[{{"feature":"code_completion","code_generation_activity_count":{shown},"code_acceptance_activity_count":{accepted}}},{{"feature":"agent_edit","code_generation_activity_count":345,"code_acceptance_activity_count":0}}]}}"#
        )
    };
    let rows = [row(1, 2), row(1, 8), row(0, 0)];
    let rows: Vec<Option<&str>> = rows.iter().map(|row| Some(row.as_str())).collect();
    assert_eq!(
        points("completion-acceptance", Bucket::Week, &rows, 9),
        " 2026-11-04 0.2 2/10 final\n",
        "not the mean of 0.5 and 0.125"
    );
    assert_eq!(
        points("completion-acceptance", Bucket::Day, &rows, 9),
        " 2026-11-02 0.5 1/2 final\n 2026-11-03 0.125 1/8 final\n 2026-11-04 - 0/0 final\n",
        "a day without completions has no value, and is not zero"
    );
}

#[test]
fn a_bucket_with_a_day_that_is_not_held_has_no_value() {
    let rows = [Some(r#"{"loc_added_sum":5,"loc_deleted_sum":2}"#), None, Some(r#"{"loc_added_sum":7,"loc_deleted_sum":0}"#)];
    let text = points("lines", Bucket::Week, &rows, 9);
    assert_eq!(text, "added 2026-11-04 - -/- not-held\ndeleted 2026-11-04 - -/- not-held\n");
    let text = points("lines", Bucket::Day, &rows, 2);
    let added = "added 2026-11-02 5 5/- final\nadded 2026-11-03 - -/- not-held\nadded 2026-11-04 7 7/- provisional\n";
    assert!(text.starts_with(added), "{text}");
}

#[test]
fn agents_have_a_share_of_the_lines() {
    let row = r#"{"loc_added_sum":40,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":20,"loc_deleted_sum":10},{"feature":"code_completion","loc_added_sum":10,"loc_deleted_sum":null}]}"#;
    assert_eq!(
        points("agent-lines", Bucket::Day, &[Some(row), Some("{}")], 9),
        " 2026-11-02 0.75 30/40 final\n 2026-11-03 - -/- not-held\n"
    );
}

#[test]
fn a_row_that_is_no_json_is_not_held() {
    for figure in ALL {
        let text = points(figure.definition.id, Bucket::Day, &[Some("<html>")], 9);
        assert!(!text.is_empty() && text.lines().all(|line| line.ends_with("- -/- not-held")), "{text}");
    }
}

#[test]
fn every_definition_is_whole_and_its_id_is_its_own() {
    for figure in ALL {
        let it = &figure.definition;
        let is_kebab = it.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        assert!(
            is_kebab && it.sentence.ends_with('.') && !it.fields.is_empty() && it.first_day.parse::<Day>().is_ok(),
            "{}",
            it.id
        );
        assert_eq!(ALL.iter().filter(|other| other.definition.id == it.id).count(), 1, "{}", it.id);
        assert_eq!(it.denominator.is_some(), matches!(it.unit, Unit::Share | Unit::Rate), "{}", it.id);
        assert_eq!(find(it.id).map(|found| found.definition.title), Some(it.title));
    }
    assert_eq!(nearest("active-peeple").unwrap().definition.id, "active-people");
    assert!(nearest("coffee").is_none());
}

#[test]
fn points_have_the_shape_of_the_contract() {
    let json = |point: &Point| serde_json::to_string(point).unwrap();
    assert_eq!(json(&Point::count(day(0), 7.0, true)), r#"{"day":"2026-11-02","value":7,"numerator":7,"state":"provisional"}"#);
    assert_eq!(
        json(&Point::ratio(day(0), 1.0, 8.0, false)),
        r#"{"day":"2026-11-02","value":0.125,"numerator":1,"denominator":8,"state":"final"}"#
    );
    assert_eq!(
        json(&Point::ratio(day(0), 0.0, 0.0, false)),
        r#"{"day":"2026-11-02","value":null,"numerator":0,"denominator":0,"state":"final"}"#
    );
    assert_eq!(json(&Point::not_held(day(0))), r#"{"day":"2026-11-02","value":null,"state":"not-held"}"#);
}
