//! What is read from files, and what is refused.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tokio::sync::mpsc;

use super::*;
use crate::model::day::Day;
use crate::model::slice::SliceEnd;
use crate::source::{Event, ReadRequest};

const DAY: &str = r#"{"day":"2026-08-01","organization_id":"7","daily_active_users":3}"#;
const NEXT_DAY: &str = r#"{"day":"2026-08-02","organization_id":"7","daily_active_users":4}"#;
const USER: &str = r#"{"day":"2026-08-01","organization_id":"7","user_id":1,"user_login":"ann"}"#;
const SEAT: &str = r#"{"created_at":"2026-01-01T00:00:00Z","assignee":{"login":"ann"}}"#;
const LEGACY: &str = r#"{"date":"2026-03-01","total_active_users":5,"copilot_ide_chat":null}"#;

fn acme() -> FileOwner {
    FileOwner::Organization("acme".into())
}

fn choice(paths: &[&Path]) -> FileChoice {
    FileChoice { paths: paths.iter().map(|path| path.to_path_buf()).collect(), kind: None, owner: acme(), team: None }
}

fn file(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

/// The lines of the items of a kind, the reasons of those that are refused, and the ends of the slices.
async fn read(source: &FileSource, kind: &str) -> (Vec<(u64, String)>, Vec<String>, Vec<SliceEnd>) {
    let run = source.begin("mine", &CancellationToken::new());
    let (sender, mut events) = mpsc::channel(1);
    let request = ReadRequest {
        days: None,
        kind: kind.to_owned(),
        selector: serde_json::Map::new(),
        resource: 0,
        looks_at: None,
        today: "2026-11-01".parse::<Day>().unwrap(),
    };
    let reading = tokio::spawn(async move { run.read(request, sender).await });
    let (mut items, mut rejected, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(event) = events.recv().await {
        match event {
            Event::Items(batch) => {
                items.extend(batch.items.iter().map(|item| (item.line, String::from_utf8(item.json.to_vec()).unwrap())));
            }
            Event::Ended { end, rejected: some, .. } => {
                rejected.extend(some.first);
                ends.push(end);
            }
            Event::Began(_) | Event::Note(_) | Event::Fatal(_) | Event::Cached(_) | Event::Rows(_) => {}
        }
    }
    reading.await.unwrap().unwrap();
    (items, rejected, ends)
}

async fn read_text(text: impl AsRef<[u8]>, kind: &str) -> (Vec<u64>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "stored.json", text);
    let source = FileSource::open(FileChoice { kind: Some(kind.into()), ..choice(&[&path]) }).unwrap();
    let (items, rejected, ends) = read(&source, kind).await;
    assert!(ends.iter().all(|end| matches!(end, SliceEnd::NotReady { .. })), "{ends:?}");
    let rejected = rejected.into_iter().map(|reason| reason.replace(&format!("{} ", path.display()), "")).collect();
    (items.into_iter().map(|(line, _)| line).collect(), rejected)
}

fn kind_of(text: &str, owner: FileOwner, team: Option<&str>) -> Result<Option<&'static str>, WrongChoice> {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "stored.json", text);
    let about = About { owner, team: team.map(str::to_owned) };
    held(&path, None, &about).map(|kind| kind.map(|kind| kind.name))
}

