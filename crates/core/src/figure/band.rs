//! What chance alone would make of a share: Wilson's interval, which stays within 0 and 1 and is honest about few.

use super::series::Point;

/// The 97.5th percentile of the normal distribution, for 95 % in between.
const Z: f64 = 1.959_963_984_540_054;

/// Figures whose share is of many independent events, so that an interval says something: people decide about each completion anew.
const WITH_BAND: [&str; 1] = ["completion-acceptance"];

/// Whether a figure's points have a band.
pub fn has_band(figure: &str) -> bool {
    WITH_BAND.contains(&figure)
}

/// The 95 % interval of the point of a share. None without a numerator and a denominator of which it is a part.
pub fn band(point: &Point) -> Option<(f64, f64)> {
    let (some, all) = (point.numerator?, point.denominator?);
    if all <= 0.0 || !(0.0..=all).contains(&some) {
        return None;
    }
    let (share, spread) = (some / all, Z * Z / all);
    let middle = (share + spread / 2.0) / (1.0 + spread);
    let half = Z * ((share * (1.0 - share) + spread / 4.0) / all).sqrt() / (1.0 + spread);
    Some(((middle - half).max(0.0), (middle + half).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_textbook_and_stays_within_bounds() {
        let day = "2026-11-02".parse().unwrap();
        let of = |some: f64, all: f64| band(&Point::ratio(day, some, all, false));
        // Wilson 1927, as in Agresti and Coull 1998: 5 of 10, 0 of 10, and 30 of 100.
        for (some, all, low, high) in [(5.0, 10.0, 0.2366, 0.7634), (0.0, 10.0, 0.0, 0.2775), (30.0, 100.0, 0.2189, 0.3958)] {
            let (found_low, found_high) = of(some, all).unwrap();
            assert!(
                (found_low - low).abs() < 1e-4 && (found_high - high).abs() < 1e-4,
                "{some} of {all}: {found_low} {found_high}"
            );
        }
        let (low, high) = of(10.0, 10.0).unwrap();
        assert!((0.7225 - low).abs() < 1e-4 && high <= 1.0 && high > 0.999_999, "{low} {high}");
        assert_eq!((of(0.0, 0.0), of(2.0, 1.0)), (None, None));
        assert_eq!((band(&Point::withheld(day)), band(&Point::count(day, 3.0, false))), (None, None));
        assert!(WITH_BAND.iter().all(|id| super::super::find(id).is_some()));
    }
}
