//! Tokens to terms: pipes, operators with jq's precedence, definitions.

use super::lexer::{Token, TokenKind};
use super::{Definition, Operator, Term, TermKind};
use crate::CompileError;

pub(super) type Parsed<T> = Result<T, CompileError>;

/// Parses all tokens as one term.
pub(super) fn parse(source: &str, tokens: &[Token<'_>]) -> Parsed<Term> {
    let word = |at: usize| match tokens.get(at).map(|token| &token.word) {
        Some(TokenKind::Name(name)) => Some(*name),
        _ => None,
    };
    if let Some(module @ ("import" | "include" | "module")) = word(0) {
        let message = format!("modules (`{module}`) are not supported");
        return Err(CompileError { span: tokens[0].span.clone(), message });
    }
    Parser::new(source, tokens, source.len()).whole()
}

pub(super) struct Parser<'t, 's> {
    pub(super) source: &'s str,
    tokens: &'t [Token<'s>],
    at: usize,
    /// The byte after the last token.
    end: usize,
}

/// Associativity of an operator.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
    Neither,
}

/// Operators that bind more tightly than `,`, with their precedence.
const OPERATORS: &[(Operator, u8, Side)] = &[
    (Operator::Alternative, 1, Side::Right),
    (Operator::Assign, 2, Side::Neither),
    (Operator::Update, 2, Side::Neither),
    (Operator::UpdateAdd, 2, Side::Neither),
    (Operator::UpdateSubtract, 2, Side::Neither),
    (Operator::UpdateMultiply, 2, Side::Neither),
    (Operator::UpdateDivide, 2, Side::Neither),
    (Operator::UpdateRemainder, 2, Side::Neither),
    (Operator::UpdateAlternative, 2, Side::Neither),
    (Operator::Or, 3, Side::Left),
    (Operator::And, 4, Side::Left),
    (Operator::Equal, 5, Side::Neither),
    (Operator::NotEqual, 5, Side::Neither),
    (Operator::Less, 5, Side::Neither),
    (Operator::LessOrEqual, 5, Side::Neither),
    (Operator::Greater, 5, Side::Neither),
    (Operator::GreaterOrEqual, 5, Side::Neither),
    (Operator::Add, 6, Side::Left),
    (Operator::Subtract, 6, Side::Left),
    (Operator::Multiply, 7, Side::Left),
    (Operator::Divide, 7, Side::Left),
    (Operator::Remainder, 7, Side::Left),
];

/// Keywords. They cannot be names, but can be keys.
const KEYWORDS: &[&str] = &[
    "and", "as", "break", "catch", "def", "elif", "else", "end", "foreach", "if", "import", "include", "label", "module", "or",
    "reduce", "then", "try",
];

pub(super) fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

impl<'t, 's> Parser<'t, 's> {
    pub(super) fn new(source: &'s str, tokens: &'t [Token<'s>], end: usize) -> Self {
        Self { source, tokens, at: 0, end }
    }

    /// Reads a term up to the last token.
    pub(super) fn whole(mut self) -> Parsed<Term> {
        let term = self.pipe()?;
        match self.token() {
            None => Ok(term),
            Some(_) => Err(self.unexpected("the end of the expression")),
        }
    }

    pub(super) fn token(&self) -> Option<&'t Token<'s>> {
        self.tokens.get(self.at)
    }

    /// The remaining tokens.
    pub(super) fn ahead(&self) -> &'t [Token<'s>] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<&'t TokenKind<'s>> {
        self.token().map(|token| &token.word)
    }

    pub(super) fn next(&mut self) -> Option<&'t Token<'s>> {
        let token = self.token();
        self.at += 1;
        token
    }

    /// Tells whether that symbol or keyword is next.
    pub(super) fn is(&self, text: &str) -> bool {
        match self.peek() {
            Some(TokenKind::Symbol(found)) => *found == text,
            Some(TokenKind::Name(found)) => *found == text,
            _ => false,
        }
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.is(text);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, text: &str) -> Parsed<()> {
        if self.eat(text) { Ok(()) } else { Err(self.unexpected(&format!("`{text}`"))) }
    }

    /// Byte at which the next token begins.
    pub(super) fn start(&self) -> usize {
        self.token().map_or(self.end, |token| token.span.start)
    }

    /// Byte after the last token that was read.
    pub(super) fn stop(&self) -> usize {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(self.end, |token| token.span.end)
    }

