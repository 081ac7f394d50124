//! What is written is read, with what became of it since.

use super::reader::KeptFact;
use super::*;
use crate::figure;
use crate::history::store::KnownFact;
use crate::model::day::Day;

fn scope(name: &str) -> ScopeKey {
    ScopeKey { host: "api.github.com".to_owned(), level: "organization".to_owned(), name: name.to_owned() }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn fact(name: &str, on: &str, content: &str) -> DayFact {
    let content = format!(r#"{{"value":"{content}"}}"#).into_bytes();
    DayFact { scope: scope(name), day: day(on), part: Part::Aggregate, hash: hash::of_row(&content), content: Some(content) }
}

fn at(text: &str) -> Reading {
    Reading { at: text.parse().unwrap(), is_cached: false }
}

fn kept(folder: &std::path::Path, name: &str, since: &str, until: &str) -> Vec<(String, String, bool, u64)> {
    let reader = HistoryReader::open(folder).unwrap().unwrap();
    let mut days = Vec::new();
    let take = |KeptFact { day, content, is_provisional, changes }: KeptFact| {
        let content: serde_json::Value = serde_json::from_slice(&content).unwrap();
        days.push((day.to_string(), content["value"].as_str().unwrap().to_owned(), is_provisional, changes));
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
    assert_eq!(store.write(&facts, at("2026-12-20T00:00:00Z")).unwrap(), [Written::New; 3]);
    let both = kept(folder.path(), "acme", "2026-10-01", "2026-11-30");
    assert_eq!(both, [("2026-11-01".into(), "one".into(), false, 0), ("2026-11-03".into(), "three".into(), false, 0)]);
    assert_eq!(kept(folder.path(), "acme", "2026-11-02", "2026-11-02"), []);
    let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
    assert_eq!(reader.scopes().unwrap(), [scope("acme"), scope("beta")]);
    assert_eq!(reader.extent(&scope("acme"), Part::Aggregate).unwrap(), Some((day("2026-11-01"), day("2026-11-03"))));
    assert_eq!(reader.extent(&scope("gone"), Part::Aggregate).unwrap(), None);
}

#[test]
fn a_day_is_final_when_two_readings_are_equal_four_days_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = HistoryStore::open(folder.path()).unwrap();
    let mut number = 0;
    for (read_at, content, written, provisional, changes) in [
        ("2026-11-02T09:00:00Z", "1", Written::New, true, 0),
        ("2026-11-03T09:00:00Z", "1", Written::Unchanged, true, 0),
        ("2026-11-04T23:59:59Z", "2", Written::Changed, true, 1),
        ("2026-11-05T00:00:00Z", "3", Written::Changed, true, 2),
        ("2026-11-06T00:00:00Z", "3", Written::Unchanged, false, 2),
        ("2026-11-09T00:00:00Z", "4", Written::Restated, true, 3),
        ("2026-11-10T00:00:00Z", "4", Written::Unchanged, false, 3),
        ("2026-12-25T00:00:00Z", "3", Written::Restated, false, 4),
    ] {
        number += 1;
        assert_eq!(store.write(&[fact("acme", "2026-11-01", content)], at(read_at)).unwrap(), [written], "{number}");
        let expected = [("2026-11-01".to_owned(), content.to_owned(), provisional, changes)];
        assert_eq!(kept(folder.path(), "acme", "2026-11-01", "2026-11-01"), expected, "{number}");
    }
    let restated = HistoryReader::open(folder.path()).unwrap().unwrap().restatements().unwrap();
    let [it] = restated.as_slice() else { panic!("{restated:?}") };
    assert_eq!((it.final_at, it.found_at), (at("2026-11-06T00:00:00Z").at, at("2026-12-25T00:00:00Z").at));
}

#[test]
fn what_was_kept_since_says_nothing_new() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = HistoryStore::open(folder.path()).unwrap();
    let cached = |text: &str| Reading { is_cached: true, ..at(text) };
    let facts = [fact("acme", "2026-11-01", "1")];
    assert_eq!(store.write(&facts, cached("2026-11-06T09:00:00Z")).unwrap(), [Written::New]);
    assert_eq!(store.write(&facts, cached("2026-11-06T09:00:00Z")).unwrap(), [Written::Unchanged]);
    assert!(kept(folder.path(), "acme", "2026-11-01", "2026-11-01")[0].2, "it is one reading");
    assert_eq!(store.write(&facts, at("2026-11-20T09:00:00Z")).unwrap(), [Written::Unchanged]);
    assert!(!kept(folder.path(), "acme", "2026-11-01", "2026-11-01")[0].2);
}

#[test]
fn a_day_that_is_written_differently_is_not_restated() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = HistoryStore::open(folder.path()).unwrap();
    let mut one = fact("acme", "2026-11-01", "1");
    store.write(std::slice::from_ref(&one), at("2026-12-20T09:00:00Z")).unwrap();
    let known = store.known(&one.scope, one.part, one.day).unwrap().unwrap();
    assert_eq!(known, KnownFact { hash: one.hash, is_settled: true });
    let content = br#"{ "report_day": "2026-11-01", "value": "1" }"#.to_vec();
    one = DayFact { hash: hash::of_row(&content), content: Some(content), ..one };
    assert_eq!(store.write(std::slice::from_ref(&one), at("2026-12-21T09:00:00Z")).unwrap(), [Written::Unchanged]);
    assert_eq!(store.known(&one.scope, one.part, one.day).unwrap().unwrap().hash, one.hash);
}

