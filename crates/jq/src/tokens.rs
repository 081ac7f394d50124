//! What jq's grammar has and the library's lacks, put into words that the library understands, token by token.
//!
//! The library reads `%` tighter than `*`, knows neither `?//` nor `{$a: pattern}`, and its trees do not show
//! parentheses. Marks, which are paths that nobody can write, carry what would be lost to [`super::rewrite`].

use jaq_core::load::lex::{StrPart, Tok, Token};

/// After the left operand of a `%`, which is written as `*` to get its precedence.
pub(super) const REMAINDER: &str = "\0%";

/// After parentheses that group.
pub(super) const GROUP: &str = "\0()";

/// Last of an array pattern that holds the alternatives of `?//`.
pub(super) const ALTERNATIVES: &str = "$\0?//";

const KEYWORDS: [&str; 17] = [
    "if", "then", "elif", "else", "reduce", "foreach", "try", "catch", "as", "and", "or", "def",
    "label", "import", "include", "module", "break",
];

type Tokens<'s> = Vec<Token<&'s str>>;

/// Where a list of tokens stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Term,
    /// Between braces, where keys may be in parentheses.
    Object,
}

/// How many tokens there are, those inside of others included.
pub(super) fn count(tokens: &[Token<&str>]) -> usize {
    let inside = |token: &Token<&str>| match &token.1 {
        Tok::Block(inner) => count(inner),
        Tok::Str(parts) => {
            let terms = parts.iter().map(|part| match part {
                StrPart::Term(token) => count(std::slice::from_ref(token)),
                _ => 0,
            });
            terms.sum()
        }
        _ => 0,
    };
    tokens.iter().map(|token| 1 + inside(token)).sum()
}

/// Rearranges the tokens of `source`.
pub(super) fn arrange<'s>(tokens: Tokens<'s>, source: &'s str) -> Tokens<'s> {
    arrange_at(tokens, source, Place::Term)
}

fn arrange_at<'s>(tokens: Tokens<'s>, source: &'s str, place: Place) -> Tokens<'s> {
    let tokens = group_sources(join_fractions(tokens, source));
    let mut out: Tokens<'s> = Vec::with_capacity(tokens.len() + 4);
    let mut tokens = tokens.into_iter().peekable();
    while let Some(Token(text, token)) = tokens.next() {
        let after_operand = out.last().is_some_and(ends_operand);
        let as_key = place == Place::Object && out.last().is_none_or(|last| last.0 == ",");
        match token {
            Tok::Sym if text == "%" && after_operand => {
                out.push(mark(REMAINDER));
                out.push(Token("*", Tok::Sym));
            }
            Tok::Word if text == "as" && after_operand => {
                out.push(Token(text, Tok::Word));
                let mut patterns: Tokens<'s> = tokens.next().map(pattern).into_iter().collect();
                while tokens.peek().is_some_and(|next| next.0 == "?") {
                    let question = tokens.next();
                    if tokens.peek().is_none_or(|next| next.0 != "//") {
                        patterns.extend(question);
                        break;
                    }
                    tokens.next();
                    patterns.push(Token(",", Tok::Sym));
                    patterns.extend(tokens.next().map(pattern));
                }
                if patterns.len() > 1 && patterns.iter().any(|token| token.0 == ",") {
                    patterns.push(Token(",", Tok::Sym));
                    patterns.push(Token(ALTERNATIVES, Tok::Var));
                    patterns.push(Token("]", Tok::Sym));
                    patterns = vec![Token("[", Tok::Block(patterns))];
                }
                out.append(&mut patterns);
            }
            Tok::Block(inner) => {
                let inner_place = if text.starts_with('{') {
                    Place::Object
                } else {
                    Place::Term
                };
                let groups = text.starts_with('(') && !after_operand && !as_key;
                out.push(Token(
                    text,
                    Tok::Block(arrange_at(inner, source, inner_place)),
                ));
                if groups {
                    // `(a)?` must stay together, or the `?` would belong to the mark.
                    while let Some(question) = tokens.next_if(|next| next.0 == "?") {
                        out.push(question);
                    }
                    out.push(mark(GROUP));
                }
            }
            Tok::Str(parts) => {
                let parts = parts.into_iter().map(|part| match part {
                    StrPart::Term(Token(text, Tok::Block(inner))) => StrPart::Term(Token(
                        text,
                        Tok::Block(arrange_at(inner, source, Place::Term)),
                    )),
                    other => other,
                });
                out.push(Token(text, Tok::Str(parts.collect())));
            }
            other => out.push(Token(text, other)),
        }
    }
    out
}