#[test]
fn what_a_file_holds_is_told_by_its_first_records() {
    let enterprise = || FileOwner::Enterprise("octo".into());
    let report = format!(r#"{{"report_start_day":"2026-08-01","report_end_day":"2026-08-02","day_totals":[{DAY},{NEXT_DAY}]}}"#);
    let repository = r#"{"day":"2026-08-01","repo_id":9,"pull_requests":{"total_created":1}}"#;
    let page = format!(r#"{{"total_seats":1,"seats":[{SEAT}]}}"#);
    let cases: [(&str, FileOwner, Option<&str>, &str); 13] = [
        (DAY, acme(), None, "organization-usage-metrics"),
        (&report, acme(), None, "organization-usage-metrics"),
        (&report, enterprise(), None, "enterprise-usage-metrics"),
        (USER, acme(), None, "organization-user-usage-metrics"),
        (USER, enterprise(), None, "enterprise-user-usage-metrics"),
        (repository, acme(), None, "repository-usage-metrics"),
        (repository, enterprise(), None, "repository-usage-metrics"),
        (SEAT, acme(), None, "copilot-seats"),
        (&page, enterprise(), None, "copilot-seats"),
        (r#"{"seat_breakdown":{"total":3}}"#, acme(), None, "copilot-billing"),
        (LEGACY, acme(), None, "copilot-organization-metrics"),
        (LEGACY, enterprise(), None, "copilot-enterprise-metrics"),
        (LEGACY, acme(), Some("core"), "copilot-team-metrics"),
    ];
    for (text, owner, team, expected) in cases {
        for text in [text.to_owned(), format!("[{text}]"), format!("\u{feff}\n\n  [\n{text}\n]\n"), format!("{{broken\n{text}\n")]
        {
            assert_eq!(kind_of(&text, owner.clone(), team).unwrap(), Some(expected), "{text}");
        }
    }
    assert_eq!(kind_of(" \n\n", acme(), None), Ok(None));
}

#[test]
fn what_cannot_be_told_is_refused_with_what_was_found_and_what_to_do() {
    let membership = r#"{"day":"2026-08-01","user_id":1,"team_id":5,"slug":"core"}"#;
    let cases = [
        (r#"{"a":1,"b":2}"#, None, "line 1: an object with `a`, `b`", "--only KIND"),
        ("\n\n[{\"a\":1}]", None, "line 3: a list of objects with `a`", "--only KIND"),
        ("[]", None, "an empty list", "--only KIND"),
        ("no json", None, "not JSON", "--only KIND"),
        ("day,users\n2026-08-01,3\n", None, "not JSON", "--only KIND"),
        (membership, None, "an object with `day`, `user_id`, `team_id`, `slug`", "--only KIND"),
        (DAY, Some("core"), "an object with `day`", "it looks like `organization-usage-metrics`, which has no teams"),
    ];
    for (text, team, sentence, help) in cases {
        let wrong = kind_of(text, acme(), team).unwrap_err();
        assert!(wrong.sentence.contains(sentence) && wrong.help.contains(help), "{wrong:?}");
    }
}

#[test]
fn a_kind_that_no_file_of_the_owner_has_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "stored.json", DAY);
    let cases = [
        ("copilot-seets", None, "there is no kind"),
        ("team-usage-metrics", None, "import the users' report"),
        ("copilot-team-metrics", None, "--team SLUG"),
        ("enterprise-usage-metrics", None, "--enterprise SLUG"),
        ("copilot-seats", Some("core"), "leave out --team"),
    ];
    for (kind, team, expected) in cases {
        let choice = FileChoice { kind: Some(kind.into()), team: team.map(str::to_owned), ..choice(&[&path]) };
        let wrong = FileSource::open(choice).unwrap_err();
        assert!(format!("{wrong}; {}", wrong.help).contains(expected), "{wrong:?}");
    }
    let of_enterprise = FileChoice {
        kind: Some("organization-usage-metrics".into()),
        owner: FileOwner::Enterprise("octo".into()),
        ..choice(&[&path])
    };
    assert!(FileSource::open(of_enterprise).unwrap_err().help.contains("--org LOGIN"));
    assert!(
        FileSource::open(choice(&[Path::new("/no/such/file")])).unwrap_err().sentence.contains("cannot read `/no/such/file`")
    );
}

#[test]
fn a_folder_stands_for_its_files_the_last_name_first() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = FileSource::open(choice(&[folder.path()])).unwrap_err();
    assert!(wrong.sentence.ends_with("has no file that ends in .json, .ndjson or .jsonl"), "{wrong}");
    for name in ["2026-08.ndjson", "2026-09.JSON", "2026-07.jsonl", "README.md"] {
        file(&folder, name, DAY);
    }
    file(&folder, "empty.json", "\n");
    fs::create_dir(folder.path().join("deeper.json")).unwrap();
    let source = FileSource::open(choice(&[folder.path()])).unwrap();
    let names: Vec<_> = source.files.iter().map(|file| file.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["2026-09.JSON", "2026-08.ndjson", "2026-07.jsonl"]);
    assert_eq!((source.len(), source.is_empty(), source.is_restricted()), (4, false, true));
    let warnings = source.begin("mine", &CancellationToken::new()).warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].ends_with("empty.json` has no record"), "{warnings:?}");
}

#[tokio::test]
async fn every_item_and_every_refusal_has_its_line() {
    let kind = "organization-usage-metrics";
    let (lines, refused) = read_text(format!("{DAY}\n\n{{\"day\": \n{NEXT_DAY}\r\n{USER}\nnull\n"), kind).await;
    assert_eq!(lines, [1, 4]);
    assert_eq!(refused.len(), 3, "{refused:?}");
    assert!(refused[0].starts_with("line 3: not JSON"), "{refused:?}");
    assert!(refused[1].starts_with("line 5: expected a day of an organization"), "{refused:?}");
    assert!(refused[2].starts_with("line 6: expected an object"), "{refused:?}");
    // A document over several lines.
    let (lines, refused) = read_text(format!("[\n{DAY},\n{{\"x\": 1}},\n\n{NEXT_DAY}\n]\n"), "organization-usage-metrics").await;
    assert_eq!(lines, [2, 5]);
    assert!(refused[0].starts_with("line 3: expected an object with `day_totals` or `day`"), "{refused:?}");
    let (lines, refused) =
        read_text(format!("[\n{USER},\n{{\"x\": 1}},\n\n{}\n]\n", USER.replace("ann", "ben")), "user-usage-metrics").await;
    assert_eq!(lines, [2, 5]);
    assert!(refused[0].starts_with("line 3: expected a user's day"), "{refused:?}");
    // Several documents, the last of which is cut off.
    let (lines, refused) =
        read_text(format!("{{\n\"day_totals\":[\n{DAY}]}}\n{{\n\"day_totals\":[{NEXT_DAY}]}}\n{{\n\"day"), kind).await;
    assert_eq!(lines, [1, 4]);
    assert!(refused[0].starts_with("line 6: not JSON"), "{refused:?}");
}

