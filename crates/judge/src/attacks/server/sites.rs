//! What the sites of a server come to: what was not read of them, and what is in order.

use midwatch_model::{AttackId, Because, Verdict};

use crate::View;
use crate::attack::link;
use crate::view::server::is_closed_plain;
use crate::words;

/// Sites that could not all be read.
pub(super) fn unread(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.inside.sites else {
        return vec![link("which sites this server serves was not read", &[])];
    };
    let Some(first) = seen.fact.unread.first() else { return Vec::new() };
    let more = match seen.fact.unread.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    vec![link(format!("not every site could be read: {}: {}{more}", first.file, first.why), &[seen.id])]
}

/// Certificates of sites that could not be read.
pub(super) fn unread_certificates(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.inside.sites else { return Vec::new() };
    let used: std::collections::BTreeSet<u32> =
        seen.fact.sites.iter().flat_map(|site| site.certificates.iter().copied()).collect();
    let files = used.iter().filter_map(|at| seen.fact.certificates.get(usize::try_from(*at).ok()?));
    let unread: Vec<_> = files.filter_map(|file| Some((file, file.certificate.why_not()?))).collect();
    let Some((file, why)) = unread.first() else { return Vec::new() };
    let more = match unread.len() {
        1 => String::new(),
        count => format!(" (and {} more)", words::count(count - 1, "file")),
    };
    vec![link(format!("the certificate in {} could not be read: {why}{more}", file.file), &[seen.id])]
}

/// Audits that did not come to their end.
pub(super) fn not_audited(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.inside.faults else { return Vec::new() };
    let left = seen.fact.found.saturating_sub(seen.fact.audited) + seen.fact.not_measured;
    if left == 0 {
        return Vec::new();
    }
    let text = format!("{} of this server could not be measured", words::count(left as usize, "site"));
    vec![link(text, &[seen.id])]
}

/// Audits that could not tell; or that there were none. Where a method is open, their findings say so.
pub(super) fn open_audits(view: &View<'_>, attack: AttackId) -> Vec<Because> {
    let Some(seen) = view.inside.faults else {
        if view.inside.sites.is_some_and(|seen| seen.fact.sites.is_empty()) {
            return Vec::new();
        }
        return vec![link("what the sites of this server answer was not asked (--sites)", &[])];
    };
    let tallies = seen.fact.verdicts.iter().filter(|tally| tally.attack == attack);
    let open: u32 = tallies.filter(|tally| tally.verdict == Verdict::Unknown).map(|tally| tally.sites).sum();
    if open == 0 {
        return Vec::new();
    }
    let text = format!("the audits of {} could not tell", counted(open as usize));
    vec![link(text, &[seen.id])]
}

/// Every audit finds a method closed.
pub(super) fn closed_audits(view: &View<'_>, attack: AttackId) -> Vec<Because> {
    let Some(seen) = view.inside.faults else {
        let none = view.inside.sites.filter(|seen| seen.fact.sites.is_empty());
        let say = |id| link("no program on this server is told to serve sites", &[id]);
        return none.map(|seen| say(seen.id)).into_iter().collect();
    };
    let tallies = seen.fact.verdicts.iter().filter(|tally| tally.attack == attack);
    let closed: u32 =
        tallies.filter(|tally| tally.verdict == Verdict::Protected).map(|tally| tally.sites).sum();
    if closed == 0 || closed < seen.fact.audited {
        return Vec::new();
    }
    vec![link(format!("the audits of {} find it closed", counted(closed as usize)), &[seen.id])]
}

/// Every site speaks TLS, and plain http leads there.
pub(super) fn nothing_plain(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.inside.sites else { return Vec::new() };
    let sites = &seen.fact.sites;
    if sites.is_empty() {
        return vec![link("no program on this server is told to serve sites", &[seen.id])];
    }
    if !sites.iter().all(is_closed_plain) {
        return Vec::new();
    }
    let text =
        format!("by its configuration none of {} shows anything over plain http", counted(sites.len()));
    vec![link(text, &[seen.id])]
}

/// Every certificate that could be read is in order.
pub(super) fn certificates(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.inside.sites else { return Vec::new() };
    let read = seen.fact.certificates.iter().filter(|file| file.certificate.is_seen()).count();
    if read == 0 && seen.fact.sites.is_empty() {
        return vec![link("no program on this server is told to serve sites", &[seen.id])];
    }
    let automatic = seen.fact.sites.iter().filter(|site| site.automatic).count();
    let mut said = Vec::new();
    if read > 0 {
        said.push(format!(
            "{} on disk name the sites that have them and are valid",
            words::count(read, "certificate")
        ));
    }
    if automatic > 0 {
        said.push(format!("{} keep their certificates by themselves", counted(automatic)));
    }
    if said.is_empty() {
        return Vec::new();
    }
    vec![link(words::and(&said), &[seen.id])]
}

fn counted(sites: usize) -> String {
    words::count(sites, "site")
}
