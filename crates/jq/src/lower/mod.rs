//! Syntax tree to the library's terms, with jq's meaning.
//!
//! The library evaluates operands from the left, jq from the right; the library has updates of its own, jq has paths; the library
//! keeps every state of a `reduce`, jq the last. These differences are expressed in terms that both have: bindings in jq's order,
//! and calls of natives, whose names begin with `!` and cannot be written in an expression.
//!
//! | file | subject |
//! | --- | --- |
//! | `outputs` | number of outputs of a term |
//! | `several` | terms with several outputs: paths, texts, objects, arguments in jq's order |
//! | `folds` | `reduce`, `foreach`, patterns with alternatives |
//! | `functions` | definitions and calls |
//! | `paths` | terms that are asked for their paths, and values without a path |
//! | `definitions` | filters written in jq |

mod definitions;
mod folds;
mod functions;
mod outputs;
mod paths;
mod several;

use std::collections::BTreeSet;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse;
use jaq_core::ops::{Cmp, Math};

pub(super) use definitions::{calls, names as definition_names, needed_by};

use self::outputs::Outputs;
use self::paths::Position;
use super::syntax::{Literal, Operator, Term, TermKind};

/// A term of the library; its texts borrow from the syntax tree.
pub(super) type Code<'t> = parse::Term<&'t str>;

type BinaryOp<'t> = parse::BinaryOp<&'t str>;

/// Variable for the right operand while the left one runs. The name cannot be written in an expression.
const RIGHT: &str = "$ right";

/// A lowered term, with its properties.
struct Lowered<'t> {
    code: Code<'t>,
    outputs: Outputs,
}

/// Lowers the terms of one source.
struct Lowerer<'t> {
    /// Names that the source defines. They may differ from the filters of this crate with the same name.
    own: BTreeSet<&'t str>,
    /// Position of the bodies of definitions and of their arguments.
    in_definitions: Position,
}

/// Lowers the whole of a source.
pub(super) fn lower(term: &Term) -> Code<'_> {
    Lowerer::of(term).term(term, Position::Value).code
}

fn call<'t>(name: &'t str, arguments: Vec<Code<'t>>) -> Code<'t> {
    Code::Call(name, arguments)
}

fn text(text: &str) -> Code<'_> {
    Code::Str(None, vec![StrPart::Str(text)])
}

fn binary<'t>(left: Code<'t>, operator: BinaryOp<'t>, right: Code<'t>) -> Code<'t> {
    Code::BinOp(Box::new(left), operator, Box::new(right))
}

fn pipe<'t>(left: Code<'t>, right: Code<'t>) -> Code<'t> {
    binary(left, BinaryOp::Pipe(None), right)
}

/// `value as $name | body`.
fn bind<'t>(value: Code<'t>, name: &'t str, body: Code<'t>) -> Code<'t> {
    binary(value, BinaryOp::Pipe(Some(parse::Pattern::Var(name))), body)
}

impl<'t> Lowerer<'t> {
    fn of(term: &'t Term) -> Self {
        let mut own = BTreeSet::new();
        let mut asks_for_paths = false;
        term.walk(&mut |term| match &term.kind {
            TermKind::Define(definition, _) => {
                own.insert(definition.name.as_str());
                let parameters = definition.parameters.iter();
                own.extend(parameters.map(|name| name.strip_prefix('$').unwrap_or(name)));
            }
            TermKind::Binary { operator, .. } => asks_for_paths |= paths::is_update(*operator),
            TermKind::Call { name, .. } => asks_for_paths |= paths::asks_for_paths(name),
            _ => {}
        });
        let in_definitions = if asks_for_paths && !own.is_empty() { Position::Path { checked: true } } else { Position::Value };
        Self { own, in_definitions }
    }

