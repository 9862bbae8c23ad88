//! Certificates that are known as those of products which open TLS, or as bad roots.

use midwatch_data::interception::{self, Entry, Kind};
use midwatch_model::{CertificateChain, KnownAnchor, KnownBy, KnownIssuer, KnownKind};

/// Looks for known certificates in a chain that no public programme trusts: what such a programme trusts is by
/// a public authority, whatever names stand in it.
pub(crate) fn look(chain: &CertificateChain) -> Option<KnownIssuer> {
    if chain.trust.iter().any(|decision| decision.trusted && decision.is_public()) {
        return None;
    }
    let list = interception::list();
    let parsed = || {
        let certificates = chain.certificates.iter().enumerate();
        certificates.filter_map(|(at, certificate)| Some((at, certificate.parsed.as_ref()?)))
    };
    let by_key = parsed().find_map(|(at, certificate)| {
        let entry = list.by_key(&certificate.spki_sha256)?;
        Some(known(entry, at, KnownBy::Key, certificate.spki_sha256.clone()))
    });
    by_key.or_else(|| {
        parsed().find_map(|(at, certificate)| {
            // The root itself is rarely sent: the leaf names it as its issuer.
            let (entry, matched) = list.by_name(&certificate.issuer)?;
            Some(known(entry, at, KnownBy::Name, matched))
        })
    })
}

/// What a trust anchor is known as, by its subject on one line and SHA-256 of its key.
pub(crate) fn anchor(subject: &str, spki_sha256: &str) -> Option<KnownAnchor> {
    let list = interception::list();
    let (entry, by) = match list.by_key(spki_sha256) {
        Some(entry) => (entry, KnownBy::Key),
        None => (list.by_name(subject)?.0, KnownBy::Name),
    };
    Some(KnownAnchor { name: entry.name.clone(), kind: kind(entry), by, source: entry.source.clone() })
}

fn known(entry: &Entry, at: usize, by: KnownBy, matched: String) -> KnownIssuer {
    KnownIssuer { name: entry.name.clone(), kind: kind(entry), at, by, matched, source: entry.source.clone() }
}

fn kind(entry: &Entry) -> KnownKind {
    match entry.kind {
        Kind::SecurityProduct => KnownKind::SecurityProduct,
        Kind::Proxy => KnownKind::Proxy,
        Kind::DeveloperTool => KnownKind::DeveloperTool,
        Kind::BadRoot => KnownKind::BadRoot,
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use midwatch_model::{CertificateChain, Host, Time};
    use midwatch_probe::pki::{self, Met, TrustStores};

    use super::*;

    /// A chain of nothing, to be given what a test needs.
    fn chain() -> CertificateChain {
        let host = Host::Name("shop.example".into());
        let address = SocketAddr::from(([127, 0, 0, 1], 443));
        let met = Met { host: &host, port: 443, address, sni: None, met_with: &[], beside: None };
        let root = midwatch_data::chrome_roots::roots().roots[0].certificate.to_vec();
        pki::chain(&met, &[root], &TrustStores::default(), Time::now())
    }

    #[test]
    fn names_and_keys_are_recognised_unless_the_public_trusts_them() {
        let mut plain = chain();
        assert_eq!(look(&plain), None);
        plain.certificates[0].parsed.as_mut().unwrap().issuer = "O=mitmproxy, CN=mitmproxy".into();
        let found = look(&plain).unwrap();
        assert_eq!((found.kind, found.by, found.at), (KnownKind::DeveloperTool, KnownBy::Name, 0));
        let key = interception::list().entries.iter().find_map(|entry| entry.spki_sha256.clone()).unwrap();
        plain.certificates[0].parsed.as_mut().unwrap().spki_sha256 = key;
        let found = look(&plain).unwrap();
        assert_eq!((found.kind, found.by), (KnownKind::BadRoot, KnownBy::Key));
        for decision in &mut plain.trust {
            decision.trusted = true;
        }
        assert_eq!(look(&plain), None, "a public authority may call itself what it likes");
    }
}
