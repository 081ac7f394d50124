//! Values of figures that are worked out by hand, for those that no other test gives a number.

use super::*;
use crate::facts::{HeldSeat, PeopleCounts, PeopleDay, PeopleSet, PersonSet, SeatsDay, TeamEntry, TeamSums, TeamsIndex};

/// Monday 2026-06-01, and days after it.
fn day(number: i32) -> Day {
    "2026-06-01".parse::<Day>().unwrap().plus_days(number)
}

fn set(people: impl IntoIterator<Item = u32>) -> PersonSet {
    people.into_iter().collect()
}

fn people(sets: Vec<(PeopleSet, PersonSet)>) -> PeopleDay {
    PeopleDay { sets: sets.into_iter().collect(), ..PeopleDay::default() }
}

fn reported(people: PersonSet) -> PeopleDay {
    self::people(vec![(PeopleSet::Reported, people)])
}

/// Series and points as text: `NAME DAY VALUE`, or the state in the place of a missing value.
fn shown(id: &str, by: Bucket, days: &[DayFacts<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    for series in find(id).unwrap().compute(Context::new(by), days.iter().copied()) {
        for point in &series.points {
            let value = match (point.state, point.value) {
                (PointState::Final | PointState::Provisional, value) => {
                    value.map_or("none".to_owned(), |value| value.to_string())
                }
                (state, _) => state.name().to_owned(),
            };
            let name = series.name.as_deref().map(|name| format!("{name} ")).unwrap_or_default();
            lines.push(format!("{name}{} {value}", point.day.to_string().get(5..).unwrap()));
        }
    }
    lines
}

fn rows<'a>(rows: &'a [&str]) -> Vec<DayFacts<'a>> {
    rows.iter().enumerate().map(|(number, row)| DayFacts::of_aggregate(day(number as i32), false, row)).collect()
}

