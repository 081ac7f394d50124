use serde_json::{Value, json};

use super::super::ReportOwner;
use super::super::roster::Roster;
use super::*;
use crate::facts::{Completions, PeopleDay, PeopleSet, TeamNames, TeamSums};
use crate::model::day::Day;

const DAY: &str = "2026-08-03";

fn day() -> Day {
    DAY.parse().unwrap()
}

fn row(id: u64, fields: Value) -> Vec<u8> {
    let mut row = json!({"day": DAY, "organization_id": "9", "user_id": id, "user_login": format!("u{id}")});
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    row.to_string().into_bytes()
}

fn number(person: Person<'_>) -> u32 {
    u32::try_from(person.id).unwrap()
}

fn people(rows: &[Vec<u8>]) -> PeopleDay {
    let mut builder = PeopleDayBuilder::new(ReportOwner::Organization, day(), false);
    rows.iter().for_each(|row| builder.push_row(row, number).unwrap());
    builder.finish(None, 5, number).people
}

fn completions(shown: u64, accepted: u64) -> Value {
    json!([{"feature": "code_completion", "code_generation_activity_count": shown, "code_acceptance_activity_count": accepted},
        {"feature": "agent_edit", "code_generation_activity_count": 345}])
}

#[test]
fn a_row_alone_is_githubs_activity_and_not_ours() {
    let people = people(&[
        row(1, json!({"ai_credits_used": 0.4, "used_chat": false, "totals_by_feature": []})),
        row(2, json!({"used_chat": true, "totals_by_cli": {"session_count": 1}})),
        row(3, json!({"used_copilot_code_review_passive": true, "totals_by_ide": null})),
    ]);
    let of = |set: &PeopleSet| people.people(set).iter().collect::<Vec<_>>();
    assert_eq!(of(&PeopleSet::Reported), [1, 2, 3]);
    assert_eq!(of(&PeopleSet::Active), [2]);
    assert_eq!(of(&PeopleSet::ServerOnly), [1, 3]);
    assert_eq!(of(&PeopleSet::flag("used_copilot_code_review_passive")), [3]);
    assert_eq!(people.credits.unwrap().iter().collect::<Vec<_>>(), [(1, 0.4)]);
}

#[test]
fn a_flag_with_two_names_is_one() {
    let people = people(&[row(1, json!({"used_copilot_coding_agent": true})), row(2, json!({"used_copilot_cloud_agent": true}))]);
    assert_eq!(people.flags().collect::<Vec<_>>(), ["used_copilot_cloud_agent"]);
    assert_eq!(people.count(&PeopleSet::flag("used_copilot_cloud_agent")), 2);
}

#[test]
fn completions_are_of_an_editor_only_when_there_is_one() {
    let people = people(&[
        row(1, json!({"totals_by_ide": [{"ide": "vscode"}], "totals_by_feature": completions(10, 2)})),
        row(2, json!({"totals_by_ide": [{"ide": "vscode"}, {"ide": "zed"}], "totals_by_feature": completions(100, 50)})),
        row(3, json!({"totals_by_ide": [{"ide": "vscode"}, {"ide": "vscode"}], "totals_by_feature": completions(5, 1)})),
    ]);
    let editors = people.editors.unwrap();
    assert_eq!(
        editors.by_editor.into_iter().collect::<Vec<_>>(),
        [("vscode".into(), (Completions { shown: 15, accepted: 3 }, 2))]
    );
    assert_eq!(editors.shown_to_all, 115);
}

#[test]
fn a_second_row_is_merged_and_never_added() {
    let one =
        row(1, json!({"ai_credits_used": 2.5, "totals_by_ide": [{"ide": "vscode"}], "totals_by_feature": completions(10, 2)}));
    let other = row(1, json!({"ai_credits_used": 1, "used_cli": true, "totals_by_feature": completions(7, 3)}));
    let merged = people(&[one.clone(), other.clone(), one.clone()]);
    assert_eq!(merged, people(&[other, one]));
    assert_eq!(merged.credits.unwrap().iter().collect::<Vec<_>>(), [(1, 2.5)]);
    assert_eq!(merged.editors.unwrap().by_editor["vscode"], (Completions { shown: 10, accepted: 3 }, 1));
}

#[test]
fn editors_report_lines_from_a_version_on() {
    let ide = |version: &str, plugin: &str| {
        json!({"totals_by_ide": [{"ide": "vscode", "last_known_ide_version": {"ide_version": version},
            "last_known_plugin_version": {"plugin_version": plugin}}]})
    };
    let people = people(&[
        row(1, ide("1.104.0", "0.31.0")),
        row(2, ide("1.90.0", "0.31.0")),
        row(3, json!({"totals_by_ide": [{"ide": "vscode"}]})),
    ]);
    let of = |set: PeopleSet| people.people(&set).iter().collect::<Vec<_>>();
    assert_eq!(of(PeopleSet::Editor("vscode".into())), [1, 2, 3]);
    assert_eq!(of(PeopleSet::EditorReports("vscode".into())), [1]);
    assert_eq!(of(PeopleSet::EditorUnknown("vscode".into())), [3]);
}

