//! What is written is read, with what became of it since.

use jiff::Timestamp;

use super::reader::KeptFact;
use super::*;
use crate::model::day::Day;

fn scope(name: &str) -> ScopeKey {
    ScopeKey { host: "api.github.com".to_owned(), level: "organization".to_owned(), name: name.to_owned() }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn fact(name: &str, on: &str, content: &str) -> DayFact {
    DayFact { scope: scope(name), day: day(on), part: Part::Aggregate, content: content.as_bytes().to_vec() }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn kept(folder: &std::path::Path, name: &str, since: &str, until: &str) -> Vec<(String, String, bool, u64)> {
    let reader = HistoryReader::open(folder).unwrap().unwrap();
    let mut days = Vec::new();
    let take = |KeptFact { day, content, is_provisional, changes }: KeptFact| {
        days.push((day.to_string(), String::from_utf8(content).unwrap(), is_provisional, changes));
    };
    reader.days(&scope(name), Part::Aggregate, (day(since), day(until)), take).unwrap();
    days
}

#[test]
fn days_are_read_as_they_were_written_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    assert!(HistoryReader::open(folder.path()).unwrap().is_none(), "nothing was read yet");
    let mut store = HistoryStore::open(folder.path()).unwrap();
    let facts = [fact("acme", "2026-11-03", "three"), fact("acme", "2026-11-01", "one"), fact("beta", "2026-11-01", "other")];
    assert_eq!(store.write(&facts, at("2026-11-20T00:00:00Z")).unwrap(), [Written::New; 3]);
    let both = kept(folder.path(), "acme", "2026-10-01", "2026-11-30");
    assert_eq!(both, [("2026-11-01".into(), "one".into(), false, 0), ("2026-11-03".into(), "three".into(), false, 0)]);
    assert_eq!(kept(folder.path(), "acme", "2026-11-02", "2026-11-02"), []);
    let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
    assert_eq!(reader.scopes().unwrap(), [scope("acme"), scope("beta")]);
    assert_eq!(reader.extent(&scope("acme"), Part::Aggregate).unwrap(), Some((day("2026-11-01"), day("2026-11-03"))));
    assert_eq!(reader.extent(&scope("gone"), Part::Aggregate).unwrap(), None);
}

#[test]
fn a_day_is_provisional_until_it_is_read_four_days_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = HistoryStore::open(folder.path()).unwrap();
    let first = [fact("acme", "2026-11-01", "1")];
    for (read_at, content, written, provisional, changes) in [
        ("2026-11-02T09:00:00Z", "1", Written::New, true, 0),
        ("2026-11-03T09:00:00Z", "1", Written::Unchanged, true, 0),
        ("2026-11-04T23:59:59Z", "2", Written::Changed, true, 1),
        ("2026-11-05T00:00:00Z", "2", Written::Unchanged, false, 1),
        ("2026-11-25T00:00:00Z", "3", Written::Changed, false, 2),
    ] {
        let facts = [DayFact { content: content.as_bytes().to_vec(), ..first[0].clone() }];
        assert_eq!(store.write(&facts, at(read_at)).unwrap(), [written], "{read_at}");
        let expected = [("2026-11-01".to_owned(), content.to_owned(), provisional, changes)];
        assert_eq!(kept(folder.path(), "acme", "2026-11-01", "2026-11-01"), expected, "{read_at}");
    }
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    HistoryStore::open(folder.path()).unwrap();
    let file = folder.path().join(FILE_NAME);
    rusqlite::Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
    let refused = HistoryStore::open(folder.path()).unwrap_err();
    assert!(matches!(refused, HistoryError::Newer { found: 9, .. }), "{refused}");
    assert!(refused.to_string().contains("a newer version of pilotage made it (format 9"), "{refused}");
    std::fs::write(&file, b"no database at all, and longer than a header of SQLite would be ................................")
        .unwrap();
    let refused = HistoryReader::open(folder.path()).unwrap_err();
    assert!(matches!(refused, HistoryError::Database { .. }), "{refused}");
}
