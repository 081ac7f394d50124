//! Trusted certificates: the system's authorities, and those that variables of the environment name.
//!
//! OpenSSL's variables take the place of the system's authorities. Here they are added to them: whoever names the authority of
//! a proxy still wants to reach what is not behind it.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::bundle::Bundle;
use super::variables::{NetworkError, Variables, first};

/// Variables that name a file with authorities, in PEM.
const FILE_VARIABLES: &[&str] = &["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"];

/// The variable that names folders with authorities, a file each, separated as in `PATH`.
const FOLDER_VARIABLE: &str = "SSL_CERT_DIR";

/// Folder of additional authorities on Debian and its derivatives; Ocean's chart mounts one here. Ocean's image copies them into
/// the system's bundle when it starts. Our image cannot be written to, so they are read here.
const OWN_AUTHORITIES: &str = "/usr/local/share/ca-certificates";

/// Every variable that is read here.
pub const TRUST_VARIABLES: &[&str] = &["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"];

/// Remedy for a certificate that is not trusted.
pub const CERTIFICATE_HELP: &str = "if its issuer is an authority of your own, such as that of a proxy, name the PEM file that holds it in \
     SSL_CERT_FILE (or SSL_CERT_DIR, REQUESTS_CA_BUNDLE); the system's authorities stay trusted beside it";

/// Authorities that variables name.
#[derive(Debug)]
pub(super) struct Trust {
    /// Variables and paths, each with its certificates.
    named: Vec<Named>,
    /// A sentence for each file with certificates that cannot be read.
    unread: Vec<String>,
}

/// The trusted authorities.
pub(super) struct Authorities {
    /// Without doubles.
    pub(super) store: RootCertStore,
    /// Number of certificates by origin, for people: `141 of the system, 1 of SSL_CERT_FILE`.
    pub(super) origin: String,
}

impl Trust {
    /// Reads the certificates that variables name.
    ///
    /// # Errors
    /// Fails when a variable names a file that cannot be read, or that has no certificate.
    pub(super) fn read(variables: Variables<'_>) -> Result<Self, NetworkError> {
        let (mut named, mut unread) = (Vec::new(), Vec::new());
        for name in FILE_VARIABLES {
            // The name is spelt in capitals only, as OpenSSL and Python's requests do.
            if let Some((variable, value)) = first(variables, &[*name]) {
                let (source, sentence) = of_file(variable, &value)?;
                named.push(source);
                unread.extend(sentence);
            }
        }
        if let Some((variable, value)) = first(variables, &[FOLDER_VARIABLE]) {
            let folders: Vec<PathBuf> = std::env::split_paths(&value).filter(|folder| folder.is_dir()).collect();
            let mut certificates = Vec::new();
            for folder in &folders {
                // A folder holds other things too, so what is no certificate there is passed over.
                certificates.extend(rustls_native_certs::load_certs_from_paths(None, Some(folder)).certs);
            }
            if folders.is_empty() {
                let expected = "folders that are there, with a PEM file for each certificate".to_owned();
                return Err(NetworkError::Variable { variable, found: format!("`{value}`"), expected });
            }
            named.push((variable, certificates));
        }
        Ok(Self { named, unread })
    }

    /// A sentence for each file with certificates that cannot be read. The authority that is needed may be another one, or the one.
    pub(super) fn unread(&self) -> impl Iterator<Item = &str> {
        self.unread.iter().map(String::as_str)
    }

    /// These authorities and, read only now, those of the system: they are some hundred, and a process that meets no TLS needs
    /// none. What the system has and cannot be read counts as not there, because nobody here asked for it.
    pub(super) fn authorities(&self) -> Authorities {
        let mut sources = vec![("the system".to_owned(), of_the_system())];
        let own = Path::new(OWN_AUTHORITIES);
        if own.is_dir() {
            sources.push((OWN_AUTHORITIES.to_owned(), rustls_native_certs::load_certs_from_paths(None, Some(own)).certs));
        }
        sources.extend(self.named.iter().cloned());
        Authorities::of(sources)
    }
}

impl Authorities {
    fn of(sources: Vec<(String, Vec<CertificateDer<'static>>)>) -> Self {
        let mut all: Vec<CertificateDer<'static>> = Vec::new();
        let mut origin = Vec::new();
        for (source, certificates) in sources {
            let before = all.len();
            for certificate in certificates {
                // A few hundred at most, so looking at all of them is quick.
                if !all.contains(&certificate) {
                    all.push(certificate);
                }
            }
            if all.len() > before {
                origin.push(format!("{} of {source}", all.len() - before));
            }
        }
        let mut store = RootCertStore::empty();
        // Some systems carry authorities too old to be understood. Nobody needs those.
        store.add_parsable_certificates(all);
        Self { store, origin: origin.join(", ") }
    }
}

/// The system's own, whatever the environment says.
fn of_the_system() -> Vec<CertificateDer<'static>> {
    let named_elsewhere = TRUST_VARIABLES.iter().any(|name| std::env::var_os(name).is_some());
    if !named_elsewhere || cfg!(any(target_os = "macos", windows)) {
        return rustls_native_certs::load_native_certs().certs;
    }
    // Both libraries obey SSL_CERT_FILE in place of the system's file. The system's folder holds the same certificates, in a
    // bundle or one by one.
    let folders = openssl_probe::candidate_cert_dirs();
    folders.flat_map(|folder| rustls_native_certs::load_certs_from_paths(None, Some(folder)).certs).collect()
}

/// A variable or path, and its certificates.
type Named = (String, Vec<CertificateDer<'static>>);

/// The authorities of a PEM file, with the variable that names it, and a sentence when some cannot be read. Those take no others
/// with them.
fn of_file(variable: String, value: &str) -> Result<(Named, Option<String>), NetworkError> {
    let wrong = |reason: String| NetworkError::Variable {
        variable: variable.clone(),
        found: format!("`{value}`"),
        expected: format!("the path of a PEM file with a certificate: {reason}"),
    };
    let content = std::fs::read(value).map_err(|error| wrong(error.to_string()))?;
    let Bundle { certificates, unreadable } = Bundle::read(&content);
    if certificates.is_empty() {
        return Err(wrong(unreadable.first().map_or_else(|| "it holds none".to_owned(), ToString::to_string)));
    }
    let Some(first) = unreadable.first() else { return Ok(((variable, certificates), None)) };
    let further = match unreadable.len() - 1 {
        0 => String::new(),
        further => format!(", and {further} more like it"),
    };
    let sentence = format!("{variable}: {first}, so its issuer is not trusted{further}");
    Ok(((format!("{variable}, of which {first}{further}"), certificates), Some(sentence)))
}
