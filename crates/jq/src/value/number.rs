//! Numbers as in jq: doubles, with the spelling of literals that were not changed.

use std::cmp::Ordering;
use std::sync::Arc;

/// Largest integer up to which a double is exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// One number.
#[derive(Debug, Clone)]
pub(crate) enum Number {
    /// An integer. Beyond 2^53 it is an unchanged literal; arithmetic does not produce it.
    Int(i64),
    /// A double that prints as itself.
    Float(f64),
    /// An unchanged literal that a double would print differently: `1.0`, `1E+1000`, thirty digits.
    Literal(Arc<NumberLiteral>),
}

/// See [`Number::Literal`].
#[derive(Debug)]
pub(crate) struct NumberLiteral {
    text: Box<str>,
    value: f64,
}

impl Number {
    /// The result of arithmetic.
    pub(crate) fn from_f64(value: f64) -> Self {
        if value.fract() == 0.0 && value.abs() <= EXACT && (value != 0.0 || value.is_sign_positive()) {
            Self::Int(value as i64)
        } else {
            Self::Float(value)
        }
    }

    pub(crate) fn from_usize(value: usize) -> Self {
        i64::try_from(value).map_or(Self::Float(value as f64), Self::Int)
    }

    /// Reads `[-]digits[.digits][e[+-]digits]`, where one of the digit sequences may be missing; `None` for other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.len() <= 18 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let value: i64 = text.parse().ok()?;
            return Some(if value == 0 && bytes[0] == b'-' { Self::Float(-0.0) } else { Self::Int(value) });
        }
        let decimal = Decimal::parse(text)?;
        let value: f64 = text.parse().ok()?;
        if decimal.exponent == 0
            && !(decimal.negative && decimal.is_zero())
            && let Ok(value) = text.parse::<i64>()
        {
            return Some(Self::Int(value));
        }
        let canonical = decimal.canonical();
        if canonical == format(value) {
            return Some(Self::Float(value));
        }
        Some(Self::Literal(Arc::new(NumberLiteral { text: canonical.into(), value })))
    }

    /// Like [`Number::parse`], for a number that Python has read and written before: `1.50` is `1.5`, `1e2` is `100.0`, `-0` is
    /// `0`.
    pub(crate) fn parse_through_python(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut digits = 0;
        let (mut point, mut exponent) = (false, false);
        for byte in bytes {
            match byte {
                b'0'..=b'9' => digits += 1,
                b'.' => point = true,
                b'e' | b'E' => exponent = true,
                _ => {}
            }
        }
        if !point && !exponent {
            return if text == "-0" { Some(Self::Int(0)) } else { Self::parse(text) };
        }
        // Numbers with so few digits read back as written, if the last digit is not zero and the number is not too small.
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let is_short = digits <= 15 && !exponent;
        if is_short && !unsigned.starts_with("0.0") && !text.ends_with('0') {
            return Self::parse(text);
        }
        Decimal::parse(text)?;
        let value: f64 = text.parse().ok()?;
        if value.is_infinite() {
            return Some(Self::Float(value));
        }
        Self::parse(&python_text(value))
    }

    /// Reads numbers as `tonumber` and `fromjson` do: also a plus sign, a missing digit before or after the point, and infinity
    /// and NaN as words.
    pub(crate) fn parse_leniently(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let negative = text.starts_with('-');
        if unsigned.eq_ignore_ascii_case("nan") {
            return Some(Self::Float(f64::NAN));
        }
        if unsigned.eq_ignore_ascii_case("infinity") || unsigned.eq_ignore_ascii_case("inf") {
            return Some(Self::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }));
        }
        if unsigned.starts_with(['+', '-']) {
            return None;
        }
        Self::parse(text.strip_prefix('+').unwrap_or(text))
    }

    pub(crate) fn as_f64(&self) -> f64 {
        match self {
            Self::Int(value) => *value as f64,
            Self::Float(value) => *value,
            Self::Literal(literal) => literal.value,
        }
    }

    pub(crate) fn is_nan(&self) -> bool {
        matches!(self, Self::Float(value) if value.is_nan())
    }

    pub(crate) fn negated(&self) -> Self {
        match self {
            Self::Int(value) => value.checked_neg().map_or(Self::Float(-(*value as f64)), Self::Int),
            Self::Float(value) => Self::Float(-value),
            // Decimal arithmetic takes it from zero, and zero less zero has no sign.
            Self::Literal(literal) if Decimal::parse(&literal.text).is_some_and(|decimal| decimal.is_zero_valued()) => {
                let text = literal.text.strip_prefix('-').unwrap_or(&literal.text);
                Self::Literal(Arc::new(NumberLiteral { text: text.into(), value: 0.0 }))
            }
            Self::Literal(literal) => {
                let text = literal.text.strip_prefix('-').map_or_else(|| format!("-{}", literal.text), str::to_owned);
                Self::Literal(Arc::new(NumberLiteral { text: text.into(), value: -literal.value }))
            }
        }
    }

    /// Appends the number as jq prints it; NaN is `null`.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Int(value) => {
                let mut buffer = [0u8; 20];
                let mut rest = value.unsigned_abs();
                let mut at = buffer.len();
                loop {
                    at -= 1;
                    buffer[at] = b'0' + (rest % 10) as u8;
                    rest /= 10;
                    if rest == 0 {
                        break;
                    }
                }
                if *value < 0 {
                    out.push('-');
                }
                out.extend(buffer[at..].iter().map(|digit| char::from(*digit)));
            }
            Self::Float(value) => out.push_str(&format(*value)),
            Self::Literal(literal) => out.push_str(&literal.text),
        }
    }

    /// jq's order, extended to a total order: first by the doubles, then, for equal doubles, by the digits of the literals. NaN
    /// comes before all other numbers and equals itself.
    pub(crate) fn total_order(&self, other: &Self) -> Ordering {
        if let (Self::Int(left), Self::Int(right)) = (self, other) {
            return left.cmp(right);
        }
        let (left, right) = (self.as_f64(), other.as_f64());
        match (left.is_nan(), right.is_nan()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            _ => {}
        }
        match left.partial_cmp(&right) {
            Some(Ordering::Equal) | None => {}
            Some(order) => return order,
        }
        if left == 0.0 && !self.is_literal() && !other.is_literal() {
            return Ordering::Equal;
        }
        match (self.decimal(), other.decimal()) {
            (Some(left), Some(right)) => left.order(&right),
            _ => Ordering::Equal,
        }
    }

    /// jq's equality: by the literals if both are literals, otherwise by the doubles; NaN equals nothing.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => left == right,
            (Self::Float(left), right) => *left == right.as_f64(),
            (left, Self::Float(right)) => left.as_f64() == *right,
            _ => self.total_order(other) == Ordering::Equal,
        }
    }

    fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    fn decimal(&self) -> Option<Decimal> {
        match self {
            Self::Int(value) => Decimal::parse(&value.to_string()),
            // Beyond 2^53 every double is an integer, which `{:.0}` prints exactly; below, the digits are the value.
            Self::Float(value) if value.abs() > EXACT && value.is_finite() => Decimal::parse(&format!("{value:.0}")),
            Self::Float(value) if value.is_infinite() => None,
            Self::Float(value) => Decimal::parse(&format!("{value:e}")),
            Self::Literal(literal) => Decimal::parse(&literal.text),
        }
    }
}

