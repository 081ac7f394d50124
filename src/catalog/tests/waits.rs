//! Waits that the catalog asks for, pauses of all requests, and the limit of concurrent requests.

use std::io::Write;

use futures_util::future::join_all;

use super::*;

const TEN_MINUTES: Duration = Duration::from_secs(600);

/// Catalog that gives this answer to the first request, and the usual one to all others.
fn throttled_once(headers: Vec<(&'static str, String)>) -> Scripted {
    Scripted::new(move |seen| match seen.before {
        _ if seen.is_sign_in() => None,
        0 => Some(Reply::WithHeaders(429, headers.clone(), json!({"ok": false, "error": "too_many_requests"}))),
        _ => Some(organization()),
    })
}

#[tokio::test(start_paused = true)]
async fn a_reset_in_ten_minutes_waits_ten_minutes_in_every_form() {
    let now: jiff::Timestamp = START.parse().unwrap();
    for headers in [
        vec![("retry-after", "600".to_owned())],
        vec![("retry-after", "Sat, 01 Aug 2026 00:10:00 GMT".to_owned())],
        vec![("x-ratelimit-reset", "600".to_owned())],
        vec![("x-ratelimit-reset", (now.as_second() + 600).to_string()), ("x-ratelimit-remaining", "0".to_owned())],
    ] {
        let scripted = throttled_once(headers.clone());
        scripted.catalog.organization().await.unwrap();
        let calls = scripted.calls();
        let waited = calls[1].at - calls[0].at;
        assert!(waited >= TEN_MINUTES && waited < TEN_MINUTES + Duration::from_millis(5), "{headers:?}: {waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn all_tasks_keep_the_pause_that_one_of_them_was_asked_for() {
    let scripted = throttled_once(vec![("retry-after", "600".to_owned())]);
    let later = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        join_all((0..20).map(|_| scripted.catalog.organization())).await
    };
    let (first, later) = tokio::join!(scripted.catalog.organization(), later);
    assert!(first.is_ok() && later.iter().all(Result::is_ok));
    let during: Vec<_> = scripted.calls().into_iter().filter(|seen| seen.at < TEN_MINUTES).collect();
    assert_eq!(during.len(), 1);
    assert_eq!(scripted.calls().len(), 22);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_does_not_prolong_a_pause() {
    let scripted = throttled_once(vec![("retry-after", "600".to_owned())]);
    let later = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        scripted.catalog.shared.clock.set_forward(jiff::SignedDuration::from_hours(-24));
        scripted.catalog.organization().await
    };
    let (first, later) = tokio::join!(scripted.catalog.organization(), later);
    assert!(first.is_ok() && later.is_ok(), "{later:?}");
    assert_eq!(scripted.elapsed().as_secs(), TEN_MINUTES.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_pause_also_holds_for_those_who_stood_in_line_when_it_began() {
    let scripted = Scripted::new(|seen| match (seen.is_sign_in(), seen.at.as_secs(), seen.before) {
        (true, ..) => None,
        (_, 0, 0) => {
            let throttled = Reply::WithHeaders(429, vec![("retry-after", "600".into())], json!({}));
            Some(Reply::Late(Duration::from_secs(1), Box::new(throttled)))
        }
        (_, 0, _) => Some(Reply::Late(Duration::from_secs(2), Box::new(organization()))),
        _ => Some(organization()),
    });
    let answers = join_all((0..40).map(|_| scripted.catalog.organization())).await;
    assert!(answers.iter().all(Result::is_ok));
    let during: Vec<_> = scripted.calls().iter().filter(|seen| seen.at < TEN_MINUTES).map(|seen| seen.at).collect();
    assert_eq!(during, [Duration::ZERO; 8]);
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_is_used_up_is_waited_out_before_the_catalog_has_to_say_no() {
    let scripted = Scripted::new(|seen| {
        let headers = vec![("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", "120".to_owned())];
        let body = json!({"organization": {"id": "org_1"}});
        let left = vec![("x-ratelimit-remaining", "99".to_owned()), ("x-ratelimit-reset", "120".to_owned())];
        (!seen.is_sign_in()).then(|| Reply::WithHeaders(200, if seen.before == 0 { headers } else { left }, body))
    });
    for seconds in [0, 120, 120] {
        scripted.catalog.organization().await.unwrap();
        assert_eq!(scripted.calls().last().unwrap().at.as_secs(), seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn a_catalog_that_asks_for_more_than_the_limit_is_given_up_without_waiting() {
    let headers = vec![("retry-after", "86400".to_owned())];
    let scripted = throttled_once(headers);
    let error = scripted.catalog.organization().await.unwrap_err();
    assert_eq!(scripted.elapsed(), Duration::ZERO);
    assert!(error.to_string().contains("asked to wait 86400 s more; at last the catalog answered 429"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_sign_of_life_waits_behind_nothing_and_is_sent_once() {
    let scripted = Scripted::new(|seen| match seen.path.as_str() {
        "/v1/organization" => Some(match seen.before {
            0 => Reply::WithHeaders(429, vec![("retry-after", "600".into())], json!({})),
            _ => organization(),
        }),
        "/v1/integration/my-copilot/resync-state" => Some(match seen.before {
            0 => Reply::Json(200, json!({"integration": {"resyncState": {"updatedAt": "2026-08-01T00:01:00.000Z"}}})),
            _ => Reply::Text(503, ""),
        }),
        _ => None,
    });
    let progress = ResyncProgress {
        status: ResyncStatus::Running,
        last_resync_end: None,
        last_resync_start: Some(START.parse().unwrap()),
        next_resync: None,
        interval_minutes: None,
    };
    let renewals = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let renewed = scripted.catalog.renew_resync_state(&progress).await.unwrap();
        assert_eq!(renewed, Some("2026-08-01T00:01:00Z".parse().unwrap()));
        assert!(scripted.catalog.renew_resync_state(&progress).await.is_err());
        assert_eq!(scripted.elapsed(), Duration::from_secs(60));
    };
    let (slow, ()) = tokio::join!(scripted.catalog.organization(), renewals);
    assert!(slow.is_ok());
    assert_eq!(scripted.calls().iter().filter(|seen| seen.path.ends_with("resync-state")).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn requests_in_flight_are_halved_by_a_429_and_grow_again_slowly() {
    let scripted = Scripted::new(|seen| match seen.before {
        _ if seen.is_sign_in() => None,
        200 => Some(Reply::Text(429, "")),
        _ => Some(late(1, json!({"organization": {"id": "org_1"}}))),
    });
    let answers = join_all((0..400).map(|_| scripted.catalog.organization())).await;
    assert!(answers.iter().all(Result::is_ok));
    let mut by_second = std::collections::BTreeMap::<u64, usize>::new();
    for seen in scripted.calls() {
        *by_second.entry(seen.at.as_secs()).or_default() += 1;
    }
    let counts: Vec<_> = by_second.into_values().collect();
    // Eight seconds at eight, eight at nine, and so on until the 429 halves the ten.
    assert_eq!(counts[..9], [8, 8, 8, 8, 8, 8, 8, 8, 9], "{counts:?}");
    let cut = counts.iter().position(|count| *count < 8).unwrap();
    let after = &counts[cut + 1..counts.len() - 1];
    assert_eq!(after[0], counts[cut - 1] / 2, "{counts:?}");
    assert!(after.windows(2).all(|pair| pair[1] >= pair[0] && pair[1] <= pair[0] + 1), "{counts:?}");
    assert!(after.iter().max() > Some(&6), "{counts:?}");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_is_announced_once_with_its_end_and_without_secrets() {
    let throttled = || {
        Scripted::new(|seen| match seen.at.as_secs() {
            _ if seen.is_sign_in() => None,
            0 => Some(Reply::WithHeaders(429, vec![("retry-after", "600".into())], json!({}))),
            _ => Some(organization()),
        })
    };
    // A line that another test reaches for the first time while a subscriber is set may never be shown to that subscriber. So
    // this one is reached before.
    throttled().catalog.organization().await.unwrap();
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    let scripted = throttled();
    join_all((0..6).map(|_| scripted.catalog.organization())).await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let announced: Vec<_> = text.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(announced.len(), 1, "{text}");
    let message = "the catalog answered 429: waiting 600 s before trying again to read the organization";
    assert!(announced[0].contains(message) && announced[0].contains("until=2026-08-01T00:10:00Z"), "{text}");
    assert!(!text.contains("t0ken") && !text.contains("s3cret"), "{text}");
}
