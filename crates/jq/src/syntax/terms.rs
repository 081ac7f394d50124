//! Operands: literals, paths, calls, keywords, lists and objects.

use super::lexer::{TextToken, TokenKind};
use super::parser::{Parsed, Parser, is_keyword};
use super::{Literal, Operator, Term, TermKind};
use crate::CompileError;

impl Parser<'_, '_> {
    /// Reads a term with the steps of a path after it.
    pub(super) fn term(&mut self) -> Parsed<Term> {
        let start = self.start();
        let mut term = self.primary()?;
        loop {
            let of = Box::new(term);
            let kind = match self.peek() {
                Some(TokenKind::Field(name)) => {
                    let place = self.start()..self.start() + 1 + name.len();
                    self.next();
                    let name = (*name).to_owned();
                    TermKind::Field { of, name, place }
                }
                Some(TokenKind::Symbol("?")) => {
                    self.next();
                    TermKind::Optional(of)
                }
                Some(TokenKind::Symbol("[")) => {
                    self.next();
                    self.brackets(of, true)?
                }
                Some(TokenKind::Symbol(".")) => {
                    let dot = self.start();
                    self.next();
                    if self.eat("[") { self.brackets(of, false)? } else { self.quoted_field(of, dot)? }
                }
                _ => return Ok(*of),
            };
            term = self.from(start, kind);
        }
    }

    fn primary(&mut self) -> Parsed<Term> {
        let start = self.start();
        let Some(token) = self.token() else {
            return Err(self.unexpected("term"));
        };
        let identity = || Box::new(Term { span: start..start, kind: TermKind::Identity });
        let kind = match &token.word {
            TokenKind::Number(text) => {
                self.next();
                TermKind::Literal(Literal::Number(number(text)))
            }
            TokenKind::Text(_) => match self.string()? {
                Some(text) => return Ok(text),
                None => return Err(self.unexpected("term")),
            },
            TokenKind::Format(name) => match self.string()? {
                Some(text) => return Ok(text),
                None => {
                    self.next();
                    TermKind::Format((*name).to_owned())
                }
            },
            TokenKind::Variable("$__loc__") => {
                self.next();
                let line = 1 + self.source[..start].matches('\n').count();
                let line = line.to_string();
                TermKind::Location { line }
            }
            TokenKind::Variable(name) => {
                self.next();
                TermKind::Variable((*name).to_owned())
            }
            TokenKind::Field(name) => {
                self.next();
                let (of, name, place) = (identity(), (*name).to_owned(), token.span.clone());
                TermKind::Field { of, name, place }
            }
            TokenKind::Symbol(".") => {
                self.next();
                match self.peek() {
                    Some(TokenKind::Text(_)) => self.quoted_field(identity(), start)?,
                    Some(TokenKind::Format(_)) if self.is_formatted() => self.quoted_field(identity(), start)?,
                    _ => TermKind::Identity,
                }
            }
            TokenKind::Symbol("..") => {
                self.next();
                TermKind::Descent
            }
            TokenKind::Symbol("-") => {
                self.next();
                TermKind::Negate(Box::new(self.term()?))
            }
            TokenKind::Symbol("(") => {
                self.next();
                let inner = self.pipe()?;
                self.close(")", "(")?;
                TermKind::Parentheses(Box::new(inner))
            }
            TokenKind::Symbol("[") => {
                self.next();
                if self.eat("]") {
                    TermKind::Array(None)
                } else {
                    let inner = self.pipe()?;
                    self.close("]", "[")?;
                    TermKind::Array(Some(Box::new(inner)))
                }
            }
            TokenKind::Symbol("{") => {
                self.next();
                self.object()?
            }
            TokenKind::Symbol(_) => return Err(self.unexpected("term")),
            TokenKind::Name(name) => self.named(name)?,
        };
        Ok(self.from(start, kind))
    }

    /// Reads the closing bracket of a part.
    fn close(&mut self, close: &str, open: &str) -> Parsed<()> {
        if self.eat(close) {
            return Ok(());
        }
        Err(self.unexpected(&format!("an operator or `{close}` for the `{open}`")))
    }

