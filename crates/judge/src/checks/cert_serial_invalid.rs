//! A serial number that no certificate may have.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "cert-serial-invalid",
    title: "A serial number is not one that a certificate may have",
    severity: Severity::Info,
    says: "a certificate of {place} has a serial number that it may not have",
    about: "A serial number is a positive number of at most 20 octets. Revocation goes by it, and programs differ in \
            what they make of zero, of negative numbers and of very long ones: some refuse the certificate, and \
            some look for another number in a list of revoked ones.",
    gain: "Nothing by itself; a certificate that was revoked may not be known as such everywhere.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "A certificate of the path other than a root has a serial number that is negative, zero, or longer than \
              20 octets. Low where a public root programme trusts the chain, info otherwise.",
    benign: &["Programs that make certificates for trying things out often count from zero."],
    fix: "Get a new certificate from an authority that follows the standard.",
    settings: &[],
    source: "RFC 5280 4.1.2.2; CA/Browser Forum Baseline Requirements 7.1.2.7 (serialNumber)",
    find: |view, found| {
        for chain in &view.chains {
            let public = support::public_leaf(chain.fact).is_some();
            let severity = if public { Severity::Low } else { Severity::Info };
            for (at, parsed) in support::of_path(chain.fact) {
                let Some(what) = fault(&parsed.serial) else { continue };
                let what = format!(
                    "{} has the serial number {}: {what}",
                    support::which(chain.fact, at),
                    parsed.serial
                );
                found.at(support::place(chain.fact)).severity(severity).see(chain.id, what);
            }
        }
    },
};

/// What is wrong with a number: hexadecimal, two digits an octet, two's complement as in DER.
fn fault(serial: &str) -> Option<&'static str> {
    let digit = serial.chars().next()?.to_digit(16)?;
    if serial.chars().all(|digit| digit == '0') {
        Some("it is zero")
    } else if digit >= 8 {
        Some("it is negative")
    } else if serial.len() > 40 {
        Some("it is longer than 20 octets")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn serial(serial: &str) -> Scene {
        Scene::sound().change_chain(|chain| change_leaf(chain, |leaf| leaf.serial = serial.into()))
    }

    #[test]
    fn numbers_are_read_as_in_der() {
        let long = "01".repeat(21);
        for (number, found) in [
            ("00", true),
            ("80", true),
            ("ff01", true),
            (long.as_str(), true),
            ("0080", false),
            ("7f", false),
        ] {
            assert_eq!(!serial(number).find(CHECK.id).is_empty(), found, "{number}");
        }
        assert!(serial(&"7f".repeat(20)).find(CHECK.id).is_empty());
        assert!(serial("").find(CHECK.id).is_empty(), "a report of an odd hand");
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn public_authorities_know_better() {
        assert_eq!(serial("00").severities(CHECK.id), [Severity::Low]);
        let private = serial("00").change_chain(|chain| chain.trust[0].store = "given".into());
        assert_eq!(private.severities(CHECK.id), [Severity::Info]);
    }
}
