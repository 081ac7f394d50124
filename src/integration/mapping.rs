//! Where the mapping comes from: the file that was named, else the integration at the catalog, else the bundled one. An
//! integration's empty mapping is a mapping: it asks for nothing.

use std::path::PathBuf;

use serde_json::Value;

use crate::catalog::{Catalog, CatalogError, Integration};
use crate::mapping::file::Mapping;
use crate::mapping::finding::Finding;

/// Where to look for a mapping.
#[derive(Clone, Debug)]
pub struct MappingSource {
    /// The file that was named.
    pub file: Option<PathBuf>,
    /// The bundled mapping's text, and its name in messages.
    pub bundled: (&'static str, &'static str),
}

/// A mapping as it was found, good or not.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it comes from, in words.
    pub name: String,
    /// Its content, to tell by whether it has changed.
    pub content: Value,
    /// The mapping; none when it cannot be used.
    pub mapping: Option<Mapping>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// Why there is no mapping, good or not.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be read.
    #[error("cannot read the mapping `{}`", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The catalog cannot be asked.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl MappingSource {
    /// Reads the mapping. A file is read without asking anybody.
    ///
    /// # Errors
    /// [`SourceError`], see there.
    pub async fn read(&self, catalog: &Catalog) -> Result<Found, SourceError> {
        match self.in_file()? {
            Some(found) => Ok(found),
            None => Ok(self.at(catalog.integration().await?.as_ref())),
        }
    }

    /// The mapping of the file, when one was named.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn in_file(&self) -> Result<Option<Found>, SourceError> {
        let Some(file) = &self.file else { return Ok(None) };
        let text = std::fs::read_to_string(file).map_err(|error| SourceError::File { file: file.clone(), error })?;
        let name = file.display().to_string();
        let (mapping, findings) = Mapping::read(&text, &name);
        Ok(Some(found(name, mapping, findings, || Value::String(text))))
    }

    /// The mapping of the integration, else the bundled one.
    pub fn at(&self, integration: Option<&Integration>) -> Found {
        let config = integration.and_then(|integration| integration.config.as_ref());
        let (text, name) = self.bundled;
        match config.filter(|config| !config.is_null()) {
            Some(config) => {
                let (mapping, findings) = Mapping::from_json(config);
                found("the integration's mapping at the catalog".to_owned(), mapping, findings, || config.clone())
            }
            None => {
                let (mapping, findings) = Mapping::read(text, name);
                found(name.to_owned(), mapping, findings, Value::default)
            }
        }
    }
}

/// A good mapping's content is what it says, however it is written: the catalog may write it another way than it was sent.
fn found(name: String, mapping: Option<Mapping>, findings: Vec<Finding>, as_written: impl FnOnce() -> Value) -> Found {
    let content = mapping.as_ref().map_or_else(as_written, Mapping::to_json);
    Found { name, content, mapping, findings }
}
