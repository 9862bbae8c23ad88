//! The links of this computer, listened to: changes of the kernel's neighbour table, which take no right, and frames,
//! which take CAP_NET_RAW. Nothing is sent.

mod changes;
mod filter;
mod frames;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use midwatch_model::{LinkWatch, Reason, Time};
use midwatch_wire::link::LinkType;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Interfaces, News, Watcher};
use crate::network::{Snapshot, snapshot};
use changes::{Change, Changes};
use frames::Ear;

/// Interfaces at which frames are heard, at most.
const MAX_EARS: usize = 16;

/// Frames that are taken from one interface before the others are looked at again.
const MAX_AT_ONCE: usize = 1024;

/// Listens to the links of this computer.
pub struct Listener {
    changes: Changes,
    /// Where frames are heard, or why they are not.
    ears: Result<Vec<Ear>, Reason>,
    watcher: Watcher,
    /// Interfaces and own addresses as they were at the last look.
    links: Vec<u32>,
    addresses: BTreeSet<(u32, Ipv4Addr)>,
}

impl Listener {
    /// Begins. What the neighbour table has now counts as heard.
    ///
    /// # Errors
    /// The reason for which not even the kernel's changes can be followed.
    pub fn open() -> Result<Listener, Reason> {
        // Before the tables are read, so that no change falls between.
        let changes = Changes::open()?;
        let now = snapshot()?;
        let mut listener = Listener {
            changes,
            ears: Ok(Vec::new()),
            watcher: Watcher::new(Vec::new(), Interfaces::default()),
            links: Vec::new(),
            addresses: BTreeSet::new(),
        };
        listener.take(now);
        Ok(listener)
    }

    /// Listens until something new was said or changed, at most until `end`.
    pub fn listen(&mut self, end: Instant) -> News {
        loop {
            let left = end.saturating_duration_since(Instant::now());
            self.wait(left);
            let mut news = News::default();
            let mut is_lost = false;
            let changes = self.changes.take();
            for change in changes {
                match change {
                    Change::Neighbour { interface, address, mac } => {
                        news.link |= self.watcher.neighbour(now(), interface, address, mac);
                    }
                    Change::Network => news.network = true,
                    Change::Lost => is_lost = true,
                }
            }
            news.link |= self.hear();
            if news.network || is_lost {
                // What cannot be read now is read at the next change.
                if let Ok(snapshot) = snapshot() {
                    news.link |= self.take(snapshot);
                }
            }
            if news != News::default() || left.is_zero() {
                return news;
            }
        }
    }

    /// What was heard so far.
    pub fn heard(&self) -> LinkWatch {
        self.watcher.heard(self.ears.as_ref().err().cloned())
    }

    /// Takes over how things are now. True where that is news.
    fn take(&mut self, snapshot: Snapshot) -> bool {
        let mut is_new = self.leave(&snapshot);
        let known: Vec<IpAddr> = snapshot.gateways;
        self.watcher.renew(known, Interfaces(snapshot.names));
        for (interface, address, mac) in snapshot.neighbours {
            is_new |= self.watcher.neighbour(now(), interface, address, mac);
        }
        if let Ok(ears) = &mut self.ears {
            ears.retain(|ear| snapshot.links.contains(&ear.interface()));
            for interface in snapshot.links.into_iter().take(MAX_EARS) {
                if ears.iter().any(|ear| ear.interface() == interface) {
                    continue;
                }
                match Ear::open(interface) {
                    Ok(ear) => ears.push(ear),
                    // An interface that went meanwhile is no reason to hear nothing at the others.
                    Err(_) if !ears.is_empty() => {}
                    Err(error) => {
                        self.ears = Err(frames::deaf(&error));
                        break;
                    }
                }
            }
        }
        is_new
    }

    /// Forgets what was heard where this computer is on another network now: the interface went down, or has other
    /// addresses. True where it forgot anything.
    fn leave(&mut self, snapshot: &Snapshot) -> bool {
        let own = |addresses: &BTreeSet<(u32, Ipv4Addr)>, link: u32| -> Vec<Ipv4Addr> {
            addresses.iter().filter(|(at, _)| *at == link).map(|(_, address)| *address).collect()
        };
        let left: Vec<u32> = self
            .links
            .iter()
            .copied()
            .filter(|link| {
                let before = own(&self.addresses, *link);
                let moved = !before.is_empty() && before != own(&snapshot.addresses, *link);
                moved || !snapshot.links.contains(link)
            })
            .collect();
        left.iter().for_each(|link| self.watcher.forget(*link));
        self.links.clone_from(&snapshot.links);
        self.addresses.clone_from(&snapshot.addresses);
        !left.is_empty()
    }

    /// Waits until there is something to read.
    fn wait(&self, time: Duration) {
        let mut all = vec![PollFd::new(&self.changes, PollFlags::IN)];
        for ear in self.ears.iter().flatten() {
            all.push(PollFd::from_borrowed_fd(ear.as_fd(), PollFlags::IN));
        }
        let time = Timespec {
            tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(time.subsec_nanos()),
        };
        // A signal ends it early, which does no harm.
        let _ = poll(&mut all, Some(&time));
    }

    fn hear(&mut self) -> bool {
        let mut is_new = false;
        for ear in self.ears.iter_mut().flatten() {
            for _ in 0..MAX_AT_ONCE {
                let interface = ear.interface();
                let Some(frame) = ear.next() else { break };
                is_new |= self.watcher.frame(Some(now()), interface, LinkType::Ethernet, frame);
            }
        }
        is_new
    }
}

/// Nanoseconds since 1970.
fn now() -> i64 {
    i64::try_from(Time::now().as_nanosecond()).unwrap_or(i64::MAX)
}