    /// Error for the next token.
    pub(super) fn unexpected(&self, expected: &str) -> CompileError {
        let Some(token) = self.token() else {
            let (span, found) = match self.source[self.end..].chars().next() {
                Some(closing) => (self.end..self.end + 1, format!("unexpected `{closing}`")),
                None => (self.end..self.end, "expression ends too early".to_owned()),
            };
            return CompileError { span, message: format!("{found}, expected {expected}") };
        };
        let text = &self.source[token.span.clone()];
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let twice = before.filter(|before| before.word == token.word && before.span.end == token.span.start && text == "|");
        if let Some(before) = twice {
            return CompileError {
                span: before.span.start..token.span.end,
                message: "unexpected `||`; jq writes `or`".to_owned(),
            };
        }
        let message = if text == "?//" {
            "`?//` (alternative destructuring) is only supported between patterns; write `? //` for an alternative".to_owned()
        } else {
            let found: String = text.chars().take(30).collect();
            format!("unexpected `{found}`, expected {expected}")
        };
        CompileError { span: token.span.clone(), message }
    }

    /// Makes a term from `start` up to the last token that was read.
    pub(super) fn from(&self, start: usize, kind: TermKind) -> Term {
        let span = start..self.stop();
        Term { span, kind }
    }

    /// Reads a whole expression: definitions, bindings, `,` and `|`.
    pub(super) fn pipe(&mut self) -> Parsed<Term> {
        let start = self.start();
        let mut left = self.operand()?;
        while self.is(",") {
            let place = self.start()..self.start() + 1;
            self.at += 1;
            let right = Box::new(self.operand()?);
            let left_box = Box::new(left);
            let kind = TermKind::Binary { operator: Operator::Comma, left: left_box, right, place };
            left = self.from(start, kind);
        }
        if !self.eat("|") {
            return Ok(left);
        }
        let right = self.pipe()?;
        Ok(self.from(start, TermKind::Pipe(Box::new(left), Box::new(right))))
    }

    /// Reads an operand of `,`. Definitions, labels and bindings extend as far to the right as possible.
    fn operand(&mut self) -> Parsed<Term> {
        let start = self.start();
        if self.eat("def") {
            let definition = Box::new(self.definition()?);
            let body = Box::new(self.pipe()?);
            return Ok(self.from(start, TermKind::Define(definition, body)));
        }
        if self.eat("label") {
            let name = self.label()?;
            self.expect("|")?;
            let body = Box::new(self.pipe()?);
            return Ok(self.from(start, TermKind::Label(name, body)));
        }
        let source = self.operators(0)?;
        if !self.eat("as") {
            return Ok(source);
        }
        let patterns = self.patterns()?;
        self.expect("|")?;
        let body = Box::new(self.pipe()?);
        let source = Box::new(source);
        let kind = TermKind::Bind { source, patterns, body };
        Ok(self.from(start, kind))
    }

    /// Reads `$name` of a label, and returns it without its `$`.
    pub(super) fn label(&mut self) -> Parsed<String> {
        match self.peek() {
            Some(TokenKind::Variable(name)) => {
                self.at += 1;
                Ok(name[1..].to_owned())
            }
            _ => Err(self.unexpected("variable")),
        }
    }

    fn definition(&mut self) -> Parsed<Definition> {
        let name = self.name()?;
        let mut parameters = Vec::new();
        if self.eat("(") {
            loop {
                parameters.push(match self.peek() {
                    Some(TokenKind::Variable(name)) => {
                        self.at += 1;
                        (*name).to_owned()
                    }
                    _ => self.name()?,
                });
                if self.eat(")") {
                    break;
                }
                if !self.eat(";") {
                    return Err(self.unexpected("`;` or `)`"));
                }
            }
        }
        self.expect(":")?;
        let body = self.pipe()?;
        self.expect(";")?;
        Ok(Definition { name, parameters, body })
    }

    fn name(&mut self) -> Parsed<String> {
        match self.peek() {
            Some(TokenKind::Name(name)) if !is_keyword(name) => {
                self.at += 1;
                Ok((*name).to_owned())
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    /// Reads terms joined by operators of at least that precedence; `,` and `|` are not among them.
    pub(super) fn operators(&mut self, least: u8) -> Parsed<Term> {
        let start = self.start();
        let mut left = self.term()?;
        let mut chained = None;
        while let Some((operator, strength, side)) = self.operator()
            && strength >= least
        {
            if chained == Some(strength) {
                let place = self.token().map_or(start..start, |token| token.span.clone());
                let message = "comparisons and assignments do not chain; use parentheses";
                return Err(CompileError { span: place, message: message.to_owned() });
            }
            let place = self.start()..self.start() + operator.text().len();
            self.at += 1;
            let right = self.operators(strength + u8::from(side != Side::Right))?;
            chained = (side == Side::Neither).then_some(strength);
            let (left_box, right) = (Box::new(left), Box::new(right));
            let kind = TermKind::Binary { operator, left: left_box, right, place };
            left = self.from(start, kind);
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(Operator, u8, Side)> {
        let text = match self.peek()? {
            TokenKind::Symbol(text) => text,
            TokenKind::Name(name @ ("and" | "or")) => name,
            _ => return None,
        };
        OPERATORS.iter().copied().find(|(operator, ..)| operator.text() == *text)
    }
}
