//! Entries for systemd's journal, by its native protocol (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>): one datagram
//! of fields. A value that holds a line end goes in the form with its length before it, so none can begin a field.

use std::path::{Path, PathBuf};
use std::time::Duration;

use midwatch_model::AlertKind;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::UnixDatagram;
use tokio::time::timeout;

use super::syslog::level;
use super::{Around, Failure, Message, clean, short_key, words};

/// How long the journal may take to take a datagram.
const WHOLE: Duration = Duration::from_secs(10);

/// The most bytes of one value, and the most events whose fields are named: an entry stays within one datagram
/// (net.core.wmem_default, 208 KiB), so nothing need be handed over by a file.
const VALUE: usize = 32 * 1024;
const EVENTS: usize = 32;

/// systemd's journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournaldChannel {
    /// The socket; /run/systemd/journal/socket without it.
    pub path: Option<PathBuf>,
}

/// The journal, ready.
#[derive(Clone, Debug)]
pub(crate) struct Journald {
    path: PathBuf,
}

impl Journald {
    pub(crate) fn new(channel: &JournaldChannel) -> Journald {
        Journald { path: channel.path.clone().unwrap_or_else(|| "/run/systemd/journal/socket".into()) }
    }

    pub(crate) async fn send(&self, message: &Message<'_>, around: &Around) -> Result<(), Failure> {
        let entry = entry(message, around);
        let path: &Path = &self.path;
        let sent = async {
            let socket = UnixDatagram::unbound()?;
            socket.connect(path)?;
            socket.send(&entry).await
        };
        match timeout(WHOLE, sent).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                Err(Failure::later(format!("the journal at {} takes no entry: {error}", path.display())))
            }
            Err(_) => Err(Failure::later(format!(
                "the journal at {} takes no entry within 10 seconds",
                path.display()
            ))),
        }
    }
}

/// The id of the messages of a kind (sd-id128(3)), for `journalctl MESSAGE_ID=…`. They stay for good.
fn message_id(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Changes => "72f1abf7c2f34bde904e3f3de0c8836d",
        AlertKind::Silence => "8b2a254efdba4b4f9e385142372f0297",
        AlertKind::Digest => "554575d3c01844508325ee1e42f2ec51",
        AlertKind::Test => "56c985fb3b33442cb984d3f6ca6fcc93",
    }
}

/// An entry: its fields, each as the protocol has it.
fn entry(message: &Message<'_>, around: &Around) -> Vec<u8> {
    let alert = message.alert;
    let mut out = Vec::new();
    let mut put = |name: &str, value: &str| field(&mut out, name, value);
    put("MESSAGE", &words::line(alert));
    put("MESSAGE_ID", message_id(alert.kind));
    put("PRIORITY", &level(alert.kind, alert.severity).to_string());
    put("SYSLOG_IDENTIFIER", "midwatch");
    put("MIDWATCH_KEY", message.key);
    put("MIDWATCH_KEY_SHORT", &short_key(message.key));
    put("MIDWATCH_KIND", super::syslog::kind(alert.kind));
    put("MIDWATCH_TARGET", &alert.target);
    put("MIDWATCH_NAME", &alert.name);
    put("MIDWATCH_SEVERITY", &alert.severity.to_string());
    if let Some(page) = around.page_of(alert) {
        put("MIDWATCH_URL", page.as_str());
    }
    // Whole, with its line ends: it is what `journalctl -o json` and the like show.
    put("MIDWATCH_TEXT", &words::body(alert, around));
    for event in alert.events.iter().take(EVENTS) {
        put("MIDWATCH_RULE", &event.change.id);
        put("MIDWATCH_WHERE", &event.change.place);
        if event.id > 0 {
            put("MIDWATCH_EVENT", &event.id.to_string());
        }
    }
    out
}

fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    // Fields other than the text are one line of what is harmless to show.
    let value = if name == "MIDWATCH_TEXT" { clean::bytes(value, VALUE) } else { clean::line(value, 512) };
    out.extend_from_slice(name.as_bytes());
    if value.contains('\n') {
        out.push(b'\n');
        out.extend_from_slice(&(value.len() as u64).to_le_bytes());
    } else {
        out.push(b'=');
    }
    out.extend_from_slice(value.as_bytes());
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::testing;
    use std::collections::BTreeMap;

    /// Reads an entry by the protocol's own words.
    fn read(mut bytes: &[u8]) -> BTreeMap<String, Vec<String>> {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while !bytes.is_empty() {
            let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
            let line = &bytes[..end];
            let (name, value);
            match line.iter().position(|byte| *byte == b'=') {
                Some(sign) => {
                    (name, value) = (&line[..sign], &line[sign + 1..]);
                    bytes = &bytes[end + 1..];
                }
                None => {
                    let length = u64::from_le_bytes(bytes[end + 1..end + 9].try_into().unwrap()) as usize;
                    (name, value) = (line, &bytes[end + 9..end + 9 + length]);
                    assert_eq!(bytes[end + 9 + length], b'\n');
                    bytes = &bytes[end + 10 + length..];
                }
            }
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            fields.entry(text(name)).or_default().push(text(value));
        }
        fields
    }

    #[test]
    fn no_text_begins_a_field() {
        let around = Around::new("watch.example");
        let alert = testing::hostile();
        let message = Message { key: "a\nPRIORITY=7", now: testing::now(), alert: &alert };
        let fields = read(&entry(&message, &around));
        assert_eq!(fields["PRIORITY"], ["1"]);
        assert_eq!(fields["MESSAGE"].len(), 1);
        assert_eq!(fields["MIDWATCH_KEY"], ["a PRIORITY=7"]);
        assert!(fields["MIDWATCH_TEXT"][0].contains("What to do now\n  One MESSAGE=forged PRIORITY=7"));
        assert!(!fields.contains_key("MIDWATCH_URL") && !fields.contains_key("MIDWATCH_EVENT"));
    }

    #[test]
    fn entries_are_bounded() {
        let around = Around::new("watch.example");
        let mut alert = testing::issuer();
        let event = alert.events[0].clone();
        alert.events = vec![event; 5000];
        alert.lines = vec!["x".repeat(9000); 5000];
        let message = Message { key: "k", now: testing::now(), alert: &alert };
        let bytes = entry(&message, &around);
        assert!(bytes.len() < 100 * 1024, "{}", bytes.len());
        assert_eq!(read(&bytes)["MIDWATCH_RULE"].len(), EVENTS);
    }
}
