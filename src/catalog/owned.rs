//! Listing of all owned entities, page by page.

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Catalog;
use super::call::Call;
use super::error::CatalogError;
use crate::model::current::{OwnedEntity, OwnedPage};

/// Entities per page; Ocean uses the same number.
const PAGE_ENTITIES: u32 = 5000;
/// Highest number of pages: a hundred million entities. A longer listing is taken to be endless.
const PAGES_AT_MOST: u32 = 20_000;

/// Pages of a listing.
#[derive(Debug)]
pub struct OwnedPages {
    catalog: Catalog,
    before: Option<Timestamp>,
    /// Cursor of the next page, in the catalog's form.
    from: Option<Value>,
    pages: u32,
    is_finished: bool,
}

impl Catalog {
    /// Lists all owned entities of all blueprints, in the catalog's order.
    ///
    /// With `before`, only entities whose last write is earlier, to the millisecond.
    pub fn owned(&self, before: Option<Timestamp>) -> OwnedPages {
        OwnedPages { catalog: self.clone(), before, from: None, pages: 0, is_finished: false }
    }
}

impl OwnedPages {
    /// Reads the next page. None: after the last one. A page may be empty without being the last.
    ///
    /// # Errors
    /// The catalog refuses or does not answer, or the listing does not advance. The pages read until then are incomplete, so
    /// they prove nothing about entities that are not in them.
    pub async fn next(&mut self) -> Result<Option<Vec<OwnedEntity>>, CatalogError> {
        if self.is_finished {
            return Ok(None);
        }
        let call = self.call();
        let answer = self.catalog.shared.send(&call).await?;
        // Identifiers are shown, kept in reports and sent in addresses, so a secret must not be among them.
        if answer.quotes_secret() {
            return Err(call.unexpected_answer("it quotes the credential of the request"));
        }
        let page = answer.read_by(OwnedPage::read, &call)?;
        self.pages += 1;
        if page.next.is_null() || page.next == "" {
            self.is_finished = true;
        } else if self.from.as_ref() == Some(&page.next) || self.pages >= PAGES_AT_MOST {
            return Err(call.unexpected_answer(format!("the listing does not advance after page {}", self.pages)));
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
