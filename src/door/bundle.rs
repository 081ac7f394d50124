//! Certificates of a PEM file. An unreadable one is reported and does not affect the others. Pure.

use std::fmt;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Contents of a PEM file.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    /// Readable certificates, in order.
    pub(super) certificates: Vec<CertificateDer<'static>>,
    /// Unreadable certificates.
    pub(super) unreadable: Vec<Unreadable>,
}

/// Unreadable certificate. Displays as `the certificate at line 3 has no END line`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// Line of its BEGIN, counted from 1.
    line: usize,
    problem: &'static str,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the certificate at line {} {}", self.line, self.problem)
    }
}

impl Bundle {
    /// Parses a file. Text between certificates is skipped: people write names there, in any encoding.
    pub(super) fn read(content: &[u8]) -> Self {
        let mut bundle = Self::default();
        let mut open: Option<(usize, String)> = None;
        for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
            let line = String::from_utf8_lossy(line);
            let line = line.trim();
            match (line, &mut open) {
                (BEGIN, _) => {
                    if let Some((line, _)) = open.replace((index + 1, format!("{BEGIN}\n"))) {
                        bundle.unreadable.push(Unreadable { line, problem: "has no END line" });
                    }
                }
                (END, Some((begin, text))) => {
                    text.push_str(END);
                    match certificate(text) {
                        Ok(certificate) => bundle.certificates.push(certificate),
                        Err(problem) => bundle.unreadable.push(Unreadable { line: *begin, problem }),
                    }
                    open = None;
                }
                (line, Some((_, text))) => {
                    text.push_str(line);
                    text.push('\n');
                }
                _ => {}
            }
        }
        if let Some((line, _)) = open {
            bundle.unreadable.push(Unreadable { line, problem: "has no END line" });
        }
        bundle
    }
}

fn certificate(text: &str) -> Result<CertificateDer<'static>, &'static str> {
    let certificate = CertificateDer::from_pem_slice(text.as_bytes()).map_err(|_| "is no base64")?;
    RootCertStore::empty().add(certificate.clone()).map_err(|_| "is not a readable certificate")?;
    Ok(certificate)
}
