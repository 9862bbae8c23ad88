//! The same certificate twice in one chain.

use midwatch_model::{AttackId::*, Certificate, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-duplicate",
    title: "A certificate is sent twice",
    severity: Severity::Info,
    says: "{place} sends a certificate twice",
    about: "The same certificate is in the chain more than once, mostly because the server's certificate was put \
            before a file that holds it already. It costs a kilobyte or two with every connection, and some \
            programs refuse such a chain.",
    gain: "Nothing by itself.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "Two certificates of one chain are the same, byte for byte.",
    benign: &[],
    fix: "Send the chain as the authority gave it out (fullchain.pem with certbot), and nothing before it.",
    settings: &[Setting::ChainFile],
    source: "RFC 5246 7.4.2; RFC 8446 4.4.2",
    find: |view, found| {
        for chain in &view.chains {
            for (at, first) in repeated(&chain.fact.certificates) {
                let what = format!("{} is certificate {first} once more", support::which(chain.fact, at));
                found.at(support::place(chain.fact)).see(chain.id, what);
            }
        }
    },
};

/// Positions of certificates that were sent before, each with the position where.
pub(super) fn repeated(sent: &[Certificate]) -> impl Iterator<Item = (usize, usize)> {
    sent.iter().enumerate().filter_map(|(at, one)| {
        let first = sent.iter().position(|other| other.sha256 == one.sha256)?;
        (first < at).then_some((at, first))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn what_is_sent_twice_is_named_once_and_here_alone() {
        let scene = Scene::sound().change_chain(|chain| {
            chain.certificates.insert(1, chain.certificates[0].clone());
            chain.shape.extra = vec![1];
        });
        let found = scene.find(CHECK.id);
        let [finding] = found.as_slice() else { panic!("one finding and not {found:?}") };
        assert_eq!(finding.severity, Severity::Info);
        assert!(finding.evidence.iter().all(|seen| seen.detail.contains("certificate 0 once more")));
        assert!(scene.find("cert-extra").is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
