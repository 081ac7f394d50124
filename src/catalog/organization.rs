//! Organization at the catalog, and its features.

use http::Method;
use serde::Deserialize;

use super::Catalog;
use super::call::Call;
use super::error::CatalogError;

/// Organization of the credentials.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogOrganization {
    /// Identifier.
    #[serde(default)]
    pub id: String,
    /// Names of its enabled features.
    #[serde(default)]
    pub feature_flags: Vec<String>,
}

impl Catalog {
    /// Reads the organization of the credentials.
    ///
    /// # Errors
    /// The catalog refuses or does not answer.
    pub async fn organization(&self) -> Result<CatalogOrganization, CatalogError> {
        #[derive(Deserialize)]
        struct OrganizationAnswer {
            organization: CatalogOrganization,
        }
        let call = Call::new(Method::GET, &["organization"], "read the organization");
        let found: OrganizationAnswer = self.shared.send(&call).await?.read(&call)?;
        Ok(found.organization)
    }

    /// Lists the types of integrations for which the catalog itself provides blueprints and mapping.
    ///
    /// # Errors
    /// The catalog refuses or does not answer.
    pub async fn provisioned_integration_types(&self) -> Result<Vec<String>, CatalogError> {
        #[derive(Deserialize)]
        struct ProvisionedTypesAnswer {
            #[serde(default)]
            integrations: Vec<String>,
        }
        let call = Call::new(Method::GET, &["integration", "provision-enabled"], "read which integrations are provisioned");
        let found: ProvisionedTypesAnswer = self.shared.send(&call).await?.read(&call)?;
        Ok(found.integrations)
    }
}
