//! Time to text by the directives of C's `strftime`, with the flags, widths and modifiers of the GNU C library.

use super::{BrokenDownTime, MONTHS, WEEKDAYS, ZoneText};

/// Room that jq gives `strftime` beside the length of the format, in bytes; a longer text is an error.
const ROOM: usize = 100;

/// A time with all inputs of its text.
struct TimeWriter<'a> {
    broken: &'a BrokenDownTime,
    zone: &'a ZoneText,
    /// Seconds for `%s`.
    epoch: i64,
    most: usize,
}

/// Flags and width of a directive, between `%` and its letter.
#[derive(Clone, Copy, Default)]
struct Directive {
    /// `_`, `-` or `0`; the last one is used.
    pad: Option<char>,
    upper: bool,
    change_case: bool,
    width: Option<usize>,
    /// `E` or `O`
    modifier: Option<char>,
}

/// Formats `broken`. Unknown directives stay as they are. None when the text is longer than jq allows, or empty although the
/// format is not.
pub(in super::super) fn format(broken: &BrokenDownTime, format: &str, zone: &ZoneText, epoch: i64) -> Option<String> {
    let writer = TimeWriter { broken, zone, epoch, most: format.len() + ROOM };
    let mut out = String::new();
    writer.all(&mut out, format)?;
    (out.len() < writer.most && (!out.is_empty() || format.is_empty())).then_some(out)
}

impl TimeWriter<'_> {
    fn all(&self, out: &mut String, format: &str) -> Option<()> {
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let (field, letter, length) = Directive::read(rest);
            let whole = &rest[..length];
            match letter {
                Some(letter) => self.directive(out, field, letter, whole)?,
                None => field.text(out, whole, self.most)?,
            }
            rest = &rest[length..];
        }
        out.push_str(rest);
        Some(())
    }

    fn directive(&self, out: &mut String, field: Directive, letter: char, whole: &str) -> Option<()> {
        let broken = self.broken;
        let refused = match letter {
            'a' | 'A' | 'D' | 'F' => field.modifier.is_some(),
            'c' | 'x' | 'X' | 'Y' => field.modifier == Some('O'),
            'd' | 'e' | 'B' | 'b' | 'h' | 'H' | 'I' | 'k' | 'l' | 'j' | 'M' | 'm' | 'S' | 'U' | 'V' | 'g' | 'G' | 'W' | 'w' => {
                field.modifier == Some('E')
            }
            _ => false,
        };
        if refused {
            let upper = field.upper || (field.change_case && matches!(letter, 'b' | 'B' | 'h'));
            return Directive { upper, ..field }.text(out, whole, self.most);
        }
        let number = |out: &mut String, digits: usize, value: i64| field.number(out, digits, value, self.most);
        let spaced = |out: &mut String, value: i64| {
            let pad = field.pad.or(Some('_'));
            Directive { pad, ..field }.number(out, 2, value, self.most)
        };
        let name =
            |names: &[&'static str], at: i64| usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or("?");
        let short = |name: &'static str| name.get(..3).unwrap_or(name);
        let named = Directive { upper: field.upper || field.change_case, ..field };
        let hour_12 = match broken.hour {
            0 => 12,
            hour if hour > 12 => hour - 12,
            hour => hour,
        };
        let half = if broken.hour > 11 { "PM" } else { "AM" };
        match letter {
            '%' => field.text(out, "%", self.most),
            'n' => field.text(out, "\n", self.most),
            't' => field.text(out, "\t", self.most),
            'a' => named.text(out, short(name(&WEEKDAYS, broken.weekday)), self.most),
            'A' => named.text(out, name(&WEEKDAYS, broken.weekday), self.most),
            'b' | 'h' => named.text(out, short(name(&MONTHS, broken.month)), self.most),
            'B' => named.text(out, name(&MONTHS, broken.month), self.most),
            'p' if !field.change_case => field.text(out, half, self.most),
            'p' | 'P' => {
                let half = half.to_ascii_lowercase();
                Directive { upper: false, ..field }.text(out, &half, self.most)
            }
            'Z' if field.change_case => {
                let zone = self.zone.name.to_ascii_lowercase();
                Directive { upper: false, ..field }.text(out, &zone, self.most)
            }
            'Z' => field.text(out, &self.zone.name, self.most),
            'z' => {
                let minutes = self.zone.offset_seconds.abs() / 60;
                let sign = if self.zone.offset_seconds < 0 { "-" } else { "+" };
                field.text(out, sign, self.most)?;
                number(out, 4, minutes / 60 * 100 + minutes % 60)
            }
            'Y' => number(out, 1, broken.year),
            'C' => number(out, 1, broken.year.div_euclid(100)),
            'y' => number(out, 2, broken.year.rem_euclid(100)),
            'm' => number(out, 2, broken.month + 1),
            'd' => number(out, 2, broken.day),
            'e' => spaced(out, broken.day),
            'H' => number(out, 2, broken.hour),
            'k' => spaced(out, broken.hour),
            'I' => number(out, 2, hour_12),
            'l' => spaced(out, hour_12),
            'M' => number(out, 2, broken.minute),
            'S' => number(out, 2, broken.second.floor() as i64),
            'j' => number(out, 3, broken.day_of_year + 1),
            'u' => number(out, 1, (broken.weekday + 6).rem_euclid(7) + 1),
            'w' => number(out, 1, broken.weekday),
            'U' => number(out, 2, broken.week(0)),
            'W' => number(out, 2, broken.week(1)),
            'V' => number(out, 2, broken.iso_week().1),
            'G' => number(out, 1, broken.iso_week().0),
            'g' => number(out, 2, broken.iso_week().0.rem_euclid(100)),
            's' => field.text(out, &self.epoch.to_string(), self.most),
            'D' | 'x' => self.several(out, field, "%m/%d/%y"),
            'F' => self.several(out, field, "%Y-%m-%d"),
            'T' | 'X' => self.several(out, field, "%H:%M:%S"),
            'R' => self.several(out, field, "%H:%M"),
            'r' => self.several(out, field, "%I:%M:%S %p"),
            'c' => self.several(out, field, "%a %b %e %H:%M:%S %Y"),
            _ => field.text(out, whole, self.most),
        }
    }

    /// Writes a directive that is an abbreviation of several others.
    fn several(&self, out: &mut String, field: Directive, inner: &str) -> Option<()> {
        let mut text = String::new();
        self.all(&mut text, inner)?;
        field.text(out, &text, self.most)
    }
}

