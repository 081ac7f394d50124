//! Difference of two texts, line by line, in the format of `diff -u`.

use similar::TextDiff;

use crate::model::escape;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

/// The lines that differ with the unchanged lines around them; empty when the texts are equal.
pub fn unified(current: (&str, &str), desired: (&str, &str)) -> String {
    let ((current_name, current), (desired_name, desired)) = (current, desired);
    let difference = TextDiff::from_lines(current, desired);
    let unified = difference
        .unified_diff()
        .context_radius(CONTEXT)
        .header(&escape::text(current_name), &escape::text(desired_name))
        .to_string();
    escape::page(&unified).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_is_shown_with_those_around_it() {
        let current = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\n";
        let desired = current.replace("a: 1", "a: one");
        let expected = "--- here\n+++ there\n@@ -1,4 +1,4 @@\n-a: 1\n+a: one\n b: 2\n c: 3\n d: 4\n";
        assert_eq!(unified(("here", current), ("there", &desired)), expected);
        assert_eq!(unified(("here", current), ("there", current)), "");
    }
}
