use axum::routing::get;
use bytes::Bytes;

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
    for (pattern, text) in [("/orgs/a", "/orgs/ab"), ("/orgs/*/teams", "/orgs/a/teams/b"), ("*a*b", "ba"), ("/aa*aa", "/aaa")] {
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
    let rules = r#"[{"path":"/lines","times":1,"body":null},{"path":"/lines","status":500},{"path":"/x","method":"POST"}]"#;
    let faults = Faults::from_json(rules).unwrap();
    let service = in_memory(faults.around(Router::new()));
    assert_eq!(ask(&service, "/lines").await, (200, Ok("null".to_owned())));
    assert_eq!(ask(&service, "/lines").await, (500, Ok(String::new())));
    assert_eq!(ask(&service, "/x").await.0, 404);
    assert_eq!((faults.acted(0), faults.acted(1), faults.acted(2), faults.acted(3)), (1, 1, 0, 0));
    assert!(Faults::from_json(r#"[{"path":"/","statu":500}]"#).unwrap_err().to_string().contains("statu"));
}

#[tokio::test]
async fn what_happens_on_the_way_does_not_happen_at_the_server() {
    use tower::ServiceExt;
    let faults = Faults::new([
        Rule::at("*").times(1).transport(TransportFault::Refused),
        Rule::at("*").times(1).transport(TransportFault::Reset),
        Rule::at("*").times(1).transport(TransportFault::Timeout),
        Rule::at("*").skip(1),
    ]);
    let server = in_memory(faults.around(Router::new().route("/lines", get(async || LINES))));
    let service = faults.on_the_way_to(server);
    let mut kinds = Vec::new();
    for _ in 0..4 {
        let request = http::Request::get("/lines").body(Bytes::new()).unwrap();
        kinds.push(service.clone().oneshot(request).await.map(|answer| answer.status().as_u16()).map_err(|error| error.kind));
    }
    let errors = [TransportErrorKind::Connect, TransportErrorKind::Broken, TransportErrorKind::Timeout];
    assert_eq!(kinds, [Err(errors[0]), Err(errors[1]), Err(errors[2]), Ok(200)]);
    // The server saw the request whose answer was lost, and the last one.
    assert_eq!(faults.acted(3), 1);
}

#[tokio::test]
async fn a_rule_acts_on_each_nth_request_that_is_not_skipped() {
    let faults = Faults::new([Rule::at("*").skip(1).every(3).times(2).error(503, "no")]);
    let service = in_memory(faults.around(Router::new().route("/lines", get(async || LINES))));
    let mut statuses = Vec::new();
    for _ in 0..11 {
        statuses.push(ask(&service, "/lines").await.0);
    }
    assert_eq!(statuses, [200, 200, 200, 503, 200, 200, 503, 200, 200, 200, 200]);
    assert_eq!(faults.acted(0), 2);
}