    fn value(&self, term: &'t Term) -> Lowered<'t> {
        self.term(term, Position::Value)
    }

    fn boxed(&self, term: &'t Term, place: Position) -> Box<Code<'t>> {
        Box::new(self.term(term, place).code)
    }

    fn term(&self, term: &'t Term, place: Position) -> Lowered<'t> {
        if matches!(place, Position::Path { .. }) && !self.has_paths(term) {
            let Lowered { code, outputs } = self.value(term);
            let code = call("!value", vec![code]);
            return Lowered { code, outputs };
        }
        let one = |code| Lowered { code, outputs: Outputs::One };
        let many = |code| Lowered { code, outputs: Outputs::Many };
        match &term.kind {
            TermKind::Identity => one(Code::Id),
            TermKind::Descent if self.own.contains("recurse") => many(call("recurse", Vec::new())),
            TermKind::Descent => many(Code::Recurse),
            TermKind::Literal(literal) => one(constant(literal)),
            TermKind::Text { format, pieces, parts } => self.text(format.as_deref(), pieces, parts),
            TermKind::Format(name) => one(call(name, Vec::new())),
            TermKind::Variable(name) => one(Code::Var(name)),
            TermKind::Location { line } => {
                one(Code::Obj(vec![(text("file"), Some(text("<top-level>"))), (text("line"), Some(Code::Num(line)))]))
            }
            TermKind::Field { .. } | TermKind::Index { .. } | TermKind::Slice { .. } | TermKind::Iterate(_) => {
                self.path(term, place)
            }
            TermKind::Optional(inner) => {
                if !term.steps().1.is_empty() {
                    return self.path(term, place);
                }
                let Lowered { code, outputs } = self.term(inner, place);
                Lowered { code: Code::TryCatch(Box::new(code), None), outputs: outputs.max(Outputs::AtMostOne) }
            }
            TermKind::Parentheses(inner) => self.term(inner, place),
            TermKind::Pipe(left, right) => {
                let (left, right) = (self.term(left, place), self.term(right, place));
                Lowered { outputs: left.outputs.max(right.outputs), code: pipe(left.code, right.code) }
            }
            TermKind::Binary { operator, left, right, .. } => self.binary(*operator, left, right, place),
            TermKind::Negate(inner) => {
                let Lowered { code, outputs } = self.value(inner);
                Lowered { code: Code::Neg(Box::new(code)), outputs }
            }
            TermKind::Call { name, arguments, .. } => self.call(name, arguments, place),
            TermKind::Array(inner) => {
                let inner = inner.as_ref().map(|inner| self.boxed(inner, Position::Value));
                one(Code::Arr(inner))
            }
            TermKind::Object(entries) => self.object(entries),
            TermKind::If { branches, otherwise } => self.condition(branches, otherwise.as_deref(), place),
            TermKind::Bind { source, patterns, body } => self.bound(source, patterns, body, place),
            TermKind::Define(definition, body) => self.define(definition, body, place),
            TermKind::Reduce { source, patterns, init, update } => self.reduce(source, patterns, init, update, place),
            TermKind::Foreach { source, patterns, init, update, extract } => {
                self.foreach(source, patterns, (init, update, extract.as_deref()), place)
            }
            TermKind::Try { body, catch } => {
                let body = self.term(body, place);
                let catch = catch.as_deref().map(|catch| self.value(catch));
                let caught = catch.as_ref().map_or(Outputs::AtMostOne, |catch| catch.outputs);
                let outputs = body.outputs.max(caught);
                let code = match (place, catch) {
                    (Position::Path { .. }, Some(catch)) => call("!try", vec![body.code, catch.code]),
                    (_, catch) => {
                        let catch = catch.map(|catch| Box::new(catch.code));
                        Code::TryCatch(Box::new(body.code), catch)
                    }
                };
                Lowered { code, outputs }
            }
            TermKind::Label(name, body) => many(Code::Label(name, self.boxed(body, place))),
            TermKind::Break(name) => many(Code::Break(name)),
        }
    }

    fn condition(&self, branches: &'t [(Term, Term)], otherwise: Option<&'t Term>, place: Position) -> Lowered<'t> {
        let mut outputs = Outputs::One;
        let mut see = |lowered: Lowered<'t>| {
            outputs = outputs.max(lowered.outputs);
            lowered.code
        };
        let branches =
            branches.iter().map(|(condition, branch)| (see(self.value(condition)), see(self.term(branch, place)))).collect();
        let otherwise = otherwise.map(|otherwise| Box::new(see(self.term(otherwise, place))));
        Lowered { code: Code::IfThenElse(branches, otherwise), outputs }
    }

    fn binary(&self, operator: Operator, left: &'t Term, right: &'t Term, place: Position) -> Lowered<'t> {
        let product = match operator {
            Operator::Comma => {
                let (left, right) = (self.term(left, place), self.term(right, place));
                return Lowered { code: binary(left.code, BinaryOp::Comma, right.code), outputs: Outputs::Many };
            }
            Operator::Alternative => return self.alternative(left, right, place),
            Operator::Or => BinaryOp::Or,
            Operator::And => BinaryOp::And,
            Operator::Equal => BinaryOp::Cmp(Cmp::Eq),
            Operator::NotEqual => BinaryOp::Cmp(Cmp::Ne),
            Operator::Less => BinaryOp::Cmp(Cmp::Lt),
            Operator::LessOrEqual => BinaryOp::Cmp(Cmp::Le),
            Operator::Greater => BinaryOp::Cmp(Cmp::Gt),
            Operator::GreaterOrEqual => BinaryOp::Cmp(Cmp::Ge),
            Operator::Add => BinaryOp::Math(Math::Add),
            Operator::Subtract => BinaryOp::Math(Math::Sub),
            Operator::Multiply => BinaryOp::Math(Math::Mul),
            Operator::Divide => BinaryOp::Math(Math::Div),
            Operator::Remainder => BinaryOp::Math(Math::Rem),
            Operator::Assign => {
                let (paths, value) = (self.asked_for_paths(left), self.value(right));
                return Lowered { outputs: value.outputs, code: call("!assign", vec![paths, value.code]) };
            }
            Operator::Update => {
                let (paths, update) = (self.asked_for_paths(left), self.value(right));
                return Lowered { outputs: Outputs::One, code: call("!modify", vec![paths, update.code]) };
            }
            Operator::UpdateAdd => return self.update(left, BinaryOp::Math(Math::Add), right),
            Operator::UpdateSubtract => return self.update(left, BinaryOp::Math(Math::Sub), right),
            Operator::UpdateMultiply => return self.update(left, BinaryOp::Math(Math::Mul), right),
            Operator::UpdateDivide => return self.update(left, BinaryOp::Math(Math::Div), right),
            Operator::UpdateRemainder => {
                return self.update(left, BinaryOp::Math(Math::Rem), right);
            }
            Operator::UpdateAlternative => return self.update(left, BinaryOp::Alt, right),
        };
        let (left, right) = (self.value(left), self.value(right));
        let outputs = left.outputs.max(right.outputs);
        let from_the_left = matches!(product, BinaryOp::Or | BinaryOp::And);
        // With one output on each side the order only decides which of two errors is reported, which is not worth the detour.
        let code = if from_the_left || outputs == Outputs::One || left.is_certain() || right.is_certain() {
            binary(left.code, product, right.code)
        } else {
            let held = binary(left.code, product, Code::Var(RIGHT));
            bind(right.code, RIGHT, held)
        };
        Lowered { code, outputs }
    }

