//! What the rules on addresses share.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use midwatch_model::{Remembered, is_private};

use super::rule::Pair;

/// A change of addresses.
pub(super) enum Moved {
    /// To a private network, from public ones.
    Private {
        /// The private addresses.
        new: Vec<IpAddr>,
        /// The networks that are known.
        known: Vec<String>,
    },
    /// To another network.
    Network {
        /// Each new network with its first address.
        new: Vec<(String, IpAddr)>,
        /// The networks that are known.
        known: Vec<String>,
        /// An address in one of those is there still.
        kept: bool,
    },
}

/// What differs between the addresses of a name and all that are remembered, where it is a change.
pub(super) fn moved(pair: &Pair<'_>) -> Option<Moved> {
    let Remembered::Addresses { addresses } = pair.is() else { return None };
    let all: Vec<IpAddr> = pair
        .known()
        .flat_map(
            |what| if let Remembered::Addresses { addresses } = what { addresses.as_slice() } else { &[] },
        )
        .copied()
        .collect();
    let networks: BTreeSet<String> = all.iter().map(|address| network(*address)).collect();
    let known = || networks.iter().cloned().collect();
    let private: Vec<IpAddr> = addresses.iter().copied().filter(|address| is_private(*address)).collect();
    if !private.is_empty() && !all.iter().any(|address| is_private(*address)) {
        return Some(Moved::Private { new: private, known: known() });
    }
    let mut new: Vec<(String, IpAddr)> = Vec::new();
    for address in addresses {
        let network = network(*address);
        if !networks.contains(&network) && !new.iter().any(|(known, _)| *known == network) {
            new.push((network, *address));
        }
    }
    let kept = addresses.iter().any(|address| networks.contains(&network(*address)));
    (!new.is_empty()).then(|| Moved::Network { new, known: known(), kept })
}

/// The network that an address counts as one of: its first 16 bits for IPv4, its first 32 for IPv6.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            format!("{}/16", Ipv4Addr::new(a, b, 0, 0))
        }
        IpAddr::V6(address) => {
            let [a, b, ..] = address.segments();
            format!("{}/32", Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0))
        }
    }
}
