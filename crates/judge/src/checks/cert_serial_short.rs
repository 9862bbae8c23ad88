//! A serial number that can be foretold.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::trust::public_store;

pub(crate) static CHECK: Check = Check {
    id: "cert-serial-short",
    title: "A serial number has too little chance in it",
    severity: Severity::Low,
    says: "a certificate of {place} has a serial number that can be foretold",
    about: "Public authorities put at least 64 bits of chance into a serial number, so that nobody can prepare a \
            request whose certificate collides with another. A short one has less, which says how carefully the \
            authority works.",
    gain: "A forged certificate, where the authority signs with a hash that can be made to collide as well.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The leaf of a chain that a public root programme trusts has a serial number below 2^48 and above \
              zero. Of numbers with 64 bits of chance one in 65,536 is that small. Zero and negative numbers are \
              told by cert-serial-invalid.",
    benign: &["Chance: one certificate in 65,536 has such a number by itself."],
    fix: "Ask the authority for a new certificate, or change the authority.",
    settings: &[],
    source: "CA/Browser Forum Baseline Requirements 7.1.2.7 (serialNumber)",
    find: |view, found| {
        for chain in &view.chains {
            let leaf = chain.fact.certificates.first().and_then(|leaf| leaf.parsed.as_ref());
            let (Some(leaf), Some(_)) = (leaf, public_store(chain.fact)) else { continue };
            let digits = leaf.serial.trim_start_matches('0');
            if (1..=12).contains(&digits.len()) && !is_negative(&leaf.serial) {
                let detail =
                    format!("{} has the serial number {}", support::which(chain.fact, 0), leaf.serial);
                found.at(support::place(chain.fact)).see(chain.id, detail);
            }
        }
    },
};

/// The first bit of the first octet is set (two's complement, as in DER).
fn is_negative(serial: &str) -> bool {
    serial.chars().next().and_then(|digit| digit.to_digit(16)).is_some_and(|digit| digit >= 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn serial(serial: &str) -> Scene {
        Scene::sound().change_chain(|chain| change_leaf(chain, |leaf| leaf.serial = serial.into()))
    }

    #[test]
    fn short_numbers_are_found() {
        for (number, found) in
            [("01", true), ("00ffffffffffff", true), ("01000000000000", false), ("00", false), ("ff", false)]
        {
            assert_eq!(!serial(number).find(CHECK.id).is_empty(), found, "{number}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_private_authority_may_count() {
        let private = serial("01")
            .change_chain(|chain| chain.trust.iter_mut().for_each(|one| one.store = "given".into()));
        assert!(private.find(CHECK.id).is_empty());
    }
}
