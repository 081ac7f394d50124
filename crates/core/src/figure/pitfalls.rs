//! Mistakes that dashboards of these numbers make, each as a test.

use super::*;
use crate::facts::{Completions, EditorSums, HeldSeat, Numbers, PeopleDay, PeopleSet, PersonSet, SeatsDay};

/// Monday 2026-03-02, and days after it.
fn day(number: i32) -> Day {
    "2026-03-02".parse::<Day>().unwrap().plus_days(number)
}

fn people(sets: &[(PeopleSet, &[u32])]) -> PeopleDay {
    let sets = sets.iter().map(|(set, people)| (set.clone(), people.iter().copied().collect::<PersonSet>()));
    PeopleDay { sets: sets.collect(), ..PeopleDay::default() }
}

fn seat(person: u32, created: Day, last_activity: Option<Day>) -> HeldSeat {
    HeldSeat { person, created, pending_cancellation: None, last_activity, plan: Some("business".into()), team: None }
}

fn series(id: &str, context: Context<'_>, days: &[DayFacts<'_>]) -> Vec<Series> {
    find(id).unwrap().compute(context, days.iter().copied())
}

/// The last point of each series: name, value, state.
fn last(series: &[Series]) -> Vec<(&str, Option<f64>, PointState)> {
    let of = |series: &'_ Series| series.points.last().map(|point| (point.value, point.state)).unwrap();
    series.iter().map(|series| (series.name.as_deref().unwrap_or(""), of(series).0, of(series).1)).collect()
}

fn rows<'a>(rows: &'a [&str]) -> Vec<DayFacts<'a>> {
    rows.iter().enumerate().map(|(number, row)| DayFacts::of_aggregate(day(number as i32), false, row)).collect()
}

#[test]
fn a_window_of_a_team_ends_at_the_day_and_needs_each_of_its_days() {
    let one = people(&[(PeopleSet::Reported, &[1, 2])]);
    let other = people(&[(PeopleSet::Reported, &[2, 3])]);
    let context = Context { is_team: true, ..Context::new(Bucket::Day) };
    let mut days: Vec<DayFacts<'_>> = (0..28)
        .map(|number| DayFacts { people: Some(if number < 21 { &one } else { &other }), ..DayFacts::new(day(number), false) })
        .collect();
    let found = series("active-people", context, &days);
    assert_eq!(last(&found).iter().map(|point| point.1).collect::<Vec<_>>(), [Some(2.0), Some(2.0), Some(3.0)]);
    days[3] = DayFacts::not_held(day(3));
    let found = series("active-people", context, &days);
    assert_eq!(last(&found)[2], ("monthly", None, PointState::NotHeld));
    days[25] = DayFacts::withheld(day(25));
    let found = series("active-people", context, &days);
    assert_eq!(last(&found)[1], ("weekly", None, PointState::Withheld));
    // Points before the first day that is wanted are left out, although their days fill the windows.
    let found = series("active-people", Context { since: Some(day(27)), ..context }, &days);
    assert!(found.iter().all(|series| series.points.len() == 1));
}

#[test]
fn a_seat_in_use_is_one_of_its_holders_and_a_share_has_no_ceiling_to_break() {
    // Person 9 is active without a seat, as in an organization whose seats the enterprise grants.
    let active = people(&[(PeopleSet::Reported, &[1, 2, 9])]);
    let seats =
        SeatsDay { seats: vec![seat(1, day(-9), None), seat(3, day(-9), None), seat(2, day(40), None)], ..SeatsDay::default() };
    let days: Vec<DayFacts<'_>> = (0..28)
        .map(|number| DayFacts { people: Some(&active), seats: Some(&seats), ..DayFacts::new(day(number), false) })
        .collect();
    let found = series("seats-in-use", Context::new(Bucket::Day), &days);
    assert_eq!(last(&found), [("", Some(0.5), PointState::Final)]);
    let without: Vec<DayFacts<'_>> = days.iter().map(|day| DayFacts { seats: None, ..*day }).collect();
    assert_eq!(last(&series("seats-in-use", Context::new(Bucket::Day), &without))[0].2, PointState::NotHeld);
}

