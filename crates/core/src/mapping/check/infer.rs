//! Inference of an expression's outputs from the documented fields of its item: types, keys, reads of fields that do not exist,
//! and operands that cannot be combined.
//!
//! An unknown part is `anything`, so no finding is based on a guess.

mod calls;

use std::ops::Range;
use std::rc::Rc;

use super::guard::{self, Fact};
pub(super) use super::known::{Known, Types};
use crate::mapping::program::syntax::{Entry, Key, Literal, Operator, Pattern, Term, TermKind};

/// Inferred properties of an expression.
#[derive(Clone, Debug)]
pub(super) struct Inference {
    /// Properties of its outputs.
    pub(super) output: Known,
    /// Fields that the documented items do not have.
    pub(super) unknown: Vec<UnknownField>,
    /// Operands of `-`, `*`, `/` and `%` that are known to be null at times, as fields and `add` are.
    pub(super) nullable_operands: Vec<NullableOperand>,
    /// Divisors that may be zero, each with what is divided by it.
    pub(super) divisors: Vec<(Range<usize>, Range<usize>)>,
    /// Operations that always fail because of the types of their operands.
    pub(super) clashes: Vec<Clash>,
}

/// A field that the documented items do not have.
#[derive(Clone, Debug)]
pub(super) struct UnknownField {
    pub(super) name: String,
    /// Place of the read.
    pub(super) place: Range<usize>,
    /// The keys that are documented there.
    pub(super) known: Vec<String>,
}

/// An operand that may be null, where arithmetic cannot do with null.
#[derive(Clone, Debug)]
pub(super) struct NullableOperand {
    pub(super) operator: &'static str,
    pub(super) place: Range<usize>,
    /// Place of the dividend, when it is a divisor.
    pub(super) dividend: Option<Range<usize>>,
}

/// Operands whose types do not go together.
#[derive(Clone, Debug)]
pub(super) enum Clash {
    /// Both sides of an operator.
    Operands {
        operator: &'static str,
        /// Place of the operator.
        place: Range<usize>,
        left: (Range<usize>, Known),
        right: (Range<usize>, Known),
    },
    /// A field of what has no fields.
    Field {
        /// Place and types of the value that the field is read from.
        owner: (Range<usize>, Types),
        name: String,
        /// Place of the read.
        place: Range<usize>,
        /// True for a list whose elements have the field.
        is_of_elements: bool,
    },
    /// The elements of what has none.
    Elements { owner: (Range<usize>, Types), place: Range<usize> },
}

/// Infers what an expression gives for such an item.
pub(super) fn infer(term: &Term, item: &Known) -> Inference {
    let mut inferer = Inferer::default();
    let output = inferer.term(term, item);
    let Inferer { unknown, nullable_operands, divisors, clashes, .. } = inferer;
    Inference { output, unknown, nullable_operands, divisors, clashes }
}

#[derive(Default)]
struct Inferer {
    unknown: Vec<UnknownField>,
    nullable_operands: Vec<NullableOperand>,
    divisors: Vec<(Range<usize>, Range<usize>)>,
    clashes: Vec<Clash>,
    variables: Vec<(String, Known)>,
    /// Facts that the surrounding conditions give about the term's input and about variables.
    facts: Vec<Fact>,
}