    /// Tells whether a format with its text is next.
    fn is_formatted(&self) -> bool {
        let word = |at: usize| self.ahead().get(at).map(|token| &token.word);
        matches!((word(0), word(1)), (Some(TokenKind::Format(_)), Some(TokenKind::Text(_))))
    }

    /// Reads a text with an optional format before it; none if there is none.
    pub(super) fn string(&mut self) -> Parsed<Option<Term>> {
        let start = self.start();
        let format = match self.peek() {
            Some(TokenKind::Format(name)) if self.is_formatted() => {
                self.next();
                Some((*name).to_owned())
            }
            _ => None,
        };
        let Some(TokenKind::Text(text)) = self.peek() else {
            return Ok(None);
        };
        let kind = self.text(format, text)?;
        self.next();
        Ok(Some(self.from(start, kind)))
    }

    fn text(&self, format: Option<String>, TextToken { pieces, parts }: &TextToken<'_>) -> Parsed<TermKind> {
        if let [(text, _)] = pieces.as_slice() {
            return Ok(TermKind::Literal(Literal::Text(text.clone())));
        }
        let parts = parts.iter().map(|(tokens, end)| Parser::new(self.source, tokens, *end).whole());
        Ok(TermKind::Text { format, pieces: pieces.clone(), parts: parts.collect::<Parsed<_>>()? })
    }

    /// Reads `."name"` after its dot.
    fn quoted_field(&mut self, of: Box<Term>, dot: usize) -> Parsed<TermKind> {
        let Some(text) = self.string()? else {
            return Err(match self.peek() {
                Some(TokenKind::Name(_) | TokenKind::Number(_)) => {
                    self.unexpected("a key; write `.[\"key\"]` for one with unusual letters")
                }
                _ => self.unexpected("key"),
            });
        };
        Ok(match text.kind {
            TermKind::Literal(Literal::Text(name)) => {
                let place = dot..text.span.end;
                TermKind::Field { of, name, place }
            }
            kind => {
                let span = text.span;
                let by = Box::new(Term { span, kind });
                TermKind::Index { of, by }
            }
        })
    }

    /// Reads the content of brackets after a term, after the opening one. After a dot, slices are not allowed.
    fn brackets(&mut self, of: Box<Term>, may_slice: bool) -> Parsed<TermKind> {
        if self.eat("]") {
            return Ok(TermKind::Iterate(of));
        }
        let start = self.start();
        if may_slice && self.eat(":") {
            let upto = Some(Box::new(self.pipe()?));
            self.close("]", "[")?;
            return Ok(TermKind::Slice { of, from: None, upto });
        }
        let by = self.pipe()?;
        let place = start..self.stop();
        if may_slice && self.eat(":") {
            let upto = if self.is("]") { None } else { Some(Box::new(self.pipe()?)) };
            self.close("]", "[")?;
            let from = Some(Box::new(by));
            return Ok(TermKind::Slice { of, from, upto });
        }
        self.close("]", "[")?;
        Ok(match by.kind {
            TermKind::Literal(Literal::Text(name)) => TermKind::Field { of, name, place },
            kind => {
                let span = by.span;
                let by = Box::new(Term { span, kind });
                TermKind::Index { of, by }
            }
        })
    }

    fn named(&mut self, name: &str) -> Parsed<TermKind> {
        let place = self.start()..self.start() + name.len();
        match name {
            "if" => {
                self.next();
                return self.condition();
            }
            "try" => {
                self.next();
                let body = Box::new(self.term()?);
                let catch = self.eat("catch").then(|| self.term()).transpose()?;
                let catch = catch.map(Box::new);
                return Ok(TermKind::Try { body, catch });
            }
            "reduce" | "foreach" => {
                self.next();
                return self.fold(name, place);
            }
            "break" => {
                self.next();
                return Ok(TermKind::Break(self.label()?));
            }
            _ if is_keyword(name) => return Err(self.unexpected("term")),
            _ => {}
        }
        self.next();
        let mut arguments = Vec::new();
        if self.eat("(") {
            loop {
                arguments.push(self.pipe()?);
                if self.eat(")") {
                    break;
                }
                if !self.eat(";") {
                    return Err(self.unexpected("an operator, `;` or `)`"));
                }
            }
        }
        let constant = match name {
            "true" => Some(Literal::Boolean(true)),
            "false" => Some(Literal::Boolean(false)),
            "null" => Some(Literal::Null),
            _ => None,
        };
        if let Some(constant) = constant.filter(|_| arguments.is_empty()) {
            return Ok(TermKind::Literal(constant));
        }
        let name = name.to_owned();
        Ok(TermKind::Call { name, place, arguments })
    }

