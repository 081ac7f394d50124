//! Listing every entity that is ours, page by page.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::Catalog;
use super::call::Call;
use super::error::CatalogError;

/// Entities per page, as Ocean asks for.
const PAGE_ENTITIES: u32 = 5000;
/// Pages at most: a hundred million entities. A listing that goes on longer does not end.
const PAGES_AT_MOST: u32 = 20_000;

/// An entity that is ours.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnedEntity {
    /// The blueprint's identifier.
    pub blueprint: String,
    /// The entity's identifier.
    pub identifier: String,
    /// When it was last written, when the catalog says so.
    #[serde(default, deserialize_with = "moment_or_nothing")]
    pub updated_at: Option<Timestamp>,
}

/// Reads a moment; whatever else stands there counts as not said.
pub(super) fn moment_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(|text| text.parse().ok()))
}

/// The pages of a listing.
#[derive(Debug)]
pub struct OwnedPages {
    catalog: Catalog,
    before: Option<Timestamp>,
    /// Where the next page begins, in the catalog's own terms.
    from: Option<Value>,
    pages: u32,
    is_at_the_end: bool,
}

impl Catalog {
    /// Lists all entities that are ours, whatever their blueprint, in the catalog's order.
    ///
    /// With `before`, only those that were last written earlier; the moment counts to the millisecond.
    pub fn owned(&self, before: Option<Timestamp>) -> OwnedPages {
        OwnedPages { catalog: self.clone(), before, from: None, pages: 0, is_at_the_end: false }
    }
}

impl OwnedPages {
    /// The next page, none after the last one. A page may be empty and yet not the last.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer, or the listing does not get on. What was read until then is part of a listing
    /// only, so nothing may be concluded from what is not in it.
    pub async fn next(&mut self) -> Result<Option<Vec<OwnedEntity>>, CatalogError> {
        #[derive(Deserialize)]
        struct Page {
            entities: Vec<OwnedEntity>,
            #[serde(default)]
            next: Value,
        }
        if self.is_at_the_end {
            return Ok(None);
        }
        let call = self.call();
        let answer = self.catalog.shared.send(&call).await?;
        // Identifiers are shown, kept in reports and sent in addresses. Nothing is really called that way.
        if answer.quotes_secret() {
            return Err(call.misunderstood("it quotes the credential that it was asked with"));
        }
        let page: Page = answer.read(&call)?;
        self.pages += 1;
        if page.next.is_null() || page.next == "" {
            self.is_at_the_end = true;
        } else if self.from.as_ref() == Some(&page.next) || self.pages >= PAGES_AT_MOST {
            return Err(call.misunderstood(format!("the listing does not get on after page {}", self.pages)));
        }
        self.from = Some(page.next);
        Ok(Some(page.entities))
    }

    fn call(&self) -> Call {
        let mut body = json!({
            "datasource_prefix": self.catalog.datasource_prefix(),
            "datasource_suffix": self.catalog.datasource_suffix(),
            "limit": PAGE_ENTITIES,
        });
        if let Some(before) = self.before {
            body["before"] = before.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string().into();
        }
        if let Some(from) = &self.from {
            body["from"] = from.clone();
        }
        let path = ["blueprints", "entities", "datasource-entities"];
        Call::new(Method::POST, &path, "list the entities that are ours").json(&body).exporter()
    }
}
