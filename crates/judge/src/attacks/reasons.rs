//! Why a method is closed. Each reason rests on something that was seen; where it cannot be given, it is left
//! out, and a method without any reason does not count as closed.

use midwatch_fields::mixed::Mixed;
use midwatch_model::{Because, EntryKind, OcspAnswer, OcspStatus, TimestampSignature, TlsVersion};

use crate::View;
use crate::attack::link;
use crate::view::{FirstHop, HstsState, Trust, first_hop, is_closed, revocation};
use crate::words;

/// Plain http shows nothing.
pub(crate) fn nothing_plain(view: &View<'_>) -> Vec<Because> {
    let mut reasons = Vec::new();
    if let Some(entry) = view.entry(EntryKind::Http) {
        let start = &entry.fact.start;
        match first_hop(entry.fact) {
            Some(FirstHop::Closed) => {
                reasons.push(link(format!("nothing listens at {start}"), &[entry.id]));
            }
            Some(FirstHop::Redirect { status, to: Some(to) }) if to.scheme() == "https" => {
                reasons
                    .push(link(format!("{start} answers with a redirect to {to} ({status})"), &[entry.id]));
            }
            Some(FirstHop::NoPage { status }) => {
                reasons.push(link(format!("{start} shows no page (status {status})"), &[entry.id]));
            }
            Some(FirstHop::Refused(how)) => {
                reasons.push(link(format!("{start} refuses to answer ({how})"), &[entry.id]));
            }
            _ => {}
        }
    }
    let looked_at: Vec<&str> = view
        .plain
        .iter()
        .filter(|answer| !answer.fact.exchange.response.is_unmeasured() || is_closed(&answer.fact.exchange))
        .map(|answer| answer.id)
        .collect();
    if !looked_at.is_empty() && view.plain_pages().is_empty() {
        let pages = match looked_at.len() {
            1 => "not the page that was".to_owned(),
            count => format!("none of the {count} pages that were"),
        };
        reasons.push(link(format!("plain http shows {pages} tried"), &looked_at));
    }
    reasons
}

/// HSTS holds.
pub(crate) fn hsts(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.hsts_of(&view.host) else { return Vec::new() };
    match &seen.state {
        HstsState::Valid { id, hsts, .. } if view.hsts_policy(&view.host).is_some() => {
            let below = if hsts.include_sub_domains { ", and on every name below it" } else { "" };
            let text = format!(
                "Strict-Transport-Security keeps browsers on https for {} after each visit{below}",
                words::duration(hsts.max_age)
            );
            vec![link(text, &[id])]
        }
        _ => Vec::new(),
    }
}

/// Browsers know the name before their first visit.
pub(crate) fn preloaded(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.preloaded(&view.host) else { return Vec::new() };
    let Some(entry) = &seen.fact.entry else { return Vec::new() };
    let name =
        if entry.name == view.host { "the name".to_owned() } else { format!("{} above it", entry.name) };
    let text = format!(
        "{name} is on the browsers' preload list (of {}), so that even a first visit goes over https",
        seen.fact.date
    );
    vec![link(text, &[seen.id])]
}

/// Public logs know the certificate, so that its owner can find one that somebody else had issued.
pub(crate) fn logged(view: &View<'_>) -> Vec<Because> {
    let of_host = view.chains.iter().filter(|chain| chain.fact.host.to_string() == view.certificate_host());
    for chain in of_host {
        let Some(transparency) = &chain.fact.transparency else { continue };
        let valid: Vec<_> = transparency
            .timestamps
            .iter()
            .filter(|timestamp| timestamp.signature == TimestampSignature::Valid)
            .collect();
        if valid.is_empty() {
            continue;
        }
        let mut operators: Vec<&str> = valid.iter().filter_map(|one| one.operator.as_deref()).collect();
        operators.sort_unstable();
        operators.dedup();
        let text = format!(
            "logs of {} signed that they know the certificate (checked with the list of {})",
            words::and(&operators),
            transparency.list
        );
        return vec![link(text, &[chain.id])];
    }
    Vec::new()
}

/// The certificate's authority says that it is not revoked.
pub(crate) fn not_revoked(view: &View<'_>) -> Vec<Because> {
    let of_host = view.chains.iter().filter(|chain| chain.fact.host.to_string() == view.certificate_host());
    for chain in of_host {
        for (at, whose, answer) in revocation::answers(chain.fact) {
            let OcspAnswer::Verified { status: OcspStatus::Good, next_update, .. } = answer else { continue };
            if at == 0 && next_update.is_none_or(|end| view.now <= end) {
                let until = next_update.map(|end| format!(" until {end}")).unwrap_or_default();
                let text = format!("{whose} says that the certificate is not revoked, and holds{until}");
                return vec![link(text, &[chain.id])];
            }
        }
    }
    Vec::new()
}

