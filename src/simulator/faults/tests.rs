use axum::routing::get;

use super::*;
use crate::door::http::{HttpService, TransportErrorKind, in_memory, read_whole};

const LINES: &str = "one\ntwo\nthree\n";

fn server(rules: impl IntoIterator<Item = Rule>) -> HttpService {
    in_memory(Faults::new(rules).around(Router::new().route("/lines", get(async || LINES))))
}

async fn ask(service: &HttpService, path: &str) -> (u16, Result<String, TransportErrorKind>) {
    use tower::ServiceExt;
    let request = http::Request::get(path).body(Bytes::new()).unwrap();
    let answer = service.clone().oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = read_whole(answer.into_body(), 1000).await;
    (status, body.map(|body| String::from_utf8(body.to_vec()).unwrap()).map_err(|error| error.kind))
}

use bytes::Bytes;

#[test]
fn a_star_stands_for_any_text() {
    for (pattern, text) in [
        ("/orgs/a/teams", "/orgs/a/teams"),
        ("/orgs/*/teams", "/orgs/a/b/teams"),
        ("*", ""),
        ("/orgs/*", "/orgs/"),
        ("*/latest", "/x/latest"),
        ("/a*b*c", "/a-b-b-c"),
    ] {
        assert!(fits(pattern, text), "{pattern} {text}");
    }
    for (pattern, text) in
        [("/orgs/a", "/orgs/ab"), ("/orgs/*/teams", "/orgs/a/teams/b"), ("*a*b", "ba"), ("/aa*aa", "/aaa")]
    {
        assert!(!fits(pattern, text), "{pattern} {text}");
    }
}

#[tokio::test]
async fn a_rule_waits_acts_and_is_used_up() {
    let service = server([Rule::at("/li*").skip(1).times(2).error(503, "no")]);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask(&service, "/lines").await.0);
    }
    assert_eq!(statuses, [200, 503, 503, 200]);
}

#[tokio::test]
async fn a_cut_body_breaks_and_an_ended_one_does_not() {
    let service = server([Rule::at("*").times(1).cut_after_bytes(6), Rule::at("*").times(1).end_after_bytes(6)]);
    assert_eq!(ask(&service, "/lines").await, (200, Err(TransportErrorKind::Broken)));
    assert_eq!(ask(&service, "/lines").await, (200, Ok("one\ntw".to_owned())));
    assert_eq!(ask(&service, "/lines").await, (200, Ok(LINES.to_owned())));
}

#[tokio::test]
async fn one_line_is_spoilt_and_the_others_are_not() {
    let service = server([Rule::at("*").spoil_line(2)]);
    assert_eq!(ask(&service, "/lines").await.1.unwrap(), "one\n{\"day\":\"2026-\nthree\n");
}

#[tokio::test(start_paused = true)]
async fn a_delay_passes_on_the_clock_of_the_runtime() {
    let before = tokio::time::Instant::now();
    let service = server([Rule::at("*").delay_ms(86_400_000)]);
    assert_eq!(ask(&service, "/lines").await.0, 200);
    assert_eq!(before.elapsed().as_secs(), 86_400);
}

#[tokio::test]
async fn rules_are_read_from_json_and_a_misspelt_key_is_named() {
    let rules =
        r#"[{"path":"/lines","times":1,"body":null},{"path":"/lines","status":500},{"path":"/x","method":"POST"}]"#;
    let faults = Faults::from_json(rules).unwrap();
    let service = in_memory(faults.around(Router::new()));
    assert_eq!(ask(&service, "/lines").await, (200, Ok("null".to_owned())));
    assert_eq!(ask(&service, "/lines").await, (500, Ok(String::new())));
    assert_eq!(ask(&service, "/x").await.0, 404);
    assert_eq!((faults.acted(0), faults.acted(1), faults.acted(2), faults.acted(3)), (1, 1, 0, 0));
    assert!(Faults::from_json(r#"[{"path":"/","statu":500}]"#).unwrap_err().to_string().contains("statu"));
}
