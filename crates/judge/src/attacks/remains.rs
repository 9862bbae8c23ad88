//! What remains even where a method is closed, and what this run did not look at.

use midwatch_model::{CertificateChain, CrawlEnd, OcspAnswer, Target, Timestamp, TimestampSignature};

use super::gaps::unreachable_from_here;
use crate::View;
use crate::view::{HstsState, revocation};
use crate::words;

/// Pages and addresses that this run did not reach.
pub(crate) fn not_looked_at(view: &View<'_>) -> Vec<String> {
    let mut remains = Vec::new();
    if let Some(crawl) = view.crawl {
        if crawl.fact.left > 0 {
            let why = match crawl.fact.end {
                CrawlEnd::PageLimit => "the limit on pages was reached",
                CrawlEnd::DepthLimit => "they lie deeper than the limit",
                CrawlEnd::TimeLimit => "the time was used up",
                CrawlEnd::Complete | CrawlEnd::NoStart => "they were left out",
            };
            let pages = words::count(crawl.fact.left as usize, "page");
            remains.push(format!("{pages} that were found were not looked at: {why}."));
        }
        if crawl.fact.failed > 0 {
            let documents = words::count(crawl.fact.failed as usize, "document");
            remains.push(format!("{documents} could not be fetched."));
        }
    }
    if let Target::Site { .. } = view.target {
        remains.push("Pages behind a login, and what scripts load, were not looked at.".into());
    }
    remains.extend(addresses(view));
    remains
}

/// Addresses that cannot be reached from this computer.
pub(crate) fn addresses(view: &View<'_>) -> Vec<String> {
    let lost: Vec<String> = view
        .endpoints
        .iter()
        .filter(|endpoint| unreachable_from_here(endpoint.fact))
        .map(|endpoint| endpoint.fact.address.to_string())
        .collect();
    if lost.is_empty() || lost.len() == view.endpoints.len() {
        return Vec::new();
    }
    vec![format!("{} cannot be reached from here, and may answer differently.", words::and(&lost))]
}

/// The first visit of all.
pub(crate) fn first_visit(view: &View<'_>) -> Vec<String> {
    let Some(seen) = view.hsts_of(&view.host) else { return Vec::new() };
    match &seen.state {
        HstsState::Valid { .. } if view.preloaded(&view.host).is_some() => {
            vec!["Programs and browsers without the preload list are told on their first visit alone.".into()]
        }
        HstsState::Valid { .. } => {
            let looked_up = match view.not_preloaded(&view.host) {
                Some(seen) => format!("the name is not on that of {}", seen.fact.date),
                None => "whether the name is on it was not looked up".into(),
            };
            vec![format!(
                "A browser's very first visit, before it has ever seen the header, is protected by the browsers' \
                 preload list alone; {looked_up}."
            )]
        }
        _ => Vec::new(),
    }
}

/// What a trusted certificate does not rule out.
pub(crate) fn mis_issue(view: &View<'_>) -> Vec<String> {
    let logged = |chain: &CertificateChain| {
        let valid = |one: &Timestamp| one.signature == TimestampSignature::Valid;
        chain.transparency.as_ref().is_some_and(|transparency| transparency.timestamps.iter().any(valid))
    };
    let asked = |chain: &CertificateChain| {
        revocation::answers(chain)
            .any(|(at, _, answer)| at == 0 && matches!(answer, OcspAnswer::Verified { .. }))
    };
    let any = |is: &dyn Fn(&CertificateChain) -> bool| view.chains.iter().any(|chain| is(chain.fact));
    let missing: Vec<&str> = [
        ("certificate transparency", !any(&logged)),
        ("CAA records", view.dns.caa().is_none()),
        ("revocation", !any(&asked)),
    ]
    .into_iter()
    .filter_map(|(what, is_missing)| is_missing.then_some(what))
    .collect();
    let not_seen = match missing.as_slice() {
        [] => String::new(),
        some => format!(": nothing was seen of {}", words::and(some)),
    };
    vec![
        format!("An authority that issues by mistake, or is made to{not_seen}."),
        "A root that was added to a visitor's own computer.".into(),
    ]
}
