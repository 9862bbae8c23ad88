//! What the extensions of a certificate say (RFC 5280 section 4.2).

use std::collections::BTreeSet;

use midwatch_model::{Extensions, NameConstraints, lossless};
use x509_parser::extensions::{DistributionPointName, GeneralSubtree};
use x509_parser::prelude::{GeneralName, ParsedExtension, X509Certificate};

/// Entries kept of one list: subtrees, policies, places.
const MAX_ENTRIES: usize = 100;
/// Characters kept of one.
const MAX_LENGTH: usize = 2000;

/// Reads the extensions.
pub fn of(certificate: &X509Certificate<'_>) -> Extensions {
    let mut all = Extensions::default();
    let mut met = BTreeSet::new();
    for extension in certificate.extensions() {
        let id = extension.oid.to_id_string();
        if !met.insert(id.clone()) && all.repeated.len() < MAX_ENTRIES {
            all.repeated.push(id.clone());
        }
        match extension.parsed_extension() {
            ParsedExtension::KeyUsage(usage) => {
                let bits = (0..9).filter(|bit| usage.flags >> bit & 1 == 1);
                all.key_usage =
                    Some(bits.filter_map(|bit| USAGES.get(bit)).map(|&name| name.into()).collect());
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                let named = [
                    (usage.any, "anyExtendedKeyUsage"),
                    (usage.server_auth, "serverAuth"),
                    (usage.client_auth, "clientAuth"),
                    (usage.code_signing, "codeSigning"),
                    (usage.email_protection, "emailProtection"),
                    (usage.time_stamping, "timeStamping"),
                    (usage.ocsp_signing, "OCSPSigning"),
                ];
                let named = named.iter().filter(|(there, _)| *there).map(|(_, name)| (*name).to_owned());
                let others = usage.other.iter().map(|oid| oid.to_id_string());
                all.extended_key_usage = Some(named.chain(others).take(MAX_ENTRIES).collect());
            }
            ParsedExtension::BasicConstraints(basic) => all.path_length = basic.path_len_constraint,
            ParsedExtension::NameConstraints(constraints) => {
                all.name_constraints = Some(NameConstraints {
                    permitted: subtrees(constraints.permitted_subtrees.as_deref()),
                    excluded: subtrees(constraints.excluded_subtrees.as_deref()),
                });
            }
            ParsedExtension::CertificatePolicies(policies) => {
                let ids = policies.iter().map(|policy| policy.policy_id.to_id_string());
                all.policies = ids.take(MAX_ENTRIES).collect();
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                for access in access.accessdescs.iter().take(MAX_ENTRIES) {
                    let GeneralName::URI(uri) = &access.access_location else { continue };
                    match access.access_method.to_id_string().as_str() {
                        "1.3.6.1.5.5.7.48.1" => all.ocsp_urls.push(clean(uri)),
                        "1.3.6.1.5.5.7.48.2" => all.issuer_urls.push(clean(uri)),
                        _ => {}
                    }
                }
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                let names = points.iter().filter_map(|point| match &point.distribution_point {
                    Some(DistributionPointName::FullName(names)) => Some(names),
                    _ => None,
                });
                all.crl_urls = names
                    .flatten()
                    .filter_map(|name| match name {
                        GeneralName::URI(uri) => Some(clean(uri)),
                        _ => None,
                    })
                    .take(MAX_ENTRIES)
                    .collect();
            }
            ParsedExtension::UnsupportedExtension { .. } | ParsedExtension::Unparsed
                if extension.critical && all.unknown_critical.len() < MAX_ENTRIES =>
            {
                all.unknown_critical.push(id);
            }
            _ => {}
        }
    }
    all
}

/// The bits of keyUsage (RFC 5280 section 4.2.1.3).
const USAGES: [&str; 9] = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
];

fn subtrees(trees: Option<&[GeneralSubtree<'_>]>) -> Vec<String> {
    let name = |tree: &GeneralSubtree<'_>| match &tree.base {
        GeneralName::DNSName(name) => Some(clean(name)),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            8 | 32 => {
                let (address, mask) = bytes.split_at(bytes.len() / 2);
                Some(format!("{}/{}", address_text(address), address_text(mask)))
            }
            _ => None,
        },
        _ => None,
    };
    trees.unwrap_or_default().iter().filter_map(name).take(MAX_ENTRIES).collect()
}

fn address_text(bytes: &[u8]) -> String {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return std::net::Ipv4Addr::from(four).to_string();
    }
    <[u8; 16]>::try_from(bytes).map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()).unwrap_or_default()
}

fn clean(text: &str) -> String {
    lossless(text.as_bytes()).chars().take(MAX_LENGTH).collect()
}
