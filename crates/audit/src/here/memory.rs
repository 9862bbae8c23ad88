//! What earlier runs saw of the network that this computer is on.

use midwatch_model::{Fact, KnownNetwork, Severity, TargetReport};
use midwatch_sense::{System, network};

use crate::memory::Memory;

impl Memory {
    /// The network and what is known of it; none where this computer is on none.
    pub(super) fn known_network(&self, system: &System, facts: &[(String, Fact)]) -> Option<(String, Fact)> {
        let (network, _) = network::identity(system, facts)?;
        let earlier = self.ask(|store| store.network(&network));
        Some(("this network".into(), Fact::KnownNetwork(Box::new(KnownNetwork { network, earlier }))))
    }

    /// Keeps what was seen, unless somebody may be in the router's place right now.
    pub(super) fn keep_network(&self, report: &TargetReport) {
        let is_contested = report.findings.iter().any(|finding| {
            finding.severity >= Severity::Medium
                && matches!(
                    finding.id.as_str(),
                    "gateway-contested" | "mac-claims-many" | "gateway-shares-mac"
                )
        });
        let facts = report.observations.iter().map(|seen| &seen.fact);
        let (mut known, mut routers) = (None, Vec::new());
        for fact in facts {
            match fact {
                Fact::KnownNetwork(fact) => known = Some(fact),
                Fact::LocalNetwork(fact) => routers.extend(fact.gateways.value().into_iter().flatten()),
                _ => {}
            }
        }
        let Some(known) = known.filter(|known| !is_contested && known.earlier.is_seen()) else { return };
        let routers: Vec<_> = routers
            .into_iter()
            .filter_map(|gateway| Some((gateway.address?, gateway.mac.clone()?)))
            .filter(|(address, _)| known.network.gateways.contains(address) || address.is_ipv6())
            .collect();
        if routers.is_empty() {
            return;
        }
        self.keep(|store| store.saw(&known.network, &routers, crate::now()));
    }
}
