//! The shape of a jq expression, with places, for checks and explanations.
//!
//! Nothing is evaluated by it: that is [`super::program`], whose grammar this follows. What it cannot read, it gives up on,
//! and the checks then have nothing to say.

mod lexer;
mod parser;
mod terms;

use std::ops::Range;

/// How deep an expression may nest before it is not looked at any more.
const MAX_DEPTH: usize = 100;
/// How many terms may stand within each other; a path of so many keys, or a sum of so many parts, is one.
const MAX_TERMS: usize = 300;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    /// Bytes of the expression.
    pub(super) span: Range<usize>,
    /// Terms within each other, itself included: whoever walks it needs so much stack.
    depth: usize,
    pub(super) shape: Shape,
}

/// What a part of an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// `.`
    Identity,
    /// `..`
    Descent,
    /// `.name` or `."name"` after something; `place` is the name with its dot.
    Field {
        of: Box<Term>,
        name: String,
        place: Range<usize>,
    },
    /// `.[]`
    Iterate(Box<Term>),
    /// `.[e]` and `.[a:b]`
    Index { of: Box<Term>, by: Vec<Term> },
    /// `e?`, and `try e` without `catch`
    Optional(Box<Term>),
    /// A number, or a text without interpolation, or `true`, `false`, `null`.
    Literal(serde_json::Value),
    /// A text with interpolation, or a format: the literal pieces with their places, and the interpolated parts.
    Text {
        pieces: Vec<(String, Range<usize>)>,
        parts: Vec<Term>,
    },
    /// `(e)`
    Parentheses(Box<Term>),
    /// `a | b`
    Pipe(Box<Term>, Box<Term>),
    /// Any other binary operator.
    Binary {
        operator: &'static str,
        left: Box<Term>,
        right: Box<Term>,
        /// The operator's place.
        place: Range<usize>,
    },
    /// `-e`
    Negate(Box<Term>),
    /// A function by its name, with its arguments.
    Call { name: String, arguments: Vec<Term> },
    /// `$name`
    Variable(String),
    /// `[e]` and `[]`
    Array(Option<Box<Term>>),
    /// `{…}`: keys that are texts, and the values; `None` for computed keys.
    Object(Vec<(Option<String>, Term)>),
    /// `if c then a else b end`: the conditions, then what they lead to; without `else`, `.` is one of them.
    If {
        conditions: Vec<Term>,
        branches: Vec<Term>,
    },
    /// `source as $name | body`; a pattern that destructures names nothing.
    Bind {
        source: Box<Term>,
        name: Option<String>,
        body: Box<Term>,
    },
    /// What is only looked through: definitions, `reduce`, `foreach`, `try … catch …`, `label`.
    Other(Vec<Term>),
}

impl Term {
    /// Reads an expression. None when it cannot be read.
    pub(super) fn read(expression: &str) -> Option<Self> {
        let tokens = lexer::tokens(expression)?;
        if tokens.is_empty() {
            // Nothing, or only a comment, is `.` to jq.
            return Self::new(0..expression.len(), Shape::Identity);
        }
        parser::parse(&tokens, expression.len())
    }

    fn new(span: Range<usize>, shape: Shape) -> Option<Self> {
        let mut term = Self {
            span,
            depth: 1,
            shape,
        };
        term.depth += term
            .parts()
            .into_iter()
            .map(|part| part.depth)
            .max()
            .unwrap_or(0);
        (term.depth <= MAX_TERMS).then_some(term)
    }

    /// The term without parentheses around it.
    pub(super) fn bare(&self) -> &Self {
        match &self.shape {
            Shape::Parentheses(inner) => inner.bare(),
            _ => self,
        }
    }

