//! Who answers for names of the link.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use midwatch_model::{NameProtocol, NameResponder};
use midwatch_wire::link::Mac;
use midwatch_wire::link::dns::{Answered, NameProtocol as Spoken};

use super::{Interfaces, Place};

/// Pairs of a computer and an address that it answers with, at most.
const MAX_RESPONDERS: usize = 512;

/// Names that are kept of one of them. More are counted as long as they differ from these.
const MAX_NAMES: usize = 256;

/// Names that are told of one of them.
const MAX_TOLD_NAMES: usize = 16;

/// Responders that are told.
const MAX_TOLD: usize = 32;

type Key = (Place, Spoken, Option<Mac>, IpAddr);

/// All answers.
#[derive(Default)]
pub(super) struct Names {
    by: BTreeMap<Key, BTreeSet<String>>,
}

impl Names {
    /// Somebody answered. True where a name is new.
    pub(super) fn answers(
        &mut self,
        place: Place,
        mac: Option<Mac>,
        protocol: Spoken,
        answered: &[Answered],
    ) -> bool {
        let mut is_new = false;
        for one in answered {
            let key = (place, protocol, mac, one.address);
            if self.by.len() >= MAX_RESPONDERS && !self.by.contains_key(&key) {
                continue;
            }
            let names = self.by.entry(key).or_default();
            if names.len() < MAX_NAMES {
                is_new |= names.insert(one.name.clone());
            }
        }
        is_new
    }

    pub(super) fn forget_at(&mut self, interface: u32) {
        self.by.retain(|(place, ..), _| place.interface != interface);
    }

    /// Those first that answer for most names.
    pub(super) fn told(&self, interfaces: &Interfaces) -> Vec<NameResponder> {
        let mut told: Vec<NameResponder> = self
            .by
            .iter()
            .map(|((place, protocol, mac, address), names)| NameResponder {
                interface: interfaces.name(*place),
                protocol: match protocol {
                    Spoken::Llmnr => NameProtocol::Llmnr,
                    Spoken::Mdns => NameProtocol::Mdns,
                    Spoken::NetBios => NameProtocol::Netbios,
                },
                mac: mac.map(|mac| mac.to_string()),
                address: *address,
                names: names.iter().take(MAX_TOLD_NAMES).cloned().collect(),
                count: names.len() as u64,
                wpad: names.iter().any(|name| is_wpad(name)),
            })
            .collect();
        told.sort_by_key(|one| std::cmp::Reverse((one.wpad, one.count)));
        told.truncate(MAX_TOLD);
        told
    }
}

/// `wpad`, alone or below a domain.
fn is_wpad(name: &str) -> bool {
    name.split('.').next() == Some("wpad")
}