impl Inferer {
    fn term(&mut self, term: &Term, input: &Known) -> Known {
        match &term.kind {
            TermKind::Identity => input.clone(),
            TermKind::Literal(value) => Known::of(match value {
                Literal::Null => Types::NULL,
                Literal::Boolean(_) => Types::BOOLEAN,
                Literal::Number(_) => Types::NUMBER,
                Literal::Text(_) => Types::TEXT,
            }),
            TermKind::Text { parts, .. } => {
                self.all(parts, input);
                Known::of(Types::TEXT)
            }
            TermKind::Format(_) => Known::of(Types::TEXT),
            TermKind::Field { of, name, place } => {
                let owner = self.term(of, input);
                self.no_field(of, &owner, name, place);
                self.field(&owner, name, place)
            }
            TermKind::Iterate(of) => {
                let owner = self.term(of, input);
                let types = owner.types.without(Types::NULL);
                if types != Types::NOTHING && !types.meets(Types::LIST | Types::OBJECT) {
                    self.clashes.push(Clash::Elements { owner: (of.span.clone(), types), place: of.span.end..term.span.end });
                }
                owner.element()
            }
            TermKind::Index { of, by } => {
                let owner = self.term(of, input);
                self.term(by, input);
                let element = owner.element();
                Known { types: element.types | Types::NULL, ..element }
            }
            TermKind::Slice { of, from, upto } => {
                let owner = self.term(of, input);
                for bound in from.iter().chain(upto) {
                    self.term(bound, input);
                }
                owner
            }
            TermKind::Parentheses(of) => self.term(of, input),
            TermKind::Optional(of) | TermKind::Try { body: of, catch: None } => self.caught(of, input),
            TermKind::Pipe(left, right) => {
                let between = self.term(left, input);
                self.of_other_input(guard::passed(left, &self.facts), |inferer| inferer.term(right, &between))
            }
            TermKind::Binary { operator, left, right, place } => self.binary(*operator, left, right, place, input),
            TermKind::Negate(of) => {
                self.term(of, input);
                Known::of(Types::NUMBER)
            }
            TermKind::Call { name, arguments, .. } => self.call(name, arguments, input),
            TermKind::Variable(name) => {
                let bound = self.variables.iter().rev().find(|(bound, _)| bound == name);
                bound.map_or_else(Known::anything, |(_, known)| known.clone())
            }
            TermKind::Array(None) => Known::of(Types::LIST),
            TermKind::Array(Some(of)) => Known::list(self.term(of, input)),
            TermKind::Object(entries) => {
                let all: Vec<_> = entries.iter().map(|entry| self.entry(entry, input)).collect();
                // With a key that is computed, any key may be there.
                let keys: Option<Vec<_>> = all.into_iter().collect();
                Known { keys: keys.map(Rc::new), ..Known::of(Types::OBJECT) }
            }
            TermKind::If { branches, otherwise } => {
                let mut outputs = Vec::with_capacity(branches.len() + 1);
                let facts = self.facts.len();
                for (condition, branch) in branches {
                    self.term(condition, input);
                    outputs.push(self.given(guard::facts(condition, true), |inferer| inferer.term(branch, input)));
                    // Whatever comes later is only met when the condition does not hold.
                    self.facts.extend(guard::facts(condition, false));
                }
                outputs.push(match otherwise {
                    Some(otherwise) => self.term(otherwise, input),
                    None => input.clone(),
                });
                self.facts.truncate(facts);
                outputs.into_iter().reduce(Known::or).unwrap_or_else(Known::anything)
            }
            TermKind::Bind { source, patterns, body } => {
                let bound = self.term(source, input);
                // A pattern may bind names that stand for something else further out.
                let [Pattern::Variable(name)] = patterns.as_slice() else {
                    return Known::anything();
                };
                self.variables.push((name.clone(), bound));
                let output = self.term(body, input);
                self.variables.pop();
                output
            }
            TermKind::Descent
            | TermKind::Location { .. }
            | TermKind::Define(..)
            | TermKind::Reduce { .. }
            | TermKind::Foreach { .. }
            | TermKind::Try { .. }
            | TermKind::Label(..)
            | TermKind::Break(_) => Known::anything(),
        }
    }

    /// Output of a term whose errors are caught: arithmetic on null is no output then.
    fn caught(&mut self, term: &Term, input: &Known) -> Known {
        let (operands, divisors) = (self.nullable_operands.len(), self.divisors.len());
        let output = self.term(term, input);
        self.nullable_operands.truncate(operands);
        self.divisors.truncate(divisors);
        output
    }

    /// Looks at something of which more is known.
    fn given<T>(&mut self, facts: Vec<Fact>, look: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.facts.len();
        self.facts.extend(facts);
        let seen = look(self);
        self.facts.truncate(before);
        seen
    }

