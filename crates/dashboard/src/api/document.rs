//! The OpenAPI 3.1 document, made from the table of operations.

use http::{Method, StatusCode};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::problem::{KIND, Problem};
use super::{ROOT, table};

/// The document.
pub fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let problem = generator.subschema_for::<Problem>();
    let mut paths: Map<String, Value> = Map::new();
    for operation in table() {
        let described = describe(&operation, &mut generator, &problem);
        let path = paths.entry(format!("{ROOT}{}", operation.path)).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(operation.method.as_str().to_lowercase(), described);
        }
    }
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "midwatch",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "What a watch remembers, and what changed.",
            "description": "Times are RFC 3339 in UTC. Lists are bounded: `next` is the cursor of the page after, and is null \
                            at the end. Answers to GET carry an ETag; If-None-Match spares what has not changed. Whatever goes wrong is told as \
                            RFC 9457 has it.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token, made on the page of one's account. Its scopes are among: read, look, targets, events, admin.",
                },
            },
        },
    })
}

fn describe(operation: &Operation, generator: &mut SchemaGenerator, problem: &Schema) -> Value {
    let mut parameters = fields((operation.path_schema)(generator), "path");
    parameters.extend(fields((operation.query_schema)(generator), "query"));
    let mut answers = Map::new();
    let mut success = json!({ "description": operation.success.canonical_reason().unwrap_or("Done") });
    if let Some(schema) = operation.answer_schema {
        let schema = schema_of(schema, generator);
        set(&mut success, "content", json!({ operation.kind: { "schema": schema } }));
    }
    if operation.success == StatusCode::CREATED {
        let location = json!({
            "description": "Where what was made is.", "required": true, "schema": { "type": "string" },
        });
        set(&mut success, "headers", json!({ "Location": location }));
    }
    answers.insert(operation.success.as_str().to_owned(), success);
    let has_tag = operation.method == Method::GET && operation.kind == "application/json";
    if has_tag {
        answers.insert("304".into(), json!({ "description": "Not Modified" }));
    }
    for status in statuses(operation) {
        let words = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let answer = json!({
            "description": words.unwrap_or("Error"),
            "content": { KIND: { "schema": problem } },
        });
        answers.insert(status.to_string(), answer);
    }
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": parameters,
        "responses": answers,
    });
    match operation.scope {
        Some(scope) => {
            let words = format!("Needs the scope `{scope}`.");
            set(&mut described, "description", Value::String(words));
        }
        None => set(&mut described, "security", json!([])),
    }
    if let Some(schema) = operation.body_schema {
        let schema = schema_of(schema, generator);
        set(
            &mut described,
            "requestBody",
            json!({ "required": true, "content": { "application/json": { "schema": schema } } }),
        );
    }
    described
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

fn schema_of(schema: fn(&mut SchemaGenerator) -> Schema, generator: &mut SchemaGenerator) -> Value {
    schema(generator).to_value()
}

/// Every status of a problem that an operation can answer with, in order.
fn statuses(operation: &Operation) -> Vec<u16> {
    let mut all: Vec<u16> = operation.problems.to_vec();
    // What is not understood, takes too long, or cannot be reached.
    all.extend([408, 422, 500, 503]);
    if operation.scope.is_some() {
        all.extend([401, 403]);
    }
    if operation.path.contains('{') {
        all.push(404);
    }
    if operation.body_schema.is_some() {
        all.extend([400, 413, 415]);
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The fields of a schema as parameters.
fn fields(schema: Schema, place: &str) -> Vec<Value> {
    let schema = schema.to_value();
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|all| all.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    properties
        .iter()
        .map(|(name, schema)| {
            let mut schema = present(schema.clone());
            let words = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            json!({
                "name": name,
                "in": place,
                "required": place == "path" || required.contains(&name.as_str()),
                "description": words.unwrap_or_default(),
                "schema": schema,
            })
        })
        .collect()
}

/// A schema without the value null: a parameter that is left out is left out.
fn present(mut schema: Value) -> Value {
    let Some(fields) = schema.as_object_mut() else { return schema };
    fields.remove("default");
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            fields.insert("type".into(), one);
        }
    }
    if let Some(Value::Array(any)) = fields.get("anyOf") {
        let others: Vec<&Value> =
            any.iter().filter(|one| one.get("type").is_none_or(|kind| kind != "null")).collect();
        if let [Value::Object(one)] = others.as_slice() {
            let one = one.clone();
            fields.remove("anyOf");
            fields.extend(one);
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/openapi.json");

    /// `OPENAPI=write` writes the file.
    #[test]
    fn the_file_in_the_repository_is_the_document() {
        let text = serde_json::to_string_pretty(&document()).expect("JSON") + "\n";
        if std::env::var_os("OPENAPI").is_some() {
            std::fs::write(FILE, &text).expect("the file");
        }
        let kept = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(kept == text, "schema/openapi.json is stale: run this test with OPENAPI=write");
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
        let all = table();
        let ids: BTreeSet<_> = all.iter().map(|operation| operation.id).collect();
        assert_eq!(ids.len(), all.len());
        assert!(all.iter().all(|operation| operation.summary.ends_with('.') && !operation.tag.is_empty()));
        let changes = all.iter().filter(|operation| operation.method != Method::GET);
        assert!(
            changes
                .into_iter()
                .all(|operation| !matches!(operation.scope, None | Some(crate::reader::Scope::Read)))
        );
    }

    #[test]
    fn every_parameter_of_a_path_is_described_and_every_reference_leads_somewhere() {
        let document = document();
        for operation in table() {
            let described = &document["paths"][format!("{ROOT}{}", operation.path)]
                [operation.method.as_str().to_lowercase()];
            let parameters = described["parameters"].as_array().expect("parameters");
            for name in operation.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                assert!(
                    parameters.iter().any(|one| one["name"] == name && one["in"] == "path"),
                    "{} {name}",
                    operation.path
                );
            }
        }
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
    }
}
