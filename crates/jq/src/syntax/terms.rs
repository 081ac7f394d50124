//! Operands: literals, paths, calls, keywords, lists and objects.

use super::lexer::{Text, Word};
use super::parser::{Parsed, Parser, is_keyword};
use super::{Literal, Operator, Shape, Term};
use crate::CompileError;

impl Parser<'_, '_> {
    /// Reads a term with the steps of a path after it.
    pub(super) fn term(&mut self) -> Parsed<Term> {
        let start = self.start();
        let mut term = self.primary()?;
        loop {
            let of = Box::new(term);
            let shape = match self.peek() {
                Some(Word::Field(name)) => {
                    let place = self.start()..self.start() + 1 + name.len();
                    self.next();
                    let name = (*name).to_owned();
                    Shape::Field { of, name, place }
                }
                Some(Word::Symbol("?")) => {
                    self.next();
                    Shape::Optional(of)
                }
                Some(Word::Symbol("[")) => {
                    self.next();
                    self.brackets(of, true)?
                }
                Some(Word::Symbol(".")) => {
                    let dot = self.start();
                    self.next();
                    if self.eat("[") { self.brackets(of, false)? } else { self.quoted_field(of, dot)? }
                }
                _ => return Ok(*of),
            };
            term = self.from(start, shape);
        }
    }

    fn primary(&mut self) -> Parsed<Term> {
        let start = self.start();
        let Some(token) = self.token() else {
            return Err(self.unexpected("term"));
        };
        let identity = || Box::new(Term { span: start..start, shape: Shape::Identity });
        let shape = match &token.word {
            Word::Number(text) => {
                self.next();
                Shape::Literal(Literal::Number(number(text)))
            }
            Word::Text(_) => match self.string()? {
                Some(text) => return Ok(text),
                None => return Err(self.unexpected("term")),
            },
            Word::Format(name) => match self.string()? {
                Some(text) => return Ok(text),
                None => {
                    self.next();
                    Shape::Format((*name).to_owned())
                }
            },
            Word::Variable("$__loc__") => {
                self.next();
                let line = 1 + self.source[..start].matches('\n').count();
                let line = line.to_string();
                Shape::Location { line }
            }
            Word::Variable(name) => {
                self.next();
                Shape::Variable((*name).to_owned())
            }
            Word::Field(name) => {
                self.next();
                let (of, name, place) = (identity(), (*name).to_owned(), token.span.clone());
                Shape::Field { of, name, place }
            }
            Word::Symbol(".") => {
                self.next();
                match self.peek() {
                    Some(Word::Text(_)) => self.quoted_field(identity(), start)?,
                    Some(Word::Format(_)) if self.is_formatted() => self.quoted_field(identity(), start)?,
                    _ => Shape::Identity,
                }
            }
            Word::Symbol("..") => {
                self.next();
                Shape::Descent
            }
            Word::Symbol("-") => {
                self.next();
                Shape::Negate(Box::new(self.term()?))
            }
            Word::Symbol("(") => {
                self.next();
                let inner = self.pipe()?;
                self.close(")", "(")?;
                Shape::Parentheses(Box::new(inner))
            }
            Word::Symbol("[") => {
                self.next();
                if self.eat("]") {
                    Shape::Array(None)
                } else {
                    let inner = self.pipe()?;
                    self.close("]", "[")?;
                    Shape::Array(Some(Box::new(inner)))
                }
            }
            Word::Symbol("{") => {
                self.next();
                self.object()?
            }
            Word::Symbol(_) => return Err(self.unexpected("term")),
            Word::Name(name) => self.named(name)?,
        };
        Ok(self.from(start, shape))
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
        matches!((word(0), word(1)), (Some(Word::Format(_)), Some(Word::Text(_))))
    }

    /// Reads a text with an optional format before it; none if there is none.
    pub(super) fn string(&mut self) -> Parsed<Option<Term>> {
        let start = self.start();
        let format = match self.peek() {
            Some(Word::Format(name)) if self.is_formatted() => {
                self.next();
                Some((*name).to_owned())
            }
            _ => None,
        };
        let Some(Word::Text(text)) = self.peek() else {
            return Ok(None);
        };
        let shape = self.text(format, text)?;
        self.next();
        Ok(Some(self.from(start, shape)))
    }

