//! A message for Slack's incoming webhooks, and for what takes the same body (Mattermost, Rocket.Chat).
//!
//! What a peer chose stands in plain text blocks, or as code in the text, where nothing is read as a mention, a link or
//! an image.

use std::path::PathBuf;

use midwatch_model::{AlertKind, Severity};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::Place;
use super::secret::Secret;
use super::trust::Trust;
use super::{Around, Failure, Message, clean, words};

/// Most characters of a header block's text.
const HEADER: usize = 150;

/// Most characters of a section block's text.
const SECTION: usize = 3000;

/// A channel of Slack, or of what takes Slack's incoming webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackChannel {
    /// The URL of the incoming webhook. Whoever has it can write to the channel, so it is a secret.
    pub url: Secret,
    /// Send Slack's blocks beside the text. Write false for services that take the text alone.
    #[serde(default = "yes")]
    pub blocks: bool,
    /// A PEM file of authorities: they, and nobody else, may vouch for the receiver. Without it the system's do.
    pub ca: Option<PathBuf>,
    /// Allows http beyond loopback: whoever is on the way can then read every alert, and keep it back.
    #[serde(default)]
    pub insecure: bool,
}

fn yes() -> bool {
    true
}

/// Slack, ready.
#[derive(Clone, Debug)]
pub(crate) struct Slack {
    url: Secret,
    blocks: bool,
    insecure: bool,
    trust: Trust,
}

impl Slack {
    pub(crate) fn new(channel: &SlackChannel) -> Result<Slack, String> {
        let slack = Slack {
            url: channel.url.clone(),
            blocks: channel.blocks,
            insecure: channel.insecure,
            trust: Trust::new(channel.ca.as_deref()),
        };
        // One that lies elsewhere may come later, and is looked at when it is needed.
        if channel.url.is_inline() {
            slack.place()?;
        }
        Ok(slack)
    }

    fn place(&self) -> Result<Place, String> {
        let text = self.url.read().map_err(|error| error.to_string())?;
        let url = Url::parse(&text)
            .map_err(|_| "the webhook's url is none: write https://hooks.slack.com/services/…".to_owned())?;
        Place::new(&url, self.insecure, self.trust.clone())
    }

    pub(crate) async fn send(&self, message: &Message<'_>, around: &Around) -> Result<(), Failure> {
        let place = self.place().map_err(Failure::later)?;
        let body = body(message, around, self.blocks);
        let bytes = serde_json::to_vec(&body)
            .map_err(|error| Failure::refused(format!("the alert cannot be written as JSON: {error}")))?;
        place.post(around, &[], "application/json", bytes).await?.taken(place.host(), message.now)
    }
}

/// `&`, `<` and `>` as Slack wants them, so that nothing in a text becomes a link or calls somebody.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An escaped text of at most so many characters, cut before it is escaped so that no entity is cut.
fn fitted(text: &str, most: usize) -> String {
    let mut text = text.to_owned();
    loop {
        let escaped = escape(&text);
        let count = escaped.chars().count();
        if count <= most {
            return escaped;
        }
        let keep = text.chars().count().saturating_sub(count - most + 1);
        text = text.chars().take(keep).chain(['…']).collect();
        if keep == 0 {
            return String::new();
        }
    }
}

fn sign(severity: Severity, kind: AlertKind) -> &'static str {
    match (kind, severity) {
        (AlertKind::Test | AlertKind::Digest, _) => "ℹ️",
        (_, Severity::Critical) => "🚨",
        (_, Severity::High) => "🔴",
        (_, Severity::Medium) => "🟠",
        (_, Severity::Low) => "🟡",
        (_, Severity::Info) => "ℹ️",
    }
}

fn body(message: &Message<'_>, around: &Around, blocks: bool) -> Value {
    let alert = message.alert;
    let title = format!("{} {}", sign(alert.severity, alert.kind), words::title(alert));
    let short = words::short(alert);
    let page = around.page_of(alert).map(String::from);
    // As code: what takes Slack's messages may read Markdown in them, with its images and its @channel.
    let code = |text: &str, most: usize| fitted(&text.replace('`', "'"), most);
    let mut text = format!("`{}`", code(&title, 400));
    if !short.is_empty() {
        text = format!("{text}\n```\n{}\n```", code(&short, 2000));
    }
    if let Some(page) = page.as_deref().filter(|page| page.len() <= 500) {
        text = format!("{text}\n{}", escape(page));
    }
    // Nothing that a peer named is fetched and shown as a preview.
    let mut body = json!({ "text": text, "unfurl_links": false, "unfurl_media": false });
    if !blocks {
        return body;
    }
    let plain =
        |text: &str, most: usize| json!({ "type": "plain_text", "text": fitted(text, most), "emoji": false });
    let mut list = vec![json!({ "type": "header", "text": plain(&title, HEADER) })];
    if !short.is_empty() {
        // Plain text: nothing in it is read as a format.
        list.push(json!({ "type": "section", "text": plain(&short, SECTION) }));
    }
    let name = clean::line(&alert.name, 100);
    let of = if name.is_empty() { String::new() } else { format!("{name} · ") };
    let foot = format!("{of}{} · midwatch on {}", words::time(alert.at, &around.zone), around.host);
    list.push(json!({ "type": "context", "elements": [plain(&foot, 2000)] }));
    if let Some(page) = page.filter(|page| page.len() <= SECTION) {
        let button = json!({ "type": "button", "text": plain("Open", 75), "url": page });
        list.push(json!({ "type": "actions", "elements": [button] }));
    }
    if let Some(object) = body.as_object_mut() {
        object.insert("blocks".to_owned(), list.into());
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::testing;

    fn around() -> Around {
        Around {
            dashboard: Some("https://midwatch.example".parse().unwrap()),
            ..Around::new("watch.example")
        }
    }

    #[test]
    fn a_body() {
        let alert = testing::issuer();
        let message = Message { key: "k", now: testing::now(), alert: &alert };
        insta::assert_json_snapshot!(body(&message, &around(), true));
    }

    #[test]
    fn nothing_calls_anybody() {
        let alert = testing::hostile();
        let message = Message { key: "k", now: testing::now(), alert: &alert };
        let text = body(&message, &around(), true).to_string();
        assert!(!text.contains('<') && !text.contains('>'), "{text}");
        assert!(text.contains("&lt;!channel&gt; &lt;b&gt;&amp;amp;&lt;/b&gt;"), "{text}");
        // Nor is any of it Markdown for those who read the text as such.
        let text = body(&message, &around(), false)["text"].as_str().unwrap().to_owned();
        let outside: String = text.replace("```", "`").split('`').step_by(2).collect();
        assert_eq!(outside, "\n\nhttps://midwatch.example/targets/shop", "{text}");
    }

    #[test]
    fn texts_are_cut_before_they_are_escaped() {
        for most in 0..40 {
            let text = fitted("<<<<<<<<<<", most);
            assert!(text.chars().count() <= most, "{most}: {text}");
            assert!(text.replace("&lt;", "").replace('…', "").is_empty(), "{most}: {text}");
        }
        assert_eq!(fitted("a<b", 99), "a&lt;b");
    }
}
