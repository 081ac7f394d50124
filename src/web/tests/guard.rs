//! Host, origin, token and role, as tables.

use super::*;

/// A request as a browser or another program makes it.
struct Try {
    method: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
}

async fn status(web: &Web, one: &Try) -> u16 {
    let request = Request::builder().method(one.method).uri(one.path);
    let request = one.headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    send(web, request.body(Body::from("{}")).unwrap()).await.status.as_u16()
}

const JSON: (&str, &str) = ("content-type", "application/json");
const OWN: (&str, &str) = ("host", HOST);
const FROM_OWN: (&str, &str) = ("origin", ORIGIN);

#[tokio::test]
async fn only_own_hosts_are_answered_and_only_own_pages_change_something() {
    let folder = TempDir::new().unwrap();
    let web = web_over(folder.path(), access(HOST), Some(Feed::new(clock())));
    type Headers = &'static [(&'static str, &'static str)];
    let table: [(u16, &str, &str, Headers); 27] = [
        (200, "GET", "/", &[OWN]),
        (200, "HEAD", "/", &[OWN]),
        (200, "GET", "/", &[("host", "localhost:8090")]),
        (200, "GET", "/", &[("host", "[::1]:8090")]),
        (200, "GET", "/", &[OWN, ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]),
        (403, "GET", "/", &[]),
        (403, "GET", "/", &[("host", "127.0.0.1.evil.com:8090")]),
        (403, "GET", "/", &[("host", "evil.example:8090")]),
        (403, "GET", "/", &[("host", "127.0.0.1:8091")]),
        (403, "GET", "/", &[OWN, ("host", "evil.example")]),
        (403, "GET", "http://evil.example/", &[OWN]),
        (403, "GET", "/a/0/app.css", &[("host", "evil.example:8090")]),
        (405, "PUT", "/", &[OWN, FROM_OWN, JSON]),
        (405, "DELETE", "/runs", &[OWN, FROM_OWN, JSON]),
        (405, "OPTIONS", "/runs/live/start", &[OWN, ("origin", "https://evil.example")]),
        (405, "POST", "/runs", &[OWN, FROM_OWN, JSON]),
        (405, "GET", "/runs/live/start", &[OWN]),
        // Let in, and then refused for the role.
        (403, "POST", "/runs/live/start", &[OWN, FROM_OWN, JSON, ("sec-fetch-site", "same-origin")]),
        (400, "POST", "/in", &[OWN, FROM_OWN, JSON]),
        (415, "POST", "/in", &[OWN, FROM_OWN]),
        (415, "POST", "/in", &[OWN, FROM_OWN, ("content-type", "application/x-www-form-urlencoded")]),
        (415, "POST", "/in", &[OWN, FROM_OWN, ("content-type", "text/plain; application/json")]),
        (403, "POST", "/in", &[OWN, JSON]),
        (403, "POST", "/in", &[OWN, JSON, ("origin", "null")]),
        (403, "POST", "/in", &[OWN, JSON, ("origin", "http://localhost:8090")]),
        (403, "POST", "/in", &[OWN, JSON, FROM_OWN, ("origin", "https://evil.example")]),
        (403, "POST", "/in", &[OWN, JSON, FROM_OWN, ("sec-fetch-site", "same-site")]),
    ];
    for (expected, method, path, headers) in table {
        let one = Try { method, path, headers };
        assert_eq!(status(&web, &one).await, expected, "{method} {path} {headers:?}");
    }
}

#[tokio::test]
async fn every_answer_has_the_strict_headers() {
    let folder = TempDir::new().unwrap();
    let web = web_over(folder.path(), access(HOST), None);
    let css = get(&web, "/", &[]).await.text.split("href=\"/a/").nth(2).unwrap().split('"').next().unwrap().to_owned();
    for path in ["/", "/nowhere", "/in", "/theme/dark", "/runs/live/events", "/a/x/app.css", &format!("/a/{css}"), "/catalog/%ff"]
    {
        for host in [HOST, "evil.example"] {
            let got = send(&web, Request::get(path).header("host", host).body(Body::empty()).unwrap()).await;
            let header =
                |name: &str| got.headers.get(name).unwrap_or_else(|| panic!("{path}: {name}")).to_str().unwrap().to_owned();
            let policy = header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; ") && policy.ends_with("trusted-types 'none'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("referrer-policy"), "no-referrer");
            assert_eq!(header("cross-origin-resource-policy"), "same-origin");
            assert_eq!(header("cross-origin-opener-policy"), "same-origin");
            let is_file = got.status == StatusCode::OK && path.starts_with("/a/");
            assert_eq!(header("cache-control").contains("immutable"), is_file, "{path}");
        }
    }
}

