//! From the text to values, with every fault and its place.
//!
//! serde stops at the first fault. So a value that is at fault is told, taken out, and the rest is read again: what is
//! left has its default, and nothing that was read with a fault is ever used.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::fault::{Faults, MOST};
use super::schema;

/// Part of a file, with its places.
pub(super) type Node<'i> = Spanned<DeValue<'i>>;

/// Reads a text as TOML; faults of its form are told, and what could be read is there all the same.
pub(super) fn tree<'i>(text: &'i str, faults: &mut Faults<'_>) -> Node<'i> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        // The error's own display repeats the line, which may hold a secret.
        faults.add(error.span(), format!("this is no TOML: {}", error.message()));
    }
    let span = table.span();
    Spanned::new(span, DeValue::Table(table.into_inner()))
}

/// Reads a value, telling every fault. None where something without a default is missing or wrong.
pub(super) fn read<T: DeserializeOwned>(node: &Node<'_>, within: &str, faults: &mut Faults<'_>) -> Option<T> {
    let mut node = node.clone();
    let mut value = None;
    for turn in 0..MOST {
        match T::deserialize(ValueDeserializer::from(node.clone())) {
            Ok(read) => {
                value = Some(read);
                break;
            }
            Err(error) => {
                let span = error.span();
                let removed = span.as_ref().and_then(|span| take_out(&mut node, span));
                let message = error.message();
                let missing = message.starts_with("missing field");
                // What was taken out is missing now, and that is told already.
                if !(missing && turn > 0) {
                    let within =
                        removed.as_ref().map_or_else(|| within.to_owned(), |removed| removed.within(within));
                    faults.add(span, sentence(message, &within, removed.as_ref()));
                }
                if missing || removed.is_none() {
                    break;
                }
            }
        }
    }
    value
}

/// What was taken out: the keys that lead there, and what stood there.
struct Removed {
    path: Vec<String>,
    kind: &'static str,
    text: Option<String>,
}

