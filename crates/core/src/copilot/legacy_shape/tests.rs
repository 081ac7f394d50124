use serde_json::{Value, json};

use super::*;

fn day() -> Day {
    "2026-08-03".parse().unwrap()
}

/// A row of `users-1-day` with these fields.
fn user(id: u64, fields: Value) -> String {
    let mut row = json!({"day": "2026-08-03", "organization_id": "9", "user_id": id});
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    row.to_string()
}

fn record(rows: &[String]) -> Value {
    let mut period = LegacyPeriod::new(ReportOwner::Organization, day(), day());
    rows.iter().for_each(|row| period.push_user(row.as_bytes()).unwrap());
    serde_json::from_slice(&period.records().next().unwrap().json).unwrap()
}

fn completions(generated: i64, accepted: i64, suggested: i64, added: i64) -> Value {
    json!({"feature": "code_completion", "user_initiated_interaction_count": 0, "code_generation_activity_count": generated,
        "code_acceptance_activity_count": accepted, "loc_suggested_to_add_sum": suggested, "loc_added_sum": added})
}

fn in_language(language: &str, mut completions: Value) -> Value {
    completions["language"] = json!(language);
    completions
}

#[test]
fn a_user_of_one_editor_is_written_as_in_2024() {
    let chat = json!({"feature": "chat_panel_ask_mode", "user_initiated_interaction_count": 4});
    let model = json!({"model": "m", "feature": "chat_panel_ask_mode", "user_initiated_interaction_count": 4});
    let row = user(
        1,
        json!({
            "user_initiated_interaction_count": 9, "used_chat": true,
            "totals_by_ide": [{"ide": "vscode", "user_initiated_interaction_count": 4, "code_generation_activity_count": 10}],
            "totals_by_feature": [completions(10, 3, 20, 6), chat, {"feature": "copilot_cli", "user_initiated_interaction_count": 5}],
            "totals_by_language_feature": [in_language("go", completions(10, 3, 20, 6))],
            "totals_by_model_feature": [model],
        }),
    );
    let language = json!({"name": "go", "total_engaged_users": 1, "total_code_suggestions": 10, "total_code_acceptances": 3,
        "total_code_lines_suggested": 20, "total_code_lines_accepted": 6});
    let expected = json!({
        "date": "2026-08-03",
        "total_active_users": 1,
        "total_engaged_users": 1,
        "copilot_ide_code_completions": {
            "total_engaged_users": 1,
            "languages": [{"name": "go", "total_engaged_users": 1}],
            "editors": [{"name": "vscode", "total_engaged_users": 1,
                "models": [{"name": "default", "total_engaged_users": 1, "languages": [language]}]}],
        },
        "copilot_ide_chat": {
            "total_engaged_users": 1,
            "editors": [{"name": "vscode", "total_engaged_users": 1,
                "models": [{"name": "m", "total_engaged_users": 1, "total_chats": 4}]}],
        },
    });
    assert_eq!(record(&[row]), expected);
}

#[test]
fn a_user_of_several_editors_is_counted_once() {
    let editor = |name: &str, prompts: i64, outputs: i64| json!({"ide": name, "user_initiated_interaction_count": prompts, "code_generation_activity_count": outputs});
    let cases = [
        // Editors of the user, editor of their completions, editor of their chats.
        (json!([editor("vscode", 1, 1), editor("vim", 0, 0)]), "vscode", "vscode"),
        (json!([editor("vscode", 1, 0), editor("vim", 0, 1)]), "vim", "vscode"),
        (json!([editor("vscode", 1, 1), editor("vim", 0, 1)]), "unknown", "vscode"),
        (json!([]), "unknown", "unknown"),
        (json!([editor("zed", 0, 0)]), "zed", "zed"),
    ];
    for (editors, completion_editor, chat_editor) in cases {
        let chat = json!({"feature": "chat_inline", "user_initiated_interaction_count": 2});
        let row = user(1, json!({"totals_by_ide": editors, "totals_by_feature": [completions(2, 1, 0, 0), chat]}));
        let record = record(&[row]);
        for (block, editor) in [("copilot_ide_code_completions", completion_editor), ("copilot_ide_chat", chat_editor)] {
            let found = record[block]["editors"].as_array().unwrap();
            assert_eq!(found.len(), 1, "{editors}");
            assert_eq!(
                (&found[0]["name"], &found[0]["total_engaged_users"]),
                (&json!(editor), &json!(1)),
                "{block} of {editors}"
            );
        }
    }
}

