//! The JSON Schema of the file (draft 2020-12), for editors, and for telling unknown keys.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use super::File;

/// The schema, made from the types that the file is read into.
static SCHEMA: LazyLock<Json> = LazyLock::new(|| {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<File>().to_value();
    close(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".into(), json!("midwatch.toml"));
        root.insert(
            "description".into(),
            json!("What midwatch watch looks at, how often, and whom it tells."),
        );
    }
    schema
});

/// The schema of midwatch.toml as JSON.
pub fn schema() -> &'static Json {
    &SCHEMA
}

/// Objects with properties take no others, as the reader has it.
fn close(schema: &mut Json) {
    match schema {
        Json::Object(map) => {
            if map.contains_key("properties") && !map.contains_key("additionalProperties") {
                map.insert("additionalProperties".into(), json!(false));
            }
            for (key, value) in map.iter_mut() {
                if key != "const" && key != "enum" && key != "default" {
                    close(value);
                }
            }
        }
        Json::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}

/// What a reference leads to, and of alternatives the one that is no null.
pub(super) fn resolved<'s>(schema: &'s Json, root: &'s Json) -> &'s Json {
    let mut schema = schema;
    for _ in 0..8 {
        if let Some(to) = schema.get("$ref").and_then(Json::as_str) {
            match to.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) {
                Some(found) => schema = found,
                None => break,
            }
        } else if let Some([one, other]) = schema.get("anyOf").and_then(Json::as_array).map(Vec::as_slice) {
            match (one.get("type").and_then(Json::as_str), other.get("type").and_then(Json::as_str)) {
                (_, Some("null")) => schema = one,
                (Some("null"), _) => schema = other,
                _ => break,
            }
        } else {
            break;
        }
    }
    schema
}

/// The properties of a table, with those of the alternative whose `kind` is this one. None where anything may stand.
pub(super) fn properties<'s>(
    schema: &'s Json,
    root: &'s Json,
    kind: Option<&str>,
) -> Option<BTreeMap<String, &'s Json>> {
    let schema = resolved(schema, root);
    let own = |schema: &'s Json| -> Option<&'s Map<String, Json>> { schema.get("properties")?.as_object() };
    if let Some(properties) = own(schema) {
        return Some(properties.iter().map(|(name, value)| (name.clone(), value)).collect());
    }
    let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?;
    let mut known = BTreeMap::new();
    let mut found = false;
    for alternative in alternatives {
        let Some(properties) = own(resolved(alternative, root)) else { continue };
        let is = properties.get("kind").and_then(|kind| kind.get("const")).and_then(Json::as_str);
        // Of a kind that there is not, the keys of all kinds are known: the kind itself is told.
        if kind.is_some() && is.is_some() && is == kind {
            return Some(properties.iter().map(|(name, value)| (name.clone(), value)).collect());
        }
        known.extend(properties.iter().map(|(name, value)| (name.clone(), value)));
        found = true;
    }
    found.then_some(known)
}

/// What stands in a list.
pub(super) fn items<'s>(schema: &'s Json, root: &'s Json) -> Option<&'s Json> {
    resolved(schema, root).get("items")
}

/// Whether a value is a secret, which may stand there as text or lie elsewhere.
pub(super) fn is_secret(schema: &Json, root: &Json) -> bool {
    let schema = resolved(schema, root);
    let Some(alternatives) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array)
    else {
        return false;
    };
    let has = |name: &str| {
        alternatives.iter().any(|one| one.pointer("/properties").is_some_and(|all| all.get(name).is_some()))
    };
    has("file") && has("env") && has("credential")
}
