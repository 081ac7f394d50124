use super::*;
use crate::door::gunzip::packed;
use crate::github::error::Answerer;
use crate::github::report::Manifest;
use crate::github::scripted::{FILES, ScriptedAnswer, ScriptedServer, answer, elapsed, github};
use crate::model::day::Day;

const LATEST: &str = "/orgs/acme/copilot/metrics/reports/users-28-day/latest";

fn manifest(links: &[&str]) -> ScriptedAnswer {
    let links: Vec<_> = links.iter().map(|link| format!("{FILES}{link}")).collect();
    let manifest = serde_json::json!({"download_links": links, "report_start_day": "2026-07-01", "report_end_day": "2026-07-28"});
    answer(200, manifest.to_string())
}

async fn report(github: &GitHub) -> Report {
    match github.report(LATEST, None).await.unwrap() {
        Manifest::Ready(report) => report,
        Manifest::NotReady { reason } => panic!("{reason}"),
    }
}

type Lines = Vec<(u64, String)>;
type Read = (Lines, Result<Option<Doubt>, GitHubError>);

async fn read(reader: &mut LineReader) -> Read {
    let mut lines = Vec::new();
    loop {
        match reader.next().await {
            Ok(Some(chunk)) => {
                assert!(!chunk.is_empty() && chunk.len() <= CHUNK_ITEMS);
                lines.extend(chunk.into_iter().map(|item| (item.line, String::from_utf8(item.json.to_vec()).unwrap())));
            }
            Ok(None) => return (lines, Ok(reader.doubt())),
            Err(error) => return (lines, Err(error)),
        }
    }
}

/// Reads one file, served by these answers in turn.
async fn file(answers: impl IntoIterator<Item = ScriptedAnswer>) -> (Read, ScriptedServer, GitHub) {
    let api = ScriptedServer::default().on(LATEST, [manifest(&["/f?sig=canary"])]);
    let files = ScriptedServer::default().on("/f?sig=canary", answers);
    let github = github(&api, &files);
    let report = report(&github).await;
    let read = read(&mut github.download(&report, 0, &PersonFields::NOBODY)).await;
    (read, files, github)
}

fn text(lines: u64) -> String {
    (1..=lines).map(|line| format!("{{\"line\":{line}}}\n")).collect()
}

fn expected(lines: u64) -> Vec<(u64, String)> {
    (1..=lines).map(|line| (line, format!("{{\"line\":{line}}}"))).collect()
}

