//! The routes for programs in the form of OpenAPI 3.1. Schemas of answers that commands print too are those of `docs/schemas`.

use std::sync::LazyLock;

use serde_json::Value;

/// The routes. A test holds it against the router.
const DOCUMENT: &str = include_str!("document.json");

/// Schemas of the document by name.
const SCHEMAS: [(&str, &str); 3] = [
    ("Figure", include_str!("../../../docs/schemas/figure.schema.json")),
    ("FigureDefinition", include_str!("../../../docs/schemas/figure-definition.schema.json")),
    ("Findings", include_str!("../../../docs/schemas/findings.schema.json")),
];

/// The document as text.
pub(super) fn text() -> String {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        // Both are parts of the program, and a test reads the result.
        let mut document: Value = serde_json::from_str(DOCUMENT).unwrap_or_default();
        for (name, schema) in SCHEMAS {
            let mut schema: Value = serde_json::from_str(schema).unwrap_or_default();
            schema.as_object_mut().map(|schema| schema.shift_remove("$schema"));
            document["components"]["schemas"][name] = schema;
        }
        format!("{document:#}\n")
    });
    TEXT.clone()
}
