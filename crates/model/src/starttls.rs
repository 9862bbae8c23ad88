//! The protocols in which a connection begins in plain text and asks for TLS later.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{Host, Outcome};

/// A protocol whose connections begin in plain text, and how it asks for TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Starttls {
    /// Mail from server to server (RFC 3207).
    Smtp,
    /// Mail to the server that keeps it (RFC 2033, RFC 3207).
    Lmtp,
    /// Mail from somebody's own program to the server that sends it on (RFC 6409, RFC 3207).
    Submission,
    /// Mail that is read where it lies (RFC 9051 6.2.1).
    Imap,
    /// Mail that is fetched (RFC 2595 4).
    Pop3,
    /// The rules by which mail is sorted (RFC 5804 2.2).
    Sieve,
    /// Files (RFC 4217).
    Ftp,
    /// Directories (RFC 4511 4.14).
    Ldap,
    /// Messages, from somebody's own program (RFC 6120 5).
    Xmpp,
    /// Messages, from server to server (RFC 6120 5).
    XmppServer,
    /// PostgreSQL (its manual, "SSL Session Encryption").
    Postgres,
    /// MySQL and MariaDB (their manuals, "Connection Phase").
    Mysql,
    /// News (RFC 4642).
    Nntp,
    /// Chat (IRCv3, "tls").
    Irc,
}

impl Starttls {
    /// All of them.
    pub const ALL: [Starttls; 14] = [
        Starttls::Smtp,
        Starttls::Lmtp,
        Starttls::Submission,
        Starttls::Imap,
        Starttls::Pop3,
        Starttls::Sieve,
        Starttls::Ftp,
        Starttls::Ldap,
        Starttls::Xmpp,
        Starttls::XmppServer,
        Starttls::Postgres,
        Starttls::Mysql,
        Starttls::Nntp,
        Starttls::Irc,
    ];

    /// The word of the command line and of JSON.
    pub fn id(self) -> &'static str {
        match self {
            Starttls::Smtp => "smtp",
            Starttls::Lmtp => "lmtp",
            Starttls::Submission => "submission",
            Starttls::Imap => "imap",
            Starttls::Pop3 => "pop3",
            Starttls::Sieve => "sieve",
            Starttls::Ftp => "ftp",
            Starttls::Ldap => "ldap",
            Starttls::Xmpp => "xmpp",
            Starttls::XmppServer => "xmpp-server",
            Starttls::Postgres => "postgres",
            Starttls::Mysql => "mysql",
            Starttls::Nntp => "nntp",
            Starttls::Irc => "irc",
        }
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Starttls::Smtp => "SMTP",
            Starttls::Lmtp => "LMTP",
            Starttls::Submission => "message submission",
            Starttls::Imap => "IMAP",
            Starttls::Pop3 => "POP3",
            Starttls::Sieve => "ManageSieve",
            Starttls::Ftp => "FTP",
            Starttls::Ldap => "LDAP",
            Starttls::Xmpp => "XMPP",
            Starttls::XmppServer => "XMPP between servers",
            Starttls::Postgres => "PostgreSQL",
            Starttls::Mysql => "MySQL",
            Starttls::Nntp => "NNTP",
            Starttls::Irc => "IRC",
        }
    }

    /// The port that is registered for it (IANA, Service Name and Transport Protocol Port Number Registry). LMTP
    /// has none (RFC 2033 5): 24, which is for any private mail system, is what servers of it take as a rule.
    pub fn port(self) -> u16 {
        match self {
            Starttls::Smtp => 25,
            Starttls::Lmtp => 24,
            Starttls::Submission => 587,
            Starttls::Imap => 143,
            Starttls::Pop3 => 110,
            Starttls::Sieve => 4190,
            Starttls::Ftp => 21,
            Starttls::Ldap => 389,
            Starttls::Xmpp => 5222,
            Starttls::XmppServer => 5269,
            Starttls::Postgres => 5432,
            Starttls::Mysql => 3306,
            Starttls::Nntp => 119,
            Starttls::Irc => 6667,
        }
    }

    /// The registered port of the same service where TLS stands from the first octet, where there is one. That of
    /// XMPP is no registered one: 5223 is what servers take (XEP-0368 3).
    pub fn implicit_port(self) -> Option<u16> {
        match self {
            Starttls::Submission => Some(465),
            Starttls::Imap => Some(993),
            Starttls::Pop3 => Some(995),
            Starttls::Ftp => Some(990),
            Starttls::Ldap => Some(636),
            Starttls::Xmpp => Some(5223),
            Starttls::XmppServer => Some(5270),
            Starttls::Nntp => Some(563),
            Starttls::Irc => Some(6697),
            Starttls::Smtp | Starttls::Lmtp | Starttls::Sieve | Starttls::Postgres | Starttls::Mysql => None,
        }
    }

    /// True where people log in with names and passwords. Between servers of mail and of messages nobody does.
    pub fn has_login(self) -> bool {
        !matches!(self, Starttls::Smtp | Starttls::Lmtp | Starttls::XmppServer)
    }

    /// True where the client goes on in plain text when TLS is not to be had, as senders of mail do by RFC 7435.
    pub fn is_opportunistic(self) -> bool {
        self == Starttls::Smtp
    }

    /// Reads the word of the command line.
    pub fn of(word: &str) -> Option<Starttls> {
        Starttls::ALL.into_iter().find(|protocol| protocol.id() == word)
    }
}

