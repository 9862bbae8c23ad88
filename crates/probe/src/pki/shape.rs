//! The order and completeness of a chain as sent.

use midwatch_model::{Certificate, ChainShape};
use x509_parser::prelude::{GeneralName, ParsedExtension, X509Certificate};

use super::link::Way;
use super::parse;
use super::stores::TrustStores;

/// What is to be said of order and completeness. Where the search for the way up gave up, nothing is said of
/// certificates beyond its end.
pub fn shape(
    chain: &[Option<X509Certificate<'_>>],
    certificates: &[Certificate],
    way: &Way,
    stores: &TrustStores,
) -> ChainShape {
    let path = &way.path;
    let mut shape = ChainShape {
        in_order: path.iter().enumerate().all(|(expected, index)| expected == *index),
        gave_up: way.gave_up,
        ..ChainShape::default()
    };
    shape.anchor_sent = path.iter().copied().skip(1).find(|&index| {
        let Some(Some(certificate)) = chain.get(index) else { return false };
        let (subject, key) = (certificate.subject().as_raw(), certificate.public_key().raw);
        stores.iter().any(|store| store.has_anchor(subject, key))
    });
    if way.gave_up {
        return shape;
    }
    shape.extra = (0..chain.len()).filter(|index| !path.contains(index)).collect();
    let top = path.last().and_then(|&index| Some((index, chain.get(index)?.as_ref()?)));
    if let Some((index, top)) = top {
        let parsed = certificates.get(index).and_then(|sent| sent.parsed.as_ref());
        if parsed.is_some_and(|parsed| parsed.self_signed) {
            shape.root_sent = (index > 0).then_some(index);
        } else if shape.anchor_sent.is_none() && !stores.has_subject(top.issuer().as_raw()) {
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
