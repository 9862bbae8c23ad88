//! A domain's mail: who takes it, what protects its way, and where people send and read it.
//!
//! - [`exchange`]: a server that takes the mail, as the DNS has it.
//! - [`dane`]: what TLSA records come to for the chains that it sent.
//! - [`mta_sts`]: the record and the policy of RFC 8461.
//! - [`tls_rpt`]: where senders report on TLS.
//! - [`srv`] and [`autoconfig`]: how programs find the servers that people use.
//! - [`service`]: those servers, and whether anybody listens.
//! - [`spf`], [`dkim`] and [`dmarc`]: who may send in the domain's name.
//! - [`web`]: one bounded request over http, with the certificate of its connection.
//!
//! What reads text and octets does no I/O, and is fuzzed.

pub mod autoconfig;
pub mod dane;
pub mod dkim;
pub mod dmarc;
pub mod exchange;
pub mod mta_sts;
pub mod service;
pub mod spf;
pub mod srv;
mod tags;
pub mod tls_rpt;
pub mod web;

/// Letters, digits and `-` in labels of 1 to 63, none at an end (RFC 1123 2.1), in 253 at most. Lower or upper case.
pub(crate) fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A name whose last label is a number is an address in disguise (RFC 1123 2.1).
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253 && name.split('.').all(label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_host_name;

    #[test]
    fn host_names() {
        for good in ["a", "mx-1.shop.example", "1and1.example", "XN--A.example"] {
            assert!(is_host_name(good), "{good}");
        }
        for other in ["", ".", "a..b", "-a.b", "a-.b", "a_b.c", "192.0.2.1", "a b.c", "ä.example", "a."] {
            assert!(!is_host_name(other), "{other}");
        }
    }
}
