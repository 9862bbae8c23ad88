//! Lines for syslog: RFC 5424 over UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425), and the local socket.
//!
//! Syslog has no answers. Over UDP, a message counts as sent when it was handed to the network. Over TCP and TLS, it
//! counts as sent when the receiver has closed its side after ours: then it has read what we sent.

use std::io;
use std::path::{Path, PathBuf};

use midwatch_model::{AlertKind, Severity};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{UdpSocket, UnixDatagram, UnixStream};
use tokio::time::timeout;

use super::http::connect;
use super::trust::Trust;
use super::{Around, Failure, Message, clean, short_key, words};

/// The most bytes of a datagram that every receiver should take (RFC 5424 section 6.1).
const DATAGRAM: usize = 2048;

/// The most bytes of a message on a stream; rsyslog and syslog-ng take 8 KiB as they come.
const STREAM: usize = 8192;

/// Lines for a syslog server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyslogChannel {
    /// How the lines travel.
    #[serde(default)]
    pub over: SyslogOver,
    /// The socket of the local way; /dev/log without it.
    pub path: Option<PathBuf>,
    /// The server of the other ways, by the name that its certificate is for.
    pub server: Option<String>,
    /// Its port. Without it 514 for udp and tcp, and 6514 for tls.
    pub port: Option<u16>,
    /// What kind of program speaks.
    #[serde(default)]
    pub facility: Facility,
    /// The form of lines on the local socket. The form of RFC 5424 is understood there by few: rsyslog needs
    /// `useSpecialParser="off"` for it, and systemd does not know it.
    #[serde(default)]
    pub form: LocalForm,
    /// The private enterprise number of your organisation, under which the alert's fields stand as structured data
    /// (RFC 5424 section 6.3.2). 32473 is kept for examples (RFC 5612). Without it the fields are in the text alone.
    pub enterprise: Option<u32>,
    /// A PEM file of authorities: they, and nobody else, may vouch for the server. Without it the system's do.
    pub ca: Option<PathBuf>,
}

/// How lines travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SyslogOver {
    /// To this computer's own syslog.
    #[default]
    Local,
    /// Datagrams (RFC 5426): in plain text, and what is lost is lost.
    Udp,
    /// A stream in plain text, each message with its length before it (RFC 6587 section 3.4.1).
    Tcp,
    /// A stream over TLS (RFC 5425).
    Tls,
}

/// The form of lines on the local socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LocalForm {
    /// As syslog(3) writes them.
    #[default]
    Libc,
    /// As RFC 5424 has them.
    Rfc5424,
}

/// What kind of program speaks (RFC 5424 section 6.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are those of syslog.conf")]
pub enum Facility {
    User = 1,
    #[default]
    Daemon = 3,
    Auth = 4,
    Authpriv = 10,
    Local0 = 16,
    Local1 = 17,
    Local2 = 18,
    Local3 = 19,
    Local4 = 20,
    Local5 = 21,
    Local6 = 22,
    Local7 = 23,
}

/// Syslog, ready.
#[derive(Clone, Debug)]
pub(crate) struct Syslog {
    way: Way,
    facility: Facility,
    enterprise: Option<u32>,
}

#[derive(Clone, Debug)]
enum Way {
    Local { path: PathBuf, form: LocalForm },
    Udp { host: String, port: u16 },
    Tcp { host: String, port: u16 },
    Tls { host: String, port: u16, trust: Trust },
}

impl Syslog {
    pub(crate) fn new(channel: &SyslogChannel) -> Result<Syslog, String> {
        let host = || {
            channel
                .server
                .clone()
                .filter(|server| !server.trim().is_empty())
                .ok_or("the syslog server is not named: write server = \"log.shop.example\"".to_owned())
        };
        let way = match channel.over {
            SyslogOver::Local => {
                if channel.server.is_some() || channel.port.is_some() {
                    return Err("a syslog server is named, and the way to it is not: write over = \"tls\", \"tcp\" or \
                                \"udp\""
                        .to_owned());
                }
                let path = channel.path.clone().unwrap_or_else(|| "/dev/log".into());
                Way::Local { path, form: channel.form }
            }
            SyslogOver::Udp => Way::Udp { host: host()?, port: channel.port.unwrap_or(514) },
            SyslogOver::Tcp => Way::Tcp { host: host()?, port: channel.port.unwrap_or(514) },
            SyslogOver::Tls => Way::Tls {
                host: host()?,
                port: channel.port.unwrap_or(6514),
                trust: Trust::new(channel.ca.as_deref()),
            },
        };
        Ok(Syslog { way, facility: channel.facility, enterprise: channel.enterprise })
    }

