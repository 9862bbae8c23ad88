//! Questions go in plain text over the networks between here and the resolver.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "resolver-plain",
    title: "Questions to the DNS go in plain text over every network on the way",
    severity: Severity::Info,
    says: "{place} is asked in plain text, through other networks",
    about: "A resolver beyond the local network is asked without encryption, so that everybody on the way can read the \
            questions and answer in its stead.",
    gain: "The list of names that this computer asks for, and the choice of the address that a name leads to, for every \
           name that has nothing else to protect it.",
    from: ON_PATH_OR_DNS,
    attacks: &[DnsSpoofing, Eavesdropping],
    decided: "A resolver that is asked without TLS, or with TLS that is given up where it fails, and to which the kernel \
              sends packets through a router, not through a tunnel. https still shows whether the right server answers.",
    benign: &["It is the common way to ask, and many networks allow no other."],
    fix: "Ask it over TLS where it offers that: DNSOverTLS=yes and DNS=ADDRESS#NAME in /etc/systemd/resolved.conf, or \
          DNS over HTTPS in the browser's settings.",
    settings: &[],
    source: "RFC 9076; RFC 7858 3.1",
    find: |view, found| {
        let local = &view.here.local;
        for (id, resolver) in local.resolvers() {
            let Some(how) = resolver.encrypted.value().filter(|how| *how != "yes") else { continue };
            let Some((_, route)) = local.way_to(resolver.address) else { continue };
            if route.gateway.is_some() && !local.is_tunnel(&route.interface) {
                found.at(format!("the resolver {}", resolver.address)).see(
                    id,
                    format!("expected DNS over TLS, observed {} with encryption: {how}", resolver.file),
                );
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(encrypted: &str) -> Scene {
        Scene::here_local().names(|names| {
            names.resolvers = Outcome::seen(vec![local_resolver("9.9.9.9", encrypted)]);
        })
    }

    #[test]
    fn a_resolver_beyond_the_link_is_named_where_it_is_asked_plainly() {
        assert_eq!(with("no").severities(CHECK.id), [Severity::Info]);
        assert_eq!(with("opportunistic").severities(CHECK.id), [Severity::Info]);
        assert!(with("yes").find(CHECK.id).is_empty());
    }

    #[test]
    fn what_was_not_measured_is_no_finding() {
        let unknown = with("no").names(|names| {
            let mut resolver = local_resolver("9.9.9.9", "no");
            resolver.encrypted = timeout();
            names.resolvers = Outcome::seen(vec![resolver]);
        });
        assert!(unknown.find(CHECK.id).is_empty());
        let no_way = with("no").network(|network| network.ways.clear());
        assert!(no_way.find(CHECK.id).is_empty());
    }
}
