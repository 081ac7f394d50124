//! The place that the mapping of a run comes from, for headers and run reports.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The place that a mapping comes from. In JSON: `{"from": "file", "name": "usage.yaml"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", content = "name", rename_all = "kebab-case")]
pub enum MappingOrigin {
    /// A file, by its path as it was given.
    File(String),
    /// A mapping that is built into the program, by its name in messages.
    Bundled(String),
    /// The mapping that the integration has at the catalog.
    Catalog,
}

impl MappingOrigin {
    /// Name in sentences about it. It may hold text from a command line, which is not escaped.
    pub fn name(&self) -> &str {
        match self {
            Self::File(name) | Self::Bundled(name) => name,
            Self::Catalog => "the integration's mapping",
        }
    }
}

impl fmt::Display for MappingOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => formatter.write_str(path),
            Self::Bundled(name) => write!(formatter, "bundled, {name}"),
            Self::Catalog => formatter.write_str("the integration's, at the catalog"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_told_in_words_and_reads_back_from_json() {
        let table = [
            (MappingOrigin::File("a/b.yaml".to_owned()), "a/b.yaml", r#"{"from":"file","name":"a/b.yaml"}"#),
            (MappingOrigin::Bundled("usage".to_owned()), "bundled, usage", r#"{"from":"bundled","name":"usage"}"#),
            (MappingOrigin::Catalog, "the integration's, at the catalog", r#"{"from":"catalog"}"#),
        ];
        for (origin, words, json) in table {
            assert_eq!((origin.to_string().as_str(), serde_json::to_string(&origin).unwrap().as_str()), (words, json));
            assert_eq!(serde_json::from_str::<MappingOrigin>(json).unwrap(), origin);
        }
    }
}
