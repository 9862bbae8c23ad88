//! A channel: one way on which somebody is told.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::journald::{Journald, JournaldChannel};
use super::mail::{MailChannel, Post};
use super::ntfy::{Ntfy, NtfyChannel};
use super::slack::{Slack, SlackChannel};
use super::syslog::{Syslog, SyslogChannel};
use super::webhook::{Webhook, WebhookChannel};
use super::{Around, Failure, Message};

/// What a channel is, as the configuration has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ChannelKind {
    /// Mail.
    Mail(MailChannel),
    /// A webhook of your own.
    Webhook(WebhookChannel),
    /// Slack, or what takes its messages.
    Slack(SlackChannel),
    /// ntfy.
    Ntfy(NtfyChannel),
    /// Syslog.
    Syslog(SyslogChannel),
    /// systemd's journal.
    Journald(JournaldChannel),
}

impl ChannelKind {
    /// The kind's name, as the configuration has it.
    pub fn name(&self) -> &'static str {
        match self {
            ChannelKind::Mail(_) => "mail",
            ChannelKind::Webhook(_) => "webhook",
            ChannelKind::Slack(_) => "slack",
            ChannelKind::Ntfy(_) => "ntfy",
            ChannelKind::Syslog(_) => "syslog",
            ChannelKind::Journald(_) => "journald",
        }
    }
}

/// What is wrong with a channel's settings, in a sentence that says what to write instead. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ChannelError(pub String);

/// A channel, ready to send. Cheap to clone.
#[derive(Clone)]
pub struct Channel {
    name: String,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Mail(Post),
    Webhook(Webhook),
    Slack(Slack),
    Ntfy(Ntfy),
    Syslog(Syslog),
    Journald(Journald),
    #[cfg(test)]
    Made(std::sync::Arc<dyn super::pump::testing::Made>),
}

impl Channel {
    /// A channel by its name and settings. Nothing is asked of the network, and of files only what is written in the
    /// settings is looked at.
    ///
    /// # Errors
    /// [`ChannelError`] for settings that can never work.
    pub fn new(name: &str, kind: &ChannelKind) -> Result<Channel, ChannelError> {
        let way = match kind {
            ChannelKind::Mail(channel) => Post::new(channel).map(Way::Mail),
            ChannelKind::Webhook(channel) => Webhook::new(channel).map(Way::Webhook),
            ChannelKind::Slack(channel) => Slack::new(channel).map(Way::Slack),
            ChannelKind::Ntfy(channel) => Ntfy::new(channel).map(Way::Ntfy),
            ChannelKind::Syslog(channel) => Syslog::new(channel).map(Way::Syslog),
            ChannelKind::Journald(channel) => Ok(Way::Journald(Journald::new(channel))),
        };
        Ok(Channel { name: name.to_owned(), way: way.map_err(ChannelError)? })
    }

    /// A channel that the tests make.
    #[cfg(test)]
    pub(crate) fn made(name: &str, way: std::sync::Arc<dyn super::pump::testing::Made>) -> Channel {
        Channel { name: name.to_owned(), way: Way::Made(way) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// True where several alerts that wait go as one message, for people read it. Programs get each alert by itself.
    pub fn gathers(&self) -> bool {
        match &self.way {
            Way::Mail(_) | Way::Slack(_) | Way::Ntfy(_) => true,
            Way::Webhook(_) | Way::Syslog(_) | Way::Journald(_) => false,
            #[cfg(test)]
            Way::Made(way) => way.gathers(),
        }
    }

    /// One attempt, bounded in time by the channel itself (two minutes at most).
    ///
    /// # Errors
    /// [`Failure`]: whether it may go better another time.
    pub async fn send(&self, message: &Message<'_>, around: &Around) -> Result<(), Failure> {
        match &self.way {
            Way::Mail(way) => way.send(message, around).await,
            Way::Webhook(way) => way.send(message, around).await,
            Way::Slack(way) => way.send(message, around).await,
            Way::Ntfy(way) => way.send(message, around).await,
            Way::Syslog(way) => way.send(message, around).await,
            Way::Journald(way) => way.send(message, around).await,
            #[cfg(test)]
            Way::Made(way) => way.send(message.key.to_owned(), message.alert.clone()).await,
        }
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_each_kind_are_read() {
        for (text, kind) in [
            ("kind='mail'\nserver='mail.example'\nfrom='a@b.example'\nto=['c@b.example']", "mail"),
            ("kind='webhook'\nurl='https://a.example/'\nsecret={file='/x'}", "webhook"),
            ("kind='slack'\nurl={env='X'}", "slack"),
            ("kind='ntfy'\ntopic='abc'", "ntfy"),
            ("kind='syslog'\nover='tls'\nserver='log.example'\nfacility='local3'", "syslog"),
            ("kind='journald'", "journald"),
        ] {
            let parsed: ChannelKind = toml::from_str(text).unwrap();
            assert_eq!(parsed.name(), kind);
            assert_eq!(Channel::new("one", &parsed).unwrap().name(), "one");
            let wrong = toml::from_str::<ChannelKind>(&format!("{text}\nurll='x'")).unwrap_err().to_string();
            assert!(wrong.contains("unknown field `urll`"), "{wrong}");
        }
    }
    #[test]
    fn the_schema_knows_each_form_of_a_secret_and_no_unknown_keys() {
        let schema = serde_json::to_value(schemars::schema_for!(ChannelKind)).unwrap();
        let forms = schema["$defs"]["Secret"]["anyOf"].as_array().unwrap();
        assert_eq!(forms.len(), 4, "{forms:?}");
        assert_eq!(forms[0]["type"], "string");
        for (form, key) in forms[1..].iter().zip(["file", "env", "credential"]) {
            assert_eq!((&form["required"][0], &form["additionalProperties"]), (&key.into(), &false.into()));
        }
        for kind in schema["oneOf"].as_array().unwrap() {
            assert!(kind["properties"]["kind"]["const"].is_string(), "{kind}");
        }
    }
}