    /// The parts of it, from left to right.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match &self.shape {
            Shape::Identity
            | Shape::Descent
            | Shape::Literal(_)
            | Shape::Variable(_)
            | Shape::Array(None) => Vec::new(),
            Shape::Field { of, .. } => vec![of],
            Shape::Iterate(of)
            | Shape::Optional(of)
            | Shape::Parentheses(of)
            | Shape::Negate(of)
            | Shape::Array(Some(of)) => {
                vec![of]
            }
            Shape::Index { of, by } => std::iter::once(&**of).chain(by).collect(),
            Shape::Text { parts, .. } | Shape::Other(parts) => parts.iter().collect(),
            Shape::Pipe(left, right) | Shape::Binary { left, right, .. } => vec![left, right],
            Shape::Call { arguments, .. } => arguments.iter().collect(),
            Shape::Object(entries) => entries.iter().map(|(_, value)| value).collect(),
            Shape::If {
                conditions,
                branches,
            } => conditions.iter().chain(branches).collect(),
            Shape::Bind { source, body, .. } => vec![source, body],
        }
    }

    /// The term and everything in it.
    pub(super) fn walk<'a>(&'a self, see: &mut impl FnMut(&'a Self)) {
        see(self);
        for part in self.parts() {
            part.walk(see);
        }
    }

    /// Whether it, or something in it, is such a term.
    pub(super) fn holds(&self, wanted: &impl Fn(&Self) -> bool) -> bool {
        wanted(self) || self.parts().into_iter().any(|part| part.holds(wanted))
    }

    /// Whether it is that function without arguments.
    pub(super) fn is_call(&self, function: &str) -> bool {
        matches!(&self.bare().shape, Shape::Call { name, arguments } if name == function && arguments.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::file::{Mapping, Named};

    /// The structure, written in prefix form.
    fn form(term: &Term) -> String {
        let list = |terms: &[Term]| terms.iter().map(form).collect::<Vec<_>>().join(" ");
        match &term.shape {
            Shape::Identity => ".".into(),
            Shape::Descent => "..".into(),
            Shape::Field { of, name, .. } => format!("{}.{name}", form(of).trim_end_matches('.')),
            Shape::Iterate(of) => format!("{}[]", form(of)),
            Shape::Index { of, by } => format!("{}[{}]", form(of), list(by)),
            Shape::Optional(of) => format!("{}?", form(of)),
            Shape::Literal(value) => value.to_string().trim_end_matches(".0").to_owned(),
            Shape::Text { pieces, parts } => {
                let pieces: Vec<_> = pieces.iter().map(|(piece, _)| piece.as_str()).collect();
                format!("\"{}\"<{}>", pieces.join("|"), list(parts))
            }
            Shape::Parentheses(of) => format!("({})", form(of)),
            Shape::Pipe(left, right) => format!("{{{} | {}}}", form(left), form(right)),
            Shape::Binary {
                operator,
                left,
                right,
                ..
            } => format!("{{{} {operator} {}}}", form(left), form(right)),
            Shape::Negate(of) => format!("-{}", form(of)),
            Shape::Call { name, arguments } if arguments.is_empty() => name.clone(),
            Shape::Call { name, arguments } => format!("{name}({})", list(arguments)),
            Shape::Variable(name) => format!("${name}"),
            Shape::Array(None) => "[]".into(),
            Shape::Array(Some(of)) => format!("[{}]", form(of)),
            Shape::Object(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| {
                        format!("{}:{}", key.as_deref().unwrap_or("?"), form(value))
                    })
                    .collect();
                format!("{{{}}}", entries.join(","))
            }
            Shape::If {
                conditions,
                branches,
            } => format!("if<{}><{}>", list(conditions), list(branches)),
            Shape::Bind { source, name, body } => {
                format!(
                    "<{} as {} | {}>",
                    form(source),
                    name.as_deref().unwrap_or("?"),
                    form(body)
                )
            }
            Shape::Other(parts) => format!("other<{}>", list(parts)),
        }
    }

    #[test]
    fn expressions_have_the_structure_of_jq() {
        let cases = [
            (".a.b[]?.c", ".a.b[]?.c"),
            (".a[\"b\"].\"c d\"", ".a.b.c d"),
            (".[1:2] | .[-1]", "{.[1 2] | .[-1]}"),
            ("1 + 2 * 3 % 4 - 5", "{{1 + {{2 * 3} % 4}} - 5}"),
            (".a // .b // 0, 1 | add", "{{{.a // {.b // 0}} , 1} | add}"),
            (".a and .b or .c == 1", "{{.a and .b} or {.c == 1}}"),
            ("\"x\\(.a + 1)y\\(.b)\"", "\"x|y|\"<{.a + 1} .b>"),
            ("@base64 \"a\\(.b)\"", "\"a|\"<.b>"),
            (".a as $x | $x.b | . + $x", "<.a as x | {$x.b | {. + $x}}>"),
            (". as [$a, {b: $c}] | $a", "<. as ? | $a>"),
            ("if .a then 1 elif .b then 2 else 3 end", "if<.a .b><1 2 3>"),
            ("if .a then 1 end", "if<.a><1 .>"),
            ("reduce .[] as $i (0; . + $i)", "other<.[] 0 {. + $i}>"),
            ("try error(\"x\") catch .", "other<error(\"x\") .>"),
            ("try .a", ".a?"),
            ("def f(x): x + 1; f(.a)", "other<{x + 1} f(.a)>"),
            (
                "{a: 1, b, \"c\": .d, (.e): 2, $f, \"g h\": -1, @base64 \"x\": 1}",
                "{a:1,b:.b,c:.d,?:2,f:$f,g h:-1,?:1}",
            ),
            (".a |= . + 1", "{.a |= {. + 1}}"),
            ("label $out | 1, break $out", "other<{1 , break}>"),
            ("..|numbers", "{.. | numbers}"),
            (". # comment\n| .a", "{. | .a}"),
            (
                "[.[] | select(.x != null)] | map(.y) | add / length",
                "{[{.[] | select({.x != null})}] | {map(.y) | {add / length}}}",
            ),
            (
                ".__organization.login + \"@\" + .day",
                "{{.__organization.login + \"@\"} + .day}",
            ),
            ("$__loc__.line", "$__loc__.line"),
            (
                "input_line_number, @json, $ENV.X",
                "{{input_line_number , \"\"<>} , $ENV.X}",
            ),
        ];
        for (expression, expected) in cases {
            let term = Term::read(expression).unwrap_or_else(|| panic!("{expression}"));
            assert_eq!(form(&term), expected, "{expression}");
        }
    }

    #[test]
    fn what_is_no_expression_is_given_up_on() {
        for text in [
            "",
            ".a |",
            "(",
            ".a)",
            "{a:",
            "\"x",
            "\"\\(.a\"",
            "if . then 1",
            "1 +",
            ".[",
            "][",
        ] {
            assert_eq!(Term::read(text), None, "{text}");
        }
        assert_eq!(Term::read(&"(".repeat(50_000)), None);
        assert_eq!(Term::read(&"-".repeat(50_000)), None);
        assert_eq!(Term::read(&".a".repeat(8_000)), None);
        assert_eq!(Term::read(&format!("1{}", "+1".repeat(8_000))), None);
        assert_eq!(Term::read(&format!("1{}", "?".repeat(8_000))), None);
        assert_eq!(Term::read(&format!("1{}", "|1".repeat(8_000))), None);
        assert_eq!(
            Term::read(&format!("{}1{}", "[".repeat(16_000), "]".repeat(16_000))),
            None
        );
    }

    #[test]
    fn every_expression_of_the_bundled_mapping_is_read() {
        let (mapping, _) = Mapping::read(
            include_str!("../../../../mappings/copilot.yaml"),
            "copilot.yaml",
        );
        for resource in mapping.unwrap().resources {
            let Named(properties) = resource.port.entity.mappings.properties.unwrap();
            for (name, expression) in properties {
                let term = Term::read(&expression.text).unwrap_or_else(|| panic!("{name}"));
                assert_eq!(term.span, 0..expression.text.len(), "{name}");
            }
        }
    }

    proptest::proptest! {
        /// No text makes reading panic, and every place that a term names lies in the text.
        #[test]
        fn any_text_is_read_or_given_up_on(
            words in proptest::collection::vec(
                "[a-z]{1,3}|\\.[a-z]{0,2}|[0-9]{1,2}|\"[a-zé]{0,3}|\\\\\\(|\\$x|@csv|if|then|else|end|as|reduce|try|def|[-+*/%|,;:(){}\\[\\]?.\"é# ]|//",
                0..14,
            ),
        ) {
            let text = words.join(" ");
            if let Some(term) = Term::read(&text) {
                let mut places = Vec::new();
                term.walk(&mut |part| places.push(part.span.clone()));
                for place in places {
                    proptest::prop_assert!(text.get(place.clone()).is_some(), "{text}: {place:?}");
                }
            }
        }
    }
}