impl Directive {
    /// Reads the directive at the start of `text`, which begins with `%`: its flags, its letter, and its whole length.
    fn read(text: &str) -> (Self, Option<char>, usize) {
        let mut field = Self::default();
        let bytes = text.as_bytes();
        let mut at = 1;
        while let Some(flag) = bytes.get(at) {
            match flag {
                b'_' | b'-' | b'0' => field.pad = Some(char::from(*flag)),
                b'^' => field.upper = true,
                b'#' => field.change_case = true,
                _ => break,
            }
            at += 1;
        }
        while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
            let width = field.width.unwrap_or(0).saturating_mul(10);
            field.width = Some(width.saturating_add(usize::from(digit - b'0')));
            at += 1;
        }
        if let Some(modifier @ (b'E' | b'O')) = bytes.get(at) {
            field.modifier = Some(char::from(*modifier));
            at += 1;
        }
        let letter = text.get(at..).and_then(|rest| rest.chars().next());
        (field, letter, at + letter.map_or(0, char::len_utf8))
    }

    /// Appends a text, padded on its left to the width.
    fn text(self, out: &mut String, text: &str, most: usize) -> Option<()> {
        let padding = self.width.unwrap_or(0).saturating_sub(text.len());
        if out.len().saturating_add(padding).saturating_add(text.len()) >= most {
            return None;
        }
        let fill = if self.pad == Some('0') { '0' } else { ' ' };
        out.extend(std::iter::repeat_n(fill, padding));
        if self.upper {
            out.push_str(&text.to_ascii_uppercase());
        } else {
            out.push_str(text);
        }
        Some(())
    }

    /// Appends a number of at least `digits` digits.
    fn number(self, out: &mut String, digits: usize, value: i64, most: usize) -> Option<()> {
        let sign = if value < 0 { "-" } else { "" };
        let plain = value.unsigned_abs().to_string();
        let digits = match self.pad {
            Some('-') => 0,
            Some('_') => digits,
            _ => digits.max(self.width.unwrap_or(0)),
        };
        if digits >= most {
            return None;
        }
        let padding = digits.saturating_sub(plain.len() + sign.len());
        let padding_text = |fill: &str| fill.repeat(padding);
        let text = match self.pad {
            Some('_') => format!("{}{sign}{plain}", padding_text(" ")),
            _ => format!("{sign}{}{plain}", padding_text("0")),
        };
        self.text(out, &text, most)
    }
}