#[test]
fn weekends_and_holidays_are_no_working_days_of_stickiness() {
    let inputs = Inputs { holidays: [(day(4), "calendar".to_owned())].into(), ..Inputs::default() };
    let context = Context { inputs: &inputs, ..Context::new(Bucket::Week) };
    let row = |daily: u32| format!(r#"{{"daily_active_users":{daily},"weekly_active_users":9,"monthly_active_users":10}}"#);
    let texts: Vec<String> = [8, 6, 4, 2, 1, 1, 1].map(row).into();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = series("stickiness", context, &rows(&texts));
    assert_eq!(found[0].points, [Point::ratio(day(6), 20.0, 40.0, false)]);
    let found = series("stickiness", Context { by: Bucket::Day, ..context }, &rows(&texts));
    assert_eq!((found[0].points[4].value, found[0].points[4].state), (None, PointState::Final), "a holiday has no value");
}

#[test]
fn a_group_of_retention_that_is_small_is_withheld_with_another() {
    let mut all: Vec<PeopleDay> = Vec::new();
    for week in 0..11_u32 {
        let here: Vec<u32> = match week {
            0..8 => (0..20).collect(),
            8 => (0..20).chain(100..102).collect(),
            9 => (0..20).chain(100..102).chain(200..206).collect(),
            _ => (0..10).chain(100..101).chain(200..203).chain(300..309).collect(),
        };
        all.extend((0..7).map(|_| people(&[(PeopleSet::Reported, &here)])));
    }
    let days: Vec<DayFacts<'_>> = all
        .iter()
        .enumerate()
        .map(|(number, people)| DayFacts { people: Some(people), ..DayFacts::new(day(number as i32), false) })
        .collect();
    let found = series("retention", Context::new(Bucket::Week), &days);
    let state = |at: usize| found[at].points.last().map(|point| (point.value, point.state)).unwrap();
    assert_eq!(
        found.iter().map(|series| series.name.clone().unwrap()).collect::<Vec<_>>(),
        [day(56), day(63), day(70)].map(|day| day.to_string())
    );
    assert_eq!(state(0), (None, PointState::Withheld), "two people");
    assert_eq!(state(1), (None, PointState::Withheld), "the next smallest, so that two cannot be derived");
    assert_eq!(state(2), (Some(1.0), PointState::Final));
    let of_team = series("retention", Context { is_team: true, ..Context::new(Bucket::Week) }, &days);
    assert!(of_team.iter().all(|series| series.points.last().unwrap().state == PointState::Withheld));
    // Growth cannot tell who is new in the first eight weeks.
    let growth = series("growth", Context::new(Bucket::Week), &days);
    assert_eq!((growth[0].points[7].state, growth[0].points[8].value), (PointState::NotHeld, Some(2.0)));
    assert_eq!(last(&growth).iter().map(|point| point.1).collect::<Vec<_>>(), [Some(9.0), Some(14.0), Some(0.0), Some(14.0)]);
}

#[test]
fn people_count_once_in_phases_and_in_surfaces() {
    let one = people(&[
        (PeopleSet::Phase(1), &[1, 2, 3]),
        (PeopleSet::flag("used_chat"), &[1, 2]),
        (PeopleSet::flag("used_cli"), &[2, 5]),
    ]);
    let other = people(&[(PeopleSet::Phase(3), &[1]), (PeopleSet::Phase(0), &[4])]);
    let days: Vec<DayFacts<'_>> = (0..28)
        .map(|number| DayFacts { people: Some(if number < 27 { &one } else { &other }), ..DayFacts::new(day(number), false) })
        .collect();
    let phases = series("adoption-phases", Context::new(Bucket::Day), &days);
    let final_of = |name, count| (name, Some(count), PointState::Final);
    assert_eq!(last(&phases), [final_of("no cohort", 1.0), final_of("phase 1", 2.0), final_of("phase 3", 1.0)]);
    let surfaces = series("surfaces", Context::new(Bucket::Day), &days);
    assert_eq!(last(&surfaces), [final_of("chat", 1.0), final_of("cli", 1.0), final_of("chat + cli", 1.0)]);
}

#[test]
fn editors_say_nothing_where_few_completions_are_known_to_be_theirs() {
    let day_of = |shown_to_all: u64| {
        let by_editor = [("vscode".to_owned(), (Completions { shown: 60, accepted: 30 }, 9))].into();
        PeopleDay { editors: Some(EditorSums { by_editor, shown_to_all }), ..PeopleDay::default() }
    };
    for (shown_to_all, expected) in [(100, (Some(0.5), PointState::Final)), (101, (None, PointState::Withheld))] {
        let people = day_of(shown_to_all);
        let days = [DayFacts { people: Some(&people), ..DayFacts::new(day(0), false) }];
        let found = series("completion-acceptance-by-editor", Context::new(Bucket::Day), &days);
        assert_eq!((last(&found)[0].1, last(&found)[0].2), expected, "{shown_to_all}");
        assert_eq!(last(&found)[1], ("coverage", Some(60.0 / shown_to_all as f64), PointState::Final));
    }
}

#[test]
fn a_merge_share_is_of_28_days_and_never_of_one() {
    let row = |created: u32, merged: u32| {
        format!(r#"{{"pull_requests":{{"total_created_by_copilot":{created},"total_merged_created_by_copilot":{merged}}}}}"#)
    };
    let mut texts: Vec<String> = (0..27).map(|_| row(1, 0)).collect();
    texts.push(row(1, 14));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = series("cloud-agent-merge-share", Context::new(Bucket::Day), &rows(&texts));
    assert_eq!(found[0].points[26].state, PointState::NotHeld);
    assert_eq!(found[0].points[27], Point::ratio(day(27), 14.0, 28.0, false));
}

#[test]
fn medians_are_not_averaged_and_nothing_merged_is_no_zero() {
    let texts = [
        r#"{"pull_requests":{"median_minutes_to_merge":10,"median_minutes_to_merge_copilot_authored":null}}"#,
        r#"{"pull_requests":{"median_minutes_to_merge":20}}"#,
        r#"{"pull_requests":{"median_minutes_to_merge":900}}"#,
        r#"{"pull_requests":{}}"#,
    ];
    let found = series("minutes-to-merge", Context::new(Bucket::Week), &rows(&texts));
    assert_eq!(last(&found)[0], ("all", Some(20.0), PointState::Final));
    assert_eq!(last(&found)[1], ("by Copilot", None, PointState::Final));
    let repositories = r#"{"repo_id":1,"pull_request_review_times":[{"total_merged":9,"median_minutes_ready_to_first_review":30,"p90_minutes_ready_to_first_review":80}]}
{"repo_id":2,"pull_request_review_times":[{"total_merged":1,"median_minutes_ready_to_first_review":900}]}
{"repo_id":3,"pull_request_review_times":[]}"#;
    let held = DayFacts { repositories: Some(repositories), ..DayFacts::new(day(0), false) };
    let empty =
        DayFacts { repositories: Some(r#"{"repo_id":3,"pull_request_review_times":[]}"#), ..DayFacts::new(day(1), false) };
    let found = series("review-stages", Context::new(Bucket::Day), &[held, empty, DayFacts::not_held(day(2))]);
    let states: Vec<_> = found[0].points.iter().map(|point| (point.value, point.state)).collect();
    assert_eq!(states, [(Some(30.0), PointState::Final), (None, PointState::Final), (None, PointState::NotHeld)]);
}

#[test]
fn tokens_are_divided_anew_and_days_without_the_command_line_are_zero() {
    let cli = |requests: u64, tokens: u64| {
        format!(
            r#"{{"totals_by_cli":{{"request_count":{requests},"token_usage":{{"output_tokens_sum":{tokens},"prompt_tokens_sum":0,"avg_tokens_per_request":7}}}}}}"#
        )
    };
    let texts = [cli(1, 5_000_000_000), cli(3, 1_000_000_000), "{}".to_owned()];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = series("cli-tokens-per-request", Context::new(Bucket::Week), &rows(&texts));
    assert_eq!(last(&found), [("", Some(1_500_000_000.0), PointState::Final)]);
    let found = series("cli-activity", Context::new(Bucket::Day), &rows(&texts));
    assert_eq!(last(&found)[2], ("requests", Some(0.0), PointState::Final));
}

#[test]
fn outcomes_by_phase_are_weighted_by_people() {
    let texts = [
        r#"{"totals_by_ai_adoption_phase":[{"phase":"Phase 1","total_engaged_users":30,"avg_pull_requests_merged":1.0},{"phase":"Phase 2","total_engaged_users":5}]}"#,
        r#"{"totals_by_ai_adoption_phase":[{"phase":"Phase 1","total_engaged_users":10,"avg_pull_requests_merged":3.0}]}"#,
    ];
    let found = series("merged-by-phase", Context::new(Bucket::Week), &rows(&texts));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].points, [Point::ratio(day(1), 60.0, 40.0, false)]);
}

#[test]
fn a_new_seat_is_not_idle_and_a_price_is_never_guessed() {
    let now = day(60);
    let mut seats: Vec<HeldSeat> = [(1, Some(day(58))), (2, Some(day(40))), (3, Some(day(5))), (4, None)]
        .into_iter()
        .map(|(person, last)| seat(person, day(-90), last))
        .collect();
    seats.push(seat(5, day(50), None));
    seats[2].pending_cancellation = Some(day(70));
    let evidence = Some("2026-04-30T12:00:00Z".parse().unwrap());
    let seats = SeatsDay { seats, unassigned: 0, evidence };
    let days = [DayFacts { seats: Some(&seats), ..DayFacts::new(now, false) }];
    let found = series("seats-by-activity", Context::new(Bucket::Day), &days);
    assert_eq!(last(&found).iter().map(|point| point.1.unwrap()).collect::<Vec<_>>(), [1.0; 5]);
    assert_eq!(last(&series("seat-evidence-age", Context::new(Bucket::Day), &days))[0].1, Some(1.0));

    let found = series("idle-seat-cost", Context::new(Bucket::Day), &days);
    assert!(last(&found).iter().all(|point| point.2 == PointState::NotHeld), "without prices");
    let price = |from: Day, amount: f64| Dated { from, plan: "business".into(), amount, source: "contract".into() };
    let inputs = Inputs { prices: vec![price(day(0), 19.0), price(day(50), 21.0), price(day(61), 99.0)], ..Inputs::default() };
    let found = series("idle-seat-cost", Context { inputs: &inputs, ..Context::new(Bucket::Day) }, &days);
    assert_eq!(last(&found).iter().map(|point| point.1).collect::<Vec<_>>(), [Some(42.0), Some(42.0), Some(21.0)]);
}

#[test]
fn credits_begin_anew_with_the_month_and_the_invoice_is_a_line_of_its_own() {
    let seats = SeatsDay { seats: vec![seat(1, day(-90), None), seat(2, day(-90), None)], ..SeatsDay::default() };
    let inputs = Inputs {
        included_credits: vec![Dated { from: day(-90), plan: "business".into(), amount: 1900.0, source: "contract".into() }],
        ..Inputs::default()
    };
    let bill = concat!(
        r#"{"model":"auto","sku":"credits","grossQuantity":30,"netQuantity":4}"#,
        "\n",
        r#"{"model":"gpt","sku":"credits","grossQuantity":10,"netQuantity":1}"#
    );
    let held = |number: i32| DayFacts {
        seats: Some(&seats),
        billing: Some(bill),
        ..DayFacts::of_aggregate(day(number), false, r#"{"ai_credits_used":50}"#)
    };
    // From Sunday, 1 March, to Tuesday.
    let days: Vec<DayFacts<'_>> = (-1..2).map(held).collect();
    let found = series("credit-pool", Context { inputs: &inputs, ..Context::new(Bucket::Day) }, &days);
    let values: Vec<_> = last(&found).iter().map(|point| point.1).collect();
    // Two of 22 working days have used 120.
    assert_eq!(values, [Some(150.0), Some(120.0), Some(3800.0), Some(1320.0)]);
    let found = series("credit-pool", Context { inputs: &inputs, ..Context::new(Bucket::Day) }, &days[1..]);
    assert_eq!(last(&found)[0].2, PointState::NotHeld, "the first of the month is missing");
    let found = series("credits-by-model", Context::new(Bucket::Week), &days[1..]);
    assert_eq!(last(&found), [("auto", Some(8.0), PointState::Final), ("gpt", Some(2.0), PointState::Final)]);
    let by_sku = |billing| {
        let days = [DayFacts { billing, ..DayFacts::new(day(0), false) }];
        let found = series("credits-by-sku", Context::new(Bucket::Day), &days);
        found[0].points[0].state
    };
    assert_eq!(by_sku(None), PointState::NotHeld);
    assert_eq!(by_sku(Some(r#"{"seat_breakdown":{"total":3}}"#)), PointState::NotHeld, "seats are no credits");
}

#[test]
fn credits_of_tenths_are_withheld_when_a_tenth_is_small() {
    let of = |count: u32| PeopleDay {
        credits: Some(Numbers::new((0..count).map(|person| (person, f64::from(person + 1))))),
        ..PeopleDay::default()
    };
    for (count, is_shown) in [(50, true), (49, false)] {
        let people = of(count);
        let days = [DayFacts { people: Some(&people), ..DayFacts::new(day(0), false) }];
        let found = series("credit-concentration", Context::new(Bucket::Day), &days);
        let sum: f64 = found.iter().filter_map(|series| series.points[0].value).sum();
        assert!(if is_shown {
            (sum - 1.0).abs() < 1e-12
        } else {
            found.iter().all(|series| series.points[0].state == PointState::Withheld)
        });
        let of_team = series("credit-concentration", Context { is_team: true, ..Context::new(Bucket::Day) }, &days);
        assert!(of_team.iter().all(|series| series.points[0].state == PointState::Withheld));
    }
}

#[test]
fn suggestions_have_no_acceptance_by_model() {
    assert!(ALL.iter().all(|figure| !(figure.definition.id.contains("acceptance") && figure.definition.id.contains("model"))));
}
