//! Which certificate of a chain a reason of webpki's is about: webpki says what, and not where.

use rustls_pki_types::CertificateDer;
use webpki::{EndEntityCert, Error};
use x509_parser::extensions::GeneralSubtree;
use x509_parser::prelude::{FromDer, GeneralName, SubjectPublicKeyInfo, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::link::{self, Link};
use super::stores::Store;
use super::{extensions, parse};

/// Names that one reason lists.
const MAX_NAMES: usize = 5;
/// Names held against subtrees to explain one decision. webpki spends as many to reach it.
const MAX_COMPARED: u32 = 250_000;
/// RSA keys below this are refused (CA/Browser Forum Baseline Requirements 6.1.5).
pub const MIN_RSA: u32 = 2048;

type Read<'c> = [Option<X509Certificate<'c>>];

/// The certificates of the path, leaf first, with their positions in what was sent.
fn along<'r, 'c>(
    read: &'r Read<'c>,
    path: &'r [usize],
) -> impl DoubleEndedIterator<Item = (usize, &'r X509Certificate<'c>)> {
    path.iter().filter_map(|&index| Some((index, read.get(index)?.as_ref()?)))
}

/// The certificates of the path and then all others: webpki also tries ways that end nowhere.
fn all<'r, 'c>(
    read: &'r Read<'c>,
    path: &'r [usize],
) -> impl Iterator<Item = (usize, &'r X509Certificate<'c>)> {
    let others = read.iter().enumerate().filter(|(index, _)| !path.contains(index));
    along(read, path).chain(others.filter_map(|(index, read)| Some((index, read.as_ref()?))))
}

/// Why webpki cannot read a certificate, where it cannot.
pub fn fault(chain: &[Vec<u8>], index: usize) -> Option<Error> {
    let der = CertificateDer::from(chain.get(index)?.as_slice());
    EndEntityCert::try_from(&der).err()
}

/// The first that webpki cannot read, for the very reason that it gave.
pub fn unreadable(chain: &[Vec<u8>], error: &Error) -> Option<usize> {
    (0..chain.len()).find(|&index| fault(chain, index).as_ref() == Some(error))
}

/// The first whose validity ends, or begins, at this second.
pub fn dated(read: &Read<'_>, path: &[usize], second: u64, ends: bool) -> Option<usize> {
    let is = |certificate: &X509Certificate<'_>| {
        let validity = certificate.validity();
        let own = if ends { validity.not_after } else { validity.not_before };
        u64::try_from(own.timestamp()).is_ok_and(|own| own == second)
    };
    all(read, path).find(|(_, certificate)| is(certificate)).map(|(index, _)| index)
}

/// The first whose validity ends before it begins.
pub fn backwards(read: &Read<'_>, path: &[usize]) -> Option<usize> {
    let is = |certificate: &X509Certificate<'_>| {
        certificate.validity().not_after.timestamp() < certificate.validity().not_before.timestamp()
    };
    all(read, path).find(|(_, certificate)| is(certificate)).map(|(index, _)| index)
}

/// The first above the leaf that is no CA's.
pub fn not_an_authority(read: &Read<'_>, path: &[usize]) -> Option<usize> {
    all(read, path).find(|(index, certificate)| *index > 0 && !certificate.is_ca()).map(|(index, _)| index)
}

/// The first above the leaf whose key usage does not let it sign certificates.
pub fn not_for_signing(read: &Read<'_>, path: &[usize]) -> Option<usize> {
    let may_not = |certificate: &X509Certificate<'_>| {
        certificate.key_usage().ok().flatten().is_some_and(|usage| !usage.value.key_cert_sign())
    };
    all(read, path).find(|(index, certificate)| *index > 0 && may_not(certificate)).map(|(index, _)| index)
}

/// The one nearest to the leaf below which more intermediates stand than it allows. One whose subject is its
/// issuer does not count (RFC 5280 section 6.1.4 (l)).
pub fn path_length(read: &Read<'_>, path: &[usize]) -> Option<(usize, String)> {
    let mut below = 0u32;
    for (index, certificate) in along(read, path).skip(1) {
        let limit =
            certificate.basic_constraints().ok().flatten().and_then(|basic| basic.value.path_len_constraint);
        if let Some(limit) = limit.filter(|&limit| below > limit) {
            let detail = format!(
                "it allows {limit} intermediates below it (pathLenConstraint), and there are {below}"
            );
            return Some((index, detail));
        }
        if !is_self_issued(certificate) {
            below += 1;
        }
    }
    None
}

/// Subject and issuer are the same, whoever signed it.
fn is_self_issued(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw()
}

/// The first issuer that bears its own issuer's name and is signed by another key of that name.
pub fn self_issued(read: &Read<'_>, path: &[usize]) -> Option<usize> {
    let is =
        |certificate: &X509Certificate<'_>| is_self_issued(certificate) && !link::is_self_signed(certificate);
    along(read, path).skip(1).find(|(_, certificate)| is(certificate)).map(|(index, _)| index)
}

/// The first that is limited to other purposes than TLS servers. `anyExtendedKeyUsage` allows none by itself to
/// webpki.
pub fn purpose(read: &Read<'_>, path: &[usize]) -> Option<usize> {
    let wrong = |certificate: &X509Certificate<'_>| {
        certificate.extended_key_usage().ok().flatten().is_some_and(|usage| !usage.value.server_auth)
    };
    all(read, path).find(|(_, certificate)| wrong(certificate)).map(|(index, _)| index)
}

