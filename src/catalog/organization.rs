//! The organization at the catalog, and what it has switched on.

use http::Method;
use serde::Deserialize;

use super::Catalog;
use super::call::Call;
use super::error::CatalogError;

/// The organization that the credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Names of what is switched on for it.
    #[serde(default)]
    pub feature_flags: Vec<String>,
}

impl Catalog {
    /// The organization that the credentials belong to.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer.
    pub async fn organization(&self) -> Result<Organization, CatalogError> {
        #[derive(Deserialize)]
        struct Found {
            organization: Organization,
        }
        let call = Call::new(Method::GET, &["organization"], "read the organization");
        let found: Found = self.shared.send(&call).await?.read(&call)?;
        Ok(found.organization)
    }

    /// Types of integrations whose blueprints and mapping the catalog itself provides.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer.
    pub async fn provisioned_integration_types(&self) -> Result<Vec<String>, CatalogError> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(default)]
            integrations: Vec<String>,
        }
        let call = Call::new(Method::GET, &["integration", "provision-enabled"], "read which integrations are provisioned");
        let found: Found = self.shared.send(&call).await?.read(&call)?;
        Ok(found.integrations)
    }
}
