//! Mail: a message in plain text (RFC 5322), handed to a server over TLS.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message as Mail};
use midwatch_model::Time;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::http::{connect, is_loopback_name};
use super::secret::Secret;
use super::smtp::Session;
use super::trust::Trust;
use super::{Around, Failure, Message, clean, short_key, words};

/// How long the good-bye may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// Mail through a server that relays it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailChannel {
    /// The server that takes the mail, by the name that its certificate is for.
    pub server: String,
    /// Its port. Without it 587 with STARTTLS, 465 with implicit TLS, and 25 without TLS.
    pub port: Option<u16>,
    /// How TLS comes about. Without TLS nothing is ever sent beyond loopback.
    #[serde(default)]
    pub tls: MailTls,
    /// A PEM file of authorities: they, and nobody else, may vouch for the server. Without it the system's do.
    pub ca: Option<PathBuf>,
    /// Who logs in, where the server wants that.
    pub user: Option<String>,
    /// The password of that user.
    pub password: Option<Secret>,
    /// Whom the mail is from: `midwatch@shop.example`, or `Midwatch <midwatch@shop.example>`.
    pub from: String,
    /// Whom it goes to, in the same form.
    pub to: Vec<String>,
}

/// How the session with a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MailTls {
    /// The session begins in plain text and must go over to TLS before anything is said (RFC 3207).
    #[default]
    Starttls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// None. For a server on loopback alone.
    None,
}

/// Mail, ready.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    server: String,
    port: u16,
    tls: MailTls,
    trust: Trust,
    login: Option<(String, Secret)>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Post {
    pub(crate) fn new(channel: &MailChannel) -> Result<Post, String> {
        let server = channel.server.trim();
        if server.is_empty() || server.contains([' ', '/', '@', '\r', '\n']) {
            return Err("the mail server is no name or address: write the name that its certificate is for"
                .to_owned());
        }
        if channel.tls == MailTls::None && !is_loopback_name(server) {
            return Err(format!(
                "{} would be handed alerts in plain text: write tls = \"starttls\" or \"implicit\"; \"none\" is for a \
                 server on loopback",
                clean::line(server, 100)
            ));
        }
        let login = match (&channel.user, &channel.password) {
            (Some(user), Some(password)) => Some((user.clone(), password.clone())),
            (None, None) => None,
            (Some(_), None) => {
                return Err("there is a user and no password: write password = { file = \"…\" }".to_owned());
            }
            (None, Some(_)) => return Err("there is a password and no user: write user = \"…\"".to_owned()),
        };
        if channel.to.is_empty() {
            return Err("nobody is named to send mail to: write to = [\"somebody@shop.example\"]".to_owned());
        }
        Ok(Post {
            server: server.to_owned(),
            port: channel.port.unwrap_or(match channel.tls {
                MailTls::Starttls => 587,
                MailTls::Implicit => 465,
                MailTls::None => 25,
            }),
            tls: channel.tls,
            trust: Trust::new(channel.ca.as_deref()),
            login,
            from: mailbox(&channel.from)?,
            to: channel.to.iter().map(|to| mailbox(to)).collect::<Result<_, _>>()?,
        })
    }

    pub(crate) async fn send(&self, message: &Message<'_>, around: &Around) -> Result<(), Failure> {
        let mail = self.mail(message, around)?.formatted();
        // RFC 5321 section 4.5.3.2 allows servers minutes for each step; one that relays a message of some kilobytes takes
        // seconds for all.
        let patience = around.patience * 3;
        match timeout(patience, self.hand_over(&mail, around)).await {
            Ok(ended) => ended,
            Err(_) => Err(Failure::later(format!(
                "{} does not take the message within {} seconds",
                self.server,
                patience.as_secs()
            ))),
        }
    }

    async fn hand_over(&self, mail: &[u8], around: &Around) -> Result<(), Failure> {
        let (host, hello) = (self.server.as_str(), around.host.as_str());
        let stream = connect(&*around.resolve, host, self.port).await?;
        match self.tls {
            MailTls::Implicit => {
                let stream = self.trust.connect(host, stream, &[]).await?;
                self.converse(Session::greeted(stream, host, hello).await?, mail).await
            }
            MailTls::Starttls => {
                let stream = Session::greeted(stream, host, hello).await?.starttls().await?;
                let stream = self.trust.connect(host, stream, &[]).await?;
                self.converse(Session::resumed(stream, host, hello).await?, mail).await
            }
            MailTls::None => self.converse(Session::greeted(stream, host, hello).await?, mail).await,
        }
    }

    async fn converse<S>(&self, mut session: Session<S>, mail: &[u8]) -> Result<(), Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        if let Some((user, password)) = &self.login {
            let password = password.read().map_err(|error| Failure::later(error.to_string()))?;
            session.log_in(user, &password).await?;
        }
        let to: Vec<String> = self.to.iter().map(|mailbox| mailbox.email.to_string()).collect();
        let left = session.hand_over(self.from.email.as_ref(), &to, mail).await?;
        for (who, reply) in left {
            // Others have it. A second attempt would double theirs.
            tracing::warn!(server = %self.server, recipient = %who, "the server takes no mail for this recipient: {}", reply.words());
        }
        // The message is the server's by now: a good-bye that takes long must not make it look unsent.
        tokio::spawn(async move { timeout(FAREWELL, session.quit()).await });
        Ok(())
    }

    fn mail(&self, message: &Message<'_>, around: &Around) -> Result<Mail, Failure> {
        let alert = message.alert;
        let id = format!("<{}@{}>", short_key(message.key), self.from.email.domain());
        let mut builder = Mail::builder()
            .from(self.from.clone())
            .subject(words::title(alert))
            .message_id(Some(id))
            // The alert's own time, which stays the same at each attempt.
            .date(SystemTime::from(alert.at.max(Time::UNIX_EPOCH)))
            .header(AutoSubmitted)
            .header(ListId(format!("Alerts of midwatch <alerts.midwatch.{}>", around.host)))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        builder
            .body(words::body(alert, around))
            .map_err(|error| Failure::refused(format!("the alert cannot be written as mail: {error}")))
    }
}

