//! Trust anchors of this computer.

use serde::{Deserialize, Serialize};

use crate::{KnownBy, KnownKind, Outcome, Time, Unread};

/// One store of trust anchors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocalTrust {
    /// Whose store it is: `system`, or a program with its profile.
    pub store: String,
    /// How many certificates it holds.
    pub certificates: Outcome<u32>,
    /// Those that no public root programme has.
    pub private: Vec<PrivateAnchor>,
    /// How many more of them there are than are listed.
    #[serde(default)]
    pub more: u32,
    /// Files that are there and could not be read.
    pub unread: Vec<Unread>,
}

/// A trust anchor that no public root programme has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PrivateAnchor {
    /// Its subject, on one line.
    pub subject: String,
    /// SHA-256 of the certificate, in lower-case hexadecimal.
    pub sha256: String,
    /// SHA-256 of its SubjectPublicKeyInfo, in lower-case hexadecimal.
    pub spki_sha256: String,
    /// The kind of key and its size, such as `RSA 2048`.
    pub key: String,
    /// Valid from.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub not_before: Time,
    /// Valid until.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub not_after: Time,
    /// It may sign certificates of others (RFC 5280 4.2.1.9).
    pub is_ca: bool,
    /// The names it may sign for, where it is limited to some (RFC 5280 4.2.1.10).
    pub permitted: Vec<String>,
    /// The purposes it is limited to, where it is (RFC 5280 4.2.1.12); dotted where they have no name.
    pub purposes: Vec<String>,
    /// The files that hold it.
    pub files: Vec<String>,
    /// When the first of these files was changed last.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub since: Option<Time>,
    /// Who put it there, as far as the place tells.
    pub origin: AnchorOrigin,
    /// The product or misused root that it is known as.
    pub known: Option<KnownAnchor>,
}

/// Who put a trust anchor there, as far as its place tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AnchorOrigin {
    /// The distribution's own package of public roots, which may be older than the bundled lists.
    Distribution,
    /// Somebody with the rights of this computer's administrator.
    Administrator,
    /// Somebody with the rights of the user.
    User,
}

/// What a trust anchor is known as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KnownAnchor {
    /// The product or root.
    pub name: String,
    /// What it is.
    pub kind: KnownKind,
    /// By what it was recognised.
    pub by: KnownBy,
    /// Where that is known from.
    pub source: String,
}
