//! Who claims which address, over time and in bounded memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use foldhash::fast::RandomState;
use midwatch_model::{Claim, ClaimBy, Claimant};
use midwatch_wire::link::Mac;

use super::{Interfaces, Place, protocol, time};

/// Addresses that are kept at the same time.
const MAX_ADDRESSES: usize = 4096;

/// Quiet addresses that are forgotten at once where there are more.
const BATCH: usize = 512;

/// Claimants that are kept of one address.
const MAX_BY: usize = 64;

/// Claims and claimants that are reported.
const MAX_TOLD: usize = 256;

/// Other addresses of a claimant that are listed.
const MAX_OTHERS: usize = 16;

/// A claimant of this many addresses is told, whatever they are.
const MANY: usize = 16;

/// One who claims an address again within this time was never gone: nanoseconds.
const PRESENT: i64 = 120 * 1_000_000_000;

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    place: Place,
    address: IpAddr,
}

struct By {
    mac: Mac,
    first: i64,
    last: i64,
    count: u64,
}

#[derive(Default)]
struct Held {
    by: Vec<By>,
    /// Whose claim was the last; none after one that is not listed.
    current: Option<usize>,
    more: u64,
    changes: u64,
    returns: u64,
}

/// All claims.
#[derive(Default)]
pub(super) struct Claims {
    held: HashMap<Key, Held, RandomState>,
    forgotten: u64,
    heard: u64,
}

impl Claims {
    /// `mac` says to have `address`. True where that is news: another one than before.
    pub(super) fn claim(&mut self, place: Place, address: IpAddr, mac: Mac, now: i64) -> bool {
        // Nobody has these, and a group's address is no claim.
        if address.is_unspecified() || address.is_multicast() || mac.is_zero() || mac.is_group() {
            return false;
        }
        let key = Key { place, address };
        if let Some(held) = self.held.get_mut(&key) {
            return held.claim(mac, now);
        }
        if self.held.len() >= MAX_ADDRESSES {
            self.forget();
        }
        self.heard += 1;
        self.held.entry(key).or_default().claim(mac, now)
    }

    /// The kernel had `address` with its last claimant until `now`.
    pub(super) fn held_until(&mut self, place: Place, address: IpAddr, now: i64) {
        if let Some(held) = self.held.get_mut(&Key { place, address })
            && let Some(by) = held.current.and_then(|at| held.by.get_mut(at))
        {
            by.last = now;
        }
    }

    pub(super) fn forget_at(&mut self, interface: u32) {
        self.held.retain(|key, _| key.place.interface != interface);
    }

    /// Forgets those addresses that were quiet for the longest time: those of one claimant before any that several
    /// claim, so that nobody can wash a quarrel away with a flood of other addresses.
    fn forget(&mut self) {
        let mut all: Vec<(bool, i64, Key)> = self
            .held
            .iter()
            .map(|(key, held)| {
                (held.changes > 0, held.by.iter().map(|by| by.last).max().unwrap_or(i64::MIN), *key)
            })
            .collect();
        all.sort_unstable();
        for (_, _, key) in all.into_iter().take(BATCH) {
            self.held.remove(&key);
            self.forgotten += 1;
        }
    }

    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// The claims on gateways and on what several claim; those first that changed most often.
    pub(super) fn told(&self, gateways: &BTreeSet<IpAddr>, names: &Interfaces) -> Vec<Claim> {
        let mut keys: Vec<(bool, u64, Key)> = self
            .held
            .iter()
            .filter(|(key, held)| gateways.contains(&key.address) || held.changes > 0)
            .map(|(key, held)| (!gateways.contains(&key.address), u64::MAX - held.changes, *key))
            .collect();
        keys.sort_unstable();
        let told = keys.into_iter().take(MAX_TOLD).filter_map(|(other, _, key)| {
            let held = self.held.get(&key)?;
            Some(Claim {
                interface: names.name(key.place),
                vlan: key.place.vlan(),
                address: key.address,
                gateway: !other,
                by: held.by.iter().map(By::told).collect(),
                more: held.more,
                changes: held.changes,
                returns: held.returns,
            })
        });
        told.collect()
    }

