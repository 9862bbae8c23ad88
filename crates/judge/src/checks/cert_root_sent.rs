//! The root is sent too.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-root-sent",
    title: "The root is sent with the chain",
    severity: Severity::Info,
    says: "{place} sends the root with its chain",
    about: "Whoever trusts the root has it, and whoever does not will not trust it for being sent. It costs time \
            with every connection.",
    gain: "Nothing by itself.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The chain that was sent ends in a certificate that is signed with its own key.",
    benign: &[],
    fix: "Leave the root out of the file.",
    settings: &[Setting::ChainFile],
    source: "RFC 5246 7.4.2; RFC 8446 4.4.2",
    find: |view, found| {
        for chain in &view.chains {
            if let Some(at) = chain.fact.shape.root_sent {
                found
                    .at(support::place(chain.fact))
                    .see(chain.id, format!("{} is a root", support::which(chain.fact, at)));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_root_is_found() {
        let scene = Scene::sound().change_chain(|chain| chain.shape.root_sent = Some(1));
        assert_eq!(scene.severities(CHECK.id), [Severity::Info]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
