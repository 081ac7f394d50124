//! Numbers as people read them. The same everywhere: no locale is asked.

use std::time::Duration;

/// A count with its thousands parted: `1,234,567`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut parted = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            parted.push(',');
        }
        parted.push(digit);
    }
    parted
}

/// A count with its noun: `1 entity`, `3 entities`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A number as people read it, with its thousands parted and as many as two decimals.
pub fn decimal(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let hundredths = (value.abs() * 100.0).round();
    let whole = format!("{sign}{}", count((hundredths / 100.0) as u64));
    match (hundredths % 100.0) as u64 {
        0 => whole,
        part if part % 10 == 0 => format!("{whole}.{}", part / 10),
        part => format!("{whole}.{part:02}"),
    }
}

/// A size in powers of 1024, with one decimal from KiB on: `999 B`, `1.5 MiB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // In tenths, so that what rounds up to 1024 of a unit is shown as 1 of the next.
    let tenths = |power: u32| (u128::from(bytes) * 10 + (1 << (10 * power - 1))) >> (10 * power);
    let (unit, tenths) =
        UNITS.iter().zip((1..).map(tenths)).find(|(unit, tenths)| *tenths < 10 * 1024 || **unit == "EiB").unwrap_or((&"EiB", 0));
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// A duration with as much precision as its size deserves: `7 ms`, `3.4 s`, `42 s`, `3 min 5 s`, `2 h 10 min`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    // Rounded before the unit is chosen, so that no `60 s` is shown.
    let whole = (seconds + 0.5) as u64;
    match () {
        () if seconds < 0.0995 => format!("{:.0} ms", seconds * 1000.0),
        () if seconds < 9.95 => format!("{seconds:.1} s"),
        () if whole < 60 => format!("{whole} s"),
        () if whole < 3600 => two(whole / 60, "min", whole % 60, "s"),
        () => {
            let minutes = (whole + 30) / 60;
            two(minutes / 60, "h", minutes % 60, "min")
        }
    }
}

fn two(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    match small {
        0 => format!("{} {large_unit}", count(large)),
        _ => format!("{} {large_unit} {small} {small_unit}", count(large)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        let table = [(0, "0"), (999, "999"), (1000, "1,000"), (123_456, "123,456"), (1_234_567, "1,234,567")];
        for (number, expected) in table {
            assert_eq!(count(number), expected);
        }
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!((counted(1, "item", "items"), counted(0, "item", "items")), ("1 item".to_owned(), "0 items".to_owned()));
    }

    #[test]
    fn sizes_take_the_largest_unit_that_leaves_a_whole() {
        let table = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_572_864, "1.5 MiB"),
            (1024 * 1024 - 1, "1.0 MiB"),
            (5 << 30, "5.0 GiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (number, expected) in table {
            assert_eq!(bytes(number), expected, "{number}");
        }
    }

    #[test]
    fn durations_never_show_sixty_of_a_unit() {
        let table = [
            (0, "0 ms"),
            (7, "7 ms"),
            (99, "99 ms"),
            (100, "0.1 s"),
            (3_440, "3.4 s"),
            (9_960, "10 s"),
            (59_499, "59 s"),
            (59_500, "1 min"),
            (185_000, "3 min 5 s"),
            (3_599_600, "1 h"),
            (7_800_000, "2 h 10 min"),
        ];
        for (milliseconds, expected) in table {
            assert_eq!(duration(Duration::from_millis(milliseconds)), expected, "{milliseconds}");
        }
    }
}