    /// Those who claim a gateway, and those who claim very many addresses.
    pub(super) fn claimants(&self, gateways: &BTreeSet<IpAddr>, names: &Interfaces) -> Vec<Claimant> {
        // IPv6 is left out: everybody has several addresses there.
        let mut by_mac: BTreeMap<(Place, Mac), Vec<(IpAddr, bool)>> = BTreeMap::new();
        for (key, held) in self.held.iter().filter(|(key, _)| key.address.is_ipv4()) {
            for by in &held.by {
                let all = by_mac.entry((key.place, by.mac)).or_default();
                all.push((key.address, held.by.len() > 1 || held.more > 0));
            }
        }
        let mut told = Vec::new();
        for ((place, mac), mut all) in by_mac {
            all.sort_unstable();
            let is_gateway = |(address, _): &&(IpAddr, bool)| gateways.contains(address);
            let (own, others): (Vec<_>, Vec<_>) = all.iter().partition(is_gateway);
            if (own.is_empty() || others.is_empty()) && others.len() < MANY {
                continue;
            }
            let addresses = |list: &[&(IpAddr, bool)], contested: bool| -> Vec<IpAddr> {
                let some = list.iter().filter(|(_, is)| *is == contested).map(|(address, _)| *address);
                some.take(MAX_OTHERS).collect()
            };
            let others: Vec<&(IpAddr, bool)> = others.into_iter().collect();
            told.push(Claimant {
                interface: names.name(place),
                mac: mac.to_string(),
                gateways: own.iter().map(|(address, _)| *address).collect(),
                contested: addresses(&others, true),
                others: addresses(&others, false),
                count: others.len() as u64,
            });
        }
        told.sort_by_key(|claimant| std::cmp::Reverse((claimant.gateways.len(), claimant.count)));
        told.truncate(MAX_TOLD);
        told
    }
}

impl Held {
    fn claim(&mut self, mac: Mac, now: i64) -> bool {
        if let Some(by) = self.current.and_then(|at| self.by.get_mut(at))
            && by.mac == mac
        {
            by.count += 1;
            by.last = by.last.max(now);
            return false;
        }
        let is_first = self.by.is_empty();
        match self.by.iter().position(|by| by.mac == mac) {
            Some(at) => {
                self.current = Some(at);
                if let Some(by) = self.by.get_mut(at) {
                    self.returns += u64::from(now.saturating_sub(by.last) <= PRESENT);
                    by.count += 1;
                    by.last = by.last.max(now);
                }
            }
            None if self.by.len() < MAX_BY => {
                self.current = Some(self.by.len());
                self.by.push(By { mac, first: now, last: now, count: 1 });
            }
            None => {
                self.current = None;
                self.more += 1;
            }
        }
        self.changes += u64::from(!is_first);
        true
    }
}

