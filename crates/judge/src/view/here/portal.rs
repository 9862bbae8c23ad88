//! Whether somebody on the way answers plain http in the sites' stead until one has signed in.

use midwatch_fields::site::{registrable_domain, same_site};
use midwatch_model::{Confidence, Host, PlainSite, PlainSiteAnswer, is_private};
use url::Url;

use super::Here;
use crate::checks::support;
use crate::view::Seen;

/// A captive portal, as plain http shows it.
pub(crate) struct Portal<'a> {
    /// How sure it is.
    pub(crate) confidence: Confidence,
    /// The observations, and what each site answered.
    pub(crate) evidence: Vec<(&'a str, String)>,
}

type Answered<'a> = (Seen<'a, PlainSite>, &'a PlainSiteAnswer);

/// The portal, where the answers of public sites show one. What a single site does is its own doing, but for a status
/// that is for portals alone.
pub(crate) fn portal<'a>(here: &Here<'a>) -> Option<Portal<'a>> {
    let public = here.plain_sites.iter().filter(|seen| !is_own(&seen.fact.host));
    let all: Vec<Answered<'a>> = public.filter_map(|seen| Some((*seen, seen.fact.answer.value()?))).collect();
    let by_code: Vec<Answered<'a>> =
        all.iter().filter(|(_, answer)| answer.status == NETWORK_AUTHENTICATION).copied().collect();
    if !by_code.is_empty() {
        return Some(of(&by_code, Confidence::Certain));
    }
    let private = all.iter().all(|(_, answer)| leads_to(answer).is_some_and(|to| is_private_url(&to)));
    if private && all.len() == 1 && all.iter().all(|(_, answer)| !is_private(answer.address.ip())) {
        return Some(of(&all, Confidence::Tentative));
    }
    if sites(&all) < 2 {
        return None;
    }
    let confidence = if private {
        Confidence::Certain
    } else if lead_to_one_place(&all) || same(&all, |answer| answer.body_sha256.as_deref()) {
        Confidence::Firm
    } else if same(&all, |answer| answer.title.as_deref()) {
        Confidence::Tentative
    } else {
        return None;
    };
    Some(of(&all, confidence))
}

/// 511 Network Authentication Required (RFC 6585 section 6).
const NETWORK_AUTHENTICATION: u16 = 511;

/// An address of a network's own, which its owner may lead where they like.
fn is_own(host: &Host) -> bool {
    matches!(host, Host::Address(address) if is_private(*address))
}

fn of<'a>(answered: &[Answered<'a>], confidence: Confidence) -> Portal<'a> {
    let evidence = answered.iter().map(|(seen, answer)| (seen.id, told(seen.fact, answer))).collect();
    Portal { confidence, evidence }
}

fn told(site: &PlainSite, answer: &PlainSiteAnswer) -> String {
    let mut text =
        format!("http://{}/ was answered by {} with status {}", site.host, answer.address, answer.status);
    if let Some(to) = &answer.leads_to {
        text.push_str(&format!(", leading to {}", support::quoted(to)));
    }
    if let Some(title) = &answer.title {
        text.push_str(&format!(", titled {}", support::quoted(title)));
    }
    text
}

/// Sites of different registrable domains.
fn sites(all: &[Answered<'_>]) -> usize {
    let mut met: Vec<String> = Vec::new();
    for (seen, _) in all {
        let host = seen.fact.host.to_string();
        if !met.iter().any(|known| same_site(known, &host)) {
            met.push(host);
        }
    }
    met.len()
}

/// Where it leads that is another site.
fn leads_to(answer: &PlainSiteAnswer) -> Option<Url> {
    let to = answer.leads_to.as_deref().filter(|_| answer.same_site == Some(false))?;
    Url::parse(to).ok()
}

fn is_private_url(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => is_private(address.into()),
        Some(url::Host::Ipv6(address)) => is_private(address.into()),
        _ => false,
    }
}

/// Every site leads to another, and all of them to the same.
fn lead_to_one_place(all: &[Answered<'_>]) -> bool {
    let place = |answer: &PlainSiteAnswer| {
        let host = leads_to(answer)?.host_str()?.to_ascii_lowercase();
        Some(registrable_domain(&host).map(str::to_owned).unwrap_or(host))
    };
    let places: Option<Vec<String>> = all.iter().map(|(_, answer)| place(answer)).collect();
    places.is_some_and(|places| places.windows(2).all(|pair| matches!(pair, [a, b] if a == b)))
}

/// Every site answers with content that leads nowhere, and all with the same.
fn same<'a>(all: &[Answered<'a>], what: impl Fn(&'a PlainSiteAnswer) -> Option<&'a str>) -> bool {
    let is_page = |answer: &PlainSiteAnswer| matches!(answer.status, 200..=299) && answer.leads_to.is_none();
    let texts: Option<Vec<&str>> = all
        .iter()
        .map(|(_, answer)| what(answer).filter(|text| is_page(answer) && !text.trim().is_empty()))
        .collect();
    texts.is_some_and(|texts| texts.windows(2).all(|pair| matches!(pair, [a, b] if a == b)))
}
