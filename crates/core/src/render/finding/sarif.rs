//! Findings as SARIF, which code scanning reads.
//!
//! Documented at <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use serde_json::{Value, json};

use super::github::message;
use crate::mapping::codes;
use crate::mapping::finding::{Finding, Location, Severity};

/// One SARIF 2.1.0 log with one run. `version` is the program's. Every code is a rule of it, whether it was found or not.
pub fn log(findings: &[Finding], version: &str) -> Value {
    let rules: Vec<Value> = codes::ALL
        .iter()
        .map(|(code, about)| json!({"id": code, "shortDescription": {"text": about}, "help": {"text": codes::link(code)}}))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "pilotage", "semanticVersion": version, "rules": rules}},
            // Columns count characters, not the half characters that are SARIF's default.
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(finding: &Finding) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut result = json!({"ruleId": finding.code, "level": level, "message": {"text": message(finding)}});
    if let Some(index) = codes::ALL.iter().position(|(code, _)| *code == finding.code) {
        result["ruleIndex"] = json!(index);
    }
    if let Some(location) = &finding.location {
        result["locations"] = json!([place(location)]);
    }
    result
}

fn place(location: &Location) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(&location.file)}});
    if let (Some(line), Some(column)) = (location.line, location.column) {
        let mut region = json!({"startLine": line, "startColumn": column});
        if let Some(excerpt) = &location.excerpt {
            region["endColumn"] = json!(column + excerpt.width);
            region["snippet"] = json!({"text": excerpt.text});
        }
        physical["region"] = region;
    }
    json!({
        "physicalLocation": physical,
        "logicalLocations": [{"fullyQualifiedName": location.path}],
    })
}

/// A path as a relative reference: what is not allowed in one is escaped.
fn uri(file: &str) -> String {
    let mut uri = String::new();
    for byte in file.bytes() {
        match byte {
            b'\\' => uri.push('/'),
            b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::super::tests::finding;
    use super::*;

    #[test]
    fn a_finding_is_a_result_with_its_rule_and_region() {
        let log = log(&[finding("daily: .daily |", 14, 1)], "1.2.3");
        let run = &log["runs"][0];
        let result = &run["results"][0];
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        assert_eq!((&result["ruleId"], &result["level"]), (&json!("mapping-syntax"), &json!("error")));
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], "copilot.yaml");
        let expected = json!({"startLine": 13, "startColumn": 15, "endColumn": 16, "snippet": {"text": "daily: .daily |"}});
        assert_eq!(physical["region"], expected);
    }

    #[test]
    fn what_has_no_place_has_no_location_and_a_path_is_a_reference() {
        assert!(log(&[Finding::note("no-resources", "")], "1")["runs"][0]["results"][0].get("locations").is_none());
        assert_eq!(uri("a folder\\é.yaml"), "a%20folder/%C3%A9.yaml");
    }
}
