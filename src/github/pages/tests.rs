use serde_json::Value;

use super::*;
use crate::github::scripted::{API, ScriptedAnswer, ScriptedServer, answer, github, github_with};

async fn read(server: &ScriptedServer, path: &str) -> Result<(Vec<RawItem>, Vec<usize>, SliceEnd), GitHubError> {
    let mut pages = github(server, &ScriptedServer::default()).pages(path);
    let (mut items, mut chunks) = (Vec::new(), Vec::new());
    while let Some(chunk) = pages.next().await? {
        chunks.push(chunk.len());
        items.extend(chunk);
    }
    assert!(pages.next().await?.is_none());
    Ok((items, chunks, pages.end()))
}

fn page(elements: &str, next: Option<&str>) -> ScriptedAnswer {
    let page = answer(200, elements.to_owned());
    match next {
        Some(next) => page.header("link", format!(r#"<{API}{next}>; rel="next", <{API}/last>; rel="last""#)),
        None => page,
    }
}

#[tokio::test(start_paused = true)]
async fn pages_are_followed_as_they_name_each_other_and_elements_keep_their_bytes() {
    let server = ScriptedServer::default()
        .on("/a?per_page=2", [page(r#"[{"n": 1.0, "x":"\u00e9"}, {"n":2}]"#, Some("/a?after=Y3Vy&per_page=2"))])
        .on("/a?after=Y3Vy&per_page=2", [page("[]", Some("/b?page=3"))])
        .on("/b?page=3", [page(" [ 3 ] ", None)]);
    let (items, _, end) = read(&server, "/a?per_page=2").await.unwrap();
    let items: Vec<_> = items.iter().map(|item| (item.line, std::str::from_utf8(&item.json).unwrap())).collect();
    assert_eq!(items, [(1, r#"{"n": 1.0, "x":"\u00e9"}"#), (2, r#"{"n":2}"#), (3, "3")]);
    assert_eq!(end, SliceEnd::Complete);
    assert_eq!(server.paths(), ["/a?per_page=2", "/a?after=Y3Vy&per_page=2", "/b?page=3"]);
}

#[tokio::test(start_paused = true)]
async fn a_page_holds_a_hundred_elements_at_most() {
    let elements = |count| serde_json::to_string(&(0..count).collect::<Vec<_>>()).unwrap();
    let (items, chunks, _) = read(&ScriptedServer::default().on("/a", [page(&elements(100), None)]), "/a").await.unwrap();
    assert_eq!(chunks, [100]);
    assert_eq!(items[99], RawItem { json: Bytes::from_static(b"99"), line: 100 });
    let error = read(&ScriptedServer::default().on("/a", [page(&elements(101), None)]), "/a").await.unwrap_err();
    assert!(error.to_string().ends_with("101 elements on a page, of which GitHub gives 100 at most"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_leads_back_to_a_page_ends_at_once() {
    let round = || {
        ScriptedServer::default()
            .on("/a", [page("[1]", Some("/b"))])
            .on("/b", [page("[2]", Some("/c"))])
            .on("/c", [page("[3]", Some("/b"))])
    };
    let server = round();
    let error = read(&server, "/a").await.unwrap_err();
    assert!(error.to_string().ends_with("a page names an earlier page as the next one"), "{error}");
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_list_of_ever_new_pages_ends() {
    let endless = |count: usize| {
        let on = |server: ScriptedServer, number: usize| {
            server.on(&format!("/a?page={number}"), [page("[1]", Some(&format!("/a?page={}", number + 1)))])
        };
        (0..count).fold(ScriptedServer::default(), on)
    };
    let server = endless(LEGACY_PAGES_AT_MOST + 10);
    let mut pages = github(&server, &ScriptedServer::default()).pages("/a?page=0").of_days();
    let error = loop {
        match pages.next().await {
            Ok(items) => assert!(items.is_some()),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(error, GitHubError::LimitExceeded { limit, unit: "pages", .. } if limit == LEGACY_PAGES_AT_MOST as u64),
        "{error}"
    );
    assert_eq!(server.asked().len(), LEGACY_PAGES_AT_MOST);
}

#[tokio::test(start_paused = true)]
async fn what_is_held_of_a_list_is_bounded() {
    let large = format!(r#"{{"slug":"core","note":"{}"}}"#, "x".repeat(39 << 10));
    let elements = format!("[{}]", vec![large; 100].join(","));
    let on = |server: ScriptedServer, number: usize| {
        let next = format!("/orgs/acme/teams?per_page=100&page={}", number + 1);
        let this = if number == 1 {
            "/orgs/acme/teams?per_page=100".to_owned()
        } else {
            format!("/orgs/acme/teams?per_page=100&page={number}")
        };
        server.on(&this, [page(&elements, Some(&next))])
    };
    let server = (1..20).fold(ScriptedServer::default(), on);
    let error = github(&server, &ScriptedServer::default()).teams("acme").await.unwrap_err();
    assert!(error.to_string().ends_with("exceeds the limit of 32 MiB"), "{error}");
    let member = r#"[{"id":7,"login":"mona","url":"https://api.github.com/users/mona"}]"#;
    let server = ScriptedServer::default().on("/orgs/acme/teams/core/members?per_page=100", [page(member, None)]);
    let members = github(&server, &ScriptedServer::default()).team_members("acme", "core").await.unwrap().objects;
    assert_eq!(Value::from(members).to_string(), r#"[{"id":7,"login":"mona"}]"#);
}

#[tokio::test(start_paused = true)]
async fn only_a_readable_empty_list_is_empty() {
    let partial = page(r#"[{"login":"a"}]"#, None).header("x-github-sso", "partial-results; organizations=21955855,20582480");
    let cases =
        [(page("[]", None), "empty"), (page("[1]", None), "complete"), (answer(204, ""), "empty"), (partial, "forbidden")];
    for (answer, expected) in cases {
        let name = format!("{answer:?}");
        let (_, _, end) = read(&ScriptedServer::default().on("/a", [answer]), "/a").await.unwrap();
        assert_eq!(end.name(), expected, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_cannot_be_read_to_its_end_is_an_error() {
    let elsewhere = answer(200, "[1]").header("link", r#"<https://evil.test/a?page=2>; rel="next""#);
    let other_port = answer(200, "[1]").header("link", r#"<https://api.github.com:8443/a?page=2>; rel="next""#);
    let itself = page("[1]", Some("/a"));
    let second_refused = page("[1]", Some("/missing"));
    let no_lists = [r#"{"message":"x"}"#, "3", "", " \n", "null", r#""No data""#].map(|body| answer(200, body));
    for answer in [elsewhere, other_port, itself, second_refused].into_iter().chain(no_lists) {
        let name = format!("{answer:?}");
        let server = ScriptedServer::default().on("/a", [answer]);
        assert!(read(&server, "/a").await.is_err(), "{name}");
        assert!(server.asked().len() <= 2, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn organizations_and_teams_are_whole_objects() {
    let server = ScriptedServer::default()
        .on("/user/orgs?per_page=100", [page(r#"[{"login":"acme","id":1}]"#, Some("/user/orgs?per_page=100&page=2"))])
        .on("/user/orgs?per_page=100&page=2", [page(r#"[{"login":"beta","more":{"x":null}}]"#, None)])
        .on("/orgs/a%2Fb/teams?per_page=100", [page(r#"[{"slug":"core"}]"#, None)])
        .on("/orgs/acme", [answer(200, r#"{"login":"acme","plan":{}}"#)])
        .on("/orgs/odd", [answer(200, "[]")]);
    let github = github(&server, &ScriptedServer::default());
    let organizations = github.organizations(&[]).await.unwrap();
    assert_eq!(organizations.end, SliceEnd::Complete);
    assert_eq!(Value::from(organizations.objects).to_string(), r#"[{"login":"acme","id":1},{"login":"beta","more":{"x":null}}]"#);
    assert_eq!(github.teams("a/b").await.unwrap().objects.len(), 1);
    assert_eq!(github.organization("acme").await.unwrap().to_string(), r#"{"login":"acme","plan":{}}"#);
    assert!(matches!(github.organization("odd").await, Err(GitHubError::Malformed { .. })));
    let named = github.organizations(&["gone".to_owned(), "acme".to_owned()]).await.unwrap();
    assert_eq!((named.objects.len(), named.failed[0].0.as_str(), named.failed.len()), (1, "gone", 1));
    assert_eq!(github.organization("gone").await.unwrap_err().status(), Some(StatusCode::NOT_FOUND));
    assert!(github.teams("gone").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn named_organizations_with_a_bad_token_end_the_run() {
    let server = ScriptedServer::default().on("/orgs/acme", [answer(401, r#"{"message":"Bad credentials"}"#)]);
    let error = github(&server, &ScriptedServer::default()).organizations(&["acme".to_owned()]).await.unwrap_err();
    assert!(error.ends_the_run() && error.is_bad_credentials());
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_says_whether_its_credential_may_list() {
    let scopes = |scopes: &'static str| page("[]", None).header("x-oauth-scopes", scopes);
    let permission = || page("[]", None).header("x-accepted-github-permissions", "members=read");
    // The token, the answer, and how the list of organizations and that of teams end.
    let table = [
        ("ghp_canary", scopes("repo, read:org"), "empty", "empty"),
        ("ghp_canary", scopes("admin:org"), "empty", "empty"),
        ("gho_canary", scopes("write:org"), "empty", "empty"),
        ("ghp_canary", scopes("repo"), "forbidden", "forbidden"),
        ("ghp_canary", scopes(""), "forbidden", "forbidden"),
        ("ghp_canary", page("[]", None), "forbidden", "forbidden"),
        ("ghp_canary", scopes("repo").header("x-accepted-github-permissions", "members=read"), "forbidden", "forbidden"),
        // These are shown no organization, whatever they may.
        ("github_pat_11AAAA", page("[]", None), "forbidden", "forbidden"),
        ("github_pat_11AAAA", permission(), "forbidden", "empty"),
        ("ghs_canary", permission(), "forbidden", "empty"),
    ];
    for (token, answer, organizations, teams) in table {
        let server = ScriptedServer::default()
            .on("/user/orgs?per_page=100", [answer.clone()])
            .on("/orgs/acme/teams?per_page=100", [answer.clone()]);
        let github = github_with(&server, &ScriptedServer::default(), token);
        let listed = github.organizations(&[]).await.unwrap();
        assert_eq!((listed.end.name(), listed.is_of_nobody), (organizations, true), "{token} {answer:?}");
        let listed = github.teams("acme").await.unwrap();
        assert_eq!((listed.end.name(), listed.is_of_nobody), (teams, true), "{token} {answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_contradicts_itself_proves_nothing() {
    let numbered = |elements: &str, next: u32, last: u32| {
        let link = format!(r#"<{API}/a?page={next}>; rel="next", <{API}/a?page={last}>; rel="last""#);
        answer(200, elements.to_owned()).header("link", link)
    };
    let last = |elements: &str| answer(200, elements.to_owned());
    let server = |second: ScriptedAnswer, third: ScriptedAnswer| {
        ScriptedServer::default().on("/a", [numbered("[1]", 2, 3)]).on("/a?page=2", [second]).on("/a?page=3", [third])
    };
    let end = |server: ScriptedServer| async move { read(&server, "/a").await.unwrap().2 };
    assert_eq!(end(server(numbered("[2]", 3, 3), last("[3]"))).await, SliceEnd::Complete);
    assert_eq!(end(server(numbered("[]", 3, 3), last("[]"))).await, SliceEnd::Complete);
    let SliceEnd::Failed { reason, .. } = end(server(last("[2]"), last("[3]"))).await else { panic!() };
    assert_eq!(reason, "/a proves nothing: page 3 was announced as the last one, but the list ended after page 2");
    let SliceEnd::Failed { reason, .. } = end(server(numbered("[1]", 3, 3), last("[3]"))).await else { panic!() };
    assert_eq!(reason, "/a proves nothing: a page repeats the page before it");
    // A circle of pages ends at once.
    let circle = server(numbered("[2]", 3, 3), numbered("[3]", 2, 3));
    assert!(read(&circle, "/a").await.is_err() && circle.asked().len() == 3);
}

#[tokio::test(start_paused = true)]
async fn seats_are_counted_against_what_github_says() {
    let seat = |id: u32| format!(r#"{{"assignee":{{"id":{id},"login":"user-{id}"}}}}"#);
    let lost = |created: &str| format!(r#"{{"created_at":"{created}","assignee":null}}"#);
    let cases: Vec<(&str, Vec<String>, &str)> = vec![
        (r#""total_seats":3,"#, vec![seat(1), seat(2), seat(3)], "complete"),
        (r#""total_seats":3,"#, vec![seat(1)], "failed"),
        (r#""total_seats":3,"#, vec![], "failed"),
        // A page was shifted: one came twice, so another one did not come.
        (r#""total_seats":3,"#, vec![seat(1), seat(2), seat(2)], "failed"),
        // An enterprise counts people, not what they have.
        (r#""total_seats":2,"#, vec![seat(1), seat(2), seat(2)], "complete"),
        (r#""total_seats":3,"#, vec![seat(1), lost("a"), lost("b")], "complete"),
        // Two seats of one enterprise may have been of one person, whose account is gone.
        (r#""total_seats":2,"#, vec![seat(1), lost("a"), lost("b")], "complete"),
        (r#""total_seats":0,"#, vec![lost("a")], "failed"),
        (r#""total_seats":1,"#, vec![seat(1), seat(2)], "failed"),
        (r#""total_seats":0,"#, vec![], "empty"),
        ("", vec![], "failed"),
        (r#""total_seats":null,"#, vec![], "failed"),
        ("", vec![seat(1)], "failed"),
        (r#""total_seats":null,"#, vec![seat(1)], "failed"),
        (r#""total_seats":"1","#, vec![seat(1)], "failed"),
        (r#""total_seats":1.0,"#, vec![seat(1)], "failed"),
        (r#""total_seats":-1,"#, vec![seat(1)], "failed"),
        (r#""total_seats":{},"#, vec![seat(1)], "failed"),
        (r#""total_seats":0,"#, vec![seat(1)], "failed"),
        (r#""total_seats":3,"total_seats":1,"#, vec![seat(1)], "failed"),
    ];
    for (count, seats, expected) in cases {
        let page = format!(r#"{{{count}"seats":[{}]}}"#, seats.join(","));
        let server = ScriptedServer::default().on("/s", [answer(200, page.clone())]);
        let mut pages = github(&server, &ScriptedServer::default()).pages_of(
            "/s",
            Form::Within { list: "seats", count: "total_seats" },
            &PersonFields::NOBODY,
        );
        while pages.next().await.unwrap().is_some() {}
        assert_eq!(pages.end().name(), expected, "{page}");
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_count_differently_prove_nothing() {
    let cases = [
        (r#""total_seats":2,"#, r#""total_seats":2,"#, "complete"),
        (r#""total_seats":3,"#, r#""total_seats":1,"#, "failed"),
        (r#""total_seats":3,"#, r#""total_seats":2,"#, "failed"),
        (r#""total_seats":2,"#, r#""total_seats":3,"#, "failed"),
        (r#""total_seats":1,"#, r#""total_seats":2,"#, "failed"),
        (r#""total_seats":2,"#, "", "failed"),
        ("", r#""total_seats":2,"#, "failed"),
    ];
    for (first, second, expected) in cases {
        let page = |count: &str, id: u32| format!(r#"{{{count}"seats":[{{"assignee":{{"id":{id}}}}}]}}"#);
        let server = ScriptedServer::default()
            .on("/s", [answer(200, page(first, 1)).header("link", format!(r#"<{API}/s?page=2>; rel="next""#))])
            .on("/s?page=2", [answer(200, page(second, 2))]);
        let mut pages = github(&server, &ScriptedServer::default()).pages_of(
            "/s",
            Form::Within { list: "seats", count: "total_seats" },
            &PersonFields::NOBODY,
        );
        while pages.next().await.unwrap().is_some() {}
        assert_eq!(pages.end().name(), expected, "{first} {second}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_closed_endpoint_without_a_day_proves_nothing() {
    let server = ScriptedServer::default().on("/a", [page("[]", None)]);
    let mut pages = github(&server, &ScriptedServer::default()).pages("/a").of_days();
    assert_eq!(pages.next().await.unwrap(), None);
    assert_eq!(pages.end().name(), "unconfirmed");
    // No such endpoint ever answered without a list.
    let server = ScriptedServer::default().on("/a", [answer(204, "")]);
    let mut pages = github(&server, &ScriptedServer::default()).pages("/a").of_days();
    let error = pages.next().await.unwrap_err().to_string();
    assert!(error.contains("204") && error.contains("where a list is expected"), "{error}");
}