impl fmt::Display for Starttls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// One address and port of a service whose connections begin in plain text: what it says before TLS, how it answers
/// when TLS is asked for, and what it says inside. Nobody logs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StarttlsEndpoint {
    /// The host that was asked for.
    pub host: Host,
    /// The port that was asked for.
    pub port: u16,
    /// The address that was connected to.
    pub address: SocketAddr,
    /// The protocol.
    pub protocol: Starttls,
    /// The server's greeting, line by line; empty of a protocol without one. `Refused`: the connection was turned
    /// away, in these words.
    pub greeting: Outcome<Vec<String>>,
    /// What the server says of itself in plain text.
    pub before: Outcome<Announced>,
    /// `true`: TLS is among what it offers. `Unmeasured` with `NotAsked` where the protocol has no offer.
    pub offered: Outcome<bool>,
    /// The server's answer when TLS is asked for, which is done whether or not it is offered: `Seen` is its
    /// go-ahead in its own words, `Refused` its no.
    pub accepted: Outcome<String>,
    /// What the server sends in plain text after its go-ahead, where it should wait for TLS; empty for nothing.
    pub plain_after: Outcome<String>,
    /// What becomes of a harmless command that is sent in plain text, in one piece with the request for TLS. `Refused`:
    /// the server ends such a connection.
    pub plain_command: Outcome<PlainCommand>,
    /// What the server says of itself inside TLS.
    pub inside: Outcome<Announced>,
    /// Another port of the same address where TLS stands from the first octet (RFC 8314 3). `Refused`: nothing
    /// listens there. `Unmeasured` with `NotAsked` where there is none to look for: the protocol has no such port, or
    /// the service is not on its registered one.
    pub implicit: Outcome<u16>,
    /// TCP connections that this took.
    pub connections: u32,
}

/// What a server says of itself at one point of a dialogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Announced {
    /// Its capabilities as it named them.
    pub capabilities: Vec<String>,
    /// Ways to log in: names of SASL (RFC 4422) in upper case, and the protocol's own command where it has one, such
    /// as `LOGIN` of IMAP and `USER` of POP3.
    pub mechanisms: Vec<String>,
    /// Whether a password is taken as it is, by what the server says of itself. None: it does not say.
    pub password: Option<bool>,
}

/// What becomes of a command that was sent in plain text behind the request for TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PlainCommand {
    /// It is answered inside TLS, as if the client had sent it there: somebody on the way can put commands into the
    /// protected session (CVE-2011-0411).
    Kept,
    /// It is thrown away.
    Discarded,
    /// It is answered in plain text, before TLS begins.
    AnsweredInPlain,
}
