//! Comments that ignore findings: `# pilotage: ignore[code]`, on the line or on the line above.

use super::codes;
use super::finding::{Finding, Fix};
use super::nearest::nearest;
use super::tree::SourceFile;

/// A code that a comment ignores.
struct Ignored<'a> {
    code: &'a str,
    /// First byte and byte after the last one of the code.
    place: std::ops::Range<usize>,
    /// The comment, from its `#` on, when the code is its only one.
    comment: Option<std::ops::Range<usize>>,
    /// Lines whose findings it ignores, from 1.
    lines: std::ops::RangeInclusive<usize>,
    /// The line of the comment itself.
    own: usize,
}

/// Leaves out what the comments of a file ignore, and adds a finding for each code that ignores nothing.
pub fn apply(text: &str, file_name: &str, findings: Vec<Finding>) -> Vec<Finding> {
    let ignored = ignored(text);
    if ignored.is_empty() {
        return findings;
    }
    let mut used = vec![false; ignored.len()];
    let is_ignored = |finding: &Finding, used: &mut [bool]| {
        let line = finding.location.as_ref().and_then(|location| location.line);
        let by = |ignored: &Ignored<'_>| {
            ignored.code == finding.code && line.is_some_and(|line| line == ignored.own || ignored.lines.contains(&line))
        };
        let mut found = false;
        for (used, _) in used.iter_mut().zip(&ignored).filter(|(_, ignored)| by(ignored)) {
            (*used, found) = (true, true);
        }
        found
    };
    let mut kept: Vec<Finding> = findings.into_iter().filter(|finding| !is_ignored(finding, &mut used)).collect();
    let source = SourceFile::new(file_name, text);
    let unused = ignored.iter().zip(used).filter(|(_, used)| !used);
    kept.extend(unused.map(|(ignored, _)| finding(ignored, &source)));
    kept
}

fn finding(ignored: &Ignored<'_>, source: &SourceFile) -> Finding {
    let code = ignored.code;
    let is_known = codes::ALL.iter().any(|(known, _)| *known == code);
    let at = source.location(ignored.place.clone(), "");
    if is_known {
        let fix = ignored.comment.clone().map(|comment| Fix::replace(comment, ""));
        return Finding::warning(codes::UNUSED_IGNORE, format!("there is no finding `{code}` to ignore here"))
            .at(at)
            .help("remove the comment, or put it on the line of the finding or the line above")
            .fix(fix);
    }
    let finding = Finding::warning(codes::UNUSED_IGNORE, format!("there is no code `{code}`")).at(at);
    match nearest(code, codes::ALL.iter().map(|(code, _)| *code)) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("write `ignore[code]` with a code of {}", codes::PAGE)),
    }
}

/// Comments of a text that ignore findings, with their codes and lines.
fn ignored(text: &str) -> Vec<Ignored<'_>> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut all = Vec::new();
    let mut start = 0;
    for (index, line) in lines.iter().enumerate() {
        if let Some((hash, list)) = comment(line) {
            let is_alone = line.get(..hash).is_some_and(|before| before.trim().is_empty());
            let own = index + 1;
            let target = if is_alone { next(&lines, index + 1) } else { Some(index) };
            let covered = target.map_or(own..=own, |target| target + 1..=last_of_block(&lines, target) + 1);
            let codes: Vec<(usize, &str)> = pieces(list, hash + offset(line, hash, list)).collect();
            let comment_start = line.get(..hash).map_or(hash, |before| if is_alone { 0 } else { before.trim_end().len() });
            let end = if is_alone { line.len() } else { line.trim_end_matches(['\n', '\r']).len() };
            for (at, code) in &codes {
                let comment = (codes.len() == 1).then_some(start + comment_start..start + end);
                let place = start + at..start + at + code.len().max(1);
                all.push(Ignored { code, place, comment, lines: covered.clone(), own });
            }
        }
        start += line.len();
    }
    all
}

/// Start of a comment that ignores findings, and its list of codes; the list is empty when its brackets are missing.
fn comment(line: &str) -> Option<(usize, &str)> {
    let hashes = line.match_indices('#').map(|(at, _)| at);
    let mut begins = hashes.filter(|at| *at == 0 || line.get(..*at).is_some_and(|before| before.ends_with([' ', '\t'])));
    begins.find_map(|hash| {
        let rest = line.get(hash + 1..)?.trim_start().strip_prefix("pilotage:")?.trim_start().strip_prefix("ignore")?;
        let list = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split(']').next());
        Some((hash, list.unwrap_or(rest.get(..0)?)))
    })
}