/// Formats a double as jq does: the shortest digits that read back, without an exponent if at most fifteen zeros must be added.
pub(crate) fn format(value: f64) -> String {
    if value.is_nan() {
        return "null".to_owned();
    }
    let value = value.clamp(f64::MIN, f64::MAX);
    let shortest = shortest(value);
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = digits.len() as i32;
    let mut text = String::from(sign);
    if value == 0.0 {
        text.push('0');
    } else if point <= -4 || point > count + 15 {
        text.push_str(&digits[..1]);
        if count > 1 {
            text.push('.');
            text.push_str(&digits[1..]);
        }
        let exponent = point - 1;
        text.push_str(&format!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()));
    } else if point <= 0 {
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', (-point) as usize));
        text.push_str(&digits);
    } else if point >= count {
        text.push_str(&digits);
        text.extend(std::iter::repeat_n('0', (point - count) as usize));
    } else {
        text.push_str(&digits[..point as usize]);
        text.push('.');
        text.push_str(&digits[point as usize..]);
    }
    text
}

/// The shortest digits that read back, as `1.5e3`. Of two equally near numbers the even one, as in C; Rust takes the larger.
fn shortest(value: f64) -> String {
    // A tie has one digit more than the shortest, and no double has so many without as many bits.
    const TIE_DIGITS: usize = 16;
    let shortest = format!("{value:e}");
    let Some(end) = shortest.find('e').filter(|end| *end > TIE_DIGITS) else {
        return shortest;
    };
    let exact = format!("{value:.30e}");
    let (kept, rest) = exact.split_at(end);
    let rest = rest.split('e').next().unwrap_or_default();
    let is_tie = rest.starts_with('5') && rest[1..].bytes().all(|digit| digit == b'0');
    let is_even = kept.ends_with(['0', '2', '4', '6', '8']);
    let even = format!("{kept}{}", &shortest[end..]);
    if is_tie && is_even && even.parse() == Ok(value) {
        return even;
    }
    shortest
}

