//! Rules in YAML, as `simulate --rules` reads them. An error has the line and the column of the value that is wrong.

use std::collections::BTreeMap;
use std::fmt;

use axum::http::{HeaderName, HeaderValue};
use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Faults, LinkFault, Rule, present};

/// Wrong rule in a file, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct RulesFileError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// Key and cause, as one line.
    pub message: String,
}

/// Rule as a file writes it. Unlike a rule of a test it cannot leave a request without an answer, which a server cannot do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    #[serde(default)]
    method: Option<String>,
    #[serde(deserialize_with = "path")]
    path: String,
    #[serde(default)]
    skip: u64,
    #[serde(default)]
    times: Option<u64>,
    #[serde(default, deserialize_with = "from_one")]
    every: Option<u64>,
    #[serde(default, deserialize_with = "status")]
    status: Option<u16>,
    #[serde(default, deserialize_with = "present")]
    body: Option<Value>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default, deserialize_with = "headers")]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    cut_after_bytes: Option<u64>,
    #[serde(default)]
    end_after_bytes: Option<u64>,
    #[serde(default, deserialize_with = "from_one")]
    spoil_line: Option<u64>,
    #[serde(default)]
    links: Option<LinkFault>,
}

impl From<WrittenRule> for Rule {
    fn from(written: WrittenRule) -> Self {
        Self {
            method: written.method,
            path: written.path,
            skip: written.skip,
            times: written.times,
            every: written.every,
            status: written.status,
            body: written.body,
            text: written.text,
            headers: written.headers,
            delay_ms: written.delay_ms,
            cut_after_bytes: written.cut_after_bytes,
            end_after_bytes: written.end_after_bytes,
            spoil_line: written.spoil_line,
            transport: None,
            links: written.links,
        }
    }
}

impl Faults {
    /// Parses a YAML list of rules.
    ///
    /// # Errors
    /// The text is not a list of rules; the first wrong value with its place.
    pub fn from_yaml(text: &str) -> Result<Self, RulesFileError> {
        let rules: Option<Vec<WrittenRule>> = serde_yaml::from_str(text).map_err(|error| {
            let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
            let message = error.to_string();
            let message = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
            // The path of the whole list is `.`.
            let message = message.strip_prefix('.').unwrap_or(message);
            RulesFileError { line, column, message: message.replace('\n', " ") }
        })?;
        match rules {
            Some(rules) if !rules.is_empty() => Ok(Self::new(rules.into_iter().map(Rule::from))),
            _ => Err(RulesFileError { line: 1, column: 1, message: "there is no rule; write a list of them".to_owned() }),
        }
    }
}

// The checks are visitors of scalars, because the parser adds the place of the scalar to their errors.

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Path;
    impl Visitor<'_> for Path {
        type Value = String;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a path that begins with `/` or `*`, such as `/orgs/*/teams`")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
            if text.starts_with(['/', '*']) {
                return Ok(text.to_owned());
            }
            Err(E::invalid_value(Unexpected::Str(text), &self))
        }
    }
    deserializer.deserialize_str(Path)
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    struct Status;
    impl Visitor<'_> for Status {
        type Value = Option<u16>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a status from 200 to 599")
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<Option<u16>, E> {
            let status = u16::try_from(number).ok().filter(|status| (200..600).contains(status));
            status.map(Some).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
        }
    }
    deserializer.deserialize_u64(Status)
}

fn from_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    struct FromOne;
    impl Visitor<'_> for FromOne {
        type Value = Option<u64>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a number from 1")
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<Option<u64>, E> {
            if number > 0 { Ok(Some(number)) } else { Err(E::invalid_value(Unexpected::Unsigned(number), &self)) }
        }
    }
    deserializer.deserialize_u64(FromOne)
}

fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct Headers;
    impl<'de> Visitor<'de> for Headers {
        type Value = BTreeMap<String, String>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("names of headers with their values")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut headers = BTreeMap::new();
            while let Some((name, value)) = entries.next_entry::<String, HeaderText>()? {
                if name.parse::<HeaderName>().is_err() {
                    return Err(A::Error::custom(format!("`{name}` is no name of a header")));
                }
                headers.insert(name, value.0);
            }
            Ok(headers)
        }
    }
    deserializer.deserialize_map(Headers)
}

/// Value of a header. A number stands for its digits, so that `retry-after: 5` needs no quotes.
struct HeaderText(String);

impl<'de> Deserialize<'de> for HeaderText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = HeaderText;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the text of a header")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<HeaderText, E> {
                let is_text = HeaderValue::from_str(text).is_ok();
                if is_text { Ok(HeaderText(text.to_owned())) } else { Err(E::invalid_value(Unexpected::Str(text), &self)) }
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<HeaderText, E> {
                Ok(HeaderText(number.to_string()))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_of_rules_means_what_the_same_rules_as_json_mean() {
        let yaml = "
- path: /orgs/*/teams
  method: GET
  skip: 1
  every: 3
  times: 2
  status: 503
  body: {message: Server Error}
  headers: {retry-after: 2}
  delay_ms: 50
- path: '*/reports/*'
  cut_after_bytes: 100
  links: expired
";
        let json = json!([
            { "path": "/orgs/*/teams", "method": "GET", "skip": 1, "every": 3, "times": 2, "status": 503,
              "body": { "message": "Server Error" }, "headers": { "retry-after": "2" }, "delay_ms": 50 },
            { "path": "*/reports/*", "cut_after_bytes": 100, "links": "expired" },
        ]);
        let rules = |faults: Faults| faults.0.iter().map(|counted| counted.rule.clone()).collect::<Vec<_>>();
        assert_eq!(rules(Faults::from_yaml(yaml).unwrap()), rules(Faults::from_json(&json.to_string()).unwrap()));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line_and_column() {
        let table = [
            ("", "1:1: there is no rule; write a list of them"),
            ("[]", "1:1: there is no rule; write a list of them"),
            ("- path: /a\n  staus: 500\n", "2:3: [0]: unknown field `staus`"),
            ("- path: /a\n- status: 500\n", "2:3: [1]: missing field `path`"),
            ("- path: orgs\n", "1:9: [0].path: invalid value: string \"orgs\", expected a path that begins with `/` or `*`"),
            ("- path: /a\n  status: 99\n", "2:11: [0].status: invalid value: integer `99`, expected a status from 200 to 599"),
            ("- path: /a\n  status: gone\n", "2:11: [0].status: invalid type: string \"gone\", expected a status"),
            ("- path: /a\n  every: 0\n", "2:10: [0].every: invalid value: integer `0`, expected a number from 1"),
            ("- path: /a\n  transport: reset\n", "2:3: [0]: unknown field `transport`"),
            ("- path: /a\n  headers:\n    a b: c\n", "3:5: [0].headers: `a b` is no name of a header"),
            ("- path: [\n", "1:9: [0].path: invalid type: sequence, expected a path that begins with"),
        ];
        for (text, expected) in table {
            let error = Faults::from_yaml(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text:?}\n  {error}\n  {expected}");
        }
    }
}
