//! Where keys come from: the system, or in tests a seed, so that a story can be told twice.

use std::io;

use ring::hmac;

/// A source of random bytes.
#[derive(Clone, Debug)]
pub struct Random(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Seeded { key: hmac::Key, next: u64 },
}

impl Random {
    /// The system's.
    pub fn system() -> Random {
        Random(Source::System)
    }

    /// The same bytes each time: for tests and for pictures, and for nothing that is kept secret.
    pub fn seeded(seed: &[u8]) -> Random {
        Random(Source::Seeded { key: hmac::Key::new(hmac::HMAC_SHA256, seed), next: 0 })
    }

    /// A source of its own for whoever is called so: what one takes does not change what another gets.
    pub(crate) fn branch(&self, label: &str) -> Random {
        match &self.0 {
            Source::System => Random::system(),
            Source::Seeded { key, .. } => Random::seeded(hmac::sign(key, label.as_bytes()).as_ref()),
        }
    }

    /// Fills `out`.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub(crate) fn fill(&mut self, out: &mut [u8]) -> io::Result<()> {
        match &mut self.0 {
            Source::System => getrandom::fill(out).map_err(io::Error::other),
            Source::Seeded { key, next } => {
                for chunk in out.chunks_mut(32) {
                    let block = hmac::sign(key, &next.to_be_bytes());
                    chunk.iter_mut().zip(block.as_ref()).for_each(|(byte, random)| *byte = *random);
                    *next += 1;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(random: &mut Random) -> [u8; 40] {
        let mut bytes = [0; 40];
        random.fill(&mut bytes).expect("random bytes");
        bytes
    }

    #[test]
    fn a_seed_gives_the_same_again_and_branches_differ() {
        let seeded = Random::seeded(b"a");
        let first = take(&mut seeded.clone());
        assert_eq!(first, take(&mut seeded.clone()));
        assert_ne!(first, take(&mut Random::seeded(b"b")));
        assert_ne!(take(&mut seeded.branch("x")), take(&mut seeded.branch("y")));
        let mut going_on = seeded.clone();
        assert_ne!(take(&mut going_on), take(&mut going_on));
        assert_ne!(take(&mut Random::system()), take(&mut Random::system()));
    }
}
