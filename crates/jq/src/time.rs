//! Broken down time, and its text by the directives of C's `strftime` and `strptime`, in English and UTC.

/// A date and a time as C breaks them down; months and days of the year count from 0, days of the month from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Broken {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: f64,
    /// Sunday is 0.
    pub(super) weekday: i64,
    pub(super) day_of_year: i64,
}

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Days from 1970-01-01 to a day of the Gregorian calendar; `month` counts from 0 and may leave the year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year + month.div_euclid(12);
    let month = month.rem_euclid(12);
    // Years that begin in March put the leap day last.
    let (year, month) = if month < 2 {
        (year - 1, month + 10)
    } else {
        (year, month - 2)
    };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
        + day
        - 1
}

impl Broken {
    /// The time `seconds` after the beginning of 1970.
    pub(super) fn at(seconds: i64) -> Self {
        let day_number = seconds.div_euclid(DAY);
        let second_of_day = seconds.rem_euclid(DAY);
        let shifted = day_number + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_shifted_year =
            day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_shifted_year + 2) / 153;
        let month = if shifted_month < 10 {
            shifted_month + 2
        } else {
            shifted_month - 10
        };
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
        days(self.year, self.month, self.day) * DAY
            + self.hour * 3600
            + self.minute * 60
            + self.second.floor() as i64
    }

    /// Week of the year when weeks begin on `first` (0 is Sunday).
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
            if first == 3 || (first == 2 && leap) {
                53
            } else {
                52
            }
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

/// Writes `broken` by `format`; unknown directives stay as they are.
pub(super) fn format(broken: &Broken, format: &str, zone: &str) -> String {
    let mut out = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some(directive) => out.push_str(&directive_text(broken, directive, zone)),
            None => out.push('%'),
        }
    }
    out
}

fn directive_text(broken: &Broken, directive: char, zone: &str) -> String {
    let name = |names: &[&'static str], at: i64| {
        usize::try_from(at)
            .ok()
            .and_then(|at| names.get(at))
            .copied()
            .unwrap_or("?")
    };
    let hour_12 = match broken.hour.rem_euclid(12) {
        0 => 12,
        hour => hour,
    };
    let inner = |inner: &str| format(broken, inner, zone);
    match directive {
        'Y' => broken.year.to_string(),
        'C' => format!("{:02}", broken.year.div_euclid(100)),
        'y' => format!("{:02}", broken.year.rem_euclid(100)),
        'm' => format!("{:02}", broken.month + 1),
        'd' => format!("{:02}", broken.day),
        'e' => format!("{:2}", broken.day),
        'H' => format!("{:02}", broken.hour),
        'k' => format!("{:2}", broken.hour),
        'I' => format!("{hour_12:02}"),
        'l' => format!("{hour_12:2}"),
        'M' => format!("{:02}", broken.minute),
        'S' => format!("{:02}", broken.second.floor() as i64),
        'p' => if broken.hour < 12 { "AM" } else { "PM" }.to_owned(),
        'P' => if broken.hour < 12 { "am" } else { "pm" }.to_owned(),
        'a' => name(&WEEKDAYS, broken.weekday).chars().take(3).collect(),
        'A' => name(&WEEKDAYS, broken.weekday).to_owned(),
        'b' | 'h' => name(&MONTHS, broken.month).chars().take(3).collect(),
        'B' => name(&MONTHS, broken.month).to_owned(),
        'j' => format!("{:03}", broken.day_of_year + 1),
        'u' => (if broken.weekday == 0 {
            7
        } else {
            broken.weekday
        })
        .to_string(),
        'w' => broken.weekday.to_string(),
        'U' => format!("{:02}", broken.week(0)),
        'W' => format!("{:02}", broken.week(1)),
        'V' => format!("{:02}", broken.iso_week().1),
        'G' => broken.iso_week().0.to_string(),
        'g' => format!("{:02}", broken.iso_week().0.rem_euclid(100)),
        's' => broken.epoch().to_string(),
        'z' => "+0000".to_owned(),
        'Z' => zone.to_owned(),
        'D' | 'x' => inner("%m/%d/%y"),
        'F' => inner("%Y-%m-%d"),
        'T' | 'X' => inner("%H:%M:%S"),
        'R' => inner("%H:%M"),
        'r' => inner("%I:%M:%S %p"),
        'c' => inner("%a %b %e %H:%M:%S %Y"),
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        '%' => "%".to_owned(),
        other => format!("%{other}"),
    }
}

/// Weekday and day of the year before anything is known, as jq has them.
const UNKNOWN: (i64, i64) = (8, 367);

