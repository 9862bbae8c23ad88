//! What was not measured, so that nothing can count as closed.

use midwatch_model::{Because, EntryKind, Outcome, ReasonKind, Target, TlsEndpoint};

use crate::View;
use crate::attack::link;
use crate::view::{FirstHop, Trust, first_hop, is_closed};
use crate::words;

/// Everything that a method of a TLS service rests on: versions, suites and the certificate.
pub(crate) fn tls(view: &View<'_>) -> Vec<Because> {
    let mut gaps = versions(view);
    gaps.extend(certificate(view));
    gaps
}

/// The ways in over http and https, and the answers of plain http.
pub(crate) fn ways_in(view: &View<'_>) -> Vec<Because> {
    let Target::Site { .. } = view.target else { return Vec::new() };
    let mut gaps = Vec::new();
    for (kind, name) in [(EntryKind::Http, "http"), (EntryKind::Https, "https")] {
        let Some(entry) = view.entry(kind) else {
            gaps.push(link(format!("what {name}://{}/ answers was not measured", view.host), &[]));
            continue;
        };
        let start = &entry.fact.start;
        match first_hop(entry.fact) {
            Some(FirstHop::Unmeasured(why)) => {
                gaps.push(link(format!("what {start} answers could not be measured: {why}"), &[entry.id]));
            }
            Some(FirstHop::Closed) if kind == EntryKind::Https => {
                gaps.push(link(format!("nothing listens at {start}"), &[entry.id]));
            }
            Some(FirstHop::Refused(how)) if kind == EntryKind::Https => {
                gaps.push(link(format!("{start} refuses to answer ({how})"), &[entry.id]));
            }
            Some(FirstHop::NoSuchName) => {
                gaps.push(link(format!("there is no address for {start}"), &[entry.id]));
            }
            None => gaps.push(link(format!("what {start} answers was not measured"), &[entry.id])),
            _ => {}
        }
    }
    gaps
}

/// What keeps browsers on https, where nothing can: HSTS does not work for an address (RFC 6797, 8.1.1).
pub(crate) fn hsts(view: &View<'_>) -> Vec<Because> {
    match view.target {
        Target::Site { .. } if view.host_is_address() => {
            let text = format!(
                "nothing can tell browsers to use https alone for {}, which is an address (RFC 6797 8.1.1)",
                view.host
            );
            vec![link(text, &[])]
        }
        _ => Vec::new(),
    }
}

/// What plain http answers for the pages that https serves.
pub(crate) fn plain_pages(view: &View<'_>) -> Vec<Because> {
    let open: Vec<&str> = view
        .plain
        .iter()
        .filter(|answer| answer.fact.exchange.response.is_unmeasured() && !is_closed(&answer.fact.exchange))
        .map(|answer| answer.id)
        .collect();
    let first = view.plain.iter().find(|answer| open.first() == Some(&answer.id));
    let Some(first) = first else { return Vec::new() };
    let why = first.fact.exchange.response.why_not().map(ToString::to_string).unwrap_or_default();
    let more = match open.len() {
        1 => String::new(),
        more => format!(" (and {} more)", words::count(more - 1, "page")),
    };
    let text =
        format!("what plain http answers at {} could not be measured: {why}{more}", first.fact.exchange.url);
    vec![link(text, &open)]
}

/// The pages of the site.
pub(crate) fn pages(view: &View<'_>) -> Vec<Because> {
    match view.crawl {
        Some(crawl) if crawl.fact.pages > 0 => Vec::new(),
        Some(crawl) => {
            let text = format!("no page of the site could be looked at, beginning at {}", crawl.fact.start);
            vec![link(text, &[crawl.id])]
        }
        None => vec![link("the pages of the site were not looked at", &[])],
    }
}

/// Versions and suites of every address that could be reached.
pub(crate) fn versions(view: &View<'_>) -> Vec<Because> {
    if view.endpoints.is_empty() {
        return vec![link(format!("TLS at {} was not measured", view.endpoint_name()), &[])];
    }
    let mut gaps = Vec::new();
    let reached = view.endpoints.iter().any(|endpoint| !unreachable_from_here(endpoint.fact));
    for endpoint in &view.endpoints {
        if reached && unreachable_from_here(endpoint.fact) {
            continue;
        }
        let at = endpoint.fact.address;
        for result in &endpoint.fact.versions {
            match &result.support {
                Outcome::Unmeasured { why } => {
                    let text =
                        format!("whether {at} accepts {} could not be measured: {why}", result.version);
                    gaps.push(link(text, &[endpoint.id]));
                }
                Outcome::Seen { value } => {
                    if let Some(why) = &value.suites_incomplete {
                        let text =
                            format!("not every suite of {} at {at} could be measured: {why}", result.version);
                        gaps.push(link(text, &[endpoint.id]));
                    }
                }
                Outcome::Refused { .. } => {}
            }
        }
        if endpoint.fact.versions.is_empty() {
            gaps.push(link(format!("the TLS versions of {at} were not measured"), &[endpoint.id]));
        } else if endpoint.fact.versions.iter().all(|result| result.support.is_refused()) {
            gaps.push(link(format!("{at} accepts no version of TLS that was tried"), &[endpoint.id]));
        }
    }
    gaps
}

/// The certificate of the host.
pub(crate) fn certificate(view: &View<'_>) -> Vec<Because> {
    match view.trust(view.certificate_host()) {
        Trust::Unknown => {
            vec![link(
                format!("who trusts the certificate of {} was not measured", view.endpoint_name()),
                &[],
            )]
        }
        Trust::Yes { .. } | Trust::No { .. } => Vec::new(),
    }
}

/// True where nothing of an endpoint was measured, for want of a route from this computer: that says nothing
/// of the server, and most computers without IPv6 meet it at every site that has it.
pub(crate) fn unreachable_from_here(endpoint: &TlsEndpoint) -> bool {
    !endpoint.versions.is_empty()
        && endpoint
            .versions
            .iter()
            .all(|result| result.support.why_not().is_some_and(|why| why.kind == ReasonKind::Unreachable))
}