impl Removed {
    fn within(&self, within: &str) -> String {
        let path: Vec<&str> = self.path.iter().rev().map(String::as_str).collect();
        format!("{within} {}", path.join(" "))
    }
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Takes the innermost entry out that the span lies in.
fn take_out(node: &mut Node<'_>, span: &Range<usize>) -> Option<Removed> {
    match node.get_mut() {
        DeValue::Table(table) => {
            for (key, value) in table.iter_mut() {
                if let Some(mut removed) = take_out(value, span) {
                    removed.path.push(key.get_ref().to_string());
                    return Some(removed);
                }
            }
            let at =
                table.iter().find(|(key, value)| holds(&value.span(), span) || holds(&key.span(), span))?;
            let key = at.0.get_ref().to_string();
            let (kind, text) = (at.1.get_ref().type_str(), at.1.get_ref().as_str().map(str::to_owned));
            table.remove(key.as_str());
            Some(Removed { path: vec![key], kind, text })
        }
        DeValue::Array(array) => {
            for value in array.iter_mut() {
                let is_deep = value.get_ref().is_table() || value.get_ref().is_array();
                if let Some(removed) = is_deep.then(|| take_out(value, span)).flatten() {
                    return Some(removed);
                }
            }
            None
        }
        _ => None,
    }
}

/// serde's words as a sentence for people. Of a value that has the wrong type nothing is repeated.
fn sentence(message: &str, within: &str, removed: Option<&Removed>) -> String {
    let at = |rest: String| format!("{within}: {rest}").trim_start_matches(": ").to_owned();
    let wanted = message.rsplit_once(", expected ").map(|(_, wanted)| in_words(wanted));
    if let (true, Some(wanted)) = (message.starts_with("invalid type"), &wanted) {
        let kind = removed.map_or("something else", |removed| removed.kind);
        return at(format!("{wanted} is wanted, and {} stands there", with_article(kind)));
    }
    if let (true, Some(wanted)) =
        (message.starts_with("invalid value") || message.starts_with("invalid length"), &wanted)
    {
        return at(format!("{wanted} is wanted"));
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return at(format!("{} is missing", field.replace('`', "'")));
    }
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if let (true, Some((wrong, right))) =
        (message.starts_with("unknown variant") || message.starts_with("unknown field"), names.split_first())
    {
        let shown = removed.and_then(|removed| removed.text.clone()).unwrap_or_else(|| (*wrong).to_owned());
        let near = nearest(&shown, right.iter().copied());
        return at(match near {
            Some(near) => format!("'{shown}' is none of {}; '{near}' is near", right.join(", ")),
            None => format!("'{shown}' is none of {}", right.join(", ")),
        });
    }
    at(message.to_owned())
}

fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// Names of types that people do not know.
fn in_words(wanted: &str) -> String {
    match wanted {
        "u8" => "a whole number from 0 to 255".into(),
        "u16" => "a whole number from 0 to 65535".into(),
        "u32" | "u64" | "usize" => "a whole number, not below zero".into(),
        "i64" => "a whole number".into(),
        "f64" | "f32" => "a number".into(),
        "a boolean" => "true or false".into(),
        "a string" => "a text in quotes".into(),
        "a sequence" => "a list in brackets".into(),
        "a map" => "a table".into(),
        other if other.starts_with("struct ") => "a table".into(),
        other => other.to_owned(),
    }
}

/// The name that was probably meant.
pub(super) fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    // A text of any length may stand in a file, and the comparison takes time.
    if wrong.len() > 64 {
        return None;
    }
    let lower = wrong.to_ascii_lowercase().replace('-', "_");
    names
        .map(|name| (strsim::jaro_winkler(&lower, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// Tells and takes out every key that the schema does not have.
pub(super) fn unknown(
    node: &mut Node<'_>,
    schema: &Json,
    root: &Json,
    within: &str,
    faults: &mut Faults<'_>,
) {
    match node.get_mut() {
        DeValue::Table(table) => {
            let discriminator = table.get("kind").and_then(|kind| kind.get_ref().as_str()).map(str::to_owned);
            let Some(known) = schema::properties(schema, root, discriminator.as_deref()) else { return };
            let mut gone = Vec::new();
            for (key, value) in table.iter_mut() {
                let name = key.get_ref().to_string();
                match known.get(&name) {
                    Some(below) => {
                        let inner =
                            if within.is_empty() { format!("[{name}]") } else { format!("{within} {name}") };
                        unknown(value, below, root, &inner, faults);
                    }
                    None => {
                        let place = if within.is_empty() { String::new() } else { format!("{within}: ") };
                        let told = midwatch_model::lossless(name.as_bytes());
                        let told: String = told.chars().take(64).collect();
                        let what = match nearest(&name, known.keys().map(String::as_str)) {
                            Some(near) => format!("{place}there is no '{told}'; '{near}' is near"),
                            None => {
                                let all: Vec<&str> = known.keys().map(String::as_str).collect();
                                format!("{place}there is no '{told}'; there are {}", all.join(", "))
                            }
                        };
                        faults.add(Some(key.span()), what);
                        gone.push(name);
                    }
                }
            }
            for name in gone {
                table.remove(name.as_str());
            }
        }
        DeValue::Array(array) => {
            let Some(items) = schema::items(schema, root) else { return };
            for value in array.iter_mut() {
                unknown(value, items, root, &listed(within), faults);
            }
        }
        _ => {}
    }
}

/// Where something stands: a path of keys, and of numbers in lists. None where it is not in the file.
pub(super) fn span(node: &Node<'_>, path: &[&str]) -> Option<Range<usize>> {
    let Some((first, rest)) = path.split_first() else { return Some(node.span()) };
    match node.get_ref() {
        DeValue::Table(table) => span(table.get(*first)?, rest),
        DeValue::Array(array) => span(array.get(first.parse::<usize>().ok()?)?, rest),
        _ => None,
    }
}

/// A key's value out of a table.
pub(super) fn child<'n, 'i>(node: &'n Node<'i>, key: &str) -> Option<&'n Node<'i>> {
    node.get_ref().as_table()?.get(key)
}

/// The keys whose schema is that of a secret, and whose value is written out.
pub(super) fn secrets(node: &Node<'_>, schema: &Json, root: &Json, within: &str, found: &mut Vec<String>) {
    match node.get_ref() {
        DeValue::Table(table) => {
            let kind = table.get("kind").and_then(|kind| kind.get_ref().as_str());
            let Some(known) = schema::properties(schema, root, kind) else { return };
            for (key, value) in table.iter() {
                let Some(below) = known.get(key.get_ref().as_ref()) else { continue };
                let inner = if within.is_empty() {
                    format!("[{}]", key.get_ref())
                } else {
                    format!("{within} {}", key.get_ref())
                };
                if schema::is_secret(below, root) && value.get_ref().is_str() {
                    found.push(inner);
                } else {
                    secrets(value, below, root, &inner, found);
                }
            }
        }
        DeValue::Array(array) => {
            let Some(items) = schema::items(schema, root) else { return };
            for value in array.iter() {
                secrets(value, items, root, &listed(within), found);
            }
        }
        _ => {}
    }
}

/// `[target]` as an entry of a list: `[[target]]`.
fn listed(within: &str) -> String {
    if within.starts_with('[') && within.ends_with(']') { format!("[{within}]") } else { within.to_owned() }
}