    pub(crate) async fn send(&self, message: &Message<'_>, around: &Around) -> Result<(), Failure> {
        match timeout(around.patience, self.write(message, around)).await {
            Ok(ended) => ended,
            Err(_) => Err(Failure::later(format!(
                "the syslog server does not read the message to its end within {} seconds",
                around.patience.as_secs()
            ))),
        }
    }

    async fn write(&self, message: &Message<'_>, around: &Around) -> Result<(), Failure> {
        match &self.way {
            Way::Local { path, form } => {
                let line = match form {
                    LocalForm::Libc => self.libc(message, around),
                    LocalForm::Rfc5424 => self.line(message, around, DATAGRAM),
                };
                local(path, &line).await.map_err(|error| {
                    Failure::later(format!("the socket {} takes no message: {error}", path.display()))
                })
            }
            Way::Udp { host, port } => {
                let failed = |error| Failure::later(format!("no message to {host}:{port}: {error}"));
                let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
                let addresses = around.resolve.resolve(bare, *port).await.map_err(failed)?;
                let address = addresses
                    .first()
                    .ok_or_else(|| Failure::later(format!("no message to {host}: it has no address")))?;
                let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(any).await.map_err(failed)?;
                socket.connect(address).await.map_err(failed)?;
                socket.send(self.line(message, around, DATAGRAM).as_bytes()).await.map_err(failed)?;
                Ok(())
            }
            Way::Tcp { host, port } => {
                let stream = connect(&*around.resolve, host, *port).await?;
                stream_out(stream, host, &self.line(message, around, STREAM)).await
            }
            Way::Tls { host, port, trust } => {
                let stream = connect(&*around.resolve, host, *port).await?;
                let stream = trust.connect(host, stream, &[]).await?;
                stream_out(stream, host, &self.line(message, around, STREAM)).await
            }
        }
    }

    fn priority(&self, message: &Message<'_>) -> u32 {
        self.facility as u32 * 8 + level(message.alert.kind, message.alert.severity)
    }

    /// A line by RFC 5424 section 6, at most so many bytes.
    fn line(&self, message: &Message<'_>, around: &Around, most: usize) -> String {
        let alert = message.alert;
        let data = self.data(message);
        let head = format!(
            "<{}>1 {} {} midwatch {} {} {data} ",
            self.priority(message),
            alert.at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ"),
            around.host,
            std::process::id(),
            kind(alert.kind),
        );
        let text = text(message, around);
        // The mark says that the text is UTF-8. Where it is ASCII it is that anyway, and receivers that keep the mark in
        // what they write are spared it.
        let mark = if text.is_ascii() { "" } else { "\u{feff}" };
        let room = most.saturating_sub(head.len() + mark.len());
        format!("{head}{mark}{}", clean::bytes(&text, room))
    }

    /// Structured data: what every receiver may know, and the alert's fields under the enterprise's number.
    fn data(&self, message: &Message<'_>) -> String {
        let alert = message.alert;
        let mut data = format!("[origin software=\"midwatch\" swVersion=\"{}\"]", env!("CARGO_PKG_VERSION"));
        if let Some(number) = self.enterprise {
            let value = |text: &str| {
                clean::line(text, 128).replace('\\', "\\\\").replace('"', "\\\"").replace(']', "\\]")
            };
            data.push_str(&format!(
                "[midwatch@{number} key=\"{}\" target=\"{}\" severity=\"{}\"",
                short_key(message.key),
                value(&alert.target),
                alert.severity
            ));
            for event in alert.events.iter().take(5) {
                data.push_str(&format!(
                    " rule=\"{}\" event=\"{}\" where=\"{}\"",
                    value(&event.change.id),
                    event.id,
                    value(&event.change.place)
                ));
            }
            data.push(']');
        }
        data
    }

    /// A line as syslog(3) writes it. The time is UTC's, which receivers put their own in the place of.
    fn libc(&self, message: &Message<'_>, around: &Around) -> String {
        let at = message.alert.at.to_zoned(around.zone.clone());
        let head = format!(
            "<{}>{} midwatch[{}]: ",
            self.priority(message),
            at.strftime("%b %e %H:%M:%S"),
            std::process::id()
        );
        let room = DATAGRAM.saturating_sub(head.len());
        format!("{head}{}", clean::bytes(&text(message, around), room))
    }
}

/// The text of a line, with the key at its beginning so that no cut takes it.
fn text(message: &Message<'_>, around: &Around) -> String {
    let page = around.page_of(message.alert).map(|page| format!(" {page}")).unwrap_or_default();
    format!("key={} target={} {}{page}", short_key(message.key), target(message), words::line(message.alert))
}

fn target(message: &Message<'_>) -> String {
    let target = clean::line(&message.alert.target, 64).replace(' ', "_");
    if target.is_empty() { "-".to_owned() } else { target }
}

