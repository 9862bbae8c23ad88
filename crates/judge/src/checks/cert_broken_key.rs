//! An RSA key whose private half anybody can compute.

use midwatch_model::{AttackId::*, KeyFault, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-broken-key",
    title: "A certificate's RSA key is broken: its private half can be computed",
    severity: Severity::Critical,
    says: "a certificate of {place} has an RSA key that can be broken",
    about: "An RSA key rests on two large primes that nobody can find from their product. Here the product gives \
            them away, or the exponent makes no RSA at all.",
    gain: "The private key: to be the site without any warning.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "A certificate of the path other than a root. Critical: an exponent that is even or 1, a factor below \
              752, or primes that Fermat's method finds within 100 rounds. High: the form of modulus that the \
              library of CVE-2017-15361 (ROCA) made; breaking those takes computing time. The sibling name (www. \
              added or taken away) counts one step less.",
    benign: &[],
    fix: "Take the server off until it has a new key, made with a well-kept library (ECDSA P-256, or RSA with 2048 \
          bits or more) and a certificate for it; have the old certificate revoked.",
    settings: &[Setting::ChainFile],
    source: "CA/Browser Forum Baseline Requirements 6.1.1.3 and 6.1.6; CVE-2017-15361",
    find: |view, found| {
        for chain in &view.chains {
            for (at, parsed) in support::of_path(chain.fact) {
                for fault in &parsed.key_faults {
                    let Some((severity, what)) = weigh(*fault) else { continue };
                    found
                        .at(support::place(chain.fact))
                        .severity(support::at_host(view, &chain.fact.host.to_string(), severity))
                        .see(chain.id, format!("{}: {what}", support::which(chain.fact, at)));
                }
            }
        }
    },
};

fn weigh(fault: KeyFault) -> Option<(Severity, &'static str)> {
    match fault {
        KeyFault::ExponentInvalid => Some((Severity::Critical, "its exponent is even or 1")),
        KeyFault::ModulusSmallFactor => Some((Severity::Critical, "its modulus has a factor below 752")),
        KeyFault::PrimesClose => {
            Some((Severity::Critical, "its primes are so close that Fermat's method finds them"))
        }
        KeyFault::Roca => Some((Severity::High, "its modulus was made by the library of CVE-2017-15361")),
        KeyFault::ExponentSmall | KeyFault::ModulusOddSize => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn faults_are_weighed() {
        for (fault, severity) in [
            (KeyFault::ExponentInvalid, Some(Severity::Critical)),
            (KeyFault::ModulusSmallFactor, Some(Severity::Critical)),
            (KeyFault::PrimesClose, Some(Severity::Critical)),
            (KeyFault::Roca, Some(Severity::High)),
            (KeyFault::ExponentSmall, None),
            (KeyFault::ModulusOddSize, None),
        ] {
            let scene =
                Scene::sound().change_chain(|chain| change_leaf(chain, |leaf| leaf.key_faults = vec![fault]));
            assert_eq!(scene.severities(CHECK.id).first().copied(), severity, "{fault:?}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
