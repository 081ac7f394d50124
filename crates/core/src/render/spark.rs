//! Spark bars: a series as one line of blocks.

/// The blocks, lowest first.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The place of a value that is not known.
const UNKNOWN: char = '·';

/// A block for each value, from zero up to the largest of them. A value that is none is a dot; one below zero counts as zero.
pub fn bar(values: impl IntoIterator<Item = Option<f64>>) -> String {
    let values: Vec<Option<f64>> = values.into_iter().collect();
    let largest = values.iter().flatten().copied().fold(0.0, f64::max);
    let block = |value: f64| {
        let step = if largest > 0.0 { (value / largest * (BLOCKS.len() - 1) as f64).round() } else { 0.0 };
        BLOCKS[(step.max(0.0) as usize).min(BLOCKS.len() - 1)]
    };
    values.into_iter().map(|value| value.map_or(UNKNOWN, block)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_reach_from_zero_to_the_largest_value() {
        assert_eq!(bar([Some(0.0), Some(3.5), Some(7.0), None]), "▁▅█·");
        assert_eq!(bar([Some(0.0), Some(0.0)]), "▁▁");
        assert_eq!(bar([Some(-1.0), Some(1e300)]), "▁█");
        assert_eq!(bar([]), "");
    }
}