    fn text(&self, format: Option<String>, Text { pieces, parts }: &Text<'_>) -> Parsed<Shape> {
        if let [(text, _)] = pieces.as_slice() {
            return Ok(Shape::Literal(Literal::Text(text.clone())));
        }
        let parts = parts.iter().map(|(tokens, end)| Parser::new(self.source, tokens, *end).whole());
        Ok(Shape::Text { format, pieces: pieces.clone(), parts: parts.collect::<Parsed<_>>()? })
    }

    /// Reads `."name"` after its dot.
    fn quoted_field(&mut self, of: Box<Term>, dot: usize) -> Parsed<Shape> {
        let Some(text) = self.string()? else {
            return Err(match self.peek() {
                Some(Word::Name(_) | Word::Number(_)) => {
                    self.unexpected("a key; write `.[\"key\"]` for one with unusual letters")
                }
                _ => self.unexpected("key"),
            });
        };
        Ok(match text.shape {
            Shape::Literal(Literal::Text(name)) => {
                let place = dot..text.span.end;
                Shape::Field { of, name, place }
            }
            shape => {
                let span = text.span;
                let by = Box::new(Term { span, shape });
                Shape::Index { of, by }
            }
        })
    }

    /// Reads the content of brackets after a term, after the opening one. After a dot, slices are not allowed.
    fn brackets(&mut self, of: Box<Term>, may_slice: bool) -> Parsed<Shape> {
        if self.eat("]") {
            return Ok(Shape::Iterate(of));
        }
        let start = self.start();
        if may_slice && self.eat(":") {
            let upto = Some(Box::new(self.pipe()?));
            self.close("]", "[")?;
            return Ok(Shape::Slice { of, from: None, upto });
        }
        let by = self.pipe()?;
        let place = start..self.stop();
        if may_slice && self.eat(":") {
            let upto = if self.is("]") { None } else { Some(Box::new(self.pipe()?)) };
            self.close("]", "[")?;
            let from = Some(Box::new(by));
            return Ok(Shape::Slice { of, from, upto });
        }
        self.close("]", "[")?;
        Ok(match by.shape {
            Shape::Literal(Literal::Text(name)) => Shape::Field { of, name, place },
            shape => {
                let span = by.span;
                let by = Box::new(Term { span, shape });
                Shape::Index { of, by }
            }
        })
    }

    fn named(&mut self, name: &str) -> Parsed<Shape> {
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
                return Ok(Shape::Try { body, catch });
            }
            "reduce" | "foreach" => {
                self.next();
                return self.fold(name, place);
            }
            "break" => {
                self.next();
                return Ok(Shape::Break(self.label()?));
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
            return Ok(Shape::Literal(constant));
        }
        let name = name.to_owned();
        Ok(Shape::Call { name, place, arguments })
    }

    fn condition(&mut self) -> Parsed<Shape> {
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
        Ok(Shape::If { branches, otherwise })
    }

    /// Reads `reduce` and `foreach` after the keyword, whose position is `place`.
    fn fold(&mut self, keyword: &str, place: std::ops::Range<usize>) -> Parsed<Shape> {
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
            ("reduce", (Some(init), Some(update), None, None)) => Shape::Reduce { source, patterns, init, update },
            ("foreach", (Some(init), Some(update), extract, None)) => Shape::Foreach { source, patterns, init, update, extract },
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
    Some(match &term.bare().shape {
        Shape::Literal(Literal::Null) => "null",
        Shape::Literal(Literal::Boolean(_)) => "a boolean",
        Shape::Literal(Literal::Number(_)) => "a number",
        Shape::Literal(Literal::Text(_)) => TEXT,
        Shape::Location { .. } => "an object",
        Shape::Array(None) => "an array",
        Shape::Array(Some(inner)) => constant_kind(inner).map(|_| "an array")?,
        Shape::Object(entries) => {
            let is_constant = |entry: &super::Entry| {
                entry.key.computed().is_none() && entry.value.as_ref().is_some_and(|value| constant_kind(value).is_some())
            };
            entries.iter().all(is_constant).then_some("an object")?
        }
        Shape::Binary { operator, left, right, .. } => {
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
