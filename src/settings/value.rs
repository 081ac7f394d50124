//! Reads a value as what its setting takes. Pure; each function says what it expected when it got something else.

use std::net::IpAddr;
use std::time::Duration;

use url::Url;

use super::source::Raw;
use super::{EventListener, LogLevel, Origin};
use crate::identity::Identity;
use crate::model::recurrence::Recurrence;
use crate::model::secret::Secret;

/// Description of the expected value.
pub(super) type Expected = String;

/// The largest number of people that a smallest group can have. Beyond it nothing of a team would ever be shown.
const LARGEST_SMALLEST_GROUP: u64 = 10_000;

/// A year. What is longer was meant otherwise, and would overflow a clock.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

fn expected<T>(what: &str) -> Result<T, Expected> {
    Err(what.to_owned())
}

pub(super) fn text(raw: &Raw) -> Result<String, Expected> {
    raw.text().map(str::to_owned).ok_or_else(|| "one value".to_owned())
}

/// A text that can stand in a header of HTTP.
pub(super) fn header_text(raw: &Raw) -> Result<String, Expected> {
    match raw.text() {
        Some(text) if text.chars().all(|character| character.is_ascii_graphic()) => Ok(text.to_owned()),
        _ => expected("one word of letters, digits and punctuation of ASCII"),
    }
}

pub(super) fn secret(raw: &Raw) -> Result<Secret, Expected> {
    match header_text(raw) {
        Ok(text) => Ok(Secret::new(text)),
        Err(_) => expected("a secret of one line, without spaces"),
    }
}

/// A secret of several lines, such as a key in PEM.
pub(super) fn long_secret(raw: &Raw) -> Result<Secret, Expected> {
    raw.text().map(Secret::new).ok_or_else(|| "a secret".to_owned())
}

/// A base address for requests, without a slash at its end.
pub(super) fn url(raw: &Raw) -> Result<String, Expected> {
    let text = raw.text().unwrap_or_default();
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() => {
            expected("an address that begins with https:// or http://")
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => expected("an address without credentials in it"),
        Ok(url) if url.query().is_some() || url.fragment().is_some() => expected("an address without `?` and `#`"),
        Ok(url) => Ok(url.as_str().trim_end_matches('/').to_owned()),
        Err(_) => expected("an address such as https://api.example.com"),
    }
}

pub(super) fn boolean(raw: &Raw) -> Result<bool, Expected> {
    match raw.text().unwrap_or_default().to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" | "y" | "t" => Ok(true),
        "false" | "0" | "no" | "off" | "n" | "f" => Ok(false),
        _ => expected("true or false"),
    }
}

/// Seconds, whole or not, more than none.
pub(super) fn seconds(raw: &Raw) -> Result<Duration, Expected> {
    let seconds = raw.text().unwrap_or_default().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match seconds {
        Some(seconds) if !seconds.is_zero() && seconds <= LONGEST => Ok(seconds),
        _ => expected("a number of seconds above 0"),
    }
}

/// Minutes, a duration with units, or a cron expression.
pub(super) fn recurrence(raw: &Raw) -> Result<Recurrence, Expected> {
    Recurrence::parse(raw.text().unwrap_or_default())
}

/// Minutes, or a duration with units such as `2h 30m`.
pub(super) fn interval(raw: &Raw) -> Result<Duration, Expected> {
    let text = raw.text().unwrap_or_default();
    let interval = match text.parse::<u32>() {
        Ok(minutes) => Some(Duration::from_secs(u64::from(minutes) * 60)),
        Err(_) => text.parse::<jiff::SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok()),
    };
    match interval {
        Some(interval) if interval >= Duration::from_secs(1) && interval <= LONGEST => Ok(interval),
        _ => expected("a number of minutes, or a duration such as `2h`"),
    }
}

pub(super) fn part(raw: &Raw) -> Result<f64, Expected> {
    match raw.text().unwrap_or_default().parse() {
        Ok(part) if (0.0..=1.0).contains(&part) => Ok(part),
        _ => expected("a number from 0 to 1"),
    }
}

/// A number of days: at least one, and not more than a calendar of SQLite's can tell.
pub(super) fn days(raw: &Raw) -> Result<u32, Expected> {
    match raw.text().unwrap_or_default().parse() {
        Ok(days) if (1..=36_525).contains(&days) => Ok(days),
        _ => expected("a number of days, from 1 to 36525"),
    }
}

