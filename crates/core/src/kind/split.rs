//! Splitting records into items. Works on the record's text: an item is a slice of it, so no field is lost and nothing is
//! serialized again.

use std::ops::Range;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::record_text::{SplitError, fields, range_within, read};
use super::usage_items;
use crate::model::item::RawItem;

/// Ways in which a record splits into items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// The record is the item. Its text is not looked at; whether it is JSON shows where it is mapped.
    Whole,
    /// The elements of `day_totals`, in their order (GitHub writes the oldest first). A record without `day_totals` but with a
    /// `day` of its own is one item: the form of the reports of one day.
    DayTotals,
    /// The elements of `usageItems`, each with what the answer says of all of them, see [`super::usage_items`].
    UsageItems,
}

impl Split {
    /// The items of a record, each with the record's line.
    ///
    /// A record that is a list, as in files exported from the dashboard, counts as its elements.
    ///
    /// # Errors
    /// Fails when the record is not JSON, or not of the kind's shape. It is then rejected, because its meaning is not known.
    pub fn items(self, record: RawItem) -> Result<Vec<RawItem>, SplitError> {
        if record.json.first() == Some(&b'[') {
            let line = record.line;
            let records = elements(&record.json)?.into_iter().map(|range| RawItem { json: record.json.slice(range), line });
            return records.map(|record| self.items_of_one(record)).collect::<Result<Vec<_>, _>>().map(|items| items.concat());
        }
        self.items_of_one(record)
    }

    fn items_of_one(self, record: RawItem) -> Result<Vec<RawItem>, SplitError> {
        match self {
            Self::Whole => Ok(vec![record]),
            Self::DayTotals => {
                let part = |range: Range<usize>| RawItem { json: record.json.slice(range), line: record.line };
                Ok(day_totals(&record.json)?.into_iter().map(part).collect())
            }
            Self::UsageItems => usage_items::items(&record),
        }
    }
}

/// Position of the elements on a page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The page is the list.
    List,
    /// The page is an object that holds the list, among others.
    Within {
        /// The key of the list.
        list: &'static str,
        /// The key of how many elements all pages have together.
        count: &'static str,
    },
    /// The page is the one element there is.
    Object,
}

impl Form {
    /// Total number of elements on all pages, as a page has it; none when it is missing, unreadable or there twice.
    pub fn counted(self, text: &[u8]) -> Option<u64> {
        let Self::Within { count, .. } = self else {
            return None;
        };
        fields(text, [count], "an object").ok()?[0]?.get().parse().ok()
    }

    /// Byte ranges of the elements in a page's text.
    ///
    /// # Errors
    /// Fails when the text is not JSON, or of another form.
    pub fn elements(self, text: &Bytes) -> Result<Vec<Range<usize>>, SplitError> {
        match self {
            Self::List => elements(text),
            Self::Object => {
                let object: &RawValue = read(text, "an object")?;
                let is_object = object.get().trim_start().starts_with('{');
                let element = is_object.then(|| range_within(text, object)).ok_or(SplitError::Shape { expected: "an object" })?;
                Ok(vec![element])
            }
            Self::Within { list: key, .. } => {
                let expected = "an object that holds a list";
                let [list] = fields(text, [key], expected)?;
                let list = list.ok_or(SplitError::Shape { expected })?;
                let list: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|_| SplitError::Shape { expected })?;
                Ok(list.into_iter().map(|element| range_within(text, element)).collect())
            }
        }
    }
}

/// Byte ranges of a list's elements in its text.
///
/// # Errors
/// Fails when the text is not a list in JSON.
pub fn elements(text: &Bytes) -> Result<Vec<Range<usize>>, SplitError> {
    let list: Vec<&RawValue> = read(text, "a list")?;
    Ok(list.into_iter().map(|element| range_within(text, element)).collect())
}

