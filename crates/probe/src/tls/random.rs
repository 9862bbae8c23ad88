//! Randomness for hellos, bytewise.

/// A pool of random bytes, refilled from the system as it runs out.
#[derive(Debug)]
pub struct Random {
    pool: [u8; 256],
    used: usize,
}

impl Random {
    /// A full pool.
    pub fn new() -> Self {
        let mut random = Random { pool: [0; 256], used: 0 };
        random.fill();
        random
    }

    /// Yields one byte after the other.
    pub fn byte(&mut self) -> impl FnMut() -> u8 + '_ {
        || {
            if self.used == self.pool.len() {
                self.fill();
            }
            let byte = self.pool.get(self.used).copied().unwrap_or_default();
            self.used += 1;
            byte
        }
    }

    fn fill(&mut self) {
        // Nothing secret is made from these bytes: keys come from ring. A system without randomness leaves the
        // pool as it is, and the hello is still well formed.
        let _ = getrandom::fill(&mut self.pool);
        self.used = 0;
    }
}

impl Default for Random {
    fn default() -> Self {
        Random::new()
    }
}
