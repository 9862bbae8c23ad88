//! What a check says.

use serde::{Deserialize, Serialize};

use crate::{AttackId, Edits, Station};

/// A check's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// The check's id, kebab-case and stable, for example `tls-old-version`.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the check is.
    pub confidence: Confidence,
    /// One line.
    pub title: String,
    /// What it is about: a URL, `host:port`, a cookie's name and host.
    #[serde(rename = "where")]
    pub place: String,
    /// What an attacker gains by it.
    pub gain: String,
    /// From where on the path.
    pub from: Vec<Station>,
    /// What was expected and what was observed, with pointers to the observations.
    pub evidence: Vec<Evidence>,
    /// The attack methods that it serves.
    pub attacks: Vec<AttackId>,
    /// Causes without an attacker that could not be excluded.
    pub benign: Vec<String>,
    /// The change that stops it.
    pub fix: Fix,
    /// The standard or source of its threshold.
    pub source: String,
}

/// A pointer to an observation, with the part of it that matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// The observation's id.
    pub observation: String,
    /// What in it matters, in one line.
    pub detail: String,
}

/// The change that stops it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fix {
    /// What to do, in words.
    pub summary: String,
    /// The exact lines for each server software that has a setting for it, the one that was seen first.
    pub servers: Vec<ServerFix>,
    /// The changes of a server's own files, where they are known, for the script that `midwatch host` writes.
    #[serde(default, skip_serializing_if = "Edits::is_empty")]
    pub edits: Edits,
}

/// Configuration lines for one server software.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerFix {
    /// The software.
    pub server: ServerSoftware,
    /// Where the lines go, for example `in the server block that listens on 443`.
    pub place: String,
    /// The lines.
    pub lines: String,
    /// This software was seen on the target.
    pub seen: bool,
}

/// Server software that fixes are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ServerSoftware {
    /// nginx.
    Nginx,
    /// Apache httpd.
    Apache,
    /// Caddy.
    Caddy,
    /// OpenSSH's sshd.
    #[serde(rename = "openssh")]
    OpenSsh,
    /// Dropbear.
    Dropbear,
    /// Postfix.
    Postfix,
    /// Exim.
    Exim,
    /// Dovecot.
    Dovecot,
}

impl std::fmt::Display for ServerSoftware {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ServerSoftware::Nginx => "nginx",
            ServerSoftware::Apache => "Apache",
            ServerSoftware::Caddy => "Caddy",
            ServerSoftware::OpenSsh => "OpenSSH",
            ServerSoftware::Dropbear => "Dropbear",
            ServerSoftware::Postfix => "Postfix",
            ServerSoftware::Exim => "Exim",
            ServerSoftware::Dovecot => "Dovecot",
        })
    }
}

/// How bad a finding is, least first in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A second line of defence is missing.
    Low,
    /// Helps an attack that needs something else too.
    Medium,
    /// Enough for an attack by somebody who is on the path.
    High,
    /// An attack needs no skill, or seems to be under way.
    Critical,
}

impl Severity {
    /// All of them, least first.
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        })
    }
}

/// How sure a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A guess from signs; the benign causes are named.
    Tentative,
    /// Likely, from more than one sign.
    Firm,
    /// Measured.
    Certain,
}
