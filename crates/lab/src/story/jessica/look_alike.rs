//! Keys that look like another at a glance: the first 16 bits of what people compare are the same.
//!
//! About 2^16 keys have to be tried, which takes a second or less: one key is made, and the next ones by adding the base
//! point. All digits of a fingerprint would take 2^256.

use std::io;

use p256::elliptic_curve::point::BatchNormalize as _;
use p256::{ProjectivePoint, PublicKey, Scalar};
use ring::digest::{Context, SHA256};

use crate::story::cures::Cure;
use crate::story::key::{Public, SPKI, Secret};
use crate::story::random::Random;

/// Octets that are the same.
pub(super) const ALIKE: usize = 2;

/// Keys that are turned into octets at once.
const BATCH: usize = 512;

/// Batches after which it is given up: that 2^22 keys do not do has a chance of e^-64.
const MAX_BATCHES: usize = 1 << 13;

/// What stands before the key where the words are computed from it; see `midwatch_keys::words`.
const WORDS: &[u8] = b"midwatch key words v1\0spki\0\0\0\0\0\0\0\0\x5b";

/// A key whose fingerprint, or whose words, begin as those of `truth` do.
///
/// # Errors
/// Where the system gives no random bytes, or none was found.
pub(super) fn find(truth: &Public, cure: Cure, random: &mut Random) -> io::Result<Secret> {
    let mut context = Context::new(&SHA256);
    if cure == Cure::Words {
        context.update(WORDS);
    }
    let digest = |octets: &[u8]| {
        let mut context = context.clone();
        context.update(octets);
        context.finish()
    };
    let spki = truth.spki();
    let wanted = digest(&spki);
    let wanted = wanted.as_ref().get(..ALIKE);
    // What stands before the point is the same for every key of the curve.
    let head = spki.get(..SPKI - 65).unwrap_or_default();
    let start = Secret::new(random)?.scalar();
    let mut next = ProjectivePoint::GENERATOR * start;
    for batch in 0..MAX_BATCHES {
        let points: Vec<ProjectivePoint> = (0..BATCH)
            .map(|_| {
                let point = next;
                next += ProjectivePoint::GENERATOR;
                point
            })
            .collect();
        let affine = ProjectivePoint::batch_normalize(points.as_slice());
        for (at, point) in affine.iter().enumerate() {
            let Ok(key) = PublicKey::from_affine(*point) else { continue };
            let octets = Public::of(key).point();
            if digest(&[head, &octets].concat()).as_ref().get(..ALIKE) == wanted {
                let offset = u64::try_from(batch * BATCH + at).unwrap_or_default();
                let found = Secret::from_scalar(start + Scalar::from(offset));
                return found.ok_or_else(|| io::Error::other("no scalar of P-256"));
            }
        }
    }
    Err(io::Error::other("no key that looks alike was found"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_look_alike_and_are_not_the_same() {
        let mut random = Random::seeded(b"alike");
        let truth = Secret::new(&mut random).expect("a key").public();
        let found = find(&truth, Cure::Fingerprint, &mut random).expect("found").public();
        assert_ne!(found, truth);
        assert_eq!(found.fingerprint().get(..4), truth.fingerprint().get(..4));
        let found = find(&truth, Cure::Words, &mut random).expect("found").public();
        assert_ne!(found, truth);
        assert_eq!(found.words().get(..ALIKE), truth.words().get(..ALIKE));
        assert_ne!(found.words(), truth.words());
    }
}
