//! Writer of JSON as bytes. Reports have a million lines, so no tree is built first.

use super::super::dimension::{METRICS, Metrics};

/// Unfinished JSON text. Nothing is escaped: all strings written here are known not to need it.
pub(crate) type Text = Vec<u8>;

/// Appends text as it is.
pub(crate) fn raw(out: &mut Text, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Appends a number.
pub(crate) fn number(out: &mut Text, mut value: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// Appends a number of hundredths with two decimals.
pub(crate) fn hundredths(out: &mut Text, value: u64) {
    number(out, value / 100);
    out.push(b'.');
    out.push(b'0' + (value % 100 / 10) as u8);
    out.push(b'0' + (value % 10) as u8);
}

/// Appends `"key":number,`.
pub(crate) fn count(out: &mut Text, key: &str, value: u64) {
    out.push(b'"');
    raw(out, key);
    raw(out, "\":");
    number(out, value);
    out.push(b',');
}

/// Appends `"key":true,` or `"key":false,`.
pub(crate) fn flag(out: &mut Text, key: &str, value: bool) {
    out.push(b'"');
    raw(out, key);
    raw(out, if value { "\":true," } else { "\":false," });
}

/// Appends `"key":"text",`. The text must not need escaping.
pub(crate) fn word(out: &mut Text, key: &str, value: &str) {
    out.push(b'"');
    raw(out, key);
    raw(out, "\":\"");
    raw(out, value);
    raw(out, "\",");
}

/// Appends the seven counts, each followed by a comma.
pub(crate) fn metrics(out: &mut Text, metrics: &Metrics) {
    for (key, value) in METRICS.iter().zip(metrics) {
        count(out, key, *value);
    }
}

/// Appends the six counts that breakdowns by language have, each followed by a comma.
pub(crate) fn metrics_without_interactions(out: &mut Text, metrics: &Metrics) {
    for (key, value) in METRICS.iter().zip(metrics).skip(1) {
        count(out, key, *value);
    }
}

/// Replaces the comma at the end, if there is one, with `end`.
pub(crate) fn close(out: &mut Text, end: &str) {
    if out.last() == Some(&b',') {
        out.pop();
    }
    raw(out, end);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Text)) -> String {
        let mut out = Text::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_written_as_json_has_them() {
        for value in [0, 7, 10, 99, 100, 1234567890, u64::MAX] {
            assert_eq!(written(|out| number(out, value)), value.to_string());
        }
        assert_eq!(written(|out| hundredths(out, 4175)), "41.75");
        assert_eq!(written(|out| hundredths(out, 5)), "0.05");
    }

    #[test]
    fn closing_takes_the_last_comma_away() {
        assert_eq!(written(|out| close(out, "]")), "]");
        let object = written(|out| {
            raw(out, "{");
            count(out, "number", 1);
            flag(out, "yes", true);
            word(out, "word", "text");
            close(out, "}");
        });
        assert_eq!(object, r#"{"number":1,"yes":true,"word":"text"}"#);
    }
}