    /// `left // right`. When paths are needed, only those to true values.
    fn alternative(&self, left: &'t Term, right: &'t Term, place: Position) -> Lowered<'t> {
        let (left, right) = (self.term(left, place), self.term(right, place));
        let outputs = match left.outputs {
            Outputs::Many => Outputs::Many,
            _ => right.outputs,
        };
        let left = match place {
            Position::Value => left.code,
            Position::Path { .. } => {
                let nothing = call("empty", Vec::new());
                let branches = vec![(Code::Id, Code::Id)];
                pipe(left.code, Code::IfThenElse(branches, Some(Box::new(nothing))))
            }
        };
        Lowered { code: binary(left, BinaryOp::Alt, right.code), outputs }
    }

    /// `left += right` and similar: the right side is evaluated on the whole input before anything changes.
    fn update(&self, left: &'t Term, operator: BinaryOp<'t>, right: &'t Term) -> Lowered<'t> {
        let update = binary(Code::Id, operator, Code::Var(RIGHT));
        let modify = call("!modify", vec![self.asked_for_paths(left), update]);
        let right = self.value(right);
        Lowered { code: bind(right.code, RIGHT, modify), outputs: right.outputs }
    }
}

/// `["a", "b"]`
pub(super) fn list_of_texts<'t>(texts: impl Iterator<Item = &'t str>) -> Code<'t> {
    let all = texts.map(text).reduce(|all, next| binary(all, BinaryOp::Comma, next));
    Code::Arr(all.map(Box::new))
}

fn constant(literal: &Literal) -> Code<'_> {
    match literal {
        Literal::Null => call("!null", Vec::new()),
        Literal::Boolean(true) => call("!true", Vec::new()),
        Literal::Boolean(false) => call("!false", Vec::new()),
        Literal::Number(digits) => Code::Num(digits),
        Literal::Text(literal) => text(literal),
    }
}