#[test]
fn what_no_breakdown_attributes_is_there_as_unknown() {
    let chat = json!({"feature": "chat_inline", "user_initiated_interaction_count": 5});
    let model = json!({"model": "m", "feature": "chat_inline", "user_initiated_interaction_count": 3});
    let row = user(
        1,
        json!({"totals_by_feature": [completions(10, 3, 20, 6), chat], "totals_by_model_feature": [model],
            "totals_by_language_feature": [in_language("go", completions(8, 3, 20, 6))]}),
    );
    let record = record(&[row]);
    let languages = record.pointer("/copilot_ide_code_completions/editors/0/models/0/languages").unwrap();
    assert_eq!((&languages[0]["name"], &languages[0]["total_code_suggestions"]), (&json!("go"), &json!(8)));
    assert_eq!((&languages[1]["name"], &languages[1]["total_code_suggestions"]), (&json!("unknown"), &json!(2)));
    let models = record.pointer("/copilot_ide_chat/editors/0/models").unwrap();
    assert_eq!(
        (&models[0]["total_chats"], &models[1]["name"], &models[1]["total_chats"]),
        (&json!(3), &json!("unknown"), &json!(2))
    );
}

#[test]
fn what_the_reports_do_not_say_is_absent_and_what_they_say_is_none_is_0() {
    let silent = record(&[user(1, json!({"loc_added_sum": 3, "totals_by_feature": null}))]);
    assert_eq!(silent, json!({"date": "2026-08-03", "total_active_users": 1, "total_engaged_users": 0}));
    let from_the_server_only = record(&[user(1, json!({"user_initiated_interaction_count": 3, "totals_by_feature": []}))]);
    let suggestions = "/copilot_ide_code_completions/editors/0/models/0/languages/0/total_code_suggestions";
    assert_eq!(from_the_server_only.pointer(suggestions), Some(&json!(0)));
    assert_eq!(from_the_server_only["copilot_ide_chat"], json!({"total_engaged_users": 0, "editors": []}));
    for record in [silent, from_the_server_only] {
        assert_eq!((record.get("copilot_dotcom_chat"), record.get("copilot_dotcom_pull_requests")), (None, None));
        assert!(!record.to_string().contains("is_custom_model") && !record.to_string().contains("copy_events"));
    }
}

#[test]
fn a_row_that_comes_again_is_not_added_again() {
    let row = user(1, json!({"totals_by_feature": [completions(10, 3, 20, 6)], "used_chat": true}));
    assert_eq!(record(&[row.clone(), row.clone(), row.clone()]), record(&[row]));
}

#[test]
fn days_come_oldest_first_and_days_not_asked_for_are_refused() {
    let row = |day: &str| json!({"day": day, "organization_id": "9", "user_id": 1}).to_string();
    let mut period = LegacyPeriod::new(ReportOwner::Organization, day().plus_days(-1), day());
    for day in ["2026-08-03", "2026-08-02"] {
        period.push_user(row(day).as_bytes()).unwrap();
    }
    let refusal = period.push_user(row("2026-08-04").as_bytes()).unwrap_err();
    assert_eq!(refusal.to_string(), "a row is about 2026-08-04, but 2026-08-02 to 2026-08-03 was asked for");
    assert_eq!(period.refusals().total(), 1);
    assert_eq!(period.records().map(|record| record.day.to_string()).collect::<Vec<_>>(), ["2026-08-02", "2026-08-03"]);
}

#[test]
fn an_idle_team_has_a_record_of_zeros_and_others_only_their_members() {
    let mut roster = Roster::of_report(ReportOwner::Organization, day());
    for (user_id, team_id) in [(1, 10), (2, 20)] {
        let row = json!({"day": "2026-08-03", "organization_id": "9", "user_id": user_id, "team_id": team_id, "slug": "s"});
        roster.push_membership(row.to_string().as_bytes()).unwrap();
    }
    let mut joined = LegacyTeamDay::new(roster);
    for id in [1, 3] {
        joined.push_user(user(id, json!({"totals_by_feature": [completions(10, 3, 20, 6)]})).as_bytes()).unwrap();
    }
    let suggestions = |record: LegacyRecord| {
        let value: Value = serde_json::from_slice(&record.json).unwrap();
        let path = "/copilot_ide_code_completions/editors/0/models/0/languages/0/total_code_suggestions";
        (record.team_id, record.slug, value["total_active_users"].as_i64(), value.pointer(path).and_then(Value::as_i64))
    };
    let slug = || Some("s".to_owned());
    let expected = [(Some(10), slug(), Some(1), Some(10)), (Some(20), slug(), Some(0), Some(0))];
    assert_eq!(joined.records().map(suggestions).collect::<Vec<_>>(), expected);
}
