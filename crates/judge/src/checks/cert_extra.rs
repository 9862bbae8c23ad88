//! Certificates that nobody needs.

use midwatch_model::{AttackId::*, Severity};

use super::{cert_duplicate, support};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-extra",
    title: "Certificates are sent that no path needs",
    severity: Severity::Info,
    says: "{place} sends certificates that no path needs",
    about: "What belongs to no path from the server's certificate costs time with every connection, and often is a \
            sign that the file was put together by hand from something old.",
    gain: "Nothing by itself.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "A certificate was sent that no path from the server's own leads through. One that was sent before is \
              told by cert-duplicate.",
    benign: &["A second path to another root helps old clients, and may be there on purpose."],
    fix: "Send the chain as the authority gave it out (fullchain.pem with certbot).",
    settings: &[Setting::ChainFile],
    source: "RFC 8446 4.4.2",
    find: |view, found| {
        for chain in &view.chains {
            let readable = chain.fact.certificates.first().is_some_and(|leaf| leaf.parsed.is_some());
            let repeated = cert_duplicate::repeated(&chain.fact.certificates);
            let repeated: Vec<usize> = repeated.map(|(at, _)| at).collect();
            let extra = chain.fact.shape.extra.iter().filter(|at| readable && !repeated.contains(at));
            for at in extra {
                found
                    .at(support::place(chain.fact))
                    .see(chain.id, format!("{} is not needed", support::which(chain.fact, *at)));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn what_is_not_needed_is_named() {
        let scene = Scene::sound().change_chain(|chain| chain.shape.extra = vec![1]);
        assert_eq!(scene.severities(CHECK.id), [Severity::Info]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let unread =
            scene.change_chain(|chain| chain.certificates.iter_mut().for_each(|sent| sent.parsed = None));
        assert!(unread.find(CHECK.id).is_empty());
    }
}
