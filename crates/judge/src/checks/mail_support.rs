//! What several checks of mail share.

use midwatch_model::{Dmarc, DmarcPolicy, MailExchange, Outcome, Time};

use crate::view::View;

/// `mx1.shop.example:25`.
pub(crate) fn at_port(exchange: &MailExchange) -> String {
    format!("{}:{}", exchange.host, exchange.port)
}

/// SHA-256 of the public keys that a server showed, in hexadecimal, each once.
pub(crate) fn keys(view: &View<'_>, exchange: &MailExchange) -> Vec<String> {
    let mut all: Vec<String> = view
        .mail
        .chains_of(&exchange.host, exchange.port)
        .filter_map(|chain| Some(super::support::leaf(chain.fact)?.spki_sha256.clone()))
        .collect();
    all.sort();
    all.dedup();
    all
}

/// A name for a new policy of MTA-STS: the moment, as letters and digits (RFC 8461 3.1).
pub(crate) fn policy_id(now: Time) -> String {
    now.strftime("%Y%m%d%H%M%S").to_string()
}

/// Whether the domain takes mail; none where that is not known.
pub(crate) fn takes_mail(view: &View<'_>) -> Option<bool> {
    if view.mail.null_mx().is_some() {
        return Some(false);
    }
    match view.mail.mx?.fact.records {
        Outcome::Seen { .. } => Some(view.mail.takers().next().is_some()),
        _ => None,
    }
}

/// The policy of DMARC that holds for the domain: below the organisational domain, what that says of subdomains.
pub(crate) fn dmarc_policy(dmarc: &Dmarc) -> Option<DmarcPolicy> {
    let record = dmarc.record.value()?;
    let own = dmarc.found_at.as_ref().is_none_or(|at| *at == dmarc.domain);
    Some(if own { record.policy } else { record.for_subdomains() })
}

/// DMARC has receivers refuse or set aside mail in the domain's name that nothing proves.
pub(crate) fn dmarc_stops(view: &View<'_>) -> bool {
    let policy = view.mail.dmarc.and_then(|seen| dmarc_policy(seen.fact));
    matches!(policy, Some(DmarcPolicy::Quarantine | DmarcPolicy::Reject))
}
