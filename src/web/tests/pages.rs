//! What pages show.

use super::*;

/// The main part of a page, a tag a line, without what differs from run to run.
fn main_part(text: &str) -> String {
    let (_, rest) = text.split_once("<main").unwrap_or_else(|| panic!("{text}"));
    let (main, _) = rest.split_once("</main>").unwrap();
    let written = fancy_regex::Regex::new(r"T09:00:\d\d\.\d{3}Z").unwrap();
    let main = written.replace_all(main, "T09:00:00.000Z").into_owned();
    main.split_once('>').unwrap().1.replace("><", ">\n<")
}

#[tokio::test]
async fn pages_are_as_they_were() {
    let folder = folder().await;
    let web = web_over(folder.path(), access(HOST), None);
    let run = format!("/runs/{}", run_id(0));
    let pages = [
        ("home", "/"),
        ("run", run.as_str()),
        ("catalog", "/catalog"),
        ("entity", "/catalog/copilot_organization_usage/acme@007"),
        ("quality", "/quality?days=5"),
        ("nowhere", "/figures/nothing"),
    ];
    for (name, path) in pages {
        let got = get(&web, path, &[]).await;
        insta::assert_snapshot!(name, format!("{}\n{}", got.status, main_part(&got.text)));
    }
}

#[tokio::test]
async fn home_says_when_the_newest_day_is_old() {
    let folder = folder().await;
    let home = get(&web_over(folder.path(), access(HOST), None), "/", &[]).await.text;
    assert!(!home.contains("The newest day of"), "{home}");
    let later = Clock::starting_at("2026-11-20T09:00:00Z".parse().unwrap());
    let home = get(&web_at(later, folder.path(), access(HOST), None), "/", &[]).await.text;
    assert!(home.contains("The newest day of <strong>acme</strong> is") && home.contains("days ago"), "{home}");
    assert!(!home.contains("Everything is alright"), "{home}");
    // A run of weeks ago wrote nothing since yesterday.
    assert!(home.contains("No run; the last one began"), "{home}");
}

#[tokio::test]
async fn a_figure_without_a_day_says_which_kind_brings_it() {
    let folder = folder().await;
    let web = web_over(folder.path(), access(HOST), None);
    let page = get(&web, "/figures/adoption", &[]).await.text;
    let figure = |id: &str| page.split_once(&format!("id=\"{id}\"")).unwrap().1.split("</figure>").next().unwrap();
    let tools = figure("tool-active-people");
    let brings = "which kind <code>ai-tool-usage</code> brings; it is not in the mapping of the newest run.";
    assert!(tools.contains("people of each AI tool") && tools.contains(brings), "{tools}");
    assert!(!figure("active-people").contains("brings"), "what is held lacks nothing");
}

#[tokio::test]
async fn teams_that_cannot_be_read_close_no_page() {
    let folder = folder().await;
    let content = b"no teams".to_vec();
    let scope = ScopeKey::of_slice("acme", false, "api.github.com");
    let hash = hash::of_row(&content);
    let fact = DayFact { scope, day: "2026-11-01".parse().unwrap(), part: Part::Teams, hash, content: Some(content) };
    let reading = Reading { at: "2026-11-03T08:00:00Z".parse().unwrap(), is_cached: false };
    HistoryStore::open(folder.path()).unwrap().write(&[fact], reading).unwrap();
    let web = web_over(folder.path(), access(HOST), None);
    let got = get(&web, "/figures/use", &[]).await;
    assert_eq!(got.status, 200, "{}", got.text);
    assert!(got.text.contains("<svg"), "{}", got.text);
}

#[tokio::test]
async fn text_from_elsewhere_is_text() {
    let folder = folder().await;
    let web = web_over(folder.path(), access(HOST), None);
    for path in [
        "/catalog/copilot_organization_usage",
        "/catalog/copilot_organization_usage/acme@007",
        "/catalog/copilot_organization_usage?prefix=%3Cscript%3E&property=note&is==&value=%22%3E%3Cscript%3E",
        "/catalog/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/runs?before=%3Cscript%3E",
        "/definitions/%3Cscript%3E",
        "/%3Cscript%3E?a=%22%3E%3Cscript%3E",
    ] {
        let got = get(&web, path, &[]).await;
        let main = got.text.split_once("<body>").unwrap().1;
        assert!(!main.contains("<script"), "{path}: {main}");
        assert!(!got.text.contains("<b>to read"), "{path}");
    }
}

