//! Broken-down time as in the C library, and local time zones.
//!
//! | file | subject |
//! | --- | --- |
//! | `format` | time to text, by the directives of `strftime` |
//! | `parse` | text to time, as `strptime` does |
//!
//! Days are computed here and not by the calendar of the time zone library, because the years of C, and so of jq, go beyond 9999.
//! Names are English, as in C's own locale.

mod format;
mod parse;

use jiff::tz::{Dst, TimeZone};
use jiff::{SignedDuration, Timestamp, civil};

pub(super) use format::format;
pub(super) use parse::parse;

/// Broken-down date and time as in C; months and days of the year count from 0, days of the month from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BrokenDownTime {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: f64,
    /// Day of the week; Sunday is 0.
    pub(super) weekday: i64,
    pub(super) day_of_year: i64,
}

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Days from 1970-01-01 to a day of the Gregorian calendar; `month` counts from 0 and may be beyond the year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year + month.div_euclid(12);
    let month = month.rem_euclid(12);
    // Years that begin in March put the leap day last.
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468 + day - 1
}

impl BrokenDownTime {
    /// The time that many seconds after the beginning of 1970.
    pub(super) fn at(seconds: i64) -> Self {
        let day_number = seconds.div_euclid(DAY);
        let second_of_day = seconds.rem_euclid(DAY);
        let shifted = day_number + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_shifted_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_shifted_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 2 } else { shifted_month - 10 };
        let year = era * 400 + year_of_era + i64::from(month < 2);
        Self {
            year,
            month,
            day: day_of_shifted_year - (153 * shifted_month + 2) / 5 + 1,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: (second_of_day % 60) as f64,
            weekday: (day_number + 4).rem_euclid(7),
            day_of_year: day_number - days(year, 0, 1),
        }
    }

    /// Seconds since the beginning of 1970; parts out of range carry over.
    pub(super) fn epoch(&self) -> i64 {
        days(self.year, self.month, self.day) * DAY + self.hour * 3600 + self.minute * 60 + self.second.floor() as i64
    }

    /// Week of the year for weeks that begin on `first` (0 is Sunday).
    fn week(&self, first: i64) -> i64 {
        (self.day_of_year + 7 - (self.weekday - first).rem_euclid(7)) / 7
    }

    /// Year and week by ISO 8601.
    fn iso_week(&self) -> (i64, i64) {
        let weekday = (self.weekday + 6).rem_euclid(7);
        let week = (self.day_of_year - weekday + 10) / 7;
        let weeks = |year: i64| {
            let first = (days(year, 0, 1) + 3).rem_euclid(7);
            let leap = days(year + 1, 0, 1) - days(year, 0, 1) == 366;
            if first == 3 || (first == 2 && leap) { 53 } else { 52 }
        };
        if week < 1 {
            (self.year - 1, weeks(self.year - 1))
        } else if week > weeks(self.year) {
            (self.year + 1, 1)
        } else {
            (self.year, week)
        }
    }
}

/// Values of `%Z` and `%z`.
pub(super) struct ZoneText {
    pub(super) name: String,
    pub(super) offset_seconds: i64,
}

/// The zone that C's `timegm` sets.
pub(super) fn universal() -> ZoneText {
    ZoneText { name: "GMT".to_owned(), offset_seconds: 0 }
}

/// The local time, and its zone. Beyond the years that the zone covers, its last rule is used.
pub(super) fn local(seconds: i64, zone: &TimeZone) -> (BrokenDownTime, ZoneText) {
    let known = Timestamp::from_second(seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second()));
    let info = zone.to_offset_info(known.unwrap_or(Timestamp::UNIX_EPOCH));
    let offset = i64::from(info.offset().seconds());
    let text = ZoneText { name: info.abbreviation().to_owned(), offset_seconds: offset };
    (BrokenDownTime::at(seconds + offset), text)
}

/// Seconds since 1970 of a local time. For a repeated time the first one; for a skipped time the one equally long after the
/// change.
pub(super) fn from_local(broken: &BrokenDownTime, zone: &TimeZone) -> i64 {
    let seconds = broken.epoch();
    let known = SignedDuration::from_secs(seconds);
    let moment = civil::date(1970, 1, 1)
        .at(0, 0, 0, 0)
        .checked_add(known)
        .ok()
        .and_then(|time| zone.to_ambiguous_timestamp(time).compatible().ok());
    match moment {
        Some(moment) => moment.as_second(),
        None => {
            let (_, text) = local(seconds, zone);
            seconds - text.offset_seconds
        }
    }
}

/// Like [`from_local`], but the time is always read as standard time, without daylight saving.
pub(super) fn from_local_winter(broken: &BrokenDownTime, zone: &TimeZone) -> i64 {
    let seconds = from_local(broken, zone);
    let summer = Timestamp::from_second(seconds).is_ok_and(|moment| zone.to_offset_info(moment).dst() == Dst::Yes);
    seconds + if summer { 3600 } else { 0 }
}