#[tokio::test]
async fn an_address_that_others_reach_needs_a_token_or_a_proxy() {
    let folder = TempDir::new().unwrap();
    let begin = |change: fn(&mut AccessOptions)| {
        let mut access = access("0.0.0.0:8090");
        change(&mut access);
        let options = WebOptions {
            data: folder.path().to_owned(),
            flags: String::new(),
            clock: clock(),
            catalog: CatalogPlace::Local,
            access,
            embed: crate::web::embed::EmbedOptions::default(),
            rules: crate::figure::FigureRules::default(),
            feed: None,
            metrics: None,
        };
        Web::new(options).err().map(|error| error.to_string())
    };
    let refused = begin(|_| ()).unwrap();
    assert!(refused.contains("0.0.0.0:8090") && refused.contains("nothing says who may look"), "{refused}");
    assert_eq!(begin(|access| access.listening = of("[::1]:8090")), None);
    assert_eq!(begin(|access| access.token = Some(Secret::new("a token of the settings"))), None);
    assert!(begin(|access| access.token = Some(Secret::new("short"))).unwrap().contains("fewer than 16 characters"));
    assert!(begin(|access| access.allowed_hosts = vec!["http://x".to_owned()]).is_some());
}

#[tokio::test]
async fn with_a_token_nobody_sees_anything_before_signing_in() {
    let folder = folder().await;
    let token_roles = Roles { people: true, operator: false };
    let web = web_over(
        folder.path(),
        AccessOptions { token: Some(Secret::new("a token of the settings")), token_roles, ..access(HOST) },
        None,
    );
    for path in ["/", "/runs", "/catalog/copilot_seat", "/nowhere", "/runs/live/events"] {
        let got = get(&web, path, &[]).await;
        assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(got.text.contains("/in") && !got.text.contains("copilot"), "{path}: {}", got.text);
    }
    let page = get(&web, "/in", &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains(&folder.path().display().to_string()), "{}", page.text);
    assert_eq!(post(&web, "/in", "", json!({"token": "a token of the settingz"})).await.status, StatusCode::FORBIDDEN);
    let got = post(&web, "/in", "", json!({"token": "a token of the settings"})).await;
    let cookie = got.headers["set-cookie"].to_str().unwrap();
    for part in ["pilotage_8090=", "; Path=/;", "; HttpOnly;", "; SameSite=Strict;"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!got.text.contains("a token of") && !cookie.contains("token"));
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(get(&web, &format!("/catalog/copilot_seat/{LOGIN}"), &[("cookie", cookie)]).await.status, StatusCode::OK);
    assert_eq!(post(&web, "/runs/live/start", cookie, json!({})).await.status, StatusCode::FORBIDDEN, "no operator");
    assert_eq!(post(&web, "/out", cookie, json!({})).await.status, StatusCode::OK);
    assert_eq!(get(&web, "/", &[("cookie", cookie)]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_program_reads_with_the_token_in_a_header_and_changes_nothing_with_it() {
    let folder = folder().await;
    let token = Some(Secret::new("a token of the settings"));
    let web = web_over(folder.path(), AccessOptions { token, token_roles: Roles::ALL, ..access(HOST) }, None);
    for (path, sent, status) in [
        ("/api/figures/lines", "Bearer a token of the settings", StatusCode::OK),
        ("/metrics", "bearer a token of the settings", StatusCode::NOT_FOUND),
        ("/metrics", "Bearer another token", StatusCode::UNAUTHORIZED),
        ("/metrics", "Basic a token of the settings", StatusCode::UNAUTHORIZED),
        ("/metrics", "a token of the settings", StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(get(&web, path, &[("authorization", sent)]).await.status, status, "{path} {sent}");
    }
    let request = Request::post("/runs/live/start").header("host", HOST).header("origin", ORIGIN);
    let request = request.header("content-type", "application/json").header("authorization", "Bearer a token of the settings");
    assert_eq!(send(&web, request.body(Body::from("{}")).unwrap()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_link_signs_in_once_and_ten_wrong_tokens_close_the_door_for_a_minute() {
    let folder = TempDir::new().unwrap();
    let web = web_over(folder.path(), access(HOST), None);
    let link = web.sign_in_link(ORIGIN, Roles::ALL).unwrap();
    let token = link.strip_prefix("http://127.0.0.1:8090/in#").unwrap();
    assert_eq!(post(&web, "/in", "", json!({"token": token})).await.status, StatusCode::OK);
    assert_eq!(post(&web, "/in", "", json!({"token": token})).await.status, StatusCode::FORBIDDEN);
    for _ in 0..9 {
        assert_eq!(post(&web, "/in", "", json!({"token": "wrong"})).await.status, StatusCode::FORBIDDEN);
    }
    let next = web.sign_in_link(ORIGIN, Roles::ALL).unwrap();
    let got = post(&web, "/in", "", json!({"token": next.rsplit_once('#').unwrap().1})).await;
    assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(got.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() <= 60);
}

#[tokio::test]
async fn a_proxy_names_the_user_from_its_own_addresses_only() {
    let folder = folder().await;
    let proxy = ProxyOptions {
        addresses: vec!["10.0.0.7".parse().unwrap()],
        user_header: "x-forwarded-user".parse().unwrap(),
        groups_header: "x-forwarded-groups".parse().unwrap(),
        people_groups: vec!["people-team".to_owned()],
        operator_groups: vec!["ops".to_owned()],
    };
    let options =
        AccessOptions { proxy: Some(proxy), allowed_hosts: vec!["copilot.example.com".to_owned()], ..access("0.0.0.0:8090") };
    let web = web_over(folder.path(), options, None);
    for (peer, user, groups, expected) in [
        ("10.0.0.7:5", "ada", "people-team, ops", "people, operator"),
        ("[::ffff:10.0.0.7]:5", "ada", "ops", "operator"),
        ("10.0.0.7:5", "ada", "people-teams", "viewer"),
        ("10.0.0.7:5", "", "people-team", ""),
        ("10.0.0.8:5", "ada", "people-team, ops", ""),
    ] {
        let mut request = Request::get("/").header("host", "copilot.example.com");
        request = request.header("x-forwarded-user", user).header("x-forwarded-groups", groups);
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(PeerAddress(of(peer)));
        let got = send(&web, request).await;
        if expected.is_empty() {
            assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{peer} {user} {groups}");
        } else {
            assert!(got.text.contains(&format!(">{expected}</span>")), "{peer} {user} {groups}: {}", got.text);
        }
    }
}

#[tokio::test]
async fn a_viewer_never_sees_a_login_and_only_an_operator_starts_and_stops() {
    let folder = folder().await;
    let feed = Feed::new(clock());
    let web = web_over(folder.path(), access(HOST), Some(Arc::clone(&feed)));
    let run = format!("/runs/{}", run_id(0));
    let (people, operator) = (Roles { people: true, operator: false }, Roles { people: false, operator: true });
    let (people, operator) = (signed_in(&web, people).await, signed_in(&web, operator).await);
    let seat = format!("/catalog/copilot_seat/{LOGIN}");
    let related = "/catalog/copilot_organization_usage/acme@007";
    for path in ["/", &run, "/runs", "/catalog", "/catalog/copilot_seat", &seat, related, "/quality", "/runs/live"] {
        for cookie in ["", &operator] {
            let got = get(&web, path, &[("cookie", cookie)]).await;
            assert!(!got.text.replace(&seat, "").contains(LOGIN), "{path} as {cookie}: {}", got.text);
        }
    }
    let missing = get(&web, "/catalog/copilot_seat/nobody", &[]).await;
    assert_eq!(
        (missing.status, get(&web, &seat, &[]).await.status),
        (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        "as if it were there"
    );
    assert_eq!(get(&web, "/catalog/service_of_somebody", &[]).await.status, StatusCode::FORBIDDEN, "nobody knows what is in it");
    for path in [&run, &seat, related] {
        let got = get(&web, path, &[("cookie", &people)]).await;
        assert!(got.status == StatusCode::OK && got.text.contains(LOGIN), "{path}");
    }
    for (cookie, expected) in [("", 403), (people.as_str(), 403), (operator.as_str(), 202), (operator.as_str(), 409)] {
        assert_eq!(post(&web, "/runs/live/start", cookie, json!({})).await.status.as_u16(), expected, "{cookie}");
    }
    feed.run_wanted().await;
    let _run = feed.begin(&run_id(1));
    for (cookie, expected) in [(people.as_str(), 403), (operator.as_str(), 202)] {
        assert_eq!(post(&web, "/runs/live/stop", cookie, json!({})).await.status.as_u16(), expected, "{cookie}");
    }
    feed.stop_wanted().await;
}

#[tokio::test]
async fn each_address_answers_each_role_as_the_table_says() {
    let folder = folder().await;
    let feed = Feed::new(clock());
    feed.plans().done(crate::web::plans::tests::plan(Some("+ a line"), LOGIN));
    let web = web_over(folder.path(), access(HOST), Some(Arc::clone(&feed)));
    let mut cookies = vec![String::new()];
    for roles in [Roles { people: true, operator: false }, Roles { people: false, operator: true }, Roles::ALL] {
        cookies.push(signed_in(&web, roles).await);
    }
    let run = format!("/runs/{}", run_id(0));
    let seat = format!("/catalog/copilot_seat/{LOGIN}");
    // Of a viewer, somebody with people, an operator, and both.
    let all = [200; 4];
    let people = [403, 200, 403, 200];
    let pages: [(&str, [u16; 4]); 20] = [
        ("/", all),
        ("/figures", all),
        ("/figures/teams", all),
        ("/api/figures/lines?scope=acme", all),
        ("/api/figures/lines.csv?scope=acme", all),
        ("/catalog", all),
        ("/catalog/copilot_organization_usage", all),
        ("/catalog/copilot_organization_usage/acme@007", all),
        ("/catalog/copilot_seat", people),
        (&seat, people),
        ("/catalog/service_of_somebody", people),
        ("/runs", all),
        (&run, all),
        ("/runs/live", all),
        ("/runs/plan", all),
        ("/runs/plan?as=markdown", people),
        ("/runs/plan?as=ndjson", people),
        ("/mapping", all),
        ("/quality", all),
        ("/definitions", all),
    ];
    for (path, expected) in pages {
        for (cookie, expected) in cookies.iter().zip(expected) {
            let got = get(&web, path, &[("cookie", cookie)]).await;
            assert_eq!(got.status.as_u16(), expected, "GET {path} as {cookie}");
            let sees_people = cookie == &cookies[1] || cookie == &cookies[3];
            assert!(sees_people || !got.text.replace(&seat, "").contains(LOGIN), "GET {path} as {cookie}: {}", got.text);
        }
    }
    let operator = [403, 403, 409, 409];
    let posts: [(&str, Value, [u16; 4]); 7] = [
        ("/api/mapping/check", json!({"mapping": "resources: []"}), all),
        ("/api/mapping/preview", json!({"mapping": "resources: []", "kind": "copilot-seats"}), all),
        ("/api/mapping/eval", json!({"expression": ".", "kind": "copilot-seats"}), all),
        ("/api/mapping/test", json!({"mapping": "resources: []", "cases": "cases: []"}), all),
        ("/runs/live/stop", json!({}), operator),
        ("/runs/plan/start", json!({"mapping": null}), [403, 403, 202, 409]),
        ("/runs/plan/push", json!({}), operator),
    ];
    for (path, body, expected) in posts {
        for (cookie, expected) in cookies.iter().zip(expected) {
            assert_eq!(post(&web, path, cookie, body.clone()).await.status.as_u16(), expected, "POST {path} as {cookie}");
        }
    }
}
