//! A series as small bars, without axes: for tiles, beside the value that says it in words.

use maud::{Markup, html};

/// Height of the drawing, in its own units.
const HEIGHT: f64 = 24.0;

/// Width of a bar with the gap beside it.
const STEP: usize = 4;

/// A bar for each value, from zero up to the largest. A value that is none is a dot on the base line.
pub(crate) fn bars(values: impl IntoIterator<Item = Option<f64>>) -> Markup {
    let values: Vec<Option<f64>> = values.into_iter().collect();
    let largest = values.iter().flatten().copied().fold(0.0, f64::max);
    let (mut bars, mut dots) = (String::new(), String::new());
    for (number, value) in values.iter().enumerate() {
        let x = number * STEP;
        match value {
            Some(value) => {
                let share = if largest > 0.0 { (value / largest).clamp(0.0, 1.0) } else { 0.0 };
                let height = (share * HEIGHT).max(1.0);
                bars += &format!("M{x} {HEIGHT}h3v-{height:.1}h-3z");
            }
            None => dots += &format!("M{x} {HEIGHT}h3v-1h-3z"),
        }
    }
    html! {
        @if !values.is_empty() {
            svg.spark viewBox={ "0 0 " (values.len() * STEP) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                @if !bars.is_empty() { path d=(bars) {} }
                @if !dots.is_empty() { path.none d=(dots) {} }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_reach_from_zero_to_the_largest_value_and_what_is_none_is_something_else() {
        let drawn = bars([Some(0.0), Some(3.0), Some(6.0), None]).into_string();
        assert!(drawn.contains("viewBox=\"0 0 16 24\""), "{drawn}");
        assert!(drawn.contains("M0 24h3v-1.0h-3zM4 24h3v-12.0h-3zM8 24h3v-24.0h-3z"), "{drawn}");
        assert!(drawn.contains("class=\"none\" d=\"M12 24h3v-1h-3z\""), "{drawn}");
        assert_eq!(bars([]).into_string(), "");
        assert!(!bars([Some(0.0)]).into_string().contains("NaN"));
    }
}
