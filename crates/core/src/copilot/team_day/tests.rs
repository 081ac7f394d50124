//! Special cases of the reports, one test each.

use serde_json::{Value, json};

use super::super::ReportOwner;
use super::super::roster::Roster;
use super::super::windows::{NotHeld, Windows};
use super::*;
use crate::model::day::Day;

const DAY: &str = "2026-08-03";

fn day() -> Day {
    DAY.parse().unwrap()
}

/// A row of `user-teams-1-day`.
fn member(user: u64, team: u64) -> Value {
    json!({"user_id": user, "user_login": "u", "day": DAY, "organization_id": "9", "team_id": team, "slug": format!("team-{team}")})
}

/// A row of `users-1-day` with these fields.
fn user(id: u64, fields: Value) -> Value {
    let mut row = json!({"day": DAY, "enterprise_id": "1", "organization_id": "9", "user_id": id, "user_login": "u"});
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    row
}

fn unfinished(members: &[Value], users: &[Value]) -> TeamDay {
    let mut roster = Roster::of_report(ReportOwner::Organization, day());
    members.iter().for_each(|row| drop(roster.push_membership(row.to_string().as_bytes())));
    let mut joined = TeamDay::new(roster);
    users.iter().for_each(|row| drop(joined.push_user(row.to_string().as_bytes())));
    joined
}

fn records_of(joined: &FinishedTeamDay) -> Vec<Value> {
    joined.records(&Windows::new()).map(|record| serde_json::from_slice(&record.json).unwrap()).collect()
}

fn records(members: &[Value], users: &[Value]) -> Vec<Value> {
    records_of(&unfinished(members, users).finish())
}

#[test]
fn a_user_of_two_teams_counts_in_both() {
    let members = [member(1, 20), member(1, 10), member(2, 20)];
    let users = [user(1, json!({"loc_added_sum": 5})), user(2, json!({"loc_added_sum": 7}))];
    let records = records(&members, &users);
    let found: Vec<_> = records.iter().map(|record| (&record["team_id"], &record["loc_added_sum"])).collect();
    assert_eq!(found, [(&json!(10), &json!(5)), (&json!(20), &json!(12))]);
    assert_eq!((&records[0]["slug"], &records[0]["organization_id"]), (&json!("team-10"), &json!("9")));
}

#[test]
fn idle_members_are_members() {
    let members = [member(1, 10), member(2, 10), member(3, 10)];
    let users = [user(1, json!({"loc_added_sum": 5})), user(2, json!({"loc_added_sum": 0, "ai_credits_used": 0.5}))];
    let record = &records(&members, &users)[0];
    let people = [
        "members_total",
        "members_active",
        "members_idle",
        "active_users_documented_count_distinct",
        // GitHub counts a user that only its servers know as active.
        "daily_active_users",
    ];
    assert_eq!(people.map(|field| record[field].as_u64().unwrap()), [3, 1, 2, 2, 2]);
}

#[test]
fn a_team_in_which_nobody_has_a_row_did_nothing() {
    let fields = json!({"loc_added_sum": 5, "ai_credits_used": 1.5, "used_chat": true, "used_cli": null, "totals_by_ide": [],
        "totals_by_cli": {"session_count": 1}});
    let idle = records(&[member(1, 10), member(2, 20)], &[user(1, fields)]).remove(1);
    assert_eq!((&idle["members_total"], &idle["members_active"]), (&json!(1), &json!(0)));
    for field in ["loc_added_sum", "ai_credits_used", "daily_active_chat_users", "user_initiated_interaction_count"] {
        assert_eq!(idle.get(field), Some(&json!(0)), "{field}");
    }
    assert_eq!(idle["totals_by_ide"], json!([]));
    // It is not known whether the command line would have been reported.
    assert_eq!((idle.get("daily_active_cli_users"), idle.get("totals_by_cli")), (None, None));
}

