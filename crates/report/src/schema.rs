//! The JSON Schema of the JSON report.

use midwatch_model::{Report, SCHEMA};
use serde_json::{Value, json};

/// The JSON Schema (draft 2020-12) of what [`json`](crate::json()) writes, generated from the types, indented,
/// with a line feed at its end. `schema/midwatch-1.schema.json` at the root of the project is this text.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Report);
    schema.insert("$id".into(), json!(format!("urn:midwatch:schema:{}", SCHEMA.replace('/', "-"))));
    schema.insert("title".into(), json!("midwatch report"));
    if let Some(Value::Object(properties)) = schema.get_mut("properties")
        && let Some(Value::Object(name)) = properties.get_mut("schema")
    {
        name.insert("const".into(), json!(SCHEMA));
    }
    format!("{:#}\n", schema.as_value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    const COMMITTED: &str = include_str!("../../../schema/midwatch-1.schema.json");

    fn validator() -> jsonschema::Validator {
        let schema: Value = serde_json::from_str(COMMITTED).expect("JSON");
        jsonschema::validator_for(&schema).expect("a schema")
    }

    #[test]
    fn the_committed_file_is_the_generated_one() {
        assert!(
            schema() == COMMITTED,
            "the types have changed: cargo run -p midwatch-report --features schema --example schema > schema/midwatch-1.schema.json"
        );
    }

    #[test]
    fn reports_are_valid() {
        let validator = validator();
        let empty = Report::new("0.1.0", sample::report().started, vec![]);
        for report in [sample::report(), empty] {
            let value: Value = serde_json::from_str(&crate::json(&report)).expect("JSON");
            let errors: Vec<_> = validator
                .iter_errors(&value)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }

    #[test]
    fn what_is_no_report_is_not_valid() {
        let validator = validator();
        let good: Value = serde_json::from_str(&crate::json(&sample::report())).expect("JSON");
        let mut other = good.clone();
        other["schema"] = json!("midwatch/2");
        assert!(!validator.is_valid(&other), "another version");
        let mut other = good.clone();
        other["targets"][0]["findings"][0]["severity"] = json!("terrible");
        assert!(!validator.is_valid(&other), "an unknown severity");
        let mut other = good;
        other["targets"][0]["observations"][1]["kind"] = json!("rumour");
        assert!(!validator.is_valid(&other), "an unknown kind of fact");
    }
}
