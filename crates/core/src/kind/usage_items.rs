//! Lines of an answer of GitHub's billing API. What the answer says of all of them (the day, the organization) is written into
//! each; the rest of a line stays as it is, and has no line ends.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::record_text::{SplitError, fields, read};
use crate::model::day::Day;
use crate::model::item::RawItem;

/// The shape of an answer, in words.
const EXPECTED: &str = "an answer about one day, with `timePeriod` and `usageItems`";
/// The same of an answer that was asked for a part of a bill.
const EXPECTED_WHOLE: &str =
    "an answer about all that is billed on a day, not about one user, model, product, organization or cost center";

/// The days that an answer is about; without a day it is a month or a year.
#[derive(Deserialize)]
struct TimePeriod {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
}

/// Keys of an answer, read at once. Those of [`NARROWED`] come first.
const KEYS: [&str; 8] = ["user", "model", "product", "costCenter", "enterprise", "organization", "timePeriod", "usageItems"];
/// Keys of an answer about a part of a bill, by their number. Its lines taken for the bill of the day would be wrong sums.
const NARROWED: usize = 4;

/// An organization or an enterprise, as an answer names whose bill it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillOwner {
    field: &'static str,
    name: String,
}

impl BillOwner {
    const FIELDS: [&str; 2] = ["enterprise", "organization"];

    /// The owner of that level and name.
    pub fn of(is_enterprise: bool, name: &str) -> Self {
        Self { field: Self::FIELDS[usize::from(!is_enterprise)], name: name.to_owned() }
    }

    /// Whether both are the same: names are, in any case.
    pub fn is(&self, other: &Self) -> bool {
        self.field == other.field && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl fmt::Display for BillOwner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.field, self.name)
    }
}

/// An answer about one day, read once.
#[derive(Debug)]
pub struct Bill<'a> {
    day: Day,
    owner: Option<BillOwner>,
    organization: Option<&'a RawValue>,
    lines: &'a RawValue,
}

impl<'a> Bill<'a> {
    /// Reads an answer.
    ///
    /// # Errors
    /// Fails when it is no such answer, is about more than one day or about a part of a bill, or says something twice.
    pub fn read(answer: &'a [u8]) -> Result<Self, SplitError> {
        let shape = || SplitError::Shape { expected: EXPECTED };
        let is_said = |value: &Option<&RawValue>| value.is_some_and(|value| value.get() != "null");
        let found = fields(answer, KEYS, EXPECTED)?;
        let [.., enterprise, organization, period, lines] = found;
        // An enterprise's answer names an organization when it was asked about that one only.
        let of_organization = is_said(&enterprise) && is_said(&organization);
        if of_organization || found.iter().take(NARROWED).any(is_said) {
            return Err(SplitError::Shape { expected: EXPECTED_WHOLE });
        }
        let period: TimePeriod = serde_json::from_str(period.ok_or_else(shape)?.get()).map_err(|_| shape())?;
        let lines = lines.ok_or_else(shape)?;
        let (Some(month), Some(day)) = (period.month, period.day) else { return Err(shape()) };
        let day = Day::new(period.year, month, day).ok_or_else(shape)?;
        let name = |value: &RawValue| serde_json::from_str::<String>(value.get()).ok();
        let mut owners = BillOwner::FIELDS.into_iter().zip([enterprise, organization]);
        let owner = owners.find_map(|(field, value)| Some(BillOwner { field, name: name(value?)? }));
        Ok(Self { day, owner, organization: organization.filter(|value| value.get() != "null"), lines })
    }

    /// The day that it is about.
    pub fn day(&self) -> Day {
        self.day
    }

    /// Whose bill it says it is. None when it does not say.
    pub fn owner(&self) -> Option<&BillOwner> {
        self.owner.as_ref()
    }

    /// Its lines as items, each of that line of the answer.
    ///
    /// # Errors
    /// Fails when the lines are no list of objects.
    pub fn items(&self, line: u64) -> Result<Vec<RawItem>, SplitError> {
        let lines: Vec<&RawValue> = read(self.lines.get().as_bytes(), "`usageItems` to be a list")?;
        lines.into_iter().map(|of_bill| self.item(of_bill, line)).collect()
    }

