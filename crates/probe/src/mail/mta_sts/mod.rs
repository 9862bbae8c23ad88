//! MTA-STS (RFC 8461): the record, the policy, and which servers it names.

mod fetch;
mod policy;
mod record;

use std::sync::Arc;

use futures_util::future::join_all;
use midwatch_model::{CertificateChain, Host, MtaSts, MtaStsMatch, MtaStsMode};

pub use fetch::media_type_is_plain;
pub use policy::{MAX_POLICY, names, policy};
pub use record::record;

use super::web::Web;
use crate::dns::Lookups;

/// Addresses of the policy's host that are asked.
const MAX_ADDRESSES: usize = 8;

/// Asks for the record of a domain and for its policy, and lays the policy beside the servers that take the domain's mail.
/// The chains that the policy's host sent are given as well.
pub async fn ask(
    lookups: &Lookups,
    web: &Arc<Web>,
    domain: &str,
    exchanges: &[String],
) -> (MtaSts, Vec<CertificateChain>) {
    let host = Host::Name(format!("mta-sts.{domain}"));
    let owner = format!("_mta-sts.{domain}");
    let (txt, resolved) = tokio::join!(lookups.text(&owner), web.net().resolve(&host, 443));
    let (record, record_faults) = record(txt.seen());
    let addresses = resolved.addresses.value().map(Vec::as_slice).unwrap_or_default();
    let asked = addresses.iter().take(MAX_ADDRESSES).map(|address| fetch::fetch(web, &host, *address));
    let (fetches, chains): (Vec<_>, Vec<_>) = join_all(asked).await.into_iter().unzip();
    let mut sts = MtaSts {
        domain: domain.to_owned(),
        txt,
        record,
        record_faults,
        fetches,
        addresses: resolved.addresses,
        matches: Vec::new(),
    };
    if let Some(policy) = sts.policy()
        && policy.mode != Some(MtaStsMode::None)
    {
        let of = |mx: &String| MtaStsMatch {
            mx: mx.clone(),
            pattern: policy.mx.iter().find(|pattern| names(pattern, mx)).cloned(),
        };
        sts.matches = exchanges.iter().map(of).collect();
    }
    (sts, chains.into_iter().flatten().collect())
}

/// `sts-ext-name` and `sts-policy-ext-name`: a letter or digit, then at most 31 more, `_`, `-` and `.` among them.
pub(super) fn is_extension_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(fits)
}