/// A finite double as Python's `repr` and `json.dumps` write it.
fn python_text(value: f64) -> String {
    let shortest = shortest(value);
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format(value);
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// A decimal number: `digits` times ten to the `exponent`.
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, "0"),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if !is_digits(whole)
            || !is_digits(fraction)
            || !is_digits(unsigned)
            || unsigned.is_empty()
            || whole.len() + fraction.len() == 0
        {
            return None;
        }
        let exponent: i64 = exponent.parse().ok().filter(|exponent: &i64| exponent.abs() < i64::MAX / 4)?;
        let mut digits = String::with_capacity(whole.len() + fraction.len());
        digits.push_str(whole);
        digits.push_str(fraction);
        let leading = digits.bytes().take_while(|digit| *digit == b'0').count().min(digits.len() - 1);
        digits.drain(..leading);
        Some(Self { negative, digits, exponent: exponent - fraction.len() as i64 })
    }

    fn is_zero(&self) -> bool {
        self.digits == "0"
    }

    /// The exponent of the first digit.
    fn magnitude(&self) -> i64 {
        self.exponent + self.digits.len() as i64 - 1
    }

    /// The canonical text of decimal arithmetic: without an exponent if no padding is needed, otherwise with a capital E.
    fn canonical(&self) -> String {
        let mut text = String::from(if self.negative { "-" } else { "" });
        let magnitude = self.magnitude();
        if self.exponent == 0 {
            text.push_str(&self.digits);
        } else if self.exponent < 0 && magnitude >= -6 {
            let point = self.digits.len() as i64 + self.exponent;
            if point > 0 {
                text.push_str(&self.digits[..point as usize]);
                text.push('.');
                text.push_str(&self.digits[point as usize..]);
            } else {
                text.push_str("0.");
                text.extend(std::iter::repeat_n('0', (-point) as usize));
                text.push_str(&self.digits);
            }
        } else {
            text.push_str(&self.digits[..1]);
            if self.digits.len() > 1 {
                text.push('.');
                text.push_str(&self.digits[1..]);
            }
            text.push_str(&format!("E{magnitude:+}"));
        }
        text
    }

    fn order(&self, other: &Self) -> Ordering {
        let sign = |decimal: &Self| match (decimal.is_zero_valued(), decimal.negative) {
            (true, _) => 0,
            (_, true) => -1,
            _ => 1,
        };
        let (left, right) = (sign(self), sign(other));
        if left != right || left == 0 {
            return left.cmp(&right);
        }
        let digits = |decimal: &Self| decimal.digits.trim_end_matches('0').to_owned();
        let order = self.magnitude().cmp(&other.magnitude()).then_with(|| digits(self).cmp(&digits(other)));
        if left < 0 { order.reverse() } else { order }
    }

    fn is_zero_valued(&self) -> bool {
        self.digits.bytes().all(|digit| digit == b'0')
    }
}
