//! Where senders report on TLS (RFC 8460).

use serde::{Deserialize, Serialize};

use super::TextRecords;

/// What a domain says of where reports on TLS go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsRpt {
    /// The domain.
    pub domain: String,
    /// The TXT records of `_smtp._tls.DOMAIN`.
    pub txt: TextRecords,
    /// The one record that begins with `v=TLSRPTv1;` and keeps the grammar (RFC 8460 3); none where there is none.
    pub record: Option<TlsRptRecord>,
    /// Why there is no record to go by, although some begin like one.
    #[serde(default)]
    pub faults: Vec<TlsRptFault>,
}

/// The record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsRptRecord {
    /// Where reports go: `mailto:` or `https:`, at most 20.
    pub rua: Vec<String>,
    /// Fields that RFC 8460 does not know; they are ignored.
    #[serde(default)]
    pub extensions: Vec<String>,
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsRptFault {
    /// The kind, for programs.
    pub kind: TlsRptFaultKind,
    /// The same in words, for people.
    pub detail: String,
}

/// Kinds of faults of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TlsRptFaultKind {
    /// Several records begin with `v=TLSRPTv1;`: senders take them for none (RFC 8460 3).
    SeveralRecords,
    /// The record does not keep the grammar (3).
    Syntax,
    /// There is no `rua`.
    NoRua,
    /// A place for reports is neither `mailto:` nor `https:`, or no URI.
    Uri,
}
