//! A domain's mail: who takes it, what protects its way, and how people send and read it.

mod autoconfig;
mod exchange;
mod sender;
mod service;
mod sts;
mod tls_rpt;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Security};

pub use autoconfig::{
    AutoconfigServer, AutoconfigSource, MailAutoconfig, MailAutoconfigDocument, SocketType,
};
pub use exchange::{DaneChain, DaneFault, DaneRecord, ExchangeFault, MailExchange};
pub use sender::{
    Dkim, DkimKey, Dmarc, DmarcAlignment, DmarcPolicy, DmarcRecord, MailTextFault, Spf, SpfEvaluation,
    SpfFault, SpfFaultKind, SpfQualifier,
};
pub use service::{MailListens, MailNamedBy, MailProtocol, MailService, MailSrv, SrvRecord};
pub use sts::{
    MtaSts, MtaStsFault, MtaStsFaultKind, MtaStsFetch, MtaStsMatch, MtaStsMode, MtaStsPolicy, MtaStsRecord,
};
pub use tls_rpt::{TlsRpt, TlsRptFault, TlsRptFaultKind, TlsRptRecord};

/// The TXT records of a name, each with its strings put together (RFC 7208 3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TextRecords {
    /// The name that was asked for.
    pub name: String,
    /// The names that CNAME records lead through, in order, without the first; empty as a rule.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The records, sorted, at most 100 of at most 4,096 bytes each; bytes that are no UTF-8 stand as `\xNN`. Empty where
    /// there are none.
    pub texts: Outcome<Vec<String>>,
    /// What DNSSEC proves of them, or of there being none.
    pub security: Outcome<Security>,
}

impl TextRecords {
    /// The records that were seen; none where they were not measured.
    pub fn seen(&self) -> &[String] {
        self.texts.value().map(Vec::as_slice).unwrap_or_default()
    }
}
