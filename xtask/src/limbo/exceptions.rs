//! Cases that are accepted although the corpus rejects them, each with its reason.
//!
//! rustls-webpki decides, and takes less notice of form than the corpus asks for. Where a form matters to somebody
//! in the middle, a check of the judge reports it.

/// Why a case is accepted; none where it must not be.
pub fn of(id: &str) -> Option<&'static str> {
    LIST.iter().find(|(listed, _)| *listed == id).map(|(_, reason)| *reason)
}

/// Why a case is refused that the corpus accepts, where that is known.
pub fn wrong_reject(id: &str) -> Option<&'static str> {
    REFUSED.iter().find(|(listed, _)| *listed == id).map(|(_, reason)| *reason)
}

const REFUSED: &[(&str, &str)] = &[
    ("pathlen::validation-ignores-pathlen-in-leaf", CA_AS_SERVER),
    ("rfc5280::ca-as-leaf", CA_AS_SERVER),
    ("pathlen::self-issued-certs-pathlen", SELF_ISSUED),
    ("rfc5280::nc::permitted-self-issued", SELF_ISSUED),
];

const CA_AS_SERVER: &str = "webpki refuses a CA's certificate as a server's on purpose, and so do browsers";
const SELF_ISSUED: &str = "webpki counts self-issued certificates in path lengths and holds name constraints against them; RFC 5280 6.1.3 (b) and 6.1.4 (l) except them";

const ANCHOR: &str = "an anchor is a name and a key (RFC 5280 6.1.1 (d)): its own dates, extensions and size are for the root programme to judge";
const KEY_IDENTIFIERS: &str = "authorityKeyIdentifier and subjectKeyIdentifier help to find a path and decide nothing (RFC 5280 4.2.1.1 and 4.2.1.2); webpki goes by names and signatures";
const CRITICALITY: &str = "that an extension is marked critical or not is a rule for issuers; webpki heeds what it knows either way";
const CONSTRAINTS_WITHOUT_EFFECT: &str =
    "the constraint has no effect on this chain, and its form is a rule for issuers (RFC 5280 4.2.1.10)";
const COMMON_NAME: &str =
    "the common name is not looked at (RFC 9525 6.1); the check cert-common-name reports it";
const SERIAL: &str =
    "the serial number decides nothing without a revocation list; the check cert-serial-invalid reports it";
const LEAF_KEY: &str = "the leaf's own key is used in the handshake, which fails with it or not, and not in the path; the check cert-weak-key reports it";
const LEAF_USAGE: &str = "webpki does not read the keyUsage of a leaf, and a leaf without extendedKeyUsage, or with serverAuth beside others, serves for TLS (RFC 5280 4.2.1.3 and 4.2.1.12); the check cert-key-usage reports the former";
const PUBLIC_SUFFIX: &str = "webpki has no list of public suffixes; public authorities must not issue such a wildcard (Baseline Requirements 3.2.2.6), and the check cert-wildcard reports it where one did";
const UNDERSCORE: &str =
    "browsers take names with underscores, and so does webpki; the check cert-name-form reports it";
const NOT_READ: &str = "authorityInfoAccess is not read for the decision";

