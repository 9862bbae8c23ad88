//! The channels of the file: what they have in common, and the settings of each kind, which `alert` knows.

use std::borrow::Cow;
use std::collections::BTreeSet;

use midwatch_model::Severity;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::fault::Faults;
use super::reader::{self, Node};
use super::sections::Urgent;
use super::values::Hours;
use crate::alert::journald::JournaldChannel;
use crate::alert::mail::MailChannel;
use crate::alert::ntfy::NtfyChannel;
use crate::alert::slack::SlackChannel;
use crate::alert::syslog::SyslogChannel;
use crate::alert::webhook::WebhookChannel;
use crate::alert::{Channel, ChannelKind};

/// What all channels have.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub struct Common {
    /// What it is called, in this file and on pages: lower-case letters, digits and hyphens.
    pub name: String,
    /// The least severity that it is told of; else as in `[watch]`.
    pub threshold: Option<Severity>,
    /// Its own quiet hours, instead of those of `[alerts]`; an empty list for none.
    pub quiet: Option<Vec<Hours>>,
    /// What does not wait for the end of its quiet hours; else as in `[alerts]`.
    pub urgent: Option<Urgent>,
    /// Whether it gets the daily digest, where there is one.
    #[serde(default = "yes")]
    pub digest: bool,
    /// Whether it is told of what happens as it happens. Without, it gets the digest alone.
    #[serde(default = "yes")]
    pub alerts: bool,
    /// Tags: it is told of targets that have one of them. Without any, of all.
    #[serde(default)]
    pub tags: Vec<String>,
}

fn yes() -> bool {
    true
}

/// A channel of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelEntry {
    /// What all channels have.
    pub common: Common,
    /// What its kind has.
    pub kind: ChannelKind,
}

/// A channel, as it stands in the file; for the schema.
#[derive(Clone, Copy, Debug)]
pub struct ChannelFile;

/// Kinds, each with how it is read and what its schema is.
struct Kind {
    name: &'static str,
    about: &'static str,
    read: fn(&Node<'_>, &mut Faults<'_>) -> Option<ChannelKind>,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

macro_rules! kind {
    ($name:literal, $about:literal, $variant:ident, $settings:ty) => {
        Kind {
            name: $name,
            about: $about,
            read: |node, faults| {
                reader::read::<$settings>(node, "[[channel]]", faults).map(ChannelKind::$variant)
            },
            schema: <$settings>::json_schema,
        }
    };
}

const KINDS: [Kind; 6] = [
    kind!("mail", "Mail (SMTP with TLS).", Mail, MailChannel),
    kind!("webhook", "A webhook of your own, signed.", Webhook, WebhookChannel),
    kind!("slack", "Slack, or what takes its messages.", Slack, SlackChannel),
    kind!("ntfy", "ntfy.", Ntfy, NtfyChannel),
    kind!("syslog", "Syslog.", Syslog, SyslogChannel),
    kind!("journald", "The journal of systemd.", Journald, JournaldChannel),
];

impl JsonSchema for ChannelFile {
    fn schema_name() -> Cow<'static, str> {
        "Channel".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let common = Common::json_schema(generator).to_value();
        let kinds: Vec<Json> =
            KINDS.iter().map(|kind| merged(kind, &common, (kind.schema)(generator).to_value())).collect();
        json_schema!({ "description": "Somebody who is told.", "oneOf": kinds })
    }
}

/// One object with what all channels have and what this kind has.
fn merged(kind: &Kind, common: &Json, own: Json) -> Json {
    let mut properties = serde_json::Map::new();
    properties
        .insert("kind".into(), json!({ "const": kind.name, "type": "string", "description": "What it is." }));
    let mut required = vec![json!("kind")];
    for part in [common, &own] {
        if let Some(more) = part.get("properties").and_then(Json::as_object) {
            properties.extend(more.clone());
        }
        required.extend(part.get("required").and_then(Json::as_array).into_iter().flatten().cloned());
    }
    json!({ "type": "object", "description": kind.about, "properties": properties, "required": required })
}

/// Keys of a table with only these in it, or without them.
fn part<'i>(node: &Node<'i>, keys: &BTreeSet<String>, within: bool) -> Node<'i> {
    let mut part = node.clone();
    if let toml::de::DeValue::Table(table) = part.get_mut() {
        let gone = |key: &str| key == "kind" || keys.contains(key) != within;
        let names: Vec<String> =
            table.keys().map(|key| key.get_ref().to_string()).filter(|key| gone(key)).collect();
        for name in names {
            table.remove(name.as_str());
        }
    }
    part
}

/// Reads all channels.
pub(super) fn all(root: &Node<'_>, faults: &mut Faults<'_>) -> Vec<ChannelEntry> {
    let Some(list) = reader::child(root, "channel") else { return Vec::new() };
    let Some(array) = list.get_ref().as_array() else {
        faults.add(Some(list.span()), "channels are written as [[channel]], once for each");
        return Vec::new();
    };
    let mut names = BTreeSet::new();
    let common_keys: BTreeSet<String> = schemars::schema_for!(Common)
        .get("properties")
        .and_then(Json::as_object)
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default();
    let mut channels = Vec::new();
    for node in array.iter() {
        let place = |key: &str| reader::child(node, key).map_or_else(|| node.span(), |child| child.span());
        let common = reader::read::<Common>(&part(node, &common_keys, true), "[[channel]]", faults);
        let own = part(node, &common_keys, false);
        let Some(kind) = reader::child(node, "kind").and_then(|kind| kind.get_ref().as_str()) else {
            let all: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
            faults.add(
                Some(place("kind")),
                format!("[[channel]]: 'kind' is missing: one of {}", all.join(", ")),
            );
            continue;
        };
        let Some(known) = KINDS.iter().find(|known| known.name == kind) else {
            let all: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
            let near = reader::nearest(kind, all.iter().copied());
            let near = near.map(|near| format!("; '{near}' is near")).unwrap_or_default();
            faults.add(
                Some(place("kind")),
                format!("[[channel]] kind: there is no such kind among {}{near}", all.join(", ")),
            );
            continue;
        };
        let (Some(common), Some(kind)) = (common, (known.read)(&own, faults)) else { continue };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if common.name.is_empty() || common.name.len() > 64 || !common.name.chars().all(plain) {
            let what =
                "[[channel]] name: a name has lower-case letters, digits and hyphens, at most 64 of them";
            faults.add(Some(place("name")), what);
        }
        if !names.insert(common.name.clone()) {
            faults.add(
                Some(place("name")),
                "[[channel]] name: another channel has this name; give one of them another",
            );
        }
        if let Err(error) = Channel::new(&common.name, &kind) {
            faults.add(Some(node.span()), format!("[[channel]]: {error}"));
        }
        channels.push(ChannelEntry { common, kind });
    }
    channels
}
