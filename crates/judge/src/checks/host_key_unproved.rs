//! A host key that is shown, and not proved.

use midwatch_model::{AttackId::*, Confidence, Severity};

use super::ssh_names;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "host-key-unproved",
    title: "A host key is shown without proof",
    severity: Severity::Critical,
    says: "{place} shows a host key that it does not prove to hold",
    about: "A public key can be had by everybody, with ssh-keyscan for one. The server proves that it holds the private \
            half by signing the exchange hash of this very connection. Here the key came and the signature over it did not \
            verify: whoever answered may have no more than a copy of the public half. No client goes on then; what \
            only compares keys or fingerprints is deceived.",
    gain: "To look like the server to whatever compares keys and verifies no signature.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The signature in the reply to the key exchange was verified over the exchange hash, with the key that came \
              beside it. Wrong for every key that could be asked: critical. Wrong for some while others are proved: \
              high, since the same server may merely be broken with one kind of key. A signature of a kind that midwatch does \
              not verify (P-521, DSA) is not measured, and no finding.",
    benign: &[
        "The server's SSH may be broken for this kind of key; no client can connect with it then.",
        "A fault of the server's memory or processor can spoil a signature: ask again.",
        "Something on the way that changes packets by mistake spoils every signature.",
    ],
    fix: "Do not trust the key, and do not log in. Ask again from another network, and compare the fingerprint with one \
          that came on another way. Where all see it, renew the server and its key.",
    settings: &[],
    source: "RFC 4253 8 (the client verifies the signature); RFC 4251 4.1 and 9.3.4",
    find: |view, found| {
        for seen in &view.ssh {
            let is = |proved: bool| seen.fact.sent_keys().any(|sent| sent.proof.value() == Some(&proved));
            let (severity, confidence) = match is(true) {
                true => (Severity::High, Confidence::Firm),
                false => (Severity::Critical, Confidence::Certain),
            };
            for sent in seen.fact.sent_keys().filter(|sent| sent.proof.value() == Some(&false)) {
                let (kind, print) = (&sent.key.key_type, &sent.key.fingerprint);
                let who = ssh_names::answered(seen.fact);
                let what =
                    format!("{who} shows {kind} {print}, and its signature does not verify with that key");
                found
                    .at(ssh_names::place(seen.fact))
                    .severity(severity)
                    .confidence(confidence)
                    .see(seen.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, ReasonKind};

    use super::*;
    use crate::testing::*;

    fn with(proofs: [Outcome<bool>; 3]) -> Vec<Severity> {
        let scene = Scene::empty().ssh(|ssh| {
            for (offered, proof) in ssh.host_keys.iter_mut().zip(proofs) {
                if let Outcome::Seen { value } = &mut offered.key {
                    value.proof = proof;
                }
            }
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn some_and_all_differ() {
        let (right, wrong) = (|| Outcome::seen(true), || Outcome::seen(false));
        assert_eq!(with([wrong(), wrong(), wrong()]), [Severity::Critical]);
        assert_eq!(with([right(), wrong(), right()]), [Severity::High]);
        assert!(with([right(), right(), right()]).is_empty());
    }

    #[test]
    fn what_was_not_measured_is_not_wrong() {
        let unmeasured = || Outcome::unmeasured(ReasonKind::Other, "signatures of DSA are not verified here");
        assert!(with([unmeasured(), unmeasured(), unmeasured()]).is_empty());
        assert_eq!(with([unmeasured(), Outcome::seen(false), unmeasured()]), [Severity::Critical]);
        let silent = Scene::empty().ssh(|ssh| ssh.host_keys.iter_mut().for_each(|one| one.key = closed()));
        assert!(silent.find(CHECK.id).is_empty());
    }
}
