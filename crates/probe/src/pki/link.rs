//! Whether the key of one certificate made the signature of another, and the way up that follows.

use midwatch_model::Certificate;
use x509_parser::error::X509Error;
use x509_parser::prelude::{ParsedExtension, SubjectPublicKeyInfo, X509Certificate};
use x509_parser::public_key::PublicKey;

/// Signatures that are verified to find one chain's way up. As many as rustls-webpki spends on a path.
pub const MAX_CHECKS: u32 = 100;

/// What is known of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// This key made it.
    Made,
    /// It did not.
    NotMade,
    /// It cannot be verified here: an algorithm that is no longer in use (MD5) or not yet, or a key of a size
    /// that the library leaves alone.
    Untold,
}

/// Whether `key` signed `certificate`.
pub fn of(certificate: &X509Certificate<'_>, key: &SubjectPublicKeyInfo<'_>) -> Link {
    match certificate.verify_signature(Some(key)) {
        Ok(()) => Link::Made,
        Err(X509Error::SignatureUnsupportedAlgorithm) => Link::Untold,
        Err(_) if is_odd_size(key) => Link::Untold,
        Err(_) => Link::NotMade,
    }
}

/// RSA keys that ring does not verify with, so that its no says nothing.
fn is_odd_size(key: &SubjectPublicKeyInfo<'_>) -> bool {
    matches!(key.parsed(), Ok(PublicKey::RSA(rsa)) if !(2048..=8192).contains(&rsa.key_size()))
}

/// Subject and issuer are the same, and its own key made the signature, as far as that can be told.
pub fn is_self_signed(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw()
        && match of(certificate, certificate.public_key()) {
            Link::Made => true,
            Link::NotMade => false,
            Link::Untold => identifiers_agree(certificate, certificate),
        }
}

/// False where both key identifiers are there and differ (RFC 5280 sections 4.2.1.1 and 4.2.1.2).
fn identifiers_agree(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> bool {
    let wanted = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(identifier) => identifier.key_identifier.as_ref(),
        _ => None,
    });
    let own = issuer.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier),
        _ => None,
    });
    wanted.zip(own).is_none_or(|(wanted, own)| wanted.0 == own.0)
}

/// The way up from the leaf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Positions of the certificates, leaf first, each certifying the one before.
    pub path: Vec<usize>,
    /// [`MAX_CHECKS`] signatures were verified and the end was not reached: more may belong to the way.
    pub gave_up: bool,
    /// Signatures that were verified.
    pub checks: u32,
}

