//! Text to time by the directives of C's `strptime`, as in the GNU C library.

use jiff::tz::TimeZone;

use super::{BrokenDownTime, DAY, MONTHS, WEEKDAYS, days, local};

/// Weekday and day of the year before they are known, as in jq.
const UNKNOWN: (i64, i64) = (8, 367);

/// State of the reading.
struct TimeReader<'a> {
    broken: BrokenDownTime,
    zone: &'a TimeZone,
    /// Set if an hour of the 12-hour clock was read.
    twelve: bool,
    afternoon: bool,
    century: Option<i64>,
    /// Set if the year was read without its century.
    year_of_century: bool,
    weekday: bool,
    day_of_year: bool,
    month: bool,
    day: bool,
    /// Set if weekday and day of the year follow from what was read.
    date: bool,
    /// The week of the year, and the day that weeks begin with: 0 is Sunday.
    week: Option<(i64, i64)>,
}

/// Reads `text` by `format`, and returns the rest of the text. None when they do not match.
pub(in super::super) fn parse<'t>(text: &'t str, format: &str, zone: &TimeZone) -> Option<(BrokenDownTime, &'t str)> {
    let mut reader = TimeReader {
        broken: BrokenDownTime {
            year: 1900,
            month: 0,
            day: 0,
            hour: 0,
            minute: 0,
            second: 0.0,
            weekday: UNKNOWN.0,
            day_of_year: UNKNOWN.1,
        },
        zone,
        twelve: false,
        afternoon: false,
        century: None,
        year_of_century: false,
        weekday: false,
        day_of_year: false,
        month: false,
        day: false,
        date: false,
        week: None,
    };
    let rest = reader.all(text, format)?;
    Some((reader.finish(), rest))
}

/// Tells whether C counts a character as white space.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t'..='\r')
}

fn after_space(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

impl TimeReader<'_> {
    fn all<'t>(&mut self, mut text: &'t str, format: &str) -> Option<&'t str> {
        let mut rest = format.chars();
        while let Some(character) = rest.next() {
            if is_space(character) {
                text = after_space(text);
                continue;
            }
            if character != '%' {
                text = text.strip_prefix(character)?;
                continue;
            }
            // Flags and widths have no meaning when reading.
            let mut letter = rest.find(|flag| !matches!(flag, '-' | '_' | '^' | '#' | '0'..='9'))?;
            let modifier = matches!(letter, 'E' | 'O').then_some(letter);
            if let Some(modifier) = modifier {
                letter = rest.next()?;
                let known = match modifier {
                    'E' => "cCyYxX",
                    _ => "bBhdeHImMSUWVwy",
                };
                if !known.contains(letter) {
                    return None;
                }
            }
            if (modifier, letter) == (Some('E'), 'y') {
                // The year of an era comes first, and English has no eras: the library wants the year again then.
                text = number(text, 0, 9999, 4)?.0;
            }
            text = self.directive(text, letter)?;
        }
        Some(text)
    }

    fn directive<'t>(&mut self, text: &'t str, letter: char) -> Option<&'t str> {
        let broken = &mut self.broken;
        Some(match letter {
            '%' => text.strip_prefix('%')?,
            'n' | 't' => after_space(text),
            'a' | 'A' => {
                self.weekday = true;
                name(text, &WEEKDAYS, &mut broken.weekday)?
            }
            'b' | 'B' | 'h' => {
                (self.month, self.date) = (true, true);
                name(text, &MONTHS, &mut broken.month)?
            }
            'C' => {
                self.date = true;
                let (rest, century) = number(text, 0, 99, 2)?;
                self.century = Some(century);
                rest
            }
            'd' | 'e' => {
                (self.day, self.date) = (true, true);
                let (rest, day) = number(text, 1, 31, 2)?;
                broken.day = day;
                rest
            }
            'H' | 'k' => {
                self.twelve = false;
                let (rest, hour) = number(text, 0, 23, 2)?;
                broken.hour = hour;
                rest
            }
            'I' | 'l' => {
                self.twelve = true;
                let (rest, hour) = number(text, 1, 12, 2)?;
                broken.hour = hour % 12;
                rest
            }
            'j' => {
                self.day_of_year = true;
                let (rest, day) = number(text, 1, 366, 3)?;
                broken.day_of_year = day - 1;
                rest
            }
            'm' => {
                (self.month, self.date) = (true, true);
                let (rest, month) = number(text, 1, 12, 2)?;
                broken.month = month - 1;
                rest
            }
            'M' => {
                let (rest, minute) = number(text, 0, 59, 2)?;
                broken.minute = minute;
                rest
            }
            'S' => {
                let (rest, second) = number(text, 0, 61, 2)?;
                broken.second = second as f64;
                rest
            }
            'p' => {
                let mut half = 0;
                let rest = name(text, &["AM", "PM"], &mut half)?;
                self.afternoon = half == 1;
                rest
            }
            's' => {
                let length = text.bytes().take_while(u8::is_ascii_digit).count();
                let seconds: i64 = text[..length].parse().ok()?;
                if seconds >= super::super::natives::FARTHEST_SECOND as i64 {
                    return None;
                }
                *broken = local(seconds, self.zone).0;
                &text[length..]
            }
            'u' => {
                self.weekday = true;
                let (rest, day) = number(text, 1, 7, 1)?;
                broken.weekday = day % 7;
                rest
            }
            'w' => {
                self.weekday = true;
                let (rest, day) = number(text, 0, 6, 1)?;
                broken.weekday = day;
                rest
            }
            // Of weeks by ISO 8601 the library checks the form and uses nothing.
            'g' => number(text, 0, 99, 2)?.0,
            'V' => number(text, 0, 53, 2)?.0,
            'G' => {
                let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
                Some(rest).filter(|rest| rest.len() < text.len())?
            }
            'U' | 'W' => {
                let (rest, week) = number(text, 0, 53, 2)?;
                self.week = Some((week, i64::from(letter == 'W')));
                rest
            }
            'y' => {
                (self.year_of_century, self.date) = (true, true);
                let (rest, year) = number(text, 0, 99, 2)?;
                broken.year = year + if year >= 69 { 1900 } else { 2000 };
                rest
            }
            'Y' => {
                (self.year_of_century, self.date) = (false, true);
                let (rest, year) = number(text, 0, 9999, 4)?;
                broken.year = year;
                rest
            }
            'z' => offset(after_space(text))?,
            'Z' => after_space(text).trim_start_matches(|c: char| !is_space(c)),
            'T' | 'X' => self.all(text, "%H:%M:%S")?,
            'R' => self.all(text, "%H:%M")?,
            'r' => self.all(text, "%I:%M:%S %p")?,
            'D' | 'x' => self.all(text, "%m/%d/%y")?,
            'F' => self.all(text, "%Y-%m-%d")?,
            'c' => self.all(text, "%a %b %e %H:%M:%S %Y")?,
            _ => return None,
        })
    }

    /// Combines what was read.
    fn finish(mut self) -> BrokenDownTime {
        if self.twelve && self.afternoon {
            self.broken.hour += 12;
        }
        if let Some(century) = self.century {
            let year = if self.year_of_century { self.broken.year.rem_euclid(100) } else { 0 };
            self.broken.year = century * 100 + year;
        }
        let new_year = days(self.broken.year, 0, 1);
        if self.date && !self.weekday {
            if !(self.month && self.day) && self.day_of_year {
                self.date_of_day();
                (self.month, self.day) = (true, true);
            }
            let date = days(self.broken.year, self.broken.month, self.broken.day);
            self.broken.weekday = (date + 4).rem_euclid(7);
        }
        if self.date && !self.day_of_year {
            let date = days(self.broken.year, self.broken.month, self.broken.day);
            self.broken.day_of_year = date - new_year;
        }
        if let (Some((week, first)), true) = (self.week, self.weekday) {
            let new_year_day = (new_year + 4).rem_euclid(7);
            if !self.day_of_year {
                self.broken.day_of_year =
                    (7 - (new_year_day - first)) % 7 + (week - 1) * 7 + (self.broken.weekday - first + 7) % 7;
            }
            if !self.day || !self.month {
                self.date_of_day();
            }
        }
        if self.broken.day != 0 {
            let date = days(self.broken.year, self.broken.month, self.broken.day);
            if self.broken.weekday == UNKNOWN.0 {
                self.broken.weekday = (date + 4).rem_euclid(7);
            }
            if self.broken.day_of_year == UNKNOWN.1 {
                self.broken.day_of_year = date - new_year;
            }
        }
        self.broken
    }

    /// Sets month and day of the month from the day of the year, if they were not read.
    fn date_of_day(&mut self) {
        let new_year = days(self.broken.year, 0, 1);
        let date = match self.broken.day_of_year {
            // Before the first week of the year the library leaves its table of months on the left.
            before if before < 0 => BrokenDownTime {
                month: -1,
                day: before + 1 - if days(self.broken.year + 1, 0, 1) - new_year == 366 { 365 } else { 0 },
                ..self.broken.clone()
            },
            // Behind its last day it goes on with a thirteenth month, which is what `mktime` needs to find the year.
            day => {
                let date = BrokenDownTime::at((new_year + day) * DAY);
                let month = date.month + 12 * (date.year - self.broken.year);
                BrokenDownTime { month, ..date }
            }
        };
        if !self.month {
            self.broken.month = date.month;
        }
        if !self.day {
            self.broken.day = date.day;
        }
    }
}

