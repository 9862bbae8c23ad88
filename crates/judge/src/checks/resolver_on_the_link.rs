//! Questions go in plain text to a resolver on the local network.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "resolver-on-the-link",
    title: "Questions to the DNS go in plain text to a resolver on the local network",
    severity: Severity::Low,
    says: "{place} is on the local network and is asked in plain text",
    about: "Most networks hand out their router as the resolver. Whoever can take the router's place on the link, and \
            whoever runs it, answers every question.",
    gain: "The choice of the address that a name leads to, for every name that has nothing else to protect it, and the \
           list of names that this computer asks for.",
    from: &[Station::Wifi, Station::Router, Station::Dns],
    attacks: &[DnsSpoofing, Eavesdropping],
    decided: "A resolver that is asked without TLS, or with TLS that is given up where it fails, and to which the kernel \
              sends packets without a router between, not through a tunnel. https still shows whether the right server \
              answers.",
    benign: &[
        "It is how nearly all homes and offices are set up, and a resolver there may itself ask over TLS.",
    ],
    fix: "On networks of others, ask a resolver over TLS: DNSOverTLS=yes and DNS=ADDRESS#NAME in \
          /etc/systemd/resolved.conf, or DNS over HTTPS in the browser's settings.",
    settings: &[],
    source: "RFC 7858 3.1; RFC 8310 5",
    find: |view, found| {
        let local = &view.here.local;
        for (id, resolver) in local.resolvers() {
            let Some(how) = resolver.encrypted.value().filter(|how| *how != "yes") else { continue };
            let Some((way, route)) = local.way_to(resolver.address) else { continue };
            if route.gateway.is_some() || route.local || local.is_tunnel(&route.interface) {
                continue;
            }
            found
                .at(format!("the resolver {}", resolver.address))
                .see(id, format!("expected DNS over TLS, observed {} with encryption: {how}", resolver.file))
                .see(way, format!("{} is reached through {} itself", resolver.address, route.interface));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Destination, LinkKind, Outcome};

    use super::*;
    use crate::testing::*;

    fn with(encrypted: &str, interface: &str, routed: bool) -> Vec<Severity> {
        let scene = Scene::empty()
            .names(|names| names.resolvers = Outcome::seen(vec![local_resolver("192.168.1.1", encrypted)]))
            .network(|network| {
                network.links = Outcome::seen(vec![
                    local_link("wlan0", LinkKind::Wifi),
                    local_link("wg0", LinkKind::Tunnel),
                ]);
                network.ways = vec![local_way(Destination::Resolver, "192.168.1.1", interface, routed)];
            });
        scene.severities(CHECK.id)
    }

    #[test]
    fn plain_questions_to_the_link_are_named() {
        assert_eq!(with("no", "wlan0", false), [Severity::Low]);
        assert_eq!(with("opportunistic", "wlan0", false), [Severity::Low]);
    }

    #[test]
    fn what_is_encrypted_tunnelled_or_elsewhere_is_not() {
        assert!(with("yes", "wlan0", false).is_empty());
        assert!(with("no", "wg0", false).is_empty());
        assert!(with("no", "wlan0", true).is_empty());
        assert!(Scene::here_local().find(CHECK.id).is_empty());
    }

    #[test]
    fn what_was_not_measured_is_no_finding() {
        let plain = Outcome::seen(vec![local_resolver("192.168.1.1", "no")]);
        let scene = Scene::empty().names(|names| names.resolvers = plain);
        assert!(scene.find(CHECK.id).is_empty(), "the way is not known");
        let scene = Scene::here_local().names(|names| names.resolvers = timeout());
        assert!(scene.find(CHECK.id).is_empty());
    }
}