/// The kind as an identifier of a message.
pub(crate) fn kind(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Changes => "changes",
        AlertKind::Silence => "silence",
        AlertKind::Digest => "digest",
        AlertKind::Test => "test",
    }
}

/// The severity of syslog: alert (1) for what is critical, down to informational (6).
pub(crate) fn level(kind: AlertKind, severity: Severity) -> u32 {
    match (kind, severity) {
        (AlertKind::Test | AlertKind::Digest, _) => 6,
        (_, Severity::Critical) => 1,
        (_, Severity::High) => 3,
        (_, Severity::Medium) => 4,
        (_, Severity::Low) => 5,
        (_, Severity::Info) => 6,
    }
}

/// A message to a local socket of either kind.
async fn local(path: &Path, line: &str) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    match socket.connect(path) {
        Ok(()) => socket.send(line.as_bytes()).await.map(drop),
        // A stream listens there: messages end with NUL, as syslog(3) ends them.
        Err(error) if error.raw_os_error() == Some(EPROTOTYPE) => {
            let mut stream = UnixStream::connect(path).await?;
            stream.write_all(format!("{line}\0").as_bytes()).await?;
            stream.shutdown().await
        }
        Err(error) => Err(error),
    }
}

/// `EPROTOTYPE` of Linux: the socket there is of another type.
const EPROTOTYPE: i32 = 91;

/// One message on a stream, with its length before it, and then the end of ours and the wait for the end of theirs.
async fn stream_out<S>(mut stream: S, host: &str, line: &str) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let failed = |error: io::Error| Failure::later(format!("the connection to {host} broke: {error}"));
    stream.write_all(format!("{} {line}", line.len()).as_bytes()).await.map_err(failed)?;
    stream.flush().await.map_err(failed)?;
    stream.shutdown().await.map_err(failed)?;
    let mut chunk = [0; 256];
    // Nothing is expected. What comes all the same is bounded by time alone, and kept nowhere.
    loop {
        match stream.read(&mut chunk).await {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            // TLS that ends without a close_notify: theirs is over, and ours had been read in order before.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::testing;

    fn channel(over: SyslogOver) -> SyslogChannel {
        SyslogChannel {
            over,
            path: None,
            server: (over != SyslogOver::Local).then(|| "log.example".to_owned()),
            port: None,
            facility: Facility::Authpriv,
            form: LocalForm::Libc,
            enterprise: None,
            ca: None,
        }
    }

    fn message(alert: &midwatch_model::Alert) -> Message<'_> {
        Message { key: "k", now: testing::now(), alert }
    }

    #[test]
    fn lines_by_both_forms() {
        let around = Around::new("watch.example");
        let alert = testing::issuer();
        let mut channel = channel(SyslogOver::Tls);
        channel.enterprise = Some(9);
        let syslog = Syslog::new(&channel).unwrap();
        let pid = std::process::id().to_string();
        let lines = [syslog.line(&message(&alert), &around, STREAM), syslog.libc(&message(&alert), &around)];
        insta::assert_snapshot!(lines.join("\n").replace(&pid, "PID").replace('\u{feff}', "BOM"));
    }

    #[test]
    fn no_text_ends_a_line_or_its_data() {
        let around = Around::new("watch.example");
        let mut alert = testing::hostile();
        alert.target = "a\"] x\n\\".to_owned();
        let mut channel = channel(SyslogOver::Tcp);
        channel.enterprise = Some(9);
        let syslog = Syslog::new(&channel).unwrap();
        for line in [syslog.line(&message(&alert), &around, STREAM), syslog.libc(&message(&alert), &around)] {
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
        let line = syslog.line(&message(&alert), &around, STREAM);
        assert!(line.contains(r#"target="a\"\] x \\""#), "{line}");
    }

    #[test]
    fn lines_fit_and_keep_their_key() {
        let around = Around::new(&"h".repeat(300));
        let mut alert = testing::issuer();
        alert.title = "ü".repeat(4000);
        let syslog = Syslog::new(&channel(SyslogOver::Udp)).unwrap();
        for line in [syslog.line(&message(&alert), &around, DATAGRAM), syslog.libc(&message(&alert), &around)]
        {
            assert!(line.len() <= DATAGRAM && line.contains(&short_key("k")), "{line}");
        }
    }

    #[test]
    fn wrong_settings_are_told_of() {
        let mut lacking = channel(SyslogOver::Tls);
        lacking.server = None;
        assert!(Syslog::new(&lacking).unwrap_err().contains("is not named"));
        let mut odd = channel(SyslogOver::Local);
        odd.server = Some("log.example".to_owned());
        assert!(Syslog::new(&odd).unwrap_err().contains("over ="));
    }
}