#[test]
fn a_day_whose_fingerprint_alone_was_taken_wants_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = HistoryStore::open(folder.path()).unwrap();
    let (one, two) = (fact("acme", "2026-11-01", "1"), fact("acme", "2026-11-01", "2"));
    let unread = |fact: &DayFact| DayFact { content: None, ..fact.clone() };
    assert_eq!(store.write(&[unread(&one)], at("2026-12-20T09:00:00Z")).unwrap(), [Written::Wanted]);
    store.write(std::slice::from_ref(&one), at("2026-12-20T09:00:00Z")).unwrap();
    assert_eq!(store.write(&[unread(&one)], at("2026-12-21T09:00:00Z")).unwrap(), [Written::Unchanged]);
    assert_eq!(store.write(&[unread(&two)], at("2026-12-22T09:00:00Z")).unwrap(), [Written::Wanted]);
    assert!(!store.known(&one.scope, one.part, one.day).unwrap().unwrap().is_settled);
    assert_eq!(kept(folder.path(), "acme", "2026-11-01", "2026-11-01")[0].1, "1");
    assert_eq!(store.write(&[two], at("2026-12-23T09:00:00Z")).unwrap(), [Written::Restated]);
    assert!(store.known(&one.scope, one.part, one.day).unwrap().unwrap().is_settled);
}

/// The tables of version 1, and days of it: one that never changed, one that did, one that was read once, and an old one.
const VERSION_1: &str = include_str!("version_1.sql");

#[test]
fn a_file_of_version_1_becomes_one_of_today_with_all_its_days() {
    let folder = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    old.execute_batch(VERSION_1).unwrap();
    drop(old);
    // Reading is enough, where the file can be written to.
    let days = kept(folder.path(), "acme", "2026-01-01", "2026-12-31");
    let expected = [("2026-10-01", false, 0), ("2026-11-01", false, 0), ("2026-11-02", true, 1), ("2026-11-03", true, 0)];
    let expected = expected.map(|(day, provisional, changes)| (day.to_owned(), day.to_owned(), provisional, changes));
    assert_eq!(days, expected);
    let mut store = HistoryStore::open(folder.path()).unwrap();
    // The fingerprint is the one that it had.
    let again = ["2026-10-01", "2026-11-01", "2026-11-02", "2026-11-03"].map(|on| fact("acme", on, on));
    assert_eq!(store.write(&again, at("2026-11-20T00:00:00Z")).unwrap(), [Written::Unchanged; 4]);
    assert!(kept(folder.path(), "acme", "2026-01-01", "2026-12-31").iter().all(|(_, _, provisional, _)| !provisional));
}

/// A day of version 2 with its people, teams and seats.
const VERSION_2: &str = include_str!("version_2.sql");