impl By {
    fn told(&self) -> ClaimBy {
        ClaimBy {
            mac: self.mac.to_string(),
            set_aside: self.mac.virtual_router().map(|(kind, _)| protocol(kind).to_owned()),
            first: time(self.first),
            last: time(self.last),
            count: self.count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn mac(number: u16) -> Mac {
        let [high, low] = number.to_be_bytes();
        Mac([2, 0, 0, 0, high, low])
    }

    fn address(number: u16) -> IpAddr {
        let [high, low] = number.to_be_bytes();
        IpAddr::from([10, 0, high, low])
    }

    fn told(claims: &Claims) -> Vec<(u64, u64, Vec<u64>)> {
        let told = claims.told(&BTreeSet::from([address(1)]), &Interfaces::default());
        told.iter()
            .map(|one| (one.changes, one.returns, one.by.iter().map(|by| by.count).collect()))
            .collect()
    }

    fn after(all: &[(u16, i64)]) -> Vec<(u64, u64, Vec<u64>)> {
        let mut claims = Claims::default();
        for (who, second) in all {
            claims.claim(Place::default(), address(1), mac(*who), second * SECOND);
        }
        told(&claims)
    }

    #[test]
    fn a_quarrel_one_frame_and_a_new_router_look_different() {
        assert_eq!(after(&[(1, 0), (1, 10), (1, 20)]), [(0, 0, vec![3])]);
        // Replaced for good.
        assert_eq!(after(&[(1, 0), (2, 10), (2, 20)]), [(1, 0, vec![1, 2])]);
        // One frame of another.
        assert_eq!(after(&[(1, 0), (2, 10), (1, 11), (1, 12)]), [(2, 1, vec![3, 1])]);
        // Both of them there.
        assert_eq!(after(&[(1, 0), (2, 1), (1, 2), (2, 3)]), [(3, 2, vec![2, 2])]);
        // To and fro, but each was gone meanwhile.
        assert_eq!(after(&[(1, 0), (2, 1000), (1, 2000)]), [(2, 0, vec![2, 1])]);
    }

    #[test]
    fn the_kernels_own_entry_was_there_until_it_changed() {
        let mut claims = Claims::default();
        for (who, second) in [(1, 0), (2, 1000), (1, 1001)] {
            claims.held_until(Place::default(), address(1), second * SECOND);
            claims.claim(Place::default(), address(1), mac(who), second * SECOND);
        }
        assert_eq!(told(&claims), [(2, 1, vec![2, 1])]);
    }

    #[test]
    fn a_flood_of_claimants_is_counted_and_not_kept() {
        let mut claims = Claims::default();
        for who in 0..1000 {
            claims.claim(Place::default(), address(1), mac(who), 0);
        }
        let told = claims.told(&BTreeSet::new(), &Interfaces::default());
        assert_eq!((told[0].by.len(), told[0].more, told[0].changes), (MAX_BY, 1000 - MAX_BY as u64, 999));
    }

    #[test]
    fn a_flood_of_addresses_does_not_wash_away_a_quarrel() {
        let mut claims = Claims::default();
        for (who, second) in [(1, 0), (2, 1), (1, 2)] {
            claims.claim(Place::default(), address(1), mac(who), second);
        }
        for number in 2..20_000 {
            claims.claim(Place::default(), address(number), mac(9), 10 + i64::from(number));
        }
        assert!(claims.held.len() <= MAX_ADDRESSES);
        assert_eq!(claims.heard, 19_999);
        assert_eq!(claims.forgotten, 19_999 - claims.held.len() as u64);
        assert_eq!(told(&claims)[0], (2, 1, vec![2, 1]));
    }

    #[test]
    fn one_for_the_gateway_and_its_host_is_told() {
        let mut claims = Claims::default();
        for (who, which) in [(1, 1), (5, 5), (9, 9), (9, 1), (9, 5), (7, 7)] {
            claims.claim(Place::default(), address(which), mac(who), 0);
        }
        let told = claims.claimants(&BTreeSet::from([address(1)]), &Interfaces::default());
        let found: Vec<_> = told
            .iter()
            .map(|one| (one.mac.clone(), one.gateways.clone(), one.contested.clone(), one.others.clone()))
            .collect();
        assert_eq!(found, [(mac(9).to_string(), vec![address(1)], vec![address(5)], vec![address(9)])]);
    }

    #[test]
    fn who_has_no_address_claims_none() {
        let mut claims = Claims::default();
        assert!(!claims.claim(Place::default(), "0.0.0.0".parse().expect("one"), mac(1), 0));
        assert!(!claims.claim(Place::default(), address(1), Mac([0xff; 6]), 0));
        assert_eq!(claims.heard(), 0);
    }
}
