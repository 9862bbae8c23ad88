//! What each host says of Strict-Transport-Security.

use midwatch_fields::hsts::{self, Hsts, HstsFault};
use midwatch_fields::set_cookie::domain_match;

use super::{Answer, Trust, View};

/// What one host says over https.
#[derive(Clone, Debug)]
pub struct HstsSeen<'a> {
    /// The host as it stands in a URL.
    pub host: String,
    /// The policy.
    pub state: HstsState<'a>,
    /// Answers without the header, where others have it: id and URL.
    pub without: Vec<(&'a str, String)>,
}

/// The policy of one host.
#[derive(Clone, Debug)]
pub enum HstsState<'a> {
    /// It answered over https, never with the header.
    Missing {
        /// The first answer.
        id: &'a str,
        /// Its URL.
        url: String,
    },
    /// The header breaks the grammar and counts for nothing.
    Invalid {
        /// The first answer that has it.
        id: &'a str,
        /// Its URL.
        url: String,
        /// The header's value.
        value: String,
        /// What is wrong.
        faults: Vec<HstsFault>,
    },
    /// A policy.
    Valid {
        /// The first answer that has it.
        id: &'a str,
        /// Its URL.
        url: String,
        /// The header's value.
        value: String,
        /// The policy.
        hsts: Hsts,
    },
}

/// Reads the policies off all answers over https, hosts in the order met.
pub(super) fn of_answers<'a>(answers: &[Answer<'a>]) -> Vec<HstsSeen<'a>> {
    let mut hosts: Vec<HstsSeen<'a>> = Vec::new();
    for answer in answers.iter().filter(|answer| answer.url.scheme() == "https") {
        let Some(host) = answer.url.host_str() else { continue };
        let (id, url) = (answer.id, answer.url.to_string());
        // The first field alone counts (RFC 6797, 8.1).
        let first = answer.response.header("strict-transport-security").next();
        let known = hosts.iter_mut().find(|seen| seen.host == host);
        let seen = match known {
            Some(seen) => seen,
            None => {
                let state = HstsState::Missing { id, url: url.clone() };
                hosts.push(HstsSeen { host: host.to_owned(), state, without: Vec::new() });
                let Some(last) = hosts.last_mut() else { continue };
                last
            }
        };
        let Some(value) = first else {
            seen.without.push((id, url));
            continue;
        };
        if let HstsState::Missing { .. } = seen.state {
            let value = value.to_owned();
            seen.state = match hsts::parse(&value) {
                Ok(hsts) => HstsState::Valid { id, url, value, hsts },
                Err(faults) => HstsState::Invalid { id, url, value, faults },
            };
        }
    }
    hosts
}

impl<'a> View<'a> {
    /// What a host says; `None` where it never answered over https.
    pub fn hsts_of(&self, host: &str) -> Option<&HstsSeen<'a>> {
        self.hsts.iter().find(|seen| seen.host == host)
    }

    /// The policy of a host, where a browser takes it: the header is sound, not taken back (max-age=0), and the
    /// certificate is not known to be refused (RFC 6797, 8.1).
    pub fn hsts_policy(&self, host: &str) -> Option<&Hsts> {
        match &self.hsts_of(host)?.state {
            HstsState::Valid { hsts, .. }
                if hsts.max_age > 0 && !matches!(self.trust(host), Trust::No { .. }) =>
            {
                Some(hsts)
            }
            _ => None,
        }
    }

    /// True where a browser that has been on the site uses https for `host` alone: by the host's own policy, or
    /// by one of a parent that includes subdomains.
    pub fn hsts_covers(&self, host: &str) -> bool {
        self.hsts_policy(host).is_some() || self.covered_by_parent(host)
    }

    /// The same for `domain` and every name below it.
    pub fn hsts_covers_below(&self, domain: &str) -> bool {
        self.hsts_policy(domain).is_some_and(|policy| policy.include_sub_domains)
            || self.covered_by_parent(domain)
    }

    fn covered_by_parent(&self, host: &str) -> bool {
        self.hsts.iter().any(|seen| {
            seen.host != host
                && domain_match(host, &seen.host)
                && self.hsts_policy(&seen.host).is_some_and(|policy| policy.include_sub_domains)
        })
    }
}