#[test]
fn a_user_without_a_team_is_in_no_record() {
    let joined = unfinished(&[member(1, 10)], &[user(7, json!({"loc_added_sum": 5}))]).finish();
    assert_eq!(joined.tally(), RowCounts { rows: 1, rows_without_team: 1, repeated_rows: 0 });
    assert_eq!(records_of(&joined)[0]["loc_added_sum"], 0);
}

#[test]
fn null_absent_and_zero_stay_apart() {
    let cases = [
        // The values of two members, and of the team.
        (json!({"x": 1}), json!({"x": 2}), Some(json!(3))),
        (json!({"x": 1}), json!({"x": null}), Some(json!(1))),
        (json!({"x": null}), json!({"x": 0}), Some(json!(0))),
        (json!({"x": null}), json!({}), Some(json!(null))),
        (json!({}), json!({}), None),
        (json!({}), json!({"x": 0.1, "y": 0.2}), Some(json!(0.1))),
        (json!({"x": 0.1}), json!({"x": 0.2}), Some(json!(0.3))),
        (json!({"x": 1.0}), json!({"x": 2}), Some(json!(3.0))),
        (json!({"x": null}), json!({"x": []}), Some(json!([]))),
        (json!({"x": null}), json!({"x": [{"k": "a", "n": 1}]}), Some(json!([{"k": "a", "n": 1}]))),
        (json!({"x": {"n": null}}), json!({"x": {"n": 1, "m": {"o": 2}}}), Some(json!({"n": 1, "m": {"o": 2}}))),
        (json!({"x": 1}), json!({"x": "one"}), Some(json!(1))),
        (json!({"x": 1}), json!({"x": {"n": 1}}), Some(json!(1))),
        (json!({"x": "a text"}), json!({"x": "b"}), None),
        (json!({"x": [1, 2]}), json!({}), None),
    ];
    for (one, two, expected) in cases {
        let shown = format!("{one} and {two}");
        let record = &records(&[member(1, 10), member(2, 10)], &[user(1, one), user(2, two)])[0];
        assert_eq!(record.get("x"), expected.as_ref(), "{shown}");
    }
}

#[test]
fn flags_are_counted_as_people_and_the_renamed_one_once() {
    let cases = [
        (json!({"used_copilot_coding_agent": true}), json!({"used_copilot_cloud_agent": true}), Some(json!(2))),
        (json!({"used_copilot_coding_agent": true, "used_copilot_cloud_agent": true}), json!({}), Some(json!(1))),
        (json!({"used_copilot_coding_agent": null, "used_copilot_cloud_agent": false}), json!({}), Some(json!(0))),
        (json!({"used_copilot_coding_agent": null}), json!({}), Some(json!(null))),
        (json!({}), json!({}), None),
    ];
    for (one, two, expected) in cases {
        let shown = format!("{one} and {two}");
        let record = &records(&[member(1, 10), member(2, 10)], &[user(1, one), user(2, two)])[0];
        assert_eq!(record.get("daily_active_copilot_cloud_agent_users"), expected.as_ref(), "{shown}");
    }
}

#[test]
fn what_cannot_be_added_up_is_left_out_or_made_anew() {
    let fields = |sessions: i64, tokens: i64| {
        json!({
            "ai_adoption_phase": {"phase_number": 2, "phase": "Phase 2", "version": "v1"},
            "distinct_skill_use_count": 2,
            "entity_id_partition": 4,
            "totals_by_ide": [{"ide": "vscode", "loc_added_sum": 1, "last_known_ide_version": {"ide_version": "1"}}],
            "totals_by_cli": {"session_count": sessions, "request_count": 10,
                "token_usage": {"output_tokens_sum": tokens, "prompt_tokens_sum": 1, "avg_tokens_per_request": 77.0},
                "last_known_cli_version": {"cli_version": "1", "sampled_at": null}},
        })
    };
    let record = &records(&[member(1, 10), member(2, 10)], &[user(1, fields(1, 5)), user(2, fields(2, 6))])[0];
    assert_eq!(record["totals_by_ai_adoption_phase"], json!([{"phase": "Phase 2", "phase_number": 2, "total_engaged_users": 2}]));
    assert_eq!(record["totals_by_ide"], json!([{"ide": "vscode", "loc_added_sum": 2}]));
    let usage = json!({"output_tokens_sum": 11, "prompt_tokens_sum": 2, "avg_tokens_per_request": 0.65});
    assert_eq!(record["totals_by_cli"], json!({"session_count": 3, "request_count": 20, "token_usage": usage}));
    for field in ["ai_adoption_phase", "distinct_skill_use_count", "entity_id_partition", "user_login", "enterprise_id"] {
        assert_eq!(record.get(field), None, "{field}");
    }
}

