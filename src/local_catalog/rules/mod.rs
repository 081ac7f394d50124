//! Search queries: reading them, and deciding whether an entity matches. Pure. Which rows are looked at is
//! [`super::search`]'s choice.
//!
//! Not served, and refused by name: `relatedTo`, `matchAny`, `isExpired`, `isNotExpired` and `propertySchema` rules.

mod compare;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::Value;

use compare::Operator;

/// Deeper nesting than this is refused: it is read and evaluated recursively.
const DEPTH_LIMIT: usize = 32;

/// Rules of one query, groups included. Each is held against each entity: a client that asks for much writes one rule with many values.
const RULES_LIMIT: usize = 500;

/// Rules, and how they go together.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    all: bool,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
enum Rule {
    Group(Query),
    Compare { subject: String, operator: Operator },
}

/// What a rule can be asked about. Names as in rules: `$identifier`, `$updatedAt` and so on, else a property or a relation.
pub(crate) trait Subject {
    /// Null when there is none.
    fn value(&self, name: &str) -> Value;
}

impl Query {
    /// Reads `{"combinator": "and" | "or", "rules": [..]}`.
    ///
    /// # Errors
    /// A sentence that names what is wrong, for a 422.
    pub(crate) fn parse(value: &Value) -> Result<Self, String> {
        Self::parse_nested(value, DEPTH_LIMIT, &mut 0)
    }

    fn parse_nested(value: &Value, depth: usize, count: &mut usize) -> Result<Self, String> {
        let object = value.as_object().ok_or("query must be object")?;
        if depth == 0 {
            return Err(format!("query must NOT be nested deeper than {DEPTH_LIMIT} levels"));
        }
        let all = match object.get("combinator").map(|combinator| (combinator, combinator.as_str())) {
            None => return Err("query must have required property 'combinator'".to_owned()),
            Some((_, Some(word))) if word.eq_ignore_ascii_case("and") => true,
            Some((_, Some(word))) if word.eq_ignore_ascii_case("or") => false,
            Some((other, _)) => return Err(format!("combinator must be \"and\" or \"or\", not {other}")),
        };
        let rules = object.get("rules").ok_or("query must have required property 'rules'")?;
        let rules = rules.as_array().ok_or("rules must be array")?;
        *count += rules.len();
        if *count > RULES_LIMIT {
            return Err(format!("query must NOT have more than {RULES_LIMIT} rules"));
        }
        let rules = rules.iter().map(|rule| Rule::parse(rule, depth - 1, count)).collect::<Result<_, _>>()?;
        Ok(Self { all, rules })
    }

    /// Whether an entity matches. A group without rules restricts nothing.
    pub(crate) fn matches(&self, subject: &dyn Subject, now: Timestamp) -> bool {
        if self.rules.is_empty() {
            return true;
        }
        let mut results = self.rules.iter().map(|rule| match rule {
            Rule::Group(query) => query.matches(subject, now),
            Rule::Compare { subject: name, operator } => operator.holds(&subject.value(name), now),
        });
        if self.all { results.all(|holds| holds) } else { results.any(|holds| holds) }
    }

    /// The only values that `name` can have in an entity that matches, when the query says so by `=` or `in`: what makes an
    /// index useful. None when it can be anything.
    pub(crate) fn only_values(&self, name: &str) -> Option<Vec<String>> {
        if !self.all && self.rules.len() != 1 {
            return None;
        }
        self.rules.iter().find_map(|rule| match rule {
            Rule::Group(query) => query.only_values(name),
            Rule::Compare { subject, operator } if subject == name => operator.only_texts(),
            Rule::Compare { .. } => None,
        })
    }

    /// Whether the query keeps to what the API allows where a query stands for an identifier or a relation:
    /// `=`, `in`, `contains` and `containsAny`, nested or not.
    pub(crate) fn is_plain(&self) -> bool {
        self.rules.iter().all(|rule| match rule {
            Rule::Group(query) => query.is_plain(),
            Rule::Compare { operator, .. } => operator.is_plain(),
        })
    }
}

impl Rule {
    fn parse(value: &Value, depth: usize, count: &mut usize) -> Result<Self, String> {
        let object = value.as_object().ok_or("rule must be object")?;
        if object.contains_key("combinator") || object.contains_key("rules") {
            return Query::parse_nested(value, depth, count).map(Self::Group);
        }
        let operator = object.get("operator").and_then(Value::as_str).ok_or("rule must have required property 'operator'")?;
        if operator == "relatedTo" {
            return Err("operator \"relatedTo\" is not served by the local catalog".to_owned());
        }
        let subject = object.get("property").and_then(Value::as_str).ok_or("rule must have required property 'property'")?;
        let operator = Operator::parse(operator, object.get("value"))?;
        Ok(Self::Compare { subject: subject.to_owned(), operator })
    }
}
