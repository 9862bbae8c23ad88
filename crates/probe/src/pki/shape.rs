//! The order and completeness of a chain as sent.

use midwatch_model::ChainShape;
use x509_parser::prelude::{GeneralName, ParsedExtension, X509Certificate};

use super::parse;
use super::stores::TrustStores;

/// Positions of the certificates on the way up from the leaf, leaf first, each certifying the one before.
pub fn path(chain: &[Option<X509Certificate<'_>>]) -> Vec<usize> {
    let mut path = Vec::new();
    let mut current = match chain.first() {
        Some(Some(leaf)) => leaf,
        _ => return path,
    };
    path.push(0);
    while !parse::is_self_signed(current) {
        // Signatures are only checked where the names already fit, and each certificate is used once, so a
        // loop of cross-certificates ends.
        let next = chain.iter().enumerate().find_map(|(index, candidate)| {
            let candidate = candidate.as_ref()?;
            let fits = !path.contains(&index)
                && candidate.subject().as_raw() == current.issuer().as_raw()
                && current.verify_signature(Some(candidate.public_key())).is_ok();
            fits.then_some((index, candidate))
        });
        let Some((index, certificate)) = next else { break };
        path.push(index);
        current = certificate;
    }
    path
}

/// What is to be said of order and completeness.
pub fn shape(chain: &[Option<X509Certificate<'_>>], path: &[usize], stores: &TrustStores) -> ChainShape {
    let mut shape = ChainShape {
        in_order: path.iter().enumerate().all(|(expected, index)| expected == *index),
        extra: (0..chain.len()).filter(|index| !path.contains(index)).collect(),
        ..ChainShape::default()
    };
    let top = path.last().and_then(|&index| Some((index, chain.get(index)?.as_ref()?)));
    if let Some((index, top)) = top {
        if parse::is_self_signed(top) {
            shape.root_sent = (index > 0).then_some(index);
        } else if !stores.has_subject(top.issuer().as_raw()) {
            shape.missing_issuer = Some(parse::name(top.issuer()));
            shape.missing_issuer_url = issuer_url(top);
        }
    }
    shape
}

/// caIssuers of authorityInfoAccess (RFC 5280 section 4.2.2.1).
fn issuer_url(certificate: &X509Certificate<'_>) -> Option<String> {
    let accesses =
        certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityInfoAccess(access) => Some(&access.accessdescs),
            _ => None,
        })?;
    accesses.iter().find_map(|access| match &access.access_location {
        GeneralName::URI(uri) if access.access_method.to_id_string() == "1.3.6.1.5.5.7.48.2" => {
            Some(midwatch_model::lossless(uri.as_bytes()).chars().take(2000).collect())
        }
        _ => None,
    })
}
