//! Day facts and entities as plain rows: a JSON object a line, or comma-separated values with a row for each field.

use serde_json::{Map, Value};

use super::csv;
use crate::figure::PointState;
use crate::model::day::Day;

/// The header of day facts as comma-separated values.
pub const FACT_COLUMNS: &str = "host,level,scope,part,day,state,subject,login,field,value\n";

/// The header of entities as comma-separated values.
pub const ENTITY_COLUMNS: &str = "blueprint,identifier,field,value\n";

/// What is kept of one subject of a part of a day: of the whole scope, of a person, a team, or a repository.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainFact {
    /// The host of the source.
    pub host: String,
    /// `organization` or `enterprise`.
    pub level: String,
    /// The login or the slug.
    pub scope: String,
    /// The part of the day.
    pub part: &'static str,
    /// The day, in UTC.
    pub day: Day,
    /// Final or provisional.
    pub state: PointState,
    /// The id of the person or the team; none of the whole scope.
    pub subject: Option<String>,
    /// The login of the person or the slug of the team, where it is known.
    pub login: Option<String>,
    /// What is kept.
    pub fields: Map<String, Value>,
}

impl PlainFact {
    /// A line of JSON.
    pub fn ndjson(&self) -> String {
        let json = serde_json::json!({
            "host": self.host,
            "level": self.level,
            "scope": self.scope,
            "part": self.part,
            "day": self.day,
            "state": self.state,
            "subject": self.subject,
            "login": self.login,
            "fields": self.fields,
        });
        format!("{json}\n")
    }

    /// A line for each field, see [`FACT_COLUMNS`]. The fields of objects and lists within have names such as
    /// `totals_by_feature.0.feature`.
    pub fn csv(&self) -> String {
        let text = |text: &Option<String>| csv::field(text.as_deref().unwrap_or_default());
        let of_row = [
            csv::field(&self.host),
            csv::field(&self.level),
            csv::field(&self.scope),
            csv::field(self.part),
            self.day.to_string(),
            self.state.name().to_owned(),
            text(&self.subject),
            text(&self.login),
        ];
        let of_row = of_row.join(",");
        let mut lines = String::new();
        each_field(&self.fields, &mut |name, value| lines += &format!("{of_row},{},{}\n", csv::field(name), cell(value)));
        lines
    }
}

/// The fields of an entity as comma-separated values, see [`ENTITY_COLUMNS`]. `fields` are those besides blueprint and identifier.
pub fn entity_csv(blueprint: &str, identifier: &str, fields: &Map<String, Value>) -> String {
    let of_row = format!("{},{}", csv::field(blueprint), csv::field(identifier));
    let mut lines = String::new();
    each_field(fields, &mut |name, value| lines += &format!("{of_row},{},{}\n", csv::field(name), cell(value)));
    lines
}

/// Gives every value that is neither object nor list, with the names that lead to it, parted by points. What is empty or null is
/// left out.
fn each_field(fields: &Map<String, Value>, take: &mut impl FnMut(&str, &Value)) {
    for (name, value) in fields {
        each_value(name, value, take);
    }
}

fn each_value(name: &str, value: &Value, take: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Null => {}
        Value::Object(fields) => fields.iter().for_each(|(field, value)| each_value(&format!("{name}.{field}"), value, take)),
        Value::Array(entries) => {
            entries.iter().enumerate().for_each(|(number, value)| each_value(&format!("{name}.{number}"), value, take));
        }
        value => take(name, value),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => csv::field(text),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_within_has_a_line_with_the_way_to_it() {
        let Value::Object(fields) =
            serde_json::json!({"n": 1, "list": [{"a": "x,y"}, {"a": null}], "of": {"b": true}, "none": []})
        else {
            unreachable!()
        };
        let fact = PlainFact {
            host: "api.github.com".to_owned(),
            level: "organization".to_owned(),
            scope: "acme".to_owned(),
            part: "people",
            day: "2026-11-02".parse().unwrap(),
            state: PointState::Provisional,
            subject: Some("7".to_owned()),
            login: Some("=cmd".to_owned()),
            fields: fields.clone(),
        };
        let of_row = "api.github.com,organization,acme,people,2026-11-02,provisional,7,'=cmd";
        assert_eq!(fact.csv(), format!("{of_row},n,1\n{of_row},list.0.a,\"x,y\"\n{of_row},of.b,true\n"));
        let columns = |line: &str| line.matches(',').count();
        assert_eq!(columns(FACT_COLUMNS), columns(fact.csv().lines().next().unwrap()));
        let json: Value = serde_json::from_str(&fact.ndjson()).unwrap();
        assert_eq!((&json["state"], &json["fields"]["list"][0]["a"]), (&"provisional".into(), &"x,y".into()));
        assert_eq!(entity_csv("b", "i", &fields).lines().nth(1).unwrap(), "b,i,list.0.a,\"x,y\"");
    }
}
