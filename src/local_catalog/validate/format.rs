//! Formats of texts, as ajv-formats checks them in full mode. Pure.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Supported format.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Format {
    DateTime,
    Url,
    Email,
    Ipv4,
    Ipv6,
}

impl Format {
    /// Format of that name. Other formats have no effect.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "date-time" | "timer" => Self::DateTime,
            "url" | "uri" => Self::Url,
            "email" | "idn-email" => Self::Email,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            _ => return None,
        })
    }

    /// Checks a text.
    ///
    /// # Errors
    /// Message of ajv for a text of another form.
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        let (name, fits) = match self {
            Self::DateTime => ("date-time", is_date_time(text)),
            Self::Url => ("url", url::Url::parse(text).is_ok()),
            Self::Email => ("email", is_email(text)),
            Self::Ipv4 => ("ipv4", text.parse::<Ipv4Addr>().is_ok()),
            Self::Ipv6 => ("ipv6", text.parse::<Ipv6Addr>().is_ok()),
        };
        if fits { Ok(()) } else { Err(format!("must match format \"{name}\"")) }
    }
}

/// Date-time: a day of the years 0000 to 9999, a `T` or white space, a time with any number of decimals, and an offset.
fn is_date_time(text: &str) -> bool {
    let separator =
        |character: char| matches!(character, 'T' | 't' | '\u{feff}') || character.is_whitespace() && character != '\u{85}';
    let mut parts = text.split(separator);
    let (Some(date), Some(time), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    is_date(date) && is_time(time)
}

fn is_date(text: &str) -> bool {
    let fields: Vec<&str> = text.split('-').collect();
    let [year, month, day] = fields.as_slice() else { return false };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Time: `hh:mm:ss`, a fraction after a point, and `Z`, `±hh`, `±hhmm` or `±hh:mm`. A leap second is the last one of a day in
/// UTC.
fn is_time(text: &str) -> bool {
    let Some((clock, zone)) = text.find(['Z', 'z', '+', '-']).and_then(|at| text.split_at_checked(at)) else { return false };
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    if fraction.is_some_and(|digits| digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit())) {
        return false;
    }
    let fields: Vec<Option<u32>> = clock.split(':').map(|field| number(field, 2)).collect();
    let [Some(hour), Some(minute), Some(second)] = fields[..] else { return false };
    let Some((zone_hour, zone_minute)) = offset(zone) else { return false };
    if hour <= 23 && minute <= 59 && second < 60 {
        return true;
    }
    let utc = |field: u32, offset: i64| i64::from(field) - offset;
    let utc_minute = utc(minute, zone_minute);
    let utc_hour = utc(hour, zone_hour) - i64::from(utc_minute < 0);
    matches!(utc_hour, 23 | -1) && matches!(utc_minute, 59 | -1) && second < 61
}

/// Hours and minutes from UTC, both signed.
fn offset(zone: &str) -> Option<(i64, i64)> {
    if zone.eq_ignore_ascii_case("z") {
        return Some((0, 0));
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone.strip_prefix(['+', '-'])?;
    let (hour, minute) = digits.split_at_checked(2)?;
    let (hour, minute) = (number(hour, 2)?, minute.strip_prefix(':').unwrap_or(minute));
    let is_bare = digits.len() == 2;
    let minute = if is_bare { 0 } else { number(minute, 2)? };
    (hour <= 23 && minute <= 59).then_some((sign * i64::from(hour), sign * i64::from(minute)))
}

/// Number of that many ASCII digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// Email: words of letters, digits and some signs, separated by points, an `@`, and a host of two labels or more.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte);
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_sign);
    let is_label = |label: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.bytes().all(is_plain) && !label.starts_with('-') && !label.ends_with('-')
    };
    local.split('.').all(is_word) && domain.contains('.') && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(format: Format, fitting: &[&str], others: &[&str]) {
        for text in fitting {
            assert_eq!(format.check(text), Ok(()), "{text:?}");
        }
        for text in others {
            assert!(format.check(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn moments_are_those_of_ajv() {
        held(
            Format::DateTime,
            &[
                "9999-12-31T23:59:59Z",
                "0000-01-01t00:00:00z",
                "2026-03-05T00:00:00.1234567890Z",
                "2026-03-05 00:00:00+02:00",
                "2026-03-05T00:00:00-0230",
                "2026-03-05T00:00:00+02",
                "2024-02-29T00:00:00Z",
                "2000-02-29T00:00:00Z",
                "2016-12-31T23:59:60Z",
                "2017-01-01T00:59:60+01:00",
                "2016-12-31T18:29:60-05:30",
            ],
            &[
                "2026-03-05T00:00:00+25:00",
                "2026-03-05T00:00:00+02:60",
                "2026-03-05T00:00:00,5Z",
                "2026-03-05T00:00:00.Z",
                "2026-03-05T00:00:00",
                "2026-03-05",
                "2026-02-29T00:00:00Z",
                "1900-02-29T00:00:00Z",
                "2026-13-01T00:00:00Z",
                "2026-00-01T00:00:00Z",
                "2026-04-31T00:00:00Z",
                "2026-03-05T24:00:00Z",
                "2026-03-05T00:60:00Z",
                "2026-03-05T12:00:60Z",
                "20260305T000000Z",
                "2026-03-05T00:00Z",
                "2026-03-05TT00:00:00Z",
                "12026-03-05T00:00:00Z",
                "2026-03-05T00:00:00+2",
                "2026-03-05T00:00:00+02:0",
                "2026-03-05T00:00:00+",
                "2026-03-05T00:00:00Zx",
                "2026-03-05T٠٠:00:00Z",
                "",
                "2026-03-05T00:00:00Z[UTC]",
                "+2026-03-05T00:00:00Z",
            ],
        );
    }

    #[test]
    fn mail_addresses_are_those_of_ajv() {
        held(
            Format::Email,
            &["mona@octo.org", "a.b+c@d-e.co.uk", "!#$%&'*+/=?^_`{|}~-@x.y", "A@B.C", "a@1.2"],
            &[
                "a..b@c.de",
                "a@b",
                ".a@b.de",
                "a.@b.de",
                "a@b..de",
                "a@-b.de",
                "a@b-.de",
                "a b@c.de",
                "é@b.de",
                "a@b.dé",
                "a@b@c.de",
                "@b.de",
                "a@",
                "",
            ],
        );
    }
}
