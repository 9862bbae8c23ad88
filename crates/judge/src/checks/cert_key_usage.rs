//! A key usage that does not fit how the server uses its key.

use midwatch_model::{AttackId::*, CertificateChain, ParsedCertificate, Severity, TlsVersion};

use super::support;
use crate::check::ON_PATH_OR_DNS;
use crate::{Check, View};

pub(crate) static CHECK: Check = Check {
    id: "cert-key-usage",
    title: "The certificate's key usage does not fit its use",
    severity: Severity::Low,
    says: "the key usage of the certificate of {place} does not fit its use",
    about: "A certificate says what its key is for: to sign (digitalSignature), to take in an encrypted key \
            (keyEncipherment), to issue certificates (keyCertSign). A server that signs its handshakes with a key \
            that may not sign is refused by programs that look; one key for two purposes lets a weakness of one \
            reach the other.",
    gain: "Nothing by itself. With keyCertSign, and a program that looks at nothing else, to issue certificates with \
           the server's key.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The leaf has a keyUsage. Low: it lacks digitalSignature, and the certificate was met in TLS 1.3, or its \
              address accepts ECDHE or DHE suites with this kind of key; or it has keyCertSign and is no authority's. \
              Info: it lacks keyEncipherment, and the address accepts suites with RSA key transport; or it has a \
              usage that public authorities may not give to this kind of key, in a chain that a public root \
              programme trusts.",
    benign: &[
        "A certificate without keyUsage may be used for anything, which is no fault and is not counted.",
    ],
    fix: "Get a certificate with digitalSignature, and keyEncipherment beside it only for RSA key transport.",
    settings: &[],
    source: "RFC 5280 4.2.1.3; RFC 8446 4.4.2.2; RFC 5246 7.4.2; CA/Browser Forum Baseline Requirements 7.1.2.7.11",
    find: |view, found| {
        for chain in &view.chains {
            let Some(leaf) = support::leaf(chain.fact) else { continue };
            let usage = leaf.extensions.as_ref().and_then(|all| all.key_usage.as_deref());
            let Some(usage) = usage else { continue };
            let public = support::public_leaf(chain.fact).is_some();
            for (severity, what) in faults(leaf, usage, uses(view, chain.fact, leaf), public) {
                let what = format!("{}: {what}", support::which(chain.fact, 0));
                found
                    .at(support::place(chain.fact))
                    .severity(support::at_host(view, &chain.fact.host.to_string(), severity))
                    .see(chain.id, what);
            }
        }
    },
};

/// How a server was seen to use the key of a certificate. False is also what was not seen.
#[derive(Clone, Copy, Default)]
struct Uses {
    signs: bool,
    takes_keys: bool,
}

fn uses(view: &View<'_>, chain: &CertificateChain, leaf: &ParsedCertificate) -> Uses {
    let authentication = match leaf.key_algorithm.as_str() {
        "RSA" => "RSA",
        "EC" | "Ed25519" | "Ed448" => "ECDSA",
        _ => return Uses::default(),
    };
    let mut uses =
        Uses { signs: chain.met_with.iter().any(|with| with.starts_with("TLS 1.3")), takes_keys: false };
    let here = support::accepted(view).into_iter().filter(|accepted| {
        accepted.at == chain.address
            && chain.host.to_string() == view.certificate_host()
            && accepted.version < TlsVersion::Tls13
    });
    for accepted in here {
        for suite in accepted.facts.suites.iter().filter(|suite| suite.authentication == authentication) {
            uses.signs |= matches!(suite.key_exchange.as_str(), "ECDHE" | "DHE");
            uses.takes_keys |= suite.key_exchange == "RSA";
        }
    }
    uses
}

