use super::text::{Exposition, write};
use super::*;
use crate::figure::{self, Bucket, Definition};

fn day(number: i32) -> Day {
    "2026-11-02".parse::<Day>().unwrap().plus_days(number)
}

fn definition(id: &str) -> Definition {
    figure::find(id).unwrap().definition
}

fn of(id: &str, series: Vec<Series>) -> (MetricScope, FigureAnswer) {
    let scope = MetricScope { host: "api.github.com".to_owned(), is_enterprise: id == "lines", name: "acme".to_owned() };
    (scope, FigureAnswer { definition: definition(id), scope: "acme".to_owned(), team: None, by: Bucket::Day, series })
}

fn named(name: &str, points: Vec<Point>) -> Series {
    Series { name: Some(name.to_owned()), points }
}

fn world() -> Vec<(MetricScope, FigureAnswer)> {
    let people = |first, second| vec![Point::count(day(0), first, false), second, Point::not_held(day(2))];
    let teams = [
        named("core", people(7.0, Point::count(day(1), 8.0, true))),
        named("small", people(7.0, Point::withheld(day(1)))),
        named("web", people(9.0, Point::not_held(day(1)))),
    ];
    let lines = vec![named("added", vec![Point::count(day(0), 12.0, false)])];
    let delay = vec![Series { name: None, points: vec![Point::of(day(0), Some(1.5), false)] }];
    let retention = vec![named("2026-09-07", vec![Point::ratio(day(0), 1.0, 2.0, false)])];
    let nothing = vec![Series { name: None, points: vec![Point::not_held(day(0))] }];
    vec![
        of("team-members", teams.into()),
        of("lines", lines),
        of("days-to-first-use", delay),
        of("retention", retention),
        of("stickiness", nothing),
    ]
}

#[test]
fn the_newest_day_is_the_last_one_that_is_held_and_what_has_no_value_has_no_sample() {
    let text = write(&newest(&world()), Exposition::Prometheus);
    let samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let points = |figure: &str, level: &str, counts: [u8; 4]| {
        let states = ["final", "provisional", "withheld", "not-held"].into_iter().zip(counts);
        let line = |(state, count)| {
            format!(
                "copilot_figure_points{{figure=\"{figure}\",host=\"api.github.com\",{level}=\"acme\",state=\"{state}\"}} {count}"
            )
        };
        states.map(line).collect::<Vec<String>>()
    };
    let expected = [
        vec![
            "copilot_figure_day_timestamp_seconds{figure=\"team-members\",host=\"api.github.com\",organization=\"acme\"} 1793664000".to_owned(),
            "copilot_figure_day_timestamp_seconds{figure=\"lines\",host=\"api.github.com\",enterprise=\"acme\"} 1793577600".to_owned(),
            "copilot_figure_day_timestamp_seconds{figure=\"days-to-first-use\",host=\"api.github.com\",organization=\"acme\"} 1793577600".to_owned(),
        ],
        points("team-members", "organization", [0, 1, 1, 1]),
        points("lines", "enterprise", [1, 0, 0, 0]),
        points("days-to-first-use", "organization", [1, 0, 0, 0]),
        vec![
            "copilot_time_to_first_use_seconds{host=\"api.github.com\",organization=\"acme\"} 129600".to_owned(),
            "copilot_lines{host=\"api.github.com\",enterprise=\"acme\",change=\"added\"} 12".to_owned(),
            "copilot_team_members{host=\"api.github.com\",organization=\"acme\",team=\"core\"} 8".to_owned(),
        ],
    ];
    assert_eq!(samples, expected.concat());
    let help =
        format!("# HELP copilot_team_members {}\n# TYPE copilot_team_members gauge\n", definition("team-members").sentence);
    assert!(text.contains(&help), "{text}");
}

#[test]
fn days_have_their_time_and_come_series_after_series() {
    let text = write(&days(&world()), Exposition::OpenMetrics);
    let samples: Vec<&str> = text.lines().filter(|line| line.starts_with("copilot_team_members")).collect();
    let sample = |team: &str, value: u8, at: u32| {
        format!("copilot_team_members{{host=\"api.github.com\",organization=\"acme\",team=\"{team}\"}} {value} {at}")
    };
    assert_eq!(
        samples,
        [
            sample("core", 7, 1793577600),
            sample("core", 8, 1793664000),
            sample("small", 7, 1793577600),
            sample("web", 9, 1793577600)
        ]
    );
    assert!(text.contains("# UNIT copilot_time_to_first_use_seconds seconds\n"), "{text}");
    assert!(text.ends_with("# EOF\n") && !text.contains("copilot_figure"), "{text}");
}
