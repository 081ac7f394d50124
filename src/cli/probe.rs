//! `pilotage doctor --report-to-port`: tells the catalog the results as those of a probe that its pages asked for.

use jiff::Timestamp;

use super::failure::{Failure, exit};
use super::network::variable;
use super::open_catalog::catalog_failure;
use crate::catalog::Catalog;
use crate::model::diagnosis::{Diagnosis, DiagnosisResult};
use crate::model::probe::{self, ProbeCheck};

/// The variable in which Ocean is given the identifier of a probe.
const PROBE_ID: &str = "OCEAN__PROBE_ID";

/// A probe that is being reported.
pub(super) struct ProbeReport<'a> {
    catalog: &'a Catalog,
    organization: String,
    probe: String,
    started: Timestamp,
}

impl<'a> ProbeReport<'a> {
    /// Tells that the probe has begun, with every kind pending.
    ///
    /// # Errors
    /// Fails when no identifier or no catalog with credentials is given, or the catalog knows no such probe.
    pub(super) async fn begin(
        catalog: Option<&'a Catalog>,
        probe: &str,
        kinds: &[&str],
        started: Timestamp,
    ) -> Result<Self, Failure> {
        let given = Some(probe.to_owned()).filter(|probe| !probe.is_empty());
        let probe = given.or_else(|| variable(PROBE_ID)).filter(|probe| !probe.trim().is_empty()).ok_or_else(|| {
            Failure::wrong("--report-to-port has no probe to report to")
                .help(format!("give the identifier that Port made, after the flag or in {PROBE_ID}"))
        })?;
        let catalog = catalog.ok_or_else(|| {
            Failure::wrong("--report-to-port needs Port, and the settings name no credentials for it")
                .help("set OCEAN__PORT__CLIENT_ID and OCEAN__PORT__CLIENT_SECRET")
        })?;
        let organization = catalog.organization().await.map_err(|error| catalog_failure(exit::FAILED, &error))?.id;
        let report = Self { catalog, organization, probe, started };
        report.send(&probe::pending(kinds), None).await?;
        Ok(report)
    }

    /// Tells the results.
    ///
    /// # Errors
    /// Fails when the catalog does not take them.
    pub(super) async fn end(&self, diagnosis: &Diagnosis, kinds: &[&str], now: Timestamp) -> Result<(), Failure> {
        self.send(&probe::results(diagnosis, kinds), Some((now, diagnosis.verdict))).await
    }

    async fn send(&self, checks: &[ProbeCheck], ended: Option<(Timestamp, DiagnosisResult)>) -> Result<(), Failure> {
        let body = probe::body(checks, self.started, ended);
        let sent = self.catalog.report_probe(&self.organization, &self.probe, &body).await;
        sent.map_err(|error| catalog_failure(exit::FAILED, &error))
    }
}
