use serde_json::Value;

use super::chat::{ChatForm, message};
use super::*;
use crate::figure::{self, Bucket};

fn day(number: i32) -> Day {
    "2026-11-01".parse::<Day>().unwrap().plus_days(number)
}

fn answer(id: &str, series: Vec<(Option<&str>, Vec<Point>)>) -> FigureAnswer {
    let series = series.into_iter().map(|(name, points)| Series { name: name.map(str::to_owned), points }).collect();
    FigureAnswer {
        definition: figure::find(id).unwrap().definition,
        scope: "a*c<m>e".to_owned(),
        team: None,
        by: Bucket::Day,
        series,
    }
}

/// Fourteen days; the second week has other numbers than the first.
fn days(of: impl Fn(i32) -> Point) -> Vec<Point> {
    (0..14).map(of).collect()
}

fn world() -> ScopeDigest {
    let people = |first: f64, second: f64| days(move |at| Point::count(day(at), if at < 7 { first } else { second }, at > 11));
    let shares = days(|at| Point::ratio(day(at), if at < 7 { 1.0 } else { 3.0 }, if at % 2 == 0 { 10.0 } else { 5.0 }, false));
    let gap = days(|at| if at == 3 { Point::not_held(day(at)) } else { Point::count(day(at), 100.0, false) });
    let teams = vec![
        (Some("core"), days(|at| Point::count(day(at), 9.0, false))),
        (Some("few"), days(|at| Point::withheld(day(at)))),
        (Some("web"), days(|at| Point::withheld(day(at)))),
    ];
    of_scope(&[
        answer(
            "active-people",
            vec![(Some("daily"), people(1.0, 1.0)), (Some("weekly"), people(40.0, 50.0)), (Some("monthly"), people(0.0, 60.0))],
        ),
        answer("completion-acceptance", vec![(None, shares)]),
        answer("lines", vec![(Some("added"), gap)]),
        answer("team-members", teams),
    ])
    .unwrap()
}

#[test]
fn weeks_are_compared_sums_over_sums_and_people_by_the_last_day() {
    let scope = world();
    let lines: Vec<(String, String, Option<String>)> =
        scope.lines.iter().map(|line| (line.title.clone(), line.value(), line.change())).collect();
    let row = |title: &str, value: &str, change: Option<&str>| (title.to_owned(), value.to_owned(), change.map(str::to_owned));
    assert_eq!(
        lines,
        [
            row("people active within 7 days", "50~", Some("+25 %")),
            row("people active within 28 days", "60~", Some("+60")),
            row("acceptance of completions", "42.0 %", Some("+29.3 points")),
            // The week before has a day that was not read.
            row("lines added", "700", None),
        ]
    );
    assert_eq!(scope.day, day(13));
    assert_eq!(scope.withheld, [("Members of teams", 2)]);
    assert_eq!(of_scope(&[answer("lines", vec![(Some("added"), vec![Point::not_held(day(0))])])]), None);
}

#[test]
fn every_form_has_each_value_the_withheld_and_the_link_and_no_markup_of_a_name() {
    let digest = Digest { scopes: vec![world()], link: Some("https://copilot.example/figures".to_owned()) };
    let slack = message(&digest, ChatForm::Slack);
    let teams = message(&digest, ChatForm::Teams);
    let forms = [text::page(&digest), slack.to_string(), teams.to_string()];
    for form in &forms {
        for part in [
            "50~",
            "+25 %",
            "60~",
            "42.0 %",
            "+29.3 points",
            "700",
            "2026-11-14",
            "https://copilot.example/figures",
            "2 of Members of teams",
        ] {
            assert!(form.contains(part), "{part}: {form}");
        }
    }
    let heading = slack["blocks"][0]["text"]["text"].as_str().unwrap();
    assert_eq!(heading, "*GitHub Copilot in a\u{200b}*c&lt;m&gt;e, until 2026-11-14*");
    let card = &teams["attachments"][0]["content"];
    assert_eq!(card["body"][0]["text"], "GitHub Copilot in a\\*c\\<m\\>e, until 2026-11-14");
    assert_eq!(
        card["body"][1]["facts"][2],
        serde_json::json!({"title": "acceptance of completions", "value": "42.0 % (+29.3 points than a week before)"})
    );
    assert_eq!(card["actions"][0]["type"], "Action.OpenUrl");
}

#[test]
fn many_organizations_fit_into_a_message_and_the_rest_is_counted() {
    let digest = Digest { scopes: vec![world(); 40], link: Some("https://x.example".to_owned()) };
    assert_eq!(chat::left_out(&digest), 25);
    let slack = message(&digest, ChatForm::Slack);
    let blocks = slack["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50 && slack.to_string().contains("and 25 more organizations"), "{}", blocks.len());
    let long = |block: &Value| block["text"]["text"].as_str().is_some_and(|text| text.chars().count() > 3000);
    assert!(!blocks.iter().any(long));
    assert!(message(&digest, ChatForm::Teams).to_string().len() < 28_000);
}