const LIST: &[(&str, &str)] = &[
    ("rfc5280::validity::expired-root", ANCHOR),
    ("rfc5280::ca-empty-subject", ANCHOR),
    ("rfc5280::unknown-critical-extension-root", ANCHOR),
    ("rfc5280::root-missing-basic-constraints", ANCHOR),
    ("rfc5280::root-non-critical-basic-constraints", ANCHOR),
    ("rfc5280::root-inconsistent-ca-extensions", ANCHOR),
    ("rfc5280::aki::critical-aki", ANCHOR),
    ("rfc5280::aki::cross-signed-root-missing-aki", ANCHOR),
    ("rfc5280::ski::critical-ski", ANCHOR),
    ("rfc5280::ski::root-missing-ski", ANCHOR),
    ("webpki::aki::root-with-aki-missing-keyidentifier", ANCHOR),
    ("webpki::aki::root-with-aki-authoritycertissuer", ANCHOR),
    ("webpki::aki::root-with-aki-authoritycertserialnumber", ANCHOR),
    ("webpki::aki::root-with-aki-all-fields", ANCHOR),
    ("webpki::aki::root-with-aki-ski-mismatch", ANCHOR),
    ("webpki::eku::root-has-eku", ANCHOR),
    ("webpki::forbidden-rsa-not-divisible-by-8-in-root", ANCHOR),
    ("rfc5280::aki::leaf-missing-aki", KEY_IDENTIFIERS),
    ("rfc5280::aki::intermediate-missing-aki", KEY_IDENTIFIERS),
    ("rfc5280::ski::intermediate-missing-ski", KEY_IDENTIFIERS),
    ("rfc5280::nc::permitted-dns-match-noncritical", CRITICALITY),
    ("rfc5280::pc::ica-noncritical-pc", CRITICALITY),
    ("rfc5280::san::noncritical-with-empty-subject", CRITICALITY),
    ("webpki::san::san-critical-with-nonempty-subject", CRITICALITY),
    ("webpki::eku::ee-critical-eku", CRITICALITY),
    ("rfc5280::nc::invalid-dnsname-leading-period", CONSTRAINTS_WITHOUT_EFFECT),
    ("rfc5280::nc::not-allowed-in-ee-noncritical", CONSTRAINTS_WITHOUT_EFFECT),
    ("rfc5280::nc::not-allowed-in-ee-critical", CONSTRAINTS_WITHOUT_EFFECT),
    ("webpki::nc::intermediate-permitted-excluded-subtrees-both-null", CONSTRAINTS_WITHOUT_EFFECT),
    ("webpki::nc::intermediate-permitted-excluded-subtrees-both-empty-sequences", CONSTRAINTS_WITHOUT_EFFECT),
    ("webpki::cn::ipv4-hex-mismatch", COMMON_NAME),
    ("webpki::cn::ipv4-leading-zeros-mismatch", COMMON_NAME),
    ("webpki::cn::ipv6-uppercase-mismatch", COMMON_NAME),
    ("webpki::cn::ipv6-uncompressed-mismatch", COMMON_NAME),
    ("webpki::cn::ipv6-non-rfc5952-mismatch", COMMON_NAME),
    ("webpki::cn::punycode-not-in-san", COMMON_NAME),
    ("webpki::cn::utf8-vs-punycode-mismatch", COMMON_NAME),
    ("webpki::cn::not-in-san", COMMON_NAME),
    ("webpki::cn::case-mismatch", COMMON_NAME),
    ("rfc5280::serial::too-long", SERIAL),
    ("rfc5280::serial::zero", SERIAL),
    ("webpki::forbidden-p192-leaf", LEAF_KEY),
    ("webpki::forbidden-dsa-leaf", LEAF_KEY),
    ("webpki::forbidden-weak-rsa-in-leaf", LEAF_KEY),
    ("webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf", LEAF_KEY),
    ("rfc5280::leaf-ku-keycertsign", LEAF_USAGE),
    ("webpki::eku::ee-anyeku", LEAF_USAGE),
    ("webpki::eku::ee-without-eku", LEAF_USAGE),
    ("webpki::san::public-suffix-multi-label-wildcard-san", PUBLIC_SUFFIX),
    ("webpki::san::public-suffix-private-namespace-wildcard-san", PUBLIC_SUFFIX),
    ("rfc5280::san::underscore-dns", UNDERSCORE),
    ("webpki::malformed-aia", NOT_READ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_is_listed_once() {
        let mut ids: Vec<&str> = LIST.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        let listed = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), listed);
        assert_eq!(of("webpki::malformed-aia"), Some(NOT_READ));
        assert_eq!(of("rfc5280::nc::excluded-dns-match"), None);
    }
}
