//! Choice of the mapping: the named file, else the integration's mapping at the catalog, else the bundled one. An empty mapping at
//! the catalog is a mapping that reads nothing.

use std::path::PathBuf;

use serde_json::Value;

use crate::catalog::{Catalog, CatalogError, Integration};
use crate::mapping::bundled;
use crate::mapping::file::Mapping;
use crate::mapping::finding::Finding;
use crate::model::mapping_origin::MappingOrigin;

/// Places of a mapping in the order of their precedence.
#[derive(Clone, Debug)]
pub struct MappingSource {
    /// Named file, or the name of a bundled mapping.
    pub file: Option<PathBuf>,
    /// Text of the bundled mapping, and its name in messages.
    pub bundled: (&'static str, &'static str),
}

/// Mapping that was found, usable or not.
#[derive(Clone, Debug)]
pub struct FoundMapping {
    /// Place that it was read from.
    pub origin: MappingOrigin,
    /// Name of that place, for messages.
    pub name: String,
    /// Content, for comparison with a later one.
    pub content: Value,
    /// The mapping. None: it cannot be used.
    pub mapping: Option<Mapping>,
    /// Findings of reading it.
    pub findings: Vec<Finding>,
}

/// Reason why no mapping could be read.
#[derive(Debug, thiserror::Error)]
pub enum MappingSourceError {
    /// The file cannot be read.
    #[error("cannot read the mapping `{}`", file.display())]
    File {
        /// Path of the file.
        file: PathBuf,
        /// Cause.
        #[source]
        error: std::io::Error,
    },
    /// The catalog refused or did not answer.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl MappingSource {
    /// Reads the mapping. With a named file no request is sent.
    ///
    /// # Errors
    /// [`MappingSourceError`], see there.
    pub async fn read(&self, catalog: &Catalog) -> Result<FoundMapping, MappingSourceError> {
        match self.read_file()? {
            Some(found) => Ok(found),
            None => Ok(self.of_integration(catalog.integration().await?.as_ref())),
        }
    }

    /// Reads the named file, or the bundled mapping of that name. None: neither is named.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_file(&self) -> Result<Option<FoundMapping>, MappingSourceError> {
        let Some(file) = &self.file else { return Ok(None) };
        if let Some(bundled) = bundled::at(file) {
            let (mapping, findings) = Mapping::read(bundled.text, bundled.file);
            return Ok(Some(found(MappingOrigin::Bundled(bundled.file.to_owned()), mapping, findings, Value::default)));
        }
        let text = std::fs::read_to_string(file).map_err(|error| {
            // A word may be a misspelt name.
            let remedy = bundled::remedy(file).filter(|_| error.kind() == std::io::ErrorKind::NotFound);
            let error = remedy.map_or(error, |remedy| std::io::Error::new(std::io::ErrorKind::NotFound, remedy));
            MappingSourceError::File { file: file.clone(), error }
        })?;
        let name = file.display().to_string();
        let (mapping, findings) = Mapping::read(&text, &name);
        Ok(Some(found(MappingOrigin::File(name), mapping, findings, || Value::String(text))))
    }

    /// Mapping of the integration, else the bundled one.
    pub fn of_integration(&self, integration: Option<&Integration>) -> FoundMapping {
        let config = integration.and_then(|integration| integration.config.as_ref());
        let (text, name) = self.bundled;
        match config.filter(|config| !config.is_null()) {
            Some(config) => {
                let (mapping, findings) = Mapping::from_json(config);
                found(MappingOrigin::Catalog, mapping, findings, || config.clone())
            }
            None => {
                let (mapping, findings) = Mapping::read(text, name);
                found(MappingOrigin::Bundled(name.to_owned()), mapping, findings, Value::default)
            }
        }
    }
}

/// The content of a usable mapping is its normal form, because the catalog may return it with another layout than it was sent.
fn found(
    origin: MappingOrigin,
    mapping: Option<Mapping>,
    findings: Vec<Finding>,
    as_written: impl FnOnce() -> Value,
) -> FoundMapping {
    let name = match &origin {
        MappingOrigin::File(name) | MappingOrigin::Bundled(name) => name.clone(),
        MappingOrigin::Catalog => "the integration's mapping at the catalog".to_owned(),
    };
    let content = mapping.as_ref().map_or_else(as_written, Mapping::to_json);
    FoundMapping { origin, name, content, mapping, findings }
}
