//! Which authorities CAA records allow, and which of them issued a certificate.

use midwatch_model::CaaRecord;

use crate::view::View;

/// The organisation in an issuer's name, and the domains by which CAA records allow it. They stand
/// in the certification practice statement of each; the list is of well-known ones, and may lack some.
const AUTHORITIES: &[(&str, &[&str])] = &[
    ("Let's Encrypt", &["letsencrypt.org"]),
    ("Google Trust Services", &["pki.goog", "google.com"]),
    (
        "DigiCert Inc",
        &["digicert.com", "www.digicert.com", "symantec.com", "thawte.com", "geotrust.com", "rapidssl.com"],
    ),
    (
        "Sectigo Limited",
        &["sectigo.com", "usertrust.com", "trust-provider.com", "comodo.com", "comodoca.com"],
    ),
    ("ZeroSSL", &["sectigo.com", "usertrust.com", "trust-provider.com", "comodo.com", "comodoca.com"]),
    ("GlobalSign nv-sa", &["globalsign.com"]),
    ("Amazon", &["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"]),
    ("Buypass AS-983163327", &["buypass.com", "buypass.no"]),
];

/// True where a record of this kind is one that decides who may issue.
pub(crate) fn decides(record: &CaaRecord) -> bool {
    record.tag == "issue" || record.tag == "issuewild"
}

/// The records that decide for a name: `issuewild` for a wildcard where there is any, else `issue`
/// (RFC 8659 4.2 and 4.3).
pub(crate) fn deciding(records: &[CaaRecord], wildcard: bool) -> Vec<&CaaRecord> {
    let with = |tag: &str| records.iter().filter(|record| record.tag == tag).collect::<Vec<_>>();
    let wild = with("issuewild");
    if wildcard && !wild.is_empty() { wild } else { with("issue") }
}

/// The domains of the authority with this issuer name, where it is a known one.
pub(crate) fn domains(issuer: &str) -> Option<&'static [&'static str]> {
    let organisation = |name: &str| {
        issuer.split(", ").any(|part| part.trim().strip_prefix("O=").is_some_and(|value| value == name))
    };
    AUTHORITIES.iter().find(|(name, _)| organisation(name)).map(|(_, domains)| *domains)
}

/// The domain by which a record would allow the authority that issued the certificate met; none where it is not
/// known or the certificate is not trusted.
pub(crate) fn met(view: &View<'_>) -> Option<&'static str> {
    let chain = view.chains.iter().find(|chain| chain.fact.host.to_string() == view.host)?;
    let leaf = chain.fact.certificates.first()?.parsed.as_ref()?;
    domains(&leaf.issuer)?.first().copied()
}

/// The value of a parameter without which a record of this kind does not bind anybody (RFC 8657 3 and 4).
pub(crate) fn is_bound(record: &CaaRecord) -> bool {
    record.issuer.is_none() || record.parameter("accounturi").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_known_by_the_whole_organisation() {
        assert_eq!(domains("C=US, O=Let's Encrypt, CN=E7"), Some(["letsencrypt.org"].as_slice()));
        assert_eq!(domains("C=US, O=Not Let's Encrypt, CN=E7"), None);
        assert_eq!(domains("CN=O=Amazon"), None);
    }
}