/// The way in which people are kept.
pub(super) fn identity(raw: &Raw) -> Result<Identity, Expected> {
    Identity::find(raw.text().unwrap_or_default()).ok_or_else(|| "names, pseudonyms or none".to_owned())
}

/// Fields that reports are told apart and joined by: without them nothing could be read.
const NEEDED: &[&str] = &[
    "day",
    "date",
    "day_totals",
    "report_start_day",
    "report_end_day",
    "user_id",
    "user_login",
    "organization_id",
    "enterprise_id",
    "team_id",
    "slug",
    "login",
    "id",
    "seats",
    "total_seats",
    "assignee",
    "created_at",
];

/// Names of fields that are left out.
pub(super) fn dropped(raw: &Raw) -> Result<Vec<String>, Expected> {
    let names = list(raw)?;
    match names.iter().find(|name| NEEDED.contains(&name.as_str())) {
        Some(needed) => {
            Err(format!("fields that nothing is told apart by, and `{needed}` is one; for people there is `identity`"))
        }
        None => Ok(names),
    }
}

/// The smallest group of people that is shown.
pub(super) fn smallest_group(raw: &Raw) -> Result<u64, Expected> {
    match raw.text().unwrap_or_default().parse() {
        Ok(people) if (1..=LARGEST_SMALLEST_GROUP).contains(&people) => Ok(people),
        _ => expected("a number of people, from 1 to 10000"),
    }
}

pub(super) fn address(raw: &Raw) -> Result<IpAddr, Expected> {
    let text = raw.text().unwrap_or_default();
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    text.parse().map_err(|_| "an IP address, such as 127.0.0.1".to_owned())
}

pub(super) fn port_number(raw: &Raw) -> Result<u16, Expected> {
    raw.text().unwrap_or_default().parse().map_err(|_| "a port, from 0 to 65535".to_owned())
}

/// A list: of YAML, of JSON, or a text with commas. Items are trimmed, blank ones left out.
pub(super) fn list(raw: &Raw) -> Result<Vec<String>, Expected> {
    let items = match raw {
        Raw::List(items) => items.clone(),
        Raw::Text(text) if text.trim_start().starts_with('[') => match serde_json::from_str(text) {
            Ok(items) => items,
            Err(_) => return expected("a list of texts: a,b or [\"a\",\"b\"]"),
        },
        Raw::Text(text) => text.split(',').map(str::to_owned).collect(),
    };
    Ok(items.iter().map(|item| item.trim()).filter(|item| !item.is_empty()).map(str::to_owned).collect())
}

/// Kinds with a schedule each, written `kind=schedule`.
pub(super) fn kind_schedules(raw: &Raw) -> Result<Vec<(String, Recurrence)>, Expected> {
    let schedule = |text: String| match text.split_once('=') {
        Some((kind, when)) if !kind.trim().is_empty() => {
            let recurrence = Recurrence::parse(when).map_err(|what| format!("`{}` with {what}", kind.trim()))?;
            Ok((kind.trim().to_owned(), recurrence))
        }
        _ => expected("kinds with a schedule each, such as `github-teams=15m`"),
    };
    list(raw)?.into_iter().map(schedule).collect()
}

/// Hosts, or endings of hosts, without anything around them.
pub(super) fn hosts(raw: &Raw) -> Result<Vec<String>, Expected> {
    let hosts = list(raw)?;
    let is_host = |host: &String| {
        let name = host.trim_start_matches('*').trim_start_matches('.');
        !name.is_empty()
            && Url::parse(&format!("https://{name}/"))
                .is_ok_and(|url| url.host_str().is_some_and(|known| known.eq_ignore_ascii_case(name)))
    };
    if hosts.iter().all(is_host) {
        Ok(hosts)
    } else {
        expected("hosts without https:// and path: files.example.com,.example.org")
    }
}

