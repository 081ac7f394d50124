//! Documents of the portal that show entities: dashboards, which Port calls pages, and scorecards. They are JSON in the form of
//! Port's API. Pure.
//!
//! | subject | file |
//! | --- | --- |
//! | a document, and those that are bundled | this one |
//! | names in a document that no blueprint has, and layouts that the portal refuses | [`check`] |
//! | what a document would change at the portal | [`change`] |
//!
//! A bundled dashboard shows only what Port's widgets express truly: sums of counters by `record_date`, counts of entities by
//! `record_date`, and tables of one day's rates. It has no mean of rates, and nothing by the time of ingestion.

pub mod change;
pub mod check;

use std::collections::BTreeSet;

use serde_json::Value;

pub use change::{PortalChange, changes};
pub use check::{DocumentFault, faults};

/// Types of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentType {
    /// A dashboard.
    Page,
    /// A scorecard, which belongs to a blueprint.
    Scorecard,
}

impl DocumentType {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Scorecard => "scorecard",
        }
    }
}

/// A document of the portal.
#[derive(Clone, Debug, PartialEq)]
pub struct PortalDocument {
    /// Page or scorecard.
    pub document_type: DocumentType,
    /// Identifier, unique among pages, or among the scorecards of a blueprint.
    pub identifier: String,
    /// Title for people.
    pub title: String,
    /// The blueprint of a scorecard.
    pub blueprint: Option<String>,
    /// The document as the API takes it.
    pub body: Value,
}

/// Reasons for which a text is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADocument {
    /// It is no JSON.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// It is no object with an identifier.
    #[error("it is no page and no scorecard: `identifier` is missing")]
    NoIdentifier,
    /// It has neither widgets nor rules.
    #[error("it is no page and no scorecard: it has neither `widgets` nor `rules`")]
    NoType,
    /// A scorecard without its blueprint.
    #[error("the scorecard names no blueprint: add `\"blueprint\": \"…\"` at its top")]
    NoBlueprint,
}

/// The bundled documents, as JSON. They are part of the binary; no file is read at run time.
pub const BUNDLED: [&str; 8] = [
    include_str!("../../../../pages/copilot_usage_metrics.json"),
    include_str!("../../../../pages/copilot_adoption.json"),
    include_str!("../../../../pages/copilot_teams.json"),
    include_str!("../../../../pages/copilot_seats.json"),
    include_str!("../../../../pages/copilot_cost.json"),
    include_str!("../../../../pages/scorecards/copilot_seat_hygiene.json"),
    include_str!("../../../../pages/scorecards/copilot_seat_use.json"),
    include_str!("../../../../pages/scorecards/copilot_team_adoption.json"),
];

/// The bundled documents, in the order in which they are listed.
pub fn bundled() -> Vec<PortalDocument> {
    BUNDLED.iter().filter_map(|text| PortalDocument::read(text).ok()).collect()
}

impl PortalDocument {
    /// Reads a document. One with `rules` is a scorecard, whose file names its `blueprint`; the API has that in the address.
    ///
    /// # Errors
    /// When the text is no document, see [`NotADocument`].
    pub fn read(text: &str) -> Result<Self, NotADocument> {
        let mut body: Value = serde_json::from_str(text).map_err(|error| NotADocument::NotJson(error.to_string()))?;
        let text_of = |body: &Value, key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let identifier = text_of(&body, "identifier").ok_or(NotADocument::NoIdentifier)?;
        let title = text_of(&body, "title").unwrap_or_else(|| identifier.clone());
        let is_list = |key: &str| body.get(key).is_some_and(Value::is_array);
        if is_list("widgets") {
            return Ok(Self { document_type: DocumentType::Page, identifier, title, blueprint: None, body });
        }
        if !is_list("rules") {
            return Err(NotADocument::NoType);
        }
        let blueprint = text_of(&body, "blueprint").ok_or(NotADocument::NoBlueprint)?;
        if let Some(keys) = body.as_object_mut() {
            keys.shift_remove("blueprint");
        }
        Ok(Self { document_type: DocumentType::Scorecard, identifier, title, blueprint: Some(blueprint), body })
    }

    /// The blueprints that the document names, in order.
    pub fn blueprints(&self) -> BTreeSet<String> {
        let mut named: BTreeSet<String> = self.blueprint.iter().cloned().collect();
        check::named_blueprints(&self.body, &mut named);
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::blueprint;

    #[test]
    fn every_bundled_document_names_only_what_its_blueprints_have() {
        let documents = bundled();
        assert_eq!(documents.len(), BUNDLED.len(), "each can be read");
        for document in documents {
            let found = faults(&document, blueprint::bundled);
            assert_eq!(found, [], "{}", document.identifier);
            assert!(!document.blueprints().is_empty(), "{}", document.identifier);
        }
    }

    #[test]
    fn no_bundled_dashboard_of_ours_draws_by_ingestion_time_or_averages_a_rate() {
        // The first is Ocean's, kept as it is.
        for text in &BUNDLED[1..5] {
            assert!(!text.contains("$createdAt") && !text.contains("$updatedAt"), "{text}");
            assert!(!text.contains("\"average\"") && !text.contains("\"median\""), "{text}");
        }
    }

    #[test]
    fn what_is_no_document_is_refused_with_the_reason() {
        for (text, reason) in [
            ("{", "it is not JSON"),
            ("[]", "`identifier` is missing"),
            (r#"{"identifier":"a"}"#, "neither `widgets` nor `rules`"),
            (r#"{"identifier":"a","rules":[]}"#, "names no blueprint"),
        ] {
            let refused = PortalDocument::read(text).unwrap_err().to_string();
            assert!(refused.contains(reason), "{refused}");
        }
    }
}
