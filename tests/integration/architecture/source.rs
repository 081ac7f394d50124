//! Reads which paths a Rust file names: a small scanner, good for `use` trees and written-out paths, and no more than that.
//! What is written inside comments, strings and `#[cfg(test)]` does not count.

/// A path as it stands in a file, such as `std::fs::read`, `crate::model::day` or one leaf of a `use` tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedPath {
    /// Counted from 1.
    pub(crate) line: usize,
    /// In order; `super` and `self` at the front are resolved, so that paths into this crate begin with `crate`.
    pub(crate) segments: Vec<String>,
    /// Whether it is imported, so that what lies below it can be named later.
    pub(crate) imported: bool,
}

/// What a file names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) paths: Vec<NamedPath>,
    /// Modules in files of their own that exist in tests only, from the crate's root: `["mapping", "evaluate", "tests"]`.
    pub(crate) test_modules: Vec<Vec<String>>,
}

/// Reads a file. `module` is where it stands: `["mapping", "evaluate"]` for `src/mapping/evaluate.rs`, empty for the root.
pub(crate) fn read(text: &str, module: &[String]) -> Source {
    let mut test_modules = Vec::new();
    let tokens = without_tests(&tokens(text), module, &mut test_modules);
    Source { paths: paths(&tokens, module), test_modules }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    line: usize,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Word(String),
    /// `::`
    Separator,
    Mark(char),
    /// A string, character or lifetime: it only keeps its neighbours apart.
    Literal,
}

fn tokens(text: &str) -> Vec<Token> {
    let characters: Vec<char> = text.chars().collect();
    let at = |index: usize| characters.get(index).copied().unwrap_or('\0');
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let (mut tokens, mut line, mut here) = (Vec::new(), 1, 0);
    while here < characters.len() {
        let start = here;
        let what = match at(here) {
            '/' if at(here + 1) == '/' => {
                here += characters[here..].iter().take_while(|character| **character != '\n').count();
                None
            }
            '/' if at(here + 1) == '*' => {
                here = after_block_comment(&characters, here);
                None
            }
            '"' => {
                here = after_string(&characters, here + 1);
                Some(What::Literal)
            }
            // Raw strings: r"..", br#".."#, cr"..". `r#word` is a word.
            'r' | 'b' | 'c' if raw_string(&characters, here).is_some() => {
                here = raw_string(&characters, here).unwrap_or(here);
                Some(What::Literal)
            }
            // A character, or a lifetime. The latter has no quote two or more places on before anything else.
            '\'' => {
                if at(here + 1) == '\\' {
                    here += 3;
                    here +=
                        characters[here.min(characters.len())..].iter().take_while(|character| **character != '\'').count() + 1;
                } else if at(here + 2) == '\'' {
                    here += 3;
                } else {
                    here += 1;
                    here += characters[here..].iter().take_while(|character| is_word(**character)).count();
                }
                Some(What::Literal)
            }
            character if is_word(character) => {
                here += characters[here..].iter().take_while(|character| is_word(**character)).count();
                Some(What::Word(characters[start..here].iter().collect()))
            }
            ':' if at(here + 1) == ':' => {
                here += 2;
                Some(What::Separator)
            }
            character => {
                here += 1;
                (!character.is_whitespace()).then_some(What::Mark(character))
            }
        };
        here = here.min(characters.len());
        tokens.extend(what.map(|what| Token { line, what }));
        line += characters[start..here].iter().filter(|character| **character == '\n').count();
    }
    tokens
}

fn after_block_comment(characters: &[char], start: usize) -> usize {
    let (mut depth, mut here) = (0, start);
    while here < characters.len() {
        match (characters[here], characters.get(here + 1)) {
            ('/', Some('*')) => (depth, here) = (depth + 1, here + 2),
            ('*', Some('/')) if depth == 1 => return here + 2,
            ('*', Some('/')) => (depth, here) = (depth - 1, here + 2),
            _ => here += 1,
        }
    }
    here
}

fn after_string(characters: &[char], mut here: usize) -> usize {
    while here < characters.len() && characters[here] != '"' {
        here += if characters[here] == '\\' { 2 } else { 1 };
    }
    here + 1
}

