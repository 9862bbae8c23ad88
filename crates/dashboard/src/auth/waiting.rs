//! What has begun and is not finished: a log-in whose second factor is asked, a challenge, a way through a provider.
//!
//! In memory, for some minutes, bounded in all and for each network: whoever begins many throws out his own.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::random;
use crate::guard::addresses::network;

/// How long it waits.
const TIME: Duration = Duration::from_secs(600);

/// Of everybody.
const ALL: usize = 4096;

/// Of one network.
const EACH: usize = 64;

struct Entry<T> {
    began: Instant,
    network: IpAddr,
    what: T,
}

/// Things that wait, each under a secret that is kept as its hash.
pub struct Waiting<T>(Mutex<HashMap<String, Entry<T>>>);

impl<T> Default for Waiting<T> {
    fn default() -> Waiting<T> {
        Waiting(Mutex::default())
    }
}

impl<T> std::fmt::Debug for Waiting<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Waiting")
    }
}

impl<T: Clone> Waiting<T> {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Entry<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something under a secret, instead of what was there.
    pub fn put(&self, secret: &str, from: IpAddr, what: T) {
        let (key, network) = (random::hash(secret), network(from));
        let mut all = self.all();
        all.retain(|other, entry| entry.began.elapsed() < TIME && *other != key);
        let full = all.len() >= ALL;
        if full || all.values().filter(|entry| entry.network == network).count() >= EACH {
            let oldest = all.iter().filter(|(_, entry)| full || entry.network == network);
            let oldest = oldest.min_by_key(|(_, entry)| entry.began).map(|(key, _)| key.clone());
            oldest.and_then(|oldest| all.remove(&oldest));
        }
        all.insert(key, Entry { began: Instant::now(), network, what });
    }

    /// What is under a secret; it stays.
    pub fn get(&self, secret: &str) -> Option<T> {
        let all = self.all();
        let entry = all.get(&random::hash(secret)).filter(|entry| entry.began.elapsed() < TIME);
        entry.map(|entry| entry.what.clone())
    }

    /// Takes what is under a secret: once.
    pub fn take(&self, secret: &str) -> Option<T> {
        let entry = self.all().remove(&random::hash(secret)).filter(|entry| entry.began.elapsed() < TIME);
        entry.map(|entry| entry.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_taken_once_and_bounded() {
        let waiting = Waiting::default();
        let from = |last: u32| IpAddr::from(last.to_be_bytes());
        waiting.put("a", from(1), 1);
        assert_eq!((waiting.get("a"), waiting.get("b")), (Some(1), None));
        waiting.put("a", from(1), 2);
        assert_eq!((waiting.take("a"), waiting.take("a")), (Some(2), None));
        waiting.put("mine", from(1), 0);
        for number in 0..200 {
            waiting.put(&format!("his {number}"), from(2), number);
        }
        assert_eq!(waiting.get("mine"), Some(0), "another network's do not throw it out");
        assert_eq!(waiting.all().len(), EACH + 1);
        for number in 0..5000 {
            waiting.put(&format!("many {number}"), from(1000 + number), 7);
        }
        assert_eq!(waiting.all().len(), ALL);
    }
}
