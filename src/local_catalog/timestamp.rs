//! Times in the API's form: ISO 8601, UTC, milliseconds, `Z`. The database has milliseconds since 1970.

use jiff::Timestamp;

/// `2026-08-01T00:00:00.000Z`, always with three decimals.
pub(crate) fn text(milliseconds: i64) -> String {
    let timestamp = Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{timestamp:.3}")
}

/// Milliseconds of a time. Finer parts are dropped, as in JavaScript.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    text.parse::<Timestamp>()
        .ok()
        .map(|timestamp| timestamp.as_nanosecond().div_euclid(1_000_000))
        .and_then(|timestamp| timestamp.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_milliseconds_and_no_more() {
        let cases = [
            ("2026-08-01T00:00:00Z", "2026-08-01T00:00:00.000Z"),
            ("2026-08-01T02:00:00.123999+02:00", "2026-08-01T00:00:00.123Z"),
            ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
        ];
        for (given, expected) in cases {
            assert_eq!(text(milliseconds(given).unwrap()), expected);
        }
        assert_eq!(milliseconds("yesterday"), None);
    }
}
