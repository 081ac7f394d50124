//! Results of a probe of the connection, which the portal asked for. The address is the one that Ocean's client writes to.

use http::Method;
use serde_json::Value;

use super::Catalog;
use super::call::Call;
use super::error::CatalogError;

impl Catalog {
    /// Tells how far a probe is. `organization` is that of the credentials, see [`Catalog::organization`].
    ///
    /// # Errors
    /// The catalog refuses or does not answer: it knows no such probe.
    pub async fn report_probe(&self, organization: &str, probe: &str, body: &Value) -> Result<(), CatalogError> {
        let segments = ["org", organization, "integration", "probe", probe];
        let call = Call::new(Method::PATCH, &segments, format!("report the probe `{probe}`")).json(body);
        self.shared.send(&call).await.map(drop)
    }
}