#[test]
fn a_row_of_another_day_owner_or_report_is_refused_and_nobody_is_numbered_for_it() {
    let mut builder = PeopleDayBuilder::new(ReportOwner::Organization, day(), true);
    builder.push_row(&row(1, json!({})), number).unwrap();
    builder.push_row(b" \r\n", number).unwrap();
    let others = [
        json!({"day": "2026-08-04", "organization_id": "9", "user_id": 2}).to_string(),
        json!({"day": DAY, "organization_id": "8", "user_id": 2}).to_string(),
        json!({"day": DAY, "organization_id": "9", "user_id": 2, "team_id": 4}).to_string(),
        "[]".to_owned(),
        "{".to_owned(),
    ];
    for other in &others {
        builder.push_row(other.as_bytes(), |_| panic!("{other} was numbered")).unwrap_err();
    }
    assert_eq!(builder.refusals().total(), 5);
    assert_eq!(builder.finish(None, 5, number).people.count(&PeopleSet::Reported), 1);
}

#[test]
fn teams_have_members_of_that_day_sums_and_a_record() {
    let mut roster = Roster::of_report(ReportOwner::Organization, day());
    for (user, team) in [(1, 10), (2, 10), (7, 10), (2, 20), (8, 20)] {
        let member = json!({"user_id": user, "day": DAY, "organization_id": "9", "team_id": team, "slug": format!("t{team}")});
        roster.push_membership(member.to_string().as_bytes()).unwrap();
    }
    let mut builder = PeopleDayBuilder::new(ReportOwner::Organization, day(), true);
    let fields = json!({"user_initiated_interaction_count": 4, "used_agent": true, "ai_credits_used": 1.5,
        "totals_by_feature": [{"feature": "agent_edit", "loc_added_sum": 30, "loc_deleted_sum": 2},
            {"feature": "code_completion", "loc_added_sum": 8, "code_generation_activity_count": 9, "code_acceptance_activity_count": 3}]});
    for person in [1, 2, 3] {
        builder.push_row(&row(person, fields.clone()), number).unwrap();
    }
    let teams = builder.finish(Some(roster), 2, number).teams.unwrap();
    let ids: Vec<u64> = teams.teams.iter().map(|team| team.entry.id).collect();
    assert_eq!((ids, teams.smallest_group), (vec![10, 20], 2));
    assert_eq!(teams.teams[0].members.iter().collect::<Vec<_>>(), [1, 2, 7]);
    let sums = TeamSums {
        reported: 2,
        active: 2,
        agent_people: 2,
        prompts: 8,
        shown: 18,
        accepted: 6,
        agent_lines: 64,
        lines: 80,
        credits: 3.0,
    };
    assert_eq!(teams.teams[0].entry.sums, Some(sums));
    // The record has what figures read, and nothing else of its lists.
    let record = teams.teams[0].record.as_ref().unwrap();
    assert_eq!((&record["daily_active_users"], &record["totals_by_feature"][0]["loc_added_sum"]), (&json!(2), &json!(60)));
    for absent in ["totals_by_ide", "totals_by_language_model"] {
        assert_eq!(record.get(absent), None, "{absent}");
    }
    assert!(record["totals_by_feature"].as_array().unwrap().iter().all(|entry| entry.get("loc_suggested_to_add_sum").is_none()));
    assert_eq!(teams.teams[0].entry.slug.as_deref(), Some("t10"));
    let names = TeamNames::unpack(&teams.index().pack().names).unwrap();
    assert_eq!((names.place("T20"), names.place("t30")), (Some(1), None), "slugs are the same in any case");
}

#[test]
fn several_seats_of_a_person_are_one() {
    let seat = |id: Value, created: &str, end: Value, last: Value, team: Value| {
        let assignee = if id.is_null() { Value::Null } else { json!({"id": id, "login": "u"}) };
        json!({"assignee": assignee, "created_at": created, "pending_cancellation_date": end, "last_activity_at": last,
            "plan_type": "business", "assigning_team": team})
        .to_string()
    };
    let null = || Value::Null;
    let mut builder = SeatsDayBuilder::new();
    for text in [
        seat(json!(5), "2026-07-01T23:30:00-02:00", json!("2026-09-01"), json!("2026-08-01T10:00:00Z"), json!({"id": 4})),
        seat(json!(5), "2026-07-09T00:00:00Z", null(), json!("2026-08-02T10:00:00Z"), json!({"id": 3})),
        seat(json!(6), "2026-07-09T00:00:00Z", json!("2026-08-03"), null(), null()),
        seat(null(), "2026-07-09T00:00:00Z", null(), null(), null()),
    ] {
        builder.push_seat(text.as_bytes(), number).unwrap();
    }
    builder.push_seat(b"{", number).unwrap_err();
    builder.push_seat(br#"{"assignee":{"id":9}}"#, number).unwrap_err();
    let seats = builder.finish();
    assert_eq!((seats.seats.len(), seats.unassigned), (2, 1));
    let first = &seats.seats[0];
    assert_eq!((first.created.to_string(), first.pending_cancellation, first.team), ("2026-07-02".into(), None, Some(3)));
    assert_eq!(first.last_activity.unwrap().to_string(), "2026-08-02");
    assert_eq!(seats.evidence.unwrap().to_string(), "2026-08-02T10:00:00Z");
    assert_eq!(seats.holders(day()).iter().collect::<Vec<_>>(), [5]);
}
