//! The protocols in which a connection begins in plain text and asks for TLS later.

use std::fmt;

use serde::{Deserialize, Serialize};

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
}

impl fmt::Display for Starttls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