#[tokio::test]
async fn entities_are_paged_in_both_directions() {
    let folder = folder().await;
    let web = web_over(folder.path(), access(HOST), None);
    let first = "/catalog/copilot_organization_usage";
    let shown = |text: &str| -> Vec<String> {
        let parts = text.split("/catalog/copilot_organization_usage/acme@").skip(1);
        parts.map(|rest| rest[..3].to_owned()).collect()
    };
    let link = |text: &str, words: &str| -> Option<String> {
        let before = text.split_once(&format!(">{words}</a>"))?.0;
        Some(before.rsplit_once("href=\"")?.1.split('"').next()?.replace("&amp;", "&"))
    };
    let one = get(&web, first, &[]).await.text;
    assert_eq!((shown(&one).len(), shown(&one)[49].as_str(), link(&one, "‹ previous")), (50, "049", None));
    let two = get(&web, &link(&one, "next ›").unwrap(), &[]).await.text;
    assert_eq!((shown(&two)[0].as_str(), shown(&two).len(), link(&two, "next ›")), ("050", 10, None));
    let back = get(&web, &link(&two, "‹ previous").unwrap(), &[]).await.text;
    assert_eq!(shown(&back), shown(&one));
    let few = get(&web, &format!("{first}?prefix=acme@01&property=daily_active_users&is=%3E&value=17"), &[]).await.text;
    assert_eq!(shown(&few), ["018", "019"]);
    assert!(few.contains("looked at 10 entities, 2 found, to the end"), "{few}");
    let none = get(&web, &format!("{first}?prefix=zz"), &[]).await.text;
    assert!(none.contains("No identifier begins with <code>zz</code>"), "{none}");
    for (query, status) in [
        ("?property=holder&value=x", 403),
        ("?is=~", 400),
        ("?column=nothing", 400),
        ("?property=note&is=contains&value=x", 200),
        ("?before=acme@005", 200),
    ] {
        assert_eq!(get(&web, &format!("{first}{query}"), &[]).await.status.as_u16(), status, "{query}");
    }
    let lines = get(&web, &format!("{first}?as=ndjson"), &[]).await;
    assert_eq!((lines.text.lines().count(), lines.headers["content-type"].to_str().unwrap()), (60, "application/x-ndjson"));
}

#[tokio::test]
async fn changes_of_a_run_are_found_and_counted() {
    let folder = folder().await;
    let web = web_over(folder.path(), access(HOST), None);
    let run = format!("/runs/{}", run_id(0));
    let page = get(&web, &run, &[]).await.text;
    assert!(page.contains("<del>1187</del> → <ins>1204</ins>"), "{page}");
    assert!(page.contains("1 change of entities about people"), "{page}");
    let updates = get(&web, &format!("{run}?action=update&find=ACME"), &[]).await.text;
    assert!(updates.contains("1 to 1 of 1"), "{updates}");
    for (query, status) in [("?action=explode", 400), ("?change=x", 400), ("?change=99", 200)] {
        assert_eq!(get(&web, &format!("{run}{query}"), &[]).await.status.as_u16(), status, "{query}");
    }
}

#[tokio::test]
async fn an_empty_folder_says_what_fills_it_and_no_folder_is_made() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("none");
    let web = web_over(&data, access(HOST), None);
    for (path, words) in [
        ("/", "pilotage demo"),
        ("/runs", "No run has left a report"),
        ("/catalog", "There is no entity"),
        ("/quality", "No day of any organization"),
        ("/runs/live", "it runs nothing"),
    ] {
        let got = get(&web, path, &[]).await;
        assert!(got.status == StatusCode::OK && got.text.contains(words), "{path}: {}", got.text);
    }
    assert!(!data.exists());
}

#[tokio::test]
async fn with_another_catalog_the_page_says_where_to_look() {
    let folder = folder().await;
    let options = WebOptions {
        data: folder.path().to_owned(),
        flags: String::new(),
        clock: clock(),
        catalog: CatalogPlace::Elsewhere { url: "https://api.getport.io".to_owned() },
        access: access(HOST),
        embed: crate::web::embed::EmbedOptions::default(),
        rules: crate::figure::FigureRules::default(),
        feed: None,
        metrics: None,
    };
    let web = Web::new(options).unwrap_or_else(|error| panic!("{error}"));
    let got = get(&web, "/catalog", &[]).await;
    assert!(got.text.contains("https://api.getport.io"), "{}", got.text);
    for path in ["/catalog/copilot_organization_usage", "/catalog/copilot_organization_usage/acme@001"] {
        let got = get(&web, path, &[]).await;
        assert!(got.status == StatusCode::NOT_FOUND && got.text.contains("https://api.getport.io"), "{path}: {}", got.text);
    }
    let run = get(&web, &format!("/runs/{}", run_id(0)), &[]).await.text;
    assert!(!run.contains("href=\"/catalog/"), "{run}");
}

