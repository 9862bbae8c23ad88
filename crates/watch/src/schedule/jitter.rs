//! A part of a length of time that differs from target to target and from round to round, and is the same at each start,
//! so that a restart does not bring targets together.

use std::time::Duration;

/// Between nothing and `most`, by a target's id and its round.
pub(super) fn part(most: Duration, id: &str, round: u64) -> Duration {
    // FNV-1a over the id, and the finaliser of SplitMix64, which spreads neighbours. Nothing secret hangs on it.
    let seed = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut mixed = seed.wrapping_add(round.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(u64::try_from((u128::from(millis) * u128::from(mixed)) >> 64).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_spread_and_stay_the_same() {
        let hour = Duration::from_secs(3600);
        let parts: Vec<Duration> = (0..1000).map(|at| part(hour, &format!("target-{at}"), 3)).collect();
        assert!(parts.iter().all(|part| *part < hour));
        // In each tenth of the hour about a tenth of them.
        for tenth in 0..10_u32 {
            let (from, to) = (hour / 10 * tenth, hour / 10 * (tenth + 1));
            let count = parts.iter().filter(|part| **part >= from && **part < to).count();
            assert!((60..=140).contains(&count), "{tenth}: {count}");
        }
        assert_eq!(part(hour, "shop", 7), part(hour, "shop", 7));
        assert_ne!(part(hour, "shop", 7), part(hour, "shop", 8));
        assert_eq!(part(Duration::ZERO, "shop", 1), Duration::ZERO);
    }
}
