//! RSA keys and curves that are not as they should be, and not broken.

use midwatch_model::{AttackId::*, KeyFault, ParsedCertificate, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-unusual-key",
    title: "A certificate has a key of an unusual kind",
    severity: Severity::Low,
    says: "a certificate of {place} has a key of an unusual kind",
    about: "RSA with a small exponent such as 3 is sound by itself, and falls to forged signatures where a program \
            reads padding carelessly, which has happened again and again. A modulus whose size is no whole number of \
            bytes, and curves other than the three that every browser has, are signs of tools of one's own making.",
    gain: "Against a program that reads signatures carelessly: to forge one of this key.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "A certificate of the path other than a root. Low: an odd RSA exponent from 3 to 65,535. Low where a \
              public root programme trusts the chain, and info otherwise: a modulus whose size is no multiple of 8 \
              bits, or a curve other than P-256, P-384 and P-521. Even exponents and 1 are told by cert-broken-key, \
              sizes by cert-weak-key.",
    benign: &["An old key from the time when 3 was a usual exponent."],
    fix: "Make a new key (ECDSA P-256, or RSA with 2048 bits and the exponent 65,537), and get a certificate for that.",
    settings: &[Setting::ChainFile],
    source: "CA/Browser Forum Baseline Requirements 6.1.5 and 6.1.6; CVE-2006-4339; CVE-2014-1568",
    find: |view, found| {
        for chain in &view.chains {
            let public = support::public_leaf(chain.fact).is_some();
            for (at, parsed) in support::of_path(chain.fact) {
                for (severity, what) in faults(parsed, public) {
                    found
                        .at(support::place(chain.fact))
                        .severity(support::at_host(view, &chain.fact.host.to_string(), severity))
                        .see(chain.id, format!("{}: {what}", support::which(chain.fact, at)));
                }
            }
        }
    },
};

fn faults(parsed: &ParsedCertificate, public: bool) -> Vec<(Severity, String)> {
    let form = if public { Severity::Low } else { Severity::Info };
    let mut all = Vec::new();
    if parsed.key_faults.contains(&KeyFault::ExponentSmall) {
        let exponent = parsed.rsa_exponent.as_deref().unwrap_or("?").trim_start_matches('0');
        all.push((Severity::Low, format!("its RSA exponent is small (0x{exponent})")));
    }
    if parsed.key_faults.contains(&KeyFault::ModulusOddSize) {
        let detail = format!("its modulus has {} bits, no multiple of 8", parsed.key_bits);
        all.push((form, detail));
    }
    let curve = parsed.key_curve.as_deref().filter(|_| parsed.key_algorithm == "EC");
    if let Some(curve) = curve.filter(|curve| !matches!(*curve, "P-256" | "P-384" | "P-521")) {
        all.push((form, format!("its key is on the curve {curve}")));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(change: impl Fn(&mut ParsedCertificate)) -> Scene {
        Scene::sound().change_chain(|chain| change_leaf(chain, &change))
    }

    #[test]
    fn each_is_weighed() {
        let small = with(|leaf| {
            leaf.key_faults = vec![KeyFault::ExponentSmall];
            leaf.rsa_exponent = Some("03".into());
        });
        let found = small.find(CHECK.id);
        assert_eq!(found[0].severity, Severity::Low);
        assert!(found[0].evidence[0].detail.ends_with("its RSA exponent is small (0x3)"), "{found:?}");
        let odd = with(|leaf| leaf.key_faults = vec![KeyFault::ModulusOddSize]);
        assert_eq!(odd.severities(CHECK.id), [Severity::Low]);
        let private = odd.change_chain(|chain| chain.trust[0].store = "given".into());
        assert_eq!(private.severities(CHECK.id), [Severity::Info]);
        assert_eq!(with(|leaf| leaf.key_curve = Some("secp256k1".into())).find(CHECK.id).len(), 1);
    }

    #[test]
    fn usual_keys_and_those_of_other_checks_are_left_alone() {
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(with(|leaf| leaf.key_curve = Some("P-521".into())).find(CHECK.id).is_empty());
        assert!(with(|leaf| leaf.key_faults = vec![KeyFault::ExponentInvalid]).find(CHECK.id).is_empty());
        let unread = with(|leaf| leaf.key_faults = vec![KeyFault::ExponentSmall])
            .change_chain(|chain| chain.certificates.iter_mut().for_each(|sent| sent.parsed = None));
        assert!(unread.find(CHECK.id).is_empty());
    }
}