#[test]
fn breakdowns_are_merged_by_their_keys() {
    let one = json!({"totals_by_language_feature": [
        {"language": "go", "feature": "agent_edit", "loc_added_sum": 1},
        {"language": "go", "feature": "code_completion", "loc_added_sum": 2, "tomorrow": 1},
    ]});
    let two = json!({"totals_by_language_feature": [
        {"feature": "code_completion", "loc_added_sum": 4, "language": "go"},
        {"feature": "code_completion", "loc_added_sum": 8},
    ]});
    let record = &records(&[member(1, 10), member(2, 10)], &[user(1, one), user(2, two)])[0];
    let expected = json!([
        {"language": "go", "feature": "agent_edit", "loc_added_sum": 1},
        {"language": "go", "feature": "code_completion", "loc_added_sum": 6, "tomorrow": 1},
        {"language": null, "feature": "code_completion", "loc_added_sum": 8},
    ]);
    assert_eq!(record["totals_by_language_feature"], expected);
}

#[test]
fn users_known_from_the_server_only_count_without_any_breakdown() {
    let fields = json!({"user_initiated_interaction_count": 3, "code_generation_activity_count": 2, "totals_by_ide": [],
        "totals_by_feature": [], "totals_by_language_feature": [], "totals_by_language_model": [], "totals_by_model_feature": []});
    let record = &records(&[member(1, 10)], &[user(1, fields)])[0];
    assert_eq!((&record["members_active"], &record["user_initiated_interaction_count"]), (&json!(1), &json!(3)));
    assert_eq!((&record["totals_by_feature"], &record["totals_by_ide"]), (&json!([]), &json!([])));
}

#[test]
fn a_row_that_comes_again_is_not_added_again() {
    let early = user(1, json!({"loc_added_sum": 5, "totals_by_ide": [{"ide": "vscode", "loc_added_sum": 5}]}));
    let late = user(
        1,
        json!({"loc_added_sum": 9, "totals_by_ide": [{"ide": "vim", "loc_added_sum": 4}, {"ide": "vscode", "loc_added_sum": 5}]}),
    );
    let members = [member(1, 10), member(1, 10)];
    let joined = unfinished(&members, &[early.clone(), late.clone(), early.clone()]).finish();
    assert_eq!(joined.tally(), RowCounts { rows: 3, rows_without_team: 0, repeated_rows: 2 });
    let record = &records_of(&joined)[0];
    assert_eq!((&record["members_total"], &record["loc_added_sum"]), (&json!(1), &json!(9)));
    assert_eq!(record["totals_by_ide"], json!([{"ide": "vscode", "loc_added_sum": 5}, {"ide": "vim", "loc_added_sum": 4}]));
}

#[test]
fn ids_are_the_same_as_numbers_and_as_texts() {
    let membership = json!({"user_id": "1", "day": DAY, "organization_id": 9, "team_id": "10", "slug": "a"});
    let record = &records(&[membership], &[user(1, json!({"loc_added_sum": 5}))])[0];
    assert_eq!((&record["team_id"], &record["organization_id"], &record["loc_added_sum"]), (&json!(10), &json!("9"), &json!(5)));
}

