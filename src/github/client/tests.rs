use http::header::HOST;

use super::*;
use crate::door::http::{Response, TransportError, TransportErrorKind};
use crate::github::end::{RequestSubject, slice_end};
use crate::github::scripted::{API, START, ScriptedAnswer, ScriptedServer, answer, elapsed, github};

const DENIED: &str = r#"{"message":"Resource not accessible by personal access token"}"#;

async fn ask(github: &GitHub, path: &str) -> Result<ApiResponse, GitHubError> {
    github.ask(github.address(path).unwrap()).await
}

fn reset_in(seconds: i64) -> i64 {
    START.parse::<jiff::Timestamp>().unwrap().as_second() + seconds
}

#[tokio::test(start_paused = true)]
async fn every_request_says_who_asks_and_for_which_version() {
    let api = ScriptedServer::default().on("/a", [answer(200, "{}")]);
    ask(&github(&api, &ScriptedServer::default()), "/a").await.unwrap();
    let (_, headers) = api.asked().remove(0);
    let sent = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(sent("authorization"), "Bearer ghp_canary");
    assert_eq!(sent("accept"), "application/vnd.github+json");
    assert_eq!(sent("x-github-api-version"), "2022-11-28");
    assert_eq!(sent("user-agent"), format!("pilotage/{}", env!("CARGO_PKG_VERSION")));
    assert!(!headers.contains_key(HOST));
}

