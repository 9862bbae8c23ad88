//! MTA-STS: by what a domain says that its mail is to be sent over verified TLS alone (RFC 8461).

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::TextRecords;
use crate::Outcome;

/// What a domain says by MTA-STS: the record, the policy, and which servers the policy names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MtaSts {
    /// The domain.
    pub domain: String,
    /// The TXT records of `_mta-sts.DOMAIN`.
    pub txt: TextRecords,
    /// The one record that begins with `v=STSv1;` and keeps the grammar (RFC 8461 3.1); none where there is no record, or
    /// where [`MtaSts::record_faults`] says why senders take it for none.
    pub record: Option<MtaStsRecord>,
    /// Why there is no record to go by, although some begin like one.
    #[serde(default)]
    pub record_faults: Vec<MtaStsFault>,
    /// What each address of `mta-sts.DOMAIN` answers for the policy, at most 8. Asked also where there is no record. Empty
    /// where the name has no address: `addresses` says why.
    #[serde(default)]
    pub fetches: Vec<MtaStsFetch>,
    /// The addresses of `mta-sts.DOMAIN`, with the port of https.
    pub addresses: Outcome<Vec<SocketAddr>>,
    /// Which pattern of the policy names which server (RFC 8461 4.1). Empty where no policy can be used, or where it names no
    /// servers.
    #[serde(default)]
    pub matches: Vec<MtaStsMatch>,
}

impl MtaSts {
    /// The policy that senders would take: from the first address whose answer has no fault.
    pub fn policy(&self) -> Option<&MtaStsPolicy> {
        self.fetches.iter().find_map(MtaStsFetch::usable)
    }

    /// The policy that is in force: a record that tells of it, and a policy without fault.
    pub fn in_force(&self) -> Option<&MtaStsPolicy> {
        self.record.as_ref().and_then(|_| self.policy())
    }
}

/// The record that tells of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MtaStsRecord {
    /// The policy's name, which changes with it.
    pub id: String,
    /// Fields that RFC 8461 does not know; they are ignored.
    #[serde(default)]
    pub extensions: Vec<String>,
}

/// What one address answers for the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MtaStsFetch {
    /// `https://mta-sts.DOMAIN/.well-known/mta-sts.txt`.
    pub url: String,
    /// The address.
    pub address: SocketAddr,
    /// The status of the answer.
    pub status: Outcome<u16>,
    /// The `Content-Type` as it stands.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Where a redirect leads. It is not followed (RFC 8461 3.3).
    #[serde(default)]
    pub location: Option<String>,
    /// True where the certificate is trusted by Mozilla's roots or by given ones and names the host. The chain is a fact of
    /// its own.
    pub certificate: Outcome<bool>,
    /// The body as far as it was read, at most 64 KiB; what is no UTF-8 stands as U+FFFD. Empty where the answer is no
    /// policy.
    #[serde(default)]
    pub text: String,
    /// What can be read of the policy, even where a fault says that senders do not take it.
    #[serde(default)]
    pub policy: Option<MtaStsPolicy>,
    /// Why senders do not take it, or what is not as it should be.
    #[serde(default)]
    pub faults: Vec<MtaStsFault>,
}

impl MtaStsFetch {
    /// The policy, where senders take it.
    pub fn usable(&self) -> Option<&MtaStsPolicy> {
        let broken = self.faults.iter().any(|fault| fault.kind.is_fatal());
        self.policy.as_ref().filter(|_| !broken && self.certificate.value() == Some(&true))
    }
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MtaStsPolicy {
    /// What a sender does where a server cannot be verified; none where the document does not say it.
    pub mode: Option<MtaStsMode>,
    /// How long a sender keeps it, in seconds; none where the document does not say it.
    pub max_age: Option<u32>,
    /// The patterns that name servers, in lower case, in the document's order, at most 500.
    pub mx: Vec<String>,
    /// Fields that RFC 8461 does not know; they are ignored.
    #[serde(default)]
    pub extensions: Vec<String>,
}

/// The modes (RFC 8461 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MtaStsMode {
    /// Mail is not sent to a server that cannot be verified.
    Enforce,
    /// It is sent, and reported.
    Testing,
    /// There is no policy any more.
    None,
}

/// What is wrong with a record or a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MtaStsFault {
    /// The kind, for programs.
    pub kind: MtaStsFaultKind,
    /// The same in words, for people.
    pub detail: String,
}

/// Kinds of faults of MTA-STS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MtaStsFaultKind {
    /// Several records begin with `v=STSv1;`: senders take them for none (RFC 8461 3.1).
    SeveralRecords,
    /// The record does not keep the grammar (3.1).
    RecordSyntax,
    /// The record has no `id`, or one that is no name of 1 to 32 letters and digits (3.1).
    RecordId,
    /// The answer redirects; senders do not follow (3.3).
    Redirect,
    /// The status is not 200 (3.3).
    Status,
    /// The media type is not `text/plain` (3.2); senders should then not take it.
    MediaType,
    /// It is longer than the 64 KiB that senders are told to read at most (3.3).
    TooLong,
    /// The certificate is not trusted, or names another host (3.3).
    Certificate,
    /// A line keeps no grammar (3.2).
    PolicySyntax,
    /// There is no `version: STSv1` (3.2).
    Version,
    /// There is no `mode`, or one that is not known (3.2).
    Mode,
    /// There is no `max_age`, or one that is no number from 0 to 31557600 (3.2).
    MaxAge,
    /// It names no server, although its mode is not `none` (3.2).
    NoMx,
    /// A pattern is no name, with `*` as the first label at most (3.2).
    MxPattern,
    /// A field that may stand once stands again, and what comes later is ignored (3.2).
    Repeated,
}

impl MtaStsFaultKind {
    /// Senders take the record or the policy for none. RFC 8461 3.2 says that they should look at the media type, so that one
    /// counts as well.
    pub fn is_fatal(self) -> bool {
        !matches!(self, MtaStsFaultKind::Repeated)
    }
}

/// Whether the policy names a server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MtaStsMatch {
    /// The server of the MX record.
    pub mx: String,
    /// The pattern that names it; none where none does.
    pub pattern: Option<String>,
}