fn mark<'s>(name: &'static str) -> Token<&'s str> {
    let name = Token("\"\"", Tok::Str(vec![StrPart::Str(name)]));
    Token("[", Tok::Block(vec![name, Token("]", Tok::Sym)]))
}

fn ends_operand(token: &Token<&str>) -> bool {
    match &token.1 {
        Tok::Word => !KEYWORDS.contains(&token.0),
        Tok::Sym => token.0.starts_with('.') || token.0 == "?",
        _ => true,
    }
}

/// `.5` is one number to jq and two tokens to the library.
fn join_fractions<'s>(tokens: Tokens<'s>, source: &'s str) -> Tokens<'s> {
    let start = |text: &str| {
        (text.as_ptr() as usize)
            .checked_sub(source.as_ptr() as usize)
            .filter(|at| *at < source.len())
    };
    let mut out: Tokens<'s> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if let (Token(number, Tok::Num), Some(Token(".", Tok::Sym))) = (&token, out.last())
            && let (Some(dot), Some(at)) = (out.last().and_then(|dot| start(dot.0)), start(number))
            && dot + 1 == at
            && !number.contains('.')
        {
            out.pop();
            out.push(Token(&source[dot..at + number.len()], Tok::Num));
            continue;
        }
        out.push(token);
    }
    out
}

/// Puts what a `reduce` or `foreach` runs over into parentheses when it is more than one operand.
fn group_sources(tokens: Tokens<'_>) -> Tokens<'_> {
    let is_fold = |token: &Token<&str>| matches!(token, Token("reduce" | "foreach", Tok::Word));
    if !tokens.iter().any(is_fold) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    let mut tokens = tokens
        .into_iter()
        .collect::<std::collections::VecDeque<_>>();
    while let Some(token) = tokens.pop_front() {
        let fold = is_fold(&token);
        out.push(token);
        if !fold {
            continue;
        }
        let mut open = 1;
        let mut end = None;
        for (at, token) in tokens.iter().enumerate() {
            open += usize::from(is_fold(token));
            open -= usize::from(matches!(token, Token("as", Tok::Word)));
            if open == 0 {
                end = Some(at);
                break;
            }
        }
        let operator = |token: &Token<&str>| {
            matches!(
                token.0,
                "+" | "-"
                    | "*"
                    | "/"
                    | "%"
                    | "//"
                    | "and"
                    | "or"
                    | "=="
                    | "!="
                    | "<"
                    | ">"
                    | "<="
                    | ">="
            )
        };
        let Some(end) = end.filter(|end| tokens.iter().take(*end).any(operator)) else {
            continue;
        };
        let rest = tokens.split_off(end);
        let mut inner: Vec<_> = std::mem::replace(&mut tokens, rest).into_iter().collect();
        inner.push(Token(")", Tok::Sym));
        out.push(Token("(", Tok::Block(inner)));
    }
    out
}

/// A pattern: `{$a: p}` binds `$a` and goes on with `p`, which the library writes as `{$a, a: p}`.
fn pattern<'s>(token: Token<&'s str>) -> Token<&'s str> {
    let Token(text, Tok::Block(inner)) = token else {
        return token;
    };
    let braces = text.starts_with('{');
    let mut out: Tokens<'s> = Vec::with_capacity(inner.len());
    let mut inner = inner.into_iter().peekable();
    while let Some(token) = inner.next() {
        let variable = match &token {
            Token(name, Tok::Var) if braces => Some(*name),
            _ => None,
        };
        out.push(pattern(token));
        if let Some(name) = variable.filter(|_| inner.peek().is_some_and(|next| next.0 == ":")) {
            out.push(Token(",", Tok::Sym));
            out.push(Token(&name[1..], Tok::Word));
        }
    }
    Token(text, Tok::Block(out))
}
