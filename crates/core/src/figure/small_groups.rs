//! Groups of people that are parts of a whole that is shown: which of them must be withheld.

/// Tells for each group whether it must be withheld: those with fewer than `k` people, and, until those withheld are `k` people or
/// more together, the next smallest. Else the whole less the others would show them. A group of nobody tells nothing.
pub(super) fn withheld(sizes: &[u64], k: u64) -> Vec<bool> {
    let mut is_withheld: Vec<bool> = sizes.iter().map(|size| *size > 0 && *size < k).collect();
    loop {
        let hidden: u64 = sizes.iter().zip(&is_withheld).filter(|(_, hidden)| **hidden).map(|(size, _)| size).sum();
        if hidden == 0 || hidden >= k {
            return is_withheld;
        }
        let shown = (0..sizes.len()).filter(|group| !is_withheld[*group] && sizes[*group] > 0);
        match shown.min_by_key(|group| (sizes[*group], *group)) {
            Some(group) => is_withheld[group] = true,
            None => return is_withheld,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_group_takes_the_next_with_it() {
        assert_eq!(withheld(&[9, 2, 7, 0], 5), [false, true, true, false]);
        assert_eq!(withheld(&[9, 2, 3], 5), [false, true, true], "five together");
        assert_eq!(withheld(&[9, 7, 0], 5), [false, false, false]);
        assert_eq!(withheld(&[3], 5), [true]);
        assert_eq!(withheld(&[3, 9], 1), [false, false]);
    }
}