#[test]
fn enterprise_teams_are_joined_on_the_enterprise() {
    let mut roster = Roster::of_report(ReportOwner::Enterprise, day());
    let membership = json!({"user_id": 1, "day": DAY, "enterprise_id": "1", "team_id": 10, "slug": "ent:a"});
    roster.push_membership(membership.to_string().as_bytes()).unwrap();
    let mut joined = TeamDay::new(roster);
    joined.push_user(user(1, json!({"loc_added_sum": 5})).to_string().as_bytes()).unwrap();
    let record = &records_of(&joined.finish())[0];
    assert_eq!(
        (&record["enterprise_id"], record.get("organization_id"), &record["loc_added_sum"]),
        (&json!("1"), None, &json!(5))
    );
}

#[test]
fn rows_that_are_not_of_the_day_and_the_organization_are_refused_and_counted() {
    let mut other_day = user(1, json!({"loc_added_sum": 5}));
    other_day["day"] = json!("2026-08-02");
    let mut other_organization = user(1, json!({"loc_added_sum": 5}));
    other_organization["organization_id"] = json!("8");
    let mut no_user = user(1, json!({}));
    no_user["user_id"] = json!("someone");
    let mut joined = unfinished(&[member(1, 10)], &[other_day, other_organization, no_user, json!({"user_id": 1}), json!([])]);
    assert_eq!(joined.push_user(b"{\"day\":").unwrap_err().code(), "not-json");
    joined.push_user(b" \r\n").unwrap();
    let joined = joined.finish();
    let codes = ["no-day", "no-user", "not-an-object", "not-json", "other-day", "other-owner"];
    assert_eq!(joined.refusals().by_code().collect::<Vec<_>>(), codes.map(|code| (code, 1)));
    assert_eq!(joined.refusals().first(), Some("a row is about 2026-08-02, but 2026-08-03 was asked for"));
    assert_eq!((joined.tally().rows, &records_of(&joined)[0]["loc_added_sum"]), (6, &json!(0)));
    assert_eq!(Windows::new().hold(&joined), Err(NotHeld::Incomplete { day: day(), refused: 6 }));
}

#[test]
fn members_of_today_are_marked_and_small_teams_stay_hidden() {
    let mut roster = Roster::of_today(ReportOwner::Organization, day());
    for user_id in 0..5 {
        roster.add_member(10, Some("large"), user_id);
        // A user who is named twice is still one.
        roster.add_member(20, Some("small"), user_id / 2);
    }
    assert_eq!(roster.suppress_small_teams(), [20]);
    let mut joined = TeamDay::new(roster);
    joined.push_user(user(1, json!({"loc_added_sum": 5})).to_string().as_bytes()).unwrap();
    let records = records_of(&joined.finish());
    assert_eq!(records.len(), 1);
    assert_eq!((&records[0]["membership"], &records[0]["slug"]), (&json!("current"), &json!("large")));
}

#[test]
fn a_field_of_a_row_never_hides_a_field_of_the_record() {
    let fields = json!({"slug": "mine", "members_total": 99, "weekly_active_users": 99, "loc_added_sum": 1});
    let joined = unfinished(&[member(1, 10)], &[user(1, fields)]).finish();
    let json = joined.records(&Windows::new()).next().unwrap().json;
    let text = String::from_utf8(json).unwrap();
    for name in ["\"slug\"", "\"members_total\"", "\"weekly_active_users\""] {
        assert_eq!(text.matches(name).count(), 1, "{name}");
    }
    assert!(!text.contains("99"));
}

#[test]
fn a_row_of_another_report_is_no_user_who_did_nothing() {
    let members = [member(1, 10), member(2, 10)];
    let others = [
        member(1, 10),
        user(1, json!({"team_id": 10})),
        user(1, json!({"repo_id": 5})),
        user(1, json!({"day_totals": []})),
        user(1, json!({"team_id": null})),
    ];
    for other in others {
        let mut day = unfinished(&members, &[]);
        let refusal = day.push_user(other.to_string().as_bytes()).unwrap_err();
        assert_eq!(refusal.code(), "other-report", "{other}");
        let day = day.finish();
        assert_eq!((day.refusals().total(), day.tally().rows), (1, 1), "{other}");
    }
}