/// An address with its name. Only ASCII: the server need not know SMTPUTF8 (RFC 6531).
fn mailbox(text: &str) -> Result<Mailbox, String> {
    let wrong = || {
        format!(
            "\"{}\" is no address of mail: write somebody@shop.example or Somebody <somebody@shop.example>, a domain with \
             other letters as xn--…",
            clean::line(text, 100)
        )
    };
    let mailbox: Mailbox = text.parse().map_err(|_| wrong())?;
    let address: &str = mailbox.email.as_ref();
    let plain = address.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"\\,;:()[]".contains(&byte));
    let named = mailbox.name.as_deref().unwrap_or_default();
    if plain && !named.chars().any(midwatch_model::is_hidden) { Ok(mailbox) } else { Err(wrong()) }
}

/// `Auto-Submitted: auto-generated` (RFC 3834 section 5): no auto-reply answers it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// `List-Id` (RFC 2919), for filters.
#[derive(Clone)]
struct ListId(String);

impl Header for ListId {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Id")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(ListId(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::testing;

    fn channel() -> MailChannel {
        MailChannel {
            server: "mail.example".to_owned(),
            port: None,
            tls: MailTls::Starttls,
            ca: None,
            user: None,
            password: None,
            from: "Midwatch <midwatch@shop.example>".to_owned(),
            to: vec!["Zoë <zoe@shop.example>".to_owned(), "ops@shop.example".to_owned()],
        }
    }

    fn written(alert: &midwatch_model::Alert) -> String {
        let message = Message { key: "changes/shop/x/mail", now: testing::now(), alert };
        let post = Post::new(&channel()).unwrap();
        let mail = post.mail(&message, &Around::new("watch.example")).unwrap();
        String::from_utf8(mail.formatted()).unwrap()
    }

    #[test]
    fn a_message() {
        insta::assert_snapshot!(written(&testing::issuer()).replace("\r\n", "\n"));
        assert_eq!(written(&testing::issuer()), written(&testing::issuer()));
    }

    #[test]
    fn no_text_becomes_a_header_field() {
        let text = written(&testing::hostile());
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(
            names,
            [
                "From",
                "Subject",
                "Message-ID",
                "Date",
                "Auto-Submitted",
                "List-Id",
                "MIME-Version",
                "Content-Type",
                "To",
                "Content-Transfer-Encoding"
            ]
        );
        assert!(text.is_ascii());
        assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
    }

    #[test]
    fn wrong_settings_are_told_of() {
        let wrong = |change: fn(&mut MailChannel), says: &str| {
            let mut channel = channel();
            change(&mut channel);
            let error = Post::new(&channel).unwrap_err();
            assert!(error.contains(says), "{error}");
        };
        wrong(|c| c.tls = MailTls::None, "plain text");
        wrong(|c| c.to.clear(), "nobody is named");
        wrong(|c| c.to = vec!["a@b>\r\nRCPT TO:<c@d".to_owned()], "no address");
        wrong(|c| c.from = "nobody".to_owned(), "no address");
        wrong(|c| c.from = "zoë@shop.example".to_owned(), "no address");
        wrong(|c| c.from = "x\u{202e}y <a@shop.example>".to_owned(), "no address");
        wrong(|c| c.user = Some("a".to_owned()), "no password");
        wrong(|c| c.password = Some(Secret::inline("hush")), "no user");
        wrong(|c| c.server = "a b".to_owned(), "no name or address");
        let mut local = channel();
        (local.server, local.tls) = ("127.0.0.1".to_owned(), MailTls::None);
        assert_eq!(Post::new(&local).unwrap().port, 25);
    }
}
