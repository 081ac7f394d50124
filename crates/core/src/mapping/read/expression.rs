//! Reads expressions and the search queries that are made of them.

use std::sync::Arc;

use super::reader::{Here, Reader};
use crate::mapping::codes;
use crate::mapping::file::{Expression, Named, Template};
use crate::mapping::finding::Finding;
use crate::mapping::tree::Tree;

const QUERY_KEYS: &[&str] = &["combinator", "rules"];
const RULE_KEYS: &[&str] = &["property", "operator", "value"];

impl Reader<'_> {
    pub(super) fn expression(&mut self, here: &Here<'_>) -> Option<Expression> {
        match &here.node.tree {
            Tree::Text { text, plain } => {
                if *plain && looks_typed(text) {
                    let finding = Finding::note(codes::TAKEN_AS_TEXT, format!("`{text}` is taken as the jq expression `{text}`"))
                        .at(self.at(here))
                        .help(format!("write `'{text}'` to say so"));
                    self.say(finding);
                }
                Some(Expression {
                    text: text.clone(),
                    path: here.path.clone(),
                    file: Arc::clone(&self.file),
                    place: here.node.place.clone(),
                    key: here.key.cloned(),
                })
            }
            Tree::Null => {
                let finding = Finding::error(codes::NULL_EXPRESSION, format!("`{}` has no expression", here.path))
                    .at(self.at(here))
                    .help("write `'null'` to send null, or remove the key to leave the property alone");
                self.say(finding);
                None
            }
            Tree::List(_) | Tree::Object(_) => {
                self.wrong_type(here, "a jq expression");
                if let Some(finding) = self.findings.last_mut() {
                    finding.help = Some("jq that begins with `[` or `{` must be quoted, or put in a block: `key: |-`".to_owned());
                }
                None
            }
        }
    }

    pub(super) fn template(&mut self, here: &Here<'_>) -> Option<Template> {
        match &here.node.tree {
            Tree::Object(_) => self.query(here),
            Tree::List(_) => {
                self.wrong_type(here, "a jq expression or a search query (`combinator` and `rules`)");
                None
            }
            _ => self.expression(here).map(Template::Expression),
        }
    }

    /// A search query: `combinator` and `rules`, whose elements are rules or queries.
    pub(super) fn query(&mut self, here: &Here<'_>) -> Option<Template> {
        let entries = self.object(here)?;
        self.unknown_keys(here, entries, QUERY_KEYS);
        let combinator = self.required(here, entries, "combinator", "combinator: '\"and\"'");
        let combinator = combinator.and_then(|here| self.expression(&here));
        let rules = self.required(here, entries, "rules", "rules: […]");
        let rules = rules.and_then(|rules| {
            let list = self.list(&rules)?;
            let all: Vec<_> = list.iter().enumerate().map(|(index, node)| self.rule(&rules.element(index, node))).collect();
            all.into_iter().collect::<Option<Vec<_>>>()
        });
        Some(Template::Object(Named(vec![
            ("combinator".to_owned(), Template::Expression(combinator?)),
            ("rules".to_owned(), Template::List(rules?)),
        ])))
    }

    pub(super) fn rule(&mut self, here: &Here<'_>) -> Option<Template> {
        let entries = self.object(here)?;
        if entries.iter().any(|entry| QUERY_KEYS.contains(&entry.key.as_str())) {
            return self.query(here);
        }
        self.unknown_keys(here, entries, RULE_KEYS);
        let all: Vec<_> = [("property", "'\"$identifier\"'"), ("operator", "'\"=\"'"), ("value", ".id")]
            .into_iter()
            .map(|(key, example)| {
                let found = self.required(here, entries, key, &format!("{key}: {example}"))?;
                Some((key.to_owned(), Template::Expression(self.expression(&found)?)))
            })
            .collect();
        all.into_iter().collect::<Option<_>>().map(|all| Template::Object(Named(all)))
    }
}

/// True for a text that YAML without quotes reads as a boolean or a number.
pub(super) fn looks_typed(text: &str) -> bool {
    let word = matches!(text.to_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off");
    word || (text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) && text.parse::<f64>().is_ok())
}