    fn item(&self, of_bill: &RawValue, line: u64) -> Result<RawItem, SplitError> {
        let text = of_bill.get();
        let [own_day, own_organization] = fields(text.as_bytes(), ["day", "organization"], "`usageItems` to be objects")?;
        let mut json = String::with_capacity(text.len() + 64);
        json.push('{');
        // What a line says itself stands.
        if own_day.is_none() {
            json.push_str(&format!("\"day\":\"{}\",", self.day));
        }
        if let (Some(organization), None) = (self.organization, own_organization) {
            json.push_str(&format!("\"organization\":{},", organization.get()));
        }
        let rest = text.strip_prefix('{').unwrap_or(text).trim_start();
        if rest == "}" {
            json.truncate(json.trim_end_matches(',').len());
        }
        // Texts have no line ends in them, so an item is one line, however GitHub writes it.
        json.push_str(&rest.replace(['\n', '\r'], " "));
        Ok(RawItem { json: Bytes::from(json), line })
    }
}

/// The lines of an answer, each with the answer's line.
///
/// # Errors
/// As [`Bill::read`] and [`Bill::items`].
pub(super) fn items(answer: &RawItem) -> Result<Vec<RawItem>, SplitError> {
    Bill::read(&answer.json)?.items(answer.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(answer: &str) -> Result<Vec<String>, SplitError> {
        let items = items(&RawItem { json: Bytes::copy_from_slice(answer.as_bytes()), line: 1 })?;
        Ok(items.into_iter().map(|item| String::from_utf8(item.json.to_vec()).unwrap()).collect())
    }

    #[test]
    fn each_line_says_its_day_and_what_the_answer_says_of_all_of_them() {
        let answer = r#"{"timePeriod":{"year":2026,"month":6,"day":3},"organization":"acme","user":null,
            "usageItems":[{"sku":"a","netQuantity":1.50 }, {"organization":
            "own"},{ }]}"#;
        assert_eq!(
            split(answer).unwrap(),
            [
                r#"{"day":"2026-06-03","organization":"acme","sku":"a","netQuantity":1.50 }"#,
                r#"{"day":"2026-06-03","organization":             "own"}"#,
                r#"{"day":"2026-06-03","organization":"acme"}"#,
            ]
        );
        for text in split(answer).unwrap() {
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
        assert_eq!(split(r#"{"timePeriod":{"year":2026,"month":6,"day":3},"usageItems":[]}"#).unwrap(), [""; 0]);
    }

    #[test]
    fn an_answer_says_whose_bill_it_is() {
        let of = |said: &str| format!(r#"{{"timePeriod":{{"year":2026,"month":6,"day":3}},{said}"usageItems":[]}}"#);
        let said = |said: &str| Bill::read(of(said).as_bytes()).unwrap().owner().cloned();
        let acme = BillOwner::of(false, "Acme");
        assert!(said(r#""organization":"acme","#).unwrap().is(&acme));
        for other in [r#""organization":"other","#, r#""enterprise":"acme","organization":null,"#] {
            assert!(!said(other).unwrap().is(&acme), "{other}");
        }
        assert_eq!(said(r#""enterprise":"fleet","#).unwrap().to_string(), "enterprise fleet");
        assert_eq!(said(r#""enterprise":null,"#), None);
        let twice = of(r#""organization":"acme","organization":"other","#);
        assert!(matches!(Bill::read(twice.as_bytes()), Err(SplitError::Twice { field: "organization" })));
    }

    #[test]
    fn an_answer_about_a_month_or_of_another_shape_has_no_lines() {
        for answer in [
            r#"{"timePeriod":{"year":2026,"month":6},"usageItems":[]}"#,
            r#"{"timePeriod":{"year":2026},"usageItems":[]}"#,
            r#"{"timePeriod":{"year":2026,"month":6,"day":31},"usageItems":[]}"#,
            r#"{"timePeriod":{"year":2026,"month":6,"day":3}}"#,
            r#"{"timePeriod":{"year":2026,"month":6,"day":3},"usageItems":{}}"#,
            r#"{"timePeriod":{"year":2026,"month":6,"day":3},"usageItems":[3]}"#,
            r#"{"usageItems":[]}"#,
            r#"{"timePeriod":{"year":2026,"month":6,"day":3},"user":"ada","usageItems":[]}"#,
            r#"{"timePeriod":{"year":2026,"month":6,"day":3},"enterprise":"fleet","organization":"acme","usageItems":[]}"#,
            r#"{"timePeriod":{"year":2026,"month":6,"day":3},"costCenter":{"id":"c","name":"Web"},"usageItems":[]}"#,
            r#"{"message":"Not Found"}"#,
            "[]",
        ] {
            assert!(matches!(split(answer), Err(SplitError::Shape { .. })), "{answer}: {:?}", split(answer));
        }
        let twice = r#"{"timePeriod":{"year":2026,"month":6,"day":3},"usageItems":[],"usageItems":[]}"#;
        assert!(matches!(split(twice), Err(SplitError::Twice { field: "usageItems" })));
    }
}