/// Reads a number of at most `most_digits` digits, and returns the text after it. A further digit is only read while the number
/// can still fit.
fn number(text: &str, least: i64, most: i64, most_digits: usize) -> Option<(&str, i64)> {
    let digits = after_space(text);
    let mut value = 0;
    let mut length = 0;
    for digit in digits.bytes().take(most_digits).take_while(u8::is_ascii_digit) {
        if length > 0 && value * 10 > most {
            break;
        }
        value = value * 10 + i64::from(digit - b'0');
        length += 1;
    }
    (length > 0 && (least..=most).contains(&value)).then(|| (&digits[length..], value))
}

/// Reads a name, whole or by its first three letters; the longest that fits.
fn name<'t>(text: &'t str, names: &[&str], into: &mut i64) -> Option<&'t str> {
    let starts = |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    for (at, name) in names.iter().enumerate() {
        let length = if starts(name) {
            name.len()
        } else if name.len() > 3 && starts(&name[..3]) {
            3
        } else {
            continue;
        };
        *into = at as i64;
        return Some(&text[length..]);
    }
    None
}

/// Reads `Z`, `+01`, `+0100` or `+01:00`; the offset is ignored, as in jq.
fn offset(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some(rest);
    }
    let mut rest = text.strip_prefix(['+', '-'])?;
    let (mut value, mut count) = (0, 0);
    while let Some(digit) = rest.bytes().next().filter(u8::is_ascii_digit) {
        if count == 4 {
            break;
        }
        value = value * 10 + u32::from(digit - b'0');
        count += 1;
        rest = &rest[1..];
        let behind_colon = rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        if count == 2 && rest.starts_with(':') && behind_colon {
            rest = &rest[1..];
        }
    }
    (count == 2 || (count == 4 && value % 100 < 60)).then_some(rest)
}