    fn condition(&mut self) -> Parsed<TermKind> {
        let mut branches = Vec::new();
        loop {
            let condition = self.pipe()?;
            self.expect("then")?;
            branches.push((condition, self.pipe()?));
            if !self.eat("elif") {
                break;
            }
        }
        let otherwise = self.eat("else").then(|| self.pipe()).transpose()?;
        if !self.eat("end") {
            let expected = if otherwise.is_some() { "`end` for the `if`" } else { "`elif`, `else` or `end` for the `if`" };
            return Err(self.unexpected(expected));
        }
        let otherwise = otherwise.map(Box::new);
        Ok(TermKind::If { branches, otherwise })
    }

    /// Reads `reduce` and `foreach` after the keyword, whose position is `place`.
    fn fold(&mut self, keyword: &str, place: std::ops::Range<usize>) -> Parsed<TermKind> {
        let source = Box::new(self.operators(0)?);
        self.expect("as")?;
        let patterns = self.patterns()?;
        self.expect("(")?;
        let mut arguments = vec![self.pipe()?];
        while self.eat(";") {
            arguments.push(self.pipe()?);
        }
        self.close(")", "(")?;
        let mut arguments = arguments.into_iter().map(Box::new);
        let parts = (arguments.next(), arguments.next(), arguments.next(), arguments.next());
        Ok(match (keyword, parts) {
            ("reduce", (Some(init), Some(update), None, None)) => TermKind::Reduce { source, patterns, init, update },
            ("foreach", (Some(init), Some(update), extract, None)) => {
                TermKind::Foreach { source, patterns, init, update, extract }
            }
            _ => {
                return Err(CompileError { span: place, message: format!("`{keyword}` with a wrong number of arguments") });
            }
        })
    }
}

/// The digits of a number in JSON's spelling.
fn number(text: &str) -> String {
    let (digits, exponent) = match text.find(['e', 'E']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let zero = if digits.starts_with('.') { "0" } else { "" };
    format!("{zero}{}{exponent}", digits.trim_end_matches('.'))
}

/// Kind of a text in [`constant_kind`], the only kind that can be a key.
pub(super) const TEXT: &str = "a string";

/// Type of a term that jq computes at compile time, as in `1 + 1`; none for other terms.
pub(super) fn constant_kind(term: &Term) -> Option<&'static str> {
    use Operator::{Add, Divide, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Multiply, NotEqual, Remainder, Subtract};
    Some(match &term.bare().kind {
        TermKind::Literal(Literal::Null) => "null",
        TermKind::Literal(Literal::Boolean(_)) => "a boolean",
        TermKind::Literal(Literal::Number(_)) => "a number",
        TermKind::Literal(Literal::Text(_)) => TEXT,
        TermKind::Location { .. } => "an object",
        TermKind::Array(None) => "an array",
        TermKind::Array(Some(inner)) => constant_kind(inner).map(|_| "an array")?,
        TermKind::Object(entries) => {
            let is_constant = |entry: &super::Entry| {
                entry.key.computed().is_none() && entry.value.as_ref().is_some_and(|value| constant_kind(value).is_some())
            };
            entries.iter().all(is_constant).then_some("an object")?
        }
        TermKind::Binary { operator, left, right, .. } => {
            let kinds = (constant_kind(left)?, constant_kind(right)?);
            match (operator, kinds) {
                (Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual, _) => "a boolean",
                (Add, (TEXT, TEXT)) => TEXT,
                (Add | Subtract | Multiply, ("a number", "a number")) => "a number",
                (Divide | Remainder, ("a number", "a number")) if right.literal() != Some(&Literal::Number("0".to_owned())) => {
                    "a number"
                }
                _ => return None,
            }
        }
        _ => return None,
    })
}
