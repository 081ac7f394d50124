//! Checks a server's certificate, and says of one that is refused what a person needs to mend it: which host presented it,
//! who issued it, and why it is not believed. The checking itself is rustls'.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::trust::Trust;
use crate::model::escape;

/// Certificates of a chain that are looked at. Real ones have two or three; a server may send what it likes.
const CHAIN_AT_MOST: usize = 10;

/// Characters of a name that are shown. A server may send what it likes.
const NAME_AT_MOST: usize = 200;

/// A certificate that was refused. `Display` goes on from "the certificate is not trusted".
#[derive(Debug)]
pub(super) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl StdError for Refused {}

/// The refused certificate among the causes of an error, however deep.
pub(super) fn refused<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Refused> {
    if let Some(Error::InvalidCertificate(CertificateError::Other(OtherError(inner)))) = error.downcast_ref::<Error>() {
        return inner.downcast_ref::<Refused>();
    }
    // An io::Error passes its content over when it is asked for its source.
    let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    inside.and_then(|inside| refused(inside)).or_else(|| error.source().and_then(refused))
}

/// Checks certificates as rustls does, and explains what it refuses.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
    /// Made at the first handshake.
    trusted: OnceLock<TrustedIssuers>,
}

/// Authorities that certificates are checked against.
#[derive(Debug)]
struct TrustedIssuers {
    /// None when there is no authority at all, which rustls refuses. No certificate is trusted then.
    checker: Option<Arc<WebPkiServerVerifier>>,
    known: String,
}

impl Verifier {
    pub(super) fn new(trust: Trust, provider: Arc<CryptoProvider>) -> Self {
        Self { trust, provider, trusted: OnceLock::new() }
    }

    fn trusted(&self) -> &TrustedIssuers {
        self.trusted.get_or_init(|| {
            let authorities = self.trust.authorities();
            let count = authorities.store.len();
            let known = match authorities.origin.as_str() {
                "" => "no authority is known here".to_owned(),
                origin => format!("none of the {count} authorities known here ({origin})"),
            };
            let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(authorities.store), self.provider.clone());
            TrustedIssuers { checker: builder.build().ok(), known }
        })
    }

    fn explain(&self, reason: &CertificateError, chain: &[&CertificateDer<'_>], server: &ServerName<'_>) -> String {
        let host = server.to_str();
        let chain = Chain::read(chain);
        let issued = chain.issued();
        match reason {
            CertificateError::UnknownIssuer if self.trusted().checker.is_none() => {
                format!("{host} presents one {issued}, and {}", self.trusted().known)
            }
            CertificateError::UnknownIssuer => format!("{host} presents one {issued}, which is {}", self.trusted().known),
            CertificateError::ExpiredContext { time, not_after } => {
                format!("{host} presents one {issued} that expired at {}; it is {} now", moment(*not_after), moment(*time))
            }
            CertificateError::NotValidYetContext { time, not_before } => {
                format!("{host} presents one {issued} that holds from {}; it is {} now", moment(*not_before), moment(*time))
            }
            CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
                format!("{host} presents one {issued} for no host at all")
            }
            CertificateError::NotValidForNameContext { presented, .. } => {
                let names: Vec<String> = presented.iter().take(CHAIN_AT_MOST).map(|name| written(name)).collect();
                format!("{host} presents one {issued} for other hosts: {}", names.join(", "))
            }
            CertificateError::BadSignature => {
                format!("{host} presents one {issued}, but another authority of that name is known here")
            }
            // Whoever makes a certificate with `openssl req -x509` makes one of an authority.
            CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
                format!("{host} presents one {issued} that is itself an authority's, which cannot stand for a host")
            }
            other => format!("{host} presents one {issued} that cannot be checked: {other}"),
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let checked = match &self.trusted().checker {
            Some(checker) => checker.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            None => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        };
        checked.map_err(|error| match error {
            Error::InvalidCertificate(reason) => {
                let chain: Vec<_> = [end_entity].into_iter().chain(intermediates).take(CHAIN_AT_MOST).collect();
                let refused = Refused(self.explain(&reason, &chain, server_name));
                Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refused))))
            }
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Issuer of a chain of certificates.
struct Chain {
    /// The last issuer on the way up from the host's certificate: the one that would have to be known.
    issuer: Option<String>,
    is_self_signed: bool,
}

impl Chain {
    /// Takes the host's certificate, then the others in whatever order they came.
    fn read(chain: &[&CertificateDer<'_>]) -> Self {
        let mut certificates: Vec<Certificate> = chain.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
        if certificates.is_empty() {
            return Self { issuer: None, is_self_signed: false };
        }
        let first = certificates.remove(0);
        let is_self_signed = first.tbs_certificate().issuer() == first.tbs_certificate().subject();
        let mut issuer = first.tbs_certificate().issuer().clone();
        // Each step uses one certificate up, so a circle ends.
        while let Some(next) = certificates.iter().position(|above| *above.tbs_certificate().subject() == issuer) {
            issuer = certificates.remove(next).tbs_certificate().issuer().clone();
        }
        Self { issuer: Some(plain(&issuer.to_string())), is_self_signed }
    }

    fn issued(&self) -> String {
        match (&self.issuer, self.is_self_signed) {
            (None, _) => "that is no certificate".to_owned(),
            (Some(name), true) => format!("that `{name}` issued to itself"),
            (Some(name), false) => format!("issued by `{name}`"),
        }
    }
}

/// A name from outside, fit for a terminal: escaped, and not without end.
fn plain(name: &str) -> String {
    let shortened: String = name.chars().take(NAME_AT_MOST).collect();
    escape::text(&shortened).into_owned()
}

/// A host of a certificate as people write it. rustls hands over `DnsName("api.acme.test")` and `IpAddress(10.0.0.1)`.
fn written(presented: &str) -> String {
    let inside = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    plain(inside.unwrap_or(presented).trim_matches('"'))
}

fn moment(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    seconds.map_or_else(|| format!("second {}", time.as_secs()), |moment| moment.to_string())
}
