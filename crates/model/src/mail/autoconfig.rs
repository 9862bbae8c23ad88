//! The documents that people's programs set themselves up by.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::MailProtocol;
use crate::Outcome;

/// What one place answers to a program that sets itself up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailAutoconfig {
    /// The domain.
    pub domain: String,
    /// Which of the places that programs ask.
    pub source: AutoconfigSource,
    /// The URL.
    pub url: String,
    /// It is asked over plain http, so that whoever is on the way can answer.
    pub plain: bool,
    /// The address that was asked, where a connection came about.
    pub address: Option<SocketAddr>,
    /// The status of the answer. `Unmeasured` with [`crate::ReasonKind::NoSuchName`] where the name has no address.
    pub status: Outcome<u16>,
    /// Where a redirect leads. It is not followed.
    #[serde(default)]
    pub location: Option<String>,
    /// For https: true where the certificate is trusted by Mozilla's roots or by given ones and names the host.
    pub certificate: Outcome<bool>,
    /// What the document names. `Refused` where the answer is no such document.
    pub document: Outcome<MailAutoconfigDocument>,
}

/// The places that programs ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AutoconfigSource {
    /// `autoconfig.DOMAIN/mail/config-v1.1.xml`, which Thunderbird and others ask.
    Autoconfig,
    /// `DOMAIN/.well-known/autoconfig/mail/config-v1.1.xml`, the same.
    WellKnown,
    /// `autodiscover.DOMAIN/autodiscover/autodiscover.xml`, which Outlook asks by POST. It is asked by GET here, so that only
    /// whether somebody answers is learned.
    Autodiscover,
}

/// What a document names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailAutoconfigDocument {
    /// The servers, in the document's order, at most 50.
    pub servers: Vec<AutoconfigServer>,
}

/// A server that a document names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AutoconfigServer {
    /// What is spoken; none for what is neither IMAP, POP3 nor SMTP.
    pub protocol: Option<MailProtocol>,
    /// The `type` as it stands, at most 100 characters.
    pub kind: String,
    /// The server's name, in lower case, at most 253 characters.
    pub host: String,
    /// Its port; none where the document has no number there.
    pub port: Option<u16>,
    /// How it is protected.
    pub socket: SocketType,
    /// The ways to log in, at most 10: `password-cleartext`, `password-encrypted`, `OAuth2` …
    #[serde(default)]
    pub authentication: Vec<String>,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SocketType {
    /// Not at all.
    Plain,
    /// TLS begins with the connection.
    Tls,
    /// TLS is asked for by STARTTLS.
    Starttls,
    /// The document says something else, or nothing.
    Unknown,
}