#[test]
fn a_file_of_version_2_becomes_one_of_today_with_the_same_figures() {
    let folder = tempfile::tempdir().unwrap();
    rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap().execute_batch(VERSION_2).unwrap();
    let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
    let harbor = reader.scopes().unwrap().remove(0);
    let on = day("2026-11-27");
    let shown = |id: &str, team: Option<&str>| -> Vec<String> {
        let context = figure::Context::new(figure::Bucket::Day);
        let series = reader.compute_of(figure::find(id).unwrap(), &harbor, team, context, (on, on)).unwrap();
        let text = |series: figure::Series| {
            let point = &series.points[0];
            format!(
                "{} {:?} {:?}",
                series.name.unwrap_or_default(),
                point.numerator.unwrap_or(-1.0),
                point.denominator.unwrap_or(-1.0)
            )
        };
        series.into_iter().map(text).collect()
    };
    // As version 2 showed them.
    assert_eq!(shown("lines", None), ["added 4142.0 -1.0", "deleted 404.0 -1.0"]);
    assert_eq!(shown("lines", Some("platform")), ["added 1077.0 -1.0", "deleted 95.0 -1.0"]);
    assert_eq!(shown("active-people", None), ["daily 17.0 -1.0", "weekly 18.0 -1.0", "monthly 18.0 -1.0"]);
    assert_eq!(shown("team-members", None), ["platform 9.0 -1.0", "search 11.0 -1.0"]);
    let editors = ["vscode 603.0 2167.0", "eclipse 36.0 179.0", "visualstudio 10.0 44.0", "coverage 2390.0 2869.0"];
    assert_eq!(shown("completion-acceptance-by-editor", None), editors);
    let rows = |part: Part| {
        let mut rows = 0;
        let all = (day("2026-01-01"), day("2026-12-31"));
        reader
            .plain(&harbor, part, all, |_| {
                rows += 1;
                true
            })
            .unwrap();
        rows
    };
    assert_eq!([Part::Aggregate, Part::People, Part::Teams, Part::Seats].map(rows), [1, 25, 2, 26]);
    // Its views, as other programs see them.
    let view = "SELECT part || ' ' || day || ' ' || is_rolled_up FROM history_days ORDER BY 1";
    let shown: Vec<String> = reader.rows(view, [], |row| row.get(0)).unwrap();
    assert_eq!(shown, ["aggregate 2026-11-27 0", "people 2026-11-27 0", "seats 2026-12-01 0", "teams 2026-11-27 0"]);
    drop(reader);
    let salvaged = salvage::Rebuilding::begin(folder.path()).unwrap();
    assert_eq!((salvaged.salvaged().facts, &salvaged.salvaged().damage), (4, &None));
    salvaged.finish().unwrap();
}

/// A folder with a history of version 2, and that.
fn folder_of_version_2(also: impl FnOnce(&rusqlite::Connection)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    old.execute_batch(VERSION_2).unwrap();
    also(&old);
    folder
}

