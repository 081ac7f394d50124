//! What can be known of an expression's outputs from the documented fields of its item: types, keys, and where it asks for a
//! field that is not there.
//!
//! It never claims more than it knows: of what it does not understand, anything may come.

use std::ops::{BitOr, Range};
use std::rc::Rc;

use crate::mapping::program::syntax::{Entry, Key, Literal, Operator, Pattern, Term, TermKind};
use crate::model::field::{Field, FieldType};

/// A set of JSON types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Types(u8);

impl Types {
    pub(super) const NOTHING: Self = Self(0);
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const NUMBER: Self = Self(4);
    pub(super) const TEXT: Self = Self(8);
    pub(super) const LIST: Self = Self(16);
    pub(super) const OBJECT: Self = Self(32);
    pub(super) const ANY: Self = Self(63);

    /// Both together.
    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it holds any of those.
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// For people: `a number or a text`.
    pub(super) fn words(self) -> String {
        let names = [
            (Self::NULL, "null"),
            (Self::BOOLEAN, "true or false"),
            (Self::NUMBER, "a number"),
            (Self::TEXT, "a text"),
            (Self::LIST, "a list"),
            (Self::OBJECT, "an object"),
        ];
        let all: Vec<_> = names.into_iter().filter(|(types, _)| self.meets(*types)).map(|(_, name)| name).collect();
        all.join(" or ")
    }
}

impl BitOr for Types {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What is known of a value.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) types: Types,
    /// A calendar day as text, without a time.
    pub(super) is_day: bool,
    /// The keys of the object; none when they are not known.
    keys: Option<Rc<Vec<(String, Known)>>>,
    /// What the list's elements are.
    elements: Option<Rc<Known>>,
}

impl Known {
    pub(super) fn anything() -> Self {
        Self::of(Types::ANY)
    }

    fn of(types: Types) -> Self {
        Self { types, is_day: false, keys: None, elements: None }
    }

    fn list(elements: Self) -> Self {
        Self { elements: Some(Rc::new(elements)), ..Self::of(Types::LIST) }
    }

    /// Whether it may be an object that searches: `combinator` and `rules`.
    pub(super) fn may_be_search(&self) -> bool {
        let has = |keys: &[(String, Self)], wanted: &str| keys.iter().any(|(key, _)| key == wanted);
        let may_have = |keys: &Rc<Vec<(String, Self)>>| has(keys, "combinator") && has(keys, "rules");
        self.types.meets(Types::OBJECT) && self.keys.as_ref().is_none_or(may_have)
    }

    /// An object with those fields; no fields means that they are not known.
    pub(super) fn object(fields: &[&Field]) -> Self {
        let keys = fields.iter().map(|field| (field.name.to_owned(), Self::field(field)));
        Self { keys: (!fields.is_empty()).then(|| Rc::new(keys.collect())), ..Self::of(Types::OBJECT) }
    }

    /// Any field may be null or absent.
    fn field(field: &Field) -> Self {
        let children: Vec<_> = field.children.iter().collect();
        let mut known = match field.kind {
            FieldType::Text | FieldType::DateTime => Self::of(Types::TEXT),
            FieldType::Day => Self { is_day: true, ..Self::of(Types::TEXT) },
            FieldType::Integer | FieldType::Number => Self::of(Types::NUMBER),
            FieldType::Boolean => Self::of(Types::BOOLEAN),
            FieldType::Object => Self::object(&children),
            FieldType::List if children.is_empty() => Self::of(Types::LIST),
            FieldType::List => Self::list(Self::object(&children)),
        };
        known.types = known.types | Types::NULL;
        known
    }

    /// The object with one more key.
    pub(super) fn with(&self, key: &str, value: Self) -> Self {
        let keys = self.keys.as_ref().map(|keys| {
            let mut keys: Vec<_> = keys.iter().filter(|(name, _)| name != key).cloned().collect();
            keys.push((key.to_owned(), value));
            Rc::new(keys)
        });
        Self { keys, ..self.clone() }
    }

    /// What the elements of a list are.
    pub(super) fn element(&self) -> Self {
        self.elements.as_ref().map_or_else(Self::anything, |elements| (**elements).clone())
    }

    /// Either of two.
    fn or(self, other: Self) -> Self {
        Self {
            types: self.types | other.types,
            is_day: self.is_day && other.is_day,
            keys: None,
            elements: match (self.elements, other.elements) {
                (Some(one), Some(_)) if other.types == self.types => Some(one),
                _ => None,
            },
        }
    }
}

/// What is known of an expression.
#[derive(Clone, Debug)]
pub(super) struct Inference {
    /// What its outputs are.
    pub(super) output: Known,
    /// Fields that the documented items do not have.
    pub(super) unknown: Vec<UnknownField>,
    /// Operands of `-`, `*`, `/` and `%` that are known to be null at times, as fields and `add` are.
    pub(super) nullable_operands: Vec<NullableOperand>,
}

/// A field that the documented items do not have.
#[derive(Clone, Debug)]
pub(super) struct UnknownField {
    pub(super) name: String,
    /// Where it is asked for.
    pub(super) place: Range<usize>,
    /// The keys that are documented there.
    pub(super) known: Vec<String>,
}

/// An operand that may be null, where arithmetic cannot do with null.
#[derive(Clone, Debug)]
pub(super) struct NullableOperand {
    pub(super) operator: &'static str,
    pub(super) place: Range<usize>,
}

