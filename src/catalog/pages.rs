//! Pages of the portal: creation of a missing one.

use http::Method;
use serde_json::Value;

use super::Catalog;
use super::call::Call;
use super::error::CatalogError;

impl Catalog {
    /// Creates a page unless one of that name exists; an existing one is not changed. True: it was created.
    ///
    /// # Errors
    /// The catalog refuses or does not answer. No entity depends on it.
    pub async fn create_missing_page(&self, name: &str, page: &Value) -> Result<bool, CatalogError> {
        let call = Call::new(Method::GET, &["pages", name], format!("read page `{name}`"));
        match self.shared.send(&call.needs_no_answer()).await {
            Ok(_) => return Ok(false),
            Err(error) if error.refusal().is_some_and(super::CatalogRefusal::is_missing) => {}
            Err(error) => return Err(error),
        }
        let call = Call::new(Method::POST, &["pages"], format!("create page `{name}`")).json(page).exporter();
        match self.shared.send(&call.needs_no_answer()).await {
            Ok(_) => Ok(true),
            // Another process created it in the meantime, or the answer to a first attempt got lost.
            Err(error) if error.refusal().is_some_and(super::CatalogRefusal::is_taken) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