/// Where the raw string that begins here ends, if one begins here.
fn raw_string(characters: &[char], start: usize) -> Option<usize> {
    let mut here = start + usize::from(matches!(characters[start], 'b' | 'c'));
    if characters.get(here) != Some(&'r') {
        return None;
    }
    here += 1;
    let hashes = characters[here..].iter().take_while(|character| **character == '#').count();
    here += hashes;
    if characters.get(here) != Some(&'"') {
        return None;
    }
    let closes = |quote: usize| {
        characters[quote] == '"' && characters[quote + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
    };
    let end = (here + 1..characters.len()).find(|quote| closes(*quote));
    Some(end.map_or(characters.len(), |quote| quote + 1 + hashes))
}

/// Leaves out every item under `#[cfg(test)]`.
fn without_tests(tokens: &[Token], module: &[String], test_modules: &mut Vec<Vec<String>>) -> Vec<Token> {
    let (mut kept, mut here) = (Vec::new(), 0);
    while here < tokens.len() {
        if !is_test_only(&tokens[here..]) {
            kept.push(tokens[here].clone());
            here += 1;
            continue;
        }
        let (mut depth, mut word_before, mut is_module) = (0_i32, None, false);
        while let Some(token) = tokens.get(here) {
            here += 1;
            match &token.what {
                What::Mark('(' | '[' | '{') => depth += 1,
                What::Mark(')' | ']') => depth -= 1,
                What::Mark('}') => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                What::Mark(';') if depth == 0 => {
                    if let (true, Some(name)) = (is_module, word_before) {
                        test_modules.push(module.iter().cloned().chain([name]).collect());
                    }
                    break;
                }
                What::Word(word) if depth == 0 => {
                    is_module = word_before.as_deref() == Some("mod");
                    word_before = Some(word.clone());
                }
                _ => {}
            }
        }
    }
    kept
}

/// Whether `#[cfg(test)]` or `#[cfg(all(test, ..))]` begins here.
fn is_test_only(tokens: &[Token]) -> bool {
    let mut words = tokens.iter().take(7).filter_map(|token| match &token.what {
        What::Word(word) if word != "all" => Some(word.as_str()),
        _ => None,
    });
    let opens = tokens.iter().take(2).map(|token| &token.what).eq([&What::Mark('#'), &What::Mark('[')]);
    opens && words.next() == Some("cfg") && words.next() == Some("test")
}

fn paths(tokens: &[Token], module: &[String]) -> Vec<NamedPath> {
    let (mut paths, mut here) = (Vec::new(), 0);
    let mut inside = module.to_vec();
    // Modules written in place, each with the depth of braces outside it.
    let (mut depth, mut outer): (i32, Vec<i32>) = (0, Vec::new());
    while let Some(token) = tokens.get(here) {
        let word = |index: usize| match tokens.get(index).map(|token| &token.what) {
            Some(What::Word(word)) => Some(word.as_str()),
            _ => None,
        };
        let is = |index: usize, what: &What| tokens.get(index).is_some_and(|token| token.what == *what);
        match &token.what {
            What::Mark('{') => depth += 1,
            What::Mark('}') => {
                depth -= 1;
                if outer.last() == Some(&depth) {
                    outer.pop();
                    inside.pop();
                }
            }
            What::Word(keyword) if keyword == "mod" && word(here + 1).is_some() && is(here + 2, &What::Mark('{')) => {
                inside.extend(word(here + 1).map(str::to_owned));
                outer.push(depth);
                here += 1;
            }
            // `use<'a>` in a return type is no import.
            What::Word(keyword) if keyword == "use" && !is(here + 1, &What::Mark('<')) => {
                here = use_tree(tokens, here + 1, &[], &inside, &mut paths);
                continue;
            }
            What::Word(_) if here == 0 || !matches!(tokens[here - 1].what, What::Mark('.')) => {
                let mut segments = Vec::new();
                segments.extend(word(here).map(str::to_owned));
                while is(here + 1, &What::Separator) && word(here + 2).is_some() {
                    segments.extend(word(here + 2).map(str::to_owned));
                    here += 2;
                }
                if segments.len() > 1 {
                    paths.push(NamedPath { line: token.line, segments: resolved(segments, &inside), imported: false });
                }
            }
            _ => {}
        }
        here += 1;
    }
    paths
}

/// Reads one `use` tree from `here` and returns where it ends.
fn use_tree(tokens: &[Token], mut here: usize, prefix: &[String], inside: &[String], paths: &mut Vec<NamedPath>) -> usize {
    let mut segments = prefix.to_vec();
    let mut line = tokens.get(here).map_or(0, |token| token.line);
    let mut is_leaf = true;
    while let Some(token) = tokens.get(here) {
        match &token.what {
            What::Word(word) if word == "as" => here += 1,
            What::Word(word) if word == "self" && !segments.is_empty() => {}
            What::Word(word) => {
                segments.push(word.clone());
                line = token.line;
            }
            What::Mark('{') => {
                is_leaf = false;
                here += 1;
                while tokens.get(here).is_some_and(|token| token.what != What::Mark('}')) {
                    // Steps over the comma, or over whatever a macro has put there.
                    let end = use_tree(tokens, here, &segments, inside, paths);
                    let closes = tokens.get(end).is_some_and(|token| token.what == What::Mark('}'));
                    here = end + usize::from(!closes);
                }
            }
            What::Separator | What::Mark('*') => {}
            What::Mark(_) | What::Literal => break,
        }
        here += 1;
    }
    if is_leaf && !segments.is_empty() {
        paths.push(NamedPath { line, segments: resolved(segments, inside), imported: true });
    }
    here
}

/// Resolves `super`, `self` and this crate's own name at the front of a path.
fn resolved(segments: Vec<String>, inside: &[String]) -> Vec<String> {
    let steps_up = segments.iter().skip_while(|segment| *segment == "self").take_while(|segment| *segment == "super").count();
    let is_relative = steps_up > 0 || segments.first().is_some_and(|segment| segment == "self");
    if is_relative {
        let stays = inside.len().saturating_sub(steps_up);
        let rest = segments.into_iter().skip_while(|segment| segment == "self" || segment == "super");
        return ["crate".to_owned()].into_iter().chain(inside[..stays].iter().cloned()).chain(rest).collect();
    }
    match segments.split_first() {
        Some((first, rest)) if first == "pilotage" => ["crate".to_owned()].into_iter().chain(rest.iter().cloned()).collect(),
        _ => segments,
    }
}
