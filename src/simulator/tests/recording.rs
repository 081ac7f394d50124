//! Recorded answers.

use std::fs;
use std::path::Path;

use super::*;
use crate::door::http::TransportErrorKind;

fn write(folder: &Path, file: &str, text: &str) {
    let file = folder.join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn replay(folder: &Path) -> Client {
    Client::new(&Simulator::new(SimulatorSource::Replay(folder.to_owned()), "").unwrap())
}

#[tokio::test]
async fn a_file_is_the_answer_to_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let report = r#"{"download_links": ["{{BASE}}/signed/a b.ndjson?sig=x"]}"#;
    write(folder.path(), "orgs/acme/reports/latest.json", report);
    write(folder.path(), "signed/a b.ndjson", "{\"n\": 1.0}\r\n\n");
    let client = replay(folder.path());
    let answer = client.get("/orgs/acme/reports/latest").await;
    assert_eq!(answer.text(), r#"{"download_links": ["http://api.test/signed/a b.ndjson?sig=x"]}"#);
    for server in [&client.api, &client.signed] {
        let link = "http://api.test/signed/a%20b.ndjson?sig=x";
        assert_eq!(ask(server, link, &[]).await.text(), "{\"n\": 1.0}\r\n\n");
        assert_eq!(ask(server, link, &[("authorization", "Bearer x")]).await.status, 400);
    }
    assert_eq!(client.get("/orgs/acme").await.status, 404);
    assert_eq!(client.get("/orgs/beta/teams").await.json()["message"], "Not Found");
}

#[tokio::test]
async fn a_recorded_list_is_given_in_pages_of_unchanged_elements() {
    let folder = tempfile::tempdir().unwrap();
    let elements: Vec<String> = (0..70).map(|number| format!(r#"{{"id": {number}.50, "id2": null}}"#)).collect();
    write(folder.path(), "user/orgs.json", &format!("[{}]", elements.join(" , ")));
    let client = replay(folder.path());
    assert_eq!(client.get("/user/orgs?per_page=2&page=2").await.text(), format!("[{},{}]", elements[2], elements[3]));
    assert_eq!(client.list("/user/orgs").await.len(), 70);
    assert_eq!(client.get("/user/orgs").await.json().as_array().unwrap().len(), 30);
}

#[tokio::test]
async fn recorded_rules_act() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "user/orgs.json", "[]");
    write(folder.path(), "signed/x.ndjson", "{}\n{}\n");
    let rules = r#"[
        {"path": "/user/orgs", "skip": 1, "times": 1, "status": 502},
        {"path": "/orgs/*/teams", "body": {"message": "hello"}, "headers": {"x-note": "1"}},
        {"path": "/signed/*", "cut_after_bytes": 4}
    ]"#;
    write(folder.path(), "rules.json", rules);
    let client = replay(folder.path());
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(client.get("/user/orgs").await.status);
    }
    assert_eq!(statuses, [200, 502, 200]);
    let answer = client.get("/orgs/acme/teams").await;
    assert_eq!((answer.status, answer.text(), answer.header("x-note")), (200, r#"{"message":"hello"}"#, "1"));
    let cut = client.download("http://api.test/signed/x.ndjson").await;
    assert_eq!(cut.body.unwrap_err().kind, TransportErrorKind::Broken);
    assert_eq!(client.get("/rules").await.status, 404);
}

#[tokio::test]
async fn a_path_does_not_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "secret.json", "1");
    write(folder.path(), "inside/public.json", "2");
    let client = replay(&folder.path().join("inside"));
    assert_eq!(client.get("/public").await.text(), "2");
    for path in ["/../secret", "/%2e%2e/secret", "/%2e%2e%2fsecret", "//etc/hostname"] {
        assert_eq!(client.get(path).await.status, 404, "{path}");
    }
}

#[test]
fn a_folder_that_cannot_be_replayed_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = |path: &Path| Simulator::new(SimulatorSource::Replay(path.to_owned()), "").unwrap_err().to_string();
    assert!(error(&folder.path().join("nowhere")).contains("nowhere"));
    write(folder.path(), "rules.json", "{}");
    assert!(error(folder.path()).contains("is not a list of rules"));
}