/// The way up from the leaf through what was sent.
pub fn way(chain: &[Option<X509Certificate<'_>>], certificates: &[Certificate]) -> Way {
    let mut way = Way::default();
    let Some(Some(leaf)) = chain.first() else { return way };
    way.path.push(0);
    let (mut at, mut current) = (0, leaf);
    while !is_root(certificates, at) {
        // A signature that cannot be verified counts where names and key identifiers fit and nothing better is
        // there: the certificate was sent for this place, and what is wrong with it is said of it.
        let (mut made, mut untold) = (None, None);
        for (index, candidate) in chain.iter().enumerate() {
            let Some(candidate) = candidate else { continue };
            // Each certificate is used once, so a loop of cross-certificates ends.
            if way.path.contains(&index) || candidate.subject().as_raw() != current.issuer().as_raw() {
                continue;
            }
            if way.checks == MAX_CHECKS {
                way.gave_up = true;
                return way;
            }
            way.checks += 1;
            match of(current, candidate.public_key()) {
                Link::Made => {
                    made = Some((index, candidate));
                    break;
                }
                Link::Untold if untold.is_none() && identifiers_agree(current, candidate) => {
                    untold = Some((index, candidate));
                }
                Link::Untold | Link::NotMade => {}
            }
        }
        let Some((index, certificate)) = made.or(untold) else { break };
        way.path.push(index);
        (at, current) = (index, certificate);
    }
    way
}

/// As it was read: vouching for itself takes a signature check, which is made once for each certificate.
fn is_root(certificates: &[Certificate], at: usize) -> bool {
    certificates.get(at).and_then(|sent| sent.parsed.as_ref()).is_some_and(|parsed| parsed.self_signed)
}

#[cfg(test)]
mod tests {
    use midwatch_testbed::pki::{Ca, Key, Leaf, Pki};

    use super::super::parse;
    use super::*;

    fn way_of(chain: &[Vec<u8>]) -> Way {
        let read: Vec<_> = chain.iter().map(|der| parse::read(der)).collect();
        let certificates: Vec<Certificate> = read
            .iter()
            .map(|read| Certificate {
                der: String::new(),
                sha256: String::new(),
                parsed: read.as_ref().and_then(parse::certificate),
            })
            .collect();
        way(&read, &certificates)
    }

    #[test]
    fn a_loop_of_cross_certificates_ends() {
        let pki = Pki::new();
        let (a, b) = (pki.authority("A", Key::EcP256), pki.authority("B", Key::EcP256));
        let a_by_b = pki.ca(Some(&b), &Ca::new("A").key_of(&a));
        let b_by_a = pki.ca(Some(&a), &Ca::new("B").key_of(&b));
        let leaf = pki.issue(&a, &Leaf::new(&["shop.test"]));
        let mut chain = vec![pki.der(&leaf.certificate)];
        let pair = [pki.der(&a_by_b.certificate), pki.der(&b_by_a.certificate)];
        chain.extend(pair.iter().cycle().take(99).cloned());
        let found = way_of(&chain);
        // Each is used once, and the first that fits is right: one check a step.
        assert_eq!((found.path.len(), found.checks, found.gave_up), (100, 99, false));
    }

    #[test]
    fn many_issuers_of_one_name_end_the_search() {
        let pki = Pki::new();
        let (a, other) = (pki.authority("A", Key::EcP256), pki.authority("A", Key::EcP256));
        let leaf = pki.issue(&a, &Leaf::new(&["shop.test"]));
        let mut chain = vec![pki.der(&leaf.certificate)];
        chain.extend(std::iter::repeat_n(pki.der(&other.certificate), 120));
        let found = way_of(&chain);
        assert_eq!((found.path.as_slice(), found.checks, found.gave_up), (&[0][..], MAX_CHECKS, true));
        // One that fits within the bound is found.
        chain[90] = pki.der(&a.certificate);
        let found = way_of(&chain);
        assert_eq!((found.path.as_slice(), found.checks, found.gave_up), (&[0, 90][..], 90, false));
    }

    #[test]
    fn what_cannot_be_verified_counts_where_nothing_better_is_there() {
        let pki = Pki::new();
        let root = pki.authority("Root", Key::Rsa2048);
        let small = pki.ca(Some(&root), &Ca::new("Between").key(Key::Rsa1024).digest("md5"));
        let other = pki.ca(Some(&root), &Ca::new("Between").key(Key::Rsa1024));
        let leaf = pki.issue(&small, &Leaf::new(&["shop.test"]));
        let der = |authority: &midwatch_testbed::pki::Authority| pki.der(&authority.certificate);
        let chain = [pki.der(&leaf.certificate), der(&other), der(&small), der(&root)];
        assert_eq!(way_of(&chain).path, [0, 2, 3], "the key identifiers tell the two apart");
        // A root that vouches for itself with MD5 is a root.
        let old = pki.ca(None, &Ca::new("Old root").key(Key::Rsa2048).digest("md5"));
        let old_der = der(&old);
        assert!(is_self_signed(&parse::read(&old_der).expect("a certificate")));
        let cross = pki.ca(Some(&old), &Ca::new("Old root"));
        let cross_der = der(&cross);
        assert!(!is_self_signed(&parse::read(&cross_der).expect("a certificate")));
    }
}
