//! What earlier runs saw of the network that this computer is on.

use std::path::PathBuf;

use midwatch_model::{Fact, KnownNetwork, NetworkIdentity, Outcome, ReasonKind, Severity, TargetReport};
use midwatch_sense::{System, network};
use midwatch_store::Store;

/// Where it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Memory {
    /// Nowhere: nothing is known and nothing is kept, because of this.
    #[default]
    None,
    /// Nowhere, for a reason that the user should know.
    Missing(String),
    /// In this file.
    File(PathBuf),
}

impl Memory {
    /// The network and what is known of it; none where this computer is on none.
    pub(super) fn known(&self, system: &System, facts: &[(String, Fact)]) -> Option<(String, Fact)> {
        let (network, _) = network::identity(system, facts)?;
        let earlier = self.earlier(&network);
        Some(("this network".into(), Fact::KnownNetwork(Box::new(KnownNetwork { network, earlier }))))
    }

    fn earlier(&self, network: &NetworkIdentity) -> Outcome<Option<midwatch_model::EarlierNetwork>> {
        match self {
            Memory::None => Outcome::unmeasured(ReasonKind::NotAsked, "memory is switched off"),
            Memory::Missing(why) => Outcome::unmeasured(ReasonKind::Other, why.clone()),
            Memory::File(path) => match Store::open(path).and_then(|store| store.network(network)) {
                Ok(earlier) => Outcome::seen(earlier),
                Err(error) => Outcome::unmeasured(ReasonKind::Other, error.to_string()),
            },
        }
    }

    /// Keeps what was seen, unless somebody may be in the router's place right now.
    pub(super) fn keep(&self, report: &TargetReport) {
        let Memory::File(path) = self else { return };
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
        // Where it cannot be written, the next run says that it cannot be read, or knows no more than this one.
        let _ = Store::open(path).and_then(|mut store| store.saw(&known.network, &routers, crate::now()));
    }
}