/// The first whose extended key usage is there and empty.
pub fn no_purpose(read: &Read<'_>, path: &[usize]) -> Option<usize> {
    let empty = |certificate: &X509Certificate<'_>| {
        extensions::of(certificate).extended_key_usage.is_some_and(|usage| usage.is_empty())
    };
    all(read, path).find(|(_, certificate)| empty(certificate)).map(|(index, _)| index)
}

/// The first with a critical extension that is not understood, and which.
pub fn critical_extension(read: &Read<'_>, path: &[usize]) -> Option<(usize, String)> {
    all(read, path).find_map(|(index, certificate)| {
        let unknown = extensions::of(certificate).unknown_critical;
        let some: Vec<String> = unknown.into_iter().take(MAX_NAMES).collect();
        let detail = || format!("it has a critical extension that is not understood: {}", some.join(", "));
        (!some.is_empty()).then(|| (index, detail()))
    })
}

/// The first whose signature no key that was sent under its issuer's name made, nor one of the store's.
pub fn bad_signature(store: &Store, read: &Read<'_>, path: &[usize]) -> Option<usize> {
    let mut checks = link::MAX_CHECKS;
    for (at, certificate) in all(read, path) {
        let issuer = certificate.issuer().as_raw();
        let sent =
            all(read, path).filter(|(index, other)| *index != at && other.subject().as_raw() == issuer);
        let anchors: Vec<Vec<u8>> = store.keys_of(issuer).collect();
        let anchors = anchors.iter().filter_map(|key| SubjectPublicKeyInfo::from_der(key).ok());
        let anchors: Vec<_> = anchors.map(|(_, key)| key).collect();
        let mut tried = false;
        let mut made = false;
        for key in sent.map(|(_, issuer)| issuer.public_key()).chain(&anchors) {
            checks = checks.checked_sub(1)?;
            tried = true;
            if link::of(certificate, key) != Link::NotMade {
                made = true;
                break;
            }
        }
        if tried && !made {
            return Some(at);
        }
    }
    None
}

/// The topmost of the path, where the store's root above it has an RSA key that is too small; and how small.
pub fn small_root(store: &Store, read: &Read<'_>, path: &[usize]) -> Option<(usize, u32)> {
    let (at, top) = along(read, path).next_back()?;
    store.keys_of(top.issuer().as_raw()).find_map(|key| {
        let (_, key) = SubjectPublicKeyInfo::from_der(&key).ok()?;
        let Ok(PublicKey::RSA(rsa)) = key.parsed() else { return None };
        let bits = u32::try_from(rsa.key_size()).ok().filter(|&bits| bits < MIN_RSA)?;
        Some((at, bits))
    })
}

/// The issuer whose constraints a DNS name of the leaf breaks, and which name.
pub fn name_constraint(read: &Read<'_>, path: &[usize]) -> Option<(usize, String)> {
    let (_, leaf) = along(read, path).next()?;
    let names = parse::names(leaf);
    let names: Vec<&String> = names.iter().filter(|name| name.parse::<std::net::IpAddr>().is_err()).collect();
    let mut left = MAX_COMPARED;
    for (index, issuer) in along(read, path).skip(1) {
        let Ok(Some(constraints)) = issuer.name_constraints() else { continue };
        let permitted = dns_bases(constraints.value.permitted_subtrees.as_deref());
        let excluded = dns_bases(constraints.value.excluded_subtrees.as_deref());
        for name in &names {
            let subtrees = u32::try_from(permitted.len() + excluded.len()).unwrap_or(u32::MAX);
            left = left.checked_sub(subtrees)?;
            if let Some(base) = excluded.iter().find(|base| is_within(name, base)) {
                return Some((index, format!("it forbids {name}: names within {base} are excluded")));
            }
            if !permitted.is_empty() && !permitted.iter().any(|base| is_within(name, base)) {
                let some: Vec<&str> = permitted.iter().take(MAX_NAMES).map(String::as_str).collect();
                let more = if permitted.len() > MAX_NAMES { " and others" } else { "" };
                let detail =
                    format!("it forbids {name}: it permits names within {}{more} alone", some.join(", "));
                return Some((index, detail));
            }
        }
    }
    None
}

/// The DNS names among subtrees, as a report can show them.
fn dns_bases(trees: Option<&[GeneralSubtree<'_>]>) -> Vec<String> {
    let dns = |tree: &GeneralSubtree<'_>| match &tree.base {
        GeneralName::DNSName(name) => Some(midwatch_model::lossless(name.as_bytes())),
        _ => None,
    };
    trees.unwrap_or_default().iter().filter_map(dns).collect()
}

/// A name is within a base where labels were added to its left, or none (RFC 5280 section 4.2.1.10).
fn is_within(name: &str, base: &str) -> bool {
    let base = base.strip_prefix('.').unwrap_or(base);
    let Some(at) = name.len().checked_sub(base.len()) else { return false };
    let (Some(before), Some(end)) = (name.get(..at), name.get(at..)) else { return base.is_empty() };
    base.is_empty() || end.eq_ignore_ascii_case(base) && (before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_added_whole() {
        assert!(is_within("shop.test", "shop.test") && is_within("a.Shop.test", "shop.TEST"));
        assert!(is_within("a.shop.test", ".shop.test") && is_within("shop.test", ""));
        assert!(!is_within("myshop.test", "shop.test") && !is_within("test", "shop.test"));
        assert!(!is_within("é.test", "x.test") && is_within("é.test", "test"));
    }
}
