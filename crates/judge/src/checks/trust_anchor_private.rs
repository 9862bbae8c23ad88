//! A trust anchor that no public root programme has.

use std::collections::BTreeSet;

use midwatch_model::{AnchorOrigin, AttackId::*, KnownKind, PrivateAnchor, Severity, Station};

use super::support::{anchor_place, anchor_story};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "trust-anchor-private",
    title: "A trust anchor that no public root programme has",
    severity: Severity::Info,
    says: "{place} can sign certificates for this computer",
    about: "Whoever holds the key of a trust anchor can make certificates for every site that this computer then accepts. \
            Public anchors are watched over by the root programmes; this one is watched over by whoever added it.",
    gain: "With the anchor's key and a place on the way: to read and change everything that is sent over https, without a \
           warning.",
    from: &[Station::You, Station::Wifi, Station::Router, Station::Network],
    attacks: &[Impersonation, ManInTheBrowser],
    decided: "A certificate in a store of the system, of Firefox, of NSS, of Java or of certifi that is in none of the \
              bundled root programmes, by its own digest or that of its key. One that came with the distribution's own \
              package of public roots is left out: those packages are older than the lists, or younger. One that is known \
              for a product or for misuse has a finding of its own. One that is limited to some names, or that may not \
              sign for servers, is named with that.",
    benign: &[
        "A company's or a school's own authority for its inner servers.",
        "An own authority at home, or that of a developer's tool such as mkcert.",
        "A public root that was withdrawn since, in an old copy of certifi or of Java; a certificate for this computer \
         alone, such as that of Debian's package ssl-cert.",
    ],
    fix: "Find out whose it is. Where nobody needs it, take the file out and run update-ca-certificates (Debian) or \
          update-ca-trust (Fedora), or delete it in the browser's list of authorities.",
    settings: &[],
    source: "RFC 5280 6.1.1 (d); update-ca-certificates(8); update-ca-trust(8)",
    find: |view, found| {
        // The distribution hands its roots on to programs that keep a store of their own, such as Java.
        let distributed: BTreeSet<&str> = view
            .here
            .local
            .anchors()
            .filter(|(_, anchor)| anchor.origin == AnchorOrigin::Distribution)
            .map(|(_, anchor)| anchor.sha256.as_str())
            .collect();
        for (seen, anchor) in view.here.local.anchors() {
            let is_known = anchor.known.as_ref().is_some_and(|known| !is_own_tool(known.kind));
            if is_known || distributed.contains(anchor.sha256.as_str()) || !signs_for_servers(anchor) {
                continue;
            }
            let detail = format!("expected public roots alone, observed {}", anchor_story(anchor, view.now));
            found.at(anchor_place(seen.fact, anchor)).see(seen.id, detail);
        }
    },
};

/// A developer's tool adds a root of its own user's.
fn is_own_tool(kind: KnownKind) -> bool {
    kind == KnownKind::DeveloperTool
}

/// False where its purposes leave TLS servers out.
fn signs_for_servers(anchor: &PrivateAnchor) -> bool {
    let for_servers = |purpose: &String| matches!(purpose.as_str(), "serverAuth" | "anyExtendedKeyUsage");
    anchor.purposes.is_empty() || anchor.purposes.iter().any(for_servers)
}

#[cfg(test)]
mod tests {
    use midwatch_model::{KnownAnchor, KnownBy};

    use super::*;
    use crate::testing::*;

    fn with(change: impl FnOnce(&mut PrivateAnchor)) -> Vec<midwatch_model::Finding> {
        let mut anchor = local_anchor("O=Own, CN=Own Root");
        change(&mut anchor);
        Scene::empty().anchors(&[anchor]).find(CHECK.id)
    }

    #[test]
    fn a_private_anchor_is_named_with_what_it_may_do() {
        let found = with(|anchor| anchor.permitted = vec!["own.example".into()]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Info);
        assert_eq!(found[0].place, "O=Own, CN=Own Root (system)");
        let detail = &found[0].evidence[0].detail;
        assert!(detail.contains("own.example") && detail.contains("/usr/local/share"), "{detail}");
    }

    #[test]
    fn what_the_distribution_brought_and_what_cannot_sign_for_servers_is_not() {
        assert!(with(|anchor| anchor.origin = AnchorOrigin::Distribution).is_empty());
        assert!(with(|anchor| anchor.purposes = vec!["emailProtection".into()]).is_empty());
        assert_eq!(with(|anchor| anchor.purposes = vec!["serverAuth".into()]).len(), 1);
    }

    #[test]
    fn what_is_known_is_named_elsewhere() {
        let known = |kind| {
            with(|anchor| {
                anchor.known =
                    Some(KnownAnchor { name: "x".into(), kind, by: KnownBy::Name, source: "a list".into() });
            })
        };
        assert!(known(KnownKind::BadRoot).is_empty());
        assert!(known(KnownKind::SecurityProduct).is_empty());
        assert_eq!(known(KnownKind::DeveloperTool).len(), 1);
    }

    #[test]
    fn public_roots_alone_and_a_store_that_was_not_read_are_no_finding() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