fn faults(leaf: &ParsedCertificate, usage: &[String], uses: Uses, public: bool) -> Vec<(Severity, String)> {
    let has = |bit: &str| usage.iter().any(|other| other == bit);
    let mut all = Vec::new();
    if uses.signs && !has("digitalSignature") {
        let what = "its key usage lacks digitalSignature, and the server signs its handshakes with it";
        all.push((Severity::Low, what.to_owned()));
    }
    if uses.takes_keys && !has("keyEncipherment") {
        let what = "its key usage lacks keyEncipherment, and the server accepts RSA key transport";
        all.push((Severity::Info, what.to_owned()));
    }
    if has("keyCertSign") && !leaf.is_ca {
        let what = "its key usage lets it sign certificates (keyCertSign), and it is no authority's";
        all.push((Severity::Low, what.to_owned()));
    }
    let allowed: &[&str] = match leaf.key_algorithm.as_str() {
        "RSA" => &["digitalSignature", "keyEncipherment", "dataEncipherment"],
        "EC" => &["digitalSignature", "keyAgreement"],
        _ => return all,
    };
    let others: Vec<&str> = usage
        .iter()
        .map(String::as_str)
        .filter(|bit| public && *bit != "keyCertSign" && !allowed.contains(bit))
        .collect();
    if !others.is_empty() {
        let algorithm = &leaf.key_algorithm;
        let what = format!("its key usage has {}, which an {algorithm} key may not have", others.join(", "));
        all.push((Severity::Info, what));
    }
    all
}

#[cfg(test)]
mod tests {
    use midwatch_model::Extensions;

    use super::*;
    use crate::testing::*;

    /// A leaf of this kind and usage, met in TLS 1.2 alone.
    fn scene(algorithm: &str, usage: &[&str]) -> Scene {
        Scene::sound().change_chain(|chain| {
            chain.met_with = vec!["TLS 1.2 with RSA suites".into()];
            change_leaf(chain, |leaf| {
                leaf.key_algorithm = algorithm.into();
                let usage = usage.iter().map(|bit| (*bit).into()).collect();
                leaf.extensions = Some(Extensions { key_usage: Some(usage), ..Extensions::default() });
            });
        })
    }

    #[test]
    fn what_the_server_does_decides() {
        // The sound scene's endpoint accepts ECDHE with both kinds of keys.
        for (algorithm, usage, severities) in [
            ("RSA", &["digitalSignature", "keyEncipherment"][..], &[][..]),
            ("EC", &["digitalSignature"], &[]),
            ("RSA", &["keyEncipherment"], &[Severity::Low]),
            ("EC", &["digitalSignature", "keyEncipherment"], &[Severity::Info]),
            ("EC", &["digitalSignature", "keyCertSign"], &[Severity::Low]),
            ("RSA", &["digitalSignature", "keyAgreement"], &[Severity::Info]),
            ("1.2.3", &["cRLSign"], &[]),
        ] {
            assert_eq!(scene(algorithm, usage).severities(CHECK.id), severities, "{algorithm} {usage:?}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn what_was_not_seen_is_not_held_against_it() {
        let encipher = || {
            Scene::empty().chain(|chain| {
                chain.met_with = vec!["TLS 1.2 with RSA suites".into()];
                change_leaf(chain, |leaf| {
                    leaf.key_algorithm = "RSA".into();
                    let usage = Some(vec!["keyEncipherment".into()]);
                    leaf.extensions = Some(Extensions { key_usage: usage, ..Extensions::default() });
                });
            })
        };
        assert!(encipher().find(CHECK.id).is_empty());
        let met =
            encipher().change_chain(|chain| chain.met_with = vec!["TLS 1.3 with RSA signatures".into()]);
        assert_eq!(met.severities(CHECK.id), [Severity::Low]);
    }

    #[test]
    fn rsa_key_transport_needs_its_bit_and_a_private_authority_may_give_more() {
        let with = |usage: &[&str]| {
            scene("RSA", usage).tls(|endpoint| {
                endpoint.address = address(ADDRESS);
                accept(endpoint, TlsVersion::Tls12, &["TLS_RSA_WITH_AES_128_GCM_SHA256"]);
            })
        };
        assert_eq!(with(&["digitalSignature"]).severities(CHECK.id), [Severity::Info]);
        assert!(with(&["digitalSignature", "keyEncipherment"]).find(CHECK.id).is_empty());
        let private = scene("EC", &["digitalSignature", "keyEncipherment"])
            .change_chain(|chain| chain.trust[0].store = "given".into());
        assert!(private.find(CHECK.id).is_empty());
    }
}