#[tokio::test]
async fn the_theme_is_kept_and_leads_back_to_own_pages_only() {
    let folder = TempDir::new().unwrap();
    let web = web_over(folder.path(), access(HOST), None);
    for (back, location) in [
        ("%2Fruns%3Fbefore%3Dx", "/runs?before=x"),
        ("https%3A%2F%2Fevil.example", "/"),
        ("%2F%2Fevil.example", "/"),
        ("%2F%5Cevil.example", "/"),
        ("%2Fa%0D%0Ax%3A1", "/"),
    ] {
        let got = get(&web, &format!("/theme/dark?back={back}"), &[]).await;
        assert_eq!((got.status.as_u16(), got.headers["location"].to_str().unwrap()), (303, location), "{back}");
        assert!(got.headers["set-cookie"].to_str().unwrap().starts_with("pilotage_theme=dark;"));
    }
    let page = get(&web, "/", &[("cookie", "a=b; pilotage_theme=dark")]).await.text;
    assert!(page.contains("<html lang=\"en\" data-theme=\"dark\">"), "{page}");
}

#[tokio::test]
async fn a_run_that_goes_on_is_told_as_it_changes() {
    use crate::model::slice::{Slice, SliceEnd};
    use crate::resync::observe::Observer;
    let folder = TempDir::new().unwrap();
    let feed = Feed::new(clock());
    let web = web_over(folder.path(), access(HOST), Some(Arc::clone(&feed)));
    let observer = feed.begin(&run_id(0));
    observer.resource_began(0, "copilot-seats");
    let request = Request::get("/runs/live/events").header("host", HOST).body(Body::empty()).unwrap();
    let response = web.router().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let mut next = async || {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let text = String::from_utf8(frame.to_vec()).unwrap();
        serde_json::from_str::<Value>(text.strip_prefix("data: ").unwrap().trim_end()).unwrap()
    };
    let first = next().await;
    assert_eq!((&first["run"]["resources"][0]["kind"], &first["run"]["ended"]), (&json!("copilot-seats"), &Value::Null));
    let forbidden = SliceEnd::Forbidden { reason: "no right".into(), remedy: "give it".into() };
    observer.slice_ended(&Slice::new(0, "copilot-seats", "beta", forbidden));
    let key = crate::model::entity::EntityKey { blueprint: "copilot_seat".to_owned(), identifier: LOGIN.to_owned() };
    observer.decided(&key, &crate::reconcile::decision::Decision::Create);
    feed.ended(crate::runs::RunState::Partial);
    let second = next().await;
    assert_eq!((&second["run"]["troubles"][0]["remedy"], &second["run"]["ended"]), (&json!("give it"), &json!("partial")));
    assert_eq!((&second["run"]["totals"]["create"], &second["changes"]), (&json!(1), &json!([])), "people are not for viewers");
    let page = get(&web, "/runs/live", &[]).await.text;
    assert!(page.contains("give it") && page.contains(&format!("/runs/{}", run_id(0))) && !page.contains("http-equiv"), "{page}");
}

#[tokio::test]
async fn what_is_not_there_or_not_understood_says_so_with_a_way_on() {
    let folder = folder().await;
    let web = web_over(folder.path(), access(HOST), Some(Feed::new(clock())));
    let cookie = signed_in(&web, Roles::ALL).await;
    for (path, status, words) in [
        ("/nowhere", 404, "no page at this address"),
        ("/runs/20990101T000000Z-000000", 404, "no report of a run"),
        ("/runs/x", 404, "no report of a run"),
        ("/runs?before=yesterday", 400, "`before` is no name of a run"),
        ("/runs/plan?as=markdown", 404, "no plan to download"),
        ("/catalog/nothing", 404, "nothing"),
        ("/catalog/copilot_seat/nobody", 404, "no entity `nobody`"),
        ("/catalog/%ff", 400, "not text in UTF-8"),
        ("/catalog/copilot_organization_usage?column=nothing", 400, "nothing"),
        ("/quality?days=0", 400, "`days` is a number from 1"),
        ("/quality?days=today", 400, "`days` is a number from 1"),
        ("/?scope=nobody", 404, "no numbers of `nobody`"),
        ("/figures/nothing", 404, "no page of figures"),
        ("/figures/use?since=2026-13-01", 400, "`since`"),
        ("/figures/use?since=2027-01-01", 400, "in the future"),
        ("/figures/use?by=hour", 400, "`by` is day"),
        ("/api/figures/nothing", 404, "no figure `nothing`"),
        ("/definitions/nothing", 404, "nothing"),
        ("/mapping?from=nothing", 400, "no bundled mapping"),
        ("/runs/plan/start", 405, "not answered in that way"),
        ("/api/mapping/test", 405, "not answered in that way"),
    ] {
        let got = get(&web, path, &[("cookie", &cookie)]).await;
        assert_eq!(got.status.as_u16(), status, "{path}: {}", got.text);
        // Programs get JSON, and the same way on.
        let (main, way_on) =
            if path.starts_with("/api/") { (got.text.clone(), "\"see\":\"/") } else { (main_part(&got.text), "href=\"/") };
        assert!(as_written(&main).contains(&words.to_lowercase()), "{path}: {main}");
        assert!(main.contains(way_on), "{path} leads nowhere: {main}");
    }
}