/// Bytes from the comment's `#` to its list.
fn offset(line: &str, hash: usize, list: &str) -> usize {
    let from = line.get(hash..).unwrap_or("");
    match list.is_empty() {
        true => 0,
        false => from.find('[').map_or(0, |at| at + 1),
    }
}

/// The codes of a list, each with its place.
fn pieces(list: &str, start: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut at = start;
    list.split(',').map(move |piece| {
        let begins = at + (piece.len() - piece.trim_start().len());
        at += piece.len() + 1;
        (begins, piece.trim())
    })
}

/// The next line, by its number from 0, that is neither blank nor a comment.
fn next(lines: &[&str], from: usize) -> Option<usize> {
    let found = lines.iter().skip(from).position(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))?;
    Some(from + found)
}

/// The last line of a value that is written as a block below its key; the line itself for any other.
fn last_of_block(lines: &[&str], line: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let Some(first) = lines.get(line) else { return line };
    let ends_in_block = first.trim_end().rsplit(' ').next().is_some_and(|last| {
        last.starts_with(['|', '>'])
            && last.get(1..).is_some_and(|rest| rest.chars().all(|letter| "+-0123456789".contains(letter)))
    });
    if !ends_in_block {
        return line;
    }
    let inside = lines.iter().skip(line + 1).take_while(|other| other.trim().is_empty() || indent(other) > indent(first));
    line + inside.count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::finding::Location;

    fn at(code: &'static str, line: usize) -> Finding {
        let location =
            Location { file: "m.yaml".to_owned(), line: Some(line), column: Some(1), path: String::new(), excerpt: None };
        Finding::warning(code, "x").at(location)
    }

    #[test]
    fn a_comment_ignores_its_line_the_next_one_and_a_block_below() {
        type Expected<'a> = &'a [(&'a str, usize)];
        let table: &[(&str, Finding, Expected<'_>)] = &[
            ("a: 1 # pilotage: ignore[unknown-field]\nb: 2", at("unknown-field", 1), &[]),
            ("# pilotage: ignore[unknown-field]\n\n# why\na: 1\nb: 2", at("unknown-field", 4), &[]),
            ("#pilotage: ignore[unknown-field, type-mismatch]\na: 1", at("type-mismatch", 2), &[("unused-ignore", 1)]),
            ("# pilotage: ignore[unknown-field]\na: |-\n  x\n  y\nb: 1", at("unknown-field", 4), &[]),
            (
                "# pilotage: ignore[unknown-field]\na: 1\nb: 2",
                at("unknown-field", 3),
                &[("unknown-field", 3), ("unused-ignore", 1)],
            ),
            ("a: 1 # pilotage: ignore[type-mismatch]", at("unknown-field", 1), &[("unknown-field", 1), ("unused-ignore", 1)]),
            ("a: 1 # pilotage: ignore[unknown-feild]", at("unknown-field", 1), &[("unknown-field", 1), ("unused-ignore", 1)]),
            ("a: 1 # pilotage: ignore", at("unknown-field", 1), &[("unknown-field", 1), ("unused-ignore", 1)]),
            ("a: 1 # ignore[unknown-field]", at("unknown-field", 1), &[("unknown-field", 1)]),
        ];
        for (text, finding, expected) in table {
            let told = apply(text, "m.yaml", vec![finding.clone()]);
            let told: Vec<_> =
                told.iter().map(|finding| (finding.code, finding.location.as_ref().unwrap().line.unwrap())).collect();
            assert_eq!(told, *expected, "{text}");
        }
    }

    #[test]
    fn a_comment_that_ignores_nothing_is_removed_and_nothing_else() {
        let removed = |text: &str| apply(text, "m.yaml", Vec::new())[0].fix.clone().and_then(|fix| fix.apply(text));
        assert_eq!(removed("a: 1 # pilotage: ignore[unknown-field]\nb: 2").as_deref(), Some("a: 1\nb: 2"));
        assert_eq!(removed("  # pilotage: ignore[unknown-field]\nb: 2").as_deref(), Some("b: 2"));
        assert_eq!(removed("a: 1 # pilotage: ignore[unknown-field, type-mismatch]"), None);
    }
}
