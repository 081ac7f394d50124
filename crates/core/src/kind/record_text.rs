//! The text of a record: its JSON, the values of some of its keys, and what is wrong with it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Reasons for which a record gives no items.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It is JSON of another shape.
    #[error("expected {expected}")]
    Shape {
        /// Description of a record of this kind.
        expected: &'static str,
    },
    /// It says twice what it holds, and another reader would take the other one.
    #[error("`{field}` is written twice")]
    Twice {
        /// Field that the record has twice.
        field: &'static str,
    },
}

/// The JSON of a record.
pub(super) fn read<'a, T: Deserialize<'a>>(text: &'a [u8], expected: &'static str) -> Result<T, SplitError> {
    serde_json::from_slice(text).map_err(|error| problem(&error, expected))
}

fn problem(error: &serde_json::Error, expected: &'static str) -> SplitError {
    match error.classify() {
        serde_json::error::Category::Data => SplitError::Shape { expected },
        _ => SplitError::NotJson(error.to_string()),
    }
}

/// `part` is borrowed from `text`, so the distance of their beginnings is its place.
pub(super) fn range_within(text: &[u8], part: &RawValue) -> Range<usize> {
    let start = (part.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len());
    start..(start + part.get().len()).min(text.len())
}

/// The values of these keys of an object.
pub(super) fn fields<'de, const N: usize>(
    text: &'de [u8],
    keys: [&'static str; N],
    expected: &'static str,
) -> Result<[Option<&'de RawValue>; N], SplitError> {
    struct Keys<const N: usize>([&'static str; N]);

    /// The values, and the key that is written twice.
    type Found<'de, const N: usize> = ([Option<&'de RawValue>; N], Option<&'static str>);

    impl<'de, const N: usize> Visitor<'de> for Keys<N> {
        type Value = Found<'de, N>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let (mut found, mut twice) = ([None; N], None);
            while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                match self.0.iter().zip(&mut found).find(|(known, _)| **known == key) {
                    Some((known, found)) => {
                        if found.replace(map.next_value()?).is_some() {
                            twice = Some(*known);
                        }
                    }
                    None => drop(map.next_value::<IgnoredAny>()?),
                }
            }
            Ok((found, twice))
        }
    }

    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let read = deserializer.deserialize_map(Keys(keys)).and_then(|found| deserializer.end().map(|()| found));
    let (found, twice) = read.map_err(|error| problem(&error, expected))?;
    twice.map_or(Ok(found), |field| Err(SplitError::Twice { field }))
}
