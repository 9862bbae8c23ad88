//! No key exchange that resists quantum computers.

use midwatch_model::{AttackId::*, Severity, TlsVersion};

use super::support;
use crate::Check;
use crate::check::ON_PATH;

pub(crate) static CHECK: Check = Check {
    id: "tls-no-post-quantum",
    title: "No key exchange that resists quantum computers",
    severity: Severity::Info,
    says: "{place} has no key exchange that resists quantum computers",
    about: "Nobody is known to have a quantum computer that breaks X25519 or P-256. What is recorded today can be \
            opened by whoever has one later. Browsers therefore offer a hybrid, X25519MLKEM768 first of all, which \
            holds as long as either half does.",
    gain: "What is recorded today, in some years, perhaps.",
    from: ON_PATH,
    attacks: &[Eavesdropping],
    decided: "TLS 1.3 is accepted, its list of groups is complete, and none of them has ML-KEM. Midwatch sends a \
              share for the hybrid of its own: a server looks classical to a program that only offers a share of \
              X25519. Groups of drafts (Kyber) do not count, as browsers have dropped them. No finding where the \
              list may be short or TLS 1.3 was not seen.",
    benign: &["A box between here and the server that fails on large hellos can hide it."],
    fix: "Renew the TLS library: OpenSSL 3.5, Go 1.24 (Caddy) and others offer X25519MLKEM768 by themselves.",
    settings: &[],
    source: "Mozilla, server-side TLS 6.0 (X25519MLKEM768); FIPS 203",
    find: |view, found| {
        for accepted in support::accepted(view) {
            let facts = accepted.facts;
            let complete = facts.groups_incomplete.is_none() && !facts.groups.is_empty();
            let hybrid = facts.groups.iter().any(|group| group.contains("MLKEM"));
            if accepted.version == TlsVersion::Tls13 && complete && !hybrid {
                let what = format!("{} accepts {} alone", accepted.at, support::names(&facts.groups));
                found.at(view.endpoint_name()).see(accepted.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, VersionFacts};

    use super::*;
    use crate::testing::*;

    fn with(change: impl Fn(&mut VersionFacts)) -> Vec<Severity> {
        let scene = Scene::sound().change_tls(|tls| {
            for result in &mut tls.versions {
                if let (TlsVersion::Tls13, Outcome::Seen { value }) = (result.version, &mut result.support) {
                    change(value);
                }
            }
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn only_a_whole_list_proves_an_absence() {
        assert_eq!(Scene::sound().severities(CHECK.id), [Severity::Info]);
        assert!(with(|facts| facts.groups.push("X25519MLKEM768".into())).is_empty());
        assert!(with(|facts| facts.groups_incomplete = Some("no answer in 10 s".into())).is_empty());
        assert!(with(|facts| facts.groups.clear()).is_empty());
        assert_eq!(with(|facts| facts.groups.push("X25519Kyber768Draft00".into())), [Severity::Info]);
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }

    #[test]
    fn without_tls_13_there_is_nothing_to_say() {
        let scene = Scene::sound().change_tls(|tls| set_version(tls, TlsVersion::Tls13, timeout()));
        assert!(scene.find(CHECK.id).is_empty());
    }
}
