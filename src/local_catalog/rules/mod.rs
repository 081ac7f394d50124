//! Search queries: parsing and matching. Pure. [`super::search`] selects the rows that are compared.
//!
//! Not served, and refused by name: `relatedTo`, `matchAny`, `isExpired`, `isNotExpired` and `propertySchema` rules.

mod compare;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::Value;

use compare::Operator;

/// Deepest nesting: parsing and evaluation are recursive.
const DEPTH_LIMIT: usize = 32;

/// Rules of one query, groups included. Each entity is compared with each of them. Clients that search for many values use one
/// rule with many values.
const RULES_LIMIT: usize = 500;

/// Rules with their combinator.
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

/// Subject of rules. Names as in rules: `$identifier`, `$updatedAt` and so on, else a property or a relation.
pub(crate) trait RuleSubject {
    /// Value of a name. Null when absent.
    fn value(&self, name: &str) -> Value;
}

impl Query {
    /// Parses `{"combinator": "and" | "or", "rules": [..]}`.
    ///
    /// # Errors
    /// Message for a 422, with the problem.
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

    /// Checks whether an entity matches. An empty group matches everything.
    pub(crate) fn matches(&self, subject: &dyn RuleSubject, now: Timestamp) -> bool {
        if self.rules.is_empty() {
            return true;
        }
        let mut results = self.rules.iter().map(|rule| match rule {
            Rule::Group(query) => query.matches(subject, now),
            Rule::Compare { subject: name, operator } => operator.holds(&subject.value(name), now),
        });
        if self.all { results.all(|holds| holds) } else { results.any(|holds| holds) }
    }

    /// All values that `name` can have in a matching entity, if the query limits it by `=` or `in`, for the use of an index.
    /// None without a limit.
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

    /// Beginning that `name` has in each matching entity, for the use of an index. None when the query asks for none.
    pub(crate) fn prefix(&self, name: &str) -> Option<&str> {
        if !self.all && self.rules.len() != 1 {
            return None;
        }
        self.rules.iter().find_map(|rule| match rule {
            Rule::Group(query) => query.prefix(name),
            Rule::Compare { subject, operator } if subject == name => operator.prefix(),
            Rule::Compare { .. } => None,
        })
    }

    /// Whether the query looks at nothing but these names.
    pub(crate) fn looks_only_at(&self, names: &[&str]) -> bool {
        self.rules.iter().all(|rule| match rule {
            Rule::Group(query) => query.looks_only_at(names),
            Rule::Compare { subject, .. } => names.contains(&subject.as_str()),
        })
    }

    /// Whether a rule of the query looks at a name.
    pub(crate) fn looks_at(&self, name: &str) -> bool {
        self.rules.iter().any(|rule| match rule {
            Rule::Group(query) => query.looks_at(name),
            Rule::Compare { subject, .. } => subject == name,
        })
    }

    /// Checks for the operators that the API allows in a query for an identifier or a relation: `=`, `in`, `contains` and
    /// `containsAny`, nested or not.
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
            return Err("operator \"relatedTo\" is not supported by the local catalog".to_owned());
        }
        let subject = object.get("property").and_then(Value::as_str).ok_or("rule must have required property 'property'")?;
        let operator = Operator::parse(operator, object.get("value"))?;
        Ok(Self::Compare { subject: subject.to_owned(), operator })
    }
}
