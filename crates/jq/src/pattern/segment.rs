//! Grapheme clusters by Unicode's annex 29: user-perceived characters.

/// `\X`: one cluster, starting anywhere. Without backtracking into it.
pub(super) const CLUSTER: &str = concat!(
    r"(?>\r\n|[\p{gcb=Control}\r\n]|\p{gcb=Prepend}*",
    // A Hangul syllable, a flag, joined emoji, or any other character.
    r"(?:\p{gcb=L}*(?:\p{gcb=V}+|\p{gcb=LV}\p{gcb=V}*|\p{gcb=LVT})\p{gcb=T}*|\p{gcb=L}+|\p{gcb=T}+",
    r"|\p{RI}\p{RI}|\p{Extended_Pictographic}(?:\p{gcb=Extend}*\x{200D}\p{Extended_Pictographic})*",
    r"|[^\p{gcb=Control}\r\n])[\p{gcb=Extend}\x{200D}\p{gcb=SpacingMark}]*)",
);

/// `\Y`: a position within a cluster.
pub(super) const WITHIN: &str = concat!(
    r"(?:(?<=\r)(?=\n)",
    r"|(?<=[^\p{gcb=Control}\r\n])(?=[\p{gcb=Extend}\x{200D}\p{gcb=SpacingMark}])",
    r"|(?<=\p{gcb=Prepend})(?=[^\p{gcb=Control}\r\n])",
    r"|(?<=\p{gcb=L})(?=[\p{gcb=L}\p{gcb=V}\p{gcb=LV}\p{gcb=LVT}])",
    r"|(?<=[\p{gcb=LV}\p{gcb=V}])(?=[\p{gcb=V}\p{gcb=T}])",
    r"|(?<=[\p{gcb=LVT}\p{gcb=T}])(?=\p{gcb=T})",
    r"|(?<=\p{Extended_Pictographic}\p{gcb=Extend}*\x{200D})(?=\p{Extended_Pictographic})",
    r"|(?<=(?:\A|\P{RI})(?:\p{RI}\p{RI})*\p{RI})(?=\p{RI}))",
);

/// `\y`: a position between two clusters, or at an end of the text.
pub(super) const BOUNDARY: &str = concat!(
    r"(?!(?<=\r)(?=\n)",
    r"|(?<=[^\p{gcb=Control}\r\n])(?=[\p{gcb=Extend}\x{200D}\p{gcb=SpacingMark}])",
    r"|(?<=\p{gcb=Prepend})(?=[^\p{gcb=Control}\r\n])",
    r"|(?<=\p{gcb=L})(?=[\p{gcb=L}\p{gcb=V}\p{gcb=LV}\p{gcb=LVT}])",
    r"|(?<=[\p{gcb=LV}\p{gcb=V}])(?=[\p{gcb=V}\p{gcb=T}])",
    r"|(?<=[\p{gcb=LVT}\p{gcb=T}])(?=\p{gcb=T})",
    r"|(?<=\p{Extended_Pictographic}\p{gcb=Extend}*\x{200D})(?=\p{Extended_Pictographic})",
    r"|(?<=(?:\A|\P{RI})(?:\p{RI}\p{RI})*\p{RI})(?=\p{RI}))",
);
