//! Attack methods and what the evidence says of each.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The methods of somebody in the middle. The kebab-case ids are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AttackId {
    /// Reading along on Wi-Fi or on the wire.
    Eavesdropping,
    /// Taking over a session with its cookie or token.
    SessionHijacking,
    /// Changing what is sent, or adding to it.
    HttpInjection,
    /// Taking the protection away, or forcing a weaker one.
    StrippingAndDowngrade,
    /// A forged, mis-issued or substituted key or certificate.
    Impersonation,
    /// Another address for the name.
    DnsSpoofing,
    /// Another way for the packets: ARP, NDP, DHCP, routing.
    IpHijacking,
    /// Mail read, changed or sent elsewhere on its way.
    EmailHijacking,
    /// Malware, rogue extensions, rogue trust anchors on one's own machine.
    ManInTheBrowser,
}

impl AttackId {
    /// All of them, in the order of reports.
    pub const ALL: [AttackId; 9] = [
        AttackId::Eavesdropping,
        AttackId::SessionHijacking,
        AttackId::HttpInjection,
        AttackId::StrippingAndDowngrade,
        AttackId::Impersonation,
        AttackId::DnsSpoofing,
        AttackId::IpHijacking,
        AttackId::EmailHijacking,
        AttackId::ManInTheBrowser,
    ];

    /// The stable id.
    pub fn id(self) -> &'static str {
        match self {
            AttackId::Eavesdropping => "eavesdropping",
            AttackId::SessionHijacking => "session-hijacking",
            AttackId::HttpInjection => "http-injection",
            AttackId::StrippingAndDowngrade => "stripping-and-downgrade",
            AttackId::Impersonation => "impersonation",
            AttackId::DnsSpoofing => "dns-spoofing",
            AttackId::IpHijacking => "ip-hijacking",
            AttackId::EmailHijacking => "email-hijacking",
            AttackId::ManInTheBrowser => "man-in-the-browser",
        }
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            AttackId::Eavesdropping => "Eavesdropping",
            AttackId::SessionHijacking => "Session hijacking",
            AttackId::HttpInjection => "HTTP injection",
            AttackId::StrippingAndDowngrade => "Stripping and downgrade",
            AttackId::Impersonation => "Impersonation",
            AttackId::DnsSpoofing => "DNS spoofing",
            AttackId::IpHijacking => "IP hijacking",
            AttackId::EmailHijacking => "E-mail hijacking",
            AttackId::ManInTheBrowser => "Man in the browser",
        }
    }
}

impl fmt::Display for AttackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// What the evidence says of an attack method, safest first in its order; [`Verdict::Unknown`] stands
/// between, since what was not measured is neither safe nor proved open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Measured, and closed.
    Protected,
    /// Not enough could be measured.
    Unknown,
    /// Closed for some visitors, pages or moments, open for others.
    Partly,
    /// Open.
    Exposed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Protected => "protected",
            Verdict::Unknown => "unknown",
            Verdict::Partly => "partly",
            Verdict::Exposed => "exposed",
        })
    }
}

/// The verdict on one attack method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttackVerdict {
    /// The method.
    pub id: AttackId,
    /// The verdict.
    pub verdict: Verdict,
    /// The chain of evidence that leads there, in the order a reader should follow it. Never empty.
    pub because: Vec<Because>,
    /// What remains even where the verdict is `protected`, and what this run did not look at.
    pub remains: Vec<String>,
}

/// One link of a chain of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Because {
    /// One sentence.
    pub text: String,
    /// Ids of the findings that it rests on.
    pub findings: Vec<String>,
    /// Ids of the observations that it rests on.
    pub observations: Vec<String>,
}
