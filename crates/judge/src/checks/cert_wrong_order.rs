//! A chain that is out of order.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-wrong-order",
    title: "The chain is out of order",
    severity: Severity::Low,
    says: "{place} sends its chain out of order",
    about: "Each certificate should certify the one before it. Browsers put the chain in order; older and simpler \
            programs do not, and refuse it.",
    gain: "Users of such programs who switch checking off to get through.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The certificates of the path were not sent in order, leaf first. Certificates that belong to no path \
              may stand between them.",
    benign: &[],
    fix: "Put the server's certificate first, then each issuer up to the root, the root left out.",
    settings: &[Setting::ChainFile],
    source: "RFC 5246 7.4.2 (MUST); RFC 8446 4.4.2 (SHOULD)",
    find: |view, found| {
        for chain in view.chains.iter().filter(|chain| !chain.fact.shape.in_order) {
            let subjects: Vec<String> = chain
                .fact
                .certificates
                .iter()
                .map(|sent| match &sent.parsed {
                    Some(parsed) => parsed.subject.clone(),
                    None => "what cannot be read".to_owned(),
                })
                .collect();
            let what = format!("{} sends, in this order: {}", chain.fact.address, support::names(&subjects));
            found.at(support::place(chain.fact)).see(chain.id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn order_is_looked_at() {
        let scene = Scene::sound().change_chain(|chain| chain.shape.in_order = false);
        assert_eq!(scene.severities(CHECK.id), [Severity::Low]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
