//! Objects, and the patterns that destructure values.

use super::lexer::{Token, TokenKind};
use super::parser::{Parsed, Parser};
use super::terms::{TEXT, constant_kind};
use super::{Entry, Key, Literal, Pattern, PatternEntry, Term, TermKind};
use crate::CompileError;

impl<'t, 's> Parser<'t, 's> {
    /// Reads patterns with `?//` between them.
    pub(super) fn patterns(&mut self) -> Parsed<Vec<Pattern>> {
        let mut patterns = vec![self.pattern()?];
        while self.eat("?//") {
            patterns.push(self.pattern()?);
        }
        Ok(patterns)
    }

    fn pattern(&mut self) -> Parsed<Pattern> {
        if let Some(TokenKind::Variable(name)) = self.peek() {
            self.next();
            return Ok(Pattern::Variable((*name).to_owned()));
        }
        if self.eat("[") {
            let mut patterns = vec![self.pattern()?];
            while !self.eat("]") {
                if !self.eat(",") {
                    return Err(self.unexpected("`,` or `]`"));
                }
                patterns.push(self.pattern()?);
            }
            return Ok(Pattern::Array(patterns));
        }
        if self.eat("{") {
            let mut entries = vec![self.pattern_entry()?];
            while !self.eat("}") {
                if !self.eat(",") {
                    return Err(self.unexpected("`,` or `}`"));
                }
                entries.push(self.pattern_entry()?);
            }
            return Ok(Pattern::Object(entries));
        }
        Err(self.unexpected("pattern"))
    }

    fn pattern_entry(&mut self) -> Parsed<PatternEntry> {
        if let Some(TokenKind::Variable(name)) = self.peek() {
            self.next();
            let pattern = self.eat(":").then(|| self.pattern()).transpose()?;
            return Ok(PatternEntry { key: Key::Name(name[1..].to_owned()), variable: Some((*name).to_owned()), pattern });
        }
        let key = self.key()?;
        self.expect(":")?;
        let pattern = Some(self.pattern()?);
        Ok(PatternEntry { key, variable: None, pattern })
    }

    /// Reads a name, a text or an expression in parentheses as a key; a text with interpolation is a computed key.
    pub(super) fn key(&mut self) -> Parsed<Key> {
        if let Some(TokenKind::Name(name)) = self.peek() {
            self.next();
            return Ok(Key::Name((*name).to_owned()));
        }
        if self.eat("(") {
            let key = self.pipe()?;
            self.expect(")")?;
            if let Some(kind) = constant_kind(&key).filter(|kind| *kind != TEXT) {
                return Err(CompileError { span: key.span, message: format!("cannot use {kind} as object key") });
            }
            return Ok(Key::Computed(key));
        }
        match self.string()? {
            Some(Term { kind: TermKind::Literal(Literal::Text(name)), .. }) => Ok(Key::Name(name)),
            Some(text) => Ok(Key::Computed(text)),
            None => Err(match self.peek() {
                Some(TokenKind::Number(_)) => {
                    let number = self.token().map_or(0..0, |token| token.span.clone());
                    CompileError { span: number, message: "cannot use a number as object key".to_owned() }
                }
                _ => self.unexpected("key"),
            }),
        }
    }

    /// Reads an object after its opening brace.
    pub(super) fn object(&mut self) -> Parsed<TermKind> {
        let mut entries = Vec::new();
        while !self.eat("}") {
            entries.push(self.entry()?);
            if !self.eat(",") && !self.is("}") {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        Ok(TermKind::Object(entries))
    }

    fn entry(&mut self) -> Parsed<Entry> {
        let Some(token) = self.token() else {
            return Err(self.unexpected("key"));
        };
        let (start, place) = (self.start(), token.span.clone());
        if let TokenKind::Variable(name) = &token.word {
            let variable = self.term_of(token)?;
            if *name == "$__loc__" || !self.eat(":") {
                let key = Key::Name(name[1..].to_owned());
                let value = Some(variable);
                return Ok(Entry { key, value });
            }
            let (key, value) = (Key::Computed(variable), Some(self.object_value()?));
            return Ok(Entry { key, value });
        }
        let is_text = matches!(token.word, TokenKind::Text(_) | TokenKind::Format(_));
        let is_name = matches!(token.word, TokenKind::Name(_));
        let key = self.key()?;
        if self.eat(":") {
            let value = Some(self.object_value()?);
            return Ok(Entry { key, value });
        }
        match key {
            Key::Name(name) => {
                let of = Box::new(Term { span: start..start, kind: TermKind::Identity });
                let field = TermKind::Field { of, name: name.clone(), place };
                let value = Some(self.from(start, field));
                let key = Key::Name(name);
                Ok(Entry { key, value })
            }
            key if is_text || is_name => Ok(Entry { key, value: None }),
            _ => Err(self.unexpected("`:`")),
        }
    }

    fn term_of(&mut self, token: &'t Token<'s>) -> Parsed<Term> {
        let one = std::slice::from_ref(token);
        self.next();
        Parser::new(self.source, one, token.span.end).whole()
    }

    /// Reads a value of an object: terms joined by `|`, without commas.
    fn object_value(&mut self) -> Parsed<Term> {
        let start = self.start();
        let left = self.operators(0)?;
        if !self.eat("|") {
            return Ok(left);
        }
        let right = self.object_value()?;
        Ok(self.from(start, TermKind::Pipe(Box::new(left), Box::new(right))))
    }
}
