//! How fast passwords and codes can be tried.
//!
//! Three counts, each with a delay that doubles: for one account from one network, which stops a guesser soon; for one
//! network over all accounts, which stops one password tried on everybody; and for one account from everywhere, whose
//! delay stays so short that nobody is locked out of his own account by others. A try counts before it is checked, so
//! that tries at the same time do not slip through. Memory is bounded; what is given up first is what failed least.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::addresses::network;

/// Entries that each count keeps.
const ENTRIES: usize = 4096;

/// After so long without a failure all is forgotten.
const FORGET: Duration = Duration::from_secs(60 * 60);

/// One count: so many failures are free, then the delay doubles from one second up to the longest.
#[derive(Clone, Copy, Debug)]
struct Pace {
    free: u32,
    longest: Duration,
}

const PAIR: Pace = Pace { free: 3, longest: Duration::from_secs(15 * 60) };
const NETWORK: Pace = Pace { free: 15, longest: Duration::from_secs(15 * 60) };
const ACCOUNT: Pace = Pace { free: 30, longest: Duration::from_secs(30) };

impl Pace {
    fn delay(self, failures: u32) -> Duration {
        match failures.saturating_sub(self.free) {
            0 => Duration::ZERO,
            over => Duration::from_secs(1 << (over - 1).min(20)).min(self.longest),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    last: Instant,
}

#[derive(Debug)]
struct Counts<K> {
    pace: Pace,
    kept: HashMap<K, Count>,
}

impl<K: Eq + Hash + Clone> Counts<K> {
    fn new(pace: Pace) -> Counts<K> {
        Counts { pace, kept: HashMap::new() }
    }

    /// How long the next try has to wait.
    fn wait(&self, key: &K, now: Instant) -> Duration {
        let Some(count) = self.kept.get(key) else { return Duration::ZERO };
        let since = now.saturating_duration_since(count.last);
        if since >= FORGET {
            return Duration::ZERO;
        }
        self.pace.delay(count.failures).saturating_sub(since)
    }

    fn add(&mut self, key: K, now: Instant) {
        if self.kept.len() >= ENTRIES && !self.kept.contains_key(&key) {
            self.kept.retain(|_, count| now.saturating_duration_since(count.last) < FORGET);
            if self.kept.len() >= ENTRIES {
                let least = self.kept.iter().min_by_key(|(_, count)| (count.failures, count.last));
                if let Some(least) = least.map(|(key, _)| key.clone()) {
                    self.kept.remove(&least);
                }
            }
        }
        let count = self.kept.entry(key).or_insert(Count { failures: 0, last: now });
        if now.saturating_duration_since(count.last) >= FORGET {
            count.failures = 0;
        }
        *count = Count { failures: count.failures.saturating_add(1), last: now };
    }

    /// One failure fewer: the try that was counted was none.
    fn take_back(&mut self, key: &K) {
        if let Some(count) = self.kept.get_mut(key) {
            count.failures = count.failures.saturating_sub(1);
        }
    }
}

#[derive(Debug)]
struct All {
    pairs: Counts<(String, IpAddr)>,
    networks: Counts<IpAddr>,
    accounts: Counts<String>,
}

/// Counts the tries of one daemon. It forgets at a restart.
#[derive(Debug)]
pub struct Limiter(Mutex<All>);

impl Default for Limiter {
    fn default() -> Limiter {
        let (pairs, networks, accounts) = (Counts::new(PAIR), Counts::new(NETWORK), Counts::new(ACCOUNT));
        Limiter(Mutex::new(All { pairs, networks, accounts }))
    }
}

/// A name as it is counted: bounded, so that long ones take no room.
fn short(name: &str) -> String {
    crate::auth::random::hash(&name.to_lowercase())
}

impl Limiter {
    fn all(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a try: counts it, or says how long to wait. An account that is not there is counted as one that is.
    ///
    /// # Errors
    /// The time to wait.
    pub fn begin(&self, account: &str, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let (account, from) = (short(account), network(from));
        let mut all = self.all();
        let pair = (account.clone(), from);
        let wait = all
            .pairs
            .wait(&pair, now)
            .max(all.networks.wait(&from, now))
            .max(all.accounts.wait(&account, now));
        if !wait.is_zero() {
            return Err(wait);
        }
        all.pairs.add(pair, now);
        all.networks.add(from, now);
        all.accounts.add(account, now);
        Ok(())
    }

    /// The try was right: it does not count, and what failed from this network at this account is forgotten.
    pub fn succeeded(&self, account: &str, from: IpAddr) {
        let (account, from) = (short(account), network(from));
        let mut all = self.all();
        all.networks.take_back(&from);
        all.accounts.take_back(&account);
        all.pairs.kept.remove(&(account, from));
    }

    /// The password was right, and something more is asked: it does not count, and nothing is forgotten.
    pub fn half(&self, account: &str, from: IpAddr) {
        let (account, from) = (short(account), network(from));
        let mut all = self.all();
        all.networks.take_back(&from);
        all.accounts.take_back(&account);
        all.pairs.take_back(&(account, from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn delays_grow_and_end() {
        let (limiter, start) = (Limiter::default(), Instant::now());
        for _ in 0..4 {
            assert_eq!(limiter.begin("ada", address(1), start), Ok(()));
        }
        assert_eq!(limiter.begin("ada", address(1), start), Err(Duration::from_secs(1)));
        assert_eq!(limiter.begin("Ada", address(1), start), Err(Duration::from_secs(1)), "the same name");
        assert_eq!(limiter.begin("bob", address(1), start), Ok(()), "another account");
        assert_eq!(limiter.begin("ada", address(2), start), Ok(()), "another network");
        let mut now = start;
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            now += Duration::from_secs(seconds);
            assert_eq!(limiter.begin("ada", address(1), now), Ok(()), "after {seconds}");
            assert!(limiter.begin("ada", address(1), now).is_err());
        }
        assert_eq!(limiter.begin("ada", address(1), now + FORGET), Ok(()));
        assert_eq!(limiter.begin("ada", address(1), now + FORGET), Ok(()), "all is forgotten");
    }

    #[test]
    fn one_password_on_everybody_is_slowed_and_one_account_is_never_locked_for_long() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        let done =
            (0..40).filter(|number| limiter.begin(&format!("user{number}"), address(1), now).is_ok()).count();
        assert_eq!(done, 16);
        for last in 0..200 {
            let _ = limiter.begin("ada", address(last), now);
        }
        let wait = limiter.begin("ada", address(250), now).expect_err("slowed from everywhere");
        assert!(wait <= Duration::from_secs(30));
        let six =
            |last: u16| -> IpAddr { std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last).into() };
        let done = (0..40).filter(|last| limiter.begin("eve", six(*last), now).is_ok()).count();
        assert_eq!(done, 4, "64 bits of IPv6 are one network");
    }

    #[test]
    fn success_forgets_and_memory_is_bounded() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        for _ in 0..50 {
            assert_eq!(limiter.begin("ada", address(1), now), Ok(()));
            limiter.succeeded("ada", address(1));
        }
        for _ in 0..10 {
            let _ = limiter.begin("target", address(9), now);
        }
        for number in 0..(ENTRIES + 200) {
            let from = IpAddr::from(u32::try_from(number).expect("small").to_be_bytes());
            let _ = limiter.begin(&format!("name{number}"), from, now);
        }
        let all = limiter.all();
        assert!(all.pairs.kept.len() <= ENTRIES && all.networks.kept.len() <= ENTRIES);
        assert!(all.accounts.kept.len() <= ENTRIES);
        drop(all);
        assert!(limiter.begin("target", address(9), now).is_err(), "what failed most is kept");
    }
}