/// First answers, the number of requests until a 200 comes, and the seconds that pass at least and at most.
#[tokio::test(start_paused = true)]
async fn what_is_worth_another_attempt_gets_one_after_the_right_wait() {
    let limit = || answer(403, r#"{"message":"API rate limit exceeded"}"#).header("x-ratelimit-remaining", 0);
    let cases: Vec<(Vec<ScriptedAnswer>, u64, u64)> = vec![
        (vec![answer(500, "")], 0, 1),
        (vec![answer(502, "<html>"), answer(503, ""), answer(504, ""), answer(408, "")], 0, 5),
        (vec![answer(503, "").header("retry-after", 30)], 30, 30),
        (vec![answer(200, r#"{"a":1}"#).broken_after(3)], 0, 1),
        (vec![answer(200, r#"{"a":1"#)], 0, 1),
        // Nothing, and no word of it that this is all.
        (vec![answer(200, "").ended_by_its_connection()], 0, 1),
        (vec![answer(202, r#"{"a":2}"#), answer(203, r#"{"a":3}"#), answer(206, r#"{"a":4}"#), answer(207, "[]")], 0, 5),
        (vec![answer(200, r#"{"a":1}"#).header("content-length", 9)], 0, 1),
        (vec![limit().header("x-ratelimit-reset", reset_in(600))], 601, 601),
        (vec![limit().header("x-ratelimit-reset", reset_in(-600))], 1, 1),
        (vec![answer(429, "").header("retry-after", 90)], 90, 90),
        (vec![answer(403, r#"{"message":"You have exceeded a secondary rate limit."}"#)], 60, 60),
        (vec![answer(429, ""), answer(429, ""), answer(429, "")], 60 + 120 + 240, 60 + 120 + 240),
    ];
    for (mut answers, at_least, at_most) in cases {
        let (name, requests) = (format!("{answers:?}"), answers.len() + 1);
        answers.push(answer(200, r#"{"a":1}"#));
        let api = ScriptedServer::default().on("/a", answers);
        let github = github(&api, &ScriptedServer::default());
        assert_eq!(ask(&github, "/a").await.unwrap().body, r#"{"a":1}"#, "{name}");
        assert_eq!(api.asked().len(), requests, "{name}");
        assert!((at_least..=at_most).contains(&elapsed(&github)), "{name}: {} s", elapsed(&github));
        let usage = github.usage();
        assert_eq!((usage.requests, usage.retries), (requests as u64, requests as u64 - 1), "{name}");
        assert!(usage.waited.as_secs() >= at_least);
    }
}

/// Only 200 brings what was asked for, and 204 says that there is nothing.
#[tokio::test(start_paused = true)]
async fn no_other_success_is_an_answer_to_a_request_that_reads() {
    for status in [201, 202, 203, 205, 206, 207, 208, 226, 299] {
        for body in ["[]", r#"{"total_seats":0,"seats":[]}"#, ""] {
            let api = ScriptedServer::default().on("/a", [answer(status, body)]);
            let error = ask(&github(&api, &ScriptedServer::default()), "/a").await.unwrap_err();
            let text = error.to_string();
            assert!(api.asked().len() > 1, "{status} {body}: asked once");
            assert_eq!(slice_end(&error, RequestSubject::Teams).name(), "failed", "{status} {body}: {text}");
        }
    }
    for status in [200, 204] {
        let api = ScriptedServer::default().on("/a", [answer(status, "")]);
        assert_eq!(ask(&github(&api, &ScriptedServer::default()), "/a").await.unwrap().status.as_u16(), status);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_asked_once() {
    for status in [304, 400, 401, 403, 404, 409, 410, 422] {
        let api = ScriptedServer::default().on("/a", [answer(status, DENIED).header("x-ratelimit-remaining", 4999)]);
        let github = github(&api, &ScriptedServer::default());
        let error = ask(&github, "/a").await.unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!((api.asked().len(), elapsed(&github)), (1, 0), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_ten_attempts_it_is_given_up_and_the_slice_has_failed() {
    let api = ScriptedServer::default().on("/a", [answer(503, "").header("x-github-request-id", "0A:1B")]);
    let error = ask(&github(&api, &ScriptedServer::default()), "/a").await.unwrap_err();
    assert_eq!(api.asked().len(), 10);
    let text = error.to_string();
    assert!(text.starts_with("GitHub answered 503 to GET /a (gave up after 10 attempts") && text.contains("0A:1B"), "{text}");
    assert_eq!(slice_end(&error, RequestSubject::Teams).name(), "failed");
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_outlasts_all_patience_is_a_failure_and_no_missing_permission() {
    let limit = answer(403, "{}").header("x-ratelimit-remaining", 0).header("x-ratelimit-reset", reset_in(3 * 3600));
    let github = github(&ScriptedServer::default().on("/a", [limit]), &ScriptedServer::default());
    let error = ask(&github, "/a").await.unwrap_err();
    assert_eq!(elapsed(&github), 0);
    assert!(error.to_string().contains("asked to wait 10801 s more"), "{error}");
    assert_eq!(slice_end(&error, RequestSubject::Teams).name(), "failed");
}

#[tokio::test(start_paused = true)]
async fn one_limit_holds_back_every_request_and_is_not_run_into_twice() {
    let used_up = answer(200, "{}").header("x-ratelimit-remaining", 0).header("x-ratelimit-reset", reset_in(600));
    let api = ScriptedServer::default().on("/last", [used_up]).on("/a", [answer(200, "{}")]).on("/b", [answer(200, "{}")]);
    let github = github(&api, &ScriptedServer::default());
    ask(&github, "/last").await.unwrap();
    assert_eq!(elapsed(&github), 0);
    assert!(github.waits_until().is_some());
    let (a, b) = tokio::join!(ask(&github, "/a"), ask(&github, "/b"));
    assert!(a.is_ok() && b.is_ok());
    assert_eq!((elapsed(&github), api.asked().len()), (601, 3));
}

#[tokio::test(start_paused = true)]
async fn bad_credentials_are_told_from_a_credential_that_expires_later() {
    let api = ScriptedServer::default().on("/a", [answer(401, r#"{"message":"Bad credentials"}"#)]).on("/b", [answer(200, "{}")]);
    let github = github(&api, &ScriptedServer::default());
    let error = ask(&github, "/a").await.unwrap_err();
    assert!(error.is_bad_credentials());
    assert_eq!(error.to_string(), "GitHub answered 401 to GET /a: Bad credentials");
    ask(&github, "/b").await.unwrap();
    let later = ask(&github, "/a").await.unwrap_err();
    assert!(!later.is_bad_credentials());
    assert_eq!(slice_end(&later, RequestSubject::Teams).name(), "forbidden");
}

#[tokio::test(start_paused = true)]
async fn a_renamed_organization_is_followed_and_the_credential_stays_at_home() {
    let moved = |status, to: &str| answer(status, "").header("location", to);
    let api = ScriptedServer::default()
        .on("/orgs/old", [moved(301, "/organizations/1")])
        .on("/organizations/1", [moved(307, &format!("{API}/orgs/new"))])
        .on("/orgs/new", [moved(302, "https://objects.githubusercontent.com/x?y=1")])
        .on("/loop", [moved(308, "/loop")])
        .on("/inside", [moved(302, "http://169.254.169.254/latest")])
        .on("/nowhere", [answer(302, "")]);
    let files = ScriptedServer::default().on("/x?y=1", [answer(200, r#"{"login":"new"}"#)]);
    let github = github(&api, &files);
    assert_eq!(ask(&github, "/orgs/old").await.unwrap().body, r#"{"login":"new"}"#);
    let carried: Vec<_> =
        api.asked().iter().chain(&files.asked()).map(|(_, headers)| headers.contains_key("authorization")).collect();
    assert_eq!(carried, [true, true, true, false]);
    assert!(!files.asked()[0].1.contains_key("x-github-api-version"));
    assert!(matches!(ask(&github, "/loop").await, Err(GitHubError::LimitExceeded { .. })));
    assert!(matches!(ask(&github, "/inside").await, Err(GitHubError::DisallowedAddress { .. })));
    assert!(matches!(ask(&github, "/nowhere").await, Err(GitHubError::Malformed { .. })));
}

fn unreachable(kind: TransportErrorKind) -> (HttpService, Arc<std::sync::atomic::AtomicU32>) {
    let attempts = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = Arc::clone(&attempts);
    let service = tower::service_fn(move |_: Request| {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Err::<Response, _>(TransportError::new(kind, "no such host")))
    });
    (HttpService::new(service), attempts)
}

#[tokio::test(start_paused = true)]
async fn a_host_that_never_answered_is_given_up_soon_and_a_slow_one_is_not() {
    for (kind, expected) in
        [(TransportErrorKind::Connect, 3), (TransportErrorKind::Certificate, 1), (TransportErrorKind::Timeout, 10)]
    {
        let (api, attempts) = unreachable(kind);
        let (scripted, clock) = (ScriptedServer::default(), Clock::starting_at(START.parse().unwrap()));
        let mut options = github(&scripted, &scripted).inner.options.clone();
        (options.api, options.clock) = (api, clock);
        let error = ask(&GitHub::new(options).unwrap(), "/a").await.unwrap_err();
        assert_eq!(attempts.load(Ordering::Relaxed), expected, "{kind:?}");
        assert!(error.to_string().starts_with("no complete answer to GET /a: "), "{error}");
        assert!(!error.to_string().contains("canary"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_that_cannot_be_used_is_refused_at_once() {
    let server = ScriptedServer::default();
    let options = GitHubOptions { base_url: "api.github.com".to_owned(), ..github(&server, &server).inner.options.clone() };
    assert!(matches!(GitHub::new(options), Err(GitHubError::Address { .. })));
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_waits_the_same_time() {
    let mut waits = Vec::new();
    for _ in 0..2 {
        let github = github(
            &ScriptedServer::default().on("/a", [answer(500, ""), answer(500, ""), answer(200, "{}")]),
            &ScriptedServer::default(),
        );
        ask(&github, "/a").await.unwrap();
        waits.push(github.usage().waited);
    }
    assert_eq!(waits[0], waits[1]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_token_is_known_in_both_of_githubs_spellings() {
    for text in ["2026-12-01 09:00:00 UTC", "2026-12-01 10:00:00 +0100"] {
        let api = ScriptedServer::default().on("/a", [answer(200, "{}").header("github-authentication-token-expiration", text)]);
        let github = github(&api, &ScriptedServer::default());
        assert_eq!(github.token_expires(), None);
        ask(&github, "/a").await.unwrap();
        assert_eq!(github.token_expires(), "2026-12-01T09:00:00Z".parse().ok(), "{text}");
    }
}

/// Asks for the same thing of that many organizations, one after the other, and how long each took, in seconds.
async fn ask_for_each(github: &GitHub, count: usize) -> Vec<(bool, u64)> {
    let mut took = Vec::new();
    for organization in 0..count {
        let before = elapsed(github);
        let is_answered = ask(github, &format!("/orgs/o{organization}/copilot/billing")).await.is_ok();
        took.push((is_answered, elapsed(github) - before));
    }
    took
}

fn billing(answers: impl Fn(usize) -> Vec<ScriptedAnswer>, count: usize) -> ScriptedServer {
    let on = |server: ScriptedServer, number: usize| server.on(&format!("/orgs/o{number}/copilot/billing"), answers(number));
    (0..count).fold(ScriptedServer::default(), on)
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_out_is_waited_for_once_and_others_are_not_affected() {
    let api = billing(|_| vec![answer(500, "")], 50).on("/orgs/o1/teams", [answer(500, ""), answer(500, ""), answer(200, "[]")]);
    let github = github(&api, &ScriptedServer::default());
    let took = ask_for_each(&github, 50).await;
    assert!(took.iter().all(|(is_answered, _)| !is_answered));
    assert!(took[0].1 >= 60 && took[1..].iter().all(|(_, seconds)| *seconds <= 1), "{took:?}");
    assert_eq!(api.asked().len(), 10 + 49 * 2);
    assert!(elapsed(&github) <= 300, "{} s", elapsed(&github));
    ask(&github, "/orgs/o1/teams").await.unwrap();
    // A second resource of the same kind in the same run, then another run.
    assert!(ask_for_each(&github, 2).await.iter().all(|(_, seconds)| *seconds <= 1));
    assert!(ask_for_each(&github.for_run(), 2).await[0].1 >= 60);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_well_again_is_tried_with_full_patience_again() {
    let three_failures = || vec![answer(502, ""), answer(502, ""), answer(502, ""), answer(200, "{}")];
    let answers = |number| match number {
        0..=2 => vec![answer(503, "")],
        3 => vec![answer(503, ""), answer(200, "{}")],
        _ => three_failures(),
    };
    let github = github(&billing(answers, 6), &ScriptedServer::default());
    let answered: Vec<bool> = ask_for_each(&github, 6).await.iter().map(|(is_answered, _)| *is_answered).collect();
    assert_eq!(answered, [false, false, false, true, true, true]);
}

#[tokio::test(start_paused = true)]
async fn every_second_organization_that_fails_does_not_add_up_to_hours() {
    let answers = |number: usize| vec![if number.is_multiple_of(2) { answer(500, "") } else { answer(200, "{}") }];
    let github = github(&billing(answers, 50), &ScriptedServer::default());
    let took = ask_for_each(&github, 50).await;
    assert_eq!(took.iter().filter(|(is_answered, _)| *is_answered).count(), 25);
    assert!(elapsed(&github) <= 400, "{} s", elapsed(&github));
}

#[tokio::test(start_paused = true)]
async fn slow_failures_and_long_waits_of_a_server_that_is_out_are_cut_too() {
    // An answer that takes its time, and how many seconds fifty organizations take at most.
    let slow = |wait| answer(200, "{}").in_frames(1).each_frame_after(Duration::from_secs(wait));
    let table = [(slow(100), 2 * 120 + 2 + 49 * 120), (answer(503, "").header("retry-after", 20), 9 * 20 + 1)];
    for (first, at_most) in table {
        let name = format!("{first:?}");
        let github = github(&billing(|_| vec![first.clone()], 50), &ScriptedServer::default());
        let took = ask_for_each(&github, 50).await;
        assert!(took.iter().all(|(is_answered, _)| !is_answered), "{name}");
        assert!(elapsed(&github) <= at_most, "{name}: {} s", elapsed(&github));
    }
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_costs_a_few_minutes_and_then_ten_seconds_for_each() {
    let api = HttpService::new(tower::service_fn(|_: Request| std::future::pending::<Result<Response, TransportError>>()));
    let server = ScriptedServer::default();
    let options = GitHubOptions { api, ..github(&server, &server).inner.options.clone() };
    let github = GitHub::new(options).unwrap();
    let took = ask_for_each(&github, 20).await;
    assert!(took[0].1 <= 260 && took[1..].iter().all(|(_, seconds)| *seconds <= 11), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_drips_ends_with_its_attempt() {
    let drip = answer(200, " ").without_end(Duration::from_secs(1));
    let github = github(&ScriptedServer::default().on("/a", [drip]), &ScriptedServer::default());
    let error = ask(&github, "/a").await.unwrap_err();
    assert!(error.to_string().contains("not within 120 s"), "{error}");
    assert!(elapsed(&github) <= 300, "{} s", elapsed(&github));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_too_large_is_read_once_and_not_held() {
    let api = ScriptedServer::default().on("/a", [answer(200, vec![b' '; 64 << 10]).without_end(Duration::ZERO)]);
    let error = ask(&github(&api, &ScriptedServer::default()), "/a").await.unwrap_err();
    assert!(error.to_string().contains(&format!("more than {LARGEST_ANSWER} bytes")), "{error}");
    assert_eq!(api.asked().len(), 1);
}

const PAGE: &str = "<!DOCTYPE html><html><head><title>Access\n denied \u{1b}[2J by ghp_canary</title></head></html>";

#[tokio::test(start_paused = true)]
async fn a_page_of_a_web_filter_is_said_to_be_one_and_not_waited_for() {
    let named = |status| answer(status, PAGE).header("content-type", "text/html");
    for (answer, attempts) in [(named(200), 3), (answer(200, PAGE), 3), (named(403), 1), (named(404), 1), (named(407), 1)] {
        let name = format!("{answer:?}");
        let api = ScriptedServer::default().on("/a", [answer]);
        let github = github(&api, &ScriptedServer::default());
        let error = ask(&github, "/a").await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("titled \"Access denied [2J by [secret]\" came for api.github.com"), "{name}: {text}");
        assert!(text.contains("a proxy or web filter answers instead"), "{text}");
        assert_eq!((api.asked().len(), elapsed(&github) <= 2), (attempts, true), "{name}");
        // A filter's 403 says nothing about permissions, and its 404 nothing about what there is.
        let end = slice_end(&error, RequestSubject::Teams);
        assert!(matches!(&end, crate::model::slice::SliceEnd::Failed { remedy, .. } if remedy.contains("web filter")), "{end:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_say_again_and_again_that_the_limit_is_used_up_are_not_waited_for_without_end() {
    let used_up = |seconds| answer(200, "{}").header("x-ratelimit-remaining", 0).header("x-ratelimit-reset", reset_in(seconds));
    let far = github(&ScriptedServer::default().on("/a", [used_up(80 * 60)]), &ScriptedServer::default());
    for _ in 0..10 {
        ask(&far, "/a").await.unwrap();
    }
    assert_eq!(elapsed(&far), 0);
    // A reset that moves along: each answer names one an hour ahead, by the server's own clock.
    let moving = answer(200, "{}").header("x-ratelimit-remaining", 0).header("x-ratelimit-reset", "3600");
    let moving = github(&ScriptedServer::default().on("/a", [moving]), &ScriptedServer::default());
    for _ in 0..50 {
        ask(&moving, "/a").await.unwrap();
    }
    assert!(elapsed(&moving) <= 3 * 3602, "{} s", elapsed(&moving));
}
