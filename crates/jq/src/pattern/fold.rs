//! Letters that equal several letters when case is ignored, by Unicode's full case folding.

/// Such letters with their equals, in small letters.
const SEVERAL: &[(char, &str)] = &[
    ('ß', "ss"),
    ('ẞ', "ss"),
    ('ŉ', "ʼn"),
    ('ǰ', "ǰ"),
    ('և', "եւ"),
    ('ẖ', "ẖ"),
    ('ẗ', "ẗ"),
    ('ẘ', "ẘ"),
    ('ẙ', "ẙ"),
    ('ﬀ', "ff"),
    ('ﬁ', "fi"),
    ('ﬂ', "fl"),
    ('ﬃ', "ffi"),
    ('ﬄ', "ffl"),
    ('ﬅ', "st"),
    ('ﬆ', "st"),
];

/// Letters that equal several letters.
pub(super) fn single() -> impl Iterator<Item = char> {
    SEVERAL.iter().map(|(single, _)| *single)
}

/// The letters that a letter equals, beside its other case.
pub(super) fn several_of(letter: char) -> Option<&'static str> {
    SEVERAL.iter().find(|(single, _)| *single == letter).map(|(_, several)| *several)
}

/// The longest group of letters at the start of `letters` that equals a single letter, and its length.
pub(super) fn group(letters: &[char]) -> Option<(&'static str, usize)> {
    let small = |letter: char| match letter {
        'ſ' => 's',
        other => other.to_lowercase().next().unwrap_or(other),
    };
    SEVERAL
        .iter()
        .map(|(_, several)| (*several, several.chars().count()))
        .filter(|(several, count)| {
            letters.len() >= *count && several.chars().zip(letters).all(|(one, other)| one == small(*other))
        })
        .max_by_key(|(_, count)| *count)
}

/// All spellings of a group with single letters, without the group itself.
pub(super) fn ways(group: &str) -> Vec<String> {
    let mut ways = Vec::new();
    for (single, several) in SEVERAL {
        if let Some(at) = group.find(several) {
            ways.push(format!("{}{single}{}", &group[..at], &group[at + several.len()..]));
        }
    }
    ways
}