#[tokio::test(start_paused = true)]
async fn every_file_of_a_report_is_read_without_credentials_or_headers_of_the_api() {
    let api = ScriptedServer::default().on(LATEST, [manifest(&["/one?sig=a%2Fb%3D", "/two"])]);
    let files = ScriptedServer::default().on("/one?sig=a%2Fb%3D", [answer(200, "{\"a\":1}\n")]).on("/two", [answer(200, "")]);
    let github = github(&api, &files);
    let report = report(&github).await;
    assert_eq!(report.files(), 2);
    let mut first = github.download(&report, 0, &PersonFields::NOBODY);
    assert_eq!(read(&mut first).await, (vec![(1, "{\"a\":1}".to_owned())], Ok(None)));
    assert_eq!(&*first.source(), "/orgs/acme/copilot/metrics/reports/users-28-day/latest file 1 of 2");
    assert_eq!(read(&mut github.download(&report, 1, &PersonFields::NOBODY)).await, (vec![], Ok(Some(Doubt::NoRow))));
    for (_, headers) in files.asked() {
        let names: Vec<_> = headers.keys().map(|name| name.as_str()).collect();
        assert_eq!(names, ["user-agent"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_is_read_line_by_line_in_whatever_form_it_comes() {
    let one = |text: &str| vec![(1, text.to_owned())];
    let cases: [(ScriptedAnswer, Lines, u64); 10] = [
        (answer(200, "{}"), one("{}"), 0),
        (answer(200, "{}\r\n"), one("{}"), 0),
        (answer(200, "\u{feff}{}\n"), one("{}"), 0),
        (answer(200, "{}\n\n \n{}"), vec![(1, "{}".to_owned()), (4, "{}".to_owned())], 0),
        (answer(200, &b"{\"a\":\"\xc3\"}\n"[..]), one("{\"a\":\"\u{fffd}\"}"), 1),
        (answer(200, "not json\n"), one("not json"), 0),
        (answer(200, "\n \n"), vec![], 0),
        (answer(200, text(250)).in_frames(7), expected(250), 0),
        (answer(200, packed(text(250).as_bytes())).in_frames(100), expected(250), 0),
        (
            answer(200, packed(text(250).as_bytes())).header("content-encoding", "gzip").header("content-length", 5),
            expected(250),
            0,
        ),
    ];
    for (answer, expected, repaired) in cases {
        let name = format!("{answer:?}").chars().take(100).collect::<String>();
        let api = ScriptedServer::default().on(LATEST, [manifest(&["/f"])]);
        let github = github(&api, &ScriptedServer::default().on("/f", [answer]));
        let mut reader = github.download(&report(&github).await, 0, &PersonFields::NOBODY);
        let (lines, end) = read(&mut reader).await;
        assert_eq!((lines, reader.repaired()), (expected.clone(), repaired), "{name}");
        assert_eq!(end, Ok(expected.is_empty().then_some(Doubt::NoRow)), "{name}");
    }
}

/// However the first attempt breaks, every line comes once, in order and whole.
#[tokio::test(start_paused = true)]
async fn a_download_that_breaks_is_read_on_and_no_line_is_lost_or_doubled() {
    let whole = text(30);
    for broken_after in 0..whole.len() {
        let tagged = |answer: ScriptedAnswer| answer.header("etag", "\"v1\"").header("accept-ranges", "bytes");
        let length = whole.len();
        let rest = answer(206, whole[broken_after..].to_owned())
            .header("content-range", format!("bytes {broken_after}-{}/{length}", length - 1));
        let cases = [
            // The server cannot send parts: from the beginning.
            vec![answer(200, whole.clone()).broken_after(broken_after), answer(200, whole.clone())],
            // The connection ends early and without an error.
            vec![answer(200, whole[..broken_after].to_owned()).header("content-length", length), answer(200, whole.clone())],
            // The server can send parts, and does.
            vec![tagged(answer(200, whole.clone()).header("content-length", length).broken_after(broken_after)), rest],
            // The server can send parts, but the file is another one by now, though with the same text.
            vec![
                tagged(answer(200, whole.clone()).header("content-length", length).broken_after(broken_after)),
                answer(200, whole.clone()),
            ],
            // The server sends the wrong part.
            vec![
                tagged(answer(200, whole.clone()).header("content-length", length).broken_after(broken_after)),
                answer(206, "{}\n").header("content-range", format!("bytes 1-3/{length}")),
                answer(200, whole.clone()),
            ],
            // The server sends a part that ends right and begins wrong.
            vec![
                tagged(answer(200, whole.clone()).header("content-length", length).broken_after(broken_after)),
                answer(206, whole[9..].to_owned()).header("content-range", format!("bytes 9-{}/{length}", length - 1)),
                answer(200, whole.clone()),
            ],
            // It breaks twice.
            vec![
                answer(200, whole.clone()).broken_after(broken_after),
                answer(200, whole.clone()).broken_after(broken_after / 2),
                answer(200, whole.clone()),
            ],
        ];
        for (number, answers) in cases.into_iter().enumerate() {
            // A file from which nothing was read is not resumed, so the part that a range asks for never comes.
            if broken_after == 0 && matches!(number, 2 | 4 | 5) || broken_after == 9 && number == 5 {
                continue;
            }
            let ((lines, end), _, _) = file(answers).await;
            assert_eq!(end, Ok(None), "case {number} at {broken_after}");
            assert_eq!(lines, expected(30), "case {number} at {broken_after}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_is_asked_for_by_position_and_version() {
    let first =
        answer(200, text(9)).header("etag", "\"v1\"").header("accept-ranges", "bytes").header("content-length", text(9).len());
    let rest = answer(206, text(9)[20..].to_owned())
        .header("content-range", format!("bytes 20-{}/{}", text(9).len() - 1, text(9).len()));
    let (_, files, _) = file([first.broken_after(20), rest]).await;
    let headers = &files.asked()[1].1;
    assert_eq!((headers["range"].to_str().unwrap(), headers["if-range"].to_str().unwrap()), ("bytes=20-", "\"v1\""));
}

#[tokio::test(start_paused = true)]
async fn a_packed_file_that_is_cut_is_read_again() {
    let whole = packed(text(300).as_bytes());
    for kept in [1, 2, 40, whole.len() / 2, whole.len() - 1] {
        let ((lines, end), _, _) = file([answer(200, whole[..kept].to_vec()), answer(200, whole.clone())]).await;
        // One byte of gzip is a line that is no JSON: nothing tells it from a file of one byte.
        if kept > 1 {
            assert_eq!((lines, end), (expected(300), Ok(None)), "{kept}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_another_one_the_second_time_is_an_error() {
    let other = text(30).replace("\"line\":3}", "\"line\":33}");
    for second in [other, text(2), String::new()] {
        let ((lines, end), _, _) = file([answer(200, text(30)).broken_after(40), answer(200, second)]).await;
        assert!(matches!(end, Err(GitHubError::ReportReplaced { .. })), "{end:?}");
        assert_eq!(lines, expected(3));
    }
}

#[tokio::test(start_paused = true)]
async fn a_half_line_is_never_handed_over() {
    let ((lines, end), files, _) = file([answer(200, text(5)).broken_after(15)]).await;
    assert_eq!(lines, expected(1));
    assert!(matches!(end, Err(GitHubError::Transport { gave_up: Some(_), .. })), "{end:?}");
    assert_eq!(files.asked().len(), 10);
    assert!(!end.unwrap_err().to_string().contains("canary"));
}

#[tokio::test(start_paused = true)]
async fn an_expired_link_is_asked_for_anew_once() {
    for status in [401, 403, 404, 410] {
        let api = ScriptedServer::default().on(LATEST, [manifest(&["/a", "/old"]), manifest(&["/a2", "/new"])]);
        let files = ScriptedServer::default().on("/old", [answer(status, "<Error/>")]).on("/new", [answer(200, text(3))]);
        let github = github(&api, &files);
        let read = read(&mut github.download(&report(&github).await, 1, &PersonFields::NOBODY)).await;
        assert_eq!(read, (expected(3), Ok(None)), "{status}");
        assert_eq!((api.asked().len(), files.paths()), (2, vec!["/old".to_owned(), "/new".to_owned()]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_refused_again_is_a_failure_and_no_empty_file() {
    let ((lines, end), files, _) = file([answer(404, "<Error/>")]).await;
    let Err(GitHubError::Refused(refusal)) = end else { panic!("{end:?}") };
    assert_eq!((lines.len(), files.asked().len(), refusal.by, refusal.status.as_u16()), (0, 2, Answerer::Files, 404));
    let text = refusal.to_string();
    assert!(text.ends_with("answered 404 to /orgs/acme/copilot/metrics/reports/users-28-day/latest file 1 of 1"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_link_that_expires_while_a_broken_download_is_resumed_leads_to_the_same_lines() {
    let api = ScriptedServer::default().on(LATEST, [manifest(&["/old"]), manifest(&["/new"])]);
    let files = ScriptedServer::default()
        .on("/old", [answer(200, text(9)).broken_after(30), answer(403, "")])
        .on("/new", [answer(200, text(9))]);
    let github = github(&api, &files);
    let read = read(&mut github.download(&report(&github).await, 0, &PersonFields::NOBODY)).await;
    assert_eq!(read, (expected(9), Ok(None)));
}

#[tokio::test(start_paused = true)]
async fn a_report_that_is_another_one_when_asked_for_anew_is_an_error() {
    let moved_on = r#"{"download_links":["https://h/a"],"report_start_day":"2026-07-02","report_end_day":"2026-07-29"}"#;
    for second in [answer(200, moved_on), manifest(&["/a", "/b"]), answer(204, "")] {
        let api = ScriptedServer::default().on(LATEST, [manifest(&["/old"]), second]);
        let github = github(&api, &ScriptedServer::default());
        let (_, end) = read(&mut github.download(&report(&github).await, 0, &PersonFields::NOBODY)).await;
        assert!(matches!(end, Err(GitHubError::ReportReplaced { .. })), "{end:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_server_of_the_files_is_waited_for_when_it_is_not_well() {
    let answers = [answer(503, ""), answer(429, "").header("retry-after", 20), answer(500, ""), answer(200, text(2))];
    let (read, files, github) = file(answers).await;
    assert_eq!(read, (expected(2), Ok(None)));
    assert_eq!(files.asked().len(), 4);
    assert!((20..25).contains(&elapsed(&github)));
    for status in [204, 400, 418] {
        let ((_, end), _, _) = file([answer(status, "")]).await;
        assert!(matches!(end, Err(GitHubError::Refused(_))), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_or_redirection_to_an_address_inside_is_not_followed() {
    for link in ["http://169.254.169.254/latest", "file:///etc/passwd", "http://copilot-reports.github.com/f", "nonsense"] {
        let manifest = serde_json::json!({"download_links": [link], "report_day": "2026-07-01"}).to_string();
        let api = ScriptedServer::default().on(LATEST, [answer(200, manifest)]);
        let files = ScriptedServer::default();
        let github = github(&api, &files);
        let (_, end) = read(&mut github.download(&report(&github).await, 0, &PersonFields::NOBODY)).await;
        assert!(end.is_err() && files.asked().is_empty(), "{link}");
    }
    let ((_, end), files, _) = file([answer(302, "").header("location", "https://169.254.169.254/")]).await;
    assert!(matches!(end, Err(GitHubError::DisallowedAddress { .. })) && files.asked().len() == 1, "{end:?}");
    let ((lines, _), _, _) = file([answer(302, "").header("location", "/f?sig=canary"), answer(200, text(1))]).await;
    assert_eq!(lines, expected(1));
}

#[tokio::test(start_paused = true)]
async fn the_404_of_one_day_is_not_ready_and_that_of_the_latest_report_is_an_error() {
    let github = github(&ScriptedServer::default(), &ScriptedServer::default());
    let path = "/orgs/acme/copilot/metrics/reports/users-1-day";
    let day: Day = "2026-07-01".parse().unwrap();
    let Ok(Manifest::NotReady { reason }) = github.report(path, Some(day)).await else { panic!() };
    assert_eq!(reason, format!("GitHub answered 404 to GET {path}?day=2026-07-01: Not Found"));
    assert!(github.report(LATEST, None).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_too_long_is_named_and_the_others_are_read() {
    let long = "x".repeat(LONGEST_LINE + 1);
    let api = ScriptedServer::default().on(LATEST, [manifest(&["/f"])]);
    let files = ScriptedServer::default().on("/f", [answer(200, format!("{{}}\n{long}\n{{}}\n")).in_frames(1 << 20)]);
    let github = github(&api, &files);
    let mut reader = github.download(&report(&github).await, 0, &PersonFields::NOBODY);
    let (lines, _) = read(&mut reader).await;
    assert_eq!(lines, [(1, "{}".to_owned()), (3, "{}".to_owned())]);
    let rejected = reader.take_rejected();
    assert_eq!((rejected.len(), rejected[0].line), (1, 2));
    assert!(reader.take_rejected().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_file_that_ends_with_its_connection_is_read_again_and_proves_nothing() {
    let ends = |lines| answer(200, text(lines)).ended_by_its_connection();
    let ((lines, end), files, _) = file([ends(5)]).await;
    assert_eq!((lines, files.asked().len()), (expected(5), 3));
    let error = end.unwrap_err();
    let GitHubError::Unproven { doubt: Doubt::EndOfConnection { attempts: 3 }, .. } = error else { panic!("{error:?}") };
    // It was cut the first time, and the second time it is whole and says so.
    let ((lines, end), files, _) = file([ends(5), answer(200, text(9))]).await;
    assert_eq!((lines, end, files.asked().len()), (expected(9), Ok(None), 2));
    // Packed, the file has an end of its own; without it, it is read again.
    let whole = packed(text(9).as_bytes());
    let ((lines, end), files, _) = file([answer(200, whole.clone()).ended_by_its_connection()]).await;
    assert_eq!((lines, end, files.asked().len()), (expected(9), Ok(None), 1));
    let cut = answer(200, whole[..whole.len() - 4].to_vec()).ended_by_its_connection();
    let ((lines, end), files, _) = file([cut, answer(200, whole)]).await;
    assert_eq!((lines, end, files.asked().len()), (expected(9), Ok(None), 2));
    // A length is enough, whatever the connection does.
    let with_length = answer(200, text(5)).header("content-length", text(5).len()).ended_by_its_connection();
    assert_eq!(file([with_length]).await.0, (expected(5), Ok(None)));
}

#[tokio::test(start_paused = true)]
async fn records_are_read_however_they_are_laid_out_and_from_wherever_reading_broke_off() {
    let pretty = "{\n  \"line\": 1\n}\n{\n  \"line\": 2\n}\n{\"line\":3}{\"line\":4}\n\u{1e}{\"line\":5}\n";
    let records = |lines: Lines| -> Vec<_> {
        lines
            .into_iter()
            .map(|(line, text)| (line, serde_json::from_str::<serde_json::Value>(&text).unwrap()["line"].as_u64().unwrap()))
            .collect()
    };
    let expected = [(1, 1), (4, 2), (7, 3), (7, 4), (8, 5)];
    for broken_after in 0..pretty.len() {
        let ((lines, end), _, _) = file([answer(200, pretty).broken_after(broken_after), answer(200, pretty)]).await;
        assert_eq!((records(lines), end), (expected.to_vec(), Ok(None)), "{broken_after}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_drips_is_given_up_in_minutes_and_one_that_is_only_slow_is_read() {
    let drip = answer(200, "{").without_end(std::time::Duration::from_secs(1));
    let ((_, end), _, github) = file([drip]).await;
    let error = end.unwrap_err().to_string();
    assert!(error.contains("no answer in time: ") && error.contains("bytes came in 60 s, fewer than 61440"), "{error}");
    assert!(elapsed(&github) <= 200, "{} s", elapsed(&github));
    let rows = format!("{{\"note\":\"{}\"}}\n", "x".repeat(2_000)).repeat(3_600);
    let slow = answer(200, rows.clone()).in_frames(2_000).each_frame_after(std::time::Duration::from_secs(1));
    let ((lines, end), files, github) = file([slow]).await;
    assert_eq!((lines.len(), end, files.asked().len()), (3_600, Ok(None), 1));
    assert!(elapsed(&github) >= 3_600);
}

#[tokio::test(start_paused = true)]
async fn a_file_without_end_ends() {
    let blank = answer(200, vec![b'\n'; 64 << 10]).without_end(std::time::Duration::ZERO);
    let ((lines, end), ..) = file([blank]).await;
    assert!(lines.is_empty());
    assert!(end.unwrap_err().to_string().ends_with("exceeds the limit of 1000000 blank lines"));
    let grows = answer(200, packed(&vec![b' '; 72 << 20]));
    let ((_, end), files, _) = file([grows]).await;
    assert!(end.unwrap_err().to_string().ends_with("exceeds the limit of 200 times its packed size"));
    assert_eq!(files.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_files_of_an_endpoint_that_is_out_are_waited_for_once() {
    let api = ScriptedServer::default().on(LATEST, [manifest(&["/one", "/two", "/three"])]);
    let out = || [answer(503, "")];
    let files =
        ScriptedServer::default().on("/one", out()).on("/two", out()).on("/three", [answer(503, ""), answer(200, "{}\n")]);
    let github = github(&api, &files);
    let report = report(&github).await;
    let mut took = Vec::new();
    for file in 0..3 {
        let before = elapsed(&github);
        let (_, end) = read(&mut github.download(&report, file, &PersonFields::NOBODY)).await;
        took.push((end.is_ok(), elapsed(&github) - before));
    }
    assert!(!took[0].0 && took[0].1 >= 60, "{took:?}");
    assert!(!took[1].0 && took[1].1 <= 1 && took[2].0 && took[2].1 <= 1, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_web_filters_page_in_place_of_a_file_is_said_to_be_one_without_the_signature() {
    let page = "<html><head><title>f?sig=canary is blocked, canary</title></head></html>\n";
    for served in [
        answer(200, page),
        answer(200, page).header("content-type", "text/html"),
        answer(403, page).header("content-type", "text/html; charset=utf-8"),
    ] {
        let name = format!("{served:?}");
        let ((lines, end), files, _) = file([served]).await;
        let error = end.unwrap_err().to_string();
        assert!(lines.is_empty() && files.asked().len() <= 2, "{name}");
        assert!(error.contains("and a page titled \"f?") && error.contains("came for copilot-reports.github.com"), "{error}");
        assert!(error.contains("web filter") && !error.contains("canary"), "{error}");
    }
}
