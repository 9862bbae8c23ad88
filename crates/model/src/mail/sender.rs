//! What a domain says of who may send in its name: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489).

use serde::{Deserialize, Serialize};

use super::TextRecords;
use crate::Outcome;

/// Who may send mail in a domain's name, by address (RFC 7208).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Spf {
    /// The domain.
    pub domain: String,
    /// The domain's TXT records.
    pub txt: TextRecords,
    /// Those of them that begin with `v=spf1` (RFC 7208 4.5).
    pub records: Vec<String>,
    /// What the record comes to. `Refused` where there is none; unmeasured where a record that it leads to could not be had.
    pub evaluation: Outcome<SpfEvaluation>,
}

/// What a record comes to, through everything that it includes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SpfEvaluation {
    /// What becomes of senders that nothing else names: that of `all`, through `redirect`; none where the record ends without
    /// either, which is as `?` (RFC 7208 4.7).
    pub all: Option<SpfQualifier>,
    /// Terms that ask the DNS, counted through all records (4.6.4), until 30.
    pub lookups: u32,
    /// Those of them that had no answer (4.6.4). `a`, `mx`, `exists`, `include` and `redirect` without macros are asked.
    pub void_lookups: u32,
    /// Domains whose records are taken in by `include` and `redirect`, in the order met, at most 30.
    pub domains: Vec<String>,
    /// What makes receivers take the record for an error, or what widens it.
    pub faults: Vec<SpfFault>,
}

/// What becomes of a sender that a term names (RFC 7208 4.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SpfQualifier {
    /// `+`: it may send.
    Pass,
    /// `-`: it may not.
    Fail,
    /// `~`: it probably may not.
    SoftFail,
    /// `?`: nothing is said.
    Neutral,
}

/// A fault of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SpfFault {
    /// The kind, for programs.
    pub kind: SpfFaultKind,
    /// The domain whose record it is.
    pub domain: String,
    /// The same in words, for people.
    pub detail: String,
}

/// Kinds of faults of SPF. Each but [`SpfFaultKind::Ptr`] and [`SpfFaultKind::WideRange`] is an error for receivers (permerror).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SpfFaultKind {
    /// Several records (RFC 7208 4.5).
    SeveralRecords,
    /// A term that keeps no grammar (4.6).
    Syntax,
    /// More than 10 terms that ask the DNS (4.6.4).
    TooManyLookups,
    /// More than 2 of them had no answer (4.6.4).
    TooManyVoidLookups,
    /// `include` or `redirect` leads to a domain without a record (5.2, 6.1).
    NoRecord,
    /// A record comes back to itself.
    Loop,
    /// `ptr`, which should not be used (5.5).
    Ptr,
    /// Addresses of a large part of the Internet may send: a range wider than /8 of IPv4 or /16 of IPv6.
    WideRange,
}

/// The key of one selector, by which receivers verify signatures (RFC 6376).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dkim {
    /// The domain.
    pub domain: String,
    /// The selector.
    pub selector: String,
    /// The TXT records of `SELECTOR._domainkey.DOMAIN`.
    pub txt: TextRecords,
    /// The key. `Refused` where there is none, or where the record is none (RFC 6376 3.6.1).
    pub key: Outcome<DkimKey>,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DkimKey {
    /// `rsa`, `ed25519`, or what stands there.
    pub algorithm: String,
    /// Its length in bits; none where it could not be read, or is revoked.
    pub bits: Option<u32>,
    /// It was revoked: `p=` is empty.
    pub revoked: bool,
    /// Hashes that are allowed (`h=`); empty for all.
    #[serde(default)]
    pub hashes: Vec<String>,
    /// `t=y`: receivers must not treat signed mail otherwise than unsigned.
    pub testing: bool,
    /// `t=s`: subdomains may not be signed for.
    pub strict: bool,
    /// What does not keep the grammar.
    #[serde(default)]
    pub faults: Vec<MailTextFault>,
}

/// Something in a record that keeps no grammar, in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailTextFault {
    /// The tag that it is about; empty for the whole.
    pub tag: String,
    /// What is wrong.
    pub detail: String,
}

/// What a domain asks receivers to do with mail in its name that nothing proves (RFC 7489).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dmarc {
    /// The domain.
    pub domain: String,
    /// The organisational domain by the public suffix list (RFC 7489 3.2), where it is another.
    pub organisational: Option<String>,
    /// The TXT records of `_dmarc.` the domain, and of `_dmarc.` the organisational domain where the first has none.
    pub txt: Vec<TextRecords>,
    /// The domain that has the record.
    pub found_at: Option<String>,
    /// The record. `Refused` where there is none, or none that receivers take, with the reason.
    pub record: Outcome<DmarcRecord>,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DmarcRecord {
    /// `p`: what is asked for.
    pub policy: DmarcPolicy,
    /// `sp`: the same for subdomains; none where it is not said, and then `p` holds.
    pub subdomains: Option<DmarcPolicy>,
    /// `pct`: for how much of the mail, in per cent.
    pub percent: u8,
    /// `rua`: where reports go, at most 20.
    #[serde(default)]
    pub rua: Vec<String>,
    /// `ruf`: where reports on single messages go, at most 20.
    #[serde(default)]
    pub ruf: Vec<String>,
    /// `adkim`: how the domain of a signature has to fit.
    pub dkim: DmarcAlignment,
    /// `aspf`: how the domain of SPF has to fit.
    pub spf: DmarcAlignment,
    /// What does not keep the grammar, and is passed over.
    #[serde(default)]
    pub faults: Vec<MailTextFault>,
}

impl DmarcRecord {
    /// What is asked for of mail in the name of a domain that is not the one with the record.
    pub fn for_subdomains(&self) -> DmarcPolicy {
        self.subdomains.unwrap_or(self.policy)
    }
}

/// What receivers are asked to do (RFC 7489 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DmarcPolicy {
    /// Nothing.
    None,
    /// To treat it as suspicious.
    Quarantine,
    /// To refuse it.
    Reject,
}

/// How domains have to fit (RFC 7489 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DmarcAlignment {
    /// One organisational domain.
    Relaxed,
    /// The same domain.
    Strict,
}