/// Infers what an expression gives for such an item.
pub(super) fn infer(term: &Term, item: &Known) -> Inference {
    let mut inferer = Inferer { unknown: Vec::new(), nullable_operands: Vec::new(), variables: Vec::new() };
    let output = inferer.term(term, item);
    Inference { output, unknown: inferer.unknown, nullable_operands: inferer.nullable_operands }
}

struct Inferer {
    unknown: Vec<UnknownField>,
    nullable_operands: Vec<NullableOperand>,
    variables: Vec<(String, Known)>,
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
                self.field(&owner, name, place)
            }
            TermKind::Iterate(of) => self.term(of, input).element(),
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
            TermKind::Optional(of) | TermKind::Parentheses(of) | TermKind::Try { body: of, catch: None } => self.term(of, input),
            TermKind::Pipe(left, right) => {
                let between = self.term(left, input);
                self.term(right, &between)
            }
            TermKind::Binary { operator, left, right, .. } => self.binary(*operator, left, right, input),
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
                for (condition, branch) in branches {
                    self.term(condition, input);
                    outputs.push(self.term(branch, input));
                }
                outputs.push(match otherwise {
                    Some(otherwise) => self.term(otherwise, input),
                    None => input.clone(),
                });
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

    fn binary(&mut self, operator: Operator, left: &Term, right: &Term, input: &Known) -> Known {
        let (one, other) = (self.term(left, input), self.term(right, input));
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
                for (term, known) in [(left, &one), (right, &other)] {
                    self.nullable(operator.text(), term, known);
                }
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

    /// Notes an operand that may be null; of what nothing is known, nothing is said.
    fn nullable(&mut self, operator: &'static str, term: &Term, known: &Known) {
        // `add / length` of nothing fails on the zero as well; `// 0` would not mend it.
        if known.types.meets(Types::NULL) && known.types != Types::ANY && !term.is_call("add") {
            let place = term.span.clone();
            self.nullable_operands.push(NullableOperand { operator, place });
        }
    }

    fn call(&mut self, name: &str, arguments: &[Term], input: &Known) -> Known {
        match (name, arguments) {
            ("map", [each]) => {
                let element = input.element();
                Known::list(self.term(each, &element))
            }
            ("select", [condition]) => {
                self.term(condition, input);
                select(condition, input.clone())
            }
            ("sort_by" | "unique_by" | "group_by" | "min_by" | "max_by" | "any" | "all", [by]) => {
                let element = input.element();
                self.term(by, &element);
                match name {
                    "sort_by" | "unique_by" => input.clone(),
                    "any" | "all" => Known::of(Types::BOOLEAN),
                    "group_by" => Known::list(input.clone()),
                    _ => Known { types: element.types | Types::NULL, ..element },
                }
            }
            ("first" | "last", []) => {
                let element = input.element();
                Known { types: element.types | Types::NULL, ..element }
            }
            ("first" | "last", [of]) => self.term(of, input),
            ("add", []) => match input.element().types.without(Types::NULL) {
                Types::NUMBER => Known::of(Types::NUMBER | Types::NULL),
                Types::TEXT => Known::of(Types::TEXT | Types::NULL),
                _ => Known::anything(),
            },
            (
                "length" | "tonumber" | "floor" | "ceil" | "round" | "sqrt" | "fabs" | "abs" | "now" | "mktime"
                | "fromdateiso8601" | "fromdate" | "utf8bytelength",
                [],
            ) => Known::of(Types::NUMBER),
            (
                "tostring" | "ascii_downcase" | "ascii_upcase" | "todate" | "todateiso8601" | "tojson" | "ltrimstr" | "rtrimstr"
                | "join" | "type" | "sub" | "gsub" | "strftime",
                _,
            ) => {
                self.all(arguments, input);
                Known::of(Types::TEXT)
            }
            (
                "test" | "startswith" | "endswith" | "has" | "contains" | "not" | "in" | "inside" | "IN" | "isempty" | "isnan",
                _,
            ) => {
                // `IN` and `isempty` hand the input on; the others too, or take texts.
                self.all(arguments, input);
                Known::of(Types::BOOLEAN)
            }
            ("sort" | "unique" | "reverse", []) => Known { types: Types::LIST, ..input.clone() },
            ("keys" | "keys_unsorted", []) => Known::list(Known::of(Types::TEXT | Types::NUMBER)),
            ("to_entries" | "split" | "paths" | "flatten", _) => Known::of(Types::LIST),
            ("numbers", []) => Known::of(Types::NUMBER),
            ("strings", []) => Known::of(Types::TEXT),
            ("empty" | "error", _) => Known::of(Types::NOTHING),
            _ => Known::anything(),
        }
    }
}

/// What an assignment gives: its input, changed. Of an input that is assigned to as a whole, anything may come.
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

/// What `select(. != null)` and `select(.)` leave.
fn select(condition: &Term, input: Known) -> Known {
    let is_null = |term: &Term| term.literal() == Some(&Literal::Null);
    let leaves_null_out = match &condition.bare().kind {
        TermKind::Identity => true,
        TermKind::Binary { operator: Operator::NotEqual, left, right, .. } => {
            matches!(left.bare().kind, TermKind::Identity) && is_null(right)
        }
        _ => false,
    };
    if leaves_null_out {
        return Known { types: input.types.without(Types::NULL), ..input };
    }
    input
}
