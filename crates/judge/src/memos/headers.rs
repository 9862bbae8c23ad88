//! The header fields of a page that protect its visitors: those of the page that the way in over https leads to.
//!
//! Only an answer with content (2xx) over https, of the same site, tells them: pages for faults and for maintenance are
//! often sent by another program, without any of them. The memo's place is where the way in begins, which stays when
//! the page that it leads to gets another address.

use std::collections::BTreeMap;

use midwatch_fields::{csp, hsts, site};
use midwatch_model::{EntryEnd, EntryKind, Fact, Memo, Remembered, Response};
use url::Url;

use crate::view::is_content;

/// What protects visitors, and by whose rules.
const FIELDS: &[&str] = &[
    "content-security-policy",      // W3C CSP 3
    "cross-origin-embedder-policy", // HTML standard
    "cross-origin-opener-policy",   // HTML standard
    "cross-origin-resource-policy", // Fetch standard
    "permissions-policy",           // W3C Permissions Policy
    "referrer-policy",              // W3C Referrer Policy
    "strict-transport-security",    // RFC 6797
    "x-content-type-options",       // Fetch standard
    "x-frame-options",              // RFC 7034
];

/// Characters of a value that are kept.
const MAX_VALUE: usize = 4_000;

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    let memo = |fact: &&Fact| {
        let Fact::Entry(entry) = fact else { return None };
        let (EntryKind::Https, EntryEnd::Landed { .. }) = (entry.entry, &entry.end) else { return None };
        let last = entry.hops.last()?;
        let (start, page) = (Url::parse(&entry.start).ok()?, Url::parse(&last.exchange.url).ok()?);
        let (from, to) = (start.host_str()?, page.host_str()?);
        let own = from == to || site::same_site(from, to);
        let response = last.exchange.response.value().filter(|response| is_content(response))?;
        let what = Remembered::Headers { fields: fields(response) };
        (own && page.scheme() == "https").then(|| Memo { place: entry.start.clone(), what })
    };
    facts.iter().filter_map(memo).take(1).collect()
}

fn fields(response: &Response) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for name in FIELDS {
        let values: Vec<&str> = response.header(name).collect();
        if values.is_empty() {
            continue;
        }
        let value = match *name {
            "strict-transport-security" => policy(&values),
            "content-security-policy" => content_policy(&values),
            _ => plain(&values),
        };
        // A policy without a directive is none (CSP 3, 2.2.2).
        if !value.is_empty() {
            found.insert((*name).to_owned(), value.chars().take(MAX_VALUE).collect());
        }
    }
    found
}

/// What a browser takes from the fields, which is the first alone (RFC 6797 8.1), in one form.
fn policy(values: &[&str]) -> String {
    match hsts::from_header(values.iter().copied()) {
        Some(Ok(policy)) => {
            let mut text = format!("max-age={}", policy.max_age);
            for (is, name) in [(policy.include_sub_domains, "includeSubDomains"), (policy.preload, "preload")]
            {
                if is {
                    text.push_str("; ");
                    text.push_str(name);
                }
            }
            text
        }
        _ => plain(values),
    }
}

/// Values in the order received, blanks made even.
fn plain(values: &[&str]) -> String {
    let even = |value: &&str| value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    values.iter().map(even).collect::<Vec<_>>().join(", ")
}

/// Every policy with its directives and their sources in order, which means nothing to browsers; nonces and hashes as
/// marks, since they differ with every answer and every release; without where reports go, which protects nobody.
fn content_policy(values: &[&str]) -> String {
    let mut policies: Vec<String> = Vec::new();
    for policy in csp::from_header(values.iter().copied()) {
        let mut directives: Vec<String> = Vec::new();
        for directive in policy.directives {
            if matches!(directive.name.as_str(), "report-uri" | "report-to") {
                continue;
            }
            let mut sources: Vec<String> = directive.values.iter().map(|source| mark(source)).collect();
            sources.sort();
            sources.dedup();
            sources.insert(0, directive.name);
            directives.push(sources.join(" "));
        }
        directives.sort();
        if !directives.is_empty() {
            policies.push(directives.join("; "));
        }
    }
    policies.sort();
    policies.join(", ")
}

/// A source without what differs from answer to answer.
fn mark(source: &str) -> String {
    let lower = source.to_ascii_lowercase();
    for start in ["'nonce-", "'sha256-", "'sha384-", "'sha512-"] {
        if lower.starts_with(start) {
            return format!("{start}*'");
        }
    }
    // Keywords and hosts are compared without regard to case (CSP 3, 6.7.2), paths are not.
    if lower.contains('/') && !lower.ends_with("//") { source.to_owned() } else { lower }
}