#[test]
fn reviews_by_copilot_have_people_and_suggestions_by_type_of_comment() {
    let row = |active: u32, passive: u32, types: &str| {
        format!(
            r#"{{"daily_active_copilot_code_review_users":{active},"daily_passive_copilot_code_review_users":{passive},
                "pull_requests":{{"copilot_suggestions_by_comment_type":[{types}]}}}}"#
        )
    };
    let of = |kind: &str, made: u32, applied: u32| {
        format!(r#"{{"comment_type":"{kind}","total_copilot_suggestions":{made},"total_copilot_applied_suggestions":{applied}}}"#)
    };
    let texts = [
        row(4, 9, &[of("security", 8, 2), of("bug_risk", 10, 5)].join(",")),
        row(6, 1, &of("security", 12, 8)),
        r#"{"pull_requests":{"copilot_suggestions_by_comment_type":[]}}"#.to_owned(),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let days = rows(&texts);
    assert_eq!(
        shown("code-review-people", Bucket::Day, &days),
        [
            "active 06-01 4",
            "active 06-02 6",
            "active 06-03 not-held",
            "passive 06-01 9",
            "passive 06-02 1",
            "passive 06-03 not-held"
        ]
    );
    // Security: 2 + 8 of 8 + 12; bug risk: 5 of 10.
    let week = shown("code-review-suggestions", Bucket::Week, &days);
    assert_eq!(week.iter().collect::<std::collections::BTreeSet<_>>().len(), 2, "{week:?}");
    assert!(week.contains(&"security 06-03 0.5".to_owned()) && week.contains(&"bug_risk 06-03 0.5".to_owned()), "{week:?}");
    // Of a team active trumps passive: person 2 is both.
    let flag = |name: &str| PeopleSet::flag(&format!("used_copilot_code_review_{name}"));
    let both = people(vec![(flag("active"), set([1, 2])), (flag("passive"), set([2, 3, 4, 5]))]);
    let of_team = [DayFacts { people: Some(&both), ..DayFacts::new(day(0), false) }];
    let context = Context { is_team: true, ..Context::new(Bucket::Day) };
    let series = find("code-review-people").unwrap().compute(context, of_team);
    assert_eq!(series.iter().map(|it| it.points[0].value).collect::<Vec<_>>(), [Some(2.0), Some(3.0)]);
}

#[test]
fn the_cloud_agent_and_customisations_are_sums_over_days() {
    let row = |created: u32, merged: u32, uses: u32| {
        let list = |key: &str, name: &str| {
            format!(
                r#""totals_by_{key}":[{{"{key}":"{name}","interaction_count":{uses}}},{{"{key}":"other","interaction_count":1}}]"#
            )
        };
        let lists = [("mcp", "github"), ("custom_agent", "reviewer"), ("slash_cmd", "fix"), ("plugin", "deploy")];
        let lists: Vec<String> = lists.iter().map(|(key, name)| list(key, name)).collect();
        format!(
            r#"{{"pull_requests":{{"total_created_by_copilot":{created},"total_merged_created_by_copilot":{merged}}},{}}}"#,
            lists.join(",")
        )
    };
    let texts = [row(5, 0, 3), row(2, 6, 4)];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let days = rows(&texts);
    assert_eq!(shown("cloud-agent-pull-requests", Bucket::Week, &days), ["created 06-02 7", "merged 06-02 6"]);
    for (figure, name) in [
        ("uses-of-mcp", "github"),
        ("uses-of-custom-agents", "reviewer"),
        ("uses-of-slash-commands", "fix"),
        ("uses-of-plugins", "deploy"),
    ] {
        let week = shown(figure, Bucket::Week, &days);
        assert_eq!(week.len(), 2, "{figure}: {week:?}");
        assert!(week.contains(&format!("{name} 06-02 7")) && week.contains(&"other 06-02 2".to_owned()), "{figure}: {week:?}");
    }
}

#[test]
fn minutes_to_merge_of_a_phase_are_weighted_by_its_people() {
    let phase = |name: &str, people: u32, minutes: f64| {
        format!(r#"{{"phase":"{name}","total_engaged_users":{people},"avg_pull_requests_median_minutes_to_merge":{minutes}}}"#)
    };
    let row = |phases: &[String]| format!(r#"{{"totals_by_ai_adoption_phase":[{}]}}"#, phases.join(","));
    let texts = [row(&[phase("Phase 1", 10, 60.0), phase("Phase 3", 5, 20.0)]), row(&[phase("Phase 1", 30, 100.0)])];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    // Phase 1: (10 * 60 + 30 * 100) / 40 = 90.
    let week = shown("minutes-to-merge-by-phase", Bucket::Week, &rows(&texts));
    assert_eq!(week.len(), 2, "{week:?}");
    assert!(week.contains(&"Phase 1 06-02 90".to_owned()) && week.contains(&"Phase 3 06-02 20".to_owned()), "{week:?}");
}

#[test]
fn editors_report_lines_by_the_versions_of_their_people() {
    let editor = |name: &str, all: PersonSet, reporting: PersonSet| {
        [(PeopleSet::Editor(name.to_owned()), all), (PeopleSet::EditorReports(name.to_owned()), reporting)]
    };
    let one = people([editor("vscode", set(0..8), set(0..6)), editor("xcode", set(8..10), set([]))].concat());
    let days = [DayFacts { people: Some(&one), ..DayFacts::new(day(0), false) }];
    assert_eq!(shown("editors-reporting-lines", Bucket::Day, &days), ["vscode 06-01 0.75", "xcode 06-01 0"]);
}

fn seat(person: u32, created: Day) -> HeldSeat {
    HeldSeat { person, created, pending_cancellation: None, last_activity: None, plan: Some("business".into()), team: None }
}

#[test]
fn every_seat_of_two_weeks_is_in_one_change() {
    // Holders: 0..10 in the first week, 2..12 in the second: two are reclaimed, two newly given, eight in both.
    let before = SeatsDay { seats: (0..10).map(|person| seat(person, day(-90))).collect(), ..SeatsDay::default() };
    let after = SeatsDay { seats: (2..12).map(|person| seat(person, day(-90))).collect(), ..SeatsDay::default() };
    // Active in the first week 2..6, in the second 4..9.
    let (first, second) = (reported(set(2..6)), reported(set(4..9)));
    let days: Vec<DayFacts<'_>> = (0..14)
        .map(|number| {
            let (people, seats) = if number < 7 { (&first, &before) } else { (&second, &after) };
            DayFacts { people: Some(people), seats: Some(seats), ..DayFacts::new(day(number), false) }
        })
        .collect();
    let found: Vec<String> =
        shown("seat-changes", Bucket::Week, &days).into_iter().filter(|line| line.contains("06-14")).collect();
    assert_eq!(
        found,
        [
            // 4 and 5 in both weeks; 6, 7 and 8 only in the second; 2 and 3 only in the first; 9 in none.
            "still active 06-14 2",
            "active again 06-14 3",
            "lapsed 06-14 2",
            "still idle 06-14 1",
            "newly given 06-14 2",
            "reclaimed 06-14 2",
        ]
    );
}

#[test]
fn seats_are_used_after_days_and_those_without_use_are_watched() {
    // Given on Monday: six people, first active after 0, 1, 1, 3 and 20 days, and one never.
    let seats = SeatsDay { seats: (0..6).map(|person| seat(person, day(0))).collect(), ..SeatsDay::default() };
    let active = |number: i32| {
        reported(match number {
            0 => set([0]),
            1 => set([1, 2]),
            3 => set([3]),
            20 => set([4]),
            _ => set([]),
        })
    };
    let all: Vec<PeopleDay> = (0..35).map(active).collect();
    let days: Vec<DayFacts<'_>> = all
        .iter()
        .zip(0..)
        .map(|(people, number)| DayFacts { people: Some(people), seats: Some(&seats), ..DayFacts::new(day(number), false) })
        .collect();
    // Half of six were used by day 1; by day 7 four of six, by day 30 five.
    assert_eq!(shown("days-to-first-use", Bucket::Week, &days)[0], "06-07 1");
    let soon = shown("seats-used-within", Bucket::Week, &days);
    let of = |name: &str| {
        let line = soon.iter().find(|line| line.starts_with(&format!("{name} 06-07 "))).unwrap();
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    assert!((of("7 days") - 4.0 / 6.0).abs() < 1e-12 && (of("30 days") - 5.0 / 6.0).abs() < 1e-12, "{soon:?}");
}

fn team(id: u64, slug: &str, sums: TeamSums, is_withheld: bool) -> TeamEntry {
    TeamEntry { id, slug: Some(slug.into()), members: 9, sums: Some(sums), is_withheld, ..TeamEntry::default() }
}

#[test]
fn people_change_phases_between_windows_that_do_not_overlap() {
    // In the first 28 days 0..6 are in phase 1 and 6..9 in phase 2; in the next 28 days 2..4 are in phase 1, 4..8 in phase 2, and 20 is new.
    let before = people(vec![(PeopleSet::Phase(1), set(0..6)), (PeopleSet::Phase(2), set(6..9))]);
    let now = people(vec![(PeopleSet::Phase(1), set([2, 3])), (PeopleSet::Phase(2), set([4, 5, 6, 7, 20]))]);
    // The last row of a window counts: on the last day 3 goes up as well.
    let last = people(vec![(PeopleSet::Phase(2), set([3]))]);
    let of = |number: i32| match number {
        0..28 => &before,
        55 => &last,
        _ => &now,
    };
    let days: Vec<DayFacts<'_>> =
        (0..56).map(|number| DayFacts { people: Some(of(number)), ..DayFacts::new(day(number), false) }).collect();
    let found = shown("adoption-phase-changes", Bucket::Day, &days);
    let newest: Vec<&String> = found.iter().filter(|line| line.contains("07-26")).collect();
    assert_eq!(
        newest,
        [
            "none to phase 2 07-26 1",
            // 0 and 1 are gone, 2 stays, 3, 4 and 5 go up.
            "phase 1 to none 07-26 2",
            "phase 1 to phase 1 07-26 1",
            "phase 1 to phase 2 07-26 3",
            // 8 is gone, 6 and 7 stay.
            "phase 2 to none 07-26 1",
            "phase 2 to phase 2 07-26 2",
        ]
    );
    assert!(found.iter().filter(|line| line.contains("07-25")).all(|line| line.ends_with("not-held")), "55 days are too few");
}

#[test]
fn tables_of_teams_are_sums_over_sums_of_their_days() {
    let sums = |reported: u64, agent_people: u64, credits: f64| TeamSums {
        reported,
        active: reported,
        agent_people,
        prompts: reported * 3,
        shown: 10,
        accepted: 4,
        agent_lines: 30,
        lines: 40,
        credits,
    };
    let first = TeamsIndex {
        teams: vec![team(1, "core", sums(8, 2, 12.0), false), team(2, "web", sums(6, 6, 3.0), false)],
        ..TeamsIndex::default()
    };
    let second = TeamsIndex {
        teams: vec![team(1, "core", sums(2, 1, 8.0), false), team(2, "web", sums(6, 0, 3.0), true)],
        ..TeamsIndex::default()
    };
    let days: Vec<DayFacts<'_>> = [&first, &second]
        .into_iter()
        .zip(0..)
        .map(|(index, number)| DayFacts { teams: Some(TeamsFacts { index, members: &[] }), ..DayFacts::new(day(number), false) })
        .collect();
    for (figure, core) in [
        // (2 + 1) / (8 + 2), (12 + 8) / 10, 30 / 10 prompts, 8 / 20 accepted, 60 / 80 lines.
        ("team-agent-people", "0.3"),
        ("team-credits-per-person-day", "2"),
        ("team-prompts-per-person-day", "3"),
        ("team-completion-acceptance", "0.4"),
        ("team-agent-lines", "0.75"),
    ] {
        let week = shown(figure, Bucket::Week, &days);
        assert_eq!(week, [format!("core 06-02 {core}"), "web 06-02 withheld".to_owned()], "{figure}");
        assert_eq!(shown(figure, Bucket::Day, &days).len(), 4, "{figure}");
    }
}

#[test]
fn a_team_changes_by_its_people_of_two_windows_and_flickers_to_withheld() {
    let entry =
        |is_withheld| TeamsIndex { teams: vec![team(1, "core", TeamSums::default(), is_withheld)], ..TeamsIndex::default() };
    let (shown_team, hidden) = (entry(false), entry(true));
    let members = [set(0..12)];
    // In the first 28 days five members are active, in the next 28 seven; person 30 is in no team.
    let (before, now) = (reported(set(0..5)), reported(set([3, 4, 5, 6, 7, 8, 9, 30])));
    let days = |hidden_on: Option<i32>| -> Vec<DayFacts<'_>> {
        let of = |number: i32| {
            let index = if hidden_on == Some(number) { &hidden } else { &shown_team };
            DayFacts {
                people: Some(if number < 28 { &before } else { &now }),
                teams: Some(TeamsFacts { index, members: &members }),
                ..DayFacts::new(day(number), false)
            }
        };
        (0..56).map(of).collect()
    };
    let last = |id: &str, days: &[DayFacts<'_>]| shown(id, Bucket::Day, days).pop().unwrap();
    assert_eq!(last("team-active-change", &days(None)), "core 07-26 2");
    assert_eq!(last("team-active-share", &days(None)), format!("core 07-26 {}", 7.0 / 12.0));
    assert_eq!(last("team-active-change", &days(Some(9))), "core 07-26 withheld");
    assert_eq!(last("team-active-share", &days(Some(9))), format!("core 07-26 {}", 7.0 / 12.0), "its window is past that day");
    assert_eq!(last("team-active-change", &days(None)[..55]), "core 07-25 not-held", "a day is missing");
}

#[test]
fn days_that_were_rolled_up_have_their_own_number_and_no_union() {
    let of_day = |active: u32| {
        let all = people(vec![
            (PeopleSet::Reported, set(0..10)),
            (PeopleSet::Active, set(0..active)),
            (PeopleSet::ServerOnly, set(active..10)),
        ]);
        (PeopleCounts::of(&all), all)
    };
    let all: Vec<(PeopleCounts, PeopleDay)> = (1..=9).map(of_day).collect();
    let days: Vec<DayFacts<'_>> = all
        .iter()
        .zip(0..)
        .map(|((counts, people), number)| DayFacts {
            counts: (number < 3).then_some(counts),
            people: (number >= 3).then_some(people),
            ..DayFacts::new(day(number), false)
        })
        .collect();
    let activity = shown("people-with-activity", Bucket::Day, &days);
    let of = |name: &str| -> Vec<&str> {
        activity.iter().filter(|line| line.starts_with(name)).map(|line| line.rsplit(' ').next().unwrap()).collect()
    };
    assert_eq!(of("daily"), ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(of("weekly")[6..], ["not-held", "not-held", "not-held"], "seven days with three that were rolled up");
    let servers = shown("server-only-people", Bucket::Day, &days);
    assert_eq!((servers[0].as_str(), servers[8].as_str()), ("06-01 0.9", "06-09 0.1"));
    assert!(shown("agent-people", Bucket::Day, &days).iter().all(|line| line.ends_with("not-held")), "it needs people");
}