/// Byte ranges of the days in the text of an aggregate record, see [`Split::DayTotals`].
fn day_totals(text: &Bytes) -> Result<Vec<Range<usize>>, SplitError> {
    let expected = "an object with `day_totals` or `day`";
    let [days, day] = fields(text, ["day_totals", "day"], expected)?;
    match (days.filter(|days| days.get() != "null"), day.filter(|day| day.get() != "null")) {
        (Some(days), _) => {
            let days: Vec<&RawValue> =
                serde_json::from_str(days.get()).map_err(|_| SplitError::Shape { expected: "`day_totals` to be a list" })?;
            Ok(days.into_iter().map(|day| range_within(text, day)).collect())
        }
        (None, Some(_)) => Ok(std::iter::once(0..text.len()).collect()),
        (None, None) => Err(SplitError::Shape { expected }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(split: Split, record: &str) -> Result<Vec<String>, SplitError> {
        let items = split.items(RawItem { json: Bytes::copy_from_slice(record.as_bytes()), line: 3 })?;
        assert!(items.iter().all(|item| item.line == 3));
        Ok(items.into_iter().map(|item| String::from_utf8(item.json.to_vec()).unwrap()).collect())
    }

    const SEATS: Form = Form::Within { list: "seats", count: "total_seats" };

    #[test]
    fn a_page_says_how_many_elements_there_are() {
        let cases = [
            (r#"{"total_seats":3,"seats":[]}"#, Some(3)),
            (r#"{"seats":[],"total_seats": 0 }"#, Some(0)),
            (r#"{"seats":[{"total_seats":3}]}"#, None),
            (r#"{"total_seats":"3"}"#, None),
            (r#"{"total_seats":-1}"#, None),
            (r#"{"total_seats":3.0}"#, None),
            (r#"{"total_seats":3e0}"#, None),
            (r#"{"total_seats":null}"#, None),
            (r#"{"total_seats":{}}"#, None),
            (r#"{"total_seats":3,"total_seats":1}"#, None),
            (r#"{"total_seats":3,"total\u005fseats":1}"#, None),
            ("[]", None),
        ];
        for (page, expected) in cases {
            assert_eq!(SEATS.counted(page.as_bytes()), expected, "{page}");
        }
        assert_eq!(Form::List.counted(br#"{"total_seats":3}"#), None);
    }

    #[test]
    fn elements_are_found_in_every_form_of_a_page() {
        let texts = |form: Form, page: &'static str| {
            let page = Bytes::from_static(page.as_bytes());
            form.elements(&page).map(|ranges| ranges.into_iter().map(|range| page.slice(range)).collect::<Vec<_>>())
        };
        assert_eq!(texts(Form::List, " [1, {}]").unwrap(), ["1", "{}"]);
        assert_eq!(texts(SEATS, r#"{"total_seats":2,"seats":[{"a":1}, {}]}"#).unwrap(), [r#"{"a":1}"#, "{}"]);
        assert_eq!(texts(Form::Object, " {\"a\":[1]} ").unwrap(), [r#"{"a":[1]}"#]);
        for (form, page) in [
            (Form::List, "{}"),
            (SEATS, "[]"),
            (SEATS, "{}"),
            (SEATS, r#"{"seats":{}}"#),
            (SEATS, r#"{"seats":[1,2],"seats":[]}"#),
            (Form::Object, "[]"),
            (Form::Object, "{"),
        ] {
            assert!(texts(form, page).is_err(), "{form:?} {page}");
        }
    }

    #[test]
    fn days_are_cut_out_of_a_record_byte_for_byte() {
        let cases: &[(&str, &[&str])] = &[
            (
                r#"{"a":1,"day_totals":[{"day":"d1","x": 1.50 },{"day":"d2"}],"z":[]}"#,
                &[r#"{"day":"d1","x": 1.50 }"#, r#"{"day":"d2"}"#],
            ),
            (r#" {"day_totals" : [ {"n":12345678901234567890123} ] } "#, &[r#"{"n":12345678901234567890123}"#]),
            (r#"{"day_totals":[]}"#, &[]),
            (r#"{"day_totals":[1,null]}"#, &["1", "null"]),
            (r#"{"day\u005ftotals":["é",{"k":"\ud83d\ude00"}]}"#, &[r#""é""#, r#"{"k":"\ud83d\ude00"}"#]),
            (r#"{"day":"d1","n":1}"#, &[r#"{"day":"d1","n":1}"#]),
            (r#"{"day_totals":null,"day":"d1"}"#, &[r#"{"day_totals":null,"day":"d1"}"#]),
            (r#"[{"day_totals":[1]},{"day":"d2"}]"#, &["1", r#"{"day":"d2"}"#]),
            ("[]", &[]),
        ];
        for (record, expected) in cases {
            assert_eq!(items(Split::DayTotals, record).unwrap(), *expected, "{record}");
        }
    }

    #[test]
    fn a_record_of_another_shape_is_rejected_and_not_taken_for_an_empty_one() {
        let shape = |record| matches!(items(Split::DayTotals, record), Err(SplitError::Shape { .. }));
        for record in ["{}", r#"{"day_totals":{}}"#, r#"{"day_totals":null}"#, "null", r#""No report""#, "3", "[1]"] {
            assert!(shape(record), "{record}");
        }
        for record in [r#"{"day_totals":[1],"day_totals":[2]}"#, r#"{"day_totals":null,"day":"d1","day_totals":[2]}"#] {
            assert!(matches!(items(Split::DayTotals, record), Err(SplitError::Twice { field: "day_totals" })), "{record}");
        }
        for record in ["", "{", r#"{"day_totals":[1,}"#, r#"{"day_totals":[1]} x"#, "[1"] {
            assert!(matches!(items(Split::DayTotals, record), Err(SplitError::NotJson(_))), "{record}");
        }
    }

    #[test]
    fn a_whole_record_is_one_item_and_is_not_read() {
        assert_eq!(items(Split::Whole, "{not json").unwrap(), ["{not json"]);
        assert_eq!(items(Split::Whole, r#"[{"a":1}, {"a":2}]"#).unwrap(), [r#"{"a":1}"#, r#"{"a":2}"#]);
    }

    #[test]
    fn deep_records_do_not_exhaust_the_stack() {
        let deep = format!(r#"{{"day_totals":[{}{}]}}"#, "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(items(Split::DayTotals, &deep).unwrap().len(), 1);
    }
}
