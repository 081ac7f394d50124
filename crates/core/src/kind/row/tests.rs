use super::*;

fn refusal(row: &'static Row, json: &str) -> Option<String> {
    RowCheck::new(row).check(json.as_bytes()).err().map(|error| error.to_string())
}

#[test]
fn a_record_of_another_sort_is_no_row_and_is_said_to_be_what_it_is() {
    let cases: &[(&'static Row, &str, Option<&str>)] = &[
        (&USER_DAY, r#"{"day":"2026-03-01","user_id":1}"#, None),
        (&USER_DAY, r#"{"user_login":"mona","x":[{"day":1}],"day":"2026-03-01"}"#, None),
        (&USER_DAY, r#"{"day":"2026-03-01","user_id":7,"user_login":null}"#, None),
        (
            &USER_DAY,
            r#"{"error":{"code":"ServerBusy"}}"#,
            Some("expected a user's day with a day in `day`, found an object with `error`"),
        ),
        (&USER_DAY, "{}", Some("expected a user's day with a day in `day`, found an empty object")),
        (
            &USER_DAY,
            r#"{"day":"2026-03-01","user_id":null,"user_login":""}"#,
            Some("expected a user's day with `user_id` or `user_login`, found an object with `day`, `user_id`, `user_login`"),
        ),
        (
            &USER_DAY,
            r#"{"day":"soon","user_id":1}"#,
            Some("expected a user's day with a day in `day`, found an object with `day`, `user_id`"),
        ),
        (&USER_DAY, "[]", Some("expected a user's day with a day in `day`, found a list")),
        (&USER_DAY, "3", Some("expected a user's day with a day in `day`, found a number")),
        (
            &USER_DAY,
            r#"{"day":"2026-03-01","user_id":1,"organization_id":"1","team_id":3,"slug":"core"}"#,
            Some("expected a user's day, found a row with `team_id`, which is one of another report"),
        ),
        (&USER_DAY, r#"{"day":"2026-03-01","user_id":1,"team_id":null,"totals":[{"team_id":3}]}"#, None),
        (&AGGREGATE_DAY, r#"{"day":"2026-03-01","organization_id":"1","daily_active_users":0}"#, None),
        (
            &AGGREGATE_DAY,
            r#"{"day":"2026-03-01","organization_id":"1","user_id":1,"loc_added_sum":0}"#,
            Some(
                "expected a day of an organization or an enterprise, found a row with `user_id`, which is one of another report",
            ),
        ),
        (
            &AGGREGATE_DAY,
            r#"{"day":"2026-03-01","message":"busy"}"#,
            Some(
                "expected a day of an organization or an enterprise with `daily_active_users` or `user_initiated_interaction_count`, found an object \
                 with `day`, `message`",
            ),
        ),
        (&REPOSITORY_DAY, r#"{"day":"2026-03-01","repo_id":7,"pull_requests":{}}"#, None),
        (&LEGACY_DAY, r#"{"date":"2026-03-01","total_active_users":0}"#, None),
        (&SEAT, r#"{"created_at":"2026-03-01T00:00:00Z","assignee":null}"#, None),
        (&SEAT, r#"{"assignee":{"login":"mona"}}"#, None),
        (&SEAT, r#"{"message":"x"}"#, Some("expected a seat with `assignee` or `created_at`, found an object with `message`")),
        (&BILLING, r#"{"seat_breakdown":{"total":1}}"#, None),
        (
            &BILLING,
            r#"{"message":"x","\u001b[2J":1}"#,
            Some(
                "expected an organization's Copilot billing with an object in `seat_breakdown` that has a number in `total`, found an object with `message`, a field of another name",
            ),
        ),
    ];
    for (row, json, expected) in cases {
        assert_eq!(refusal(row, json).as_deref(), *expected, "{json}");
    }
    for broken in ["", "{", r#"{"a":1"#, "not json", r#"{"a":1} x"#] {
        assert!(refusal(&USER_DAY, broken).is_some_and(|text| text.starts_with("not JSON: ")), "{broken}");
    }
}

#[test]
fn a_row_of_another_day_or_owner_is_refused() {
    let day = |text: &str| text.parse::<Day>().unwrap();
    let mut check = RowCheck::new(&USER_DAY).of_owner("organization_id", None);
    check.within(Some((day("2026-03-01"), day("2026-03-28"))));
    let mut row = |day: &str, owner: &str| {
        let row = format!(r#"{{"day":"{day}","organization_id":{owner},"user_id":1}}"#);
        check.check(row.as_bytes()).err().map(|error| error.to_string())
    };
    assert_eq!(row("2026-03-29", "\"8\"").unwrap(), "it is about 2026-03-29, but 2026-03-01 to 2026-03-28 was asked for");
    assert_eq!(row("2026-03-01", "\"9\""), None);
    assert_eq!(row("2026-03-28", "9"), None);
    assert!(row("2026-03-28", "null").is_some());
    assert_eq!(row("2026-03-02", "\"10\"").unwrap(), "expected the organization_id 9, found 10");
    let mut known = RowCheck::new(&USER_DAY).of_owner("organization_id", Some("7".to_owned()));
    assert!(known.check(br#"{"day":"2026-03-01","user_id":1,"organization_id":"8"}"#).is_err());
}

#[test]
fn only_the_beginning_of_a_row_is_read_when_it_says_all() {
    let cut = r#"{"day":"2026-03-01","organization_id":"1","user_id":1,"user_login":"mona","totals_by_ide":[{"#;
    assert_eq!(RowCheck::new(&USER_DAY).of_owner("organization_id", None).check(cut.as_bytes()), Ok(()));
    let cut = r#"{"user_id":1,"totals_by_ide":[{"#;
    assert!(RowCheck::new(&USER_DAY).check(cut.as_bytes()).is_err());
}

#[test]
fn what_tells_of_a_problem_or_measures_nothing_is_no_row() {
    let cases: &[(&'static Row, &str)] = &[
        (&USER_DAY, r#"{"day":"2026-03-01","user_id":1,"user_login":"mona","error":{"code":"x"}}"#),
        (&USER_DAY, r#"{"day":"2026-03-01","user_id":1,"used_chat":true,"message":"busy"}"#),
        (&AGGREGATE_DAY, r#"{"day":"2026-03-01","organization_id":"1","message":"busy"}"#),
        (&AGGREGATE_DAY, r#"{"day":"2026-03-01","organization_id":"1"}"#),
        (&AGGREGATE_DAY, r#"{"day":"2026-03-01","organization_id":"1","daily_active_users":null}"#),
        (&AGGREGATE_DAY, r#"{"day":"2026-03-01","organization_id":"1","daily_active_users":3,"error":"x"}"#),
        (&AGGREGATE_DAY, r#"{"day":"1999-03-01","organization_id":"1","daily_active_users":3}"#),
        (&LEGACY_DAY, r#"{"date":"2026-03-01","message":"x"}"#),
        (&LEGACY_DAY, r#"{"date":"2026-03-01"}"#),
        (&LEGACY_DAY, r#"{"date":"1999-01-01","total_active_users":1}"#),
        (&SEAT, r#"{"created_at":"2026-03-01T00:00:00Z","assignee":{"login":"mona"},"message":"x"}"#),
        (&BILLING, r#"{"seat_breakdown":{}}"#),
        (&BILLING, r#"{"seat_breakdown":{"total":null}}"#),
        (&BILLING, r#"{"seat_breakdown":{"total":"3"}}"#),
        (&BILLING, r#"{"seat_breakdown":{"total":-1}}"#),
        (&BILLING, r#"{"seat_breakdown":{"total":3},"message":"x"}"#),
        (&BILLING, r#"{"seat_breakdown":{"total":3},"error":{}}"#),
    ];
    for (row, json) in cases {
        assert!(refusal(row, json).is_some(), "{json}");
    }
    // What says that there is no problem tells of none; and the parts of a row may be named as they like.
    for fine in [r#""error":null"#, r#""totals_by_ide":[{"message":"x"}]"#, r#""note":"\"error\"""#] {
        assert_eq!(refusal(&USER_DAY, &format!(r#"{{"day":"2026-03-01","user_id":1,{fine}}}"#)), None, "{fine}");
    }
    let mut envelope = RowCheck::new(&AGGREGATE_DAY).of_owner("organization_id", None);
    assert!(envelope.check_owner(br#"{"organization_id":"1","day_totals":[{"day":"2026-03-01"}],"error":{}}"#).is_err());
}

#[test]
fn an_identity_that_is_none_is_no_identity() {
    for odd in ["0", "-1", "1.5", "1e3", "null", r#""""#, r#"" ""#, r#""0""#, r#""-7""#, "{}", "[]", "true"] {
        let user = format!(r#"{{"day":"2026-03-01","user_id":{odd},"user_login":"mona","used_chat":true}}"#);
        assert!(refusal(&USER_DAY, &user).is_some(), "{user}");
        let user = format!(r#"{{"day":"2026-03-01","user_login":"mona","user_id":{odd}}}"#);
        assert!(refusal(&USER_DAY, &user).is_some(), "{user}");
        let repository = format!(r#"{{"day":"2026-03-01","repo_id":{odd},"repo_name":"r","pull_requests":{{}}}}"#);
        assert!(refusal(&REPOSITORY_DAY, &repository).is_some(), "{repository}");
    }
    assert!(refusal(&USER_DAY, r#"{"day":"2026-03-01","user_login":" "}"#).is_some());
    for odd in [
        r#"{"day":"2026-03-01","repo_name":"r","pull_requests":{}}"#,
        r#"{"day":"2026-03-01","repo_name":"r","daily_active_users":3}"#,
        r#"{"day":"2026-03-01","repo_id":7,"repo_name":"r","pull_requests":{},"daily_active_users":3}"#,
        r#"{"day":"2026-03-01","repo_id":7,"repo_name":"r"}"#,
    ] {
        assert!(refusal(&REPOSITORY_DAY, odd).is_some(), "{odd}");
    }
}

#[test]
fn a_row_that_says_something_twice_is_refused() {
    for odd in [
        r#"{"day":"2026-03-01","organization_id":"1","user_id":1,"user_login":"mona","day":"2026-03-02"}"#,
        r#"{"day":"2026-03-01","organization_id":"1","user_id":1,"user_login":"mona","used_chat":true,"user_id":2}"#,
        r#"{"day":"2026-03-01","organization_id":"1","user_id":1,"user_login":"mona","\u0075ser_login":"bob"}"#,
        r#"{"day":"2026-03-01","organization_id":"1","user_id":1,"user_login":"mona","organization_id":"2"}"#,
    ] {
        let mut check = RowCheck::new(&USER_DAY).of_owner("organization_id", None);
        assert!(matches!(check.check(odd.as_bytes()), Err(RowError::Twice { .. })), "{odd}");
    }
    for fine in [
        r#"{"day":"2026-03-01","user_id":1,"user_login":"day","parts":[{"day":1,"user_id":2}]}"#,
        r#"{"day":"2026-03-01","user_id":1,"user_login":"\u00e9","used_chat":true,"used_chat":false}"#,
    ] {
        assert_eq!(refusal(&USER_DAY, fine), None, "{fine}");
    }
}

#[test]
fn a_day_that_comes_twice_is_a_contradiction_where_there_is_one_row_a_day() {
    let mut check = RowCheck::new(&AGGREGATE_DAY);
    let mut row = |day: &str| check.check(format!(r#"{{"day":"{day}","daily_active_users":1}}"#).as_bytes());
    assert_eq!((row("2026-03-01"), row("2026-03-02")), (Ok(()), Ok(())));
    assert!(matches!(row("2026-03-01"), Err(RowError::DayTwice { .. })));
}

#[test]
fn rows_of_one_report_say_alike_whose_they_are() {
    let told = |id: Option<&str>, owners: [&str; 2]| {
        let mut check = RowCheck::new(&USER_DAY).of_owner("enterprise_id", id.map(str::to_owned));
        owners.map(|owner| check.check(format!(r#"{{"day":"2026-03-01",{owner}"user_id":1}}"#).as_bytes()).is_ok())
    };
    let (nine, ten, null, nothing) = (r#""enterprise_id":"9","#, r#""enterprise_id":"10","#, r#""enterprise_id":null,"#, "");
    let cases = [
        (None, [nine, nine], [true, true]),
        (None, [nine, ten], [true, false]),
        (None, [nine, nothing], [true, false]),
        (None, [nine, null], [true, false]),
        (None, [nothing, nine], [true, false]),
        (None, [nothing, null], [true, true]),
        (Some("9"), [nothing, nothing], [true, true]),
        (Some("9"), [null, nine], [false, true]),
        (Some("9"), [ten, nothing], [false, true]),
    ];
    for (id, owners, expected) in cases {
        assert_eq!(told(id, owners), expected, "{id:?} {owners:?}");
    }
}