/// Ocean's KAFKA carries the same requests that polling finds, so polling stands in for it. Its listeners of live events and of
/// actions never resync, and there is nothing else to do for them here.
pub(super) fn listener(raw: &Raw) -> Result<EventListener, Expected> {
    match raw.text().unwrap_or_default().to_uppercase().as_str() {
        "POLLING" | "KAFKA" => Ok(EventListener::Polling),
        "ONCE" => Ok(EventListener::Once),
        "WEBHOOK" => Ok(EventListener::Webhook),
        "WEBHOOKS_ONLY" | "ACTIONS_ONLY" => Ok(EventListener::Never),
        _ => expected("POLLING, ONCE, WEBHOOK, KAFKA, WEBHOOKS_ONLY or ACTIONS_ONLY"),
    }
}

/// Port's own defaults are none that anybody else can create, and Ocean is the former name of Default.
pub(super) fn origin(raw: &Raw) -> Result<Origin, Expected> {
    match raw.text().unwrap_or_default().to_uppercase().as_str() {
        "DEFAULT" | "OCEAN" | "PORT" => Ok(Origin::Default),
        "EMPTY" => Ok(Origin::Empty),
        _ => expected("Default, Empty, Ocean or Port"),
    }
}

/// Ocean's levels; in tracing's words, WARN for WARNING, too.
pub(super) fn log_level(raw: &Raw) -> Result<LogLevel, Expected> {
    match LogLevel::named(raw.text().unwrap_or_default()) {
        Some(level) => Ok(level),
        None => expected("TRACE, DEBUG, INFO, WARNING or ERROR"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Raw {
        Raw::Text(text.to_owned())
    }

    #[test]
    fn an_address_is_kept_without_its_last_slash() {
        assert_eq!(url(&raw(" https://api.github.com/ ")).unwrap(), "https://api.github.com");
        assert_eq!(url(&raw("http://127.0.0.1:8080/base/")).unwrap(), "http://127.0.0.1:8080/base");
        let wrong = [
            "api.github.com",
            "ftp://host",
            "https://",
            "https://user:word@host",
            "https://host?x=1",
            "https://host#x",
            "localhost:80",
        ];
        for text in wrong {
            assert!(url(&raw(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn an_interval_is_minutes_or_has_units() {
        let table = [("60", 3600), ("2h", 7200), ("1h 30m", 5400), ("90s", 90)];
        for (text, seconds) in table {
            assert_eq!(interval(&raw(text)), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["0", "-5", "-2h", "soon", "1.5", "9999999999", "0s"] {
            assert!(interval(&raw(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn seconds_are_above_none() {
        assert_eq!(seconds(&raw("0.5")), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "NaN", "inf", "1e300", "60s"] {
            assert!(seconds(&raw(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_list_has_three_spellings() {
        let spellings = [raw("a, b,,"), raw(r#"["a","b"]"#), Raw::List(vec!["a".to_owned(), " b".to_owned()])];
        for spelling in spellings {
            assert_eq!(list(&spelling).unwrap(), ["a", "b"]);
        }
        assert!(list(&raw("[a, b]")).is_err());
    }

    #[test]
    fn a_host_is_a_name_or_the_end_of_one() {
        assert_eq!(hosts(&raw("files.example.com, .Example.org,*.a.test,10.0.0.5")).unwrap().len(), 4);
        for text in ["https://files.example.com", "files.example.com/a", "files.example.com:8443", "a b", "*", "."] {
            assert!(hosts(&raw(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_of_two_lines_is_refused() {
        assert_eq!(secret(&raw("ghp_x\n")).unwrap().expose(), "ghp_x");
        assert!(secret(&raw("ghp_x\nghp_y")).is_err());
        assert!(secret(&raw("“ghp_x”")).is_err());
    }

    #[test]
    fn words_are_read_in_any_case() {
        assert_eq!(listener(&raw("once")), Ok(EventListener::Once));
        assert_eq!(listener(&raw("webhooks_only")), Ok(EventListener::Never));
        assert_eq!(listener(&raw("ACTIONS_ONLY")), Ok(EventListener::Never));
        assert_eq!(listener(&raw("KAFKA")), Ok(EventListener::Polling));
        assert!(listener(&raw("NEVER")).is_err());
        assert_eq!((origin(&raw("Empty")), origin(&raw("Ocean"))), (Ok(Origin::Empty), Ok(Origin::Default)));
        assert!(origin(&raw("none")).is_err());
        assert_eq!(log_level(&raw("warning")), Ok(LogLevel::Warn));
        assert_eq!(boolean(&raw("True")), Ok(true));
        assert!(boolean(&raw("maybe")).is_err());
    }
}