/// Reads `text` by `format`; gives what is left of the text. `None` when they do not match.
pub(super) fn parse<'t>(text: &'t str, format: &str) -> Option<(Broken, &'t str)> {
    let mut broken = Broken {
        year: 1900,
        month: 0,
        day: 0,
        hour: 0,
        minute: 0,
        second: 0.0,
        weekday: UNKNOWN.0,
        day_of_year: UNKNOWN.1,
    };
    let mut state = State::default();
    let rest = parse_into(&mut broken, &mut state, text, format)?;
    if let Some(afternoon) = state.afternoon {
        broken.hour = broken.hour % 12 + if afternoon { 12 } else { 0 };
    }
    if broken.day_of_year != UNKNOWN.1 && broken.day == 0 {
        let date = Broken::at((days(broken.year, 0, 1) + broken.day_of_year) * DAY);
        (broken.month, broken.day) = (date.month, date.day);
    }
    if (1..=31).contains(&broken.day) {
        let date = Broken::at(days(broken.year, broken.month, broken.day) * DAY);
        (broken.weekday, broken.day_of_year) = (
            date.weekday,
            days(broken.year, broken.month, broken.day) - days(broken.year, 0, 1),
        );
    }
    Some((broken, rest))
}

#[derive(Default)]
struct State {
    afternoon: Option<bool>,
}

fn parse_into<'t>(
    broken: &mut Broken,
    state: &mut State,
    mut text: &'t str,
    format: &str,
) -> Option<&'t str> {
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character.is_ascii_whitespace() {
            text = text.trim_ascii_start();
            continue;
        }
        if character != '%' {
            text = text.strip_prefix(character)?;
            continue;
        }
        let directive = characters.next()?;
        text = match directive {
            'Y' => number(text, 4, -9999..=9999, &mut broken.year)?,
            'm' => {
                let rest = number(text, 2, 1..=12, &mut broken.month)?;
                broken.month -= 1;
                rest
            }
            'd' | 'e' => number(text, 2, 1..=31, &mut broken.day)?,
            'H' | 'k' => number(text, 2, 0..=23, &mut broken.hour)?,
            'I' | 'l' => {
                let rest = number(text, 2, 1..=12, &mut broken.hour)?;
                broken.hour %= 12;
                rest
            }
            'M' => number(text, 2, 0..=59, &mut broken.minute)?,
            'S' => {
                let mut second = 0;
                let rest = number(text, 2, 0..=61, &mut second)?;
                broken.second = second as f64;
                rest
            }
            'y' => {
                let rest = number(text, 2, 0..=99, &mut broken.year)?;
                broken.year += if broken.year < 69 { 2000 } else { 1900 };
                rest
            }
            'j' => {
                let rest = number(text, 3, 1..=366, &mut broken.day_of_year)?;
                broken.day_of_year -= 1;
                rest
            }
            'u' => {
                let rest = number(text, 1, 1..=7, &mut broken.weekday)?;
                broken.weekday %= 7;
                rest
            }
            'w' => number(text, 1, 0..=6, &mut broken.weekday)?,
            'a' | 'A' => name(text, &WEEKDAYS, &mut broken.weekday)?,
            'b' | 'B' | 'h' => name(text, &MONTHS, &mut broken.month)?,
            'p' | 'P' => {
                let mut half = 0;
                let rest = name(text, &["AM", "PM"], &mut half)?;
                state.afternoon = Some(half == 1);
                rest
            }
            's' => {
                let mut seconds = 0;
                let rest = number(text, 17, i64::MIN..=i64::MAX, &mut seconds)?;
                *broken = Broken::at(seconds);
                rest
            }
            'z' => offset(text.trim_ascii_start())?,
            'Z' => text
                .trim_ascii_start()
                .trim_start_matches(|c: char| !c.is_ascii_whitespace()),
            'T' => parse_into(broken, state, text, "%H:%M:%S")?,
            'R' => parse_into(broken, state, text, "%H:%M")?,
            'r' => parse_into(broken, state, text, "%I:%M:%S %p")?,
            'D' | 'x' => parse_into(broken, state, text, "%m/%d/%y")?,
            'F' => parse_into(broken, state, text, "%Y-%m-%d")?,
            'X' => parse_into(broken, state, text, "%H:%M:%S")?,
            'c' => parse_into(broken, state, text, "%a %b %e %H:%M:%S %Y")?,
            'n' | 't' => text.trim_ascii_start(),
            '%' => text.strip_prefix('%')?,
            _ => return None,
        };
    }
    Some(text)
}

fn number<'t>(
    text: &'t str,
    most: usize,
    range: std::ops::RangeInclusive<i64>,
    into: &mut i64,
) -> Option<&'t str> {
    let text = text.trim_ascii_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) if *range.start() < 0 => (-1, rest),
        _ => (1, text),
    };
    let length = digits
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let value = sign * digits[..length].parse::<i64>().ok()?;
    *into = Some(value).filter(|value| range.contains(value))?;
    Some(&digits[length..])
}

fn name<'t>(text: &'t str, names: &[&str], into: &mut i64) -> Option<&'t str> {
    let text = text.trim_ascii_start();
    let starts = |name: &str| {
        text.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
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

/// `Z`, `+01`, `+0100` or `+01:00`; what it says is not used, as in jq.
fn offset(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some(rest);
    }
    let rest = text.strip_prefix(['+', '-'])?;
    let two = |text: &str| {
        text.get(..2)
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if !two(rest) {
        return None;
    }
    let rest = &rest[2..];
    let minutes = rest.strip_prefix(':').unwrap_or(rest);
    Some(if two(minutes) { &minutes[2..] } else { rest })
}