    /// Looks at something that has another input, of which only those facts are known.
    fn of_other_input<T>(&mut self, facts: Vec<Fact>, look: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.facts, facts);
        let seen = look(self);
        self.facts = before;
        seen
    }

    /// Notes a field of what has no fields.
    fn no_field(&mut self, of: &Term, owner: &Known, name: &str, place: &Range<usize>) {
        let types = owner.types.without(Types::NULL);
        if types == Types::NOTHING || types.meets(Types::OBJECT) {
            return;
        }
        let elements = owner.element();
        let is_of_elements = elements.keys.as_ref().is_some_and(|keys| keys.iter().any(|(key, _)| key == name));
        self.clashes.push(Clash::Field {
            owner: (of.span.clone(), types),
            name: name.to_owned(),
            place: place.clone(),
            is_of_elements,
        });
    }

    /// An entry of an object; none when its key is computed.
    fn entry(&mut self, Entry { key, value }: &Entry, input: &Known) -> Option<(String, Known)> {
        let known = value.as_ref().map(|value| self.term(value, input));
        match key {
            Key::Name(name) => Some((name.clone(), known.unwrap_or_else(Known::anything))),
            Key::Computed(key) => {
                self.term(key, input);
                None
            }
        }
    }

    fn all(&mut self, terms: &[Term], input: &Known) {
        for term in terms {
            self.term(term, input);
        }
    }

    fn field(&mut self, owner: &Known, name: &str, place: &Range<usize>) -> Known {
        let Some(keys) = &owner.keys else {
            return Known::anything();
        };
        if let Some((_, known)) = keys.iter().find(|(key, _)| key == name) {
            return known.clone();
        }
        self.unknown.push(UnknownField {
            name: name.to_owned(),
            place: place.clone(),
            known: keys.iter().map(|(key, _)| key.clone()).collect(),
        });
        Known::anything()
    }

    fn binary(&mut self, operator: Operator, left: &Term, right: &Term, place: &Range<usize>, input: &Known) -> Known {
        let one = self.term(left, input);
        let facts = match operator {
            Operator::And => guard::facts(left, true),
            Operator::Or => guard::facts(left, false),
            _ => Vec::new(),
        };
        let other = self.given(facts, |inferer| inferer.term(right, input));
        if always_fails(operator, one.types, other.types) {
            self.clashes.push(Clash::Operands {
                operator: operator.text(),
                place: place.clone(),
                left: (left.span.clone(), one),
                right: (right.span.clone(), other),
            });
            return Known::anything();
        }
        match operator {
            Operator::Comma => one.or(other),
            // The left one counts unless it is null or false.
            Operator::Alternative => {
                let left = one.types.without(Types::NULL);
                if left == Types::NOTHING { other } else { Known { types: left, ..one }.or(other) }
            }
            Operator::Assign
            | Operator::Update
            | Operator::UpdateAdd
            | Operator::UpdateSubtract
            | Operator::UpdateMultiply
            | Operator::UpdateDivide
            | Operator::UpdateRemainder
            | Operator::UpdateAlternative => assigned(left, input),
            Operator::And
            | Operator::Or
            | Operator::Equal
            | Operator::NotEqual
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => Known::of(Types::BOOLEAN),
            Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Remainder => {
                let dividend = matches!(operator, Operator::Divide | Operator::Remainder).then_some(left);
                // Where a condition looks at the divisor, null is what the author has in mind for the rest.
                if dividend.is_none() || !guard::is_guarded(&self.facts, right) {
                    self.nullable(operator, left, &one, None);
                }
                self.nullable(operator, right, &other, dividend);
                match (one.types.without(Types::NULL), other.types.without(Types::NULL)) {
                    (Types::NUMBER, Types::NUMBER) => Known::of(Types::NUMBER),
                    _ => Known::anything(),
                }
            }
            Operator::Add => {
                let types = one.types | other.types;
                let known = types.without(Types::NULL);
                let alike = [Types::NUMBER, Types::TEXT, Types::LIST].contains(&known);
                // Null adds nothing; it stays only when both are null.
                let both_null = one.types.meets(Types::NULL) && other.types.meets(Types::NULL);
                let types = if both_null { types } else { known };
                if alike { Known::of(types) } else { Known::anything() }
            }
        }
    }

    /// Notes an operand that may be null, and a divisor that may be zero; of what nothing is known, nothing is said.
    fn nullable(&mut self, operator: Operator, term: &Term, known: &Known, dividend: Option<&Term>) {
        let fact = guard::known(&self.facts, term);
        // `add / length` of nothing fails on the zero as well; `// 0` would not mend it.
        if known.types.meets(Types::NULL) && known.types != Types::ANY && !term.is_call("add") && !fact.is_there {
            let (operator, place) = (operator.text(), term.span.clone());
            let dividend = dividend.map(|dividend| dividend.span.clone());
            self.nullable_operands.push(NullableOperand { operator, place, dividend });
        } else if let Some(dividend) = dividend
            && !fact.is_no_zero
            && guard::may_be_zero(term)
        {
            self.divisors.push((term.span.clone(), dividend.span.clone()));
        }
    }
}

/// True when an operator fails for all values of these types, null aside.
fn always_fails(operator: Operator, left: Types, right: Types) -> bool {
    let (left, right) = (left.without(Types::NULL), right.without(Types::NULL));
    let alike = match operator {
        Operator::Add => Types::NUMBER | Types::TEXT | Types::LIST | Types::OBJECT,
        Operator::Subtract => Types::NUMBER | Types::LIST,
        Operator::Multiply => Types::NUMBER | Types::OBJECT,
        Operator::Divide => Types::NUMBER | Types::TEXT,
        Operator::Remainder => Types::NUMBER,
        _ => return false,
    };
    let repeats = operator == Operator::Multiply
        && ((left.meets(Types::TEXT) && right.meets(Types::NUMBER)) || (left.meets(Types::NUMBER) && right.meets(Types::TEXT)));
    left != Types::NOTHING && right != Types::NOTHING && !left.and(right).meets(alike) && !repeats
}

/// Output of an assignment: its input, changed. When the input as a whole is assigned to, it may be anything.
fn assigned(left: &Term, input: &Known) -> Known {
    fn is_within(term: &Term) -> bool {
        match &term.bare().kind {
            TermKind::Field { of, .. } | TermKind::Iterate(of) | TermKind::Index { of, .. } => {
                matches!(of.bare().kind, TermKind::Identity) || is_within(of)
            }
            _ => false,
        }
    }
    match input.types {
        Types::OBJECT | Types::LIST if is_within(left) => Known::of(input.types),
        _ => Known::anything(),
    }
}