#[tokio::test]
async fn a_null_is_explained_by_the_item_that_the_history_keeps_or_by_the_newest_run() {
    let folder = folder().await;
    let explain = |expression: &str| {
        json!({"resources": [{"kind": "organization-usage-metrics", "selector": {"query": "true"}, "port": {"entity": {"mappings": {
            "identifier": ".__organization.login + \"@\" + .day", "blueprint": "\"copilot_organization_usage\"",
            "properties": {"daily_active_users": ".daily_active_users", "note": expression}}}}}]})
    };
    let id = run_id(5);
    let mut newest = report(&id);
    newest["resources"][0]["nulls"] = json!({"properties.note": {"count": 3, "reason": "the expression gives null"}});
    Runs::in_data_folder(folder.path()).write(&id, &newest).unwrap();
    put_mapping(folder.path(), &explain(".no_such_field")).await;
    let web = web_over(folder.path(), access(HOST), None);
    let page = get(&web, "/catalog/copilot_organization_usage/acme@2026-11-01", &[]).await.text;
    assert!(page.contains("the item has no key <code>no_such_field</code>"), "{page}");
    assert!(page.contains("this entity's own item"), "{page}");
    let page = get(&web, "/catalog/copilot_organization_usage/acme@100", &[]).await.text;
    assert!(page.contains("null for 3 of the newest run's items: the expression gives null"), "{page}");
    assert!(page.contains("<code>.no_such_field</code>") && page.contains("is not kept"), "{page}");
}

#[tokio::test]
async fn a_plan_is_shown_with_its_mapping_and_what_names_people_is_not_for_viewers() {
    let folder = folder().await;
    let feed = Feed::new(clock());
    let web = web_over(folder.path(), access(HOST), Some(Arc::clone(&feed)));
    let (viewer, all) = ("", signed_in(&web, Roles::ALL).await);
    assert!(get(&web, "/runs/plan", &[]).await.text.contains("No plan was made"));
    assert_eq!(post(&web, "/runs/plan/start", &all, json!({"mapping": "resources: []"})).await.status, StatusCode::ACCEPTED);
    assert!(get(&web, "/runs/plan", &[]).await.text.contains("A plan is being made"));
    let wish = feed.plans().wanted().await;
    assert_eq!(wish, crate::web::plans::PlanWish::Plan { mapping: Some("resources: []".to_owned()) });
    feed.plans().done(crate::web::plans::tests::plan(Some("-old\n+new <b>"), LOGIN));
    let shown = get(&web, "/runs/plan", &[("cookie", viewer)]).await.text;
    assert!(shown.contains("plan: 2 to create") && shown.contains("acme@2026-11-01") && !shown.contains(LOGIN), "{shown}");
    assert!(shown.contains("1 change of entities about people") && !shown.contains("data-post=\"/runs/plan/push\""), "{shown}");
    let shown = get(&web, "/runs/plan", &[("cookie", &all)]).await.text;
    assert!(
        shown.contains(LOGIN) && shown.contains("+new &lt;b&gt;") && shown.contains("data-post=\"/runs/plan/push\""),
        "{shown}"
    );
    let lines = get(&web, "/runs/plan?as=ndjson", &[("cookie", &all)]).await.text;
    assert_eq!(lines.lines().count(), 2);
    let found = get(&web, "/runs/plan?action=create&find=ACME", &[("cookie", &all)]).await.text;
    assert!(found.contains("1 to 1 of 1"), "{found}");
    assert_eq!(get(&web, "/runs/plan?action=explode", &[]).await.status, StatusCode::BAD_REQUEST);
}