/// Only versions that are not deprecated are accepted.
pub(crate) fn modern_versions(view: &View<'_>) -> Vec<Because> {
    let mut versions: Vec<TlsVersion> = Vec::new();
    let mut ids = Vec::new();
    for endpoint in &view.endpoints {
        for (version, _) in endpoint.fact.accepted() {
            if !versions.contains(&version) {
                versions.push(version);
            }
            ids.push(endpoint.id);
        }
    }
    versions.sort();
    if versions.is_empty() || versions.iter().any(|version| *version < TlsVersion::Tls12) {
        return Vec::new();
    }
    let names: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    vec![link(format!("only {} {verb} accepted", words::and(&names)), &ids)]
}

/// Every connection has fresh keys.
pub(crate) fn forward_secrecy(view: &View<'_>) -> Vec<Because> {
    let mut ids = Vec::new();
    for endpoint in &view.endpoints {
        for (_, facts) in endpoint.fact.accepted() {
            if facts.suites.is_empty() || facts.suites.iter().any(|suite| !suite.forward_secret) {
                return Vec::new();
            }
            ids.push(endpoint.id);
        }
    }
    if ids.is_empty() {
        return Vec::new();
    }
    vec![link(
        "every suite has forward secrecy: a key that is stolen later opens nothing that was recorded",
        &ids,
    )]
}

/// Downgrades are refused.
pub(crate) fn fallback(view: &View<'_>) -> Vec<Because> {
    let ids: Vec<&str> = view
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.fact.fallback_scsv.value() == Some(&true))
        .map(|endpoint| endpoint.id)
        .collect();
    if ids.is_empty() {
        return Vec::new();
    }
    vec![link("a connection that was pushed back to an older version is refused (TLS_FALLBACK_SCSV)", &ids)]
}

/// The certificate is trusted.
pub(crate) fn certificate(view: &View<'_>) -> Vec<Because> {
    match view.trust(view.certificate_host()) {
        Trust::Yes { ids, stores } => {
            let stores: Vec<String> = stores.iter().map(|store| words::roots_of(store)).collect();
            let text = format!(
                "the certificate of {} names the host, is valid now, and leads to {}",
                view.endpoint_name(),
                words::and(&stores)
            );
            vec![link(text, &ids)]
        }
        Trust::No { .. } | Trust::Unknown => Vec::new(),
    }
}

/// No page asks for anything over plain http, or browsers see to it that nothing goes there.
pub(crate) fn pages(view: &View<'_>) -> Vec<Because> {
    let Some(crawl) = view.crawl.filter(|crawl| crawl.fact.pages > 0) else { return Vec::new() };
    let pages = words::count(crawl.fact.pages as usize, "page");
    let verb = if crawl.fact.pages == 1 { "was" } else { "were" };
    let loads = view
        .plain_references()
        .iter()
        .any(|reference| !matches!(reference.mixed, Mixed::Navigation | Mixed::Upgraded | Mixed::Stopped));
    let sends =
        view.secure_pages().any(|page| page.fact.forms.iter().any(|form| form.action.starts_with("http:")));
    let so = match (loads, sends) {
        (false, false) => "none loads anything over plain http or sends a form there",
        (true, false) => {
            "what they name over plain http are images and media, which browsers fetch over https instead"
        }
        (_, true) => "what they name over plain http, browsers that know the site fetch and send over https",
    };
    vec![link(format!("{pages} {verb} looked at, and {so}"), &[crawl.id])]
}

/// Session cookies stay on https.
pub(crate) fn cookies(view: &View<'_>) -> Vec<Because> {
    let sessions: Vec<(&str, String)> = view
        .session_cookies()
        .filter(|(_, stored, _)| stored.cookie.secure)
        .map(|(cookie, ..)| (cookie.id, cookie.fact.name.clone()))
        .collect();
    if sessions.is_empty() {
        // One that a browser refuses is no session that is safe.
        if view
            .cookies
            .iter()
            .any(|cookie| cookie.session.is_ok() && cookie.kept().is_none() && !cookie.deletes)
        {
            return Vec::new();
        }
        return match view.crawl {
            Some(crawl) if crawl.fact.pages > 0 => {
                let pages = words::count(crawl.fact.pages as usize, "page");
                vec![link(
                    format!(
                        "no cookie that looks like the key to a session was set on the {pages} looked at"
                    ),
                    &[crawl.id],
                )]
            }
            _ => Vec::new(),
        };
    }
    let mut names: Vec<&str> = sessions.iter().map(|(_, name)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let ids: Vec<&str> = sessions.iter().map(|(id, _)| *id).collect();
    let (noun, verb) = if names.len() == 1 { ("cookie", "has") } else { ("cookies", "have") };
    vec![link(
        format!(
            "the session's {noun} {} {verb} Secure, so that no browser sends it over plain http",
            words::some(&names, 5)
        ),
        &ids,
    )]
}
