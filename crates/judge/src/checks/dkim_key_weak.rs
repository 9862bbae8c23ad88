//! A key of DKIM that is too short.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "dkim-key-weak",
    title: "The key under the domain's mail is short",
    severity: Severity::Medium,
    says: "the key {place} is short enough to be broken, or soon will be",
    about: "The domain's servers sign its mail, and receivers verify the signature by this key. Whoever breaks the key signs in the domain's name; a \
            key of 512 bits takes hours.",
    gain: "Mail in the domain's name with a signature that holds, which passes DMARC.",
    from: &[Station::Network],
    attacks: &[Impersonation],
    decided: "An RSA key below 1,024 bits, which receivers must not accept: medium; below 2,048 bits, which signers should have: low.",
    benign: &["Some DNS services once took no record longer than 255 octets, which a key of 2,048 bits is."],
    fix: "Make a key of 2,048 bits under a new selector, sign with it, and take the old record away a week later.",
    settings: &[],
    source: "RFC 8301 3.2",
    find: |view, found| {
        for seen in &view.mail.dkim {
            let Some(key) = seen.fact.key.value() else { continue };
            let Some(bits) = key.bits.filter(|_| key.algorithm == "rsa" && !key.revoked) else { continue };
            let severity = match bits {
                ..1024 => Severity::Medium,
                1024..2048 => Severity::Low,
                _ => continue,
            };
            found.at(&seen.fact.txt.name).severity(severity).see(seen.id, format!("RSA with {bits} bits"));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn the_thresholds_are_1024_and_2048() {
        for (bits, expected) in [
            (512, Some(Severity::Medium)),
            (1023, Some(Severity::Medium)),
            (1024, Some(Severity::Low)),
            (2047, Some(Severity::Low)),
            (2048, None),
        ] {
            let scene = Scene::mail().dkim(|key| key.bits = Some(bits));
            assert_eq!(scene.severities(CHECK.id).first().copied(), expected, "{bits}");
        }
        let short = Scene::mail().dkim(|key| (key.algorithm, key.bits) = ("ed25519".into(), Some(256)));
        assert!(short.find(CHECK.id).is_empty());
    }
}
