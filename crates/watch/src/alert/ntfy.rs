//! A message for ntfy (<https://docs.ntfy.sh/publish/>, "Publish as JSON").

use std::path::PathBuf;

use midwatch_model::{AlertKind, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use super::http::Place;
use super::secret::Secret;
use super::trust::Trust;
use super::{Around, Failure, Message, clean, short_key, words};

/// Most bytes of a message: the server makes an attachment of what is longer than 4,096.
const MESSAGE: usize = 3900;

/// Most bytes of a whole body: the server reads twice the 4,096 of a message, for what JSON adds.
const BODY: usize = 8000;

/// Most bytes of a title.
const TITLE: usize = 250;

/// A topic of ntfy: pushes to telephones.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NtfyChannel {
    /// The server, without the topic.
    #[serde(default = "public")]
    #[schemars(with = "String")]
    pub server: Url,
    /// The topic: 1 to 64 letters, digits, hyphens and underscores. On a server that anybody may read from it is
    /// as good as a password, so choose one that nobody guesses.
    pub topic: Secret,
    /// The access token, where the server wants one.
    pub token: Option<Secret>,
    /// A PEM file of authorities: they, and nobody else, may vouch for the server. Without it the system's do.
    pub ca: Option<PathBuf>,
    /// Allows http beyond loopback: whoever is on the way can then read every alert, and keep it back.
    #[serde(default)]
    pub insecure: bool,
}

fn public() -> Url {
    "https://ntfy.sh/".parse().expect("a literal URL")
}

/// The body, as the server reads it.
#[derive(Debug, Serialize)]
struct Body<'a> {
    topic: &'a str,
    title: String,
    message: String,
    /// 1 to 5.
    priority: u8,
    tags: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    click: Option<String>,
    /// From server 2.16 on a second message with the same id takes the place of the first; older ones ignore it.
    sequence_id: String,
}

/// ntfy, ready.
#[derive(Clone, Debug)]
pub(crate) struct Ntfy {
    place: Place,
    topic: Secret,
    token: Option<Secret>,
}

impl Ntfy {
    pub(crate) fn new(channel: &NtfyChannel) -> Result<Ntfy, String> {
        if channel.topic.is_inline() {
            topic(&channel.topic)?;
        }
        if !matches!(channel.server.path(), "/" | "") {
            return Err(format!(
                "the server of ntfy has the path {}: write the topic under `topic`, and the server alone here",
                clean::line(channel.server.path(), 100)
            ));
        }
        Ok(Ntfy {
            place: Place::new(&channel.server, channel.insecure, Trust::new(channel.ca.as_deref()))?,
            topic: channel.topic.clone(),
            token: channel.token.clone(),
        })
    }

    pub(crate) async fn send(&self, message: &Message<'_>, around: &Around) -> Result<(), Failure> {
        let topic = topic(&self.topic).map_err(Failure::later)?;
        let body = written(body(message, around, &topic))?;
        let token = match &self.token {
            Some(token) => {
                let token = token.read().map_err(|error| Failure::later(error.to_string()))?;
                Some(Zeroizing::new(format!("Bearer {}", token.as_str())))
            }
            None => None,
        };
        let fields: Vec<_> = token.iter().map(|token| ("authorization", token.as_str())).collect();
        let answer = self.place.post(around, &fields, "application/json", body).await?;
        answer.taken(self.place.host(), message.now)
    }
}

/// The body as JSON. The message gives way where the whole would be too large.
fn written(mut body: Body<'_>) -> Result<Vec<u8>, Failure> {
    loop {
        let bytes = serde_json::to_vec(&body)
            .map_err(|error| Failure::refused(format!("the alert cannot be written as JSON: {error}")))?;
        if bytes.len() <= BODY || body.message.len() < 8 {
            return Ok(bytes);
        }
        body.message = clean::bytes(&body.message, body.message.len() / 2);
        body.click = body.click.filter(|click| click.len() <= 1000);
    }
}

/// The topic, checked by the server's own rule.
fn topic(secret: &Secret) -> Result<super::secret::SecretText, String> {
    let topic = secret.read().map_err(|error| error.to_string())?;
    let sound =
        topic.len() <= 64 && topic.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if sound {
        Ok(topic)
    } else {
        Err("the topic of ntfy is none: write 1 to 64 letters, digits, hyphens and underscores".to_owned())
    }
}

fn body<'a>(message: &Message<'_>, around: &Around, topic: &'a str) -> Body<'a> {
    let alert = message.alert;
    let short = words::short(alert);
    let text = if short.is_empty() { words::line(alert) } else { short };
    let (priority, tag) = match (alert.kind, alert.severity) {
        (AlertKind::Test, _) => (3, "white_check_mark"),
        (AlertKind::Digest, _) => (2, "newspaper"),
        (_, Severity::Critical) => (5, "rotating_light"),
        (_, Severity::High) => (4, "warning"),
        (_, Severity::Medium) => (3, "warning"),
        (_, Severity::Low | Severity::Info) => (2, "information_source"),
    };
    Body {
        topic,
        title: clean::bytes(&words::title(alert), TITLE),
        message: clean::bytes(&text, MESSAGE),
        priority,
        tags: [tag],
        click: around.page_of(alert).map(String::from),
        sequence_id: short_key(message.key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::testing;

    #[test]
    fn a_body() {
        let around = Around {
            dashboard: Some("https://midwatch.example".parse().unwrap()),
            ..Around::new("watch.example")
        };
        let alert = testing::issuer();
        let message = Message { key: "k", now: testing::now(), alert: &alert };
        insta::assert_json_snapshot!(body(&message, &around, "nobody-guesses-this"));
    }

    #[test]
    fn priorities_follow_severity_and_texts_fit() {
        let around = Around::new("watch.example");
        let mut alert = testing::several();
        let mut last = 0;
        for severity in Severity::ALL {
            alert.severity = severity;
            alert.lines = vec!["ü".repeat(3000); 9];
            alert.title = "ü".repeat(3000);
            let message = Message { key: "k", now: testing::now(), alert: &alert };
            let body = body(&message, &around, "t");
            assert!(body.priority >= last && body.message.len() <= 4096 && body.title.len() <= TITLE);
            last = body.priority;
            // What JSON writes longer than it is.
            let quoted = Body { message: "\"".repeat(MESSAGE), ..body };
            let bytes = written(quoted).unwrap();
            assert!(bytes.len() <= BODY && bytes.len() > 2000, "{}", bytes.len());
        }
        assert_eq!(last, 5);
    }

    #[test]
    fn wrong_topics_and_servers_are_told_of() {
        let channel = |server: &str, topic: &str| NtfyChannel {
            server: server.parse().unwrap(),
            topic: Secret::inline(topic),
            token: None,
            ca: None,
            insecure: false,
        };
        assert!(Ntfy::new(&channel("https://ntfy.example", "abc_-9")).is_ok());
        assert!(Ntfy::new(&channel("https://ntfy.example", "a/b")).unwrap_err().contains("1 to 64"));
        assert!(
            Ntfy::new(&channel("https://ntfy.example/abc", "abc")).unwrap_err().contains("the server alone")
        );
        assert!(Ntfy::new(&channel("http://ntfy.example", "abc")).unwrap_err().contains("plain text"));
    }
}