#[tokio::test]
async fn rows_of_another_owner_and_days_twice_in_one_report_are_refused() {
    let other = NEXT_DAY.replace("\"7\"", "\"8\"");
    let (lines, refused) = read_text(format!("{DAY}\n{other}\n"), "organization-usage-metrics").await;
    assert_eq!(lines, [1]);
    assert!(refused[0].contains("expected the organization_id 7, found 8"), "{refused:?}");
    let (lines, refused) = read_text(format!("{{\"day_totals\":[{DAY},{DAY}]}}\n"), "organization-usage-metrics").await;
    assert_eq!((lines.len(), refused.len()), (1, 1));
    // Two reports may have the same day.
    let (lines, refused) = read_text(format!("{DAY}\n{DAY}\n"), "organization-usage-metrics").await;
    assert_eq!((lines.len(), refused.len()), (2, 0), "{refused:?}");
}

#[tokio::test]
async fn batches_are_of_a_hundred_and_nothing_is_lost_between_them() {
    let rows: String =
        (1..=1003).map(|id| format!("{}\n", USER.replace("\"user_id\":1", &format!("\"user_id\":{id}")))).collect();
    let (lines, refused) = read_text(rows, "organization-user-usage-metrics").await;
    assert_eq!((lines, refused), ((1..=1003).collect(), Vec::new()));
}

#[tokio::test]
async fn a_run_reads_the_files_of_one_kind_and_says_which_the_mapping_leaves_out() {
    let folder = tempfile::tempdir().unwrap();
    let (days, users) = (file(&folder, "days.json", DAY), file(&folder, "users.json", USER));
    let source = FileSource::open(choice(&[&days, &users])).unwrap();
    assert_eq!(read(&source, "organization-usage-metrics").await.0.len(), 1);
    assert_eq!(read(&source, "user-usage-metrics").await.0.len(), 1);
    let (items, _, ends) = read(&source, "copilot-seats").await;
    assert!(items.is_empty() && ends.is_empty());
    let run = source.begin("mine", &CancellationToken::new());
    assert_eq!(run.check(&["organization-usage-metrics", "organization-user-usage-metrics"]).await, Ok(()));
    let wrong = run.check(&["organization-usage-metrics"]).await.unwrap_err();
    assert!(wrong.sentence.contains("users.json` holds items of `organization-user-usage-metrics`"), "{wrong}");
}

#[tokio::test]
async fn a_run_that_is_stopped_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let source = FileSource::open(choice(&[&file(&folder, "days.json", DAY)])).unwrap();
    let stop = CancellationToken::new();
    stop.cancel();
    let run = source.begin("mine", &stop);
    let (sender, mut events) = mpsc::channel(8);
    let request = ReadRequest {
        days: None,
        kind: "organization-usage-metrics".into(),
        selector: serde_json::Map::new(),
        resource: 0,
        looks_at: None,
        today: "2026-11-01".parse().unwrap(),
    };
    run.read(request, sender).await.unwrap();
    assert!(matches!(events.recv().await, Some(Event::Began(slice)) if slice.scope.is_empty()));
    assert!(matches!(events.recv().await, Some(Event::Ended { end: SliceEnd::Failed { .. }, .. })));
    assert!(events.recv().await.is_none());
}

#[test]
fn a_line_that_is_too_long_is_told_and_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = format!("{DAY}\n\"").into_bytes();
    text.resize(text.len() + usize::try_from(records::RECORD_BYTES).unwrap() + 10, b'x');
    text.extend_from_slice(format!("\"\n{NEXT_DAY}\n").as_bytes());
    let mut records = Records::open(&file(&folder, "long.ndjson", text)).unwrap();
    let mut told = Vec::new();
    while let Some(record) = records.next().unwrap() {
        told.push(match record {
            Record::Json(item) => (item.line, item.json.len()),
            Record::TooLong { line } => (line, 0),
        });
    }
    assert_eq!(told, [(1, DAY.len()), (2, 0), (3, NEXT_DAY.len())]);
}

#[test]
fn items_are_enriched_with_whom_they_are_about() {
    let enriched = |owner, team: Option<&str>| {
        let about = About { owner, team: team.map(str::to_owned) };
        let names: Vec<String> = about.enrichment().0.iter().map(|(name, value)| format!("{name} {value}")).collect();
        (about.scope(), names.join(", "))
    };
    assert_eq!(enriched(acme(), None), ("acme".into(), r#"__organization {"login":"acme"}"#.into()));
    let (scope, added) = enriched(FileOwner::Enterprise("octo".into()), Some("core"));
    assert_eq!(
        (scope.as_str(), added.as_str()),
        ("octo/core", r#"__enterprise {"slug":"octo"}, __team {"slug":"core","name":"core"}"#)
    );
}