/// Adds aggregate rows of these days of October to a history of version 2, long and without repetition. Gives their contents.
fn add_long_rows(old: &rusqlite::Connection, days: std::ops::RangeInclusive<u32>) -> Vec<Vec<u8>> {
    let content = |day: u32| {
        let noise = (0..9_000_u32).map(|at| format!("{:x}", (at ^ day).wrapping_mul(at | 1).wrapping_mul(0x85eb_ca6b)));
        cells::deflate(format!(r#"{{"day":"2026-10-{day:02}","noise":"{}"}}"#, noise.collect::<String>()).as_bytes())
    };
    let copy =
        "INSERT INTO fact SELECT number + ?1 * 100, scope, part, day - 58 + ?1, hash, ?2, read_at, first_hash, first_values,
                first_read_at, changes, same_since, same_readings, final_at, final_values, restated_at, wants_content
                FROM fact WHERE number = 2";
    days.map(|day| {
        let content = content(day);
        assert_eq!(old.execute(copy, rusqlite::params![day, content]).unwrap(), 1);
        content
    })
    .collect()
}

/// Overwrites the page of a file in which the middle of that content is.
fn damage_page_with(file: &std::path::Path, content: &[u8]) {
    const PAGE: usize = 4096;
    let mut bytes = std::fs::read(file).unwrap();
    let middle = &content[content.len() / 2..][..32];
    let found = bytes.windows(middle.len()).position(|window| window == middle).unwrap();
    bytes[found / PAGE * PAGE..][..PAGE].fill(0xff);
    std::fs::write(file, bytes).unwrap();
}

#[test]
fn a_damaged_file_of_version_2_gives_all_facts_that_are_whole() {
    // An index is damaged, and no fact is.
    let folder = folder_of_version_2(|_| {});
    let file = folder.path().join(FILE_NAME);
    let old = rusqlite::Connection::open(&file).unwrap();
    let page = "SELECT rootpage FROM sqlite_schema WHERE name = 'fact_identity'";
    let page: usize = old.query_row(page, [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    drop(old);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0xff);
    std::fs::write(&file, bytes).unwrap();
    let rebuilding = salvage::Rebuilding::begin(folder.path()).unwrap();
    assert_eq!((rebuilding.salvaged().facts, rebuilding.salvaged().damage.is_some()), (4, true));
    rebuilding.finish().unwrap();
    let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
    let harbor = reader.scopes().unwrap().remove(0);
    let mut people = 0;
    let all = (day("2026-01-01"), day("2026-12-31"));
    reader
        .plain(&harbor, Part::People, all, |_| {
            people += 1;
            true
        })
        .unwrap();
    assert_eq!(people, 25, "sets of people mean the same");
}

#[test]
fn facts_between_two_that_are_damaged_are_whole() {
    let mut contents = Vec::new();
    let folder = folder_of_version_2(|old| contents = add_long_rows(old, 1..=9));
    for damaged in [3, 7] {
        damage_page_with(&folder.path().join(FILE_NAME), &contents[damaged - 1]);
    }
    let rebuilding = salvage::Rebuilding::begin(folder.path()).unwrap();
    assert_eq!((rebuilding.salvaged().facts, rebuilding.salvaged().damage.is_some()), (4 + 7, true));
    rebuilding.finish().unwrap();
    let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
    let harbor = reader.scopes().unwrap().remove(0);
    let mut days = Vec::new();
    reader
        .days(&harbor, Part::Aggregate, (day("2026-10-01"), day("2026-10-31")), |fact| days.push(fact.day.to_string()))
        .unwrap();
    assert_eq!(days, [1, 2, 4, 5, 6, 8, 9].map(|day| format!("2026-10-{day:02}")));
}

#[test]
fn what_version_2_kept_as_billing_stays_until_a_bill_takes_its_place() {
    let seats = br#"{"seat_breakdown":{"total":12},"seat_management_setting":"assign_selected"}"#;
    let folder = folder_of_version_2(|old| {
        let copy = "INSERT INTO fact SELECT 20, scope, 5, day, hash, ?1, read_at, first_hash, NULL, first_read_at, changes,
                    same_since, same_readings, final_at, NULL, NULL, wants_content FROM fact WHERE number = 2";
        old.execute(copy, [cells::deflate(seats)]).unwrap();
    });
    let on = day("2026-11-27");
    let kept = || {
        let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
        let harbor = reader.scopes().unwrap().remove(0);
        let fact = reader.fact(&harbor, Part::Billing, on).unwrap().unwrap();
        let context = figure::Context::new(figure::Bucket::Day);
        let series = reader.compute(figure::find("credits-by-sku").unwrap(), &harbor, context, (on, on)).unwrap();
        (harbor, fact.content, series.iter().any(|series| series.points[0].numerator.is_some()))
    };
    let (harbor, content, has_value) = kept();
    assert_eq!((content.as_slice(), has_value), (&seats[..], false), "it is no bill, and no figure takes it for one");
    let bill = br#"{"sku":"Copilot AI Credits","grossQuantity":30.5,"netQuantity":4.0}"#.to_vec();
    let fact = DayFact { scope: harbor, day: on, part: Part::Billing, hash: hash::of_row(&bill), content: Some(bill.clone()) };
    assert_eq!(
        HistoryStore::open(folder.path()).unwrap().write(&[fact], at("2026-12-02T00:00:00Z")).unwrap(),
        [Written::Changed]
    );
    let (_, content, has_value) = kept();
    assert_eq!((content, has_value), (bill, true));
}

#[test]
fn a_day_that_was_rolled_up_in_version_2_is_one_in_the_views_of_today() {
    let folder = folder_of_version_2(|old| {
        old.execute("INSERT INTO rolled_up (fact) VALUES (5)", []).unwrap();
    });
    HistoryStore::open(folder.path()).unwrap();
    let file = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let rolled_up = "SELECT part, day FROM history_days WHERE is_rolled_up = 1";
    let row: (String, String) = file.query_row(rolled_up, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(row, ("people".to_owned(), "2026-11-27".to_owned()));
}

/// A history with people, teams, seats and rows of a day, and for each a second day of which the content is damaged.
fn folder_with_damaged_facts() -> tempfile::TempDir {
    let folder = folder_of_version_2(|old| {
        for damaged in [2, 5, 8, 13] {
            let copy =
                "INSERT INTO fact SELECT number + 100, scope, part, day - 1, hash, x'ff00ff', read_at, first_hash, first_values,
                        first_read_at, changes, same_since, same_readings, final_at, final_values, restated_at, wants_content
                        FROM fact WHERE number = ?1";
            old.execute(copy, [damaged]).unwrap();
        }
    });
    HistoryStore::open(folder.path()).unwrap();
    folder
}

/// The parts that are held: how many days of each, and how many of them can be read.
fn held(folder: &std::path::Path) -> Vec<(&'static str, usize, usize)> {
    let reader = HistoryReader::open(folder).unwrap().unwrap();
    let harbor = reader.scopes().unwrap().remove(0);
    let held = |part: Part| {
        let days = reader.held(&harbor, part, (day("2026-01-01"), day("2026-12-31"))).unwrap();
        let readable = days.iter().filter(|held| reader.fact(&harbor, part, held.day).is_ok()).count();
        (part.name(), days.len(), readable)
    };
    Part::ALL.map(held).into_iter().filter(|(_, days, _)| *days > 0).collect()
}

#[test]
fn what_cannot_be_unpacked_goes_with_a_person_because_it_may_hold_them() {
    let folder = folder_with_damaged_facts();
    assert_eq!(held(folder.path()), [("aggregate", 2, 1), ("people", 2, 1), ("teams", 2, 1), ("seats", 2, 1)]);
    let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
    let person = reader.people(|person| person.login.as_deref() == Some("lina-hoffmann")).unwrap();
    let removed = HistoryStore::open(folder.path()).unwrap().remove_persons(&person).unwrap();
    assert_eq!((removed.people, removed.facts > 0, removed.unreadable), (1, true, 3));
    assert_eq!(held(folder.path()), [("aggregate", 2, 1), ("people", 1, 1), ("teams", 1, 1), ("seats", 1, 1)]);
    // Of days that were rolled up there are numbers alone, which are not damaged.
    let mut store = HistoryStore::open(folder.path()).unwrap();
    assert_eq!(store.roll_up_before(day("2026-12-31")).unwrap(), 3);
    let person = reader.people(|person| person.login.as_deref() == Some("dina-okafor")).unwrap();
    let removed = store.remove_persons(&person).unwrap();
    assert_eq!((removed.people, removed.facts, removed.unreadable), (1, 0, 0));
    let removed = store.remove_people().unwrap();
    assert_eq!((removed.unreadable, held(folder.path())), (0, vec![("aggregate", 2, 1), ("teams", 1, 1)]));
}

#[test]
fn what_cannot_be_unpacked_goes_when_people_of_its_day_become_numbers() {
    let folder = folder_with_damaged_facts();
    let mut store = HistoryStore::open(folder.path()).unwrap();
    assert_eq!(store.roll_up_before(day("2026-12-31")).unwrap(), 3 + 3);
    assert_eq!(held(folder.path()), [("aggregate", 2, 1), ("people", 1, 1), ("teams", 1, 1), ("seats", 1, 1)]);
    assert_eq!(store.roll_up_before(day("2026-12-31")).unwrap(), 0, "once");
}

#[test]
fn what_cannot_be_unpacked_goes_with_all_people_and_with_fields_that_are_dropped() {
    let folder = folder_with_damaged_facts();
    let mut store = HistoryStore::open(folder.path()).unwrap();
    let removed = store.remove_people().unwrap();
    assert_eq!((removed.people, removed.facts, removed.unreadable), (26, 4 + 1, 1), "people and seats go whole");
    assert_eq!(held(folder.path()), [("aggregate", 2, 1), ("teams", 1, 1)]);
    let rewritten = store.rewrite_rows(|_| b"{}".to_vec()).unwrap();
    assert_eq!((rewritten.facts, rewritten.unreadable), (1, 1));
    assert_eq!(held(folder.path()), [("aggregate", 1, 1), ("teams", 1, 1)]);
    let file = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let left: i64 = file.query_row("SELECT count(*) FROM content WHERE run = x'ff00ff'", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_field_that_is_dropped_later_goes_from_first_and_final_values_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = HistoryStore::open(folder.path()).unwrap();
    let of = |content: &str| {
        let content = content.as_bytes().to_vec();
        DayFact {
            scope: scope("acme"),
            day: day("2026-11-01"),
            part: Part::Aggregate,
            hash: hash::of_row(&content),
            content: Some(content),
        }
    };
    for (content, on) in [
        (r#"{"day":"2026-11-01","n":1,"secret":7}"#, "2026-11-02T09:00:00Z"),
        (r#"{"day":"2026-11-01","n":2,"secret":8}"#, "2026-11-20T09:00:00Z"),
        (r#"{"day":"2026-11-01","n":2,"secret":8}"#, "2026-11-21T09:00:00Z"),
        (r#"{"day":"2026-11-01","n":3,"secret":9}"#, "2026-12-01T09:00:00Z"),
    ] {
        store.write(&[of(content)], at(on)).unwrap();
    }
    store
        .rewrite_rows(|row| {
            let mut row: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(row).unwrap();
            row.remove("secret");
            serde_json::to_vec(&row).unwrap()
        })
        .unwrap();
    let file = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let values = |column: &str| -> String {
        let packed: Vec<u8> = file.query_row(&format!("SELECT {column} FROM fact"), [], |row| row.get(0)).unwrap();
        String::from_utf8(cells::inflate(&packed).unwrap()).unwrap()
    };
    assert_eq!(values("first_values"), r#"{"day":"2026-11-01","n":1}"#);
    assert_eq!(values("final_values"), r#"{"day":"2026-11-01","n":2}"#);
    let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
    let names: Vec<String> =
        reader.restatements().unwrap().remove(0).values.unwrap().into_iter().map(|value| value.name).collect();
    assert_eq!(names, ["n"]);
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
    assert!(matches!(refused, HistoryError::Damaged { .. }), "{refused}");
    assert!(refused.to_string().contains("is damaged") && refused.to_string().contains("pilotage history rebuild"), "{refused}");
}

#[test]
fn a_second_look_on_one_day_does_not_make_a_day_final() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = HistoryStore::open(folder.path()).unwrap();
    let facts = [fact("acme", "2026-11-01", "1")];
    for (read_at, is_provisional) in [
        ("2026-11-10T06:00:00Z", true),
        // A run reads some reports twice, once for people and once for teams.
        ("2026-11-10T06:00:07Z", true),
        ("2026-11-10T23:59:59Z", true),
        ("2026-11-11T00:00:01Z", false),
    ] {
        store.write(&facts, at(read_at)).unwrap();
        assert_eq!(kept(folder.path(), "acme", "2026-11-01", "2026-11-01")[0].2, is_provisional, "{read_at}");
    }
}

#[test]
fn days_without_rows_before_the_first_report_are_no_days_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = HistoryStore::open(folder.path()).unwrap();
    let repositories = |on: &str, rows: &str| DayFact {
        scope: scope("acme"),
        day: day(on),
        part: Part::Repositories,
        hash: rows
            .lines()
            .fold(hash::RowsHash::default(), |mut all, row| {
                all.add(row.as_bytes());
                all
            })
            .finish(),
        content: Some(rows.as_bytes().to_vec()),
    };
    let days = [("2026-11-01", ""), ("2026-11-02", ""), ("2026-11-03", "{}"), ("2026-11-04", ""), ("2026-11-05", "{}")];
    let facts = days.map(|(on, rows)| repositories(on, rows));
    store.write(&facts, at("2026-12-20T00:00:00Z")).unwrap();
    store.note_floor(&scope("acme"), Part::Repositories, day("2026-11-01")).unwrap();
    let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
    let mut held = Vec::new();
    let all = (day("2026-10-01"), day("2026-11-30"));
    reader.days(&scope("acme"), Part::Repositories, all, |fact| held.push(fact.day.to_string())).unwrap();
    assert_eq!(held, ["2026-11-03", "2026-11-04", "2026-11-05"]);
    assert_eq!(reader.floors().unwrap().into_values().collect::<Vec<_>>(), [day("2026-11-02")], "no backfill asks for it again");
}
